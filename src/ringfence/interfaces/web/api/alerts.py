"""Alerts: raised by screening, worked on by people, decided with reasons, opened again when the facts change.

Every alert has a strong ETag, the number of its last event. A change that comes with `If-Match` is refused with 412
when somebody has acted since.
"""

import datetime as dt
import re
from collections.abc import Callable
from typing import Annotated, Any

import msgspec
from litestar import MediaType, Request, Response, Router, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, HeaderParameter, JSONBody, PathParameter, QueryParameter

from ringfence import Provenance
from ringfence.errors import QueryError
from ringfence.interfaces.batch import PartyStakes
from ringfence.interfaces.web.access.roles import Permission, needs
from ringfence.interfaces.web.api.asking import MOST_NUMBER, Limit, PartyAsked, WorldAsked
from ringfence.interfaces.web.api.writing import IdempotencyKey, once
from ringfence.interfaces.web.reviewing import desk_of, now_of, reviewer_of
from ringfence.interfaces.web.service import MAX_BATCH
from ringfence.interfaces.web.worlds import asked
from ringfence.records import SCHEMA
from ringfence.review import (
    MOST_AT_ONCE,
    Alert,
    AlertPage,
    Bulk,
    Cause,
    Desk,
    Filter,
    Foreseen,
    Raised,
    ReasonCode,
    Sort,
    Stake,
    Standing,
    State,
    Verdict,
    Waiting,
    reason_codes,
)

_ETAG = re.compile(r'"(\d{1,9})"')

Number = Annotated[int, PathParameter(ge=1, le=MOST_NUMBER, description="The number of the alert.")]
IfMatch = Annotated[
    str | None,
    HeaderParameter(
        name="If-Match",
        max_length=40,
        description="The ETag of the alert as it was looked at; refused with 412 when somebody has acted since.",
    ),
]
Said = Annotated[str, msgspec.Meta(min_length=1, max_length=10_000, pattern=r"\S")]
MaySay = Annotated[str, msgspec.Meta(max_length=10_000)]
Who = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"\S")]
Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class AtStake(PartyAsked, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A party to be screened, with what is at stake."""

    amount: Annotated[float, msgspec.Meta(ge=0)] | None = None
    currency: Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")] | None = None


class Raising(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Up to 1,000 parties to be screened; `source` names the book or run they are of."""

    source: Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"\S")]
    parties: Annotated[tuple[AtStake, ...], msgspec.Meta(min_length=1, max_length=MAX_BATCH)]
    cause: Cause = "screening"
    lists: Annotated[tuple[str, ...], msgspec.Meta(min_length=1, max_length=100)] | None = None
    threshold: Annotated[float, msgspec.Meta(gt=0, le=1)] | None = None


class RaisedAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What the screening did to the desk, and what it rests on."""

    schema: str = SCHEMA
    alerts: Raised
    provenance: Provenance


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """Every state, how many alerts are in it and how long they wait."""

    schema: str = SCHEMA
    states: tuple[Waiting, ...]


class Reasons(msgspec.Struct, frozen=True, kw_only=True):
    """The closed list of reasons."""

    schema: str = SCHEMA
    reasons: tuple[ReasonCode, ...]


class Assigning(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Whose the alert becomes; null is nobody's."""

    to: Who | None


class Noting(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is said, in words."""

    text: Said


class Escalating(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Why an alert is handed up, and to whom; without `to`, to whoever takes it."""

    text: Said
    to: Who | None = None


class Remarking(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is said, if anything."""

    text: MaySay = ""


class Clearing(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Why the party is not the listed one: a reason of the list and words; until when, if not as the policy says."""

    reason: Reason
    text: Said
    expires_on: dt.date | None = None


class Confirming(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Why the party is the listed one: a reason of the list and words."""

    reason: Reason
    text: Said


class Seen(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An alert, and the number of its last event when it was looked at."""

    alert: Annotated[int, msgspec.Meta(ge=1, le=MOST_NUMBER)]
    seen: Annotated[int, msgspec.Meta(ge=1, le=MOST_NUMBER)] | None = None


class BulkAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Alerts that are decided for one reason, and with one text."""

    alerts: Annotated[tuple[Seen, ...], msgspec.Meta(min_length=1, max_length=MOST_AT_ONCE)]
    verdict: Verdict
    reason: Reason
    text: Said
    expires_on: dt.date | None = None


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What a bulk decision would do, alert by alert; nothing was written."""

    schema: str = SCHEMA
    alerts: tuple[Foreseen, ...]


@get("/alerts", sync_to_thread=True, opt=needs("review"), operation_id="alerts")
def queue(
    request: Request[Any, Any, Any],
    states: Annotated[
        list[State] | None,
        QueryParameter(name="state", description="In this state; may be repeated. Open ones when absent."),
    ] = None,
    assigned_to: Annotated[
        str | None,
        QueryParameter(max_length=200, description="Of this person; `nobody` for what nobody has."),
    ] = None,
    lists: Annotated[
        list[str] | None,
        QueryParameter(name="list", description="Of this list or jurisdiction; may be repeated."),
    ] = None,
    cause: Annotated[list[Cause] | None, QueryParameter()] = None,
    source: Annotated[str | None, QueryParameter(max_length=200, description="Of this book or run.")] = None,
    subject: Annotated[
        str | None, QueryParameter(max_length=200, description="The party's id there.")
    ] = None,
    listing: Annotated[str | None, QueryParameter(max_length=300)] = None,
    text: Annotated[str | None, QueryParameter(max_length=200, description="A part of either name.")] = None,
    score_from: Annotated[float | None, QueryParameter(ge=0, le=1)] = None,
    amount_from: Annotated[
        float | None,
        QueryParameter(
            description="At least this much: in `currency`, or in the unit of the policy's worth."
        ),
    ] = None,
    currency: Annotated[
        str | None, QueryParameter(pattern="^[A-Z]{3}$", description="Whose amount is in this currency.")
    ] = None,
    expires_by: Annotated[
        dt.date | None, QueryParameter(description="Whose decision holds until this day at most.")
    ] = None,
    not_decided_by: Annotated[
        str | None, QueryParameter(max_length=200, description="Leave out what this person has proposed.")
    ] = None,
    sort: Annotated[
        Sort, QueryParameter(description="Highest score or amount, oldest, or latest first.")
    ] = "score",
    page: Annotated[int, QueryParameter(ge=1, le=1_000_000)] = 1,
    limit: Limit = 50,
) -> AlertPage:
    """The queue: alerts by what is asked, page by page."""
    desk: Desk | None = request.app.state.desks.desk()
    if desk is None:
        return AlertPage(alerts=(), page=page, size=limit, total=0)
    wanted = Filter(
        states=tuple(states or ()),
        assigned_to=assigned_to,
        lists=tuple(lists or ()),
        causes=tuple(cause or ()),
        source=source,
        subject=subject,
        listing=listing,
        text=text,
        score_from=score_from,
        amount_from=amount_from,
        currency=currency,
        expires_by=expires_by,
        not_decided_by=not_decided_by,
    )
    return desk.queue(wanted, sort=sort, page=page, size=limit)


@get("/alerts/counts", sync_to_thread=True, opt=needs("review"), operation_id="alert_counts")
def counts(request: Request[Any, Any, Any]) -> Counts:
    """How many alerts are in each state, and how long they wait."""
    desk: Desk | None = request.app.state.desks.desk()
    return Counts(states=tuple(desk.counts(now_of(request))) if desk else ())


@get("/alerts/reasons", sync_to_thread=False, opt=needs("review"), operation_id="alert_reasons")
def reasons() -> Reasons:
    """The reasons for which alerts are cleared and confirmed, and the facts that each rests on."""
    return Reasons(reasons=tuple(reason_codes().values()))


@post("/alerts", sync_to_thread=True, status_code=200, opt=needs("review"), operation_id="raise_alerts",
      responses={200: ResponseSpec(RaisedAnswer, description="What became of each pair.")})  # fmt: skip
def raise_alerts(
    request: Request[Any, Any, Any],
    world: WorldAsked,
    data: JSONBody[Raising],
    idempotency_key: IdempotencyKey = None,
) -> Response[Any]:
    """Screen parties and raise an alert for every hit. A pair that is known raises none; see `kept` and `known`."""

    def act() -> RaisedAnswer:
        desk = desk_of(request)
        engine = asked(world, now_of(request), threshold=data.threshold)
        queries = [one.query(f"parties[{place}].") for place, one in enumerate(data.parties)]
        at_stake = PartyStakes(data.source)
        for query, one in zip(queries, data.parties, strict=True):
            at_stake.note(query, Stake(one.amount, one.currency), met=True)
        answers = []
        for answer in engine.screen(queries, lists=data.lists):
            request.app.state.observer.answered(answer)
            answers.append(answer)
        raised = desk.raise_(
            zip(map(at_stake.subject, queries), answers, strict=True),
            cause=data.cause,
            at=engine.now,
            by=reviewer_of(request).name,
            listing_of=engine.in_force,
        )
        return RaisedAnswer(alerts=raised, provenance=answers[0].provenance)

    return once(request, idempotency_key, act, 200)


@get("/alerts/{number:int}", sync_to_thread=True, opt=needs("review"), operation_id="alert",
     responses={200: ResponseSpec(Alert, description="The alert in full.")})  # fmt: skip
def alert(request: Request[Any, Any, Any], number: Number) -> Response[Any]:
    """An alert: both sides as they were, the decision on it, earlier ones, and everything that happened."""
    found = desk_of(request).alert(number)
    return Response(found, headers=_tag(found.standing), media_type=MediaType.JSON)


How = dict[str, Any]
"""Who acts, when, and which event was the last one that they saw: `by`, `at` and `seen`."""
Action = Callable[[Desk, int, Any, How], Standing]


def _done(
    request: Request[Any, Any, Any],
    if_match: str | None,
    key: str | None,
    act: Callable[[Desk, How], Standing],
) -> Response[Any]:
    """Where the alert stands after an action, with its new ETag."""
    tag: dict[str, str] = {}

    def once_only() -> Standing:
        how = {"by": reviewer_of(request), "at": now_of(request), "seen": _seen(if_match)}
        after = act(desk_of(request), how)
        tag.update(_tag(after))
        return after

    answer = once(request, key, once_only, 200)
    answer.headers.update(tag)
    return answer


def _tag(standing: Standing) -> dict[str, str]:
    return {"ETag": f'"{standing.number}"'}


def _seen(if_match: str | None) -> int | None:
    if if_match is None or if_match.strip() == "*":
        return None
    found = _ETAG.fullmatch(if_match.strip())
    if found is None:
        raise QueryError('give the ETag of the alert as it was answered, such as "3".', "If-Match")
    return int(found[1])


def _action(
    name: str, takes: Any, does: str, act: Action, permission: Permission = "review"
) -> HTTPRouteHandler:
    """The route of one action on an alert: what it takes, what it does, and what the desk does for it."""

    def acted(
        request: Request[Any, Any, Any],
        number: Number,
        data: JSONBody[takes],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[Any]:
        return _done(request, if_match, idempotency_key, lambda desk, how: act(desk, number, data, how))

    def begun(
        request: Request[Any, Any, Any],
        number: Number,
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[Any]:
        return _done(request, if_match, idempotency_key, lambda desk, how: act(desk, number, None, how))

    handler = begun if takes is None else acted
    handler.__doc__ = does
    return post(
        f"/alerts/{{number:int}}/{name}",
        sync_to_thread=True,
        status_code=200,
        opt=needs(permission),
        operation_id=f"alert_{name}",
        summary=name.capitalize(),
        responses={200: ResponseSpec(Standing, description="Where the alert stands now.")},
    )(handler)


ACTIONS = (
    _action(
        "assign",
        Assigning,
        "Give an open alert to somebody, or to nobody.",
        lambda desk, number, data, how: desk.assign(number, data.to, **how),
    ),
    _action(
        "start",
        None,
        "Begin to review; the alert is then the caller's.",
        lambda desk, number, _, how: desk.start(number, **how),
    ),
    _action(
        "note",
        Noting,
        "Write down what was found.",
        lambda desk, number, data, how: desk.note(number, data.text, **how),
    ),
    _action(
        "escalate",
        Escalating,
        "Hand an alert up.",
        lambda desk, number, data, how: desk.escalate(number, data.text, to=data.to, **how),
    ),
    _action(
        "clear",
        Clearing,
        "The party is not the listed one. A proposal (`proposed`) where the policy asks for four eyes.",
        lambda desk, number, data, how: desk.clear(
            number, reason=data.reason, text=data.text, expires_on=data.expires_on, **how
        ),
    ),
    _action(
        "confirm",
        Confirming,
        "The party is the listed one. A proposal (`proposed`) where the policy asks for four eyes.",
        lambda desk, number, data, how: desk.confirm(number, reason=data.reason, text=data.text, **how),
    ),
    _action(
        "approve",
        Remarking,
        "Put a proposal in force: another person than the one who made it, signed in as themselves.",
        lambda desk, number, data, how: desk.approve(number, text=data.text, **how),
        "approve",
    ),
    _action(
        "return",
        Noting,
        "Send a proposal back to who made it, saying why.",
        lambda desk, number, data, how: desk.return_(number, data.text, **how),
        "approve",
    ),
    _action(
        "undo",
        Remarking,
        "Take a decision back, until a second reviewer has acted on it.",
        lambda desk, number, data, how: desk.undo(number, text=data.text, **how),
    ),
    _action(
        "reopen",
        Noting,
        "Open a decided alert again, saying why.",
        lambda desk, number, data, how: desk.reopen(number, data.text, **how),
    ),
)


@post("/alerts/bulk/preview", sync_to_thread=True, status_code=200, opt=needs("review"),
      operation_id="alerts_bulk_preview",
      responses={200: ResponseSpec(Preview, description="What would be done.")})  # fmt: skip
def preview(request: Request[Any, Any, Any], data: JSONBody[BulkAsked]) -> Preview:
    """What deciding many alerts at once would do; nothing is written."""
    numbers = [one.alert for one in data.alerts]
    found = desk_of(request).preview(numbers, data.verdict, reason=data.reason, text=data.text)
    return Preview(alerts=tuple(found))


@post("/alerts/bulk", sync_to_thread=True, status_code=200, opt=needs("review"), operation_id="alerts_bulk",
      responses={200: ResponseSpec(Bulk, description="What was done.")})  # fmt: skip
def bulk(
    request: Request[Any, Any, Any], data: JSONBody[BulkAsked], idempotency_key: IdempotencyKey = None
) -> Response[Any]:
    """Decide many alerts at once, for one reason. What has moved on or cannot be decided is left alone and named."""

    def act() -> Bulk:
        return desk_of(request).decide_many(
            {one.alert: one.seen for one in data.alerts},
            data.verdict,
            reason=data.reason,
            text=data.text,
            expires_on=data.expires_on,
            by=reviewer_of(request),
            at=now_of(request),
        )

    return once(request, idempotency_key, act, 200)


@post("/alerts/bulk/{bulk_id:str}/undo", sync_to_thread=True, status_code=200, opt=needs("review"),
      operation_id="alerts_bulk_undo",
      responses={200: ResponseSpec(Bulk, description="What was taken back.")})  # fmt: skip
def undo_bulk(
    request: Request[Any, Any, Any],
    bulk_id: FromPath[str],
    data: JSONBody[Remarking],
    idempotency_key: IdempotencyKey = None,
) -> Response[Any]:
    """Take back a bulk decision wherever nobody has acted since."""

    def act() -> Bulk:
        return desk_of(request).undo_many(
            bulk_id, by=reviewer_of(request), at=now_of(request), text=data.text
        )

    return once(request, idempotency_key, act, 200)


alerts = Router(
    "/",
    route_handlers=[
        queue, counts, reasons, raise_alerts, alert, *ACTIONS, preview, bulk, undo_bulk,
    ],
    tags=["review"],
)  # fmt: skip
