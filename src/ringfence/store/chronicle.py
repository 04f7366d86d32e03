"""The history of lists and entries, told as events from the releases that a store holds.

For a stretch of days the releases that lie in it are compared; what no release of those days can show is taken from
the citations of the next one. Events are computed when they are asked for: a better rule table or a better comparison
tells a better history of the same releases.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from itertools import pairwise

import msgspec

from ringfence.errors import NotKnown
from ringfence.records import Citation, Listing, Snapshot
from ringfence.records.rule import FederalRegisterDocument
from ringfence.store.events import Event, Rule, RuleOf, changes_between, legal_history
from ringfence.store.history import Store
from ringfence.store.suspensions import ReviewedRule, Suspensions, governed
from ringfence.store.view import knows, nearest
from ringfence.store.wording import folded

Bundled = tuple[Snapshot, Sequence[Listing]]


_NEAR_PAGES = 12
"""Pages this near to one whose day is known are of the same rule: it has that many pages before its entries."""


class _Printed(msgspec.Struct, frozen=True):
    """A rule of which only the day is known on which its page was printed."""

    published_on: dt.date | None
    document: str | None = None
    title: str | None = None
    announced_on: dt.date | None = None
    effective_on: dt.date | None = None


class Chronicle:
    """Every event that a store's releases tell, as known at an instant.

    `rule_of` finds the rule behind a citation, `ranks` orders sources that feed the same list, `codes` are the
    sources that are the code itself. `bundled` releases speak for lists that nothing in the store feeds. Of
    `documents` the full texts say by which rule an entry was removed or stayed. `rules` are those of the reviewed table
    that reach whole lists, and those that stay them.
    """

    def __init__(
        self,
        store: Store | None,
        *,
        known_at: dt.datetime,
        rule_of: RuleOf,
        ranks: Mapping[str, int],
        codes: Collection[str] = (),
        bundled: Iterable[Bundled] = (),
        documents: Sequence[FederalRegisterDocument] = (),
        rules: Sequence[ReviewedRule] = (),
    ) -> None:
        self._store = store
        self._known_rule = rule_of
        self._ranks = ranks
        self._codes = frozenset(codes)
        self._releases: dict[str, list[Snapshot]] = {}
        for release in store.snapshots(known_at=known_at) if store else ():
            self._releases.setdefault(release.source, []).append(release)
        self._feeds = {
            source: frozenset(store.counts(releases[-1]))
            for source, releases in self._releases.items()
            if store
        }
        fed = frozenset().union(*self._feeds.values())
        self._bundled = [
            (release, [listing for listing in listings if listing.list not in fed])
            for release, listings in bundled
        ]
        self._rules: dict[object, Rule | None] = {}
        self._removals: dict[tuple[str, str], list[tuple[FederalRegisterDocument, dt.date | None]]] = {}
        for document in documents:
            for amendment in document.amendments:
                if amendment.kind == "remove" and amendment.name:
                    told = (document, amendment.effective_on)
                    key = governed(amendment.section), folded(amendment.name)
                    self._removals.setdefault(key, []).append(told)
        self._suspensions = Suspensions(
            editions=[
                (release, store.statuses(release))
                for source in sorted(self._codes & self._releases.keys())
                for release in self._releases[source]
                if store
            ],
            documents=documents,
            rules=rules,
            rule_of=self._rule_of,
            entries=self._last_printed,
        )
        self._between: dict[tuple[str, str, str], list[Event]] = {}
        self._first_printed: dict[str, dict[str, dt.date]] = {}
        """By source, the day of the first release that prints a listing."""

    def _rule_of(self, citation: Citation) -> Rule | None:
        """The rule behind a citation, also by the day that the code prints beside its page."""
        key = citation.volume, citation.page, citation.issue, citation.published
        if key not in self._rules:
            self._rules[key] = self._known_rule(citation) or self._rule_by_day(citation)
        return self._rules[key]

    def _rule_by_day(self, citation: Citation) -> Rule | None:
        if citation.published or not citation.page:
            return None
        pages = self._printed_days.get(citation.volume, {})
        near = min(pages, key=lambda page: (abs(page - (citation.page or 0)), page), default=0)
        if abs(near - citation.page) > _NEAR_PAGES:
            return None
        dated = msgspec.structs.replace(citation, published=pages[near])
        return self._known_rule(dated) or _Printed(published_on=pages[near])

    @cached_property
    def _printed_days(self) -> dict[int, dict[int, dt.date]]:
        """The day of publication of every page that the code cites with its day, by volume.

        Copies leave the day out, and cite the first page of a rule where the code cites the page of the entry.
        """
        days: dict[int, dict[int, dt.date]] = {}
        for source in sorted(self._codes & self._feeds.keys()):
            for list_id in sorted(self._feeds[source]):
                for listing in self._whole(self._releases[source][-1], list_id):
                    for citation in listing.citations:
                        if citation.published and citation.page:
                            days.setdefault(citation.volume, {}).setdefault(citation.page, citation.published)
        return days

    def feeds(self, source: str) -> frozenset[str]:
        """The lists that a source of the store feeds."""
        return self._feeds.get(source, frozenset())

    @property
    def lists(self) -> frozenset[str]:
        """The lists that have a history here."""
        bundled = {listing.list for _, listings in self._bundled for listing in listings}
        return frozenset().union(*self._feeds.values(), bundled)

    def of_listing(self, listing_id: str) -> list[Event]:
        """What happened to one entry, under whatever key it stood, oldest first. Raises NotKnown."""
        found = self._of_bundled(listing_id) or self._of_stored(listing_id)
        suspended = self._suspensions.of_list(listing_id.partition(":")[0])
        found += [event for event in suspended if event.listing == listing_id]
        if not found:
            raise NotKnown(f"no listing {listing_id!r} was known. Find its id with: ringfence search NAME")
        return _ordered(found)

    def over(self, first: dt.date, last: dt.date, lists: Collection[str] | None = None) -> list[Event]:
        """What changed from day `first` to day `last`: the list of the later day against that of the earlier.

        Releases compared are the last ones up to either day. Where there is none so old, and for days after
        the last release, the citations of the nearest later release tell; removals they cannot tell.
        """
        found: list[Event] = []
        for list_id in sorted(self.lists if lists is None else self.lists.intersection(lists)):
            found += self._suspended(list_id, first, last)
            source = self._source(list_id, first, last)
            if source:
                found += self._over(source, list_id, first, last)
            else:
                found += [event for event in self._legal_bundled(list_id) if first < event.on <= last]
        return _ordered(found)

    def since(self, since: dt.date, until: dt.date, lists: Collection[str] | None = None) -> list[Event]:
        """Every change in releases published after day `since`, one by one, oldest first."""
        found: list[Event] = []
        for list_id in sorted(self.lists if lists is None else self.lists.intersection(lists)):
            found += self._suspended(list_id, since, until)
            source = self._source(list_id, since, until)
            if not source:
                found += [event for event in self._legal_bundled(list_id) if since < event.on <= until]
                continue
            releases = self._releases[source]
            days = [since, *(r.published_on for r in releases if since < r.published_on <= until)]
            for first, last in pairwise(days):
                found += self._over(source, list_id, first, last)
        return _ordered(found)

    def learned_since(self, since: dt.datetime, lists: Collection[str] | None = None) -> list[Event]:
        """Every change in releases recorded after an instant, each against the release printed before it.

        The first release of a source tells no change: nothing was known before it.
        """
        found: list[Event] = []
        for source, releases in self._releases.items():
            for before, after in pairwise(releases):
                if after.recorded_at > since:
                    for list_id in self._feeds[source]:
                        if (lists is None or list_id in lists) and self._speaker(list_id) == source:
                            found += self.between(before, after, list_id)
        for list_id in self.lists if lists is None else self.lists.intersection(lists):
            suspended = self._suspensions.of_list(list_id)
            # What the first edition prints was so before; what documents and tables say has no instant of its own.
            found += [e for e in suspended if e.between and e.between[0] and e.observed_at > since]
        return _ordered(found)

    def between(self, before: Snapshot | None, after: Snapshot, list_id: str) -> list[Event]:
        """What two releases of one source tell of a list."""
        assert self._store is not None  # noqa: S101 - there are releases only where there is a store
        key = (before.id if before else "", after.id, list_id)
        if key not in self._between:
            old, new = self._store.difference(before, after, {list_id})
            events = changes_between(
                old,
                new,
                earlier=before,
                later=after,
                rule_of=self._rule_of,
                codified=after.source in self._codes,
                returning=self._held_before(before, [listing.id for listing in new]),
                whole=lambda list_id, side: self._whole(after if side else before, list_id),
            )
            self._between[key] = [self._explained(e) if e.kind == "remove" else e for e in events]
        return self._between[key]

    def _explained(self, event: Event) -> Event:
        """A removal with the document that says it, where one of the days between the releases does."""
        first, last = event.between or (None, dt.date.max)
        for document, own_day in self._removals.get((event.list, folded(event.name)), ()):
            on = own_day or document.effective_on or document.published_on
            if on and on <= last and (first is None or on > first):
                cited = (
                    document.volume and document.first_page and f"{document.volume} FR {document.first_page}"
                )
                return msgspec.structs.replace(
                    event,
                    effective_on=on,
                    published_on=document.published_on,
                    announced_on=document.announced_on,
                    citations=(cited,) if cited else (),
                    document=document.document,
                    title=document.title,
                    dated_by="rule" if own_day or document.effective_on else "published",
                    note=None,
                )
        return event

    def entries_of(self, source: str, lists: Collection[str], on: dt.date) -> tuple[Snapshot, list[Listing]]:
        """The last release of a source up to a day, and its entries on `lists`. Raises NotKnown."""
        past = [release for release in self._releases.get(source, ()) if release.published_on <= on]
        if not past:
            raise NotKnown(
                f"no release of {source!r} up to {on} is in the store. Load one with: ringfence refresh {source}"
            )
        return past[-1], [listing for list_id in sorted(lists) for listing in self._whole(past[-1], list_id)]

    def removed(self, listing: Listing, since: Snapshot) -> Event | None:
        """The event of an entry's leaving by release `since`; None when it goes on under another key."""
        releases = self._releases.get(listing.source, [])
        place = next((n for n, release in enumerate(releases) if release.id == since.id), 0)
        if not place:
            return None
        events = self.between(releases[place - 1], since, listing.list)
        return next((e for e in events if e.listing == listing.id and e.kind == "remove"), None)

    def _over(self, source: str, list_id: str, first: dt.date, last: dt.date) -> list[Event]:
        releases = self._releases[source]
        past = [release for release in releases if release.published_on <= first]
        found: list[Event] = []
        if past:
            standing = past[-1]
        else:
            standing = releases[0]
            found += [event for event in self._legal(standing, list_id) if first < event.on <= last]
        reached = [r for r in releases if standing.published_on < r.published_on <= last]
        if reached:
            found += self.between(standing, reached[-1], list_id)
            standing = reached[-1]
        following = [r for r in releases if r.published_on > max(last, standing.published_on)]
        if following and standing.published_on < last:
            # A later release dates back what it adds; what it no longer prints left on a day it does not tell.
            found += [
                event
                for event in self.between(standing, following[0], list_id)
                if event.effective_on and first < event.effective_on <= last
            ]
        return found

    def _suspended(self, list_id: str, first: dt.date, last: dt.date) -> list[Event]:
        return [event for event in self._suspensions.of_list(list_id) if first < event.on <= last]

    def _last_printed(self, list_id: str) -> list[Listing]:
        """The entries of a list as its speaking source, or else a bundled one, printed them last."""
        if any(list_id in lists for lists in self._feeds.values()):
            return self._whole(self._releases[self._speaker(list_id)][-1], list_id)
        return [one for _, listings in self._bundled for one in listings if one.list == list_id]

    def _legal(self, release: Snapshot, list_id: str) -> list[Event]:
        """The history that the citations of one release tell of a list."""
        listings = self._whole(release, list_id)
        return [event for listing in listings for event in legal_history(listing, release, self._rule_of)]

    def _whole(self, release: Snapshot | None, list_id: str) -> list[Listing]:
        """Every entry of a list in a release."""
        assert self._store is not None  # noqa: S101 - there are releases only where there is a store
        return self._store.difference(None, release, {list_id})[1] if release else []

    def _legal_bundled(self, list_id: str) -> list[Event]:
        return [
            event
            for release, listings in self._bundled
            for listing in {one.id: one for one in listings if one.list == list_id}.values()
            for event in legal_history(listing, release, self._rule_of)
        ]

    def _of_bundled(self, listing_id: str) -> list[Event]:
        return [
            event
            for event in self._legal_bundled(listing_id.partition(":")[0])
            if event.listing == listing_id
        ]

    def _of_stored(self, listing_id: str) -> list[Event]:
        if self._store is None:
            return []
        texts = dict(self._store.listings(self._store.numbers_of(listing_id)))
        found: list[Event] = []
        feeding = {listing.source for listing in texts.values()}
        # Copies of a list tell the same events; the source nearest the law tells each once.
        for source in sorted(feeding, key=lambda source: (self._ranks.get(source, 5), source)):
            told = {(event.kind, event.on) for event in found}
            releases = self._releases.get(source, [])
            held = [self._store.printed(release, texts) for release in releases]
            list_id = listing_id.partition(":")[0]
            for place, release in enumerate(releases):
                before = held[place - 1] if place else set()
                if held[place] == before:
                    continue
                if not place:
                    text = texts[max(held[place])]
                    events = legal_history(text, release, self._rule_of)
                else:
                    events = self.between(releases[place - 1], release, list_id)
                found += [
                    event
                    for event in events
                    if listing_id in (event.listing, event.previously) and (event.kind, event.on) not in told
                ]
        return found

    def _held_before(self, before: Snapshot | None, listings: Sequence[str]) -> frozenset[str]:
        """Those of `listings` that a release earlier than `before` held and `before` does not."""
        assert self._store is not None  # noqa: S101 - there are releases only where there is a store
        if (
            before is None
            or not listings
            or self._releases[before.source][0].published_on >= before.published_on
        ):
            return frozenset()
        if before.source not in self._first_printed:
            first: dict[str, dt.date] = {}
            seen: set[int] = set()
            for release in self._releases[before.source]:
                new = set(self._store.manifest(release)) - seen
                for row in self._store.facts(sorted(new)):
                    first.setdefault(row.listing, release.published_on)
                seen |= new
            self._first_printed[before.source] = first
        printed = self._first_printed[before.source]
        return frozenset(
            one for one in listings if printed.get(one, before.published_on) < before.published_on
        )

    def _source(self, list_id: str, first: dt.date, last: dt.date) -> str | None:
        """The source that knows most of both ends of a stretch of days; None when only a bundled one does."""
        known = {}
        for source in (source for source, lists in self._feeds.items() if list_id in lists):
            ends = [knows(self._releases[source], day) for day in (first, last)]
            known[source] = sum(kind for kind, _ in ends), sum(days for _, days in ends)
        return nearest(known, self._ranks) if known else None

    def _speaker(self, list_id: str) -> str:
        feeding = [source for source, lists in self._feeds.items() if list_id in lists]
        return min(feeding, key=lambda source: (self._ranks.get(source, 5), source))


def _ordered(events: Iterable[Event]) -> list[Event]:
    return sorted(events, key=lambda event: (event.on, event.list, event.listing, event.kind != "add"))
