"""The nouns of the desk: who an alert is about, what it rests on, and what happened to it.

An alert is a pair, one party of the user against one listing. Everything that happens to the pair is an event;
the alert is what its events say. A `Case` is the evidence at one moment: the facts of both sides as they were then.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any, Literal, get_args

import msgspec

from ringfence.errors import Conflict
from ringfence.records import Hit, Identifier, Listing, PartialDate, Provenance, Query, Reason
from ringfence.records.codec import canonical, digest
from ringfence.review.stake import Stake

State = Literal["new", "in_review", "escalated", "proposed", "cleared", "confirmed"]
"""`proposed` waits for the second reviewer; `cleared` is not the listed party, `confirmed` is."""

OPEN: frozenset[State] = frozenset({"new", "in_review", "escalated", "proposed"})
STATES: tuple[State, ...] = get_args(State)

Cause = Literal["new_party", "party_change", "list_change", "link_change", "rule_change", "screening"]
"""Why an alert was raised: a party came or changed, a list, the links or a rule changed, or somebody screened."""

CAUSES: tuple[Cause, ...] = get_args(Cause)

Verdict = Literal["cleared", "confirmed"]

Action = Literal[
    "raised", "changed", "reopened", "assigned", "started", "escalated", "noted",
    "proposed", "cleared", "confirmed", "approved", "returned", "undone", "withdrawn",
]  # fmt: skip
"""What can happen to an alert. `changed` brings new facts to it; `undone` takes a decision back; `withdrawn`
closes an open alert whose two sides no longer meet."""

Fact = Literal["name", "aliases", "kind", "countries", "addresses", "identifiers", "birth_dates", "owners"]
"""What both sides have, and what a decision can rest on."""

FACTS: tuple[Fact, ...] = get_args(Fact)


class Facts(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A party as it was described at one moment: the user's or the listed one.

    `owners` are who stands behind the user's party by the links, a line each, where an alert is about that. `amount` is
    what is at stake with the user's party (in `currency`), None where nobody said or it could not be read. `stakes` is all
    of it where it is more than that: a sum for each currency, of which the first is `amount`, and what was not read.
    """

    name: str
    aliases: tuple[str, ...] = ()
    kind: str = "unknown"
    countries: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    birth_dates: tuple[PartialDate, ...] = ()
    owners: tuple[str, ...] = ()
    amount: float | None = None
    currency: str | None = None
    stakes: tuple[Stake, ...] = ()

    @classmethod
    def of_query(cls, query: Query, stakes: tuple[Stake, ...] = ()) -> "Facts":
        """The facts that a party was screened with."""
        parts = (query.address, query.city, query.postal_code)
        address = ""
        for part in parts:
            if part and part not in address:
                address = f"{address}, {part}" if address else part
        return cls(
            name=query.name,
            aliases=query.aliases,
            kind=query.kind,
            countries=query.countries,
            addresses=(address,) if address else (),
            identifiers=query.identifiers,
            birth_dates=(query.birth_date,) if query.birth_date else (),
        ).with_stakes(stakes)

    @classmethod
    def of_listing(cls, listing: Listing) -> "Facts":
        """What an entry says of its party."""
        party = listing.party
        return cls(
            name=party.name,
            aliases=tuple(name.text for name in party.names[1:]),
            kind=party.kind,
            countries=party.countries,
            addresses=tuple(address.text for address in party.addresses),
            identifiers=party.identifiers,
            birth_dates=party.birth_dates,
        )

    def with_stakes(self, stakes: tuple[Stake, ...]) -> "Facts":
        """The facts with this at stake, of which the first is shown in queues."""
        first = stakes[0] if stakes else Stake()
        plain = len(stakes) < 2 and first.unread is None
        return msgspec.structs.replace(
            self, amount=first.amount, currency=first.currency, stakes=() if plain else stakes
        )

    @property
    def at_stake(self) -> tuple[Stake, ...]:
        """Everything that is at stake; empty where nobody said."""
        return self.stakes or (() if self.amount is None else (Stake(self.amount, self.currency),))

    def values(self, fact: Fact) -> tuple[str, ...]:
        """The values of one fact, as text for people, in the order given."""
        if fact == "name":
            return (self.name,)
        if fact == "kind":
            return (self.kind,)
        if fact == "identifiers":
            return tuple(f"{one.scheme} {one.value}" for one in self.identifiers)
        if fact == "birth_dates":
            return tuple(one.published for one in self.birth_dates)
        found: tuple[str, ...] = getattr(self, fact)
        return found


class Subject(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The user's party: where it is kept (`book`, or the name of a screened file), its id there, and its facts.

    Without an id of its own a party of a file is named by its facts, so that a row inserted above it changes nothing.
    """

    source: str
    id: str
    facts: Facts
    row: int | None = None

    @classmethod
    def of_query(cls, query: Query, source: str, stakes: tuple[Stake, ...] = ()) -> "Subject":
        """The party of a screening run, `source` being the name of the run's file or book."""
        facts = Facts.of_query(query, stakes)
        own = query.id or f"facts-{_mark(facts)[:12]}"
        return cls(source=_short(source), id=_short(own), facts=facts, row=query.row)


class Basis(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What a case rests on, so that the screening can be repeated: engine, list snapshot, both clocks."""

    engine: str
    settings: str
    tables: str
    source: str | None = None
    snapshot: str | None = None
    as_of: dt.date | None = None
    at: dt.datetime
    valid_on: dt.date
    known_at: dt.datetime


class Case(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The evidence at one moment. `versions` is the same only for the same facts and the same text of the entry.

    `listing_version` is the digest of the entry's text, as in a decision; `party` the joined party behind the entry.
    """

    source: str
    subject: str
    row: int | None = None
    facts: Facts
    list: str
    listing: str
    listing_version: str
    party: str
    listed: Facts
    matched_name: str
    score: float
    reasons: tuple[Reason, ...]
    cause: Cause
    basis: Basis

    def with_present(self, listing: Listing | None, facts: Facts | None) -> "Case":
        """The case with the present text of the entry and the present facts of the party, where they are given."""
        values: dict[str, Any] = {}
        if listing is not None:
            values |= {"listed": Facts.of_listing(listing), "listing_version": digest(canonical(listing))}
        if facts is not None:
            values |= {"facts": facts}
        return msgspec.structs.replace(self, **values) if values else self

    @property
    def versions(self) -> str:
        """A name of the facts of the party and the text of the entry together; of a single amount it says nothing."""
        facts = _identity(self.facts)
        if self.facts.stakes:
            facts = msgspec.structs.replace(facts, stakes=tuple(sorted(self.facts.stakes, key=str)))
        return digest(canonical((facts, self.listing_version))).removeprefix("sha256:")


def case_of(
    subject: Subject, hit: Hit, listing: Listing | None, provenance: Provenance, cause: Cause
) -> Case:
    """The case of one hit; without the entry's text (it was only given for one call) the hit has to do."""
    used = next(
        (one for one in provenance.lists if one.id == hit.list and one.snapshot == hit.snapshot), None
    )
    if listing is None:
        listed = Facts(name=hit.listed_name, countries=hit.countries, addresses=hit.addresses)
        version = digest(canonical(listed))
    else:
        listed, version = Facts.of_listing(listing), digest(canonical(listing))
    return Case(
        source=subject.source,
        subject=subject.id,
        row=subject.row,
        facts=subject.facts,
        list=hit.list,
        listing=hit.listing,
        listing_version=version,
        party=hit.party,
        listed=listed,
        matched_name=hit.matched_name,
        score=hit.score,
        reasons=hit.reasons,
        cause=cause,
        basis=Basis(
            engine=provenance.engine,
            settings=provenance.settings,
            tables=provenance.tables,
            source=hit.source,
            snapshot=hit.snapshot,
            as_of=used.as_of if used else None,
            at=provenance.at,
            valid_on=provenance.valid_on,
            known_at=provenance.known_at,
        ),
    )


def _identity(facts: Facts) -> Facts:
    """The facts without what is at stake: an order more or less is not another party."""
    return facts.with_stakes(())


_LONGEST = 200
"""Characters of an id, or of a name in a queue."""


def _short(text: str) -> str:
    """An id that fits, told apart by its digest where it had to be cut."""
    plain = _column(text)
    return (
        plain
        if plain == text
        else f"{plain[:-13]}-{digest(text.encode('utf-8', 'replace')).removeprefix('sha256:')[:12]}"
    )


def _column(text: str) -> str:
    """Text as a database column holds it: cut, without the character that none of them takes."""
    return text.replace("\0", "\ufffd")[:_LONGEST]


def _mark(facts: Facts) -> str:
    return digest(canonical(_identity(facts))).removeprefix("sha256:")


class FactChange(msgspec.Struct, frozen=True):
    """One fact that is no longer what it was: of the `party`, of the `listing`, the `match` or the `clock`."""

    side: Literal["party", "listing", "match", "clock"]
    fact: str
    before: str
    after: str

    def __str__(self) -> str:
        return (
            f"{self.side} {self.fact.replace('_', ' ')}: {self.before or '(none)'} → {self.after or '(none)'}"
        )


class AlertEvent(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One thing that happened to an alert; `state` and `assigned_to` are those after it. The body of a ledger line.

    `case` comes with what brings new facts (`raised`, `reopened`, `changed`). `verdict` to `expires_on` come with a
    decision and with what settles it; `four_eyes` says why a second reviewer is asked. `undoes` is the number of the
    event that is taken back.
    """

    alert: int
    number: int
    at: dt.datetime
    by: str
    action: Action
    state: State
    assigned_to: str | None = None
    case: Case | None = None
    changes: tuple[FactChange, ...] = ()
    verdict: Verdict | None = None
    reason: str | None = None
    text: str = ""
    rests_on: tuple[Fact, ...] = ()
    expires_on: dt.date | None = None
    four_eyes: str | None = None
    policy: str | None = None
    bulk: str | None = None
    undoes: int | None = None


_DECIDABLE: frozenset[State] = frozenset({"new", "in_review", "escalated"})
_CLOSED: frozenset[State] = frozenset({"cleared", "confirmed"})
_FROM: dict[Action, frozenset[State]] = {
    "changed": frozenset(STATES),
    "noted": frozenset(STATES),
    "assigned": OPEN,
    "started": frozenset({"new", "escalated"}),
    "escalated": frozenset({"new", "in_review"}),
    "proposed": _DECIDABLE,
    "cleared": _DECIDABLE,
    "confirmed": _DECIDABLE,
    "approved": frozenset({"proposed"}),
    "returned": frozenset({"proposed"}),
    "reopened": _CLOSED,
    "undone": _CLOSED | {"proposed"},
    "withdrawn": OPEN,
}
"""In which states an action is possible."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Where an alert is after its last event: what queues are made of. `number` is that of the event.

    `opened_at` is when it was last raised or re-opened, `decided` the number of the event that holds the decision in
    force or waiting, `settled` whether a second reviewer has acted on it.
    """

    alert: int
    number: int
    at: dt.datetime
    by: str
    action: Action
    state: State
    assigned_to: str | None
    source: str
    subject: str
    name: str
    list: str
    listing: str
    listed_name: str
    party: str
    versions: str
    cause: Cause
    score: float
    amount: float | None
    currency: str | None
    opened_at: dt.datetime
    reason: str | None = None
    expires_on: dt.date | None = None
    decided: int | None = None
    decided_by: str | None = None
    settled: bool = False
    bulk: str | None = None

    def can(self, action: Action) -> bool:
        """Whether `action` is possible now, whoever asks."""
        return self.state in _FROM[action] and not (action == "undone" and self.settled)

    def allows(self, action: Action) -> None:
        """Raises Conflict, with what the alert is instead, where `action` is not possible."""
        if self.state not in _FROM[action]:
            raise Conflict(
                f"alert {self.alert} is {self.state.replace('_', ' ')}: it cannot be {action}. It can be when it is "
                f"{' or '.join(one.replace('_', ' ') for one in STATES if one in _FROM[action])}."
            )


def standing_after(before: Standing | None, event: AlertEvent) -> Standing:
    """Where an alert is once `event` has happened. The whole of what events mean."""
    values: dict[str, Any] = {"alert": event.alert, "number": event.number, "at": event.at, "by": event.by}
    values |= {"action": event.action, "state": event.state, "assigned_to": event.assigned_to}
    values |= {"bulk": event.bulk}
    if case := event.case:
        values |= {
            "source": case.source,
            "subject": case.subject,
            "name": _column(case.facts.name),
            "list": case.list,
            "listing": case.listing,
            "listed_name": _column(case.listed.name),
            "party": case.party,
            "versions": case.versions,
            "cause": case.cause,
            "score": case.score,
            "amount": case.facts.amount,
            "currency": case.facts.currency,
        }
    if event.action in {"raised", "reopened"}:
        values |= {"opened_at": event.at}
    if event.action in {"proposed", "cleared", "confirmed", "withdrawn"}:
        values |= {"reason": event.reason, "expires_on": event.expires_on, "settled": False}
        values |= {"decided": event.number, "decided_by": event.by}
    elif event.action == "approved":
        values |= {"settled": True}
    elif event.state not in {"proposed", "cleared", "confirmed"}:
        values |= {"reason": None, "expires_on": None, "decided": None, "decided_by": None, "settled": False}
    return Standing(**values) if before is None else msgspec.structs.replace(before, **values)


Find = Callable[[str], Listing | None]
"""The present text of an entry by its id; None when it is not in force."""
