"""Entries and releases made up for tests."""

import datetime as dt
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from ringfence.records import Address, Listing, Name, Party, Snapshot, parse_citations
from ringfence.records.codec import digest, slug
from ringfence.store import Store, open_store
from ringfence.store.database import Database

FIRST_DAY = dt.date(2020, 1, 1)
FIRST_INSTANT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def day(number: int) -> dt.date:
    """The day `number` days after the first."""
    return FIRST_DAY + dt.timedelta(days=number)


def instant(number: int) -> dt.datetime:
    """The instant `number` hours after the first."""
    return FIRST_INSTANT + dt.timedelta(hours=number)


def entry(
    name: str = "Alpha Works Co., Ltd.",
    *aliases: str,
    key: str | None = None,
    list_id: str = "us_bis_entity",
    source: str = "us_csl",
    addresses: tuple[str, ...] = (),
    countries: tuple[str, ...] = ("CN",),
    cites: str = "",
    **fields: object,
) -> Listing:
    """One entry; `cites` is a citation cell, `key` the end of its id."""
    party = Party(
        id=str(fields.pop("party_id", f"name-{slug(name)}")),
        kind=fields.pop("kind", "company"),  # type: ignore[arg-type]
        names=(Name(name), *(Name(alias, "alias") for alias in aliases)),
        countries=countries,
        addresses=tuple(Address(text, country=countries[0] if countries else None) for text in addresses),
        identifiers=fields.pop("identifiers", ()),  # type: ignore[arg-type]
        birth_dates=fields.pop("birth_dates", ()),  # type: ignore[arg-type]
    )
    return Listing(
        id=f"{list_id}:{key or slug(name)}",
        list=list_id,
        source=source,
        party=party,
        citations=parse_citations(cites).found,
        **fields,  # type: ignore[arg-type]
    )


def release(
    mark: str,
    *,
    published: dt.date = FIRST_DAY,
    recorded: dt.datetime = FIRST_INSTANT,
    source: str = "us_csl",
) -> Snapshot:
    """A release named by `mark`."""
    return Snapshot(
        id=digest(mark.encode()),
        source=source,
        published_on=published,
        published_by="user",
        fetched_at=recorded,
        recorded_at=recorded,
        origin=mark,
        size=1,
        entries=0,
    )


@cache
def _empty_store() -> tuple[TemporaryDirectory[str], Path]:
    folder = TemporaryDirectory()
    path = Path(folder.name) / "empty.db"
    with Database.open(str(path)):
        pass
    return folder, path


@contextmanager
def new_store() -> Iterator[Store]:
    """An empty store, copied from one that has its schema already: a property test needs hundreds."""
    with TemporaryDirectory() as folder, open_store(empty_store_in(Path(folder))) as store:
        yield store


def empty_store_in(folder: Path) -> str:
    """The location of an empty store in a folder."""
    return str(shutil.copy(_empty_store()[1], folder))
