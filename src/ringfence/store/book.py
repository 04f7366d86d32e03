"""The book: the customers and suppliers that are screened, each with every text it ever had.

As with lists, nothing is changed in place. A *version* is one text of one party, named by its content; a *change* says
from when on a party has it, or that it left the book. The book at an instant is the last change of each party by then.
"""

import datetime as dt
import itertools
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Literal

import msgspec
import sqlalchemy as sa

from ringfence.errors import NotKnown
from ringfence.records import Query
from ringfence.records.bulk import Firsts, mark
from ringfence.records.codec import canonical, digest, pack, unpack
from ringfence.store.database import PartOfStore
from ringfence.store.tables import book_change, book_version

Role = Literal["customer", "supplier", "other"]
BookAction = Literal["added", "changed", "removed"]

_ROWS = 2_000
CHUNK = 5_000
"""Parties that are held at once by who goes through the whole book."""


class BookParty(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One party of the book: its id with the user, what it is to the user, and what is screened."""

    id: str
    role: Role = "other"
    query: Query

    @classmethod
    def of_query(cls, query: Query, role: Role = "other") -> "BookParty":
        """The party that a row describes; its place in a file is no part of it. The query has an id."""
        assert query.id is not None  # noqa: S101 - callers refuse rows without one
        return cls(id=query.id, role=role, query=msgspec.structs.replace(query, row=None))

    @property
    def digest(self) -> str:
        """The name of exactly this text of the party."""
        return digest(canonical(self))


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A party as it stands in the book: which version, since when, and who put it there from where."""

    party: BookParty
    version: str
    at: dt.datetime
    by: str
    origin: str


class BookChange(msgspec.Struct, frozen=True, kw_only=True):
    """One party that came, changed or left. `fields` name what is new about it."""

    id: str
    action: BookAction
    at: dt.datetime
    by: str
    origin: str
    before: BookParty | None
    after: BookParty | None

    @property
    def name(self) -> str:
        """The name it has, or had."""
        party = self.after or self.before
        return party.query.name if party else ""

    @property
    def fields(self) -> tuple[str, ...]:
        """What differs between the two texts of a changed party."""
        if self.before is None or self.after is None:
            return ()
        was, now = _told(self.before), _told(self.after)
        return tuple(field for field in now if was[field] != now[field])


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """How many parties an import added, changed and left as they were, or would; `missing` are in the book alone."""

    added: int
    changed: int
    same: int
    missing: int


class PartyBook(PartOfStore):
    """The book of one store."""

    def put(
        self,
        parties: Iterable[BookParty],
        *,
        at: dt.datetime,
        by: str,
        origin: str,
        whole: bool = False,
        keep_roles: bool = False,
        dry: bool = False,
        tell: Callable[[BookChange], None] = lambda _: None,
        progress: Callable[[int], None] | None = None,
    ) -> Imported:
        """Add parties and change those that differ, each id once, all in one transaction; `dry` only says what that would do.

        `whole` says that these are all the parties there are: those missing leave the book. With `keep_roles` a party of the
        book stays what it was to the user. `tell` is called with every change, `progress` with how many parties were looked at.
        Parties are taken in runs of 5,000, so that memory does not grow with the file, but for sixteen bytes of each id.
        """
        added = changed = same = held_before = 0
        ids = Firsts()
        given = iter(parties)
        with self._database.read() if dry else self._database.write() as connection:
            upto = connection.execute(sa.select(sa.func.max(book_change.c.number))).scalar() or 0
            before = _count(connection, upto)
            while wanted := {party.id: party for party in itertools.islice(given, CHUNK)}:
                held = {kept.party.id: kept for kept in _current(connection, ids=wanted)}
                if keep_roles:
                    wanted |= {
                        one: msgspec.structs.replace(wanted[one], role=kept.party.role)
                        for one, kept in held.items()
                    }
                changes = [
                    BookChange(
                        id=party.id,
                        action="changed" if (was := held.get(party.id)) else "added",
                        at=at,
                        by=by,
                        origin=origin,
                        before=was.party if was else None,
                        after=party,
                    )
                    for party in wanted.values()
                    if party.id not in held or held[party.id].version != party.digest
                ]
                _put(connection, changes, tell, dry=dry)
                new = len(wanted) - len(held)
                added, changed = added + new, changed + len(changes) - new
                same += len(wanted) - len(changes)
                held_before += len(held)
                for party_id in wanted if whole else ():
                    ids.first(mark(party_id), 0)
                if progress:
                    progress(added + changed + same)
            for run in _runs(partial(_run, connection, upto)) if whole else ():
                gone = [kept for kept in run if ids.find(mark(kept.party.id)) is None]
                _put(connection, [_left(kept, at, by, origin) for kept in gone], tell, dry=dry)
        return Imported(added=added, changed=changed, same=same, missing=before - held_before)

    def remove(
        self, ids: Collection[str], *, at: dt.datetime, by: str, origin: str
    ) -> tuple[BookChange, ...]:
        """Take parties out of the book; their versions stay in the record. Raises NotKnown, and takes none, for an id
        that is not in it.
        """
        with self._database.write() as connection:
            held = {kept.party.id: kept for kept in _current(connection, ids=ids)}
            for party_id in ids:
                if party_id not in held:
                    raise NotKnown(f"no party {party_id!r} in the book. See them with: ringfence book list")
            changes = tuple(_left(held[party_id], at, by, origin) for party_id in dict.fromkeys(ids))
            _write(connection, changes)
        return changes

    def parties(
        self, *, known_at: dt.datetime | None = None, ids: Collection[str] | None = None
    ) -> list[Kept]:
        """The book as it stood at an instant, or stands now, by id; all of it or some ids."""
        with self._database.read() as connection:
            return _current(connection, known_at=known_at, ids=ids)

    def last(self) -> int:
        """The number of the last change; 0 before the first. Changes are numbered in the order in which they were made."""
        with self._database.read() as connection:
            return connection.execute(sa.select(sa.func.max(book_change.c.number))).scalar() or 0

    def chunks(self, upto: int) -> Iterator[list[Kept]]:
        """The book as its change `upto` left it, in runs of some thousand parties, each read when it is asked for."""

        def behind(party_id: str) -> Sequence[sa.Row[Any]]:
            with self._database.read() as connection:
                return _run(connection, upto, party_id)

        return _runs(behind)

    def count(self, upto: int) -> int:
        """How many parties the book has as its change `upto` left it."""
        with self._database.read() as connection:
            return _count(connection, upto)

    def versions(self, party_id: str) -> list[BookChange]:
        """Everything that happened to one party, oldest first. Raises NotKnown."""
        found = list(self._changes(book_change.c.party == party_id))
        if not found:
            raise NotKnown(f"no party {party_id!r} was ever in the book. See it with: ringfence book list")
        return found

    def diff(self, since: dt.datetime, until: dt.datetime | None = None) -> list[BookChange]:
        """What differs between the book at two instants, by id: each party once, whatever happened to it between."""
        before = {kept.party.id: kept for kept in self.parties(known_at=since)}
        after = {kept.party.id: kept for kept in self.parties(known_at=until)}
        lefts = {
            change.id: change
            for change in self._changes(book_change.c.version.is_(None))
            if change.at > since and (until is None or change.at <= until)
        }
        out = []
        for party_id in sorted(before.keys() | after.keys()):
            was, now = before.get(party_id), after.get(party_id)
            if was and now and was.version == now.version:
                continue
            left = lefts.get(party_id) if now is None else None
            action: BookAction = "removed" if now is None else "changed" if was else "added"
            out.append(
                BookChange(
                    id=party_id,
                    action=action,
                    at=now.at if now else left.at if left else since,
                    by=now.by if now else left.by if left else "",
                    origin=now.origin if now else left.origin if left else "",
                    before=was.party if was else None,
                    after=now.party if now else None,
                )
            )
        return out

    def _changes(self, where: sa.ColumnElement[bool]) -> Iterator[BookChange]:
        query = (
            sa.select(book_change, book_version.c.body)
            .join_from(
                book_change, book_version, book_change.c.version == book_version.c.number, isouter=True
            )
            .where(where)
            .order_by(book_change.c.number)
        )
        last: dict[str, BookParty | None] = {}
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        for row in rows:
            before, after = last.get(row.party), _party(row.body) if row.body is not None else None
            last[row.party] = after
            yield BookChange(
                id=row.party,
                action="removed" if after is None else "changed" if before else "added",
                at=row.at.replace(tzinfo=dt.UTC),
                by=row.by,
                origin=row.origin,
                before=before,
                after=after,
            )


def _current(
    connection: sa.Connection,
    *,
    known_at: dt.datetime | None = None,
    ids: Collection[str] | None = None,
) -> list[Kept]:
    last = sa.select(sa.func.max(book_change.c.number)).group_by(book_change.c.party)
    if known_at is not None:
        last = last.where(book_change.c.at <= known_at.astimezone(dt.UTC).replace(tzinfo=None))
    found: list[Kept] = []
    for part in _parts(ids):
        chosen = last if part is None else last.where(book_change.c.party.in_(part))
        query = _KEPT.where(book_change.c.number.in_(chosen), book_change.c.version.is_not(None))
        found += [_kept(row) for row in connection.execute(query)]
    return sorted(found, key=lambda kept: kept.party.id)


def _run(connection: sa.Connection, upto: int, after: str) -> Sequence[sa.Row[Any]]:
    """The next parties behind an id, as the change `upto` left them; those that had left by then have no text."""
    last = (
        sa.select(book_change.c.party, sa.func.max(book_change.c.number).label("number"))
        .where(book_change.c.number <= upto, book_change.c.party > after)
        .group_by(book_change.c.party)
        .order_by(book_change.c.party)
        .limit(CHUNK)
    ).subquery()
    query = _KEPT.join(last, last.c.number == book_change.c.number)
    return connection.execute(query.order_by(book_change.c.party)).all()


def _runs(behind: Callable[[str], Sequence[sa.Row[Any]]]) -> Iterator[list[Kept]]:
    """The whole book in runs; `behind` gives the next rows behind an id."""
    after = ""
    while True:
        rows = behind(after)
        yield [_kept(row) for row in rows if row.body is not None]
        if len(rows) < CHUNK:
            return
        after = rows[-1].party


def _count(connection: sa.Connection, upto: int) -> int:
    last = sa.select(sa.func.max(book_change.c.number)).where(book_change.c.number <= upto)
    held = book_change.c.number.in_(last.group_by(book_change.c.party))
    counted = sa.select(sa.func.count()).where(held, book_change.c.version.is_not(None))
    return connection.execute(counted).scalar_one()


_KEPT = sa.select(book_change, book_version.c.body, book_version.c.digest).join_from(
    book_change, book_version, book_change.c.version == book_version.c.number, isouter=True
)


def _kept(row: sa.Row[Any]) -> Kept:
    return Kept(
        party=_party(row.body),
        version=f"sha256:{row.digest.hex()}",
        at=row.at.replace(tzinfo=dt.UTC),
        by=row.by,
        origin=row.origin,
    )


def _put(
    connection: sa.Connection, changes: Sequence[BookChange], tell: Callable[[BookChange], None], *, dry: bool
) -> None:
    if not dry:
        _write(connection, changes)
    for change in changes:
        tell(change)


def _write(connection: sa.Connection, changes: Sequence[BookChange]) -> None:
    """Record changes; texts that the store does not hold yet are written first."""
    for start in range(0, len(changes), _ROWS):
        part = changes[start : start + _ROWS]
        keys = {change.id: _key(change.after) for change in part if change.after}
        held = _numbers(connection, keys.values())
        new = {
            keys[change.id]: {
                "party": change.id,
                "digest": keys[change.id],
                "body": zlib.compress(pack(change.after), 3),
            }
            for change in part
            if change.after and keys[change.id] not in held
        }
        if new:
            connection.execute(book_version.insert(), list(new.values()))
            held |= _numbers(connection, new)
        connection.execute(
            book_change.insert(),
            [
                {
                    "party": change.id,
                    "version": held[keys[change.id]] if change.after else None,
                    "at": change.at.astimezone(dt.UTC).replace(tzinfo=None),
                    "by": change.by,
                    "origin": change.origin,
                }
                for change in part
            ],
        )


def _numbers(connection: sa.Connection, keys: Iterable[bytes]) -> dict[bytes, int]:
    found: dict[bytes, int] = {}
    for part in _parts(list(keys)):
        query = sa.select(book_version.c.digest, book_version.c.number).where(
            book_version.c.digest.in_(part or ())
        )
        found |= {row.digest: row.number for row in connection.execute(query)}
    return found


def _parts(ids: Collection[Any] | None) -> Iterator[list[Any] | None]:
    """Runs that one statement can name; None stands for all."""
    if ids is None:
        yield None
        return
    ordered = list(dict.fromkeys(ids))
    for start in range(0, len(ordered), 500):
        yield ordered[start : start + 500]


def _left(kept: Kept, at: dt.datetime, by: str, origin: str) -> BookChange:
    return BookChange(
        id=kept.party.id, action="removed", at=at, by=by, origin=origin, before=kept.party, after=None
    )


def _key(party: BookParty) -> bytes:
    return bytes.fromhex(party.digest.removeprefix("sha256:"))


def _party(body: bytes) -> BookParty:
    return unpack(zlib.decompress(body), BookParty)


def _told(party: BookParty) -> Mapping[str, Any]:
    return {"role": party.role, **msgspec.structs.asdict(party.query)}


__all__ = ["BookAction", "BookChange", "BookParty", "Imported", "Kept", "PartyBook", "Role"]
