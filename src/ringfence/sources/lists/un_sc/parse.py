"""The Consolidated List of the Security Council, XML, into listings.

Empty elements stand for "none" throughout this file, and an alias without a name is not an alias. What a note says of
an address, an alias or a document is kept with the entry. Days of amendment are notes: the file does
not say what was amended.
"""

import datetime as dt
import re
from collections.abc import Iterator

from ringfence.records import (
    Address,
    Identifier,
    Listing,
    Name,
    NameRole,
    PartialDate,
    Party,
    parse_day,
    parse_partial,
)
from ringfence.sources.document import Document
from ringfence.sources.party_parts import (
    Entries,
    distinct_names,
    entity_kind,
    full_name,
    identifier,
    unbracketed,
)
from ringfence.sources.places import address, country_codes, distinct_codes, joined, tidy
from ringfence.sources.row import Account
from ringfence.sources.xml_records import Element, Vocabulary, each, read_records, words

_VOCABULARY = Vocabulary(
    read="""
    INDIVIDUAL/FIRST_NAME INDIVIDUAL/SECOND_NAME INDIVIDUAL/THIRD_NAME INDIVIDUAL/FOURTH_NAME
    INDIVIDUAL/NAME_ORIGINAL_SCRIPT INDIVIDUAL/UN_LIST_TYPE INDIVIDUAL/REFERENCE_NUMBER INDIVIDUAL/LISTED_ON
    INDIVIDUAL/GENDER INDIVIDUAL/COMMENTS1 INDIVIDUAL/TITLE INDIVIDUAL/DESIGNATION
    INDIVIDUAL/NATIONALITY INDIVIDUAL/NATIONALITY2 INDIVIDUAL/LAST_DAY_UPDATED INDIVIDUAL/DELISTED_ON
    INDIVIDUAL/INDIVIDUAL_ALIAS INDIVIDUAL/INDIVIDUAL_ADDRESS INDIVIDUAL/INDIVIDUAL_DATE_OF_BIRTH
    INDIVIDUAL/INDIVIDUAL_PLACE_OF_BIRTH INDIVIDUAL/INDIVIDUAL_DOCUMENT
    ENTITY/FIRST_NAME ENTITY/NAME_ORIGINAL_SCRIPT ENTITY/UN_LIST_TYPE ENTITY/REFERENCE_NUMBER ENTITY/LISTED_ON
    ENTITY/COMMENTS1 ENTITY/LAST_DAY_UPDATED ENTITY/DELISTED_ON ENTITY/ENTITY_ALIAS
    ENTITY/ENTITY_ADDRESS
    TITLE/VALUE DESIGNATION/VALUE NATIONALITY/VALUE LAST_DAY_UPDATED/VALUE
    INDIVIDUAL_ALIAS/QUALITY INDIVIDUAL_ALIAS/ALIAS_NAME INDIVIDUAL_ALIAS/DATE_OF_BIRTH INDIVIDUAL_ALIAS/CITY_OF_BIRTH
    INDIVIDUAL_ALIAS/COUNTRY_OF_BIRTH INDIVIDUAL_ALIAS/NOTE ENTITY_ALIAS/QUALITY ENTITY_ALIAS/ALIAS_NAME ENTITY_ALIAS/NOTE
    INDIVIDUAL_ADDRESS/STREET INDIVIDUAL_ADDRESS/CITY INDIVIDUAL_ADDRESS/STATE_PROVINCE INDIVIDUAL_ADDRESS/ZIP_CODE
    INDIVIDUAL_ADDRESS/COUNTRY INDIVIDUAL_ADDRESS/NOTE ENTITY_ADDRESS/STREET ENTITY_ADDRESS/CITY
    ENTITY_ADDRESS/STATE_PROVINCE ENTITY_ADDRESS/ZIP_CODE ENTITY_ADDRESS/COUNTRY ENTITY_ADDRESS/NOTE
    INDIVIDUAL_DATE_OF_BIRTH/TYPE_OF_DATE INDIVIDUAL_DATE_OF_BIRTH/DATE INDIVIDUAL_DATE_OF_BIRTH/YEAR
    INDIVIDUAL_DATE_OF_BIRTH/FROM_YEAR INDIVIDUAL_DATE_OF_BIRTH/TO_YEAR INDIVIDUAL_DATE_OF_BIRTH/NOTE
    INDIVIDUAL_PLACE_OF_BIRTH/STREET INDIVIDUAL_PLACE_OF_BIRTH/CITY INDIVIDUAL_PLACE_OF_BIRTH/STATE_PROVINCE
    INDIVIDUAL_PLACE_OF_BIRTH/COUNTRY INDIVIDUAL_PLACE_OF_BIRTH/NOTE
    INDIVIDUAL_DOCUMENT/TYPE_OF_DOCUMENT INDIVIDUAL_DOCUMENT/TYPE_OF_DOCUMENT2 INDIVIDUAL_DOCUMENT/NUMBER
    INDIVIDUAL_DOCUMENT/ISSUING_COUNTRY INDIVIDUAL_DOCUMENT/COUNTRY_OF_ISSUE INDIVIDUAL_DOCUMENT/CITY_OF_ISSUE
    INDIVIDUAL_DOCUMENT/DATE_OF_ISSUE INDIVIDUAL_DOCUMENT/DATE_OF_EXPIRY INDIVIDUAL_DOCUMENT/NOTE
    """,
    # Row numbers and sort keys of the publisher's own database, and what is the same in every entry. The links
    # to Interpol stand in the comments too; their own field came in 2026 and is no change of any entry.
    ignored="""
    INDIVIDUAL/DATAID INDIVIDUAL/VERSIONNUM INDIVIDUAL/HAS_INTERPOL_LINK INDIVIDUAL/INTERPOL_LINK INDIVIDUAL/LIST_TYPE
    INDIVIDUAL/SORT_KEY INDIVIDUAL/SORT_KEY_LAST_MOD INDIVIDUAL/SUBMITTED_ON ENTITY/DATAID ENTITY/VERSIONNUM
    ENTITY/HAS_INTERPOL_LINK ENTITY/INTERPOL_LINK ENTITY/LIST_TYPE ENTITY/SORT_KEY ENTITY/SORT_KEY_LAST_MOD
    ENTITY/SUBMITTED_ON LIST_TYPE/VALUE
    """,
)
_GENDER = re.compile(r"\bGender: ?(male|female)\b", re.IGNORECASE)
_ZONE = re.compile(r"(?<=\d{4}-\d\d-\d\d)[+-]\d\d:\d\d$")
_RECORDS = {"INDIVIDUAL": _VOCABULARY, "ENTITY": _VOCABULARY}


def parse(document: Document, account: Account) -> Iterator[Listing]:
    """The listings of one release. `account` says afterwards what became of every element.

    Raises HeldBack or LayoutChanged when the file is not a whole release in the known layout.
    """
    entries = Entries(document.name, account)
    records = read_records(document, "CONSOLIDATED_LIST", "INDIVIDUALS ENTITIES", _RECORDS, account)
    for number, record in enumerate(records, start=1):
        if number == 1:
            account.published_on = _generated_on(record)
        account.rows += 1
        account.filled[_kind(record).lower()] += 1
        reference = words(record, "REFERENCE_NUMBER")
        name = full_name(*(words(record, f"{part}_NAME") for part in ("FIRST", "SECOND", "THIRD", "FOURTH")))
        if not (reference and name):
            account.refuse(number, "no reference number or no name", name or reference)
            continue
        account.filled["reference"] += 1
        account.filled["listed_on"] += bool(words(record, "LISTED_ON"))
        yield entries.add(_listing(record, reference, name))


def _listing(record: Element, reference: str, name: str) -> Listing:
    kind = _kind(record)
    addresses, address_notes = _addresses(record, f"{kind}_ADDRESS")
    aliases, alias_notes = _aliases(record, f"{kind}_ALIAS")
    identifiers, document_notes = _documents(record)
    nationalities = distinct_codes(
        *(country_codes(text) for text in each(record, "NATIONALITY/VALUE", _text)),
        country_codes(words(record, "NATIONALITY2")),
    )
    names = distinct_names(unbracketed((*_primary(name), *_original(record), *aliases)))
    party = Party(
        id=f"un_sc-{reference}",
        kind="person" if kind == "INDIVIDUAL" else entity_kind(*(name.text for name in names)),
        names=names,
        countries=distinct_codes((place.country for place in addresses), nationalities),
        addresses=addresses,
        identifiers=(Identifier("un", reference, label="UN reference number"), *identifiers),
        nationalities=nationalities,
        birth_dates=tuple(dict.fromkeys(_birth_dates(record))),
        birth_places=tuple(dict.fromkeys(_birth_places(record))),
        gender=_gender(record),
        positions=(*each(record, "TITLE/VALUE", _text), *each(record, "DESIGNATION/VALUE", _text)),
    )
    listed_on = _day(words(record, "LISTED_ON"))
    amended = each(record, "LAST_DAY_UPDATED/VALUE", _text)
    return Listing(
        id=f"un_sc:{reference}",
        list="un_sc",
        source="un_sc",
        party=party,
        programs=tuple(text for text in (words(record, "UN_LIST_TYPE"),) if text),
        valid_from=listed_on,
        valid_until=_last_day(words(record, "DELISTED_ON")),
        dated_by="publisher" if listed_on else None,
        notes=tuple(
            note
            for note in (
                tidy(words(record, "COMMENTS1")),
                *alias_notes,
                *address_notes,
                *_birth_notes(record),
                *document_notes,
                f"Amended on {', '.join(sorted(set(amended)))}." if amended else "",
            )
            if note
        ),
    )


def _kind(record: Element) -> str:
    return str(record.tag)


def _generated_on(record: Element) -> dt.date | None:
    return parse_day(record.getroottree().getroot().get("dateGenerated", ""))


def _day(printed: str) -> dt.date | None:
    """Some days are printed with a time zone, `2015-07-01-04:00`: the day is the Council's own."""
    return parse_day(_ZONE.sub("", printed))


def _last_day(delisted_on: str) -> dt.date | None:
    day = _day(delisted_on)
    return day - dt.timedelta(days=1) if day else None


def _gender(record: Element) -> str | None:
    """The field is young; older entries say it in their comments."""
    said = words(record, "GENDER") or "".join(_GENDER.findall(words(record, "COMMENTS1"))[:1])
    return said.lower() or None


def _text(element: Element) -> str:
    return tidy(element.text or "")


def _primary(name: str) -> Iterator[Name]:
    """The listed name; where it holds two (`... ; ...`), each of them too."""
    yield Name(name)
    parts = name.split(" ; ")
    if len(parts) > 1:
        for part in parts:
            yield Name(tidy(part), "alias", origin="repaired", published=name)


def _original(record: Element) -> Iterator[Name]:
    if original := tidy(words(record, "NAME_ORIGINAL_SCRIPT")):
        yield Name(original, "alias")


def _aliases(record: Element, tag: str) -> tuple[list[Name], list[str]]:
    names: list[Name] = []
    notes: list[str] = []
    for alias in record.iterfind(tag):
        text, note = tidy(words(alias, "ALIAS_NAME")), tidy(words(alias, "NOTE"))
        if not text:
            continue
        quality = words(alias, "QUALITY").casefold()
        former = quality == "f.k.a." or "listed as" in note.casefold()
        role: NameRole = "former" if former else "alias"
        weak = quality == "low"
        parts = [part for piece in text.split(";") if (part := tidy(piece))] if _balanced(text) else [text]
        published = text if len(parts) > 1 else None
        names += [Name(part, role, weak=weak, published=published) for part in parts]
        if note:
            notes.append(f"Alias {text}: {note}")
    return names, notes


def _balanced(text: str) -> bool:
    """Whether each `;` of a cell stands between names, not inside brackets."""
    return all(piece.count("(") == piece.count(")") for piece in text.split(";"))


def _addresses(record: Element, tag: str) -> tuple[tuple[Address, ...], list[str]]:
    found: list[Address] = []
    notes: list[str] = []
    for element in record.iterfind(tag):
        one = address(
            words(element, "STREET"),
            city=words(element, "CITY"),
            region=words(element, "STATE_PROVINCE"),
            postal_code=words(element, "ZIP_CODE"),
            country=words(element, "COUNTRY"),
        )
        note = tidy(words(element, "NOTE"))
        if one and one not in found:
            found.append(one)
        if note:
            notes.append(f"Address {one.text}: {note}" if one else f"Address: {note}")
    return tuple(found), notes


def _birth_dates(record: Element) -> Iterator[PartialDate]:
    for element in record.iterfind("INDIVIDUAL_DATE_OF_BIRTH"):
        year, note = words(element, "YEAR"), words(element, "NOTE").strip(" .")
        day = words(element, "DATE") or year
        if words(element, "FROM_YEAR"):
            day = f"{words(element, 'FROM_YEAR')} to {words(element, 'TO_YEAR')}"
        circa = words(element, "TYPE_OF_DATE") == "APPROXIMATELY" or note.casefold() == "approximately"
        # A month stands in the note, with its year or beside it.
        exact = parse_partial(f"{note} {year}".replace(".", "").strip()) if note else None
        if exact and not words(element, "DATE"):
            yield exact
        elif born := parse_partial(f"circa {day}" if circa and day else day):
            yield born
    for text in each(record, "INDIVIDUAL_ALIAS/DATE_OF_BIRTH", _text):
        if born := parse_partial(text):
            yield born


def _birth_places(record: Element) -> Iterator[str]:
    for element in record.iterfind("INDIVIDUAL_PLACE_OF_BIRTH"):
        yield from _said(
            joined(
                *(words(element, part) for part in ("STREET", "CITY", "STATE_PROVINCE", "COUNTRY", "NOTE"))
            )
        )
    for element in record.iterfind("INDIVIDUAL_ALIAS"):
        yield from _said(joined(words(element, "CITY_OF_BIRTH"), words(element, "COUNTRY_OF_BIRTH")))


def _said(text: str) -> Iterator[str]:
    if text:
        yield text


def _birth_notes(record: Element) -> Iterator[str]:
    for note in each(record, "INDIVIDUAL_DATE_OF_BIRTH/NOTE", _text):
        yield f"Date of birth: {note}"


def _documents(record: Element) -> tuple[list[Identifier], list[str]]:
    """Numbered documents as identifiers; what is said of a document without a number is a note."""
    found: list[Identifier] = []
    notes: list[str] = []
    for element in record.iterfind("INDIVIDUAL_DOCUMENT"):
        kind = tidy(words(element, "TYPE_OF_DOCUMENT2")) or tidy(words(element, "TYPE_OF_DOCUMENT"))
        number = tidy(words(element, "NUMBER"))
        countries = [words(element, "ISSUING_COUNTRY"), words(element, "COUNTRY_OF_ISSUE")]
        about = [
            f"{said} {text}"
            for said, text in (
                ("of", tidy(countries[0])),
                ("issued on", words(element, "DATE_OF_ISSUE")),
                ("issued in", joined(words(element, "CITY_OF_ISSUE"), countries[1])),
                ("expires on", words(element, "DATE_OF_EXPIRY")),
            )
            if text
        ]
        note = tidy(words(element, "NOTE"))
        about += [note] if note else []
        if number:
            codes = [code for text in countries for code in country_codes(text)]
            found.append(identifier(kind, number, codes[0] if codes else None))
        if kind and about:
            notes.append(" ".join((kind, number)).strip() + ": " + "; ".join(about))
    return found, notes
