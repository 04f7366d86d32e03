"""The re-screening report: what a pass over the book found, from which lists to which, with what work.

Its parts are those that an examiner asks for: the lists before and after with what was added, changed and removed and the
Federal Register citations behind it, the population, whether all of it was screened or what had changed, each alert that
is new, changed, closed or opened again and why, dispositions that stand, failures and retries, and the time taken.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Literal

import msgspec

from ringfence.records import SCHEMA
from ringfence.store.passes import Capture, Finding, PassKind, Stake

AlertNews = Literal["raised", "changed", "reopened", "withdrawn"]
AffiliateNews = Literal["gained", "lost", "moved"]

_HOLDINGS = 20
_STRONGEST = ("listed", "owned", "possibly_owned", "minority")


class ListMoved(msgspec.Struct, frozen=True, kw_only=True):
    """One list, before and after: the releases it was read from, and how many entries came, changed and went.

    `citations` are the Federal Register rules that entries added or changed cite and did not before.
    """

    list: str
    before: str | None
    before_as_of: dt.date | None
    after: str | None
    after_as_of: dt.date | None
    entries: int
    added: int = 0
    changed: int = 0
    removed: int = 0
    citations: tuple[str, ...] = ()


class News(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one alert in a pass, and why."""

    what: AlertNews
    alert: int
    party: str
    name: str
    listing: str
    list: str
    listed_name: str
    score: float
    state: str
    cause: str
    why: tuple[str, ...] = ()


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """How much of the book is screened: parties whose present text was screened, of those that should have been."""

    parties: int
    screened: int
    unnamed: int = 0
    """Parties without a name that could be compared."""

    @property
    def share(self) -> float:
        """The part that was screened: 0 to 1; 1 for an empty book."""
        return self.screened / self.parties if self.parties else 1.0


class Effort(msgspec.Struct, frozen=True, kw_only=True):
    """How much was compared, and how much a full screening would have compared. `why` says why it was full."""

    kind: PassKind
    why: str
    parties_in_full: int
    entries_touched: int
    words_moved: int
    pairs: int
    pairs_of_all: int
    spared: float
    seconds: float
    cpu_seconds: float


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt to refresh a source, as it ended, with how often its failure had come before."""

    source: str
    outcome: str
    message: str
    failures: int = 0


class Affiliate(msgspec.Struct, frozen=True, kw_only=True):
    """A listed party that came to stand behind a party of the book, stands there no longer, or in another measure.

    `before` and `after` are what the regimes say of it, `path` the shortest chain of holdings from the listed party down,
    `counted` what else the answer rests on; of one that was lost, as they were.
    """

    what: AffiliateNews
    party: str
    name: str
    listing: str
    list: str
    listed_name: str
    owner: str
    score: float
    sure: bool
    before: tuple[Finding, ...]
    after: tuple[Finding, ...]
    path: tuple[Stake, ...]
    counted: tuple[Stake, ...] = ()

    @classmethod
    def of(cls, party: str, name: str, before: Capture | None, after: Capture | None) -> "Affiliate":
        """What became of one listed party behind one of the book. One of the two is given at least."""
        one = after or before
        assert one is not None  # noqa: S101 - callers have one of the two
        return cls(
            what="lost" if after is None else "moved" if before else "gained",
            party=party,
            name=name,
            listing=one.listing,
            list=one.list,
            listed_name=one.listed,
            owner=one.owner,
            score=one.score,
            sure=one.sure,
            before=before.findings if before else (),
            after=after.findings if after else (),
            path=one.path,
            counted=one.counted,
        )


class Ownership(msgspec.Struct, frozen=True, kw_only=True):
    """Who stands behind the parties of the book, by the links, and what was computed of it.

    `linked` are the parties of the book that links speak of, `captured` those that a rule on ownership reaches or may
    reach, by owners who surely are the listed parties.
    """

    links: int
    ends: int
    ends_in_full: int
    components: int
    components_computed: int
    linked: int
    linked_computed: int
    captured: int
    affiliates: tuple[Affiliate, ...] = ()

    def of(self, what: AffiliateNews) -> list[Affiliate]:
        """The affiliates of one kind of news."""
        return [one for one in self.affiliates if one.what == what]


class Rescreening(msgspec.Struct, frozen=True, kw_only=True):
    """The report of one pass."""

    schema: str = SCHEMA
    number: int
    at: dt.datetime
    valid_on: dt.date
    known_at: dt.datetime
    engine: str
    settings: str
    tables: str
    lists: tuple[ListMoved, ...]
    coverage: Coverage
    effort: Effort
    party_changes: dict[str, int]
    news: tuple[News, ...]
    kept: int
    """Pairs met as before: open alerts that wait, and dispositions that stand."""
    refreshes: tuple[Tried, ...] = ()
    ownership: Ownership | None = None
    """None while no links are kept with the book."""

    def of(self, what: AlertNews) -> list[News]:
        """The alerts of one kind of news."""
        return [one for one in self.news if one.what == what]


def effects_of(capture: Capture) -> tuple[tuple[str, str, str], ...]:
    """What each regime says of it: arithmetic and law, without the shares."""
    return tuple((one.regime, one.status, one.effect) for one in capture.findings)


def status_of(capture: Capture) -> str:
    """The strongest that any regime says."""
    return min((one.status for one in capture.findings), key=_STRONGEST.index)


TITLES: dict[AlertNews, str] = {
    "raised": "New alerts",
    "changed": "Alerts with new facts",
    "reopened": "Alerts opened again",
    "withdrawn": "Alerts closed: the two no longer meet",
}


def headline(report: Rescreening) -> str:
    """The report in one line."""
    counts = [f"{len(report.of(what)):,} {word}" for what, word in _WORDS.items() if report.of(what)]
    return (
        f"Re-screening {report.number} of {report.at:%Y-%m-%d %H:%M} UTC: {', '.join(counts) or 'no alert changed'}; "
        f"{report.coverage.screened:,} of {report.coverage.parties:,} parties screened."
    )


AFFILIATES: dict[AffiliateNews, str] = {
    "gained": "Affiliates of listed owners gained",
    "moved": "Affiliates of listed owners in another measure",
    "lost": "Affiliates of listed owners lost",
}


def _of_ownership(owned: Ownership, most: int | None) -> Iterable[str]:
    yield ""
    yield "Who stands behind the book"
    yield (
        f"  {owned.links:,} links with {owned.ends:,} ends speak of {owned.linked:,} parties of the book; {owned.captured:,} "
        f"are captured by a listed owner, or may be"
    )
    yield (
        f"  {owned.ends_in_full:,} ends screened against every entry; {owned.components_computed:,} of "
        f"{owned.components:,} components computed, for {owned.linked_computed:,} parties"
    )
    for what, title in AFFILIATES.items():
        found = owned.of(what)
        if not found:
            continue
        yield f"  {title}: {len(found):,}"
        for one in found[:most]:
            yield f"    {one.name or one.party} ({one.party})  behind it: {one.owner}, {one.listing}"
            yield from (f"        {text}" for text in told_affiliate(one))
        if most is not None and len(found) > most:
            yield f"    ... and {len(found) - most:,} more"


def regimes(one: Affiliate) -> Iterable[tuple[str, Finding | None, Finding | None]]:
    """Each regime with what it says of an affiliate, before and after."""
    before = {finding.regime: finding for finding in one.before}
    after = {finding.regime: finding for finding in one.after}
    for regime in dict.fromkeys([*after, *before]):
        yield regime, before.get(regime), after.get(regime)


def holdings(one: Affiliate) -> tuple[Stake, ...]:
    """The holdings that it rests on: the shortest chain, then what else was counted, as far as a reader follows."""
    return (*one.path, *one.counted)[:_HOLDINGS]


def told_affiliate(one: Affiliate) -> Iterable[str]:
    """What the regimes say of an affiliate, before and after, and by which holdings."""
    for regime, was, now in regimes(one):
        told = [_told(finding) for finding in (was, now) if finding]
        moved = " → ".join(dict.fromkeys(told)) if now else f"{told[0]} → no longer"
        yield f"{regime}: {moved}"
    if not one.sure:
        yield f"if {one.owner} is {one.listed_name} (score {one.score:.2f})"
    for stake in holdings(one):
        yield f"{stake.owner} → {stake.share.replace('_', ' ')} → {stake.owned}  ({stake.source})"


def _told(finding: Finding) -> str:
    total = f" {finding.total}" if finding.total else ""
    return (
        f"{finding.status.replace('_', ' ')}{total}, {finding.effect.replace('_', ' ')} (rule "
        f"{finding.rule_status.replace('_', ' ')}, {finding.citation})"
    )


_WORDS: dict[AlertNews, str] = {
    "raised": "new",
    "changed": "changed",
    "reopened": "opened again",
    "withdrawn": "closed",
}


def lines(report: Rescreening, most: int | None = None) -> Iterable[str]:
    """The report as text, a fact a line; at most `most` alerts of each kind."""
    effort, owned = report.effort, report.ownership
    yield headline(report)
    yield f"Law of {report.valid_on}, as known at {report.known_at:%Y-%m-%d %H:%M:%S} UTC; {report.engine}."
    yield ""
    yield "Lists"
    for one in report.lists:
        moved = f"{one.added:,} added, {one.changed:,} changed, {one.removed:,} removed"
        before = f"{one.before_as_of} → " if one.before and one.before != one.after else ""
        what = (
            moved
            if any((one.added, one.changed, one.removed))
            else "as before"
            if one.before
            else "first read"
        )
        yield f"  {one.list}  {before}{one.after_as_of or 'no longer read'}: {one.entries:,} entries; {what}"
        if one.citations:
            more = f" and {len(one.citations) - 12} more" if len(one.citations) > 12 else ""
            yield f"      by {', '.join(one.citations[:12])}{more}"
    yield ""
    yield "Population"
    yield (
        f"  {report.coverage.screened:,} of {report.coverage.parties:,} parties screened ({report.coverage.share:.1%})"
        + (
            f"; {report.coverage.unnamed:,} without a name that can be compared"
            if report.coverage.unnamed
            else ""
        )
    )
    if any(report.party_changes.values()):
        told = ", ".join(f"{count:,} {what}" for what, count in report.party_changes.items() if count)
        yield f"  parties since the pass before: {told}"
    yield ""
    yield "Work"
    if effort.kind == "full":
        yield f"  the whole book against every entry: {effort.why}"
    else:
        yield (
            f"  only what the change can touch: {effort.parties_in_full:,} parties against every entry, the others against "
            f"{effort.entries_touched:,} entries; {effort.words_moved:,} words weigh otherwise"
        )
    yield (
        f"  {effort.pairs:,} pairs of {effort.pairs_of_all:,} ({effort.spared:.1%} spared) in {effort.seconds:.1f} s "
        f"({effort.cpu_seconds:.1f} s of one core)"
    )
    if owned is not None:
        yield from _of_ownership(owned, most)
    for what, title in TITLES.items():
        found = report.of(what)
        if not found:
            continue
        yield ""
        yield f"{title}: {len(found):,}"
        for news in found[:most]:
            yield (
                f"  #{news.alert}  {news.score:.2f}  {news.name} ({news.party})  ~  {news.listed_name}  {news.listing}  "
                f"[{news.state}]"
            )
            yield from (f"      {why}" for why in news.why)
        if most is not None and len(found) > most:
            yield f"  ... and {len(found) - most:,} more"
    yield ""
    yield f"{report.kept:,} pairs are met as before: what was decided about them stands."
    for tried in report.refreshes:
        again = f", {tried.failures:,} failures before" if tried.failures else ""
        yield f"{tried.source}: {tried.outcome}{again}. {tried.message}"
