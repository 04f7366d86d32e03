"""Which ends of links are which parties, and which of them are listed, with the evidence kept.

A listing of a private list is met by its exact name first; everything else is left to the matcher, which
comes in as an argument. Ends whose best match is the same listing are one party, so that two spellings of
one owner are not counted twice. A resemblance below a hit is no listing: it is kept as something to look at.
"""

from collections.abc import Callable, Iterable, Sequence

from ringfence.graph.network import End, Identify, Identity, Listed, by_name, plain
from ringfence.records import Listing, Query, Screening

Screen = Callable[[Sequence[Query]], Iterable[Screening]]
"""Answers for queries, in order."""

_ALIKE = 0.005
"""Scores this near the best are as good as the best: one party on several lists."""


def recognizer(
    screen: Screen, listing_of: Callable[[str], Listing | None], private: Sequence[Listing] = ()
) -> Identify:
    """An `Identify` that screens every end. `listing_of` gives the text of a listing by its id."""
    by_exact_name: dict[str, list[Listing]] = {}
    for listing in private:
        for name in listing.party.names:
            by_exact_name.setdefault(plain(name.text), []).append(listing)
    cache: dict[str, Listing | None] = {listing.id: listing for listing in private}

    def text_of(listing_id: str) -> Listing | None:
        if listing_id not in cache:
            cache[listing_id] = listing_of(listing_id)
        return cache[listing_id]

    def identify(ends: Sequence[End]) -> list[Identity]:
        found = []
        answers = screen([query_of(end) for end in ends])
        for end, identity, answer in zip(ends, by_name(ends), answers, strict=True):
            listed = [
                Listed(listing=one, by="exact name on a private list")
                for one in by_exact_name.get(plain(end.text), ())
                if not end.country or not one.party.countries or end.country in one.party.countries
            ]
            listed += _screened(answer, text_of, {one.listing.id for one in listed})
            found.append(_identity(end, identity, listed))
        return found

    return identify


def query_of(end: End) -> Query:
    """What is asked of the lists about an end."""
    party = end.party
    return Query(
        name=end.text,
        id=party.id if party else None,
        kind=party.kind if party else "unknown",
        aliases=tuple(name.text for name in party.names[1:]) if party else (),
        countries=(end.country,) if end.country else (),
        identifiers=party.identifiers if party else (),
    )


def _screened(
    answer: Screening, text_of: Callable[[str], Listing | None], known: Iterable[str]
) -> Iterable[Listed]:
    sure = answer.outcome == "hit"
    best = answer.hits[0].score if answer.hits else 0.0
    for hit in answer.hits:
        if hit.listing in known or (sure and hit.score < best - _ALIKE):
            continue
        listing = text_of(hit.listing)
        if listing is not None:
            how = "; ".join(reason.text for reason in hit.reasons if reason.weight > 0)[:300]
            yield Listed(listing=listing, score=hit.score, by=how or "name", certain=sure)


def _identity(end: End, identity: Identity, listed: list[Listed]) -> Identity:
    sure = [one for one in listed if one.certain]
    key = identity.key
    if sure:
        best = sure[0].listing
        elsewhere = end.country and best.party.countries and end.country not in best.party.countries
        key = f"listed:{best.list}:{best.party.id}" + (f"|{end.country}" if elsewhere else "")
    return Identity(
        key=key,
        name=identity.name,
        id=identity.id,
        country=identity.country,
        incorporated_in=identity.incorporated_in,
        listed=tuple(listed),
    )
