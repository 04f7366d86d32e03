"""The names of many listings, made ready for search: built once, saved to one file, mapped back in no time.

Promises: `search` returns every listing that `match.match_facts` puts at or above the threshold, with the
same score (no candidate is lost to a filter: a bound that skips work is proved beside it), best first,
ties by ref. Never reads a list, never knows the law.
"""

import hashlib
import json
import math
import os
import struct
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ringfence.errors import StoreError
from ringfence.matching import weights as w
from ringfence.matching.evidence import Facts, facts_of, most_evidence, plain_id
from ringfence.matching.match import all_of, match_facts, weighed
from ringfence.matching.score import Weighed, align, credit, logit, name_odds
from ringfence.matching.vocabulary import Vocabulary, signature
from ringfence.names import Likeness, Parsed, Role, Word, readings, tables_digest
from ringfence.names.compare import UNLIKE, fold
from ringfence.names.words import role_of
from ringfence.records import Listing, Match, Query
from ringfence.records.codec import pack, unpack

_MAGIC = b"ringfence index 1\n"
_HEAD = struct.Struct("<QI")


def engine_digest() -> str:
    """The SHA-256 of word tables and matcher version: an index made under another one is not read."""
    return "sha256:" + hashlib.sha256(f"{w.MATCHER} {tables_digest()}".encode()).hexdigest()


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


class Index:
    """Listings searchable by name. Make one with `build` or `load`; it does not change afterwards."""

    def __init__(self, arrays: dict[str, NDArray[Any]], entries: int) -> None:
        self._arrays = arrays
        self._entries = entries
        self.total = entries
        keys = _texts(arrays["keys"])
        self._vocabulary = Vocabulary(keys, _texts(arrays["folds"]), arrays["signatures"])
        self._counts = arrays["counts"]
        self._roles = arrays["roles"]
        self._word_weights = arrays["word_weights"]
        self._name_entry = arrays["name_entry"]
        self._name_start = arrays["name_start"]
        self._name_words = arrays["name_words"]
        self._name_weight = arrays["name_weight"]
        self._name_initials = arrays["name_initials"]
        self._posting_start = arrays["posting_start"]
        self._postings = arrays["postings"]
        self._facts: dict[int, Facts] = {}

    # ---- what it holds

    def __len__(self) -> int:
        return self._entries

    @property
    def names(self) -> int:
        """How many names are indexed (each reading of each name counts)."""
        return len(self._name_entry)

    def count(self, key: str) -> int | None:
        """How many listings carry a word."""
        n = self._vocabulary.number.get(key)
        return int(self._counts[n]) if n is not None else 0

    def facts(self, entry: int) -> Facts:
        """What is kept of the listing at a position."""
        found = self._facts.get(entry)
        if found is None:
            start, end = self._arrays["facts_start"][entry : entry + 2]
            found = self._facts[entry] = unpack(self._arrays["facts"][start:end].tobytes(), Facts)
        return found

    # ---- building, saving, loading

    @classmethod
    def build(
        cls, entries: Iterable[tuple[int, Listing]], *, progress: Callable[[int], None] | None = None
    ) -> Self:
        """Index listings, each under the number by which matches will name it.

        `progress` is called now and then with the number of listings done.
        """
        numbers: dict[str, int] = {}
        counts: list[int] = []
        last_seen: list[int] = []
        name_entry: list[int] = []
        name_words: list[int] = []
        name_start = [0]
        joined: list[tuple[int, int]] = []
        initials: list[bool] = []
        packed: list[bytes] = []
        identifiers: list[tuple[int, int]] = []
        done = 0
        for ref, listing in entries:
            facts = facts_of(ref, listing)
            packed.append(pack(facts))
            identifiers.extend((_hash(value), done) for _, value in facts.identifiers if len(value) >= 4)
            for text in facts.names:
                for reading in readings(text):
                    name_entry.append(done)
                    joined.extend(
                        (_hash(t), len(name_entry) - 1) for t in {reading.joined, reading.core} if len(t) > 3
                    )
                    initials.append(any(word.role is Role.INITIAL for word in reading.words))
                    for word in reading.words:
                        n = numbers.setdefault(word.key, len(numbers))
                        if n == len(counts):
                            counts.append(0)
                            last_seen.append(-1)
                        if last_seen[n] != done:
                            last_seen[n] = done
                            counts[n] += 1
                        name_words.append(n)
                    name_start.append(len(name_words))
            done += 1
            if progress and done % 500 == 0:
                progress(done)
        if progress:
            progress(done)
        return cls(
            _arrange(
                numbers,
                counts,
                name_entry,
                name_words,
                name_start,
                joined,
                initials,
                packed,
                identifiers,
                done,
            ),
            done,
        )

    def save(self, path: Path) -> None:
        """Write the index to one file; it appears whole or not at all. Raises StoreError."""
        described: dict[str, list[Any]] = {}
        at = 0
        for name, array in self._arrays.items():
            at = (at + 63) // 64 * 64
            described[name] = [array.dtype.str, len(array), at]
            at += array.nbytes
        header = json.dumps(
            {"engine": engine_digest(), "entries": self._entries, "size": at, "arrays": described}
        ).encode()
        try:
            handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(_MAGIC + _HEAD.pack(len(header), zlib.crc32(header)) + header)
                    body = file.tell()
                    body += -body % 64
                    for name, array in self._arrays.items():
                        file.seek(body + described[name][2])
                        file.write(np.ascontiguousarray(array).data)
                    file.truncate(body + at)
                    file.flush()
                    os.fsync(file.fileno())
                Path(temporary).replace(path)
            except BaseException:
                Path(temporary).unlink(missing_ok=True)
                raise
        except OSError as error:
            raise StoreError(f"the index cannot be written to {path}: {error.strerror}") from error

    @classmethod
    def load(cls, path: Path) -> Self:
        """Map a saved index. Raises StoreError when the file is missing, damaged or of another version."""
        again = "build it again from the store"
        try:
            size = path.stat().st_size
            with path.open("rb") as file:
                magic = file.read(len(_MAGIC))
                if magic != _MAGIC:
                    raise StoreError(f"{path} is not an index of this version of ringfence; {again}")
                length, check = _HEAD.unpack(file.read(_HEAD.size))
                raw = file.read(min(length, size))
                body = file.tell()
        except (OSError, struct.error) as error:
            raise StoreError(f"the index {path} cannot be read ({error}); {again}") from error
        if len(raw) != length or zlib.crc32(raw) != check:
            raise StoreError(f"the index {path} is damaged; {again}")
        header = json.loads(raw)
        body += -body % 64
        if header["engine"] != engine_digest():
            raise StoreError(f"the index {path} was built with other word tables or another matcher; {again}")
        if size != body + header["size"]:
            raise StoreError(f"the index {path} is cut short; {again}")
        mapped = np.memmap(path, np.uint8, "r", body) if header["size"] else np.zeros(0, np.uint8)
        arrays = {
            name: np.frombuffer(mapped[at : at + np.dtype(kind).itemsize * count], kind)
            for name, (kind, count, at) in header["arrays"].items()
        }
        return cls(arrays, header["entries"])

    # ---- searching

    def search(self, query: Query, *, threshold: float = w.REVIEW_AT, limit: int | None = 20) -> list[Match]:
        """The listings that score at or above `threshold`, best first, ties by ref; at most `limit`."""
        least = logit(min(max(threshold - 0.00005, 1e-9), 1 - 1e-9))
        # Evidence beside the name can lift a name by this much and no more.
        slack = most_evidence(query) + 1e-6
        entries: dict[int, float] = {}
        for text in (query.name, *query.aliases):
            for reading in readings(text):
                self._score_reading(reading, least - slack, entries)
        for identifier in query.identifiers:
            for entry in self._by_identifier(plain_id(identifier.value)):
                entries.setdefault(entry, 0.0)
        out: list[Match] = []
        for entry in sorted(entries, key=lambda e: -entries[e]):
            # What follows cannot overtake: its name scores less than `slack` below the last one kept.
            if limit is not None and len(out) >= limit and entries[entry] + slack < logit_of(out, limit):
                break
            match = match_facts(query, self.facts(entry), self)
            if match.score >= threshold:
                out.append(match)
        out.sort(key=lambda match: (-match.score, match.ref))
        return out if limit is None else out[:limit]

    def search_many(
        self, queries: Iterable[Query], *, threshold: float = w.REVIEW_AT, limit: int | None = 20
    ) -> Iterator[list[Match]]:
        """The same answers as `search`, query by query in order."""
        for query in queries:
            yield self.search(query, threshold=threshold, limit=limit)

    def _by_identifier(self, value: str) -> list[int]:
        if len(value) < 4:
            return []
        hashes = self._arrays["identifier_hashes"]
        start, end = (
            np.searchsorted(hashes, np.uint64(_hash(value)), "left"),
            np.searchsorted(hashes, np.uint64(_hash(value)), "right"),
        )
        return [int(e) for e in self._arrays["identifier_entries"][start:end]]

    def _score_reading(self, reading: Parsed, least: float, entries: dict[int, float]) -> None:
        """Score every indexed name that can reach log-odds `least`; keep the best of each listing."""
        query = weighed(reading, self)
        likes = [self._vocabulary.alike(item.word.key) for item in query]
        respaced = self._respaced(reading)
        for name in self._candidates(query, likes, respaced, least):
            listed = self._listed(name)
            by_key = {
                item.word.key: {self._vocabulary.keys[n]: like for n, like in found.items()}
                for item, found in zip(query, likes, strict=True)
            }

            def alike(a: str, b: str, by_key: dict[str, dict[str, Likeness]] = by_key) -> Likeness:
                return by_key[a].get(b, UNLIKE)

            whole = name in respaced and len(listed) != len(query)
            pairs = all_of(query, listed) if whole else align(query, listed, alike)
            odds = w.BASE + name_odds(query, listed, pairs).total
            entry = int(self._name_entry[name])
            if odds >= least:
                entries[entry] = max(entries.get(entry, -99.0), odds)

    def _listed(self, name: int) -> list[Weighed]:
        start, end = int(self._name_start[name]), int(self._name_start[name + 1])
        return [self._word(int(n)) for n in self._name_words[start:end]]

    def _word(self, n: int) -> Weighed:
        key = self._vocabulary.keys[n]
        return Weighed(Word(key, key, Role(int(self._roles[n]))), float(self._word_weights[n]))

    def _candidates(
        self, query: list[Weighed], likes: list[dict[int, Likeness]], respaced: set[int], least: float
    ) -> list[int]:
        """Every name whose log-odds can reach `least`, by an upper bound.

        The bound: a name earns at most, for each query word, the credit of its words like it. Against it
        stands at least LISTED_EXTRA of what it does not earn and QUERY_EXTRA of the query words that none
        of its words is like (a conflict costs more than both together), and log-odds grow with what is
        earned and fall with what stands against.
        """
        names: list[NDArray[np.int32]] = []
        gains: list[NDArray[np.float64]] = []
        covers: list[NDArray[np.float64]] = []

        def add(word: int, degree: float, cover: float) -> None:
            posting = self._postings[self._posting_start[word] : self._posting_start[word + 1]]
            gain = float(self._word_weights[word]) * credit(degree)
            names.append(posting)
            gains.append(np.full(len(posting), gain))
            covers.append(np.full(len(posting), cover))

        for item, found in zip(query, likes, strict=True):
            for n, like in found.items():
                add(n, like.degree, item.weight)
            for n in self._pieces(item.word.key):
                if n not in found or found[n].degree < 0.97:
                    add(n, 0.97, item.weight)
        for start in range(len(query)):
            built, cover = query[start].word.key, query[start].weight
            for end in range(start + 1, min(len(query), start + 6)):
                built += query[end].word.key
                cover += query[end].weight
                n = self._vocabulary.number.get(built)
                if n is not None:
                    add(n, 0.97, cover)
        if not names and not respaced:
            return []
        total = len(self._name_entry)
        if names:
            ids = np.concatenate(names)
            earned = np.bincount(ids, np.concatenate(gains), total)
            cover = np.bincount(ids, np.concatenate(covers), total)
            touched = np.flatnonzero(earned)
            earned, cover = earned[touched], cover[touched]
            asks_initial = any(item.word.role is Role.INITIAL for item in query)
            earned = earned + 0.3 * credit(0.5) * (
                len(query) if asks_initial else self._name_initials[touched]
            )
            asked = sum(item.weight for item in query)
            listed_rest = (
                np.zeros(len(touched)) if asks_initial else np.maximum(self._name_weight[touched] - earned, 0)
            )
            query_rest = np.where(self._name_initials[touched] > 0, 0.0, np.maximum(asked - cover, 0))
            against = w.LISTED_EXTRA * listed_rest + w.QUERY_EXTRA * query_rest
            part = earned / (earned + against)
            most = w.BASE + w.AGREEMENT * part - w.DIFFERENCE * (1 - part)
            most += w.CONTENT * np.minimum(earned, w.CONTENT_CAP)
            chosen = touched[most >= least - 1e-6]
        else:
            chosen = np.zeros(0, np.int64)
        return sorted({*chosen.tolist(), *respaced})

    def _pieces(self, word: str) -> set[int]:
        """Every vocabulary word that is part of some way to write `word` as words of the vocabulary."""
        length = len(word)
        if length < 5 or length > 80:
            return set()
        number = self._vocabulary.number
        spans = [
            (a, b, number[word[a:b]])
            for a in range(length)
            for b in range(a + 1, length + 1)
            if (a, b) != (0, length) and word[a:b] in number
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
        return {n for a, b, n in spans if a in ahead and b in back and a in back | {0}}

    def _respaced(self, reading: Parsed) -> set[int]:
        """The names that have all letters of a reading in its order, however spaced."""
        hashes, names = self._arrays["joined_hashes"], self._arrays["joined_names"]
        found: set[int] = set()
        for text in {reading.joined, reading.core}:
            if len(text) > 3:
                key = np.uint64(_hash(text))
                start, end = np.searchsorted(hashes, key, "left"), np.searchsorted(hashes, key, "right")
                found.update(int(n) for n in names[start:end])
        return found


def logit_of(matches: list[Match], limit: int) -> float:
    """The log-odds of the match that holds place `limit` among `matches`."""
    score = sorted((match.score for match in matches), reverse=True)[limit - 1]
    return logit(min(max(score, 1e-9), 1 - 1e-9))


def _arrange(
    numbers: dict[str, int],
    counts: list[int],
    name_entry: list[int],
    name_words: list[int],
    name_start: list[int],
    joined: list[tuple[int, int]],
    initials: list[bool],
    packed: list[bytes],
    identifiers: list[tuple[int, int]],
    entries: int,
) -> dict[str, NDArray[Any]]:
    keys = list(numbers)
    folds = [fold(key) for key in keys]
    order = sorted(range(len(keys)), key=lambda n: (len(folds[n]), folds[n], keys[n]))
    place = np.empty(len(keys), np.int32)
    place[order] = np.arange(len(keys), dtype=np.int32)
    keys = [keys[n] for n in order]
    folds = [folds[n] for n in order]
    roles = np.array([role_of(key) for key in keys], np.uint8)
    held = np.array([counts[n] for n in order], np.int32)
    weights = np.array(
        [w.word_weight(Role(int(r)), int(c), entries) for r, c in zip(roles, held, strict=True)], np.float64
    )
    words = place[np.array(name_words, np.int64)] if name_words else np.zeros(0, np.int32)
    starts = np.array(name_start, np.int64)
    lengths = np.diff(starts)
    of_name = np.repeat(np.arange(len(name_entry), dtype=np.int32), lengths)
    # A name that carries a word twice is in its posting once.
    both = np.unique(words.astype(np.int64) * (len(name_entry) + 1) + of_name)
    posting_words = both // (len(name_entry) + 1)
    total = np.zeros(len(name_entry))
    np.add.at(total, of_name, weights[words] if len(words) else np.zeros(0))
    joined.sort()
    ids = sorted(identifiers)
    facts_start = np.zeros(len(packed) + 1, np.int64)
    np.cumsum([len(p) for p in packed], out=facts_start[1:])
    return {
        "keys": _blob(keys),
        "folds": _blob(folds),
        "signatures": np.array([signature(f) for f in folds], np.uint64),
        "roles": roles,
        "counts": held,
        "word_weights": weights,
        "name_entry": np.array(name_entry, np.int32),
        "name_start": starts,
        "name_words": words.astype(np.int32),
        "name_weight": total,
        "name_initials": np.array(initials, np.uint8),
        "posting_start": np.searchsorted(posting_words, np.arange(len(keys) + 1)),
        "postings": (both % (len(name_entry) + 1)).astype(np.int32),
        "joined_hashes": np.array([h for h, _ in joined], np.uint64),
        "joined_names": np.array([n for _, n in joined], np.int32),
        "identifier_hashes": np.array([h for h, _ in ids], np.uint64),
        "identifier_entries": np.array([e for _, e in ids], np.int32),
        "facts": np.frombuffer(b"".join(packed), np.uint8),
        "facts_start": facts_start,
    }


def _blob(texts: list[str]) -> NDArray[np.uint8]:
    return np.frombuffer("\n".join(texts).encode(), np.uint8)


def _texts(blob: NDArray[Any]) -> list[str]:
    text = blob.tobytes().decode()
    return text.split("\n") if text else []


__all__ = ["Index", "engine_digest", "math"]
