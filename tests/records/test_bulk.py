"""More records than memory holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.records import Query, bulk
from ringfence.records.bulk import Firsts, Spool


@given(st.lists(st.integers(-5, 5) | st.integers(-(2**63), 2**63 - 1)), st.integers(1, 4))
def test_the_first_place_of_a_key_is_found_whatever_is_sorted_in(keys: list[int], recent: int) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(bulk, "_RECENT", recent)
        firsts = Firsts()
        found = [firsts.first(key, place) for place, key in enumerate(keys)]
    assert found == [first if (first := keys.index(key)) < place else None for place, key in enumerate(keys)]


@pytest.mark.parametrize("most", [1, 1 << 20])
def test_what_waits_in_a_spool_is_read_as_it_was_written_twice(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "_IN_MEMORY", most)
    written = [Query(name=f"Party {n}", id=str(n)) for n in range(50)]
    with Spool(Query) as spool:
        spool.add(*written)
        assert len(spool) == 50
        assert list(spool) == list(spool) == written
