"""The queue: which alerts there are, in which order, and how many wait how long."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Literal, get_args

import msgspec
import sqlalchemy as sa

from ringfence.errors import QueryError
from ringfence.review.alert import OPEN, STATES, Cause, Standing, State
from ringfence.review.record import LAST, standing_of
from ringfence.store.tables import alert_event, naive

Sort = Literal["score", "age", "amount", "number"]
"""The order of a queue: the highest score, the oldest, the highest amount by its worth, or the latest number first."""

SORTS: tuple[Sort, ...] = get_args(Sort)
NOBODY = "nobody"
"""What `assigned_to` asks for to find alerts that nobody has."""


class Filter(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Which alerts are asked for; what is not said lets all through.

    `states` empty is every open one. `lists` are ids or jurisdictions, `text` a part of either name, `expires_by` the
    last day of a decision. `amount_from` is in `currency`; without one, in the unit of the policy's worth. `not_decided_by`
    leaves out what somebody has proposed: what they may approve.
    """

    states: tuple[State, ...] = ()
    assigned_to: str | None = None
    lists: tuple[str, ...] = ()
    causes: tuple[Cause, ...] = ()
    source: str | None = None
    subject: str | None = None
    listing: str | None = None
    party: str | None = None
    text: str | None = None
    score_from: float | None = None
    amount_from: float | None = None
    currency: str | None = None
    opened_by: dt.date | None = None
    expires_by: dt.date | None = None
    not_decided_by: str | None = None
    bulk: str | None = None


class AlertPage(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a queue: `page` counts from 1, `total` is how many alerts the whole holds."""

    alerts: tuple[Standing, ...]
    page: int
    size: int
    total: int


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """How many alerts are in a state, how many of them nobody has, since when the oldest is open, and the mean age."""

    state: State
    alerts: int
    unassigned: int
    oldest: dt.datetime | None
    mean_age_days: float


def page_of(
    connection: sa.Connection,
    asked: Filter,
    sort: Sort,
    page: int,
    size: int,
    rates: Mapping[str, float],
    *,
    reverse: bool = False,
) -> AlertPage:
    """One page of the queue that `asked` describes; `rates` are what one unit of each currency is worth. Raises QueryError."""
    query = _filtered(asked, rates)
    total = connection.execute(sa.select(sa.func.count()).select_from(query.subquery())).scalar_one()
    ordered = query.order_by(*_order(sort, rates, reverse=reverse)).limit(size).offset((page - 1) * size)
    found = tuple(standing_of(row) for row in connection.execute(ordered).mappings())
    return AlertPage(alerts=found, page=page, size=size, total=total)


def waiting(connection: sa.Connection, at: dt.datetime) -> list[Waiting]:
    """Every state with its number and ages, as of `at`."""
    last = LAST.subquery()
    query = sa.select(
        last.c.state,
        sa.func.count(),
        sa.func.count(last.c.assigned_to),
        sa.func.min(last.c.opened_at),
    ).group_by(last.c.state)
    counted = {row[0]: row for row in connection.execute(query)}
    opened: dict[str, list[dt.datetime]] = {}
    for row in connection.execute(sa.select(last.c.state, last.c.opened_at).where(last.c.state.in_(OPEN))):
        opened.setdefault(row.state, []).append(row.opened_at)
    now = naive(at)
    found = []
    for state in STATES:
        _, count, assigned, oldest = counted.get(state, (state, 0, 0, None))
        ages = [max((now - one).total_seconds(), 0.0) / 86_400 for one in opened.get(state, ())]
        found.append(
            Waiting(
                state=state,
                alerts=count,
                unassigned=count - assigned,
                oldest=oldest.replace(tzinfo=dt.UTC) if oldest and state in OPEN else None,
                mean_age_days=round(sum(ages) / len(ages), 2) if ages else 0.0,
            )
        )
    return found


def _order(sort: Sort, rates: Mapping[str, float], *, reverse: bool) -> tuple[Any, ...]:
    """Ties are broken by number, so that no alert is on two pages. Currencies without a worth follow one by one."""
    row = alert_event.c
    by_worth = (_worth(rates),) if rates else ()
    columns: dict[Sort, tuple[Any, ...]] = {
        "score": (row.score,),
        "age": (row.opened_at,),
        "amount": (*by_worth, row.amount),
        "number": (row.alert,),
    }
    down = (sort != "age") != reverse
    ranked = [one.desc().nulls_last() if down else one.asc().nulls_last() for one in columns[sort]]
    if sort == "amount":
        ranked[len(by_worth) : len(by_worth)] = [row.amount.is_(None), row.currency.asc().nulls_last()]
    return *ranked, row.alert.asc()


def _worth(rates: Mapping[str, float]) -> sa.ColumnElement[float]:
    """What an alert's amount is worth; null where its currency has no worth."""
    row = alert_event.c
    return sa.case(*((row.currency == code, row.amount * unit) for code, unit in rates.items()))


def _filtered(asked: Filter, rates: Mapping[str, float]) -> sa.Select[Any]:
    row = alert_event.c
    asked = _without_nul(asked)
    query = LAST.where(row.state.in_(asked.states or OPEN))
    if asked.assigned_to == NOBODY:
        query = query.where(row.assigned_to.is_(None))
    elif asked.assigned_to is not None:
        query = query.where(row.assigned_to == asked.assigned_to)
    if asked.lists:
        of = [row.list == one for one in asked.lists]
        of += [row.list.startswith(f"{one}_", autoescape=True) for one in asked.lists]
        query = query.where(sa.or_(*of))
    if asked.causes:
        query = query.where(row.cause.in_(asked.causes))
    for name in ("source", "subject", "listing", "party", "bulk", "currency"):
        if (value := getattr(asked, name)) is not None:
            query = query.where(row[name] == value)
    if asked.text:
        parts = [column.icontains(asked.text, autoescape=True) for column in (row.name, row.listed_name)]
        query = query.where(sa.or_(*parts))
    if asked.score_from is not None:
        query = query.where(row.score >= asked.score_from)
    if asked.amount_from is not None:
        if not asked.currency and not rates:
            raise QueryError(
                "amounts of different currencies are not compared: name the currency too, or give the review policy a table "
                "[worth].",
                "amount_from",
            )
        query = query.where((row.amount if asked.currency else _worth(rates)) >= asked.amount_from)
    if asked.opened_by:
        query = query.where(row.opened_at < dt.datetime.combine(asked.opened_by, dt.time.max))
    if asked.expires_by:
        query = query.where(row.expires_on <= asked.expires_by)
    if asked.not_decided_by is not None:
        query = query.where(sa.or_(row.decided_by.is_(None), row.decided_by != asked.not_decided_by))
    return query


def _without_nul(asked: Filter) -> Filter:
    """The filter without the character that no column takes, so that it is found nowhere instead of refused."""
    values = {name: getattr(asked, name) for name in Filter.__struct_fields__}
    for name, value in values.items():
        if isinstance(value, str):
            values[name] = value.replace("\0", "\ufffd")
        elif name == "lists":
            values[name] = tuple(one.replace("\0", "\ufffd") for one in asked.lists)
    return Filter(**values)
