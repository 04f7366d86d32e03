"""Sheets of XLSX, XLS and ODS workbooks as rows of cells.

The reader (calamine) unpacks a sheet whole and lays it out as a full rectangle, and a file of a few
kilobytes can ask it for hundreds of gigabytes. So a workbook is first unpacked here in pieces, to
count what it really holds and how far its cells reach, and is handed over only when that is sane: the
sizes written in the archive are checked, and then not believed. Never evaluates a formula: the value
that was saved with it is read.
"""

import datetime as dt
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO

import python_calamine

from ringfence.errors import InputError
from ringfence.interfaces.batch.bounds import Bounds, size

_CHUNK = 1 << 20
_ENCRYPTED = 0x1
_ROW = re.compile(rb"<(?:\w+:)?row\b")
_CELL = re.compile(rb"<(?:\w+:)?c\b")
_CELL_COLUMN = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{1,4})\d""")
_ROW_NUMBER = re.compile(rb"""\br\s*=\s*["'][A-Za-z]{0,4}(\d{1,12})""")
_ODS_TABLE_OR_ROW = re.compile(rb"<table:table(-row)?(?=[\s/>])")
_ODS_CELL = re.compile(rb"<table:(?:covered-)?table-cell\b([^>]*)>")
_ODS_ROWS_REPEATED = re.compile(rb"""table:number-rows-repeated\s*=\s*["'](\d{1,12})""")
_ODS_COLUMNS_REPEATED = re.compile(rb"""table:number-columns-repeated\s*=\s*["'](\d{1,12})""")


def rows_of(stream: BinaryIO, name: str, sheet: str | int | None, bounds: Bounds) -> "Sheet":
    """The chosen sheet: its title, or its number counted from 1; the first one if `sheet` is None.

    Raises InputError when the workbook is damaged, protected or too large, or has no such sheet.
    """
    if zipfile.is_zipfile(stream):
        _check_archive(stream, name, bounds)
    stream.seek(0)
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(stream)
        title = _choose(book.sheet_names, name, sheet)
        found = book.get_sheet_by_name(title)
    except python_calamine.PasswordError:
        raise InputError(f"{name}: the workbook is protected by a password; save it without one") from None
    except InputError:
        raise
    # A reader written in another language reports a bug on a hostile file as a panic, which is no Exception.
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt | SystemExit | MemoryError):
            raise
        raise InputError(
            f"{name}: the workbook cannot be read ({_first_line(error)}); open and save it again as XLSX "
            "or CSV"
        ) from None
    if found.width > bounds.columns:
        raise InputError(
            f"{name}, sheet {title!r}: {found.width:,} columns, at most {bounds.columns:,} are read; "
            "delete the rest"
        )
    return Sheet(title, tuple(book.sheet_names), found)


class Sheet:
    """One sheet, read: its title, the titles beside it, and its rows as text from the first row on."""

    def __init__(self, title: str, titles: tuple[str, ...], sheet: Any) -> None:
        self.title = title
        self.titles = titles
        self.height: int = sheet.total_height
        self._sheet = sheet

    def __iter__(self) -> Iterator[list[str]]:
        for row in self._sheet.iter_rows():
            yield [_text(value) for value in row]


def _text(value: object) -> str:
    """A cell as a person sees it: whole numbers without a decimal point, dates in ISO form."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ") if value.time() != dt.time() else value.date().isoformat()
    return str(value)


def _choose(titles: list[str], name: str, sheet: str | int | None) -> str:
    if not titles:
        raise InputError(f"{name}: the workbook has no sheets; save it again")
    if sheet is None:
        return titles[0]
    if isinstance(sheet, str) and sheet in titles:
        return sheet
    number = int(sheet) if str(sheet).isdecimal() else 0
    if 1 <= number <= len(titles):
        return titles[number - 1]
    raise InputError(f"{name}: no sheet {str(sheet)!r}; the workbook has: {', '.join(titles[:20])}")


def _check_archive(stream: BinaryIO, name: str, bounds: Bounds) -> None:
    """Refuse an archive that holds more than a workbook may; reads every member once, a piece at a time."""
    packed = stream.seek(0, 2)
    try:
        with zipfile.ZipFile(stream) as archive:
            members = archive.infolist()
            if len(members) > bounds.members:
                raise InputError(f"{name}: {len(members):,} files in the workbook; this is not a workbook")
            if not any(m.filename.lower() in ("xl/workbook.xml", "content.xml") for m in members):
                what = (
                    "an XLSB workbook"
                    if any(m.filename == "xl/workbook.bin" for m in members)
                    else "a zip archive"
                )
                raise InputError(f"{name}: this is {what}; save or unpack it as XLSX, ODS or CSV")
            _refuse_bomb(sum(m.file_size for m in members), packed, name, bounds)
            total = 0
            for member in members:
                if member.flag_bits & _ENCRYPTED:
                    raise InputError(f"{name}: the workbook is protected by a password; save it without one")
                # The size stated in the archive would end the reading there; the true end is wanted.
                member.file_size = bounds.workbook + 1
                extent = _extent_of(member.filename)
                with archive.open(member) as content:
                    while piece := content.read(_CHUNK):
                        total += len(piece)
                        _refuse_bomb(total, packed, name, bounds)
                        if extent is not None:
                            extent.feed(piece)
                            _refuse_extent(extent, name, bounds)
                if extent is not None:
                    extent.finish()
                    _refuse_extent(extent, name, bounds)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError) as error:
        raise InputError(f"{name}: the workbook is damaged ({_first_line(error)}); save it again") from None


def _refuse_bomb(unpacked: int, packed: int, name: str, bounds: Bounds) -> None:
    if unpacked > bounds.workbook:
        raise InputError(
            f"{name}: the workbook unpacks to more than {size(bounds.workbook)}; split it, or save it as CSV"
        )
    if unpacked > bounds.ratio_free and unpacked > bounds.ratio * packed:
        raise InputError(
            f"{name}: unpacks to more than {bounds.ratio} times its size and is refused as a decompression "
            "bomb; save it as CSV if you trust it"
        )


def _refuse_extent(extent: "_Extent", name: str, bounds: Bounds) -> None:
    if extent.columns * extent.rows > bounds.cells:
        raise InputError(
            f"{name}: the cells of a sheet span {extent.rows:,} rows by {extent.columns:,} columns, at most "
            f"{bounds.cells:,} cells are read; delete stray cells far out, or save the table as CSV"
        )


class _Extent:
    """How far the cells of one sheet reach, counted from its XML as it streams by."""

    def __init__(self) -> None:
        self.rows = 0
        self.columns = 0
        self._rest = b""

    def feed(self, piece: bytes) -> None:
        """Count what is whole in the text so far; a tag cut by the end of the piece waits for the next."""
        text = self._rest + piece
        cut = text.rfind(b"<")
        if cut < 0 or len(text) - cut > _CHUNK:
            cut = len(text)
        self._rest = text[cut:]
        self.count(text[:cut])

    def finish(self) -> None:
        """Count the last piece."""
        self.count(self._rest)
        self._rest = b""

    def count(self, text: bytes) -> None:
        raise NotImplementedError


class _XlsxExtent(_Extent):
    def __init__(self) -> None:
        super().__init__()
        self._row_tags = 0
        self._in_row = 0

    def count(self, text: bytes) -> None:
        # Cells may carry their place (`r="C7"`) or just follow each other: the larger extent counts.
        for column in set(_CELL_COLUMN.findall(text)):
            self.columns = max(self.columns, _column_number(column))
        numbers = set(_ROW_NUMBER.findall(text))
        self.rows = max(self.rows, max(map(int, numbers), default=0))
        first, *others = _ROW.split(text)
        self._in_row += len(_CELL.findall(first))
        self.columns = max(self.columns, self._in_row)
        for part in others:
            self._in_row = part.count(b"<c ") or len(_CELL.findall(part))
            self.columns = max(self.columns, self._in_row)
        self._row_tags += len(others)
        self.rows = max(self.rows, self._row_tags)


class _OdsExtent(_Extent):
    """Repeated rows count only up to the last one with a value: every sheet ends in a million empty ones."""

    def __init__(self) -> None:
        super().__init__()
        self._reach = 0
        self._repeated = 0
        self._position = 0

    def count(self, text: bytes) -> None:
        first, *others = _ODS_TABLE_OR_ROW.split(text)
        self._count_cells(first)
        for is_row, part in zip(others[::2], others[1::2], strict=True):
            self._reach = self._reach + self._repeated if is_row else 0
            repeated = _ODS_ROWS_REPEATED.search(part, 0, part.find(b">")) if is_row else None
            self._repeated = int(repeated[1]) if repeated else int(bool(is_row))
            self._position = 0
            self._count_cells(part)

    def _count_cells(self, part: bytes) -> None:
        for attributes in _ODS_CELL.findall(part):
            repeated = _ODS_COLUMNS_REPEATED.search(attributes)
            self._position += int(repeated[1]) if repeated else 1
            if b"value" in attributes or b"formula" in attributes:
                self.columns = max(self.columns, self._position)
                self.rows = max(self.rows, self._reach + self._repeated)


def _extent_of(member: str) -> _Extent | None:
    lowered = member.lower()
    if lowered == "content.xml":
        return _OdsExtent()
    return (
        _XlsxExtent()
        if lowered.endswith(".xml") and "sheet" in lowered and lowered.startswith("xl/")
        else None
    )


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
