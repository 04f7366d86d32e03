"""The desk: raises alerts, lets people work on them, and opens them again when what they rest on has changed.

Whatever is done is one transaction: the events, their lines in the ledger and the rows beside them, or nothing. An
action may say on which event of the alert it was decided (`seen`); when something has happened since, it is refused
with MovedOn and nothing is written. The desk reads no clock: `at` is handed in, in UTC.
"""

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import islice
from typing import Self

import msgspec

from ringfence.decisions.ledger import lines_on
from ringfence.errors import AccessDenied, Conflict, MovedOn, QueryError
from ringfence.records import Screening
from ringfence.review import change
from ringfence.review.alert import (
    OPEN,
    STATES,
    Action,
    AlertEvent,
    Case,
    Cause,
    FactChange,
    Facts,
    Find,
    Standing,
    State,
    Subject,
    Verdict,
    case_of,
)
from ringfence.review.dossier import Alert, alert_of
from ringfence.review.policy import Policy, bounded, rests_on
from ringfence.review.queue import AlertPage, Filter, Sort, Waiting, page_of, waiting
from ringfence.review.record import Pair, Record, faults
from ringfence.review.stake import Stake
from ringfence.store.database import Database

MOST_AT_ONCE = 1_000
"""Alerts of one bulk decision, or of a page."""
_CHUNK = 500
NO_LONGER_MET = "no_longer_met"
"""The reason of an alert that was withdrawn; nobody can give it."""


class Reviewer(msgspec.Struct, frozen=True):
    """Who acts. `approves` is True for a person who may be the second pair of eyes; a program never is."""

    name: str
    approves: bool = False


class Raised(msgspec.Struct, frozen=True, kw_only=True):
    """What screenings did to the desk: the numbers of new, re-opened and changed alerts.

    `kept` counts pairs on which a decision stays in force, `known` those that wait as they were.
    """

    raised: tuple[int, ...] = ()
    reopened: tuple[int, ...] = ()
    changed: tuple[int, ...] = ()
    kept: int = 0
    known: int = 0


class Reopened(msgspec.Struct, frozen=True):
    """An alert that was opened again, and the facts that are no longer what they were."""

    alert: int
    changes: tuple[FactChange, ...]


class Foreseen(msgspec.Struct, frozen=True, kw_only=True):
    """What a bulk decision would do to one alert: its state after it, or why it would be left alone."""

    standing: Standing
    state: State | None
    why: str = ""


class Bulk(msgspec.Struct, frozen=True, kw_only=True):
    """What was done to many alerts at once: under `id` it can be undone. `left` says of others why nothing was done."""

    id: str
    done: tuple[Standing, ...]
    left: dict[int, str]


class Desk:
    """The desk of one store, under one policy."""

    def __init__(self, database: Database, policy: Policy | None = None) -> None:
        self._database = database
        self.policy = policy or Policy()

    @classmethod
    def open(cls, location: str, policy: Policy | None = None) -> Self:
        """The desk of the store at `location`, made when there is none. Raises StoreError."""
        return cls(Database.open(location), policy)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give back every connection."""
        self._database.close()

    @property
    def database(self) -> Database:
        """The store, for what else is kept there."""
        return self._database

    # What comes in

    def raise_(
        self,
        found: Iterable[tuple[Subject, Screening]],
        *,
        cause: Cause,
        at: dt.datetime,
        by: str,
        listing_of: Find,
    ) -> Raised:
        """Raise an alert for every hit of every screening, once for each pair; `listing_of` gives the entry's text.

        A pair that is known with the same facts and the same text is left as it is. With others, an open alert takes
        them in (a waiting proposal goes back to review), a cleared one is opened again when a fact that it rests on
        differs, its score has risen, or its time is over; a confirmed one takes them in and stays confirmed.
        """
        cases = (
            case_of(subject, hit, listing_of(hit.listing), screening.provenance, cause)
            for subject, screening in self._led(found)
            for hit in screening.hits
        )
        total = Raised()
        while part := list(islice(cases, _CHUNK)):
            total = _sum(total, self._raise(part, at, by))
        return total

    def _led(self, found: Iterable[tuple[Subject, Screening]]) -> Iterator[tuple[Subject, Screening]]:
        for subject, screening in found:
            yield msgspec.structs.replace(subject, facts=self.policy.leading(subject.facts)), screening

    def reopen_changed(
        self,
        *,
        at: dt.datetime,
        by: str,
        listing_of: Find | None = None,
        facts_of: Callable[[str, str], Facts | None] | None = None,
        listings: Collection[str] | None = None,
    ) -> list[Reopened]:
        """Open cleared alerts again whose time is over, or that rest on a fact that is no longer what it was.

        `listing_of` gives the present text of an entry, `facts_of` the present facts of a party by its source and
        id; what they do not give, and what is not asked because they are absent, is taken as unchanged. `listings`
        bounds the question to alerts on these entries.
        """
        done: list[Reopened] = []
        last = 0
        while True:
            with self._database.write() as connection:
                record = Record(connection)
                part = record.cleared(last, _CHUNK, listings)
                if not part:
                    return done
                last = part[-1].alert
                cases, decisions = record.cases([one.alert for one in part]), record.decisions(part)
                happened = []
                for one in part:
                    before = cases[one.alert]
                    after = _present(before, listing_of, facts_of)
                    why = [
                        *change.changes(before, after, decisions[one.alert].rests_on),
                        *change.expired(one.expires_on, at.date()),
                    ]
                    if why:
                        happened.append(
                            _event(one, "reopened", "new", by, at, case=after, changes=tuple(why))
                        )
                record.add(happened, at=at)
                done += [Reopened(event.alert, event.changes) for _, event, _ in happened]

    def withdraw(
        self, pairs: Iterable[tuple[str, str, str]], why: str, *, at: dt.datetime, by: str
    ) -> tuple[int, ...]:
        """Close the open alerts on pairs (source, subject, listing) that no longer meet, saying why; their numbers.

        Nobody has decided anything about such a pair: when it meets again, it is opened again. Decided alerts, and pairs
        that have none, are left alone.
        """
        done: list[int] = []
        wanted = iter(dict.fromkeys(pairs))
        while part := list(islice(wanted, _CHUNK)):
            with self._database.write() as connection:
                record = Record(connection)
                standings = record.standings(record.known(part).values()).values()
                happened = [
                    _event(one, "withdrawn", "cleared", by, at, reason=NO_LONGER_MET, text=bounded(why))
                    for one in standings
                    if one.state in OPEN
                ]
                record.add(happened, at=at)
                done += [event.alert for _, event, _ in happened]
        return tuple(done)

    def happened(self, *, at: dt.datetime, by: str) -> Iterator[tuple[AlertEvent, Standing]]:
        """What one actor did at one instant, in order, each event with where its alert stood after it."""
        with self._database.read() as connection:
            yield from Record(connection).at(at, by)

    def _raise(self, cases: list[Case], at: dt.datetime, by: str) -> Raised:
        with self._database.write() as connection:
            record = Record(connection)
            by_pair: dict[Pair, Case] = {}
            for case in cases:
                by_pair.setdefault((case.source, case.subject, case.listing), case)
            known = record.known(by_pair)
            standings = record.standings(known.values())
            moved = [
                one
                for pair, number in known.items()
                if _differs(one := standings[number], by_pair[pair]) or one.state == "cleared"
            ]
            before, decisions = record.cases([one.alert for one in moved]), record.decisions(moved)
            happened: list[tuple[Standing | None, AlertEvent, str]] = []
            for pair, number in known.items():
                one, case = standings[number], by_pair[pair]
                if number in before:
                    decision = decisions.get(number)
                    happened += self._met(one, before[number], case, decision, at, by)
            begun = record.begin([pair for pair in by_pair if pair not in known])
            for pair, number in begun.items():
                raised = AlertEvent(
                    alert=number, number=1, at=at, by=by, action="raised", state="new", case=by_pair[pair]
                )
                happened.append((None, raised, by_pair[pair].list))
            record.add(happened, at=at)
        touched = {event.alert: event for _, event, _ in happened}
        kept = [
            number
            for number in known.values()
            if number not in touched and standings[number].state not in OPEN
        ]
        return Raised(
            raised=tuple(begun.values()),
            reopened=tuple(n for n, event in touched.items() if event.action == "reopened"),
            changed=tuple(n for n, event in touched.items() if event.action == "changed"),
            kept=len(kept),
            known=len(known) - len(kept) - sum(1 for number in known.values() if number in touched),
        )

    def _met(
        self, one: Standing, before: Case, after: Case, decision: AlertEvent | None, at: dt.datetime, by: str
    ) -> Iterator[tuple[Standing, AlertEvent, str]]:
        """What a new case does to an alert that there is."""
        if decision is not None and decision.action == "withdrawn":
            again = (FactChange("match", "pair", "no longer met", "met again"),)
            yield _event(one, "reopened", "new", by, at, case=after, changes=again)
        elif one.state == "cleared" and decision is not None:
            why = (
                *change.changes(before, after, decision.rests_on),
                *change.risen(before, after, self.policy.score_rise),
                *change.expired(one.expires_on, at.date()),
            )
            if why:
                yield _event(one, "reopened", "new", by, at, case=after, changes=why)
        elif _differs(one, after):
            what = (*change.changes(before, after), *change.stakes(before, after))
            if not what:
                what = (
                    FactChange("listing", "text", before.listing_version[:19], after.listing_version[:19]),
                )
            state: State = "in_review" if one.state == "proposed" else one.state
            yield _event(one, "changed", state, by, at, case=after, changes=what)

    # What is asked

    def queue(
        self,
        asked: Filter | None = None,
        *,
        sort: Sort = "score",
        page: int = 1,
        size: int = 50,
        reverse: bool = False,
    ) -> AlertPage:
        """One page of alerts. `sort` puts the highest score or amount, or the oldest, first; `reverse` last.

        Amounts are compared by what the policy says their currencies are worth; those of a currency that it does not
        name come after, each currency by itself. Raises QueryError for a page that cannot be, and for a least amount that
        would be compared across currencies.
        """
        if page < 1 or not 1 <= size <= MOST_AT_ONCE:
            raise QueryError(f"pages begin at 1 and hold 1 to {MOST_AT_ONCE:,} alerts.", "page")
        with self._database.read() as connection:
            return page_of(
                connection, asked or Filter(), sort, page, size, self.policy.worth, reverse=reverse
            )

    def alert(self, number: int) -> Alert:
        """One alert with everything that happened to it. Raises NotKnown."""
        with self._database.read() as connection:
            record = Record(connection)
            one = record.standing(number)
            others = page_of(
                connection,
                Filter(states=STATES, source=one.source, subject=one.subject),
                "score",
                1,
                MOST_AT_ONCE,
                self.policy.worth,
            ).alerts
            return alert_of(one, record.events(number), (other for other in others if other.alert != number))

    def alerts(self, asked: Filter | None = None) -> Iterator[Alert]:
        """Every alert that `asked` describes (all, when nothing is), in full and in their order: for audits."""
        wanted = asked or Filter(states=STATES)
        page = 1
        while found := self.queue(wanted, sort="number", reverse=True, page=page, size=_CHUNK).alerts:
            for one in found:
                with self._database.read() as connection:
                    yield alert_of(one, Record(connection).events(one.alert)[: one.number])
            page += 1

    def of_bulk(self, bulk: str) -> list[Standing]:
        """Where the alerts of a bulk decision stand; those with `bulk` still as their last can be undone by it."""
        with self._database.read() as connection:
            return Record(connection).of_bulk(bulk) if bulk.isprintable() else []

    def decisions(self, standings: Iterable[Standing]) -> dict[int, AlertEvent]:
        """The decisions in force, or waiting, of alerts, by number: for an inbox that shows what is proposed."""
        with self._database.read() as connection:
            return Record(connection).decisions(standings)

    def at_stake(self, numbers: Collection[int]) -> dict[int, tuple[Stake, ...]]:
        """All that is at stake with the party of each of these alerts, by number."""
        with self._database.read() as connection:
            cases = Record(connection).cases(numbers)
        return {number: case.facts.at_stake for number, case in cases.items()}

    def counts(self, at: dt.datetime) -> list[Waiting]:
        """How many alerts there are in every state, and how long the open ones wait, as of `at`."""
        with self._database.read() as connection:
            return waiting(connection, at)

    def verify(self) -> tuple[str, ...]:
        """Where the rows that queues are made of differ from what the ledger says; nothing when all is well.

        Whether the ledger itself was changed is what `Ledger.verify` finds.
        """
        with self._database.read() as connection:
            record = Record(connection)
            rows = record.rows_by_line()
            return tuple(faults(lines_on(connection, kind="review"), rows.get))

    # What people do

    def assign(
        self, number: int, to: str | None, *, by: Reviewer, at: dt.datetime, seen: int | None = None
    ) -> Standing:
        """Give an open alert to somebody, or (None) to nobody."""
        return self._act(number, "assigned", by, at, seen, assigned_to=_person(to))

    def start(self, number: int, *, by: Reviewer, at: dt.datetime, seen: int | None = None) -> Standing:
        """Begin to review: the alert is then the reviewer's own."""
        return self._act(number, "started", by, at, seen, state="in_review", assigned_to=by.name)

    def note(
        self, number: int, text: str, *, by: Reviewer, at: dt.datetime, seen: int | None = None
    ) -> Standing:
        """Write down what was found; nothing else changes."""
        return self._act(number, "noted", by, at, seen, text=_said(text))

    def escalate(
        self,
        number: int,
        text: str,
        *,
        by: Reviewer,
        at: dt.datetime,
        to: str | None = None,
        seen: int | None = None,
    ) -> Standing:
        """Hand an alert up, to somebody or to whoever takes it, saying why."""
        return self._act(
            number, "escalated", by, at, seen, state="escalated", assigned_to=_person(to), text=_said(text)
        )

    def decide(
        self,
        number: int,
        verdict: Verdict,
        *,
        reason: str,
        text: str,
        by: Reviewer,
        at: dt.datetime,
        expires_on: dt.date | None = None,
        seen: int | None = None,
    ) -> Standing:
        """Clear or confirm an alert, for a reason of the closed list and in words; see `clear` and `confirm`."""
        facts = rests_on(verdict, reason, text)
        until = self.policy.expires(verdict, at.date(), expires_on)
        with self._database.write() as connection:
            record = Record(connection)
            one = _looked_at(record.standing(number), seen)
            case = record.cases([number])[number]
            second = self.policy.second(case, verdict, reason)
            action: Action = "proposed" if second else verdict
            one.allows(action)
            event = _event(
                one,
                action,
                "proposed" if second else verdict,
                by.name,
                at,
                assigned_to=one.assigned_to or by.name,
                verdict=verdict,
                reason=reason,
                text=text.strip(),
                rests_on=facts,
                expires_on=until,
                four_eyes=second,
                policy=self.policy.digest,
            )
            return record.add([event], at=at)[0]

    def clear(
        self,
        number: int,
        *,
        reason: str,
        text: str,
        by: Reviewer,
        at: dt.datetime,
        expires_on: dt.date | None = None,
        seen: int | None = None,
    ) -> Standing:
        """Say that the party is not the listed one, until a day (the policy's, when none is given).

        Where the policy asks for four eyes it is a proposal, which waits for `approve`.
        """
        return self.decide(
            number, "cleared", reason=reason, text=text, by=by, at=at, expires_on=expires_on, seen=seen
        )

    def confirm(
        self, number: int, *, reason: str, text: str, by: Reviewer, at: dt.datetime, seen: int | None = None
    ) -> Standing:
        """Say that the party is the listed one; a proposal where the policy asks for four eyes."""
        return self.decide(number, "confirmed", reason=reason, text=text, by=by, at=at, seen=seen)

    def approve(
        self, number: int, *, by: Reviewer, at: dt.datetime, text: str = "", seen: int | None = None
    ) -> Standing:
        """Put a proposal in force, as another person who may. Raises AccessDenied for anybody else."""
        with self._database.write() as connection:
            record = Record(connection)
            one = _looked_at(record.standing(number), seen)
            one.allows("approved")
            _second(one, by)
            proposal = record.decisions([one])[number]
            verdict = proposal.verdict or "cleared"
            event = _event(
                one,
                "approved",
                verdict,
                by.name,
                at,
                verdict=verdict,
                reason=proposal.reason,
                text=bounded(text),
                rests_on=proposal.rests_on,
                expires_on=proposal.expires_on,
                policy=self.policy.digest,
            )
            return record.add([event], at=at)[0]

    def return_(
        self, number: int, text: str, *, by: Reviewer, at: dt.datetime, seen: int | None = None
    ) -> Standing:
        """Send a proposal back to who made it, saying why, as another person who may approve."""
        with self._database.write() as connection:
            record = Record(connection)
            one = _looked_at(record.standing(number), seen)
            one.allows("returned")
            _second(one, by)
            event = _event(
                one, "returned", "in_review", by.name, at, assigned_to=one.decided_by, text=_said(text)
            )
            return record.add([event], at=at)[0]

    def undo(
        self, number: int, *, by: Reviewer, at: dt.datetime, text: str = "", seen: int | None = None
    ) -> Standing:
        """Take a decision or proposal back, as who made it or as one who approves, until a second reviewer has acted."""
        with self._database.write() as connection:
            record = Record(connection)
            one = _looked_at(record.standing(number), seen)
            return record.add([_taken_back(record, one, by, at, bounded(text))], at=at)[0]

    def reopen(
        self, number: int, text: str, *, by: Reviewer, at: dt.datetime, seen: int | None = None
    ) -> Standing:
        """Open a decided alert again, saying why. A confirmed one, or one that two have settled, by one who approves."""
        with self._database.write() as connection:
            record = Record(connection)
            one = _looked_at(record.standing(number), seen)
            one.allows("reopened")
            if (one.state == "confirmed" or one.settled) and not by.approves:
                raise AccessDenied(
                    f"alert {number}: only a person who may approve can open this decision again."
                )
            case = record.cases([number])[number]
            event = _event(one, "reopened", "new", by.name, at, case=case, text=_said(text))
            return record.add([event], at=at)[0]

    def _act(
        self,
        number: int,
        action: Action,
        by: Reviewer,
        at: dt.datetime,
        seen: int | None,
        *,
        state: State | None = None,
        **fields: str | None,
    ) -> Standing:
        with self._database.write() as connection:
            record = Record(connection)
            one = _looked_at(record.standing(number), seen)
            one.allows(action)
            return record.add([_event(one, action, state or one.state, by.name, at, **fields)], at=at)[0]

    # Many at once

    def preview(
        self, numbers: Collection[int], verdict: Verdict, *, reason: str, text: str
    ) -> list[Foreseen]:
        """What `decide_many` would do to each of these alerts; nothing is written."""
        rests_on(verdict, reason, text)
        _few(numbers)
        with self._database.read() as connection:
            record = Record(connection)
            standings, cases = record.standings(numbers), record.cases(numbers)
            return [
                self._foreseen(standings[number], cases[number], verdict, reason, len(numbers))
                for number in dict.fromkeys(numbers)
                if number in standings
            ]

    def decide_many(
        self,
        seen: Mapping[int, int | None],
        verdict: Verdict,
        *,
        reason: str,
        text: str,
        by: Reviewer,
        at: dt.datetime,
        expires_on: dt.date | None = None,
    ) -> Bulk:
        """Clear or confirm many alerts in one transaction; `seen` is the event of each on which that was decided.

        An alert that has moved on, or that cannot be decided, is left alone and named.
        """
        facts = rests_on(verdict, reason, text)
        until = self.policy.expires(verdict, at.date(), expires_on)
        _few(seen)
        with self._database.write() as connection:
            record = Record(connection)
            standings, cases = record.standings(seen), record.cases(seen)
            left = {number: "there is no such alert" for number in seen if number not in standings}
            happened = []
            bulk = record.next_bulk()
            for number, one in standings.items():
                if seen[number] is not None and seen[number] != one.number:
                    left[number] = str(_moved_on(one))
                    continue
                foreseen = self._foreseen(one, cases[number], verdict, reason, len(seen))
                if foreseen.state is None:
                    left[number] = foreseen.why
                    continue
                happened.append(
                    _event(
                        one,
                        "proposed" if foreseen.state == "proposed" else verdict,
                        foreseen.state,
                        by.name,
                        at,
                        assigned_to=one.assigned_to or by.name,
                        verdict=verdict,
                        reason=reason,
                        text=text.strip(),
                        rests_on=facts,
                        expires_on=until,
                        four_eyes=foreseen.why or None,
                        policy=self.policy.digest,
                        bulk=bulk,
                    )
                )
            return Bulk(id=bulk, done=tuple(record.add(happened, at=at)), left=left)

    def undo_many(self, bulk: str, *, by: Reviewer, at: dt.datetime, text: str = "") -> Bulk:
        """Take back what a bulk decision did, wherever nobody has acted since."""
        said = bounded(text)
        with self._database.write() as connection:
            record = Record(connection)
            standings = record.of_bulk(bulk) if bulk.isprintable() else []
            if not standings:
                raise QueryError(f"{bulk[:60]!r} names no bulk decision.", "bulk")
            left: dict[int, str] = {}
            happened = []
            for one in standings:
                if one.bulk != bulk or one.action == "undone":
                    left[one.alert] = str(_moved_on(one))
                    continue
                try:
                    happened.append(_taken_back(record, one, by, at, said, bulk=bulk))
                except (Conflict, AccessDenied) as error:
                    left[one.alert] = str(error)
            return Bulk(id=bulk, done=tuple(record.add(happened, at=at)), left=left)

    def _foreseen(self, one: Standing, case: Case, verdict: Verdict, reason: str, size: int) -> Foreseen:
        second = self.policy.second(case, verdict, reason, size)
        try:
            one.allows("proposed" if second else verdict)
        except Conflict as error:
            return Foreseen(standing=one, state=None, why=str(error))
        return Foreseen(standing=one, state="proposed" if second else verdict, why=second or "")


def _differs(one: Standing, case: Case) -> bool:
    """Whether a case says something else than where the alert stands; which of several amounts comes first is nothing."""
    facts = case.facts
    single = not facts.stakes and (one.amount, one.currency) != (facts.amount, facts.currency)
    return one.versions != case.versions or single


def _event(
    before: Standing, action: Action, state: State, by: str, at: dt.datetime, **fields: object
) -> tuple[Standing, AlertEvent, str]:
    values = {"assigned_to": before.assigned_to, **fields}
    event = AlertEvent(
        alert=before.alert,
        number=before.number + 1,
        at=at,
        by=by,
        action=action,
        state=state,
        **values,  # type: ignore[arg-type]
    )
    return before, event, before.list


def _taken_back(
    record: Record, one: Standing, by: Reviewer, at: dt.datetime, text: str, bulk: str | None = None
) -> tuple[Standing, AlertEvent, str]:
    one.allows("undone")
    if one.settled:
        raise Conflict(
            f"alert {one.alert}: a second reviewer has approved the decision; open it again instead of undoing it."
        )
    if by.name != one.decided_by and not by.approves:
        raise AccessDenied(
            f"alert {one.alert}: only {one.decided_by}, or a person who may approve, can undo this decision."
        )
    decided = one.decided or one.number
    before = record.row_of(one.alert, decided - 1)
    return _event(
        one,
        "undone",
        before.state,
        by.name,
        at,
        assigned_to=before.assigned_to,
        undoes=decided,
        text=text,
        bulk=bulk,
    )


def _present(
    case: Case, listing_of: Find | None, facts_of: Callable[[str, str], Facts | None] | None
) -> Case:
    """The case with what is known now."""
    listing = listing_of(case.listing) if listing_of else None
    facts = facts_of(case.source, case.subject) if facts_of else None
    return case.with_present(listing, facts)


def _second(one: Standing, by: Reviewer) -> None:
    if not by.approves:
        raise AccessDenied(f"alert {one.alert}: {by.name} may not approve. Ask a person who may.")
    if by.name == one.decided_by:
        raise AccessDenied(
            f"alert {one.alert}: {by.name} proposed this; somebody else must approve or return it."
        )


def _looked_at(one: Standing, seen: int | None) -> Standing:
    if seen is not None and seen != one.number:
        raise _moved_on(one)
    return one


def _moved_on(one: Standing) -> MovedOn:
    return MovedOn(
        f"alert {one.alert} has moved on: {one.by} {one.action} it at {one.at:%Y-%m-%d %H:%M} UTC, it is "
        f"{one.state.replace('_', ' ')} now. Look at it again."
    )


def _person(to: str | None) -> str | None:
    if to is None:
        return None
    name = to.strip()
    if not name or len(name) > 200 or not name.isprintable():
        raise QueryError(f"{to[:40]!r} is no name of a person.", "to")
    return name


def _said(text: str) -> str:
    if not text.strip():
        raise QueryError("say in a few words why: the text is kept with the alert.", "text")
    return bounded(text)


def _few(numbers: Collection[int]) -> None:
    if not 1 <= len(numbers) <= MOST_AT_ONCE:
        raise QueryError(f"name 1 to {MOST_AT_ONCE:,} alerts, not {len(numbers):,}.", "alerts")


def _sum(one: Raised, other: Raised) -> Raised:
    return Raised(
        raised=one.raised + other.raised,
        reopened=one.reopened + other.reopened,
        changed=one.changed + other.changed,
        kept=one.kept + other.kept,
        known=one.known + other.known,
    )
