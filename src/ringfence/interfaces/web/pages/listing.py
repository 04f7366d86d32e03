"""One entry as the law prints it: requirement, policy, citations, names, addresses, its party, its history and its texts.

The page is about one day; two days, where they are asked for, are set beside each other word by word.
"""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.params import FromPath

from ringfence import Engine, Entry, Event, JoinedParty, Listing
from ringfence.errors import QueryError
from ringfence.interfaces.language.texts import Texts
from ringfence.interfaces.web.access.roles import needs
from ringfence.interfaces.web.pages.answer import page
from ringfence.interfaces.web.pages.compared import compared
from ringfence.interfaces.web.pages.forms import asked
from ringfence.interfaces.web.pages.worlds import on_day
from ringfence.interfaces.web.reader import texts
from ringfence.interfaces.web.worlds import World


class _Asked(msgspec.Struct, frozen=True, rename={"first": "from", "last": "to"}):
    as_of: dt.date | None = None
    first: dt.date | None = None
    last: dt.date | None = None


class Related(msgspec.Struct, frozen=True):
    """Another entry, and what says that it is of the same party."""

    id: str
    listing: Listing | None
    evidence: tuple[str, ...]


@get("/listings/{listing_id:str}", sync_to_thread=True, opt=needs("read"))
def listing(request: Request[Any, Any, Any], listing_id: FromPath[str]) -> Response[bytes]:
    """The entry on the day, and what became of it."""
    form, t = asked(request, _Asked), texts(request)
    world: World = request.app.state.worlds.world()
    engine: Engine = on_day(request, world, form.as_of)
    entry = world.engine.entry(listing_id)
    text = engine.in_force(listing_id)
    events = world.engine.history(listing_id)
    party = engine.party(listing_id) if text and engine is world.engine else None
    differs = None
    sides: list[Listing | None] = []
    if form.first and form.last:
        if form.last < form.first:
            raise QueryError(f"the later day ({form.last}) is before the earlier one ({form.first}).", "to")
        sides = [on_day(request, world, day).in_force(listing_id) for day in (form.first, form.last)]
        differs = compared(sides[0], sides[1], t)
    return page(
        request,
        "listing.html",
        provenance=engine.provenance([entry.legal.id]),
        entry=entry,
        legal=entry.legal,
        text=text,
        doubts=list(engine.doubts(text)) if text else [],
        shown=text or entry.texts[-1][0],
        on=engine.on,
        today=world.engine.on,
        form=form,
        days=_turns(entry, events, world.engine.on),
        events=[(event, _told(event, t)) for event in reversed(events)],
        differs=differs,
        sides=[one.source for one in sides if one],
        same=list(_related(engine, party, listing_id)) if party else [],
        possible=list(_possible(engine, party, listing_id)) if party else [],
        ruled=[one for one in request.app.state.worlds.rulings() if listing_id in (one.one, one.other)],
        parents=party.parents if party else (),
    )


def _turns(entry: Entry, events: list[Event], today: dt.date) -> list[dt.date]:
    """The days on which the text became another one, as far as they are known, and today."""
    days = {event.on for event in events if not event.editorial}
    days |= {day for one, _ in entry.texts if (day := one.version_from or one.valid_from)}
    return sorted(day for day in days | {today} if day <= today)


def _told(event: Event, t: Texts) -> list[Any]:
    """The fields that an event changed, word by word; none for a beginning or an end."""
    if event.before is None or event.after is None:
        return []
    return [field for field in compared(event.before, event.after, t) if field.changed]


def _related(engine: Engine, party: JoinedParty, listing_id: str) -> Iterator[Related]:
    for other in party.listings:
        if other != listing_id:
            said = [join.text for join in party.evidence if other in (join.one, join.other)]
            yield Related(other, engine.in_force(other), tuple(dict.fromkeys(said)))


def _possible(engine: Engine, party: JoinedParty, listing_id: str) -> Iterator[Related]:
    for join in party.possible:
        ends = {join.one, join.other} - set(party.listings)
        for other in sorted(ends - {listing_id}):
            yield Related(other, engine.in_force(other), (join.text,))
