"""Entries and releases made up for tests."""

import datetime as dt

from ringfence.records import Address, Listing, Name, Party, Snapshot, parse_citations
from ringfence.records.codec import digest, slug

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
