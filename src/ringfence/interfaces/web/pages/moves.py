"""How a list grew and shrank: its additions and removals counted by time, by rule and by country."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any

import msgspec

from ringfence import Event
from ringfence.interfaces.web.pages.chart import Bar

FIRST_DAY = dt.date(1940, 1, 1)
"""No list is older."""
COMING = frozenset({"add", "reinstate"})
GOING = frozenset({"remove", "stay"})


class Move(msgspec.Struct, frozen=True, gc=False):
    """One entry that came or went, on which day, by which rule (its citation); None where nobody says."""

    listing: str
    name: str
    list: str
    kind: str
    day: dt.date | None
    coming: bool
    country: str | None
    rule: str | None
    title: str | None
    document: str | None


class Line(msgspec.Struct, frozen=True):
    """How many came and went under one heading. `key` is what to filter by, `first` a move that stands for all."""

    key: Any
    added: int
    removed: int
    first: Move

    @property
    def both(self) -> int:
        """How much happened."""
        return self.added + self.removed


def moves_of(events: Iterable[Event]) -> list[Move]:
    """The events that brought an entry onto a list or took it off, in their order."""
    found = []
    for event in events:
        listing = event.after or event.before
        if listing is None or event.editorial or event.kind not in COMING | GOING:
            continue
        countries = [listing.destination, *listing.party.countries]
        found.append(
            Move(
                event.listing,
                event.name,
                event.list,
                event.kind,
                event.on if _dated(event) else None,
                event.kind in COMING,
                next((one for one in countries if one), None),
                event.citations[0] if event.citations else None,
                event.title,
                event.document,
            )
        )
    return found


def _dated(event: Event) -> bool:
    """Whether anything but the day on which this store first read the entry tells when it happened."""
    return bool(event.effective_on or event.published_on or event.citations or event.between)


def by(moves: Iterable[Move], key: Callable[[Move], Hashable]) -> list[Line]:
    """The moves under each heading, in the order met."""
    first: dict[Hashable, Move] = {}
    added: Counter[Hashable] = Counter()
    removed: Counter[Hashable] = Counter()
    for move in moves:
        name = key(move)
        first.setdefault(name, move)
        (added if move.coming else removed)[name] += 1
    return [Line(name, added[name], removed[name], move) for name, move in first.items()]


def rule_of(move: Move) -> str | None:
    """The rule of a move: pages of one document are one rule."""
    return move.document or move.rule


def over_time(moves: Sequence[Move], year: int | None) -> list[Bar]:
    """One bar a year from the first to the last; one a month of `year`."""
    days = [(move.day, move) for move in moves if move.day]
    if year is not None:
        months = {one.key: one for one in by((m for day, m in days if day.year == year), _month)}
        return [_bar(month, months.get(month)) for month in range(1, 13)]
    years = {one.key: one for one in by((move for _, move in days), _year)}
    return [_bar(one, years.get(one)) for one in range(min(years), max(years) + 1)] if years else []


def _year(move: Move) -> int | None:
    return move.day.year if move.day else None


def _month(move: Move) -> int | None:
    return move.day.month if move.day else None


def _bar(key: int, line: Line | None) -> Bar:
    return Bar(key, line.added if line else 0, line.removed if line else 0)
