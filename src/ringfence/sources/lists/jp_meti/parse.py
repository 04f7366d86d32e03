"""METI's End User List, its table as CSV, tab-separated text or workbook, into listings.

The PDF has no form that a program reads for sure, so its table comes here by other means. The running number
changes with every edition and is no key: an end user is known by name and country. A page of the PDF begins with the header
again, and a cell may run on in the next row; both are put together here.
"""

import csv
import datetime as dt
import io
import re
import tomllib
import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib import resources

import msgspec
import python_calamine

from ringfence.errors import HeldBack, LayoutChanged
from ringfence.records import Address, Listing, Name, NameRole, Party
from ringfence.records.codec import canonical, slug
from ringfence.sources.document import MAX_CELL, Document
from ringfence.sources.party_parts import Entries, distinct_names, entity_kind, unbracketed
from ringfence.sources.places import country_codes, distinct_codes, tidy
from ringfence.sources.row import Account

_NEEDED = ("country", "name", "aliases", "concern")
_ABOVE = 12
"""Lines of title that may stand above the header."""
_SEPARATORS = re.compile(r"[,、/・;\s]+")
_KATAKANA = re.compile(r"[ァ-ヺー]")
_DOT = re.compile(r"\s*・\s*")
_DAY = re.compile(r"(?P<year>20\d{2}|令和\s*\d{1,2})\s*年\s*(?P<month>\d{1,2})\s*月\s*(?P<day>\d{1,2})\s*日")
_REIWA = 2018
"""Year n of Reiwa is 2018 + n."""


class _Terms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    columns: dict[str, tuple[str, ...]]
    concerns: dict[str, str]
    countries: dict[str, str]


class _Entry(msgspec.Struct):
    """One end user, its cells put together from all the rows it runs over."""

    row: int
    cells: dict[str, str]


def parse(document: Document, account: Account) -> Iterator[Listing]:
    """The listings of one edition. `account` says afterwards what became of every row and cell.

    Raises HeldBack or LayoutChanged when the table is not that of the End User List.
    """
    entries = Entries(document.name, account)
    keyed: dict[str, list[Listing]] = {}
    for entry in _entries(document, account):
        listing = _listing(entry, account)
        if listing is None:
            account.refuse(entry.row, "no name or no country", " ".join(entry.cells.values()))
        else:
            keyed.setdefault(listing.id, []).append(listing)
    for key, group in keyed.items():
        # Two end users may share name and country; their numbers do not depend on the order of the file.
        for place, listing in enumerate(sorted(group, key=canonical), start=1):
            yield entries.add(
                listing if place == 1 else msgspec.structs.replace(listing, id=f"{key}~{place}")
            )


def _entries(document: Document, account: Account) -> Iterator[_Entry]:
    rows = _rows(document)
    columns = _header(document.name, rows, account)
    pending: _Entry | None = None
    for number, row in enumerate(rows, start=1):
        cells = {field: cell for field, cell in zip(columns, row, strict=False) if cell.strip()}
        if not cells:
            continue
        if len(row) > len(columns) and any(map(str.strip, row[len(columns) :])):
            raise HeldBack(
                f"{document.name}: row {number:,} has {len(row)} cells under {len(columns)} headings. The table was not taken "
                f"from the PDF whole; export it again."
            )
        if _columns(row) == columns:
            account.ignored["header of a page"] += 1
            continue
        account.rows += 1
        if pending and "country" not in cells and "number" not in cells:
            for field, text in cells.items():
                pending.cells[field] = f"{pending.cells[field]}\n{text}" if field in pending.cells else text
            account.rows -= 1
            continue
        if pending:
            yield pending
        pending = _Entry(number, cells)
        account.filled.update(cells.keys())
    if pending:
        yield pending


def _rows(document: Document) -> Iterator[list[str]]:
    if document.data.startswith(b"%PDF"):
        raise HeldBack(
            f"{document.name}: this is the PDF itself. Export its table as CSV, tab-separated text or a workbook, and read that."
        )
    if document.format == "xlsx" and not document.parts:
        try:
            workbook = python_calamine.CalamineWorkbook.from_object(io.BytesIO(document.data))
            sheets = [workbook.get_sheet_by_name(name).to_python() for name in workbook.sheet_names]
        except python_calamine.CalamineError as error:
            raise HeldBack(
                f"{document.name}: the workbook is damaged ({error}). Export the table again."
            ) from None
        # Converters put each page of the PDF on a sheet of its own.
        return iter([[_cell(cell) for cell in row] for sheet in sheets for row in sheet])
    if document.format not in ("csv", "text") or document.parts:
        raise HeldBack(
            f"{document.name}: this is {document.format}, not a table of the End User List. Export the table of the PDF again."
        )
    csv.field_size_limit(MAX_CELL)
    text = _text(document)
    delimiter = "\t" if text.count("\t") > text.count(",") else ","
    return _strict(document.name, csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))


def _strict(name: str, reader: Iterator[list[str]]) -> Iterator[list[str]]:
    try:
        yield from reader
    except csv.Error as error:
        raise HeldBack(f"{name}: a row is cut off or malformed ({error}). Export the table again.") from None


def _text(document: Document) -> str:
    """UTF-8, or the code page that Japanese spreadsheets write."""
    try:
        return document.text()
    except HeldBack:
        return document.text("cp932")


def _cell(cell: object) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def _header(name: str, rows: Iterator[list[str]], account: Account) -> tuple[str, ...]:
    """The columns of the table; the day of the edition may stand in the title above them."""
    for _, row in zip(range(_ABOVE), rows, strict=False):
        columns = _columns(row)
        if all(field in columns for field in _NEEDED):
            if unknown := [
                cell for cell, field in zip(row, columns, strict=True) if not field and cell.strip()
            ]:
                raise LayoutChanged(
                    f"{name}: the heading {_plain(unknown[0])!r} is not one of the End User List. The parser needs a new version."
                )
            if twice := [field for field in columns if field and columns.count(field) > 1]:
                raise LayoutChanged(f"{name}: two columns are headed as {twice[0]}. Nothing was loaded.")
            account.columns = tuple(field for field in columns if field)
            return columns
        account.published_on = account.published_on or _day(" ".join(row))
    raise LayoutChanged(
        f"{name}: no row of the first {_ABOVE} heads the columns country, company, also known as and type of WMD. This is not "
        f"the table of the End User List."
    )


def _columns(row: list[str]) -> tuple[str, ...]:
    """What each cell of a header row heads; empty where it is none of the headings."""
    return tuple(
        next(
            (field for field, words in _terms().columns.items() if _heads(_plain(cell).casefold(), words)), ""
        )
        for cell in row
    )


def _heads(cell: str, words: tuple[str, ...]) -> bool:
    return (
        any(cell == word if len(word) < 4 and word.isascii() else word in cell for word in words)
        and len(cell) < 60
    )


def _day(text: str) -> dt.date | None:
    match = _DAY.search(_plain(text))
    if not match:
        return None
    year = match["year"]
    number = int(year) if year.isdigit() else _REIWA + int(year.removeprefix("令和"))
    return dt.date(number, int(match["month"]), int(match["day"]))


def _plain(text: str) -> str:
    """Full-width letters, digits and punctuation in their usual width; line ends stay."""
    lines = (tidy(unicodedata.normalize("NFKC", line)) for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def _listing(entry: _Entry, account: Account) -> Listing | None:
    cells = {field: _plain(cell) for field, cell in entry.cells.items()}
    printed = cells.get("country", "")
    country = _country(printed)
    names = distinct_names(unbracketed(_names(entry.cells)))
    if not names or not printed:
        return None
    if country is None:
        account.unclassified[f"country: {tidy(printed)}"] += 1
    place = tidy(cells.get("address", ""))
    key = f"{slug(names[0].text)}-{(country or slug(printed)).lower()}"
    return Listing(
        id=f"jp_meti_end_user:{key}",
        list="jp_meti_end_user",
        source="jp_meti",
        party=Party(
            id=f"jp_meti-{key}",
            kind=entity_kind(*(name.text for name in names)),
            names=names,
            countries=distinct_codes((country,)),
            addresses=(Address(place, country=country),) if place else (),
        ),
        programs=tuple(_concerns(cells, account)),
        notes=tuple(
            f"{said}: {tidy(cells[field])}"
            for said, field in (("Country or region as printed", "country"), ("Remarks", "remarks"))
            if field in cells
        ),
    )


def _names(cells: dict[str, str]) -> Iterator[Name]:
    """The name, with one in another script on a line of its own; then the aliases, each opened by a middle dot."""
    for field in ("name", "aliases"):
        cell = cells.get(field, "")
        published = tidy(cell) if unicodedata.normalize("NFKC", cell) != cell else None
        pieces = _pieces(_plain(cell)) if field == "aliases" else [_plain(cell)]
        for place, text in enumerate(text for piece in pieces for text in _runs(piece)):
            role: NameRole = "primary" if field == "name" and place == 0 else "alias"
            if text not in ("-", "ー"):
                yield Name(text, role, published=published)


def _runs(text: str) -> list[str]:
    """Lines joined to names: a name runs on over lines of one script, a line of another script is another name."""
    found: list[str] = []
    for line in text.splitlines():
        if found and _is_latin(found[-1]) == _is_latin(line):
            found[-1] = tidy(f"{found[-1]} {line}")
        else:
            found.append(tidy(line))
    return [name for name in found if name]


def _pieces(cell: str) -> list[str]:
    """An alias cell divided at its middle dots; a dot between katakana belongs to a name."""
    found = [""]
    start = 0
    for match in _DOT.finditer(cell):
        around = cell[match.start() - 1 : match.start()] + cell[match.end() : match.end() + 1]
        inside = len(around) == 2 and all(map(_KATAKANA.match, around)) and match[0] == "・"
        if not inside:
            found[-1] += cell[start : match.start()]
            found.append("")
            start = match.end()
    found[-1] += cell[start:]
    return [piece for piece in found if tidy(piece)]


def _is_latin(text: str) -> bool:
    return next((character for character in text if character.isalpha()), "a") < "\u0250"


def _country(printed: str) -> str | None:
    """The code of a country that is printed in Japanese, in English, or in both."""
    for line in (*printed.splitlines(), tidy(printed)):
        japanese = _terms().countries.get(line)
        if code := japanese or next(iter(country_codes(line)), None):
            return code
    return next((code for name, code in _terms().countries.items() if name in printed), None)


def _concerns(cells: dict[str, str], account: Account) -> Iterator[str]:
    """What the end user is a concern for: letters or words; what is neither stays as printed."""
    seen: set[str] = set()
    tokens = [token for token in _SEPARATORS.split(cells.get("concern", "")) if token]
    if cells.get("conventional", "").strip("-ー"):
        tokens.append("CW")
    for token in tokens:
        concern = _terms().concerns.get(token.upper())
        if concern is None:
            account.unclassified[f"concern: {token}"] += 1
        if (said := concern or token) not in seen:
            seen.add(said)
            yield said


@cache
def _terms() -> _Terms:
    text = resources.files(__package__).joinpath("terms.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), _Terms)
