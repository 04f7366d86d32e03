"""The OpenRefine reconciliation API (version 0.2) over the same entities as the yente dialect."""

import html
from typing import Annotated, Any

import msgspec
from litestar import MediaType, Request, Response, Router, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, FromQuery, QueryParameter

from ringfence import Engine, Query, Screening
from ringfence.errors import InputError, NotKnown, QueryError
from ringfence.interchange.ftm import SCHEMATA
from ringfence.interfaces.web.access.roles import needs
from ringfence.interfaces.web.api.asking import MAX_TEXT, WorldAsked
from ringfence.interfaces.web.catalogue import Wanted
from ringfence.interfaces.web.dialects.followthemoney import KINDS, PROPERTIES, Example
from ringfence.interfaces.web.dialects.yente import ALL
from ringfence.interfaces.web.dialects.yente_shapes import MAX_QUERIES
from ringfence.interfaces.web.worlds import asked

_ASKED = ("country", "birthDate", "address", "city", "postalCode", *PROPERTIES.values())


class TypeName(msgspec.Struct, frozen=True):
    """A type, or a property, by id and name."""

    id: str
    name: str


class Suggestion(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something that begins as was typed."""

    id: str
    name: str
    description: str | None = None
    notable: tuple[TypeName, ...] = ()


class Suggestions(msgspec.Struct, frozen=True):
    """What was found for the beginning of a name."""

    result: list[Suggestion]


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """An entity that may be meant; `score` is from 0 to 100."""

    id: str
    name: str
    description: str
    score: float
    match: bool
    type: list[TypeName]


class Candidates(msgspec.Struct, frozen=True):
    """What was found for one question."""

    result: list[Candidate]


class PropertyValue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One property that is known of the party."""

    pid: str
    v: Any


class Reconcile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One question: a name, and what is known besides."""

    query: Annotated[str, msgspec.Meta(max_length=MAX_TEXT)]
    type: str | list[str] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 5
    properties: Annotated[list[PropertyValue], msgspec.Meta(max_length=100)] = []
    type_strict: str | None = None


class Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A batch of questions as a form: `queries` is a JSON object of them by key."""

    queries: str


_QUERIES = msgspec.json.Decoder(dict[str, Reconcile])
Prefix = Annotated[str, QueryParameter(max_length=MAX_TEXT, description="What was typed so far.")]
Cursor = Annotated[int, QueryParameter(ge=0, le=1_000, description="Skip this many.")]


@get("/{dataset:str}", sync_to_thread=True, opt=needs("read"), operation_id="reconcile")
def ask(
    request: Request[Any, Any, Any],
    world: WorldAsked,
    dataset: FromPath[str],
    queries: Annotated[str | None, QueryParameter(description="A JSON object of questions by key.")] = None,
) -> dict[str, Any]:
    """The manifest of the service; with `queries`, their answers."""
    lists = _lists(world.engine, dataset)
    if queries is not None:
        return _answers(request, world, lists, queries)
    here = f"{str(request.base_url).rstrip('/')}/reconcile/{dataset}"
    return {
        "versions": ["0.2"],
        "name": f"ringfence ({dataset})",
        "identifierSpace": "urn:ringfence:listing",
        "schemaSpace": "urn:followthemoney:schema",
        "documentation": f"{str(request.base_url).rstrip('/')}/api/v1/openapi.json",
        "batchSize": MAX_QUERIES,
        "defaultTypes": [_named(schema) for schema in ("LegalEntity", "Company", "Person", "Vessel")],
        "view": {"url": f"{str(request.base_url).rstrip('/')}/entities/{{{{id}}}}"},
        "preview": {"url": f"{here}/preview?id={{{{id}}}}", "width": 430, "height": 240},
        "suggest": {
            kind: {"service_url": here, "service_path": f"/suggest/{kind}"}
            for kind in ("entity", "type", "property")
        },
    }


@post(
    "/{dataset:str}", sync_to_thread=True, status_code=200, opt=needs("read"), operation_id="reconcile_batch"
)
def ask_many(
    request: Request[Any, Any, Any],
    world: WorldAsked,
    dataset: FromPath[str],
    data: Annotated[Form, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> dict[str, Candidates]:
    """Answers to a batch of questions."""
    return _answers(request, world, _lists(world.engine, dataset), data.queries)


@get(
    "/{dataset:str}/suggest/entity", sync_to_thread=True, opt=needs("read"), operation_id="reconcile_entities"
)
def suggest_entity(
    world: WorldAsked, dataset: FromPath[str], prefix: Prefix, cursor: Cursor = 0
) -> Suggestions:
    """Entities by the beginning of a name."""
    rows = world.catalogue.find(Wanted(lists=_lists(world.engine, dataset), begins=prefix))
    found = world.catalogue.listings(rows[cursor : cursor + 10] if prefix.strip() else [])
    titles = {one.legal.id: one.legal.short for one in world.engine.statuses()}
    return Suggestions(
        [
            Suggestion(
                id=one.id,
                name=one.party.name,
                description=_about(titles[one.list], one.party.countries),
                notable=(_named(SCHEMATA[one.party.kind]),),
            )
            for one in found
        ]
    )


@get("/{dataset:str}/suggest/type", sync_to_thread=False, opt=needs("read"), operation_id="reconcile_types")
def suggest_type(dataset: FromPath[str], prefix: Prefix, cursor: Cursor = 0) -> Suggestions:  # noqa: ARG001
    """Schemata by the beginning of their name."""
    return _starting(SCHEMATA.values(), prefix, cursor)


@get(
    "/{dataset:str}/suggest/property",
    sync_to_thread=False,
    opt=needs("read"),
    operation_id="reconcile_properties",
)
def suggest_property(dataset: FromPath[str], prefix: Prefix, cursor: Cursor = 0) -> Suggestions:  # noqa: ARG001
    """Properties that are evidence, by the beginning of their name."""
    return _starting(_ASKED, prefix, cursor)


@get("/{dataset:str}/preview", sync_to_thread=True, opt=needs("read"), operation_id="reconcile_preview")
def preview(world: WorldAsked, dataset: FromPath[str], id: FromQuery[str]) -> Response[str]:  # noqa: A002  the name is the API's
    """A few lines about an entity, as HTML."""
    listing = world.engine.in_force(id)
    if listing is None or listing.list not in _lists(world.engine, dataset):
        raise NotKnown(f"no entity {id[:80]!r} on {world.engine.on}.")
    party = listing.party
    lines = [_about(listing.list, party.countries), *(one.text for one in party.addresses[:2])]
    lines += [listing.license_requirement.text] if listing.license_requirement else []
    body = "".join(f"<p>{html.escape(line)}</p>" for line in lines)
    page = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{html.escape(party.name)}</title>'
        f"<body><h1>{html.escape(party.name)}</h1>{body}</body></html>"
    )
    return Response(page, media_type=MediaType.HTML)


def _lists(engine: Engine, dataset: str) -> frozenset[str]:
    held = frozenset(one.id for one in engine.provenance().lists)
    try:
        return held if dataset == ALL else held & (engine.lists_asked([dataset]) or frozenset())
    except InputError:
        raise NotKnown(f"no dataset {dataset[:80]!r}. See them all at /catalog") from None


def _answers(
    request: Request[Any, Any, Any], world: WorldAsked, lists: frozenset[str], text: str
) -> dict[str, Candidates]:
    try:
        questions = _QUERIES.decode(text)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError as error:
        raise QueryError(f"not a JSON object of questions ({error}).", "queries") from None
    if not 1 <= len(questions) <= MAX_QUERIES:
        raise QueryError(
            f"{len(questions):,} questions; from 1 to {MAX_QUERIES} are answered at once.", "queries"
        )
    engine = asked(world, request.app.state.now(), max_hits=100)
    asks = [_query(key, question) for key, question in questions.items()]
    answers = list(engine.screen(asks, lists=lists)) if lists else []
    for answer in answers:
        request.app.state.observer.answered(answer)
    return {
        key: Candidates(_candidates(engine, answer)[: question.limit])
        for (key, question), answer in zip(questions.items(), answers, strict=bool(lists))
    }


def _query(key: str, question: Reconcile) -> Query:
    types = [question.type] if isinstance(question.type, str) else question.type or []
    schema = next((one for one in types if one in KINDS), "LegalEntity")
    properties: dict[str, list[str]] = {"name": [question.query]}
    for one in question.properties:
        values = one.v if isinstance(one.v, list) else [one.v]
        texts = [
            str(value.get("name") or value.get("id") or "") if isinstance(value, dict) else str(value)
            for value in values
        ]
        properties.setdefault(one.pid, []).extend(texts)
    query, _ = Example(schema=schema, properties=properties).query(f"queries.{key}")  # type: ignore[arg-type]
    return query


def _candidates(engine: Engine, answer: Screening) -> list[Candidate]:
    found = []
    for hit in answer.hits:
        listing = engine.in_force(hit.listing)
        if listing is None:
            continue
        found.append(
            Candidate(
                id=hit.listing,
                name=hit.listed_name,
                description=_about(hit.list_title, hit.countries),
                score=round(hit.score * 100, 2),
                match=hit.score >= engine.hit_at,
                type=[_named(SCHEMATA[listing.party.kind])],
            )
        )
    return sorted(found, key=lambda one: -one.score)


def _named(schema: str) -> TypeName:
    return TypeName(schema, schema)


def _about(title: str, countries: tuple[str, ...]) -> str:
    return f"{title} ({', '.join(countries)})" if countries else title


def _starting(names: Any, prefix: str, cursor: int) -> Suggestions:
    found = [
        Suggestion(name, name) for name in dict.fromkeys(names) if name.lower().startswith(prefix.lower())
    ]
    return Suggestions(found[cursor : cursor + 20])


reconcile = Router(
    "/reconcile",
    route_handlers=[ask, ask_many, suggest_entity, suggest_type, suggest_property, preview],
    tags=["OpenRefine"],
)
