"""One query against one listing: the best pair of readings, the evidence, and the reasons of the score.

This is the plain statement of what a match is. The index finds the listings for which it is worth saying,
and says the same.
"""

import functools
from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from ringfence.matching import weights as w
from ringfence.matching.evidence import Facts, evidence, facts_of
from ringfence.matching.score import (
    NOTHING,
    SPACED,
    NameOdds,
    Weighed,
    align,
    all_of,
    cut_odds,
    goes_on,
    name_odds,
    respaced,
)
from ringfence.names import Likeness, Parsed, Role, Word, likeness, readings
from ringfence.names.words import looks_like, near_term, role_of
from ringfence.records import Listing, Match, Query, Reason, score_of

KNOWN_WORDS = 200_000
RELATIONS = {
    "same": "the same word",
    "equivalent": "the same word in another form",
    "sound": "sounds alike as written",
    "spelling": "spelled alike",
    "vowels": "the same consonants",
    "abbreviation": "one begins the other",
    "initial": "an initial",
    "cut": "the beginning of the listed name, cut off within a word",
    "spacing": "the same letters, spaced otherwise",
    "acronym": "the first letters",
    "first_letters": "made of the first letters",
}
BESIDE = {
    "one_word": "only one telling word in common",
    "places": "the names have different places",
    "numbers": "the names have different numbers",
    "unit": "the listed name goes on to a body of its own, the name asked for does not: it may be the parent",
    "letters": "written with the same letters",
    "begins": "the listed name is the one asked for, or begins with it",
    "person": "persons often share a name",
    "part": "only a part of the name asked for, by its brackets, was compared",
    "nothing": "no word of the two names agrees",
}
_LEFT = {
    Role.LEGAL: "legal form",
    Role.TITLE: "title",
    Role.PARTICLE: "particle",
}


LEFT_OF_QUERY, LEFT_OF_LISTED = "is not in the listed name", "is not in the name asked for"
BASE_REASON = Reason("base", "", "", w.BASE, "before anything is compared, a match is unlikely")
WEAK_REASON = Reason("alias", "", "", w.WEAK_ALIAS, "the publisher calls this alias weak")


class Found(NamedTuple):
    """A listing that may be the party asked for, by its place; the log-odds of its best name, before any evidence beside
    it; that name and the reading asked for, by their places (-1: not told which).
    """

    entry: int
    odds: float
    name: int
    reading: int


class Rarity(Protocol):
    """Says how many listed parties carry a word, and of how many; `known` keeps what words weigh by it."""

    known: dict[str, tuple[str, Role, float]]

    def count(self, key: str) -> int | None: ...
    @property
    def total(self) -> int: ...


class NoList:
    """The rarity where no list is at hand: none counted."""

    total = 0

    def __init__(self) -> None:
        self.known: dict[str, tuple[str, Role, float]] = {}

    def count(self, key: str) -> int | None:  # noqa: ARG002
        return None


NO_LIST = NoList()


def weighed(reading: Parsed, rarity: Rarity) -> list[Weighed]:
    """The words of a reading with their weights.

    A word that no listed party carries, and that is a slip of the keyboard away from a known term, is taken
    for that term: `Technolgy` is no rare word.
    """
    known = rarity.known
    out: list[Weighed] = []
    for word in reading.words:
        found = known.get(word.key)
        if found is None:
            if len(known) >= KNOWN_WORDS:
                known.clear()
            found = known[word.key] = _meant(word, rarity)
        key, role, weight = found
        out.append(Weighed(word if key == word.key else Word(key, word.surface, role), weight))
    return out


def _meant(word: Word, rarity: Rarity) -> tuple[str, Role, float]:
    """The word that a word is taken for, its role and its weight."""
    key, role, count = word.key, word.role, rarity.count(word.key)
    if not count and role is Role.NAME:
        # A word that no list holds: what it looks like, where a list holds that; else the term it may be a slip of.
        seen = next((read for read in looks_like(key) if rarity.count(read)), None)
        if meant := seen or near_term(key):
            key, role, count = meant, role_of(meant), rarity.count(meant)
    return key, role, w.word_weight(role, count, rarity.total, len(key))


@functools.lru_cache(maxsize=200_000)
def _alike(a: str, b: str) -> Likeness:
    return likeness(a, b)


def _likes(query: Sequence[Weighed], listed: Sequence[Weighed]) -> list[dict[str, Likeness]]:
    """Of each query word the listed words like it."""
    keys = {item.word.key for item in listed}
    return [
        {key: like for key in keys if (like := _alike(item.word.key, key)).degree > 0.0} for item in query
    ]


class Asked(NamedTuple):
    """One reading of the name asked for, with the weights of its words."""

    reading: Parsed
    words: list[Weighed]


def asked_of(query: Query, rarity: Rarity) -> list[Asked]:
    """Every reading of the name asked for and of its aliases."""
    texts = (query.name, *query.aliases)
    return [Asked(reading, weighed(reading, rarity)) for text in texts for reading in readings(text)]


def compare(query: Query, listing: Listing, index: Rarity | None = None, *, ref: int = 0) -> Match:
    """How any query matches any listing, with reasons; the score is the one that an index would give.

    How rare words are is counted in `index`; without one, usual figures are taken.
    """
    rarity = index or NO_LIST
    return explain(query, asked_of(query, rarity), facts_of(ref, listing), rarity)


def explain(
    query: Query,
    asked: list[Asked],
    facts: Facts,
    rarity: Rarity,
    chosen: tuple[int, int, int] | None = None,
    beside: Iterable[Reason] | None = None,
) -> Match:
    """The match of a query with the facts of a listing, by the best pair of readings.

    `chosen` names that pair where it is known: the listed name, its reading, and the reading asked for.
    Otherwise all pairs are compared; ties go to the first. `beside` are the reasons of the evidence beside the names, where
    these are known.
    """
    person = "person" in (query.kind, facts.kind)
    best: tuple[float, int, Asked, list[Weighed], NameOdds, str] | None = None
    for n, text in enumerate(facts.names):
        if chosen and n != chosen[0]:
            continue
        weak = n in facts.weak
        for r, theirs in enumerate(readings(text)):
            if chosen and r != chosen[1]:
                continue
            listed = weighed(theirs, rarity)
            for ours in asked[chosen[2] : chosen[2] + 1] if chosen else asked:
                odds = reading_odds(ours, theirs, listed, person=person)
                total = w.BASE + odds.total
                total += w.listed_odds(theirs.part, weak=weak)
                if best is None or total > best[0]:
                    best = (total, n, ours, listed, odds, theirs.part)
    if best is None:
        name: tuple[Reason, ...] = (Reason("base", "", "", w.BASE + NOTHING, "no name to compare"),)
        matched = facts.names[0] if facts.names else ""
    else:
        _, n, ours, listed, odds, part = best
        name = tuple(reasons_of(ours.words, listed, odds, part=part, weak=n in facts.weak))
        matched = facts.names[n]
    reasons = (*name, *(evidence(query, facts) if beside is None else beside))
    return Match(facts.ref, matched, score_of(reasons), reasons)


def reading_odds(ours: Asked, theirs: Parsed, listed: list[Weighed], *, person: bool) -> NameOdds:
    """The log-odds of two readings: as one spaced otherwise, word by word, as an acronym, or as one cut off, whatever is most;
    the first of what is the same.
    """
    part = ours.reading.part
    goes = goes_on(ours.reading.written, theirs.written)
    letters = same_letters(ours.reading, theirs)
    ways = [align(ours.words, listed, _likes(ours.words, listed), person=person)]
    if letters and respaced(ours.words, listed):
        ways.append(all_of(ours.words, listed, SPACED, "spacing"))
    elif acronym := acronym_odds(ours.reading, theirs):
        ways.append(all_of(ours.words, listed, acronym, "acronym"))
    if goes == "cut":
        ways.append(all_of(ours.words, listed, cut_odds(ours.words, person=person), "cut"))
    return max(
        (
            name_odds(
                ours.words, listed, pairs, person=person, part=part, letters=letters, begins=goes == "begins"
            )
            for pairs in ways
        ),
        key=lambda odds: odds.total,
    )


def same_letters(a: Parsed, b: Parsed) -> bool:
    """Whether two readings are the same but for their spaces and legal forms."""
    return not {a.joined, a.core}.isdisjoint(part for part in (b.joined, b.core) if len(part) > 3)


def acronym_odds(ours: Parsed, theirs: Parsed) -> float:
    """The log-odds of one reading being made of the first letters of the other; 0 when it is not."""
    if ours.sole is not None and ours.sole in theirs.acronyms:
        return w.ACRONYM_OF_LISTED.get(min(len(ours.sole), 5), 0.0)
    if theirs.sole is not None and theirs.sole in ours.acronyms:
        return w.ACRONYM_OF_QUERY.get(min(len(theirs.sole), 5), 0.0)
    return 0.0


def reasons_of(
    query: Sequence[Weighed], listed: Sequence[Weighed], odds: NameOdds, *, part: str, weak: bool
) -> list[Reason]:
    """The reasons of the name's log-odds, in words; weights rounded to four places."""
    out = [BASE_REASON]
    for pair, weight in odds.pairs:
        ours = " ".join(query[i].word.surface for i in pair.query)
        theirs = " ".join(listed[j].word.surface for j in pair.listed)
        shown = f"“{ours}” and “{theirs}”: {RELATIONS[pair.relation]}"
        out.append(Reason("word", ours, theirs, round(weight, 4), shown, pair.relation))
    for left in odds.left:
        word = (query if left.of_query else listed)[left.at].word
        where = LEFT_OF_QUERY if left.of_query else LEFT_OF_LISTED
        ours, theirs = (word.surface, "") if left.of_query else ("", word.surface)
        text = f"“{word.surface}” {where}{as_role(word.role)}"
        out.append(Reason("word", ours, theirs, round(left.odds, 4), text, left_relation(word.role)))
    out.extend(Reason("name", "", "", round(weight, 4), BESIDE[name], name) for name, weight in odds.beside)
    if less := part_reason(part):
        out.append(less)
    if weak:
        out.append(WEAK_REASON)
    return out


def part_reason(part: str) -> Reason | None:
    """What it says that only a part of a listed name was compared."""
    if less := w.LISTED_PART[part]:
        return Reason("name", "", "", less, "only a part of the listed name was compared", "listed_part")
    return None


def as_role(role: Role) -> str:
    """What is said of the role of a word left over."""
    return f" ({_LEFT[role]})" if role in _LEFT else ""


def left_relation(role: Role) -> str:
    """The relation of a word left over."""
    return "legal_form" if role is Role.LEGAL else "missing"


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
    shown = ", ".join(dict.fromkeys(f"“{x.surface}”" for x in words))
    return f"every word of this name is common ({shown}): it fits many parties and cannot tell them apart"


def discriminates(query: Query) -> bool:
    """Whether the name asked for has any word that can tell one party from another."""
    return cannot_discriminate(query) is None


__all__ = ["asked_of", "cannot_discriminate", "compare", "discriminates", "explain", "normalise"]
