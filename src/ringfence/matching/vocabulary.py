"""The distinct words of the listed names, and the finding of every one that is like a given word.

`alike` answers exactly what comparing the word with each word of the vocabulary by `names.likeness` would
answer; the tests hold it to that. Filters skip only words that cannot be alike; each says why beside it.
"""

import functools
from bisect import bisect_left
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA

from ringfence.matching.arrays import Arrays, array_texts, hash_of
from ringfence.matching.score import LONGEST_JOINED, MOST_JOINED, SHORTEST_JOINED
from ringfence.names.compare import (
    FEWEST_BONES,
    SAME,
    SPELLING,
    Likeness,
    blur,
    earned,
    fold,
    folded_likeness,
    most_halves,
    skeleton,
    vowel_poor,
)

CACHED_WORDS = 100_000
LONGEST_WORD = 2_048


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


def _edits(word: str, others: list[str], most: int) -> NDArray[np.int32]:
    """The edits between a word and each of some others; more than `most` where they are more."""
    return process.cdist([word], others, scorer=OSA.distance, score_cutoff=most, dtype=np.int32)[0]  # type: ignore[no-any-return]


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
        self._cache: dict[str, dict[int, Likeness]] = {}

    @functools.cached_property
    def _starts(self) -> list[int]:
        """Where the words of each length begin."""
        lengths = np.fromiter(map(len, self.folds), np.int32, len(self.folds))
        return np.searchsorted(lengths, np.arange(LONGEST_WORD + 2)).tolist()  # type: ignore[no-any-return]

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
        found = self._cache.get(key)
        if found is None:
            if len(self._cache) >= CACHED_WORDS:
                self._cache.clear()
            found = self._cache[key] = self._find(key)
        return found

    def _find(self, key: str) -> dict[int, Likeness]:
        found: dict[int, Likeness] = {}
        folded = fold(key)
        same = self.number.get(key)
        if not folded.isdigit():
            length = len(folded)
            for n, halves in self._within_edits(folded):
                # Most words are told by their edits alone.
                longer = max(length, len(self.folds[n]))
                if halves and (degree := earned(halves / (2 * longer))):
                    found[n] = Likeness(degree, SPELLING)
                elif not halves:
                    found[n] = folded_likeness(folded, self.folds[n])
            for n in self._same_bones(folded):
                if (like := folded_likeness(folded, self.folds[n])).degree:
                    found[n] = like
            for n in self._prefixes(folded):
                if n not in found and (like := folded_likeness(folded, self.folds[n])).degree:
                    found[n] = like
        if same is not None:
            found[same] = Likeness(1.0, SAME)
        return found

    def _within_edits(self, folded: str) -> Iterable[tuple[int, int]]:
        """The words that are as near by their spelling as words that are alike may be, with the half edits."""
        # The blurs of two words that are alike are at most half as many edits apart as half edits are allowed,
        # and differ in length by no more.
        length = len(folded)
        near: list[NDArray[np.intp]] = []
        blurred = blur(folded)
        wanted = np.uint64(signature(blurred))
        allows: list[NDArray[np.intp]] = []
        for other in range(max(1, length - 3), min(length + 4, LONGEST_WORD)):
            allowed = most_halves(length, other) // 2
            start, end = self._starts[other], self._starts[other + 1]
            if abs(length - other) > allowed or start == end:
                continue
            differ = np.bitwise_count(self._signatures[start:end] ^ wanted)
            found = np.flatnonzero(differ <= 2 * allowed - abs(length - other)) + start
            near.append(found)
            allows.append(np.full(len(found), most_halves(length, other)))
        if not near:
            return ()
        places, most = np.concatenate(near), np.concatenate(allows)
        if not len(places):
            return ()
        halves = _edits(blurred, self._blurs[places].tolist(), int(most.max()) // 2)
        kept = 2 * halves <= most
        places, most, halves = places[kept], most[kept], halves[kept]
        if not len(places):
            return ()
        halves = halves + _edits(folded, [self.folds[n] for n in places.tolist()], int(most.max()))
        kept = halves <= most
        return zip(places[kept].tolist(), halves[kept].tolist(), strict=True)

    def _same_bones(self, folded: str) -> list[int]:
        bones = skeleton(folded)
        if len(bones) < FEWEST_BONES:
            return []
        key = np.uint64(hash_of(bones))
        start = np.searchsorted(self._bones_hash, key, "left")
        end = np.searchsorted(self._bones_hash, key, "right")
        same: list[int] = self._bones_at[start:end].tolist()
        return same if vowel_poor(folded) else [n for n in same if vowel_poor(self.folds[n])]

    def _prefixes(self, folded: str) -> list[int]:
        out: list[int] = []
        if len(folded) >= 4:
            at = bisect_left(self._sorted_folds, folded)
            while at < len(self._sorted_folds) and self._sorted_folds[at].startswith(folded):
                out.append(int(self._fold_order[at]))
                at += 1
        for length in range(4, len(folded)):
            part = folded[:length]
            at = bisect_left(self._sorted_folds, part)
            while at < len(self._sorted_folds) and self._sorted_folds[at] == part:
                out.append(int(self._fold_order[at]))
                at += 1
        return out

    @functools.cached_property
    def _in_order(self) -> list[str]:
        return [self.keys[n] for n in self._key_order.tolist()]

    def _begins(self, text: str) -> bool:
        at = bisect_left(self._in_order, text)
        return at < len(self._in_order) and self._in_order[at].startswith(text)

    def pieces(self, word: str) -> set[int]:
        """Every word that is part of some way to write `word` as several words of the vocabulary."""
        length = len(word)
        if not SHORTEST_JOINED <= length <= LONGEST_JOINED:
            return set()
        number = self.number
        spans = [
            (a, b, n)
            for a in range(length)
            for b in range(a + 2, length + 1)
            if (n := number.get(word[a:b])) is not None and b - a < length
        ]
        ahead = {0}
        for a, b, _ in spans:
            if a in ahead:
                ahead.add(b)
        if length not in ahead:
            return set()
        back = {length}
        for a, b, _ in reversed(spans):
            if b in back:
                back.add(a)
        return {n for a, b, n in spans if a in ahead and b in back}

    def written_together(self, keys: Sequence[str]) -> set[int]:
        """Every word of the vocabulary that is several of `keys`, in any order, written together."""
        found: set[int] = set()
        parts = {key for key in keys if len(key) > 1}
        letters = sum(map(len, keys))

        def extend(built: str, used: int) -> None:
            if used > 1 and built in self.number:
                found.add(self.number[built])
            if used == MOST_JOINED:
                return
            for part in parts:
                longer = built + part
                if len(longer) <= letters and self._begins(longer):
                    extend(longer, used + 1)

        for part in parts:
            if self._begins(part):
                extend(part, 1)
        return {n for n in found if len(self.keys[n]) >= SHORTEST_JOINED}
