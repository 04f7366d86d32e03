"""Canada's autonomous sanctions, XML, into listings.

The file has no numbers of its own: an entry is the item of a schedule to a regulation, and that is its key. `Country` names
the regulation, not the country of the party. Aliases of persons are often a spelling of one part of the name
alone; such an alias is weak, and is also put into its place in the full name.
"""

import re
from collections.abc import Iterator

from rapidfuzz.distance import JaroWinkler

from ringfence.records import Identifier, Listing, Name, Party, PartyKind, Remark, parse_day, parse_partial
from ringfence.records.codec import slug
from ringfence.sources.document import Document
from ringfence.sources.party_parts import Entries, distinct_names, entity_kind, full_name, unbracketed
from ringfence.sources.places import tidy
from ringfence.sources.row import Account
from ringfence.sources.xml_records import Element, Vocabulary, read_records, words

_VOCABULARY = Vocabulary(
    read="""
    record/Country record/LastName record/GivenName record/Entity record/EntityOrShip record/Aliases record/Title
    record/TitleOrShip record/DateOfBirth record/DateOfBirthOrShipBuildDate record/Schedule record/Item
    record/DateOfListing record/ShipIMONumber
    """
)
_SEPARATOR = re.compile(r"\s*[,;]\s+|\s*;\s*")
_FORM = re.compile(
    r"(?:ltd|limited|inc|llc|co|corp|jsc|ojsc|pjsc|cjsc|plc|s\.?a|gmbh|pte|l\.?l\.?c|jr|sr|iii?)\.?",
    re.IGNORECASE,
)
_FRENCH = re.compile(r"(?<=[^\s/]{2})\s*/\s*(?=[^\s/]{2})")
_WHOLLY_BRACKETED = re.compile(r"^\(([^()]*)\)$")
_ALIKE = 0.8
"""From this likeness (0 to 1) on, one word is taken for another spelling of the other."""


def parse(document: Document, account: Account) -> Iterator[Listing]:
    """The listings of one release. `account` says afterwards what became of every element.

    Raises HeldBack or LayoutChanged when the file is not a whole release in the known layout.
    """
    entries = Entries(document.name, account)
    for number, record in enumerate(
        read_records(document, "data-set", "", {"record": _VOCABULARY}, account), start=1
    ):
        account.rows += 1
        listing = _listing(record)
        for field, filled in (
            ("name", listing is not None),
            ("country", words(record, "Country")),
            ("item", words(record, "Item")),
        ):
            account.filled[field] += bool(filled)
        if listing is None:
            account.refuse(number, "no name, no regulation or no item", words(record, "Country"))
        else:
            yield entries.add(listing)


def _listing(record: Element) -> Listing | None:
    regulation, schedule, item = (tidy(words(record, field)) for field in ("Country", "Schedule", "Item"))
    body = tidy(words(record, "Entity") or words(record, "EntityOrShip"))
    names = distinct_names(unbracketed(_names(record, body)))
    if not (names and regulation and item):
        return None
    key = "-".join(
        filter(None, (slug(regulation.split(" / ")[0]), slug(schedule) if schedule else "", slug(item)))
    )
    imo = words(record, "ShipIMONumber")
    listed_on = parse_day(words(record, "DateOfListing"))
    printed = tidy(words(record, "DateOfBirth") or words(record, "DateOfBirthOrShipBuildDate"))
    days = [parse_partial(text) for text in printed.split(" or ") if text] if not body else []
    title = tidy(words(record, "Title") or words(record, "TitleOrShip"))
    kind: PartyKind = (
        "vessel" if imo or title.casefold() == "ship" else entity_kind(names[0].text) if body else "person"
    )
    return Listing(
        id=f"ca_sema:{key}",
        list="ca_sema",
        source="ca_sema",
        party=Party(
            id=f"ca_sema-{key}",
            kind=kind,
            names=names,
            identifiers=(Identifier("imo", imo, label="IMO number"),) if imo else (),
            birth_dates=tuple(day for day in days if day),
            positions=(title,) if title and kind == "person" else (),
        ),
        programs=(regulation,),
        valid_from=listed_on,
        dated_by="publisher" if listed_on else None,
        notes=tuple(
            filter(
                None,
                (
                    f"Schedule {schedule}, item {item}." if schedule not in ("", "N/A") else f"Item {item}.",
                    f"Built: {printed}" if printed and kind == "vessel" else "",
                ),
            )
        ),
        remarks=(Remark("birth_date_not_read", f"date of birth as printed: {printed}"),)
        if None in days
        else (),
    )


def _names(record: Element, body: str) -> Iterator[Name]:
    given, family = (tidy(words(record, field)) for field in ("GivenName", "LastName"))
    printed = body or full_name(given, family)
    if not printed:
        return
    primary, *others = _bilingual(printed) if body else (printed,)
    yield Name(primary, published=printed if others else None)
    for other in others:
        yield Name(other, "alias", published=printed)
    cell = tidy(words(record, "Aliases"))
    for alias in _aliases(cell):
        in_place = "" if body else _in_place(alias, given, family)
        weak = not body and bool(in_place or " " not in alias)
        yield Name(alias, "alias", weak=weak, published=cell if cell != alias else None)
        if in_place:
            yield Name(in_place, "alias", origin="repaired", published=cell)


def _bilingual(text: str) -> tuple[str, ...]:
    """English and French, printed with a slash between; a slash within brackets or a word is no border."""
    parts = _FRENCH.split(text)
    whole = len(parts) == 2 and all(part.count("(") == part.count(")") and len(part) > 4 for part in parts)
    return tuple(parts) if whole else (text,)


def _aliases(cell: str) -> list[str]:
    """The aliases of a cell; a legal form after a comma belongs to the name before it."""
    found: list[str] = []
    for part in _SEPARATOR.split(cell):
        if found and _FORM.fullmatch(part):
            found[-1] = f"{found[-1]}, {part}"
        else:
            found += [_WHOLLY_BRACKETED.sub(r"\1", text) for text in _bilingual(tidy(part)) if text]
    return found


def _in_place(alias: str, given: str, family: str) -> str:
    """The full name in which an alias replaces the part that it is a spelling of; empty when it is of none."""
    first, _, rest = given.partition(" ")
    if _alike(alias, family):
        return full_name(given, alias)
    if _alike(alias, given):
        return full_name(alias, family)
    return full_name(alias, rest, family) if _alike(alias, first) else ""


def _alike(one: str, other: str) -> bool:
    same_length = len(one.split()) == len(other.split())
    return bool(other) and same_length and JaroWinkler.similarity(one.casefold(), other.casefold()) >= _ALIKE
