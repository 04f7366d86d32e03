"""The index against the slow and obvious: every listing compared, every word compared with every word."""

import random
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.matching.conftest import KERNELS, NO_COMPILED, listing

from ringfence.matching import Index, Kernel, compare, kernel_name
from ringfence.matching.arrays import as_arrays
from ringfence.matching.compiled import Compiled
from ringfence.matching.index import closeness
from ringfence.matching.vocabulary import Vocabulary
from ringfence.names import likeness, readings
from ringfence.names.compare import consonants
from ringfence.records import Listing, Match, Query

WORDS = (
    *("huawei", "hikvision", "technology", "technologies", "co", "ltd", "beijing", "shanghai", "trading"),
    *("group", "al", "ahmad", "mohammed", "muhammad", "a", "b", "sergei", "sergey", "ivanov", "plant", "39"),
    *("54th", "institute", "research", "bank", "novikom", "novikombank", "kala", "naft", "kalanaft", "of"),
    *("the", "university", "xinjiang", "uyghur", "police", "college", "electronics", "elektronika", "zavod"),
    *("cetc", "iran", "bureau", "branch", "шанхай", "海康威视", "公安局", "新疆"),
)
NAMES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join)
ANY = NAMES | st.text(max_size=30)


def exhaustive(query: Query, listings: list[Listing], index: Index, threshold: float) -> list[Match]:
    """What comparing with every listing finds, as it is told: by the score in two places, then by closeness of spelling."""
    found = [compare(query, entry, index, ref=ref) for ref, entry in enumerate(listings)]
    reached = (m for m in found if m.score >= threshold)
    return sorted(reached, key=lambda m: (-round(m.score, 2), -closeness(query.name, m.matched_name), m.ref))


@pytest.mark.parametrize("kernel", KERNELS)
@given(
    listed=st.lists(st.lists(ANY, min_size=1, max_size=3), min_size=1, max_size=8),
    asked=ANY,
    person=st.booleans(),
    threshold=st.sampled_from([0.05, 0.3, 0.5, 0.7, 0.9]),
)
@settings(max_examples=200, deadline=None)
def test_the_index_finds_what_comparing_with_every_listing_finds(
    kernel: Kernel, listed: list[list[str]], asked: str, person: bool, threshold: float
) -> None:
    listings = [listing(*names) for names in listed]
    index = Index.build(enumerate(listings), kernel=kernel)
    query = Query(name=asked, kind="person" if person else "unknown")
    found = index.search(query, threshold=threshold, limit=None)
    assert found == exhaustive(query, listings, index, threshold)


@pytest.mark.parametrize("kernel", KERNELS)
@given(listed=ANY, asked=ANY, person=st.booleans())
@example(listed="FORBES, John", asked="J. Forbes", person=False)
@example(listed="J. Forbes", asked="John Forbes", person=True)
@example(listed="Mustafa al-Amin RAHMAN", asked="M. A. Rahman", person=True)
@example(listed="M. A. Rahman", asked="Mustafa al-Amin Rahman", person=False)
@example(listed="kalanaft", asked="kala naft tehran", person=False)
@example(listed="KPD S.A.", asked="KPDS.A.", person=False)
@example(listed="酰", asked="酰", person=False)
@example(listed="K. Zhdanovich", asked="C. Zhdanovich", person=False)
@example(listed="Nord Weapons Limited Karachi", asked="Nord Weapons Lim", person=False)
@example(listed="Corps Security Bureau", asked="Corps", person=False)
@example(listed="Ivanov al Zhdanovich", asked="A. Ivanov", person=False)
@example(listed="Ivanov of Beijing", asked="O. Ivanov", person=True)
@settings(max_examples=300, deadline=None)
def test_a_listing_is_found_at_the_very_score_it_has(
    kernel: Kernel, listed: str, asked: str, person: bool
) -> None:
    entry = listing(listed)
    index = Index.build([(7, entry)], kernel=kernel)
    query = Query(name=asked, kind="person" if person else "unknown")
    match = compare(query, entry, index, ref=7)
    if match.score > 0.001 and readings(listed) and readings(asked):
        assert index.search(query, threshold=match.score) == [match]


@pytest.mark.shared
@pytest.mark.parametrize("kernel", KERNELS)
def test_on_the_real_list_the_index_finds_what_comparing_finds(
    kernel: Kernel,
    real_listings: list[Listing],
    unlisted: list[str],
    spoil: Callable[[random.Random, str], str],
) -> None:
    chance = random.Random(11)
    some = chance.sample(real_listings, 400)
    index = Index.build(enumerate(some), kernel=kernel)
    names = [spoil(chance, chance.choice(entry.party.names).text) for entry in chance.sample(some, 12)]
    for name in [*names, *chance.sample(unlisted, 8)]:
        query = Query(name=name)
        assert index.search(query, threshold=0.1, limit=None) == exhaustive(query, some, index, 0.1), name


@pytest.mark.shared
@NO_COMPILED
def test_both_scans_give_the_same_matches(
    real_index: Index,
    real_listings: list[Listing],
    unlisted: list[str],
    spoil: Callable[[random.Random, str], str],
) -> None:
    chance = random.Random(23)
    plain = Index(real_index._arrays, "python")
    fast = Index(real_index._arrays, "compiled")
    names = [spoil(chance, chance.choice(e.party.names).text) for e in chance.sample(real_listings, 150)]
    for name in [*names, *chance.sample(unlisted, 100)]:
        kind = chance.choice(["unknown", "person", "organization"])
        query = Query(name=name, kind=kind)  # type: ignore[arg-type]
        assert fast.search(query, threshold=0.2) == plain.search(query, threshold=0.2), name


@given(
    keys=st.sets(st.from_regex(r"[a-z]{1,12}|[0-9]{1,4}|[a-z0-9]{4,8}", fullmatch=True), max_size=30),
    word=st.data(),
)
@settings(max_examples=150, deadline=None)
def test_every_word_that_is_alike_is_found(keys: set[str], word: st.DataObject) -> None:
    from_listed = st.sampled_from(sorted(keys)) if keys else st.just("word")
    asked = word.draw(
        from_listed | from_listed.map(consonants) | st.from_regex(r"[a-z]{1,12}", fullmatch=True)
    )
    assert_all_alike_are_found(keys, [asked])


def assert_all_alike_are_found(keys: set[str], words: list[str]) -> int:
    """Compare with every word of an index of these; gives how many were found."""
    index = Index.build(enumerate(listing(key) for key in sorted(keys)))
    vocabulary = Vocabulary(as_arrays(index._arrays))
    compiled = Compiled(index._arrays) if kernel_name() == "compiled" else None
    found = 0
    for asked in words:
        alike = {n: like for n, key in enumerate(vocabulary.keys) if (like := likeness(asked, key)).degree}
        assert vocabulary.alike(asked) == alike, asked
        assert compiled is None or compiled.alike(asked) == alike, asked
        found += len(alike)
    return found


def test_no_number_is_like_a_word_with_a_digit() -> None:
    assert assert_all_alike_are_found({"123", "0123", "1234", "b123"}, ["a123"]) == 1


def edited(chance: random.Random, word: str, edits: int) -> str:
    """A word after some edits: a letter more, less or other, or two that change places."""
    for _ in range(edits):
        at = chance.randrange(len(word))
        letter = chance.choice("abcdegkoxz")
        ways = [
            word[:at] + letter + word[at:],
            word[:at] + word[at + 1 :],
            word[:at] + letter + word[at + 1 :],
        ]
        word = chance.choice([*ways, word[:at] + word[at : at + 2][::-1] + word[at + 2 :]]) or letter
    return word


def test_every_edit_of_many_words_is_found() -> None:
    chance = random.Random(3)
    words = ["".join(chance.choices("abcdegkoxz", k=chance.randrange(1, 16))) for _ in range(300)]
    words += ["".join(chance.choices("abcdegkoxz", k=chance.randrange(27, 40))) for _ in range(30)]
    keys = {edited(chance, word, chance.randrange(4)) for word in words for _ in range(12)}
    assert assert_all_alike_are_found(keys, words) > 2_000


@pytest.mark.shared
@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("name", ["Huawei Technologies", "Ibrahim Pickens", "Zqxw"])
@pytest.mark.parametrize("countries", [(), ("CN",)])
def test_a_limit_keeps_the_best(
    real_index: Index, kernel: Kernel, name: str, countries: tuple[str, ...]
) -> None:
    # However low the threshold is: then the best are looked for at higher ones first.
    index, query = Index(real_index._arrays, kernel), Query(name=name, countries=countries)
    every = index.search(query, threshold=0.0, limit=None)
    assert len(every) > 20 or name == "Zqxw"
    for threshold in (0.0, 0.0005, 0.2):
        kept = [match for match in every if match.score >= threshold]
        scores = sorted((match.score for match in kept), reverse=True)
        for limit in (1, 5, 20):
            found = index.search(query, threshold=threshold, limit=limit)
            assert found == [match for match in kept if match in found]
            assert sorted((m.score for m in found), reverse=True) == scores[:limit]
