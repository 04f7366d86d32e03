"""The API of OpenSanctions' yente: match, search, entities, statements, catalog, algorithms.

A dataset is one of our lists, a jurisdiction (`us`) or `default`, which is all of them. Scores are ours, from 0
to 1, with our thresholds where the caller gives none. What the caller asks and we do not use is named in
the answer or refused, never passed over.
"""

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Annotated, Any

import msgspec
from litestar import Request, Router, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from ringfence import Engine, Hit, Listing, ListStatus, Query, Screening
from ringfence.errors import InputError, NotKnown, QueryError
from ringfence.interfaces.web.access.roles import needs
from ringfence.interfaces.web.api.asking import MAX_TEXT, WorldAsked, codes
from ringfence.interfaces.web.catalogue import Wanted
from ringfence.interfaces.web.dialects import followthemoney as ftm
from ringfence.interfaces.web.dialects.followthemoney import Entity
from ringfence.interfaces.web.dialects.yente_shapes import (
    Adjacent,
    AdjacentPage,
    Algorithm,
    Algorithms,
    Catalog,
    Dataset,
    Facet,
    FacetItem,
    Feature,
    MatchAnswer,
    Matches,
    Matching,
    Publisher,
    Scored,
    SearchAnswer,
    Statement,
    Statements,
    Total,
)
from ringfence.interfaces.web.worlds import asked

ALL = "default"
ALGORITHM = "ringfence"
LEAST_CUTOFF = 0.02
"""Scores below this are no candidates at all, whatever `cutoff` says."""
MAX_LIMIT = 500

Many = list[str] | None
Count = Annotated[int, QueryParameter(ge=1, le=MAX_LIMIT, description="At most this many.")]
Offset = Annotated[int, QueryParameter(ge=0, le=9_499, description="Skip this many.")]
Score = Annotated[float | None, QueryParameter(ge=0, le=1)]


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """Which entities count: a dataset and what the caller adds to and takes from it."""

    lists: frozenset[str]
    schemata: Collection[str] = ()
    without_schemata: Collection[str] = ()
    topics: Collection[str] = ()
    countries: Collection[str] = ()
    changed_since: dt.date | None = None
    without: Collection[str] = ()
    values: Sequence[tuple[str, str]] = ()

    def fits(self, one: Entity) -> bool:
        """Whether the entity counts. One whose last change is not known counts as changed."""
        properties = one.properties
        return (
            not self.lists.isdisjoint(one.datasets)
            and (not self.schemata or one.schema in self.schemata)
            and one.schema not in self.without_schemata
            and (not self.topics or not set(self.topics).isdisjoint(properties.get("topics", ())))
            and (not self.countries or not set(self.countries).isdisjoint(properties.get("country", ())))
            and (
                self.changed_since is None or one.last_change is None or one.last_change >= self.changed_since
            )
            and not {one.id, *one.referents}.intersection(self.without)
            and all(value in properties.get(name, ()) for name, value in self.values)
        )


@post(
    "/match/{dataset:str}",
    sync_to_thread=True,
    status_code=200,
    opt=needs("screen"),
    operation_id="yente_match",
)
def match(
    request: Request[Any, Any, Any],
    world: WorldAsked,
    dataset: FromPath[str],
    data: JSONBody[Matching],
    limit: Count = 5,
    threshold: Score = None,
    cutoff: Score = None,
    algorithm: FromQuery[str] = "best",
    include_dataset: FromQuery[Many] = None,
    exclude_dataset: FromQuery[Many] = None,
    include_schema: FromQuery[Many] = None,
    exclude_schema: FromQuery[Many] = None,
    topics: FromQuery[Many] = None,
    changed_since: FromQuery[str | None] = None,
    exclude_entity_ids: FromQuery[Many] = None,
) -> MatchAnswer:
    """Match examples against a dataset.

    `cutoff` leaves out entities below it, `threshold` sets their `match`; scores are from 0 to 1.
    """
    if algorithm not in {"best", ALGORITHM}:
        raise QueryError(f"no algorithm {algorithm[:60]!r} here. There are: best, {ALGORITHM}.", "algorithm")
    for name, given in (("weights", data.weights), ("config", data.config)):
        if given:
            raise QueryError(f"{name} belongs to other algorithms; leave it out.", name)
    engine = asked(
        world,
        request.app.state.now(),
        threshold=None if cutoff is None else max(cutoff, LEAST_CUTOFF),
        max_hits=MAX_LIMIT,
    )
    chosen = Chosen(
        lists=_lists(engine, dataset, include_dataset, exclude_dataset),
        schemata=include_schema or (),
        without_schemata=exclude_schema or (),
        topics=topics or (),
        changed_since=_since(changed_since),
        without=exclude_entity_ids or (),
    )
    asks = [one.query(f"queries.{key}") for key, one in data.queries.items()]
    answers = _screened(request, engine, [query for query, _ in asks], chosen.lists)
    responses = {}
    for (key, example), (_, ignored), answer in zip(data.queries.items(), asks, answers, strict=True):
        found = [
            _scored(one, hit, engine.hit_at if threshold is None else threshold)
            for one, hit in _entities(engine, answer.hits)
            if chosen.fits(one)
        ]
        found.sort(key=lambda one: -one.score)
        responses[key] = Matches(
            query=example, results=found[:limit], total=Total(len(found)), ignored=ignored
        )
    return MatchAnswer(responses=responses, matcher={ALGORITHM: _ABOUT}, limit=limit)


@get("/search/{dataset:str}", sync_to_thread=True, opt=needs("read"), operation_id="yente_search")
def search(
    request: Request[Any, Any, Any],
    world: WorldAsked,
    dataset: FromPath[str],
    q: Annotated[str, QueryParameter(max_length=MAX_TEXT)] = "",
    limit: Count = 10,
    offset: Offset = 0,
    schema: FromQuery[str | None] = None,
    countries: FromQuery[Many] = None,
    topics: FromQuery[Many] = None,
    datasets: FromQuery[Many] = None,
    include_dataset: FromQuery[Many] = None,
    exclude_dataset: FromQuery[Many] = None,
    exclude_schema: FromQuery[Many] = None,
    changed_since: FromQuery[str | None] = None,
    fuzzy: FromQuery[bool] = False,
    simple: FromQuery[bool] = False,
    filters: Annotated[
        Many, QueryParameter(name="filter", description="property:value; may be repeated.")
    ] = None,
    facets: FromQuery[Many] = None,
    sort: FromQuery[Many] = None,
) -> SearchAnswer:
    """Find entities by name; without `q` all of a dataset that pass the filters.

    Without `sort` those who may be meant come first, by score, then those with every word in a name. Spelling is always
    forgiven, so `fuzzy` and `simple` change nothing.
    """
    del fuzzy, simple
    engine = asked(world, request.app.state.now(), max_hits=MAX_LIMIT)
    chosen = Chosen(
        lists=_lists(engine, dataset, include_dataset, exclude_dataset)
        & (engine.lists_asked(datasets) or _every(engine)),
        schemata=() if schema in {None, "Thing", "LegalEntity"} else (schema or "",),
        without_schemata=exclude_schema or (),
        topics=topics or (),
        countries=[code.lower() for code in codes(countries, "countries")],
        changed_since=_since(changed_since),
        values=[_filter(one) for one in filters or ()],
    )
    best: list[Entity] = []
    if q.strip():
        [answer] = _screened(request, engine, [Query(name=q)], chosen.lists)
        best = [one for one, _ in _entities(engine, answer.hits)]
    rows = world.catalogue.find(Wanted(lists=chosen.lists, name=q))
    named = {one.id for one in best}
    rest = world.catalogue.listings([row for row in rows if row.listing not in named])
    every = (*best, *_of_listings(engine, rest))
    found = _sorted([one for one in every if chosen.fits(one)], sort)
    return SearchAnswer(
        results=found[offset : offset + limit],
        facets=_facets(found, facets),
        total=Total(len(found)),
        limit=limit,
        offset=offset,
    )


@get("/entities/{entity_id:str}", sync_to_thread=True, opt=needs("read"), operation_id="yente_entity")
def fetch(world: WorldAsked, entity_id: FromPath[str], nested: FromQuery[bool] = True) -> Entity:
    """One entity; `nested` puts what is tied to it inside its properties."""
    listing, status = _listing(world.engine, entity_id.partition("~")[0])
    if "~" in entity_id:
        return _tied(listing, status, entity_id)
    return (ftm.nested if nested else ftm.entity)(listing, status.legal, _seen(status))


@get(
    "/entities/{entity_id:str}/adjacent",
    sync_to_thread=True,
    opt=needs("read"),
    operation_id="yente_adjacent",
)
def adjacent(
    world: WorldAsked,
    entity_id: FromPath[str],
    limit: Count = 10,
    offset: Offset = 0,
    sort: FromQuery[Many] = None,
) -> Adjacent:
    """An entity and what is tied to it, by property."""
    listing, status = _listing(world.engine, entity_id)
    tied = ftm.adjacent(listing, status.legal, _seen(status))
    return Adjacent(
        entity=ftm.entity(listing, status.legal, _seen(status)),
        adjacent={name: _page(_sorted(one, sort), limit, offset) for name, one in tied.items()},
    )


@get(
    "/entities/{entity_id:str}/adjacent/{prop:str}",
    sync_to_thread=True,
    opt=needs("read"),
    operation_id="yente_adjacent_by",
)
def adjacent_by(
    world: WorldAsked,
    entity_id: FromPath[str],
    prop: FromPath[str],
    limit: Count = 10,
    offset: Offset = 0,
    sort: FromQuery[Many] = None,
) -> AdjacentPage:
    """What one property ties to an entity."""
    listing, status = _listing(world.engine, entity_id)
    tied = ftm.adjacent(listing, status.legal, _seen(status))
    return _page(_sorted(tied.get(prop, []), sort), limit, offset)


@get("/statements", sync_to_thread=True, opt=needs("read"), operation_id="yente_statements")
def statements(
    world: WorldAsked,
    dataset: FromQuery[str | None] = None,
    entity_id: FromQuery[str | None] = None,
    canonical_id: FromQuery[str | None] = None,
    prop: FromQuery[str | None] = None,
    value: FromQuery[str | None] = None,
    schema: FromQuery[str | None] = None,
    sort: FromQuery[Many] = None,
    limit: Count = 50,
    offset: Offset = 0,
) -> Statements:
    """Single values of one entity, with the list that says so. An entity is needed: `canonical_id` or `entity_id`."""
    wanted = entity_id or canonical_id
    if wanted is None or (entity_id and canonical_id and not entity_id.startswith(canonical_id)):
        raise QueryError("name one entity: canonical_id, or entity_id.", "canonical_id")
    listing, status = _listing(world.engine, wanted.partition("~")[0])
    tied = ftm.adjacent(listing, status.legal, _seen(status)).values()
    every = [ftm.entity(listing, status.legal, _seen(status)), *(one for many in tied for one in many)]
    lists = None if dataset is None else _lists(world.engine, dataset, None, None)
    found = [
        said
        for one in every
        for said in _said(one, listing.id)
        if (entity_id is None or said.entity_id == entity_id)
        and (prop is None or said.prop == prop)
        and (value is None or said.value == value)
        and (schema is None or said.schema == schema)
        and (lists is None or said.dataset in lists)
    ]
    found = _sorted(found, sort or ["canonical_id", "prop"])
    return Statements(
        results=found[offset : offset + limit], total=Total(len(found)), limit=limit, offset=offset
    )


@get("/catalog", sync_to_thread=True, opt=needs("read"), operation_id="yente_catalog")
def catalog(world: WorldAsked) -> Catalog:
    """Every dataset: the lists that are held, the jurisdictions, and `default`."""
    held = [one for one in world.engine.statuses() if one.used]
    lists = [_dataset(one) for one in held]
    jurisdictions: dict[str, list[str]] = {}
    for one in held:
        jurisdictions.setdefault(one.legal.jurisdiction.lower(), []).append(one.legal.id)
    counts = {one.name: one.entity_count for one in lists}
    collections = [
        _collection(name, f"Every list of {name.upper()}", children, counts)
        for name, children in jurisdictions.items()
    ]
    stale = [one.legal.id for one in held if one.stale]
    return Catalog(
        datasets=[_collection(ALL, "Every list", list(counts), counts), *collections, *lists],
        current=[one.name for one in lists if one.name not in stale],
        outdated=stale,
        index_stale=bool(stale),
    )


@get("/algorithms", sync_to_thread=False, opt=needs("read"), operation_id="yente_algorithms")
def algorithms() -> Algorithms:
    """The one way of matching there is."""
    return Algorithms([Algorithm(ALGORITHM, _ABOUT, {})], default=ALGORITHM, best=ALGORITHM)


_ABOUT = (
    "Reasons as log-odds that add up: words by how rare they are, by spelling, sound, translation and "
    "transliteration; country, place, identifiers, dates."
)


def _every(engine: Engine) -> frozenset[str]:
    return frozenset(one.id for one in engine.provenance().lists)


def _lists(engine: Engine, dataset: str, more: Many, less: Many) -> frozenset[str]:
    """The lists that a dataset stands for. Raises NotKnown for a dataset that is not there."""

    def named(name: str) -> frozenset[str]:
        if name == ALL:
            return _every(engine)
        try:
            return engine.lists_asked([name]) or frozenset()
        except InputError:
            raise NotKnown(f"no dataset {name[:80]!r}. See them all at /catalog") from None

    with_more = named(dataset).union(*(named(name) for name in more or ()))
    return with_more.difference(*(named(name) for name in less or ()))


def _screened(
    request: Request[Any, Any, Any], engine: Engine, queries: list[Query], lists: frozenset[str]
) -> list[Screening]:
    answers = list(engine.screen(queries, lists=lists)) if lists else _nothing(engine, queries)
    for answer in answers:
        request.app.state.observer.answered(answer)
    return answers


def _nothing(engine: Engine, queries: list[Query]) -> list[Screening]:
    """Answers when every list has been taken away: nobody is found."""
    return [msgspec.structs.replace(one, hits=()) for one in engine.screen(queries)]


def _entities(engine: Engine, hits: Iterable[Hit]) -> Iterator[tuple[Entity, Hit]]:
    statuses = {one.legal.id: one for one in engine.statuses()}
    for hit in hits:
        listing = engine.in_force(hit.listing)
        if listing is not None:
            status = statuses[listing.list]
            yield ftm.entity(listing, status.legal, _seen(status)), hit


def _of_listings(engine: Engine, listings: Iterable[Listing]) -> Iterator[Entity]:
    statuses = {one.legal.id: one for one in engine.statuses()}
    for listing in listings:
        status = statuses[listing.list]
        yield ftm.entity(listing, status.legal, _seen(status))


def _listing(engine: Engine, entity_id: str) -> tuple[Listing, ListStatus]:
    listing = engine.in_force(entity_id)
    if listing is None:
        raise NotKnown(f"no entity {entity_id[:80]!r} on {engine.on}.")
    return listing, next(one for one in engine.statuses() if one.legal.id == listing.list)


def _tied(listing: Listing, status: ListStatus, entity_id: str) -> Entity:
    for many in ftm.adjacent(listing, status.legal, _seen(status)).values():
        for one in many:
            if one.id == entity_id:
                return one
    raise NotKnown(f"no entity {entity_id[:80]!r}.")


def _seen(status: ListStatus) -> dt.date:
    assert status.used is not None  # noqa: S101  a listing in force comes from a release
    return status.used.as_of


def _scored(one: Entity, hit: Hit, threshold: float) -> Scored:
    features: dict[str, Feature] = {}
    counts: Counter[str] = Counter()
    for reason in hit.reasons:
        counts[reason.feature] += 1
        place = counts[reason.feature]
        features[reason.feature if place == 1 else f"{reason.feature}_{place}"] = Feature(
            reason.weight, reason.weight, reason.text, reason.query, reason.listed
        )
    return Scored(
        **{name: getattr(one, name) for name in Entity.__struct_fields__},
        score=hit.score,
        match=hit.score >= threshold,
        features={name: feature.weight for name, feature in features.items()},
        explanations=features,
    )


def _since(text: str | None) -> dt.date | None:
    if text is None:
        return None
    try:
        return dt.datetime.fromisoformat(text).date()
    except ValueError:
        raise QueryError(f"{text[:40]!r} is not a date, such as 2026-03-01.", "changed_since") from None


def _filter(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon:
        raise QueryError(f"{text[:60]!r} is not of the form property:value.", "filter")
    return name, value


_SORTS = frozenset(
    {*Entity.__struct_fields__, *Statement.__struct_fields__} - {"properties", "datasets", "referents"}
)


def _sorted(found: list[Any], sort: Many) -> list[Any]:
    """By the fields asked, the last of which counts least; unknown values come last."""
    for asks in reversed(sort or ()):
        name, _, order = asks.partition(":")
        if name not in _SORTS or order not in {"", "asc", "desc"} or (found and not hasattr(found[0], name)):
            raise QueryError(
                f"cannot sort by {asks[:60]!r}. Sort by one of: {', '.join(sorted(_SORTS))}.", "sort"
            )
        known = [one for one in found if getattr(one, name) is not None]
        known.sort(key=lambda one: getattr(one, name), reverse=order == "desc")
        found = [*known, *(one for one in found if getattr(one, name) is None)]
    return found


def _page(found: list[Entity], limit: int, offset: int) -> AdjacentPage:
    return AdjacentPage(
        results=found[offset : offset + limit], total=Total(len(found)), limit=limit, offset=offset
    )


def _facets(found: list[Entity], wanted: Many) -> dict[str, Facet]:
    fields: dict[str, tuple[str, Callable[[Entity], Iterable[str]]]] = {
        "countries": ("Countries", lambda one: one.properties.get("country", ())),
        "topics": ("Topics", lambda one: one.properties.get("topics", ())),
        "datasets": ("Data sources", lambda one: one.datasets),
        "schema": ("Type", lambda one: (one.schema,)),
    }
    chosen = wanted or ["countries", "topics", "datasets"]
    for name in chosen:
        if name not in fields:
            raise QueryError(f"no facet {name[:60]!r}. There are: {', '.join(fields)}.", "facets")
    answer = {}
    for name in chosen:
        label, values = fields[name]
        counts = Counter(value for one in found for value in values(one))
        answer[name] = Facet(
            label, [FacetItem(value, value, count) for value, count in counts.most_common(100)]
        )
    return answer


def _said(one: Entity, canonical_id: str) -> Iterator[Statement]:
    for prop, values in one.properties.items():
        for value in values:
            text = value.id if isinstance(value, Entity) else value
            key = hashlib.sha256(f"{one.datasets[0]} {one.id} {prop} {text}".encode()).hexdigest()[:40]
            assert one.last_seen is not None  # noqa: S101  every entity here was printed
            yield Statement(
                id=key,
                entity_id=one.id,
                canonical_id=canonical_id,
                prop=prop,
                prop_type=_TYPES.get(prop, "string"),
                schema=one.schema,
                value=text,
                dataset=one.datasets[0],
                first_seen=one.first_seen or one.last_seen,
                last_seen=one.last_seen,
            )


_TYPES = {
    **dict.fromkeys(("name", "alias", "weakAlias", "previousName"), "name"),
    **dict.fromkeys(("country", "nationality", "citizenship", "flag"), "country"),
    **dict.fromkeys(("address", "full"), "address"),
    **dict.fromkeys(("birthDate", "startDate", "endDate"), "date"),
    **dict.fromkeys(("entity", "subject", "object"), "entity"),
    **dict.fromkeys(ftm.PROPERTIES.values(), "identifier"),
    "topics": "topic",
    "sourceUrl": "url",
    "website": "url",
    "email": "email",
    "phone": "phone",
    "gender": "gender",
    "notes": "text",
    "reason": "text",
    "provisions": "text",
}


def _dataset(status: ListStatus) -> Dataset:
    used = status.used
    assert used is not None  # noqa: S101  only lists that are held
    return Dataset(
        name=status.legal.id,
        title=status.legal.title,
        summary=status.legal.effect,
        load=True,
        entity_count=used.entries,
        index_current=not status.stale,
        index_version=used.snapshot,
        version=f"{used.as_of:%Y%m%d}",
        updated_at=used.fetched_at,
        last_export=dt.datetime.combine(used.as_of, dt.time(), dt.UTC),
        url=status.source.page if status.source else None,
        publisher=Publisher(status.legal.authority),
    )


def _collection(name: str, title: str, children: list[str], counts: dict[str, int]) -> Dataset:
    return Dataset(
        name=name,
        title=title,
        summary=title,
        load=True,
        entity_count=sum(counts[child] for child in children),
        index_current=True,
        children=tuple(children),
    )


yente = Router(
    "/",
    route_handlers=[match, search, fetch, adjacent, adjacent_by, statements, catalog, algorithms],
    tags=["OpenSanctions"],
)
