"""Which names of an index can reach a score, by upper bounds: the plain scan looks at no others.

Why nothing is lost. A listed word is in one pair at most. A single pair earns what the lighter of its words weighs, times
their degree; words written together earn their shares. The log-odds grow with what is earned and with the best pair, and
fall with what is left over on either side: a conflict costs at least as much as either side's share, and shares are smallest
of the largest whole there can be, all words of both. Each initial takes at most itself and one word of the other side, no
heavier than the heaviest, off what is left over, and agrees once. Nothing else speaks for a name, except what names are kept
for by their text (`reference.Scan`), which are looked at anyway. Evidence beside the name is in the least already.

`Candidates.names` first bounds each name by the sum of what it can earn by every word asked for, which takes no look at its
words; then those that may still reach by all of their words: each earns its best once, and those that are like no word asked
for are left over.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ringfence.matching import weights as w
from ringfence.matching.arrays import Arrays
from ringfence.matching.build import PARTS
from ringfence.matching.score import CONTENT_ROLES, EXTRA_LISTED, EXTRA_QUERY, SPACED, Weighed, added
from ringfence.matching.vocabulary import Vocabulary
from ringfence.names import Likeness, Role

KEPT_REACHES = 2_000
"""Query words whose names are kept at hand: a few dozen megabytes at most on a list of 60,000 names."""
SLACK = 1e-6
"""More than sums of floating-point numbers can be off."""


def listed_odds() -> NDArray[np.float64]:
    """What a reading of a listed name weighs before it is compared, by `name_part`."""
    return np.array([w.listed_odds(part, weak=weak) for part in PARTS for weak in (False, True)])


def letter_of(key: str) -> int:
    """The letter by which a word begins, as a number below 256: two letters may have the same, one has never two."""
    return ord(key[0]) % 256


class Reach(NamedTuple):
    """Where a word asked for leads: the listed words that it may be paired with, and what each can earn of it; `names` are
    those that carry the words, once for each, with what they can earn by it in `gains`. `joins` where some of the words may
    write it together; `likes` are the others, with their likeness.
    """

    words: NDArray[np.intp]
    each: NDArray[np.float64]
    names: NDArray[np.int32]
    gains: NDArray[np.float64]
    joins: bool
    likes: Mapping[str, Likeness]


class Candidates:
    """Finds the names that can reach a score."""

    def __init__(self, arrays: Arrays, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._weights = arrays["word_weights"]
        self._posting_start = arrays["posting_start"]
        self._postings = arrays["postings"]
        self._start = arrays["name_start"]
        self._words = arrays["name_words"]
        self._whole = arrays["name_weight"]
        self._initials = arrays["name_initials"]
        self._odds = listed_odds()[arrays["name_part"]]
        self._person = arrays["entry_person"][arrays["name_entry"]] > 0
        roles = arrays["roles"]
        self._extra = np.array([EXTRA_LISTED.get(role, 0.0) for role in Role])[roles]
        self._telling = np.array([role in CONTENT_ROLES for role in Role])[roles]
        self._is_initial = roles == Role.INITIAL
        self._letter = np.array([letter_of(key) for key in vocabulary.keys], np.uint8)
        extra = np.append(0.0, np.cumsum(self._extra[self._words]))
        self._extra_of = extra[self._start[1:]] - extra[self._start[:-1]] + SLACK
        self._reaches: dict[str, Reach] = {}

    def reach(self, item: Weighed) -> Reach:
        """Where a word asked for leads, kept: many names share a word."""
        key = item.word.key
        reach = self._reaches.get(key)
        if reach is None:
            if len(self._reaches) >= KEPT_REACHES:
                self._reaches.clear()
            keys, weights = self._vocabulary.keys, self._weights
            likes = self._vocabulary.alike(key)
            single = {n: min(item.weight, float(weights[n])) * like.degree for n, like in likes.items()}
            pieces = {n: float(weights[n]) * SPACED for n in self._vocabulary.pieces(key)}
            reach = self._reaches[key] = self._reach_of(
                single, pieces, {keys[n]: like for n, like in likes.items()}
            )
        return reach

    def _reach_of(
        self, single: dict[int, float], pieces: dict[int, float], likes: Mapping[str, Likeness]
    ) -> Reach:
        each = single | {n: max(earns, single.get(n, 0.0)) for n, earns in pieces.items()}
        names = [self._postings[self._posting_start[n] : self._posting_start[n + 1]] for n in each]
        earns = np.fromiter(each.values(), np.float64, len(each))
        return Reach(
            np.fromiter(each, np.intp, len(each)),
            earns,
            np.concatenate(names) if names else np.zeros(0, np.int32),
            np.repeat(earns, [len(some) for some in names]),
            bool(pieces),
            likes,
        )

    def names(
        self, query: Sequence[Weighed], reaches: Sequence[Reach], least: float, *, person: bool
    ) -> list[int]:
        """Every name whose log-odds can reach `least`, in order, and perhaps some that cannot."""
        asked = _Asked(query, person=person)
        ways = [(1 << n, reach) for n, reach in enumerate(reaches)]
        keys = self._vocabulary.keys
        for n in self._vocabulary.written_together([item.word.key for item in query]):
            covers = sum(1 << i for i, item in enumerate(query) if item.word.key in keys[n])
            ways.append((covers, self._reach_of({n: float(self._weights[n]) * SPACED}, {}, {})))
        total = len(self._whole)
        ids = np.concatenate([reach.names for _, reach in ways])
        gain = np.bincount(ids, np.concatenate([reach.gains for _, reach in ways]), total)
        names = np.flatnonzero(gain > 0.0)  # of truth values: ten times faster than of numbers
        if not len(names):
            return []
        gain = gain[names]
        initials, whole = self._initials[names], self._whole[names]
        covered = [asked.weight - asked.left(covers) for covers, _ in ways]
        cover = np.bincount(ids, np.repeat(covered, [len(reach.names) for _, reach in ways]), total)[names]
        left = np.maximum(asked.weight - cover - asked.heaviest * initials - SLACK, 0.0)
        spared = w.HEAVIEST * asked.initials + w.ROLE_WEIGHT[Role.INITIAL] * initials
        none = np.zeros(len(names))
        most = self._most(asked, names, (gain, gain), left, none, whole - spared, initials + asked.initials)
        names = names[most >= least - SLACK]
        return self._may_reach(names, asked, ways, least).tolist() if len(names) else []

    def _most(
        self,
        asked: "_Asked",
        names: NDArray[Any],
        earned_and_peak: tuple[NDArray[Any], NDArray[Any]],
        left: NDArray[Any],
        rest: NDArray[Any],
        listed: NDArray[Any],
        agree: NDArray[Any],
    ) -> NDArray[Any]:
        """The most that the log-odds of names can be that earn no more, in all and by one pair, leave no less over of the words
        asked for and of their own, whose `listed` words weigh no less, and of which no more initials agree.
        """
        earned, peak = earned_and_peak
        few = np.minimum(earned, w.CONTENT_CAP)
        odds = w.WHOLE * (earned / np.maximum(listed + left, earned)) ** 2
        odds += w.FIRST_CONTENT * np.minimum(earned, w.FIRST_CONTENT_CAP) + w.CONTENT * few
        odds += w.RAREST * np.minimum(peak, w.RAREST_CAP) + w.INITIAL_AGREES * agree
        personal = w.PERSON + w.PERSON_CONTENT * few
        odds += personal if asked.person else np.where(self._person[names], personal, 0.0)
        conflict = np.minimum(left, rest)
        shares = w.CONFLICT_SHARE * conflict + w.QUERY_SHARE * (left - conflict)
        shares += w.LISTED_SHARE * (rest - conflict)
        odds += w.CONFLICT * conflict + shares / (asked.weight + self._whole[names])
        return np.asarray(odds + (w.BASE + self._odds[names]))

    def _may_reach(
        self, names: NDArray[Any], asked: "_Asked", ways: list[tuple[int, Reach]], least: float
    ) -> NDArray[Any]:
        """Those of the names that can reach `least`, by all of their words."""
        best, covers_of = np.zeros(len(self._weights)), np.zeros(len(self._weights), np.uint64)
        shares = np.zeros(len(self._weights)) if any(reach.joins for _, reach in ways) else None
        for covers, reach in ways:
            best[reach.words] = np.maximum(best[reach.words], reach.each)
            covers_of[reach.words] |= np.uint64(covers)
            if shares is not None and reach.joins:
                shares[reach.words] += reach.each
        start = self._start[names]
        sizes = self._start[names + 1] - start
        at = np.cumsum(sizes) - sizes
        words = self._words[np.arange(int(sizes.sum())) + np.repeat(start - at, sizes)]
        covered = covers_of[words]
        wanted, initials, spared = self._agreeing(words, covered, at, names, asked)
        # Of here on, only the words that are like one asked for; every name has one.
        met = np.flatnonzero(covered)
        at = np.searchsorted(met, at)
        words, covered = words[met], covered[met]
        earned = np.add.reduceat(best[words], at)
        peak = np.maximum.reduceat(best[words], at)
        if shares is not None:
            peak += np.add.reduceat(shares[words], at)
        sets, which = np.unique(np.bitwise_or.reduceat(covered, at), return_inverse=True)
        left = np.array([asked.left(int(one)) for one in sets])[which]
        left = np.maximum(left - asked.heaviest * initials, 0.0)
        rest = np.maximum(
            self._whole[names] - np.add.reduceat(self._weights[words], at) - spared - SLACK, 0.0
        )
        odds = self._most(
            asked, names, (earned, peak), left, rest, self._whole[names] - spared, initials + wanted
        )
        beside = self._extra_of[names] - np.add.reduceat(self._extra[words], at)
        beside += np.array([asked.missing(int(one)) for one in sets])[which]
        alone = np.diff(at, append=len(words)) == 1
        beside += np.where(alone & self._telling[words[at]], w.ONE_WORD, 0.0)
        odds += np.where((initials == 0) & (wanted == 0), beside, 0.0)
        return names[odds >= least - SLACK]

    def _agreeing(
        self,
        words: NDArray[np.int32],
        covered: NDArray[np.uint64],
        at: NDArray[np.intp],
        names: NDArray[Any],
        asked: "_Asked",
    ) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """How many initials asked for, and how many listed, may agree in each name, and what they may take off what is left."""
        none = np.zeros(len(names))
        wanted = listed = none
        if asked.initials:
            agree = asked.initial_letters[self._letter[words]] | (covered & asked.initial_bits > 0)
            wanted = np.minimum(np.add.reduceat(agree.astype(np.intp), at), asked.initials)
        if self._initials[names].any():
            agree = asked.first_letters[self._letter[words]] & self._is_initial[words]
            listed = np.add.reduceat(agree.astype(np.intp), at)
        return wanted, listed, w.HEAVIEST * wanted + w.ROLE_WEIGHT[Role.INITIAL] * listed


class _Asked:
    """What the bounds need of the words asked for. Sets of them are bits."""

    def __init__(self, query: Sequence[Weighed], *, person: bool) -> None:
        self._query = query
        self.person = person
        self.weight = added(item.weight for item in query)
        self.heaviest = max(item.weight for item in query)
        self.initials = sum(item.word.role is Role.INITIAL for item in query)
        self.first_letters, self.initial_letters = np.zeros(256, np.bool_), np.zeros(256, np.bool_)
        bits = 0
        for n, item in enumerate(query):
            self.first_letters[letter_of(item.word.key)] = True
            if item.word.role is Role.INITIAL:
                self.initial_letters[letter_of(item.word.key)] = True
                bits |= 1 << n
        self.initial_bits = np.uint64(bits)

    def left(self, covered: int) -> float:
        """What the words weigh that are left over; an initial may always find a partner."""
        return added(
            item.weight
            for n, item in enumerate(self._query)
            if not covered >> n & 1 and item.word.role is not Role.INITIAL
        )

    def missing(self, covered: int) -> float:
        """What the roles of the words say that are left over."""
        return added(
            EXTRA_QUERY.get(item.word.role, 0.0) for n, item in enumerate(self._query) if not covered >> n & 1
        )
