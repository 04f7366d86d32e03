"""Opening a store: an embedded SQLite file or a database server, brought to the current schema.

All statements go through SQLAlchemy Core, so one set of code and tests serves every database. A write is
one transaction: an interrupted one leaves the last good state, and two at once take turns.
"""

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy import event

from ringfence.errors import StoreError, WrongSchema

MIGRATIONS = Path(__file__).parent / "migrations"
SCHEMA_VERSION = max(path.name[1:5] for path in MIGRATIONS.glob("versions/v[0-9]*.py"))
"""The newest schema version: the number of the last file of `migrations/versions`."""

BUSY_SECONDS = 60
"""How long a writer waits for another one to finish."""


class Database:
    """A connection to one store. Use as a context manager, or call `close`."""

    def __init__(self, engine: sa.Engine, location: str) -> None:
        self.engine = engine
        self.location = location

    @classmethod
    def open(cls, location: str) -> Self:
        """Open the store at `location`, a file path or a database address, creating or upgrading it.

        Raises StoreError when it cannot be opened or written, WrongSchema when a newer ringfence wrote it.
        """
        engine = _engine(location)
        database = cls(engine, location)
        try:
            with database.read() as connection:
                current = _schema_version(connection)
            if current != SCHEMA_VERSION:
                database._upgrade()
        except sa.exc.SQLAlchemyError as error:
            engine.dispose()
            raise StoreError(
                f"{location}: the store cannot be opened ({_reason(error)}). Check the path and its "
                f"permissions, or choose another with --store."
            ) from None
        except BaseException:
            engine.dispose()
            raise
        return database

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()

    @contextlib.contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A connection that sees one consistent state of the store."""
        with self.engine.connect() as connection:
            yield connection

    @contextlib.contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """One transaction that is recorded whole or not at all. Writers take turns."""
        try:
            with self.engine.connect().execution_options(writes=True) as connection, connection.begin():
                yield connection
        except sa.exc.DBAPIError as error:
            raise StoreError(
                f"{self.location}: not written ({_reason(error)}); the store is as it was before. Check free "
                f"space and permissions, and try again."
            ) from None

    def _upgrade(self) -> None:
        # Alembic is imported only when there is something to do: it takes longer than a search.
        from alembic import command  # noqa: PLC0415
        from alembic.config import Config  # noqa: PLC0415
        from alembic.util import CommandError  # noqa: PLC0415

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        with self.write() as connection:
            config.attributes["connection"] = connection
            try:
                command.upgrade(config, "head")
            except CommandError as error:
                raise WrongSchema(
                    f"{self.location}: written by another version of ringfence ({error}). Upgrade ringfence, "
                    f"or choose another store with --store."
                ) from None


def _engine(location: str) -> sa.Engine:
    if re.match(r"[a-z][a-z0-9+]*://", location):
        try:
            return sa.create_engine(location, pool_pre_ping=True)
        except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError, ImportError) as error:
            raise StoreError(f"{location}: not a database that ringfence can open ({error}).") from None
    path = Path(location).expanduser()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"{path}: the folder of the store cannot be made ({error.strerror}). Choose another with --store."
        ) from None
    engine = sa.create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _own_transactions)
    event.listen(engine, "begin", _begin)
    return engine


def _own_transactions(connection: Any, _record: Any) -> None:
    # The driver's own idea of when a transaction begins would let two writers read the same state.
    connection.isolation_level = None
    connection.execute("PRAGMA synchronous = FULL")


def _begin(connection: sa.Connection) -> None:
    connection.exec_driver_sql(
        "BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN"
    )


def _schema_version(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()


def _reason(error: sa.exc.SQLAlchemyError) -> str:
    cause = getattr(error, "orig", None) or error
    return str(cause).splitlines()[0].strip("() ")
