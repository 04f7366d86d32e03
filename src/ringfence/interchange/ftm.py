"""Listings as FollowTheMoney entities, one a line: parties, and the sanctions, addresses, documents and
ties about them.

A party on several lists is one entity with a sanction for each. Only properties that a schema has are used;
what has no property goes into its notes, word for word. A kind that the list does not state is `LegalEntity`,
never `Person`.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import BinaryIO

import msgspec

from ringfence.records import Address, Identifier, LegalList, Listing, PartialDate, Party, PartyKind
from ringfence.sources.places import country_code

SCHEMATA: dict[PartyKind, str] = {
    "company": "Company",
    "person": "Person",
    "government": "PublicBody",
    "organization": "Organization",
    "vessel": "Vessel",
    "aircraft": "Airplane",
    "address": "Address",
    "unknown": "LegalEntity",
}
"""What each kind of party is there. A kind is never guessed: unknown is the schema that claims least."""

_LEGAL = {
    "tax": "taxNumber",
    "registration": "registrationNumber",
    "uscc": "uscCode",
    "lei": "leiCode",
    "bic": "swiftBic",
    "duns": "dunsCode",
    "national_id": "idNumber",
    "license": "licenseNumber",
    "email": "email",
    "phone": "phone",
    "website": "website",
}
_BODY = {**_LEGAL, "imo": "imoNumber"}
_PROPERTIES: dict[str, dict[str, str]] = {
    "LegalEntity": _LEGAL,
    "Organization": _BODY,
    "PublicBody": _BODY,
    "Company": {**_BODY, "isin": "isinCode", "ticker": "ticker", "bik": "bikCode"},
    "Person": {**_LEGAL, "passport": "passportNumber"},
    "Vessel": {"imo": "imoNumber", "mmsi": "mmsi", "registration": "registrationNumber"},
    "Airplane": {
        "tail_number": "registrationNumber",
        "aircraft_serial": "serialNumber",
        "mode_s": "icaoCode",
    },
    "Address": {},
}
_OTHER_NUMBER = {"Vessel": "registrationNumber", "Airplane": "registrationNumber", "Address": "notes"}
_NO_DOCUMENT = frozenset({"email", "phone", "website", "wallet", "isin", "ticker"})
_COUNTRIES = {"UK": "gb", "EU": "eu", "UN": ""}
_PROGRAMS = {"us_bis_entity": "US-BIS-EL", "us_bis_meu": "US-BIS-MEU", "us_bis_unverified": "US-BIS-UVL"}
_LONGEST_ADDRESS = 250
"""Characters that FollowTheMoney accepts as an address; several joined in one cell are a note."""
_LONGEST_IDENTIFIER = 64
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}")
_OF_THE_PAST = frozenset({None, "AN", "CS", "SU", "YU"})
_NOT_ID = re.compile(r"[^0-9A-Za-z.-]+")

Entity = dict[str, object]


def write_ftm(listings: Iterable[Listing], legal: Mapping[str, LegalList], out: BinaryIO) -> int:
    """Write the entities of some listings, one a line; the number of entities written.

    `legal` says what each list is in law: its topic and its authority.
    """
    count = 0
    encode = msgspec.json.Encoder(order="deterministic").encode
    for entity in entities(listings, legal):
        out.write(encode(entity) + b"\n")
        count += 1
    return count


def entities(listings: Iterable[Listing], legal: Mapping[str, LegalList]) -> Iterator[Entity]:
    """The entities of some listings: each party once, with everything that its listings say together."""
    grouped: dict[str, list[Listing]] = {}
    for listing in listings:
        grouped.setdefault(listing.party.id, []).append(listing)
    for party_id, group in grouped.items():
        lists = sorted({listing.list for listing in group})
        schema = SCHEMATA[next((one.party.kind for one in group if one.party.kind != "unknown"), "unknown")]
        properties = _Properties()
        beside: dict[str, Entity] = {}
        for listing in group:
            _describe(listing.party, schema, properties)
            properties.add("topics", _topic(listing, legal[listing.list]))
            properties.add("notes", *listing.notes)
            for address in listing.party.addresses:
                _place(address, schema, properties, beside, lists)
            for identifier in listing.party.identifiers:
                _paper(party_id, identifier, beside, lists)
            _ties(listing, schema, properties, beside, lists)
        yield _entity(_id(party_id), schema, properties, lists, target=True)
        for listing in group:
            yield _sanction(listing, legal[listing.list])
        yield from beside.values()


class _Properties(dict[str, list[str]]):
    """Properties with many values, each once, in the order met."""

    def add(self, name: str, *values: str | None) -> None:
        """Add the values that are not empty and not there yet."""
        for value in values:
            if value and value not in self.setdefault(name, []):
                self[name].append(value)


def _entity(
    number: str, schema: str, properties: Mapping[str, list[str]], lists: list[str], *, target: bool
) -> Entity:
    filled = {name: values for name, values in properties.items() if values}
    names = filled.get("name") or filled.get("full") or filled.get("number") or [number]
    return {
        "id": number,
        "caption": names[0],
        "schema": schema,
        "properties": filled,
        "datasets": lists,
        "referents": [],
        "target": target,
    }


def _id(text: str) -> str:
    """An id that FollowTheMoney accepts: letters, digits, points and hyphens."""
    return _NOT_ID.sub("-", text).strip("-.")


def _codes(countries: Iterable[str | None]) -> Iterator[str]:
    """Country codes as FollowTheMoney writes them; what is no code of today is left to the notes."""
    return (found.lower() for code in countries if code and (found := _today(code)))


def _today(code: str) -> str | None:
    found = country_code(code) if len(code) == 2 else None
    return found if found not in _OF_THE_PAST else None


def _describe(party: Party, schema: str, properties: _Properties) -> None:
    for place, name in enumerate(party.names):
        role = "previousName" if name.role == "former" else "weakAlias" if name.weak else "alias"
        properties.add("name" if place == 0 else role, name.text)
    properties.add("country", *_codes(party.countries))
    properties.add("notes", *(f"country: {code}" for code in party.countries if not _today(code)))
    allowed = _PROPERTIES[schema]
    for identifier in party.identifiers:
        _number(identifier, schema, allowed, properties)
    if schema == "Person":
        properties.add("nationality", *_codes(party.nationalities))
        properties.add("citizenship", *_codes(party.citizenships))
        properties.add("birthDate", *(text for date in party.birth_dates for text in _dates(date)))
        properties.add("birthPlace", *party.birth_places)
        properties.add("position", *party.positions)
        properties.add("gender", party.gender if party.gender in {"male", "female"} else None)
    else:
        properties.add("notes", *party.positions, *(date.published for date in party.birth_dates))
        properties.add("notes", *party.birth_places)
    if party.vessel is None:
        return
    vessel = party.vessel
    if schema == "Vessel":
        properties.add("callSign", vessel.call_sign)
        properties.add("type", vessel.type)
        properties.add("tonnage", vessel.gross_tonnage)
        properties.add("grossRegisteredTonnage", vessel.gross_registered_tonnage)
    facts = (("flag", vessel.flag), ("owner", vessel.owner))
    properties.add("notes", *(f"{name}: {text}" for name, text in facts if text))


def _number(identifier: Identifier, schema: str, allowed: Mapping[str, str], properties: _Properties) -> None:
    if identifier.scheme == "wallet":
        return
    name = allowed.get(identifier.scheme)
    if not _fits(identifier):
        long = len(identifier.value) > _LONGEST_IDENTIFIER
        name = "notes" if long or identifier.scheme in _NO_DOCUMENT else None
    if name is None:
        name = _OTHER_NUMBER.get(schema, "idNumber" if identifier.scheme not in _NO_DOCUMENT else "notes")
    text = identifier.value
    properties.add(name, f"{identifier.label or identifier.scheme}: {text}" if name == "notes" else text)


def _fits(identifier: Identifier) -> bool:
    """Whether a value has the form that FollowTheMoney asks of its scheme."""
    if len(identifier.value) > _LONGEST_IDENTIFIER:
        return False
    match identifier.scheme:
        case "website":
            return " " not in identifier.value
        case "lei":
            return len(identifier.value) == 20
        case "imo":
            return len(re.sub(r"\D", "", identifier.value)) == 7
        case "phone":
            return identifier.value.startswith("+")
        case "email":
            return _EMAIL.fullmatch(identifier.value) is not None
    return True


def _dates(date: PartialDate) -> tuple[str, ...]:
    """A date as FollowTheMoney writes it: a day, a month or a year; both years of a span."""
    if date.first == date.last:
        return (str(date.first.year) if date.circa else date.first.isoformat(),)
    if (date.first.year, date.first.month) == (date.last.year, date.last.month):
        return (f"{date.first:%Y-%m}",)
    return tuple(dict.fromkeys((str(date.first.year), str(date.last.year))))


def _place(
    address: Address, schema: str, properties: _Properties, beside: dict[str, Entity], lists: list[str]
) -> None:
    if len(address.text) > _LONGEST_ADDRESS:
        properties.add("notes", f"address: {address.text}")
        return
    if schema == "Address":
        properties.add("full", address.text)
        return
    number = f"addr-{_id(_digest(address.text + (address.country or '')))}"
    properties.add("address", address.text)
    properties.add("addressEntity", number)
    parts = _Properties()
    parts.add("full", address.text)
    parts.add("city", address.city)
    parts.add("region", address.region)
    parts.add("postalCode", address.postal_code)
    parts.add("country", *_codes((address.country,)))
    beside[number] = _entity(number, "Address", parts, lists, target=False)


def _paper(party_id: str, identifier: Identifier, beside: dict[str, Entity], lists: list[str]) -> None:
    """A wallet, or a document for an identifier whose country is known; a property has no place for it."""
    if identifier.scheme == "wallet":
        wallet = _Properties()
        fits = len(identifier.value) <= _LONGEST_IDENTIFIER
        wallet.add("publicKey" if fits else "notes", identifier.value)
        wallet.add("holder", _id(party_id))
        wallet.add("currency", (identifier.label or "").rpartition(" ")[2] or None)
        number = f"wallet-{_digest(identifier.value)}"
        beside[number] = _entity(number, "CryptoWallet", wallet, lists, target=False)
        return
    if identifier.country is None or identifier.scheme in _NO_DOCUMENT:
        return
    number = f"doc-{_digest(f'{party_id} {identifier.scheme} {identifier.value} {identifier.country}')}"
    parts = _Properties()
    parts.add("holder", _id(party_id))
    fits = len(identifier.value) <= _LONGEST_IDENTIFIER
    parts.add("number" if fits else "description", identifier.value)
    parts.add("type", identifier.label or identifier.scheme)
    parts.add("country", *_codes((identifier.country,)))
    schema = "Passport" if identifier.scheme == "passport" else "Identification"
    beside[number] = _entity(number, schema, parts, lists, target=False)


def _ties(
    listing: Listing, schema: str, properties: _Properties, beside: dict[str, Entity], lists: list[str]
) -> None:
    """Ties to a party with an id are links; those to a name only are notes."""
    for tie in listing.ties:
        if tie.party is None or schema == "Address":
            properties.add("notes", tie.text or f"{tie.relation.replace('_', ' ')} {tie.name}")
            continue
        number = f"link-{_digest(f'{listing.party.id} {tie.relation} {tie.party}')}"
        parts = _Properties()
        parts.add("subject", _id(listing.party.id))
        parts.add("object", _id(tie.party))
        parts.add("role", tie.relation.replace("_", " "))
        parts.add("summary", tie.text)
        beside[number] = _entity(number, "UnknownLink", parts, lists, target=False)


def _sanction(listing: Listing, legal: LegalList) -> Entity:
    requirement, policy = listing.license_requirement, listing.license_review_policy
    parts = _Properties()
    parts.add("entity", _id(listing.party.id))
    parts.add("authority", legal.authority)
    parts.add("authorityId", *(str(citation) for citation in listing.citations))
    parts.add("program", legal.title, *listing.programs)
    parts.add("programId", _PROGRAMS.get(listing.list) or _id(listing.list).upper())
    country = _COUNTRIES.get(legal.jurisdiction, legal.jurisdiction.lower())
    parts.add("country", country if len(country) == 2 else None)
    parts.add("startDate", str(listing.valid_from) if listing.valid_from else None)
    parts.add("endDate", str(listing.valid_until) if listing.valid_until else None)
    parts.add("reason", requirement.text if requirement else None)
    parts.add("provisions", policy.text if policy else None)
    parts.add("summary", *listing.directives, *(f"footnote {footnote}" for footnote in listing.footnotes))
    parts.add("status", listing.reservation.text if listing.reservation else None)
    parts.add("sourceUrl", *listing.urls)
    parts.add("recordId", listing.id)
    return _entity(f"sanction-{_id(listing.id)}", "Sanction", parts, [listing.list], target=False)


def _topic(listing: Listing, legal: LegalList) -> str:
    """The topic of a list; of an entry without a certain effect, that there is a risk."""
    if listing.reservation is None:
        return legal.topic
    return "export.risk" if legal.topic.startswith("export.") else "poi"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:20]
