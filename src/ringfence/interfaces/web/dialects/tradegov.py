"""The search of the Consolidated Screening List as trade.gov offers it: same parameters, same shape of answer.

Only the lists of that publication are searched. `name` alone asks for entries one of whose names holds all
its words; with `fuzzy_name=true` it is searched as everywhere in ringfence, and `score` is ours from 0 to 100.
"""

import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Annotated, Any

import msgspec
from litestar import Request, Router, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromQuery, QueryParameter

from ringfence import Engine, Identifier, Listing, ListStatus, Query
from ringfence.errors import QueryError
from ringfence.interfaces.web.access.roles import needs
from ringfence.interfaces.web.api.asking import MAX_TEXT, WorldAsked, codes
from ringfence.interfaces.web.catalogue import Wanted
from ringfence.interfaces.web.worlds import asked
from ringfence.records import PartyKind

MOST = 500
"""Listings that a fuzzy search can return, before paging."""

_TYPES: dict[str, tuple[PartyKind, ...]] = {
    "individual": ("person",),
    "entity": ("company", "government", "organization"),
    "vessel": ("vessel",),
    "aircraft": ("aircraft",),
}

Word = Annotated[str | None, QueryParameter(max_length=1_000)]


class CslSource(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A list under its abbreviation there, with its title there."""

    code: str
    list: str
    title: str


class FacetValue(msgspec.Struct, frozen=True):
    """How many results come from one source."""

    value: str
    count: int


class SourceUsed(msgspec.Struct, frozen=True, kw_only=True):
    """A source and how fresh it is."""

    source: str
    source_last_updated: str | None
    last_imported: str | None
    import_rate: str


class CslAddress(msgspec.Struct, frozen=True, kw_only=True):
    """An address with its parts apart."""

    address: str | None
    city: str | None
    state: str | None
    postal_code: str | None
    country: str | None


class CslId(msgspec.Struct, frozen=True, kw_only=True):
    """A document or number of a party."""

    type: str | None
    number: str
    country: str | None
    issue_date: str | None = None
    expiration_date: str | None = None


class CslResult(msgspec.Struct, frozen=True, kw_only=True):
    """One entry, field by field as trade.gov names them."""

    id: str
    source: str
    entity_number: str | None
    type: str | None
    programs: tuple[str, ...]
    name: str
    title: str | None
    addresses: tuple[CslAddress, ...]
    federal_register_notice: str | None
    start_date: str | None
    end_date: str | None
    standard_order: str | None
    license_requirement: str | None
    license_policy: str | None
    call_sign: str | None
    vessel_type: str | None
    gross_tonnage: str | None
    gross_registered_tonnage: str | None
    vessel_flag: str | None
    vessel_owner: str | None
    remarks: str | None
    source_list_url: str | None
    source_information_url: str | None
    alt_names: tuple[str, ...]
    citizenships: tuple[str, ...]
    dates_of_birth: tuple[str, ...]
    nationalities: tuple[str, ...]
    places_of_birth: tuple[str, ...]
    ids: tuple[CslId, ...]
    country: str | None
    score: float | msgspec.UnsetType = msgspec.UNSET


class CslAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A page of entries, with the sources of all that were found and of all that were searched."""

    total: int
    sources: tuple[FacetValue, ...]
    sources_used: tuple[SourceUsed, ...]
    results: tuple[CslResult, ...]


class CslSources(msgspec.Struct, frozen=True, kw_only=True):
    """Every source and its freshness."""

    total: int
    results: tuple[SourceUsed, ...]


@cache
def csl_sources() -> dict[str, CslSource]:
    """The lists of the publication, by abbreviation."""
    text = files("ringfence.interfaces.web.dialects").joinpath("csl_sources.toml").read_text(encoding="utf-8")
    found = msgspec.convert(tomllib.loads(text)["sources"], tuple[CslSource, ...])
    return {one.code: one for one in found}


def _operation(_handler: HTTPRouteHandler, _method: str, path: list[Any]) -> str:
    """The same question at two addresses needs two names."""
    return f"csl_{path[-1]}{'_gateway' if path[0] == 'gateway' else ''}"


@get(
    ["/consolidated_screening_list/v1/search", "/gateway/v1/consolidated_screening_list/search"],
    sync_to_thread=True,
    opt=needs("read"),
    operation_id=_operation,
)
def search(
    request: Request[Any, Any, Any],
    world: WorldAsked,
    name: Annotated[str | None, QueryParameter(max_length=MAX_TEXT)] = None,
    fuzzy_name: FromQuery[bool] = False,
    sources: Annotated[str | None, QueryParameter(description="Abbreviations by comma: EL,SDN.")] = None,
    types: Annotated[
        str | None, QueryParameter(description="Individual, Entity, Vessel, Aircraft, by comma.")
    ] = None,
    countries: Annotated[str | None, QueryParameter(description="Codes of two letters, by comma.")] = None,
    address: Word = None,
    city: Word = None,
    region: Annotated[str | None, QueryParameter(name="state", max_length=1_000)] = None,
    postal_code: Word = None,
    full_address: Word = None,
    offset: Annotated[int, QueryParameter(ge=0, le=1_000)] = 0,
    size: Annotated[int, QueryParameter(ge=1, le=100)] = 10,
) -> CslAnswer:
    """Search the Consolidated Screening List."""
    if fuzzy_name and not (name and name.strip()):
        raise QueryError("fuzzy_name needs a name.", "name")
    engine = asked(world, request.app.state.now(), max_hits=MOST)
    chosen = _sources(sources)
    wanted = Wanted(
        lists=frozenset(one.list for one in chosen),
        kinds=_kinds(types),
        countries=codes(_parts(countries), "countries"),
        name="" if fuzzy_name else name or "",
        address=address or "",
        city=city or "",
        region=region or "",
        postal_code=postal_code or "",
        full_address=full_address or "",
    )
    rows = {row.listing: row for row in world.catalogue.find(wanted)}
    scores: dict[str, float] = {}
    if fuzzy_name:
        answer = engine.search(Query(name=name or ""), lists=wanted.lists)
        request.app.state.observer.answered(answer)
        scores = {hit.listing: round(hit.score * 100, 2) for hit in answer.hits if hit.listing in rows}
    found = [rows[listing] for listing in scores] if fuzzy_name else list(rows.values())
    counts = Counter(row.list for row in found)
    listings = world.catalogue.listings(found[offset : offset + size])
    titles = {one.list: one.title for one in csl_sources().values()}
    return CslAnswer(
        total=len(found),
        sources=tuple(FacetValue(titles[one], count) for one, count in counts.most_common()),
        sources_used=tuple(_used(engine, chosen)),
        results=tuple(_result(one, titles[one.list], scores.get(one.id)) for one in listings),
    )


@get(
    ["/consolidated_screening_list/v1/sources", "/gateway/v1/consolidated_screening_list/sources"],
    sync_to_thread=True,
    opt=needs("read"),
    operation_id=_operation,
)
def all_sources(world: WorldAsked) -> CslSources:
    """The lists that are searched, and how fresh each is."""
    found = tuple(_used(world.engine, list(csl_sources().values())))
    return CslSources(total=len(found), results=found)


def _parts(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())


def _sources(text: str | None) -> list[CslSource]:
    known = csl_sources()
    for one in _parts(text):
        if one.upper() not in known:
            raise QueryError(f"no source {one[:40]!r}. There are: {', '.join(known)}.", "sources")
    return [known[one.upper()] for one in _parts(text)] or list(known.values())


def _kinds(text: str | None) -> tuple[PartyKind, ...]:
    found: list[PartyKind] = []
    for one in _parts(text):
        if one.lower() not in _TYPES:
            raise QueryError(
                f"no type {one[:40]!r}. There are: Individual, Entity, Vessel, Aircraft.", "types"
            )
        found += _TYPES[one.lower()]
    return tuple(found)


def _used(engine: Engine, chosen: list[CslSource]) -> list[SourceUsed]:
    statuses: dict[str, ListStatus] = {one.legal.id: one for one in engine.statuses()}
    found = []
    for one in chosen:
        status = statuses.get(one.list)
        if status is None or status.used is None:
            continue
        rate = f"every {status.source.cadence_hours:g} hours" if status.source else ""
        found.append(
            SourceUsed(
                source=one.title,
                source_last_updated=f"{status.used.as_of}T00:00:00+00:00",
                last_imported=status.used.fetched_at.isoformat(),
                import_rate=rate,
            )
        )
    return found


def _result(listing: Listing, title: str, score: float | None) -> CslResult:
    party, vessel = listing.party, listing.party.vessel
    requirement, policy = listing.license_requirement, listing.license_review_policy
    types = {kind: name.capitalize() for name, kinds in _TYPES.items() for kind in kinds}
    order = {True: "Y", False: "N", None: None}[listing.standard_order]
    return CslResult(
        id=listing.id,
        source=title,
        entity_number=next(
            (one.value for one in party.identifiers if one.scheme == "ofac"), _number(listing)
        ),
        type=types.get(party.kind),
        programs=listing.programs,
        name=party.name,
        title="; ".join(party.positions) or None,
        addresses=tuple(
            CslAddress(
                address=one.text,
                city=one.city,
                state=one.region,
                postal_code=one.postal_code,
                country=one.country,
            )
            for one in party.addresses
        ),
        federal_register_notice="; ".join(map(str, listing.citations)) or None,
        start_date=str(listing.valid_from) if listing.valid_from else None,
        end_date=str(listing.valid_until) if listing.valid_until else None,
        standard_order=order,
        license_requirement=requirement.text if requirement else None,
        license_policy=policy.text if policy else None,
        call_sign=vessel.call_sign if vessel else None,
        vessel_type=vessel.type if vessel else None,
        gross_tonnage=vessel.gross_tonnage if vessel else None,
        gross_registered_tonnage=vessel.gross_registered_tonnage if vessel else None,
        vessel_flag=vessel.flag if vessel else None,
        vessel_owner=vessel.owner if vessel else None,
        remarks="; ".join(_remarks(listing)) or None,
        source_list_url=listing.urls[0] if listing.urls else None,
        source_information_url=listing.urls[1] if len(listing.urls) > 1 else None,
        alt_names=tuple(name.text for name in party.names[1:] if name.origin != "editorial"),
        citizenships=party.citizenships,
        dates_of_birth=tuple(one.published for one in party.birth_dates),
        nationalities=party.nationalities,
        places_of_birth=party.birth_places,
        ids=tuple(_id(one) for one in party.identifiers),
        country=listing.destination,
        score=msgspec.UNSET if score is None else score,
    )


def _number(listing: Listing) -> str | None:
    """OFAC's number of an entry: it is the key of our id there."""
    return listing.id.partition(":")[2] if listing.list.startswith("us_ofac_") else None


def _id(one: Identifier) -> CslId:
    return CslId(type=one.label or one.scheme, number=one.value, country=one.country)


tradegov = Router("/", route_handlers=[search, all_sources], tags=["trade.gov"])


def _remarks(listing: Listing) -> Iterator[str]:
    """What a reader must know of an entry: that it has no certain effect first."""
    if listing.reservation:
        yield listing.reservation.text
    yield from listing.notes
    yield from (remark.text for remark in listing.remarks)
