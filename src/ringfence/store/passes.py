"""What screening the book has found: one pass after the other, and of each party the last answer.

A pass says as of which day and instant the whole book was screened, and adds an answer for each party whose answer is
another than before. So the last answers, together, are what a screening of the whole book at the last pass would find.
A pass is recorded whole, with what it owes to receivers, or not at all; and only on top of the pass it was computed from.
"""

import datetime as dt
import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, Self

import msgspec
import sqlalchemy as sa

from ringfence.errors import Conflict, NotKnown
from ringfence.records.codec import pack, unpack
from ringfence.store.database import Database
from ringfence.store.outbox import Owed, owe, paid
from ringfence.store.tables import screening_answer, screening_pass, screening_report

PassKind = Literal["full", "delta"]


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
    """What was found for one text of one party of the book."""

    party: str
    version: str
    met: tuple[Met, ...] = ()


class Pass(msgspec.Struct, frozen=True, kw_only=True):
    """One screening of the book. `view` names the listings it was screened against, `basis` the engine and settings."""

    number: int = 0
    at: dt.datetime
    valid_on: dt.date
    known_at: dt.datetime
    view: str
    basis: str
    kind: PassKind


class Passes:
    """The passes of one store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    def open(cls, location: str) -> Self:
        """The passes of the store at `location`, made when there is none. Raises StoreError."""
        return cls(Database.open(location))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

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

    def answers(self) -> dict[str, Answer]:
        """The last answer of every party that was in the book at the last pass, by id."""
        latest = sa.select(sa.func.max(screening_answer.c.number)).group_by(screening_answer.c.party)
        query = sa.select(screening_answer).where(
            screening_answer.c.number.in_(latest), screening_answer.c.version.is_not(None)
        )
        with self._database.read() as connection:
            return {row.party: _answer(row) for row in connection.execute(query)}

    def record(
        self,
        found: Pass,
        answers: Iterable[Answer],
        left: Iterable[str],
        *,
        after: int,
        owed: Sequence[Owed] = (),
    ) -> Pass:
        """Record a pass with the answers that are new, the parties that left, and what it owes; the pass, numbered.

        Raises Conflict, and records nothing, when `after` is no longer the last pass.
        """
        with self._database.write() as connection:
            last = _last(connection)
            if (last.number if last else 0) != after:
                raise Conflict(
                    "another watch has screened the book meanwhile; nothing of this pass was recorded."
                )
            number = after + 1
            connection.execute(
                screening_pass.insert().values(
                    number=number,
                    at=_naive(found.at),
                    valid_on=found.valid_on,
                    known_at=_naive(found.known_at),
                    view=found.view,
                    basis=found.basis,
                    kind=found.kind,
                )
            )
            rows: list[dict[str, Any]] = [
                {
                    "party": answer.party,
                    "pass": number,
                    "version": bytes.fromhex(answer.version.removeprefix("sha256:")),
                    "body": zlib.compress(pack(answer.met), 3) if answer.met else None,
                }
                for answer in answers
            ]
            rows += [{"party": party, "pass": number, "version": None, "body": None} for party in left]
            for start in range(0, len(rows), 2_000):
                connection.execute(screening_answer.insert(), rows[start : start + 2_000])
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


def _answer(row: sa.Row[Any]) -> Answer:
    met = unpack(zlib.decompress(row.body), tuple[Met, ...]) if row.body is not None else ()
    return Answer(party=row.party, version=f"sha256:{row.version.hex()}", met=met)


def _naive(at: dt.datetime) -> dt.datetime:
    return at.astimezone(dt.UTC).replace(tzinfo=None)
