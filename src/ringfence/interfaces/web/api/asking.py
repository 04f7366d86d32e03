"""What the resources share: the world that is asked, what the caller holds already, and the wire form of a party."""

import datetime as dt
import hashlib
from typing import Annotated, Any

import msgspec
from litestar import Request
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from ringfence import Query, __version__
from ringfence.errors import QueryError
from ringfence.interfaces.web.problems import Unchanged
from ringfence.interfaces.web.worlds import World, Worlds
from ringfence.records import Identifier, PartyKind, parse_partial

AsOf = Annotated[
    dt.date | None,
    QueryParameter(name="as_of", description="Answer for the law of this day; today when absent."),
]
KnownAt = Annotated[
    str | None,
    QueryParameter(
        name="known_at",
        max_length=40,
        format="date-time",
        description="Answer as known at this instant (2026-03-03T12:00:00Z): later downloads do not count.",
    ),
]
Lists = Annotated[
    list[str] | None,
    QueryParameter(
        name="list", description="Only these lists or jurisdictions (us_bis_entity, us); may be repeated."
    ),
]
Threshold = Annotated[
    float | None,
    QueryParameter(name="threshold", gt=0, le=1, description="Report listings from this score; 0 to 1."),
]
Limit = Annotated[int, QueryParameter(name="limit", ge=1, le=200, description="At most this many.")]

WorldAsked = NamedDependency[World]
"""The world that the clocks of the request name, handed to the route."""

MAX_TEXT = 10_000
MOST_NUMBER = 2_000_000_000
"""Alerts, passes and lines have lower numbers; every database can be asked for it."""


async def world_asked(request: Request[Any, Any, Any], as_of: AsOf = None, known_at: KnownAt = None) -> World:
    """The world that the clocks of this request name. Raises Unchanged when the caller holds the answer."""
    worlds: Worlds = request.app.state.worlds
    world = await worlds.awaited(as_of, None if known_at is None else instant(known_at, "known_at"))
    if request.method == "GET":
        tag(request, f"{world.name} {world.engine.settings.digest}")
    return world


def tag(request: Request[Any, Any, Any], rests_on: str) -> None:
    """Give the answer an ETag that is the same as long as what it rests on. Raises Unchanged when the caller holds it."""
    target = f"{request.scope['path']}?{request.scope['query_string'].decode('latin-1')}"
    material = f"{__version__} {rests_on} {target} {request.headers.get('accept')}"
    etag = f'W/"{hashlib.sha256(material.encode()).hexdigest()[:32]}"'
    if etag in {one.strip() for one in request.headers.get("if-none-match", "").split(",")}:
        raise Unchanged(etag)
    request.state.etag = etag


class PartyAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A party to be looked for, in the words of the contract; everything but the name is evidence.

    Countries are codes of two letters; `birth_date` is a year, a month or a day; `identifiers` maps a scheme
    (`uscc`, `lei`, `imo`) to a value.
    """

    name: Annotated[str, msgspec.Meta(max_length=MAX_TEXT)]
    id: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    kind: PartyKind = "unknown"
    aliases: Annotated[
        tuple[Annotated[str, msgspec.Meta(max_length=MAX_TEXT)], ...], msgspec.Meta(max_length=50)
    ] = ()
    countries: Annotated[tuple[str, ...], msgspec.Meta(max_length=50)] = ()
    country: str | None = None
    address: Annotated[str, msgspec.Meta(max_length=MAX_TEXT)] | None = None
    city: Annotated[str, msgspec.Meta(max_length=500)] | None = None
    postal_code: Annotated[str, msgspec.Meta(max_length=100)] | None = None
    birth_date: Annotated[str, msgspec.Meta(max_length=100)] | None = None
    identifiers: Annotated[dict[str, str], msgspec.Meta(max_length=50)] = {}

    def query(self, path: str) -> Query:
        """The question for the engine. Raises QueryError with the path of the field, under `path`."""
        return Query(
            name=self.name,
            id=self.id,
            kind=self.kind,
            aliases=self.aliases,
            countries=codes((*self.countries, *([self.country] if self.country else [])), f"{path}countries"),
            address=self.address,
            city=self.city,
            postal_code=self.postal_code,
            birth_date=day_or_less(self.birth_date, f"{path}birth_date"),
            identifiers=tuple(
                Identifier(scheme=scheme.lower(), value=value) for scheme, value in self.identifiers.items()
            ),
        )


def codes(given: tuple[str, ...] | list[str] | None, path: str) -> tuple[str, ...]:
    """Country codes in capitals, each once. Raises QueryError."""
    for one in given or ():
        if not (len(one) == 2 and one.isascii() and one.isalpha()):
            raise QueryError(f"{one[:40]!r} is not a country code of two letters, such as CN.", path)
    return tuple(dict.fromkeys(one.upper() for one in given or ()))


def instant(text: str, path: str) -> dt.datetime:
    """An instant in UTC; without an offset it is UTC. Raises QueryError."""
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        raise QueryError(f"{text[:40]!r} is not an instant, such as 2026-03-03T12:00:00Z.", path) from None
    return found.replace(tzinfo=dt.UTC) if found.tzinfo is None else found.astimezone(dt.UTC)


def day_or_less(text: str | None, path: str) -> Any:
    """A date that may lack day or month. Raises QueryError."""
    if not text:
        return None
    found = parse_partial(text)
    if found is None:
        raise QueryError(
            f"{text[:40]!r} is not a date. Give a year, a month or a day, such as 1965-04-12.", path
        )
    return found
