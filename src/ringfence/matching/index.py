"""The names of many listings, made ready for search: built once, saved to one file, mapped back in no time.

Promises: `search` returns every listing that `compare` puts at or above the threshold, with the same score
and the same reasons, best first, ties by ref. One index may be asked from several threads at once. Never reads
a list, never knows the law.
"""

import itertools
import math
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, Self

from rapidfuzz import fuzz

from ringfence.errors import StoreError
from ringfence.matching import weights as w
from ringfence.matching.arrays import BUILD_AGAIN, Views, find_keyed, read_arrays, type_of, write_arrays
from ringfence.matching.compiled import Compiled
from ringfence.matching.digest import tables_digest
from ringfence.matching.evidence import Facts, evidence, most_evidence, plain_id
from ringfence.matching.form import FORM, LEAST_IDENTIFIER
from ringfence.matching.kernel import Kernel, scan_of
from ringfence.matching.match import Found, asked_of, explain
from ringfence.matching.score import logit
from ringfence.names import Role
from ringfence.records import Listing, Match, Query
from ringfence.records.codec import unpack

# The weights of reasons are rounded to four places, so their sum may be this far from what was scanned.
_ROUNDING = 0.01
# A score is rounded to four places.
_HALF_PLACE = 0.00005
_RUN = 256
# In log-odds.
_FIRST_LOOK, _LOOK_FURTHER = -7.0, 2.0


class Index:
    """Listings searchable by name. Make one with `build` or `load`; it does not change afterwards.

    Safe in several threads: arrays are only read; caches hold what is a function of its key, and an entry is
    read once, so that losing it to another thread costs time only; the compiled scan keeps the interpreter's
    lock while it uses its scratch.
    """

    def __init__(self, arrays: Views, kernel: Kernel | None = None, measure: "Index | None" = None) -> None:
        self._arrays = arrays
        self._measure = measure
        self._scan = scan_of(arrays, kernel, measure)
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
        measure: "Index | None" = None,
    ) -> Self:
        """Index listings, each under the number by which matches will name it.

        Where the listings are a part of those of `measure`, words weigh as they do there, so that each scores the same.
        `progress` is called now and then with the number of listings done. `kernel` chooses the scan; None
        takes the compiled one where it was built. Raises SettingsError when the one chosen is not there.
        """
        from ringfence.matching.build import build_arrays  # noqa: PLC0415 - a saved index needs none of it

        return cls(build_arrays(entries, progress, measure), kernel, measure)

    def save(self, path: Path) -> None:
        """Write the index to one file; it appears whole or not at all. Raises StoreError."""
        write_arrays(path, self._arrays, tables_digest())

    @classmethod
    def load(cls, path: Path, *, kernel: Kernel | None = None) -> Self:
        """Map a saved index; `kernel` as for `build`.

        Raises StoreError when the file is missing, damaged, or of another version or matcher.
        """
        arrays = read_arrays(path, tables_digest())
        if {name: type_of(array) for name, array in arrays.items()} != FORM:
            raise StoreError(f"the index {path} does not hold what this matcher needs; {BUILD_AGAIN}")
        return cls(arrays, kernel)

    def __len__(self) -> int:
        """How many listings are indexed."""
        return len(self._arrays["entry_person"])

    @property
    def total(self) -> int:
        """Of how many listings `count` is told."""
        return self._measure.total if self._measure else len(self)

    @property
    def names(self) -> int:
        """How many names are indexed (each reading of each name counts)."""
        return len(self._entry)

    def count(self, key: str) -> int:
        """How many listings carry a compared word."""
        if self._measure:
            return self._measure.count(key)
        n = self._scan.number(key)
        return int(self._counts[n]) if n >= 0 else 0

    def counts(self) -> tuple[Any, Any]:
        """Every word indexed (as `arrays.text_array`), and how many of the indexed listings carry it."""
        return self._arrays["keys"], self._counts

    def with_word(self, key: str) -> set[int]:
        """The numbers of the indexed listings that carry a compared word."""
        n = self._scan.number(key)
        if n < 0:
            return set()
        start, end = self._arrays["posting_start"][n : n + 2].tolist()
        entries = {int(self._entry[name]) for name in self._arrays["postings"][start:end].tolist()}
        return {self._facts_of(entry).ref for entry in entries}

    def search(self, query: Query, *, threshold: float = w.REVIEW_AT, limit: int | None = 20) -> list[Match]:
        """The listings that score at or above `threshold`, best first; at most `limit`.

        Those whose scores round to the same two places come in the order of their spelling's closeness, then by ref;
        which are the best when there are more than `limit` is told by the score in full.
        """
        if isinstance(self._scan, Compiled) and only_named(query):
            return self._run(self._scan, [query], threshold, limit)[0]
        return self._weigh(query, threshold, limit)

    def search_many(
        self, queries: Iterable[Query], *, threshold: float = w.REVIEW_AT, limit: int | None = 20
    ) -> Iterator[list[Match]]:
        """The same answers as `search`, query by query in order; queries are taken in runs of some hundred."""
        if not isinstance(self._scan, Compiled):
            for query in queries:
                yield self._weigh(query, threshold, limit)
            return
        rest = iter(queries)
        while run := list(itertools.islice(rest, _RUN)):
            alone = [only_named(query) for query in run]
            named = iter(self._run(self._scan, list(itertools.compress(run, alone)), threshold, limit))
            for query, is_alone in zip(run, alone, strict=True):
                yield next(named) if is_alone else self._weigh(query, threshold, limit)

    def _run(
        self, scan: Compiled, queries: list[Query], threshold: float, limit: int | None
    ) -> list[list[Match]]:
        """The answers to queries of which the compiled scan weighs all there is to weigh."""
        answers: list[list[Match]] = []
        for query, found in zip(
            queries, scan.search(queries, _least(threshold), threshold, limit), strict=True
        ):
            out = [
                Match(ref, self._facts_of(entry).names[name], score, reasons)
                for ref, entry, name, score, reasons in found
            ]
            answers.append(ranked(query.name, out, limit) if out else [])
        return answers

    def _weigh(self, query: Query, threshold: float, limit: int | None) -> list[Match]:
        """The answer to one query: what its names find, weighed with the evidence beside them.

        Where the threshold is low but few are asked for, a higher one is tried first: what does not reach it can take no
        place among as many as are asked for that do.
        """
        lowest = _least(threshold)
        least = lowest if limit is None else max(_FIRST_LOOK, lowest)
        while True:
            out, floor = self._look(query, least, threshold, limit)
            if least == lowest or floor > least:
                return ranked(query.name, out, limit)
            least = max(least - _LOOK_FURTHER, lowest)

    def _look(
        self, query: Query, least: float, threshold: float, limit: int | None
    ) -> tuple[list[Match], float]:
        """The matches whose log-odds reach `least`, and the log-odds below which no other can come among them."""
        # Evidence beside the name can lift a name by this much and no more.
        lift = most_evidence(query)
        found = self._scan.found(query, least - lift)
        entries = {one.entry for one in found}
        for identifier in query.identifiers:
            if len(value := plain_id(identifier.value)) >= LEAST_IDENTIFIER:
                # Named last of all: what the names of these score is found when they are explained.
                more = dict.fromkeys(find_keyed(self._arrays, "identifiers", value))
                found.extend(Found(entry, math.inf, -1, -1) for entry in more if entry not in entries)
                entries.update(more)
        found.sort(key=lambda one: (-one.odds, one.entry))
        out: list[Match] = []
        floor = -math.inf
        for one in found:
            # No better name follows; not even all evidence would lift one to the last that is kept.
            if one.odds + lift + _ROUNDING < floor:
                break
            facts = self._facts_of(one.entry)
            beside = tuple(evidence(query, facts))
            if one.name < 0:
                match = explain(query, asked_of(query, self), facts, self)
            elif one.odds + math.fsum(reason.weight for reason in beside) < least:
                continue
            else:
                match = self._scan.match(query, facts, one, beside)
            if match.score >= threshold:
                out.append(match)
                if limit is not None and len(out) >= limit:
                    out.sort(key=_rank)
                    floor = _logit(out[limit - 1].score - _HALF_PLACE)
        return out, floor - _ROUNDING

    def _facts_of(self, entry: int) -> Facts:
        found = self._facts.get(entry)
        if found is None:
            start, end = self._arrays["facts_start"][entry : entry + 2].tolist()
            found = self._facts[entry] = unpack(self._arrays["facts"][start:end].tobytes(), Facts)
        return found


def ranked(asked: str, found: list[Match], limit: int | None) -> list[Match]:
    """The best matches in their order. What a score says beyond two places is less than what the spelling says."""
    found.sort(key=_rank)
    if any(round(a.score, 2) == round(b.score, 2) for a, b in pairwise(found)):
        near = {match.ref: -closeness(asked, match.matched_name) for match in found}
        found.sort(key=lambda match: (-match.score, near[match.ref], match.ref))
        found = found[:limit]
        found.sort(key=lambda match: (-round(match.score, 2), near[match.ref], match.ref))
    return found[:limit]


def closeness(asked: str, matched: str) -> float:
    """How alike two names are letter by letter, whatever the order of their words; it orders what scores the same."""
    return fuzz.token_sort_ratio(asked.casefold(), matched.casefold())


def only_named(query: Query) -> bool:
    """Whether a query asks for one name, and perhaps a kind, without other evidence."""
    return not (
        query.aliases
        or query.countries
        or query.identifiers
        or query.address
        or query.city
        or query.postal_code
        or query.birth_date
    )


def _least(threshold: float) -> float:
    """The log-odds that a name has to reach for a score at a threshold, had it no evidence beside it."""
    return _logit(threshold - _HALF_PLACE) - _ROUNDING


def _logit(score: float) -> float:
    return logit(min(max(score, 1e-9), 1 - 1e-9))


def _rank(match: Match) -> tuple[float, int]:
    return -match.score, match.ref
