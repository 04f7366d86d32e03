"""A whole store from one place to another, between SQLite and PostgreSQL or within one of them.

One read that sees one state, one transaction that writes it, and the digests of both sides compared before it is
committed: a copy is whole and the same, or it is not there. Numbers are kept, so that manifests, ledger lines and
saved answers go on meaning what they meant.
"""

import contextlib
import hashlib
from collections.abc import Callable, Generator, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from ringfence.errors import InputError, StoreError
from ringfence.store.access_tables import access_metadata, is_access_made, open_access
from ringfence.store.address import address_of, is_made, registry_beside
from ringfence.store.database import Database
from ringfence.store.tables import metadata

Progress = Callable[[str, int, int], None]
"""Called with the table, the rows done and the rows there are."""

_ROWS = 2_000
_PACK = msgspec.msgpack.Encoder()


class Copied(msgspec.Struct, frozen=True):
    """One table as it is on both sides: how many rows, and a digest of all of them in whatever order."""

    table: str
    rows: int
    digest: str


def copy_store(source: str, target: str, progress: Progress | None = None) -> list[Copied]:
    """Copy the store at `source`, with its keys and people, to `target`, where no store or an empty one is.

    Raises InputError when there is nothing at `source`, when both are one place, or when `target` holds anything;
    StoreError when what was written is not what was read. Nothing is written then.
    """
    if not is_made(source):
        raise InputError(f"{address_of(source).shown}: there is no store to copy.")
    if address_of(source).url == address_of(target).url:
        raise InputError(f"{address_of(target).shown}: a store is not copied onto itself.")
    beside, target_beside = registry_beside(source), registry_beside(target)
    with contextlib.ExitStack() as stack:
        # Tables are made before the transactions of the copy begin, whose turn to write would keep them waiting.
        one = stack.enter_context(Database.open(source))
        other = stack.enter_context(Database.open(target))
        with_access = is_access_made(beside)
        keys = stack.enter_context(open_access(beside)) if with_access else one
        other_keys = stack.enter_context(open_access(target_beside)) if with_access else other
        reading, writing = stack.enter_context(one.read()), stack.enter_context(other.write())
        copied = _copy(reading, writing, metadata.sorted_tables, target, progress)
        if with_access:
            if beside != source:
                reading = stack.enter_context(keys.read())
            if target_beside != target:
                writing = stack.enter_context(other_keys.write())
            copied += _copy(reading, writing, access_metadata.sorted_tables, target_beside, progress)
    return copied


def _copy(
    source: sa.Connection,
    target: sa.Connection,
    tables: Sequence[sa.Table],
    where: str,
    progress: Progress | None,
) -> list[Copied]:
    for table in tables:
        if held := _count(target, table):
            raise InputError(
                f"{address_of(where).shown}: holds {held:,} rows of {table.name} already. Nothing was written; copy to "
                f"a new place."
            )
    copied = []
    for table in tables:
        total = _count(source, table)
        read = _Digest()
        with contextlib.closing(_parts(source, table)) as parts:
            for rows in parts:
                target.execute(table.insert(), rows)
                read.add(rows)
                if progress:
                    progress(table.name, read.rows, total)
        written = _Digest()
        with contextlib.closing(_parts(target, table)) as parts:
            for rows in parts:
                written.add(rows)
        if (read.rows, read.text) != (written.rows, written.text) or read.rows != total:
            raise StoreError(
                f"{address_of(where).shown}: {table.name} does not hold what was read ({written.rows:,} rows of {total:,}). "
                f"Nothing was written; check both stores with: ringfence store check"
            )
        _go_on_counting(target, table)
        copied.append(Copied(table.name, read.rows, read.text))
    return copied


class _Digest:
    """Of a set of rows, in whatever order: databases order texts differently."""

    def __init__(self) -> None:
        self.rows = 0
        self._sum = 0

    def add(self, rows: Sequence[dict[str, Any]]) -> None:
        self.rows += len(rows)
        for row in rows:
            self._sum += int.from_bytes(hashlib.sha256(_PACK.encode(list(row.values()))).digest())

    @property
    def text(self) -> str:
        return f"{self._sum % 2**256:064x}"


def _parts(connection: sa.Connection, table: sa.Table) -> Generator[list[dict[str, Any]], None, None]:
    query = sa.select(table).order_by(*table.primary_key.columns).execution_options(yield_per=_ROWS)
    with connection.execute(query) as found:
        for part in found.mappings().partitions():
            yield [dict(row) for row in part]


def _count(connection: sa.Connection, table: sa.Table) -> int:
    return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


def _go_on_counting(connection: sa.Connection, table: sa.Table) -> None:
    """On PostgreSQL numbers come from a sequence, which does not know of rows that brought theirs along."""
    counted = table.autoincrement_column
    if connection.dialect.name != "postgresql" or counted is None or counted.autoincrement is not True:
        return
    highest = connection.execute(sa.select(sa.func.max(counted))).scalar()
    if highest is not None:
        sequence = sa.func.pg_get_serial_sequence(table.name, counted.name)
        connection.execute(sa.select(sa.func.setval(sequence, highest)))
