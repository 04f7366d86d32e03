"""SECO's list: spellings within bounds, references behind what refers to them, and targets taken off."""

import datetime as dt
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sources.lists.reading import fit_to_load, read, read_bytes

from ringfence.errors import HeldBack
from ringfence.sources.lists.ch_seco.spellings import MOST, spellings

SAMPLE = Path(__file__).parents[2] / "lists" / "ch_seco" / "sample.xml"
PARTS = st.lists(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=9), min_size=1, max_size=6)


@given(PARTS)
def test_every_spelling_of_every_part_stands_in_a_name(parts: list[list[str]]) -> None:
    found, _ = spellings(parts)
    for place, spelled in enumerate(parts):
        assert {name.split()[place] for name in found} == set(spelled)


@given(PARTS)
def test_names_are_bounded_and_are_all_of_the_product_when_nothing_is_left_out(
    parts: list[list[str]],
) -> None:
    found, cut = spellings(parts)
    whole = {" ".join(chosen) for chosen in product(*parts)}
    assert set(found) <= whole
    assert found[0] == " ".join(part[0] for part in parts)
    assert len(found) <= max(MOST, 1 + sum(len(set(part)) - 1 for part in parts))
    assert cut is (set(found) != whole) or not cut


def test_scripts_are_not_mixed_in_one_name() -> None:
    listings, _ = read("ch_seco", SAMPLE)
    names = [name.text for name in listings["ch_seco:101"].party.names if not name.weak]
    assert names == [
        "Mohammad Hassan Akhund",
        "Mohammad Hassan Akhond",
        "Muhammad Hassan Akhund",
        "Muhammad Hassan Akhond",
        "محمد حسن آخوند",
    ]


def test_a_name_of_many_spellings_does_not_explode() -> None:
    variants = "".join(f'<spelling-variant script="latin">M{n}</spelling-variant>' for n in range(30))
    text = SAMPLE.read_text(encoding="utf-8")
    for value in ("<value>Mohammad</value>", "<value>Hassan</value>", "<value>Akhund</value><"):
        text = text.replace(value, value.rstrip("<") + variants + ("<" if value.endswith("<") else ""), 1)
    listings, account = read_bytes("ch_seco", text.encode())
    found = listings["ch_seco:101"]
    assert 90 < len(found.party.names) < 120
    assert account.remarks["spellings_bounded"] == 1


def test_places_behind_the_targets_are_found() -> None:
    listings, account = read("ch_seco", SAMPLE)
    party = listings["ch_seco:101"].party
    assert party.birth_places == ("Pashmul village, Kandahar Province, Afghanistan",)
    assert [(a.text, a.country) for a in party.addresses] == [
        ("Ministry of Foreign Affairs, Kabul, Afghanistan", "AF")
    ]
    assert (account.rows, account.published_on) == (3, dt.date(2025, 2, 14))


def test_a_target_taken_off_ends_the_day_before() -> None:
    listings, _ = read("ch_seco", SAMPLE)
    gone = listings["ch_seco:201"]
    assert (gone.valid_from, gone.valid_until) == (dt.date(2022, 3, 4), dt.date(2023, 5, 31))
    assert gone.in_force(dt.date(2023, 5, 31))
    assert not gone.in_force(dt.date(2023, 6, 1))


def test_a_target_listed_again_begins_anew() -> None:
    listings, _ = read("ch_seco", SAMPLE)
    again = listings["ch_seco:301"]
    assert (again.valid_from, again.valid_until) == (dt.date(2024, 12, 17), None)


def test_a_ship_has_its_number_and_a_company_not_that_of_its_ships() -> None:
    listings, _ = read("ch_seco", SAMPLE)
    assert [i.value for i in listings["ch_seco:301"].party.identifiers] == ["9288693"]
    assert listings["ch_seco:201"].party.identifiers == ()


def test_a_relation_names_the_other_target() -> None:
    listings, _ = read("ch_seco", SAMPLE)
    (tie,) = listings["ch_seco:101"].ties
    assert (tie.relation, tie.name, tie.text) == (
        "linked_to",
        "Joint Stock Company Romashka",
        "related-to: close associate",
    )


def test_an_element_nobody_knows_is_reported_once() -> None:
    text = SAMPLE.read_text(encoding="utf-8").replace(
        '<other-information ssid="305">', "<hull-color>red</hull-color><other-information>"
    )
    _, account = read_bytes("ch_seco", text.encode())
    assert account.not_understood == {"object/hull-color": 1}
    with pytest.raises(HeldBack, match="object/hull-color"):
        fit_to_load("ch_seco", account)
