"""Tables of every format are read alike, and what cannot be read is refused in one line."""

import csv
import gzip
import io
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from ringfence.errors import InputError
from ringfence.interfaces.batch import Bounds, Row, find_columns, open_table, titles_parties
from ringfence.interfaces.batch.table import Table

HEADER = ("name", "country")
PARTIES = (("Acme, Inc.", "US"), ("海康威视", "CN"), ('Say "Hi" GmbH', "DE"))


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(path: Path | str, **how: object) -> tuple[Table, list[Row]]:
    with open_table(path, **how) as table:  # type: ignore[arg-type]
        return table, list(table)


def refusal(path: Path | str, **how: object) -> str:
    with pytest.raises(InputError) as refused:
        read(path, **how)
    message = str(refused.value)
    assert "\n" not in message
    return message


def delimited(delimiter: str) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows([HEADER, *PARTIES])
    return text.getvalue()


def make_workbook(path: Path, *sheets: list[list[object]]) -> Path:
    with xlsxwriter.Workbook(path) as book:
        for rows in sheets:
            sheet = book.add_worksheet()
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return path


def make_file(folder: Path, kind: str) -> Path:
    if kind == "xlsx":
        return make_workbook(folder / "p.xlsx", [list(HEADER), *map(list, PARTIES)])
    if kind == "parquet":
        columns = {title: [party[i] for party in PARTIES] for i, title in enumerate(HEADER)}
        pq.write_table(pa.table(columns), folder / "p.parquet")
        return folder / "p.parquet"
    if kind == "jsonl":
        lines = [f'{{"name": {_json(name)}, "country": "{country}"}}\n' for name, country in PARTIES]
        return write(folder, "p.jsonl", "".join(lines))
    return write(folder, "p.txt", delimited({"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}[kind]))


def _json(text: str) -> str:
    return '"' + text.replace('"', '\\"') + '"'


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("kind", ["comma", "semicolon", "tab", "bar", "jsonl", "parquet", "xlsx"])
def test_every_format_gives_the_same_table(tmp_path: Path, kind: str, packed: bool) -> None:
    path = make_file(tmp_path, kind)
    if packed:
        path = write(tmp_path, path.name + ".gz", gzip.compress(path.read_bytes()))
    table, rows = read(path)
    assert table.header == HEADER
    assert tuple(row.cells for row in rows) == PARTIES
    assert [row.number for row in rows] == [1, 2, 3]
    assert [row.line for row in rows] == ([1, 2, 3] if kind in ("jsonl", "parquet") else [2, 3, 4])


@pytest.mark.parametrize("kind", ["comma", "jsonl"])
def test_standard_input_is_told_apart_by_its_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    piped = io.TextIOWrapper(io.BytesIO(make_file(tmp_path, kind).read_bytes()))
    monkeypatch.setattr(sys, "stdin", piped)
    table, rows = read("-")
    assert table.name == "standard input"
    assert tuple(row.cells for row in rows) == PARTIES


def test_blank_rows_are_kept_within_the_table_and_not_after_it(tmp_path: Path) -> None:
    _, rows = read(write(tmp_path, "p.csv", "\nname,country\nA,US\n\n , \nB,CN\n,\n\n"))
    assert [(row.number, row.line, row.blank) for row in rows] == [
        (1, 3, False),
        (2, 4, True),
        (3, 5, True),
        (4, 6, False),
    ]


def test_a_plain_list_of_names_keeps_its_commas(tmp_path: Path) -> None:
    _, rows = read(write(tmp_path, "p.txt", 'name\nAcme, Inc.\nFoo Ltd\n"Bar, Baz"\n'))
    assert [row.cells for row in rows] == [("Acme, Inc.",), ("Foo Ltd",), ("Bar, Baz",)]


def test_a_header_that_lacks_a_column_is_refused_not_guessed(tmp_path: Path) -> None:
    assert "2 cells where the header has 1" in refusal(
        write(tmp_path, "p.csv", "name\nFoo,CN\nBar,US\nBaz,DE\n")
    )


def test_a_row_with_too_many_cells_is_refused_with_its_place(tmp_path: Path) -> None:
    message = refusal(write(tmp_path, "p.csv", "name,country\nFoo,US\nAcme, Inc.,US\n"))
    assert "p.csv, row 3: 3 cells where the header has 2" in message


def test_a_row_with_too_few_cells_is_read_and_remarked_on(tmp_path: Path) -> None:
    _, rows = read(write(tmp_path, "p.csv", "id,name,country\n1,Foo\n"))
    assert rows[0].cells == ("1", "Foo", "")
    assert "only 2 of 3 cells" in rows[0].remarks[0]


def test_the_chosen_sheet_is_read_and_the_others_are_named(tmp_path: Path) -> None:
    path = make_workbook(tmp_path / "p.xlsx", [["name"], ["First"]], [["name"], ["Second"]])
    table, rows = read(path)
    assert rows[0].cells == ("First",)
    assert "sheets not read: Sheet2" in table.about
    assert read(path, sheet="Sheet2")[1][0].cells == ("Second",)
    assert read(path, sheet=2)[1][0].cells == ("Second",)
    assert "the workbook has: Sheet1, Sheet2" in refusal(path, sheet="Sheet3")


def test_numbers_and_days_of_a_workbook_read_as_people_see_them(tmp_path: Path) -> None:
    import datetime as dt

    with xlsxwriter.Workbook(tmp_path / "p.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["name", "number", "share", "born", "formula"])
        sheet.write_row(1, 0, ["Foo", 4711, 0.25])
        sheet.write_datetime(1, 3, dt.date(1980, 4, 3), book.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.write_formula(1, 4, "=1+1", None, 2)
    _, rows = read(tmp_path / "p.xlsx")
    assert rows[0].cells == ("Foo", "4711", "0.25", "1980-04-03", "2")


def test_lists_and_nested_fields_of_json_keep_their_parts(tmp_path: Path) -> None:
    line = (
        '{"name": "Foo", "aliases": ["A; B", "C"], "identifiers": {"uscc": "91"}, "tier": 2, "gone": null}\n'
    )
    table, rows = read(write(tmp_path, "p.jsonl", line))
    assert table.header == ("name", "aliases", "identifiers.uscc", "tier", "gone")
    assert rows[0].cells == ("Foo", ("A; B", "C"), "91", "2", "")


def test_a_json_field_that_turns_up_late_is_remarked_on(tmp_path: Path) -> None:
    path = write(tmp_path, "p.jsonl", '{"name": "Foo"}\n' * 1000 + '{"name": "Bar", "uscc": "91"}\n')
    _, rows = read(path)
    assert rows[-1].number == 1001
    assert "uscc" in rows[-1].remarks[0]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("e.csv", b"", "the file is empty"),
        ("e.csv", b"\n  \n", "the file is empty"),
        ("e.csv", b"name,country\n", "only a header and no rows"),
        ("e.csv", b"name\n\x00\x01\x02", "not a text file (a zero byte at offset 5)"),
        ("e.csv", b"%PDF-1.7\n", "this is a PDF document"),
        ("e.csv", b"\x89PNG\r\n", "this is a picture"),
        ("e.xlsx", b"PK\x03\x04 no archive at all", "cannot be read"),
        ("e.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "cannot be read"),
        ("e.parquet", b"PAR1" + bytes(64) + b"PAR1", "not readable as Parquet"),
        ("e.jsonl", b'{"name": "Foo"}\n{"name": \n', "line 2: not JSON"),
        ("e.jsonl", b'{"name": "Foo"}\n["Bar"]\n', "line 2: list where an object is expected"),
        ("e.json", b'[{"name": "Foo"}]', "jq -c"),
        ("e.gz", gzip.compress(b"name\nFoo\n", mtime=0)[:-9], "the gzip file ends too early"),
        ("e.gz", gzip.compress(gzip.compress(b"name\nFoo\n", mtime=0), mtime=0), "packed twice"),
    ],
)
def test_what_is_no_table_is_refused_with_a_remedy(
    tmp_path: Path, name: str, content: bytes, told: str
) -> None:
    message = refusal(write(tmp_path, name, content))
    assert told in message
    assert name in message


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    assert "there is no such file" in refusal(tmp_path / "none.csv")
    assert "this is a folder" in refusal(tmp_path)
    assert "not a regular file" in refusal("/dev/null")


def test_a_quotation_mark_that_is_not_closed_is_noticed_early(tmp_path: Path) -> None:
    path = write(tmp_path, "p.csv", 'name,country\nFoo,US\n"Bar,CN\n' + "Baz,DE\n" * 1000)
    message = refusal(path, bounds=Bounds(line=2_000))
    assert "line 3" in message
    assert "quotation mark" in message


def test_a_line_without_end_is_refused_before_it_is_held(tmp_path: Path) -> None:
    path = write(tmp_path, "p.csv", b"name\n" + b"x" * 3_000_000)
    assert "line 2: the line is longer than" in refusal(path, bounds=Bounds(line=1_000))
    packed = write(tmp_path, "p.csv.gz", gzip.compress(b"name\n" + b"x" * 3_000_000))
    assert "line is longer than" in refusal(packed, bounds=Bounds(line=1_000))


def test_a_sparse_file_of_two_gigabytes_costs_nothing(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.write(b"name\n")
        file.truncate(2 << 30)
    assert "at most 1 GB are read" in refusal(path)


def test_an_endless_pipe_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Endless(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, target: bytearray) -> int:  # type: ignore[override]
            target[:] = b"x" * len(target)
            return len(target)

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(Endless())))
    assert "line is longer than" in refusal("-")


def test_a_gzip_bomb_is_refused_while_it_unpacks(tmp_path: Path) -> None:
    bomb = write(tmp_path, "p.csv.gz", gzip.compress(b"name,country\n" + b"Foo,US\n" * 200_000))
    assert "decompression bomb" in refusal(bomb, bounds=Bounds(ratio_free=100_000))
    assert "more than 1 MB of data" in refusal(bomb, bounds=Bounds(unpacked=1 << 20))


@pytest.mark.parametrize(
    ("bounds", "told"),
    [
        (Bounds(file=10), "at most 10 bytes"),
        (Bounds(columns=1), "2 columns, at most 1"),
        (Bounds(cell=3), "row 2: the cell in column 'name' has"),
        (Bounds(rows=2), "more than 2 rows"),
    ],
)
def test_every_bound_is_told(tmp_path: Path, bounds: Bounds, told: str) -> None:
    assert told in refusal(make_file(tmp_path, "comma"), bounds=bounds)


def test_parquet_without_its_library_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_file(tmp_path, "parquet")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert "pip install 'ringfence[batch]'" in refusal(path)


cells = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)


@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=8))
def test_whatever_a_csv_writer_quotes_is_read_back(rows: list[tuple[str, str]]) -> None:
    import tempfile

    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([HEADER, *rows, ("last", "one")])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "p.csv"
        path.write_bytes(text.getvalue().encode())
        _, found = read(path)
    expected = [row if any(cell.strip() for cell in row) else () for row in rows]
    assert [row.cells for row in found] == [*expected, ("last", "one")]


def test_a_quotation_mark_that_swallows_the_rest_of_the_file_is_refused(tmp_path: Path) -> None:
    told = refusal(write(tmp_path, "open.csv", 'name,country\nAcme,US\n"Huawei,CN\nDahua Technology,CN\n'))
    assert "open.csv, line 3: a quotation mark that is opened here is closed nowhere" in told


def test_a_quotation_mark_that_swallows_rows_up_to_the_next_one_is_refused(tmp_path: Path) -> None:
    told = refusal(
        write(tmp_path, "two.csv", 'name,country\n"Huawei,CN\nDahua Technology,CN\nThe "Big" One,US\n')
    )
    assert "two.csv, line 2: a value of 3 lines begins here and ends within a cell" in told


def test_a_value_of_several_lines_is_read(tmp_path: Path) -> None:
    _, rows = read(write(tmp_path, "lines.csv", 'name,address\nAcme,"1 Road\nTown, Land"\nDahua,"2 Road"'))
    assert [row.cells for row in rows] == [("Acme", "1 Road\nTown, Land"), ("Dahua", "2 Road")]


@pytest.mark.parametrize(
    "above", [["Suppliers 2026"], ["Suppliers 2026", "", ""], ["Suppliers 2026", "by R. Roe"]], ids=len
)
def test_titles_are_found_below_the_name_of_the_list(tmp_path: Path, above: list[str]) -> None:
    path = make_workbook(
        tmp_path / "list.xlsx", [above, [], ["Nr", "Company", "Country"], ["1", "Dahua Technology", "CN"]]
    )
    table, rows = read(path, titled=titles_parties)
    assert table.header == ("Nr", "Company", "Country")
    assert [(row.number, row.line, row.cells) for row in rows] == [(1, 4, ("1", "Dahua Technology", "CN"))]
    assert "titles in row 3" in table.about


def test_rows_above_a_row_that_only_looks_like_titles_are_data(tmp_path: Path) -> None:
    path = write(tmp_path, "plain.csv", "Huawei,CN\nDahua,CN\nCompany,CN\n")
    table, rows = read(path, titled=titles_parties)
    assert table.header == ("Huawei", "CN")
    assert len(rows) == 2


def test_where_the_first_sheet_holds_no_parties_the_others_are_named(tmp_path: Path) -> None:
    path = make_workbook(tmp_path / "two.xlsx", [["See the next sheet"]], [["Company"], ["Dahua"]])
    assert refusal(path).endswith("; or choose another sheet with --sheet: Sheet2")
    path = make_workbook(tmp_path / "two.xlsx", [["By"], ["R. Roe"]], [["Company"], ["Dahua"]])
    table, _ = read(path)
    with pytest.raises(
        InputError, match="no column of names.*; or choose another sheet with --sheet: Sheet2"
    ):
        find_columns(table)
