"""The shapes of yente's questions and answers, field by field as its clients read them."""

import datetime as dt
from typing import Annotated, Any, Literal

import msgspec

from ringfence.interfaces.web.dialects.followthemoney import Entity, Example

MAX_QUERIES = 100
"""Examples of one call."""


class Total(msgspec.Struct, frozen=True):
    """How many there are; `gte` when at least so many."""

    value: int
    relation: Literal["eq", "gte"] = "eq"


class Feature(msgspec.Struct, frozen=True):
    """One reason: `score` and `weight` are its log-odds, which add up to the score of the match."""

    score: float
    weight: float
    detail: str
    query: str
    candidate: str


class Scored(Entity, frozen=True, kw_only=True):
    """An entity that may be the party. `features` maps each reason to its log-odds."""

    score: float
    match: bool
    features: dict[str, float]
    explanations: dict[str, Feature]


class Matches(msgspec.Struct, frozen=True, kw_only=True):
    """The answer for one example. `ignored` names its properties that are no evidence here."""

    status: int = 200
    query: Example
    results: list[Scored]
    total: Total
    ignored: list[str]


class Matching(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Examples by key. `weights` and `config` belong to other algorithms and must be empty."""

    queries: Annotated[dict[str, Example], msgspec.Meta(min_length=1, max_length=MAX_QUERIES)]
    weights: dict[str, float] = {}
    config: dict[str, Any] = {}


class MatchAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Answers by the keys of the examples."""

    responses: dict[str, Matches]
    matcher: dict[str, str]
    limit: int


class FacetItem(msgspec.Struct, frozen=True):
    """How many results have one value."""

    name: str
    label: str
    count: int


class Facet(msgspec.Struct, frozen=True):
    """The values of one field among all results."""

    label: str
    values: list[FacetItem]


class SearchAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A page of entities, best first."""

    results: list[Entity]
    facets: dict[str, Facet]
    total: Total
    limit: int
    offset: int


class AdjacentPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of what one property ties to an entity."""

    results: list[Entity]
    total: Total
    limit: int
    offset: int


class Adjacent(msgspec.Struct, frozen=True, kw_only=True):
    """An entity and what is tied to it, by property."""

    entity: Entity
    adjacent: dict[str, AdjacentPage]


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """One value of one property of one entity, and which list says so since when."""

    id: str
    entity_id: str
    canonical_id: str
    prop: str
    prop_type: str
    schema: str
    value: str
    dataset: str
    first_seen: dt.date
    last_seen: dt.date
    original_value: str | None = None
    lang: str | None = None
    origin: str | None = None


class Statements(msgspec.Struct, frozen=True, kw_only=True):
    """A page of statements."""

    results: list[Statement]
    total: Total
    limit: int
    offset: int


class Publisher(msgspec.Struct, frozen=True):
    """Who decides on the entries of a list."""

    name: str
    official: bool = True


class Dataset(msgspec.Struct, frozen=True, kw_only=True):
    """A list, or a collection of lists (`children`)."""

    name: str
    title: str
    summary: str
    load: bool
    entity_count: int
    index_current: bool
    index_version: str | None = None
    version: str | None = None
    updated_at: dt.datetime | None = None
    last_export: dt.datetime | None = None
    url: str | None = None
    publisher: Publisher | None = None
    children: tuple[str, ...] = ()


class Catalog(msgspec.Struct, frozen=True):
    """Every dataset that can be asked."""

    datasets: list[Dataset]
    current: list[str]
    outdated: list[str]
    index_stale: bool


class Algorithm(msgspec.Struct, frozen=True):
    """A way of matching."""

    name: str
    description: str
    features: dict[str, str]


class Algorithms(msgspec.Struct, frozen=True):
    """The ways of matching there are."""

    algorithms: list[Algorithm]
    default: str
    best: str
