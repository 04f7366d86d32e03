"""How a copy of the law differs from the law: the handful of reasons that repeat, told from the texts themselves.

A cause named here is the likeliest of those that fit; each is a test on what both publications print. A value for which
no test holds is `not known`, and is worth reading by hand.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cached_property
from typing import Literal

from rapidfuzz import process
from rapidfuzz.distance import OSA
from rapidfuzz.fuzz import token_sort_ratio

from ringfence.records import Citation, Listing, Snapshot
from ringfence.store.wording import FIELDS, folded, published_names, words

Cause = Literal[
    "not yet copied",
    "removed since",
    "left standing in the copy",
    "left out by the copy",
    "not printed there at all",
    "lost letter",
    "name spelled otherwise",
    "shortened name",
    "packed parent",
    "split rows",
    "one row for several destinations",
    "other destination",
    "alias there",
    "stands in the text of the entry",
    "names joined or cut apart",
    "alias of another row",
    "another page of the rule",
    "volume misprinted",
    "misprinted",
    "cited nowhere there",
    "no page",
    "rule of other entries",
    "date dragged down a column",
    "start date is the day of publication",
    "another first citation",
    "not known",
]
"""The likely reason of a difference."""

ALIKE = 88
"""Names at least this alike, on a scale to 100, are taken for two spellings of one."""

_NEAR_PAGES = 40
_SLIPS = 2
"""Characters in which a misprinted citation may differ from the right one."""
_LEAST_CARRIED = 0.01
_ENOUGH = 20
"""Entries of a list from which on a field that none of them fills is one that the publication does not print."""
_LEAST_NAME = 5


class Side:
    """One publication in a comparison: its release and its entries, with what is looked up in them.

    `standing` says what the publication is to the other one: `law` (nearer the law), `copy`, or None where neither is.
    """

    def __init__(
        self, release: Snapshot, listings: Sequence[Listing], standing: Literal["law", "copy"] | None
    ) -> None:
        self.release = release
        self.listings = listings
        self.standing = standing

    @cached_property
    def by_name(self) -> dict[str, list[Listing]]:
        """The entries by their primary name."""
        found: dict[str, list[Listing]] = defaultdict(list)
        for listing in self.listings:
            found[folded(listing.party.name)].append(listing)
        return found

    @cached_property
    def by_alias(self) -> dict[str, list[Listing]]:
        """The entries by each of their other names."""
        found: dict[str, list[Listing]] = defaultdict(list)
        for listing in self.listings:
            for name in list(published_names(listing))[1:]:
                found[folded(name)].append(listing)
        return found

    @cached_property
    def spelled(self) -> dict[str, Listing]:
        """An entry for each name, by the words of the name."""
        found: dict[str, Listing] = {}
        for listing in self.listings:
            for name in published_names(listing):
                found.setdefault(" ".join(words(name)), listing)
        return found

    @cached_property
    def pages(self) -> frozenset[str]:
        """Every citation that any entry has."""
        return frozenset(str(citation) for listing in self.listings for citation in listing.citations)

    @cached_property
    def absent(self) -> dict[str, frozenset[str]]:
        """For each list of some length the fields that next to none of its entries fill."""
        by_list: dict[str, list[Listing]] = defaultdict(list)
        for listing in self.listings:
            by_list[listing.list].append(listing)
        return {
            list_id: frozenset(
                field
                for field in ("citations", "aliases", "addresses")
                if sum(bool(FIELDS[field](one)) for one in of_list) <= len(of_list) * _LEAST_CARRIED
            )
            for list_id, of_list in by_list.items()
            if len(of_list) >= _ENOUGH
        }

    def lacks(self, field: str, list_id: str) -> bool:
        """Whether the publication prints nothing of a field in any entry of a list."""
        return field in self.absent.get(list_id, ())

    def is_older_than(self, citations: Iterable[Citation]) -> bool:
        """Whether a rule was printed after this release: by its day, else by the year of its volume."""
        on = self.release.published_on
        return any(c.published > on if c.published else c.year > on.year for c in citations)

    @property
    def why_absent(self) -> Cause:
        """Why this side lacks what the other has, when nothing in the texts tells more."""
        if self.standing == "copy":
            return "left out by the copy"
        return "left standing in the copy" if self.standing == "law" else "not known"


def why_entry(
    listing: Listing, mine: Side, theirs: Side, left: Collection[str]
) -> tuple[Cause, Listing | None]:
    """Why only `mine` has an entry, and the likely counterpart. `left` are the ids of entries without a counterpart."""
    if theirs.is_older_than(listing.citations[:1]):
        return "not yet copied", None
    key = folded(listing.party.name)
    if same := [one for one in theirs.by_name.get(key, ()) if one.list == listing.list]:
        return _same_name(listing, same, mine)
    if same := [one for one in theirs.by_alias.get(key, ()) if one.list == listing.list]:
        return "alias there", same[0]
    if shorter := _shortened(listing, theirs, left):
        return "shortened name", shorter
    if found := _alike(listing.party.name, theirs):
        lost = any("?" in name for name in (listing.party.name, *published_names(found)))
        return ("lost letter" if lost else "name spelled otherwise"), found
    if found := next(
        (one for one in theirs.listings if one.list == listing.list and key in _text(one)), None
    ):
        return "stands in the text of the entry", found
    if ties := [tie for tie in listing.ties if tie.relation != "see_also"]:
        parents = (theirs.by_name.get(folded(tie.name)) for tie in ties)
        return "packed parent", next((found[0] for found in parents if found), None)
    if mine.release.published_on < theirs.release.published_on:
        return "removed since", None
    return theirs.why_absent, None


def why_alias(name: str, held: Listing, lacking: Listing, theirs: Side) -> Cause:
    """Why an entry has a name that its counterpart on the other side has not."""
    key = folded(name)
    if theirs.lacks("aliases", lacking.list):
        return "not printed there at all"
    ties = [folded(tie.name) for tie in (*held.ties, *lacking.ties) if tie.relation != "see_also"]
    if key in ties or any(tie and (key.startswith(tie) or key.endswith(tie)) for tie in ties):
        return "packed parent"
    others = list(published_names(lacking))
    if any(_same_spelling(name, other) for other in others):
        return "lost letter" if any("?" in one for one in (name, *others)) else "name spelled otherwise"
    if _joined(words(name), others):
        return "names joined or cut apart"
    if len(key) >= _LEAST_NAME and key in _text(lacking):
        return "stands in the text of the entry"
    if any(one.list == held.list for one in (*theirs.by_name.get(key, ()), *theirs.by_alias.get(key, ()))):
        return "alias of another row"
    cited = {str(citation) for citation in lacking.citations}
    if theirs.is_older_than(c for c in held.citations if str(c) not in cited):
        return "not yet copied"
    return theirs.why_absent


def why_citation(
    citation: Citation, held: Listing, lacking: Listing, theirs: Side
) -> tuple[Cause, Citation | None]:
    """Why an entry cites a page that its counterpart does not, and the counterpart's citation that stands for it."""
    if theirs.lacks("citations", lacking.list):
        return "not printed there at all", None
    if theirs.is_older_than([citation]):
        return "not yet copied", None
    here = {str(one) for one in held.citations}
    missing = [one for one in lacking.citations if str(one) not in here]
    same_volume = [one for one in missing if one.volume == citation.volume]
    if near := next((one for one in same_volume if _near(one, citation)), None):
        return "another page of the rule", near
    if (citation.page is None or any(one.page is None for one in same_volume)) and same_volume:
        return "no page", same_volume[0]
    if moved := next((one for one in missing if one.page == citation.page and one.page), None):
        return "volume misprinted", moved
    if not lacking.citations:
        return "left out by the copy" if theirs.standing == "copy" else "not printed there at all", None
    if dragged := next((one for one in lacking.citations if one.page == citation.page and one.page), None):
        return "volume misprinted", dragged
    slipped = min(missing, key=lambda one: OSA.distance(str(one), str(citation)), default=None)
    if slipped and OSA.distance(str(slipped), str(citation)) <= _SLIPS:
        return "misprinted", slipped
    if theirs.standing == "law":
        return ("rule of other entries" if str(citation) in theirs.pages else "cited nowhere there"), None
    return theirs.why_absent, None


def why_date(mine: Listing, theirs: Listing) -> Cause:
    """Why two publications date the beginning of an entry differently."""
    codes = {remark.code for remark in (*mine.remarks, *theirs.remarks)}
    if "drag_fill" in codes:
        return "date dragged down a column"
    if "start_is_publication" in codes:
        return "start date is the day of publication"
    first = [str(listing.citations[0]) if listing.citations else "" for listing in (mine, theirs)]
    return "another first citation" if first[0] != first[1] else "not known"


def _same_name(listing: Listing, same: list[Listing], mine: Side) -> tuple[Cause, Listing]:
    """An entry whose name the other side has under another key."""
    country = listing.destination or next(iter(listing.party.countries), None)
    here = next((one for one in same if country is None or country in one.party.countries), None)
    if here is None:
        return "other destination", same[0]
    # The law has one entry for each destination; a copy may print one row with the addresses of all.
    others = [one for one in mine.by_name[folded(listing.party.name)] if one.list == listing.list]
    alike = [one for one in others if (one.destination or next(iter(one.party.countries), None)) == country]
    return ("one row for several destinations" if len(alike) == 1 < len(others) else "split rows"), here


def _shortened(listing: Listing, theirs: Side, left: Collection[str]) -> Listing | None:
    """An entry without a counterpart whose name begins or ends with this whole name, or the other way round."""
    mine = words(listing.party.name)
    for other in theirs.listings:
        if other.list != listing.list or other.id not in left:
            continue
        if not set(listing.party.countries).intersection(other.party.countries):
            continue
        short, long = sorted((mine, words(other.party.name)), key=len)
        if len(short) >= 2 and short in (long[: len(short)], long[-len(short) :]):
            return other
    return None


def _alike(name: str, theirs: Side) -> Listing | None:
    asked = " ".join(words(name))
    best = process.extractOne(asked, theirs.spelled.keys(), scorer=token_sort_ratio, score_cutoff=ALIKE)
    return theirs.spelled[best[0]] if best else None


def _same_spelling(name: str, other: str) -> bool:
    return token_sort_ratio(" ".join(words(name)), " ".join(words(other))) >= ALIKE


def _joined(name: Sequence[str], others: Iterable[str]) -> bool:
    """Whether a name is made of others, or is a piece of one: a line was joined or cut at the wrong place."""
    left = set(name) - {"and", "or"}
    made: set[str] = set()
    for other in others:
        there = words(other)
        if any(tuple(there[n : n + len(name)]) == tuple(name) for n in range(len(there) - len(name) + 1)):
            return True
        if left.issuperset(there):
            made.update(there)
    return bool(left) and made == left


def _text(listing: Listing) -> str:
    """Everything that the entry prints, in letters alone."""
    texts: Iterator[str] = iter(listing.notes)
    return folded(" ".join((*texts, *(address.text for address in listing.party.addresses))))


def _near(one: Citation, other: Citation) -> bool:
    return bool(one.page and other.page and abs(one.page - other.page) <= _NEAR_PAGES)
