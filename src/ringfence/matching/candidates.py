"""Which names of an index can reach a score, by upper bounds: the plain scan looks at no others.

Why nothing is lost. A listed word is in one pair at most. A single pair earns what the lighter of its words weighs, times
their degree; words written together earn their shares. The log-odds grow with what is earned and with the best pair, and
fall with what is left over on either side: a conflict costs at least as much as either side's share, and shares are smallest
of the largest whole there can be, all words of both. An initial agrees once, and takes itself and one word of the other side
that begins with it, if that is a particle also the next, off what is left over: a listed one no more than all such words asked
for, one asked for no more than the heaviest word and its particle. Nothing else speaks for a name, except what names are kept for
by their text (`reference.Scan`), which are looked at anyway. Evidence beside the name is in the least already.

`Candidates.names` first says which listed words are *idle*: a name all of whose pairs are by idle words earns of each word
asked for what the best of its idle ones earns, no more, and with that no name can reach the least in which no listed initial
agrees. So a name that can reach is one of three: it carries a word that is not idle; or an initial that agrees and any word that
may have a partner; or a word asked for is written in it as several, and these names are kept with that word. No other name is
met. Those that are met by one of the first two are then bounded by all of their words: each earns its best once, and those that
are like no word asked for are left over.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ringfence.matching import weights as w
from ringfence.matching.arrays import Arrays
from ringfence.matching.form import PARTS
from ringfence.matching.score import (
    CONTENT_ROLES,
    EXTRA_LISTED,
    EXTRA_QUERY,
    NOTHING,
    SPACED,
    Weighed,
    added,
    spellings,
)
from ringfence.matching.vocabulary import Vocabulary, distinct, runs
from ringfence.names import Likeness, Role

KEPT_REACHES = 10_000
"""Words asked for of which it is kept where they lead: a few dozen megabytes at most on a list of 60,000 names."""
SLACK = 1e-6
"""More than sums of floating-point numbers can be off."""


def listed_odds() -> NDArray[np.float64]:
    """What a reading of a listed name weighs before it is compared, by `name_part`."""
    return np.array([w.listed_odds(part, weak=weak) for part in PARTS for weak in (False, True)])


def letter_of(key: str) -> int:
    """The letter by which a word begins, as one of 64 bits: two letters may have the same, one has never two."""
    return 1 << ord(key[0]) % 64


EARNS, COVERS, WEIGHS, BESIDE, TELLS, SPARED = range(6)


class Reach(NamedTuple):
    """Where a word asked for leads: the listed words that it may be paired with, those by which it earns least first.

    `table` says of each what it can earn (EARNS), what the word asked for weighs (COVERS; an initial may find another partner,
    and covers nothing) and the listed one (WEIGHS), what the roles of both would say against were they left over, taken back
    (BESIDE), 1 where the listed word tells and 2 where not (TELLS), and what an initial that agrees takes off the whole of a name
    (SPARED: nothing here). `most` is the most that each word or one before it weighs, `size` how many names carry them, each word
    for itself; `written` are the names in which the word may be written as several; `likes` are likenesses by word.
    """

    words: NDArray[np.int32]
    table: NDArray[np.float64]
    most: NDArray[np.float64]
    size: int
    written: list[int]
    likes: Mapping[str, Likeness]


class Candidates:
    """Finds the names that can reach a score."""

    def __init__(self, arrays: Arrays, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._weights = arrays["word_weights"]
        self._posting_start = arrays["posting_start"]
        self._posting_mid = arrays["posting_mid"]
        self._postings = arrays["postings"]
        self._start = arrays["name_start"]
        self._words = arrays["name_words"]
        roles = arrays["roles"]
        extra = np.array([EXTRA_LISTED.get(role, 0.0) for role in Role])[roles]
        tells = np.array([1.0 if role in CONTENT_ROLES else 2.0 for role in Role])[roles]
        nothing = np.zeros(len(roles))
        # Of each word what a table says, with all that it weighs for what it earns.
        self._rows = np.stack([self._weights, nothing, self._weights, -extra, tells, nothing], axis=1)
        self._carried = np.diff(self._posting_start)
        self._taken = np.stack([self._weights, extra], axis=1)
        self._is_particle = roles == Role.PARTICLE
        self._letter = np.array([letter_of(key) for key in vocabulary.keys], np.uint64)
        self._initials = {vocabulary.keys[n]: n for n in (roles == Role.INITIAL).nonzero()[0].tolist()}
        # Of each name, by bits, the letters of its initials.
        self._letters = np.zeros(len(arrays["name_entry"]), np.uint64)
        for n in self._initials.values():
            self._letters[self._carriers(n)] |= self._letter[n]
        beside = np.append(0.0, np.cumsum(extra[self._words]))
        odds = (
            w.BASE + listed_odds()[arrays["name_part"]] + beside[self._start[1:]] - beside[self._start[:-1]]
        )
        persons = (arrays["entry_person"] > 0)[arrays["name_entry"]]
        # Of each name what it weighs, its log-odds before it is compared, were all of its words left over, and what a unit earned
        # says; as a person's or not; and the same had a person been asked for.
        self._names, self._persons = (
            np.stack(
                [arrays["name_weight"], odds + w.PERSON * person, w.CONTENT + w.PERSON_CONTENT * person],
                axis=1,
            )
            for person in (persons, np.ones(len(odds)))
        )
        self._reaches: dict[str, Reach] = {}

    def reach(self, item: Weighed) -> Reach:
        """Where a word asked for leads, kept: many names share a word."""
        key = item.word.key
        reach = self._reaches.get(key)
        if reach is None:
            if len(self._reaches) >= KEPT_REACHES:
                self._reaches.clear()
            keys, likes = self._vocabulary.keys, self._vocabulary.alike(key)
            words = np.fromiter(likes, np.int32, len(likes))
            degrees = np.array([like.degree for like in likes.values()], np.float64)
            each = np.minimum(self._weights[words], item.weight) * degrees
            order = each.argsort()
            reach = self._reaches[key] = self._reach_of([item], words[order], each[order])._replace(
                written=self._written(key), likes={keys[n]: like for n, like in likes.items()}
            )
        return reach

    def _reach_of(
        self, items: Sequence[Weighed], words: NDArray[np.int32], each: NDArray[np.float64]
    ) -> Reach:
        """Where words asked for lead that may be paired with some listed words, as one."""
        table = self._rows.take(words, axis=0)
        table[:, EARNS] = each
        table[:, COVERS] = added(weight for word, weight in items if word.role is not Role.INITIAL)
        table[:, BESIDE] -= added(EXTRA_QUERY.get(word.role, 0.0) for word, _ in items)
        size = int(self._carried[words].sum())
        return Reach(words, table, np.maximum.accumulate(table[:, WEIGHS]), size, [], {})

    def _carriers(self, n: int) -> NDArray[np.int32]:
        """The names that carry a word."""
        return self._postings[self._posting_start[n] : self._posting_start[n + 1]]

    def _words_of(self, name: int) -> list[int]:
        words: list[int] = self._words[self._start[name] : self._start[name + 1]].tolist()
        return words

    def _written(self, key: str) -> list[int]:
        """The names that hold all words of some way to write a word as several."""
        spans = self._vocabulary.spans(key)
        if not spans:
            return []
        # Such a name holds one of the words that cover each letter: those of the letter are looked for whose words are rarest.
        covering = [0] * len(key)
        for start, end, n in spans:
            names = len(self._carriers(n))
            for letter in range(start, end):
                covering[letter] += names
        rarest = covering.index(min(covering))
        found = []
        rare = [self._carriers(n) for start, end, n in spans if start <= rarest < end]
        for name in distinct(rare).tolist():
            holds = set(self._words_of(name))
            reached = {0}
            for start, end, n in spans:
                if start in reached and n in holds:
                    reached.add(end)
            if len(key) in reached:
                found.append(name)
        return found

    def names(
        self,
        query: Sequence[Weighed],
        reaches: Sequence[Reach],
        least: float,
        *,
        person: bool,
        shortened: Sequence[int],
    ) -> set[int]:
        """Every name whose log-odds can reach `least`, and perhaps some that cannot.

        `shortened` are names whose words may meet a word made of their first letters.
        """
        asked = _Asked(query, person=person)
        ways = [(1 << n, reach) for n, reach in enumerate(reaches)]
        keys, spelled = self._vocabulary.keys, [spellings(item.word) for item in query]
        for n in self._vocabulary.written_together([text for texts in spelled for text in texts]):
            items = {i: query[i] for i, texts in enumerate(spelled) if any(text in keys[n] for text in texts)}
            words = np.array([n], np.int32)
            reach = self._reach_of(list(items.values()), words, self._weights[words] * SPACED)
            ways.append((sum(1 << i for i in items), reach))
        idle, leading = self._idle_or_leading(ways, asked, least)
        words = np.concatenate([*idle, *leading])
        # Of each word the names with initials stand last, and only these are looked at where it is idle.
        start = self._posting_start[words]
        led = sum(map(len, idle))
        start[:led] = self._posting_mid[words[:led]]
        places, at = runs(start, self._posting_start[words + 1])
        met = self._postings[places]
        first = at[led] if led < len(at) else len(met)
        marked = met[:first]
        names = distinct([marked[self._letters[marked] & asked.letters > 0], met[first:]])
        found = {name for reach in reaches for name in reach.written}
        if shortened:
            # First letters earn nothing but beside another pair.
            partners = set(words.tolist()) if least > w.BASE + NOTHING else None
            found.update(
                name
                for name in shortened
                if partners is None or not partners.isdisjoint(self._words_of(name))
            )
        if len(names):
            found.update(self._may_reach(names, asked, [reach for _, reach in ways], least).tolist())
        return found

    def _idle_or_leading(
        self, ways: list[tuple[int, Reach]], asked: "_Asked", least: float
    ) -> tuple[list[NDArray[np.int32]], list[NDArray[np.int32]]]:
        """The listed words that are idle, and those that are not."""
        covered, earned, peak, met = 0, 0.0, 0.0, 0.0
        idles, leading = [], []
        # Those with the most names first: these are best not looked at.
        for covers, reach in sorted(ways, key=lambda way: -way[1].size):
            left = asked.left(covered | covers)
            # First whether all are idle, then by halves.
            idle, end = 0, len(reach.words)
            at = end - 1
            while idle < end:
                each, weighs = float(reach.table[at, EARNS]), float(reach.most[at])
                if asked.most(earned + each, max(peak, each), left, met + weighs) < least - SLACK:
                    idle = at + 1
                    best = earned + each, max(peak, each), met + weighs
                else:
                    end = at
                at = (idle + end) // 2
            idles.append(reach.words[:idle])
            leading.append(reach.words[idle:])
            if idle:
                covered |= covers
                earned, peak, met = best
        return idles, leading

    def _may_reach(
        self, names: NDArray[np.int32], asked: "_Asked", reaches: Sequence[Reach], least: float
    ) -> NDArray[np.int32]:
        """Those of the names that can reach `least`, by all of their words. One that is like several asked for is in one pair at
        most, and counts with the most of each; so does an initial.
        """
        # The row of a word without a partner, and those of initials that agree: they take themselves off what is left over.
        initials, first = [], [[0.0] * 6]
        for letter, (covers, beside) in asked.begun.items():
            if (n := self._initials.get(letter)) is not None:
                initials.append(n)
                first.append([0.0, covers, 0.0, beside, 0.0, float(self._weights[n])])
        words = np.concatenate([np.array(initials, np.int32), *(reach.words for reach in reaches)])
        table = np.concatenate([first, *(reach.table for reach in reaches)])
        rows = np.arange(1, len(table), dtype=np.int32)
        # The row of each word.
        row_of = np.zeros(len(self._weights), np.int32)
        row_of[words] = rows
        row = row_of[words]
        if (again := row != rows).any():
            np.maximum.at(table, row[again], table[1:][again])
        places, at = runs(self._start[names], self._start[names + 1])
        theirs = self._words[places]
        # `take` is four times as fast as brackets.
        each = table.take(row_of[theirs], axis=0)
        earned, covered, met, beside, tells, spared = np.add.reduceat(each, at).T
        peak = np.maximum.reduceat(each[:, EARNS], at)
        whole, odds, content = (self._persons if asked.person else self._names).take(names, axis=0).T
        if asked.initials:
            # Each takes a listed word of its letter off what is left over, and if that is a particle the next.
            agree = self._letter[theirs] & asked.initial_letters > 0
            taken = agree.copy()
            taken[1:] |= (agree & self._is_particle[theirs])[:-1]
            wanted = np.minimum(np.add.reduceat(agree, at, dtype=np.float64), asked.initials)
            weigh, said = np.add.reduceat(taken[:, None] * self._taken.take(theirs, axis=0), at).T
            spared = spared + np.minimum(w.HEAVIEST * wanted, weigh)
            beside = beside - said
        left = np.maximum(asked.rest - covered, 0.0)
        rest = np.maximum(whole - met - spared, 0.0)
        share = earned / np.maximum(whole - spared + left, earned)
        odds += beside + w.ONE_WORD * (tells == 1.0) + w.WHOLE * share * share
        odds += w.FIRST_CONTENT * np.minimum(earned, w.FIRST_CONTENT_CAP)
        odds += content * np.minimum(earned, w.CONTENT_CAP)
        odds += w.RAREST * np.minimum(peak, w.RAREST_CAP)
        conflict = np.minimum(left, rest)
        against = (w.CONFLICT_SHARE - w.QUERY_SHARE - w.LISTED_SHARE) * conflict
        against += w.QUERY_SHARE * left + w.LISTED_SHARE * rest
        odds += w.CONFLICT * conflict + against / (asked.weight + whole)
        may: NDArray[np.bool_] = odds >= least - asked.beside - SLACK
        return names[may]


class _Asked:
    """What the bounds need of the words asked for. Sets of them are bits."""

    def __init__(self, query: Sequence[Weighed], *, person: bool) -> None:
        self.person = person
        # An initial may always find a partner.
        self._rests = [0.0 if item.word.role is Role.INITIAL else item.weight for item in query]
        self.rest = added(self._rests)
        self.weight = added(item.weight for item in query)
        self.initials = self.initial_letters = self.letters = 0
        # Of letters the words that an initial may take: what they weigh, and what speaks for it.
        self.begun: dict[str, tuple[float, float]] = {}
        for n, (word, _) in enumerate(query):
            if word.role is Role.INITIAL:
                self.initials += 1
                self.initial_letters |= letter_of(word.key)
                continue
            self.letters |= letter_of(word.key)
            covers, beside = self.begun.get(word.key[0], (0.0, w.INITIAL_AGREES))
            # With a particle it takes the word to which that belongs.
            for taken, weight in query[n : n + 1 + (word.role is Role.PARTICLE)]:
                covers += weight
                beside -= EXTRA_QUERY.get(taken.role, 0.0)
            self.begun[word.key[0]] = covers, beside
        # What the roles of all would say were they left over, and the initials if they agree.
        self.beside = added(EXTRA_QUERY.get(item.word.role, 0.0) for item in query)
        self.beside += w.INITIAL_AGREES * self.initials

    def left(self, covered: int) -> float:
        """What the words weigh that are left over."""
        return sum([rest for n, rest in enumerate(self._rests) if not covered >> n & 1])

    def most(self, earned: float, peak: float, left: float, met: float) -> float:
        """The most that the log-odds of any name can be in which no listed initial agrees, that earns no more, in all and by one
        pair, that leaves no less over of the words asked for, and whose words that have a partner weigh no more than `met`.

        What is against it, if x is left over of its own words. Up to x = left, the conflict is x, and what is against is
        C·x + (S·x + Q·(left - x)) / (met + left + x) at most, where C, S and Q are the weights of a conflict, its share and the
        query's. The fraction grows with x by -Q·left / (met + left)² at most, thus by -Q / (4·met), which is no more than -C if
        met is Q / (4·C) or more: so it is most at x = 0. Beyond, the conflict is `left`, and the shares lie between what they are
        at x = left, which is less than that, and the listed name's share, to which they tend.
        """
        few = min(earned, w.CONTENT_CAP)
        odds = w.BASE + w.FIRST_CONTENT * min(earned, w.FIRST_CONTENT_CAP) + w.CONTENT * few
        odds += w.RAREST * min(peak, w.RAREST_CAP) + w.INITIAL_AGREES * self.initials
        personal = w.PERSON + w.PERSON_CONTENT * few
        odds += personal if self.person else max(personal, 0.0)
        if left > 0.0:
            met = max(met, w.QUERY_SHARE / (4 * w.CONFLICT))
            odds += max(w.QUERY_SHARE * left / (met + left), w.CONFLICT * left + w.LISTED_SHARE)
        share = earned / (earned + left) if earned > 0.0 else 0.0
        return odds + w.WHOLE * share * share
