"""Links in a table: CSV, JSON Lines or a workbook with the columns of contract `ringfence/1`.

Every cell that cannot be read is an error that names file, row and field; all of them are told at once, up
to a limit. What can be read but makes no sense (dates reversed, a party that owns itself) is kept as far as
that is honest and reported: a tie whose dates are reversed may or may not be valid, so its share counts
from zero. Rows come one at a time; nothing is held but the links.
"""

import contextlib
import csv
import datetime as dt
import gzip
import io
import itertools
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, BinaryIO, cast

from ringfence.errors import InputError
from ringfence.records import UNKNOWN_SHARE, Link, LinkRelation, Share
from ringfence.records.codec import from_json
from ringfence.records.link import MOST_DECIMALS, can_be_reckoned
from ringfence.sources.document import Document
from ringfence.sources.links.linkset import DOCUMENT_BYTES, LINK_FILE_BYTES, LINK_FILE_ROWS, LinkSet
from ringfence.sources.links.shares import between, parse_share

RELATIONS: tuple[str, ...] = LinkRelation.__args__  # type: ignore[attr-defined]
SHARE_BASES = ("issued", "outstanding", "voting", "accounting_consolidation")
COLUMNS = (
    "subject",
    "relation",
    "object",
    "share",
    "share_low",
    "share_high",
    "from",
    "until",
    "value",
    "currency",
    "item",
    "tier",
    "source",
    "source_url",
    "asserted_by",
    "certainty",
    "subject_country",
    "object_country",
    "share_base",
    "object_incorporated_in",
)
"""The columns of a table of links, by their exact names."""

EQUITY = frozenset(("owns", "invested_in", "holds_securities_of"))
MAX_LINE = 1 << 20
_MOST_ERRORS = 20

Record = Mapping[str, str]
Table = Path | Document
"""A file, or one whose bytes are held already."""


def read_table(path: Path) -> LinkSet:
    """The links of a table. Raises InputError naming the unknown column, or each cell that cannot be read."""
    return links_of(path.name, records(path, COLUMNS, required=("subject", "relation", "object")))


def links_of(name: str, rows: Iterator[tuple[int, Record]]) -> LinkSet:
    """The links of rows that were read from `name`; a row is its number as the user sees it and its cells."""
    found = LinkSet()
    errors: list[str] = []
    for row, cells in rows:
        reader = _RowReader(name, row, cells, errors, found.remarks)
        link = reader.link()
        if link is not None:
            found.links.append(link)
        if len(errors) >= _MOST_ERRORS:
            break
    if errors:
        more = "; and more" if len(errors) >= _MOST_ERRORS else ""
        raise InputError("; ".join(errors) + more)
    return found


class _RowReader:
    """One row of a table, read field by field; what cannot be read goes to `errors`."""

    def __init__(self, name: str, row: int, cells: Record, errors: list[str], remarks: list[str]) -> None:
        self._where = f"{name}, row {row:,}"
        self._id = f"{name}:{row}"
        self._name = name
        self._row = row
        self._cells = cells
        self._errors = errors
        self._remarks = remarks

    def link(self) -> Link | None:
        before = len(self._errors)
        subject, target = self._required("subject"), self._text("object") or ""
        relation = self._one_of("relation", RELATIONS, required=True)
        if not target and relation != "nominee_for":
            self._refuse("object", "is empty; only nominee_for may leave it out, for somebody unknown")
        share, since, until = self._share(), self._day("from"), self._day("until")
        if since and until and until < since:
            self._remark(
                "until", f"{until} is before from {since}: the tie is counted as possible on any day"
            )
            share = Share(Decimal(0), (share or UNKNOWN_SHARE).high)
            since = until = None
        if subject and subject.casefold() == target.casefold():
            self._remark("object", f"{subject!r} is tied to itself: the row is kept but counts for nothing")
        tier = self._number("tier", Decimal(1), whole=True)
        base = self._one_of("share_base", SHARE_BASES)
        link = Link(
            id=self._id,
            subject=subject,
            relation=relation,
            object=target,
            subject_country=self._country("subject_country"),
            object_country=self._country("object_country"),
            share=share,
            share_base=base or None,
            object_incorporated_in=self._country("object_incorporated_in"),
            since=since,
            until=until,
            value=self._number("value"),
            currency=self._text("currency"),
            item=self._text("item"),
            tier=int(tier) if tier is not None else None,
            asserted_by=self._text("asserted_by") or "the user",
            source=self._text("source") or self._where,
            source_url=self._text("source_url"),
            certainty=self._text("certainty"),
            row=self._row,
        )
        return link if len(self._errors) == before else None

    def _text(self, field: str) -> str | None:
        return self._cells.get(field, "").strip() or None

    def _required(self, field: str) -> str:
        text = self._text(field)
        if text is None:
            self._refuse(field, "is empty")
        return text or ""

    def _one_of(self, field: str, known: tuple[str, ...], *, required: bool = False) -> str:
        text = (self._text(field) or "").casefold()
        if text not in known and (text or required):
            self._refuse(field, f"{self._text(field) or ''!r} is not one of {', '.join(known)}")
        return text

    def _share(self) -> Share | None:
        single, low, high = (self._cells.get(field, "") for field in ("share", "share_low", "share_high"))
        field = "share"
        try:
            stated = parse_share(single)
            field = "share_low"
            ends = between(low, high)
        except ValueError as error:
            self._refuse(field, str(error))
            return None
        if stated and ends and (stated.low, stated.high) != (ends.low, ends.high):
            self._refuse("share", f"{single!r} and share_low/share_high differ; give one of them")
        return stated or ends

    def _day(self, field: str) -> dt.date | None:
        text = self._text(field)
        if text is None:
            return None
        try:
            return dt.date.fromisoformat(text.removesuffix(" 00:00:00"))
        except ValueError:
            self._refuse(field, f"{text!r} is not a day; write YYYY-MM-DD")
            return None

    def _number(self, field: str, least: Decimal = Decimal(0), *, whole: bool = False) -> Decimal | None:
        text = self._text(field)
        if text is None:
            return None
        number = number_of(text)
        if number is None or number < least or (whole and number != number.to_integral_value()):
            self._refuse(
                field,
                f"{text[:40]!r} is not {'a whole number' if whole else 'an amount'} of at least {least}",
            )
            return None
        return number

    def _country(self, field: str) -> str | None:
        text = self._text(field)
        if text is None:
            return None
        if len(text) == 2 and text.isalpha():
            return text.upper()
        from ringfence.sources.places import country_code  # noqa: PLC0415 - loads the names of all countries

        code = country_code(text)
        if code is None:
            self._refuse(field, f"{text!r} is no country; write its code of two letters")
        return code

    def _refuse(self, field: str, what: str) -> None:
        self._errors.append(f"{self._where}, {field}: {what}")

    def _remark(self, field: str, what: str) -> None:
        self._remarks.append(f"{self._where}, {field}: {what}")


def number_of(text: str) -> Decimal | None:
    """The number in a cell, with or without commas between thousands; None where there is none that can be reckoned with."""
    try:
        number = Decimal(text.replace(",", "")) if len(text) <= MOST_DECIMALS else None
    except InvalidOperation:
        return None
    return number if number is not None and can_be_reckoned(number) else None


def records(
    path: Table, columns: tuple[str, ...], *, required: tuple[str, ...]
) -> Iterator[tuple[int, Record]]:
    """The rows of a table whose columns are among `columns`, as text by column, with the row the user sees.

    CSV (comma, semicolon or tab, by its header), JSON Lines and XLSX, plain or packed by gzip. Raises InputError
    for an unknown or missing column, by name, and for what cannot be read.
    """
    head = head_of(path)
    if head.startswith(b"PK\x03\x04"):
        yield from _checked(path.name, _workbook(path), columns, required)
    elif head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"[")):
        yield from _objects(path, columns, required)
    else:
        yield from _checked(path.name, _delimited(path), columns, required)


def head_of(path: Table, length: int = 4096) -> bytes:
    """The first bytes of a file, unpacked. Raises InputError when it cannot be opened or is too large."""
    with unpacked(path) as handle:
        return handle.read(length)


@contextlib.contextmanager
def unpacked(path: Table) -> Iterator[BinaryIO]:
    """The bytes of a file, unpacked as they are read. Raises InputError when it cannot be opened, is too large, or damaged."""
    with _opened(path) as handle:
        try:
            yield handle
        except (OSError, EOFError, zlib.error) as error:
            raise InputError(f"{path.name}: the packed file is damaged ({error}); get it again") from None


def _opened(path: Table) -> BinaryIO:
    if isinstance(path, Document):
        return io.BytesIO(path.data)
    try:
        if not path.is_file():
            raise InputError(f"{path}: there is no such file; check the path")
        size = path.stat().st_size
        if size > LINK_FILE_BYTES:
            raise InputError(
                f"{path.name}: the file has {size / 2**30:,.1f} GB, at most {LINK_FILE_BYTES / 2**30:,.0f} GB of links are "
                "read; split it, or keep only the parties you deal with"
            )
        if not size:
            raise InputError(f"{path.name}: the file is empty; give a header row and one link a row")
        with path.open("rb") as plain:
            packed = plain.read(2) == b"\x1f\x8b"
        return cast(BinaryIO, gzip.open(path)) if packed else path.open("rb")
    except OSError as error:
        raise InputError(
            f"{path}: cannot be read ({error.strerror}); check the path and its permissions"
        ) from None


def whole(path: Table) -> bytes:
    """A file that must be held whole, within bounds."""
    with unpacked(path) as handle:
        data = handle.read(DOCUMENT_BYTES + 1)
    if len(data) > DOCUMENT_BYTES:
        raise InputError(f"{path.name}: more than {DOCUMENT_BYTES >> 20:,} MB; split it")
    return data


def _lines(path: Table) -> Iterator[str]:
    """The lines of a text, none longer than MAX_LINE, all together at most LINK_FILE_BYTES."""
    total = 0
    with unpacked(path) as handle:
        encoding = "utf-16" if handle.read(2) in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
        handle.seek(0)
        text = io.TextIOWrapper(handle, encoding=encoding, newline="")
        try:
            for number in range(1, LINK_FILE_ROWS + 2):
                line = text.readline(MAX_LINE)
                if not line:
                    return
                total += len(line)
                if len(line) == MAX_LINE:
                    raise InputError(
                        f"{path.name}, row {number:,}: longer than {MAX_LINE:,} characters; are line ends lost?"
                    )
                if total > LINK_FILE_BYTES or number > LINK_FILE_ROWS:
                    raise InputError(
                        f"{path.name}: more than {LINK_FILE_ROWS:,} rows or {LINK_FILE_BYTES >> 30} GB; split it"
                    )
                yield line
        except UnicodeDecodeError as error:
            raise InputError(f"{path.name}: not UTF-8 text ({error.reason}); save it as UTF-8") from None


def _delimited(path: Table) -> Iterator[tuple[int, list[str]]]:
    lines = _lines(path)
    first = next(lines, "")
    delimiter = max(",;\t", key=first.count)
    csv.field_size_limit(MAX_LINE)
    reader = csv.reader(_again(first, lines), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error as error:
        raise InputError(
            f"{path.name}, row {reader.line_num:,}: {error}; is a quotation mark not closed?"
        ) from None


def _again(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _checked(
    name: str, rows: Iterator[tuple[int, list[str]]], columns: tuple[str, ...], required: tuple[str, ...]
) -> Iterator[tuple[int, Record]]:
    number, header = next(rows, (1, []))
    titles = [title.strip().casefold().replace(" ", "_") for title in header]
    unknown = [header[i] for i, title in enumerate(titles) if title not in columns]
    missing = [title for title in required if title not in titles]
    twice = {title for title in titles if titles.count(title) > 1}
    if unknown or missing or twice:
        what = [f"unknown column {title!r}" for title in unknown[:5]]
        what += [f"no column {title!r}" for title in missing] + [
            f"{title!r} stands twice" for title in sorted(twice)
        ]
        raise InputError(f"{name}, row {number}: {'; '.join(what)}. The columns are {', '.join(columns)}")
    for row, cells in rows:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(titles) and any(cell.strip() for cell in cells[len(titles) :]):
            raise InputError(
                f"{name}, row {row:,}: {len(cells)} cells under {len(titles)} columns; quote cells that hold commas"
            )
        yield row, dict(itertools.zip_longest(titles, cells[: len(titles)], fillvalue=""))


def _objects(
    path: Table, columns: tuple[str, ...], required: tuple[str, ...]
) -> Iterator[tuple[int, Record]]:
    for row, found in json_rows(path):
        unknown = [key for key in found if key not in columns]
        missing = [
            key
            for key in required
            if key not in found and not (key == "object" and found.get("relation") == "nominee_for")
        ]
        if unknown or missing:
            what = f"unknown field {unknown[0]!r}" if unknown else f"no field {missing[0]!r}"
            raise InputError(f"{path.name}, row {row:,}: {what}. The fields are {', '.join(columns)}")
        for key, value in found.items():
            if isinstance(value, dict | list | bool):
                raise InputError(f"{path.name}, row {row:,}, {key}: {value!r} is not text or a number")
        yield row, {key: _text_of(value) for key, value in found.items()}


def json_rows(path: Table) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each JSON object of a file: one a line, or the members of one array. Numbers keep every digit."""
    lines = _lines(path)
    first = next(lines, "")
    if first.lstrip("\ufeff \t\r\n").startswith("[") or _cut(first):
        members = _decode(path.name, 1, whole(path).decode("utf-8-sig", "replace"))
        rows: Iterator[tuple[int, Any]] = enumerate(
            members if isinstance(members, list) else [members], start=1
        )
    else:
        rows = (
            (n, _decode(path.name, n, line)) for n, line in enumerate(_again(first, lines), 1) if line.strip()
        )
    for row, found in rows:
        if not isinstance(found, dict):
            raise InputError(f"{path.name}, row {row:,}: not a JSON object")
        yield row, found


def _cut(line: str) -> bool:
    """Whether the first line is only the beginning of an object written over several."""
    try:
        from_json(line)
    except ValueError:
        return True
    return False


def _decode(name: str, row: int, text: str) -> Any:
    try:
        return from_json(text, fraction=_exact)
    except ValueError as error:
        raise InputError(f"{name}, row {row:,}: not JSON ({error})") from None


def _exact(number: str) -> Decimal:
    try:
        return Decimal(number)
    except InvalidOperation:
        raise ValueError(f"{number[:40]} is no number") from None


def _workbook(path: Table) -> Iterator[tuple[int, list[str]]]:
    import python_calamine  # noqa: PLC0415 - only for workbooks

    data = whole(path)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(member.file_size for member in archive.infolist()) > DOCUMENT_BYTES:
                raise InputError(
                    f"{path.name}: unfolds to more than {DOCUMENT_BYTES >> 20:,} MB; save it as CSV"
                )
        sheet = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0)
        rows = sheet.to_python(skip_empty_area=False)
    except (zipfile.BadZipFile, python_calamine.CalamineError) as error:
        raise InputError(f"{path.name}: not a workbook that can be read ({error}); save it again") from None
    for number, cells in enumerate(rows, start=1):
        yield number, [_cell(cell) for cell in cells]


def _cell(cell: Any) -> str:
    if isinstance(cell, float):
        return _plain(Decimal(repr(cell)))
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat()
    return str(cell)


def _text_of(value: Any) -> str:
    if value is None:
        return ""
    return _plain(value) if isinstance(value, Decimal) else str(value)


def _plain(number: Decimal) -> str:
    """A number without an exponent; one of absurd size keeps it, and is refused where it is read."""
    if not number.is_finite() or abs(number.adjusted()) > 40:
        return str(number)
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
