"""The distinct words of the listed names, and the finding of every one that is like a given word.

`alike` answers exactly what comparing the word with each word of the vocabulary by `names.likeness` would
answer; the tests hold it to that. Filters skip only words that cannot be alike; each says why beside it.

Words that are spelled alike are found by what is left of them. Blurs that are at most d edits apart (a letter more, less or
other, or two neighbours that change places) become equal when at most d letters of each are deleted, so many more of the
longer as it is longer. `most_halves` allows d = 0 where the longer has up to 3 letters, 1 up to 5, 2 beyond, and 3 where both
have more than 8. Where it allows no more than 2, words share what is left of them when up to 2 letters are deleted, 1 of up to
5 letters, none of up to 3; and that has 8 letters at most, since one of both words has. Where it allows 3, cut the listed word
in the middle, and the other where that cut falls. If no change of places crosses the cut, one pair of halves is at most one
edit apart, and shares what is left when up to one letter of each is deleted. If one crosses it, x|y against y|x, it is a letter
that is other in each half: a pair of halves with no further edit is one edit apart, and with one further edit on either side,
the first halves are one edit apart once y is read for x.

Words that one edit tells apart as they are written share what is left of them when up to one letter of each is deleted.
"""

import functools
import sys
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA

from ringfence.matching.arrays import Arrays, array_texts, hash_of
from ringfence.matching.score import LONGEST_JOINED, MOST_JOINED, SHORTEST_JOINED
from ringfence.names.compare import (
    BONES,
    FEWEST_BONES,
    SAME,
    SHORT,
    SHORT_SOUNDS,
    SHORTEST_SLIPPED,
    SOUND,
    SOUNDS,
    SPELLING,
    UNLIKE,
    WRITTEN_BONES,
    Likeness,
    blur,
    consonants,
    earned,
    fold,
    may_slip,
    most_halves,
    one_begins,
    same_bones,
    skeleton,
    vowel_poor,
)

LONGEST_WORD = 2_048
LAST = chr(sys.maxunicode)
"""The last of all letters: what begins with a text stands before the text and this one."""


def signature(folded: str) -> int:
    """The letters of a word as bits: one bit for a letter's first occurrence, one for a second, one a digit.

    An insertion or deletion changes at most one bit, a substitution at most two, a transposition none. Two
    words k edits apart therefore differ in at most 2k bits, and in d fewer when their lengths differ by d: so
    many of the edits are insertions or deletions.
    """
    bits = 0
    for c in folded:
        n = ord(c) - 97
        if 0 <= n < 26:
            bits |= 1 << (n + 26) if bits >> n & 1 else 1 << n
        else:
            bits |= 1 << (52 + ord(c) % 10)
    return bits


def _edits(word: str, others: Sequence[str] | NDArray[np.object_], most: int) -> NDArray[np.int32]:
    """The edits between a word and each of some others; more than `most` where they are more."""
    return process.cdist([word], others, scorer=OSA.distance, score_cutoff=most, dtype=np.int32)[0]  # type: ignore[no-any-return]


_BEFORE = np.full(1, -1, np.int32)


def runs(start: NDArray[Any], end: NDArray[Any]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The numbers from each start up to each end, one run after the other, and where each run begins."""
    sizes = end - start
    at = sizes.cumsum()
    total = int(at[-1]) if len(at) else 0
    at -= sizes
    return np.arange(total) + (start - at).repeat(sizes), at


def distinct(some: list[NDArray[np.int32]]) -> NDArray[np.int32]:
    """The numbers from 0 on that some arrays hold, sorted, each once."""
    numbers = np.concatenate([_BEFORE, *some])
    numbers.sort()
    return numbers[1:][numbers[1:] > numbers[:-1]]


def keyed(hashes: NDArray[np.uint64], at: NDArray[np.int32], text: str) -> list[int]:
    """What is kept under a text in sorted arrays: `arrays.find_keyed` by numpy."""
    key = np.uint64(hash_of(text))
    start = int(hashes.searchsorted(key))
    if start == len(hashes) or hashes[start] != key:
        return []
    found: list[int] = at[start : int(hashes.searchsorted(key, "right"))].tolist()
    return found


# What is left of a word: a number for what is compared (whole words, or their halves), and the places of letters.
Part = tuple[int, tuple[int, ...]]
WHOLE, FIRST, SECOND = 0xD6E8FEB86659FD93, 0x94D049BB133111EB, 0xBF58476D1CE4E5B9
LONGEST_PARTED = 32
"""Longer words are few, and compared one by one."""
WORD = np.uint64(2**32 - 1)
_MULTIPLIER = 0x9E3779B97F4A7C15


def _less(places: Sequence[int], most: int) -> Iterator[tuple[int, ...]]:
    """The places that are left when up to so many are deleted."""
    for deleted in range(most + 1):
        yield from combinations(places, max(len(places) - deleted, 0))


def _wholes(length: int) -> Iterator[Part]:
    most = 0 if length <= 3 else 1 if length <= 5 else 2
    return ((WHOLE, left) for left in _less(range(length), most) if len(left) <= SHORT)


def _listed_parts(length: int) -> Iterator[Part]:
    """Under what a word of the vocabulary is kept."""
    yield from _wholes(length)
    if length > SHORT:
        yield from ((FIRST, left) for left in _less(range(length // 2), 1))
        yield from ((SECOND, left) for left in _less(range(length // 2, length), 1))


def _asked_parts(length: int) -> Iterator[Part]:
    """Under what the words are kept that may be spelled like a word."""
    yield from _wholes(length)
    if length <= SHORT:
        return
    # The lengths of words to which three edits lead, and those of their halves, one edit away.
    shortest, longest = max(length - 3, SHORT + 1), length + 3
    for cut in range(shortest // 2 - 1, min(length, longest // 2 + 1) + 1):
        yield from ((FIRST, left) for left in _less(range(cut), 1))
        if cut < length:
            yield from ((FIRST, (*left, cut)) for left in _less(range(cut - 1), 1))
    for size in range((shortest + 1) // 2 - 1, min(length, (longest + 1) // 2 + 1) + 1):
        yield from ((SECOND, left) for left in _less(range(length - size, length), 1))


class _Hashing:
    """Hashes parts of words of one length, many words at once: what a letter adds depends on its place in the part only. The
    highest bits are the best mixed.
    """

    def __init__(self, length: int, parts: Iterable[Part]) -> None:
        some = list(dict.fromkeys(parts))
        self.adds = np.array([number for number, _ in some], np.uint64)
        self.factors = np.zeros((length, len(some)), np.uint64)
        for column, (_, left) in enumerate(some):
            factor = 1
            for place in left:
                factor = factor * _MULTIPLIER % 2**64
                self.factors[place, column] = factor

    def of(self, letters: NDArray[np.uint64]) -> NDArray[np.uint64]:
        """The hash of each part of each word, given by rows of letters."""
        return letters @ self.factors + self.adds


def _one_less(length: int) -> Iterator[Part]:
    """Under what a word is kept, and so are those that one edit may tell from it."""
    return ((WHOLE, left) for left in _less(range(length), 1))


@functools.cache
def _hashing(parts: Callable[[int], Iterable[Part]], length: int) -> _Hashing:
    return _Hashing(length, parts(length))


def _letters(words: str) -> NDArray[np.uint64]:
    return np.frombuffer(words.encode("utf-32-le"), np.uint32).astype(np.uint64)


class _Near:
    """Words by what is left of them."""

    def __init__(
        self,
        words: NDArray[np.object_],
        kept: Callable[[str], bool],
        listed: Callable[[int], Iterable[Part]],
        asked: Callable[[int], Iterable[Part]],
    ) -> None:
        self._asked = asked
        lengths = np.fromiter(map(len, words), np.int32, len(words))
        lengths[[n for n, word in enumerate(words) if not kept(word)]] = 0
        found = []
        for length in range(1, LONGEST_PARTED + 1):
            places = np.flatnonzero(lengths == length)
            letters = _letters("".join(words[places])).reshape(len(places), length)
            hashes = _Hashing(length, listed(length)).of(letters)
            # In one number each, which sorts fast: the hash above the word.
            found.append((hashes & ~WORD | places.astype(np.uint64)[:, None]).ravel())
        every = np.concatenate(found)
        every.sort()
        self._words = (every & WORD).astype(np.int32)
        bits = min(len(every).bit_length(), 32)
        self._shift = np.uint64(64 - bits)
        firsts = np.arange(1 << bits, dtype=np.uint64) << self._shift
        self._start = np.append(every.searchsorted(firsts), len(every)).astype(np.int32)

    def of(self, word: str) -> NDArray[np.int32]:
        """The words that may be near, some of them several times."""
        buckets = _hashing(self._asked, len(word)).of(_letters(word)) >> self._shift
        start, end = self._start[buckets], self._start[buckets + np.uint64(1)]
        return self._words[runs(start, end)[0]]


@functools.cache
def _allowed(length: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Of words by their length, how many half edits they may be apart from one of this length, and by how many bits of their
    signatures; below zero where too many letters are more or fewer, and last for all that are longer.
    """
    most = np.array([most_halves(length, other) for other in range(length + 5)], np.int32)
    apart = np.abs(np.arange(length + 5, dtype=np.int32) - length)
    return most, np.where(apart <= most // 2, 2 * (most // 2) - apart, -1)


@functools.cache
def _spelled(halves: int, longer: int) -> Likeness:
    """The likeness of words that are no more half edits apart than they may be."""
    if not halves:
        return Likeness(SOUNDS if longer > 2 else SHORT_SOUNDS, SOUND)
    return Likeness(earned(halves / (2 * longer)), SPELLING)


class Vocabulary:
    """Words by number, ordered by the length of their folded form (so that a length is a slice)."""

    def __init__(self, arrays: Arrays) -> None:
        self.keys = array_texts(arrays["keys"])
        self.folds = array_texts(arrays["folds"])
        self.number = {key: n for n, key in enumerate(self.keys)}
        self._signatures = arrays["signatures"]
        self._fold_order = arrays["fold_order"]
        self._key_order = arrays["key_order"]
        self._bones_hash, self._bones_at = arrays["bones_hash"], arrays["bones_at"]

    @functools.cached_property
    def _lengths(self) -> NDArray[np.int32]:
        return np.fromiter(map(len, self.folds), np.int32, len(self.folds))

    @functools.cached_property
    def _starts(self) -> list[int]:
        """Where the words of each length begin."""
        return self._lengths.searchsorted(np.arange(LONGEST_WORD + 2, dtype=np.int32)).tolist()  # type: ignore[no-any-return]

    @functools.cached_property
    def _near(self) -> _Near:
        return _Near(self._blurs, lambda word: not word.isdigit(), _listed_parts, _asked_parts)

    @functools.cached_property
    def _one_edit(self) -> _Near:
        return _Near(np.array(self.keys, np.object_), may_slip, _one_less, _one_less)

    @functools.cached_property
    def _folds(self) -> NDArray[np.object_]:
        return np.array(self.folds, np.object_)

    @functools.cached_property
    def _blurs(self) -> NDArray[np.object_]:
        """The blurs of `folds`: made together, which is much faster than one by one."""
        return np.array(blur("\n".join(self.folds)).split("\n"), np.object_)

    @functools.cached_property
    def _sorted_folds(self) -> list[str]:
        return [self.folds[n] for n in self._fold_order.tolist()]

    def __len__(self) -> int:
        return len(self.keys)

    def alike(self, key: str) -> dict[int, Likeness]:
        """Every word of the vocabulary that is like `key`, with its likeness."""
        found: dict[int, Likeness] = {}
        folded = fold(key)
        if not folded.isdigit():
            found = self._spelled_alike(folded)
            self._add_same_bones(found, folded, self.folds, skeleton, "", BONES)
            for n in self._prefixes(folded):
                if n not in found:
                    found[n] = one_begins(folded, self.folds[n])
            self._add_same_bones(found, key, self.keys, consonants, "=", WRITTEN_BONES)
            self._add_slips(found, key)
        same = self.number.get(key)
        if same is not None:
            found[same] = Likeness(1.0, SAME)
        return found

    def _spelled_alike(self, folded: str) -> dict[int, Likeness]:
        """The words that are as near by their spelling as words that are alike may be."""
        # The blurs of two words that are alike are at most half as many edits apart as half edits are allowed.
        length = len(folded)
        blurred = blur(folded)
        near = []
        if length <= LONGEST_PARTED + 3:
            near.append(self._near.of(blurred))
        if length + 3 > LONGEST_PARTED:
            last = min(length + 3, LONGEST_WORD)
            near.append(np.arange(self._starts[LONGEST_PARTED + 1], self._starts[last + 1], dtype=np.int32))
        places = distinct(near)
        most, differ = _allowed(length)
        lengths = np.minimum(self._lengths[places], len(most) - 1)
        kept = np.bitwise_count(self._signatures[places] ^ np.uint64(signature(blurred))) <= differ[lengths]
        places, lengths = places[kept], lengths[kept]
        most = most[lengths]
        halves = _edits(blurred, self._blurs[places], int(most.max(initial=0)) // 2)
        kept = 2 * halves <= most
        places, lengths, most = places[kept], lengths[kept], most[kept]
        halves = halves[kept] + _edits(folded, self._folds[places], int(most.max(initial=0)))
        kept = halves <= most
        longer = np.maximum(lengths[kept], length)
        likes = map(_spelled, halves[kept].tolist(), longer.tolist())
        return dict(zip(places[kept].tolist(), likes, strict=True))

    def _add_same_bones(
        self,
        found: dict[int, Likeness],
        word: str,
        words: list[str],
        bones_of: Callable[[str], str],
        kept: str,
        degrees: Sequence[float],
    ) -> None:
        """Add the words of the same consonants, one of two having no vowels, that are not more alike otherwise."""
        bones = bones_of(word)
        if len(bones) < FEWEST_BONES:
            return
        like, poor = same_bones(bones, degrees), vowel_poor(word)
        for n in keyed(self._bones_hash, self._bones_at, kept + bones):
            if (
                like.degree > found.get(n, UNLIKE).degree
                and (poor or vowel_poor(words[n]))
                and bones_of(words[n]) == bones
            ):
                found[n] = like

    def _add_slips(self, found: dict[int, Likeness], key: str) -> None:
        """Add the words that one edit tells apart as they are written, that are not more alike otherwise."""
        if not may_slip(key):
            return
        near = distinct([self._one_edit.of(key)])
        keys = [self.keys[n] for n in near.tolist()]
        for at in (_edits(key, keys, 1) <= 1).nonzero()[0].tolist():
            longer = max(len(key), len(keys[at]))
            if longer >= SHORTEST_SLIPPED:
                n, like = int(near[at]), _spelled(2, longer)
                if like.degree > found.get(n, UNLIKE).degree:
                    found[n] = like

    def _prefixes(self, folded: str) -> list[int]:
        """The words that begin with a word, and those with which it begins, of four letters or more; numbers aside."""
        if len(folded) < 4:
            return []
        folds = self._sorted_folds
        first = end = bisect_left(folds, folded)
        while end < len(folds) and folds[end].startswith(folded):
            end += 1
        out = list(range(first, end))
        at = 0
        for length in range(4, len(folded)):
            part = folded[:length]
            at = bisect_left(folds, part, at, first)
            while at < first and folds[at] == part:
                if not part.isdigit():
                    out.append(at)
                at += 1
        return self._fold_order[out].tolist()  # type: ignore[no-any-return]

    @functools.cached_property
    def _in_order(self) -> list[str]:
        return [self.keys[n] for n in self._key_order.tolist()]

    def spans(self, word: str) -> list[tuple[int, int, int]]:
        """Where words of the vocabulary stand in `word` that are part of some way to write it as several: from where, up to
        where, and which; in order.
        """
        length = len(word)
        if not SHORTEST_JOINED <= length <= LONGEST_JOINED:
            return []
        number = self.number
        ahead = {0}
        spans = []
        for a in range(length - 1):
            if a in ahead:
                for b in range(a + 2, length + (a > 0)):
                    if (n := number.get(word[a:b])) is not None:
                        ahead.add(b)
                        spans.append((a, b, n))
        back = {length}
        for a, b, _ in reversed(spans):
            if b in back:
                back.add(a)
        return [span for span in spans if span[1] in back]

    def written_together(self, keys: Sequence[str]) -> set[int]:
        """Every word of the vocabulary that is several of `keys`, in any order, written together."""
        found: set[int] = set()
        parts = {key for key in keys if len(key) > 1}
        words = self._in_order

        def extend(built: str, used: int, start: int, end: int) -> None:
            # The words that begin so stand side by side, the shortest first.
            start = bisect_left(words, built, start, end)
            end = bisect_left(words, built + LAST, start, end)
            if start < end and words[start] == built:
                if used > 1:
                    found.add(self.number[built])
                start += 1
            if start < end and used < MOST_JOINED:
                for part in parts:
                    extend(built + part, used + 1, start, end)

        for part in parts:
            extend(part, 1, 0, len(words))
        return {n for n in found if len(self.keys[n]) >= SHORTEST_JOINED}
