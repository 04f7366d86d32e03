"""Rows that know which of their fields were read, and the account of a whole release.

Nothing falls through: a parser reads a field, ignores it by name, or the account reports it. Fields are
marked, never removed, so two readers of one row do not get in each other's way.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from ringfence.records.rule import RuleStatus


class Refusal(msgspec.Struct, frozen=True):
    """One row that could not be read as an entry: where, why, and how it begins."""

    row: int
    reason: str
    text: str = ""


class Tally(msgspec.Struct, frozen=True):
    """A count that a reader may reconcile with the publication: the whole and the parts that add up to it."""

    what: str
    parts: dict[str, int]

    @property
    def total(self) -> int:
        """The whole."""
        return sum(self.parts.values())


class Account(msgspec.Struct):
    """What became of every row and field of a release.

    `rows` counts rows as published, `entries` what was made of them. `ignored` and `not_understood` count
    fields by name; `unclassified` counts verbatim texts that stay in force unread; `remarks` counts
    remarks on entries by code; `lists` counts entries by legal list. `tallies` break down what a publication prints
    beside its entries. `columns` are the headings of a table whose columns are known by name: their order is compared
    with that of the release before. `statuses` are the texts of a code that are stayed, delayed or expiring.
    """

    rows: int = 0
    entries: int = 0
    ignored: Counter[str] = msgspec.field(default_factory=Counter)
    not_understood: Counter[str] = msgspec.field(default_factory=Counter)
    unclassified: Counter[str] = msgspec.field(default_factory=Counter)
    remarks: Counter[str] = msgspec.field(default_factory=Counter)
    lists: Counter[str] = msgspec.field(default_factory=Counter)
    filled: Counter[str] = msgspec.field(default_factory=Counter)
    refused: list[Refusal] = []
    tallies: list[Tally] = []
    columns: tuple[str, ...] = ()
    statuses: list[RuleStatus] = []
    published_on: dt.date | None = None
    """The day of the release, where the content states it of itself."""
    latest_day: str | None = None
    """The latest day (ISO) that the content itself speaks of: what dates a release that is not dated."""

    def refuse(self, row: int, reason: str, text: str = "") -> None:
        """Report a row that was not read as an entry."""
        self.refused.append(Refusal(row, reason, text[:200]))

    def tally(self, what: str, parts: Mapping[str, int]) -> None:
        """Break a count down into its parts, those that are nothing left out."""
        self.tallies.append(Tally(what, {part: count for part, count in parts.items() if count}))

    def saw_day(self, day: object) -> None:
        """Note a day printed in the content (a date, or its ISO text)."""
        text = str(day)
        if self.latest_day is None or text > self.latest_day:
            self.latest_day = text


class Row(Mapping[str, Any]):
    """One published row: a mapping that marks what is read. `number` is its place, from 1."""

    __slots__ = ("_account", "_fields", "_read", "number")

    def __init__(self, fields: Mapping[str, Any], number: int, account: Account) -> None:
        self._fields = fields
        self._read: set[str] = set()
        self._account = account
        self.number = number

    def __getitem__(self, field: str) -> Any:
        self._read.add(field)
        return self._fields[field]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def text(self, field: str) -> str:
        """The field as text without outer blanks; empty when absent or null."""
        self._read.add(field)
        value = self._fields.get(field)
        return value.strip() if isinstance(value, str) else "" if value is None else str(value).strip()

    def many(self, field: str, separator: str = ";") -> tuple[str, ...]:
        """The field as several texts: an array as it is, or text split at `separator`. Empty parts go."""
        self._read.add(field)
        value = self._fields.get(field)
        parts = value if isinstance(value, list | tuple) else str(value or "").split(separator)
        return tuple(text for part in parts if (text := str(part if part is not None else "").strip()))

    def ignore(self, *fields: str) -> None:
        """Leave fields out by name: they say nothing about the entry."""
        for field in fields:
            self._read.add(field)
            if self._fields.get(field) not in (None, "", [], {}):
                self._account.ignored[field] += 1

    def close(self) -> None:
        """Account for the row: count filled fields, and report every filled field that nobody read."""
        self._account.rows += 1
        for field, value in self._fields.items():
            if value not in (None, "", [], {}):
                self._account.filled[field] += 1
                if field not in self._read:
                    self._account.not_understood[field] += 1
