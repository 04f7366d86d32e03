"""What receivers are owed: written in the same transaction as what it tells of, and kept until it was taken.

Every message has an id that says what it tells, so a message is owed to a receiver once; it is sent until the receiver
has taken it, and may arrive twice when the answer was lost: the receiver knows it by its id. A receiver that is dead is
tried again later and later; nothing is given up, and nothing overtakes what waits before it.
"""

import datetime as dt
import zlib
from collections.abc import Iterable
from typing import Any

import msgspec
import sqlalchemy as sa

from ringfence.store.database import PartOfStore
from ringfence.store.tables import naive, outbox

LATE = dt.timedelta(minutes=30)


class Owed(msgspec.Struct, frozen=True, kw_only=True):
    """A message for one receiver. `number` and what follows are the store's."""

    receiver: str
    id: str
    body: bytes
    number: int = 0
    at: dt.datetime | None = None
    tries: int = 0
    due_at: dt.datetime | None = None
    failure: str | None = None


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """How much a receiver is owed, since when, how often the first was tried, and what was said last."""

    receiver: str
    messages: int
    oldest: dt.datetime
    tries: int
    due_at: dt.datetime
    failure: str | None

    def is_late(self, now: dt.datetime) -> bool:
        """Whether somebody should look: it was not taken when it was sent, or waits for half an hour."""
        return self.failure is not None or now - self.oldest > LATE


class Outbox(PartOfStore):
    """The outbox of one store."""

    def next(self, receiver: str) -> Owed | None:
        """What the receiver is owed first, due or not; None when nothing."""
        query = (
            sa.select(outbox)
            .where(outbox.c.receiver == receiver, outbox.c.delivered_at.is_(None))
            .order_by(outbox.c.number)
            .limit(1)
        )
        with self._database.read() as connection:
            row = connection.execute(query).first()
        return _owed(row) if row else None

    def waiting(self) -> list[Waiting]:
        """Every receiver that is owed something, by name."""
        first = (
            sa.select(
                outbox.c.receiver, sa.func.min(outbox.c.number).label("number"), sa.func.count().label("all")
            )
            .where(outbox.c.delivered_at.is_(None))
            .group_by(outbox.c.receiver)
            .subquery()
        )
        query = sa.select(outbox, first.c.all).join(first, outbox.c.number == first.c.number)
        with self._database.read() as connection:
            return [
                Waiting(
                    receiver=row.receiver,
                    messages=row.all,
                    oldest=row.at.replace(tzinfo=dt.UTC),
                    tries=row.tries,
                    due_at=row.due_at.replace(tzinfo=dt.UTC),
                    failure=row.failure,
                )
                for row in connection.execute(query.order_by(outbox.c.receiver))
            ]

    def delivered(self, message: Owed, *, at: dt.datetime) -> None:
        """The receiver has taken a message."""
        with self._database.write() as connection:
            paid(connection, message.number, at=at)

    def failed(self, message: Owed, why: str, *, due_at: dt.datetime) -> None:
        """The receiver has not taken a message; it is due again then."""
        with self._database.write() as connection:
            connection.execute(
                outbox.update()
                .where(outbox.c.number == message.number)
                .values(tries=outbox.c.tries + 1, failure=why, due_at=naive(due_at))
            )


def owe(connection: sa.Connection, messages: Iterable[Owed], *, at: dt.datetime) -> None:
    """Write messages within the write of a caller. One that the receiver was sent already, by its id, is left out."""
    for message in messages:
        held = sa.select(outbox.c.number).where(
            outbox.c.receiver == message.receiver, outbox.c.id == message.id
        )
        if connection.execute(held).first() is None:
            connection.execute(
                outbox.insert().values(
                    id=message.id,
                    receiver=message.receiver,
                    at=naive(at),
                    body=zlib.compress(message.body),
                    tries=0,
                    due_at=naive(at),
                )
            )


def paid(connection: sa.Connection, number: int, *, at: dt.datetime) -> None:
    """Mark a message as taken, within the write of a caller."""
    connection.execute(
        outbox.update()
        .where(outbox.c.number == number, outbox.c.delivered_at.is_(None))
        .values(tries=outbox.c.tries + 1, delivered_at=naive(at), failure=None)
    )


def _owed(row: sa.Row[Any]) -> Owed:
    return Owed(
        receiver=row.receiver,
        id=row.id,
        body=zlib.decompress(row.body),
        number=row.number,
        at=row.at.replace(tzinfo=dt.UTC),
        tries=row.tries,
        due_at=row.due_at.replace(tzinfo=dt.UTC),
        failure=row.failure,
    )
