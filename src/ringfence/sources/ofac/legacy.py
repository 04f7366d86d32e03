"""The legacy XML of OFAC (`sdnList`), in either of its namespaces."""

import re
from collections.abc import Collection, Iterator

from ringfence.errors import HeldBack
from ringfence.records import Address, Listing, Name, parse_day
from ringfence.sources.document import Document
from ringfence.sources.ofac.entry import Feature, OfacEntry, address_of, listings_of, only_outside_sdn
from ringfence.sources.row import Account
from ringfence.sources.xml_records import Element, Vocabulary, each, read_records, words

_ENTRY = Vocabulary(
    read="""
    sdnEntry/uid sdnEntry/firstName sdnEntry/lastName sdnEntry/title sdnEntry/sdnType sdnEntry/remarks
    sdnEntry/programList programList/program
    sdnEntry/idList idList/id id/idType id/idNumber id/idCountry id/issueDate id/expirationDate
    sdnEntry/akaList akaList/aka aka/type aka/category aka/firstName aka/lastName
    sdnEntry/addressList addressList/address address/address1 address/address2 address/address3 address/city
    address/stateOrProvince address/postalCode address/country
    sdnEntry/nationalityList nationalityList/nationality nationality/country
    sdnEntry/citizenshipList citizenshipList/citizenship citizenship/country
    sdnEntry/dateOfBirthList dateOfBirthList/dateOfBirthItem dateOfBirthItem/dateOfBirth
    sdnEntry/placeOfBirthList placeOfBirthList/placeOfBirthItem placeOfBirthItem/placeOfBirth
    sdnEntry/vesselInfo vesselInfo/callSign vesselInfo/vesselType vesselInfo/vesselFlag vesselInfo/vesselOwner
    vesselInfo/tonnage vesselInfo/grossRegisteredTonnage
    """,
    ignored="""
    id/uid aka/uid address/uid nationality/uid citizenship/uid dateOfBirthItem/uid placeOfBirthItem/uid
    nationality/mainEntry citizenship/mainEntry dateOfBirthItem/mainEntry placeOfBirthItem/mainEntry
    """,
)
_PUBLICATION = Vocabulary(read="publshInformation/Publish_Date publshInformation/Record_Count")
_LINKED_TO = re.compile(r"\(Linked To: (.+?)\)(?=\s*(?:[.;(]|$))", re.IGNORECASE)
_VESSEL = {
    "call_sign": "callSign",
    "type": "vesselType",
    "flag": "vesselFlag",
    "owner": "vesselOwner",
    "gross_tonnage": "tonnage",
    "gross_registered_tonnage": "grossRegisteredTonnage",
}


def parse_legacy(
    document: Document, source: str, wanted: Collection[str], account: Account
) -> Iterator[Listing]:
    """The listings of one release on the lists in `wanted`.

    Raises HeldBack when the file is damaged or holds another number of entries than it says.
    """
    counted: int | None = None
    records = {"sdnEntry": _ENTRY, "publshInformation": _PUBLICATION}
    for record in read_records(document, "sdnList", "", records, account):
        if record.tag == "publshInformation":
            account.published_on = parse_day(words(record, "Publish_Date"))
            counted = int(words(record, "Record_Count") or -1)
            continue
        account.rows += 1
        entry = _entry(record)
        if not entry.uid.isdigit() or not entry.names[0].text:
            account.refuse(account.rows, "no number or no name", entry.uid)
        elif "us_ofac_sdn" in wanted and only_outside_sdn(entry.programs):
            account.refuse(
                account.rows,
                f"an entry of program {', '.join(entry.programs)} is not on the SDN List",
                entry.names[0].text,
            )
        else:
            yield from listings_of(entry, source, wanted, account)
    if counted is not None and counted != account.rows:
        raise HeldBack(
            f"{document.name}: the file says {counted:,} entries and holds {account.rows:,}. It is not "
            f"whole; get it again."
        )


def _entry(record: Element) -> OfacEntry:
    aliases = tuple(
        Name(
            _name(aka),
            "former" if words(aka, "type").lower().startswith("f") else "alias",
            weak=words(aka, "category").lower() == "weak",
        )
        for aka in record.iterfind("akaList/aka")
    )
    facts = [
        Feature(label, value)
        for label, path in (
            ("DOB", "dateOfBirthList/dateOfBirthItem/dateOfBirth"),
            ("POB", "placeOfBirthList/placeOfBirthItem/placeOfBirth"),
            ("nationality", "nationalityList/nationality/country"),
            ("citizen", "citizenshipList/citizenship/country"),
        )
        for value in each(record, path, lambda element: (element.text or "").strip())
    ]
    facts += [
        Feature(
            words(one, "idType"),
            words(one, "idNumber"),
            words(one, "idCountry") or None,
            words(one, "issueDate") or None,
            words(one, "expirationDate") or None,
        )
        for one in record.iterfind("idList/id")
    ]
    vessel = {field: text for field, tag in _VESSEL.items() if (text := words(record, f"vesselInfo/{tag}"))}
    notes, ties = _remarks(words(record, "remarks"))
    return OfacEntry(
        uid=words(record, "uid"),
        kind=words(record, "sdnType"),
        names=(Name(_name(record)), *aliases),
        programs=each(record, "programList/program", lambda element: (element.text or "").strip()),
        positions=tuple(part.strip() for part in words(record, "title").split(";") if part.strip()),
        addresses=tuple(found for one in record.iterfind("addressList/address") if (found := _address(one))),
        features=(*facts, *ties),
        vessel=vessel,
        notes=notes,
    )


def _name(element: Element) -> str:
    return ", ".join(part for tag in ("lastName", "firstName") if (part := words(element, tag)))


def _address(element: Element) -> Address | None:
    street = ", ".join(part for tag in ("address1", "address2", "address3") if (part := words(element, tag)))
    parts = {
        "street": street,
        "city": words(element, "city"),
        "region": words(element, "stateOrProvince"),
        "postal_code": words(element, "postalCode"),
    }
    return address_of(parts, words(element, "country"))


def _remarks(text: str) -> tuple[tuple[str, ...], tuple[Feature, ...]]:
    """The notes in the remarks, and `(Linked To: X)` as a feature of its own."""
    features = tuple(Feature("Linked To:", found.strip()) for found in _LINKED_TO.findall(text))
    rest = _LINKED_TO.sub("", text).strip(" ;")
    return ((rest,) if rest else ()), features
