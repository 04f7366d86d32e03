"""The names of many listings, made ready for search: built once, saved to one file, mapped back in no time.

Promises: `search` returns every listing that `compare` puts at or above the threshold, with the same score
and the same reasons, best first, ties by ref. One index may be asked from several threads at once. Never reads
a list, never knows the law.
"""

import functools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Self

import numpy as np
from rapidfuzz import fuzz

from ringfence.errors import StoreError
from ringfence.matching import weights as w
from ringfence.matching.arrays import BUILD_AGAIN, Arrays, find_keyed, read_arrays, write_arrays
from ringfence.matching.build import LEAST_IDENTIFIER, build_arrays, letters_of
from ringfence.matching.digest import tables_digest
from ringfence.matching.evidence import Facts, most_evidence, plain_id
from ringfence.matching.kernel import Kernel, scan_of
from ringfence.matching.match import Asked, asked_of, explain
from ringfence.matching.score import first_letters, logit, may_shorten
from ringfence.names import Role
from ringfence.records import Listing, Match, Query
from ringfence.records.codec import unpack

# The weights of reasons are rounded to four places, so their sum may be this far from what was scanned.
_ROUNDING = 0.01
# A score is rounded to four places.
_HALF_PLACE = 0.00005


class Index:
    """Listings searchable by name. Make one with `build` or `load`; it does not change afterwards.

    Safe in several threads: arrays are only read; caches hold what is a function of its key, and an entry is
    read once, so that losing it to another thread costs time only; the compiled scan keeps the interpreter's
    lock while it uses its scratch.
    """

    def __init__(self, arrays: Arrays, kernel: Kernel | None = None) -> None:
        self._arrays = arrays
        self._scan = scan_of(arrays, kernel)
        self._counts = arrays["counts"]
        self._entry = arrays["name_entry"]
        self._facts: dict[int, Facts] = {}
        self.known: dict[str, tuple[str, Role, float]] = {}

    @classmethod
    def build(
        cls,
        entries: Iterable[tuple[int, Listing]],
        *,
        progress: Callable[[int], None] | None = None,
        kernel: Kernel | None = None,
    ) -> Self:
        """Index listings, each under the number by which matches will name it.

        `progress` is called now and then with the number of listings done. `kernel` chooses the scan; None
        takes the compiled one where it was built. Raises SettingsError when the one chosen is not there.
        """
        return cls(build_arrays(entries, progress), kernel)

    def save(self, path: Path) -> None:
        """Write the index to one file; it appears whole or not at all. Raises StoreError."""
        write_arrays(path, self._arrays, tables_digest())

    @classmethod
    def load(cls, path: Path, *, kernel: Kernel | None = None) -> Self:
        """Map a saved index; `kernel` as for `build`.

        Raises StoreError when the file is missing, damaged, or of another version or matcher.
        """
        arrays = read_arrays(path, tables_digest())
        if {name: array.dtype for name, array in arrays.items()} != _form():
            raise StoreError(f"the index {path} does not hold what this matcher needs; {BUILD_AGAIN}")
        return cls(arrays, kernel)

    def __len__(self) -> int:
        return self.total

    @property
    def total(self) -> int:
        """How many listings are indexed."""
        return len(self._arrays["entry_person"])

    @property
    def names(self) -> int:
        """How many names are indexed (each reading of each name counts)."""
        return len(self._entry)

    def count(self, key: str) -> int:
        """How many listings carry a compared word."""
        n = self._scan.number(key)
        return int(self._counts[n]) if n >= 0 else 0

    def search(self, query: Query, *, threshold: float = w.REVIEW_AT, limit: int | None = 20) -> list[Match]:
        """The listings that score at or above `threshold`, best first; at most `limit`.

        Those of equal score come in the order of their spelling's closeness, then by ref.
        """
        # Evidence beside the name can lift a name by this much and no more.
        slack = most_evidence(query) + _ROUNDING
        least = logit(min(max(threshold - _HALF_PLACE, 1e-9), 1 - 1e-9)) - slack
        asked = asked_of(query, self)
        best = self._best(query, asked, least)
        for identifier in query.identifiers:
            if len(value := plain_id(identifier.value)) >= LEAST_IDENTIFIER:
                for entry in find_keyed(self._arrays, "identifiers", value):
                    # Named last of all: what its names score is found when it is explained.
                    best.setdefault(entry, (math.inf, -1, -1))
        out: list[Match] = []
        entries: dict[int, int] = {}
        floor = -math.inf
        for entry, (odds, name, reading) in sorted(best.items(), key=lambda item: (-item[1][0], item[0])):
            # No better name follows; not even all evidence would lift one to the last that is kept.
            if odds + slack < floor:
                break
            match = self._explain(query, asked, entry, name, reading)
            if match.score >= threshold:
                out.append(match)
                entries[match.ref] = entry
                if limit is not None and len(out) >= limit:
                    out.sort(key=_rank)
                    floor = logit(min(max(out[limit - 1].score - _HALF_PLACE, 1e-9), 1 - 1e-9))
        out.sort(key=_rank)
        if any(a.score == b.score for a, b in pairwise(out)):
            close = {
                match.ref: closeness(query.name, self._facts_of(entries[match.ref]).names) for match in out
            }
            out.sort(key=lambda match: (-match.score, -close[match.ref], match.ref))
        return out if limit is None else out[:limit]

    def search_many(
        self, queries: Iterable[Query], *, threshold: float = w.REVIEW_AT, limit: int | None = 20
    ) -> Iterator[list[Match]]:
        """The same answers as `search`, query by query in order."""
        for query in queries:
            yield self.search(query, threshold=threshold, limit=limit)

    def _best(self, query: Query, asked: list[Asked], least: float) -> dict[int, tuple[float, int, int]]:
        """Of each listing that can matter: its best log-odds, and the readings that give them."""
        best: dict[int, tuple[float, int, int]] = {}
        for number, ours in enumerate(asked):
            found = self._scan.scan(
                ours.words,
                least,
                person=query.kind == "person",
                part=ours.reading.part,
                begins=w.begins_odds(ours.reading.joined),
                spaced=[
                    name for text in letters_of(ours.reading) for name in self._scan.keyed("letters", text)
                ],
                acronyms=self._acronyms(ours),
                shortened=self._shortened(ours) if query.kind != "person" else [],
            )
            for name, odds in found:
                entry = int(self._entry[name])
                held = best.get(entry)
                if held is None or (-odds, name, number) < (-held[0], held[1], held[2]):
                    best[entry] = (odds, name, number)
        return best

    def _acronyms(self, ours: Asked) -> dict[int, float]:
        """The names of which one is made of the other's first letters, with the log-odds of that."""
        found: dict[int, float] = {}
        for text in ours.reading.acronyms:
            if odds := w.ACRONYM_OF_QUERY.get(min(len(text), 5)):
                found.update(dict.fromkeys(self._scan.keyed("soles", text), odds))
        sole = ours.reading.sole
        if sole is not None and (odds := w.ACRONYM_OF_LISTED.get(min(len(sole), 5))):
            found.update(dict.fromkeys(self._scan.keyed("acronyms", sole), odds))
        return found

    def _shortened(self, ours: Asked) -> list[int]:
        """The names that begin with words of whose first letters a word asked for may be made, and the reverse."""
        words = [item.word for item in ours.words]
        found = {name for word in words if may_shorten(word) for name in self._scan.keyed("starts", word.key)}
        _, letters = first_letters(words)
        start, postings = self._arrays["posting_start"], self._arrays["postings"]
        for length in w.FIRST_LETTERS:
            if length <= len(letters) and (n := self._scan.number(letters[:length])) >= 0:
                found.update(postings[start[n] : start[n + 1]].tolist())
        return sorted(found)

    def _explain(self, query: Query, asked: list[Asked], entry: int, name: int, reading: int) -> Match:
        facts = self._facts_of(entry)
        if name < 0:
            return explain(query, asked, facts, self)
        chosen = (
            int(self._arrays["name_text"][name]),
            int(self._arrays["name_reading"][name]),
            reading,
        )
        return explain(query, asked, facts, self, chosen)

    def _facts_of(self, entry: int) -> Facts:
        found = self._facts.get(entry)
        if found is None:
            start, end = self._arrays["facts_start"][entry : entry + 2].tolist()
            found = self._facts[entry] = unpack(self._arrays["facts"][start:end].tobytes(), Facts)
        return found


@functools.cache
def _form() -> dict[str, np.dtype[Any]]:
    """The arrays of every index with their types: those of an index of nothing."""
    return {name: array.dtype for name, array in build_arrays([]).items()}


def closeness(asked: str, names: Sequence[str]) -> float:
    """How alike a name is, letter by letter, to the nearest of a listing's; it orders what scores the same."""
    asked = asked.casefold()
    return max((fuzz.ratio(asked, name.casefold()) for name in names), default=0.0)


def _rank(match: Match) -> tuple[float, int]:
    return -match.score, match.ref
