"""Which ends of links are which parties, and which of them are listed, with the evidence kept.

A listing of a private list is met by its exact name first; everything else is left to the matcher, which
comes in as an argument, as does which listings are of one party. Ends whose best match is the same party are one,
so that two spellings of one owner are not counted twice, and an end found as one listing of a party carries all of
them. A resemblance below a hit is no listing: it is kept as something to look at.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

import msgspec

from ringfence.graph.network import End, Identify, Identity, Listed, by_name, plain
from ringfence.records import Listing, Query, Screening
from ringfence.store import JoinedParty

Screen = Callable[[Sequence[Query]], Iterable[Screening]]
"""Answers for queries, in order."""

Find = Callable[[str], Listing | None]
"""The text of a listing by its id."""

Join = Callable[[Listing, Find], JoinedParty]
"""The party that a listing is of, with all its listings and why they are one."""

_ALIKE = 0.005
"""Scores this near the best are as good as the best: one party on several lists."""


def recognizer(
    screen: Screen,
    listing_of: Find,
    private: Sequence[Listing] = (),
    join: Join | None = None,
    *,
    sure_at: float = 1.0,
) -> Identify:
    """An `Identify` that screens all ends together. Without `join`, every listing is a party of its own.

    An answer that is a hit is sure; one that is none because its entries are stayed or in doubt is, from `sure_at` on.
    """
    by_exact_name: dict[str, list[Listing]] = {}
    for listing in private:
        for name in listing.party.names:
            by_exact_name.setdefault(plain(name.text), []).append(listing)
    cache: dict[str, Listing | None] = {listing.id: listing for listing in private}

    def text_of(listing_id: str) -> Listing | None:
        if listing_id not in cache:
            cache[listing_id] = listing_of(listing_id)
        return cache[listing_id]

    parties: dict[str, JoinedParty] = {}

    def party_of(listing: Listing) -> JoinedParty:
        if listing.id not in parties:
            found = join(listing, text_of) if join else None
            alone = JoinedParty(listing.party.id, listing.party.name, (listing.id,))
            # Listings of one call alone are of no party that the lists know.
            parties[listing.id] = found if found and listing.id in found.listings else alone
        return parties[listing.id]

    def identify(ends: Sequence[End]) -> list[Identity]:
        found = []
        answers = screen([query_of(end) for end in ends])
        for end, identity, answer in zip(ends, by_name(ends), answers, strict=True):
            listed = [
                Listed(listing=one, by="exact name on a private list")
                for one in by_exact_name.get(plain(end.text), ())
                if not end.country or not one.party.countries or end.country in one.party.countries
            ]
            listed += _screened(answer, text_of, {one.listing.id for one in listed}, sure_at)
            listed += _joined(listed, party_of, text_of)
            found.append(_identity(end, identity, listed, party_of))
        return _apart(ends, found)

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


def _screened(answer: Screening, text_of: Find, known: Iterable[str], sure_at: float) -> Iterable[Listed]:
    certain = answer.outcome == "hit"
    # What has an effect is not passed over for what resembles more and has none.
    best = max((hit.score for hit in answer.hits if not (certain and hit.reservation)), default=0.0)
    sure = certain or any(hit.reservation and hit.score >= sure_at for hit in answer.hits)
    for hit in answer.hits:
        if hit.listing in known or (sure and hit.score < best - _ALIKE):
            continue
        listing = text_of(hit.listing)
        if listing is not None:
            how = "; ".join(reason.text for reason in hit.reasons if reason.weight > 0)[:300]
            yield Listed(listing=listing, score=hit.score, by=how or "name", certain=sure)


def _apart(ends: Sequence[End], identities: Sequence[Identity]) -> list[Identity]:
    """Ends with LEIs that differ are two parties, though both were found to be the same listed one."""
    leis: dict[str, set[str]] = defaultdict(set)
    for end, identity in zip(ends, identities, strict=True):
        leis[identity.key] |= _leis(end)
    return [
        msgspec.structs.replace(identity, key=f"{identity.key}|{min(_leis(end))}")
        if len(leis[identity.key]) > 1 and _leis(end)
        else identity
        for end, identity in zip(ends, identities, strict=True)
    ]


def _leis(end: End) -> set[str]:
    return {one.value for one in end.party.identifiers if one.scheme == "lei"} if end.party else set()


def _joined(
    listed: Sequence[Listed], party_of: Callable[[Listing], JoinedParty], text_of: Find
) -> Iterable[Listed]:
    """The other listings of the parties that an end surely is, each with why they are one."""
    known = {one.listing.id for one in listed}
    for one in listed:
        if not one.certain:
            continue
        party = party_of(one.listing)
        for listing_id in party.listings:
            if listing_id in known or (listing := text_of(listing_id)) is None:
                continue
            known.add(listing_id)
            why = next((join.text for join in party.evidence if listing_id in (join.one, join.other)), "")
            yield Listed(
                listing=listing,
                score=one.score,
                by=f"one party with {one.listing.id}: {why}".removesuffix(": "),
            )


def _identity(
    end: End, identity: Identity, listed: list[Listed], party_of: Callable[[Listing], JoinedParty]
) -> Identity:
    sure = [one.listing for one in listed if one.certain]
    key = identity.key
    if sure:
        party = party_of(sure[0])
        countries = {where for one in sure if one.id in party.listings for where in one.party.countries}
        elsewhere = end.country and countries and end.country not in countries
        key = f"listed:{party.id}" + (f"|{end.country}" if elsewhere else "")
    return Identity(
        key=key,
        name=identity.name,
        id=identity.id,
        country=identity.country,
        incorporated_in=identity.incorporated_in,
        listed=tuple(listed),
    )
