"""The EU Consolidated Financial Sanctions File, in any of its layouts, into listings.

An entry takes effect on the earlier of the day of designation and the day its regulation entered into force: the file
cites amending acts, whose own day says nothing of the entry. Quality of a name, and days of designation by the United
Nations, also hide in remarks.
"""

import datetime as dt
import re
from collections.abc import Iterator

import pycountry

from ringfence.records import (
    Address,
    Identifier,
    Listing,
    Name,
    NameRole,
    PartialDate,
    PartyKind,
    Remark,
    Vessel,
    parse_day,
    parse_partial,
)
from ringfence.sources.document import Document
from ringfence.sources.lists.eu_fsf.layouts import Entity, Part, entities
from ringfence.sources.party_parts import (
    Entries,
    distinct_names,
    full_name,
    identifier,
    party_of,
    un_reference,
    unbracketed,
)
from ringfence.sources.places import country_code, country_codes, distinct_codes, joined, tidy
from ringfence.sources.row import Account

_LOW = re.compile(r"\blow[- ]quality\b|\bweak\b", re.IGNORECASE)
_FORMER = re.compile(r"\b(?:formerly|previously|former name|f\.?k\.?a)\b", re.IGNORECASE)
_DESIGNATED = re.compile(
    r"Date of (?:UN )?designation[^:)]*:\s*(?P<day>\d{4}-\d{2}-\d{2}|\d{1,2}\.\d{1,2}\.\d{4})"
)
_ABOUT = re.compile(r"\s*\((?:approximative|approximately|circa)\)", re.IGNORECASE)
_NUMBER_CELL = re.compile(r"(?P<number>.+?)\s+\((?P<code>[a-z]+)-(?P<kind>[^()]*)\)(?P<about>.*)", re.DOTALL)
_IMO = re.compile(r"\bIMO(?: number)?\W{0,4}(\d{7})\b", re.IGNORECASE)
_KINDS: dict[str, PartyKind] = {"person": "person", "p": "person", "vessel": "vessel", "ship": "vessel"}
_UNKNOWN = frozenset({"unknown", "00", "n/a", ""})


def parse(document: Document, account: Account) -> Iterator[Listing]:
    """The listings of one release. `account` says afterwards what became of every field.

    Raises HeldBack or LayoutChanged when the file is not a whole release in a known layout.
    """
    entries = Entries(document.name, account)
    for number, entity in enumerate(entities(document, account), start=1):
        listing = _listing(entity)
        if listing is None:
            account.refuse(number, "no name or no logical id", entity.key)
        else:
            yield entries.add(listing)


def _listing(entity: Entity) -> Listing | None:
    names = distinct_names(unbracketed(_names(entity)))
    if not (names and entity.key):
        return None
    reference = next(iter(entity.all("entity", "eureferencenumber")), entity.key)
    remarks: list[Remark] = []
    kind = _kind(entity)
    addresses = tuple(dict.fromkeys(found for part in entity.each("address") if (found := _address(part))))
    nationalities = distinct_codes(_country(part) for part in entity.each("citizenship"))
    identifiers = tuple(dict.fromkeys(_identifiers(entity, kind)))
    since = _since(entity)
    births = entity.each("birth")
    birth_dates = tuple(dict.fromkeys(born for part in births if (born := _birth_date(part, remarks))))
    return Listing(
        id=f"eu_fsf:{reference}",
        list="eu_fsf",
        source="eu_fsf",
        party=party_of(
            "eu_fsf",
            reference,
            kind=kind,
            names=names,
            addresses=addresses,
            identifiers=identifiers,
            nationalities=nationalities,
            birth_dates=birth_dates,
            birth_places=tuple(dict.fromkeys(place for part in births if (place := _place(part)))),
            gender={"m": "male", "f": "female"}.get("".join(entity.all("name", "gender")[:1]).lower()),
            positions=(*map(tidy, entity.all("name", "title")), *map(tidy, entity.all("name", "function"))),
            vessel=Vessel() if kind == "vessel" else None,
        ),
        programs=tuple(
            dict.fromkeys((*entity.all("regulation", "programme"), *entity.all("entity", "programme")))
        ),
        valid_from=since,
        dated_by="publisher" if since else None,
        notes=tuple(dict.fromkeys(filter(None, _notes(entity)))),
        remarks=tuple(remarks),
        urls=(*entity.all("regulation", "publicationurl"), *entity.all("entity", "pdf_link")),
    )


def _names(entity: Entity) -> Iterator[Name]:
    """The file marks no primary name: the first strong one in English or in no language leads."""
    parts = entity.each("name")
    order = sorted(range(len(parts)), key=lambda place: (_weak(parts[place]), _foreign(parts[place]), place))
    for place in order:
        part = parts[place]
        text = tidy(
            part.get("wholename")
            or full_name(*(part.get(f"{which}name") for which in ("first", "middle", "last")))
        )
        former = bool(_FORMER.search(part.get("remark", "")))
        role: NameRole = "primary" if place == order[0] else "former" if former else "alias"
        if text:
            yield Name(text, role, weak=_weak(part))


def _weak(part: Part) -> bool:
    return part.get("strong", "true").lower() == "false" or bool(_LOW.search(part.get("remark", "")))


def _foreign(part: Part) -> bool:
    return (part.get("namelanguage") or part.get("language") or "EN").upper() != "EN"


def _kind(entity: Entity) -> PartyKind:
    said = (
        *entity.all("subject", "code"),
        *entity.all("subject", "classificationcode"),
        *entity.all("entity", "type"),
    )
    for text in said:
        if kind := _KINDS.get(text.lower()):
            return kind
    return "organization"


def _country(part: Part) -> str | None:
    """The country of a part, from its code of two or three letters or its name; `UNKNOWN` is none."""
    for field in ("countryiso2code", "country", "countrydescription"):
        text = part.get(field, "")
        if text.lower() not in _UNKNOWN and (
            code := country_code(text) or next(iter(country_codes(text)), None)
        ):
            return code
    return None


def _country_name(part: Part) -> str:
    """The country as printed, or the name of its code where only that is printed."""
    text = part.get("countrydescription") or part.get("country", "")
    if text.lower() in _UNKNOWN:
        return ""
    known = pycountry.countries.get(alpha_3=text) if len(text) == 3 else None
    if known:
        return str(getattr(known, "common_name", known.name))
    return text.title() if text.isupper() and len(text) > 4 else text


def _address(part: Part) -> Address | None:
    lines = (part.get("street"), part.get("number"), part.get("pobox"), part.get("place"))
    city, region, postal = part.get("city"), part.get("region"), part.get("zipcode")
    text = joined(*lines, postal, city, region, _country_name(part))
    return Address(text, city, region, postal, _country(part)) if text else None


def _place(part: Part) -> str:
    return joined(part.get("place"), part.get("city"), part.get("region"), _country_name(part))


def _birth_date(part: Part, remarks: list[Remark]) -> PartialDate | None:
    printed = part.get("birthdate") or part.get("date") or part.get("year", "")
    if not printed and part.get("yearrangefrom"):
        printed = f"{part['yearrangefrom']} to {part.get('yearrangeto', part['yearrangefrom'])}"
    if part.get("calendartype", "GREGORIAN") != "GREGORIAN":
        remarks.append(
            Remark("calendar", f"date of birth {printed} is of the calendar {part['calendartype']}")
        )
        return None
    month = part.get("monthofyear") or part.get("month", "")
    if printed == part.get("year") and month.isdigit() and int(month):
        printed = f"{printed}-{int(month):02d}"
    text = _ABOUT.sub("", printed).replace(" - ", " to ")
    circa = text != printed.replace(" - ", " to ") or part.get("circa", "").lower() == "true"
    found = parse_partial(f"circa {text}" if circa else text, day_first=True) if text else None
    if text and not found and text.lower() not in _UNKNOWN:
        remarks.append(Remark("birth_date_not_read", f"date of birth as printed: {printed}"))
    return found


def _identifiers(entity: Entity, kind: PartyKind) -> Iterator[Identifier]:
    for value in entity.all("entity", "unitednationid"):
        yield Identifier("un", un_reference(value) or value, label="UN reference number")
    yield Identifier("eu_logical_id", entity.key, label="logical id")
    for part in entity.each("document"):
        label, number, _ = _document(part)
        if number:
            yield identifier(label, number, _country(part))
    for text in entity.all("remark", "remark") if kind == "vessel" else ():
        for number in _IMO.findall(text):
            yield Identifier("imo", number, label="IMO number")


def _document(part: Part) -> tuple[str, str, str]:
    """What kind of document, its number, and what else is said; the old layouts print all in one cell."""
    cell = part.get("number", "") or part.get("latinnumber", "")
    if match := _NUMBER_CELL.fullmatch(cell):
        return tidy(match["kind"]) or match["code"], tidy(match["number"]), tidy(match["about"])
    label = (
        part.get("identificationtypedescription")
        or part.get("typedescription")
        or part.get("identificationtypecode")
    )
    said = [
        f"{words} {part[field]}"
        for field, words in (
            ("issuedby", "issued by"),
            ("issueddate", "issued on"),
            ("issuedate", "issued on"),
            ("validfrom", "valid from"),
            ("validto", "valid to"),
            ("nameondocument", "in the name of"),
            ("region", "region"),
        )
        if field in part
    ]
    said += [
        words
        for field, words in (
            ("diplomatic", "diplomatic"),
            ("knownexpired", "known to be expired"),
            ("knownfalse", "known to be false"),
            ("reportedlost", "reported lost"),
            ("revokedbyissuer", "revoked by its issuer"),
        )
        if part.get(field, "").lower() == "true"
    ]
    return (
        tidy(label or part.get("typecode", "")),
        tidy(cell),
        "; ".join((*said, *filter(None, [part.get("remark")]))),
    )


def _since(entity: Entity) -> dt.date | None:
    """The earliest day on which the entity is known to have been on the list.

    The regulation printed first is often an amending act: a day of designation, or an act that an older value of
    the entity rests on, says more.
    """
    printed = [
        *entity.all("entity", "designationdate"),
        *(entity.all("regulation", "entryintoforcedate") or entity.all("regulation", "publicationdate")),
        *entity.all("act", "publicationdate"),
        *(m["day"] for text in _remarks(entity) for m in _DESIGNATED.finditer(text)),
    ]
    days = [day for text in printed if (day := parse_day(text, day_first=True))]
    return min(days, default=None)


def _remarks(entity: Entity) -> tuple[str, ...]:
    return (
        *entity.all("entity", "remark"),
        *entity.all("remark", "remark"),
        *entity.all("entity", "designationdetails"),
    )


def _notes(entity: Entity) -> Iterator[str]:
    for text in _remarks(entity):
        yield tidy(text.replace("\\n", " "))
    for part in entity.each("regulation"):
        yield f"Regulation {part.get('numbertitle', '')}, published on {part.get('publicationdate', 'an unknown day')}."
    for basis in entity.all("entity", "legal_basis"):
        yield f"Regulation {basis}."
    for part in entity.each("name"):
        if "remark" in part:
            yield f"Name {part.get('wholename', '')}: {tidy(part['remark'])}"
    for part in entity.each("address"):
        for field in ("other", "contactinfo", "remark"):
            if field in part:
                yield f"Address {_country_name(part)}: {tidy(part[field])}".replace(" :", ":")
    for part in entity.each("document"):
        label, number, about = _document(part)
        if about or not number:
            yield f"{label} {number}".strip() + f": {about}"
    for kind in ("birth", "citizenship"):
        for text in entity.all(kind, "remark"):
            yield f"{kind.capitalize()}: {tidy(text)}"
