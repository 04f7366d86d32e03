"""The world as valid on a day and as known at an instant.

For each list one source speaks: the one that knows most of the day (`knows`), but for lists of which its later release does
not say since when an entry stands, where another source has an older release that is nearer (`_left`). Of its releases the last
one published up to the day counts; releases published later add what they date back to that day: an entry
they hold that began earlier.

A volume of the Federal Register is a year, so that an entry without a day is placed by the first rule that it cites. One
that the next release prints and the last one did not, without anything that dates it, began on some day between: until
then it is *in doubt*.

A release is the whole of its lists, so an entry that it does not print was seen to be absent. Where a later release
dates an entry back past such a release, two witnesses contradict each other and nothing at hand can tell which is
right: the order had run out and was printed again, or the copy had left it out. The entry is then in doubt as well.
"""

import datetime as dt
import hashlib
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import msgspec
import sqlalchemy as sa

from ringfence.records import Listing, ListUsed, Reservation, Snapshot
from ringfence.records.codec import canonical, digest
from ringfence.store.dating import Dating
from ringfence.store.history import Store
from ringfence.store.pairing import family, pair

Bundled = tuple[Snapshot, Iterable[Listing]]
"""A release that comes with ringfence, and its entries."""
Reserving = Callable[[Listing], Reservation | None]
"""Says why an entry has no certain effect on the day, if so."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What of the releases stands on a day: what takes time to tell, and is the same whenever the same is known.

    `refs` are numbers of the store, below zero those of bundled listings; `gone` and `reserved` as in `View`.
    """

    refs: list[int]
    lists: list[ListUsed]
    gone: dict[int, Snapshot]
    reserved: dict[int, Reservation]


class View:
    """The listings in force on day `on`, as known at `known_at`, by reference number.

    Numbers are those of the store; bundled listings have numbers below zero. `gone` holds those whose id the
    next release of their source no longer prints, with that release; `reserved` those that have no certain effect on
    the day, with the reason, which their listings carry.
    """

    def __init__(
        self,
        *,
        on: dt.date,
        known_at: dt.datetime,
        standing: Standing,
        store: Store | None,
        bundled: Mapping[int, Listing],
        joined: Mapping[int, Listing],
        dating: Dating | None = None,
    ) -> None:
        self.on = on
        self.known_at = known_at
        self.refs = sorted((*standing.refs, *joined))
        used = (*standing.lists, *_joined(joined.values(), on, known_at))
        self.lists = tuple(sorted(used, key=lambda one: one.id))
        self.gone = standing.gone
        self.reserved = standing.reserved
        self._store = store
        self._bundled = {**bundled, **joined}
        self._dating = dating
        self._texts: dict[int, Listing] = {}
        self._found: dict[str, int | None] = {}

    @cached_property
    def digest(self) -> str:
        """A name of exactly this set of listings: equal views have equal digests."""
        return hashlib.sha256(",".join(map(str, self._names())).encode()).hexdigest()

    def _names(self) -> Iterator[object]:
        yield self._store.location if self._store else "bundled"
        yield from (used.snapshot for used in self.lists)
        yield from self.refs
        yield from sorted(self.reserved.items())

    def entries(self) -> Iterator[tuple[int, Listing]]:
        """Every listing with its number, ascending."""
        yield from self.listings(self.refs)

    @cached_property
    def ids(self) -> dict[int, str]:
        """The id of each listing, by its number."""
        found = {ref: listing.id for ref, listing in self._bundled.items()}
        stored = [ref for ref in self.refs if ref >= 0]
        if stored and self._store:
            found |= {row.number: row.listing for row in self._store.facts(stored)}
        return found

    def find(self, listing_id: str) -> Listing | None:
        """The text of one listing in this view; None when it is not in force."""
        if listing_id in self._bundled_ids:
            ref = self._bundled_ids[listing_id]
            return self._as_reserved(ref, self._bundled[ref])
        if listing_id not in self._found:
            numbers = self._store.numbers_of(listing_id) if self._store else []
            held = [number for number in numbers if self._holds(number)]
            if len(self._found) >= _REMEMBERED:
                self._found = {}
            self._found[listing_id] = max(held, default=None)
        number = self._found[listing_id]
        return None if number is None else dict(self.listings([number])).get(number)

    @cached_property
    def _bundled_ids(self) -> dict[str, int]:
        return {listing.id: ref for ref, listing in self._bundled.items()}

    def _holds(self, ref: int) -> bool:
        place = bisect_left(self.refs, ref)
        return place < len(self.refs) and self.refs[place] == ref

    def listings(self, refs: Iterable[int]) -> Iterator[tuple[int, Listing]]:
        """The listings under the given numbers, ascending. A few are remembered: answers give the same ones often."""
        wanted = sorted(set(refs))
        if len(wanted) > _FEW:
            yield from self._read(wanted)
            return
        texts = self._texts  # a text under a number never changes; who finds it gone reads it again
        held = {ref: listing for ref in wanted if (listing := texts.get(ref))}
        read = dict(self._read([ref for ref in wanted if ref not in held]))
        if len(texts) + len(read) > _REMEMBERED:
            texts = self._texts = {}
        texts.update(read)
        held |= read
        yield from ((ref, held[ref]) for ref in wanted if ref in held)

    def _read(self, wanted: Sequence[int]) -> Iterator[tuple[int, Listing]]:
        for ref, listing in _read(self._store, self._bundled, self._dating, wanted):
            yield ref, self._as_reserved(ref, listing)

    def _as_reserved(self, ref: int, listing: Listing) -> Listing:
        reservation = self.reserved.get(ref)
        return msgspec.structs.replace(listing, reservation=reservation) if reservation else listing


def _read(
    store: Store | None, bundled: Mapping[int, Listing], dating: Dating | None, refs: Iterable[int]
) -> Iterator[tuple[int, Listing]]:
    wanted = sorted(set(refs))
    yield from ((ref, bundled[ref]) for ref in wanted if ref < 0)
    stored = [ref for ref in wanted if ref >= 0]
    if stored and store:
        for ref, listing in store.listings(stored):
            yield ref, dating.of(listing) if dating else listing


_FEW = 1_000
"""More listings than these at once are a sweep: they are not remembered."""
_REMEMBERED = 4_000
"""Texts that a view remembers, some 8 kB each; then it begins anew."""


def view_of(
    store: Store | None,
    *,
    on: dt.date,
    known_at: dt.datetime,
    ranks: Mapping[str, int],
    bundled: Callable[[], Iterable[Bundled]] = tuple,
    additive: Collection[str] = (),
    extra: Sequence[Listing] = (),
    dating: Dating | None = None,
    reserving: Callable[[], Mapping[str, Reserving]] = dict,
    keeping: Callable[[Callable[[], Standing]], Standing] = lambda make: make(),
) -> View:
    """The view of day `on`, as known at `known_at`.

    `ranks` orders sources that feed the same list; the lowest counts. `bundled` gives snapshots that come
    with ringfence, used for lists that nothing in the store feeds. The entries of `additive` sources join those
    of other sources on the same lists. `extra` are listings for this view alone, which join as well. `dating` dates
    entries by rules that their publication does not know. `reserving` says, for the lists where
    that can be, why an entry has no certain effect on the day. `keeping` may give a standing that was told before
    of the same, instead of making it.
    """

    def make() -> Standing:
        return _standing(store, on, known_at, ranks, bundled(), additive, dating, reserving())

    standing = keeping(make)
    own = {ref for ref in standing.refs if ref < 0}
    return View(
        on=on,
        known_at=known_at,
        standing=standing,
        store=store,
        bundled={ref: one for ref, _, one in _numbered(bundled()) if ref in own} if own else {},
        joined={number: one for number, one in enumerate(extra, start=_EXTRA) if one.in_force(on)},
        dating=dating,
    )


def _standing(
    store: Store | None,
    on: dt.date,
    known_at: dt.datetime,
    ranks: Mapping[str, int],
    bundled: Iterable[Bundled],
    additive: Collection[str],
    dating: Dating | None,
    reserving: Mapping[str, Reserving],
) -> Standing:
    releases: dict[str, list[Snapshot]] = {}
    for release in store.snapshots(known_at=known_at) if store else ():
        releases.setdefault(release.source, []).append(release)
    refs: list[int] = []
    used: list[ListUsed] = []
    fed: set[str] = set()
    gone: dict[int, Snapshot] = {}
    doubts: dict[int, _Doubt] = {}
    left = _left(store, {one: of for one, of in releases.items() if one not in additive}, on) if store else {}
    waiting = {source: knows(of_source, on) for source, of_source in releases.items()}
    while waiting:
        source = nearest(waiting, ranks)
        del waiting[source]
        assert store is not None  # noqa: S101 - there are releases only where there is a store
        others = set() if source in additive else fed | left.get(source, set())
        said = _of_source(store, releases[source], on, others, dating)
        refs += said.refs
        gone |= said.gone
        doubts |= said.doubts
        used += [
            msgspec.structs.replace(_used(list_id, said.release, count), in_doubt=said.in_doubt[list_id])
            for list_id, count in said.counts.items()
        ]
        if source not in additive:
            fed |= said.counts.keys()
    held: dict[int, Listing] = {}
    counts: dict[tuple[str, str], ListUsed] = {}
    for ref, release, listing in _numbered(bundled):
        if listing.list not in fed:
            stands = listing.in_force(on)
            one = counts.setdefault((listing.list, release.id), _used(listing.list, release, 0))
            counts[listing.list, release.id] = msgspec.structs.replace(one, entries=one.entries + stands)
            if stands:
                held[ref] = listing
    refs += held
    used += counts.values()
    reserved = dict(_reserved(store, held, dating, doubts, on))
    if reserving:
        rows = store.facts([ref for ref in refs if ref >= 0]) if store else ()
        asked = [row.number for row in rows if row.list in reserving]
        asked += [ref for ref, one in held.items() if one.list in reserving]
        moved: Counter[tuple[str, str]] = Counter()
        for ref, listing in _read(store, held, dating, asked):
            if ref not in reserved and (found := reserving[listing.list](listing)):
                reserved[ref] = found
                moved[listing.list, listing.source] += found.kind == "in_doubt"
        used = [_in_doubt(one, moved[one.id, one.source]) for one in used]
    return Standing(refs=refs, lists=used, gone=gone, reserved=reserved)


def _numbered(bundled: Iterable[Bundled]) -> Iterator[tuple[int, Snapshot, Listing]]:
    """The listings of bundled releases with their numbers, below zero."""
    every = ((release, listing) for release, listings in bundled for listing in listings)
    yield from ((-place, release, listing) for place, (release, listing) in enumerate(every, start=1))


_EXTRA = -(1 << 30)
"""Numbers of extra listings begin here, far below those of bundled ones."""


def _joined(extra: Collection[Listing], on: dt.date, known_at: dt.datetime) -> Iterator[ListUsed]:
    """The extra listings as a release of their own, named by what they say."""
    name = digest(b"\n".join(sorted(map(canonical, extra))))
    for list_id, count in sorted(Counter(one.list for one in extra).items()):
        source = next(one.source for one in extra if one.list == list_id)
        yield ListUsed(id=list_id, source=source, snapshot=name, as_of=on, fetched_at=known_at, entries=count)


def _used(list_id: str, release: Snapshot, count: int) -> ListUsed:
    return ListUsed(
        id=list_id,
        source=release.source,
        snapshot=release.id,
        as_of=release.published_on,
        fetched_at=release.fetched_at,
        entries=count,
    )


def _in_doubt(used: ListUsed, count: int) -> ListUsed:
    """The same, of which `count` of the entries are in doubt."""
    return msgspec.structs.replace(used, entries=used.entries - count, in_doubt=used.in_doubt + count)


FRESH_DAYS = 60
"""Within so many days releases of two sources are taken to be of the same age."""


def knows(releases: list[Snapshot], on: dt.date) -> tuple[int, int]:
    """How far a source is from knowing a day: a class and a number of days, the least best.

    `releases` are in order of publication. Best is a release at most sixty days old on the day. Next a later
    one, which tells what had begun by then and misses only what was removed in between: the nearer the less.
    Last an older one, which misses all that was added since.
    """
    past = [release.published_on for release in releases if release.published_on <= on]
    later = [release.published_on for release in releases if release.published_on > on]
    if past and (on - past[-1]).days <= FRESH_DAYS:
        return 0, 0
    return (_BY_LATER, (later[0] - on).days) if later else (2, (on - past[-1]).days)


_BY_LATER = 1
"""The class of a source that knows a day by a later release."""


def nearest(known: Mapping[str, tuple[int, int]], ranks: Mapping[str, int]) -> str:
    """The source that speaks: of those within sixty days of the one that knows most, the nearest to the law."""
    best = min(known.values())
    level = [s for s, (kind, days) in known.items() if kind == best[0] and days <= best[1] + FRESH_DAYS]
    return min(level, key=lambda source: (ranks.get(source, 5), source))


def _left(store: Store, releases: Mapping[str, list[Snapshot]], on: dt.date) -> dict[str, set[str]]:
    """The lists that a source leaves to another: its later release dates no entry of them, so that it cannot tell what had
    begun by the day, and the other has an older release that is nearer to the day.
    """
    older = {source: past for source, of in releases.items() if (past := _past(of, on))}
    left: dict[str, set[str]] = {}
    for source, of in releases.items():
        if knows(of, on)[0] != _BY_LATER:
            continue
        later = next(release for release in of if release.published_on > on)
        own = min(abs((release.published_on - on).days) for release in (later, older.get(source, later)))
        nearer = [
            past for other, past in older.items() if other != source and (on - past.published_on).days < own
        ]
        undated = _undated(store, later) if nearer else set()
        for past in nearer if undated else ():
            printed = {row.list for row in store.facts(sorted(store.manifest(past)))}
            left[source] = left.get(source, set()) | (undated & printed)
    return left


def _past(releases: Iterable[Snapshot], on: dt.date) -> Snapshot | None:
    """The last release published up to a day."""
    return max(
        (one for one in releases if one.published_on <= on), key=lambda one: one.published_on, default=None
    )


def _undated(store: Store, release: Snapshot) -> set[str]:
    """The lists of which a release says of no entry since when it stands."""
    rows = list(store.facts(sorted(store.manifest(release))))
    return {row.list for row in rows} - {row.list for row in rows if row.starts}


class _Doubt(msgspec.Struct, frozen=True):
    """An entry that a release dates back, or does not date, and the earlier release that did not print it."""

    prints: Snapshot
    missed: Snapshot


class _Said(msgspec.Struct):
    """What one source says of a day: the versions in force or in doubt, the release that speaks, and counts by list."""

    release: Snapshot
    refs: list[int]
    counts: dict[str, int]
    gone: dict[int, Snapshot]
    doubts: dict[int, _Doubt]
    in_doubt: Counter[str]


def _of_source(
    store: Store, releases: list[Snapshot], on: dt.date, fed: set[str], dating: Dating | None
) -> _Said:
    """What one source says of a day; lists in `fed` are left to another source."""
    past = [release for release in releases if release.published_on <= on]
    later = [release for release in releases if release.published_on > on]
    asked = [*past[-1:], *later]
    said = _Said(asked[0], [], {}, {}, {}, Counter())
    judged: dict[str, list[int]] = {}
    before: set[int] = set()
    families: dict[int, str] = {}
    printed: list[tuple[Snapshot, set[str]]] = []
    for place, release in enumerate(asked):
        speaks = place == 0
        manifest = set(store.manifest(release))
        # A text that an earlier release printed has been judged already.
        rows = list(store.facts(sorted(manifest - before)))
        families |= {row.number: family(row.listing) for row in rows}
        rows = [row for row in rows if row.list not in fed]
        starts = {row.number: row.starts for row in rows}
        starts |= dating.starts(store, rows, on) if dating else {}
        if speaks:
            said.counts |= dict.fromkeys((row.list for row in rows), 0)
        if not speaks or release.published_on > on:
            rows = [row for row in rows if row.listing not in judged]
            years = _years(store, [number for number, day in starts.items() if day is None])
            rows = [row for row in rows if years.get(row.number, 0) <= on.year]
            starts |= {number: dt.date(year, 12, 31) for number, year in years.items() if year < on.year}
            # The last release of a day was looked at on it; what came after it came on some day until the next.
            between = place == 1 and past and past[-1].published_on < on
            if not speaks:
                rows = [
                    r
                    for r in rows
                    if starts[r.number] or (between and families[r.number] not in printed[0][1])
                ]
        rows = [row for row in rows if _stands(row, starts[row.number], release, on)]
        if not speaks:
            gone = [number for numbers in judged.values() for number in numbers if number not in manifest]
            rows = _new(store, rows, gone)
        for row in rows:
            said.refs.append(row.number)
            judged.setdefault(row.listing, []).append(row.number)
            missed = _missed(printed, families[row.number], starts[row.number])
            if not speaks and starts[row.number] is None:
                missed = past[-1]
            if missed:
                said.doubts[row.number] = _Doubt(release, missed)
                said.in_doubt[row.list] += 1
            said.counts[row.list] = said.counts.get(row.list, 0) + (missed is None)
        if place == 1 and past:
            said.gone = _gone(store, before & set(said.refs), manifest - before, manifest, release)
        before |= manifest
        printed.append((release, {families[number] for number in manifest}))
    return said


def _missed(
    printed: Iterable[tuple[Snapshot, set[str]]], key: str, starts: dt.date | None
) -> Snapshot | None:
    """The first release that should have printed an entry that began on `starts`, and did not.

    A copy follows the law with some delay, so that a release of the first sixty days proves nothing.
    """
    due = starts and starts + dt.timedelta(days=FRESH_DAYS)
    return next(
        (release for release, keys in printed if due and release.published_on > due and key not in keys), None
    )


def _years(store: Store, numbers: list[int]) -> dict[int, int]:
    """The year of the first rule that a text cites, for those that cite any: it cannot have begun before."""
    return {
        number: min(citation.year for citation in listing.citations)
        for number, listing in (store.listings(sorted(numbers)) if numbers else ())
        if listing.citations
    }


_BASES = {
    "rule": "the rule that it cites took effect on {day}",
    "citation": "the page of the Federal Register that it cites is of {day}",
    "start_date": "{day} is printed as its start",
    "correction": "a reviewed correction says that it began on {day}",
}


def _reserved(
    store: Store | None,
    held: Mapping[int, Listing],
    dating: Dating | None,
    doubts: Mapping[int, _Doubt],
    on: dt.date,
) -> Iterator[tuple[int, Reservation]]:
    """What is to be said of each entry in doubt: what both releases tell, and what follows."""
    for ref, listing in _read(store, held, dating, doubts):
        doubt = doubts[ref]
        days = [day for day in (listing.valid_from, listing.version_from) if day]
        if days:
            basis = _BASES.get(listing.dated_by or "", "it says that it began on {day}").format(day=max(days))
        elif listing.citations:
            basis = (
                f"the first rule that it cites is of the year {min(one.year for one in listing.citations)}"
            )
        else:
            basis = "nothing says since when"
        text = (
            f"whether it was in force on {on} is not known: the release of {doubt.prints.published_on} prints it, and {basis}; "
            f"the release of {doubt.missed.published_on} did not print it"
        )
        yield ref, Reservation(kind="in_doubt", since=max(days, default=None), text=text)


def _stands(row: sa.Row[Any], starts: dt.date | None, release: Snapshot, on: dt.date) -> bool:
    """Whether the dates of a text allow it to be in force on a day, when it begins with `starts`.

    An end that was still ahead when the release was printed may have been put off since: orders are renewed,
    and a release that is older than the day asked cannot say.
    """
    if starts and starts > on:
        return False
    return not (
        row.ends and row.ends < on and (row.ends < release.published_on or release.published_on >= on)
    )


def _new(store: Store, rows: list[sa.Row[Any]], gone: list[int]) -> list[sa.Row[Any]]:
    """Those of the entries that a later release dates back which are no earlier entry under another key."""
    if not rows or not gone:
        return rows
    come = dict(store.listings([row.number for row in rows]))
    known = {
        family(now.id)
        for was, now in pair((one for _, one in store.listings(gone)), come.values())
        if was and now
    }
    return [row for row in rows if family(row.listing) not in known]


def _gone(
    store: Store, taken: set[int], new: set[int], manifest: set[int], release: Snapshot
) -> dict[int, Snapshot]:
    """Those of `taken` whose listing has no text in the next release at all."""
    still = {row.listing for row in store.facts(sorted(new))}
    return {row.number: release for row in store.facts(sorted(taken - manifest)) if row.listing not in still}
