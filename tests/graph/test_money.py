"""Amounts along paths roll up once, by currency, with what nobody states counted as unknown."""

from decimal import Decimal

import pytest

from ringfence.graph.exposure import Exposures, tallied
from ringfence.graph.money import AtRisk, RolledUp, Tally
from ringfence.graph.ownership import Ownership
from ringfence.graph.regimes import regime_of
from ringfence.records import Link, Listing
from tests.graph.worlds import IN_FORCE, listing, owns, tie, world

L = listing("L")


def exposures(links: list[Link], *listings: Listing) -> Exposures:
    return Exposures(Ownership(world(links, *(listings or (L,))), regime_of("bis"), IN_FORCE))


def totals(links: list[Link], party: str, *listings: Listing) -> RolledUp:
    found = exposures(links, *listings)
    return found.of(found.network.find(party) or 0).totals


def sells(seller: str, buyer: str, value: str | None, currency: str | None = "USD", **more: object) -> Link:
    stated = {"id": f"{seller}-{buyer}-{value}-{currency}", "currency": currency, **more}
    return tie(seller, "supplies", buyer, value=None if value is None else Decimal(value), **stated)


def test_revenue_spend_and_positions_stay_apart_and_so_do_currencies() -> None:
    found = totals(
        [
            sells("Us", "L", "0.1"),
            sells("Us", "L", "0.2"),
            sells("Us", "L", "7", "JPY"),
            sells("Us", "L", "5", None),
            sells("Us", "L", None),
            sells("L", "Us", "40"),
            tie("Us", "holds_securities_of", "L", value=Decimal(9), currency="USD"),
        ],
        "Us",
    )
    assert found.revenue_at_risk == {"JPY": 7, "USD": 0.3, "unknown": 5}
    assert (found.spend_at_risk, found.position_at_risk) == ({"USD": 40}, {"USD": 9})
    assert found.unknown_amounts == 1
    assert found.by_party.keys() == {"L"}


def test_spend_rolls_up_by_party_tier_country_and_rule() -> None:
    found = totals(
        [
            sells("Plant", "Us", "100", subject_country="CN"),
            sells("L", "Plant", "60", object_country="CN"),
            sells("Mill", "Us", "30", subject_country="KR"),
            owns("L", "20%", "Mill", object_country="KR"),
        ],
        "Us",
    )
    assert found.spend_at_risk == {"USD": 90}
    assert found.by_tier == {"1": AtRisk(spend_at_risk={"USD": 30}), "2": AtRisk(spend_at_risk={"USD": 60})}
    assert {name: sums.spend_at_risk for name, sums in found.by_party.items()} == {
        "L": {"USD": 60},
        "Mill": {"USD": 30},
    }
    assert found.by_country["KR"].spend_at_risk == {"USD": 30}
    assert sum(sums.spend_at_risk["USD"] for sums in found.by_rule.values()) == 90


def test_what_comes_through_a_nearer_listed_party_is_inside_its_amount() -> None:
    found = totals([sells("L", "Us", "100"), sells("M", "L", "60")], "Us", L, listing("M"))
    assert found.spend_at_risk == {"USD": 100}


@pytest.mark.parametrize("more", ["us_ofac_cmic", "us_bis_meu"])
def test_money_is_counted_once_however_many_lists_name_the_party(more: str) -> None:
    links = [tie("Us", "holds_securities_of", "L", value=Decimal(9), currency="USD")]
    found = totals(links, "Us", L, listing("L", more))
    assert found.position_at_risk == {"USD": 9}
    assert len(found.by_rule) == 1


def test_shares_are_multiplied_through_funds_and_an_unknown_share_leaves_the_amount_unknown() -> None:
    links = [
        owns("Us", "10%", "Fund", relation="holds_securities_of"),
        owns("Us", "", "Other", relation="holds_securities_of"),
        tie("Fund", "holds_securities_of", "L", value=Decimal(500), currency="USD"),
        tie("Other", "holds_securities_of", "L", value=Decimal(500), currency="USD"),
    ]
    found = totals(links, "Us")
    assert (found.position_at_risk, found.unknown_amounts) == ({"USD": 50}, 1)
    assert found.by_tier.keys() == {"2"}


def test_what_customers_sell_on_is_theirs() -> None:
    found = totals([sells("Us", "Shop", "100"), sells("Shop", "L", "60")], "Us")
    assert (found.revenue_at_risk, found.unknown_amounts) == ({}, 0)


def test_a_tie_on_the_paths_of_several_parties_is_summed_once() -> None:
    found = exposures([sells("Plant", "A", "1"), sells("Plant", "B", "1"), sells("L", "Plant", "60")])
    tally = Tally()
    for node in found.network.nodes:
        tallied(tally, found.of(node.number).paths)
    assert tally.rolled_up().spend_at_risk == {"USD": 60}
