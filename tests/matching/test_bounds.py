"""Long and hostile names have a bounded cost: counted in work done, not in seconds."""

import pytest
from tests.matching.conftest import listing

from ringfence.matching import Index, compare
from ringfence.matching import weights as w
from ringfence.matching.score import EXTRA_LISTED, EXTRA_QUERY
from ringfence.names.parse import MOST_LETTERS, MOST_WORDS, readings
from ringfence.records import Query

HOSTILE = {
    "letters": "a" * 10_000,
    "words": " ".join(f"word{n}" for n in range(500)),
    "same words": "co " * 500,
    "single letters": "a " * 500,
    "brackets": "(" * 5_000,
    "parts": "ab abab ababab " * 200,
    "lost letters": "a?" * 2_000,
    "joined": "ab" * 39 + " " + "ab " * 60,
    "Chinese": "和田" * 2_000,
    "marks": "\u0301" * 5_000,
}


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_name_is_answered(name: str) -> None:
    index = Index.build(
        enumerate([listing("ab abab ababab"), listing("word1 word2"), listing("Huawei"), listing(name)])
    )
    for match in index.search(Query(name=name), threshold=0.1):
        assert 0 <= match.score <= 1
    compare(Query(name=name), listing(name[::-1]))


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_more_is_read_than_the_limits_say(name: str) -> None:
    for reading in readings(name):
        assert len(reading.words) <= MOST_WORDS
        assert len(reading.joined) <= 8 * MOST_LETTERS


def test_what_the_bounds_of_the_scan_rest_on_holds_for_the_weights() -> None:
    assert max(w.CONFLICT, w.QUERY_SHARE, w.LISTED_SHARE) <= 0
    assert min(w.QUERY_SHARE, w.LISTED_SHARE) >= w.CONFLICT_SHARE
    assert (
        min(w.FIRST_CONTENT, w.CONTENT, w.RAREST, w.WHOLE, w.PERSON_CONTENT, w.INITIAL_AGREES, w.BEGINS) >= 0
    )
    assert max(w.NUMBERS_DIFFER, w.PLACES_DIFFER, w.LISTED_UNIT, w.ONE_WORD, w.PERSON, w.WEAK_ALIAS) <= 0
    assert max(*EXTRA_QUERY.values(), *EXTRA_LISTED.values(), *w.PART.values(), *w.LISTED_PART.values()) <= 0
