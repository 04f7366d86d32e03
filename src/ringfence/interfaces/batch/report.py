"""Answers into files: CSV, XLSX, Parquet, JSON Lines and HTML, whole or not at all.

A file is written under a passing name in the folder of its target, forced to disk, and only then put in
place in one step; on any error the target stays as it was. Text that a spreadsheet would run as a
formula is defused. Writers hold one answer at a time; HTML holds a stated number (`page`).
"""

import codecs
import contextlib
import glob
import os
import secrets
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO, Protocol

from ringfence.errors import InputError
from ringfence.interfaces.batch.flat import COLUMNS, ValueType, flat_rows
from ringfence.interfaces.batch.holding import hold
from ringfence.interfaces.batch.pieces import csv_lines, decoded, encoded
from ringfence.interfaces.batch.table import parquet_support
from ringfence.interfaces.language.texts import Language
from ringfence.records import Screening

FORMATS = ("csv", "html", "jsonl", "parquet", "xlsx")
"""The suffixes that `writer_for` knows."""

STANDARD_OUTPUT = "-"
_PARQUET_ANSWERS = 2_048
_PARQUET_ROWS = 16_384
_SHEET_ROWS = 1_048_576
_SHEET_CELL = 32_767
_JUST_BEGUN = 60.0
"""Seconds in which a file is left alone, whoever holds it."""
_WIDTHS = {"name": 36, "normalised": 28, "listed_name": 40, "matched_name": 36, "list_title": 26}
_CUT = " … [cut; the whole text is in the CSV and JSON Lines formats]"


class ScreeningWriter(Protocol):
    """Takes answers one by one, in the order of the input."""

    def write(self, screening: Screening) -> None:
        """Add one answer."""

    def append(self, piece: bytes) -> None:
        """Add answers that `encoded` made ready for this format, maybe in another process."""


class _Format(ScreeningWriter, Protocol):
    def finish(self) -> None:
        """Write what is still held back. Without this call the file is not complete."""

    def discard(self) -> None:
        """Let go of everything: the file is not wanted."""


def writer_for(
    path: str | Path,
    *,
    input_path: str | Path | None = None,
    title: str | None = None,
    list_titles: Mapping[str, str] = MappingProxyType({}),
    language: Language = "en",
) -> AbstractContextManager[ScreeningWriter]:
    """A writer in the format of the suffix of `path`; `-` is JSON Lines to standard output.

    Use it in a `with` statement: leaving it normally puts the file in place, an exception leaves no
    trace. `input_path` is never overwritten; `title` stands above the HTML report, which calls
    lists by `list_titles` where it can and speaks `language`; the other formats are data, and have none. Raises InputError
    at once on an unknown suffix or a missing library, and on entering when the folder cannot be written.
    """
    if str(path) == STANDARD_OUTPUT:
        return _to_standard_output()
    target = Path(path)
    suffix = target.suffix.lower().removeprefix(".")
    if suffix not in FORMATS:
        known = ", ".join(f".{name}" for name in FORMATS)
        raise InputError(
            f"{path}: no output format is called {target.suffix or 'nothing'!r}; use one of {known}"
        )
    if suffix == "parquet":
        parquet_support(str(path))
    if input_path is not None and str(input_path) != "-" and _same_file(target, Path(input_path)):
        raise InputError(f"{path}: this is the input file; choose another name for --out")
    shown = title or (Path(input_path).name if input_path is not None else target.stem)
    return _to_file(target, lambda file: _open_format(suffix, file, shown, list_titles, language))


@contextlib.contextmanager
def _to_standard_output() -> Iterator[ScreeningWriter]:
    writer = _JsonLines(sys.stdout.buffer)
    yield writer
    sys.stdout.buffer.flush()


@contextlib.contextmanager
def _to_file(target: Path, open_format: Callable[[BinaryIO], _Format]) -> Iterator[ScreeningWriter]:
    with _whole_file(target) as file:
        writer = open_format(file)
        try:
            yield writer
            writer.finish()
        except BaseException:
            writer.discard()
            raise


def _remove_leftovers(place: Path) -> None:
    """Remove what writers of this file left that were killed. One that is at work holds its file, or has just begun."""
    for passing in place.parent.glob(f".{glob.escape(place.name[:100])}.????????.part"):
        with contextlib.suppress(OSError), passing.open("rb") as file:
            if time.time() - os.fstat(file.fileno()).st_mtime > _JUST_BEGUN and hold(file):
                passing.unlink()


@contextlib.contextmanager
def _whole_file(target: Path) -> Iterator[BinaryIO]:
    """A file that takes the place of `target` if the block ends well, and vanishes otherwise."""
    place = target.resolve()  # a link stays a link: the file that it points to is replaced
    if place.is_dir():
        raise InputError(f"{target}: this is a folder; name a file in it")
    if place.exists() and not place.is_file():
        raise InputError(f"{target}: this is not a regular file; use --out - for standard output")
    _remove_leftovers(place)
    passing = place.with_name(f".{place.name[:100]}.{secrets.token_hex(4)}.part")
    try:
        mode = place.stat().st_mode & 0o777 if place.exists() else 0o666
        file = os.fdopen(os.open(passing, os.O_RDWR | os.O_CREAT | os.O_EXCL, mode), "w+b")
    except OSError as error:
        raise InputError(
            f"{target}: cannot be written in {place.parent} ({error.strerror}); choose another folder for "
            "--out"
        ) from None
    try:
        with file:
            hold(file)
            yield file
            file.flush()
            os.fsync(file.fileno())
        passing.replace(place)
    except OSError as error:
        passing.unlink(missing_ok=True)
        # Errors of the work within the block pass as they are; those of this file are the user's to mend.
        if error.filename is None or str(passing) in (str(error.filename), str(error.filename2)):
            raise InputError(
                f"{target}: could not be written whole ({error.strerror or error}), nothing was left; "
                "make room "
                "or choose another folder for --out"
            ) from error
        raise
    except BaseException:
        passing.unlink(missing_ok=True)
        raise
    with contextlib.suppress(OSError):  # not every system lets a folder be forced to disk
        folder = os.open(place.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _same_file(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return one.resolve() == other.resolve()


def _open_format(
    suffix: str, file: BinaryIO, title: str, list_titles: Mapping[str, str], language: Language
) -> _Format:
    if suffix == "html":
        from ringfence.interfaces.batch.page import Page  # noqa: PLC0415  jinja2 is only needed here

        return Page(file, title, list_titles, language)
    formats: dict[str, Callable[[BinaryIO], _Format]] = {
        "csv": _Csv,
        "jsonl": _JsonLines,
        "parquet": _Parquet,
        "xlsx": _Xlsx,
    }
    return formats[suffix](file)


class _JsonLines:
    """One Screening a line, as contract `ringfence/1` has it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def write(self, screening: Screening) -> None:
        self._file.write(encoded("jsonl", [screening]))

    def append(self, piece: bytes) -> None:
        self._file.write(piece)

    def finish(self) -> None:
        pass

    def discard(self) -> None:
        pass


class _Csv:
    """UTF-8 with a byte order mark, without which a spreadsheet reads Chinese names as noise."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        file.write(codecs.BOM_UTF8 + csv_lines([[column.title for column in COLUMNS]]))

    def write(self, screening: Screening) -> None:
        self._file.write(encoded("csv", [screening]))

    def append(self, piece: bytes) -> None:
        self._file.write(piece)

    def finish(self) -> None:
        pass

    def discard(self) -> None:
        pass


class _Parquet:
    """Row groups of some ten thousand rows; days and instants in their own types."""

    def __init__(self, file: BinaryIO) -> None:
        from ringfence.interfaces.batch.arrow import schema  # noqa: PLC0415  pyarrow is only needed here

        self._arrow, parquet = parquet_support("the output")
        self._writer = parquet.ParquetWriter(file, schema(), compression="zstd")
        self._answers: list[Screening] = []
        self._batches: list[Any] = []

    def write(self, screening: Screening) -> None:
        self._answers.append(screening)
        if len(self._answers) >= _PARQUET_ANSWERS:
            self._close_answers()

    def append(self, piece: bytes) -> None:
        self._close_answers()
        with self._arrow.ipc.open_stream(piece) as stream:
            self._batches += stream
        self._flush(_PARQUET_ROWS)

    def finish(self) -> None:
        self._close_answers()
        self._flush(1)
        self._writer.close()

    def discard(self) -> None:
        with contextlib.suppress(self._arrow.ArrowException, OSError, ValueError):
            self._writer.close()

    def _close_answers(self) -> None:
        if self._answers:
            answers, self._answers = self._answers, []
            self.append(encoded("parquet", answers))

    def _flush(self, least: int) -> None:
        if sum(batch.num_rows for batch in self._batches) >= least:
            self._writer.write_table(self._arrow.Table.from_batches(self._batches))
            self._batches = []


class _Xlsx:
    """Sheet `Results` (and `Results 2` ... beyond a million rows), then what the columns mean.

    Text is written as text: a spreadsheet never takes it for a formula, a link or a number.
    """

    def __init__(self, file: BinaryIO) -> None:
        import xlsxwriter  # noqa: PLC0415  not needed by the other formats

        # The rows wait here until the end; a folder of our own goes away whatever happens.
        self._waiting = tempfile.TemporaryDirectory(prefix="ringfence-")
        self._book = xlsxwriter.Workbook(
            file,
            {
                "tmpdir": self._waiting.name,
                "constant_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
                "default_date_format": "yyyy-mm-dd",
                "remove_timezone": True,
            },
        )
        self._heading = self._book.add_format(
            {"bold": True, "bg_color": "#E8EDF3", "bottom": 1, "valign": "top"}
        )
        self._instant = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._score = self._book.add_format({"num_format": "0.00"})
        self._sheets = 0
        self._sheet: Any = None
        self._next = _SHEET_ROWS

    def write(self, screening: Screening) -> None:
        for row in flat_rows(screening):
            if self._next >= _SHEET_ROWS:
                self._new_sheet()
            for index, (column, value) in enumerate(zip(COLUMNS, row, strict=True)):
                self._write_cell(index, column.type, value)
            self._next += 1

    def append(self, piece: bytes) -> None:
        for screening in decoded(piece):
            self.write(screening)

    def finish(self) -> None:
        if self._sheet is None:
            self._new_sheet()
        self._filter()
        meanings = self._book.add_worksheet("Columns")
        meanings.set_column(0, 0, 30)
        meanings.set_column(1, 1, 80)
        for index, (title, meaning) in enumerate(
            [("column", "meaning"), *((c.title, c.meaning) for c in COLUMNS)]
        ):
            meanings.write_string(index, 0, title, self._heading if index == 0 else None)
            meanings.write_string(index, 1, meaning, self._heading if index == 0 else None)
        self._book.close()
        self._waiting.cleanup()

    def discard(self) -> None:
        self._book.fileclosed = True  # or it would try to write itself when it is collected
        sheets: list[Any] = self._book.worksheets()
        for sheet in sheets:
            sheet.row_data_fh.close()
        self._waiting.cleanup()

    def _new_sheet(self) -> None:
        self._filter()
        self._sheets += 1
        self._sheet = self._book.add_worksheet("Results" if self._sheets == 1 else f"Results {self._sheets}")
        self._sheet.freeze_panes(1, 3)
        for index, column in enumerate(COLUMNS):
            self._sheet.set_column(
                index, index, _WIDTHS.get(column.title, 18 if column.type == "text" else 12)
            )
            self._sheet.write_string(0, index, column.title, self._heading)
        self._next = 1

    def _filter(self) -> None:
        if self._sheet is not None:
            self._sheet.autofilter(0, 0, max(self._next - 1, 1), len(COLUMNS) - 1)

    def _write_cell(self, index: int, kind: ValueType, value: Any) -> None:
        if value is None or value == "":
            return
        if kind == "text":
            text = value if len(value) <= _SHEET_CELL else value[: _SHEET_CELL - len(_CUT)] + _CUT
            self._sheet.write_string(self._next, index, text)
        elif kind == "date":
            self._sheet.write_datetime(self._next, index, value)
        elif kind == "instant":
            self._sheet.write_datetime(self._next, index, value, self._instant)
        else:
            self._sheet.write_number(self._next, index, value, self._score if kind == "number" else None)
