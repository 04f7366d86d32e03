"""A question about a party, and the answer: the shapes of contract `ringfence/1` for screening.

Scores are from 0 to 1. Every hit carries the reasons its score is computed from: the score is
`1 / (1 + exp(-sum of weights))`, rounded to four places, so a reader can add it up again. Weights are
natural log-odds: positive speaks for the same party, negative against.
"""

import datetime as dt
import math
from collections.abc import Iterable
from typing import Literal

import msgspec

from ringfence.records.dates import PartialDate
from ringfence.records.party import Identifier, PartyKind

SCHEMA = "ringfence/1"

Outcome = Literal["hit", "review", "no_match"]


class Query(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A party to be looked for. Only `name` is needed; everything else is evidence.

    `countries` are ISO alpha-2 codes in capitals; `row` is where the question came from (1 is the first
    row of data), for messages.
    """

    name: str
    id: str | None = None
    kind: PartyKind = "unknown"
    aliases: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    address: str | None = None
    city: str | None = None
    postal_code: str | None = None
    birth_date: PartialDate | None = None
    identifiers: tuple[Identifier, ...] = ()
    row: int | None = None


class Reason(msgspec.Struct, frozen=True, omit_defaults=True):
    """One piece of evidence: what of the query met what of the listing, by what relation, and its weight.

    `feature` is from a closed list (`base`, `name`, `word`, `country`, `city`, `address`, `identifier`,
    `birth_date`, `kind`, ...); `relation` says how the two values meet (`same`, `spelling`, `sound`,
    `translation`, `transliteration`, `abbreviation`, `initial`, `legal_form`, ...). `text` is for people.
    """

    feature: str
    query: str
    listed: str
    weight: float
    text: str
    relation: str | None = None


class Match(msgspec.Struct, frozen=True):
    """What the matcher answers for one listing: `ref` is the number under which it was indexed."""

    ref: int
    matched_name: str
    score: float
    reasons: tuple[Reason, ...]


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """One listing that may be the party, with the law it carries. `until` dates are the last day in force.

    `effect` is what the list does in law; `consequence` says what follows in a few words. `reservation` is set where
    the entry has no certain effect on the day: `stayed`, or `in_doubt`; the first of `remarks` says why.
    """

    listing: str
    list: str
    list_title: str
    party: str
    listed_name: str
    matched_name: str
    score: float
    reasons: tuple[Reason, ...]
    license_requirement: str | None = None
    license_requirement_scope: str | None = None
    license_review_policy: str | None = None
    license_review_policy_class: str | None = None
    consequence: str | None = None
    effect: str | None = None
    programs: tuple[str, ...] = ()
    footnotes: tuple[int, ...] = ()
    citations: tuple[str, ...] = ()
    citation_dates: tuple[dt.date | None, ...] = ()
    countries: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    valid_from: dt.date | None = None
    valid_until: dt.date | None = None
    dated_by: str | None = None
    reservation: Literal["stayed", "in_doubt"] | None = None
    remarks: tuple[str, ...] = ()
    source: str | None = None
    snapshot: str | None = None


class QueryEcho(msgspec.Struct, frozen=True, kw_only=True):
    """The question as it was understood: `as_typed` to the letter, `normalised` as it was compared."""

    id: str | None
    name: str
    as_typed: str
    normalised: str
    row: int | None = None
    kind: str = "unknown"
    countries: tuple[str, ...] = ()


class ListUsed(msgspec.Struct, frozen=True, kw_only=True):
    """One list that was searched: the snapshot it came from and the day of that release.

    `in_doubt` counts entries beyond `entries` of which it cannot be known whether they were in force on the day.
    """

    id: str
    source: str
    snapshot: str
    as_of: dt.date
    fetched_at: dt.datetime
    entries: int
    in_doubt: int = 0


class Provenance(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer rests on, so that it can be repeated: engine, settings, lists, and both clocks."""

    engine: str
    settings: str
    tables: str
    lists: tuple[ListUsed, ...]
    not_searched: tuple[str, ...]
    at: dt.datetime
    valid_on: dt.date
    known_at: dt.datetime
    warnings: tuple[str, ...] = ()


class Screening(msgspec.Struct, frozen=True, kw_only=True):
    """The answer for one party. A no-match is an answer too, and names what was searched.

    `remarks` are about the question: a duplicate, an empty name, a name that cannot discriminate.
    """

    schema: str = SCHEMA
    query: QueryEcho
    outcome: Outcome
    hits: tuple[Hit, ...] = ()
    remarks: tuple[str, ...] = ()
    provenance: Provenance


def score_of(reasons: Iterable[Reason]) -> float:
    """The score that the weights of `reasons` add up to: 0 to 1, four places."""
    odds = math.fsum(reason.weight for reason in reasons)
    return round(1 / (1 + math.exp(-odds)) if odds > -700 else 0.0, 4)
