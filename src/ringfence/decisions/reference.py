"""The reference page of the rules, written from the rule files: what each asks, and what follows."""

from collections.abc import Iterator
from typing import Any

from ringfence.decisions.decision import TESTS
from ringfence.decisions.facts import PREDICATES
from ringfence.decisions.rule import Rule, rules
from ringfence.records.transaction import END_USES, FACTS, KNOWLEDGE

_HEAD = """# The rules of a decision

This page is written from the rule files in `src/ringfence/decisions/rules/` (`ringfence rules --page`); a test
keeps it so. Every rule is asked of every transaction; all findings are kept, and the most severe is the outcome:
prohibited, license required, indeterminate, conditional, red flag, out of scope, no requirement found.

A rule file holds one rule. `when` is its condition in the vocabulary at the end of this page; a fact that is not
known makes the finding `indeterminate` and names it, unless the rule says that silence is not a claim
(`when_unknown = "nothing"`). `in_force` are the days of its life, both included; on days when it is stayed or
absent it follows `when_not_in_force`. `displaces` names rules that it takes the place of where it holds: carve-outs.
`cured_by` names authorizations under which the act may go ahead. Each example runs in the tests.
"""


def rule_pages() -> str:
    """The whole page, in Markdown."""
    return "\n".join(
        [*_head(), *(line for rule in sorted(rules(), key=_place) for line in _rule(rule)), *_words()]
    )


def _head() -> Iterator[str]:
    yield _HEAD
    yield "| test | what it asks |\n|---|---|"
    for test, title in TESTS.items():
        yield f"| {test} | {title} |"
    yield ""


def _place(rule: Rule) -> tuple[int, str]:
    return list(TESTS).index(rule.test), rule.id


def _rule(rule: Rule) -> Iterator[str]:
    yield f"## {rule.test} · {rule.title}\n"
    policy = f", review policy {_plain(rule.review_policy)}" if rule.review_policy != "none" else ""
    yield f"`{rule.id}` gives **{_plain(rule.outcome)}**{policy}. [{'; '.join(rule.citation)}]({rule.link})\n"
    yield f"> {rule.text}\n"
    yield f"- In force: {'; '.join(_interval(one) for one in rule.in_force)}"
    yield f"- Needs to know: {', '.join(rule.needs)}"
    yield f"- Looks at each: {_plain(rule.for_each)}"
    yield f"- When: {_said(rule.when)}"
    for label, values in (
        ("Conditions", rule.conditions),
        ("License exceptions", rule.license_exceptions),
        ("May go ahead with", tuple(map(_plain, rule.cured_by))),
        ("Takes the place of", rule.displaces),
    ):
        if values:
            yield f"- {label}: {'; '.join(values)}"
    for example in rule.examples:
        yield f"- Example, {'met' if example.meets else 'just missed'}: {example.says} ({example.on})"
    yield ""


def _interval(one: Any) -> str:
    days = f"{one.since or 'always'} to {one.until or 'open'}"
    status = f" ({_plain(one.status)})" if one.status != "in_force" else ""
    return f"{days}{status}"


def _said(condition: dict[str, Any]) -> str:
    ((name, argument),) = condition.items()
    match name:
        case "all":
            return "; ".join(_said(one) for one in argument)
        case "any":
            return f"({' or '.join(_said(one) for one in argument)})"
        case "not":
            return f"not {_said(argument)}"
    if argument is True:
        return f"`{name}`"
    return f"`{name}` {', '.join(map(str, argument)) if isinstance(argument, list) else argument}"


def _words() -> Iterator[str]:
    yield "## The vocabulary of conditions\n\n| predicate | it holds when |\n|---|---|"
    for name, function in sorted(PREDICATES.items()):
        yield f"| `{name}` | {(function.__doc__ or '').strip().rstrip('.')} |"
    for title, words in (
        ("Facts of an item (`facts`)", FACTS),
        ("End uses (`end_use`)", END_USES),
        ("Knowledge (`knowledge`)", KNOWLEDGE),
    ):
        yield f"\n## {title}\n\n| word | meaning |\n|---|---|"
        for word, meaning in words.items():
            yield f"| `{word}` | {meaning} |"
    yield ""


def _plain(word: str) -> str:
    return word.replace("_", " ")
