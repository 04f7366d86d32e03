"""Which facts are no longer what they were: what opens a decided alert again."""

import datetime as dt
from collections.abc import Collection, Iterator

from ringfence.review.alert import FACTS, Case, Fact, FactChange, Facts

_SHOWN = 300
"""Characters of a value that are shown."""


def changes(before: Case, after: Case, rests_on: Collection[Fact] = FACTS) -> Iterator[FactChange]:
    """The facts among `rests_on` that differ between two cases of one pair, of either side."""
    yield from of_facts("party", before.facts, after.facts, rests_on)
    yield from of_facts("listing", before.listed, after.listed, rests_on)


def of_facts(side: str, before: Facts, after: Facts, rests_on: Collection[Fact]) -> Iterator[FactChange]:
    """The facts of one side that differ. Order, case and blanks make no difference."""
    for fact in FACTS:
        if fact not in rests_on:
            continue
        was, now = before.values(fact), after.values(fact)
        old, new = {_folded(one): one for one in was}, {_folded(one): one for one in now}
        if old.keys() != new.keys():
            # Of a long list only what came and went is worth reading.
            gone = [text for key, text in old.items() if key not in new]
            come = [text for key, text in new.items() if key not in old]
            yield FactChange(side, fact, _shown(gone), _shown(come))  # type: ignore[arg-type]


def risen(before: Case, after: Case, by: float) -> Iterator[FactChange]:
    """The score, where it is higher by at least `by`."""
    if by and round(after.score - before.score, 6) >= by:
        yield FactChange("match", "score", f"{before.score:.2f}", f"{after.score:.2f}")


def stakes(before: Case, after: Case) -> Iterator[FactChange]:
    """What is at stake, where it is no longer the same; no decision rests on it."""
    was, now = before.facts.at_stake, after.facts.at_stake
    if set(was) != set(now):
        yield FactChange("party", "amount", _shown(list(map(str, was))), _shown(list(map(str, now))))


def expired(expires_on: dt.date | None, on: dt.date) -> Iterator[FactChange]:
    """The clock, where the last day of a decision is past."""
    if expires_on is not None and on > expires_on:
        yield FactChange("clock", "expires_on", str(expires_on), str(on))


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _shown(values: list[str]) -> str:
    text = "; ".join(values)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
