"""The lists: what each means in law, how fresh it is, whether a release was held back; and what changed on them."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, get
from litestar.params import FromPath

from ringfence import ListStatus
from ringfence.errors import NotKnown, QueryError
from ringfence.interfaces.web.access.roles import needs
from ringfence.interfaces.web.catalogue import Wanted
from ringfence.interfaces.web.pages.answer import page
from ringfence.interfaces.web.pages.forms import asked
from ringfence.interfaces.web.worlds import World
from ringfence.store import Attempt

ON_A_PAGE = 30
LOOK_BACK = dt.timedelta(days=180)

Kind = Literal["add", "revise", "remove", "correct", "redesignate", "stay", "reinstate"]


@get("/lists", sync_to_thread=True, opt=needs("read"))
def all_lists(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Every list, those that answer first."""
    engine = request.app.state.worlds.world().engine
    statuses = engine.statuses()
    return page(
        request,
        "lists.html",
        provenance=engine.provenance(),
        loaded=[(one, standing(one)) for one in statuses if one.used],
        failures=_failures(statuses),
        others=[one for one in statuses if not one.used],
    )


@get("/lists/{list_id:str}", sync_to_thread=True, opt=needs("read"))
def one_list(request: Request[Any, Any, Any], list_id: FromPath[str]) -> Response[bytes]:
    """One list: its meaning, its release, and what is on it."""
    world: World = request.app.state.worlds.world()
    status = next((one for one in world.engine.statuses() if one.legal.id == list_id), None)
    if status is None:
        raise NotKnown(f"no list {list_id[:80]!r}. See them all at /lists")
    rows = world.catalogue.find(Wanted(lists=(list_id,)))
    return page(
        request,
        "list.html",
        provenance=world.engine.provenance([list_id]),
        held=status,
        standing=standing(status),
        total=len(rows),
        countries=Counter(row.countries[0] for row in rows if row.countries).most_common(12),
        kinds=Counter(row.kind for row in rows).most_common(),
    )


def _failures(statuses: Iterable[ListStatus]) -> list[tuple[Attempt, str, list[ListStatus]]]:
    """Refreshes that did not end well, each once, with how the lists stand that it was to bring up to date."""
    found: dict[str, tuple[Attempt, str, list[ListStatus]]] = {}
    for status in statuses:
        if status.attempt:
            _, _, touched = found.setdefault(status.attempt.source, (status.attempt, standing(status), []))
            touched.append(status)
    return list(found.values())


Standing = Literal["held_back", "failed", "absent", "bundled", "closed", "stale", "current"]


def standing(status: ListStatus) -> Standing:
    """How a list stands, the worst first: a release that was refused, one that could not be had, one of a list that is no
    longer kept, one too old.
    """
    if status.attempt:
        return "held_back" if status.attempt.outcome == "held_back" else "failed"
    if status.used is None:
        return "absent"
    if status.source and status.source.bundled:
        return "bundled"
    if status.source and status.source.warning and not status.source.urls:
        return "closed"
    return "stale" if status.stale else "current"


class Asked(msgspec.Struct, frozen=True):
    """Which changes; `wording` shows those of wording too."""

    since: dt.date | None = None
    list: str | None = None
    kind: Kind | None = None
    wording: bool = False
    page: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 1


@get("/changes", sync_to_thread=True, opt=needs("read"))
def changes(request: Request[Any, Any, Any]) -> Response[bytes]:
    """What changed in releases published after a day, the latest first."""
    form = asked(request, Asked)
    world: World = request.app.state.worlds.world()
    engine = world.engine
    lists = [one.legal.id for one in engine.statuses() if one.used]
    if form.list and form.list not in lists:
        raise QueryError(
            f"{form.list[:80]!r} is not a list that is loaded. Lists: {', '.join(lists)}.", "list"
        )
    since = form.since or engine.on - LOOK_BACK
    events = request.app.state.kept.get(
        world,
        ("changes", since, form.list),
        lambda: list(reversed(engine.changes(since, lists=[form.list] if form.list else None))),
    )
    legal = [event for event in events if form.wording or not event.editorial]
    shown = [event for event in legal if form.kind in (None, event.kind)]
    first = (form.page - 1) * ON_A_PAGE
    if first and first >= len(shown):
        raise QueryError(f"there is no page {form.page:,}: {len(shown):,} changes pass.", "page")
    return page(
        request,
        "changes.html",
        provenance=engine.provenance([form.list] if form.list else None),
        form=form,
        since=since,
        lists=lists,
        kinds=Counter(event.kind for event in legal),
        wordings=len(events) - sum(not event.editorial for event in events),
        total=len(shown),
        pages=-(-len(shown) // ON_A_PAGE),
        events=shown[first : first + ON_A_PAGE],
    )
