"""The review desk in a browser: the queue, and one alert with both sides of it."""

import contextlib
import datetime as dt
from collections.abc import Callable
from typing import Annotated, Any, Literal, get_args

import msgspec
from litestar import Request, Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import PathParameter

from ringfence import Engine, Listing
from ringfence.errors import AccessDenied, Conflict, NotKnown, QueryError, RingfenceError
from ringfence.interfaces.language.said import list_called
from ringfence.interfaces.language.texts import Texts
from ringfence.interfaces.web.access.roles import GRANTS, Permission, needs
from ringfence.interfaces.web.api.asking import WorldAsked
from ringfence.interfaces.web.pages.answer import address, page, redirect
from ringfence.interfaces.web.pages.behind import behind
from ringfence.interfaces.web.pages.forms import asked, sent
from ringfence.interfaces.web.reader import texts
from ringfence.interfaces.web.reviewing import desk_of, now_of, reviewer_of
from ringfence.interfaces.web.worlds import World
from ringfence.interfaces.web.worlds import asked as asked_of
from ringfence.records.codec import canonical, digest
from ringfence.review import (
    CAUSES,
    NOBODY,
    OPEN,
    SORTS,
    STATES,
    Alert,
    AlertEvent,
    AlertPage,
    Cause,
    Desk,
    Filter,
    ReasonCode,
    Reviewer,
    Sort,
    Stake,
    Standing,
    State,
    Verdict,
    Waiting,
    contrasts,
    reason_codes,
)
from ringfence.sources.registry import legal_lists
from ringfence.store.outbox import Outbox

SIZE = 50
"""Alerts of a page of the queue."""

View = Literal["open", "mine", "nobody", "inbox", "decided", "all"]
VIEWS: tuple[View, ...] = ("open", "mine", "nobody", "inbox", "decided", "all")


class Queue(msgspec.Struct, frozen=True):
    """Which queue is looked at; it travels with the address of an alert, so that the next one is known.

    `at` is the place of the alert in its page, from 0.
    """

    view: View = "open"
    state: State | None = None
    list: str | None = None
    whose: str | None = None
    cause: Cause | None = None
    source: str | None = None
    q: str | None = None
    score_from: float | None = None
    sort: Sort = "score"
    page: int = 1
    at: int | None = None

    def filter(self, who: str) -> Filter:
        """What this queue lets through, for somebody."""
        states: tuple[State, ...] = {
            "inbox": ("proposed",),
            "decided": ("cleared", "confirmed"),
            "all": STATES,
        }.get(self.view, ())  # type: ignore[assignment]
        return Filter(
            states=(self.state,) if self.state else states,
            assigned_to={"mine": who, "nobody": NOBODY}.get(self.view, self.whose),
            not_decided_by=who if self.view == "inbox" else None,
            lists=(self.list,) if self.list else (),
            causes=(self.cause,) if self.cause else (),
            source=self.source,
            text=self.q,
            score_from=self.score_from,
        )

    def address(self, path: str = "/alerts", **changed: Any) -> str:
        """The address of `path` within this queue."""
        values = {
            field.name: getattr(self, field.name)
            for field in msgspec.structs.fields(type(self))
            if getattr(self, field.name) != field.default
        }
        return address(path, {**values, **changed})


class Acting(msgspec.Struct, frozen=True):
    """What a form of an alert may hold; `seen` is the event that was the last when it was looked at."""

    seen: int | None = None
    text: str = ""
    reason: str = ""
    expires_on: dt.date | None = None
    to: str | None = None
    then: Literal["queue", "alert"] = "alert"


Number = Annotated[int, PathParameter(ge=1, le=2_000_000_000)]


@get("/alerts", sync_to_thread=True, opt=needs("review"))
def queue(request: Request[Any, Any, Any], world: WorldAsked) -> Response[bytes]:
    """The queue."""
    wanted = asked(request, Queue)
    if wanted.page < 1:
        raise QueryError("pages begin at 1.", "page")
    who, t = reviewer_of(request), texts(request)
    desk: Desk | None = request.app.state.desks.desk()
    found = AlertPage(alerts=(), page=1, size=SIZE, total=0)
    proposals: dict[int, AlertEvent] = {}
    stakes: dict[int, tuple[Stake, ...]] = {}
    counts, waiting = dict.fromkeys(VIEWS, 0), list[Waiting]()
    owed = Outbox(desk.database).waiting() if desk else []
    if desk:
        found = desk.queue(wanted.filter(who.name), sort=wanted.sort, page=wanted.page, size=SIZE)
        waiting = desk.counts(now_of(request))
        counts = _counts(desk, waiting, who)
        proposals = desk.decisions(one for one in found.alerts if one.state == "proposed")
        stakes = desk.at_stake([one.alert for one in found.alerts])
    return page(
        request,
        "alerts.html",
        provenance=asked_of(world, now_of(request)).provenance(),
        queue=wanted,
        found=found,
        pages=-(-found.total // SIZE),
        counts=counts,
        views=[view for view in VIEWS if view != "inbox" or who.approves],
        waiting=waiting,
        late=[one for one in owed if one.is_late(now_of(request))],
        proposals=proposals,
        stakes=stakes,
        rates=", ".join(f"1 {code} = {unit:g}" for code, unit in desk.policy.worth.items()) if desk else "",
        who=who,
        named_lists=_lists(wanted.list, t),
        people=[(one, one) for one in _people(request)],
        named_sorts=[(key, t.word("alerts.sort", key)) for key in SORTS],
        named_causes=[(key, t.word("alerts.cause", key)) for key in CAUSES],
        named_states=[(key, t.word("alerts.state", key)) for key in STATES],
        reasons=reasons_for(request, "cleared"),
        now=now_of(request),
    )


def _counts(desk: Desk, waiting: list[Waiting], who: Reviewer) -> dict[View, int]:
    """How many alerts each view holds: most of it is known from the states."""
    are_open = [one for one in waiting if one.state in OPEN]
    total, opened = sum(one.alerts for one in waiting), sum(one.alerts for one in are_open)
    mine = desk.queue(Queue(view="mine").filter(who.name), size=1).total
    inbox = desk.queue(Queue(view="inbox").filter(who.name), size=1).total if who.approves else 0
    return {
        "open": opened,
        "mine": mine,
        "nobody": sum(one.unassigned for one in are_open),
        "inbox": inbox,
        "decided": total - opened,
        "all": total,
    }


@get("/alerts/{number:int}", sync_to_thread=True, opt=needs("review"))
def alert(request: Request[Any, Any, Any], world: WorldAsked, number: Number) -> Response[bytes]:
    """One alert."""
    return _shown(request, world, number)


def _shown(
    request: Request[Any, Any, Any],
    world: World,
    number: int,
    *,
    status: int = 200,
    fault: RingfenceError | None = None,
    action: str = "",
    form: Acting | None = None,
) -> Response[bytes]:
    """One alert; with a `fault`, what was typed stays in the form of `action`."""
    desk, who, wanted = desk_of(request), reviewer_of(request), asked(request, Queue)
    engine = world.engine  # its histories and views are kept from one alert to the next
    found = desk.alert(number)
    one = found.standing
    before, after = _beside(desk, wanted, who, number)
    listing = engine.in_force(one.listing)
    owners, unasked = behind(request, world, found, request.query_params.get("ask"))
    return page(
        request,
        "alert.html",
        status=status,
        provenance=asked_of(world, now_of(request)).provenance(),
        queue=wanted,
        alert=found,
        one=one,
        rows=contrasts(found.case),
        listing=listing,
        revised=listing is not None and digest(canonical(listing)) != found.case.listing_version,
        entry=_entry(engine, found, listing),
        owners=owners,
        unasked=unasked,
        before=before,
        after=after,
        who=who,
        can=_can(one, who),
        people=_people(request),
        second={verdict: desk.policy.second(found.case, verdict, "") for verdict in get_args(Verdict)},
        clear_reasons=reasons_for(request, "cleared"),
        confirm_reasons=reasons_for(request, "confirmed"),
        reason_text=lambda code: _in_words(request, code),
        latest=desk.policy.expires("cleared", now_of(request).date(), None),
        today=now_of(request).date(),
        fault=fault,
        faulty=action,
        form=form or Acting(),
        form_of={name: form.text if form and name == action else "" for name in _FORMS},
    )


def _beside(desk: Desk, wanted: Queue, who: Reviewer, number: int) -> tuple[str | None, str | None]:
    """The addresses of the alerts before and after this one in the queue it was opened from.

    One that has just left the queue leaves its place to the next.
    """
    page_of_queue = desk.queue(wanted.filter(who.name), sort=wanted.sort, page=wanted.page, size=SIZE)
    numbers = [one.alert for one in page_of_queue.alerts]
    if number in numbers:
        place = numbers.index(number)
        near = (place - 1, place + 1)
    else:
        place = wanted.at or 0
        near = (place - 1, place)
    first, second = (
        wanted.address(f"/alerts/{numbers[where]}", at=where) if 0 <= where < len(numbers) else None
        for where in near
    )
    return first, second


def _entry(engine: Engine, found: Alert, listing: Listing | None) -> dict[str, Any]:
    """What else is told about the listed party: its other entries, its ties, and what happened to this entry."""
    told: dict[str, Any] = {"party": None, "others": [], "ties": (), "history": []}
    with contextlib.suppress(NotKnown):
        told["history"] = engine.history(found.standing.listing)
    if listing is not None:
        party = engine.party(listing.id)
        told |= {
            "party": party,
            "others": [
                other for name in party.listings if name != listing.id and (other := engine.in_force(name))
            ],
            "ties": listing.ties,
        }
    return told


def _can(one: Standing, who: Reviewer) -> frozenset[str]:
    """What the reader may do with an alert as it stands."""
    possible = {
        action
        for action in ("assigned", "started", "noted", "escalated", "cleared", "undone", "reopened")
        if one.can(action)
    }
    if one.can("approved") and who.approves and who.name != one.decided_by:
        possible |= {"approved"}
    if who.name != one.decided_by and not who.approves:
        possible -= {"undone"}
    if (one.state == "confirmed" or one.settled) and not who.approves:
        possible -= {"reopened"}
    return frozenset(possible)


def _lists(asked: str | None, t: Texts) -> list[tuple[str, str]]:
    """Every list by its name, for a choice; another word that the address asks for, such as a jurisdiction, stays one."""
    named = sorted(
        ((one.id, list_called(one.short, t)) for one in legal_lists().values()), key=lambda one: one[1]
    )
    return [*([(asked, asked)] if asked and asked not in dict(named) else []), *named]


def _people(request: Request[Any, Any, Any]) -> list[str]:
    """Who may be given an alert."""
    return [
        one.name
        for one in request.app.state.registry.people()
        if one.ended_at is None and "review" in GRANTS[one.role]
    ]


def reasons_for(request: Request[Any, Any, Any], verdict: Verdict) -> list[tuple[str, str]]:
    """The reasons of a verdict as (code, words), in the reader's language."""
    return [(code, _words(request, one)) for code, one in reason_codes().items() if verdict in one.verdicts]


def _in_words(request: Request[Any, Any, Any], code: str) -> str:
    found = reason_codes().get(code)
    return _words(request, found) if found else code


def _words(request: Request[Any, Any, Any], reason: ReasonCode) -> str:
    return reason.zh if texts(request).language == "zh" else reason.en


_FORMS = ("approve", "return", "clear", "confirm", "escalate", "undo", "reopen", "note", "assign", "start")
_NOTICES = {
    "assigned": "alerts.done.assigned",
    "started": "alerts.done.started",
    "noted": "alerts.done.noted",
    "escalated": "alerts.done.escalated",
    "proposed": "alerts.done.proposed",
    "cleared": "alerts.done.cleared",
    "confirmed": "alerts.done.confirmed",
    "approved": "alerts.done.approved",
    "returned": "alerts.done.returned",
    "undone": "alerts.done.undone",
    "reopened": "alerts.done.reopened",
}
"""What is said once an action is done."""

Act = Callable[[Desk, int, Acting, Reviewer, dt.datetime], Standing]


def _acting(name: str, act: Act, permission: Permission = "review") -> Any:
    """The handler of one form of an alert."""

    @post(f"/alerts/{{number:int}}/{name}", opt=needs(permission), status_code=200)
    async def acted(request: Request[Any, Any, Any], world: WorldAsked, number: Number) -> Response[Any]:
        form = await sent(request, Acting)
        return await sync_to_thread(_act, request, world, number, name, form, act)

    return acted


def _act(
    request: Request[Any, Any, Any], world: World, number: int, name: str, form: Acting, act: Act
) -> Response[Any]:
    try:
        after = act(desk_of(request), number, form, reviewer_of(request), now_of(request))
    except (QueryError, Conflict, AccessDenied) as error:
        return _shown(request, world, number, status=error.status, fault=error, action=name, form=form)
    back = asked(request, Queue)
    to = back.address(at=None) if form.then == "queue" else back.address(f"/alerts/{number}")
    return redirect(to, _NOTICES[after.action], number=number)


def _assigned(desk: Desk, number: int, form: Acting, by: Reviewer, at: dt.datetime) -> Standing:
    to = by.name if form.to is None else None if form.to == NOBODY else form.to
    return desk.assign(number, to, by=by, at=at, seen=form.seen)


def _decided(verdict: Verdict) -> Act:
    def decide(desk: Desk, number: int, form: Acting, by: Reviewer, at: dt.datetime) -> Standing:
        return desk.decide(
            number,
            verdict,
            reason=form.reason,
            text=form.text,
            expires_on=form.expires_on if verdict == "cleared" else None,
            by=by,
            at=at,
            seen=form.seen,
        )

    return decide


handlers = [
    queue,
    alert,
    _acting("assign", _assigned),
    _acting("start", lambda desk, n, form, by, at: desk.start(n, by=by, at=at, seen=form.seen)),
    _acting("note", lambda desk, n, form, by, at: desk.note(n, form.text, by=by, at=at, seen=form.seen)),
    _acting(
        "escalate",
        lambda desk, n, form, by, at: desk.escalate(n, form.text, to=form.to, by=by, at=at, seen=form.seen),
    ),
    _acting("clear", _decided("cleared")),
    _acting("confirm", _decided("confirmed")),
    _acting(
        "approve",
        lambda desk, n, form, by, at: desk.approve(n, text=form.text, by=by, at=at, seen=form.seen),
        "approve",
    ),
    _acting(
        "return",
        lambda desk, n, form, by, at: desk.return_(n, form.text, by=by, at=at, seen=form.seen),
        "approve",
    ),
    _acting("undo", lambda desk, n, form, by, at: desk.undo(n, text=form.text, by=by, at=at, seen=form.seen)),
    _acting("reopen", lambda desk, n, form, by, at: desk.reopen(n, form.text, by=by, at=at, seen=form.seen)),
]
"""The queue, the alert, and a form for everything that can be done with it."""
