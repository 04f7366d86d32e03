"""Keys, people and sessions, on a database of their own beside the store.

Secrets are never kept: of a key and a session only the SHA-256 (they are 256 random bits, so a plain
digest is enough), of a password only its argon2id hash. Rows are not deleted when they end: who had access
when can always be told. The file is made when the first key or person is; reading never makes it.
"""

import datetime as dt
import hashlib
import json
import secrets
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any, Self

import msgspec
import sqlalchemy as sa

from ringfence.errors import InputError, NotKnown
from ringfence.interfaces.web.access.roles import Caller, Permission, Role
from ringfence.store.access_tables import (
    access_answer,
    access_key,
    access_person,
    access_session,
    is_access_made,
    open_access,
)
from ringfence.store.database import Database
from ringfence.store.tables import naive

PREFIX = "rf"
"""What keys begin with, so that secret scanners can be told."""


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """An API key as it is remembered; the secret was shown once. `scopes` empty means all that the role grants."""

    id: str
    name: str
    role: Role
    scopes: tuple[Permission, ...]
    created_at: dt.datetime
    expires_at: dt.datetime | None


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who signs in. `by_password` is False for people known only to the identity-aware proxy."""

    name: str
    role: Role
    by_password: bool
    created_at: dt.datetime
    ended_at: dt.datetime | None


KEPT = dt.timedelta(hours=24)
"""How long the answer to a write is given again."""
LONGEST = dt.timedelta(minutes=10)
"""No write is under way for longer."""


class KeptAnswer(msgspec.Struct, frozen=True):
    """An answer that was given to a write: `request` is the SHA-256 of what was asked, `status` 0 while it is under way."""

    request: bytes
    status: int
    media_type: str
    body: bytes


class Registry:
    """Keys, people and sessions at one location. `now` is handed in by the caller, in UTC."""

    def __init__(self, location: str) -> None:
        self.location = location
        self._there = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give back every connection."""
        if "_database" in self.__dict__:
            self._database.close()

    # Keys

    def add_key(
        self,
        name: str,
        role: Role,
        *,
        now: dt.datetime,
        scopes: Collection[Permission] = (),
        expires_at: dt.datetime | None = None,
    ) -> tuple[Key, str]:
        """A new key and its secret text, which is nowhere kept."""
        key_id = secrets.token_hex(4)
        text = f"{PREFIX}_{key_id}_{secrets.token_urlsafe(32)}"
        values = {
            "id": key_id,
            "name": name,
            "role": role,
            "scopes": json.dumps(sorted(set(scopes))),
            "created_at": _naive(now),
            "expires_at": _naive(expires_at),
        }
        with self._write() as connection:
            connection.execute(access_key.insert().values(**values, digest=_digest(text)))
        return self.key(key_id), text

    def key(self, key_id: str) -> Key:
        """The key with this id. Raises NotKnown."""
        found = [key for key in self.all_keys() if key.id == key_id]
        if not found:
            raise NotKnown(f"no key {key_id!r}. See them with: ringfence keys list")
        return found[0]

    def all_keys(self) -> list[Key]:
        """Every key there ever was, oldest first."""
        return [
            _key(row)
            for row in self._rows(sa.select(access_key).order_by(access_key.c.created_at, access_key.c.id))
        ]

    def rotate_key(self, key_id: str, *, now: dt.datetime, grace: dt.timedelta) -> tuple[Key, str]:
        """A new key in place of an old one, which works for `grace` longer and not a second more."""
        old = self.key(key_id)
        if old.expires_at and old.expires_at <= now:
            raise InputError(f"the key {key_id} has expired. Make a new one with: ringfence keys add NAME")
        life = old.expires_at - old.created_at if old.expires_at else None
        made = self.add_key(
            old.name, old.role, now=now, scopes=old.scopes, expires_at=now + life if life else None
        )
        self._end_key(old, now + grace)
        return made

    def revoke_key(self, key_id: str, *, now: dt.datetime) -> Key:
        """End a key at once."""
        self._end_key(self.key(key_id), now)
        return self.key(key_id)

    def caller_by_key(self, text: str, *, now: dt.datetime) -> Caller | None:
        """Who holds this key; None for one that is unknown or has expired."""
        for row in self._rows(_KEY, digest=_digest(text)):
            key = _key(row)
            if key.expires_at is None or now < key.expires_at:
                return Caller.of(f"{key.name} ({key.id})", "key", key.role, key.scopes)
        return None

    def _end_key(self, key: Key, at: dt.datetime) -> None:
        ends = min(at, key.expires_at) if key.expires_at else at
        with self._write() as connection:
            connection.execute(
                access_key.update().where(access_key.c.id == key.id).values(expires_at=_naive(ends))
            )

    # People

    def put_person(self, name: str, role: Role, *, now: dt.datetime, password: str | None = None) -> Person:
        """Add somebody, or change their role and password. Their sessions end."""
        values = {
            "role": role,
            "password": _hasher().hash(password) if password is not None else None,
            "ended_at": None,
        }
        with self._write() as connection:
            known = connection.execute(
                sa.select(access_person.c.name).where(access_person.c.name == name)
            ).first()
            if known:
                connection.execute(
                    access_person.update().where(access_person.c.name == name).values(**values)
                )
            else:
                connection.execute(access_person.insert().values(name=name, created_at=_naive(now), **values))
            _end_sessions(connection, access_session.c.person == name, now)
        return next(one for one in self.people() if one.name == name)

    def end_person(self, name: str, *, now: dt.datetime) -> None:
        """Let somebody in no more. Raises NotKnown."""
        with self._write() as connection:
            ended = connection.execute(
                access_person.update().where(access_person.c.name == name).values(ended_at=_naive(now))
            )
            _end_sessions(connection, access_session.c.person == name, now)
        if not ended.rowcount:
            raise NotKnown(f"nobody named {name!r}. See everybody with: ringfence people list")

    def people(self) -> list[Person]:
        """Everybody who was ever let in, by name."""
        return [
            Person(
                name=row["name"],
                role=row["role"],
                by_password=row["password"] is not None,
                created_at=_aware(row["created_at"]),
                ended_at=_aware(row["ended_at"]),
            )
            for row in self._rows(sa.select(access_person).order_by(access_person.c.name))
        ]

    def caller_by_name(self, name: str) -> Caller | None:
        """Somebody whom the identity-aware proxy has let in; None when they are not known here."""
        row = self._person(name)
        return Caller.of(name, "proxy", row["role"]) if row else None

    def caller_by_password(self, name: str, password: str) -> Caller | None:
        """Somebody who signs in; None when the name or the password is wrong, in the same time for both."""
        from argon2.exceptions import VerificationError, VerifyMismatchError  # noqa: PLC0415

        row = self._person(name)
        kept = row["password"] if row else None
        try:
            _hasher().verify(kept or self._nobody, password)
        except (VerifyMismatchError, VerificationError):
            return None
        return Caller.of(name, "person", row["role"]) if row and kept else None

    def _person(self, name: str) -> sa.RowMapping | None:
        return next(iter(self._rows(_PERSON, name=name)), None)

    @cached_property
    def _nobody(self) -> str:
        """A hash that no password meets: checking it takes as long as checking a real one."""
        hashed: str = _hasher().hash(secrets.token_urlsafe())
        return hashed

    # Sessions

    def begin_session(self, person: str, *, now: dt.datetime) -> str:
        """The secret of a new session."""
        text = secrets.token_urlsafe(32)
        values = {"person": person, "created_at": _naive(now), "seen_at": _naive(now)}
        with self._write() as connection:
            connection.execute(access_session.insert().values(digest=_digest(text), **values))
        return text

    def caller_by_session(
        self, text: str, *, now: dt.datetime, idle: dt.timedelta, life: dt.timedelta
    ) -> Caller | None:
        """Whose session this is; None for one unknown, ended, unused for `idle` or older than `life`."""
        session = next(iter(self._rows(_SESSION, digest=_digest(text))), None)
        if session is None:
            return None
        seen = _aware(session["seen_at"])
        if now >= seen + idle or now >= _aware(session["created_at"]) + life:
            return None
        person = self._person(session["person"])
        if person is None:
            return None
        if now - seen > idle / 20:  # not every request is worth a write
            with self._write() as connection:
                mine = access_session.c.digest == session["digest"]
                connection.execute(access_session.update().where(mine).values(seen_at=_naive(now)))
        return Caller.of(session["person"], "person", person["role"])

    def end_session(self, text: str, *, now: dt.datetime) -> None:
        """Sign out."""
        with self._write() as connection:
            _end_sessions(connection, access_session.c.digest == _digest(text), now)

    # Answers to writes

    def begin_answer(self, caller: str, key: str, request: bytes, *, now: dt.datetime) -> KeptAnswer | None:
        """What `caller` was answered under this idempotency key; None where nobody was, and the answer is now under way.

        An answer is kept for `KEPT`; one that is under way longer than `LONGEST` is taken for that of a process that died.
        Writers of all processes take turns, so that of two who ask at once only one is told None.
        """
        mine = (access_answer.c.caller == caller, access_answer.c.key == key)
        with self._write() as connection:
            for row in connection.execute(sa.select(access_answer).where(*mine)).mappings():
                if row["at"] >= _naive(now - (KEPT if row["status"] else LONGEST)):
                    return KeptAnswer(row["request"], row["status"], row["media_type"], row["body"])
            self._put_answer(connection, caller, key, KeptAnswer(request, 0, "", b""), now)
        return None

    def drop_answer(self, caller: str, key: str) -> None:
        """Forget an answer that was under way: what was asked has failed, and may be asked again."""
        with self._write() as connection:
            mine = (access_answer.c.caller == caller, access_answer.c.key == key, access_answer.c.status == 0)
            connection.execute(access_answer.delete().where(*mine))

    def keep_answer(self, caller: str, key: str, answer: KeptAnswer, *, now: dt.datetime) -> None:
        """Remember an answer; a former one under the same key gives way."""
        with self._write() as connection:
            self._put_answer(connection, caller, key, answer, now)

    @staticmethod
    def _put_answer(
        connection: sa.Connection, caller: str, key: str, answer: KeptAnswer, now: dt.datetime
    ) -> None:
        values = {
            "caller": caller,
            "key": key,
            "at": _naive(now),
            "request": answer.request,
            "status": answer.status,
            "media_type": answer.media_type,
            "body": answer.body,
        }
        connection.execute(
            access_answer.delete().where(access_answer.c.caller == caller, access_answer.c.key == key)
        )
        connection.execute(access_answer.insert().values(**values))

    # The database

    @cached_property
    def _database(self) -> Database:
        """Made by the first write, beside another process that makes it too."""
        return open_access(self.location)

    @contextmanager
    def _write(self) -> Iterator[sa.Connection]:
        with self._database.write() as connection:
            self._there = True
            yield connection

    def _rows(self, query: sa.Select[Any], **asked: object) -> list[sa.RowMapping]:
        self._there = self._there or is_access_made(self.location)
        if not self._there:
            return []
        with self._database.read() as connection:
            return list(connection.execute(query, asked).mappings())


# Asked with nearly every call: made once, so that they are compiled once.
_KEY = sa.select(access_key).where(access_key.c.digest == sa.bindparam("digest"))
_SESSION = sa.select(access_session).where(
    access_session.c.digest == sa.bindparam("digest"), access_session.c.ended_at.is_(None)
)
_PERSON = sa.select(access_person).where(
    access_person.c.name == sa.bindparam("name"), access_person.c.ended_at.is_(None)
)


def _end_sessions(connection: sa.Connection, which: sa.ColumnElement[bool], now: dt.datetime) -> None:
    running = sa.and_(which, access_session.c.ended_at.is_(None))
    connection.execute(access_session.update().where(running).values(ended_at=_naive(now)))


def _key(row: sa.RowMapping) -> Key:
    return Key(
        id=row["id"],
        name=row["name"],
        role=row["role"],
        scopes=tuple(json.loads(row["scopes"])),
        created_at=_aware(row["created_at"]),
        expires_at=_aware(row["expires_at"]),
    )


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _hasher() -> Any:
    from argon2 import PasswordHasher  # noqa: PLC0415  only people who sign in pay for it

    return PasswordHasher()


def _naive(at: dt.datetime | None) -> dt.datetime | None:
    return naive(at) if at else None


def _aware(at: Any) -> Any:
    return at.replace(tzinfo=dt.UTC) if at else None
