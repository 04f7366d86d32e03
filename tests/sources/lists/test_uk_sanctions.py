"""The UK Sanctions List: rows into parties, literal letters in dates, the same party from either format."""

import csv
import datetime as dt
import io
from pathlib import Path

import msgspec
import pytest
from tests.sources.lists.reading import fit_to_load, read, read_bytes

from ringfence.errors import HeldBack, LayoutChanged
from ringfence.records import ListedTie

SAMPLES = Path(__file__).parents[2] / "lists" / "uk_sanctions"


def with_header(change: dict[str, str]) -> bytes:
    lines = (SAMPLES / "sample.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    for old, new in change.items():
        assert old in lines[1]
        lines[1] = lines[1].replace(old, new, 1)
    return "".join(lines).encode()


def test_rows_of_one_unique_id_are_one_party() -> None:
    listings, account = read("uk_sanctions", SAMPLES / "sample.csv")
    assert (account.rows, len(listings)) == (8, 4)
    assert account.published_on == dt.date(2026, 1, 28)
    party = listings["uk_sanctions:AFG0001"].party
    assert [name.role for name in party.names] == ["primary", "alias", "alias"]
    assert len(party.addresses) == 3


def test_letters_in_a_date_of_birth_are_unknown_parts() -> None:
    listings, _ = read("uk_sanctions", SAMPLES / "sample.csv")
    year, day = listings["uk_sanctions:RUS0256"].party.birth_dates
    assert (year.first, year.last) == (dt.date(1979, 1, 1), dt.date(1979, 12, 31))
    assert day.first == day.last == dt.date(1979, 2, 9)


def test_measures_are_told_apart_and_a_weak_alias_is_weak() -> None:
    listings, _ = read("uk_sanctions", SAMPLES / "sample.csv")
    found = listings["uk_sanctions:RUS0256"]
    assert found.directives == ("Asset freeze", "Travel Ban", "Trust Services Sanctions")
    assert [name.text for name in found.party.names if name.weak] == ["SHEVA"]


def test_a_ship_carries_its_number_and_flag() -> None:
    listings, _ = read("uk_sanctions", SAMPLES / "sample.csv")
    ship = listings["uk_sanctions:RUS2222"].party
    assert ship.kind == "vessel"
    assert ("imo", "9292503") in {(i.scheme, i.value) for i in ship.identifiers}
    assert ship.vessel is not None
    assert (ship.vessel.flag, ship.vessel.owner) == ("Panama", "Dune Shipping LLC")
    assert ship.countries == ("PA",)


def test_parents_and_subsidiaries_are_ties_not_listed_names() -> None:
    listings, _ = read("uk_sanctions", SAMPLES / "sample.csv")
    found = listings["uk_sanctions:RUS1400"]
    assert found.ties == (
        ListedTie("subsidiary_of", "PJSC Lug"),
        ListedTie("parent_of", "LLC Vasilek"),
        ListedTie("parent_of", "LLC Mak"),
    )
    assert [name.text for name in found.party.names] == ["JOINT STOCK COMPANY ROMASHKA"]


def test_both_formats_tell_the_same_of_a_party() -> None:
    rows, _ = read("uk_sanctions", SAMPLES / "sample.csv")
    elements, account = read("uk_sanctions", SAMPLES / "sample_xml.xml")
    assert account.published_on == dt.date(2026, 1, 28)
    listed, other = rows["uk_sanctions:AFG0001"], elements["uk_sanctions:AFG0001"]
    without_addresses = [msgspec.structs.replace(one, party=None) for one in (listed, other)]
    assert without_addresses[0] == without_addresses[1]
    assert set(other.party.names) == set(listed.party.names)
    assert set(other.party.identifiers) == set(listed.party.identifiers)


def test_columns_are_known_by_name_in_any_order() -> None:
    text = (SAMPLES / "sample.csv").read_text(encoding="utf-8")
    first, rest = text.split("\n", 1)
    rows = [row[::-1] for row in csv.reader(io.StringIO(rest, newline=""))]
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    turned, _ = read_bytes("uk_sanctions", f"{first}\n{out.getvalue()}".encode())
    straight, _ = read("uk_sanctions", SAMPLES / "sample.csv")
    assert turned == straight


def test_a_column_it_cannot_do_without_is_a_new_layout() -> None:
    with pytest.raises(LayoutChanged, match="no column for uniqueid"):
        read_bytes("uk_sanctions", with_header({"Unique ID": "Key"}))


def test_a_renamed_column_holds_the_release_back() -> None:
    _, account = read_bytes("uk_sanctions", with_header({"D.O.B": "Born"}))
    with pytest.raises(HeldBack, match="field 'born', filled in 3 rows, is not understood"):
        fit_to_load("uk_sanctions", account)


def test_a_column_named_twice_is_a_new_layout() -> None:
    with pytest.raises(LayoutChanged, match="'position' stands in line 2 twice"):
        read_bytes("uk_sanctions", with_header({",Gender,": ",Position,"}))


def test_a_header_without_the_line_above_is_refused() -> None:
    lines = (SAMPLES / "sample.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    with pytest.raises(LayoutChanged):
        read_bytes("uk_sanctions", "".join(lines[1:]).encode())
