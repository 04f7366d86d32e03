"""Canada's list: items of schedules as keys, two languages in one cell, aliases that spell one part of a name."""

import datetime as dt
from pathlib import Path

import pytest
from tests.sources.lists.reading import fit_to_load, read, read_bytes

from ringfence.errors import LayoutChanged

SAMPLE = Path(__file__).parents[2] / "lists" / "ca_sema" / "sample.xml"


@pytest.mark.shared
def test_the_real_release_of_2020_is_read_whole(shared: Path) -> None:
    listings, account = read("ca_sema", shared / "data" / "ca" / "sema_2020-03.xml.gz")
    assert (account.rows, len(listings)) == (1_369, 1_369)
    assert sum(listing.party.kind == "person" for listing in listings.values()) == 985
    assert not account.not_understood
    assert not account.refused
    assert not account.remarks
    fit_to_load("ca_sema", account)
    assert listings["ca_sema:iran-1-25"].party.names[1].text == "IAMI"


def test_an_item_of_a_schedule_is_the_key_and_regulations_without_schedules_have_one_too() -> None:
    listings, _ = read("ca_sema", SAMPLE)
    assert "ca_sema:zimbabwe-n-a-1" in listings
    assert "ca_sema:justice-for-victims-of-corrupt-foreign-officials-regulations-32" in listings


def test_the_regulation_says_nothing_of_the_country_of_a_party() -> None:
    listings, _ = read("ca_sema", SAMPLE)
    assert listings["ca_sema:ukraine-1-83"].programs == ("Ukraine",)
    assert listings["ca_sema:ukraine-1-83"].party.countries == ()


def test_english_and_french_are_two_names_but_a_slash_in_brackets_is_not_a_border() -> None:
    listings, _ = read("ca_sema", SAMPLE)
    assert [name.text for name in listings["ca_sema:iran-1-1"].party.names] == [
        "Aerospace Industries Organization (AIO)",
        "AIO",
        "Organisation iranienne des industries aérospatiales",
    ]
    assert [n.text for n in listings["ca_sema:burma-1-16"].party.names] == [
        "MEC Steel Mills (Hmaw Bi/Pyi/Ywama)"
    ]


def test_a_spelling_of_one_part_of_a_name_is_put_into_its_place() -> None:
    listings, _ = read("ca_sema", SAMPLE)
    names = [(name.text, name.weak) for name in listings["ca_sema:russia-1-99"].party.names]
    assert names == [
        ("Evgeny Petrovich GRABCHAK", False),
        ("Yevgeny", True),
        ("Yevgeny Petrovich GRABCHAK", False),
        ("HRABCHAK", True),
        ("Evgeny Petrovich HRABCHAK", False),
    ]


def test_a_nickname_is_weak_and_stays_alone() -> None:
    listings, _ = read("ca_sema", SAMPLE)
    names = [(name.text, name.weak) for name in listings["ca_sema:ukraine-1-83"].party.names]
    assert names == [("Arseny PAVLOV", False), ("Motorola", True)]


def test_a_legal_form_after_a_comma_belongs_to_the_name_before_it() -> None:
    listings, _ = read("ca_sema", SAMPLE)
    names = [name.text for name in listings["ca_sema:burma-1-1"].party.names]
    assert names == ["Air Bagan", "Air Bagan Holdings Pte., Ltd.", "Air Bagan Limited"]


def test_a_ship_is_known_by_its_number_and_dated_by_the_publisher() -> None:
    listings, _ = read("ca_sema", SAMPLE)
    ship = listings["ca_sema:russia-1-part-3-4"]
    assert ship.party.kind == "vessel"
    assert ship.party.birth_dates == ()
    assert (ship.valid_from, ship.dated_by) == (dt.date(2025, 2, 21), "publisher")


def test_two_records_under_one_item_are_a_new_layout() -> None:
    text = (
        SAMPLE.read_text(encoding="utf-8")
        .replace("<Item>99</Item>", "<Item>98</Item>")
        .replace(
            "<Country>Ukraine</Country><LastName>PAVLOV", "<Country>Russia / Russie</Country><LastName>PAVLOV"
        )
    )
    with pytest.raises(LayoutChanged, match="ca_sema:russia-1-98 stands in the file twice"):
        read_bytes("ca_sema", text.replace("<Item>83</Item>", "<Item>98</Item>").encode())
