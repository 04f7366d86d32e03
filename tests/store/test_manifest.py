"""A manifest gives back the set of numbers it was made of."""

from hypothesis import given
from hypothesis import strategies as st

from ringfence.store.manifest import pack_manifest, unpack_manifest


@given(st.lists(st.integers(min_value=0, max_value=2**32 - 1)))
def test_a_manifest_unpacks_to_the_set_it_was_packed_from(numbers: list[int]) -> None:
    assert unpack_manifest(pack_manifest(numbers)) == sorted(set(numbers))


@given(st.sets(st.integers(min_value=1, max_value=10**6)))
def test_equal_sets_have_equal_manifests(numbers: set[int]) -> None:
    assert pack_manifest(sorted(numbers)) == pack_manifest(sorted(numbers, reverse=True))


def test_neighbouring_numbers_take_little_room() -> None:
    assert len(pack_manifest(range(1, 100_000))) < 1_000
