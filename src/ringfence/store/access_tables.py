"""The tables of keys, people and sessions: beside an SQLite store in a file of their own, on PostgreSQL in the same database."""

import sqlalchemy as sa

from ringfence.errors import StoreError
from ringfence.store.address import address_of, is_made
from ringfence.store.database import ACCESS, Database, version_of

access_metadata = sa.MetaData()
access_key = sa.Table(
    "access_key",
    access_metadata,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("digest", sa.LargeBinary(32), nullable=False, unique=True),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("scopes", sa.Text, nullable=False),
    sa.Column("created_at", sa.DateTime, nullable=False),
    sa.Column("expires_at", sa.DateTime),
)
access_person = sa.Table(
    "access_person",
    access_metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("password", sa.Text),
    sa.Column("created_at", sa.DateTime, nullable=False),
    sa.Column("ended_at", sa.DateTime),
)
access_session = sa.Table(
    "access_session",
    access_metadata,
    sa.Column("digest", sa.LargeBinary(32), primary_key=True),
    sa.Column("person", sa.Text, nullable=False, index=True),
    sa.Column("created_at", sa.DateTime, nullable=False),
    sa.Column("seen_at", sa.DateTime, nullable=False),
    sa.Column("ended_at", sa.DateTime),
)
access_answer = sa.Table(
    "access_answer",
    access_metadata,
    sa.Column("caller", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("request", sa.LargeBinary(32), nullable=False),
    sa.Column("at", sa.DateTime, nullable=False),
    sa.Column("status", sa.Integer, nullable=False),
    sa.Column("media_type", sa.String(80), nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
"""Answers to writes that named an idempotency key."""


def open_access(location: str) -> Database:
    """The database of keys and people at `location`, made or brought up to date; a file is for its owner's eyes alone.

    Raises StoreError when it cannot be opened or written, WrongSchema when a newer ringfence wrote it.
    """
    if (path := address_of(location).path) is not None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
        except OSError as error:
            raise StoreError(f"{path}: not written ({error.strerror}).") from None
    return Database.open(location, ACCESS)


def is_access_made(location: str) -> bool:
    """Whether anybody ever made a key or a person at `location`; what is there is brought up to date."""
    if not is_made(location):
        return False
    with Database.at(location) as database:
        with database.read() as connection:
            if not sa.inspect(connection).has_table(access_key.name):
                return False
            current = version_of(connection, ACCESS) == ACCESS.newest
        if not current:
            database.upgrade(schema=ACCESS)
    return True
