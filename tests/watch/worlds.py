"""Lists, books and changes of both, made up for tests."""

import datetime as dt
from collections.abc import Sequence

from ringfence import Settings
from ringfence.engine import Engine
from ringfence.records import Listing, Query
from ringfence.store import BookParty, Kept, Store
from tests.store.entries import FIRST_DAY, day, instant, release

NOW = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)


def load(store: Store, listings: Sequence[Listing], number: int = 0) -> None:
    """A release of the Consolidated Screening List, the `number`th."""
    store.record(release(f"release {number}", published=day(number), recorded=instant(number)), listings)


def engine(store: Store, cache: str, number: int = 0, **settings: object) -> Engine:
    """The world as known after the `number`th release."""
    chosen = Settings(store=store.location, cache=cache, **settings)  # type: ignore[arg-type]
    return Engine(store, chosen, now=NOW, on=FIRST_DAY + dt.timedelta(days=number), known_at=instant(number))


def kept(party: str, name: str, *aliases: str, **fields: object) -> Kept:
    """A party of the book."""
    one = BookParty.of_query(Query(name=name, id=party, aliases=aliases, **fields))  # type: ignore[arg-type]
    return Kept(party=one, version=one.digest, at=NOW, by="ann", origin="test")
