"""Where tests keep stores: SQLite files, or databases of a PostgreSQL server (tests/postgres.py)."""

import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Protocol

import hypothesis

from ringfence.store import Store, open_store
from ringfence.store.database import Database


def tamper(location: str, statement: str) -> None:
    """Change a store behind its back. `{null_byte}` in the statement is one byte of zero, as its database writes it."""
    with Database.at(location) as database, database.write() as connection:
        byte = "x'00'" if database.engine.dialect.name == "sqlite" else "'\\x00'::bytea"
        connection.exec_driver_sql(statement.format(null_byte=byte))


class Stores(Protocol):
    """Stores on one kind of database, each for a moment: what is in it is gone afterwards."""

    kind: str
    """`sqlite` or `postgresql`."""

    def bare(self) -> AbstractContextManager[str]:
        """Where no store is yet."""

    def lent(self) -> AbstractContextManager[str]:
        """Where there is an empty store."""


class Files:
    """SQLite files in one folder."""

    kind = "sqlite"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count(1)

    @contextmanager
    def bare(self) -> Iterator[str]:
        path = self._folder / f"store-{next(self._numbers)}.db"
        yield str(path)
        path.unlink(missing_ok=True)

    @contextmanager
    def lent(self) -> Iterator[str]:
        with self.bare() as path:
            yield shutil.copy(self._empty, path)

    @cached_property
    def _empty(self) -> Path:
        path = self._folder / "empty.db"
        Database.open(str(path)).close()
        return path


def tried(stores: Stores, examples: int) -> hypothesis.settings:
    """How often a property is tried: `examples` times on files, a quarter as often on a server, which takes longer."""
    return hypothesis.settings(max_examples=examples if stores.kind == "sqlite" else max(examples // 4, 1))


@contextmanager
def lent_store(stores: Stores) -> Iterator[Store]:
    """An empty store, open."""
    with stores.lent() as location, open_store(location) as store:
        yield store
