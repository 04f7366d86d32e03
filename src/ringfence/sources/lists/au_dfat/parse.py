"""Australia's Consolidated List, the workbook, into listings.

One party is all rows whose reference begins with the same number: `12`, `12a`, `12b`. A day of listing is printed for some
entries only; an entry that names nothing but an instrument has no known beginning. The control date is the day of the last
change to the entry.
"""

import datetime as dt
import io
import re
from collections.abc import Iterable, Iterator
from typing import Any

import python_calamine

from ringfence.errors import HeldBack
from ringfence.records import (
    Address,
    Identifier,
    Listing,
    Name,
    NameRole,
    PartialDate,
    PartyKind,
    Remark,
    parse_day,
    parse_partial,
)
from ringfence.sources.document import Document, table_rows
from ringfence.sources.party_parts import Entries, distinct_names, party_of, un_reference, unbracketed
from ringfence.sources.places import country_codes, distinct_codes, enumerated, last_country, tidy
from ringfence.sources.row import Account, Row

_NAME = "Name of Individual or Entity"
_MEASURES = ("Targeted Financial Sanction", "Travel Ban", "Arms Embargo", "Maritime Restriction")
COLUMNS = (
    "Reference", _NAME, "Type", "Name Type", "Alias Strength", "Date of Birth", "Place of Birth", "Citizenship", "Address",
    "Additional Information", "Listing Information", "IMO Number", "Committees", "Control Date",
    "Instrument of Designation", *_MEASURES,
)  # fmt: skip
"""The 19 columns of the workbook's sheet."""

_KINDS: dict[str, PartyKind] = {"individual": "person", "entity": "organization", "vessel": "vessel"}
_KEY = re.compile(r"(?P<number>\d+)(?P<letters>[a-z]*)")
_FORMER = re.compile(r"\s*\((?:previously|formerly) listed as[^()]*\)", re.IGNORECASE)
_LINES = re.compile(r"\s*;?\s*\n\s*|\s*;\s+")
_PRINTED = re.compile(
    r"(?:(?:approximately|circa|approx\.?|about)\s+)?"
    r"(?:\d{1,2}/\d{1,2}/\d{4}|(?P<month>\d{1,2})/(?P<year>\d{4})|\d{4}-\d{2}-\d{2}"
    r"|(?:\d{1,2} )?[A-Z][a-z]{2,8}\.? \d{4}|\d{4}(?:\s*(?:to|-|–)\s*\d{4})?)(?!\d)",
    re.IGNORECASE,
)
_WORDS = re.compile(r"\b(?:and|or)\b")
_BETWEEN = re.compile(r"\bbetween\s+(?P<first>.+?)\s+and\s+(?=\S)", re.IGNORECASE)
_DAY = re.compile(r"\b\d{1,2} [A-Z][a-z]{2,8}\.? \d{4}\b|\b\d{4}-\d{2}-\d{2}\b")
_NOTHING = frozenset({"", "na", "n/a", "unknown", "not available"})


def parse(document: Document, account: Account) -> Iterator[Listing]:
    """The listings of one release. `account` says afterwards what became of every row and field.

    Raises HeldBack or LayoutChanged when the file is not a whole release in the known layout.
    """
    groups: dict[str, list[Row]] = {}
    for number, record in table_rows(document.name, _sheet(document), COLUMNS):
        row = Row(record, number, account)
        key = _KEY.fullmatch(row.text("Reference"))
        if key is None:
            account.refuse(
                number, f"the reference {row.text('Reference')!r} is no number with letters", row.text(_NAME)
            )
            continue
        groups.setdefault(key["number"], []).append(row)
    entries = Entries(document.name, account)
    for reference, rows in groups.items():
        listing = _listing(reference, rows)
        for row in rows:
            if day := parse_day(row.text("Control Date")):
                account.saw_day(day)
            row.close()
        if listing is None:
            account.refuse(rows[0].number, "no name", reference)
        else:
            yield entries.add(listing)


def _sheet(document: Document) -> Iterator[list[str]]:
    """The rows of the workbook's only sheet, every cell as text."""
    if document.parts or document.format != "xlsx":
        kind = "a set of files" if document.parts else document.format
        raise HeldBack(
            f"{document.name}: this is {kind}, not a workbook. Download it again from the publisher."
        )
    try:
        workbook = python_calamine.CalamineWorkbook.from_object(io.BytesIO(document.data))
        rows = workbook.get_sheet_by_index(0).to_python()
    except python_calamine.CalamineError as error:
        raise HeldBack(
            f"{document.name}: the workbook is damaged ({error}). Get it again from the publisher."
        ) from None
    for row in rows:
        yield [_text(cell) for cell in row]


def _text(cell: Any) -> str:
    if isinstance(cell, bool):
        return "yes" if cell else ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat()
    return str(cell).strip()


def _listing(reference: str, rows: list[Row]) -> Listing | None:
    names = distinct_names(unbracketed(_names(rows)))
    if not names:
        return None
    remarks: list[Remark] = []
    kind = _KINDS.get("".join(_texts(rows, "Type")).casefold(), "unknown")
    addresses = tuple(dict.fromkeys(found for text in _texts(rows, "Address") for found in _addresses(text)))
    citizenships = distinct_codes(*(country_codes(text) for text in _texts(rows, "Citizenship")))
    about = _texts(rows, "Additional Information")
    listed_on = _listed_on(_texts(rows, "Listing Information"))
    instruments = _texts(rows, "Instrument of Designation")
    return Listing(
        id=f"au_dfat:{reference}",
        list="au_dfat",
        source="au_dfat",
        party=party_of(
            "au_dfat",
            reference,
            kind=kind,
            names=names,
            addresses=addresses,
            identifiers=(
                *(Identifier("imo", text, label="IMO number") for text in _texts(rows, "IMO Number")),
                *(Identifier("un", text, label="UN reference number") for text in _un_references(about)),
            ),
            citizenships=citizenships,
            birth_dates=tuple(_birth_dates(_texts(rows, "Date of Birth"), remarks)),
            birth_places=tuple(
                dict.fromkeys(
                    place
                    for text in _texts(rows, "Place of Birth")
                    for item in enumerated(text)
                    for line in _LINES.split(item)
                    if (place := tidy(line)).casefold() not in _NOTHING
                )
            ),
        ),
        programs=_texts(rows, "Committees"),
        valid_from=listed_on,
        dated_by="publisher" if listed_on else None,
        directives=tuple(measure for measure in _MEASURES if _texts(rows, measure)),
        notes=tuple(
            dict.fromkeys(
                (
                    *about,
                    *(text for text in _texts(rows, "Listing Information") if not parse_day(text)),
                    *(f"Instrument: {text}" for text in instruments),
                    *(f"Last changed on {day}." for day in _texts(rows, "Control Date")[-1:]),
                )
            )
        ),
        remarks=tuple(remarks),
    )


def _texts(rows: Iterable[Row], field: str) -> tuple[str, ...]:
    """The distinct texts of a field, blank lines and "na" left out."""
    texts = (_squeezed(row.text(field)) for row in rows)
    return tuple(dict.fromkeys(text for text in texts if text.casefold() not in _NOTHING))


def _squeezed(text: str) -> str:
    """Single blanks; line ends stay, since they separate addresses."""
    return "\n".join(line for part in text.splitlines() if (line := " ".join(part.split())))


def _names(rows: list[Row]) -> Iterator[Name]:
    """The primary name first; a name in another script and an alias are both aliases."""
    for row in sorted(rows, key=lambda row: row.text("Name Type") != "Primary Name"):
        printed = tidy(row.text(_NAME))
        text = tidy(_FORMER.sub("", printed))
        alias: NameRole = "former" if text != printed else "alias"
        role: NameRole = "primary" if row.text("Name Type") == "Primary Name" else alias
        weak = row.text("Alias Strength").casefold() == "weak"
        if text:
            yield Name(text, role, weak=weak, published=printed if printed != text else None)


def _addresses(text: str) -> Iterator[Address]:
    for item in enumerated(text):
        for line in _LINES.split(item):
            if place := tidy(line):
                yield Address(place, country=last_country(place))


def _birth_dates(texts: Iterable[str], remarks: list[Remark]) -> Iterator[PartialDate]:
    seen: set[PartialDate] = set()
    for cell in texts:
        for item in enumerated(cell):
            text = _BETWEEN.sub(r"\g<first> to ", item)
            for match in _PRINTED.finditer(text):
                printed = f"{match['year']}-{match['month']}" if match["month"] else match[0].replace(".", "")
                found = parse_partial(printed, day_first=True)
                if found and found not in seen:
                    seen.add(found)
                    yield found
            if any(map(str.isalnum, _WORDS.sub("", _PRINTED.sub("", text)))):
                remarks.append(Remark("birth_date_not_read", f"date of birth as printed: {item}"))


def _listed_on(texts: Iterable[str]) -> dt.date | None:
    """The earliest day that the listing information speaks of; later ones are of amendments and relistings."""
    days = [parse_day(match[0].replace(".", "")) for text in texts for match in _DAY.finditer(text)]
    return min((day for day in days if day), default=None)


def _un_references(about: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found for text in about if (found := un_reference(text))))
