"""A PostgreSQL server that lives as long as the tests: in a folder of its own, reached by a socket in that folder.

PostgreSQL refuses to run as root; tests that do are served by the account `postgres` or `nobody`.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import sqlalchemy as sa

from ringfence.store.database import ACCESS, STORE, Database

_PLACES = "/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin"
_SWIFT = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_wal_senders=0",
    "wal_level=minimal",
)
_SMALL = ("listen_addresses=", "shared_buffers=32MB", "autovacuum=off", "max_connections=200")
# Ended at once when the tests are over, also when they were killed: their end of the pipe closes.
_WATCHED = '"$@" & server=$!; read _; kill -QUIT $server; wait $server'


def binaries() -> Path | None:
    """The folder of `initdb` and `postgres`, the newest of several; None where there is none."""
    found = [Path(on_path).resolve().parent] if (on_path := shutil.which("initdb")) else []
    for place in _PLACES:
        found += sorted(Path("/").glob(place.lstrip("/")), key=lambda one: (len(one.parts), str(one)))
    return next((one for one in reversed(found) if (one / "postgres").exists()), None)


class Postgres:
    """A running server, and stores in databases of it: see tests/stores.py."""

    kind = "postgresql"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count(1)
        self._idle: list[str] = []
        self._admin = sa.create_engine(
            self.address("postgres").replace("postgresql:", "postgresql+psycopg:"),
            isolation_level="AUTOCOMMIT",
        )

    def address(self, database: str) -> str:
        """The address of a database by its name."""
        return f"postgresql://ringfence@/{database}?host={self._folder}"

    @contextmanager
    def bare(self) -> Iterator[str]:
        """A fresh database without any table."""
        name = f"bare_{next(self._numbers)}"
        self._do(f"CREATE DATABASE {name} TEMPLATE template0")
        yield self.address(name)
        self._do(f"DROP DATABASE {name} WITH (FORCE)")

    @contextmanager
    def lent(self) -> Iterator[str]:
        """A database with the schema of a store, emptied afterwards for the next one to ask."""
        address = self._idle.pop() if self._idle else self._new()
        yield address
        with Database.at(address) as database, database.write() as connection:
            tables = sa.inspect(connection).get_table_names()
            names = ", ".join(name for name in tables if name not in (STORE.table, ACCESS.table))
            connection.exec_driver_sql(f"TRUNCATE {names} RESTART IDENTITY CASCADE")
        self._idle.append(address)

    def _new(self) -> str:
        name = f"store_{next(self._numbers)}"
        self._do(f"CREATE DATABASE {name} TEMPLATE template0")
        Database.open(self.address(name)).close()
        return self.address(name)

    def end_sessions(self, address: str) -> None:
        """End every session of a database, as a server does that is started again."""
        name = sa.make_url(address).database
        self._do(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")

    def close(self) -> None:
        """Give back the connection of the administrator."""
        self._admin.dispose()

    def _do(self, statement: str) -> None:
        with self._admin.connect() as connection:
            connection.exec_driver_sql(statement)


@contextmanager
def running(where: Path) -> Iterator[Postgres]:
    """A server from the binaries in `where`, stopped and its folder removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="rfpg-", dir="/tmp"))
    account = _account()
    given: dict[str, object] = {"cwd": folder}
    if account:
        os.chown(folder, account.pw_uid, account.pw_gid)
        given |= {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    data, log = folder / "data", (folder / "log").open("w")
    try:
        making = [
            where / "initdb",
            "-D",
            data,
            "-U",
            "ringfence",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
        ]
        made = subprocess.run([*making, "--no-sync"], capture_output=True, text=True, check=False, **given)  # type: ignore[call-overload]
        assert made.returncode == 0, made.stderr
        options = [part for setting in (*_SWIFT, *_SMALL) for part in ("-c", setting)]
        command = ["sh", "-c", _WATCHED, "sh", where / "postgres", "-D", data, "-k", folder, *options]
        server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log, stderr=log, **given)  # type: ignore[call-overload]
        try:
            _wait(server, where, folder)
            postgres = Postgres(folder)
            yield postgres
            postgres.close()
        finally:
            server.stdin.close()
            server.wait(60)
    finally:
        log.close()
        shutil.rmtree(folder, ignore_errors=True)


def _wait(server: "subprocess.Popen[bytes]", where: Path, folder: Path) -> None:
    for _ in range(600):
        asked = subprocess.run([where / "pg_isready", "-q", "-h", folder], check=False)
        if asked.returncode == 0:
            return
        assert server.poll() is None, (folder / "log").read_text()
        time.sleep(0.05)
    raise AssertionError((folder / "log").read_text())


def _account() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    known = {one.pw_name: one for one in pwd.getpwall()}
    return known.get("postgres") or known["nobody"]
