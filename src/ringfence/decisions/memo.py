"""The memo of a decision: what was asked, what was found, what follows, and what was not checked.

One page where the answer is simple; made to be printed, and to be read without anything else at hand. It
says what the decision says and nothing more.
"""

from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import Any

import msgspec

from ringfence.decisions.decision import OUTCOMES, Decision
from ringfence.records.transaction import FACTS, Transaction

WORDS = {
    "prohibited": "Prohibited",
    "license_required": "License required",
    "indeterminate": "Not determined",
    "conditional": "May go ahead on conditions",
    "red_flag": "Red flag: inquire first",
    "out_of_scope": "Another regime decides",
    "no_requirement_found": "No requirement found",
    "nothing": "nothing found",
}
"""Outcomes for people."""


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """Who answers for the memo; what is not given is a line to be filled in by hand."""

    prepared_by: str | None = None
    approved_by: str | None = None
    review_on: str | None = None


def memo(answers: Iterable[tuple[Transaction, Decision]], signed: Signed | None = None) -> str:
    """One HTML document with a memo for each decision, each on pages of its own."""
    pages = [_page(transaction, decision) for transaction, decision in answers]
    return str(_template().render(pages=pages, signed=signed or Signed(), words=WORDS))


def _page(transaction: Transaction, decision: Decision) -> dict[str, Any]:
    notable = [finding for finding in decision.findings if finding.outcome != "no_requirement_found"]
    notes = [finding for finding in decision.findings if finding.outcome == "no_requirement_found"]
    entries: dict[str, dict[str, Any]] = {}
    for finding in decision.findings:
        if finding.listing and finding.listing_text and finding.listing not in entries:
            entries[finding.listing] = {
                **finding.listing_text,
                "id": finding.listing,
                "version": finding.listing_version,
                "match": finding.match,
                "party": finding.owner
                or ("An owner" if finding.rule == "owner_resemblance" else finding.party),
            }
    return {
        "transaction": transaction,
        "decision": decision,
        "notable": sorted(notable, key=lambda finding: OUTCOMES.index(finding.outcome)),
        "notes": notes,
        "flags": [finding for finding in decision.findings if finding.test == "T13"],
        "ownership": [finding for finding in decision.findings if finding.ownership],
        "entries": list(entries.values()),
        "facts": FACTS,
        "shown": _shown,
    }


def _shown(value: Any) -> str:
    """A stated value for people; None is unknown, an empty list known to be none."""
    if value is None:
        return "not stated"
    if value is True or value is False:
        return "yes" if value else "no"
    if isinstance(value, tuple | list):
        return ", ".join(str(one).replace("_", " ") for one in value) or "none"
    return str(value).replace("_", " ")


@cache
def _template() -> Any:
    # Only memos need the template engine; a search must not wait for it.
    import jinja2  # noqa: PLC0415

    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    source = resources.files("ringfence.decisions").joinpath("templates/memo.html").read_text("utf-8")
    return environment.from_string(source)
