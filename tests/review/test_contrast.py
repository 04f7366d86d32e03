"""Two sides beside each other: nothing of a value is lost, and what is marked the same is there on the other side."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.records import Identifier, parse_partial
from ringfence.review.alert import Case, Facts, case_of
from ringfence.review.contrast import Contrast, Value, by_characters, by_words, contrasts
from tests.review.cases import entry, party, screening


def case(mine: dict[str, object], listed: Facts) -> Case:
    subject = party(**mine)
    answer = screening(subject, (entry(), 0.9))
    found = case_of(subject, answer.hits[0], entry(), answer.provenance, "screening")
    return Case(**{name: getattr(found, name) for name in Case.__struct_fields__} | {"listed": listed})


def row(fact: str, mine: dict[str, object], **listed: object) -> Contrast:
    laid = contrasts(case(mine, Facts(**{"name": "Beta", **listed})))
    return next(one for one in laid if one.fact == fact)


def shown(value: Value) -> str:
    return "".join(f"[{span.text}]" if span.same else span.text for span in value)


@pytest.mark.parametrize(
    ("mine", "theirs", "told"),
    [
        ("Alpha Werks", "ALPHA WORKS", "[Alpha W]e[rks]"),
        ("Hikvison", "Hikvision", "[Hikvison]"),
        ("杭州海康威视", "海康威视数字", "杭州[海康威视]"),
        ("Hikvision", "Hangzhou Hikvision Digital", "[Hikvision]"),
        ("Hangzhou Hikvision", "Hikvision", "Hangzhou [Hikvision]"),
        ("abc", "xyz", "abc"),
        ("", "xyz", ""),
    ],
)
def test_names_are_laid_beside_each_other_by_letters(mine: str, theirs: str, told: str) -> None:
    assert shown(by_characters(mine, theirs)) == told


def test_addresses_are_laid_beside_each_other_by_words() -> None:
    told = by_words("555 Qianmo Road, Hefei", "No. 555, Qianmo Rd, Hangzhou")
    assert shown(told) == "[555 Qianmo] Road, Hefei"


@given(st.text(max_size=60), st.text(max_size=60))
def test_nothing_of_a_value_is_lost(one: str, other: str) -> None:
    for lay in (by_characters, by_words):
        assert "".join(span.text for span in lay(one, other)) == one
        assert all(span.same for span in lay(one, one)) or not one


def test_a_name_that_meets_an_alias_agrees() -> None:
    found = row("name", {"name": "dahua  technology"}, aliases=("Dahua Technology",))
    assert (found.agreement, found.mine[0][0].same) == ("agrees", True)


@pytest.mark.parametrize(
    ("fact", "mine", "listed", "agreement"),
    [
        ("countries", {"countries": ("CN", "HK")}, {"countries": ("HK",)}, "agrees"),
        ("countries", {"countries": ("CN",)}, {"countries": ("IR",)}, "differs"),
        ("countries", {"countries": ("CN",)}, {}, "one_sided"),
        ("kind", {"kind": "company"}, {"kind": "person"}, "differs"),
        ("kind", {"kind": "company"}, {"kind": "unknown"}, "one_sided"),
        ("addresses", {"addresses": ("1 Long Street",)}, {"addresses": ("7 Quay", "1 Long Street")}, "agrees"),
        ("addresses", {"addresses": ("1 Long Street",)}, {"addresses": ("7 Quay",)}, "differs"),
        ("birth_dates", {"birth_dates": (parse_partial("1965"),)},
         {"birth_dates": (parse_partial("12 Apr 1965"),)}, "agrees"),
        ("birth_dates", {"birth_dates": (parse_partial("1970"),)},
         {"birth_dates": (parse_partial("12 Apr 1965"),)}, "differs"),
        ("identifiers", {"identifiers": (Identifier("lei", "A1"),)}, {"identifiers": (Identifier("lei", "a-1"),)}, "agrees"),
        ("identifiers", {"identifiers": (Identifier("lei", "A1"),)}, {"identifiers": (Identifier("lei", "A2"),)}, "differs"),
        ("identifiers", {"identifiers": (Identifier("lei", "A1"),)}, {"identifiers": (Identifier("imo", "A1"),)}, "one_sided"),
    ],
)  # fmt: skip
def test_each_fact_is_judged_by_its_kind(
    fact: str, mine: dict[str, object], listed: dict[str, object], agreement: str
) -> None:
    assert row(fact, mine, **listed).agreement == agreement


def test_values_in_other_scripts_are_not_called_different() -> None:
    found = row("addresses", {"addresses": ("杭州",)}, addresses=("555 Qianmo Road, Hangzhou",))
    assert (found.agreement, found.mine[0][0].same) == ("other_script", None)
    assert row("name", {"name": "海康威视"}, name="Hikvision").agreement == "other_script"


def test_the_alias_that_was_met_stands_beside_the_name() -> None:
    found = row("name", {"name": "Alpha Works Co., Ltd."}, name="阿尔法", aliases=("Alpha Works Co., Ltd.",))
    assert [shown(value) for value in found.theirs] == ["[Alpha Works Co., Ltd.]", "阿尔法"]


def test_the_closest_of_many_values_stands_first() -> None:
    found = row("aliases", {"name": "Alpha Works"}, aliases=("Gamma", "Alfa Works", "Beta"))
    assert "".join(span.text for span in found.theirs[0]) == "Alfa Works"


def test_an_address_that_is_a_country_alone_is_not_called_different() -> None:
    found = row(
        "addresses",
        {"addresses": ("555 Qianmo Road, Hangzhou",)},
        addresses=("CN",),
        countries=("CN",),
    )
    assert (found.agreement, found.theirs) == ("one_sided", ())
