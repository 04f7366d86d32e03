"""The book: the customers and suppliers that are screened, each with every text it ever had.

As with lists, nothing is changed in place. A *version* is one text of one party, named by its content; a *change* says
from when on a party has it, or that it left the book. The book at an instant is the last change of each party by then.
"""

import datetime as dt
import itertools
import zlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

import msgspec
import sqlalchemy as sa

from ringfence.errors import Conflict, NotKnown
from ringfence.records import Query
from ringfence.records.bulk import Firsts, Spool, mark
from ringfence.records.codec import canonical, digest, pack, unpack
from ringfence.store.database import Database, PartOfStore
from ringfence.store.tables import book_change, book_version, naive

Role = Literal["customer", "supplier", "other"]
BookAction = Literal["added", "changed", "removed"]

_ROWS = 2_000
CHUNK = 5_000
"""Parties that are held at once by who goes through the whole book."""
_STRETCH = 50
"""Texts with numbers in a row from which on they are named by the first and the last."""
_SAME, _LAST = 0, -1
"""In place of the number of a text: the party has it already; it is in the last run."""


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
        """Add parties and change those that differ, each id once, all or none; `dry` only says what that would do.

        `whole` says that these are all the parties there are: those missing leave the book. With `keep_roles` a party of the
        book stays what it was to the user. `tell` is called with every change, `progress` with how many parties were looked at.
        Parties are taken in runs of 5,000, so that memory does not grow with the file, but for sixteen bytes of each id,
        and the turn to write is short (`_Import`). Raises Conflict, and changes none, when others changed more than a run of
        the same parties meanwhile.
        """
        with Spool(_Rows) as sheet:
            put = _Import(self, self._database, sheet, tell, at=at, by=by, origin=origin)
            put.keep_roles, put.dry = keep_roles, dry
            given = iter(parties)
            run = _next_run(given)
            while following := _next_run(given):
                put.ahead(run)
                if progress:
                    progress(put.done)
                run = following
            done = put.end(run, whole=whole)
            if progress:
                progress(put.done)
        return done

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


class _Rows(msgspec.Struct, frozen=True, array_like=True):
    """Changes that wait for the turn to write: the ids of parties, each with the number of its text; None for who leaves."""

    rows: tuple[tuple[str, int | None], ...]


class _Import:
    """An import, whose turn to write is short whatever the size of the file.

    All but the last run is compared *ahead* of the turn, with the book as its change `upto` left it, and the new texts are
    written there and then, each run in a turn of its own. That is safe because a text without a change is nowhere in the book: an
    import that dies leaves texts that nobody sees, and that the next one uses. In the one turn that counts, the last run is
    compared, and the rows that say who has which text are written. A party that was compared ahead and that somebody else
    changed since is compared once more then, so that the book is as if the whole import had happened in that turn; but who
    came or was changed meanwhile does not leave for being missing in a file that was read before.
    """

    keep_roles = dry = False

    def __init__(
        self,
        book: PartyBook,
        database: Database,
        sheet: Spool[_Rows],
        tell: Callable[[BookChange], None],
        *,
        at: dt.datetime,
        by: str,
        origin: str,
    ) -> None:
        self._book, self._database, self._sheet, self._tell = book, database, sheet, tell
        self._at, self._by, self._origin = at, by, origin
        self._upto = book.last()
        self._given = Firsts()
        """The parties of the file; for who is to change, the number of the text."""
        self._held = 0
        self._counts: Counter[str] = Counter()

    @property
    def done(self) -> int:
        """How many parties were looked at."""
        return sum(self._counts.values())

    def ahead(self, run: Mapping[str, BookParty]) -> None:
        """Compare a run, and write its new texts."""
        with self._database.read() as connection:
            held = _current(connection, upto=self._upto, ids=run)
        changes = self._compared(run, held)
        numbers: dict[str, int] = {}
        if changes and not self.dry:
            texts = _texts(changes)
            with self._database.write() as connection:
                numbers = _keep(connection, texts)
        self._sheet.add(_Rows(tuple(numbers.items())))
        for party in run:
            self._given.first(mark(party), numbers.get(party, _SAME))
        self._held += len(held)
        for change in changes:
            self._tell(change)

    def end(self, run: Mapping[str, BookParty], *, whole: bool) -> Imported:
        """Compare the last run, and write what is to be written."""
        with self._database.read() as connection:
            before = _count(connection, self._upto)
            self._held += len(_current(connection, upto=self._upto, ids=run))
        missing = before - self._held
        if whole and missing:
            for party in run:
                self._given.first(mark(party), _LAST)
            for chunk in self._book.chunks(self._upto):
                gone = [kept for kept in chunk if self._given.find(mark(kept.party.id)) is None]
                self._sheet.add(_Rows(tuple((kept.party.id, None) for kept in gone)))
                for kept in gone:
                    self._tell(_left(kept, self._at, self._by, self._origin))
        with self._database.read() if self.dry else self._database.write() as connection:
            since, again = self._since(connection)
            wanted = {**again, **run}
            changes = self._compared(wanted, _current(connection, ids=wanted))
            for part in () if self.dry else self._sheet:
                rows = [row for row in part.rows if row[0] not in since]
                _point(connection, rows, self._at, self._by, self._origin)
                missing -= _leaving(part.rows) - _leaving(rows)
            if not self.dry:
                _write(connection, changes)
        for change in changes:
            self._tell(change)
        return Imported(
            added=self._counts["added"],
            changed=self._counts["changed"],
            same=self._counts["same"],
            missing=missing,
        )

    def _since(self, connection: sa.Connection) -> tuple[set[str], dict[str, BookParty]]:
        """Who was changed by others since the comparison began, and what the file says of those of them compared ahead.

        What was counted of these is taken back.
        """
        if self.dry:
            return set(), {}
        behind = book_change.c.number > self._upto
        if last := connection.execute(sa.select(sa.func.max(book_change.c.at)).where(behind)).scalar():
            # What comes after another change is not said to have been so before it.
            self._at = max(self._at, last.replace(tzinfo=dt.UTC))
        if not self._sheet:
            return set(), {}
        since = set(connection.scalars(sa.select(book_change.c.party).where(behind)))
        numbers: dict[str, int] = {}
        for party in since:
            number = self._given.find(mark(party))
            if number is not None and number != _LAST:
                numbers[party] = number
        if len(numbers) > CHUNK:
            raise Conflict(
                f"somebody else has changed {len(numbers):,} of these parties meanwhile; nothing was imported. Import again."
            )
        held = {kept.party.id: kept.party for kept in _current(connection, upto=self._upto, ids=numbers)}
        new = _bodies(connection, {number for number in numbers.values() if number})
        again = {party: new[number] if number else held[party] for party, number in numbers.items()}
        for party in again:
            self._counts["added" if party not in held else "changed" if numbers[party] else "same"] -= 1
        return since, again

    def _compared(self, run: Mapping[str, BookParty], held: Sequence[Kept]) -> list[BookChange]:
        """What a run changes in what the book holds of it; counted."""
        old = {kept.party.id: kept for kept in held}
        changes: list[BookChange] = []
        for wanted in run.values():
            was = old.get(wanted.id)
            after = (
                msgspec.structs.replace(wanted, role=was.party.role) if was and self.keep_roles else wanted
            )
            if was and was.version == after.digest:
                self._counts["same"] += 1
                continue
            action: BookAction = "changed" if was else "added"
            self._counts[action] += 1
            changes.append(
                BookChange(
                    id=wanted.id,
                    action=action,
                    at=self._at,
                    by=self._by,
                    origin=self._origin,
                    before=was.party if was else None,
                    after=after,
                )
            )
        return changes


def _leaving(rows: Sequence[tuple[str, int | None]]) -> int:
    return sum(version is None for _, version in rows)


def _next_run(given: Iterator[BookParty]) -> dict[str, BookParty]:
    return {party.id: party for party in itertools.islice(given, CHUNK)}


def _current(
    connection: sa.Connection,
    *,
    known_at: dt.datetime | None = None,
    upto: int | None = None,
    ids: Collection[str] | None = None,
) -> list[Kept]:
    last = sa.select(sa.func.max(book_change.c.number)).group_by(book_change.c.party)
    if upto is not None:
        last = last.where(book_change.c.number <= upto)
    if known_at is not None:
        last = last.where(book_change.c.at <= naive(known_at))
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


def _write(connection: sa.Connection, changes: Sequence[BookChange]) -> None:
    """Record changes of one origin; texts that the store does not hold yet are written first."""
    if not changes:
        return
    numbers = _keep(connection, _texts(changes))
    one = changes[0]
    rows = [(change.id, numbers.get(change.id)) for change in changes]
    _point(connection, rows, one.at, one.by, one.origin)


def _texts(changes: Iterable[BookChange]) -> list[dict[str, Any]]:
    """The new texts of parties as they are written: what takes time of them."""
    return [
        {
            "party": party.id,
            "digest": bytes.fromhex(party.digest.removeprefix("sha256:")),
            "body": zlib.compress(pack(party), 3),
        }
        for party in (change.after for change in changes)
        if party
    ]


def _keep(connection: sa.Connection, texts: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """The number of each text, by its party; texts are written where the store does not hold them yet."""
    numbers = _numbers(connection, (row["digest"] for row in texts))
    new = [row for row in texts if row["digest"] not in numbers]
    for start in range(0, len(new), _ROWS):
        connection.execute(book_version.insert(), new[start : start + _ROWS])
    numbers |= _numbers(connection, (row["digest"] for row in new))
    return {row["party"]: numbers[row["digest"]] for row in texts}


def _point(
    connection: sa.Connection,
    rows: Sequence[tuple[str, int | None]],
    at: dt.datetime,
    by: str,
    origin: str,
) -> None:
    """Say from when on parties have the texts of these numbers, or none.

    Texts that were written together have numbers in a row, so the database copies what it holds of them by a statement for
    each such stretch, in a tenth of the time that handing every row to it takes.
    """
    said = {"at": naive(at), "by": by, "origin": origin}
    if left := [{"party": party, "version": None, **said} for party, version in rows if version is None]:
        connection.execute(book_change.insert(), left)
    alone: list[int] = []
    chosen: list[sa.ColumnElement[bool]] = []
    for first, last in _stretches(sorted(version for _, version in rows if version is not None)):
        if last - first < _STRETCH:
            alone += range(first, last + 1)
        else:
            chosen.append(book_version.c.number.between(first, last))
    chosen += [book_version.c.number.in_(part or ()) for part in _parts(alone)]
    texts = sa.select(
        book_version.c.party, book_version.c.number, *(sa.literal(value) for value in said.values())
    )
    for where in chosen:
        connection.execute(book_change.insert().from_select(["party", "version", *said], texts.where(where)))


def _stretches(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """The first and last of each stretch of ascending numbers that follow one another."""
    for _, same in itertools.groupby(enumerate(numbers), lambda one: one[1] - one[0]):
        stretch = [number for _, number in same]
        yield stretch[0], stretch[-1]


def _bodies(connection: sa.Connection, numbers: Collection[int]) -> dict[int, BookParty]:
    """The texts of these numbers."""
    found: dict[int, BookParty] = {}
    for part in _parts(numbers):
        query = sa.select(book_version.c.number, book_version.c.body)
        rows = connection.execute(query.where(book_version.c.number.in_(part or ())))
        found |= {row.number: _party(row.body) for row in rows}
    return found


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


def _party(body: bytes) -> BookParty:
    return unpack(zlib.decompress(body), BookParty)


def _told(party: BookParty) -> Mapping[str, Any]:
    return {"role": party.role, **msgspec.structs.asdict(party.query)}


__all__ = ["BookAction", "BookChange", "BookParty", "Imported", "Kept", "PartyBook", "Role"]
