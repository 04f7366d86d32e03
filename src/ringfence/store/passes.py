"""What screening the book has found: one pass after the other, and of each party the last answer.

A pass says as of which day and instant the whole book was screened, and adds an answer for each party whose answer is
another than before. So the last answers, together, are what a screening of the whole book at the last pass would find.
A pass is recorded whole, with what it owes to receivers, or not at all; and only on top of the pass it was computed from.

Answers are kept of three kinds: of the parties of the book, of the ends of links, and of who stands behind a party.
"""

import datetime as dt
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Literal, TypeVar

import msgspec
import sqlalchemy as sa

from ringfence.errors import Conflict, NotKnown
from ringfence.records.codec import pack, unpack
from ringfence.store.database import PartOfStore
from ringfence.store.outbox import Owed, owe, paid
from ringfence.store.tables import (
    book_change,
    end_answer,
    naive,
    ownership_answer,
    screening_answer,
    screening_pass,
    screening_report,
)

PassKind = Literal["full", "delta"]
AnswerKind = Literal["party", "end", "ownership"]

_TABLES: dict[AnswerKind, sa.Table] = {
    "party": screening_answer,
    "end": end_answer,
    "ownership": ownership_answer,
}
T = TypeVar("T")

_ROWS = 2_000
_NAMED = 500
"""Ids that one statement names."""


class Met(msgspec.Struct, frozen=True, array_like=True):
    """One listing that a party meets: its text (`version`), and how well. What a screening finds, for comparing."""

    listing: str
    list: str
    version: str
    score: float
    matched: str
    listed: str
    times: int = 1
    """How many texts in force of this entry were met; nearly always one."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What was found for one text of one party of the book, or of one end of links."""

    party: str
    version: str
    met: tuple[Met, ...] = ()


class Stake(msgspec.Struct, frozen=True, array_like=True):
    """One holding: `owner` has `share` of `owned`, as `source` says."""

    owner: str
    share: str
    owned: str
    source: str


class Finding(msgspec.Struct, frozen=True, array_like=True):
    """What one regime says of a party: the arithmetic (`status`, `total`), the law (`effect`) and the rule behind it."""

    regime: str
    status: str
    effect: str
    total: str
    rule: str
    rule_status: str
    citation: str


class Capture(msgspec.Struct, frozen=True, array_like=True):
    """One listed party behind a party of the book, under every regime that knows it.

    `owner` is what the links call the listed party, `score` how surely they mean it; not `sure` is a
    resemblance that somebody must look at. `path` is the shortest chain of
    holdings from the owner down; `counted` are all that the answer rests on.
    """

    listing: str
    list: str
    version: str
    listed: str
    owner: str
    score: float
    sure: bool
    findings: tuple[Finding, ...]
    path: tuple[Stake, ...]
    counted: tuple[Stake, ...] = ()


class Behind(msgspec.Struct, frozen=True, kw_only=True):
    """Who stands behind a party of the book; `version` names everything that the answer rests on."""

    party: str
    version: str
    captures: tuple[Capture, ...] = ()


class Line(msgspec.Struct, frozen=True, array_like=True):
    """An answer as it is kept. Without a version it says that there is none any longer."""

    kind: AnswerKind
    party: str
    version: bytes | None
    body: bytes | None

    @classmethod
    def of(cls, answer: Answer, kind: AnswerKind = "party") -> "Line":
        """The line of what a party or an end meets."""
        return cls(kind, answer.party, _raw(answer.version), _packed(answer.met))

    @classmethod
    def of_behind(cls, behind: Behind) -> "Line":
        """The line of who stands behind a party."""
        return cls("ownership", behind.party, _raw(behind.version), _packed(behind.captures))

    @classmethod
    def gone(cls, kind: AnswerKind, party: str) -> "Line":
        """The line that says that nothing is answered for a party any longer."""
        return cls(kind, party, None, None)


class Pass(msgspec.Struct, frozen=True, kw_only=True):
    """One screening of the book. `view` names the listings it was screened against, `basis` the engine and settings.

    `book` and `links` are the last changes of both that it knew.
    """

    number: int = 0
    at: dt.datetime
    valid_on: dt.date
    known_at: dt.datetime
    view: str
    basis: str
    kind: PassKind
    book: int | None = None
    links: int | None = None


class Passes(PartOfStore):
    """The passes of one store."""

    def last(self) -> Pass | None:
        """The last pass; None before the first."""
        with self._database.read() as connection:
            return _last(connection)

    def numbered(self, number: int) -> Pass:
        """The pass of a number. Raises NotKnown."""
        with self._database.read() as connection:
            row = (
                connection.execute(sa.select(screening_pass).where(screening_pass.c.number == number))
                .mappings()
                .first()
            )
        if row is None:
            raise NotKnown(f"there was no pass {number}. See the last with: ringfence watch report")
        return _pass(row)

    def answers(
        self, parties: Collection[str] | None = None, kind: Literal["party", "end"] = "party"
    ) -> dict[str, Answer]:
        """The last answers, by id: of some parties, or of every one that was in the book at the last pass."""
        return {
            row.party: Answer(
                party=row.party,
                version=f"sha256:{row.version.hex()}",
                met=unpack(zlib.decompress(row.body), tuple[Met, ...]) if row.body is not None else (),
            )
            for row in self._latest(_TABLES[kind], parties)
        }

    def behind(self, parties: Collection[str] | None = None) -> dict[str, Behind]:
        """Who stands behind parties as of the last pass, by id: some of them, or all that links speak of."""
        return {
            row.party: Behind(
                party=row.party,
                version=f"sha256:{row.version.hex()}",
                captures=unpack(zlib.decompress(row.body), tuple[Capture, ...])
                if row.body is not None
                else (),
            )
            for row in self._latest(ownership_answer, parties)
        }

    def _latest(self, table: sa.Table, parties: Collection[str] | None) -> Iterator[sa.Row[Any]]:
        latest = sa.select(sa.func.max(table.c.number)).group_by(table.c.party)
        for part in [None] if parties is None else _runs(dict.fromkeys(parties), _NAMED):
            chosen = latest if part is None else latest.where(table.c.party.in_(part))
            query = sa.select(table).where(table.c.number.in_(chosen), table.c.version.is_not(None))
            with self._database.read() as connection:
                yield from connection.execute(query)

    def left(self, book: int) -> list[str]:
        """The parties with an answer that are not in the book as its change `book` left it, by id."""
        with self._database.read() as connection:
            gone = _held(screening_answer, "version").except_(_held(book_change, "version", book))
            return sorted(connection.scalars(gone))

    def ends(self) -> Iterator[str]:
        """Every end of links with an answer."""
        with self._database.read() as connection:
            yield from connection.scalars(_held(end_answer, "version"))

    def record(
        self,
        found: Pass,
        lines: Iterable[Line],
        *,
        after: int,
        owed: Sequence[Owed] = (),
    ) -> Pass:
        """Record a pass with the answers that are new and what it owes; the pass, numbered.

        Raises Conflict, and records nothing, when `after` is no longer the last pass.
        """
        with self._database.write() as connection:
            last = _last(connection)
            if (last.number if last else 0) != after:
                raise Conflict(
                    "another watch has screened the book meanwhile; nothing of this pass was recorded."
                )
            number = after + 1
            values = {name: getattr(found, name) for name in Pass.__struct_fields__}
            values |= {"number": number, "at": naive(found.at), "known_at": naive(found.known_at)}
            connection.execute(screening_pass.insert().values(**values))
            for part in _runs(lines, _ROWS):
                for kind, table in _TABLES.items():
                    rows = [
                        {"party": line.party, "pass": number, "version": line.version, "body": line.body}
                        for line in part
                        if line.kind == kind
                    ]
                    if rows:
                        connection.execute(table.insert(), rows)
            owe(connection, owed, at=found.at)
        return msgspec.structs.replace(found, number=number)

    def close(self, number: int, report: object, *, at: dt.datetime, done: int, owed: Sequence[Owed]) -> None:
        """Keep the report of a pass whose alerts are with the desk: entry `done` of the outbox is paid, `owed` is new.

        A pass that was closed before is left as it is.
        """
        with self._database.write() as connection:
            held = sa.select(screening_report.c.number).where(screening_report.c.number == number)
            if connection.execute(held).first() is None:
                body = zlib.compress(msgspec.json.encode(report))
                connection.execute(screening_report.insert().values(number=number, body=body))
                owe(connection, owed, at=at)
            paid(connection, done, at=at)

    def report(self, number: int | None = None) -> bytes | None:
        """The report of a pass as JSON, or of the last that has one; None where there is none."""
        query = sa.select(screening_report.c.body).order_by(screening_report.c.number.desc()).limit(1)
        if number is not None:
            query = query.where(screening_report.c.number == number)
        with self._database.read() as connection:
            body = connection.execute(query).scalar()
        return zlib.decompress(body) if body is not None else None

    def reports(self, most: int) -> list[bytes]:
        """The last reports as JSON, the newest first."""
        query = sa.select(screening_report.c.body).order_by(screening_report.c.number.desc()).limit(most)
        with self._database.read() as connection:
            return [zlib.decompress(body) for body in connection.scalars(query)]


def _held(table: sa.Table, column: str, upto: int | None = None) -> sa.Select[Any]:
    """The parties whose last row in a table has something in a column."""
    last = sa.select(sa.func.max(table.c.number)).group_by(table.c.party)
    if upto is not None:
        last = last.where(table.c.number <= upto)
    return sa.select(table.c.party).where(table.c.number.in_(last), table.c[column].is_not(None))


def _last(connection: sa.Connection) -> Pass | None:
    row = (
        connection.execute(sa.select(screening_pass).order_by(screening_pass.c.number.desc()).limit(1))
        .mappings()
        .first()
    )
    return _pass(row) if row else None


def _pass(row: Mapping[Any, Any]) -> Pass:
    fields = {field: row[field] for field in Pass.__struct_fields__}
    for field in ("at", "known_at"):
        fields[field] = fields[field].replace(tzinfo=dt.UTC)
    return Pass(**fields)


def _raw(version: str) -> bytes:
    return bytes.fromhex(version.removeprefix("sha256:"))


def _packed(found: tuple[Any, ...]) -> bytes | None:
    return zlib.compress(pack(found), 3) if found else None


def _runs(values: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(values)
    while run := list(islice(rest, size)):
        yield run
