"""What a decision is: findings, each with the rule of its day, and the most severe of them as the outcome.

The shapes are those of contract `ringfence/1`, section 2. The word "clear" is not used: where nothing was
found, the answer says what was looked for, and in which lists.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Any, Literal, get_args

import msgspec

from ringfence.records import SCHEMA

Outcome = Literal[
    "prohibited",
    "license_required",
    "indeterminate",
    "conditional",
    "red_flag",
    "out_of_scope",
    "no_requirement_found",
]
"""Most severe first."""

ReviewPolicy = Literal[
    "policy_of_denial",
    "presumption_of_denial",
    "case_by_case",
    "presumption_of_approval",
    "by_reference",
    "indeterminate",
    "none",
]
"""How an application for the license would be reviewed, strictest first."""

OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
POLICIES: tuple[ReviewPolicy, ...] = get_args(ReviewPolicy)

TESTS = {
    "T0": "the day is covered, the facts agree",
    "T1": "another agency has the item",
    "T2": "the item is subject to the EAR",
    "T3": "denied persons",
    "T4": "blocked persons (OFAC)",
    "T5": "Control List and embargoes",
    "T6": "Entity List, carve-outs, affiliates",
    "T7": "military end users",
    "T8": "other end uses and end users",
    "T9": "Unverified List",
    "T10": "blocked persons under the EAR",
    "T11": "other lists",
    "T12": "knowledge of a violation",
    "T13": "red flags",
}
"""The tests, in the order in which they are explained. All of them run."""


class MatchShown(msgspec.Struct, frozen=True, kw_only=True):
    """Why a party is taken to be the listed one. `score` is from 0 to 1."""

    sure: bool
    score: float
    matched_name: str
    by: str
    reasons: tuple[str, ...] = ()


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One rule that speaks of this transaction. `rule_in_force` are the first and last day of the rule's interval.

    `listing_version` is the digest of the text of the listing as it stood; `owner` is the listed party behind
    the party, with `ownership` the arithmetic.
    """

    rule: str
    test: str
    title: str
    rule_in_force: tuple[dt.date | None, dt.date | None]
    rule_status: str
    citation: tuple[str, ...]
    link: str
    outcome: Outcome
    text: str
    party: str | None = None
    role: str | None = None
    item: str | None = None
    listing: str | None = None
    listing_version: str | None = None
    listing_text: dict[str, Any] | None = None
    match: MatchShown | None = None
    owner: str | None = None
    ownership: str | None = None
    review_policy: ReviewPolicy = "none"
    license_exceptions: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    hold: bool = False


class ItemSubject(msgspec.Struct, frozen=True, kw_only=True):
    """Whether an item is subject to the EAR (`yes`, `no`, `unknown`), and on which grounds."""

    item: str
    subject_to_ear: Literal["yes", "no", "unknown"]
    grounds: tuple[str, ...]
    citation: tuple[str, ...]
    missing: tuple[str, ...] = ()


class TestRun(msgspec.Struct, frozen=True, kw_only=True):
    """One test and the most severe thing that it found."""

    test: str
    title: str
    outcome: str


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """The answer for one transaction. `missing` are facts that would settle what is indeterminate."""

    schema: str = SCHEMA
    id: str
    on: dt.date
    outcome: Outcome
    review_policy: ReviewPolicy
    license_exceptions: tuple[str, ...]
    conditions: tuple[str, ...]
    missing: tuple[str, ...]
    hold: bool
    summary: str
    items: tuple[ItemSubject, ...]
    findings: tuple[Finding, ...]
    tests: tuple[TestRun, ...]
    lists_checked: tuple[str, ...] = ()
    provenance: dict[str, Any] = {}


def most_severe(outcomes: Iterable[Outcome]) -> Outcome:
    """The most severe of some outcomes; nothing found where there are none."""
    return min(outcomes, key=OUTCOMES.index, default="no_requirement_found")


def strictest(policies: Iterable[ReviewPolicy]) -> ReviewPolicy:
    """The strictest of some review policies."""
    return min(policies, key=POLICIES.index, default="none")
