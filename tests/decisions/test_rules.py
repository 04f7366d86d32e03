"""The rule files: each holds, and so do its examples; the tables they lean on agree with each other."""

import datetime as dt

import msgspec
import pytest

from ringfence.decisions.decision import OUTCOMES, Outcome
from ringfence.decisions.examples import decided, meets
from ringfence.decisions.facts import PREDICATES
from ringfence.decisions.rule import Example, Rule, read_rule, rules
from ringfence.errors import RuleError
from ringfence.graph.regimes import regime_of

EXAMPLES = [(rule, example) for rule in rules() for example in rule.examples]


@pytest.mark.parametrize(("rule", "example"), EXAMPLES, ids=lambda one: getattr(one, "id", None) or one.says)
def test_every_example_does_what_it_says(rule: Rule, example: Example) -> None:
    assert meets(rule, example) is example.meets, decided(example)


LISTED = [
    (rule, example)
    for rule, example in EXAMPLES
    if example.meets and (example.listed or example.owner) and "announced" not in (example.listed or {})
]


def reserved(example: Example, kind: str) -> Example:
    """The same where the entry of the party, or of its owner, is stayed or in doubt."""
    said = {kind: "by 91 FR 1000 from 2026-01-05"}
    return msgspec.structs.replace(
        example,
        listed=example.listed and {**example.listed, **said},
        owner=example.owner and {**example.owner, **said},
    )


def severity(outcome: Outcome) -> int:
    return OUTCOMES.index(outcome)


@pytest.mark.parametrize(("rule", "example"), LISTED, ids=lambda one: getattr(one, "id", None) or one.says)
def test_a_stayed_entry_has_no_effect_and_says_so(rule: Rule, example: Example) -> None:
    full, stayed = decided(example), decided(reserved(example, "stayed"))
    own = [finding for finding in stayed.findings if finding.listing]
    assert all(severity(finding.outcome) >= severity("red_flag") for finding in own)
    assert all("But by 91 FR 1000 from 2026-01-05" in finding.text for finding in own)
    if any(severity(finding.outcome) < severity("red_flag") for finding in full.findings if finding.listing):
        assert own, "an entry that is stayed is told"
    # What the listing has no part in stands as it did.
    without = [finding for finding in stayed.findings if not finding.listing]
    assert severity(stayed.outcome) >= min(severity(full.outcome), severity("red_flag"))
    assert all(
        finding in full.findings or severity(finding.outcome) > severity("indeterminate")
        for finding in without
    )


@pytest.mark.parametrize(("rule", "example"), LISTED, ids=lambda one: getattr(one, "id", None) or one.says)
def test_an_entry_in_doubt_is_neither_a_yes_nor_a_no(rule: Rule, example: Example) -> None:
    full, doubtful = decided(example), decided(reserved(example, "in_doubt"))
    own = [finding for finding in doubtful.findings if finding.listing]
    assert all(severity(finding.outcome) >= severity("indeterminate") for finding in own)
    if severity(full.outcome) <= severity("indeterminate"):
        assert severity(full.outcome) <= severity(doubtful.outcome) <= severity("indeterminate")
    changed = [
        finding for finding in own if finding.outcome == "indeterminate" and finding not in full.findings
    ]
    assert all(finding.missing for finding in changed)


def test_every_predicate_is_used_and_has_a_meaning() -> None:
    from ringfence.decisions.rule import _predicates

    used = {name for rule in rules() for name in _predicates(rule.when)}
    assert used == set(PREDICATES)
    assert all(function.__doc__ for function in PREDICATES.values())


def test_the_affiliates_rule_and_the_ownership_regime_tell_the_same_days() -> None:
    (rule,) = (rule for rule in rules() if rule.id == "affiliates")
    told = [(one.since, one.until, one.status) for one in rule.in_force]
    assert told == [(one.since, one.until, one.status) for one in regime_of("bis").periods]


def test_no_two_intervals_of_a_rule_share_a_day() -> None:
    for rule in rules():
        for earlier, later in zip(rule.in_force, rule.in_force[1:], strict=False):
            assert earlier.until is not None
            assert later.since is not None
            assert earlier.until + dt.timedelta(days=1) == later.since, rule.id


GOOD = """
id = "x"
test = "T1"
title = "X"
citation = ["15 CFR 734.3"]
link = "https://example.org"
needs = []
outcome = "out_of_scope"
text = "{item}"
in_force = [{}]
when = { day_covered = true }
[[examples]]
says = "yes"
meets = true
on = 2020-01-01
[[examples]]
says = "no"
meets = false
on = 2020-01-01
"""


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("{item}", "{itm}"), "unknown word"),
        (("day_covered", "day_coverd"), "no predicate"),
        (("meets = false", "meets = true"), "just misses"),
        (("out_of_scope", "forbidden"), "Invalid enum value|forbidden"),
        (('test = "T1"', 'test = "T99"'), "no test"),
        (("https://example.org", "http://example.org"), "https"),
        (("in_force = [{}]", "in_force = [{}, { since = 2020-01-01 }]"), "overlap"),
        (('id = "x"', 'id = "y"'), "must stand in"),
        (('title = "X"', 'titel = "X"'), "titel"),
        (("when = { day_covered = true }", "when = { day_covered = true, moves = true }"), "one key"),
    ],
)
def test_a_rule_file_that_does_not_hold_is_refused(change: tuple[str, str], told: str) -> None:
    read_rule("x.toml", GOOD)
    with pytest.raises(RuleError, match=told):
        read_rule("x.toml", GOOD.replace(*change, 1) if "meets" not in change[0] else GOOD.replace(*change))


def test_the_reference_page_is_the_one_that_the_rules_write() -> None:
    from pathlib import Path

    from ringfence.decisions.reference import rule_pages

    page = Path(__file__).parents[2] / "docs" / "decisions-rules.md"
    assert page.read_text("utf-8") == rule_pages(), (
        "write it again with: ringfence rules --page > docs/decisions-rules.md"
    )
