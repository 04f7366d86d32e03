"""What suspends a rule or an entry and puts it back: told by the code's notes, by documents, and by the table of rules.

A rule may change the reach of whole lists without an entry of its own, and a later one may stay it. The code goes on
printing what is stayed, so that only its effective date notes tell. The end of a stay is an event where something read
says so: an edition of the code after the day printed, or a document that lifts the stay. Else the stay says that
nothing later was read.
"""

import datetime as dt
import itertools
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Literal, Protocol

import msgspec

from ringfence.records import Citation, Listing, Reservation, Snapshot, parse_citations
from ringfence.records.codec import slug
from ringfence.records.rule import FederalRegisterDocument, RuleStatus
from ringfence.store.events import Cause, Event, EventKind, RuleOf, causes
from ringfence.store.wording import STAYED, folded

Editions = Sequence[tuple[Snapshot, tuple[RuleStatus, ...]]]
"""The editions of the code in their order, each with the status of its texts."""

_SUSPENDED = frozenset({"stayed", "delayed"})
_DAY = dt.timedelta(days=1)
_ENTRY = re.compile(r"\bentr(?:y|ies)\b", re.IGNORECASE)
_TEXTS = "texts of the regulation"
_SUPPLEMENTS = {
    "supplement no. 4 to part 744": "us_bis_entity",
    "supplement no. 6 to part 744": "us_bis_unverified",
    "supplement no. 7 to part 744": "us_bis_meu",
}


def governed(section: str) -> str:
    """The list that an amended text is; the section itself where it is none, so that no list is meant by it."""
    return _SUPPLEMENTS.get(section.casefold(), section)


class ReviewedRule(Protocol):
    """A rule of the reviewed table that changes the reach of whole lists, or suspends such a rule."""

    @property
    def cited(self) -> str:
        """Its first page, as it is cited."""

    @property
    def document(self) -> str | None:
        """The Federal Register document number."""

    @property
    def title(self) -> str:
        """The rule in words."""

    @property
    def announced_on(self) -> dt.date | None:
        """The day it was made known."""

    @property
    def published_on(self) -> dt.date | None:
        """The day of the Federal Register that prints it."""

    @property
    def effective_on(self) -> dt.date:
        """The day it took effect."""

    @property
    def reaches(self) -> tuple[str, ...]:
        """The lists whose reach it changes."""

    @property
    def suspends(self) -> str | None:
        """The first page of the rule that it stays."""

    @property
    def until(self) -> dt.date | None:
        """The day until which it says so."""


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """The beginning or the end of a stay of one entry. `until` is the last day printed for it.

    `document` is what tells it, None for a note of the code; `dated` says that it states its day of effect itself.
    `ran_out` marks an end that nothing but the day printed tells.
    """

    kind: Literal["stay", "reinstate"]
    on: dt.date
    until: dt.date | None = None
    document: FederalRegisterDocument | None = None
    cited: tuple[str, ...] = ()
    dated: bool = True
    ran_out: bool = False
    note: str | None = None

    def overruled_by(self, other: "Turn") -> bool:
        """Whether an end that only a printed day tells is none: it was lifted before, or prolonged."""
        if other.kind == "reinstate":
            return other.on <= self.on
        return other.on <= self.on and (other.until is None or other.until >= self.on)


class Stays:
    """Stays of single entries, and what follows for an entry on a day.

    Told by an instruction that names the entry, by a document that suspends the rule that added it, and by a note of
    the code, which its parser leaves with the entry.
    """

    def __init__(
        self, *, editions: Editions, documents: Sequence[FederalRegisterDocument], rule_of: RuleOf
    ) -> None:
        self._documents = documents
        self._rule_of = rule_of
        self._read = max((release.published_on for release, _ in editions), default=None)
        self._notes = {one.note: one for _, statuses in editions for one in statuses if one.note}
        self._named: dict[tuple[str, str], list[Turn]] = defaultdict(list)
        self._of_rules: dict[str, list[Turn]] = defaultdict(list)
        for document in documents:
            for amendment in document.amendments:
                if amendment.name and amendment.kind in ("stay", "reinstate"):
                    key = governed(amendment.section), folded(amendment.name)
                    self._named[key] += self._turns(document, amendment.kind, amendment.effective_on)
            for rule in self._suspended_by(document):
                self._of_rules[rule] += self._turns(document, "stay", None)

    @property
    def lists(self) -> frozenset[str]:
        """The lists of which single entries are, or were, stayed."""
        by_note = (
            one.lists
            for one in self._notes.values()
            if one.status in _SUSPENDED and one.part and _ENTRY.search(one.part)
        )
        by_rule = _SUPPLEMENTS.values() if self._of_rules else ()
        return frozenset((*(key[0] for key in self._named), *by_rule, *itertools.chain(*by_note)))

    def turns(self, listing: Listing) -> list[Turn]:
        """Every beginning and end of a stay of an entry, in order."""
        found = list(self._named.get((listing.list, folded(listing.party.name)), ()))
        if self._of_rules and (behind := causes(listing.citations, self._rule_of)):
            found += self._of_rules.get(behind[0].document or "", ())
        for remark in listing.remarks:
            if remark.code == STAYED:
                found += self._by_note(remark.text)
        told = [turn for turn in found if not turn.ran_out]
        found = told + [turn for turn in found if turn.ran_out and not any(map(turn.overruled_by, told))]
        return sorted(found, key=lambda turn: (turn.on, turn.kind == "reinstate"))

    def reservation(self, listing: Listing, on: dt.date) -> Reservation | None:
        """What is to be said of an entry that is stayed on a day, or of which that cannot be known; else None."""
        past = [turn for turn in self.turns(listing) if turn.on <= on]
        if not past or past[-1].kind == "reinstate":
            return None
        stay = past[-1]
        by = ", ".join(stay.cited) or (stay.document.document if stay.document else "a note of the code")
        named = f"{by} ({stay.document.title})" if stay.document and stay.document.title else by
        since = f" from {stay.on}" if stay.on > dt.date.min else ""
        days = since + (f" until {stay.until}" if stay.until else "; no end of the stay is printed")
        stayed, why = f"stayed by {named}{days}", ""
        if stay.until and on == stay.until:
            why = "whether its last day is stayed too may be read either way"
        elif stay.until and on > stay.until:
            why = "nothing that was read is of a later day and says whether the stay was prolonged"
        return Reservation(
            kind="in_doubt" if why else "stayed",
            text=(
                f"whether it has an effect on {on} is not known: {stayed}, and {why}"
                if why
                else f"{stayed}: no effect while it is stayed"
            ),
            since=stay.on if since else None,
            until=stay.until,
            citations=stay.cited,
        )

    def how_long(self, until: dt.date | None) -> str:
        """Until when a stay lasts, in words, and whether that is known to be its end."""
        if until is None:
            return "no end of the stay is printed"
        if self._read and self._read > until:
            return f"stayed until {until}"
        return f"stayed until {until}; nothing that was read is of a later day, so whether it was prolonged is not known"

    def _turns(
        self, document: FederalRegisterDocument, kind: Literal["stay", "reinstate"], own_day: dt.date | None
    ) -> Iterator[Turn]:
        effective = own_day or document.effective_on
        on = effective or document.published_on
        if on is None:
            return  # a document without any day says of no day that the entry is stayed
        until = (
            next((date.until for date in document.effective if date.until), None) if kind == "stay" else None
        )
        cited = document.volume and document.first_page and f"{document.volume} FR {document.first_page}"
        yield Turn(
            kind=kind,
            on=on,
            until=until,
            document=document,
            cited=(cited,) if cited else (),
            dated=effective is not None,
            note=self.how_long(until) if kind == "stay" else None,
        )
        if until and self._read and self._read > until:
            yield Turn(
                kind="reinstate",
                on=until + _DAY,
                until=until,
                document=document,
                ran_out=True,
                note=f"the stay of {cited or document.document} ended by its own words; nothing later that was read says other",
            )

    def _by_note(self, text: str) -> Iterator[Turn]:
        """The stay that a note of the code tells; the edition that prints it no more has an entry without it."""
        status = self._notes.get(text)
        cited = [status.citation] if status and status.citation else list(parse_citations(text).found[:1])
        cause = next(iter(causes(cited, self._rule_of)), None)
        on = (cause.effective_on if cause else None) or (status.since if status else None)
        yield Turn(
            kind="stay",
            on=on or dt.date.min,
            until=status.until if status else None,
            cited=tuple(map(str, cited)),
        )

    def _suspended_by(self, document: FederalRegisterDocument) -> Iterator[str]:
        """The numbers of the documents that a document says it stays, by their citation or title."""
        by_title = {folded(one.title): one.document for one in self._documents}
        for said in document.suspends:
            cited = parse_citations(said).found
            rule = self._rule_of(cited[0]) if cited else None
            number = rule.document if rule else by_title.get(folded(said))
            if number and number != document.document:
                yield number


class Suspensions:
    """Rules that reach whole lists and their stays, and stays of single entries, as events of each list.

    `entries` gives the entries of a list as they were last printed. Where several sources tell one event, the code
    counts before a document, and a document before the table.
    """

    def __init__(
        self,
        *,
        editions: Editions,
        documents: Sequence[FederalRegisterDocument],
        rules: Sequence[ReviewedRule],
        rule_of: RuleOf,
        entries: Callable[[str], Iterable[Listing]],
    ) -> None:
        self._editions = editions
        self._documents = documents
        self._rules = {rule.cited: rule for rule in rules}
        self._rule_of = rule_of
        self._entries = entries
        self._stays = Stays(editions=editions, documents=documents, rule_of=rule_of)
        self._of_rules: list[Event] | None = None

    def of_list(self, list_id: str) -> list[Event]:
        """The events of one list, oldest first."""
        if self._of_rules is None:
            self._of_rules = [*self._told_by_code(), *self._told_by_table()]
        found: dict[object, Event] = {}
        for event in (*(e for e in self._of_rules if e.list == list_id), *self._of_entries(list_id)):
            found.setdefault((event.listing, event.kind, event.on), event)
        return sorted(found.values(), key=lambda event: (event.on, event.listing, event.kind))

    def _told_by_code(self) -> Iterator[Event]:
        """Stays that editions of the code begin and cease to print, one event for each rule and list."""
        for earlier, later in itertools.pairwise([None, *self._editions]):
            assert later is not None  # noqa: S101 - only the first of a pair can be missing
            release, now = later[0], _suspended(later[1])
            was = _suspended(earlier[1]) if earlier else {}
            since = earlier[0].published_on if earlier else None
            told: dict[tuple[str, EventKind, Citation | None, dt.date | None], list[RuleStatus]] = (
                defaultdict(list)
            )
            for key in {**was, **now}:
                for kind, status, on in _turns(was.get(key), now.get(key), since, release.published_on):
                    for list_id in status.lists:
                        told[list_id, kind, status.citation, on].append(status)
            for (list_id, kind, citation, on), texts in told.items():
                yield self._of_code(list_id, kind, citation, on, texts, (since, release))

    def _of_code(
        self,
        list_id: str,
        kind: EventKind,
        citation: Citation | None,
        on: dt.date | None,
        texts: Sequence[RuleStatus],
        seen: tuple[dt.date | None, Snapshot],
    ) -> Event:
        # No rule ends a stay that runs out: what is cited is the rule that began it.
        ends = kind == "reinstate"
        cited = [citation] if citation and not ends else []
        cause = next(iter(causes(cited, self._rule_of)), Cause((), 0, effective_on=on))
        stayed = self._stayed_by(citation)
        key = stayed.cited if stayed else str(citation or _TEXTS)
        return Event(
            listing=f"{list_id}:{slug(key)}",
            list=list_id,
            kind=kind,
            effective_on=cause.effective_on,
            published_on=cause.published_on,
            announced_on=cause.announced_on,
            codified_on=seen[1].published_on,
            observed_at=seen[1].recorded_at,
            citations=cause.citations,
            document=cause.document,
            title=cause.title,
            dated_by="note" if ends and on else cause.dated_by,
            fields=tuple(map(_printed_as, texts)),
            between=(seen[0], seen[1].published_on),
            note=_ended(citation, on, seen[1]) if ends else self._stays.how_long(texts[0].until),
            subject=stayed.title if stayed else _TEXTS,
        )

    def _told_by_table(self) -> Iterator[Event]:
        """Rules of the reviewed table that reach whole lists, and those that stay them."""
        for rule in self._rules.values():
            stayed = self._rules.get(rule.suspends or "")
            about = stayed or rule
            for list_id in about.reaches:
                yield Event(
                    listing=f"{list_id}:{slug(about.cited)}",
                    list=list_id,
                    kind="stay" if stayed else "add",
                    effective_on=rule.effective_on,
                    published_on=rule.published_on,
                    announced_on=rule.announced_on,
                    observed_at=_midnight(rule.published_on or rule.effective_on),
                    citations=(rule.cited,),
                    document=rule.document,
                    title=rule.title,
                    dated_by="rule",
                    note=self._stays.how_long(rule.until) if stayed else None,
                    subject=about.title,
                )

    def _of_entries(self, list_id: str) -> Iterator[Event]:
        """Stays of single entries: by an instruction that names them, or of the rule that added them."""
        if list_id not in self._stays.lists:
            return
        for listing in self._entries(list_id):
            for turn in self._stays.turns(listing):
                if turn.document:
                    yield self._of_document(listing, turn, turn.document)

    def _of_document(self, listing: Listing, turn: Turn, document: FederalRegisterDocument) -> Event:
        ends = turn.ran_out
        return Event(
            listing=listing.id,
            list=listing.list,
            kind=turn.kind,
            effective_on=turn.on,
            published_on=None if ends else document.published_on,
            announced_on=None if ends else document.announced_on,
            observed_at=_midnight(turn.on),
            citations=() if ends else turn.cited,
            document=None if ends else document.document,
            title=None if ends else document.title,
            dated_by="note" if ends else "rule" if turn.dated else "published",
            note=turn.note,
            after=listing,
        )

    def _stayed_by(self, citation: Citation | None) -> ReviewedRule | None:
        """The rule of the table that the rule of a citation stays."""
        rule = self._rule_of(citation) if citation else None
        document = rule.document if rule else None
        return next(
            (self._rules[one.suspends] for one in self._rules.values()
             if one.suspends in self._rules and document and one.document == document),
            None,
        )  # fmt: skip


def _printed_as(text: RuleStatus) -> str:
    part = text.part if text.part and folded(text.part) != folded(text.section) else None
    return ": ".join(filter(None, (text.section, part)))


def _suspended(statuses: Collection[RuleStatus]) -> dict[tuple[str, str | None], RuleStatus]:
    return {(one.section, one.part): one for one in statuses if one.status in _SUSPENDED}


def _turns(
    was: RuleStatus | None, now: RuleStatus | None, since: dt.date | None, day: dt.date
) -> Iterator[tuple[EventKind, RuleStatus, dt.date | None]]:
    """What the status of a text did from one edition (of `since`) to the next (of `day`), and the day it ended."""
    if now and not was:
        yield "stay", now, None
    elif now and was and (now.until, now.citation) != (was.until, was.citation):
        yield "revise", now, None
    if was and not now:
        ran_out = was.until if was.until and was.until < day else None
        if not (ran_out and since and ran_out < since):
            yield "reinstate", was, ran_out + _DAY if ran_out else None
    elif now and now.until and now.until < day and (since is None or was is None or since <= now.until):
        yield "reinstate", now, now.until + _DAY


def _ended(citation: Citation | None, on: dt.date | None, release: Snapshot) -> str:
    stay = f"the stay of {citation}" if citation else "the stay"
    if on is None:
        return f"the edition of {release.published_on} no longer prints {stay}; the day on which it ended is not told"
    return (
        f"{stay} ended by its own words, and the edition of {release.published_on} tells no other; whether its last day, "
        f"{on - _DAY}, is stayed too may be read either way"
    )


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), dt.UTC)
