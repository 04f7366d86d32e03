"""What happened to entries and lists, by which rule; and which entries are of one party."""

import datetime as dt
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, Router, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody, QueryParameter

from ringfence import Event, JoinedParty, Provenance, Ruling
from ringfence.errors import QueryError
from ringfence.interfaces.feeds import atom, rss
from ringfence.interfaces.web.access.roles import caller_of, needs
from ringfence.interfaces.web.api.asking import KnownAt, Limit, Lists, WorldAsked, instant, tag
from ringfence.interfaces.web.api.paging import Cursor, after, place
from ringfence.interfaces.web.api.writing import IdempotencyKey, once
from ringfence.interfaces.web.document import forms
from ringfence.interfaces.web.kept import Kept
from ringfence.interfaces.web.worlds import Worlds, asked
from ringfence.records import SCHEMA

Day = Annotated[dt.date, QueryParameter(description="A day, as YYYY-MM-DD.")]


class Events(msgspec.Struct, frozen=True, kw_only=True):
    """A page of changes, oldest first. `next` asks for the page after it, as `cursor`; None on the last one."""

    schema: str = SCHEMA
    total: int
    events: tuple[Event, ...]
    next: str | None
    provenance: Provenance


class PartyAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A party with all its entries, and the evidence that they are one."""

    schema: str = SCHEMA
    party: JoinedParty
    provenance: Provenance


class RulingAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Two entries are of one party (`join`) or of two (`split`), whatever the evidence says; and why."""

    action: Literal["join", "split"]
    one: Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
    other: Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
    why: Annotated[str, msgspec.Meta(min_length=1, max_length=5_000, pattern=r"\S")]


class Rulings(msgspec.Struct, frozen=True, kw_only=True):
    """Every ruling ever made, oldest first."""

    schema: str = SCHEMA
    rulings: tuple[Ruling, ...]


@get(
    "/listings/{listing_id:str}/history",
    sync_to_thread=True,
    opt=needs("read"),
    operation_id="listing_history",
)
def of_listing(
    request: Request[Any, Any, Any],
    world: WorldAsked,
    listing_id: FromPath[str],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Events:
    """When an entry was added, revised and removed, by which rule."""
    return _page(request, world, world.engine.history(listing_id), limit, cursor)


@get("/parties/{party_id:str}/history", sync_to_thread=True, opt=needs("read"), operation_id="party_history")
def of_party(
    request: Request[Any, Any, Any],
    world: WorldAsked,
    party_id: FromPath[str],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Events:
    """When each entry of a party was added, revised and removed, by which rule."""
    return _page(request, world, world.engine.history(party_id), limit, cursor)


@get("/listings/{listing_id:str}/party", sync_to_thread=True, opt=needs("read"), operation_id="listing_party")
def party(request: Request[Any, Any, Any], world: WorldAsked, listing_id: FromPath[str]) -> PartyAnswer:
    """The party of an entry: all its entries, and the evidence that they are one."""
    provenance = asked(world, request.app.state.now()).provenance()
    return PartyAnswer(party=world.engine.party(listing_id), provenance=provenance)


@get("/diff", opt=needs("read"), operation_id="diff")
async def diff(
    request: Request[Any, Any, Any],
    world: WorldAsked,
    first: Annotated[dt.date, QueryParameter(name="from", description="The earlier day.")],
    last: Annotated[dt.date, QueryParameter(name="to", description="The later day.")],
    lists: Lists = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Events:
    """What the law of one day has that the law of an earlier day had not; wording alone is marked `editorial`."""
    if last < first:
        raise QueryError(f"`to` ({last}) is before `from` ({first}).", "to")
    wanted = world.engine.lists_asked(lists)
    kept: Kept = request.app.state.kept
    events = await kept.awaited(
        world, ("diff", first, last, wanted), lambda: world.engine.diff(first, last, lists=wanted)
    )
    return _page(request, world, events, limit, cursor)


@get(
    "/changes",
    opt=needs("read") | forms("application/atom+xml", "application/rss+xml"),
    operation_id="changes",
    responses={200: ResponseSpec(Events, description="A page of changes; or a feed, by `format`.")},
)
async def changes(
    request: Request[Any, Any, Any],
    world: WorldAsked,
    since: Annotated[
        str, QueryParameter(max_length=40, description="A day of the law, or an instant of download.")
    ],
    lists: Lists = None,
    shape: Annotated[Literal["json", "atom", "rss"], QueryParameter(name="format")] = "json",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response[Any]:
    """Every change in releases published after a day, or downloaded after an instant.

    Feeds leave out differences of wording; JSON marks them.
    """
    start, wanted = _day_or_instant(since), world.engine.lists_asked(lists)
    kept: Kept = request.app.state.kept
    events = await kept.awaited(
        world, ("changes", start, wanted), lambda: world.engine.changes(start, lists=wanted)
    )
    if shape == "json":
        return Response(_page(request, world, events, limit, cursor))
    legal = [event for event in events if not event.editorial][-limit:]
    text = (atom if shape == "atom" else rss)(legal, updated=world.engine.now)
    return Response(text.encode(), media_type=f"application/{shape}+xml; charset=utf-8")


@get("/rulings", sync_to_thread=True, opt=needs("read"), operation_id="rulings")
def rulings(request: Request[Any, Any, Any], known_at: KnownAt = None) -> Rulings:
    """Every ruling on which entries are of one party, up to this moment; answers follow it some seconds later."""
    worlds: Worlds = request.app.state.worlds
    found = tuple(worlds.rulings(None if known_at is None else instant(known_at, "known_at")))
    tag(request, f"{len(found)} {found[-1:]}")
    return Rulings(rulings=found)


@post("/rulings", sync_to_thread=True, status_code=201, opt=needs("approve"), operation_id="rule",
      responses={201: ResponseSpec(Ruling, description="The ruling as recorded.")})  # fmt: skip
def rule(
    request: Request[Any, Any, Any],
    world: WorldAsked,
    data: JSONBody[RulingAsked],
    idempotency_key: IdempotencyKey = None,
) -> Response[Any]:
    """Rule that two entries are of one party, or of two. It is added to the record and never erased."""

    def act() -> Ruling:
        engine = asked(world, request.app.state.now())
        ruling = Ruling(
            action=data.action,
            one=data.one,
            other=data.other,
            why=data.why,
            by=caller_of(request).name,
            at=engine.now,
        )
        return engine.rule(ruling, request.app.state.learned)

    return once(request, idempotency_key, act, 201)


def _page(
    request: Request[Any, Any, Any], world: WorldAsked, events: list[Event], limit: int, cursor: str | None
) -> Events:
    start = place(cursor, world)
    return Events(
        total=len(events),
        events=tuple(events[start : start + limit]),
        next=after(start, limit, len(events), world),
        provenance=asked(world, request.app.state.now()).provenance(),
    )


def _day_or_instant(text: str) -> dt.date | dt.datetime:
    if len(text) > len("YYYY-MM-DD"):
        return instant(text, "since")
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise QueryError(
            f"{text!r} is neither a day (2026-03-03) nor an instant (2026-03-03T12:00:00Z).", "since"
        ) from None


history = Router(
    "/", route_handlers=[of_listing, of_party, party, diff, changes, rulings, rule], tags=["history"]
)
