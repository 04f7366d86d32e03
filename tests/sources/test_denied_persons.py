"""The Denied Persons List: text, exports, workbooks; ids as in the Consolidated Screening List."""

import io
from pathlib import Path

import pytest
import xlsxwriter

from ringfence.errors import HeldBack, LayoutChanged
from ringfence.records import Listing
from ringfence.sources.checks import check
from ringfence.sources.document import document_of, read_document
from ringfence.sources.registry import parser, source
from ringfence.sources.row import Account

SAMPLES = Path(__file__).parents[1] / "lists" / "us_bis_denied"
HEADER = ["Name and Address", "Effective Date", "Expiration Date", "Type of Denial", "Citations"]


def read(name: str, data: bytes) -> tuple[list[Listing], Account]:
    account = Account()
    return list(parser("us_bis_denied")(document_of(name, data, 10_000_000), account)), account


def workbook(*rows: list[str]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return buffer.getvalue()


def test_a_workbook_reads_as_its_csv_does() -> None:
    rows = [["MAHAN AIRWAYS, TEHRAN, Iran", "3/21/2008", "", "Standard", "87 F.R. 30173 5/18/2022"]]
    from_book, _ = read("dpl.xlsx", workbook(HEADER, *rows))
    lines = "\n".join(",".join(f'"{cell}"' for cell in row) for row in [HEADER, *rows])
    from_text, _ = read("dpl.csv", lines.encode())
    assert from_book == from_text
    assert from_book[0].party.countries == ("IR",)


def test_a_name_may_end_in_a_legal_form_after_a_comma() -> None:
    lines = ",".join(HEADER) + '\n"GATEWOOD, INC., 4 MAIN STREET, EL PASO, TX, 79905",8/24/2022,,Standard,\n'
    (listing,), _ = read("dpl.csv", lines.encode())
    assert listing.party.name == "GATEWOOD, INC."
    assert listing.party.addresses[0].country == "US"


def test_an_end_in_the_year_3035_is_no_end() -> None:
    account = Account()
    found = list(parser("us_bis_denied")(read_document(SAMPLES / "sample_text.txt", 10_000), account))
    sheng = next(one for one in found if one.party.name == "ZIMO SHENG")
    assert sheng.valid_until is None
    assert [remark.code for remark in sheng.remarks] == ["impossible_date"]


def test_a_person_in_several_rows_keeps_an_entry_for_each_in_any_order() -> None:
    header, *rows = (SAMPLES / "sample_text.txt").read_text(encoding="utf-8").splitlines()
    forth, _ = read("dpl.txt", "\n".join([header, *rows]).encode())
    back, _ = read("dpl.txt", "\n".join([header, *rows[::-1]]).encode())
    assert {one.id: one for one in forth} == {one.id: one for one in back}
    assert sum(one.id.startswith("us_bis_denied:abdulah-al-nasser-us") for one in forth) == 2


@pytest.mark.parametrize(
    ("name", "data", "error"),
    [
        ("page.html", b"<html><body>Not found</body></html>", HeldBack),
        ("dpl.csv", b"Name,Address\nX,Y\n", LayoutChanged),
        ("dpl.txt", b"Name\tCity\tState\nX\tY\tZ\n", LayoutChanged),
        ("dpl.xls", b"\xd0\xcf\x11\xe0 not a workbook", HeldBack),
        ("dpl.json", b"{}", HeldBack),
    ],
)
def test_another_file_is_refused(name: str, data: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        read(name, data)


def test_a_text_file_that_is_cut_off_is_refused() -> None:
    data = (SAMPLES / "sample_text.txt").read_bytes()
    with pytest.raises(HeldBack):
        read("dpl.txt", data[: len(data) - 90])


@pytest.mark.shared
@pytest.mark.parametrize(("name", "rows"), [("dpl_2019-07-09.txt.gz", 546), ("dpl_2021-07.txt.gz", 581)])
def test_a_real_release_loads_whole(shared: Path, name: str, rows: int) -> None:
    account = Account()
    document = read_document(shared / "data/us/denied_persons" / name, 20_000_000)
    found = list(parser("us_bis_denied")(document, account))
    # The README of the data counts the line of the header.
    assert len(found) == account.rows == rows
    assert len({one.id for one in found}) == rows
    assert not account.refused
    assert not account.not_understood
    check(source("us_bis_denied"), name, account, None)


@pytest.mark.shared
def test_ids_are_those_of_the_consolidated_screening_list(shared: Path) -> None:
    def ids(source_id: str, path: Path) -> set[str]:
        found = parser(source_id)(read_document(path, 300_000_000), Account())
        return {one.id for one in found if one.list == "us_bis_denied"}

    own = ids("us_bis_denied", shared / "data/us/denied_persons/dpl_2021-07.txt.gz")
    copied = ids("us_csl", shared / "data/us/csl/consolidated_2022-04-21.csv.gz")
    # The copy is of April 2022, the text of August: orders were renewed, ended and made in between.
    assert len(copied & own) > 0.98 * len(copied)
