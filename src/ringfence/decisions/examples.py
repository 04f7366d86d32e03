"""The examples of the rule files, made into transactions and asked.

An example writes only what matters; the rest is a plain export of an EAR99 item of US origin from the United
States to a party in China.
"""

import datetime as dt
from typing import Any

from ringfence.decisions.decide import decide
from ringfence.decisions.decision import Decision
from ringfence.decisions.party import Asked, Find, Found
from ringfence.decisions.rule import Example, Rule
from ringfence.records import Listing, Name, Party, Reservation
from ringfence.records.transaction import Transaction, read_transaction
from ringfence.sources.ear.terms import read_policy, read_requirement

PARTY, OWNER = "The Party Ltd.", "The Owner Ltd."


def transaction_of(example: Example) -> Transaction:
    """The transaction that an example describes."""
    party = {"role": "ultimate_consignee", "name": PARTY, "country": "CN", **example.party}
    if example.owner is not None:
        party["owners"] = [{"name": OWNER, "country": "CN", "share": example.owner["share"]}]
    item = {
        "description": "the item",
        "kind": "commodity",
        "jurisdiction": "EAR",
        "classification": "EAR99",
        "origin": "US",
        "facts": [],
        "direct_product_of": [],
        "plant_direct_product_of": [],
        **example.item,
    }
    return read_transaction(
        {
            "id": "example",
            "on": example.on,
            "activity": "export",
            "actor": {"country": "US", "us_person": True},
            "parties": [party],
            "items": [item],
            "destination": "CN",
            "end_use": [],
            **example.transaction,
        }
    )


def find_of(example: Example) -> Find:
    """Who is listed in the world of an example."""
    known = {PARTY: example.listed, OWNER: example.owner}

    def find(asked: Asked) -> tuple[Found, ...]:
        said = known.get(asked.name)
        if said is None:
            return ()
        listing = _listing(said)
        if not (said.get("stale") or listing.in_force(example.on)):
            return ()
        sure = said.get("sure", said.get("by", "name") != "shares_address")
        return (Found(listing, sure, 1.0 if sure else 0.7, asked.name, said.get("by", "name")),)

    return find


def upcoming_of(example: Example) -> Find:
    """Who is announced to be listed later in the world of an example."""

    def find(asked: Asked) -> tuple[Found, ...]:
        said = example.listed or {}
        if asked.name != PARTY or not said.get("announced") or example.on >= said["valid_from"]:
            return ()
        return (Found(_listing(said), sure=True, score=1.0, matched=asked.name),)

    return find


def _listing(said: dict[str, Any]) -> Listing:
    entry = said["list"] == "us_bis_entity"
    beginning: dt.date | None = said.get("valid_from")
    return Listing(
        id=f"{said['list']}:example",
        list=said["list"],
        source="example",
        party=Party(
            id="example",
            kind="company",
            names=(Name(said.get("names", "The Listed One")),),
            countries=("CN",),
        ),
        destination="CN",
        programs=tuple(said.get("programs", ())),
        license_requirement=read_requirement(
            said.get("requirement", "For all items subject to the EAR. (See § 744.11 of the EAR)")
        )
        if entry
        else None,
        license_review_policy=read_policy("Presumption of denial") if entry else None,
        footnotes=tuple(said.get("footnotes", ())),
        valid_from=beginning,
        valid_until=said.get("valid_until"),
        standard_order=said.get("standard_order"),
        directives=tuple(said.get("directives", ())),
        reservation=next(
            (Reservation(kind=kind, text=said[kind]) for kind in ("stayed", "in_doubt") if kind in said), None
        ),
    )


def decided(example: Example) -> Decision:
    """The decision on an example, by all rules."""
    return decide(transaction_of(example), find_of(example), upcoming=upcoming_of(example))


def meets(rule: Rule, example: Example) -> bool:
    """Whether the rule gives its own outcome for the example."""
    return any(
        finding.rule == rule.id and finding.outcome == rule.outcome and finding.rule_status == "in_force"
        for finding in decided(example).findings
    )
