"""Small worlds for the tests of ownership: parties, holdings and listings in a few words."""

import datetime as dt
from collections.abc import Sequence

from ringfence.graph.network import End, Identity, Listed, Network, by_name, network_of
from ringfence.graph.ownership import Ownership
from ringfence.graph.regimes import RuleStatus, regime_of
from ringfence.records import LicenseRequirement, LicenseReviewPolicy, Link, Listing, Name, Party, PolicyTest
from ringfence.sources.links.shares import parse_share

IN_FORCE = dt.date(2025, 10, 15)
LISTS = {"bis": "us_bis_entity", "ofac": "us_ofac_sdn", "eu": "eu_fsf", "uk": "uk_sanctions"}


def owns(owner: str, share: str, owned: str, **more: object) -> Link:
    """`owner` owns `share` of `owned`; an empty share is unknown."""
    return tie(owner, str(more.pop("relation", "owns")), owned, share=parse_share(share), **more)


def tie(subject: str, relation: str, target: str, **more: object) -> Link:
    fields = {"id": f"{subject}-{relation}-{target}", "asserted_by": "test", "source": "test", **more}
    return Link(subject=subject, relation=relation, object=target, **fields)  # type: ignore[arg-type]


def listing(
    name: str,
    list_id: str = "us_bis_entity",
    *,
    policy: str = "presumption_of_denial",
    footnotes: tuple[int, ...] = (),
    programs: tuple[str, ...] = (),
    kind: str = "company",
) -> Listing:
    return Listing(
        id=f"{list_id}:{name}",
        list=list_id,
        source="test",
        party=Party(name, kind, (Name(name),)),  # type: ignore[arg-type]
        license_requirement=LicenseRequirement("For all items subject to the EAR", "all_items"),
        license_review_policy=LicenseReviewPolicy(policy, (PolicyTest(policy),)),  # type: ignore[arg-type]
        footnotes=footnotes,
        programs=programs,
    )


def world(links: Sequence[Link], *listings: Listing) -> Network:
    """A network in which the parties named by `listings` are listed."""

    def identify(ends: Sequence[End]) -> list[Identity]:
        found = []
        for identity in by_name(ends):
            on = tuple(Listed(listing=one) for one in listings if one.party.name == identity.name)
            found.append(
                Identity(
                    key=identity.key,
                    name=identity.name,
                    country=identity.country,
                    incorporated_in=identity.incorporated_in,
                    listed=on,
                )
            )
        return found

    return network_of(links, identify=identify)


def ownership(
    links: Sequence[Link],
    *listed: str | Listing,
    regime: str = "bis",
    on: dt.date = IN_FORCE,
    rule_status: RuleStatus | None = None,
) -> Ownership:
    """The same, under a regime. A listed party given by name alone is on the main list of the regime."""
    listings = [
        one
        if isinstance(one, Listing)
        else listing(one, LISTS[regime], programs=("RUSSIA-EO14024",) if regime == "ofac" else ())
        for one in listed
    ]
    return Ownership(world(links, *listings), regime_of(regime), on, rule_status=rule_status)


def status(found: Ownership, name: str) -> str:
    number = found.network.find(name)
    assert number is not None, name
    return found.standing(number).status


def effect(found: Ownership, name: str) -> str:
    number = found.network.find(name)
    assert number is not None, name
    return found.standing(number).effect
