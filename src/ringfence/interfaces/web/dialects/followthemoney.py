"""Listings as FollowTheMoney entities, and FollowTheMoney examples as questions.

One entity a listing, under the listing's id; its entry on the list is a `Sanction`, its addresses are
`Address`, its stated ties `UnknownLink`, each under the listing's id and a mark after `~`. Countries are in
lower case there. What has no property of its own goes into `notes`, so nothing is lost.

`first_seen` is the day the entry took effect (None where the publication does not say), `last_seen` the day
of the release that prints it, `last_change` the day its present text took effect.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

import msgspec

from ringfence import Listing, Query
from ringfence.errors import QueryError
from ringfence.interfaces.batch.countries import countries_in
from ringfence.records import Identifier, LegalList, PartialDate, PartyKind, parse_partial

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

KINDS: dict[str, PartyKind] = {
    **{schema: kind for kind, schema in SCHEMATA.items()},
    "Thing": "unknown",
    "CryptoWallet": "unknown",
    "Security": "unknown",
}
"""What each schema that may be asked for is here."""

PROPERTIES = {
    "lei": "leiCode",
    "uscc": "uscCode",
    "bic": "swiftBic",
    "tax": "taxNumber",
    "registration": "registrationNumber",
    "imo": "imoNumber",
    "mmsi": "mmsi",
    "passport": "passportNumber",
    "national_id": "idNumber",
    "isin": "isinCode",
    "ticker": "ticker",
    "inn": "innCode",
    "ogrn": "ogrnCode",
    "duns": "dunsCode",
    "website": "website",
    "email": "email",
    "phone": "phone",
}
"""The property of each scheme of identifiers."""

_ONLY = {
    "imoNumber": {"Vessel", "Company", "Organization", "PublicBody"},
    "mmsi": {"Vessel"},
    "passportNumber": {"Person"},
    "isinCode": {"Company"},
    "ticker": {"Company"},
    "registrationNumber": {"Vessel", "Airplane"},
}
_NOT_LEGAL = {"Vessel", "Airplane", "Address"}
_NAMES = ("name", "alias", "weakAlias", "previousName", "abbreviation")
_COUNTRIES = ("country", "jurisdiction", "mainCountry", "nationality", "citizenship", "birthCountry", "flag")
_ADDRESSES = ("address", "full")

Value = str | dict[str, Any]


class Entity(msgspec.Struct, frozen=True, omit_defaults=False, kw_only=True):
    """An entity as FollowTheMoney writes it."""

    id: str
    caption: str
    schema: str
    properties: dict[str, list[Any]]
    datasets: tuple[str, ...]
    referents: tuple[str, ...] = ()
    target: bool = True
    first_seen: dt.date | None = None
    last_seen: dt.date | None = None
    last_change: dt.date | None = None


def entity(listing: Listing, legal: LegalList, seen: dt.date) -> Entity:
    """The listed party; `seen` is the day of the release that prints it."""
    party, schema = listing.party, SCHEMATA[listing.party.kind]
    found: dict[str, list[Any]] = {}

    def put(name: str, values: Iterable[str | None]) -> None:
        kept = [value for value in values if value]
        if kept:
            found[name] = list(dict.fromkeys([*found.get(name, []), *kept]))

    put("name", [party.name])
    for other in party.names[1:]:
        put(
            "previousName" if other.role == "former" else "weakAlias" if other.weak else "alias", [other.text]
        )
    put("country", [*map(str.lower, party.countries), (listing.destination or "").lower()])
    put("address", [one.text for one in party.addresses])
    put("topics", [legal.topic])
    put("programId", [legal.id])
    put("program", listing.programs)
    put("sourceUrl", listing.urls)
    notes = [*listing.notes, *(remark.text for remark in listing.remarks)]
    if schema == "Person":
        put("nationality", map(str.lower, party.nationalities))
        put("citizenship", map(str.lower, party.citizenships))
        put("birthDate", [partial(date) for date in party.birth_dates])
        put("birthPlace", party.birth_places)
        put("gender", [party.gender])
        put("position", party.positions)
    else:
        notes += [*party.positions, *(date.published for date in party.birth_dates)]
    if party.vessel:
        if schema == "Vessel":
            put("callSign", [party.vessel.call_sign])
            put("type", [party.vessel.type])
            put("flag", countries(party.vessel.flag or ""))
            put("tonnage", [party.vessel.gross_tonnage])
            put("grossRegisteredTonnage", [party.vessel.gross_registered_tonnage])
        notes += [f"owner: {party.vessel.owner}"] if party.vessel.owner else []
    for one in party.identifiers:
        name = _property(one.scheme, schema)
        if name is None:
            notes.append(f"{one.label or one.scheme}: {one.value}")
        else:
            put(name, [one.value])
    put("notes", notes)
    return Entity(
        id=listing.id,
        caption=party.name,
        schema=schema,
        properties=found,
        datasets=(listing.list,),
        referents=(party.id,),
        first_seen=listing.valid_from,
        last_seen=seen,
        last_change=listing.version_from or listing.valid_from,
    )


def adjacent(listing: Listing, legal: LegalList, seen: dt.date) -> dict[str, list[Entity]]:
    """What is tied to the listed party, by the property that ties it."""
    shared: dict[str, Any] = {
        "datasets": (listing.list,),
        "target": False,
        "first_seen": listing.valid_from,
        "last_seen": seen,
        "last_change": listing.version_from or listing.valid_from,
    }
    found: dict[str, list[Entity]] = {"sanctions": [_sanction(listing, legal, shared)]}
    for number, address in enumerate(listing.party.addresses, start=1):
        properties = {
            "full": [address.text],
            "city": [address.city] if address.city else [],
            "region": [address.region] if address.region else [],
            "postalCode": [address.postal_code] if address.postal_code else [],
            "country": [address.country.lower()] if address.country else [],
        }
        found.setdefault("addressEntity", []).append(
            Entity(
                id=f"{listing.id}~address-{number}",
                caption=address.text,
                schema="Address",
                properties={name: values for name, values in properties.items() if values},
                **shared,
            )
        )
    for number, tie in enumerate(listing.ties, start=1):
        other = Entity(
            id=tie.party or f"{listing.id}~tie-{number}-party",
            caption=tie.name,
            schema="LegalEntity",
            properties={"name": [tie.name]},
            **shared,
        )
        found.setdefault("unknownLinkFrom", []).append(
            Entity(
                id=f"{listing.id}~tie-{number}",
                caption=tie.text or f"{tie.relation.replace('_', ' ')} {tie.name}",
                schema="UnknownLink",
                properties={
                    "subject": [listing.id],
                    "object": [other],
                    "role": [tie.relation.replace("_", " ")],
                },
                **shared,
            )
        )
    return found


def nested(listing: Listing, legal: LegalList, seen: dt.date) -> Entity:
    """The listed party with everything tied to it inside its properties."""
    found = entity(listing, legal, seen)
    return msgspec.structs.replace(found, properties={**found.properties, **adjacent(listing, legal, seen)})


def _sanction(listing: Listing, legal: LegalList, shared: Mapping[str, Any]) -> Entity:
    requirement, policy = listing.license_requirement, listing.license_review_policy
    properties = {
        "entity": [listing.id],
        "authority": [legal.authority],
        "program": [legal.title],
        "programId": [legal.id],
        "country": [legal.jurisdiction.lower()],
        "authorityId": [str(citation) for citation in listing.citations],
        "startDate": [str(listing.valid_from)] if listing.valid_from else [],
        "endDate": [str(listing.valid_until)] if listing.valid_until else [],
        "reason": [requirement.text] if requirement else [],
        "provisions": [policy.text] if policy else [legal.effect],
        "sourceUrl": list(listing.urls),
    }
    return Entity(
        id=f"{listing.id}~entry",
        caption=legal.title,
        schema="Sanction",
        properties={name: values for name, values in properties.items() if values},
        **shared,
    )


def _property(scheme: str, schema: str) -> str | None:
    """The property that holds identifiers of a scheme; None where the schema has none."""
    name = PROPERTIES.get(scheme)
    if name is None:
        return None if schema in _NOT_LEGAL else "idNumber"
    if name in _ONLY and schema in _ONLY[name]:
        return name
    if schema in _NOT_LEGAL:
        return None
    if name in _ONLY and name != "registrationNumber":
        return "idNumber"
    return name


def partial(date: PartialDate) -> str:
    """A date with no more of it than is known: `1965`, `1965-04` or `1965-04-12`."""
    if date.first == date.last:
        return str(date.first)
    if (date.first.year, date.first.month) == (date.last.year, date.last.month):
        return f"{date.first:%Y-%m}"
    return f"{date.first:%Y}"


def countries(text: str) -> list[str]:
    """The countries that a text names, as codes in lower case."""
    return [code.lower() for code in countries_in(text)[0]]


Text = Annotated[str, msgspec.Meta(max_length=10_000)]
Texts = Annotated[list[Text], msgspec.Meta(max_length=100)]


class Example(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A party described by example: a schema and some of its properties, each with one value or several."""

    schema: Annotated[str, msgspec.Meta(max_length=100)] = "LegalEntity"
    properties: dict[str, Text | Texts] = {}
    id: Annotated[str, msgspec.Meta(max_length=1_000)] | None = None

    def query(self, path: str) -> tuple[Query, list[str]]:
        """The question, and the properties that it does not use. Raises QueryError with the path at fault."""
        if self.schema not in KINDS:
            raise QueryError(
                f"{self.schema[:60]!r} is not a schema that can be matched: {', '.join(sorted(KINDS))}.",
                f"{path}.schema",
            )
        values = {
            name: [one for one in ([given] if isinstance(given, str) else given) if one.strip()]
            for name, given in self.properties.items()
        }
        names = [one for name in _NAMES for one in values.get(name, [])]
        parts = {name: " ".join(values.get(name, [])) for name in ("firstName", "middleName", "lastName")}
        if not names and any(parts.values()):
            names = [" ".join(part for part in parts.values() if part)]
        schemes = {name: scheme for scheme, name in PROPERTIES.items()}
        born = values.get("birthDate", [])
        query = Query(
            name=names[0] if names else "",
            id=self.id,
            kind=KINDS[self.schema],
            aliases=tuple(dict.fromkeys(names[1:])),
            countries=tuple(
                dict.fromkeys(
                    code.upper()
                    for name in _COUNTRIES
                    for one in values.get(name, [])
                    for code in countries(one)
                )
            ),
            address="; ".join(one for name in _ADDRESSES for one in values.get(name, [])) or None,
            city=next(iter(values.get("city", [])), None),
            postal_code=next(iter(values.get("postalCode", [])), None),
            birth_date=next(filter(None, map(parse_partial, born)), None),
            identifiers=tuple(
                Identifier(scheme=schemes[name], value=one)
                for name, given in values.items()
                if name in schemes
                for one in given
            ),
        )
        used = {*_NAMES, *_COUNTRIES, *_ADDRESSES, *schemes, *parts, "city", "postalCode", "birthDate"}
        return query, sorted(values.keys() - used)
