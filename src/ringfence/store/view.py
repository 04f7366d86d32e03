"""The world as valid on a day and as known at an instant.

For each source the release that speaks for the day is the last one published up to it. Releases
published later add what they date back to that day: an entry they hold that began earlier. What a list
says is taken from one source only, the one nearest the law.
"""

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from ringfence.records import Listing, ListUsed, Snapshot
from ringfence.store.history import Store


class View:
    """The listings in force on day `on`, as known at `known_at`, by reference number.

    Numbers are those of the store; bundled listings have numbers below zero.
    """

    def __init__(
        self,
        on: dt.date,
        known_at: dt.datetime,
        refs: Iterable[int],
        lists: Iterable[ListUsed],
        store: Store | None,
        bundled: Mapping[int, Listing],
    ) -> None:
        self.on = on
        self.known_at = known_at
        self.refs = sorted(refs)
        self.lists = tuple(lists)
        self._store = store
        self._bundled = bundled

    @cached_property
    def digest(self) -> str:
        """A name of exactly this set of listings: equal views have equal digests."""
        return hashlib.sha256(",".join(map(str, self._names())).encode()).hexdigest()

    def _names(self) -> Iterator[object]:
        yield self._store.location if self._store else "bundled"
        yield from (used.snapshot for used in self.lists)
        yield from self.refs

    def entries(self) -> Iterator[tuple[int, Listing]]:
        """Every listing with its number, ascending."""
        yield from self.listings(self.refs)

    def find(self, listing_id: str) -> Listing | None:
        """The text of one listing in this view; None when it is not in force."""
        refs = [ref for ref, listing in self._bundled.items() if listing.id == listing_id]
        if not refs and self._store:
            refs = sorted(set(self._store.numbers_of(listing_id)).intersection(self.refs))
        return next((listing for _, listing in self.listings(refs[-1:])), None)

    def listings(self, refs: Iterable[int]) -> Iterator[tuple[int, Listing]]:
        """The listings under the given numbers."""
        wanted = sorted(set(refs))
        yield from ((ref, self._bundled[ref]) for ref in wanted if ref < 0)
        stored = [ref for ref in wanted if ref >= 0]
        if stored and self._store:
            yield from self._store.listings(stored)


def view_of(
    store: Store | None,
    *,
    on: dt.date,
    known_at: dt.datetime,
    ranks: Mapping[str, int],
    bundled: Iterable[tuple[Snapshot, Iterable[Listing]]] = (),
) -> View:
    """The view of day `on`, as known at `known_at`.

    `ranks` orders sources that feed the same list; the lowest counts. `bundled` are snapshots that come
    with ringfence, used for lists that nothing in the store feeds.
    """
    releases: dict[str, list[Snapshot]] = {}
    for release in store.snapshots(known_at=known_at) if store else ():
        releases.setdefault(release.source, []).append(release)
    refs: list[int] = []
    used: list[ListUsed] = []
    fed: set[str] = set()
    for source in sorted(releases, key=lambda source: (ranks.get(source, 5), source)):
        assert store is not None  # noqa: S101 - there are releases only where there is a store
        taken, speaks_for, lists = _of_source(store, releases[source], on, fed)
        refs += taken
        used += [_used(list_id, speaks_for, count) for list_id, count in lists.items()]
        fed |= lists.keys()
    held: dict[int, Listing] = {}
    for release, listings in bundled:
        counts: Counter[str] = Counter()
        for number, listing in enumerate(listings, start=1):
            if listing.list in fed:
                continue
            counts[listing.list] += 0
            if listing.in_force(on):
                held[-number] = listing
                counts[listing.list] += 1
        refs += held
        used += [_used(list_id, release, count) for list_id, count in counts.items()]
        fed |= counts.keys()
    return View(on, known_at, refs, sorted(used, key=lambda one: one.id), store, held)


def _used(list_id: str, release: Snapshot, count: int) -> ListUsed:
    return ListUsed(
        id=list_id,
        source=release.source,
        snapshot=release.id,
        as_of=release.published_on,
        fetched_at=release.fetched_at,
        entries=count,
    )


def _of_source(
    store: Store, releases: list[Snapshot], on: dt.date, fed: set[str]
) -> tuple[list[int], Snapshot, dict[str, int]]:
    """The versions of one source in force on a day, the release that speaks for it, and counts by list.

    `releases` are in the order of their publication; lists in `fed` are left to another source.
    """
    past = [release for release in releases if release.published_on <= on]
    later = [release for release in releases if release.published_on > on]
    refs: list[int] = []
    seen: set[str] = set()
    counts: dict[str, int] = {}
    for place, release in enumerate([*past[-1:], *later]):
        speaks = place == 0
        found: set[str] = set()
        for row in store.facts(store.manifest(release)):
            if row.list in fed:
                continue
            if speaks:
                counts.setdefault(row.list, 0)
            # An end that was still ahead when the release was printed may have been put off since: orders are
            # renewed, and a release that is older than the day asked cannot say.
            ended = (
                row.ends and row.ends < on and (row.ends < release.published_on or release.published_on >= on)
            )
            if row.listing in seen or (row.starts and row.starts > on) or ended:
                continue
            if not speaks and row.starts is None:
                continue
            found.add(row.listing)
            refs.append(row.number)
            counts[row.list] = counts.get(row.list, 0) + 1
        # An entry may stand in one release as several texts for several days; only other releases are barred.
        seen |= found
    return refs, (past[-1:] or later)[0], counts
