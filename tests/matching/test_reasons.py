"""Reasons are true: they add up, name words of both names, and say how evidence counts."""

import datetime as dt

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.matching.conftest import listing

from ringfence.matching import Index, cannot_discriminate, compare, normalise
from ringfence.names import parse, readings
from ringfence.records import Address, Identifier, PartialDate, Query, parse_partial, score_of

PARTS = (
    "Huawei",
    "Technologies",
    "Co.,",
    "Ltd.",
    "(HK)",
    "Al-Ahmad",
    "杭州",
    "海康威视",
    "ООО",
    "39",
    "O'Neil",
    "&",
    "Sons",
)
TEXT = st.text(max_size=60) | st.lists(st.sampled_from(PARTS)).map(" ".join)


@given(asked=TEXT, listed=TEXT)
@settings(max_examples=300, deadline=None)
def test_the_score_recomputes_from_the_reasons(asked: str, listed: str) -> None:
    match = compare(Query(name=asked, countries=("CN",)), listing(listed, countries=("US",)))
    assert match.score == score_of(match.reasons)
    assert 0.0 <= match.score <= 1.0


@given(asked=TEXT, listed=TEXT)
@settings(max_examples=200, deadline=None)
def test_every_word_a_reason_names_is_a_word_of_a_reading(asked: str, listed: str) -> None:
    match = compare(Query(name=asked), listing(listed))
    ours = {word.surface for reading in readings(asked) for word in reading.words}
    theirs = {word.surface for reading in readings(listed) for word in reading.words}
    for reason in match.reasons:
        if reason.feature == "word":
            assert all(any(part in word.split() for word in ours) for part in reason.query.split())
            assert all(any(part in word.split() for word in theirs) for part in reason.listed.split())


@given(name=TEXT)
@settings(max_examples=200, deadline=None)
def test_a_name_is_read_the_same_way_twice(name: str) -> None:
    assert readings(name) == readings(name)
    assert normalise(name) == (parse(name).text if readings(name) else "")


def test_a_reason_says_by_what_relation_words_met() -> None:
    match = compare(Query(name="Huaway Tech 39 (Shenzhen)"), listing("Huawei Technologies Plant 39"))
    relations = {(r.query, r.listed): r.relation for r in match.reasons if r.feature == "word"}
    assert relations["huaway", "huawei"] in {"sound", "spelling"}
    assert relations["tech", "technologies"] == "equivalent"
    assert relations["39", "39"] == "same"
    assert relations["", "plant"] == "missing"


CHINA = listing("Acme Trading House", countries=("CN",))


def test_the_same_country_speaks_for_and_another_against() -> None:
    plain = compare(Query(name="Acme Trading House"), CHINA).score
    assert compare(Query(name="Acme Trading House", countries=("CN",)), CHINA).score > plain
    assert compare(Query(name="Acme Trading House", countries=("BR",)), CHINA).score < plain


def test_hong_kong_is_no_other_country_than_china() -> None:
    hong_kong = compare(Query(name="Acme Trading House", countries=("HK",)), CHINA)
    assert all(r.weight > 0 for r in hong_kong.reasons if r.feature == "country")


def test_an_identifier_that_agrees_outweighs_a_name() -> None:
    entry = listing("Acme Trading House")
    party = msgspec.structs.replace(entry.party, identifiers=(Identifier("uscc", "9133 0000-733796106P"),))
    entry = msgspec.structs.replace(entry, party=party)
    asked = Query(name="Quite Otherwise Ltd", identifiers=(Identifier("uscc", "91330000733796106P"),))
    assert compare(asked, entry).score > 0.3
    other = Query(name="Acme Trading House", identifiers=(Identifier("uscc", "91330000000000000X"),))
    shown = [r for r in compare(other, entry).reasons if r.feature == "identifier"]
    assert shown[0].weight < 0


def test_a_birth_date_that_differs_speaks_against() -> None:
    entry = listing("Ivan Petrovich Sidorenko", kind="person")
    born = parse_partial("1970-03-04")
    assert born is not None
    entry = msgspec.structs.replace(entry, party=msgspec.structs.replace(entry.party, birth_dates=(born,)))

    def score(first: dt.date, last: dt.date) -> float:
        date = PartialDate(first, last, "as typed")
        return compare(Query(name="Ivan Sidorenko", kind="person", birth_date=date), entry).score

    day, other = dt.date(1970, 3, 4), dt.date(1981, 1, 1)
    year = score(dt.date(1970, 1, 1), dt.date(1970, 12, 31))
    assert score(day, day) > year > compare(Query(name="Ivan Sidorenko", kind="person"), entry).score
    assert score(other, other) < 0.5


def test_the_same_name_in_another_city_is_for_review() -> None:
    entry = listing("Hangzhou Hikvision Digital Technology Co., Ltd.")
    address = Address("No. 555 Qianmo Road, Binjiang District, Hangzhou", city="Hangzhou", country="CN")
    party = msgspec.structs.replace(entry.party, addresses=(address,))
    entry = msgspec.structs.replace(entry, party=party)
    here = compare(Query(name="Hangzhou Hikvision Digital Tech", city="Hangzhou"), entry)
    there = compare(Query(name="Hangzhou Hikvision Digital Tech", city="Chongqing"), entry)
    assert there.score < here.score


@pytest.mark.parametrize("name", ["Global Trading Co", "Trading", "国际贸易有限公司", "", "Ltd."])
def test_a_name_of_common_words_only_says_so(name: str) -> None:
    assert cannot_discriminate(Query(name=name))


def test_a_vessel_is_not_a_person() -> None:
    ship = listing("OCEAN IVANOV", kind="vessel")
    assert compare(Query(name="Ocean Ivanov", kind="person"), ship).score < 0.5


def test_a_common_word_that_looks_like_a_rare_one_tells_little() -> None:
    entry = listing("Djsc Kharbazon")
    entries = [entry, *(listing(f"Alpha{n} Djskc") for n in range(60))]
    index = Index.build(enumerate(entries))
    common = compare(Query(name="Djskc"), entry, index).score
    assert common < compare(Query(name="Djsc"), entry, index).score / 4


def test_a_particle_goes_with_the_word_to_which_it_belongs() -> None:
    found = compare(
        Query(name="M. A. Hamdan", kind="person"), listing("Mustafa al-Rashid HAMDAN", kind="person")
    )
    initials = {(reason.query, reason.listed) for reason in found.reasons if reason.relation == "initial"}
    assert initials == {("m", "mustafa"), ("a", "al rashid")}
    assert not any(reason.relation == "missing" for reason in found.reasons)


def test_an_initial_is_that_of_a_name_before_that_of_a_particle() -> None:
    found = compare(
        Query(name="S. A. Yusuf", kind="person"), listing("AL-YUSUF, Samir al-Ahmad", kind="person")
    )
    assert ("a", "ahmad") in {(reason.query, reason.listed) for reason in found.reasons}


def test_words_with_a_meaning_are_joined_as_they_are_written() -> None:
    found = compare(Query(name="kala naft tehran"), listing("Kalanaft Tehran"))
    assert ("kala naft", "kalanaft") in {(reason.query, reason.listed) for reason in found.reasons}
    apart = compare(Query(name="naft kala tehran"), listing("Kalanaft Tehran"))
    assert all(reason.relation != "spacing" for reason in apart.reasons)


def test_a_legal_form_more_is_told_as_such() -> None:
    found = compare(Query(name="Nordwind Optik"), listing("Nordwind Optik GmbH"))
    assert {reason.relation for reason in found.reasons if reason.listed} == {"same", "legal_form"}


def test_the_same_initial_counts_as_one_that_a_longer_word_begins_with() -> None:
    ships = [listing("BICENTENARIO V", kind="vessel"), listing("BICENTENARIO VI", kind="vessel")]
    found = Index.build(enumerate(ships)).search(Query(name="V Bicentenario"), threshold=0.1)
    assert [match.ref for match in found] == [0, 1]
