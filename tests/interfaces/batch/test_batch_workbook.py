"""A workbook that would take the memory is refused before the reader sees it."""

import io
import struct
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from ringfence.errors import InputError
from ringfence.interfaces.batch import Bounds, open_table

ODS = "application/vnd.oasis.opendocument.spreadsheet"
NAMESPACES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{prefix}:1.0"'
    for prefix in ("office", "table", "text", "manifest")
)


def make_ods(path: Path, *tables: str) -> Path:
    body = "".join(f'<table:table table:name="T{i}">{rows}</table:table>' for i, rows in enumerate(tables))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", ODS, zipfile.ZIP_STORED)
        archive.writestr(
            "META-INF/manifest.xml",
            f'<manifest:manifest {NAMESPACES}><manifest:file-entry manifest:full-path="/" '
            f'manifest:media-type="{ODS}"/></manifest:manifest>',
        )
        archive.writestr(
            "content.xml",
            f"<office:document-content {NAMESPACES}><office:body><office:spreadsheet>{body}"
            "</office:spreadsheet></office:body></office:document-content>",
        )
    return path


def cell(text: str, repeated: int = 1) -> str:
    return (
        f'<table:table-cell office:value-type="string" table:number-columns-repeated="{repeated}">'
        f"<text:p>{text}</text:p></table:table-cell>"
    )


def row(*cells: str, repeated: int = 1) -> str:
    return f'<table:table-row table:number-rows-repeated="{repeated}">{"".join(cells)}</table:table-row>'


EMPTY_END = row('<table:table-cell table:number-columns-repeated="16384"/>', repeated=1_048_574)


def read(path: Path, bounds: Bounds | None = None) -> list[tuple[object, ...]]:
    with open_table(path, bounds=bounds) as table:
        return [found.cells for found in table]


def refusal(path: Path, bounds: Bounds | None = None) -> str:
    with pytest.raises(InputError) as refused:
        read(path, bounds)
    return str(refused.value)


def test_the_million_empty_rows_at_the_end_of_a_sheet_are_no_bomb(tmp_path: Path) -> None:
    table = row(cell("name"), cell("country")) + row(cell("Foo"), cell("CN")) + EMPTY_END
    assert read(make_ods(tmp_path / "p.ods", table, table)) == [("Foo", "CN")]


@pytest.mark.parametrize(
    "rows",
    [
        row(cell("x", 1000), repeated=100_000),
        row(cell("x")) + row(repeated=1_000_000) + row(cell("x", 1000)),
    ],
    ids=["repeated cells", "far apart"],
)
def test_repeated_cells_of_a_sheet_are_counted(tmp_path: Path, rows: str) -> None:
    assert "at most 20,000,000 cells are read" in refusal(make_ods(tmp_path / "p.ods", rows))


def test_a_lone_cell_far_out_is_refused(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "p.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "name")
        sheet.write(1_048_575, 16_383, "far")
    assert "span 1,048,576 rows by 16,384 columns" in refusal(tmp_path / "p.xlsx")


def raw_xlsx(sheet: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
    return content.getvalue()


def test_cells_without_a_place_are_counted_too(tmp_path: Path) -> None:
    path = tmp_path / "p.xlsx"
    path.write_bytes(
        raw_xlsx("<sheetData><row>" + "<c/>" * 500 + "</row>" + "<row/>" * 5_000 + "</sheetData>")
    )
    assert "span 5,001 rows by 500 columns" in refusal(path, Bounds(cells=1_000_000))


def test_a_zip_bomb_is_refused_by_the_sizes_it_states(tmp_path: Path) -> None:
    path = tmp_path / "p.xlsx"
    path.write_bytes(raw_xlsx(" " * 3_000_000))
    assert "decompression bomb" in refusal(path, Bounds(ratio_free=1_000_000))
    assert "more than 1 MB" in refusal(path, Bounds(workbook=1 << 20))


def test_a_zip_bomb_that_states_small_sizes_is_refused_while_it_unpacks(tmp_path: Path) -> None:
    content = bytearray(raw_xlsx(" " * 3_000_000))
    entry = content.rfind(b"PK\x01\x02")
    content[entry + 24 : entry + 28] = struct.pack("<I", 1_000)
    path = tmp_path / "p.xlsx"
    path.write_bytes(content)
    assert "decompression bomb" in refusal(path, Bounds(ratio_free=1_000_000))


def test_an_archive_of_too_many_files_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "p.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(20):
            archive.writestr(f"xl/{number}.xml", "")
    assert "20 files in the workbook" in refusal(path, Bounds(members=10))


@pytest.mark.parametrize(
    ("member", "told"), [("a.txt", "this is a zip archive"), ("xl/workbook.bin", "an XLSB workbook")]
)
def test_an_archive_that_is_no_workbook_is_named(tmp_path: Path, member: str, told: str) -> None:
    with zipfile.ZipFile(tmp_path / "p.xlsx", "w") as archive:
        archive.writestr(member, "x")
    assert told in refusal(tmp_path / "p.xlsx")


def test_a_damaged_workbook_is_refused(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "p.xlsx") as book:
        book.add_worksheet().write_column(0, 0, ["name"] + [f"Company {n * 7919 % 1000}" for n in range(500)])
    content = bytearray((tmp_path / "p.xlsx").read_bytes())
    sheet = content.find(b"xl/worksheets/sheet1.xml")
    content[sheet + 100 : sheet + 400] = bytes(300)
    (tmp_path / "p.xlsx").write_bytes(content)
    assert "the workbook is damaged" in refusal(tmp_path / "p.xlsx")
