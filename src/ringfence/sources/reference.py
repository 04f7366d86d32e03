"""The bundled reference set as a release: the embedded default when nothing was downloaded."""

import datetime as dt
from functools import cache

from ringfence.records import Listing, Snapshot
from ringfence.records.codec import canonical, digest
from ringfence.sources.lists.us_reference_2019.parse import SOURCE, listings

REFERENCE_DAY = dt.date(2019, 10, 9)
"""The day the set is about: the effective date of 84 FR 54002."""


@cache
def reference_release() -> tuple[Snapshot, tuple[Listing, ...]]:
    """The set, named by its content like any other release."""
    entries = tuple(listings())
    data = canonical(entries)
    midnight = dt.datetime.combine(REFERENCE_DAY, dt.time(), dt.UTC)
    release = Snapshot(
        id=digest(data),
        source=SOURCE,
        published_on=REFERENCE_DAY,
        published_by="publisher",
        fetched_at=midnight,
        recorded_at=midnight,
        origin="bundled",
        size=len(data),
        entries=len({listing.id for listing in entries}),
    )
    return release, entries
