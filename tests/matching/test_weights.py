"""How much words weigh: by their role, and by how many listed parties carry them."""

from hypothesis import given
from hypothesis import strategies as st

from ringfence.matching.weights import LEAST_RARITY, count_steps, rarity

COUNTS = st.integers(0, 3_000_000)


@given(COUNTS, COUNTS)
def test_a_word_that_more_parties_carry_is_never_rarer(one: int, other: int) -> None:
    fewer, more = sorted((one, other))
    assert rarity(fewer, 3_000_000) >= rarity(more, 3_000_000) >= LEAST_RARITY


@given(st.integers(4, 3_000_000))
def test_one_party_more_seldom_moves_a_weight_and_a_quarter_more_always_does(count: int) -> None:
    assert count_steps(count + 1) - count_steps(count) in (0, 1)
    assert count_steps(count + count // 2) > count_steps(count)


def test_a_word_that_nobody_carries_is_told_from_one_that_somebody_does() -> None:
    assert [count_steps(count) for count in range(5)] == [0, 3, 5, 6, 7]
