"""One query against one listing: the best pair of readings, the evidence, and the reasons of the score.

This is the plain statement of what a match is. The index finds the listings for which it is worth saying,
and says the same.
"""

import functools
from collections.abc import Sequence
from typing import Protocol

from ringfence.matching import weights as w
from ringfence.matching.evidence import Facts, evidence, facts_of
from ringfence.matching.score import NameOdds, Pair, Weighed, align, name_odds
from ringfence.names import Likeness, Parsed, Role, Word, likeness, readings
from ringfence.names.words import lexicon
from ringfence.records import Listing, Match, Query, Reason, score_of

WEAK_ALIAS = -0.6
_RELATIONS = {
    "same": "the same word",
    "equivalent": "the same word in another form",
    "sound": "sounds alike as written",
    "spelling": "spelled alike",
    "vowels": "the same consonants",
    "abbreviation": "one begins the other",
    "initial": "an initial",
    "spacing": "the same letters, spaced otherwise",
    "acronym": "the first letters",
}
_LEFT = {
    Role.LEGAL: "legal form",
    Role.TITLE: "title",
    Role.PARTICLE: "particle",
}


class Rarity(Protocol):
    """Says how many listed parties carry a word, and of how many."""

    def count(self, key: str) -> int | None: ...
    @property
    def total(self) -> int: ...


class NoList:
    """The rarity where no list is at hand: none counted."""

    total = 0

    def count(self, key: str) -> int | None:  # noqa: ARG002
        return None


NO_LIST = NoList()


def weighed(reading: Parsed, rarity: Rarity) -> list[Weighed]:
    """The words of a reading with their weights."""
    return [
        Weighed(word, w.word_weight(word.role, rarity.count(word.key), rarity.total))
        for word in reading.words
    ]


@functools.lru_cache(maxsize=200_000)
def _alike(a: str, b: str) -> Likeness:
    return likeness(a, b)


def compare(query: Query, listing: Listing, index: Rarity | None = None, *, ref: int = 0) -> Match:
    """How any query matches any listing, with reasons; the score is the one that an index would give.

    How rare words are is counted in `index`; without one, usual figures are taken.
    """
    return match_facts(query, facts_of(ref, listing), index or NO_LIST)


def match_facts(query: Query, facts: Facts, rarity: Rarity) -> Match:
    """The match of a query with the facts of a listing: the best of all pairs of readings."""
    beside = tuple(evidence(query, facts))
    best: tuple[float, int, tuple[Reason, ...]] | None = None
    asked = [(r, weighed(r, rarity)) for text in (query.name, *query.aliases) for r in readings(text)]
    for n, text in enumerate(facts.names):
        for reading in readings(text):
            listed = weighed(reading, rarity)
            for ours, words in asked:
                respaced = same_letters(ours, reading)
                pairs = all_of(words, listed) if respaced else align(words, listed, _alike)
                odds = name_odds(words, listed, pairs)
                total = w.BASE + odds.total + (WEAK_ALIAS if n in facts.weak else 0.0)
                if best is None or total > best[0] + 1e-9:
                    best = (total, n, tuple(reasons_of(words, listed, odds, weak=n in facts.weak)))
    if best is None:
        best = (w.BASE, 0, (Reason("base", "", "", round(w.BASE - w.DIFFERENCE, 4), "no name to compare"),))
    reasons = (*best[2], *beside)
    return Match(facts.ref, facts.names[best[1]] if facts.names else "", score_of(reasons), reasons)


def same_letters(a: Parsed, b: Parsed) -> bool:
    """Whether two readings differ in their spaces (and legal forms) only."""
    if len(a.words) == len(b.words):
        return False
    return not {a.joined, a.core}.isdisjoint(part for part in (b.joined, b.core) if len(part) > 3)


def all_of(query: Sequence[Weighed], listed: Sequence[Weighed]) -> list[Pair]:
    """The one pair of two readings that are one another's spacing."""
    return [Pair(tuple(range(len(query))), tuple(range(len(listed))), 0.97, "spacing")]


def reasons_of(
    query: Sequence[Weighed], listed: Sequence[Weighed], odds: NameOdds, *, weak: bool
) -> list[Reason]:
    """The reasons of the name's log-odds, in words; weights rounded to four places."""
    out = [Reason("base", "", "", w.BASE, "before anything is compared, a match is unlikely")]
    for pair, weight in odds.pairs:
        ours = " ".join(query[i].word.surface for i in pair.query)
        theirs = " ".join(listed[j].word.surface for j in pair.listed)
        shown = f"“{ours}” and “{theirs}”: {_RELATIONS[pair.relation]}"
        out.append(Reason("word", ours, theirs, round(weight, 4), shown, pair.relation))
    for i, weight in odds.query_left:
        word = query[i].word
        text = f"“{word.surface}” is not in the listed name" + _as_role(word)
        out.append(Reason("word", word.surface, "", round(weight, 4), text, _left(word)))
    for j, weight in odds.listed_left:
        word = listed[j].word
        text = f"“{word.surface}” is not in the name asked for" + _as_role(word)
        out.append(Reason("word", "", word.surface, round(weight, 4), text, _left(word)))
    rest = odds.total - sum(x for _, x in (*odds.pairs, *odds.query_left, *odds.listed_left))
    if abs(rest) > 1e-6:
        out.append(Reason("name", "", "", round(rest, 4), "no word of the two names agrees"))
    if weak:
        out.append(Reason("alias", "", "", WEAK_ALIAS, "the publisher calls this alias weak"))
    return out


def _as_role(word: Word) -> str:
    return f" ({_LEFT[word.role]})" if word.role in _LEFT else ""


def _left(word: Word) -> str:
    return "legal_form" if word.role is Role.LEGAL else "missing"


def normalise(name: str) -> str:
    """A name as it is compared: its words in their compared form."""
    found = readings(name)
    return found[0].text if found else ""


def cannot_discriminate(query: Query) -> str | None:
    """Why a name fits too many parties to tell them apart, for people; None when it can."""
    found = readings(query.name)
    if not found:
        return "the name has no letters or digits to compare"
    words = found[0].words
    telling = [
        x for x in words if x.role in (Role.NAME, Role.NUMBER) and (len(x.key) > 2 or x.role is Role.NUMBER)
    ]
    places = [x for x in words if x.role is Role.PLACE]
    trades = [x for x in words if x.role is Role.TRADE]
    if telling or (places and trades):
        return None
    shown = ", ".join(f"“{x.surface}”" for x in words)
    return f"every word of this name is common ({shown}): it fits many parties and cannot tell them apart"


def discriminates(query: Query) -> bool:
    """Whether the name asked for has any word that can tell one party from another."""
    return cannot_discriminate(query) is None


__all__ = ["cannot_discriminate", "compare", "discriminates", "lexicon", "match_facts", "normalise"]
