"""Rules as data: what a rule file says, read strictly, and what it means for one case.

A rule file holds one rule: citation, days in force, a condition in the vocabulary of `facts.PREDICATES`, what
follows, a text for people, and examples that the tests run. No rule is written in code.
"""

import datetime as dt
import hashlib
import string
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, Literal

import msgspec

from ringfence.decisions.decision import TESTS, Outcome
from ringfence.decisions.facts import PREDICATES
from ringfence.decisions.tables import Interval, tables_digest
from ringfence.errors import RuleError

RuleState = Literal["in_force", "absent", "stayed", "unknown"]
ForEach = Literal[
    "transaction",
    "item",
    "party",
    "party_item",
    "listing",
    "listing_item",
    "owner",
    "owner_item",
    "owner_listing",
    "upcoming",
]
WORDS = frozenset(
    (
        "party", "role", "listed", "list", "owner", "share", "item", "destination", "day", "effective", "entry",
        "program", "term", "credit", "divest_by", "effective_cmic", "contradiction", "grounds", "score", "published",
    )
)  # fmt: skip
"""The words in braces that a rule's text may use."""


class InForce(Interval, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Days of a rule's life. `status` other than `in_force`: the rule is printed but `stayed`, not yet there
    (`absent`), or nobody has read which (`unknown`). `note` says whence the interval is known.
    """

    status: RuleState = "in_force"
    note: str = ""


class Example(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A transaction that meets the rule, or just misses it. Only what matters is written; the rest is plain.

    `transaction`, `item` and `party` are laid over a plain export; `listed` over a plain listing of the party (or of
    `owner`, an owner of the party).
    """

    says: str
    meets: bool
    on: dt.date
    transaction: dict[str, Any] = {}
    item: dict[str, Any] = {}
    party: dict[str, Any] = {}
    listed: dict[str, Any] | None = None
    owner: dict[str, Any] | None = None


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One rule; see `docs/decisions-rules.md` for what each field means."""

    id: str
    test: str
    title: str
    citation: tuple[str, ...]
    link: str
    needs: tuple[str, ...]
    outcome: Outcome
    text: str
    when: dict[str, Any]
    in_force: tuple[InForce, ...]
    examples: tuple[Example, ...]
    for_each: ForEach = "transaction"
    review_policy: str = "none"
    license_exceptions: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    cured_by: tuple[str, ...] = ()
    displaces: tuple[str, ...] = ()
    when_unknown: Literal["indeterminate", "nothing"] = "indeterminate"
    when_not_in_force: Literal["nothing", "red_flag"] = "nothing"
    hold: bool = False
    hold_when_unknown: bool = False
    last: bool = False

    @property
    def asks_for_stays(self) -> bool:
        """Whether it looks at stayed entries, as only a rule does that names them."""
        return "stayed" in _predicates(self.when)

    def interval(self, on: dt.date) -> InForce | None:
        """The part of the rule's life that a day falls in."""
        return next((interval for interval in self.in_force if interval.holds(on)), None)


def _folder() -> Traversable:
    return resources.files("ringfence.decisions").joinpath("rules")


@cache
def rules() -> tuple[Rule, ...]:
    """Every rule, in the order of the tests; carve-outs before what they displace. Raises RuleError."""
    found = [
        read_rule(file.name, file.read_text("utf-8"))
        for file in _folder().iterdir()
        if file.name.endswith(".toml")
    ]
    names = [rule.id for rule in found]
    for rule in found:
        for other in rule.displaces:
            if other not in names:
                raise RuleError(f"{rule.id}.toml: displaces {other!r}, which is no rule. Correct the rule.")
    order = list(TESTS)
    return tuple(
        sorted(found, key=lambda rule: (rule.last, not rule.displaces, order.index(rule.test), rule.id))
    )


@cache
def rules_digest() -> str:
    """A name of every rule and table together: a changed word gives another one."""
    digest = hashlib.sha256(tables_digest().encode())
    for file in sorted(_folder().iterdir(), key=lambda file: file.name):
        if file.name.endswith(".toml"):
            digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return "sha256:" + digest.hexdigest()


def read_rule(name: str, text: str) -> Rule:
    """The rule in a file. Raises RuleError, saying what is wrong with it."""
    try:
        rule = msgspec.convert(tomllib.loads(text), Rule)
    except (msgspec.ValidationError, tomllib.TOMLDecodeError) as error:
        raise RuleError(f"{name}: {error}. Correct the rule.") from None
    for fault in _faults(rule, name):
        raise RuleError(f"{name}: {fault}. Correct the rule.")
    return rule


def _faults(rule: Rule, name: str) -> Iterator[str]:
    if name != f"{rule.id}.toml":
        yield f"the rule {rule.id!r} must stand in {rule.id}.toml"
    if rule.test not in TESTS:
        yield f"there is no test {rule.test!r}"
    if not rule.link.startswith("https://"):
        yield "the link must be an https address"
    if {example.meets for example in rule.examples} != {True, False}:
        yield "it needs an example that meets it and one that just misses"
    for asked in _predicates(rule.when):
        if asked not in PREDICATES:
            yield f"there is no predicate {asked!r}"
    for text in (rule.text, *rule.conditions):
        for _, word, _, _ in string.Formatter().parse(text):
            if word is not None and word not in WORDS:
                yield f"the text has an unknown word {{{word}}}"
    for earlier, later in zip(rule.in_force, rule.in_force[1:], strict=False):
        if earlier.until is None or later.since is None or later.since <= earlier.until:
            yield "its intervals overlap or are out of order"


def _predicates(said: Any) -> Iterator[str]:
    if not isinstance(said, dict) or len(said) != 1:
        yield f"(a condition is a table of one key, not {said!r})"
        return
    ((name, argument),) = said.items()
    if name in ("all", "any"):
        for one in argument:
            yield from _predicates(one)
    elif name == "not":
        yield from _predicates(argument)
    else:
        yield name


def decision_rules() -> tuple[Rule, ...]:
    """Every rule, in the order of the tests."""
    return tuple(sorted(rules(), key=lambda rule: (list(TESTS).index(rule.test), rule.id)))
