"""The links of the book: what files say of who owns, controls or supplies whom, every version of each file kept.

A file is known by its name. Keeping it again replaces what it said before, whole; what it said stays in the record, so
that an answer can be computed again as of any instant.
"""

import datetime as dt
import zlib
from collections.abc import Iterator, Mapping, Sequence

import msgspec
import sqlalchemy as sa

from ringfence.errors import NotKnown
from ringfence.records import Link, Party
from ringfence.records.codec import canonical, digest, pack, unpack
from ringfence.store.database import PartOfStore
from ringfence.store.tables import book_links, book_links_part, naive

_LINKS = 5_000
"""Links of one row."""


class Part(msgspec.Struct, frozen=True, array_like=True):
    """Some links of a file, and what it says of some parties."""

    links: tuple[Link, ...]
    parties: dict[str, Party]


class LinkFile(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a file of links: its name, who kept it and when, and how many links it has."""

    number: int
    name: str
    at: dt.datetime
    by: str
    digest: str
    links: int


class BookLinks(PartOfStore):
    """The files of links of one store."""

    def last(self) -> int:
        """The number of the last version of any file; 0 before the first."""
        with self._database.read() as connection:
            return connection.execute(sa.select(sa.func.max(book_links.c.number))).scalar() or 0

    def files(self, upto: int | None = None) -> list[LinkFile]:
        """The files in use, by name: now, or when `upto` was the last version of any."""
        with self._database.read() as connection:
            return _files(connection, upto)

    def put(
        self,
        name: str,
        links: Sequence[Link],
        parties: Mapping[str, Party],
        *,
        at: dt.datetime,
        by: str,
        dry: bool = False,
    ) -> LinkFile | None:
        """Keep what a file says in place of what it said; None, and nothing written, where it says the same.

        `dry` only says what that would do, as the version that would be, number 0.
        """
        named = digest(canonical((links, parties)))
        with self._database.read() if dry else self._database.write() as connection:
            held = {file.name: file for file in _files(connection)}.get(name)
            if held is not None and held.digest == named:
                return None
            if dry:
                return LinkFile(number=0, name=name, at=at, by=by, digest=named, links=len(links))
            number = _add(connection, name, at, by, bytes.fromhex(named.removeprefix("sha256:")), len(links))
            described = list(parties.items())
            parts = max(-(-len(links) // _LINKS), -(-len(described) // _LINKS), 1)
            for place in range(parts):
                run = slice(place * _LINKS, (place + 1) * _LINKS)
                part = Part(tuple(links[run]), dict(described[run]))
                body = zlib.compress(pack(part), 3)
                connection.execute(book_links_part.insert().values(file=number, number=place, body=body))
        return LinkFile(number=number, name=name, at=at, by=by, digest=named, links=len(links))

    def remove(self, name: str, *, at: dt.datetime, by: str) -> None:
        """Take a file out of use; what it said stays in the record. Raises NotKnown."""
        with self._database.write() as connection:
            if name not in {file.name for file in _files(connection)}:
                raise NotKnown(f"no file of links {name!r}. See them with: ringfence book links list")
            _add(connection, name, at, by, None, 0)

    def read(self, file: LinkFile) -> Iterator[Part]:
        """What a version of a file says: its links and parties, in parts."""
        query = sa.select(book_links_part.c.body).where(book_links_part.c.file == file.number)
        with self._database.read() as connection:
            for body in connection.scalars(query.order_by(book_links_part.c.number)):
                yield unpack(zlib.decompress(body), Part)


def _files(connection: sa.Connection, upto: int | None = None) -> list[LinkFile]:
    last = sa.select(sa.func.max(book_links.c.number)).group_by(book_links.c.name)
    if upto is not None:
        last = last.where(book_links.c.number <= upto)
    query = sa.select(book_links).where(book_links.c.number.in_(last), book_links.c.digest.is_not(None))
    found = [
        LinkFile(
            number=row.number,
            name=row.name,
            at=row.at.replace(tzinfo=dt.UTC),
            by=row.by,
            digest=f"sha256:{row.digest.hex()}",
            links=row.links,
        )
        for row in connection.execute(query)
    ]
    return sorted(found, key=lambda file: file.name)


def _add(
    connection: sa.Connection, name: str, at: dt.datetime, by: str, named: bytes | None, links: int
) -> int:
    values = {"name": name, "at": naive(at), "by": by}
    made = book_links.insert().values(**values, digest=named, links=links).returning(book_links.c.number)
    number: int = connection.execute(made).scalar_one()
    return number
