"""The door out: every question that can be asked of the world as it was on a day, as known at an instant.

The same store and the same arguments give the same answer (`world.py`).
"""

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from ringfence.decisions.counsel import Counsel
from ringfence.decisions.decision import Decision
from ringfence.errors import InputError, NotKnown, QueryError, StoreError
from ringfence.graph.exposure import Exposure, exposures
from ringfence.graph.network import Identify, Network, network_of
from ringfence.graph.ownership import Ownership
from ringfence.graph.recognition import Screen, recognizer
from ringfence.graph.regimes import RuleStatus, regime_of
from ringfence.graph.scenario import (
    Book,
    Change,
    Ranked,
    Resolve,
    Scenario,
    Simulation,
    as_party,
    query_of_change,
    regime_for,
)
from ringfence.matching import (
    HIT_AT,
    REVIEW_AT,
    Index,
    compare,
    discriminates,
    normalise,
)
from ringfence.records import (
    Citation,
    Hit,
    LegalList,
    Listing,
    ListUsed,
    Match,
    Name,
    Outcome,
    Party,
    Provenance,
    Query,
    QueryEcho,
    Reason,
    Screening,
    Source,
)
from ringfence.records.transaction import Transaction
from ringfence.sources.links import LinkSet
from ringfence.sources.links.listed_ties import ties_of
from ringfence.sources.reference import reference_release
from ringfence.sources.registry import legal_lists, sources
from ringfence.store import (
    Attempt,
    Clock,
    Event,
    JoinedParty,
    Reconciliation,
    Ruling,
    Store,
    reconcile,
)
from ringfence.world import Progress, World

if TYPE_CHECKING:
    from ringfence.interchange import Form

MAX_NAME = 10_000
"""Characters of a name that are compared; a longer one is refused."""


class ListStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One list: its meaning in law, the snapshot in force, and how the last refresh ended.

    `age_days` is how old the snapshot is on the day asked; `stale` says that it is older than its source
    allows. `attempt` is set when the last refresh did not end well.
    """

    legal: LegalList
    source: Source | None
    used: ListUsed | None
    age_days: int | None
    stale: bool
    attempt: Attempt | None


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A listing with the texts it had: each with the releases, by publication day, that print it."""

    listing: str
    legal: LegalList
    texts: tuple[tuple[Listing, tuple[dt.date, ...]], ...]
    missing_since: dt.date | None = None
    """The day of the first release of its source that no longer holds it, if any."""


class Engine(World):
    """Answers about one store, as of one day and instant. Open with `Engine.open`."""

    @property
    def review_at(self) -> float:
        """The score from which a listing is reported."""
        return self.settings.review_at or min(REVIEW_AT, self.settings.hit_at or 1.0)

    @property
    def hit_at(self) -> float:
        """The score from which it is a hit."""
        return self.settings.hit_at or max(HIT_AT, self.review_at)

    def diff(self, first: dt.date, last: dt.date, *, lists: Collection[str] | None = None) -> list[Event]:
        """What changed on the lists from day `first` to day `last`, by day, list and entry."""
        return self.chronicle.over(first, last, self.lists_asked(lists))

    def changes(self, since: dt.date | dt.datetime, *, lists: Collection[str] | None = None) -> list[Event]:
        """Every change in releases published after a day, or recorded after an instant, up to now."""
        if isinstance(since, dt.datetime):
            return self.chronicle.learned_since(since, self.lists_asked(lists))
        return self.chronicle.since(since, self.on, self.lists_asked(lists))

    def history(self, subject: str) -> list[Event]:
        """What happened to a listing, or to every listing of a party, oldest first. `subject` is the id of either.

        Raises NotKnown for an id that is neither.
        """
        listings: Collection[str] = [subject]
        if subject.partition(":")[0] not in legal_lists():
            listings = self.parties.groups.get(subject) or [
                one.id for _, one in self.view.entries() if one.party.id == subject
            ]
        if not listings:
            raise NotKnown(
                f"{subject!r} is the id of no listing, and of no party in force on {self.on}; a name is no id: find "
                "that with: ringfence search NAME"
            )
        events = [event for listing in listings for event in self.chronicle.of_listing(listing)]
        return sorted(events, key=lambda event: (event.on, event.list, event.listing))

    def reconcile(self, one: str, other: str, *, lists: Collection[str] | None = None) -> Reconciliation:
        """What one source has of the lists that both feed and the other has not, in their last releases."""
        common = self.chronicle.feeds(one) & self.chronicle.feeds(other)
        asked = self.lists_asked(lists)
        wanted = common if asked is None else common & asked
        (first, mine), (second, theirs) = (
            self.chronicle.entries_of(source, wanted, self.on) for source in (one, other)
        )
        if not wanted:
            raise InputError(f"{one} and {other} feed no list in common: there is nothing to reconcile.")
        ranks = [sources()[source].rank for source in (one, other)]
        law = None if ranks[0] == ranks[1] else one if ranks[0] < ranks[1] else other
        return reconcile(mine, theirs, releases=(first, second), law=law)

    def party(self, listing_id: str) -> JoinedParty:
        """The party of a listing with all its listings and the evidence that they are one. Raises NotKnown."""
        listing = self.view.find(listing_id)
        if listing is None:
            raise NotKnown(
                f"no listing {listing_id!r} in force on {self.on}. Find one with: ringfence search NAME"
            )
        return self.parties.about(listing, self.view.find)

    def rule(self, ruling: Ruling, learned: Clock | None = None) -> Ruling:
        """Record a ruling that joins two listings or keeps them apart; the ruling as recorded.

        `learned` reads the clock in the turn to write. Raises NotKnown for an unknown listing.
        """
        for listing in (ruling.one, ruling.other):
            if self.view.find(listing) is None:
                raise NotKnown(
                    f"no listing {listing!r} in force on {self.on}. Find one with: ringfence search NAME"
                )
        if ruling.one == ruling.other:
            raise InputError(f"{ruling.one}: a listing cannot be ruled about itself. Name two listings.")
        if self._store is None:
            raise StoreError("there is no store to keep the ruling in. Make one with: ringfence refresh")
        return self._store.rule(ruling, learned)

    def attempts(self) -> list[Attempt]:
        """The latest refresh that was tried of each source, newest first."""
        return self._store.attempts() if self._store else []

    def search(self, query: Query, *, lists: Collection[str] | None = None) -> Screening:
        """The answer for one party. `lists` are the ids of the lists to search; None is all of them."""
        return next(iter(self.screen([query], lists=lists)))

    def screen(
        self,
        queries: Iterable[Query],
        *,
        lists: Collection[str] | None = None,
        progress: Progress | None = None,
    ) -> Iterator[Screening]:
        """One answer per query, in order. Raises QueryError for a query that cannot be asked."""
        wanted = self.lists_asked(lists)
        provenance = self.provenance(wanted)
        index = self.index(progress)
        limit = self.settings.max_hits if wanted is None else None
        order = {list_id: place for place, list_id in enumerate(legal_lists())}
        for batch in _batches(queries):
            asked = [query for query in batch if _askable(query)]
            found = iter(index.search_many(asked, threshold=self.review_at, limit=limit))
            answers = [(query, next(found) if _askable(query) else []) for query in batch]
            refs = {match.ref for _, matches in answers for match in matches}
            listings = dict(self.view.listings(refs))
            for query, matches in answers:
                kept = [m for m in matches if wanted is None or listings[m.ref].list in wanted]
                # Listings of one party score alike: the list that asks most of the reader comes first.
                kept.sort(key=lambda m: (-round(m.score, 2), order.get(listings[m.ref].list, len(order))))
                yield self._answer(query, kept[: self.settings.max_hits], listings, provenance)

    def hit(
        self, listing_id: str, matched_name: str, score: float, reasons: tuple[Reason, ...]
    ) -> Hit | None:
        """A listing with the law it carries, met in another way than by the names asked for; None when not in force."""
        listing, ref = self.in_force(listing_id), self.refs.get(listing_id)
        if listing is None or ref is None:
            return None
        return self._hit(Match(ref, matched_name, score, reasons), listing, self.provenance())

    def decide(
        self, transactions: Iterable[Transaction], *, affiliates_rule: RuleStatus | None = None
    ) -> Iterator[Decision]:
        """One decision per transaction, in order, each by the law and the lists of its own day.

        `affiliates_rule` is the status of the Affiliates rule for days on which the tables do not know it.
        """
        return Counsel(self.on_day, extra=self.extra, affiliates_rule=affiliates_rule).answers(transactions)

    def listed_ties(self) -> LinkSet:
        """The ties that entries of the lists in force state themselves ("Linked To", affiliates, subordinate bodies)."""
        return LinkSet(links=list(ties_of(listing for _, listing in self.view.entries())))

    def network(
        self, links: LinkSet, private: Iterable[Listing] = (), screen: Screen | None = None
    ) -> Network:
        """The parties and ties of some links, each party screened. `private` are listings for this call alone.

        `screen` answers for the parties in place of this engine, by one that has kept what it would answer.
        """
        return network_of(links.links, links.parties, self._identify(private, screen))

    def ownership(
        self,
        links: LinkSet,
        *,
        regime: str = "bis",
        rule_status: RuleStatus | None = None,
        private: Iterable[Listing] = (),
    ) -> Ownership:
        """The network of some links under a regime, on the day of this engine. Raises QueryError for an unknown regime."""
        return Ownership(self.network(links, private), regime_of(regime), self.on, rule_status=rule_status)

    def exposure(
        self,
        links: LinkSet,
        asked: Iterable[Query] = (),
        *,
        regime: str = "bis",
        rule_status: RuleStatus | None = None,
        private: Iterable[Listing] = (),
        tell: Callable[[str], None] | None = None,
    ) -> Iterator[Exposure]:
        """Who stands behind each party asked about, and every path from it to something listed.

        Without `asked`, every party of the links. `rule_status` replaces the status of the regime's rule on the day,
        where the user knows better. `tell` is called with what was doubtful in the links taken together. Raises
        QueryError for an unknown regime.
        """
        ownership = self.ownership(
            links, regime=regime, rule_status=rule_status, private=(private := tuple(private))
        )
        if tell:
            for remark in ownership.remarks:
                tell(remark)
        yield from exposures(ownership, asked, self._identify(private))

    def simulate(
        self,
        links: LinkSet,
        changes: Sequence[Change],
        *,
        book: Book | None = None,
        on: dt.date | None = None,
        regime: str | None = None,
        rule_status: RuleStatus | None = None,
        private: Iterable[Listing] = (),
    ) -> Simulation:
        """What listing or delisting some parties together would do to a network and a book. Nothing is stored.

        The law and the links are those of day `on` (the day of the engine by default), the lists those of the engine.
        `rule_status` is the status of the regime's rule after the change. Raises QueryError for an unknown regime.
        """
        return self._scenario(links, changes, book, on, regime, rule_status, private).run(changes)

    def rank(
        self,
        links: LinkSet,
        candidates: Sequence[Change],
        *,
        book: Book | None = None,
        on: dt.date | None = None,
        regime: str | None = None,
        rule_status: RuleStatus | None = None,
        private: Iterable[Listing] = (),
    ) -> list[Ranked]:
        """Candidates of a watch-list by what their listing alone would touch, the worst first."""
        return self._scenario(links, candidates, book, on, regime, rule_status, private).rank(candidates)

    def _scenario(
        self,
        links: LinkSet,
        changes: Sequence[Change],
        book: Book | None,
        on: dt.date | None,
        regime: str | None,
        rule_status: RuleStatus | None,
        private: Iterable[Listing],
    ) -> Scenario:
        network = self.network(links, private)
        chosen = regime or (regime_for(changes[0].as_list) if changes else "bis")
        return Scenario(
            network,
            regime_of(chosen),
            on or self.on,
            book=book,
            rule_after=rule_status,
            resolve=self._resolver(network),
        )

    def called(self, network: Network, name: str) -> list[int]:
        """The parties of a network that a name means: found by their own names, or by the entry that they are listed as."""
        found = list(self._resolver(network)(Change(kind="list", party=name)))
        if not found:
            entries = {hit.listing for hit in self.search(Query(name=name)).hits if hit.score >= self.hit_at}
            found = [
                node.number for node in network.nodes if entries & {one.listing.id for one in node.listed}
            ]
        return found

    def _resolver(self, network: Network) -> Resolve:
        """Finds the parties of a network by the names of a change, as a list is searched."""
        entries = (
            (node.number, Listing(node.key, "network", "network", as_party(node)))
            for node in network.nodes
            if not node.undisclosed
        )
        index = Index.build(entries)

        def resolve(change: Change) -> list[int]:
            query = query_of_change(change)
            if not discriminates(query):
                return []
            return [match.ref for match in index.search(query, threshold=self.hit_at)]

        return resolve

    def entries_citing(self, citation: str) -> tuple[Listing, ...]:
        """The entries that a Federal Register rule added, by its citation (`84 FR 54002`), as first printed.

        From the bundled reference set and the lists of this engine. Raises NotKnown when no entry cites it.
        """
        wanted = " ".join(citation.split())
        found: dict[str, Listing] = {}
        for listing in (*reference_release()[1], *(one for _, one in self.view.entries())):
            if listing.citations and wanted in (str(listing.citations[0]), *map(str, listing.citations[1:2])):
                found.setdefault(listing.id, listing)
        if not found:
            raise NotKnown(f"no entry of the lists at hand was added by {wanted}")
        return tuple(found.values())

    def export(self, form: "Form", out: BinaryIO, *, lists: Collection[str] | None = None) -> int:
        """Write the listings in force on the day as FollowTheMoney, CSL CSV or Parquet; the number written."""
        from ringfence.interchange import write  # noqa: PLC0415 - only this question needs it

        wanted = self.lists_asked(lists)
        chosen = (one for _, one in self.view.entries() if wanted is None or one.list in wanted)
        return write(form, chosen, legal_lists(), out)

    def _identify(self, private: Iterable[Listing], screen: Screen | None = None) -> Identify:
        listings = tuple(one for one in (*self.extra, *private) if one.in_force(self.on))

        def join(one: Listing, find: Callable[[str], Listing | None]) -> JoinedParty:
            return self.parties.about(one, find)  # joined only once somebody is found listed

        return recognizer(screen or self.screen, self.in_force, listings, join, sure_at=self.hit_at)

    def compare(self, query: Query, name: str) -> Match:
        """How two names meet, with reasons, words weighed by how rare they are on the lists of this engine."""
        party = Party(id="asked", kind=query.kind, names=(Name(name),), countries=query.countries)
        return compare(query, Listing(id="asked", list="", source="", party=party), self.index())

    def statuses(self) -> list[ListStatus]:
        """Every list that ringfence knows, loaded or not."""
        used = {one.id: one for one in self.view.lists if not sources()[one.source].additive}
        tried = {attempt.source: attempt for attempt in self._store.attempts()} if self._store else {}
        found = []
        for legal in (
            *legal_lists().values(),
            *(legal_lists()[i] for i in used if i not in [*legal_lists()]),
        ):
            one = used.get(legal.id)
            feeding = sources()[one.source] if one else _feeding(legal.id)
            age = (self.on - one.as_of).days if one else None
            attempt = tried.get(feeding.id) if feeding else None
            found.append(
                ListStatus(
                    legal=legal,
                    source=feeding,
                    used=one,
                    age_days=age,
                    stale=bool(feeding and age is not None and age > feeding.max_age_days),
                    attempt=attempt if attempt and attempt.outcome in {"held_back", "failed"} else None,
                )
            )
        return found

    def entry(self, listing_id: str) -> Entry:
        """One listing with every text it had, oldest first. Raises NotKnown for an unknown id."""
        list_id = listing_id.split(":", 1)[0]
        legal = legal_lists().get(list_id)
        if legal is None or ":" not in listing_id:
            raise NotKnown(f"{listing_id!r} is not the id of a listing. Find one with: ringfence search NAME")
        if own := [one for one in self.extra if one.id == listing_id]:
            return Entry(listing=listing_id, legal=legal, texts=tuple((one, ()) for one in own))
        used = [one for one in self.view.lists if one.id == list_id and not sources()[one.source].bundled]
        if self._store is not None and used and next(iter(self._store.versions_of(listing_id)), None):
            return self._stored_entry(self._store, listing_id, legal)
        release, listings = reference_release()
        texts = tuple((one, (release.published_on,)) for one in listings if one.id == listing_id)
        if not texts:
            raise NotKnown(f"no listing {listing_id!r}. Find its id with: ringfence search NAME")
        return Entry(listing=listing_id, legal=legal, texts=texts)

    def _stored_entry(self, store: Store, listing_id: str, legal: LegalList) -> Entry:
        versions = dict(store.versions_of(listing_id))
        if self._dating:
            versions = {number: self._dating.of(one) for number, one in versions.items()}
        printed: dict[int, list[dt.date]] = {number: [] for number in versions}
        missing_since: dt.date | None = None
        feeding = {listing.source for listing in versions.values()}
        for release in store.snapshots(known_at=self.known_at):
            if release.source not in feeding:
                continue
            held = store.printed(release, versions)
            for number in held:
                printed[number].append(release.published_on)
            if held:
                missing_since = None
            elif any(printed.values()) and missing_since is None:
                missing_since = release.published_on
        texts = [(versions[number], tuple(days)) for number, days in printed.items() if days]
        texts.sort(key=lambda text: (text[1][0], text[0].version_from or dt.date.min))
        return Entry(listing=listing_id, legal=legal, texts=tuple(texts), missing_since=missing_since)

    def _answer(
        self, query: Query, matches: list[Match], listings: dict[int, Listing], provenance: Provenance
    ) -> Screening:
        hits = tuple(self._hit(match, listings[match.ref], provenance) for match in matches)
        # An entry without a certain effect is never a hit by itself: somebody must read why.
        best = max((hit.score for hit in hits if hit.reservation is None), default=0.0)
        outcome: Outcome = "hit" if best >= self.hit_at else "review" if hits else "no_match"
        echo = QueryEcho(
            id=query.id,
            name=query.name.strip(),
            as_typed=query.name,
            normalised=normalise(query.name),
            row=query.row,
            kind=query.kind,
            countries=query.countries,
        )
        return Screening(
            query=echo, outcome=outcome, hits=hits, remarks=tuple(_remarks(query)), provenance=provenance
        )

    def _hit(self, match: Match, listing: Listing, provenance: Provenance) -> Hit:
        legal = legal_lists()[listing.list]
        requirement, policy = listing.license_requirement, listing.license_review_policy
        fed_by = [one for one in provenance.lists if one.id == listing.list]
        used = next((one for one in fed_by if one.source == listing.source), fed_by[0] if fed_by else None)
        return Hit(
            listing=listing.id,
            list=listing.list,
            list_title=legal.short,
            party=self.parties.id_of(listing),
            listed_name=listing.party.name,
            matched_name=match.matched_name,
            score=match.score,
            reasons=match.reasons,
            license_requirement=requirement.text if requirement else None,
            license_requirement_scope=requirement.scope if requirement else None,
            license_review_policy=policy.text if policy else None,
            license_review_policy_class=policy.strictest if policy else None,
            consequence=_consequence(legal, listing),
            effect=legal.effect,
            programs=listing.programs,
            footnotes=listing.footnotes,
            citations=tuple(str(citation) for citation in listing.citations),
            citation_dates=tuple(citation.published for citation in listing.citations),
            countries=listing.party.countries,
            addresses=tuple(address.text for address in listing.party.addresses),
            valid_from=listing.valid_from,
            valid_until=listing.valid_until or self._left(match.ref, listing),
            dated_by=listing.dated_by,
            reservation=listing.reservation.kind if listing.reservation else None,
            remarks=(*self._doubts(match.ref, listing), *(remark.text for remark in listing.remarks)),
            source=listing.source,
            snapshot=used.snapshot if used else None,
        )

    def _left(self, ref: int, listing: Listing) -> dt.date | None:
        """The last day on which an entry can have stood that a later release no longer prints."""
        release = self.view.gone.get(ref)
        gone = release and self.chronicle.removed(listing, release)
        return release.published_on - dt.timedelta(days=1) if release and gone else None

    def _doubts(self, ref: int, listing: Listing) -> Iterator[str]:
        """What the release cannot say of an entry on this day, that it has no certain effect first."""
        yield from self.doubts(listing)
        if (left := self._left(ref, listing)) and not listing.valid_until:
            yield (
                f"removed at the latest on {left + dt.timedelta(days=1)}: observed, the release of that day no longer "
                f"prints it; the day and the rule are not told"
            )

    def doubts(self, listing: Listing) -> Iterator[str]:
        """Why an entry has no certain effect on the day of this engine, and what its publication cannot say of it."""
        if listing.reservation:
            yield listing.reservation.text
        if listing.valid_until and listing.valid_until < self.on:
            yield (
                f"its printed end, {listing.valid_until}, is past, but no release as late as {self.on} says whether it "
                f"was renewed"
            )
        if revised := self._revised_later(listing):
            day, cited = revised
            yield (
                f"its text is that of a later release: {cited} revised the entry on {day}; what it said on {self.on} is not told "
                "by the releases held"
            )

    def _revised_later(self, listing: Listing) -> tuple[dt.date, Citation] | None:
        """The first rule after the day that a text cites beside the one that added it; None for a text that is dated itself."""
        if listing.version_from or listing.version_until:
            return None
        later = (
            (rule.effective_on, citation)
            for citation in listing.citations[1:]
            if citation.year >= self.on.year
            and (rule := self._rule_book.rule_of(citation))
            and rule.effective_on
        )
        return min(
            ((day, cited) for day, cited in later if day > self.on), key=lambda one: one[0], default=None
        )


_BATCH = 512


def _batches(queries: Iterable[Query]) -> Iterator[list[Query]]:
    """Queries in runs; the first are answered at once so that progress shows early."""
    batch: list[Query] = []
    size = 16
    for query in queries:
        if len(query.name) > MAX_NAME:
            where = f"row {query.row:,}: " if query.row else ""
            raise QueryError(
                f"{where}a name of {len(query.name):,} characters; at most {MAX_NAME:,} are compared.", "name"
            )
        batch.append(query)
        if len(batch) >= size:
            yield batch
            batch, size = [], _BATCH
    if batch:
        yield batch


def _askable(query: Query) -> bool:
    return bool(query.name.strip())


def _remarks(query: Query) -> Iterator[str]:
    if not _askable(query):
        yield "no name was given: nothing was searched for this row"
    elif not discriminates(query):
        yield "the name has only common words: it cannot tell one party from another; add a country, address or identifier"


_RESERVED = {
    "stayed": "stayed: no effect on this day",
    "in_doubt": "not known whether it was in force on this day",
}


def _consequence(legal: LegalList, listing: Listing) -> str:
    """What follows, in a few words: the list's own, and the review policy where the entry has one."""
    if listing.reservation:
        return _RESERVED[listing.reservation.kind]
    policy = listing.license_review_policy
    parts = [legal.consequence]
    if listing.license_requirement and listing.license_requirement.scope not in {"all_items", "unclassified"}:
        parts.append("items as the entry says")
    if policy and policy.tests:
        classes = dict.fromkeys(test.policy.replace("_", " ") for test in policy.tests)
        parts.append(" or ".join(classes))
    return "; ".join(parts)


def _feeding(list_id: str) -> Source | None:
    """The source a list would come from when it were refreshed."""
    feeding = [s for s in sources().values() if not s.bundled and any(f.list == list_id for f in s.feeds)]
    return min(feeding, key=lambda source: source.rank, default=None)
