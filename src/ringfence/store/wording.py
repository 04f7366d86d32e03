"""When two texts of an entry say the same: a change of law told from a change of wording.

Publishers re-set type: they move a line break, add a full stop after an address, print `U.A.E.` for `UAE`,
drop `of the EAR` or swap two aliases. None of that changes what is listed. What counts as law is every value
that a decision can rest on; names, addresses and the texts of cells are compared by the letters they are made
of. Values that ringfence derived or supplied itself (kinds, remarks, editorial names) are no part of an entry.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import lru_cache

from anyascii import anyascii
from rapidfuzz.fuzz import ratio

from ringfence.records import Listing

NEARLY = 80
"""Two words at least this alike, on a scale to 100, are one word and its corrected spelling."""

DESCRIPTION = frozenset({"name", "aliases", "addresses", "ties"})
"""The fields that only say who is meant: in them, and nowhere else, a difference can be one of wording."""

STAYED = "stayed"
"""The code of the remark that marks an entry as suspended; also the field of law that it is."""

# Full stops and apostrophes stand inside words (`U.A.E.`, `Xi'an`); a `?` is a letter that was lost.
_INSIDE = re.compile(r"[.'’‘`´?]")
_WORD = re.compile(r"[^\W_]+")
# What requirement and policy cells print or leave out without meaning anything.
_BOILERPLATE = re.compile(r"\b(?:of the EAR|see|the|in|sections?|set forth|described)\b|§+", re.IGNORECASE)


@lru_cache(maxsize=65_536)
def words(text: str) -> tuple[str, ...]:
    """The words of a text as they are compared: lower case, without accents and without inner full stops.

    >>> words("Dubai, U.A.E."), words("L’Étoile")
    (('dubai', 'uae'), ('letoile',))
    """
    if not text.isascii():
        text = anyascii(unicodedata.normalize("NFKC", text))
    return tuple(_WORD.findall(_INSIDE.sub("", text).lower()))


def folded(text: str) -> str:
    """The letters and digits of a text alone: equal for texts that differ in wording at most."""
    return "".join(words(text))


def published_names(listing: Listing) -> Iterator[str]:
    """The names that the publication prints, the primary one first; not those that ringfence supplied."""
    return (name.text for name in listing.party.names if name.origin != "editorial")


def changed_fields(before: Listing, after: Listing, *, ignoring: Collection[str] = ()) -> tuple[str, ...]:
    """The fields in which two texts of an entry differ, each compared as `FIELDS` has it.

    None when they say the same. `ignoring` names fields that one of the two publications does not carry.
    """
    return tuple(
        name for name, value in FIELDS.items() if name not in ignoring and value(before) != value(after)
    )


def reworded(before: Listing, after: Listing, fields: Iterable[str]) -> bool:
    """Whether a difference in `fields` is one of wording: the same words elsewhere, or spelled nearly alike.

    A moved line break makes the end of a name the beginning of an address; a corrected misprint is another
    word for nearly the same letters. A word with a digit is never a misprint: it is another house. Countries are
    read from addresses, so where both sides print those, other countries without other words are no change.
    """
    printed = all(side.party.addresses for side in (before, after))
    if not (DESCRIPTION | {"countries"} if printed else DESCRIPTION).issuperset(fields):
        return False
    was, now = _bag(before), _bag(after)
    gone, come = was - now, now - was
    if sorted("".join(gone.elements())) == sorted("".join(come.elements())):
        return True
    left = list(gone.elements())
    if len(left) != sum(come.values()):
        return False
    for word in come.elements():
        nearest = max(left, key=lambda other: ratio(word, other))
        if ratio(word, nearest) < NEARLY or any(letter.isdigit() for letter in word + nearest):
            return False
        left.remove(nearest)
    return True


def _bag(listing: Listing) -> Counter[str]:
    texts = [*published_names(listing), *(address.text for address in listing.party.addresses)]
    texts += [tie.name for tie in listing.ties if tie.relation != "see_also"]
    return Counter(word for text in texts for word in words(text))


def _name(listing: Listing) -> object:
    return folded(next(published_names(listing), ""))


def _aliases(listing: Listing) -> object:
    primary, *others = map(folded, published_names(listing))
    return frozenset(others) - {primary}


def _addresses(listing: Listing) -> object:
    # A bare country code stands where a copy carries no street: it is compared as a country.
    return frozenset(folded(a.text) for a in listing.party.addresses if a.text != a.country)


def _ties(listing: Listing) -> object:
    return frozenset((tie.relation, folded(tie.name)) for tie in listing.ties if tie.relation != "see_also")


def _requirement(listing: Listing) -> object:
    cell = listing.license_requirement
    if cell is None or cell.scope != "unclassified":
        return cell and (
            cell.scope,
            frozenset(cell.exceptions),
            frozenset(cell.items),
            cell.license_exceptions,
        )
    return folded(_BOILERPLATE.sub(" ", cell.text))


def _policy(listing: Listing) -> object:
    cell = listing.license_review_policy
    if cell is None or cell.tests:
        return cell and cell.tests
    return folded(_BOILERPLATE.sub(" ", cell.text))


def _citations(listing: Listing) -> object:
    return frozenset(str(citation) for citation in listing.citations)


def _identifiers(listing: Listing) -> object:
    return frozenset((one.scheme, folded(one.value)) for one in listing.party.identifiers)


FIELDS: dict[str, Callable[[Listing], object]] = {
    "name": _name,
    "aliases": _aliases,
    "addresses": _addresses,
    "ties": _ties,
    "destination": lambda listing: listing.destination,
    "countries": lambda listing: frozenset(listing.party.countries),
    "license_requirement": _requirement,
    "license_review_policy": _policy,
    "footnotes": lambda listing: frozenset(listing.footnotes),
    "citations": _citations,
    "programs": lambda listing: frozenset(listing.programs),
    "directives": lambda listing: frozenset(map(folded, listing.directives)),
    "valid_until": lambda listing: listing.valid_until,
    "standard_order": lambda listing: listing.standard_order,
    "identifiers": _identifiers,
    "birth_dates": lambda listing: frozenset((d.first, d.last) for d in listing.party.birth_dates),
    "birth_places": lambda listing: frozenset(map(folded, listing.party.birth_places)),
    "nationalities": lambda listing: frozenset(listing.party.nationalities),
    "citizenships": lambda listing: frozenset(listing.party.citizenships),
    "positions": lambda listing: frozenset(map(folded, listing.party.positions)),
    "vessel": lambda listing: listing.party.vessel,
    STAYED: lambda listing: any(remark.code == STAYED for remark in listing.remarks),
}
"""Each field of law, and how its value is compared."""
