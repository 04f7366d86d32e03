"""SECO's consolidated list, XML, into listings.

Programs, places and targets refer to each other by `ssid`, and places stand behind the targets that name
them: the file is read twice, first for what is referred to. A target that was taken off stays in the file, and in
the listings with its last day.
"""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

import msgspec

from ringfence.records import (
    Address,
    Identifier,
    ListedTie,
    Listing,
    Name,
    NameRole,
    PartialDate,
    Party,
    PartyKind,
    Remark,
    parse_day,
    parse_partial,
)
from ringfence.sources.document import Document
from ringfence.sources.lists.ch_seco.spellings import spellings
from ringfence.sources.party_parts import (
    Entries,
    distinct_names,
    entity_kind,
    identifier,
    un_reference,
    unbracketed,
)
from ringfence.sources.places import distinct_codes, joined, tidy
from ringfence.sources.row import Account
from ringfence.sources.xml_records import Element, Vocabulary, each, read_records, words

_TARGET = Vocabulary(
    read="""
    target@ssid target@sanctions-set-id target/sanctions-set-id target/foreign-identifier target/individual
    target/entity target/object target/modification target/generic-attribute generic-attribute@name
    individual@sex object@object-type individual/identity entity/identity object/identity
    individual/justification entity/justification object/justification
    individual/other-information entity/other-information object/other-information
    individual/relation entity/relation object/relation relation@target-id relation@relation-type relation/remark
    individual/generic-attribute entity/generic-attribute object/generic-attribute
    identity@main identity/name identity/day-month-year identity/place-of-birth identity/nationality identity/address
    identity/identification-document
    name@name-type name@quality name/name-part name-part@name-part-type name-part/value name-part/spelling-variant
    spelling-variant@script
    day-month-year@day day-month-year@month day-month-year@year day-month-year@quality
    place-of-birth@place-id nationality/country country@iso-code
    address@place-id address/address-details address/zip-code address/p-o-box address/c-o address/remark
    identification-document@document-type identification-document/number identification-document/issuer issuer@code
    identification-document/date-of-issue identification-document/expiry-date identification-document/remark
    identification-document/place-of-issue place-of-issue@place-id
    modification@modification-type modification@effective-date
    """,
    # Numbers of the publisher's own database, languages of spellings, and days that are not the day of effect.
    ignored="""
    individual@ssid entity@ssid object@ssid identity@ssid name@ssid name-part@ssid name-part@order spelling-variant@ssid
    spelling-variant@lang day-month-year@ssid day-month-year@calendar place-of-birth@ssid place-of-birth@quality
    nationality@ssid nationality@quality address@ssid address@main address@quality identification-document@ssid
    justification@ssid other-information@ssid relation@ssid modification@ssid modification@enactment-date
    modification@publication-date generic-attribute@ssid country@ssid
    """,
)
_PROGRAM = Vocabulary(
    read="""
    sanctions-program@ssid sanctions-program/program-key sanctions-program/program-name sanctions-program/sanctions-set
    program-key@lang program-name@lang sanctions-set@ssid sanctions-set@lang
    """,
    ignored="""
    sanctions-program@version-date sanctions-program@predecessor-version-date sanctions-program/origin
    """,
)
_PLACE = Vocabulary(
    read="place@ssid place/location place/area place/country country@iso-code",
    ignored="""
    place/location-variant place/area-variant location-variant@variant-type location-variant@lang location-variant@script
    location-variant@ssid area-variant@variant-type area-variant@lang area-variant@script area-variant@ssid country@ssid
    """,
)
_NAME_PARTS = (
    "whole-name", "given-name", "further-given-name", "father-name", "grand-father-name", "tribal-name", "family-name",
    "suffix", "other",
)  # fmt: skip
"""The parts of a name in the order in which they are put together. A title is no part of it, a maiden name another name."""
_IMO = re.compile(r"\bIMO(?: number| no\.?)?\W{0,4}(\d{7})\b", re.IGNORECASE)
_KINDS: dict[str, PartyKind] = {"vessel": "vessel", "ship": "vessel", "aircraft": "aircraft"}


class _Place(msgspec.Struct, frozen=True):
    location: str
    area: str
    country: str
    code: str | None


class _Referred(msgspec.Struct):
    """What targets refer to: programs by the `ssid` of their sets, places, and the names of targets."""

    programs: dict[str, str] = {}
    places: dict[str, _Place] = {}
    names: dict[str, str] = {}


def parse(document: Document, account: Account) -> Iterator[Listing]:
    """The listings of one release. `account` says afterwards what became of every element.

    Raises HeldBack or LayoutChanged when the file is not a whole release in the known layout.
    """
    referred = _referred(document, account)
    entries = Entries(document.name, account)
    for number, target in enumerate(_records(document, account, first=False), start=1):
        account.rows += 1
        listing = _listing(target, referred)
        if listing is None:
            account.refuse(number, "no ssid or no name", target.get("ssid") or "")
            continue
        account.filled["program"] += bool(listing.programs)
        account.filled["modification"] += listing.valid_from is not None
        yield entries.add(listing)


def _records(document: Document, account: Account, *, first: bool) -> Iterator[Element]:
    """The elements of one of the two readings: all, or the targets. Each kind is accounted for in one of them."""
    known = {"sanctions-program": _PROGRAM, "place": _PLACE, "target": _TARGET}
    unheeded = Account()
    for record in read_records(document, "swiss-sanctions-list", "", known, unheeded):
        tag = _tag(record)
        if first or tag == "target":
            if first is not (tag == "target"):
                known[tag].account(record, account)
            yield record
    if first:
        unknown = {tag: count for tag, count in unheeded.not_understood.items() if not {"/", "@"} & set(tag)}
        account.not_understood.update(unknown)


def _referred(document: Document, account: Account) -> _Referred:
    found = _Referred()
    for record in _records(document, account, first=True):
        if account.published_on is None:
            account.published_on = parse_day(record.getroottree().getroot().get("date", ""))
        ssid = record.get("ssid", "")
        if record.tag == "place":
            country = record.find("country")
            code = (country.get("iso-code") or "").upper() if country is not None else ""
            found.places[ssid] = _Place(
                tidy(words(record, "location")),
                tidy(words(record, "area")),
                tidy(words(record, "country")),
                code or None,
            )
        elif record.tag == "target":
            found.names[ssid] = next((name.text for name in _names(record, [])), "")
        else:
            program = _english(record, "program-key") or _english(record, "program-name")
            for element in record.iterfind("sanctions-set"):
                found.programs.setdefault(element.get("ssid", ""), program)
    return found


def _english(record: Element, tag: str) -> str:
    texts = {element.get("lang", ""): tidy(element.text or "") for element in record.iterfind(tag)}
    return texts.get("eng") or texts.get("en") or next(iter(texts.values()), "")


def _listing(target: Element, referred: _Referred) -> Listing | None:
    ssid = target.get("ssid", "")
    subject = _subject(target)
    remarks: list[Remark] = []
    names = distinct_names(unbracketed(_names(target, remarks)))
    if not (ssid and names) or subject is None:
        return None
    addresses = tuple(dict.fromkeys(found for found in _addresses(subject, referred) if found.text))
    nationalities = distinct_codes(
        country.get("iso-code", "").upper() for country in subject.iterfind("identity/nationality/country")
    )
    about = each(subject, "other-information", _text)
    since, until = _dates(target)
    sets = (target.get("sanctions-set-id", ""), *each(target, "sanctions-set-id", _text))
    programs = (referred.programs.get(one, f"sanctions set {one}") for one in sets if one)
    return Listing(
        id=f"ch_seco:{ssid}",
        list="ch_seco",
        source="ch_seco",
        party=Party(
            id=f"ch_seco-{ssid}",
            kind=_kind(subject, names),
            names=names,
            countries=distinct_codes((place.country for place in addresses), nationalities),
            addresses=addresses,
            identifiers=tuple(dict.fromkeys(_identifiers(target, subject, about))),
            nationalities=nationalities,
            birth_dates=tuple(dict.fromkeys(_birth_dates(subject))),
            birth_places=tuple(
                dict.fromkeys(
                    joined(place.location, place.area, place.country)
                    for element in subject.iterfind("identity/place-of-birth")
                    if (place := referred.places.get(element.get("place-id", "")))
                )
            ),
            gender=(subject.get("sex") or "").lower() or None,
            positions=_titles(subject),
        ),
        programs=tuple(dict.fromkeys(programs)),
        valid_from=since,
        valid_until=until,
        dated_by="publisher" if since else None,
        ties=tuple(_ties(subject, referred)),
        notes=tuple(dict.fromkeys(_notes(target, subject, about, referred))),
        remarks=tuple(remarks),
    )


def _subject(target: Element) -> Element | None:
    return next(
        (found for tag in ("individual", "entity", "object") if (found := target.find(tag)) is not None), None
    )


def _kind(subject: Element, names: Sequence[Name]) -> PartyKind:
    if subject.tag == "individual":
        return "person"
    if subject.tag == "object":
        return _KINDS.get(subject.get("object-type", "").lower(), "unknown")
    return entity_kind(*(name.text for name in names))


def _names(target: Element, remarks: list[Remark]) -> Iterator[Name]:
    """The primary name of the main identity first, then every other name in the order of the file."""
    subject = _subject(target)
    if subject is None:
        return
    found = [
        (identity.get("main", "true") == "true" and name.get("name-type", "") == "primary-name", name)
        for identity in subject.iterfind("identity")
        for name in identity.iterfind("name")
    ]
    for main, element in sorted(found, key=lambda pair: not pair[0]):
        former = element.get("name-type", "") == "formerly-known-as"
        role: NameRole = "former" if former else "primary" if main else "alias"
        weak = element.get("quality", "") == "low"
        for place, text in enumerate(_spelled(element, remarks)):
            yield Name(text, role if place == 0 or former else "alias", weak=weak)
        for maiden in _options(element, "maiden-name").get("", []):
            parts = [_options(element, kind).get("", [])[:1] for kind in _NAME_PARTS if kind != "family-name"]
            yield Name(" ".join((*(text for part in parts for text in part), maiden)), "former", weak=weak)


def _spelled(name: Element, remarks: list[Remark]) -> Iterator[str]:
    by_kind = [_options(name, kind) for kind in _NAME_PARTS]
    scripts = dict.fromkeys(script for options in by_kind for script in options)
    for script in scripts:
        texts, cut = spellings([options.get(script, []) for options in by_kind])
        if cut:
            remarks.append(
                Remark(
                    "spellings_bounded", f"{texts[0]}: parts with many spellings were varied one at a time"
                )
            )
        yield from texts


def _options(name: Element, kind: str) -> dict[str, list[str]]:
    """The spellings of a part by script; the published text and spellings in its own script under ``""``."""
    found: dict[str, list[str]] = defaultdict(list)
    for part in name.iterfind("name-part"):
        if part.get("name-part-type", "whole-name") != kind:
            continue
        if text := tidy(words(part, "value")):
            found[""].append(text)
        for variant in part.iterfind("spelling-variant"):
            if text := tidy(variant.text or ""):
                script = variant.get("script", "").lower()
                found["" if script in ("latin", "latn") else script].append(text)
    return found


def _titles(subject: Element) -> tuple[str, ...]:
    texts = (
        tidy(words(part, "value"))
        for part in subject.iterfind("identity/name/name-part")
        if part.get("name-part-type") == "title"
    )
    return tuple(dict.fromkeys(text for text in texts if text))


def _addresses(subject: Element, referred: _Referred) -> Iterator[Address]:
    for element in subject.iterfind("identity/address"):
        place = referred.places.get(element.get("place-id", "")) or _Place("", "", "", None)
        lines = (words(element, tag) for tag in ("c-o", "address-details", "p-o-box", "zip-code"))
        yield Address(
            text=joined(*lines, place.location, place.area, place.country),
            city=place.location or None,
            region=place.area or None,
            postal_code=tidy(words(element, "zip-code")) or None,
            country=place.code,
        )


def _birth_dates(subject: Element) -> Iterator[PartialDate]:
    for element in subject.iterfind("identity/day-month-year"):
        parts = [element.get(part, "") for part in ("year", "month", "day")]
        printed = "-".join(part.zfill(2) for part in parts if part.strip("0"))
        circa = element.get("quality", "") == "circa"
        if parts[0] and (found := parse_partial(f"circa {printed}" if circa else printed)):
            yield found


def _dates(target: Element) -> tuple[dt.date | None, dt.date | None]:
    """The day of listing and the last day in force. A target taken off and listed again begins anew."""
    since = until = None
    changes = sorted(
        (day, element.get("modification-type", ""))
        for element in target.iterfind("modification")
        if (day := parse_day(element.get("effective-date", "")))
    )
    for day, kind in changes:
        if kind == "de-listed":
            until = day - dt.timedelta(days=1)
        elif kind == "listed" and (since is None or until is not None):
            since, until = day, None
    return since, until


def _identifiers(target: Element, subject: Element, about: Sequence[str]) -> Iterator[Identifier]:
    for text in each(target, "foreign-identifier", _text):
        reference = un_reference(text)
        yield Identifier("un" if reference else "other", reference or text, label="foreign identifier")
    for element in subject.iterfind("identity/identification-document"):
        if number := tidy(words(element, "number")):
            issuer = element.find("issuer")
            code = issuer.get("code", "").upper() if issuer is not None else ""
            label = element.get("document-type", "").replace("-", " ")
            yield identifier(label, number, code if len(code) == 2 else None)
    # A company's prose names the ships it runs: their numbers are not its own.
    for text in about if subject.tag == "object" else ():
        for number in _IMO.findall(text):
            yield Identifier("imo", number, label="IMO number")


def _ties(subject: Element, referred: _Referred) -> Iterator[ListedTie]:
    for element in subject.iterfind("relation"):
        other = element.get("target-id", "")
        said = (element.get("relation-type", ""), tidy(words(element, "remark")))
        yield ListedTie(
            "linked_to", referred.names.get(other) or f"target {other}", ": ".join(filter(None, said)) or None
        )


def _notes(target: Element, subject: Element, about: Sequence[str], referred: _Referred) -> Iterator[str]:
    yield from (f"Justification: {text}" for text in each(subject, "justification", _text))
    yield from about
    for element in (*target.iterfind("generic-attribute"), *subject.iterfind("generic-attribute")):
        yield f"{element.get('name', 'attribute')}: {_text(element)}"
    for element in subject.iterfind("identity/address"):
        if remark := tidy(words(element, "remark")):
            place = referred.places.get(element.get("place-id", ""))
            yield f"Address {place.location or place.country}: {remark}" if place else f"Address: {remark}"
    for element in subject.iterfind("identity/identification-document"):
        issued_at = element.find("place-of-issue")
        place = referred.places.get(issued_at.get("place-id", "")) if issued_at is not None else None
        said = (
            ("issued on", words(element, "date-of-issue")),
            ("issued in", place.location if place else ""),
            ("expires on", words(element, "expiry-date")),
            ("", tidy(words(element, "remark"))),
        )
        if facts := "; ".join(f"{what} {text}".strip() for what, text in said if text):
            yield f"{element.get('document-type', 'document')} {words(element, 'number')}: {facts}"
    for element in target.iterfind("modification"):
        yield f"{element.get('modification-type', 'changed')} on {element.get('effective-date', 'an unknown day')}"


def _tag(element: Element) -> str:
    return str(element.tag)


def _text(element: Element) -> str:
    return tidy(element.text or "")
