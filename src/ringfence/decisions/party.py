"""The parties of a transaction with what was found of them: listings, resemblances, listed owners.

Who is listed is found by whoever calls (`Find`); whether owners matter is the arithmetic of `graph`.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from functools import cached_property

import msgspec

from ringfence.graph.network import Identity, Listed, network_of
from ringfence.graph.ownership import Ownership, Standing
from ringfence.graph.regimes import Regime, RuleStatus, regime_of
from ringfence.records import Link, Listing, Share
from ringfence.records.transaction import Owner, TransactionParty

TRIGGERING_ROLES = frozenset(("purchaser", "intermediate_consignee", "ultimate_consignee", "end_user"))
"""The parties to a transaction of 15 CFR 748.5(c) to (f)."""

REGIMES = ("bis", "ofac", "ssi")


class Asked(msgspec.Struct, frozen=True):
    """Whom to look for. `identifiers` are pairs of scheme and value."""

    name: str
    country: str | None = None
    addresses: tuple[str, ...] = ()
    identifiers: tuple[tuple[str, str], ...] = ()


class Found(msgspec.Struct, frozen=True):
    """A listing that a party may be. `sure` is a match that counts; one that is not is for a person to look at.

    `by` is `name`, or `address` for a listed address that the party uses; `shares_address` is neither: a listed
    party has the same address. `score` is from 0 to 1, `reasons` are for people.
    """

    listing: Listing
    sure: bool
    score: float
    matched: str
    by: str = "name"
    reasons: tuple[str, ...] = ()


Find = Callable[[Asked], tuple[Found, ...]]
"""Every listing in force on the day that somebody may be."""


class ListedOwner(msgspec.Struct, frozen=True):
    """A listed party behind a party, under one regime, with the standing that this gives."""

    regime: str
    found: Found
    standing: Standing
    arithmetic: str


class Involved:
    """One party of the transaction, on its day."""

    def __init__(
        self,
        place: int,
        stated: TransactionParty,
        on: dt.date,
        find: Find,
        affiliates_rule: RuleStatus | None,
    ) -> None:
        self.place = place
        self.stated = stated
        self.path = f"parties[{place}]"
        self.found = find(asked(stated))
        self._on = on
        self._find = find
        self._affiliates_rule = affiliates_rule

    @property
    def triggers(self) -> bool:
        """Whether the role is one of those of 748.5(c) to (f)."""
        return self.stated.role in TRIGGERING_ROLES

    @cached_property
    def owners(self) -> tuple[ListedOwner, ...]:
        """Every listed party behind this one, by regime; none when no owner is stated."""
        return tuple(self._listed_owners()) if self.stated.owners else ()

    @cached_property
    def resembling_owners(self) -> tuple[Found, ...]:
        """Listings that an owner resembles without being sure."""
        return tuple(
            found for owner in _all(self.stated.owners) for found in self._of(owner) if not found.sure
        )

    @cached_property
    def owner_listings(self) -> tuple[Found, ...]:
        """Listings that stated owners surely are, on any list."""
        return tuple(found for owner in _all(self.stated.owners) for found in self._of(owner) if found.sure)

    def standing(self, regime: str) -> Standing | None:
        """What a regime says of this party; None without listed owners."""
        return next((owner.standing for owner in self.owners if owner.regime == regime), None)

    def _of(self, owner: Owner) -> tuple[Found, ...]:
        return self._find(Asked(owner.name, owner.country))

    def _listed_owners(self) -> Iterator[ListedOwner]:
        links, people = self._links()
        network = network_of(links, identify=lambda ends: [people[end.text] for end in ends])
        for name in REGIMES:
            ownership = Ownership(
                network, _regime(name), self._on, rule_status=self._affiliates_rule if name == "bis" else None
            )
            number = network.by_key(people[""].key)
            standing = ownership.standing(number) if number is not None else None
            if standing is None or standing.status in ("listed", "none"):
                continue
            said = _arithmetic(standing, network.nodes)
            for behind in standing.inherited_from:
                for listed in network.nodes[behind].listed:
                    if listed.certain and _regime(name).counts(listed.listing, self._on):
                        found = Found(
                            listed.listing, sure=True, score=listed.score, matched=network.nodes[behind].name
                        )
                        yield ListedOwner(name, found, standing, said)

    def _links(self) -> tuple[list[Link], dict[str, Identity]]:
        """The ties stated, and who each end is. The party's own listings are left out: they speak for themselves."""
        links: list[Link] = []
        own = self.stated
        people = {
            "": Identity(key="party", name=own.name, country=own.country, incorporated_in=own.incorporated_in)
        }

        def add(owners: tuple[Owner, ...] | None, owned: str, path: str) -> None:
            for place, owner in enumerate(owners or ()):
                here = f"{path}.owners[{place}]"
                listed = tuple(
                    Listed(listing=f.listing, score=f.score, certain=f.sure) for f in self._of(owner)
                )
                people[here] = Identity(
                    key=f"{owner.name.casefold()}|{owner.country}",
                    name=owner.name,
                    country=owner.country,
                    incorporated_in=owner.incorporated_in,
                    listed=tuple(one for one in listed if one.certain),
                )
                share = Share(*owner.share) if owner.share else None
                links.append(
                    Link(
                        id=here,
                        subject=here,
                        relation="owns",
                        object=owned,
                        share=share,
                        object_incorporated_in=people.get(owned, people[""]).incorporated_in,
                        asserted_by="the transaction",
                        source=here,
                    )
                )
                add(owner.owners, here, here)

        people[self.path] = people[""]
        add(own.owners, self.path, self.path)
        return links, people


def asked(party: TransactionParty) -> Asked:
    """Whom to look for, for a party of a transaction."""
    return Asked(
        party.name, party.country, party.addresses or (), tuple(sorted((party.identifiers or {}).items()))
    )


def _all(owners: tuple[Owner, ...] | None) -> Iterator[Owner]:
    for owner in owners or ():
        yield owner
        yield from _all(owner.owners)


def _regime(name: str) -> Regime:
    if name != "ssi":
        return regime_of(name)
    # The 50 percent rule of the sectoral directives is OFAC's, on the parties of that list.
    return msgspec.structs.replace(regime_of("ofac"), lists=("us_ofac_ssi",), by_program=())


def _arithmetic(standing: Standing, nodes: list) -> str:  # type: ignore[type-arg]
    """The proof as a sentence: who has how much of what."""
    parts = [f"{nodes[s.owner].name} {_percent(s.share)} of {nodes[s.owned].name}" for s in standing.proof]
    total = f"; together {_percent(standing.total)}" if standing.total and len(parts) > 1 else ""
    return "; ".join(parts) + total


def _percent(share: Share) -> str:
    low, high = (f"{(end * 100).normalize():f}" for end in (share.low, share.high))
    if (low, high) == ("0", "100"):
        return "an unknown share"
    return f"{low}%" if low == high else f"{low} to {high}%"
