"""One pass: the book is screened again, the desk learns what came of it, and receivers are owed the news.

What survives a death at any moment. First the pass is computed, which writes nothing. Then, in one transaction, the
pass, its answers and a message to the desk are recorded. The desk takes the message (raising twice raises once), and in
one more transaction the report is kept, the message is paid, and receivers are owed the news. Whoever starts next first
brings a pass that was not closed to its end, and reads what happened to its alerts from the record of the desk, so that
the report is the same whether or not somebody died.
"""

import datetime as dt
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from ringfence.engine import Engine
from ringfence.graph.regimes import RuleStatus
from ringfence.records import Listing, Screening
from ringfence.records.bulk import Spool
from ringfence.records.codec import canonical, digest
from ringfence.review import AlertEvent, Cause, Desk, Facts, Standing, Subject
from ringfence.settings import Settings
from ringfence.sources.links import LinkSet
from ringfence.store import BookLinks, Kept, PartyBook, Store
from ringfence.store.outbox import Outbox, Owed
from ringfence.store.passes import Answer, Behind, Capture, Line, Met, Pass, Passes
from ringfence.watch.affiliates import CAPTURED, Affiliates, Place, answer_of, facts_of
from ringfence.watch.delta import Comparison, Work
from ringfence.watch.report import (
    Affiliate,
    AlertNews,
    Coverage,
    Effort,
    ListMoved,
    News,
    Ownership,
    Rescreening,
    Tried,
    effects_of,
    status_of,
)

BY = "ringfence watch"
BOOK = "book"
"""The source of alerts on parties of the book that are met by their own name."""
OWNERSHIP = "ownership"
"""The source of alerts on parties of the book behind whom a listed party stands."""
DESK = "desk"
"""The receiver of the outbox that is the desk of the same store."""

Announce = Callable[[Rescreening], Sequence[Owed]]
"""What receivers are owed when a pass is done."""

Progress = Callable[[str, int, int | None], None]
"""Called with the step, how far it is, and how far it goes."""

_RUN = 500
"""Parties whose alerts are raised at once."""


class Raise(msgspec.Struct, frozen=True, array_like=True):
    """A party with the listings that it meets anew or otherwise, and why."""

    source: str
    party: str
    cause: Cause
    listings: tuple[str, ...]


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """What the desk is to do for a pass: pairs to raise, and pairs (source, party, listing) to withdraw, by reason."""

    number: int
    raised: tuple[Raise, ...]
    withdrawn: dict[str, tuple[tuple[str, str, str], ...]]
    met: int
    work: Work
    seconds: float
    cpu_seconds: float
    party_changes: dict[str, int]
    lists: tuple[ListMoved, ...]
    coverage: Coverage
    refreshes: tuple[Tried, ...] = ()
    ownership: Ownership | None = None


class Rescreener:
    """Screens the book of one store again. `announce` says what receivers are owed of a report, `affiliates_rule` the status of
    the BIS 50 percent rule where the user knows it better than the table.
    """

    def __init__(
        self,
        store: Store,
        settings: Settings,
        announce: Announce = lambda _: (),
        affiliates_rule: RuleStatus | None = None,
    ) -> None:
        self.affiliates_rule = affiliates_rule
        self._store = store
        self._settings = settings
        self._announce = announce
        database = store.database
        self.passes = Passes(database)
        self.book = PartyBook(database)
        self.links = BookLinks(database)
        self.desk = Desk(database)
        self.outbox = Outbox(database)

    def unfinished(self) -> list[Rescreening]:
        """Bring passes that were recorded and not closed to their end, oldest first; their reports."""
        done = []
        while (message := self.outbox.next(DESK)) is not None:
            done.append(self._finish(message, None))
        return done

    def run(
        self,
        *,
        now: dt.datetime,
        full: bool = False,
        refreshes: Sequence[Tried] = (),
        progress: Progress | None = None,
    ) -> Rescreening | None:
        """One pass at `now`; None when neither the lists nor the book have changed since the last, and nothing is due.

        Memory grows with what is new and with the links, not with the book. Raises Conflict when another watch was
        quicker; nothing was recorded then.
        """
        self.unfinished()
        began, cpu = time.monotonic(), time.process_time()
        last = self.passes.last()
        at = max(now, last.at + dt.timedelta(microseconds=1)) if last else now
        engine = Engine(self._store, self._settings, now=now, known_at=self._store.known(at))
        this = Pass(
            at=at,
            valid_on=engine.on,
            known_at=engine.known_at,
            view=engine.view.digest,
            basis=_basis(engine, self.affiliates_rule),
            kind="full",
            book=self.book.last(),
            links=self.links.last(),
        )
        if last and not full and not self._due(last, this):
            return None
        before, comparison = self._comparison(last, engine, this, full=full)
        with Spool(Line) as sheet:
            look = _Look(self, last, this, before, engine, comparison, sheet, progress)
            look.through()
            task = Task(
                number=(last.number if last else 0) + 1,
                raised=tuple(look.raised),
                withdrawn={why: tuple(pairs) for why, pairs in look.gone.items()},
                met=look.met,
                work=comparison.work,
                seconds=round(time.monotonic() - began, 3),
                cpu_seconds=round(time.process_time() - cpu, 3),
                party_changes={what: count for what, count in look.changes.items() if count} if last else {},
                lists=tuple(_moved(before, engine)),
                coverage=Coverage(parties=look.parties, screened=look.parties, unnamed=look.unnamed),
                refreshes=tuple(refreshes),
                ownership=look.ownership,
            )
            self.passes.record(
                msgspec.structs.replace(this, kind=comparison.kind),
                iter(sheet),
                after=task.number - 1,
                owed=[Owed(receiver=DESK, id=f"pass-{task.number}", body=msgspec.json.encode(task))],
            )
        message = self.outbox.next(DESK)
        assert message is not None  # noqa: S101 - it was written a moment ago
        return self._finish(message, engine, progress)

    def coverage(self) -> Coverage:
        """How much of the book as it stands now was screened by the last pass."""
        parties = screened = unnamed = 0
        for chunk in self.book.chunks(self.book.last()):
            parties += len(chunk)
            screened += len(chunk) - len(self._unscreened(chunk))
            unnamed += sum(_unnamed(kept) for kept in chunk)
        return Coverage(parties=parties, screened=screened, unnamed=unnamed)

    def unscreened(self) -> list[str]:
        """The ids of parties whose present text no pass has screened, in order."""
        chunks = self.book.chunks(self.book.last())
        return [party for chunk in chunks for party in self._unscreened(chunk)]

    def _unscreened(self, chunk: Sequence[Kept]) -> list[str]:
        answers = self.passes.answers([one.party.id for one in chunk])
        return [
            one.party.id
            for one in chunk
            if (answer := answers.get(one.party.id)) is None or answer.version != one.version
        ]

    def _due(self, last: Pass, this: Pass) -> bool:
        """Whether anything differs from the last pass, or a day has come on which something may run out."""
        same = ("basis", "view", "valid_on", "book", "links")
        if any(getattr(last, name) != getattr(this, name) for name in same):
            return True
        rulings = self._store.rulings(known_at=this.known_at)
        return bool(this.links) and rulings != self._store.rulings(known_at=last.known_at)

    def _comparison(
        self, last: Pass | None, engine: Engine, this: Pass, *, full: bool
    ) -> tuple[Engine | None, Comparison]:
        """The world of the last pass, and what differs from it."""
        if last is None:
            return None, Comparison.in_full(engine, "it is the first")
        before = Engine(self._store, self._settings, now=engine.now, on=last.valid_on, known_at=last.known_at)
        if full:
            return before, Comparison.in_full(engine, "it was asked for")
        if last.basis != this.basis:
            why = "the engine, its word tables or its settings are others"
            return before, Comparison.in_full(engine, why)
        if before.view.digest != last.view:
            return before, Comparison.in_full(engine, "the lists of the pass before cannot be told again")
        return before, Comparison.between(before, engine)

    def linked(self, upto: int | None) -> LinkSet:
        """What the files of links say, when `upto` was the last version of any."""
        found = LinkSet()
        for file in self.links.files(upto):
            for part in self.links.read(file):
                found.add(LinkSet(links=list(part.links), parties=part.parties))
        return found

    def _finish(self, message: Owed, engine: Engine | None, progress: Progress | None = None) -> Rescreening:
        """Hand a recorded pass to the desk and close it. `engine` is what its own process still has at hand."""
        task = msgspec.json.decode(message.body, type=Task)
        last = self.passes.numbered(task.number)
        engine = engine or Engine(
            self._store, self._settings, now=last.at, on=last.valid_on, known_at=last.known_at
        )
        for cause in dict.fromkeys(one.cause for one in task.raised):
            self.desk.raise_(
                self._raisings([one for one in task.raised if one.cause == cause], engine, progress),
                cause=cause,
                at=last.at,
                by=BY,
                listing_of=engine.in_force,
            )
        for why, pairs in task.withdrawn.items():
            self.desk.withdraw(pairs, why, at=last.at, by=BY)
        self.desk.reopen_changed(at=last.at, by=BY)
        report = self._report(last, task, engine)
        owed = self._announce(report)
        self.passes.close(task.number, report, at=last.at, done=message.number, owed=owed)
        return report

    def _raisings(
        self, raised: Sequence[Raise], engine: Engine, progress: Progress | None
    ) -> Iterator[tuple[Subject, Screening]]:
        """What the desk is told of each party, in full: asked again, since a pass keeps only what was met.

        A party that has another text by now is left to the next pass, which screens it in full.
        """
        for start in range(0, len(raised), _RUN):
            if progress:
                progress("raising", start, len(raised))
            run = raised[start : start + _RUN]
            ids = {one.party for one in run}
            answers = self.passes.answers(ids)
            held = {
                one.party.id: one.party.query
                for one in self.book.parties(ids=ids)
                if one.party.id in answers and one.version == answers[one.party.id].version
            }
            named = [one for one in run if one.source == BOOK and one.party in held]
            for one, answer in zip(named, engine.screen(held[one.party] for one in named), strict=True):
                hits = tuple(hit for hit in answer.hits if hit.listing in one.listings)
                facts = Facts.of_query(held[one.party])
                yield (
                    Subject(source=BOOK, id=one.party, facts=facts),
                    msgspec.structs.replace(answer, hits=hits),
                )
            owned = [one for one in run if one.source == OWNERSHIP and one.party in held]
            behind = self.passes.behind({one.party for one in owned})
            for one in owned:
                for capture in behind[one.party].captures:
                    if capture.listing in one.listings and (
                        told := answer_of(engine, held[one.party], capture)
                    ):
                        facts = facts_of(held[one.party], capture)
                        yield Subject(source=OWNERSHIP, id=one.party, facts=facts), told

    def _report(self, last: Pass, task: Task, engine: Engine) -> Rescreening:
        work = task.work
        identity = engine.identity()
        news = tuple(_told(event, standing) for event, standing in self.desk.happened(at=last.at, by=BY))
        return Rescreening(
            number=task.number,
            at=last.at,
            valid_on=last.valid_on,
            known_at=last.known_at,
            engine=identity["engine"],
            settings=engine.settings.digest,
            tables=identity["tables"],
            lists=task.lists,
            coverage=task.coverage,
            effort=Effort(
                kind=work.kind,
                why=work.why,
                parties_in_full=work.parties_in_full,
                entries_touched=work.entries_touched,
                words_moved=work.words_moved,
                pairs=work.pairs,
                pairs_of_all=work.pairs_of_all,
                spared=round(work.spared, 4),
                seconds=task.seconds,
                cpu_seconds=task.cpu_seconds,
            ),
            party_changes=task.party_changes,
            news=news,
            kept=max(task.met - sum(one.what != "withdrawn" for one in news), 0),
            refreshes=task.refreshes,
            ownership=task.ownership,
        )


class _Look:
    """One way through the book: what is new of each party, by its own name and by who stands behind it."""

    def __init__(
        self,
        watch: Rescreener,
        last: Pass | None,
        this: Pass,
        before: Engine | None,
        engine: Engine,
        comparison: Comparison,
        sheet: Spool[Line],
        progress: Progress | None,
    ) -> None:
        self._watch = watch
        self._last = last
        self._this = this
        self._before = before
        self._engine = engine
        self._comparison = comparison
        self._sheet = sheet
        self._progress = progress
        self.raised: list[Raise] = []
        self.gone: dict[str, list[tuple[str, str, str]]] = {}
        self.changes: Counter[str] = Counter()
        self.met = self.parties = self.unnamed = 0
        self.ownership: Ownership | None = None
        self._asked: list[tuple[str, Place, frozenset[str]]] = []
        self._known: dict[str, tuple[str, Cause | None]] = {}
        self._affiliates: list[Affiliate] = []
        self._captured = self._linked = 0

    def through(self) -> None:
        """Go through all of it."""
        links = self._watch.linked(self._this.links) if self._this.links else LinkSet()
        owners = self._owners(links) if links.links else None
        upto = self._this.book or 0
        total = self._watch.book.count(upto)
        for chunk in self._watch.book.chunks(upto):
            self._chunk(chunk, owners)
            self.parties += len(chunk)
            self.unnamed += sum(_unnamed(kept) for kept in chunk)
            if self._progress:
                self._progress("screening", self.parties, total)
        self._who_left(upto)
        if owners:
            self._who_stands_behind(owners)
        if owners or self._affiliates:
            self._account(links, owners)

    def _chunk(self, chunk: Sequence[Kept], owners: Affiliates | None) -> None:
        ids = [kept.party.id for kept in chunk]
        answers = self._watch.passes.answers(ids)
        behind = self._watch.passes.behind(ids)
        found = {one.kept.party.id: one.answer for one in self._comparison.look(chunk, answers)}
        for kept in chunk:
            party = kept.party.id
            old = answers.get(party)
            now = found.get(party, old)
            assert now is not None  # noqa: S101 - a party without an answer is always looked at
            self.met += len(now.met)
            if now != old:
                self._sheet.add(Line.of(now))
                self._differs(now, old)
            place = owners.place(kept, now.met) if owners else None
            self._stands(kept, now, old, place, behind.get(party))

    def _differs(self, now: Answer, old: Answer | None) -> None:
        """What is new of a party by its own name."""
        self.changes["added"] += old is None
        other = old is not None and old.version != now.version
        self.changes["changed"] += other
        before = {met.listing: met for met in old.met} if old else {}
        new = tuple(met.listing for met in now.met if before.get(met.listing) != met or other)
        cause: Cause = "new_party" if old is None else "party_change" if other else "list_change"
        if new:
            self.raised.append(Raise(BOOK, now.party, cause, new))
        still = {met.listing for met in now.met}
        for met in before.values():
            if met.listing not in still:
                self._withdraw(_why(met, self._engine), BOOK, now.party, met.listing)

    def _stands(
        self, kept: Kept, now: Answer, old: Answer | None, place: Place | None, before: Behind | None
    ) -> None:
        """What is to be computed of who stands behind a party, and what stands."""
        party = kept.party.id
        if place is None:
            if before is not None:
                self._lost(before, kept.party.query.name, "no link speaks of the party any longer")
            return
        self._linked += 1
        if before is not None and before.version == place.version and self._comparison.kind == "delta":
            self.met += len(before.captures)
            self._captured += _captured(before.captures)
            return
        cause: Cause | None = (
            "new_party" if old is None else "party_change" if old.version != now.version else None
        )
        self._asked.append((party, place, frozenset(met.listing for met in now.met)))
        self._known[party] = (kept.party.query.name, cause)

    def _who_left(self, upto: int) -> None:
        """Parties that are no longer in the book."""
        why = "the party has left the book"
        left = self._watch.passes.left(upto) if self._last else []
        self.changes["removed"] = len(left)
        for start in range(0, len(left), _RUN):
            run = left[start : start + _RUN]
            answers, behind = self._watch.passes.answers(run), self._watch.passes.behind(run)
            for party in run:
                self._sheet.add(Line.gone("party", party))
                for met in answers[party].met:
                    self._withdraw(why, BOOK, party, met.listing)
                if party in behind:
                    self._lost(behind[party], "", why)

    def _who_stands_behind(self, owners: Affiliates) -> None:
        """Compute it where something has changed, and say what is new."""
        before = self._watch.passes.behind([party for party, _, _ in self._asked])
        for now in owners.behind(self._asked):
            old = before.get(now.party)
            was = {one.listing: one for one in old.captures} if old else {}
            self.met += len(now.captures)
            self._captured += _captured(now.captures)
            if now != old:
                self._sheet.add(Line.of_behind(now))
            name, cause = self._known[now.party]
            new: dict[Cause, list[str]] = {}
            for capture in now.captures:
                held = was.pop(capture.listing, None)
                if held == capture and cause is None:
                    continue
                new.setdefault(cause or self._cause(held, capture), []).append(capture.listing)
                if held is None or effects_of(held) != effects_of(capture):
                    self._affiliates.append(Affiliate.of(now.party, name, held, capture))
            self.raised += [Raise(OWNERSHIP, now.party, why, tuple(found)) for why, found in new.items()]
            for capture in was.values():
                self._lose(now.party, name, capture, self._why_lost(capture))

    def _cause(self, held: Capture | None, capture: Capture) -> Cause:
        """Why a listed party stands behind a party, or stands otherwise, that did not before."""
        before = self._before.in_force(capture.listing) if self._before else None
        if held is None and before is None:
            return "list_change"
        moved = self._last is None or self._last.links != self._this.links
        if moved and (held is None or (held.path, held.counted) != (capture.path, capture.counted)):
            return "link_change"
        if held is None or held.version != capture.version:
            return "list_change"
        return "rule_change" if not moved else "link_change"

    def _why_lost(self, capture: Capture) -> str:
        if self._engine.in_force(capture.listing) is None:
            return "the entry is no longer in force"
        return "by the links the listed party no longer has a part of it"

    def _lost(self, behind: Behind, name: str, why: str) -> None:
        self._sheet.add(Line.gone("ownership", behind.party))
        for capture in behind.captures:
            self._lose(behind.party, name, capture, why)

    def _lose(self, party: str, name: str, capture: Capture, why: str) -> None:
        self._withdraw(why, OWNERSHIP, party, capture.listing)
        self._affiliates.append(Affiliate.of(party, name, capture, None))

    def _withdraw(self, why: str, source: str, party: str, listing: str) -> None:
        self.gone.setdefault(why, []).append((source, party, listing))

    def _owners(self, links: LinkSet) -> Affiliates:
        """The network of the links; its ends are screened where a change can touch them."""
        passes = self._watch.passes
        comparison = self._ends = self._comparison.another()
        done: set[str] = set()

        def ends(run: Sequence[Kept]) -> Mapping[str, Answer]:
            asked = {kept.party.id: kept for kept in run}
            answers = passes.answers(asked, "end")
            fresh = [kept for end, kept in asked.items() if end not in done]
            done.update(asked)
            found = {one.answer.party: one.answer for one in comparison.look(fresh, answers)}
            self._sheet.add(*(Line.of(one, "end") for end, one in found.items() if answers.get(end) != one))
            self._fresh |= found
            return answers | {end: self._fresh[end] for end in asked if end in self._fresh}

        self._fresh: dict[str, Answer] = {}
        owners = Affiliates(self._engine, links, ends, self._watch.affiliates_rule)
        self._sheet.add(*(Line.gone("end", end) for end in passes.ends() if end not in done))
        return owners

    def _account(self, links: LinkSet, owners: Affiliates | None) -> None:
        work = self._ends.work if owners else None
        self.ownership = Ownership(
            links=len(links.links),
            ends=work.parties if work else 0,
            ends_in_full=work.parties_in_full if work else 0,
            components=owners.components if owners else 0,
            components_computed=len(owners.computed) if owners else 0,
            linked=self._linked,
            linked_computed=len(self._asked),
            captured=self._captured,
            affiliates=tuple(sorted(self._affiliates, key=lambda one: (one.party, one.listing))),
        )


def _captured(captures: Sequence[Capture]) -> bool:
    return any(one.sure and status_of(one) in CAPTURED for one in captures)


def _unnamed(kept: Kept) -> bool:
    return not kept.party.query.name.strip()


def _why(met: Met, engine: Engine) -> str:
    if engine.in_force(met.listing) is None:
        return "the entry is no longer in force"
    return "the two no longer resemble each other enough"


def _moved(before: Engine | None, after: Engine) -> Iterator[ListMoved]:
    """Each list, before and after."""
    old = {one.id: one for one in before.view.lists} if before else {}
    new = {one.id: one for one in after.view.lists}
    moved = _entries_moved(before, after)
    for list_id in sorted(old.keys() | new.keys()):
        was, now = old.get(list_id), new.get(list_id)
        counts, citations = moved.get(list_id, (Counter(), ()))
        yield ListMoved(
            list=list_id,
            before=was.snapshot if was else None,
            before_as_of=was.as_of if was else None,
            after=now.snapshot if now else None,
            after_as_of=now.as_of if now else None,
            entries=now.entries if now else 0,
            added=counts["added"],
            changed=counts["changed"],
            removed=counts["removed"],
            citations=tuple(citations),
        )


def _entries_moved(before: Engine | None, after: Engine) -> dict[str, tuple[Counter[str], list[str]]]:
    """By list: how many entries were added, changed and removed, and the rules newly cited."""
    if before is None:
        return {}
    old, new = set(before.view.refs), set(after.view.refs)
    was = {one.id: one for _, one in before.view.listings(old - new)}
    now = {one.id: one for _, one in after.view.listings(new - old)}
    found: dict[str, tuple[Counter[str], list[str]]] = {}
    for listing in sorted(was.keys() | now.keys()):
        kind = "added" if listing not in was else "removed" if listing not in now else "changed"
        one: Listing = now.get(listing) or was[listing]
        counts, citations = found.setdefault(one.list, (Counter(), []))
        counts[kind] += 1
        cited = set(map(str, was[listing].citations)) if listing in was else set()
        if listing in now:
            citations += [
                text
                for text in map(str, now[listing].citations)
                if text not in cited and text not in citations
            ]
    return found


def _basis(engine: Engine, affiliates_rule: RuleStatus | None) -> str:
    """What answers, but for the lists: another engine, other tables or settings ask for a full screening."""
    identity = engine.identity()
    given = (affiliates_rule,) if affiliates_rule else ()
    return digest(canonical((identity["engine"], identity["tables"], engine.settings.digest, *given)))


def _told(event: AlertEvent, standing: Standing) -> News:
    why = tuple(map(str, event.changes)) or ((event.text,) if event.text else ())
    return News(
        what=_NEWS[event.action],
        alert=event.alert,
        party=standing.subject,
        name=standing.name,
        listing=standing.listing,
        list=standing.list,
        listed_name=standing.listed_name,
        score=standing.score,
        state=standing.state,
        cause=standing.cause,
        why=why,
    )


_NEWS: dict[str, AlertNews] = {
    "raised": "raised",
    "changed": "changed",
    "reopened": "reopened",
    "withdrawn": "withdrawn",
}
