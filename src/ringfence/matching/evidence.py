"""What else is known of the two parties: country, city, address, identifiers, birth date, kind.

Each piece of evidence is a `Reason` with its own log-odds. What is missing on either side says nothing.
"""

import re
from collections.abc import Iterable

import msgspec

from ringfence.names.script import latin_words
from ringfence.records import Listing, PartialDate, Query, Reason
from ringfence.records.party import PartyKind

COUNTRY_AGREES = 0.6
COUNTRY_DIFFERS = -1.3
CITY_AGREES = 0.8
CITY_DIFFERS = -0.9
POSTCODE_AGREES = 1.2
ADDRESS_AGREES = 2.0
IDENTIFIER_AGREES = 14.0
IDENTIFIER_DIFFERS = -3.0
BIRTH_AGREES = 2.5
BIRTH_YEAR_AGREES = 1.2
BIRTH_DIFFERS = -4.0
KIND_DIFFERS = -6.0

BODIES: frozenset[PartyKind] = frozenset({"company", "government", "organization"})
_NOT_ID = re.compile(r"[^0-9A-Z]+")
_EAR_DESTINATION = {"HK": "CN", "MO": "CN", "TW": "CN"}
# One party has one of these in the world (or one for each country that issues it): two values contradict.
SINGULAR = frozenset({"uscc", "lei", "imo", "isin", "bic", "mmsi"})


class Facts(msgspec.Struct, frozen=True, omit_defaults=True, array_like=True):
    """What of a listing the matcher needs, kept in the index beside its names."""

    ref: int
    kind: PartyKind
    names: tuple[str, ...]
    weak: tuple[int, ...] = ()
    countries: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    cities: tuple[str, ...] = ()
    postal_codes: tuple[str, ...] = ()
    identifiers: tuple[tuple[str, str], ...] = ()
    birth_dates: tuple[PartialDate, ...] = ()


def facts_of(ref: int, listing: Listing) -> Facts:
    """The facts of one listing."""
    party = listing.party
    destination = (listing.destination,) if listing.destination and len(listing.destination) == 2 else ()
    countries = dict.fromkeys(
        [
            *party.countries,
            *(a.country for a in party.addresses if a.country),
            *party.nationalities,
            *destination,
        ]
    )
    return Facts(
        ref,
        party.kind,
        tuple(name.text for name in party.names),
        tuple(n for n, name in enumerate(party.names) if name.weak),
        tuple(countries),
        tuple(a.text for a in party.addresses if a.text),
        tuple(a.city for a in party.addresses if a.city),
        tuple(a.postal_code for a in party.addresses if a.postal_code),
        tuple((i.scheme, plain_id(i.value)) for i in party.identifiers),
        party.birth_dates,
    )


def plain_id(value: str) -> str:
    """An identifier without the marks that people put into it."""
    return _NOT_ID.sub("", value.upper())


def most_evidence(query: Query) -> float:
    """The most that evidence beyond the name can add for this query; no match gets more."""
    total = 0.0
    total += COUNTRY_AGREES if query.countries else 0.0
    total += CITY_AGREES if query.city else 0.0
    total += POSTCODE_AGREES if query.postal_code else 0.0
    total += ADDRESS_AGREES if query.address else 0.0
    total += BIRTH_AGREES if query.birth_date else 0.0
    return total


def evidence(query: Query, facts: Facts) -> Iterable[Reason]:
    """Every reason beyond the name, in a fixed order."""
    if kind := kind_reason(query.kind, facts.kind):
        yield kind
    if query.countries and facts.countries:
        yield _country(query, facts)
    if query.city and (facts.cities or facts.addresses):
        yield from _city(query.city, facts)
    if query.postal_code and plain_id(query.postal_code) in {plain_id(p) for p in facts.postal_codes}:
        yield Reason("postal_code", query.postal_code, query.postal_code, POSTCODE_AGREES, "same postal code")
    if query.address and facts.addresses:
        yield from _address(query.address, facts.addresses)
    if query.birth_date and facts.birth_dates:
        yield _birth(query.birth_date, facts.birth_dates)
    yield from _identifiers(query, facts)


def kinds_agree(asked: PartyKind, listed: PartyKind) -> bool:
    """Whether a party asked for as one kind can be a party listed as the other."""
    if asked == listed or "unknown" in (asked, listed):
        return True
    return asked in BODIES and listed in BODIES


def kind_reason(asked: PartyKind, listed: PartyKind) -> Reason | None:
    """What speaks against a party of one kind being a party of another; None where it can be."""
    if kinds_agree(asked, listed):
        return None
    return Reason("kind", asked, listed, KIND_DIFFERS, f"a {asked} was asked for, a {listed} is listed")


def _country(query: Query, facts: Facts) -> Reason:
    asked, listed = ", ".join(query.countries), ", ".join(facts.countries)
    ours = {_EAR_DESTINATION.get(c, c) for c in query.countries} | set(query.countries)
    theirs = {_EAR_DESTINATION.get(c, c) for c in facts.countries} | set(facts.countries)
    if ours & theirs:
        return Reason(
            "country", asked, listed, COUNTRY_AGREES, f"same country: {', '.join(sorted(ours & theirs))}"
        )
    return Reason("country", asked, listed, COUNTRY_DIFFERS, f"countries differ: {asked} against {listed}")


def _city(city: str, facts: Facts) -> Iterable[Reason]:
    from ringfence.names import parse  # noqa: PLC0415

    asked = parse(city).text
    if not asked:
        return
    places = [parse(place).text for place in (*facts.cities, *facts.addresses)]
    found = next((place for place in places if f" {asked} " in f" {place} "), None)
    if found:
        yield Reason("city", city, found, CITY_AGREES, f"same city: {city}")
    elif facts.cities:
        yield Reason("city", city, ", ".join(facts.cities), CITY_DIFFERS, f"cities differ: {city}")


def _address(address: str, listed: tuple[str, ...]) -> Iterable[Reason]:
    asked = {word for word in latin_words(address) if len(word) > 2 or word.isdigit()}
    best, share = "", 0.0
    for text in listed:
        words = {word for word in latin_words(text) if len(word) > 2 or word.isdigit()}
        if words and asked and (alike := len(asked & words) / min(len(asked), len(words))) > share:
            best, share = text, alike
    if share >= 0.4:
        weight = round(ADDRESS_AGREES * (share - 0.3) / 0.7, 4)
        yield Reason("address", address, best, weight, f"{share:.0%} of the address words agree")


def _birth(asked: PartialDate, listed: tuple[PartialDate, ...]) -> Reason:
    for date in listed:
        if asked.overlaps(date):
            exact = asked.exact and date.exact
            weight = BIRTH_AGREES if exact else BIRTH_YEAR_AGREES
            text = "same birth date" if exact else "birth dates can be the same"
            return Reason("birth_date", asked.published, date.published, weight, text)
    shown = ", ".join(date.published for date in listed)
    return Reason("birth_date", asked.published, shown, BIRTH_DIFFERS, "birth dates differ")


def _identifiers(query: Query, facts: Facts) -> Iterable[Reason]:
    for identifier in query.identifiers:
        value = plain_id(identifier.value)
        if len(value) < 4:
            continue
        if any(value == listed for _, listed in facts.identifiers):
            yield Reason(
                "identifier", identifier.value, value, IDENTIFIER_AGREES, f"same {identifier.scheme}: {value}"
            )
            continue
        others = [listed for scheme, listed in facts.identifiers if scheme == identifier.scheme]
        if others and identifier.scheme in SINGULAR:
            text = f"{identifier.scheme} differs: {value} against {', '.join(others)}"
            yield Reason("identifier", identifier.value, others[0], IDENTIFIER_DIFFERS, text)
