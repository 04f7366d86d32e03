"""What is known, as of a day and an instant: the listings in force, their history, the parties behind them, the index.

A world holds no clock and reads no environment: the day (`on`) and the instant (`known_at`) come in as arguments, so the same
store and the same arguments are the same world. What takes time to make is made when it is first needed, and kept in the cache.
"""

import contextlib
import copy
import datetime as dt
import difflib
import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Self

import msgspec

from ringfence.decisions.rule import rules_digest
from ringfence.errors import InputError, StoreError
from ringfence.matching import (
    Index,
    kernel_name,
    tables_digest,
)
from ringfence.records import (
    Listing,
    ListUsed,
    Provenance,
    Reservation,
    Snapshot,
)
from ringfence.records.codec import canonical, look_at_records, pack, unpack
from ringfence.records.rule import FederalRegisterDocument
from ringfence.settings import Settings
from ringfence.sources.ear.rules import RuleBook, rules
from ringfence.sources.reference import reference_release
from ringfence.sources.registry import legal_lists, sources
from ringfence.store import (
    Chronicle,
    Dating,
    Parties,
    Ruling,
    Standing,
    Stays,
    Store,
    View,
    is_made,
    join_parties,
    open_store,
    saved,
    view_of,
)
from ringfence.version import __version__, made_of

Progress = Callable[[str, int], None]
"""Called with the step (`indexing`) and how far it is."""


class World:
    """The lists of one store, as of one day and instant. Open with `World.open`; `Engine` asks questions of it."""

    def __init__(
        self,
        store: Store | None,
        settings: Settings,
        *,
        now: dt.datetime,
        on: dt.date | None = None,
        known_at: dt.datetime | None = None,
        extra: Sequence[Listing] = (),
        made: Path | None = None,
    ) -> None:
        look_at_records()
        self._store = store
        self._made = made
        self.extra = tuple(extra)
        self.settings = settings
        self.now = now
        self.on = on or now.date()
        self._known_at = known_at

    @classmethod
    @contextlib.contextmanager
    def open(
        cls,
        settings: Settings,
        *,
        now: dt.datetime,
        on: dt.date | None = None,
        known_at: dt.datetime | None = None,
        extra: Sequence[Listing] = (),
        made: Path | None = None,
    ) -> Iterator[Self]:
        """The world of the store of `settings`; without one, on the bundled reference set alone.

        `on` defaults to the day of `now`, `known_at` to all that is known (`Store.known`). `extra` are private listings that
        join the lists for this world alone; they are never stored. `made` is the folder where `lay_down` of another
        one on the same listings left what takes time to make. Raises StoreError when the store cannot be read.
        """
        if not is_made(settings.store):
            yield cls(None, settings, now=now, on=on, known_at=known_at, extra=extra, made=made)
            return
        with open_store(settings.store) as store:
            yield cls(store, settings, now=now, on=on, known_at=known_at, extra=extra, made=made)

    def lay_down(self, folder: Path) -> None:
        """Write what takes time to make, the index and the joined parties, for worlds that are opened with `made`."""
        self.index().save(folder / _INDEX)
        (folder / _PARTIES).write_bytes(pack(self.parties))

    def asked(self, *, now: dt.datetime, review_at: float | None = None, max_hits: int | None = None) -> Self:
        """The same world asked at another instant, with other thresholds; view, index and history are shared.

        Raises ValueError for a threshold that no run could honor.
        """
        settings = self.settings
        if review_at is not None:
            hit_at = settings.hit_at and max(settings.hit_at, review_at)
            settings = msgspec.structs.replace(settings, review_at=review_at, hit_at=hit_at)
        if max_hits is not None:
            settings = msgspec.structs.replace(settings, max_hits=max_hits)
        # All that does not depend on the question is made before the copy, which then holds it too.
        self.view, self.parties, self.index(), self.chronicle
        other = copy.copy(self)
        other.now, other.settings = now, settings
        return other

    @cached_property
    def known_at(self) -> dt.datetime:
        """The instant whose knowledge answers: whoever asks as known at it is given the same answer for ever.

        Raises StoreError when a writer keeps that open for a minute.
        """
        if self._store is None:
            return self._known_at or self.now
        if self._known_at is None:
            return self._store.known(self.now)
        self._store.settle(self._known_at)
        return self._known_at

    @staticmethod
    def identity() -> dict[str, str]:
        """What answers: the engine, which scan of the index runs, and the digests of word tables and rules."""
        return {
            "engine": f"ringfence {__version__}",
            "scan": kernel_name(),
            "tables": tables_digest(),
            "rules": rules_digest(),
        }

    @cached_property
    def view(self) -> View:
        """The listings in force on the day, as known at the instant."""
        return view_of(
            self._store,
            on=self.on,
            known_at=self.known_at,
            ranks={source_id: source.rank for source_id, source in sources().items()},
            bundled=_bundled,
            additive=[source_id for source_id, source in sources().items() if source.additive],
            extra=self.extra,
            dating=self._dating,
            reserving=self._reserving,
            keeping=self._kept_standing,
        )

    def _kept_standing(self, make: Callable[[], Standing]) -> Standing:
        """What of the releases stands on the day: told before and kept, or told now."""
        if self._store is None:
            return make()
        known = self._store.location, self._store.learned(self.known_at), self.on
        return saved(self._cached("standing", known, made_of("records", "sources", "store")), Standing, make)

    def _cached(self, folder: str, *marks: object) -> Path:
        """Where the cache keeps what is made of what `marks` name."""
        name = hashlib.sha256(canonical(marks)).hexdigest()[:40]
        return Path(self.settings.cache).expanduser() / folder / name

    def _reserving(self) -> dict[str, Callable[[Listing], Reservation | None]]:
        """For each list with entries that may be stayed, or whose measures were interrupted, how to tell on the day."""
        editions = [
            (release, self._store.statuses(release))
            for code in sorted(_CODES)
            for release in (self._store.snapshots(code, known_at=self.known_at) if self._store else ())
            if self._store
        ]
        stays = Stays(editions=editions, documents=self._documents, rule_of=self._rule_book.rule_of)
        interrupted = {
            feed.list
            for source in sources().values()
            if any(gap.since <= self.on <= gap.until for gap in source.gaps)
            for feed in source.feeds
        }
        return dict.fromkeys(stays.lists, partial(stays.reservation, on=self.on)) | dict.fromkeys(
            interrupted, self._interrupted
        )

    def _interrupted(self, listing: Listing) -> Reservation | None:
        """That it cannot be known whether an entry stood on a day on which its measures were interrupted."""
        for gap in sources()[listing.source].gaps:
            if gap.holds(listing.programs, self.on):
                return Reservation(
                    kind="in_doubt",
                    text=f"whether it was in force on {self.on} is not known: {gap.told}",
                    since=gap.since,
                    until=gap.until,
                )
        return None

    @cached_property
    def chronicle(self) -> Chronicle:
        """The history that the store's releases tell, as known at the instant."""
        return Chronicle(
            self._store,
            known_at=self.known_at,
            rule_of=self._rule_book.rule_of,
            ranks={source_id: source.rank for source_id, source in sources().items()},
            codes=_CODES,
            bundled=_bundled(),
            documents=self._documents,
            rules=[rule for rule in rules() if rule.reaches or rule.suspends],
        )

    @cached_property
    def _documents(self) -> list[FederalRegisterDocument]:
        """The Federal Register documents known at the instant."""
        return self._store.documents(known_at=self.known_at) if self._store else []

    @cached_property
    def _dating(self) -> Dating | None:
        """How documents date the entries of the lists of part 744; None where none says when it took effect."""
        if not any(document.effective for document in self._documents):
            return None
        return Dating(
            self._rule_book.rule_of, [feed.list for code in _CODES for feed in sources()[code].feeds]
        )

    @cached_property
    def _rule_book(self) -> RuleBook:
        """Which rule a citation belongs to, as known at the instant."""
        return RuleBook(self._documents)

    @cached_property
    def parties(self) -> Parties:
        """The parties behind the listings of the view, as joined by evidence and by the rulings known."""
        if self._made:
            return unpack((self._made / _PARTIES).read_bytes(), Parties)
        rulings = self.rulings()
        return saved(
            self._parties_path(rulings),
            Parties,
            lambda: join_parties((one for _, one in self.view.entries()), rulings),
        )

    def _parties_path(self, rulings: list[Ruling]) -> Path:
        return self._cached("parties", self.view.digest, tables_digest(), rulings, __version__)

    @property
    def _index_path(self) -> Path:
        return self._cached("index", self.view.digest, tables_digest()).with_suffix(".index")

    @property
    def saved(self) -> bool:
        """Whether what takes time to make, the index and the joined parties, is in the cache."""
        return self._index_path.is_file() and self._parties_path(self.rulings()).is_file()

    def rulings(self) -> list[Ruling]:
        """Every ruling on parties known at the instant, oldest first."""
        return self._store.rulings(known_at=self.known_at) if self._store else []

    def index(self, progress: Progress | None = None) -> Index:
        """The index of the view: the saved one when there is one, else built and saved."""
        if "_index" not in self.__dict__:
            self._index = self._load_or_build(progress)
        return self._index

    @cached_property
    def refs(self) -> dict[str, int]:
        """The number of each listing in the view, by its id."""
        return {listing: ref for ref, listing in sorted(self.view.ids.items())}

    def among(self, refs: Collection[int]) -> Self:
        """The same world, of which only these entries are searched; each scores as it does among all of them."""
        other = type(self)(
            self._store, self.settings, now=self.now, on=self.on, known_at=self.known_at, extra=self.extra
        )
        part = Index.build(self.view.listings(refs), measure=self.index())
        other.__dict__.update(view=self.view, parties=self.parties, _index=part)
        return other

    def on_day(self, day: dt.date) -> Self:
        """The published lists for another day; the index is shared where the listings are the same."""
        other = type(self)(self._store, self.settings, now=self.now, on=day, known_at=self.known_at)
        if not self.extra and other.view.digest == self.view.digest:
            other.__dict__["_index"] = self.index()
        return other

    def provenance(self, lists: Collection[str] | None = None) -> Provenance:
        """What answers of this engine rest on."""
        used = tuple(one for one in self.view.lists if lists is None or one.id in lists)
        searched = {one.id for one in used if not sources()[one.source].additive}
        return Provenance(
            engine=f"ringfence {__version__}",
            settings=self.settings.digest,
            tables=tables_digest(),
            lists=used,
            not_searched=tuple(list_id for list_id in legal_lists() if list_id not in searched),
            at=self.now,
            valid_on=self.on,
            known_at=self.known_at,
            warnings=tuple(self._warnings(used)),
        )

    def in_force(self, listing_id: str) -> Listing | None:
        """The text of a listing on the day of this engine; None when it is not in force then."""
        return self.view.find(listing_id)

    @staticmethod
    def lists_asked(lists: Collection[str] | None) -> frozenset[str] | None:
        """The ids that `lists` name; a jurisdiction (`us`) stands for all of its lists, None for every list.

        Raises InputError for a name that is neither.
        """
        if not lists:
            return None
        known = legal_lists()
        wanted: set[str] = set()
        for asked in lists:
            matching = {
                i for i, legal in known.items() if i == asked or legal.jurisdiction.lower() == asked.lower()
            }
            if not matching and asked in known:
                matching = {asked}
            if not matching:
                near = difflib.get_close_matches(asked, known, 1)
                meant = f" Did you mean {near[0]}?" if near else ""
                raise InputError(
                    f"unknown list {asked!r}.{meant} Lists: {', '.join(known)}; or a jurisdiction such as `us`."
                )
            wanted |= matching
        return frozenset(wanted)

    def _warnings(self, used: Iterable[ListUsed]) -> Iterator[str]:
        """What a reader must know of the lists: each source once."""
        for one in used:
            if one.in_doubt:
                yield (
                    f"{legal_lists()[one.id].title}: of {one.in_doubt:,} more entries it is not known whether they were in force "
                    f"on {self.on}: each says why"
                )
        seen = set()
        for one in used:
            if one.source in seen:
                continue
            seen.add(one.source)
            source = sources()[one.source]
            if source.warning:
                yield source.warning
            elif one.as_of > self.on:
                yield (
                    f"{source.title}: no release up to {self.on} is held, that of {one.as_of} was asked; entries it "
                    f"prints without a date are taken as in force"
                )
            elif (age := (self.on - one.as_of).days) > source.max_age_days:
                yield f"{source.title}: the release in force is of {one.as_of}, {age:,} days before {self.on}"

    def _load_or_build(self, progress: Progress | None) -> Index:
        if self._made:
            return Index.load(self._made / _INDEX)
        path = self._index_path
        if path.is_file():
            # A saved index that is damaged or of another version is simply built again.
            with contextlib.suppress(StoreError):
                return Index.load(path)
        index = Index.build(
            self.view.entries(), progress=(lambda done: progress("indexing", done)) if progress else None
        )
        with contextlib.suppress(
            OSError, StoreError
        ):  # a cache that cannot be written costs time, not answers
            path.parent.mkdir(parents=True, exist_ok=True)
            index.save(path)
            _prune(path.parent)
        return index


def _bundled() -> list[tuple[Snapshot, Sequence[Listing]]]:
    """The releases that come with ringfence."""
    return [reference_release()]


_CODES = frozenset({"us_ecfr_744"})
"""The sources that are the code itself: their releases say when a change was codified."""
_INDEX, _PARTIES = "index", "parties"
_KEPT_INDEXES = 12


def _prune(folder: Path) -> None:
    """Keep the indexes used last."""
    saved = sorted(folder.glob("*.index"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in saved[_KEPT_INDEXES:]:
        path.unlink(missing_ok=True)
