"""The worked cases of the law, and what just misses each: on the bundled set, and on the real list where it is."""

import json
from pathlib import Path
from typing import Any

import pytest

from ringfence import Engine
from ringfence.decisions.decision import Decision
from ringfence.records.transaction import read_transaction

CASES = [
    json.loads(line)
    for line in (Path(__file__).parent / "worked_cases.jsonl").read_text("utf-8").splitlines()
]


def told(case: dict[str, Any]) -> str:
    return case["transaction"]["id"]


def on(engine: Engine, case: dict[str, Any]) -> Decision:
    (answer,) = engine.decide([read_transaction(case["transaction"])])
    return answer


def check(answer: Decision, case: dict[str, Any]) -> None:
    expected = case["expect"]
    assert (answer.outcome, answer.review_policy) == (expected["outcome"], expected["review_policy"]), (
        answer.findings
    )
    rules = {finding.rule: finding.outcome for finding in answer.findings}
    assert rules.items() >= expected.get("rules", {}).items()
    assert set(answer.missing) >= set(expected.get("missing", []))
    if "license_exceptions" in expected:
        assert list(answer.license_exceptions) == expected["license_exceptions"]
    if "subject" in expected:
        assert [item.subject_to_ear for item in answer.items] == expected["subject"]
    if "hold" in expected:
        assert answer.hold is expected["hold"]


@pytest.mark.parametrize("case", [c for c in CASES if c["lists"] != "shared"], ids=told)
def test_a_worked_case_on_the_bundled_set(case: dict[str, Any], on_reference: Engine) -> None:
    check(on(on_reference, case), case)


@pytest.mark.shared
@pytest.mark.parametrize("case", [c for c in CASES if c["lists"] in ("both", "shared")], ids=told)
def test_a_worked_case_on_the_real_list(case: dict[str, Any], on_real_lists: Engine) -> None:
    check(on(on_real_lists, case), case)
