"""Federal Register rules known by name: which rule a citation belongs to, and when it took effect.

The date that matters is the effective date in the rule, not the day of publication and not the
`start_date` that list copies print, which is sometimes one and sometimes the other.
"""

import csv
import datetime as dt
import re
from collections.abc import Iterable
from functools import cache
from importlib import resources

import msgspec

from ringfence.records import Citation, parse_day
from ringfence.records.rule import FederalRegisterDocument


class FederalRegisterRule(msgspec.Struct, frozen=True):
    """One rule: its pages, Federal Register document number, and its dates, kept apart.

    `reaches` are the lists whose reach it changes as a whole, without an entry of its own; `suspends` is the rule that it
    stays, by its first page, and `until` the day until which it says so.
    """

    volume: int
    first_page: int
    last_page: int
    document: str | None
    announced_on: dt.date | None
    published_on: dt.date | None
    effective_on: dt.date
    reaches: tuple[str, ...]
    suspends: str | None
    until: dt.date | None
    title: str

    @property
    def cited(self) -> str:
        """The first page, as it is cited."""
        return f"{self.volume} FR {self.first_page}"


@cache
def rules() -> tuple[FederalRegisterRule, ...]:
    """The reviewed table of rules, in the order of their pages."""
    text = resources.files(__package__).joinpath("rules.csv").read_text(encoding="utf-8")
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
            reaches=tuple(row["reaches"].split()),
            suspends=row["suspends"] or None,
            until=parse_day(row["until"]),
            title=row["title"],
        )
        for row in csv.DictReader(lines)
    )


def rule_of(
    citation: Citation, documents: Iterable[FederalRegisterDocument] = ()
) -> FederalRegisterRule | FederalRegisterDocument | None:
    """The rule on whose pages the citation falls: of the reviewed table first, then of the documents given.

    Where several documents share the page, the one that amends 15 CFR part 744 counts, then the one whose title
    names a list, then the shortest; None when that leaves two, or nothing.
    """
    if citation.page is not None:
        for rule in rules():
            if rule.volume == citation.volume and rule.first_page <= citation.page <= rule.last_page:
                return rule
    candidates = [
        document
        for document in documents
        if document.prints(citation)
        and (document.first_page is not None or _LIST_IN_TITLE.search(document.title))
    ]
    if not candidates:
        return None
    ranked = sorted(candidates, key=_fitness)
    tied = len(ranked) > 1 and _fitness(ranked[0]) == _fitness(ranked[1])
    return None if tied else ranked[0]


class RuleBook:
    """Which rule a citation belongs to, by the reviewed table and by the documents that are known; asked many times."""

    def __init__(self, documents: Iterable[FederalRegisterDocument] = ()) -> None:
        self._by_volume: dict[int | None, list[FederalRegisterDocument]] = {}
        for document in documents:
            self._by_volume.setdefault(document.volume, []).append(document)
        self._found: dict[Citation, FederalRegisterRule | FederalRegisterDocument | None] = {}

    def rule_of(self, citation: Citation) -> FederalRegisterRule | FederalRegisterDocument | None:
        """The rule on whose pages the citation falls, as `rule_of` finds it."""
        if citation not in self._found:
            self._found[citation] = rule_of(citation, self._by_volume.get(citation.volume, ()))
        return self._found[citation]


_LIST_IN_TITLE = re.compile(r"Entity List|Unverified List|Military End.User|Huawei", re.IGNORECASE)


def _fitness(document: FederalRegisterDocument) -> tuple[bool, bool, int]:
    """How likely a document is the one cited, best first: by part amended, title, and length."""
    if document.first_page is None:
        return True, True, 0
    length = (document.last_page or document.first_page or 0) - (document.first_page or 0)
    return "15 CFR 744" not in document.cfr, not _LIST_IN_TITLE.search(document.title), length


def first_rule(citations: Iterable[Citation]) -> FederalRegisterRule | None:
    """The rule of the first citation of an entry: as a rule the one that added it."""
    first = next(iter(citations), None)
    found = rule_of(first) if first else None
    return found if isinstance(found, FederalRegisterRule) else None
