"""FollowTheMoney entities, one a line, into listings.

Parties, sanctions, addresses, documents and ties are entities of their own that point at each other, in any
order. A party is listed when a sanction points at it, when it has a topic, or when the data set calls it a
target; the others are there to be pointed at. One listing is made of each sanction of a listed party.
"""

import datetime as dt
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import resources
from typing import Any

import msgspec

from ringfence.errors import HeldBack, LayoutChanged
from ringfence.records import (
    Address,
    Identifier,
    ListedTie,
    Listing,
    Name,
    Party,
    PartyKind,
    Vessel,
    parse_citations,
    parse_day,
    parse_partial,
)
from ringfence.records.codec import canonical, from_json, slug
from ringfence.sources.document import Document
from ringfence.sources.row import Account

_DOCUMENTS = frozenset({"Passport", "Identification"})
_SANCTION_TEXTS = ("reason", "provisions", "status", "duration", "summary", "description", "unscId")
_SANCTION_READ = frozenset(
    {
        *_SANCTION_TEXTS,
        "entity",
        "authority",
        "authorityId",
        "program",
        "programId",
        "startDate",
        "endDate",
        "listingDate",
        "sourceUrl",
    }
)
_SANCTION_IGNORED = frozenset(
    {"recordId", "country", "programUrl", "date", "publisher", "publisherUrl", "modifiedAt", "retrievedAt"}
)


class _Properties(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    properties: tuple[str, ...]
    keys: tuple[str, ...] = ()
    schemata: tuple[str, ...] = ()


class _Terms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    kinds: dict[str, PartyKind]
    ties: dict[str, tuple[str, str, str, str]]
    identifiers: dict[str, str]
    names: dict[str, str]
    vessel: dict[str, str]
    facts: _Properties
    ignored: _Properties


class _Entity(msgspec.Struct):
    """One entity as published; `row` is its line."""

    id: str
    schema: str
    row: int
    properties: dict[str, list[str]]
    datasets: list[str]
    target: bool

    def all(self, *names: str) -> list[str]:
        """The values of some properties, in order, each once."""
        return list(dict.fromkeys(value for name in names for value in self.properties.get(name, ())))

    def first(self, name: str) -> str:
        """The first value of a property; empty when it has none."""
        return next(iter(self.properties.get(name, ())), "")


@cache
def _terms() -> _Terms:
    text = resources.files(__package__).joinpath("terms.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), _Terms)


def parse(document: Document, account: Account) -> Iterator[Listing]:
    """The listings of a data set that is named in its own entities.

    Raises LayoutChanged when they name none, or several.
    """
    entities = _read(document, account)
    datasets = {name for entity in entities.values() for name in entity.datasets}
    if len(datasets) != 1:
        raise LayoutChanged(
            f"{document.name}: the entities name {len(datasets)} data sets. Say which list they are to be: "
            f"ringfence refresh ftm_NAME --file {document.name}"
        )
    return _listings(f"ftm_{slug(datasets.pop()).replace('-', '_')}", entities, account)


def parse_member(list_id: str, document: Document, account: Account) -> Iterator[Listing]:
    """The listings of a data set as the list `list_id`.

    Raises HeldBack when the file is cut off or is not FollowTheMoney JSON.
    """
    return _listings(list_id, _read(document, account), account)


def _read(document: Document, account: Account) -> dict[str, _Entity]:
    if document.parts or document.format != "json":
        raise HeldBack(
            f"{document.name}: this is {'several files' if document.parts else document.format}, not "
            f"FollowTheMoney JSON "
            f"with one entity a line. Download it again from the publisher."
        )
    found: dict[str, _Entity] = {}
    for row, line in enumerate(document.data.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            record = from_json(line)
        except ValueError as error:
            raise HeldBack(
                f"{document.name}: row {row:,} is not JSON ({error}). The file is cut off or not one entity "
                f"a line; get it "
                f"again from the publisher."
            ) from None
        if not isinstance(record, dict) or not isinstance(record.get("properties"), dict):
            raise LayoutChanged(
                f"{document.name}: row {row:,} is not a FollowTheMoney entity (id, schema, properties)."
            )
        account.rows += 1
        _take(record, row, found, account)
    return found


def _take(record: dict[str, Any], row: int, found: dict[str, _Entity], account: Account) -> str:
    """Put an entity, and those nested in it, among the others; its id."""
    terms = _terms()
    for key in record.keys() - {"id", "schema", "properties", "datasets", "target"}:
        counter = account.ignored if key in terms.ignored.keys else account.unclassified
        counter[f"entity: {key}"] += 1
    for key in ("last_seen", "last_change"):
        if seen := str(record.get(key) or "")[:10]:
            account.saw_day(seen)
    number, schema = str(record.get("id", "")), str(record.get("schema", ""))
    properties: dict[str, list[str]] = {}
    for name, values in record["properties"].items():
        flat = values if isinstance(values, list) else [values]
        properties[name] = [
            _take(value, row, found, account)
            if isinstance(value, dict) and "properties" in value
            else str(value).strip()
            for value in flat
            if value not in (None, "")
        ]
    if (before := found.get(number)) is not None:
        for name, texts in properties.items():
            before.properties[name] = list(dict.fromkeys((*before.properties.get(name, ()), *texts)))
        before.target = before.target or bool(record.get("target"))
    else:
        found[number] = _Entity(
            number, schema, row, properties, list(record.get("datasets") or ()), bool(record.get("target"))
        )
    return number


def _listings(list_id: str, entities: dict[str, _Entity], account: Account) -> Iterator[Listing]:
    terms = _terms()
    sanctions: dict[str, list[_Entity]] = defaultdict(list)
    papers: dict[str, list[_Entity]] = defaultdict(list)
    ties: dict[str, list[ListedTie]] = defaultdict(list)
    for entity in entities.values():
        if entity.schema == "Sanction":
            for holder in entity.all("entity"):
                sanctions[holder].append(entity)
        elif entity.schema in _DOCUMENTS:
            for holder in entity.all("holder"):
                papers[holder].append(entity)
        elif entity.schema in terms.ties:
            _tie(entity, entities, ties)
        elif entity.schema in terms.ignored.schemata:
            account.ignored[f"schema: {entity.schema}"] += 1
        elif entity.schema not in terms.kinds:
            account.unclassified[f"schema: {entity.schema}"] += 1
    for entity in entities.values():
        if entity.schema not in terms.kinds:
            continue
        if not (entity.target or sanctions[entity.id] or entity.all("topics")):
            account.ignored[f"not listed: {entity.schema}"] += 1
        elif not entity.all("name", "full", "alias") or not entity.id:
            account.refuse(entity.row, "no name or no id", entity.id)
        else:
            party, notes = _party(entity, entities, papers[entity.id], account)
            for listing in _of_party(
                list_id, entity, party, notes, sanctions[entity.id], ties[entity.id], account
            ):
                account.entries += 1
                account.lists[list_id] += 1
                yield listing


def _of_party(
    list_id: str,
    entity: _Entity,
    party: Party,
    notes: tuple[str, ...],
    sanctions: Iterable[_Entity],
    ties: Iterable[ListedTie],
    account: Account,
) -> Iterator[Listing]:
    """One listing for each sanction of a party; one for the party when it has none."""
    plain = Listing(
        id=f"{list_id}:{entity.id}",
        list=list_id,
        source=list_id,
        party=party,
        programs=tuple(entity.all("programId", "program")),
        ties=tuple(dict.fromkeys(ties)),
        notes=(*(f"topic: {topic}" for topic in entity.all("topics")), *notes),
        urls=tuple(entity.all("sourceUrl")),
    )
    made = sorted((_sanctioned(plain, one, account) for one in sanctions), key=canonical) or [plain]
    for place, listing in enumerate(made, start=1):
        yield listing if place == 1 else msgspec.structs.replace(listing, id=f"{listing.id}~{place}")


def _sanctioned(plain: Listing, sanction: _Entity, account: Account) -> Listing:
    for name in sanction.properties.keys() - _SANCTION_READ:
        counter = account.ignored if name in _SANCTION_IGNORED else account.unclassified
        counter[f"Sanction: {name}"] += 1
    days = [
        day for name in ("startDate", "listingDate") for text in sanction.all(name) if (day := _day(text))
    ]
    ends = [day for text in sanction.all("endDate") if (day := _day(text))]
    for day in days:
        account.saw_day(day)
    cited = sanction.all("authorityId")
    texts = [f"{name}: {text}" for name in _SANCTION_TEXTS for text in sanction.all(name)]
    texts += [f"authority: {text}" for text in sanction.all("authority")]
    citations = parse_citations("; ".join(cited))
    if citations.unread:
        texts.append(f"authorityId: {'; '.join(cited)}")
    return msgspec.structs.replace(
        plain,
        programs=tuple(dict.fromkeys((*sanction.all("programId", "program"), *plain.programs))),
        citations=citations.found,
        valid_from=min(days, default=None),
        valid_until=max(ends, default=None),
        dated_by="start_date" if days else None,
        notes=tuple(dict.fromkeys((*plain.notes, *texts))),
        urls=tuple(dict.fromkeys((*sanction.all("sourceUrl"), *plain.urls))),
    )


def _day(text: str) -> dt.date | None:
    """A day; the first day of a month or year that is all the text gives."""
    span = parse_partial(text)
    return parse_day(text) or (span.first if span else None)


def _party(
    entity: _Entity, entities: dict[str, _Entity], papers: Iterable[_Entity], account: Account
) -> tuple[Party, tuple[str, ...]]:
    """The party of an entity, and the properties that have no place in one as notes."""
    terms = _terms()
    vessel_like = entity.schema in {"Vessel", "Airplane"}
    addresses = tuple(_addresses(entity, entities))
    nationalities = _codes(entity.all("nationality"))
    citizenships = _codes(entity.all("citizenship"))
    countries = (
        *_codes(entity.all("country", "jurisdiction", "mainCountry")),
        *(address.country for address in addresses),
        *nationalities,
        *citizenships,
    )
    identifiers = [
        Identifier(scheme, value, label=name)
        for name, scheme in terms.identifiers.items()
        for value in entity.all(name)
    ]
    identifiers += [
        Identifier(
            "passport" if paper.schema == "Passport" else "national_id",
            number,
            next(iter(_codes(paper.all("country"))), None),
            paper.first("type") or paper.schema,
        )
        for paper in papers
        for number in paper.all("number", "passportNumber")
    ]
    vessel = {
        field: ", ".join(entity.all(name))
        for name, field in terms.vessel.items()
        if vessel_like and entity.all(name)
    }
    taken = {
        *terms.names,
        *terms.identifiers,
        *terms.facts.properties,
        *(terms.vessel if vessel_like else ()),
    }
    if entity.schema == "Address":
        taken |= {"full", "street", "city", "region", "state", "postalCode"}
    notes: list[str] = []
    for name in entity.properties.keys() - taken:
        if name in terms.ignored.properties:
            account.ignored[name] += 1
        else:
            notes += [f"{name}: {text}" for text in entity.all(name)]
            if name not in {"notes", "description", "summary"}:
                account.unclassified[f"property: {name}"] += 1
    party = Party(
        id=entity.id,
        kind=terms.kinds[entity.schema],
        names=tuple(_names(entity)),
        countries=tuple(dict.fromkeys(code for code in countries if code)),
        addresses=addresses,
        identifiers=tuple(dict.fromkeys(_once(identifiers))),
        nationalities=nationalities,
        citizenships=citizenships,
        birth_dates=tuple(date for text in entity.all("birthDate") if (date := parse_partial(text))),
        birth_places=tuple(entity.all("birthPlace")),
        gender=entity.first("gender") or None,
        positions=tuple(entity.all("position", "title")),
        vessel=Vessel(**vessel) if vessel else None,
    )
    return party, tuple(sorted(notes))


def _once(identifiers: Iterable[Identifier]) -> Iterator[Identifier]:
    """Each number of a scheme once, with the country where one of its mentions has it."""
    best: dict[tuple[str, str], Identifier] = {}
    for one in identifiers:
        key = (one.scheme, one.value)
        if key not in best or (one.country and not best[key].country):
            best[key] = one
    yield from best.values()


def _names(entity: _Entity) -> Iterator[Name]:
    seen: set[str] = set()
    for name, role in (*_terms().names.items(), ("full", "alias")):
        for text in entity.all(name):
            if text.casefold() in seen:
                continue
            first = not seen
            seen.add(text.casefold())
            weak = role == "weak"
            yield Name(text, "primary" if first else "former" if role == "former" else "alias", weak=weak)


def _addresses(entity: _Entity, entities: dict[str, _Entity]) -> Iterator[Address]:
    seen: set[str] = set()
    places = [entities[at] for at in entity.all("addressEntity") if at in entities]
    for place in [entity] if entity.schema == "Address" else places:
        parts = [place.first(name) for name in ("street", "city", "state", "postalCode")]
        text = place.first("full") or place.first("name") or ", ".join(part for part in parts if part)
        if text and text not in seen:
            seen.add(text)
            yield Address(
                text,
                place.first("city") or None,
                place.first("region") or place.first("state") or None,
                place.first("postalCode") or None,
                next(iter(_codes(place.all("country"))), None),
            )
    for text in entity.all("address"):
        if text not in seen:
            seen.add(text)
            yield Address(text)


def _codes(values: Iterable[str]) -> tuple[str, ...]:
    """Country codes in our capitals; codes of former or partial states (`gb-sct`) are cut to their
    country.
    """
    return tuple(dict.fromkeys(value[:2].upper() for value in values if value[:2].isalpha()))


def _tie(entity: _Entity, entities: dict[str, _Entity], ties: dict[str, list[ListedTie]]) -> None:
    start, end, forth, back = _terms().ties[entity.schema]
    details = [
        *(
            f"{share} %" if share.replace(".", "", 1).isdigit() else share
            for share in entity.all("percentage")
        ),
        *entity.all("role", "relationship", "status", "startDate", "endDate"),
    ]
    detail = f" ({'; '.join(details)})" if details else ""
    for one in entity.all(start):
        for other in entity.all(end):
            for holder, far, relation in ((one, other, forth), (other, one, back)):
                name = entities[far].first("name") if far in entities else far
                printed = f"{relation.replace('_', ' ')} {name}{detail}"
                ties[holder].append(ListedTie(relation, name, printed, far))
