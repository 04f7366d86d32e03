"""Two publications of one list held against each other: what one has and the other has not, and why probably.

Nothing is mended. The cause of each difference is the likeliest of those in `copy_errors`.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

from ringfence.records import Listing, Snapshot
from ringfence.store.copy_errors import Cause, Side, why_alias, why_citation, why_date, why_entry
from ringfence.store.pairing import pair
from ringfence.store.wording import folded, published_names

What = Literal["entry", "alias", "citation", "date"]


class Difference(msgspec.Struct, frozen=True):
    """Something that the publication `held_by` has and `lacked_by` has not, of the entry `listing`.

    `counterpart` is the entry of the other publication, where there is one or where a likely one was found.
    """

    what: What
    listing: str
    value: str
    held_by: str
    lacked_by: str
    cause: Cause
    counterpart: str | None = None
    note: str | None = None


class Reconciliation(msgspec.Struct, frozen=True):
    """What two releases have in common and in what they differ.

    `entries` counts either side's. `paired` are entries that both have, one to one; `joined` are those of the rest that
    the other side prints within another row: several destinations, addresses or aliases of one party.
    """

    one: Snapshot
    other: Snapshot
    entries: tuple[int, int]
    paired: int
    joined: tuple[int, int]
    differences: tuple[Difference, ...]


JOINED: frozenset[Cause] = frozenset({"split rows", "one row for several destinations", "alias there"})
"""Causes of an entry that the other side has too, within another row."""


def reconcile(
    one: Iterable[Listing],
    other: Iterable[Listing],
    *,
    releases: tuple[Snapshot, Snapshot],
    law: str | None = None,
) -> Reconciliation:
    """Hold the entries of two publications of the same list against each other.

    `releases` are the releases they were read from; an entry newer than the other side's is `not yet copied`. `law` is
    the source that is nearer the law, where one is: what the other side has beyond it is an error of the copy.
    """
    sides = [
        Side(release, list(listings), None if law is None else "law" if release.source == law else "copy")
        for release, listings in zip(releases, (one, other), strict=True)
    ]
    found: list[Difference] = []
    alone: tuple[list[Listing], list[Listing]] = [], []
    for mine, theirs in pair(sides[0].listings, sides[1].listings):
        if mine and theirs:
            found += _within(mine, theirs, sides)
        elif mine:
            alone[0].append(mine)
        elif theirs:
            alone[1].append(theirs)
    for place in (0, 1):
        left = {listing.id for listing in alone[1 - place]}
        found += (_alone(listing, sides[place], sides[1 - place], left) for listing in alone[place])
    order = {"entry": 0, "alias": 1, "citation": 2, "date": 3}
    found.sort(key=lambda one: (order[one.what], one.held_by, one.cause, one.listing, one.value))
    joined = Counter(one.held_by for one in found if one.what == "entry" and one.cause in JOINED)
    return Reconciliation(
        *releases,
        entries=(len(sides[0].listings), len(sides[1].listings)),
        paired=len(sides[0].listings) - len(alone[0]),
        joined=(joined[releases[0].source], joined[releases[1].source]),
        differences=tuple(found),
    )


def _alone(listing: Listing, mine: Side, theirs: Side, left: set[str]) -> Difference:
    """An entry that only one side has."""
    cause, found = why_entry(listing, mine, theirs, left)
    return Difference(
        "entry",
        listing.id,
        listing.party.name,
        mine.release.source,
        theirs.release.source,
        cause,
        found.id if found else None,
        found.party.name if found else None,
    )


def _within(mine: Listing, theirs: Listing, sides: list[Side]) -> Iterator[Difference]:
    """What differs between the two texts of one entry."""
    for held, lacking, place in ((mine, theirs, 0), (theirs, mine, 1)):
        there = sides[1 - place]
        sources = sides[place].release.source, there.release.source
        names = {folded(name) for name in published_names(lacking)}
        for name in published_names(held):
            if folded(name) not in names:
                cause = why_alias(name, held, lacking, there)
                yield Difference("alias", held.id, name, *sources, cause, lacking.id)
        cited = {str(citation) for citation in lacking.citations}
        for citation in held.citations:
            if str(citation) not in cited:
                cause, stands_for = why_citation(citation, held, lacking, there)
                # Two pages that stand for each other are one difference, told from the first side.
                if place and stands_for and str(stands_for) not in {str(c) for c in held.citations}:
                    continue
                note = f"there {stands_for}" if stands_for else None
                yield Difference("citation", held.id, str(citation), *sources, cause, lacking.id, note)
    if mine.valid_from and theirs.valid_from and mine.valid_from != theirs.valid_from:
        sources = sides[0].release.source, sides[1].release.source
        note = f"there {theirs.valid_from} ({theirs.dated_by})"
        value = f"{mine.valid_from} ({mine.dated_by})"
        yield Difference("date", mine.id, value, *sources, why_date(mine, theirs), theirs.id, note)
