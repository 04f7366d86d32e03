"""What was listed when, as known when: snapshots in, listings and changes out.

The two clocks: *valid* time is the law's (the dates of the listings themselves, and the day each release
speaks for), *known* time is ours (when a release was recorded). A release is named by its bytes, so
loading it twice adds nothing, and releases may be loaded in any order.
"""

import contextlib
import datetime as dt
import sys
import zlib
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Literal

import msgspec
import sqlalchemy as sa

from ringfence.errors import NotKnown
from ringfence.records import Listing, Snapshot
from ringfence.records.codec import canonical, digest, pack, unpack
from ringfence.records.rule import FederalRegisterDocument, RuleStatus
from ringfence.store.database import Database
from ringfence.store.manifest import pack_manifest, unpack_manifest
from ringfence.store.parties import Ruling
from ringfence.store.tables import attempt, federal_register_document, naive, party_ruling, snapshot, version

_MANY = 500
_ROWS = 2_000
_MANIFESTS = 64
"""Manifests of releases that an open store remembers, some 100 kB each; then it begins anew."""

Clock = Callable[[], dt.datetime]
"""Reads the present instant, in UTC and to the microsecond."""

AttemptOutcome = Literal["loaded", "unchanged", "held_back", "failed"]


class Attempt(msgspec.Struct, frozen=True):
    """A refresh that was tried: when, from where, how it ended, and what was said."""

    source: str
    at: dt.datetime
    origin: str
    outcome: AttemptOutcome
    message: str


class Recorded(msgspec.Struct, frozen=True):
    """What recording a snapshot did. `new` is False when the store held it already.

    `changes` counts added, revised and removed listings by list, against the release before it.
    """

    snapshot: Snapshot
    new: bool
    previous: Snapshot | None
    changes: dict[str, Counter[str]]


class Store:
    """The history of every list, on one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._manifests: dict[tuple[str, str], array[int]] = {}
        self._lists: Sequence[str] = ()
        self._settled: dt.datetime | None = None

    @property
    def database(self) -> Database:
        """What the store is kept in, for what else is kept there."""
        return self._database

    @property
    def location(self) -> str:
        """Where the store is, for messages."""
        return self._database.location

    def record(
        self,
        release: Snapshot,
        listings: Iterable[Listing],
        *,
        account: object = None,
        progress: Callable[[int], None] | None = None,
        learned: Clock | None = None,
    ) -> Recorded:
        """Record a release and its listings, whole or not at all.

        Returns what changed against the release of the same source that precedes it in publication. `learned` reads the
        clock in the turn to write (`known`); without it the release itself says when it was recorded.
        """
        # What takes time is done before the turn to write: decisions of others do not wait for it.
        with self._database.read() as connection:
            known = self._numbers(connection, release.source)
        keys, texts = _prepared(listings, release.source, known.keys(), progress)
        with self._database.write() as connection:
            held = self._find(connection, release.source, release.id)
            if held is not None:
                return Recorded(held, new=False, previous=None, changes={})
            numbers = self._versions(connection, release.source, keys, texts)
            at = self._learned(connection, learned) if learned else release.recorded_at
            stored = msgspec.structs.replace(release, entries=len(numbers), recorded_at=at)
            connection.execute(
                snapshot.insert().values(
                    **{field: _kept(getattr(stored, field)) for field in Snapshot.__struct_fields__},
                    account=zlib.compress(canonical(account)),
                    manifest=pack_manifest(numbers),
                )
            )
            before = [s for s in self._snapshots(connection, release.source) if s.id != release.id]
            before = [s for s in before if s.published_on <= release.published_on]
            previous = before[-1] if before else None
            changes = self._count(connection, previous, stored)
        return Recorded(stored, new=True, previous=previous, changes=changes)

    def note(self, tried: Attempt) -> None:
        """Remember how a refresh ended."""
        with self._database.write() as connection:
            values = {field: _kept(getattr(tried, field)) for field in Attempt.__struct_fields__}
            connection.execute(attempt.insert().values(**values))

    def attempts(self, source: str | None = None) -> list[Attempt]:
        """The latest attempt of each source (or of one), newest first."""
        latest = sa.select(sa.func.max(attempt.c.number)).group_by(attempt.c.source)
        query = sa.select(attempt).where(attempt.c.number.in_(latest)).order_by(attempt.c.number.desc())
        if source:
            query = query.where(attempt.c.source == source)
        with self._database.read() as connection:
            return [_struct(Attempt, row) for row in connection.execute(query).mappings()]

    def attempts_of(self, source: str, most: int) -> list[Attempt]:
        """The last attempts of one source, newest first."""
        query = (
            sa.select(attempt).where(attempt.c.source == source).order_by(attempt.c.number.desc()).limit(most)
        )
        with self._database.read() as connection:
            return [_struct(Attempt, row) for row in connection.execute(query).mappings()]

    def known(self, now: dt.datetime) -> dt.datetime:
        """The instant to answer as known at when nobody says: nothing will be recorded up to it that is not there already.

        That is `now`, or the last instant at which anything was recorded where that is later, or while somebody writes:
        who writes reads the clock in the turn to write, and each time something later than all that came before.
        """
        at_rest = self._database.at_rest(wait=False)
        last = self._last_learned()
        if last is None and not at_rest:
            at_rest, last = self._database.at_rest(wait=True), self._last_learned()
        self._settled = now if last is None else max(now, last) if at_rest else last
        return self._settled

    def settle(self, known_at: dt.datetime) -> None:
        """Wait until nothing is under way any more that will have been recorded up to an instant.

        Nobody waits for an instant before the last at which anything was recorded. Raises StoreError when a writer
        takes longer than a minute.
        """
        if known_at == self._settled:
            return
        last = self._last_learned()
        if last is None or known_at > last:
            self._database.at_rest(wait=True)
        self._settled = known_at

    def _last_learned(self) -> dt.datetime | None:
        with self._database.read() as connection:
            return _last_learned(connection)

    def learned(self, known_at: dt.datetime) -> dt.datetime | None:
        """The last instant up to `known_at` at which anything was recorded: what is known is the same until the next."""
        with self._database.read() as connection:
            return _last_learned(connection, known_at)

    @staticmethod
    def _learned(connection: sa.Connection, clock: Clock) -> dt.datetime:
        """When what is written in this turn is recorded: by the clock, and later than all before it."""
        last = _last_learned(connection)
        return max(clock(), last + dt.timedelta(microseconds=1)) if last else clock()

    def keep_documents(
        self,
        documents: Iterable[FederalRegisterDocument],
        *,
        at: dt.datetime | None = None,
        learned: Clock | None = None,
    ) -> int:
        """Keep Federal Register documents, each text of one once. Returns how many were new.

        They are recorded at an instant, or as `learned` reads the clock in the turn to write.
        """
        with self._database.write() as connection:
            at = self._learned(connection, learned) if learned else at
            held = set(connection.scalars(sa.select(federal_register_document.c.digest)))
            rows = {}
            for document in documents:
                key = bytes.fromhex(digest(canonical(document)).removeprefix("sha256:"))
                if key not in held:
                    rows[key] = {
                        "document": document.document,
                        "digest": key,
                        "published_on": document.published_on,
                        "recorded_at": _kept(at),
                        "body": zlib.compress(pack(document)),
                    }
            if rows:
                connection.execute(federal_register_document.insert(), list(rows.values()))
            return len(rows)

    def documents(self, *, known_at: dt.datetime | None = None) -> list[FederalRegisterDocument]:
        """The Federal Register documents known, in order of publication; of each its latest text."""
        query = sa.select(federal_register_document.c.body).order_by(federal_register_document.c.number)
        if known_at:
            query = query.where(federal_register_document.c.recorded_at <= naive(known_at))
        with self._database.read() as connection:
            bodies = [
                unpack(zlib.decompress(body), FederalRegisterDocument) for body in connection.scalars(query)
            ]
        latest = {document.document: document for document in bodies}
        return sorted(latest.values(), key=lambda one: (one.published_on or dt.date.max, one.document))

    def rule(self, ruling: Ruling, learned: Clock | None = None) -> Ruling:
        """Remember what a person ruled about two listings, and give it as recorded. Earlier rulings stay in the record."""
        with self._database.write() as connection:
            if learned:
                ruling = msgspec.structs.replace(ruling, at=self._learned(connection, learned))
            values = {field: _kept(getattr(ruling, field)) for field in Ruling.__struct_fields__}
            connection.execute(party_ruling.insert().values(**values))
        return ruling

    def rulings(self, *, known_at: dt.datetime | None = None) -> list[Ruling]:
        """Every ruling made up to `known_at`, oldest first."""
        query = sa.select(party_ruling).order_by(party_ruling.c.number)
        if known_at:
            query = query.where(party_ruling.c.at <= naive(known_at))
        with self._database.read() as connection:
            return [_struct(Ruling, row) for row in connection.execute(query).mappings()]

    def snapshots(self, source: str | None = None, *, known_at: dt.datetime | None = None) -> list[Snapshot]:
        """The releases recorded up to `known_at`, in the order of their publication."""
        with self._database.read() as connection:
            return self._snapshots(connection, source, known_at)

    def counts(self, release: Snapshot) -> dict[str, int]:
        """How many entries a release holds, by list."""
        lists = self._lists_of(held := self._held(release))
        return dict(Counter(lists[number] for number in held))

    def account(self, release: Snapshot) -> dict[str, Any]:
        """The account that was kept of reading a release."""
        with self._database.read() as connection:
            data = connection.execute(
                sa.select(snapshot.c.account).where(
                    snapshot.c.source == release.source, snapshot.c.id == release.id
                )
            ).scalar_one()
        found: dict[str, Any] = msgspec.json.decode(zlib.decompress(data))
        return found

    def statuses(self, release: Snapshot) -> tuple[RuleStatus, ...]:
        """The texts of a code that a release prints as stayed, delayed or expiring; none for a list."""
        found = self.account(release)
        return msgspec.convert((found or {}).get("statuses", ()), tuple[RuleStatus, ...])

    def manifest(self, release: Snapshot) -> list[int]:
        """The version numbers of a release, ascending."""
        with self._database.read() as connection:
            return self._manifest(connection, release)

    def printed(self, release: Snapshot, numbers: Iterable[int]) -> set[int]:
        """Those of some version numbers that a release prints."""
        held = self._held(release)
        return {n for n in numbers if (p := bisect_left(held, n)) < len(held) and held[p] == n}

    def _held(self, release: Snapshot) -> "array[int]":
        """The version numbers of a release, ascending; remembered."""
        key = release.source, release.id
        held = self._manifests.get(key)
        if held is None:
            if len(self._manifests) >= _MANIFESTS:
                self._manifests = {}
            held = self._manifests[key] = array("I", self.manifest(release))
        return held

    def _lists_of(self, numbers: Collection[int]) -> Sequence[str]:
        """The list of each text, by its number, at least up to the highest of some. It never changes, so it is read once."""
        known = self._lists
        if (highest := max(numbers, default=0)) >= len(known):
            found = [*known, *[""] * (highest + 1 - len(known))]
            query = sa.select(version.c.number, version.c.list).where(
                version.c.number.between(len(known), highest)
            )
            with self._database.read() as connection:
                for number, list_id in connection.execute(query):
                    found[number] = sys.intern(list_id)
            known = self._lists = found
        return known

    def facts(self, numbers: Sequence[int]) -> Iterator[sa.Row[Any]]:
        """number, listing, list, starts, ends of versions, without their bodies."""
        with self._database.read() as connection:
            yield from self._facts(connection, numbers)

    def listings(self, numbers: Sequence[int]) -> Iterator[tuple[int, Listing]]:
        """Versions by number, decoded, in ascending order."""
        columns = (version.c.number, version.c.body)
        with self._database.read() as connection:
            for row in self._select(connection, columns, numbers):
                yield row.number, unpack(zlib.decompress(row.body), Listing)

    def numbers_of(self, listing: str) -> list[int]:
        """The numbers of every text of one listing; none when it was never recorded."""
        with self._database.read() as connection:
            return list(connection.scalars(_NUMBERS_OF, {"listing": listing}))

    def versions_of(self, listing: str) -> list[tuple[int, Listing]]:
        """Every text of one listing that was ever recorded. Raises NotKnown when there is none."""
        numbers = self.numbers_of(listing)
        if not numbers:
            raise NotKnown(
                f"no listing {listing!r} in {self.location}. Find its id with: ringfence search NAME"
            )
        return list(self.listings(numbers))

    def difference(
        self, before: Snapshot | None, after: Snapshot, lists: Collection[str] | None = None
    ) -> tuple[list[Listing], list[Listing]]:
        """The texts that only the earlier, and those that only the later of two releases prints, of `lists`."""
        was, now = set(self._held(before)) if before else set(), set(self._held(after))
        sides = []
        for side in (was - now, now - was):
            of = self._lists_of(side)
            wanted = [number for number in side if lists is None or of[number] in lists]
            sides.append([listing for _, listing in self.listings(wanted)])
        return sides[0], sides[1]

    @staticmethod
    def _numbers(connection: sa.Connection, source: str) -> dict[bytes, int]:
        """The number of each text of a source that the store holds, by its digest."""
        query = sa.select(version.c.digest, version.c.number).where(version.c.source == source)
        return dict(connection.execute(query).all())

    @classmethod
    def _versions(
        cls,
        connection: sa.Connection,
        source: str,
        keys: Sequence[bytes],
        texts: Mapping[bytes, dict[str, Any]],
    ) -> list[int]:
        """The numbers of all texts named by `keys`, those of `texts` that are still new written first."""
        held = cls._numbers(connection, source)
        rows = [row for key, row in texts.items() if key not in held]
        for start in range(0, len(rows), _ROWS):
            connection.execute(version.insert(), rows[start : start + _ROWS])
        if rows:
            held = cls._numbers(connection, source)
        return [held[key] for key in keys]

    def _count(
        self, connection: sa.Connection, before: Snapshot | None, after: Snapshot
    ) -> dict[str, Counter[str]]:
        old, new = self._difference(connection, before, after)
        was = {row.listing: row.list for row in self._facts(connection, old)}
        now = {row.listing: row.list for row in self._facts(connection, new)}
        counts: dict[str, Counter[str]] = {}
        for key in was.keys() | now.keys():
            kind = "added" if key not in was else "removed" if key not in now else "changed"
            counts.setdefault(now.get(key) or was[key], Counter())[kind] += 1
        return dict(sorted(counts.items()))

    def _difference(
        self, connection: sa.Connection, before: Snapshot | None, after: Snapshot
    ) -> tuple[list[int], list[int]]:
        old = set(self._manifest(connection, before)) if before else set()
        new = set(self._manifest(connection, after))
        return sorted(old - new), sorted(new - old)

    @staticmethod
    def _find(connection: sa.Connection, source: str, release_id: str) -> Snapshot | None:
        query = sa.select(snapshot).where(snapshot.c.source == source, snapshot.c.id == release_id)
        row = connection.execute(query).mappings().first()
        return _struct(Snapshot, row) if row else None

    @staticmethod
    def _snapshots(
        connection: sa.Connection, source: str | None = None, known_at: dt.datetime | None = None
    ) -> list[Snapshot]:
        columns = [snapshot.c[field] for field in Snapshot.__struct_fields__]
        query = sa.select(*columns).order_by(snapshot.c.published_on, snapshot.c.number)
        if source:
            query = query.where(snapshot.c.source == source)
        if known_at:
            query = query.where(snapshot.c.recorded_at <= naive(known_at))
        return [_struct(Snapshot, row) for row in connection.execute(query).mappings()]

    @staticmethod
    def _manifest(connection: sa.Connection, release: Snapshot) -> list[int]:
        query = sa.select(snapshot.c.manifest).where(
            snapshot.c.source == release.source, snapshot.c.id == release.id
        )
        return unpack_manifest(connection.execute(query).scalar_one())

    @classmethod
    def _facts(cls, connection: sa.Connection, numbers: Sequence[int]) -> Iterator[sa.Row[Any]]:
        columns = (version.c.number, version.c.listing, version.c.list, version.c.starts, version.c.ends)
        yield from cls._select(connection, columns, numbers)

    @staticmethod
    def _select(
        connection: sa.Connection, columns: Sequence[sa.Column[Any]], numbers: Sequence[int]
    ) -> Iterator[sa.Row[Any]]:
        """Rows of `version` by number. A dense set is read in one sweep, a sparse one by its numbers."""
        wanted = set(numbers)
        if not wanted:
            return
        low, high = min(wanted), max(wanted)
        if len(wanted) * 8 >= high - low:
            query = sa.select(*columns).where(version.c.number.between(low, high)).order_by(version.c.number)
            with connection.execute(query.execution_options(yield_per=_ROWS)) as found:
                yield from (row for row in found if row.number in wanted)
            return
        ordered = sorted(wanted)
        for start in range(0, len(ordered), _MANY):
            part = ordered[start : start + _MANY]
            yield from connection.execute(_by_numbers(tuple(columns)), {"numbers": part})


def _last_learned(connection: sa.Connection, known_at: dt.datetime | None = None) -> dt.datetime | None:
    """The last instant, up to `known_at`, at which anything was recorded that `known_at` leaves out when it is earlier."""
    last = []
    for column in (snapshot.c.recorded_at, federal_register_document.c.recorded_at, party_ruling.c.at):
        query = sa.select(sa.func.max(column))
        last.append((query.where(column <= naive(known_at)) if known_at else query).scalar_subquery())
    found = connection.execute(sa.select(*last))
    return max((one.replace(tzinfo=dt.UTC) for one in found.one() if one), default=None)


@cache
def _by_numbers(columns: tuple[sa.Column[Any], ...]) -> sa.Select[Any]:
    numbers: sa.BindParameter[Any] = sa.bindparam("numbers", expanding=True)
    return sa.select(*columns).where(version.c.number.in_(numbers)).order_by(version.c.number)


_NUMBERS_OF = sa.select(version.c.number).where(version.c.listing == sa.bindparam("listing"))


@contextlib.contextmanager
def open_store(location: str) -> Iterator[Store]:
    """The store at `location`, a file path or a database address, created when it is not there.

    Raises StoreError when it cannot be opened or written, WrongSchema when a newer ringfence wrote it.
    """
    with Database.open(location) as database:
        yield Store(database)


def _prepared(
    listings: Iterable[Listing],
    source: str,
    known: Collection[bytes],
    progress: Callable[[int], None] | None,
) -> tuple[list[bytes], dict[bytes, dict[str, Any]]]:
    """The digest of each listing, and the rows of those that are not `known`."""
    keys: list[bytes] = []
    texts: dict[bytes, dict[str, Any]] = {}
    for count, listing in enumerate(listings, start=1):
        key = bytes.fromhex(digest(canonical(listing)).removeprefix("sha256:"))
        keys.append(key)
        if key not in known and key not in texts:
            texts[key] = _row(listing, source, key)
        if progress and count % _ROWS == 0:
            progress(count)
    return keys, texts


def _row(listing: Listing, source: str, key: bytes) -> dict[str, Any]:
    starts = [day for day in (listing.valid_from, listing.version_from) if day]
    ends = [day for day in (listing.valid_until, listing.version_until) if day]
    return {
        "listing": listing.id,
        "list": listing.list,
        "source": source,
        "digest": key,
        "starts": max(starts, default=None),
        "ends": min(ends, default=None),
        "body": zlib.compress(pack(listing), 3),
    }


def _kept(value: Any) -> Any:
    """A value of a record as its column holds it."""
    return naive(value) if isinstance(value, dt.datetime) else value


def _struct(kind: Any, row: Mapping[Any, Any]) -> Any:
    fields = {field: row[field] for field in kind.__struct_fields__}
    for field, value in fields.items():
        if isinstance(value, dt.datetime):
            fields[field] = value.replace(tzinfo=dt.UTC)
    return kind(**fields)
