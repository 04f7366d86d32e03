"""Listings as FollowTheMoney entities for the dialects, and FollowTheMoney examples as questions.

One entity a listing, under the listing's id; what is tied to it (its entry on the list as a `Sanction`, addresses,
documents, ties) stands under that id and a mark after `~`. `first_seen` is the day the entry took effect (None where
the publication does not say), `last_seen` the day of the release that prints it, `last_change` the day its present
text took effect.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from ringfence import Listing, Query
from ringfence.errors import QueryError
from ringfence.interchange.ftm import SCHEMATA, entities
from ringfence.interfaces.batch.countries import countries_in
from ringfence.records import Identifier, LegalList, PartyKind, parse_partial

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
"""The property by which each scheme of identifiers is asked for."""

_NAMES = ("name", "alias", "weakAlias", "previousName", "abbreviation")
_COUNTRIES = ("country", "jurisdiction", "mainCountry", "nationality", "citizenship", "birthCountry", "flag")
_ADDRESSES = ("address", "full")

_REVERSE = {
    "Sanction": ("entity", "sanctions"),
    "Identification": ("holder", "identification"),
    "Passport": ("holder", "identification"),
    "CryptoWallet": ("holder", "cryptoWallets"),
    "UnknownLink": ("subject", "unknownLinkFrom"),
}
"""The property by which an entity points at its party, and its name seen from there."""


class Entity(msgspec.Struct, frozen=True, kw_only=True):
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


def told(listing: Listing, legal: LegalList, seen: dt.date) -> tuple[Entity, dict[str, list[Entity]]]:
    """The listed party, and what is tied to it by the property that ties it.

    `seen` is the day of the release that prints it.
    """
    party, *others = entities([listing], {listing.list: legal})
    names = {str(one["id"]): f"{listing.id}~{one['id']}" for one in others} | {str(party["id"]): listing.id}

    def named(one: Mapping[str, Any]) -> Entity:
        pointers = {"addressEntity", *(pointer for pointer, _ in _REVERSE.values())}
        properties = {
            name: [names.get(value, value) for value in values] if name in pointers else list(values)
            for name, values in one["properties"].items()
        }
        caption = one["caption"] if one["caption"] != one["id"] else None
        return Entity(
            id=names[one["id"]],
            caption=caption
            or next(iter(properties.get("program") or properties.get("role") or [one["schema"]])),
            schema=one["schema"],
            properties=properties,
            datasets=(listing.list,),
            referents=(listing.party.id,) if one is party else (),
            target=one is party,
            first_seen=listing.valid_from,
            last_seen=seen,
            last_change=listing.version_from or listing.valid_from,
        )

    tied: dict[str, list[Entity]] = {}
    for one in map(named, others):
        _, name = _REVERSE.get(one.schema, ("", "addressEntity"))
        tied.setdefault(name, []).append(one)
    return named(party), tied


def entity(listing: Listing, legal: LegalList, seen: dt.date) -> Entity:
    """The listed party alone."""
    return told(listing, legal, seen)[0]


def adjacent(listing: Listing, legal: LegalList, seen: dt.date) -> dict[str, list[Entity]]:
    """What is tied to the listed party, by the property that ties it."""
    return told(listing, legal, seen)[1]


def nested(listing: Listing, legal: LegalList, seen: dt.date) -> Entity:
    """The listed party with everything tied to it inside its properties."""
    party, tied = told(listing, legal, seen)
    return msgspec.structs.replace(party, properties={**party.properties, **tied})


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
