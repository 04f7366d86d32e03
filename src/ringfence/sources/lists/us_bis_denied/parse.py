"""The Denied Persons List from its publisher: the old tab-separated text, and the exports in CSV and
workbooks.

One row is one order against one person at one address; a person may stand in several. The exports pack name
and address into one cell, which is taken apart here and kept whole beside. An end that is no real day (the
year 3035 was seen) is not taken for one: the denial then has no known end.
"""

import csv
import datetime as dt
import io
import re
from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace
from python_calamine import CalamineError, CalamineWorkbook

from ringfence.errors import HeldBack, LayoutChanged
from ringfence.records import Address, Listing, Party, Remark, parse_citations, parse_day
from ringfence.records.citation import Citations
from ringfence.records.codec import slug
from ringfence.sources.document import Document, table_rows
from ringfence.sources.kinds import kind_of
from ringfence.sources.name_cells import tidy, unpack_name
from ringfence.sources.party_parts import numbered
from ringfence.sources.places import country_code, jurisdiction, read_address
from ringfence.sources.repair import repair
from ringfence.sources.row import Account, Row

COLUMNS = (
    "Name", "Street_Address", "City", "State", "Country", "Postal_Code", "Effective_Date", "Expiration_Date",
    "Standard_Order", "Last_Update", "Action", "FR_Citation",
)  # fmt: skip
"""The columns of the text file."""

_EXPORT = {
    "name_and_address": "name_and_address",
    "name_address": "name_and_address",
    "effective_date": "beginning",
    "beginning_date": "beginning",
    "effective_beginning_date": "beginning",
    "expiration_date": "ending",
    "ending_date": "ending",
    "expiration_ending_date": "ending",
    "type_of_denial": "type",
    "citations": "citations",
    "fr_citations": "citations",
    "federal_register_citations": "citations",
    "appropriate_federal_register_citations": "citations",
}
"""The columns of the exports, under the headings they have had."""

_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
_LAST_YEAR = 2100
"""No order of this century begins later; a later year is a typing error."""
_LONGEST_DENIAL = 100
"""Years; the longest real order runs for fifty."""

_STATES = frozenset(
    (  # noqa: SIM905 - fifty codes read best in rows
        "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC "
        "ND OH OK OR PA PR RI SC SD TN TX UT VT VA WA WV WI WY"
    ).split()
)
_ZIP = re.compile(r"\d{5}(?:-\d{4})?")
_SUFFIX = re.compile(
    r"(?:inc|incorporated|l\.?l\.?c|l\.?l\.?p|ltd|limited|corp|corporation|co|company|s\.?a|s\.?r\.?l|gmbh|"
    r"b\.?v|n\.?v|plc|pte|ltda|s\.?a\.? de c\.?v|jr|sr|ii|iii|iv|m\.?d|ph\.?d)\.?",
    re.IGNORECASE,
)


def parse(document: Document, account: Account) -> Iterator[Listing]:
    """The listings of one release. `account` says afterwards what became of every row and field.

    Raises HeldBack or LayoutChanged when the file is not a whole release in a known layout.
    """
    # One person may stand in several rows.
    yield from numbered(_listings(document, account), account)


def _listings(document: Document, account: Account) -> Iterator[Listing]:
    for row in _rows(document, account):
        listing = _listing(row, account)
        row.close()
        if listing is not None:
            yield listing


def _rows(document: Document, account: Account) -> Iterator[Row]:
    if document.parts:
        raise HeldBack(f"{document.name}: several files. The Denied Persons List is one; give that alone.")
    if document.format == "text":
        lines = csv.reader(io.StringIO(document.text(), newline=""), delimiter="\t", strict=True)
        records = table_rows(document.name, lines, COLUMNS)
    elif document.format == "xlsx" or document.data.startswith(_OLD_WORKBOOK):
        records = _exported(document.name, iter(_sheet(document)), account)
    elif document.format == "csv":
        lines = csv.reader(io.StringIO(document.text(), newline=""), strict=True)
        records = _exported(document.name, lines, account)
    else:
        raise HeldBack(
            f"{document.name}: this is {document.format}, not a file of the Denied Persons List. Download "
            f"it again from the "
            f"publisher."
        )
    for number, record in records:
        yield Row(record, number, account)


def _exported(
    name: str, lines: Iterator[list[str]], account: Account
) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of an export, under our names for its columns."""
    try:
        printed = [cell.strip() for cell in next(lines, [])]
    except csv.Error as error:
        raise HeldBack(f"{name}: not CSV ({error}). Get it again from the publisher.") from None
    fields = tuple(_EXPORT.get(re.sub(r"[^a-z]+", "_", cell.lower()).strip("_"), "") for cell in printed)
    if sorted(fields) != sorted({*_EXPORT.values()}):
        raise LayoutChanged(
            f"{name}: the columns are {', '.join(printed[:8]) or 'none'}; expected are name and address, "
            f"beginning and ending "
            f"date, type of denial, and citations. If the publisher changed the layout, the parser needs a "
            f"new version."
        )
    account.columns = fields
    yield from table_rows(name, _with_header(fields, lines), fields)


def _with_header(header: tuple[str, ...], lines: Iterator[list[str]]) -> Iterator[list[str]]:
    yield list(header)
    yield from lines


def _sheet(document: Document) -> list[list[str]]:
    """The first sheet of a workbook as text; dates in their ISO form."""
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(document.data))
        cells: list[list[Any]] = book.get_sheet_by_index(0).to_python()
    except (CalamineError, ValueError, IndexError, OSError) as error:
        raise HeldBack(
            f"{document.name}: not a readable workbook ({error}). Get it again from the publisher."
        ) from None
    return [[_cell(cell) for cell in line] for line in cells]


def _cell(value: object) -> str:
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _listing(row: Row, account: Account) -> Listing | None:
    remarks: list[Remark] = []
    if "name_and_address" in row:
        cell, address = _apart(row.text("name_and_address"))
        since, until = row.text("beginning"), row.text("ending")
        citations = parse_citations(row.text("citations"))
        kind = row.text("type")
        standard = {"standard": True, "non standard": False, "nonstandard": False}.get(
            kind.lower().replace("-", " ").removesuffix(" denial").removesuffix(" order")
        )
        notes: tuple[str, ...] = (kind,) if kind and standard is None else ()
        country = address.country if address else None
    else:
        cell = row.text("Name")
        address, country = _address(row, remarks)
        since, until = row.text("Effective_Date"), row.text("Expiration_Date")
        citations = parse_citations(row.text("FR_Citation"))
        standard = {"Y": True, "N": False}.get(row.text("Standard_Order").upper())
        notes = tuple(text for text in (row.text("Action"),) if text)
        if (edited := parse_day(row.text("Last_Update"))) and edited.year <= _LAST_YEAR:
            account.saw_day(edited)
    if not cell:
        account.refuse(row.number, "no name", " ".join(map(str, row.values())))
        return None
    names = unpack_name(cell)
    start, dated_by = _start(since, citations)
    if start and start.year > _LAST_YEAR:
        remarks.append(Remark("impossible_date", f"the printed start {since} cannot be"))
        start, dated_by = _start("", citations)
    if start:
        account.saw_day(start)
    end = _end(until, start, remarks)
    if citations.unread:
        remarks.append(Remark("citation_rest", f"not read in the citation cell: {citations.unread!r}"))
    account.remarks.update(remark.code for remark in remarks)
    key = slug(re.sub(r"\s+", " ", repair(cell)).strip())
    return Listing(
        id=f"us_bis_denied:{key}-{country.lower()}" if country else f"us_bis_denied:{key}",
        list="us_bis_denied",
        source="us_bis_denied",
        party=Party(
            id=f"name-{slug(names.names[0].text)}",
            kind=kind_of(names.names[0].text),
            names=names.names,
            countries=tuple(code for code in (address.country if address else None,) if code),
            addresses=(address,) if address else (),
        ),
        citations=citations.found,
        valid_from=start,
        valid_until=end,
        dated_by=dated_by,
        standard_order=standard,
        ties=names.ties,
        notes=(*((names.scope,) if names.scope else ()), *notes),
        remarks=tuple(remarks),
    )


def _start(printed: str, citations: Citations) -> tuple[dt.date | None, str | None]:
    """The day an order took effect, as printed; else the earliest day printed beside a citation."""
    if start := parse_day(printed):
        return start, "start_date"
    days = [citation.published for citation in citations.found if citation.published]
    return (min(days), "citation") if days else (None, None)


def _end(printed: str, start: dt.date | None, remarks: list[Remark]) -> dt.date | None:
    """The last day of an order; None when none is printed, or none that can be."""
    end = parse_day(printed)
    if printed and end is None:
        remarks.append(Remark("end_not_read", f"the end {printed!r} is not a day; no end is known"))
    if end and start and not start.year <= end.year <= start.year + _LONGEST_DENIAL:
        remarks.append(Remark("impossible_date", f"the printed end {end} cannot be; no end is known"))
        return None
    return end


def _address(row: Row, remarks: list[Remark]) -> tuple[Address | None, str | None]:
    """The address of a row, and the country as it is printed (which the key of the entry is made of)."""
    parts = [row.text(field) for field in ("Street_Address", "City", "State", "Postal_Code", "Country")]
    text = ", ".join(tidy(repair(part)) for part in parts if part)
    if not text:
        return None, None
    _, city, state, postal, printed = parts
    if not printed and state.upper() not in _STATES and len(state) == 2 and country_code(state):
        state, printed = "", state
    country = jurisdiction(country_code(printed) if printed else None, text)
    if country is None and state.upper() in _STATES and _ZIP.fullmatch(postal):
        country = "US"
        remarks.append(Remark("country_from_state", f"no country is printed; {state} {postal} is in the US"))
    if printed and country is None:
        remarks.append(Remark("country_unknown", f"the country {printed!r} is not one that is known"))
    address = Address(text, city or None, state or None, postal or None, country)
    return address, jurisdiction(printed, text) if len(printed) == 2 else None


def _apart(cell: str) -> tuple[str, Address | None]:
    """Name and address of an export's cell: the name ends at the first comma that no legal form follows."""
    parts = [part.strip() for part in re.split(r"[,\n]", cell) if part.strip()]
    taken = 1
    while taken < len(parts) and _SUFFIX.fullmatch(parts[taken]):
        taken += 1
    name, rest = ", ".join(parts[:taken]), ", ".join(parts[taken:])
    if not rest:
        return name, None
    last = parts[-1]
    address = read_address(rest)
    if not re.fullmatch(r"[A-Z]{2}", last) and (code := country_code(last)):
        address = replace(address, country=jurisdiction(code, rest))
    elif _ZIP.fullmatch(last) and parts[-2].upper() in _STATES:
        address = replace(address, country="US")
    elif last in _STATES and country_code(last):
        # `CA` is California and Canada: without more, neither is claimed.
        address = replace(address, country=None)
    return name, address
