"""The OFSI Consolidated List, CSV of either layout, into listings.

One party is all rows of a Group ID. Passports and national numbers are prose: a number at the beginning of
an item becomes an identifier, and the prose stays as a note.
"""

import re
from collections.abc import Iterable, Iterator

from ringfence.errors import HeldBack
from ringfence.records import Address, Identifier, Listing, Name, NameRole, PartyKind
from ringfence.sources.document import Document, table_rows
from ringfence.sources.party_parts import (
    Entries,
    distinct_names,
    full_name,
    party_of,
    un_reference,
    unbracketed,
)
from ringfence.sources.places import address, country_codes, distinct_codes, enumerated, joined, tidy
from ringfence.sources.row import Account, Row
from ringfence.sources.uk_tables import below_first_line, uk_date, uk_day

COLUMNS = (
    "Name 6", "Name 1", "Name 2", "Name 3", "Name 4", "Name 5", "Title", "DOB", "Town of Birth", "Country of Birth",
    "Nationality", "Passport Details", "NI Number", "Position", "Address 1", "Address 2", "Address 3", "Address 4",
    "Address 5", "Address 6", "Post/Zip Code", "Country", "Other Information", "Group Type", "Alias Type", "Regime",
    "Listed On", "Last Updated", "Group ID",
)  # fmt: skip
"""The 29 columns of the CSV file until 2020."""

LATER_COLUMNS = (
    "Name 6", "Name 1", "Name 2", "Name 3", "Name 4", "Name 5", "Title", "Name Non-Latin Script",
    "Non-Latin Script Type", "Non-Latin Script Language", "DOB", "Town of Birth", "Country of Birth", "Nationality",
    "Passport Number", "Passport Details", "National Identification Number", "National Identification Details",
    "Position", "Address 1", "Address 2", "Address 3", "Address 4", "Address 5", "Address 6", "Post/Zip Code",
    "Country", "Other Information", "Group Type", "Alias Type", "Alias Quality", "Regime", "Listed On",
    "UK Sanctions List Date Designated", "Last Updated", "Group ID",
)  # fmt: skip
"""The 36 columns of the last years."""

_KINDS: dict[str, PartyKind] = {"individual": "person", "ship": "vessel", "entity": "organization"}
_NUMBER = re.compile(
    r"(?<![\w/])(?P<number>(?:[A-Z]{1,6}[ \-]{0,2})?\d[\dA-Z/\-]{3,}(?:[.]\d{4,})?)(?![/.]\d)"
)
_LIFE = re.compile(r"\b(?:issued|expire[sd]?|valid|date of|born|since)\b", re.IGNORECASE)
_INSIDE = re.compile(r"\(([^()]+)\)")
_IMO = re.compile(r"\bIMO(?: number)?\W{0,4}(\d{7})\b", re.IGNORECASE)


def parse(document: Document, account: Account) -> Iterator[Listing]:
    """The listings of one release. `account` says afterwards what became of every row and field.

    Raises HeldBack or LayoutChanged when the file is not a whole release in one of its two layouts.
    """
    groups: dict[str, list[Row]] = {}
    for number, record in _records(document, account):
        row = Row(record, number, account)
        if not row.text("Group ID"):
            account.refuse(number, "no Group ID", row.text("Name 6"))
            continue
        groups.setdefault(row.text("Group ID"), []).append(row)
    entries = Entries(document.name, account)
    for group_id, rows in groups.items():
        listing = _listing(group_id, rows)
        for row in rows:
            row.close()
        if listing is None:
            account.refuse(rows[0].number, "no name", group_id)
        else:
            yield entries.add(listing)


def _records(document: Document, account: Account) -> Iterator[tuple[int, dict[str, str]]]:
    header, records = below_first_line(document, _text(document), account)
    layout = LATER_COLUMNS if len(header) == len(LATER_COLUMNS) else COLUMNS
    yield from table_rows(document.name, records, layout)


def _text(document: Document) -> str:
    """UTF-8 in the last years, Windows-1252 before."""
    try:
        return document.text()
    except HeldBack:
        return document.text("cp1252")


def _listing(group_id: str, rows: list[Row]) -> Listing | None:
    names = distinct_names(unbracketed(_names(rows)))
    if not names:
        return None
    about = _texts(rows, "Other Information")
    addresses = tuple(dict.fromkeys(found for row in rows if (found := _address(row))))
    nationalities = distinct_codes(*(country_codes(text) for text in _texts(rows, "Nationality")))
    days = [day for row in rows if (day := uk_day(row.text("Listed On")))]
    documents = tuple(_documents(rows))
    kind = _KINDS.get("".join(_texts(rows, "Group Type")).casefold(), "unknown")
    return Listing(
        id=f"uk_ofsi:{group_id}",
        list="uk_ofsi",
        source="uk_ofsi",
        party=party_of(
            "uk_ofsi",
            group_id,
            kind=kind,
            names=names,
            addresses=addresses,
            identifiers=(
                Identifier("ofsi", group_id, label="OFSI Group ID"),
                *dict.fromkeys(identifier for _, identifier in documents if identifier),
                *_references(about, kind),
            ),
            nationalities=nationalities,
            birth_dates=tuple(dict.fromkeys(born for text in _texts(rows, "DOB") if (born := uk_date(text)))),
            birth_places=tuple(
                dict.fromkeys(
                    place
                    for row in rows
                    if (place := joined(row.text("Town of Birth"), row.text("Country of Birth")))
                )
            ),
            positions=(*_texts(rows, "Title"), *_texts(rows, "Position")),
        ),
        programs=_texts(rows, "Regime"),
        valid_from=min(days, default=None),
        dated_by="publisher" if days else None,
        notes=tuple(
            dict.fromkeys(
                (
                    *about,
                    *(note for note, _ in documents),
                    *(
                        f"Designated on {uk_day(day) or day}."
                        for day in _texts(rows, "UK Sanctions List Date Designated")
                    ),
                    *(f"Last updated on {uk_day(day) or day}." for day in _texts(rows, "Last Updated")),
                )
            )
        ),
    )


def _texts(rows: Iterable[Row], field: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for row in rows if (text := tidy(row.text(field)))))


def _names(rows: list[Row]) -> Iterator[Name]:
    """The prime alias first; where none is marked, the first row's name."""
    for row in sorted(
        rows, key=lambda row: row.text("Alias Type").casefold() not in ("prime alias", "primary name")
    ):
        name = full_name(*(row.text(f"Name {part}") for part in (1, 2, 3, 4, 5, 6)))
        kind = row.text("Alias Type").casefold()
        weak = "low" in row.text("Alias Quality").casefold()
        role: NameRole = "former" if kind == "fka" else "alias" if kind == "aka" else "primary"
        if name:
            yield Name(name, role, weak=weak)
        if script := tidy(row.text("Name Non-Latin Script")):
            row.ignore("Non-Latin Script Type", "Non-Latin Script Language")
            yield Name(script, "alias", weak=weak)


def _address(row: Row) -> Address | None:
    return address(
        *(row.text(f"Address {line}") for line in range(1, 7)),
        postal_code=row.text("Post/Zip Code"),
        country=row.text("Country"),
    )


def _documents(rows: list[Row]) -> Iterator[tuple[str, Identifier | None]]:
    """What is printed of passports and national numbers, and the identifier it begins with."""
    for said, scheme, fields in (
        ("Passport", "passport", ("Passport Number", "Passport Details")),
        (
            "National identification",
            "national_id",
            ("NI Number", "National Identification Number", "National Identification Details"),
        ),
    ):
        for text in dict.fromkeys(text for field in fields for text in _texts(rows, field)):
            for item in enumerated(text):
                yield f"{said}: {item}", _numbered(scheme, said, item)


def _numbered(scheme: str, label: str, item: str) -> Identifier | None:
    """The number that an item speaks of first, before the days of its life, and the country beside it."""
    head = _LIFE.split(item)[0]
    number = _NUMBER.search(head)
    if not number:
        return None
    beside = (*_INSIDE.findall(head[number.end() :]), head[: number.start()])
    countries = [code for text in beside for code in country_codes(text)]
    return Identifier(scheme, number["number"], countries[0] if countries else None, label)


def _references(about: tuple[str, ...], kind: PartyKind) -> Iterator[Identifier]:
    for text in about:
        if reference := un_reference(text):
            yield Identifier("un", reference, label="UN reference number")
        # A company's prose names the ships it runs: their numbers are not its own.
        for number in _IMO.findall(text) if kind == "vessel" else ():
            yield Identifier("imo", number, label="IMO number")
