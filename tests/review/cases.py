"""Parties, entries and screenings made up for the desk."""

import datetime as dt
from typing import Any

import msgspec

from ringfence.records import (
    Address,
    Hit,
    Identifier,
    Listing,
    ListUsed,
    Name,
    Party,
    Provenance,
    Query,
    QueryEcho,
    Reason,
    Screening,
)
from ringfence.review import Facts, Reviewer, Subject

AT = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
ANA, BEN, CHO = Reviewer("ana"), Reviewer("ben", approves=True), Reviewer("cho", approves=True)
LISTING = "us_bis_entity:alpha-works"


def later(hours: float) -> dt.datetime:
    """So many hours after the first instant."""
    return AT + dt.timedelta(hours=hours)


def entry(listing: str = LISTING, name: str = "Alpha Works Co., Ltd.", **party: Any) -> Listing:
    """One entry of a list."""
    aliases = party.pop("aliases", ())
    return Listing(
        id=listing,
        list=listing.partition(":")[0],
        source="us_csl",
        party=Party(
            id="name-alpha-works",
            kind=party.pop("kind", "company"),
            names=(Name(name), *(Name(alias, "alias") for alias in aliases)),
            countries=party.pop("countries", ("CN",)),
            addresses=tuple(Address(text) for text in party.pop("addresses", ("1 Long Street, Hefei",))),
            **party,
        ),
    )


def party(own: str = "C-1", **facts: Any) -> Subject:
    """One party of the user's book."""
    given = {
        "name": "Alpha Works",
        "kind": "company",
        "countries": ("CN",),
        "addresses": ("7 Quay, Ningbo",),
        "identifiers": (Identifier(scheme="uscc", value="91330200MA2AXXXX17"),),
        "amount": 1000.0,
    }
    return Subject(source="book", id=own, facts=Facts(**{**given, **facts}))


def screening(subject: Subject, *found: tuple[Listing, float]) -> Screening:
    """What a screening would have answered: these entries with these scores."""
    provenance = Provenance(
        engine="ringfence 0",
        settings="sha256:0",
        tables="sha256:0",
        lists=(
            ListUsed(
                id="us_bis_entity",
                source="us_csl",
                snapshot="sha256:1",
                as_of=dt.date(2026, 3, 1),
                fetched_at=AT,
                entries=2,
            ),
        ),
        not_searched=(),
        at=AT,
        valid_on=AT.date(),
        known_at=AT,
    )
    hits = tuple(
        Hit(
            listing=listing.id,
            list=listing.list,
            list_title="Entity List",
            party=listing.party.id,
            listed_name=listing.party.name,
            matched_name=listing.party.name,
            score=score,
            reasons=(Reason("word", "alpha", "alpha", 2.0, "alpha = alpha", "same"),),
            source="us_csl",
            snapshot="sha256:1",
        )
        for listing, score in found
    )
    name = subject.facts.name
    echo = QueryEcho(id=subject.id, name=name, as_typed=name, normalised=name.lower())
    return Screening(query=echo, outcome="hit" if hits else "no_match", hits=hits, provenance=provenance)


def found(subject: Subject, listing: Listing, score: float = 0.9) -> tuple[Subject, Screening]:
    """One pair as the desk takes it."""
    return subject, screening(subject, (listing, score))


def changed(subject: Subject, **facts: Any) -> Subject:
    """The same party with other facts."""
    return msgspec.structs.replace(subject, facts=msgspec.structs.replace(subject.facts, **facts))


def query(**fields: Any) -> Query:
    """One row of a file."""
    return Query(**{"name": "Alpha Works", **fields})
