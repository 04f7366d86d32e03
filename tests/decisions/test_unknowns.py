"""The laws of not knowing: Kleene's logic, paragraph boundaries, and that forgetting a fact never clears anything."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence import Engine
from ringfence.decisions.eccn import covers, in_set
from ringfence.decisions.truth import Missing, Truth, all_of, any_of, missing, negated
from ringfence.records.transaction import read_transaction

TRUTHS = st.one_of(st.booleans(), st.sets(st.sampled_from("abc"), min_size=1).map(Missing))


@given(st.lists(TRUTHS, max_size=4))
def test_not_all_is_any_not(truths: list[Truth]) -> None:
    assert negated(all_of(truths)) == any_of(negated(truth) for truth in truths)


@given(st.lists(TRUTHS, max_size=4), st.dictionaries(st.sampled_from("abc"), st.booleans(), min_size=3))
def test_a_known_answer_stays_when_the_missing_facts_are_learned(
    truths: list[Truth], learned: dict[str, bool]
) -> None:
    said = all_of(truths)
    known = [
        all(learned.get(fact, True) for fact in truth) if isinstance(truth, Missing) else truth
        for truth in truths
    ]
    if not isinstance(said, Missing):
        assert all_of(known) == said


@pytest.mark.parametrize(
    ("described", "item", "answer"),
    [
        ("1A004.c", "1A004.c", True),
        ("1A004.c", "1A004.c.2", True),
        ("1A004.c", "1A004.a", False),
        ("1A004.c", "1A004", None),
        ("1A004.c", "1A004.cc", False),
        ("2A983", "2A983.a", True),
        ("1A999.a", "1A999.b", False),
        ("1A004", "1A005", False),
    ],
)
def test_eccns_are_compared_on_paragraph_boundaries(described: str, item: str, answer: bool | None) -> None:
    assert covers(described, item) is answer


@pytest.mark.parametrize(
    ("item", "answer"),
    [
        ("3B001.a.4", False),
        ("3B001.a.1", True),
        ("3B001", None),
        ("3B001.a", None),
        ("3B002.c.1", False),
        ("EAR99", False),
        ("3B992", True),
        ("3A001", False),
    ],
)
def test_a_set_may_leave_paragraphs_out(item: str, answer: bool | None) -> None:
    assert in_set("3B001 3B002 3B992 -3B001.a.4 -3B002.c", item) is answer


CASES = [
    json.loads(line)
    for line in (Path(__file__).parent / "worked_cases.jsonl").read_text("utf-8").splitlines()
]
STRICT = [
    case
    for case in CASES
    if case["expect"]["outcome"] in ("prohibited", "license_required") and case["lists"] != "shared"
]
FORGETTABLE = (
    "kind",
    "jurisdiction",
    "classification",
    "origin",
    "located_in",
    "made_in",
    "us_controlled_share",
    "direct_product_of",
    "plant_direct_product_of",
)


def forgotten(transaction: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The transaction without one fact, each in turn. What is claimed (licenses, knowledge, terms) is not a fact unknown."""
    for field in ("actor", "destination", "end_use", "items"):
        if field in transaction and not (field == "end_use" and transaction["end_use"]):
            yield field, {key: value for key, value in transaction.items() if key != field}
    for place, item in enumerate(transaction.get("items", [])):
        for field in FORGETTABLE:
            if field in item:
                less = copy.deepcopy(transaction)
                del less["items"][place][field]
                yield f"items[{place}].{field}", less


@pytest.mark.parametrize("case", STRICT, ids=lambda case: case["transaction"]["id"])
def test_forgetting_a_fact_never_clears_a_transaction(case: dict[str, Any], on_reference: Engine) -> None:
    for field, less in forgotten(case["transaction"]):
        (answer,) = on_reference.decide([read_transaction(less)])
        assert answer.outcome in ("prohibited", "license_required", "indeterminate"), (field, answer.findings)


def test_missing_facts_are_named() -> None:
    assert all_of([True, missing("a"), missing("b")]) == {"a", "b"}
    assert any_of([False, missing("a")]) == {"a"}


def test_no_finding_says_that_an_item_is_subject_where_that_is_not_known(on_reference: Engine) -> None:
    asked = {"id": "T", "on": "2019-10-09", "activity": "export", "destination": "CN"}
    asked |= {"parties": [{"role": "end_user", "name": "Hikvision", "country": "CN"}], "items": [{}]}
    (decision,) = on_reference.decide([read_transaction(asked)])
    assert decision.items[0].subject_to_ear == "unknown"
    assert decision.items[0].grounds == ("it is in the United States",)
    [finding] = [one for one in decision.findings if one.rule == "entity_list"]
    assert finding.outcome == "indeterminate"
    assert "The item is subject to the EAR: not known." in finding.text
