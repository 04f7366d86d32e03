"""The examples of ownership that the law and its guidance settle, under each regime."""

import datetime as dt
from decimal import Decimal

import msgspec
import pytest

from ringfence.graph.regimes import regimes
from ringfence.records import Link, Reservation, Share
from tests.graph.worlds import IN_FORCE, effect, listing, ownership, owns, status, tie

OWNED, POSSIBLE, MINORITY, NONE = "owned", "possibly_owned", "minority", "none"

SAME_UNDER_BIS_AND_OFAC = {
    "C01 the threshold is inclusive": ([owns("L", "50%", "A")], {"A": OWNED}),
    "C02 just under it": ([owns("L", "49.9%", "A")], {"A": MINORITY}),
    "C03 listed owners are added": ([owns("L1", "25%", "A"), owns("L2", "25%", "A")], {"A": OWNED}),
    "C04 shares along a chain are not multiplied": (
        [owns("L", "50%", "A"), owns("A", "50%", "B")],
        {"A": OWNED, "B": OWNED},
    ),
    "C05 a captured party's share is added to the listed owner's": (
        [owns("L", "50%", "A"), owns("L", "10%", "B"), owns("A", "40%", "B")],
        {"A": OWNED, "B": OWNED},
    ),
    "C09 a cycle does not support itself": (
        [owns("L", "40%", "A"), owns("B", "60%", "A"), owns("A", "60%", "B")],
        {"A": MINORITY, "B": MINORITY},
    ),
    "C11 a band that ends at the threshold": ([owns("L", "25-50%", "A")], {"A": POSSIBLE}),
    "C13 an unknown percentage": ([owns("L", "", "A")], {"A": POSSIBLE}),
    "C21 nothing spreads upward or sideways": (
        [owns("P", "100%", "L"), owns("L", "60%", "A"), owns("P", "100%", "Q")],
        {"P": NONE, "Q": NONE, "A": OWNED, "L": "listed"},
    ),
    "a holding of an uncaptured party counts for nothing": (
        [owns("L", "25%", "A"), owns("L", "25%", "B"), owns("A", "50%", "C"), owns("B", "50%", "C")],
        {"A": MINORITY, "B": MINORITY, "C": MINORITY},
    ),
    "two shares of more than 25 percent are more than 50": (
        [owns("L1", "25-50%", "A"), owns("L2", "25-50%", "A")],
        {"A": OWNED},
    ),
    "what another certainly owns caps what is unknown": (
        [owns("L", "", "A"), owns("X", ">50%", "A")],
        {"A": MINORITY},
    ),
    "a cap of exactly one half still reaches the threshold": (
        [owns("L", "", "A"), owns("X", "50%", "A")],
        {"A": POSSIBLE},
    ),
    "a cycle with a seed is reached": (
        [owns("L", "50%", "A"), owns("A", "60%", "B"), owns("B", "50%", "A")],
        {"A": OWNED, "B": OWNED},
    ),
    "a nominee stands aside for its principal": (
        [owns("N", "60%", "A"), tie("N", "nominee_for", "L")],
        {"A": OWNED, "N": NONE},
    ),
    "a listed nominee for somebody else does not count": (
        [owns("L", "60%", "A"), tie("L", "nominee_for", "X")],
        {"A": NONE},
    ),
    "a nominee for somebody unknown": ([owns("N", "60%", "A"), tie("N", "nominee_for", "")], {"A": POSSIBLE}),
    "votes without capital": ([owns("L", "60%", "A", share_base="voting")], {"A": NONE}),
    "control without capital": ([tie("L", "controls", "A")], {"A": NONE}),
    "consolidation shows control and no percentage": (
        [tie("L", "controls", "A", share_base="accounting_consolidation")],
        {"A": POSSIBLE},
    ),
    "two sources for one holding are alternatives": (
        [owns("L", "30%", "A", source="one"), owns("L", "40%", "A", source="two")],
        {"A": MINORITY},
    ),
    "two sources on both sides of the threshold": (
        [owns("L", "40%", "A", source="one"), owns("L", "60%", "A", source="two")],
        {"A": POSSIBLE},
    ),
    "C26 the base of the share is not settled": (
        [owns("L", "49%", "A", share_base="issued"), owns("L", "51%", "A", share_base="outstanding")],
        {"A": POSSIBLE},
    ),
    "shares of different bases are not added for certain": (
        [owns("L1", "30%", "A", share_base="issued"), owns("L2", "25%", "A", share_base="outstanding")],
        {"A": POSSIBLE},
    ),
    "a branch is the same legal person": (
        [tie("B", "branch_of", "L"), owns("B", "50%", "A")],
        {"B": "listed", "A": OWNED, "L": "listed"},
    ),
    "the branch of an owned company": ([owns("L", "50%", "A"), tie("B", "branch_of", "A")], {"B": OWNED}),
    "a securities holding with a share counts as owning": (
        [owns("L", "50%", "A", relation="holds_securities_of")],
        {"A": OWNED},
    ),
    "no digit is rounded away": ([owns("L", "49.99999999999999999999%", "A")], {"A": MINORITY}),
}


@pytest.mark.parametrize("regime", ["bis", "ofac"])
@pytest.mark.parametrize(("links", "expected"), SAME_UNDER_BIS_AND_OFAC.values(), ids=SAME_UNDER_BIS_AND_OFAC)
def test_the_examples_hold(links: list[Link], expected: dict[str, str], regime: str) -> None:
    found = ownership(links, "L", "L1", "L2", regime=regime)
    assert {name: status(found, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("day", "expected", "in_law"),
    [
        (dt.date(2025, 10, 15), OWNED, "license_required"),
        (dt.date(2025, 10, 31), OWNED, "license_required"),
        (dt.date(2025, 11, 5), MINORITY, "red_flag"),
        (dt.date(2025, 11, 15), MINORITY, "red_flag"),
    ],
)
def test_c14_edges_are_those_of_the_day(day: dt.date, expected: str, in_law: str) -> None:
    links = [
        owns("L", "60%", "A", until=dt.date(2025, 10, 31)),
        owns("L", "45%", "A", since=dt.date(2025, 11, 1)),
    ]
    found = ownership(links, "L", on=day)
    assert (status(found, "A"), effect(found, "A")) == (expected, in_law)


def test_c17_lists_are_added_under_bis_and_not_under_ofac() -> None:
    links = [owns("L1", "30%", "A"), owns("L2", "20%", "A")]
    entity = listing("L1", policy="case_by_case", footnotes=(4,))
    blocked = listing(
        "L2", "us_ofac_sdn", programs=("RUSSIA-EO14024",), policy="policy_of_denial", footnotes=(3,)
    )
    found = ownership(links, entity, blocked)
    standing = found.standing(found.network.find("A") or 0)
    assert (standing.status, standing.review_policy) == (OWNED, "policy_of_denial")
    assert standing.footnotes == (3, 4)
    assert standing.programs == ("RUSSIA-EO14024",)
    assert status(ownership(links, entity, blocked, regime="ofac"), "A") == MINORITY


def test_an_sdn_outside_the_fourteen_programs_is_no_owner_under_bis() -> None:
    other = listing("L", "us_ofac_sdn", programs=("CUBA",))
    assert status(ownership([owns("L", "60%", "A")], other), "A") == NONE
    assert status(ownership([owns("L", "60%", "A")], other, regime="ofac"), "A") == OWNED


@pytest.mark.parametrize(
    ("tag", "day", "counts"),
    [
        ("ILLICIT-DRUGS-EO14059", dt.date(2025, 10, 15), True),
        ("ILLICIT-DRUGS-EO", dt.date(2025, 10, 15), True),  # as the consolidated list of 2022 cuts it
        ("[SDGT][IFSR]", dt.date(2025, 10, 15), True),
        ("BELARUS-EO", dt.date(2025, 10, 15), False),
        ("RUSSIA-EO14024", dt.date(2024, 3, 20), False),
        ("RUSSIA-EO14024", dt.date(2024, 3, 21), True),
        ("SDGT", dt.date(2024, 3, 20), True),
    ],
)
def test_an_sdn_is_an_owner_under_bis_by_the_programs_of_the_day(
    tag: str, day: dt.date, counts: bool
) -> None:
    found = ownership([owns("L", "60%", "A")], listing("L", "us_ofac_sdn", programs=(tag,)), on=day)
    assert status(found, "A") == (OWNED if counts else NONE)


@pytest.mark.parametrize("list_id", ["us_bis_unverified", "us_bis_denied", "us_ofac_cmic"])
def test_other_lists_are_no_owners_under_bis(list_id: str) -> None:
    assert status(ownership([owns("L", "60%", "A")], listing("L", list_id)), "A") == NONE


def test_a_listed_address_is_no_owner() -> None:
    assert status(ownership([owns("L", "60%", "A")], listing("L", kind="address")), "A") == NONE


def test_a_company_of_the_united_states_is_outside_the_bis_rule_alone() -> None:
    links = [owns("L", "60%", "A", object_incorporated_in="US"), owns("A", "100%", "B")]
    found = ownership(links, "L")
    assert (status(found, "A"), effect(found, "A"), status(found, "B")) == (MINORITY, "red_flag", MINORITY)
    assert status(ownership(links, "L", regime="ofac"), "A") == OWNED


@pytest.mark.parametrize(
    ("day", "given", "owned", "possible", "minority"),
    [
        (dt.date(2025, 9, 28), None, "red_flag", "red_flag", "red_flag"),
        (dt.date(2025, 9, 29), None, "license_required", "indeterminate", "red_flag"),
        (dt.date(2025, 11, 9), None, "license_required", "indeterminate", "red_flag"),
        (dt.date(2025, 11, 10), None, "red_flag", "red_flag", "red_flag"),
        (dt.date(2026, 11, 9), None, "red_flag", "red_flag", "red_flag"),
        (dt.date(2026, 11, 10), None, "indeterminate", "indeterminate", "red_flag"),
        (dt.date(2026, 11, 10), "in_force", "license_required", "indeterminate", "red_flag"),
        (dt.date(2026, 11, 10), "stayed", "red_flag", "red_flag", "red_flag"),
    ],
)
def test_the_effect_is_the_law_of_the_day(
    day: dt.date, given: str | None, owned: str, possible: str, minority: str
) -> None:
    links = [owns("L", "50%", "A"), owns("L", "", "B"), owns("L", "10%", "C")]
    found = ownership(links, "L", on=day, rule_status=given)  # type: ignore[arg-type]
    assert [status(found, name) for name in "ABC"] == [OWNED, POSSIBLE, MINORITY]
    assert [effect(found, name) for name in "ABC"] == [owned, possible, minority]
    assert effect(found, "L") == "license_required"


def test_the_uk_does_not_add_independent_owners() -> None:
    links = [owns("L1", "40%", "A"), owns("L2", "40%", "A"), owns("L1", "50%", "B"), owns("L1", ">50%", "C")]
    found = ownership(links, "L1", "L2", regime="uk")
    assert [status(found, name) for name in "ABC"] == [MINORITY, MINORITY, OWNED]
    assert effect(found, "C") == "asset_freeze"


def test_the_uk_adds_owners_of_whom_one_controls_the_other() -> None:
    links = [owns("L1", "40%", "A"), owns("L2", "40%", "A"), tie("L1", "controls", "L2")]
    assert status(ownership(links, "L1", "L2", regime="uk"), "A") == OWNED


def test_the_uk_caps_an_unknown_share_by_what_others_own() -> None:
    links = [owns("L", "", "A"), owns("X", "50%", "A"), owns("L", "", "B"), owns("X", "49%", "B")]
    found = ownership(links, "L", regime="uk")
    assert [status(found, name) for name in "AB"] == [MINORITY, POSSIBLE]


@pytest.mark.parametrize("regime", ["eu", "uk"])
def test_control_and_votes_count_in_the_eu_and_the_uk(regime: str) -> None:
    links = [tie("L", "controls", "A"), owns("L", "60%", "B", share_base="voting"), owns("A", "51%", "C")]
    found = ownership(links, "L", regime=regime)
    assert [status(found, name) for name in "ABC"] == [OWNED] * 3


@pytest.mark.parametrize(("day", "expected"), [(dt.date(2024, 7, 2), MINORITY), (dt.date(2024, 7, 3), OWNED)])
def test_the_eu_threshold_includes_one_half_since_july_2024(day: dt.date, expected: str) -> None:
    assert status(ownership([owns("L", "50%", "A")], "L", regime="eu", on=day), "A") == expected


@pytest.mark.parametrize(
    ("day", "expected"), [(dt.date(2014, 8, 12), MINORITY), (dt.date(2014, 8, 13), OWNED)]
)
def test_ofac_adds_owners_since_august_2014(day: dt.date, expected: str) -> None:
    links = [owns("L1", "30%", "A"), owns("L2", "30%", "A")]
    assert status(ownership(links, "L1", "L2", regime="ofac", on=day), "A") == expected


def test_the_strictest_owner_governs_whatever_its_share() -> None:
    links = [owns("L1", "60%", "A"), owns("L2", "1%", "A"), owns("A", "50%", "B")]
    mild, strict = (
        listing("L1", policy="case_by_case"),
        listing("L2", policy="policy_of_denial", footnotes=(1,)),
    )
    found = ownership(links, mild, strict)
    for name in "AB":
        standing = found.standing(found.network.find(name) or 0)
        assert (standing.review_policy, standing.footnotes) == ("policy_of_denial", (1,))


def test_a_proof_names_the_owners_counted_and_the_round() -> None:
    found = ownership([owns("L", "50%", "A"), owns("L", "10%", "B"), owns("A", "40%", "B")], "L")
    standing = found.standing(found.network.find("B") or 0)
    names = [node.name for node in found.network.nodes]
    assert [(names[s.owner], names[s.owned], s.share.low, s.step) for s in standing.proof] == [
        ("L", "A", Decimal("0.5"), 1),
        ("L", "B", Decimal("0.1"), 2),
        ("A", "B", Decimal("0.4"), 2),
    ]
    assert standing.total == Share(Decimal("0.5"), Decimal("0.5"))


def test_c24_sugon_owns_higon_by_majority_and_higon_has_interests_in_chengdu() -> None:
    rule = {"source": "84 FR 29371", "asserted_by": "Bureau of Industry and Security"}
    links = [
        owns("Sugon", ">50%", "Higon", **rule),
        owns("Higon", ">0%", "Chengdu Haiguang Integrated Circuit", **rule),
        owns("Higon", ">0%", "Chengdu Haiguang Microelectronics Technology", **rule),
    ]
    found = ownership(links, "Sugon")
    assert status(found, "Higon") == OWNED
    assert status(found, "Chengdu Haiguang Integrated Circuit") == POSSIBLE
    assert str(links[0].share) == "more than 50%"
    at_the_time = ownership(links, "Sugon", on=dt.date(2019, 6, 24))
    assert effect(at_the_time, "Higon") == "red_flag"
    assert status(ownership(links, "Sugon", "Higon"), "Higon") == "listed"


def test_shared_directors_are_a_red_flag_and_no_ownership() -> None:
    links = [tie("D", "director_of", "L"), tie("D", "director_of", "A"), owns("A", "10%", "Z")]
    found = ownership(links, "L")
    standing = found.standing(found.network.find("A") or 0)
    assert (standing.status, standing.red_flag, standing.effect) == (NONE, True, "red_flag")


def test_shares_beyond_the_whole_are_reported_and_taken_as_stated() -> None:
    found = ownership([owns("L", "60%", "A"), owns("X", "70%", "A")], "L")
    assert status(found, "A") == OWNED
    assert any("more than 100 percent" in remark for remark in found.remarks)


def test_sources_that_contradict_each_other_are_reported() -> None:
    found = ownership([owns("L", "30%", "A", source="one"), owns("L", "60%", "A", source="two")], "L")
    assert any("sources differ" in remark for remark in found.remarks)


def test_a_party_tied_to_itself_counts_for_nothing() -> None:
    found = ownership([owns("L", "30%", "A"), owns("A", "60%", "A")], "L")
    assert status(found, "A") == MINORITY


def test_the_periods_of_every_regime_cover_every_day() -> None:
    for regime in regimes().values():
        for day in (dt.date.min, IN_FORCE, dt.date(2026, 11, 9), dt.date(2026, 11, 10), dt.date.max):
            assert regime.on(day).text


def test_the_status_given_for_the_bis_rule_changes_no_other_regime() -> None:
    links = [owns("L", "60%", "A")]
    assert effect(ownership(links, "L", regime="ofac", rule_status="stayed"), "A") == "blocked"


def test_a_party_whose_entry_is_in_doubt_is_not_called_a_branch_of_nobody() -> None:
    doubt = Reservation(kind="in_doubt", text="whether it was in force is not known")
    found = ownership([owns("L", "60%", "A")], msgspec.structs.replace(listing("L"), reservation=doubt))
    standing = found.standing(found.network.find("L") or 0)
    assert standing.status == "listed"
    assert standing.effect == "indeterminate"
    assert not any("a branch of" in note for note in standing.notes)
