"""What the compiled scan does by itself (words, names, reasons) is what the plain modules do."""

import functools
import random
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.matching.conftest import NO_COMPILED, listing

from ringfence.matching import Index, compare
from ringfence.matching.compiled import Compiled
from ringfence.matching.match import weighed
from ringfence.names import fold, readings
from ringfence.records import Listing, Query

pytestmark = NO_COMPILED

LISTED = [
    listing("Hangzhou Hikvision Digital Technology Co., Ltd.", kind="company"),
    listing("Kob Plant 39 (Shenzhen)", "K0b", kind="organization"),
    listing("IVANOV, Sergey Petrovich", kind="person"),
    listing("Huawei Technologies; subsidiary: Huawei Beijing Institute"),
]
INDEX = Index.build(enumerate(LISTED))
PLAIN = Index(INDEX._arrays, "python")
TEXTS = (
    *(
        "Huawei",
        "H.u.a.w.e.i",
        "S p e l l e d out",
        "D-E-V-ELOP",
        "ax-a-b-c-def",
        "O'Neil",
        "`Q` 'x'",
        "A & B",
        "54th",
    ),
    *(
        "007th",
        "Compayn",
        "C0mp4ny",
        "L1rt",
        "lrt",
        "Technolgy",
        "Co., Ltd.",
        "Limited Liability Company",
        "of the",
    ),
    *(
        "a k a",
        "f.k.a.",
        "Now",
        "formerly",
        "McDonald",
        "al-Ahmad",
        "AL ZAHRANI",
        "Xi?an",
        "Хуавей",
        "subsidiary - X",
    ),
    *(
        "X.Y",
        "x.y z.w",
        "a.b.c.d.e.f",
        "1.2.3",
        "UNITED STATES",
        "I",
        "ii",
        "alelbarmal",
        "elalbarmaskk",
        "Shchukin",
    ),
)
NAMES = st.lists(st.sampled_from(TEXTS), max_size=5).map(" ".join) | st.text(
    st.characters(max_codepoint=127), max_size=25
)


@functools.cache
def compiled() -> Compiled:
    return Compiled(INDEX._arrays)


@given(name=NAMES)
@example(name="x" * 1_200)
@example(name="word " * 80)
@settings(max_examples=600, deadline=None)
def test_a_plain_name_is_taken_apart_as_parse_does(name: str) -> None:
    taken = compiled().parse(name)
    if taken is None:
        return
    found = readings(name)
    assert len(taken) == len(found)
    for (joined, core, acronyms, sole, words), reading in zip(taken, found, strict=True):
        assert (joined, core, tuple(acronyms), sole or None) == (
            reading.joined,
            reading.core,
            reading.acronyms,
            reading.sole,
        )
        assert [tuple(word[:3]) for word in words] == [
            (word.key, word.surface, word.role) for word in reading.words
        ]
        assert [word[3] for word in words] == [
            (item.word.key, item.word.role, item.weight) for item in weighed(reading, INDEX)
        ]


@given(
    word=st.from_regex(r"[a-z0-9]{1,14}", fullmatch=True)
    | st.from_regex(r"[ae]l[a-zic]{3,12}h?", fullmatch=True)
)
@settings(max_examples=500, deadline=None)
def test_a_word_is_folded_as_compare_does(word: str) -> None:
    assert compiled().fold(word) == fold(word)


@pytest.mark.parametrize("kind", ["person", "vessel", "unknown"])
@given(name=NAMES, threshold=st.sampled_from([0.001, 0.05, 0.5]), limit=st.sampled_from([None, 1, 2]))
@settings(max_examples=150, deadline=None)
def test_names_asked_together_are_answered_as_each_alone(
    kind: str, name: str, threshold: float, limit: int | None
) -> None:
    queries = [Query(name=text, kind=kind) for text in (name, f"{name} Hikvision", "Sergei Ivanov")]  # type: ignore[arg-type]
    together = list(INDEX.search_many(queries, threshold=threshold, limit=limit))
    assert together == [PLAIN.search(query, threshold=threshold, limit=limit) for query in queries]


def test_a_name_with_half_a_character_is_answered() -> None:
    query = Query(name="Hikvision \ud800 Digital")
    assert INDEX.search(query) == PLAIN.search(query)


@pytest.mark.shared
def test_reasons_on_the_real_list_are_those_of_comparing(
    real_index: Index,
    real_listings: list[Listing],
    spoil: Callable[[random.Random, str], str],
) -> None:
    chance = random.Random(29)
    queries = [
        Query(name=spoil(chance, chance.choice(entry.party.names).text))
        for entry in chance.sample(real_listings, 150)
    ]
    for query, matches in zip(queries, real_index.search_many(queries, threshold=0.3, limit=3), strict=True):
        for match in matches:
            assert compare(query, real_listings[match.ref], real_index, ref=match.ref) == match
