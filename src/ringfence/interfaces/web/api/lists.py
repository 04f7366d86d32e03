"""The lists: what each means in law, how fresh it is, and its entries."""

import datetime as dt
from typing import Annotated, Any

import msgspec
from litestar import Request, Router, get
from litestar.params import FromPath, QueryParameter

from ringfence import Listing, ListStatus, Provenance
from ringfence.errors import NotKnown
from ringfence.interfaces.web.access.roles import needs
from ringfence.interfaces.web.api.asking import Limit, Lists, WorldAsked, codes
from ringfence.interfaces.web.api.paging import Cursor, after, place
from ringfence.interfaces.web.catalogue import Wanted
from ringfence.interfaces.web.worlds import asked
from ringfence.records import SCHEMA, PartyKind


class Statuses(msgspec.Struct, frozen=True, kw_only=True):
    """Every list there is, loaded or not."""

    schema: str = SCHEMA
    lists: tuple[ListStatus, ...]
    provenance: Provenance


class Listings(msgspec.Struct, frozen=True, kw_only=True):
    """A page of entries in force. `next` asks for the page after it, as `cursor`; None on the last one."""

    schema: str = SCHEMA
    total: int
    listings: tuple[Listing, ...]
    next: str | None
    provenance: Provenance


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """One text that an entry had, with the publication days of the releases that print it."""

    listing: Listing
    printed: tuple[dt.date, ...]


class EntryAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """An entry: its text on the day asked (None when it is not in force then), and every text it had."""

    schema: str = SCHEMA
    listing: str
    list_title: str
    in_force: Listing | None
    versions: tuple[Text, ...]
    missing_since: dt.date | None
    provenance: Provenance


@get("/lists", sync_to_thread=True, opt=needs("read"), operation_id="lists")
def all_lists(request: Request[Any, Any, Any], world: WorldAsked) -> Statuses:
    """Every list: its meaning in law, the snapshot in force, its age, and how the last refresh ended."""
    engine = asked(world, request.app.state.now())
    return Statuses(lists=tuple(engine.statuses()), provenance=engine.provenance())


@get("/lists/{list_id:str}", sync_to_thread=True, opt=needs("read"), operation_id="list")
def one_list(request: Request[Any, Any, Any], world: WorldAsked, list_id: FromPath[str]) -> Statuses:
    """One list."""
    engine = asked(world, request.app.state.now())
    found = tuple(status for status in engine.statuses() if status.legal.id == list_id)
    if not found:
        raise NotKnown(f"no list {list_id[:80]!r}. See them all at /api/v1/lists")
    return Statuses(lists=found, provenance=engine.provenance([list_id]))


@get("/listings", sync_to_thread=True, opt=needs("read"), operation_id="listings")
def listings(
    request: Request[Any, Any, Any],
    world: WorldAsked,
    lists: Lists = None,
    country: Annotated[
        list[str] | None, QueryParameter(description="A country of the party; may be repeated.")
    ] = None,
    kind: Annotated[
        list[PartyKind] | None, QueryParameter(description="What the party is; may be repeated.")
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Listings:
    """Browse the entries in force on the day, page by page."""
    engine = asked(world, request.app.state.now())
    wanted = Wanted(
        lists=engine.lists_asked(lists), countries=codes(country, "country"), kinds=tuple(kind or ())
    )
    rows = world.catalogue.find(wanted)
    start = place(cursor, world)
    page = rows[start : start + limit]
    return Listings(
        total=len(rows),
        listings=tuple(world.catalogue.listings(page)),
        next=after(start, limit, len(rows), world),
        provenance=engine.provenance(wanted.lists),
    )


@get("/listings/{listing_id:str}", sync_to_thread=True, opt=needs("read"), operation_id="listing")
def one_listing(request: Request[Any, Any, Any], world: WorldAsked, listing_id: FromPath[str]) -> EntryAnswer:
    """One entry as the law has it on the day, and each text it had with the releases that print it."""
    engine = asked(world, request.app.state.now())
    entry = engine.entry(listing_id)
    return EntryAnswer(
        listing=listing_id,
        list_title=entry.legal.title,
        in_force=engine.in_force(listing_id),
        versions=tuple(Text(listing=text, printed=days) for text, days in entry.texts),
        missing_since=entry.missing_since,
        provenance=engine.provenance([entry.legal.id]),
    )


lists = Router("/", route_handlers=[all_lists, one_list, listings, one_listing], tags=["lists"])
