"""Federal Register rules known by name: which rule a citation belongs to, and when it took effect.

The date that matters is the effective date in the rule, not the day of publication and not the
`start_date` that list copies print, which is sometimes one and sometimes the other.
"""

import csv
import datetime as dt
from collections.abc import Iterable
from functools import cache
from importlib import resources

import msgspec

from ringfence.records import Citation, parse_day


class FederalRegisterRule(msgspec.Struct, frozen=True):
    """One rule: its pages, Federal Register document number, and its dates, kept apart."""

    volume: int
    first_page: int
    last_page: int
    document: str | None
    announced_on: dt.date | None
    published_on: dt.date | None
    effective_on: dt.date
    title: str


@cache
def rules() -> tuple[FederalRegisterRule, ...]:
    """The reviewed table of rules, in the order of their pages."""
    text = resources.files("ringfence.sources").joinpath("rules.csv").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return tuple(
        FederalRegisterRule(
            volume=int(row["volume"]),
            first_page=int(row["first_page"]),
            last_page=int(row["last_page"]),
            document=row["document"] or None,
            announced_on=parse_day(row["announced_on"]),
            published_on=parse_day(row["published_on"]),
            effective_on=dt.date.fromisoformat(row["effective_on"]),
            title=row["title"],
        )
        for row in csv.DictReader(lines)
    )


def rule_of(citation: Citation) -> FederalRegisterRule | None:
    """The rule on whose pages the citation falls; None when the table does not know it."""
    if citation.page is None:
        return None
    for rule in rules():
        if rule.volume == citation.volume and rule.first_page <= citation.page <= rule.last_page:
            return rule
    return None


def first_rule(citations: Iterable[Citation]) -> FederalRegisterRule | None:
    """The rule of the first citation of an entry: as a rule the one that added it."""
    first = next(iter(citations), None)
    return rule_of(first) if first else None
