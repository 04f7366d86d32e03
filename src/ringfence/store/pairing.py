"""Which entry of one release is which of another: the same legal object under the same or another key.

A key is made of what a publication prints, so an entry whose name is reworded or whose destination moves comes
back under another key. It is still the same entry when its citations go on and its name, an alias or its address
is the same. What cannot be paired on such evidence stays apart: a false pair would hide an addition.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

import msgspec
from rapidfuzz.fuzz import token_sort_ratio

from ringfence.names import Role, parse
from ringfence.records import Listing
from ringfence.store.wording import folded, published_names, words

Pair = tuple[Listing | None, Listing | None]

SAME_NAME = 85
"""How alike two names are, on a scale to 100, that are one name reworded, given that the citations go on."""
NAME_AT_ADDRESS = 60
"""The same where an address is shared too."""

_PLACE = re.compile(r"~\d+$")
_COMMA = re.compile(r"(?:\sand)?\s*,\s*(?:and\s)?")
_LEAST_NAME = 5
_NEAR_PAGES = 40
_PLACE_IN_NAME = 95
_LEAST_ADDRESS = 12
_STREET = frozenset(
    {"avenue", "block", "building", "city", "district", "floor", "road", "room", "street", "tower"}
)
"""Words of addresses that are words of trades too."""


def pair(before: Iterable[Listing], after: Iterable[Listing]) -> list[Pair]:
    """The entries of two releases side by side, None where one has no counterpart, by list and id.

    Entries that differ in nothing but a number at the end of their key are left out.
    """
    was, now = _apart(before, after)
    found: list[Pair] = []
    for family in was.keys() | now.keys():
        pairs, was[family], now[family] = _best(was.get(family, []), now.get(family, []), least=0.0)
        found += pairs
    gone = [listing for listings in was.values() for listing in listings]
    come = [listing for listings in now.values() for listing in listings]
    pairs, gone, come = _across(gone, come)
    found += [*pairs, *((listing, None) for listing in gone), *((None, listing) for listing in come)]
    return sorted(found, key=_place)


def likeness(one: Listing, other: Listing) -> float:
    """How much two entries speak for being one: 0 when nothing does, about 4 when everything does.

    Counted are the citations and addresses in common, each from 0 to 1, and the likeness of the nearest names,
    twice; unlike names count nothing without a shared address.
    """
    name = _name_likeness(one, other)
    addresses = _overlap(_addresses(one), _addresses(other))
    if name < (NAME_AT_ADDRESS if addresses else SAME_NAME):
        return 0.0
    return name / 50 + addresses + _overlap(_pages(one), _pages(other))


def _apart(
    before: Iterable[Listing], after: Iterable[Listing]
) -> tuple[dict[str, list[Listing]], dict[str, list[Listing]]]:
    """Both sides by family, those that are the same on both sides left out."""
    sides: tuple[dict[str, list[Listing]], dict[str, list[Listing]]] = defaultdict(list), defaultdict(list)
    for side, listings in zip(sides, (before, after), strict=True):
        for listing in listings:
            side[_family(listing)].append(listing)
    for family in sides[0].keys() & sides[1].keys():
        # Rows may be printed twice over: as many as both sides have cancel out.
        rest: dict[Listing, list[Listing]] = defaultdict(list)
        for listing in sides[0][family]:
            rest[_content(listing)].append(listing)
        come = []
        for listing in sides[1][family]:
            same = rest[_content(listing)]
            if same:
                same.pop(0)
            else:
                come.append(listing)
        sides[0][family] = [listing for listings in rest.values() for listing in listings]
        sides[1][family] = come
    return sides


def _content(listing: Listing) -> Listing:
    """The entry without the number at the end of its key."""
    return msgspec.structs.replace(listing, id=_family(listing))


def _family(listing: Listing) -> str:
    return family(listing.id)


def family(listing_id: str) -> str:
    """An id without the number that tells rows of one name and destination apart."""
    return _PLACE.sub("", listing_id)


def _best(
    gone: list[Listing], come: list[Listing], *, least: float
) -> tuple[list[Pair], list[Listing], list[Listing]]:
    """Pairs of one family, the likeliest first, and what is left of either side."""
    if len(gone) == 1 and len(come) == 1:
        return [(gone[0], come[0])], [], []
    scored = [(likeness(was, now), was, now) for was in gone for now in come]
    return _greedy((row for row in scored if row[0] > least), gone, come)


def _across(gone: list[Listing], come: list[Listing]) -> tuple[list[Pair], list[Listing], list[Listing]]:
    """Pairs of entries whose keys differ."""
    marks: dict[object, list[Listing]] = defaultdict(list)
    for now in come:
        if not _numbered(now):
            for mark in _marks(now):
                marks[mark].append(now)
    scored = {}
    for was in gone:
        if _numbered(was):
            continue
        for mark in _marks(was):
            for now in marks.get(mark, ()):
                if (was.id, now.id) not in scored and _goes_on(was, now):
                    scored[was.id, now.id] = (likeness(was, now), was, now)
    return _greedy((row for row in scored.values() if row[0]), gone, come)


def _greedy(
    scored: Iterable[tuple[float, Listing, Listing]], gone: list[Listing], come: list[Listing]
) -> tuple[list[Pair], list[Listing], list[Listing]]:
    pairs: list[Pair] = []
    taken: set[str] = set()
    for _, was, now in sorted(scored, key=lambda row: (-row[0], row[1].id, row[2].id)):
        if f"-{was.id}" not in taken and f"+{now.id}" not in taken:
            taken |= {f"-{was.id}", f"+{now.id}"}
            pairs.append((was, now))
    return (
        pairs,
        [was for was in gone if f"-{was.id}" not in taken],
        [now for now in come if f"+{now.id}" not in taken],
    )


def _numbered(listing: Listing) -> bool:
    """Whether the publisher numbers its entries: another number is another entry."""
    return listing.id.partition(":")[2].isdigit()


def _goes_on(was: Listing, now: Listing) -> bool:
    """Whether the later entry can continue the earlier one: whatever was cited is cited still.

    Copies cite now the first page of a rule and now the page of the entry, so near pages count as one. An entry
    that one side prints without any country is not refused for its citations: its name decides.
    """
    if not (was.party.countries and now.party.countries):
        return True
    later = [(citation.volume, citation.page) for citation in now.citations]
    return not later or all(
        citation.page is None
        or any(
            volume == citation.volume and abs((page or 0) - citation.page) <= _NEAR_PAGES
            for volume, page in later
        )
        for citation in was.citations
    )


def _marks(listing: Listing) -> Iterator[object]:
    """What two entries must have one of in common to be compared at all."""
    for name in published_names(listing):
        if len(key := folded(name)) >= _LEAST_NAME:
            yield listing.list, "name", key
    for address in _addresses(listing):
        yield listing.list, "address", address
    # Entries of one rule are compared when their names begin alike: a volume has hundreds of them.
    primary = words(next(published_names(listing), ""))
    for citation in listing.citations[:1]:
        yield listing.list, citation.volume, primary[:1]
        yield listing.list, citation.volume, "".join(word[0] for word in primary[:3])


def _pages(listing: Listing) -> frozenset[str]:
    return frozenset(str(citation) for citation in listing.citations if citation.page or citation.issue)


def _addresses(listing: Listing) -> frozenset[str]:
    found = (folded(address.text) for address in listing.party.addresses)
    return frozenset(address for address in found if len(address) >= _LEAST_ADDRESS)


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one and other else 0.0


def _name_likeness(one: Listing, other: Listing) -> float:
    """How alike the nearest names are, a primary one among them, on a scale to 100."""
    names = [[words(name) for name in published_names(side)] for side in (one, other)]
    best = 0.0
    for place, a in enumerate(names[0]):
        for b in names[1] if place == 0 else names[1][:1]:
            best = max(best, token_sort_ratio(" ".join(a), " ".join(b)))
    if best < _PLACE_IN_NAME and _place_in_name(one, other):
        return _PLACE_IN_NAME
    return best


def _place_in_name(one: Listing, other: Listing) -> bool:
    """Whether a primary name is the other's and then, behind a comma, a place: `..., Chengdu, Sichuan`.

    What follows must be of an address of the entry, or hold no word of a trade and no body with a legal form:
    `..., Beijing Research Institute` is another body.
    """
    texts = [next(published_names(side), "") for side in (one, other)]
    located = {
        word for side in (one, other) for address in side.party.addresses for word in words(address.text)
    }
    return any(
        len(words(head)) > 1
        and token_sort_ratio(" ".join(words(head)), " ".join(words(short))) >= _PLACE_IN_NAME
        and (located.issuperset(words(tail)) or _is_place(tail))
        for short, long in (texts, texts[::-1])
        for head, tail in _at_commas(long)
    )


def _at_commas(text: str) -> Iterator[tuple[str, str]]:
    """The two halves of a text at each of its commas; an `and` beside it joins addresses."""
    return ((text[: match.start()], text[match.end() :]) for match in _COMMA.finditer(text))


def _is_place(tail: str) -> bool:
    """Whether words behind a name can be an address: no trade, and no part that is a body of its own."""
    parts = [found for part in tail.split(",") if (found := parse(part).words)]
    return bool(parts) and not any(
        (len(part) > 1 and part[-1].role is Role.LEGAL)
        or any(word.role is Role.TRADE and word.surface.casefold() not in _STREET for word in part)
        for part in parts
    )


def _place(both: Pair) -> tuple[str, str]:
    listing = both[1] or both[0]
    assert listing is not None  # noqa: S101 - a pair has at least one side
    return listing.list, listing.id
