"""Opening a store: an SQLite file or a PostgreSQL database, brought to the current schema.

All statements go through SQLAlchemy Core, so one set of code and tests serves both. What holds on both:

- A read sees one state of the store from its first statement to its last, whatever is written meanwhile, and neither
  waits for a writer nor keeps one waiting.
- A write is one transaction, and writers take turns from its first statement on: it sees all that was written before
  it, so that a chain of hashes, a number that follows the last, or "is it held already" needs no second look.
- A writer that dies leaves nothing, and keeps nobody waiting.

SQLite gives these by its write-ahead log (`journal`) and `BEGIN IMMEDIATE`, PostgreSQL by repeatable reads and one
advisory lock that ends with its transaction. One lock for the whole store, not one for each table, cannot be taken in
a wrong order. It costs little as long as a write computes before it begins: see `Store.record`.
"""

import contextlib
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import msgspec
import sqlalchemy as sa
from sqlalchemy import event

from ringfence.errors import InputError, StoreError, WrongSchema
from ringfence.store import journal
from ringfence.store.address import Address, address_of

MIGRATIONS = Path(__file__).parent / "migrations"


class Schema(msgspec.Struct, frozen=True, dict=True):
    """Tables with versions of their own: the folder of `migrations` with one file a version, and the table that says
    which of them a database has.
    """

    folder: str
    table: str

    @property
    def versions(self) -> tuple[str, ...]:
        """The numbers of all versions, ascending."""
        found = (MIGRATIONS / self.folder).glob("v[0-9]*.py")
        return tuple(sorted(path.name[1:5] for path in found))

    @cached_property
    def newest(self) -> str:
        """The version that this ringfence reads and writes."""
        return self.versions[-1]


STORE = Schema("versions", "alembic_version")
"""Releases, rulings, the ledger, alerts, the book."""
ACCESS = Schema("access", "access_version")
"""Keys, people and sessions: a file of their own beside an SQLite store, on PostgreSQL the same database."""

BUSY_SECONDS = journal.WAIT_SECONDS
"""How long a writer waits for another one to finish."""
CONNECTIONS = 40
"""Connections that one process holds at most: as many as the service has threads."""

_TURN = (
    0x72696E67  # "ring": the key of the advisory lock that writers of one PostgreSQL database take in turn
)


class Database:
    """Connections to one place. Use as a context manager, or call `close`."""

    def __init__(self, engine: sa.Engine, location: str) -> None:
        self.engine = engine
        self.location = location
        """Where it is, for people: without the password."""
        self._reads: dict[str, Any] = {}
        if engine.dialect.name == "postgresql":
            self._reads = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}

    @classmethod
    def at(cls, location: str) -> Self:
        """The database at `location`, a file path or a database address, whatever tables it has; none are made.

        Raises StoreError for an address of another kind, and when the folder of the file cannot be made.
        """
        address = address_of(location)
        return cls(_engine(address), address.shown)

    @classmethod
    def open(cls, location: str, schema: Schema = STORE) -> Self:
        """Open the store at `location`, creating or upgrading the tables of `schema`.

        Raises StoreError when it cannot be opened or written, WrongSchema when a newer ringfence wrote it.
        """
        database, path = cls.at(location), address_of(location).path
        try:
            with database.engine.connect() as connection:
                current = version_of(connection, schema)
                form = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() if path else None
            if current != schema.newest:
                database.upgrade(schema=schema)
            if path and form != journal.form_for(path):
                database.engine.dispose()
                journal.switch(path)
        except sa.exc.SQLAlchemyError as error:
            database.close()
            what = "the path and its permissions" if path else "the address and the server"
            raise StoreError(
                f"{database.location}: the store cannot be opened ({_reason(error)}). "
                + ((path and journal.unwritable(path)) or f"Check {what}, or choose another with --store.")
            ) from None
        except BaseException:
            database.close()
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
        """A connection that sees one consistent state of the store.

        Raises StoreError when it cannot be read, InputError for a text that no text in it can be compared with.
        """
        try:
            with self.engine.connect().execution_options(**self._reads) as connection:
                yield connection
        except sa.exc.DataError as error:
            raise InputError(
                f"nothing can be found by this text ({_reason(error)}): correct it and ask again."
            ) from None
        except sa.exc.DBAPIError as error:
            raise StoreError(f"{self.location}: cannot be read ({_reason(error)}).") from None

    @contextlib.contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """One transaction that is recorded whole or not at all. Writers take turns."""
        try:
            with self.engine.connect().execution_options(writes=True) as connection, connection.begin():
                yield connection
        except sa.exc.DataError as error:
            raise InputError(
                f"not written ({_reason(error)}): a text holds what the database cannot keep, or is too long for it."
            ) from None
        except sa.exc.DBAPIError as error:
            raise StoreError(
                f"{self.location}: not written ({_reason(error)}); the store is as it was before. Check free "
                f"space and permissions, and try again."
            ) from None

    def at_rest(self, *, wait: bool) -> bool:
        """Whether nobody is writing just now; with `wait`, as soon as whoever is has ended. False where it cannot be told.

        Raises StoreError when a writer takes longer than `BUSY_SECONDS`.
        """
        try:
            asked = self.engine.connect().execution_options(writes=True if wait else "now")
            with asked as connection, connection.begin():
                return True
        except sa.exc.DBAPIError as error:
            if wait and "lock" in _reason(error):
                raise StoreError(
                    f"{self.location}: somebody has been writing for a minute; ask again in a moment."
                ) from None
            return False

    def upgrade(self, to: str = "head", schema: Schema = STORE) -> None:
        """Bring a schema to the version `to`, in one transaction. Raises WrongSchema for a version unknown here."""
        # Alembic is imported only when there is something to do: it takes longer than a search.
        from alembic import command  # noqa: PLC0415
        from alembic.config import Config  # noqa: PLC0415
        from alembic.util import CommandError  # noqa: PLC0415

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.set_main_option("version_locations", str(MIGRATIONS / schema.folder))
        config.set_main_option("path_separator", "newline")
        config.attributes["version_table"] = schema.table
        with self.write() as connection:
            config.attributes["connection"] = connection
            try:
                command.upgrade(config, to)
            except CommandError as error:
                raise WrongSchema(
                    f"{self.location}: written by another version of ringfence ({error}). Upgrade ringfence, "
                    f"or choose another store with --store."
                ) from None


def _engine(address: Address) -> sa.Engine:
    pool = {"pool_size": 5, "max_overflow": CONNECTIONS - 5, "pool_timeout": BUSY_SECONDS}
    if address.path is None:
        try:
            engine = sa.create_engine(
                address.url,
                pool_pre_ping=True,  # a server may have been started again since
                isolation_level="READ COMMITTED",
                **pool,
            )
        except ImportError:
            raise StoreError(
                f"{address.shown}: PostgreSQL needs psycopg, which is not installed. Install it with: "
                f"pip install 'ringfence[postgres]'"
            ) from None
        event.listen(engine, "begin", _begin_on_server)
        return engine
    try:
        address.path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"{address.path}: the folder of the store cannot be made ({error.strerror}). Choose another with --store."
        ) from None
    engine = sa.create_engine(address.url, connect_args={"timeout": BUSY_SECONDS}, **pool)
    event.listen(engine, "connect", _own_transactions)
    event.listen(engine, "begin", _begin_in_file)
    return engine


def _own_transactions(connection: Any, _record: Any) -> None:
    # The driver's own idea of when a transaction begins would let two writers read the same state.
    connection.isolation_level = None
    connection.execute(
        "PRAGMA synchronous = FULL"
    )  # a line of the ledger that was told of survives a power cut
    connection.execute(f"PRAGMA journal_size_limit = {journal.KEPT_BYTES}")


def _begin_in_file(connection: sa.Connection) -> None:
    writes = _writes(connection)
    if writes != "now":
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
        return
    connection.exec_driver_sql("PRAGMA busy_timeout = 0")
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1_000}")


def _begin_on_server(connection: sa.Connection) -> None:
    if writes := _writes(connection):
        # A thousandth of a second: zero would be no bound at all.
        connection.exec_driver_sql(
            f"SET LOCAL lock_timeout = '{'1ms' if writes == 'now' else f'{BUSY_SECONDS}s'}'"
        )
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_TURN})")


def _writes(connection: sa.Connection) -> bool | str:
    """Whether a transaction writes, and so waits for its turn; `now` waits for none."""
    return connection.get_execution_options().get("writes", False)  # type: ignore[no-any-return]


def version_of(connection: sa.Connection, schema: Schema) -> str | None:
    """The version that a database has of a schema; None when it has none."""
    if not sa.inspect(connection).has_table(schema.table):
        return None
    return connection.execute(
        sa.select(sa.column("version_num")).select_from(sa.table(schema.table))
    ).scalar()


def _reason(error: sa.exc.SQLAlchemyError) -> str:
    cause = getattr(error, "orig", None) or error
    return re.sub(r"\s+", " ", str(cause).splitlines()[0]).strip("() ")


class PartOfStore:
    """What is kept in one store beside its lists, and reads and writes its tables."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    def open(cls, location: str) -> Self:
        """What the store at `location` keeps of it, made when there is none. Raises StoreError."""
        return cls(Database.open(location))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()
