"""A file of parties as a table: a header and rows of text, whatever the file's format.

CSV and TSV, XLSX, XLS and ODS, Parquet and JSON Lines are read alike, packed by gzip or not, from a file
or from standard input. Rows come one at a time, in the order of the file, in bounded memory (a workbook's
sheet is held whole, within `Bounds.cells`). Promises that no row is lost: rows without any value are
kept as blank rows where others follow, and what cannot be read is an InputError that names the file, the
row as the user sees it, and what to do. Never interprets a cell; that is `columns`.
"""

import contextlib
import csv
import io
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, BinaryIO, NamedTuple, Self

import msgspec

from ringfence.errors import InputError
from ringfence.interfaces.batch import workbook
from ringfence.interfaces.batch.bounds import Bounds, size
from ringfence.interfaces.batch.encoding import examine
from ringfence.interfaces.batch.intake import display_name, kind_of, open_bytes
from ringfence.records.codec import from_json

Cell = str | tuple[str, ...]
"""One value as text, or several where the file keeps them apart (a JSON or Parquet list)."""

Titled = Callable[[Sequence[str]], bool]
"""Whether the cells of a row are titles of columns, as far as its caller knows titles."""

DELIMITERS = ",;\t|"
_NO_DELIMITER = "\x1f"
_SAMPLE_RECORDS = 50
_ABOVE = 20
"""Rows with a value that may stand above the titles: the name of the list, who made it, when."""
_SAMPLE_OBJECTS = 1_000
_SAMPLE_BYTES = 4 << 20
_JSON_SUFFIXES = frozenset((".jsonl", ".ndjson", ".json"))
_ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "gb18030": "GB18030",
    "cp1252": "Windows-1252",
}
_PARQUET_BATCH = 512
_JSON_START = re.compile(r'\s*(\{\s*["}]|\[\s*[{\]])')


class Row(NamedTuple):
    """One row of data: `number` counts from 1, `line` is the row number that the user sees in the file
    (the header counts, and so do blank rows); both are 0 where rows have no order. `remarks` are about the row as a whole.
    """

    number: int
    line: int
    cells: tuple[Cell, ...]
    remarks: tuple[str, ...] = ()

    @property
    def blank(self) -> bool:
        """Whether no cell holds anything."""
        return not any(cell if isinstance(cell, tuple) else cell.strip() for cell in self.cells)


class Table:
    """An open table. Iterate over it once; use it in a `with` statement, which closes the file.

    `about` says for people how the file was read (format, encoding, delimiter, sheet); `expected_rows`
    is an estimate for progress bars, and an upper bound but for JSON Lines of odd shape; `sheets` are the
    titles of a workbook's sheets.
    """

    def __init__(
        self,
        *,
        file: "_File",
        about: str,
        header: tuple[str, ...],
        rows: Iterable[Row],
        expected_rows: int,
    ) -> None:
        self.name = file.name
        self.sheets: tuple[str, ...] = ()
        self.about = about
        self.header = header
        self.expected_rows = expected_rows
        self._rows = rows
        self._stream = file.stream
        self._bounds = file.bounds

    def __iter__(self) -> Iterator[Row]:
        """The rows of data; blank rows at the end of the file are not part of it."""
        blank = 0
        for row in self._rows:
            if row.number > self._bounds.rows:
                raise InputError(f"{self.name}: more than {self._bounds.rows:,} rows; split the file")
            if row.blank:
                blank += 1  # kept as a count: a sheet may end in a million of them
                continue
            for back in range(blank, 0, -1):
                yield Row(row.number - back, row.line - back, ())
            blank = 0
            self._check_cells(row)
            yield row

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._stream.close()

    def _check_cells(self, row: Row) -> None:
        for title, cell in zip(self.header, row.cells, strict=False):
            length = sum(map(len, cell)) if isinstance(cell, tuple) else len(cell)
            if length > self._bounds.cell:
                raise InputError(
                    f"{self.name}, row {row.line:,}: the cell in column {title!r} has {length:,} characters, "
                    f"at most {self._bounds.cell:,} are read; is a quotation mark not closed?"
                )


def open_table(
    path: str | Path,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | int | None = None,
    bounds: Bounds | None = None,
    name: str | None = None,
    titled: Titled | None = None,
) -> Table:
    """Open a file of parties, or standard input for `-`, and read its header.

    `name` is what messages call the file, when it is not to be called by its path. The header is the first row with a
    value; where `titled` knows no title in it, the first of the next ones in which it does, and `about` says so.

    `encoding` and `delimiter` overrule what the file looks like; `sheet` chooses a sheet by title or by
    number from 1. Raises InputError, in one line, on anything that is not a readable table.
    """
    limits = bounds or Bounds()
    name = name or display_name(path)
    with contextlib.ExitStack() as on_error:
        stream = on_error.enter_context(open_bytes(path, limits, name))
        file = _File(name, stream, limits)
        kind = kind_of(stream)
        if sheet is not None and kind in ("text", "parquet"):
            raise InputError(f"{name}: only workbooks have sheets; leave --sheet out")
        if kind == "parquet":
            table = _parquet(file)
        elif kind == "text":
            table = _text(stream, file, Path(path), titled, encoding=encoding, delimiter=delimiter)
        else:
            table = _workbook(stream, file, sheet, titled)
        on_error.pop_all()
    return table


def within_bounds(path: Path, bounds: Bounds, name: str) -> None:
    """See that a file unpacks within bounds, before a reader that trusts it more is let at it. Raises InputError."""
    with open_bytes(path, bounds, name) as stream:
        workbook_like = kind_of(stream) == "zip"
    if workbook_like:
        open_table(path, bounds=bounds, name=name).close()


class _File(NamedTuple):
    """A file being read: what messages call it, what is read from and closed in the end, its bounds."""

    name: str
    stream: IO[Any]
    bounds: Bounds


def _text(
    stream: BinaryIO,
    file: _File,
    path: Path,
    titled: Titled | None,
    *,
    encoding: str | None,
    delimiter: str | None,
) -> Table:
    text = examine(stream, file.name, file.bounds, encoding)
    reader = io.TextIOWrapper(stream, encoding=text.encoding, errors="strict", newline="")
    file = file._replace(stream=reader)
    lines = _Lines(reader, file)
    told = _ENCODINGS.get(text.encoding, text.encoding)
    if text.guessed:
        told += " (told by its letters; --encoding overrules)"
    suffixes = {suffix.lower() for suffix in path.suffixes[-2:]}
    if delimiter is None and (suffixes & _JSON_SUFFIXES or _JSON_START.match(lines.peek())):
        return _json_lines(lines, file, told, text.lines)
    return _delimited(lines, file, told, text.lines, delimiter, titled)


class _Lines:
    """The lines of a text, no line and no record longer than the bound.

    Reading a line of any length by parts is what keeps a file without line ends out of memory; the
    reader of records calls `record` after each one, so that a quotation mark that is never closed is
    noticed long before the end of the file.
    """

    def __init__(self, reader: io.TextIOWrapper, file: _File) -> None:
        self.number = 0
        self._reader = reader
        self._name = file.name
        self._limit = file.bounds.line
        self._ahead: list[str] = []
        self._since_record = 0
        self.record_line = 1
        self.of_record: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._ahead.pop(0) if self._ahead else self._reader.readline(self._limit + 1)
        if not line:
            if self._since_record:  # only within quotation marks does a record ask for one line more
                raise InputError(
                    f"{self._name}, line {self.record_line:,}: a quotation mark that is opened here is closed nowhere, so that "
                    "all rows from here on are one value; close it, or save the table again as CSV or XLSX"
                )
            raise StopIteration
        if not self.number:
            line = line.removeprefix("\ufeff")  # a mark that the encoding, when forced, did not take away
        self.number += 1
        self._since_record += len(line)
        self.of_record.append(line)
        if self._since_record > self._limit:
            raise InputError(
                f"{self._name}, line {self.record_line:,}: the record that begins here is longer than "
                f"{size(self._limit)}; is a quotation mark not closed? Save the table again as CSV or XLSX"
            )
        return line

    def record(self) -> None:
        """Say that a record ends here."""
        self._since_record = 0
        self.record_line = self.number + 1
        self.of_record.clear()

    def peek(self, count: int = 1) -> str:
        """The next line or lines, which stay to be read."""
        while len(self._ahead) < count and (line := self._reader.readline(self._limit + 1)):
            self._ahead.append(line)
            if sum(map(len, self._ahead)) > self._limit:
                break
        return "".join(self._ahead[:count]).removeprefix("\ufeff")


def _delimited(
    lines: _Lines, file: _File, encoding: str, count: int, forced: str | None, titled: Titled | None
) -> Table:
    if forced is not None and len(forced) != 1:
        raise InputError(
            f"{file.name}: the delimiter must be one character, not {forced!r}; for example --delimiter ';'"
        )
    delimiter = forced or _sniff_delimiter(lines.peek(_SAMPLE_RECORDS))
    records = _records(lines, file.name, delimiter)
    shown = {"\t": "tab", _NO_DELIMITER: "none, one column"}.get(delimiter, delimiter)
    about = f"delimited text, {encoding}, delimiter {shown}"
    return _from_records(records, file, about, count, titled)


def _records(lines: _Lines, name: str, delimiter: str) -> Iterator[list[str]]:
    reader = csv.reader(lines, delimiter=delimiter)
    while True:
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise InputError(
                f"{name}, line {lines.record_line:,}: not readable as a table ({error}); is a quotation "
                "mark not "
                "closed? Save it again as CSV or XLSX"
            ) from None
        if len(lines.of_record) > 1 and not _well_quoted(lines.of_record, delimiter):
            raise InputError(
                f"{name}, line {lines.record_line:,}: a value of {len(lines.of_record):,} lines begins here and ends within a "
                "cell; is a quotation mark not closed? Save the table again as CSV or XLSX"
            )
        lines.record()
        yield record


def _well_quoted(lines: Sequence[str], delimiter: str) -> bool:
    """Whether each quotation mark that closes a value of a record stands at the end of its cell."""
    try:
        list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error:
        return False
    return True


def _sniff_delimiter(sample: str) -> str:
    """The delimiter that splits the header into most columns; no delimiter for a plain list of names.

    A one-column list may well hold commas ("Acme, Inc."), which must not split its names.
    """
    widths: dict[str, list[int]] = {}
    for delimiter in DELIMITERS:
        try:
            rows = [
                row for row in csv.reader(sample.splitlines(keepends=True), delimiter=delimiter) if any(row)
            ]
        except csv.Error:
            continue
        widths[delimiter] = [len(row) for row in rows]
    best = max(widths, key=lambda d: widths[d][0] if widths[d] else 0, default=",")
    if not widths or (widths[best] and widths[best][0] > 1):
        return best
    for delimiter, found in widths.items():
        if len(found) > 2 and len(set(found[1:])) == 1 and found[1] > 1:
            return delimiter  # every row agrees, so it is the header that lacks columns: say so, do not guess
    return _NO_DELIMITER


def _workbook(stream: BinaryIO, file: _File, sheet: str | int | None, titled: Titled | None) -> Table:
    found = workbook.rows_of(stream, file.name, sheet, file.bounds)
    about = "workbook"
    if len(found.titles) > 1:
        others = ", ".join(title for title in found.titles if title != found.title)
        about += f" (sheets not read: {others})"
    file = file._replace(name=f"{file.name}, sheet {found.title!r}")
    try:
        table = _from_records(iter(found), file, about, found.height, titled)
    except InputError as error:
        if sheet is not None or len(found.titles) == 1:
            raise
        raise InputError(f"{error}; {other_sheets(found.titles[1:])}") from None
    table.sheets = found.titles
    return table


def other_sheets(titles: Sequence[str]) -> str:
    """What to do where another sheet of a workbook may be the one that is meant."""
    return f"or choose another sheet with --sheet: {', '.join(titles[:20])}"


def _from_records(
    records: Iterator[list[str]], file: _File, about: str, count: int, titled: Titled | None
) -> Table:
    """A table whose header is its first row with a value, or a later one that is `titled` where that one is not."""
    records, header, before, skipped = _header_of(records, titled)
    if skipped:
        about += f", titles in row {before:,}"
    while header and not header[-1]:
        header.pop()
    if not header:
        raise InputError(
            f"{file.name}: the file is empty; give a table with a header row and one party a row"
        )
    if len(header) > file.bounds.columns:
        raise InputError(
            f"{file.name}: {len(header):,} columns, at most {file.bounds.columns:,} are read; delete the rest"
        )
    first = next(records, None)
    if first is None:
        raise InputError(
            f"{file.name}: only a header and no rows ({_shown(header)}); add one row a party, or put the "
            "header row "
            "'name' above a plain list of names"
        )
    return Table(
        file=file,
        about=about,
        header=tuple(header),
        rows=_rows(itertools.chain([first], records), file.name, len(header), before),
        expected_rows=max(1, count - before),
    )


def _header_of(
    records: Iterator[list[str]], titled: Titled | None
) -> tuple[Iterator[list[str]], list[str], int, bool]:
    """The rows below the header, the header, in which row it stands, and whether rows with a value stand above it.

    What stands above titles fills fewer cells than they do; a table without titles is not taken for one.
    """
    first: list[str] = []
    before = 0
    for record in records:
        before += 1
        if _filled(record):
            first = [cell.strip() for cell in record]
            break
    if titled is None or titled(first):
        return records, first, before, False
    ahead = list(itertools.islice(records, _ABOVE))
    widest = _filled(first)
    for place, record in enumerate(ahead):
        if _filled(record) > widest and titled(record):
            below = itertools.chain(ahead[place + 1 :], records)
            return below, [cell.strip() for cell in record], before + place + 1, True
        widest = max(widest, _filled(record))
    return itertools.chain(ahead, records), first, before, False


def _filled(record: Sequence[str]) -> int:
    """How many cells of a row hold anything."""
    return sum(bool(cell.strip()) for cell in record)


def _rows(records: Iterable[list[str]], name: str, width: int, before: int) -> Iterator[Row]:
    for number, record in enumerate(records, start=1):
        line = number + before
        remarks: tuple[str, ...] = ()
        if len(record) > width and any(cell.strip() for cell in record[width:]):
            raise InputError(
                f"{name}, row {line:,}: {len(record)} cells where the header has {width}; put quotation "
                "marks around "
                "a value that holds the delimiter, or name all columns in the header"
            )
        if 0 < len(record) < width and any(record):
            remarks = (short_row(len(record), width),)
        padding = [""] * (width - len(record))
        yield Row(number, line, (*record[:width], *padding), remarks)


def short_row(count: int, width: int) -> str:
    """The remark on a row that has only `count` of the cells of its table."""
    return f"only {count} of {width} cells are there; the others were read as empty"


def _json_lines(lines: _Lines, file: _File, encoding: str, count: int) -> Table:
    if lines.peek().lstrip().startswith("["):
        raise InputError(
            f"{file.name}: this is one JSON list; write one object a line (JSON Lines), for example with: "
            "jq -c '.[]' FILE"
        )
    objects = _objects(lines, file.name)
    sample: list[tuple[int, dict[str, Cell]]] = []
    held = 0
    for line, found in objects:
        sample.append((line, found))
        held += sum(len(key) + len(str(cell)) for key, cell in found.items())
        if len(sample) == _SAMPLE_OBJECTS or held > _SAMPLE_BYTES:
            break
    header = tuple(dict.fromkeys(key for _, found in sample for key in found))
    if not header:
        raise InputError(
            f"{file.name}: no JSON object with fields; write one object a line, with at least a name"
        )
    if len(header) > file.bounds.columns:
        raise InputError(
            f"{file.name}: {len(header):,} fields, at most {file.bounds.columns:,} are read; leave some out"
        )
    return Table(
        file=file,
        about=f"JSON Lines, {encoding}",
        header=header,
        rows=_object_rows(itertools.chain(sample, objects), header),
        expected_rows=max(1, count),
    )


def _objects(lines: _Lines, name: str) -> Iterator[tuple[int, dict[str, Cell]]]:
    for line in lines:
        lines.record()
        if not line.strip():
            yield lines.number, {}
            continue
        try:
            found = from_json(line)
        except ValueError as error:
            raise InputError(
                f"{name}, line {lines.number:,}: not JSON ({error}); write one object a line"
            ) from None
        if not isinstance(found, dict):
            raise InputError(
                f"{name}, line {lines.number:,}: {type(found).__name__} where an object is expected"
            )
        yield lines.number, dict(_flattened(found))


def _flattened(found: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Cell]]:
    """The fields of an object; those of an object within it are named `outer.inner`."""
    for key, value in found.items():
        if isinstance(value, dict) and not prefix:
            yield from _flattened(value, f"{key}.")
        else:
            yield prefix + key, _cell(value)


def _cell(value: Any) -> Cell:
    if isinstance(value, list | tuple):
        return tuple(one for item in value if (one := _scalar(item)))
    return _scalar(value)


def _scalar(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, dict | list):
        return msgspec.json.encode(value).decode()
    return str(value)


def _object_rows(objects: Iterable[tuple[int, dict[str, Cell]]], header: tuple[str, ...]) -> Iterator[Row]:
    known = frozenset(header)
    for number, (line, found) in enumerate(objects, start=1):
        # A field that turns up late has no column; saying so is all that bounded memory allows.
        late = sorted(found.keys() - known)
        remarks = (f"fields not met in the first rows were not used: {', '.join(late)}",) if late else ()
        yield Row(number, line, tuple(found.get(title, "") for title in header), remarks)


def _parquet(opened: _File) -> Table:
    name, stream, bounds = opened
    arrow, parquet = parquet_support(name)
    try:
        file = parquet.ParquetFile(stream, pre_buffer=False)
        heaviest = max(
            (file.metadata.row_group(i).total_byte_size for i in range(file.num_row_groups)), default=0
        )
        header = tuple(file.schema_arrow.names)
        rows = file.metadata.num_rows
    except (arrow.ArrowException, OSError, ValueError) as error:
        raise InputError(f"{name}: not readable as Parquet ({_first_line(error)}); write it again") from None
    if heaviest > bounds.unpacked:
        raise InputError(f"{name}: a row group unpacks to {size(heaviest)}; write it with smaller row groups")
    if len(header) > bounds.columns:
        raise InputError(
            f"{name}: {len(header):,} columns, at most {bounds.columns:,} are read; leave some out"
        )
    if not rows:
        raise InputError(f"{name}: only a header and no rows ({_shown(header)}); add one row a party")

    def records() -> Iterator[Row]:
        number = 0
        try:
            for batch in file.iter_batches(batch_size=_PARQUET_BATCH, use_threads=False):
                for cells in arrow_rows(batch):
                    number += 1
                    yield Row(number, number, cells)
        except (arrow.ArrowException, OSError, ValueError) as error:
            raise InputError(
                f"{name}, after row {number:,}: not readable as Parquet ({_first_line(error)}); write it "
                "again"
            ) from None

    return Table(
        file=opened,
        about="Parquet",
        header=header,
        rows=records(),
        expected_rows=rows,
    )


def arrow_rows(batch: Any) -> Iterator[tuple[Cell, ...]]:
    """The rows of a record batch as text."""
    columns = [[_cell(value) for value in column.to_pylist()] for column in batch.columns]
    return zip(*columns, strict=True)


def parquet_support(name: str) -> tuple[Any, Any]:
    """The modules `pyarrow` and `pyarrow.parquet`, which belong to the extra `batch`."""
    try:
        import pyarrow as pa  # noqa: PLC0415  170 MB that only Parquet needs
        from pyarrow import parquet  # noqa: PLC0415
    except ImportError:
        raise InputError(
            f"{name}: Parquet needs pyarrow; install it with: pip install 'ringfence[batch]'"
        ) from None
    return pa, parquet


def _shown(header: Iterable[str]) -> str:
    return ", ".join(repr(title) for title in itertools.islice(header, 30))


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
