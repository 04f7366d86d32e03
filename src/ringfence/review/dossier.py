"""One alert in full: its present case, the decision on it, the earlier ones, and everything that happened."""

import datetime as dt
from collections.abc import Iterable
from typing import Literal

import msgspec

from ringfence.records import SCHEMA
from ringfence.review.alert import AlertEvent, Case, Fact, FactChange, Standing, Verdict


class Disposition(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A decision on a pair: what, why, by whom, with whom, resting on what, for how long, and what became of it.

    Its scope is this party against this entry at these `versions`. `status`: `waiting` for the second reviewer,
    `in_force`, or no longer: `returned` by the second reviewer, `undone`, `reopened` (`changes` say why).
    """

    number: int
    verdict: Verdict
    reason: str
    text: str
    by: str
    at: dt.datetime
    versions: str
    rests_on: tuple[Fact, ...]
    expires_on: dt.date | None = None
    four_eyes: str | None = None
    approved_by: str | None = None
    approved_at: dt.datetime | None = None
    approval: str = ""
    status: Literal["waiting", "in_force", "returned", "undone", "reopened"]
    ended_by: str | None = None
    ended_at: dt.datetime | None = None
    ended_why: str = ""
    changes: tuple[FactChange, ...] = ()


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """An alert in full. `others` are the other alerts of the same party of the user."""

    schema: str = SCHEMA
    standing: Standing
    case: Case
    disposition: Disposition | None
    earlier: tuple[Disposition, ...]
    events: tuple[AlertEvent, ...]
    others: tuple[Standing, ...] = ()


def alert_of(standing: Standing, events: Iterable[AlertEvent], others: Iterable[Standing] = ()) -> Alert:
    """The alert that its events tell."""
    told = tuple(events)
    case: Case | None = None
    found: list[Disposition] = []
    for event in told:
        case = event.case or case
        if event.action in {"proposed", "cleared", "confirmed"} and case:
            found.append(_begun(event, case))
        elif found:
            found[-1] = _went_on(found[-1], event)
    if case is None:
        raise ValueError(f"alert {standing.alert} has no case")
    now = found[-1] if found and found[-1].status in {"waiting", "in_force"} else None
    return Alert(
        standing=standing,
        case=case,
        disposition=now,
        earlier=tuple(found[:-1] if now else found),
        events=told,
        others=tuple(others),
    )


def _begun(event: AlertEvent, case: Case) -> Disposition:
    return Disposition(
        number=event.number,
        verdict=event.verdict or "cleared",
        reason=event.reason or "",
        text=event.text,
        by=event.by,
        at=event.at,
        versions=case.versions,
        rests_on=event.rests_on,
        expires_on=event.expires_on,
        four_eyes=event.four_eyes,
        status="waiting" if event.action == "proposed" else "in_force",
    )


def _went_on(decision: Disposition, event: AlertEvent) -> Disposition:
    """What an event makes of the decision before it."""
    if decision.status not in {"waiting", "in_force"}:
        return decision
    if event.action == "approved":
        return msgspec.structs.replace(
            decision, status="in_force", approved_by=event.by, approved_at=event.at, approval=event.text
        )
    status: Literal["returned", "undone", "reopened"]
    if event.action == "returned":
        status = "returned"
    elif event.action == "undone":
        status = "undone"
    elif event.action == "reopened" or (event.action == "changed" and event.state == "in_review"):
        status = "reopened"
    else:
        return decision
    return msgspec.structs.replace(
        decision,
        status=status,
        ended_by=event.by,
        ended_at=event.at,
        ended_why=event.text,
        changes=event.changes,
    )
