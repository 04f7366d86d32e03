"""What the entries of one view can be browsed by, without a name: list, kind, country, place, words of names.

One light row an entry, read from the view once when it is first asked for. It answers filters exactly and
in the view's order; names as people mean them are the engine's affair.
"""

import contextlib
import re
import threading
import unicodedata
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Protocol

import msgspec

from ringfence.records import Listing, PartyKind
from ringfence.records.codec import pack, unpack
from ringfence.store import saved

_WORD = re.compile(r"\w+")
_SHORTEST_NUMBER = 5
_RUN = 500
"""Rows that are packed together."""


class Entries(Protocol):
    """What is read of a view."""

    def entries(self) -> Iterator[tuple[int, Listing]]: ...  # noqa: D102
    def listings(self, refs: Sequence[int], /) -> Iterator[tuple[int, Listing]]: ...  # noqa: D102


class Place(msgspec.Struct, frozen=True, gc=False):
    """One address, folded for comparing; the country is a code in capitals."""

    text: str
    city: str
    region: str
    postal_code: str
    country: str

    @property
    def whole(self) -> str:
        """Every part together."""
        return f"{self.text} {self.city} {self.region} {self.postal_code} {self.country}"


class Row(msgspec.Struct, frozen=True):
    """One entry: its number in the view, and what it can be found by. `words` holds one set a name, `numbers` its
    identifiers without the marks that people put into them.
    """

    ref: int
    listing: str
    list: str
    kind: PartyKind
    countries: tuple[str, ...]
    words: tuple[frozenset[str], ...]
    places: tuple[Place, ...]
    numbers: tuple[str, ...] = ()


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What entries to browse; an empty filter lets everything through. Text filters ask for all their words; `begins`
    is a name of which the last word may still be incomplete.
    """

    lists: Collection[str] | None = None
    kinds: Collection[str] = ()
    countries: Collection[str] = ()
    name: str = ""
    begins: str = ""
    address: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    full_address: str = ""


class _Sieve:
    """A `Wanted` with its words made ready once, for many rows."""

    def __init__(self, wanted: Wanted) -> None:
        self._lists = wanted.lists
        self._kinds = frozenset(wanted.kinds)
        self._countries = frozenset(wanted.countries)
        self._name = words_of(wanted.name)
        *whole, last = wanted.begins.split() or [""]
        self._whole, self._last = words_of(" ".join(whole)), tuple(words_of(last))
        self._place = tuple(
            (field, words_of(text))
            for field, text in (
                ("text", wanted.address),
                ("city", wanted.city),
                ("region", wanted.region),
                ("postal_code", wanted.postal_code),
                ("whole", wanted.full_address),
            )
            if text
        )

    def passes(self, row: Row) -> bool:
        """Whether `row` passes every filter; those on addresses all by one address."""
        return (
            (self._lists is None or row.list in self._lists)
            and (not self._kinds or row.kind in self._kinds)
            and (not self._countries or not self._countries.isdisjoint(row.countries))
            and (not self._name or any(self._name <= words for words in row.words))
            and (not (self._whole or self._last) or any(self._begun(words) for words in row.words))
            and (not self._place or any(self._at(place) for place in row.places))
        )

    def narrowed(self, held: "_Words") -> Iterable[int] | None:
        """The places of the rows that can have the words asked for, in order; None when none are asked for."""
        if whole := self._name | self._whole:
            return min((held.rows_of(word) for word in whole), key=len)
        if self._last:
            return min((held.rows_begun(part) for part in self._last), key=len)
        return None

    def _begun(self, words: frozenset[str]) -> bool:
        return self._whole <= words and all(
            any(word.startswith(part) for word in words) for part in self._last
        )

    def _at(self, place: Place) -> bool:
        return all(asked <= words_of(getattr(place, field)) for field, asked in self._place)


class _Words:
    """Which rows have a word in a name, by the place of the row."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows: defaultdict[str, list[int]] = defaultdict(list)
        for place, row in enumerate(rows):
            for word in frozenset().union(*row.words):
                self._rows[word].append(place)
        self._sorted = sorted(self._rows)

    def rows_of(self, word: str) -> Sequence[int]:
        return self._rows.get(word, ())

    def rows_begun(self, part: str) -> Sequence[int]:
        found: set[int] = set()
        for word in self._sorted[bisect_left(self._sorted, part) :]:
            if not word.startswith(part):
                break
            found.update(self._rows[word])
        return sorted(found)


class Catalogue:
    """The entries of one view, for browsing."""

    def __init__(self, view: Entries, kept: Path | None = None) -> None:
        """The rows are in the file `kept`, or will be."""
        self._view = view
        self._kept = kept
        self._read: tuple[Row, ...] | None = None
        self._words: _Words | None = None
        self._numbers: dict[str, list[Row]] = {}
        self._lock = threading.Lock()

    @property
    def rows(self) -> tuple[Row, ...]:
        """Every entry, in the view's order. The first call reads them all (about a second for 25,000, less from a file)."""
        with self._lock:
            if self._read is None:
                rows = self._from_file() or tuple(self._from_view())
                self._words = _Words(rows)
                for row in rows:
                    for number in row.numbers:
                        self._numbers.setdefault(number, []).append(row)
                self._read = rows
        return self._read

    def _from_view(self) -> Iterator[Row]:
        return (_row(ref, listing) for ref, listing in self._view.entries())

    def _from_file(self) -> tuple[Row, ...]:
        """The rows of the file, which is made when there is none; none where it cannot be used."""
        if self._kept is None:
            return ()

        def runs() -> list[msgspec.Raw]:
            rows = self._from_view()
            return [msgspec.Raw(pack(run)) for run in iter(lambda: list(islice(rows, _RUN)), [])]

        with contextlib.suppress(msgspec.MsgspecError):
            # One run after the other: no other thread has its turn while one is unpacked.
            kept = saved(self._kept, list[msgspec.Raw], runs)
            return tuple(row for run in kept for row in unpack(run, list[Row]))
        return ()

    def find(self, wanted: Wanted) -> list[Row]:
        """The entries that pass every filter."""
        sieve, rows = _Sieve(wanted), self.rows
        places = sieve.narrowed(self._words) if self._words else None
        likely = rows if places is None else [rows[place] for place in places]
        return [row for row in likely if sieve.passes(row)]

    def with_number(self, text: str) -> list[Row]:
        """The entries that have `text` as an identifier, whatever its scheme; its marks and case do not count."""
        rows = self.rows
        return list(self._numbers.get(plain_number(text), ())) if rows else []

    def listings(self, rows: Sequence[Row]) -> list[Listing]:
        """The entries of `rows` in full, in the same order."""
        held = dict(self._view.listings([row.ref for row in rows]))
        return [held[row.ref] for row in rows]


def words_of(text: str) -> frozenset[str]:
    """The words of a text, without case and accents."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return frozenset(_WORD.findall("".join(c for c in plain if not unicodedata.combining(c))))


def plain_number(text: str) -> str:
    """An identifier without the marks that people put into it; empty where there is no digit or too little of one."""
    plain = "".join(character for character in text.upper() if character.isalnum())
    return plain if len(plain) >= _SHORTEST_NUMBER and any(c.isdigit() for c in plain) else ""


def _row(ref: int, listing: Listing) -> Row:
    party = listing.party
    return Row(
        ref,
        listing.id,
        listing.list,
        party.kind,
        tuple(dict.fromkeys((*party.countries, *([listing.destination] if listing.destination else [])))),
        tuple(words_of(name.text) for name in party.names),
        tuple(
            Place(one.text, one.city or "", one.region or "", one.postal_code or "", one.country or "")
            for one in party.addresses
        ),
        tuple(dict.fromkeys(filter(None, (plain_number(one.value) for one in party.identifiers)))),
    )
