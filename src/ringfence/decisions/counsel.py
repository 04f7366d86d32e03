"""Answers transactions, one or many: each by the lists and the law of its own day.

Works through them in runs, a day at a time, and answers in the order in which they came. The same
transactions on the same store, known at the same instant, give the same decisions.
"""

import datetime as dt
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import msgspec

from ringfence.decisions.decide import decide
from ringfence.decisions.decision import Decision
from ringfence.decisions.finder import INTELLIGENCE_LIST, Finder, World
from ringfence.decisions.party import Asked, Found, asked
from ringfence.decisions.rule import rules_digest
from ringfence.decisions.tables import coverage
from ringfence.graph.regimes import RuleStatus
from ringfence.records import Listing, Provenance
from ringfence.records.codec import canonical, digest
from ringfence.records.transaction import Owner, Transaction
from ringfence.sources.ear.rules import rule_of, rules

_RUN = 4_000
_DAYS_KEPT = 8


class Counsel:
    """Answers from the worlds that `world_of` gives for each day."""

    def __init__(
        self,
        world_of: Callable[[dt.date], World],
        *,
        extra: Sequence[Listing] = (),
        affiliates_rule: RuleStatus | None = None,
    ) -> None:
        self._world_of = world_of
        self._extra = tuple(extra)
        self._affiliates_rule = affiliates_rule
        self._days: OrderedDict[dt.date, tuple[Finder, dict[str, Any], tuple[str, ...]]] = OrderedDict()

    def answers(self, transactions: Iterable[Transaction]) -> Iterator[Decision]:
        """One decision per transaction, in order."""
        source = iter(transactions)
        size = 1
        while run := list(islice(source, size)):
            yield from self._run(run)
            size = min(size * 16, _RUN)

    def _run(self, run: list[Transaction]) -> list[Decision]:
        by_day: dict[dt.date, list[int]] = {}
        for place, transaction in enumerate(run):
            by_day.setdefault(transaction.on, []).append(place)
        answers: dict[int, Decision] = {}
        for day, places in sorted(by_day.items()):
            finder, provenance, checked = self._day(day)
            finder.prepare(one for place in places for one in _everybody(run[place]))
            for place in places:
                answer = decide(
                    run[place],
                    finder.find,
                    affiliates_rule=self._affiliates_rule,
                    upcoming=self._upcoming(day),
                )
                answers[place] = msgspec.structs.replace(answer, lists_checked=checked, provenance=provenance)
        return [answers[place] for place in range(len(run))]

    def _day(self, day: dt.date) -> tuple[Finder, dict[str, Any], tuple[str, ...]]:
        if day not in self._days:
            world = self._world_of(day)
            told = world.provenance()
            self._days[day] = (Finder(world, self._extra), self._provenance(told), self._checked(told))
            if len(self._days) > _DAYS_KEPT:
                self._days.popitem(last=False)
        self._days.move_to_end(day)
        return self._days[day]

    def _provenance(self, told: Provenance) -> dict[str, Any]:
        """What answers rest on: that of the lists, and the rules; private lists by the digest of what they say."""
        said: dict[str, Any] = msgspec.structs.asdict(told)
        return {
            **said,
            # The bodies of 744.22(f)(2) are always looked for: they come with the rules.
            "not_searched": [one for one in told.not_searched if one != INTELLIGENCE_LIST],
            "rules": rules_digest(),
            "rules_reviewed_on": coverage().reviewed_on,
            "list_ages": {one.id: (told.valid_on - one.as_of).days for one in told.lists},
            "extra_list": digest(canonical(self._extra)) if self._extra else None,
            "affiliates_rule": self._affiliates_rule,
        }

    def _checked(self, told: Provenance) -> tuple[str, ...]:
        return tuple(
            dict.fromkeys(
                [*(one.id for one in told.lists), INTELLIGENCE_LIST, *(one.list for one in self._extra)]
            )
        )

    def _upcoming(self, day: dt.date) -> Callable[[Asked], tuple[Found, ...]] | None:
        """Who is announced on the day to be listed on a later one; rules are seen on public inspection before."""
        announced = [
            rule for rule in rules() if rule.announced_on and rule.announced_on <= day < rule.effective_on
        ]
        if not announced:
            return None

        def find(somebody: Asked) -> tuple[Found, ...]:
            return tuple(
                found
                for rule in announced
                for found in self._day(rule.effective_on)[0].find(somebody)
                if found.sure
                and found.listing.valid_from == rule.effective_on
                and any(rule_of(citation) == rule for citation in found.listing.citations)
            )

        return find


def _everybody(transaction: Transaction) -> Iterator[Asked]:
    for party in transaction.parties:
        yield asked(party)
        yield from _owners(party.owners)


def _owners(owners: tuple[Owner, ...] | None) -> Iterator[Asked]:
    for owner in owners or ():
        yield Asked(owner.name, owner.country)
        yield from _owners(owner.owners)
