"""Events of alerts, written and read within one transaction of the store.

An event is a line of the ledger; beside it stands a row that says where the alert is after it. The rows are for
finding, the lines are the evidence: `faults` holds one against the other.
"""

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from ringfence.decisions.ledger import Line, append, bodies
from ringfence.errors import NotKnown
from ringfence.review.alert import Action, AlertEvent, Case, Standing, standing_after
from ringfence.store.tables import alert, alert_event, naive

_MANY = 400
_LATER = alert_event.alias("later")
_WITH_CASE: tuple[Action, ...] = ("raised", "reopened", "changed")

Pair = tuple[str, str, str]
"""Source, subject and listing."""

LAST = sa.select(alert_event).where(
    ~sa.exists().where(_LATER.c.alert == alert_event.c.alert, _LATER.c.number > alert_event.c.number)
)
"""The row of the last event of every alert: where each stands now."""


class Record:
    """The events of alerts on one connection."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def standing(self, number: int) -> Standing:
        """Where an alert stands. Raises NotKnown."""
        found = self.standings([number])
        if number not in found:
            raise NotKnown(f"no alert {number}. See them with: ringfence review queue")
        return found[number]

    def standings(self, numbers: Collection[int]) -> dict[int, Standing]:
        """Where alerts stand, by number and in its order; unknown ones are left out."""
        return {
            row["alert"]: standing_of(row)
            for part in _parts(sorted(set(numbers)))
            for row in self._rows(LAST.where(alert_event.c.alert.in_(part)).order_by(alert_event.c.alert))
        }

    def of_bulk(self, bulk: str) -> list[Standing]:
        """Where the alerts of a bulk decision stand, in order of their numbers."""
        numbers = sa.select(alert_event.c.alert).where(alert_event.c.bulk == bulk)
        chosen = LAST.where(alert_event.c.alert.in_(numbers)).order_by(alert_event.c.alert)
        return [standing_of(row) for row in self._rows(chosen)]

    def cleared(self, after: int, size: int, listings: Collection[str] | None = None) -> list[Standing]:
        """The next `size` cleared alerts after a number, in order; only those on `listings` when they are given."""
        query = LAST.where(alert_event.c.state == "cleared", alert_event.c.alert > after)
        found: list[Standing] = []
        for part in _parts(sorted(listings)) if listings is not None else [None]:
            chosen = query if part is None else query.where(alert_event.c.listing.in_(part))
            rows = self._rows(chosen.order_by(alert_event.c.alert).limit(size))
            found += [standing_of(row) for row in rows]
        return sorted(found, key=lambda one: one.alert)[:size]

    def rows_by_line(self) -> dict[int, Standing]:
        """The rows of all events, by the number of their line in the ledger."""
        return {row["line"]: standing_of(row) for row in self._rows(sa.select(alert_event))}

    def row_of(self, number: int, event: int) -> Standing:
        """Where an alert stood after one of its events."""
        at = sa.and_(alert_event.c.alert == number, alert_event.c.number == event)
        return standing_of(next(self._rows(sa.select(alert_event).where(at))))

    def events(self, number: int) -> list[AlertEvent]:
        """Everything that happened to an alert, oldest first."""
        query = sa.select(alert_event.c.line).where(alert_event.c.alert == number)
        return self._said(self._connection.scalars(query.order_by(alert_event.c.number)).all())

    def at(self, at: dt.datetime, by: str) -> Iterator[tuple[AlertEvent, Standing]]:
        """What one actor did at one instant, in the order of the ledger, with where each alert stood after it.

        Events are read a part at a time: each holds all facts of its case.
        """
        query = sa.select(alert_event).where(alert_event.c.at == naive(at), alert_event.c.by == by)
        stood = {row["line"]: standing_of(row) for row in self._rows(query.order_by(alert_event.c.line))}
        for lines in _parts(list(stood)):
            for line, event in zip(lines, self._said(lines), strict=True):
                yield event, stood[line]

    def event(self, number: int, event: int) -> AlertEvent:
        """One event of an alert."""
        at = sa.and_(alert_event.c.alert == number, alert_event.c.number == event)
        return self._said(self._connection.scalars(sa.select(alert_event.c.line).where(at)).all())[0]

    def cases(self, numbers: Collection[int]) -> dict[int, Case]:
        """The latest case of alerts, by number."""
        found = {}
        for part in _parts(sorted(set(numbers))):
            latest = (
                sa.select(alert_event.c.alert, sa.func.max(alert_event.c.number).label("number"))
                .where(alert_event.c.alert.in_(part), alert_event.c.action.in_(_WITH_CASE))
                .group_by(alert_event.c.alert)
                .subquery()
            )
            lines = sa.select(alert_event.c.line).join(
                latest,
                sa.and_(alert_event.c.alert == latest.c.alert, alert_event.c.number == latest.c.number),
            )
            for event in self._said(self._connection.scalars(lines).all()):
                if event.case is not None:
                    found[event.alert] = event.case
        return found

    def decisions(self, standings: Iterable[Standing]) -> dict[int, AlertEvent]:
        """The events that hold the decision in force, or waiting, of alerts, by number."""
        wanted = [(one.alert, one.decided) for one in standings if one.decided is not None]
        lines: list[int] = []
        for part in _parts(wanted):
            chosen = sa.or_(
                *(
                    sa.and_(alert_event.c.alert == number, alert_event.c.number == event)
                    for number, event in part
                )
            )
            lines += self._connection.scalars(sa.select(alert_event.c.line).where(chosen)).all()
        return {event.alert: event for event in self._said(lines)}

    def known(self, pairs: Collection[Pair]) -> dict[Pair, int]:
        """The numbers of the alerts that there are on pairs."""
        by_source: dict[str, set[str]] = {}
        for source, subject, _ in pairs:
            by_source.setdefault(source, set()).add(subject)
        found = {}
        for source, subjects in by_source.items():
            for part in _parts(sorted(subjects)):
                query = sa.select(alert).where(alert.c.source == source, alert.c.subject.in_(part))
                for row in self._connection.execute(query):
                    found[row.source, row.subject, row.listing] = row.number
        return {pair: found[pair] for pair in pairs if pair in found}

    def begin(self, pairs: Sequence[Pair]) -> dict[Pair, int]:
        """New alerts on pairs, in order: their numbers. Their first event must follow in the same transaction."""
        if not pairs:
            return {}
        rows = [
            {"source": source, "subject": subject, "listing": listing} for source, subject, listing in pairs
        ]
        made = sa.insert(alert).returning(alert.c.number, sort_by_parameter_order=True)
        return dict(zip(pairs, self._connection.scalars(made, rows).all(), strict=True))

    def add(
        self, happened: Sequence[tuple[Standing | None, AlertEvent, str]], *, at: dt.datetime
    ) -> list[Standing]:
        """Write events, each with where its alert stood and the list it is about; where each stands now."""
        entries = [(f"alert:{event.alert}", _body(event, of_list)) for _, event, of_list in happened]
        lines = append(self._connection, "review", entries, at=at)
        after = [standing_after(before, event) for before, event, _ in happened]
        rows = [_row(one, line) for one, line in zip(after, lines, strict=True)]
        for part in _parts(rows):
            self._connection.execute(alert_event.insert(), part)
        return after

    def next_bulk(self) -> str:
        """A name for events that are written together."""
        last = self._connection.execute(sa.select(sa.func.max(alert_event.c.line))).scalar()
        return f"bulk-{(last or 0) + 1}"

    def _rows(self, query: sa.Select[Any]) -> Iterator[sa.RowMapping]:
        yield from self._connection.execute(query).mappings()

    def _said(self, lines: Sequence[int]) -> list[AlertEvent]:
        found = bodies(self._connection, lines)
        return [_event(number, found.get(number)) for number in lines]


def faults(lines: Iterable[Line], row_at: Callable[[int], Standing | None]) -> Iterator[str]:
    """Where the rows of events differ from the lines of the ledger; `row_at` gives the row of a line."""
    standings: dict[int, Standing] = {}
    for line in lines:
        event = _event(line.number, line.body)
        before = standings.get(event.alert)
        if event.number != (before.number if before else 0) + 1:
            yield f"alert {event.alert}: event {event.number} follows {before.number if before else 'nothing'}"
        standings[event.alert] = after = standing_after(before, event)
        row = row_at(line.number)
        if row is None:
            yield f"alert {event.alert}: event {event.number} (line {line.number}) has no row"
        elif row != after:
            wrong = [
                name for name in Standing.__struct_fields__ if getattr(row, name) != getattr(after, name)
            ]
            yield f"alert {event.alert}: the row of event {event.number} does not say what the ledger says ({', '.join(wrong)})"


def standing_of(row: sa.RowMapping) -> Standing:
    """Where an alert stands, from the row of an event."""
    values = {name: row[name] for name in Standing.__struct_fields__}
    for name in ("at", "opened_at"):
        values[name] = values[name].replace(tzinfo=dt.UTC)
    return Standing(**values)


def _row(one: Standing, line: Line) -> dict[str, Any]:
    row = msgspec.structs.asdict(one)
    return {**row, "at": naive(one.at), "opened_at": naive(one.opened_at), "line": line.number}


def _body(event: AlertEvent, of_list: str) -> dict[str, Any]:
    said: dict[str, Any] = msgspec.to_builtins(event)
    return {**said, "regimes": ["EAR", "OFAC"] if of_list.startswith("us_ofac") else ["EAR"]}


def _event(number: int, body: str | None) -> AlertEvent:
    if body is None:
        raise NotKnown(f"line {number} of the ledger, an event of an alert, is gone")
    return msgspec.json.decode(body, type=AlertEvent)


def _parts(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), _MANY):
        yield values[start : start + _MANY]
