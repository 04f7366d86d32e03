"""Where a store is: an SQLite file by its path, or a database on a PostgreSQL server by its address.

`postgresql://USER:PASSWORD@HOST:PORT/DATABASE` is the form that PostgreSQL's own tools take; the parameters after `?`
are libpq's (`host=/run/postgresql`, `sslmode=verify-full`, `options=-csearch_path=desk`). A password is handed to the
driver and to nothing else: what is shown, logged or hashed is `Address.shown`.
"""

import re
from pathlib import Path

import msgspec
import sqlalchemy as sa

from ringfence.errors import StoreError

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_SERVERS = frozenset({"postgresql", "postgres", "postgresql+psycopg"})
_SECRETS = ("password", "sslpassword")
_GIVEN = {"connect_timeout": "10", "application_name": "ringfence"}
"""Parameters of libpq that hold when the address does not say otherwise."""


class Address(msgspec.Struct, frozen=True):
    """One place. `path` is the file of an SQLite store, None on a server; `shown` has no password in it."""

    url: sa.URL
    path: Path | None
    shown: str


def address_of(location: str) -> Address:
    """What `location` says. Raises StoreError for an address of another kind, without repeating it."""
    scheme = _SCHEME.match(location)
    if scheme is None:
        return _file(Path(location).expanduser())
    try:
        url = sa.make_url(location)
    except (sa.exc.ArgumentError, ValueError):
        raise StoreError(
            f"the address of the store, {scheme[0]}…, cannot be read. Write it as "
            f"postgresql://USER:PASSWORD@HOST:PORT/DATABASE, with %40 for an @ and %2F for a / in the password."
        ) from None
    if url.drivername == "sqlite" and url.database:
        return _file(Path(url.database))
    if url.drivername not in _SERVERS:
        raise StoreError(
            f"{scheme[0]}… is not a database that ringfence can open. A store is a file, or a PostgreSQL database: "
            f"postgresql://USER@HOST/DATABASE."
        )
    if isinstance(password := url.query.get("password"), str):
        url = url.difference_update_query(["password"]).set(password=password)
    shown = (
        url.set(drivername="postgresql")
        .difference_update_query(_SECRETS)
        .render_as_string(hide_password=True)
    )
    reached = url.set(drivername="postgresql+psycopg").update_query_dict({**_GIVEN, **url.query})
    return Address(reached, None, shown)


def is_made(location: str) -> bool:
    """Whether there is a store to open: a server is taken to hold one, a file has to be there."""
    path = address_of(location).path
    return path is None or path.exists()


def registry_beside(store: str) -> str:
    """Where keys and people of a store are kept: on the same server, or in a file beside the store's file."""
    path = address_of(store).path
    return str(path.with_name(f"{path.stem}-access.db")) if path else store


def _file(path: Path) -> Address:
    return Address(sa.URL.create("sqlite", database=str(path)), path, str(path))
