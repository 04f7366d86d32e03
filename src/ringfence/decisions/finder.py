"""Finds the listings that a party of a transaction may be, by its name and by its addresses.

Scores are the matcher's; an address counts only where it is written alike. Holds what it found, so that a
thousand transactions with one customer ask once. Beside the lists of the day it knows the bodies that
15 CFR 744.22(f)(2) names, which stand in no list that is downloaded, and private lists.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache, cached_property
from typing import Protocol

from ringfence.decisions import tables
from ringfence.decisions.facts import address_key, same_address
from ringfence.decisions.party import Asked, Found
from ringfence.matching import Index, compare
from ringfence.names import parse, readings
from ringfence.records import Identifier, Listing, Match, Name, Party, Provenance, Query
from ringfence.records.codec import slug
from ringfence.store import View

INTELLIGENCE_LIST = "us_bis_mieu"
"""The id under which the bodies of 744.22(f)(2) are reported."""

_MOST = 60
"""Listings looked at for one party: large groups have many entries of one name."""


class World(Protocol):
    """One day of the store with its index, as the engine has it."""

    on: dt.date

    @property
    def hit_at(self) -> float:
        """The score from which a listing is a hit."""

    @property
    def review_at(self) -> float:
        """The score from which it is reported."""

    @property
    def view(self) -> View:
        """The listings in force."""

    def index(self) -> Index:
        """The index of the view."""

    def provenance(self) -> Provenance:
        """What answers rest on."""


class Finder:
    """Finds in one world. `extra` are private listings; those in force on the day count."""

    def __init__(self, world: World, extra: Iterable[Listing] = ()) -> None:
        self._world = world
        self._named = [one for one in (*extra, *intelligence_listings()) if one.in_force(world.on)]
        self._known: dict[Asked, tuple[Found, ...]] = {}

    def prepare(self, asked: Iterable[Asked]) -> None:
        """Find many at once; `find` then has them ready."""
        wanted = [one for one in dict.fromkeys(asked) if one not in self._known]
        queries = [_query(one) for one in wanted]
        index = self._world.index()
        listed = index.search_many(queries, threshold=self._world.review_at, limit=_MOST)
        by_name = {one: list(matches) for one, matches in zip(wanted, listed, strict=True)}
        listings = dict(self._world.view.listings({m.ref for matches in by_name.values() for m in matches}))
        for one, query in zip(wanted, queries, strict=True):
            found = [self._found(one, match, listings[match.ref]) for match in by_name[one]]
            for listing in self._named:
                match = compare(query, listing, index)
                if match.score >= self._world.review_at or _same_name(one, match, listing):
                    found.append(self._found(one, match, listing))
            found += self._at_addresses(one, {entry.listing.id for entry in found if entry.sure})
            self._known[one] = _without_echoes(found)

    def find(self, asked: Asked) -> tuple[Found, ...]:
        """Every listing in force that somebody may be."""
        if asked not in self._known:
            self.prepare([asked])
        return self._known[asked]

    def _found(self, asked: Asked, match: Match, listing: Listing) -> Found:
        same = _same_name(asked, match, listing)
        sure = (same or match.score >= self._world.hit_at) and listing.party.kind != "address"
        reasons = [reason.text for reason in match.reasons]
        if same and match.score < self._world.hit_at:
            reasons.append("the name is written as in the entry, and the country does not differ")
        if sure and not same and _elsewhere(asked, match, listing):
            sure = False
            reasons.append("the name is not written alike, and no address shares a place with the entry")
        return Found(listing, sure, match.score, match.matched_name, reasons=tuple(reasons))

    def _at_addresses(self, asked: Asked, known: set[str]) -> Iterator[Found]:
        """Listed addresses that the party uses, and listed parties of BIS that have its address."""
        seen = set(known)
        for text in asked.addresses:
            key = address_key(text)
            figures = {word for word in key if any(map(str.isdigit, word))}
            near = {place for figure in figures for place in self._by_figure.get(figure, ())}
            for place in sorted(near):
                other, listing = self._addresses[place]
                if listing.id in seen or not same_address(key, other):
                    continue
                seen.add(listing.id)
                bare = listing.party.kind == "address"
                reason = f"the address {text!r} is written as in the entry"
                yield Found(listing, bare, 1.0, text, "address" if bare else "shares_address", (reason,))

    @cached_property
    def _addresses(self) -> list[tuple[frozenset[str], Listing]]:
        entries = (listing for _, listing in self._world.view.entries())
        return [
            (address_key(address.text), listing)
            for listing in (*entries, *self._named)
            if listing.list.startswith("us_bis_")
            for address in listing.party.addresses
        ]

    @cached_property
    def _by_figure(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = defaultdict(list)
        for place, (key, _) in enumerate(self._addresses):
            for word in key:
                if any(map(str.isdigit, word)):
                    found[word].append(place)
        return found


@cache
def intelligence_listings() -> tuple[Listing, ...]:
    """The bodies of 744.22(f)(2) as listings."""
    return tuple(
        Listing(
            id=f"{INTELLIGENCE_LIST}:{slug(body.names[0])}",
            list=INTELLIGENCE_LIST,
            source="15 CFR 744.22(f)(2)",
            party=Party(
                id=f"mieu:{slug(body.names[0])}",
                kind="government",
                names=tuple(
                    Name(name, "primary" if not place else "alias") for place, name in enumerate(body.names)
                ),
                countries=(body.country,),
            ),
            destination=body.country,
            valid_from=body.since or dt.date(2021, 3, 15),
        )
        for body in tables.intelligence_bodies()
    )


def _same_name(asked: Asked, match: Match, listing: Listing) -> bool:
    """Whether the name is the listed one to the letter, and the country speaks for it or is not stated.

    The law lists names: one that is common, so that its words weigh little, is still that name.
    """
    if parse(asked.name).joined != parse(match.matched_name).joined:
        return False
    countries = {*listing.party.countries, listing.destination} - {None}
    return not asked.country or not countries or asked.country in countries


def _without_echoes(found: list[Found]) -> tuple[Found, ...]:
    """Without resemblances to the siblings of an entry that the party surely is: groups have many alike names."""
    sure = {one.listing.list for one in found if one.sure and one.by == "name"}
    return tuple(one for one in found if one.sure or one.by != "name" or one.listing.list not in sure)


def _elsewhere(asked: Asked, match: Match, listing: Listing) -> bool:
    """Whether a name that is only near belongs to somebody at other places than the entry's.

    An address is evidence against a resemblance, never against the name itself, and only where both sides have one
    that says more than a country.
    """
    if {reading.core for reading in readings(asked.name)} & {
        reading.core for reading in readings(match.matched_name)
    }:
        return False
    ours = [places for text in asked.addresses if (places := _places(text))]
    theirs = [places for address in listing.party.addresses if (places := _places(address.text))]
    return bool(ours and theirs) and not any(one & other for one in ours for other in theirs)


def _places(address: str) -> frozenset[str]:
    """The words of an address that name a place: no figures, no kinds of street, no country."""
    return frozenset(
        word
        for word in address_key(address)
        if len(word) > 2 and word not in _NO_PLACE and not any(map(str.isdigit, word))
    )


# fmt: off
_NO_PLACE = frozenset((
    "ave", "avenue", "bldg", "block", "blvd", "center", "centre", "china", "city", "dist", "east", "f",
    "hong", "industrial", "kong", "lane", "north", "park", "plaza", "prc", "province", "rd", "room", "sec",
    "shi", "south", "square", "st", "suite", "technology", "tower", "unit", "west", "zone",
))
# fmt: on


def _query(asked: Asked) -> Query:
    return Query(
        name=asked.name,
        countries=(asked.country,) if asked.country else (),
        address="; ".join(asked.addresses) or None,
        identifiers=tuple(Identifier(scheme.lower(), value) for scheme, value in asked.identifiers),
    )
