"""What happened to an entry, by which rule, and on which days: derived from releases, never stored.

Two releases say what changed and when it was seen; the citations of an entry say when it began and was revised in
law. Dates of different meaning are kept apart, and what a release cannot tell is said in `note`: a copy of a list
does not say by which rule an entry left it, nor what a text was between two releases.
"""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Literal, Protocol

import msgspec

from ringfence.records import Citation, Listing, Snapshot, parse_citations
from ringfence.records.citation import FIRST_VOLUME_YEAR
from ringfence.store.pairing import Pair, pair
from ringfence.store.wording import FIELDS, STAYED, changed_fields, reworded

EventKind = Literal["add", "revise", "remove", "correct", "redesignate", "stay", "reinstate"]
"""`correct` is a change that no new citation explains: of wording, or of a value printed wrongly before;
`redesignate` moves an entry to another destination heading; `stay` and `reinstate` suspend it and put it back."""


class Rule(Protocol):
    """What is known of a rule that citations belong to."""

    @property
    def document(self) -> str | None:
        """The Federal Register document number."""

    @property
    def title(self) -> str | None:
        """The rule in words."""

    @property
    def announced_on(self) -> dt.date | None:
        """The day it was made known or put on public inspection."""

    @property
    def published_on(self) -> dt.date | None:
        """The day of the Federal Register that prints it."""

    @property
    def effective_on(self) -> dt.date | None:
        """The day it took effect."""


RuleOf = Callable[[Citation], Rule | None]
"""Finds the rule on whose pages a citation falls."""


Whole = Callable[[str, int], Iterable[Listing]]
"""Every entry of a list in the earlier (0) or the later (1) of two releases."""

WITH_DESTINATIONS = frozenset({"us_bis_entity", "us_bis_unverified", "us_bis_meu"})
"""The lists whose entries stand under a destination, which is part of the law."""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One change of one entry.

    `editorial` marks a difference of wording alone: no change of law. `effective_on` is the day in law, `dated_by`
    what it rests on: `rule`, `published` (taken to be in force on publication), `entry` (the entry's own date),
    or None where no day is known. `published_on` is the day the rule was printed, `announced_on` the day it was
    made known, `codified_on` the first edition of the code seen with it, `observed_at` the instant at which the
    store learned of it. `between` are the days of the two releases compared. `citations` and `document` name the
    rule behind the change, `fields` what changed. `previously` is the entry's earlier id where that moved.
    A rule that changes the reach of a whole list, or a text of the code, is an event of the list without `before` and
    `after`: `subject` says what it is, and `listing` is its key on the list.
    """

    listing: str
    list: str
    kind: EventKind
    editorial: bool = False
    effective_on: dt.date | None = None
    published_on: dt.date | None = None
    announced_on: dt.date | None = None
    codified_on: dt.date | None = None
    observed_at: dt.datetime
    citations: tuple[str, ...] = ()
    document: str | None = None
    title: str | None = None
    dated_by: str | None = None
    fields: tuple[str, ...] = ()
    between: tuple[dt.date | None, dt.date] | None = None
    previously: str | None = None
    note: str | None = None
    subject: str | None = None
    before: Listing | None = None
    after: Listing | None = None

    @property
    def name(self) -> str:
        """The primary name of the party, as last printed; what a rule is about."""
        listing = self.after or self.before
        return listing.party.name if listing else self.subject or self.listing

    @property
    def on(self) -> dt.date:
        """The day to order and select by: in law where known, else of printing, else the latest it can be.

        A volume of the Federal Register is a year; a release does not print what has not happened.
        """
        if known := self.effective_on or self.published_on:
            return known
        seen = self.between[1] if self.between else self.observed_at.date()
        if not self.citations:
            return seen
        year = FIRST_VOLUME_YEAR + int(self.citations[0].partition(" ")[0])
        return min(dt.date(year, 12, 31), seen)


class Cause(msgspec.Struct, frozen=True):
    """One rule, with the citations of an entry that belong to it and the days known of it."""

    citations: tuple[str, ...]
    year: int
    document: str | None = None
    title: str | None = None
    announced_on: dt.date | None = None
    published_on: dt.date | None = None
    effective_on: dt.date | None = None
    dated_by: str | None = None

    def after(self, day: dt.date | None) -> bool:
        """Whether the rule is later than a day; where its own day is unknown, by its year, in doubt yes."""
        on = self.effective_on or self.published_on
        return day is None or (on > day if on else self.year >= day.year)

    def on_or_before(self, day: dt.date) -> bool:
        """Whether the rule took effect up to a day, as far as its day or at least its year is known."""
        return self.effective_on <= day if self.effective_on else self.year <= day.year


def causes(citations: Iterable[Citation], rule_of: RuleOf) -> list[Cause]:
    """The rules that citations belong to, in the order of the Federal Register; one for each rule.

    Two pages of one rule are one cause: by the rule known, else by volume and the printed day.
    """
    found: dict[object, list[Citation]] = {}
    rules: dict[object, Rule | None] = {}
    for citation in sorted(citations, key=lambda c: (c.volume, c.page or 0, c.issue or 0)):
        rule = rule_of(citation)
        known = rule and (rule.document or (rule.published_on, rule.title, citation.volume))
        key = known or (citation.volume, citation.published or str(citation))
        found.setdefault(key, []).append(citation)
        rules[key] = rule
    return [_cause(group, rules[key]) for key, group in found.items()]


def _cause(group: list[Citation], rule: Rule | None) -> Cause:
    printed = next((citation.published for citation in group if citation.published), None)
    published = (rule.published_on if rule else None) or printed
    effective = rule.effective_on if rule else None
    return Cause(
        citations=tuple(dict.fromkeys(map(str, group))),
        year=group[0].year,
        document=rule.document if rule else None,
        title=rule.title if rule else None,
        announced_on=rule.announced_on if rule else None,
        published_on=published,
        effective_on=effective or published,
        dated_by="rule" if effective else "published" if published else None,
    )


def legal_history(
    listing: Listing, release: Snapshot, rule_of: RuleOf, *, revised_after: dt.date | None = None
) -> list[Event]:
    """When an entry began and was revised, from its citations: what one release tells of the past.

    With `revised_after`, revisions up to that day are left out.

    It cannot tell removals, corrections without a rule, nor the texts in between: `after` is the text as the
    release prints it, whichever rule made which part of it.
    """
    behind = causes(listing.citations, rule_of)
    added, later, note = _beginning(listing, behind)
    events = [_caused("add", listing, release, added, note)]
    events += [
        _caused("revise", listing, release, cause, None) for cause in later if cause.after(revised_after)
    ]
    several = "the text is that of the release; what the rule itself changed is not told" if later else None
    return [
        msgspec.structs.replace(event, note="; ".join(filter(None, (event.note, several))) or None)
        for event in events
    ]


def _beginning(listing: Listing, behind: list[Cause]) -> tuple[Cause, list[Cause], str | None]:
    """The rule that added an entry, those that revised it, and what is doubtful about it.

    The first citation added the entry, unless a reviewed correction says that it began later: then the last
    rule up to that day did, and the citations before it are printed by mistake.
    """
    since = listing.valid_from
    if not behind:
        return Cause((), 0, effective_on=since, dated_by="entry" if since else None), [], None
    place = 0
    if since and listing.dated_by == "correction":
        place = max((n for n, cause in enumerate(behind) if cause.on_or_before(since)), default=0)
    first, later = behind[place], behind[place + 1 :]
    note = None
    if place:
        stray = ", ".join(citation for cause in behind[:place] for citation in cause.citations)
        note = f"cites {stray} too, which did not add it"
    if since and first.dated_by != "rule":
        first = msgspec.structs.replace(first, effective_on=since, dated_by="entry")
    return first, later, note


def changes_between(
    before: Iterable[Listing],
    after: Iterable[Listing],
    *,
    earlier: Snapshot | None,
    later: Snapshot,
    rule_of: RuleOf,
    codified: bool = False,
    returning: Collection[str] = (),
    whole: Whole,
) -> list[Event]:
    """What happened between two releases, from the entries in which they differ.

    `codified` says that the source is the code itself; `returning` are ids that an older release held, so that
    their coming back is a `reinstate`. Fields that one of the two releases does not carry at all are not compared;
    `whole` gives every entry of a list in the earlier (0) or later (1) release to make sure of that.
    """
    pairs = pair(before, after)
    absent = _not_carried(pairs, whole)
    events: list[Event] = []
    for was, now in pairs:
        list_id = (now or was).list  # type: ignore[union-attr]
        events += _events(was, now, earlier, later, rule_of, absent.get(list_id, frozenset()), returning)
    if codified:
        events = [msgspec.structs.replace(event, codified_on=later.published_on) for event in events]
    return events


def _events(
    was: Listing | None,
    now: Listing | None,
    earlier: Snapshot | None,
    later: Snapshot,
    rule_of: RuleOf,
    absent: frozenset[str],
    returning: Collection[str],
) -> Iterator[Event]:
    between = (earlier.published_on if earlier else None, later.published_on)
    if now is None:
        assert was is not None  # noqa: S101 - a pair has at least one side
        yield _removed(was, between, later)
    elif was is None:
        first, *revised = legal_history(now, later, rule_of, revised_after=between[0])
        yield _come(first, now, between, returning)
        yield from (msgspec.structs.replace(event, between=between) for event in revised)
    else:
        yield from _revised(was, now, between, later, rule_of, absent)


def _come(
    event: Event, now: Listing, between: tuple[dt.date | None, dt.date], returning: Collection[str]
) -> Event:
    """The beginning of an entry that the earlier release did not print."""
    note = event.note
    if between[0] and event.citations and event.on <= between[0]:
        late = f"its rule is older than the release of {between[0]}, which did not print it"
        note = f"{note}; {late}" if note else late
    kind: EventKind = "reinstate" if now.id in returning else "add"
    return msgspec.structs.replace(event, kind=kind, between=between, note=note)


def _removed(was: Listing, between: tuple[dt.date | None, dt.date], later: Snapshot) -> Event:
    ended = was.valid_until if was.valid_until and was.valid_until < between[1] else None
    return Event(
        listing=was.id,
        list=was.list,
        kind="remove",
        effective_on=ended + dt.timedelta(days=1) if ended else None,
        dated_by="entry" if ended else None,
        observed_at=later.recorded_at,
        between=between,
        note=(
            f"its last day in force was {ended}"
            if ended
            else f"no longer printed on {between[1]}; the release does not say by which rule or on which day it went"
        ),
        before=was,
    )


def _revised(
    was: Listing,
    now: Listing,
    between: tuple[dt.date | None, dt.date],
    later: Snapshot,
    rule_of: RuleOf,
    absent: frozenset[str],
) -> Iterator[Event]:
    fields = changed_fields(was, now, ignoring=absent)
    moved = was.id.partition("~")[0] != now.id.partition("~")[0]
    common = {
        "between": between,
        "before": was,
        "previously": was.id if moved else None,
        "fields": fields,
    }
    if not fields:
        if moved or _printed(was, absent) != _printed(now, absent):
            yield _event("correct", now, later, editorial=True, **common)
        return
    held = {str(citation) for citation in was.citations}
    new = [citation for citation in now.citations if str(citation) not in held]
    if STAYED in fields:
        # The note that suspends an entry names its rule; the entry's own citations do not.
        new += parse_citations(" ".join(r.text for r in now.remarks if r.code == STAYED)).found
    cited = causes(new, rule_of)
    # A rule older than the earlier release was in its text already: the copy has only come to cite it.
    behind = [cause for cause in cited if cause.after(between[0])]
    kind = _kind(was, now, fields, behind)
    if kind == "correct" and reworded(was, now, fields):
        yield _event("correct", now, later, editorial=True, **common)
    elif not behind:
        note = None if kind != "correct" else "no new citation explains the change"
        yield _event(kind, now, later, note=note, **common)
    else:
        for cause in behind:
            several = "together with the other new citations" if len(behind) > 1 else None
            yield msgspec.structs.replace(_caused(kind, now, later, cause, several), **common)


def _kind(was: Listing, now: Listing, fields: tuple[str, ...], behind: list[Cause]) -> EventKind:
    if STAYED in fields:
        return "stay" if any(remark.code == STAYED for remark in now.remarks) else "reinstate"
    headings = _destination(was), _destination(now)
    if (
        now.list in WITH_DESTINATIONS
        and all(headings)
        and headings[0] != headings[1]
        and "name" not in fields
    ):
        return "redesignate"
    # A list that cites no rules at all is revised by being printed anew.
    cites_rules = was.citations or now.citations
    return "revise" if behind or (not cites_rules and not reworded(was, now, fields)) else "correct"


def _destination(listing: Listing) -> str | None:
    """The heading an entry stands under; for copies that print none, the country its key ends with."""
    return listing.destination or next(
        (c for c in listing.party.countries[:1] if listing.id.partition("~")[0].endswith(f"-{c.lower()}")),
        None,
    )


def _caused(kind: EventKind, now: Listing, release: Snapshot, cause: Cause, note: str | None) -> Event:
    return Event(
        listing=now.id,
        list=now.list,
        kind=kind,
        effective_on=cause.effective_on,
        published_on=cause.published_on,
        announced_on=cause.announced_on,
        observed_at=release.recorded_at,
        citations=cause.citations,
        document=cause.document,
        title=cause.title,
        dated_by=cause.dated_by,
        note=note,
        after=now,
    )


def _event(kind: EventKind, now: Listing, later: Snapshot, **given: object) -> Event:
    return Event(
        listing=now.id,
        list=now.list,
        kind=kind,
        observed_at=later.recorded_at,
        after=now,
        **given,  # type: ignore[arg-type]
    )


def _printed(listing: Listing, absent: Collection[str]) -> tuple[object, ...]:
    """The texts of an entry as printed, white space apart."""
    requirement, policy = listing.license_requirement, listing.license_review_policy
    texts = [requirement.text if requirement else "", policy.text if policy else ""]
    texts += [name.published or name.text for name in listing.party.names if name.origin != "editorial"]
    if "addresses" not in absent:
        texts += [address.published or address.text for address in listing.party.addresses]
    return tuple(" ".join(text.split()) for text in texts)


_STRAY = 0.01
"""The share of entries up to which a field is still taken for one that a release does not carry."""

_MANY = 20


def _not_carried(pairs: list[Pair], whole: Whole) -> dict[str, frozenset[str]]:
    """For each list, the fields that one of two releases carries next to nowhere and the other in many entries.

    A copy without street addresses says nothing of addresses; it does not say that all were removed, even where
    a region is printed in place of a country here and there. The entries that differ make a field suspect, the
    whole release proves it.
    """
    by_list: dict[str, list[tuple[Listing, Listing]]] = {}
    for was, now in pairs:
        if was and now:
            by_list.setdefault(was.list, []).append((was, now))
    found = {}
    for list_id, both in by_list.items():
        carried = [
            Counter(field for pair in both for field, value in FIELDS.items() if value(pair[side]))
            for side in (0, 1)
        ]
        absent = set()
        for side in (0, 1):
            suspects = {
                field
                for field in FIELDS
                if carried[side][field] <= len(both) * _STRAY and carried[1 - side][field] >= _MANY
            }
            entries = list(whole(list_id, side)) if suspects else []
            absent |= {
                field
                for field in suspects
                if sum(bool(FIELDS[field](listing)) for listing in entries) <= len(entries) * _STRAY
            }
        found[list_id] = frozenset(absent)
    return found
