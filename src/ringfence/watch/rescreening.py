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
from ringfence.records import Listing, Screening
from ringfence.records.codec import canonical, digest
from ringfence.review import AlertEvent, Cause, Desk, Facts, Standing, Subject
from ringfence.settings import Settings
from ringfence.store import Kept, PartyBook, Store
from ringfence.store.outbox import Outbox, Owed
from ringfence.store.passes import Answer, Met, Pass, Passes
from ringfence.watch.delta import Found, Progress, Work, again, in_full
from ringfence.watch.report import AlertNews, Coverage, Effort, ListMoved, News, Rescreening, Tried

BY = "ringfence watch"
SOURCE = "book"
DESK = "desk"
"""The receiver of the outbox that is the desk of the same store."""

Announce = Callable[[Rescreening], Sequence[Owed]]
"""What receivers are owed when a pass is done."""


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """What the desk is to do for a pass: pairs to raise, by party, with the cause; pairs to withdraw, by reason."""

    number: int
    raised: dict[str, tuple[Cause, tuple[str, ...]]]
    withdrawn: dict[str, tuple[tuple[str, str], ...]]
    met: int
    work: Work
    seconds: float
    cpu_seconds: float
    party_changes: dict[str, int]
    lists: tuple[ListMoved, ...]
    coverage: Coverage
    refreshes: tuple[Tried, ...] = ()


class Rescreener:
    """Screens the book of one store again. `announce` says what receivers are owed of a report."""

    def __init__(self, store: Store, settings: Settings, announce: Announce = lambda _: ()) -> None:
        self._store = store
        self._settings = settings
        self._announce = announce
        database = store.database
        self.passes = Passes(database)
        self.book = PartyBook(database)
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

        Raises Conflict when another watch was quicker; nothing was recorded then.
        """
        self.unfinished()
        began, cpu = time.monotonic(), time.process_time()
        last = self.passes.last()
        at = max(now, last.at + dt.timedelta(microseconds=1)) if last else now
        engine = Engine(self._store, self._settings, now=now, known_at=at)
        book = self.book.parties()
        answers = self.passes.answers()
        basis = _basis(engine)
        left = sorted(answers.keys() - {kept.party.id for kept in book})
        if last and not full and not self._due(last, engine, basis, book, answers, left):
            return None
        work, found = self._looked_at(last, engine, basis, book, answers, progress, full=full)
        raised: dict[str, tuple[Cause, tuple[str, ...]]] = {}
        gone: dict[str, list[tuple[str, str]]] = {}
        fresh: list[Answer] = []
        screenings: dict[str, Screening] = {}
        changes = Counter(removed=len(left))
        met = sum(len(answer.met) for answer in answers.values())
        for one in found:
            party, old = one.answer.party, answers.get(one.answer.party)
            changes["added"] += old is None
            changes["changed"] += old is not None and old.version != one.answer.version
            if old == one.answer:
                continue
            fresh.append(one.answer)
            cause, new, lost = _news(one, old)
            met += len(one.answer.met) - (len(old.met) if old else 0)
            if new and one.screening is not None:
                raised[party] = (cause, new)
                screenings[party] = one.screening
            for pair in lost:
                gone.setdefault(_why(pair, engine), []).append((party, pair.listing))
        for party in left:
            met -= len(answers[party].met)
            pairs = [(party, one.listing) for one in answers[party].met]
            gone.setdefault("the party has left the book", []).extend(pairs)
        task = Task(
            number=(last.number if last else 0) + 1,
            raised=raised,
            withdrawn={why: tuple(pairs) for why, pairs in gone.items() if pairs},
            met=met,
            work=work,
            seconds=round(time.monotonic() - began, 3),
            cpu_seconds=round(time.process_time() - cpu, 3),
            party_changes={what: count for what, count in changes.items() if count} if last else {},
            lists=tuple(self._moved(last, engine)),
            coverage=Coverage(
                parties=len(book),
                screened=len(book),
                unnamed=sum(not one.party.query.name.strip() for one in book),
            ),
            refreshes=tuple(refreshes),
        )
        self.passes.record(
            Pass(
                at=at,
                valid_on=engine.on,
                known_at=engine.known_at,
                view=engine.view.digest,
                basis=basis,
                kind=work.kind,
            ),
            fresh,
            left,
            after=task.number - 1,
            owed=[Owed(receiver=DESK, id=f"pass-{task.number}", body=msgspec.json.encode(task))],
        )
        message = self.outbox.next(DESK)
        assert message is not None  # noqa: S101 - it was written a moment ago
        return self._finish(message, (engine, book, screenings))

    def coverage(self) -> Coverage:
        """How much of the book as it stands now was screened by the last pass."""
        book = self.book.parties()
        screened = len(book) - len(self.unscreened())
        unnamed = sum(not one.party.query.name.strip() for one in book)
        return Coverage(parties=len(book), screened=screened, unnamed=unnamed)

    def unscreened(self) -> list[str]:
        """The ids of parties whose present text no pass has screened, in order."""
        answers = self.passes.answers()
        return [
            one.party.id
            for one in self.book.parties()
            if (answer := answers.get(one.party.id)) is None or answer.version != one.version
        ]

    def _due(
        self,
        last: Pass,
        engine: Engine,
        basis: str,
        book: Sequence[Kept],
        answers: Mapping[str, Answer],
        left: Sequence[str],
    ) -> bool:
        """Whether anything differs from the last pass, or a disposition has run out."""
        if last.basis != basis or last.view != engine.view.digest or left:
            return True
        for one in book:
            answer = answers.get(one.party.id)
            if answer is None or answer.version != one.version:
                return True
        return last.valid_on != engine.on

    def _looked_at(
        self,
        last: Pass | None,
        engine: Engine,
        basis: str,
        book: Sequence[Kept],
        answers: Mapping[str, Answer],
        progress: Progress | None,
        *,
        full: bool,
    ) -> tuple[Work, Iterator[Found]]:
        if full:
            return in_full(engine, book, "it was asked for", progress)
        if last is None:
            return in_full(engine, book, "it is the first", progress)
        if last.basis != basis:
            return in_full(engine, book, "the engine, its word tables or its settings are others", progress)
        before = Engine(self._store, self._settings, now=engine.now, on=last.valid_on, known_at=last.known_at)
        if before.view.digest != last.view:
            return in_full(engine, book, "the lists of the pass before cannot be told again", progress)
        return again(before, engine, book, answers, progress)

    def _moved(self, last: Pass | None, after: Engine) -> Iterator[ListMoved]:
        """Each list, before and after."""
        before = (
            Engine(self._store, self._settings, now=after.now, on=last.valid_on, known_at=last.known_at)
            if last
            else None
        )
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

    def _finish(
        self, message: Owed, known: tuple[Engine, Sequence[Kept], Mapping[str, Screening]] | None
    ) -> Rescreening:
        """Hand a recorded pass to the desk and close it. `known` is what its own process still has at hand."""
        task = msgspec.json.decode(message.body, type=Task)
        last = self.passes.numbered(task.number)
        engine: Engine
        book: Sequence[Kept]
        screenings: Mapping[str, Screening]
        if known is None:
            engine = Engine(
                self._store, self._settings, now=last.at, on=last.valid_on, known_at=last.known_at
            )
            # A party that has another text by now is left to the next pass, which screens it in full.
            answers = self.passes.answers()
            held = self.book.parties(ids=list(task.raised))
            book = [one for one in held if one.version == answers[one.party.id].version]
            screenings = {one.party.id: engine.search(one.party.query) for one in book}
        else:
            engine, book, screenings = known
        facts = {one.party.id: Facts.of_query(one.party.query) for one in book}
        for cause in dict.fromkeys(cause for cause, _ in task.raised.values()):
            self.desk.raise_(
                _raisings(task, cause, facts, screenings),
                cause=cause,
                at=last.at,
                by=BY,
                listing_of=engine.in_force,
            )
        for why, pairs in task.withdrawn.items():
            self.desk.withdraw(((SOURCE, party, listing) for party, listing in pairs), why, at=last.at, by=BY)
        self.desk.reopen_changed(at=last.at, by=BY)
        report = self._report(last, task, engine)
        owed = self._announce(report)
        self.passes.close(task.number, report, at=last.at, done=message.number, owed=owed)
        return report

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
        )


def _raisings(
    task: Task, cause: Cause, facts: Mapping[str, Facts], screenings: Mapping[str, Screening]
) -> Iterator[tuple[Subject, Screening]]:
    for party, (of_cause, listings) in task.raised.items():
        if of_cause == cause and party in screenings:
            screening = screenings[party]
            hits = tuple(hit for hit in screening.hits if hit.listing in listings)
            yield (
                Subject(source=SOURCE, id=party, facts=facts[party]),
                msgspec.structs.replace(screening, hits=hits),
            )


def _news(one: Found, old: Answer | None) -> tuple[Cause, tuple[str, ...], list[Met]]:
    """Why an answer is another than before; the listings newly met, or met otherwise; and those no longer met."""
    cause: Cause = (
        "new_party" if old is None else "party_change" if old.version != one.answer.version else "list_change"
    )
    before = {met.listing: met for met in old.met} if old else {}
    now = {met.listing: met for met in one.answer.met}
    new = tuple(
        listing
        for listing, met in now.items()
        if before.get(listing) != met or (old is not None and old.version != one.answer.version)
    )
    return cause, new, [met for listing, met in before.items() if listing not in now]


def _why(met: Met, engine: Engine) -> str:
    if engine.in_force(met.listing) is None:
        return "the entry is no longer in force"
    return "the two no longer resemble each other enough"


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


def _basis(engine: Engine) -> str:
    """What answers, but for the lists: another engine, other tables or settings ask for a full screening."""
    identity = engine.identity()
    return digest(canonical((identity["engine"], identity["tables"], engine.settings.digest)))


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
