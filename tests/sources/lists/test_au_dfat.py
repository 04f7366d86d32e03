"""Australia's workbook: rows into parties, dates of every kind, and damage told in one line."""

import datetime as dt
from collections import Counter
from pathlib import Path

import pytest
import xlsxwriter
from tests.sources.lists.reading import fit_to_load, read, read_bytes

from ringfence.errors import HeldBack, LayoutChanged
from ringfence.sources.lists.au_dfat.parse import COLUMNS

SAMPLE = Path(__file__).parents[2] / "lists" / "au_dfat" / "sample.xlsx"


def workbook(path: Path, columns: tuple[str, ...]) -> Path:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, columns)
        sheet.write_row(1, 0, ["1", "A", "Entity"])
    return path


@pytest.mark.shared
def test_the_real_release_of_2026_is_read_whole(shared: Path) -> None:
    listings, account = read("au_dfat", shared / "data" / "au" / "dfat_2026-08-02.xlsx")
    assert (account.rows, len(listings)) == (11_068, 3_846)
    kinds = Counter(listing.party.kind for listing in listings.values())
    assert (kinds["person"], kinds["vessel"]) == (2_543, 262)
    assert account.latest_day == "2026-07-21"
    assert not account.not_understood
    assert not account.refused
    assert account.remarks == {"birth_date_not_read": 2}
    fit_to_load("au_dfat", account)


@pytest.mark.shared
def test_every_row_gives_its_party_a_name(shared: Path) -> None:
    import python_calamine

    rows = python_calamine.CalamineWorkbook.from_path(shared / "data" / "au" / "dfat_2026-08-02.xlsx")
    listings, _ = read("au_dfat", shared / "data" / "au" / "dfat_2026-08-02.xlsx")
    printed = {" ".join(str(row[1]).split()) for row in rows.get_sheet_by_index(0).to_python()[1:]}
    known = {
        text.casefold()
        for listing in listings.values()
        for name in listing.party.names
        for text in (name.text, name.published or "")
    }
    assert {name.strip(" ,;").casefold() for name in printed} <= known


def test_rows_of_one_number_are_one_party_and_its_primary_name_leads() -> None:
    listings, _ = read("au_dfat", SAMPLE)
    names = [(name.text, name.role, name.weak) for name in listings["au_dfat:2"].party.names]
    assert names == [
        ("MOHAMMAD HASSAN AKHUND", "primary", False),
        ("محمد حسن أخوند", "alias", False),
        ("Akhund", "alias", True),
        ("Hassan Akhund", "former", False),
    ]


def test_years_spans_and_months_of_birth_are_told_apart() -> None:
    listings, _ = read("au_dfat", SAMPLE)
    found = listings["au_dfat:2"]
    spans = [(born.first.isoformat(), born.last.isoformat(), born.circa) for born in found.party.birth_dates]
    assert spans == [
        ("1945-01-01", "1945-12-31", False),
        ("1946-01-01", "1946-12-31", True),
        ("1955-01-01", "1958-12-31", False),
        ("1963-12-01", "1963-12-31", False),
    ]
    assert not found.remarks


def test_the_reference_of_another_party_is_not_taken_for_its_own() -> None:
    listings, _ = read("au_dfat", SAMPLE)
    assert [i.value for i in listings["au_dfat:2"].party.identifiers] == ["TAi.002"]


def test_the_first_day_printed_is_the_listing_and_an_instrument_alone_dates_nothing() -> None:
    listings, _ = read("au_dfat", SAMPLE)
    assert listings["au_dfat:2"].valid_from == dt.date(2001, 1, 25)
    assert listings["au_dfat:8227"].valid_from == dt.date(2025, 6, 18)
    assert listings["au_dfat:4001"].valid_from is None


def test_addresses_on_lines_of_their_own_are_several() -> None:
    listings, _ = read("au_dfat", SAMPLE)
    assert [(place.text, place.country) for place in listings["au_dfat:3100"].party.addresses] == [
        ("No 10 & 12, 64th Street, Tehran, Iran", "IR"),
        ("P.O. Box 5, Minsk, Republic of Belarus, 220114", "BY"),
    ]


def test_a_renamed_or_moved_column_is_a_new_layout(tmp_path: Path) -> None:
    renamed = ("Ref", *COLUMNS[1:])
    with pytest.raises(LayoutChanged, match="missing Reference"):
        read("au_dfat", workbook(tmp_path / "renamed.xlsx", renamed))
    with pytest.raises(LayoutChanged, match="another order"):
        read("au_dfat", workbook(tmp_path / "moved.xlsx", (*COLUMNS[1:], COLUMNS[0])))


def test_a_cut_workbook_is_held_back() -> None:
    with pytest.raises(HeldBack, match="damaged"):
        read_bytes("au_dfat", SAMPLE.read_bytes()[:-700], "cut.xlsx")
