"""Many alerts cleared at once: chosen in the queue, seen before it is done, taken back after."""

import datetime as dt
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath

from ringfence.errors import NotKnown, QueryError
from ringfence.interfaces.web.access.roles import needs
from ringfence.interfaces.web.pages.alerts import reasons_for
from ringfence.interfaces.web.pages.answer import page, redirect
from ringfence.interfaces.web.pages.forms import sent
from ringfence.interfaces.web.reviewing import desk_of, now_of, reviewer_of


class _Chosen(msgspec.Struct, frozen=True):
    """What the form holds: alerts as `number:event`, the reason for all of them, and words."""

    alert: tuple[str, ...] = ()
    reason: str = ""
    text: str = ""
    expires_on: dt.date | None = None

    def seen(self) -> dict[int, int | None]:
        """The alerts with the event on which each was looked at. Raises QueryError."""
        found: dict[int, int | None] = {}
        for one in self.alert:
            number, _, event = one.partition(":")
            if not (number.isdecimal() and event.isdecimal() and len(one) < 24):
                raise QueryError(f"{one[:40]!r} is not an alert of the queue.", "alert")
            found[int(number)] = int(event)
        return found


class _Undoing(msgspec.Struct, frozen=True):
    text: str = ""


@post("/alerts/bulk/preview", opt=needs("review"), status_code=200)
async def preview(request: Request[Any, Any, Any]) -> Response[Any]:
    """What clearing the chosen alerts would do."""
    return await sync_to_thread(_previewed, request, await sent(request, _Chosen))


@post("/alerts/bulk", opt=needs("review"), status_code=200)
async def decide(request: Request[Any, Any, Any]) -> Response[Any]:
    """Clear them."""
    return await sync_to_thread(_decided, request, await sent(request, _Chosen))


@get("/alerts/bulk/{bulk:str}", sync_to_thread=True, opt=needs("review"))
def done(request: Request[Any, Any, Any], bulk: FromPath[str]) -> Response[bytes]:
    """What a bulk decision did, and what of it can still be undone."""
    found = desk_of(request).of_bulk(bulk)
    if not found:
        raise NotKnown(f"{bulk[:60]!r} names no bulk decision.")
    undoable = [one for one in found if one.bulk == bulk and one.action != "undone" and not one.settled]
    return page(request, "alerts_bulk_done.html", bulk=bulk, alerts=found, undoable=undoable)


@post("/alerts/bulk/{bulk:str}/undo", opt=needs("review"), status_code=200)
async def undo(request: Request[Any, Any, Any], bulk: FromPath[str]) -> Response[Any]:
    """Take it back wherever nobody has acted since."""
    form = await sent(request, _Undoing)

    def act() -> Response[Any]:
        taken = desk_of(request).undo_many(bulk, text=form.text, by=reviewer_of(request), at=now_of(request))
        return redirect(
            f"/alerts/bulk/{bulk}", "alerts.bulk.undone", count=len(taken.done), left=len(taken.left)
        )

    return await sync_to_thread(act)


def _previewed(
    request: Request[Any, Any, Any], form: _Chosen, fault: QueryError | None = None
) -> Response[Any]:
    if not form.alert:
        return redirect("/alerts", "alerts.bulk.none")
    seen, foreseen, desk = form.seen(), None, desk_of(request)
    if fault is None and (form.reason or form.text):
        try:
            foreseen = desk.preview(seen, "cleared", reason=form.reason, text=form.text)
        except QueryError as error:
            fault = error
    shown = foreseen or desk.preview(seen, "cleared", reason="other", text="-")
    return page(
        request,
        "alerts_bulk.html",
        status=fault.status if fault else 200,
        form=form,
        seen=seen,
        shown=shown,
        previewed=foreseen is not None,
        doable=sum(1 for one in shown if one.state),
        moved={one.standing.alert for one in shown if seen[one.standing.alert] != one.standing.number},
        reasons=reasons_for(request, "cleared"),
        latest=desk.policy.expires("cleared", now_of(request).date(), None),
        today=now_of(request).date(),
        fault=fault,
    )


def _decided(request: Request[Any, Any, Any], form: _Chosen) -> Response[Any]:
    if not form.alert:
        return redirect("/alerts", "alerts.bulk.none")
    try:
        made = desk_of(request).decide_many(
            form.seen(),
            "cleared",
            reason=form.reason,
            text=form.text,
            expires_on=form.expires_on,
            by=reviewer_of(request),
            at=now_of(request),
        )
    except QueryError as error:
        return _previewed(request, form, error)
    if not made.done:
        return redirect("/alerts", "alerts.bulk.nothing")
    return redirect(f"/alerts/bulk/{made.id}", "alerts.bulk.done", count=len(made.done), left=len(made.left))


handlers = [preview, decide, done, undo]
