"""The advanced XML of OFAC (`Sanctions`, the data model of the United Nations): everything by number.

Codes, places, documents, parties, ties and entries stand in sections of their own and point at each other.
They are gathered section by section, a party at a time, and put together when the entries, which come last,
say on which list each party is. Dates are spans: a span of one whole year means that the year is known and
nothing more. Some ties are stored the wrong way round; where the kinds of the two ends leave no doubt,
they are
turned, and the entry says so.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping

import msgspec

from ringfence.errors import LayoutChanged
from ringfence.records import Address, ListedTie, Listing, Name, Remark
from ringfence.records.codec import slug
from ringfence.records.dates import year_month_day
from ringfence.sources.document import Document
from ringfence.sources.ofac.entry import Feature, OfacEntry, address_of, listings_of, type_note
from ringfence.sources.ofac.terms import list_named
from ringfence.sources.row import Account
from ringfence.sources.xml_records import Element, Vocabulary, read_records, words

_FRAMES = "Locations IDRegDocuments DistinctParties ProfileRelationships SanctionsEntries SanctionsEntryLinks"
_DATES = """
    DatePeriod/Start DatePeriod/End Start/From Start/To End/From End/To From/Year From/Month From/Day
    To/Year To/Month To/Day
    Start@Approximate End@Approximate DatePeriod/Comment
"""
_UNUSED_DATES = """
    DatePeriod@CalendarTypeID DatePeriod@YearFixed DatePeriod@MonthFixed DatePeriod@DayFixed
    Start@YearFixed Start@MonthFixed Start@DayFixed End@YearFixed End@MonthFixed End@DayFixed
"""
_RECORDS = {
    "DateOfIssue": Vocabulary(
        read="DateOfIssue/Year DateOfIssue/Month DateOfIssue/Day", ignored="DateOfIssue@CalendarTypeID"
    ),
    "ReferenceValueSets": Vocabulary(read="*"),
    "Location": Vocabulary(
        read="""
        Location@ID Location/LocationCountry LocationCountry@CountryID Location/LocationPart
        LocationPart@LocPartTypeID
        LocationPart/LocationPartValue LocationPartValue/Value LocationPartValue/Comment
        """,
        ignored="""
        Location/LocationAreaCode LocationAreaCode@AreaCodeID LocationCountry@CountryRelevanceID
        LocationPartValue@Primary
        LocationPartValue@LocPartValueTypeID LocationPartValue@LocPartValueStatusID
        Location/FeatureVersionReference
        FeatureVersionReference@FeatureVersionID Location/IDRegDocumentReference
        IDRegDocumentReference@DocumentID
        """,
    ),
    "IDRegDocument": Vocabulary(
        read=_DATES
        + """
        IDRegDocument@IDRegDocTypeID IDRegDocument@IdentityID IDRegDocument@IssuedBy-CountryID
        IDRegDocument@ValidityID
        IDRegDocument/IDRegistrationNo IDRegDocument/IssuingAuthority IDRegDocument/Comment
        IDRegDocument/DocumentDate
        DocumentDate@IDRegDocDateTypeID DocumentDate/DatePeriod
        """,
        ignored=_UNUSED_DATES
        + """
        IDRegDocument@ID IDRegDocument/DocumentedNameReference DocumentedNameReference@DocumentedNameID
        IDRegDocument@IssuedIn-LocationID
        """,
    ),
    "DistinctParty": Vocabulary(
        read=_DATES
        + """
        DistinctParty/Comment DistinctParty@FixedRef DistinctParty/Profile Profile@ID Profile@PartySubTypeID
        Profile/Identity Identity@ID Identity/Alias Alias@AliasTypeID Alias@Primary Alias@LowQuality
        Alias/DocumentedName DocumentedName/DocumentedNamePart DocumentedNamePart/NamePartValue
        NamePartValue@NamePartGroupID Identity/NamePartGroups NamePartGroups/MasterNamePartGroup
        MasterNamePartGroup/NamePartGroup NamePartGroup@ID NamePartGroup@NamePartTypeID
        Profile/Feature Feature@FeatureTypeID Feature/FeatureVersion FeatureVersion@ReliabilityID
        FeatureVersion/Comment
        FeatureVersion/DatePeriod FeatureVersion/VersionDetail VersionDetail@DetailReferenceID
        FeatureVersion/VersionLocation VersionLocation@LocationID
        """,
        ignored=_UNUSED_DATES
        + """
        DistinctParty@DeltaAction Identity@FixedRef Identity@Primary Identity@False Alias@FixedRef
        DocumentedName@ID
        DocumentedName@FixedRef DocumentedName@DocNameStatusID NamePartValue@ScriptID
        NamePartValue@ScriptStatusID
        NamePartValue@Acronym Feature@ID FeatureVersion@ID VersionDetail@DetailTypeID
        Feature/IdentityReference
        IdentityReference@IdentityID IdentityReference@IdentityFeatureLinkTypeID
        Profile/SanctionsEntryReference
        SanctionsEntryReference@SanctionsEntryID
        """,
    ),
    "ProfileRelationship": Vocabulary(
        read="""
        ProfileRelationship@From-ProfileID ProfileRelationship@To-ProfileID ProfileRelationship@RelationTypeID
        ProfileRelationship@RelationQualityID ProfileRelationship@Former ProfileRelationship/Comment
        """,
        ignored="ProfileRelationship@ID ProfileRelationship@SanctionsEntryID",
    ),
    "SanctionsEntry": Vocabulary(
        read="""
        SanctionsEntry@ProfileID SanctionsEntry@ListID SanctionsEntry/EntryEvent EntryEvent/Comment
        EntryEvent/Date
        Date/Year Date/Month Date/Day SanctionsEntry/SanctionsMeasure SanctionsMeasure@SanctionsTypeID
        SanctionsMeasure/Comment
        """,
        ignored="""
        SanctionsEntry@ID EntryEvent@ID EntryEvent@EntryEventTypeID EntryEvent@LegalBasisID
        Date@CalendarTypeID
        SanctionsMeasure@ID SanctionsMeasure/DatePeriod
        """
        + _DATES
        + _UNUSED_DATES,
    ),
}
_PARTS = {
    "CITY": "city",
    "STATE/PROVINCE": "region",
    "REGION": "region",
    "POSTAL CODE": "postal_code",
}
_FAMILY = ("Last Name", "Patronymic", "Matronymic", "Maiden Name")
_GIVEN = ("First Name", "Middle Name", "Nickname")
_MADE_BY_PERSONS = frozenset({"leader or official of", "principal executive officer"})
"""Ties that only a natural person can have to a body."""
_MADE_BY_BODIES = frozenset({"owned or controlled by"})
"""Ties that only a body can have to its owner."""


class _Place(msgspec.Struct, frozen=True):
    address: Address | None
    country: str


class _Tie(msgspec.Struct, frozen=True):
    subject: str
    object: str
    kind: str
    detail: str


class _Gathered(msgspec.Struct):
    """What the sections before the entries hold, by the numbers that they use for each other."""

    names: dict[str, dict[str, str]] = {}
    types: dict[str, str] = {}
    places: dict[str, _Place] = {}
    documents: dict[str, list[Feature]] = {}
    parties: dict[str, OfacEntry] = {}
    ties: list[_Tie] = []
    lists: dict[str, dict[str, dt.date | None]] = {}
    programs: dict[str, list[str]] = {}
    measures: dict[str, list[str]] = {}

    def name(self, kind: str, number: str | None) -> str:
        """The name that the reference sets give a number of one kind; the number itself when they have
        none.
        """
        return self.names.get(kind, {}).get(number or "", number or "")


def parse_advanced(
    document: Document, source: str, wanted: Collection[str], account: Account
) -> Iterator[Listing]:
    """The listings of one release on the lists in `wanted`.

    Raises HeldBack when the file is damaged, LayoutChanged when its sections are not in the known order.
    """
    held = _Gathered()
    for record in read_records(document, "Sanctions", _FRAMES, _RECORDS, account):
        _gather(document, record, held, account)
    ties, turned = _ties(held)
    for number, entry in held.parties.items():
        account.rows += 1
        lists = held.lists.get(number)
        if not entry.names or not entry.names[0].text:
            account.refuse(account.rows, "no name", number)
        elif not lists or not wanted & lists.keys():
            account.refuse(account.rows, "an entry on none of the lists of this source", entry.names[0].text)
        else:
            whole = msgspec.structs.replace(
                entry,
                programs=tuple(dict.fromkeys(held.programs.get(number, ()))),
                notes=(*entry.notes, *dict.fromkeys(held.measures.get(number, ()))),
                ties=tuple(ties.get(number, ())),
                remarks=tuple(turned.get(number, ())),
                lists=lists,
            )
            yield from listings_of(whole, source, wanted, account)
    for number in sorted(held.lists.keys() - held.parties.keys()):
        account.refuse(0, f"a sanctions entry of profile {number}, which is not in the file")


def _gather(document: Document, record: Element, held: _Gathered, account: Account) -> None:
    if record.tag not in {"DateOfIssue", "ReferenceValueSets"} and not held.names:
        raise LayoutChanged(
            f"{document.name}: {record.tag} comes before the reference values. The layout has changed and "
            f"the parser needs "
            f"a new version."
        )
    match record.tag:
        case "DateOfIssue":
            account.published_on = _day(record)
        case "ReferenceValueSets":
            held.names = _references(record)
            held.types = {
                one.get("ID", ""): one.get("PartyTypeID", "") for one in record.iter("PartySubType")
            }
        case "Location":
            held.places[record.get("ID", "")] = _place(record, held)
        case "IDRegDocument":
            held.documents.setdefault(record.get("IdentityID", ""), []).append(_document(record, held))
        case "DistinctParty":
            for profile in record.iterfind("Profile"):
                number = profile.get("ID", "")
                held.parties[number] = _party(number, profile, words(record, "Comment"), held)
        case "ProfileRelationship":
            held.ties.append(_relationship(record, held))
        case "SanctionsEntry":
            _sanctions(record, held, account)


def _references(record: Element) -> dict[str, dict[str, str]]:
    """Every code by its kind and number: `names["Country"]["11082"]` is Cuba."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for one in record.iterfind("*/*"):
        found[str(one.tag)][one.get("ID", "")] = (one.text or "").strip()
    return dict(found)


def _place(record: Element, held: _Gathered) -> _Place:
    parts: dict[str, str] = {}
    for part in record.iterfind("LocationPart"):
        field = _PARTS.get(held.name("LocPartType", part.get("LocPartTypeID")), "street")
        for value in part.iterfind("LocationPartValue"):
            printed = ", ".join(text for tag in ("Value", "Comment") if (text := words(value, tag)))
            parts[field] = ", ".join(text for text in (parts.get(field), printed) if text)
    where = record.find("LocationCountry")
    country = held.name("Country", where.get("CountryID")) if where is not None else ""
    return _Place(address_of(parts, country), country)


def _document(record: Element, held: _Gathered) -> Feature:
    dates = {
        held.name("IDRegDocDateType", one.get("IDRegDocDateTypeID")): _span(period)
        for one in record.iterfind("DocumentDate")
        if (period := one.find("DatePeriod")) is not None
    }
    validity = held.name("Validity", record.get("ValidityID"))
    more = [words(record, "IssuingAuthority"), words(record, "Comment")]
    if validity and validity.lower() != "valid":
        more.append(validity.lower())
    return Feature(
        held.name("IDRegDocType", record.get("IDRegDocTypeID")),
        words(record, "IDRegistrationNo"),
        held.name("Country", record.get("IssuedBy-CountryID")) or None,
        dates.get("Issue Date"),
        dates.get("Expiration Date"),
        ", ".join(part for part in more if part) or None,
    )


def _party(number: str, profile: Element, comment: str, held: _Gathered) -> OfacEntry:
    subtype = held.name("PartySubType", profile.get("PartySubTypeID"))
    if subtype.lower() == "unknown":
        subtype = held.name("PartyType", held.types.get(profile.get("PartySubTypeID", "")))
    notes = [comment] if comment else []
    features: list[Feature] = []
    addresses: list[Address] = []
    for feature in profile.iterfind("Feature"):
        label = held.name("FeatureType", feature.get("FeatureTypeID"))
        for version in feature.iterfind("FeatureVersion"):
            if label == "Location":
                places = (
                    held.places.get(at.get("LocationID", "")) for at in version.iterfind("VersionLocation")
                )
                addresses += [place.address for place in places if place and place.address]
            else:
                features += _versions(label, version, held)
            if note := words(version, "Comment"):
                notes.append(f"{label}: {note}")
            reliability = held.name("Reliability", version.get("ReliabilityID"))
            if reliability and reliability != "Confirmed":
                notes += [
                    f"{label} {one.value}: {reliability.lower()}" for one in _versions(label, version, held)
                ]
    names: list[Name] = []
    for identity in profile.iterfind("Identity"):
        names += _names(identity, held)
        features += held.documents.get(identity.get("ID", ""), ())
    names.sort(key=lambda name: name.role != "primary")
    return OfacEntry(
        uid=number,
        kind=subtype,
        names=tuple(names),
        programs=(),
        addresses=tuple(addresses),
        features=tuple(features),
        notes=tuple(notes),
    )


def _versions(label: str, version: Element, held: _Gathered) -> Iterator[Feature]:
    """A feature's values: a date, a text, a code, or the country of a place."""
    period = version.find("DatePeriod")
    if period is not None:
        yield Feature(label, _span(period))
    for detail in version.iterfind("VersionDetail"):
        text = (detail.text or "").strip() or held.name("DetailReference", detail.get("DetailReferenceID"))
        if text or period is None:
            yield Feature(label, text)
    for at in version.iterfind("VersionLocation"):
        if place := held.places.get(at.get("LocationID", "")):
            printed = place.address.text if place.address else place.country
            yield Feature(label, printed)


def _names(identity: Element, held: _Gathered) -> Iterator[Name]:
    groups = {
        group.get("ID", ""): held.name("NamePartType", group.get("NamePartTypeID"))
        for group in identity.iterfind("NamePartGroups/MasterNamePartGroup/NamePartGroup")
    }
    for alias in identity.iterfind("Alias"):
        primary = alias.get("Primary") == "true"
        former = held.name("AliasType", alias.get("AliasTypeID")).lower().startswith("f")
        for place, printed in enumerate(alias.iterfind("DocumentedName")):
            role = "primary" if primary and place == 0 else "former" if former else "alias"
            if text := _joined(printed, groups):
                yield Name(text, role, weak=alias.get("LowQuality") == "true")  # type: ignore[arg-type]


def _joined(printed: Element, groups: Mapping[str, str]) -> str:
    """The parts of a name in the order of the other formats: `LAST, First`; a body's name as it stands."""
    parts = [
        (groups.get(value.get("NamePartGroupID", ""), ""), (value.text or "").strip())
        for value in printed.iterfind("DocumentedNamePart/NamePartValue")
    ]
    family = " ".join(text for kind in _FAMILY for group, text in parts if group == kind)
    given = " ".join(text for kind in _GIVEN for group, text in parts if group == kind)
    rest = " ".join(text for group, text in parts if group not in {*_FAMILY, *_GIVEN})
    return ", ".join(part for part in (family, given, rest) if part)


def _relationship(record: Element, held: _Gathered) -> _Tie:
    more = [held.name("RelationQuality", record.get("RelationQualityID")), words(record, "Comment")]
    if record.get("Former") == "true":
        more.append("former")
    return _Tie(
        record.get("From-ProfileID", ""),
        record.get("To-ProfileID", ""),
        held.name("RelationType", record.get("RelationTypeID")),
        "; ".join(part for part in more if part),
    )


def _sanctions(record: Element, held: _Gathered, account: Account) -> None:
    number, name = record.get("ProfileID", ""), held.name("List", record.get("ListID"))
    days = [day for event in record.iterfind("EntryEvent/Date") if (day := _day(event))]
    list_id = list_named(name)
    if list_id is None:
        account.unclassified[f"list: {name}"] += 1
    elif list_id:
        held.lists.setdefault(number, {})[list_id] = min(days, default=None)
    for measure in record.iterfind("SanctionsMeasure"):
        kind = held.name("SanctionsType", measure.get("SanctionsTypeID"))
        comment = words(measure, "Comment")
        if kind == "Program" and comment:
            held.programs.setdefault(number, []).append(comment)
        elif note := type_note(kind, account, comment):
            held.measures.setdefault(number, []).append(note)


def _ties(held: _Gathered) -> tuple[dict[str, list[ListedTie]], dict[str, list[Remark]]]:
    """The ties of each party, read from it to the other end, and a remark where one was stored the other
    way.
    """
    ties: dict[str, list[ListedTie]] = defaultdict(list)
    turned: dict[str, list[Remark]] = defaultdict(list)
    for tie in held.ties:
        subject, other = tie.subject, tie.object
        if _wrong_way(tie, held):
            subject, other = other, subject
            turned[subject].append(
                Remark("tie_turned", f"{tie.kind!r} {_called(other, held)} is stored the other way round")
            )
        printed = f"{tie.kind} {_called(other, held)}"
        text = f"{printed} ({tie.detail})" if tie.detail else printed
        relation = slug(tie.kind).replace("-", "_")
        ties[subject].append(ListedTie(relation, _called(other, held), text, f"ofac-{other}"))
    return ties, turned


def _wrong_way(tie: _Tie, held: _Gathered) -> bool:
    """Whether the kinds of the ends allow the tie in the other direction only."""
    ends = [held.parties.get(number) for number in (tie.subject, tie.object)]
    if ends[0] is None or ends[1] is None:
        return False
    subject_is_person, object_is_person = (end.kind.lower() == "individual" for end in ends if end)
    kind = tie.kind.lower()
    return (kind in _MADE_BY_PERSONS and not subject_is_person and object_is_person) or (
        kind in _MADE_BY_BODIES and subject_is_person and not object_is_person
    )


def _called(number: str, held: _Gathered) -> str:
    entry = held.parties.get(number)
    return entry.names[0].text if entry and entry.names else f"profile {number}"


def _day(element: Element | None) -> dt.date | None:
    """Year, Month and Day below an element as one day; None when it is not a day of the calendar."""
    if element is None:
        return None
    numbers = [words(element, tag) for tag in ("Year", "Month", "Day")]
    if not all(number.isdigit() for number in numbers):
        return None
    span = year_month_day(*map(int, numbers))
    return span[0] if span else None


def _span(period: Element) -> str:
    """A date period as the other formats print it: `15 Jan 1955`, `Jan 1955`, `1955`, `1955 to 1957`,
    `circa 1955`.
    """
    ends = [
        day for path in ("Start/From", "Start/To", "End/From", "End/To") if (day := _day(period.find(path)))
    ]
    if not ends:
        return words(period, "Comment")
    first, last = min(ends), max(ends)
    circa = any(end.get("Approximate") == "true" for end in _children(period, ("Start", "End")))
    return f"circa {_printed(first, last)}" if circa else _printed(first, last)


def _children(element: Element, tags: Iterable[str]) -> Iterator[Element]:
    return (child for tag in tags for child in element.iterfind(tag))


def _printed(first: dt.date, last: dt.date) -> str:
    whole_years = (first.month, first.day, last.month, last.day) == (1, 1, 12, 31)
    if first == last:
        return f"{first:%d %b %Y}"
    if whole_years:
        return f"{first.year}" if first.year == last.year else f"{first.year} to {last.year}"
    if year_month_day(first.year, first.month) == (first, last):
        return f"{first:%b %Y}"
    return f"{first:%d %b %Y} to {last:%d %b %Y}"
