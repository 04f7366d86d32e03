"""The dated facts of law under `tables/`, read once: country groups, chart, controls, programs, terms.

Each file says where it comes from and what belongs in it. Nothing here decides; a day asked for that a table
does not reach is answered with what the table says, and the answer names the table's day.
"""

import csv
import datetime as dt
import hashlib
import tomllib
from collections import defaultdict
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

import msgspec

from ringfence.decisions.eccn import covers
from ringfence.errors import RuleError

Row = TypeVar("Row")

CODIFIED_ON = dt.date(2026, 7, 23)
"""The day of the code that chart, groups and controls were read from."""

HONG_KONG_IS_CHINA = dt.date(2020, 12, 23)
"""From this day Hong Kong is a part of China for the EAR (85 FR 83765)."""

_UN_ARMS_EMBARGO = "CF CD HT IQ IR KP LB LY SO SS SD YE"
"""Destinations of 746.1(b)(2), for items controlled for UN reasons."""


class Interval(msgspec.Struct, frozen=True, kw_only=True):
    """Days, both ends included; a missing end is open."""

    since: dt.date | None = None
    until: dt.date | None = None

    def holds(self, on: dt.date) -> bool:
        """Whether the day is one of them."""
        return (self.since is None or self.since <= on) and (self.until is None or on <= self.until)


class _Row(Interval, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A line of a table."""


class Coverage(_Row, frozen=True):
    """The days for which rules and tables speak, and when they were last read against the law."""

    reviewed_on: dt.date


class Grouping(_Row, frozen=True):
    """A country in a Country Group."""

    group: str
    country: str


class Control(msgspec.Struct, frozen=True):
    """One reason for control of an ECCN: where it requires a license, and for what part of the entry."""

    eccn: str
    reason: str
    where: str
    scope: str

    def reaches(self, item: str) -> bool | None:
        """Whether an item of this ECCN is meant; None where its paragraph, or a reader, would have to say."""
        if self.scope == "all":
            return True
        if self.scope.endswith("described"):
            return None
        words = self.scope.split()
        if words[0] == "all":
            out = [covers(self.eccn + word[1:], item) for word in words[1:]]
            return False if True in out else None if None in out else True
        found = [covers(self.eccn + word, item) for word in words]
        return True if True in found else None if None in found else False


class DebtTerm(_Row, frozen=True):
    """The longest term of new debt under a directive, in days."""

    list: str
    directive: str
    days: int


class MilitaryCountry(_Row, frozen=True):
    """A country of 744.21, and the items caught: `all` or `supplement_2_to_744`."""

    country: str
    items: str


class IntelligenceBody(_Row, frozen=True):
    """A body that 744.22(f)(2) names."""

    country: str
    names: tuple[str, ...]


class EntryGroup(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Entries that the law treats alike; see `entry_groups.toml`."""

    footnotes: tuple[int, ...] = ()
    rules: tuple[tuple[int, int, int], ...] = ()
    names: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()


class DirectProduct(_Row, frozen=True):
    """A foreign-direct product rule; see `direct_product.toml`."""

    id: str
    paragraph: str
    items: str
    inputs: str
    citation: tuple[str, ...]
    categories: str | None = None
    destinations: str | None = None
    footnote: int | None = None
    end_use: str | None = None
    fact: str | None = None
    made_in_excluded: str | None = None


class Savings(msgspec.Struct, frozen=True):
    """The last day of a rule's savings clause."""

    volume: int
    first_page: int
    last_page: int
    last_day: dt.date


def _folder() -> Traversable:
    return resources.files("ringfence.decisions").joinpath("tables")


def _csv(name: str, kind: type[Row]) -> tuple[Row, ...]:
    lines = [
        line for line in _folder().joinpath(name).read_text("utf-8").splitlines() if not line.startswith("#")
    ]
    rows = [{key: value for key, value in row.items() if value} for row in csv.DictReader(lines)]
    try:
        return msgspec.convert(rows, tuple[kind, ...], strict=False)  # type: ignore[valid-type]
    except msgspec.ValidationError as error:
        raise RuleError(f"{name}: {error}. Correct the table.") from None


def _toml(name: str, kind: Any) -> Any:
    try:
        return msgspec.convert(tomllib.loads(_folder().joinpath(name).read_text("utf-8")), kind)
    except (msgspec.ValidationError, tomllib.TOMLDecodeError) as error:
        raise RuleError(f"{name}: {error}. Correct the table.") from None


@cache
def tables_digest() -> str:
    """A name of every table: a changed fact gives another one."""
    digest = hashlib.sha256()
    # Owners are judged by tables of the graph, which are as much a part of the answer.
    graph = resources.files("ringfence.graph")
    for file in sorted((*_folder().iterdir(), *graph.iterdir()), key=lambda file: file.name):
        if file.name.endswith((".csv", ".toml")):
            digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return "sha256:" + digest.hexdigest()


@cache
def coverage() -> Coverage:
    """The days for which the rules speak."""
    found: Coverage = _toml("coverage.toml", Coverage)
    return found


@cache
def _groupings() -> dict[str, tuple[Grouping, ...]]:
    found: dict[str, list[Grouping]] = defaultdict(list)
    for row in _csv("country_groups.csv", Grouping):
        found[row.country].append(row)
    return {country: tuple(rows) for country, rows in found.items()}


def destination_of(country: str, on: dt.date) -> str:
    """The destination that a country is for the EAR on a day: Hong Kong is China from 2020-12-23."""
    return "CN" if country == "HK" and on >= HONG_KONG_IS_CHINA else country


@cache
def groups_of(country: str, on: dt.date) -> frozenset[str]:
    """The Country Groups of a country on a day."""
    rows = _groupings().get(destination_of(country, on), ())
    return frozenset(row.group for row in rows if row.holds(on))


@cache
def within(where: str, country: str, on: dt.date) -> bool:
    """Whether a country is one of `where`: `*` for all, groups, codes, with a minus for what is left out."""
    code = destination_of(country, on)
    own = {code, *groups_of(country, on)}
    words = where.split()
    taken = any(word == "*" or word in own for word in words if not word.startswith("-"))
    return taken and not any(word[1:] in own for word in words if word.startswith("-"))


@cache
def _chart() -> dict[str, frozenset[str]]:
    lines = _folder().joinpath("country_chart.csv").read_text("utf-8").splitlines()
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    return {row["country"]: frozenset(row["marks"].split()) for row in rows}


@cache
def _controls() -> dict[str, tuple[Control, ...]]:
    found: dict[str, list[Control]] = defaultdict(list)
    lines = _folder().joinpath("eccn_controls.csv").read_text("utf-8").splitlines()
    for row in csv.DictReader(line for line in lines if not line.startswith("#")):
        found[row["eccn"]].append(Control(**{key: value or "" for key, value in row.items()}))
    return {eccn: tuple(rows) for eccn, rows in found.items()}


def controls_of(classification: str) -> tuple[Control, ...] | None:
    """The reasons for control of the entry that a classification belongs to; None for an unknown entry."""
    return _controls().get(classification.split(".", maxsplit=1)[0])


def control_applies(control: Control, country: str, on: dt.date) -> bool | None:
    """Whether a control requires a license to a country; None where the chart has no such destination."""
    where = _UN_ARMS_EMBARGO if control.where == "UN" else control.where
    if len(where) == 3 and where[:2].isalpha() and where[2].isdigit():
        code = destination_of(country, on)
        if {"E:1", "E:2"} & groups_of(country, on):
            return True
        marks = _chart().get(code)
        return None if marks is None else where in marks
    return within(where, country, on)


@cache
def debt_terms() -> tuple[DebtTerm, ...]:
    """The terms of new debt by directive."""
    return _csv("debt_terms.csv", DebtTerm)


@cache
def military_countries() -> tuple[MilitaryCountry, ...]:
    """The countries of 744.21."""
    return _csv("military_end_users.csv", MilitaryCountry)


@cache
def intelligence_bodies() -> tuple[IntelligenceBody, ...]:
    """The bodies of 744.22(f)(2)."""
    found: tuple[IntelligenceBody, ...] = _toml(
        "military_intelligence.toml", dict[str, tuple[IntelligenceBody, ...]]
    )["bodies"]
    return found


@cache
def entry_groups() -> dict[str, EntryGroup]:
    """The groups of entries by name."""
    found: dict[str, EntryGroup] = _toml("entry_groups.toml", dict[str, dict[str, EntryGroup]])["groups"]
    return found


@cache
def direct_product_rules() -> tuple[DirectProduct, ...]:
    """The foreign-direct product rules."""
    found: tuple[DirectProduct, ...] = _toml("direct_product.toml", dict[str, tuple[DirectProduct, ...]])[
        "rules"
    ]
    return found


@cache
def savings() -> tuple[Savings, ...]:
    """The savings clauses that end on a day."""
    return _csv("savings.csv", Savings)


class _ItemSets(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    sets: dict[str, str]
    products: dict[str, str]
    described_since: dict[str, dt.date]


@cache
def _item_sets() -> _ItemSets:
    found: _ItemSets = _toml("item_sets.toml", _ItemSets)
    return found


def item_set(name: str) -> str:
    """The ECCNs of a named set, as `eccn.in_set` reads them."""
    return _item_sets().sets.get(name) or _item_sets().products[name]


def described_since(key: str) -> dt.date | None:
    """The first day on which an entry could describe a set of items; None where none is known."""
    return _item_sets().described_since.get(key)


@cache
def partners(supplement: str) -> frozenset[str]:
    """The countries of a supplement of `partners.csv`."""
    lines = _folder().joinpath("partners.csv").read_text("utf-8").splitlines()
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    return frozenset(row["country"] for row in rows if row["supplement"] == supplement)


@cache
def retention_years() -> dict[str, int]:
    """How many years each regime asks evidence to be kept."""
    lines = _folder().joinpath("retention.csv").read_text("utf-8").splitlines()
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    return {row["regime"]: int(row["years"]) for row in rows}
