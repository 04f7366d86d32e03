"""What a listing would do: per tie what the law says, and nothing that it does not say."""

import datetime as dt
from decimal import Decimal

import pytest

from ringfence.graph.exposure import Exposures
from ringfence.graph.regimes import regime_of
from ringfence.graph.scenario import Book, Change, Scenario, Simulation
from ringfence.records import Link, Query
from ringfence.sources.links import reference_links
from ringfence.sources.links.trade import BillLine, Order
from tests.graph.worlds import IN_FORCE, listing, ownership, owns, tie, world

LINKS = [
    tie("Maker", "supplies", "X", value=Decimal(1000), currency="USD", item="chips"),
    tie("X", "supplies", "Shop", value=Decimal(400), currency="USD"),
    tie("Client", "customer_of", "X", value=Decimal(50), currency="USD"),
    tie("Parent", "owns", "X", value=Decimal(9), currency="USD"),
    owns("X", "50%", "Sub"),
    owns("X", "20%", "Small"),
    owns("X", "", "Maybe"),
    tie("Friend", "partner_of", "X"),
    tie("Mine", "supplies", "Maker", value=Decimal(70), currency="USD"),
]


def simulate(
    links: list[Link],
    *changes: Change,
    regime: str = "bis",
    on: dt.date = IN_FORCE,
    book: Book | None = None,
    **rule: str,
) -> Simulation:
    return Scenario(world(links), regime_of(regime), on, book=book, **rule).run(changes)  # type: ignore[arg-type]


def effects(found: Simulation) -> dict[tuple[str, str], str]:
    return {(one.party, one.relation): one.effect for one in found.effects if one.direct}


def test_each_kind_of_tie_has_the_effect_of_the_entity_list() -> None:
    found = simulate(LINKS, Change(kind="list", party="X"))
    assert effects(found) == {
        ("X", "listed"): "license_required",
        ("Maker", "supplies"): "license_required",
        ("Shop", "supplies"): "none",
        ("Client", "customer_of"): "none",
        ("Parent", "owns"): "none",
        ("Sub", "owns"): "license_required",
        ("Small", "owns"): "red_flag",
        ("Maybe", "owns"): "indeterminate",
        ("Friend", "partner_of"): "none",
    }


@pytest.mark.parametrize("on", [dt.date(2025, 9, 28), dt.date(2025, 11, 15)])
def test_subsidiaries_are_reached_only_while_the_rule_is_in_force(on: dt.date) -> None:
    found = effects(simulate(LINKS, Change(kind="list", party="X"), on=on))
    assert [found[name, "owns"] for name in ("Sub", "Small", "Maybe")] == ["red_flag"] * 3
    assert found["Maker", "supplies"] == "license_required"


def test_supposing_the_rule_in_force_reaches_what_is_owned_already() -> None:
    network = world(LINKS, listing("X"))
    scenario = Scenario(network, regime_of("bis"), dt.date(2025, 11, 15), rule_after="in_force")
    found = effects(scenario.run([]))
    assert found == {("Sub", "owns"): "license_required", ("Maybe", "owns"): "indeterminate"}


def test_an_sdn_listing_blocks_in_every_direction() -> None:
    found = effects(simulate(LINKS, Change(kind="list", party="X", as_list="sdn"), regime="ofac"))
    assert {
        found[name]
        for name in [("Maker", "supplies"), ("Shop", "supplies"), ("Parent", "owns"), ("Sub", "owns")]
    } == {"blocked"}


def test_totals_add_up_what_is_stated_and_count_what_is_not() -> None:
    totals = simulate(LINKS, Change(kind="list", party="X")).totals
    assert totals.revenue_at_risk == {"USD": 1000}
    assert totals.spend_at_risk == {"USD": 450}
    assert totals.position_at_risk == {"USD": 9}
    assert totals.by_party["Shop"].spend_at_risk == {"USD": 400}
    assert (totals.parties_listed, totals.parties_reached_by_ownership, totals.parties_to_look_at) == (
        1,
        1,
        2,
    )
    unknown = simulate([tie("Maker", "supplies", "X")], Change(kind="list", party="X")).totals
    assert (unknown.revenue_at_risk, unknown.unknown_amounts) == ({}, 1)


def test_a_book_narrows_the_totals_to_its_parties() -> None:
    book = Book(parties=(Query(name="Shop"),))
    totals = simulate(LINKS, Change(kind="list", party="X"), book=book).totals
    assert (totals.revenue_at_risk, totals.spend_at_risk) == ({}, {"USD": 400})


def test_further_up_the_chain_is_named_and_no_license_follows() -> None:
    found = simulate(LINKS, Change(kind="list", party="X"))
    (mine,) = [one for one in found.effects if one.party == "Mine"]
    assert (mine.direct, mine.effect, mine.path) == (False, "red_flag", ("X", "Maker", "Mine"))


def test_the_network_itself_is_not_touched() -> None:
    network = world(LINKS)
    Scenario(network, regime_of("bis"), IN_FORCE).run(
        [Change(kind="list", party="X"), Change(kind="list", party="New")]
    )
    assert not any(node.listed for node in network.nodes)
    assert network.find("New") is None


def test_taking_a_party_off_names_what_no_longer_holds() -> None:
    scenario = Scenario(world(LINKS, listing("X")), regime_of("bis"), IN_FORCE)
    found = scenario.run([Change(kind="remove", party="X")])
    by_party = {(one.party, one.relation): one for one in found.effects}
    assert by_party["X", "listed"].status_after == "none"
    assert by_party["Maker", "supplies"].effect == "none"
    assert "no longer" in by_party["Maker", "supplies"].text
    assert (by_party["Sub", "owns"].status_before, by_party["Sub", "owns"].status_after) == ("owned", "none")


def test_a_party_already_listed_changes_nothing() -> None:
    found = Scenario(world(LINKS, listing("X")), regime_of("bis"), IN_FORCE).run(
        [Change(kind="list", party="X")]
    )
    assert found.effects == ()
    assert found.simulated[0].already_listed_on == ("us_bis_entity",)


def test_an_unknown_party_is_answered_and_said_to_be_unknown() -> None:
    found = simulate(LINKS, Change(kind="list", party="Nobody"))
    assert not found.simulated[0].known
    assert [one.relation for one in found.effects] == ["listed"]


def test_several_listings_together_reach_what_none_reaches_alone() -> None:
    links = [owns("X", "30%", "A"), owns("Y", "30%", "A")]
    both = effects(simulate(links, Change(kind="list", party="X"), Change(kind="list", party="Y")))
    assert both["A", "owns"] == "license_required"
    assert effects(simulate(links, Change(kind="list", party="X")))["A", "owns"] == "red_flag"


def test_orders_need_a_license_as_far_as_they_are_subject_to_the_ear() -> None:
    orders = [
        Order(id="1", party="X", value=Decimal(10), currency="USD", subject_to_ear="yes", row=2),
        Order(id="2", party="X", subject_to_ear="no", row=3),
        Order(id="3", party="Sub", row=4),
        Order(id="4", party="Shop", row=5),
        Order(id="5", party="X", direction="buy", row=6),
    ]
    found = simulate(LINKS, Change(kind="list", party="X"), book=Book(orders=tuple(orders)))
    assert {one.id: one.effect for one in found.orders} == {
        "1": "license_required",
        "2": "none",
        "3": "license_required",
    }
    assert "If the item is subject" in found.orders[2].text
    assert (found.totals.orders, found.totals.order_value) == (2, {"USD": 10})


def line(item: str, component: str, supplier: str | None, tier: int = 1) -> BillLine:
    return BillLine(item=item, component=component, supplier=supplier, tier=tier, source="bill")


def test_a_part_is_lost_when_its_last_untouched_source_is() -> None:
    bill = (
        line("Camera", "Sensor", "X"),
        line("Camera", "Lens", "X"),
        line("Camera", "Lens", "Maker"),
        line("Phone", "Module", "Shop"),
        line("Module", "Chip", "Sub", 2),
    )
    found = simulate(LINKS, Change(kind="list", party="X"), book=Book(bill=bill))
    assert {(p.product, p.component): p.without_source for p in found.products} == {
        ("Camera", "Sensor"): True,
        ("Camera", "Lens"): False,
        ("Module", "Chip"): True,
        ("Phone", "Module"): True,
    }
    assert found.totals.products_without_source == 3


def test_a_bill_that_needs_itself_ends() -> None:
    bill = (line("A", "B", "X"), line("B", "A", "X"))
    assert (
        simulate(LINKS, Change(kind="list", party="X"), book=Book(bill=bill)).totals.products_without_source
        == 2
    )


def test_the_worst_candidate_comes_first() -> None:
    scenario = Scenario(
        world([*LINKS, tie("Maker", "supplies", "Y", value=Decimal(5), currency="USD")]),
        regime_of("bis"),
        IN_FORCE,
    )
    ranked = scenario.rank([Change(kind="list", party=name) for name in ("Y", "X", "Nobody")])
    assert [(one.rank, one.candidate) for one in ranked] == [(1, "X"), (2, "Y"), (3, "Nobody")]


def test_candidates_are_ranked_by_one_currency_after_another_and_the_order_is_told() -> None:
    links = [
        tie("Maker", "supplies", "X", value=Decimal(9_000), currency="JPY"),
        tie("Maker", "supplies", "Y", value=Decimal(100), currency="USD"),
        tie("Maker", "supplies", "Z", value=Decimal(50), currency="USD"),
    ]
    scenario = Scenario(world(links), regime_of("bis"), IN_FORCE)
    ranked = scenario.rank([Change(kind="list", party=name) for name in "XYZ"])
    assert [one.candidate for one in ranked] == ["Y", "Z", "X"]
    assert ranked[0].ranked_by[:3] == ("products_without_source", "money in USD", "money in JPY")
    assert ranked[2].totals.revenue_at_risk == {"JPY": 9_000}


def test_two_deliveries_of_one_pair_are_both_counted_and_an_order_without_a_value_is_told() -> None:
    links = [
        tie("Maker", "supplies", "X", id="book:1", value=Decimal("0.1"), currency="USD"),
        tie("Maker", "supplies", "X", id="book:2", value=Decimal("0.2"), currency="USD"),
        tie("Fund", "owns", "X", id="book:3"),
    ]
    book = Book(orders=(Order(id="O", party="X", row=1),))
    totals = simulate(links, Change(kind="list", party="X"), book=book).totals
    assert totals.revenue_at_risk == {"USD": 0.3}
    assert (totals.orders, totals.order_value, totals.orders_unknown) == (1, {}, 1)
    assert totals.unknown_amounts == 1


def test_no_investor_of_october_2019_needs_a_license_and_every_tie_says_who_states_it() -> None:
    network = world(reference_links().links)
    changes = [
        Change(kind="list", party=name) for name in ("Hikvision", "Dahua Technology", "Megvii", "SenseTime")
    ]
    found = Scenario(network, regime_of("bis"), dt.date(2019, 10, 9)).run(changes)
    by_way = {(one.way, one.effect) for one in found.effects}
    assert ("equity_in", "none") in by_way
    assert not any(way == "equity_in" and effect != "none" for way, effect in by_way)
    assert {
        one.party for one in found.effects if one.effect == "license_required" and one.way == "supply_to"
    } == {
        "Ambarella",
        "Nvidia",
        "Techpoint",
    }
    assert all(
        "asserted by" in source for one in found.effects if one.relation != "listed" for source in one.sources
    )


def paths(links: list[Link], name: str, *listed: object) -> list[tuple[str, str, tuple[str, ...]]]:
    found = Exposures(ownership(links, *listed))  # type: ignore[arg-type]
    number = found.network.find(name)
    assert number is not None
    return [(path.way, path.effect, path.parties) for path in found.paths(number)[0]]


def test_a_path_means_what_its_way_means() -> None:
    assert paths(LINKS, "Maker", "X") == [("supply_to", "license_required", ("Maker", "X"))]
    assert paths(LINKS, "Shop", "X") == [("supply_from", "none", ("Shop", "X"))]
    assert paths(LINKS, "Parent", "X")[0] == ("equity_in", "none", ("Parent", "X"))
    assert paths(LINKS, "Mine", "X") == [("supply_through", "red_flag", ("Mine", "Maker", "X"))]
    assert paths(LINKS, "Small", "X") == [("owned_by", "red_flag", ("Small", "X"))]


def test_a_customer_owned_by_a_listed_party_needs_a_license_while_the_rule_is_in_force() -> None:
    links = [*LINKS, tie("Seller", "supplies", "Sub")]
    assert paths(links, "Seller", "X") == [("supply_to", "license_required", ("Seller", "Sub", "X"))]


def test_equity_in_a_company_of_the_cmic_list_is_what_that_list_restricts() -> None:
    assert paths(LINKS, "Parent", listing("X", "us_ofac_cmic"))[0][1] == "securities_prohibited"
    assert paths(LINKS, "Maker", listing("X", "us_ofac_cmic"))[0][1] == "none"


def test_money_flows_through_funds_by_the_shares_held_in_them() -> None:
    links = [
        owns("Pension", "10-20%", "Fund", relation="invested_in"),
        tie("Fund", "holds_securities_of", "X", value=Decimal(900), currency="USD"),
        tie("Other", "invested_in", "Fund"),
    ]
    found = Exposures(ownership(links, "X"))
    (through,) = found.paths(found.network.find("Pension") or 0)[0]
    assert through.amount is not None
    assert (through.amount.low, through.amount.high, through.amount.currency) == (90, 180, "USD")
    (unknown,) = found.paths(found.network.find("Other") or 0)[0]
    assert unknown.amount is None


def test_paths_are_bounded_and_say_so() -> None:
    links = [tie(f"S{i}", "supplies", f"S{j}") for i in range(14) for j in range(14) if i != j]
    found = Exposures(ownership([*links, tie("S1", "supplies", "X")], "X"))
    some, complete = found.paths(found.network.find("S0") or 0)
    assert some
    assert not complete
