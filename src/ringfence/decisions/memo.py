"""The memo of a decision: what was asked, what was found, what follows, and what was not checked.

One page where the answer is simple; made to be printed, and to be read without anything else at hand. It
says what the decision says and nothing more.
"""

import tomllib
from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import Any

import msgspec

from ringfence.decisions.decision import OUTCOMES, Decision
from ringfence.records.transaction import FACTS, Transaction


class Wording:
    """What a memo says around its facts, in English; a door with another language says it otherwise.

    What is given to `said` are sentences of the engine, to `original` law as it was printed, to `word` stated values.
    """

    tag = "en"

    def text(self, key: str, /, **values: Any) -> str:
        """A text of `templates/memo.toml` with its values."""
        found: str = memo_texts()[key]
        return found.format_map(values)

    def outcome(self, outcome: str) -> str:
        """An outcome for people."""
        return str(memo_texts()["outcome"].get(outcome, outcome))

    def word(self, value: Any) -> str:
        """A stated value for people; None is unknown, an empty list known to be none."""
        if value is None:
            return self.text("not_stated")
        if value is True or value is False:
            return self.text("yes" if value else "no")
        if isinstance(value, tuple | list):
            return ", ".join(map(self.word, value)) or self.text("none")
        return str(value).replace("_", " ")

    def role(self, role: str) -> str:
        """The part that a party takes, where a line begins with it."""
        return self.word(role).capitalize()

    def fact(self, fact: str) -> str:
        """What a fact about an item means."""
        return FACTS[fact]

    def country(self, code: str | None) -> str:
        """A country by its code of two letters."""
        return self.word(code)

    def of_list(self, name: str) -> str:
        """A list by its short name."""
        return name

    def day(self, day: Any) -> str:
        """A day, or what is printed in its place."""
        return self.word(day)

    def said(self, text: str) -> str:
        """A sentence of the engine."""
        return text

    def several(self, texts: Iterable[str]) -> str:
        """Several of its sentences or words."""
        return ", ".join(map(self.said, texts))

    def original(self, text: str) -> str:
        """Law as it was printed."""
        return text


@cache
def memo_texts() -> dict[str, Any]:
    """Every text of a memo by its key, those of outcomes under `outcome`."""
    source = resources.files("ringfence.decisions").joinpath("templates/memo.toml")
    return tomllib.loads(source.read_text("utf-8"))


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """Who answers for the memo; what is not given is a line to be filled in by hand."""

    prepared_by: str | None = None
    approved_by: str | None = None
    review_on: str | None = None


def memo(
    answers: Iterable[tuple[Transaction, Decision]],
    signed: Signed | None = None,
    wording: Wording | None = None,
) -> str:
    """One HTML document with a memo for each decision, each on pages of its own; in English without another wording."""
    pages = [_page(transaction, decision) for transaction, decision in answers]
    return str(_template().render(pages=pages, signed=signed or Signed(), w=wording or Wording()))


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
                "party": finding.owner or (None if finding.rule == "owner_resemblance" else finding.party),
            }
    return {
        "transaction": transaction,
        "decision": decision,
        "notable": sorted(notable, key=lambda finding: OUTCOMES.index(finding.outcome)),
        "notes": notes,
        "flags": [finding for finding in decision.findings if finding.test == "T13"],
        "ownership": [finding for finding in decision.findings if finding.ownership],
        "entries": list(entries.values()),
    }


@cache
def _template() -> Any:
    # Only memos need the template engine; a search must not wait for it.
    import jinja2  # noqa: PLC0415

    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    source = resources.files("ringfence.decisions").joinpath("templates/memo.html").read_text("utf-8")
    return environment.from_string(source)
