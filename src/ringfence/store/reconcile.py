"""Two publications of one list held against each other: what one has and the other has not, and why probably.

A copy of the law differs from the law for a handful of reasons that repeat: it is older, it has lost a letter, it
packs a parent into a name, it splits an entry into a row for each address. The cause named here is the likeliest of
those; nothing is mended, and a difference without a likely cause says so.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec
from rapidfuzz import process
from rapidfuzz.fuzz import token_sort_ratio

from ringfence.records import Citation, Listing, Snapshot
from ringfence.store.pairing import pair
from ringfence.store.wording import folded, published_names, words

What = Literal["entry", "alias", "citation", "date"]
Cause = Literal[
    "not yet copied",
    "removed since",
    "lost letter",
    "name spelled otherwise",
    "packed parent",
    "split rows",
    "other destination",
    "alias there",
    "another page of the rule",
    "date dragged down a column",
    "start date is the day of publication",
    "not known",
]
"""The likely reason of a difference."""

ALIKE = 88
"""Names at least this alike, on a scale to 100, are taken for two spellings of one."""
_NEAR_PAGES = 40


class Difference(msgspec.Struct, frozen=True):
    """Something that the publication `held_by` has and `lacked_by` has not, of the entry `listing`.

    `counterpart` is the entry of the other publication, where there is one or where a likely one was found.
    """

    what: What
    listing: str
    value: str
    held_by: str
    lacked_by: str
    cause: Cause
    counterpart: str | None = None
    note: str | None = None


class Reconciliation(msgspec.Struct, frozen=True):
    """What two releases have in common and in what they differ. `entries` counts either side's."""

    one: Snapshot
    other: Snapshot
    entries: tuple[int, int]
    paired: int
    differences: tuple[Difference, ...]


def reconcile(
    one: Iterable[Listing], other: Iterable[Listing], *, releases: tuple[Snapshot, Snapshot]
) -> Reconciliation:
    """Hold the entries of two publications of the same list against each other.

    `releases` are the releases they were read from; an entry newer than the other side's is `not yet copied`.
    """
    sides = list(one), list(other)
    found: list[Difference] = []
    alone: tuple[list[Listing], list[Listing]] = [], []
    for mine, theirs in pair(*sides):
        if mine and theirs:
            found += _within(mine, theirs, releases)
        elif mine:
            alone[0].append(mine)
        elif theirs:
            alone[1].append(theirs)
    for place in (0, 1):
        found += _alone(alone[place], sides[1 - place], (releases[place], releases[1 - place]))
    order = {"entry": 0, "alias": 1, "citation": 2, "date": 3}
    found.sort(key=lambda one: (order[one.what], one.held_by, one.cause, one.listing, one.value))
    paired = len(sides[0]) - len(alone[0])
    return Reconciliation(releases[0], releases[1], (len(sides[0]), len(sides[1])), paired, tuple(found))


def _alone(
    listings: list[Listing], there: list[Listing], releases: tuple[Snapshot, Snapshot]
) -> Iterator[Difference]:
    """Entries that only one side has, each with the likeliest cause."""
    primary: dict[str, list[Listing]] = defaultdict(list)
    any_name: dict[str, list[Listing]] = defaultdict(list)
    spelled: dict[str, Listing] = {}
    for listing in there:
        for place, name in enumerate(published_names(listing)):
            (any_name if place else primary)[folded(name)].append(listing)
            spelled.setdefault(" ".join(words(name)), listing)
    names = list(spelled)
    for listing in listings:
        cause, found = _why(listing, primary, any_name, releases)
        if cause == "not known":
            best = process.extractOne(
                " ".join(words(listing.party.name)), names, scorer=token_sort_ratio, score_cutoff=ALIKE
            )
            if best:
                lost = "?" in listing.party.name or "?" in spelled[best[0]].party.name
                cause, found = ("lost letter" if lost else "name spelled otherwise"), spelled[best[0]]
        if cause == "not known" and releases[0].published_on < releases[1].published_on:
            cause = "removed since"
        yield Difference(
            "entry",
            listing.id,
            listing.party.name,
            releases[0].source,
            releases[1].source,
            cause,
            found.id if found else None,
            found.party.name if found else None,
        )


def _why(
    listing: Listing,
    primary: dict[str, list[Listing]],
    any_name: dict[str, list[Listing]],
    releases: tuple[Snapshot, Snapshot],
) -> tuple[Cause, Listing | None]:
    if _newer(listing.citations[:1], releases[1]):
        return "not yet copied", None
    key = folded(listing.party.name)
    if same := primary.get(key):
        here = {c for found in same for c in found.party.countries}
        split = not listing.party.countries or here.intersection(listing.party.countries)
        return ("split rows" if split else "other destination"), same[0]
    if same := any_name.get(key):
        return "alias there", same[0]
    ties = [tie for tie in listing.ties if tie.relation != "see_also"]
    if ties:
        parent = next((primary[folded(tie.name)][0] for tie in ties if folded(tie.name) in primary), None)
        return "packed parent", parent
    return "not known", None


def _within(mine: Listing, theirs: Listing, releases: tuple[Snapshot, Snapshot]) -> Iterator[Difference]:
    """What differs between the two texts of one entry."""
    why: Cause
    for held, lacking, place in ((mine, theirs, 0), (theirs, mine, 1)):
        sources = releases[place].source, releases[1 - place].source
        there = {folded(name): name for name in published_names(lacking)}
        for name in published_names(held):
            if folded(name) not in there:
                why = _alias_cause(name, there.values(), held, lacking, releases[1 - place])
                yield Difference("alias", held.id, name, *sources, why, lacking.id)
        cited = {str(citation) for citation in lacking.citations}
        for citation in held.citations:
            if str(citation) not in cited:
                near = _near_page(citation, lacking)
                why = (
                    "not yet copied"
                    if _newer([citation], releases[1 - place])
                    else "another page of the rule"
                    if near
                    else "not known"
                )
                # Two pages of one rule are one difference, told from the first side.
                if not near or place == 0:
                    note = f"there {near}" if near else None
                    yield Difference("citation", held.id, str(citation), *sources, why, lacking.id, note)
    if mine.valid_from and theirs.valid_from and mine.valid_from != theirs.valid_from:
        codes = {remark.code for remark in (*mine.remarks, *theirs.remarks)}
        why = (
            "date dragged down a column"
            if "drag_fill" in codes
            else "start date is the day of publication"
            if "start_is_publication" in codes
            else "not known"
        )
        sources = releases[0].source, releases[1].source
        note = f"there {theirs.valid_from} ({theirs.dated_by})"
        yield Difference(
            "date", mine.id, f"{mine.valid_from} ({mine.dated_by})", *sources, why, theirs.id, note
        )


def _alias_cause(
    name: str, there: Iterable[str], held: Listing, lacking: Listing, release: Snapshot
) -> Cause:
    for other in there:
        if "?" in name or "?" in other:
            if token_sort_ratio(" ".join(words(name)), " ".join(words(other))) >= ALIKE:
                return "lost letter"
        elif token_sort_ratio(" ".join(words(name)), " ".join(words(other))) >= ALIKE:
            return "name spelled otherwise"
    if any(folded(tie.name) == folded(name) for tie in (*held.ties, *lacking.ties)):
        return "packed parent"
    cited = {str(citation) for citation in lacking.citations}
    if _newer([c for c in held.citations if str(c) not in cited], release):
        return "not yet copied"
    return "not known"


def _near_page(citation: Citation, lacking: Listing) -> Citation | None:
    """The other side's citation of a page so near that it is of the same rule."""
    return next(
        (
            other
            for other in lacking.citations
            if citation.volume == other.volume
            and citation.page
            and other.page
            and abs(citation.page - other.page) <= _NEAR_PAGES
        ),
        None,
    )


def _newer(citations: Iterable[Citation], release: Snapshot) -> bool:
    """Whether a rule was printed after a release: by its day, else by the year of its volume."""
    return any(
        c.published > release.published_on if c.published else c.year > release.published_on.year
        for c in citations
    )
