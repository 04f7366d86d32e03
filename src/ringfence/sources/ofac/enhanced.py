"""The enhanced XML of OFAC (`sanctionsData`): each entity with its lists and the days it came on them."""

import datetime as dt
from collections.abc import Collection, Iterator

from ringfence.records import Address, ListedTie, Listing, Name, parse_day
from ringfence.records.codec import slug
from ringfence.sources.document import Document
from ringfence.sources.ofac.entry import Feature, OfacEntry, address_of, listings_of, type_note
from ringfence.sources.ofac.terms import list_named
from ringfence.sources.row import Account
from ringfence.sources.xml_records import Element, Vocabulary, each, read_records, words

_ENTITY = Vocabulary(
    read="""
    entity@id entity/generalInfo generalInfo/entityType generalInfo/remarks generalInfo/title
    entity/sanctionsLists sanctionsLists/sanctionsList sanctionsList@datePublished
    entity/sanctionsPrograms sanctionsPrograms/sanctionsProgram entity/sanctionsTypes
    sanctionsTypes/sanctionsType
    entity/names names/name name/isPrimary name/isLowQuality name/aliasType name/translations
    translations/translation translation/isPrimary translation/formattedFullName
    entity/addresses addresses/address address/country address/translations
    translation/addressParts addressParts/addressPart addressPart/type addressPart/value
    entity/features features/feature feature/type feature/value feature/reliability feature/comments
    entity/identityDocuments identityDocuments/identityDocument identityDocument/type
    identityDocument/documentNumber
    identityDocument/isValid identityDocument/issuingCountry identityDocument/issuingLocation
    identityDocument/issuingAuthority identityDocument/issueDate identityDocument/expirationDate
    identityDocument/comments
    entity/relationships relationships/relationship relationship/type relationship/relatedEntity
    relatedEntity@entityId relationship/quality relationship/comments relationship/isFormer
    """,
    ignored="""
    generalInfo/identityId entityType@refId sanctionsList@refId sanctionsList@id sanctionsProgram@refId
    sanctionsProgram@id
    sanctionsType@refId sanctionsType@id entity/legalAuthorities legalAuthorities/legalAuthority
    legalAuthority@refId
    legalAuthority@id name@id aliasType@refId translation@id translation/script script@refId
    translation/formattedFirstName translation/formattedLastName translation/nameParts nameParts/namePart
    namePart@id
    namePart/type namePart/value type@refId address@id country@refId addressPart@id feature@id
    type@featureTypeId
    feature/versionId feature/valueRefId feature/valueDate valueDate@id valueDate/fromDateBegin
    valueDate/fromDateEnd
    valueDate/toDateBegin valueDate/toDateEnd valueDate/isApproximate valueDate/isDateRange feature/isPrimary
    reliability@refId identityDocument@id identityDocument/name name@nameId name@nameTranslationId
    issuingCountry@refId
    relationship@id quality@refId
    """,
)
"""Parts of names and of dates repeat what is read whole beside them; legal authorities say what the
programs say.
"""

_PUBLICATION = Vocabulary(
    read="publicationInfo/dataAsOf",
    ignored="publicationInfo/filters filters/sanctionsLists sanctionsLists/sanctionsList sanctionsList@refId",
)
_REFERENCES = Vocabulary(
    read="",
    ignored="""
    referenceValue@refId referenceValue/type referenceValue/value referenceValue/isoCode referenceValue/code
    featureType@featureTypeId featureType/type featureType/detailType detailType@refId
    featureType/publishExclude
    featureType/publishDescription featureType/publishOrder
    """,
)
"""The values are printed in full in each entity; the reference sets only number them."""

_PARTS = {
    "ADDRESS1": "street",
    "ADDRESS2": "street",
    "ADDRESS3": "street",
    "CITY": "city",
    "STATE/PROVINCE": "region",
    "REGION": "region",
    "POSTAL CODE": "postal_code",
}


def parse_enhanced(
    document: Document, source: str, wanted: Collection[str], account: Account
) -> Iterator[Listing]:
    """The listings of one release on the lists in `wanted`.

    Raises HeldBack when the file is damaged, LayoutChanged when it is another.
    """
    records = {
        "publicationInfo": _PUBLICATION,
        "referenceValue": _REFERENCES,
        "featureType": _REFERENCES,
        "entity": _ENTITY,
    }
    frames = "referenceValues featureTypes entities"
    for record in read_records(document, "sanctionsData", frames, records, account):
        if record.tag == "publicationInfo":
            account.published_on = parse_day(words(record, "dataAsOf"))
        if record.tag != "entity":
            continue
        account.rows += 1
        entry = _entry(record, account)
        if not entry.uid or not entry.names:
            account.refuse(account.rows, "no number or no name", entry.uid)
        elif not wanted & (entry.lists or {}).keys():
            account.refuse(account.rows, "an entry on none of the lists of this source", entry.names[0].text)
        else:
            yield from listings_of(entry, source, wanted, account)


def _entry(record: Element, account: Account) -> OfacEntry:
    notes = [text for text in (words(record, "generalInfo/remarks"),) if text]
    features = [*_features(record, notes), *_documents(record, account)]
    return OfacEntry(
        uid=record.get("id", ""),
        kind=words(record, "generalInfo/entityType"),
        names=tuple(_names(record)),
        programs=each(record, "sanctionsPrograms/sanctionsProgram", lambda one: (one.text or "").strip()),
        positions=tuple(p.strip() for p in words(record, "generalInfo/title").split(";") if p.strip()),
        addresses=tuple(found for one in record.iterfind("addresses/address") for found in _addresses(one)),
        features=tuple(features),
        notes=(*notes, *_types(record, account)),
        ties=tuple(_tie(one) for one in record.iterfind("relationships/relationship")),
        lists=_lists(record, account),
    )


def _types(record: Element, account: Account) -> tuple[str, ...]:
    """How the entry is sanctioned, where that is more than its list says."""
    return each(
        record,
        "sanctionsTypes/sanctionsType",
        lambda one: type_note((one.text or "").strip(), account) or "",
    )


def _lists(record: Element, account: Account) -> dict[str, dt.date | None]:
    """The lists an entry is on, each with the earliest day it was published there."""
    found: dict[str, dt.date | None] = {}
    for one in record.iterfind("sanctionsLists/sanctionsList"):
        name = (one.text or "").strip()
        list_id = list_named(name)
        if list_id is None:
            account.unclassified[f"list: {name}"] += 1
        elif list_id:
            day = parse_day(one.get("datePublished", ""))
            days = [known for known in (day, found.get(list_id)) if known]
            found[list_id] = min(days, default=None)
    return found


def _names(record: Element) -> Iterator[Name]:
    """The primary name first; each in the script it was translated from and into."""
    printed = sorted(record.iterfind("names/name"), key=lambda one: words(one, "isPrimary") != "true")
    for one in printed:
        primary = words(one, "isPrimary") == "true"
        kind = words(one, "aliasType").lower()
        weak = words(one, "isLowQuality") == "true"
        translations = sorted(
            one.iterfind("translations/translation"), key=lambda text: words(text, "isPrimary") != "true"
        )
        for place, translation in enumerate(translations):
            role = "primary" if primary and place == 0 else "former" if kind.startswith("f") else "alias"
            if text := words(translation, "formattedFullName"):
                yield Name(text, role, weak=weak)  # type: ignore[arg-type]


def _addresses(element: Element) -> Iterator[Address]:
    """One address in each script it is printed in."""
    for translation in element.iterfind("translations/translation"):
        parts: dict[str, str] = {}
        for part in translation.iterfind("addressParts/addressPart"):
            field = _PARTS.get(words(part, "type"), "street")
            parts[field] = ", ".join(text for text in (parts.get(field), words(part, "value")) if text)
        if found := address_of(parts, words(element, "country")):
            yield found


def _features(record: Element, notes: list[str]) -> Iterator[Feature]:
    for one in record.iterfind("features/feature"):
        label, value = words(one, "type"), words(one, "value")
        if comment := words(one, "comments"):
            notes.append(f"{label} {value}: {comment}")
        if (reliability := words(one, "reliability")) and reliability != "Confirmed":
            notes.append(f"{label} {value}: {reliability.lower()}")
        yield Feature(label, value)


def _documents(record: Element, account: Account) -> Iterator[Feature]:
    for one in record.iterfind("identityDocuments/identityDocument"):
        label = words(one, "type")
        more = [words(one, path) for path in ("issuingAuthority", "issuingLocation", "comments")]
        if words(one, "isValid") == "false":
            more.append("not valid")
        issued, expires = words(one, "issueDate"), words(one, "expirationDate")
        yield Feature(
            label,
            words(one, "documentNumber"),
            words(one, "issuingCountry") or None,
            issued or None,
            expires or None,
            ", ".join(part for part in more if part) or None,
        )
        if not label:
            account.unclassified["identity document without a type"] += 1


def _tie(element: Element) -> ListedTie:
    kind = words(element, "type")
    related = element.find("relatedEntity")
    name = (related.text or "").strip() if related is not None else ""
    number = related.get("entityId") if related is not None else None
    more = [words(element, "quality"), words(element, "comments")]
    if words(element, "isFormer") == "true":
        more.append("former")
    printed = f"{kind} {name}"
    detail = "; ".join(part for part in more if part)
    return ListedTie(
        slug(kind).replace("-", "_"),
        name,
        f"{printed} ({detail})" if detail else printed,
        f"ofac-{number}" if number else None,
    )
