"""The same answer again: what a decision is recorded with, and how it is asked once more.

A line of the ledger holds the transaction, settings, private list, both clocks and the answer, byte by byte.
Asked again on the same store, the answer has the same bytes, whatever lists were loaded since: they are not
known at the instant of the line.
"""

import datetime as dt
import hashlib
from collections.abc import Iterable
from typing import Any

import msgspec

from ringfence.decisions.decision import Decision
from ringfence.decisions.ledger import Kind, Ledger, Line
from ringfence.decisions.rule import rules_digest
from ringfence.engine import Engine
from ringfence.errors import InputError
from ringfence.graph.regimes import RuleStatus
from ringfence.records import Listing, Screening
from ringfence.records.codec import to_json
from ringfence.records.transaction import read_transaction
from ringfence.settings import Settings
from ringfence.store import is_made
from ringfence.version import __version__

_ANSWERING = ("review_at", "hit_at", "max_hits")
"""The settings that can change an answer."""


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """A line asked again: the bytes now, whether they are those of the line, and what has changed since."""

    answer: bytes
    same: bool
    remarks: tuple[str, ...]


def recorded(
    asked: Any,
    answer: bytes,
    decision: Decision,
    engine: Engine,
    *,
    affiliates_rule: RuleStatus | None = None,
) -> dict[str, Any]:
    """What the ledger keeps of a decision: everything that the answer rests on, and the answer to the byte."""
    return {
        "regimes": _regimes(decision),
        "engine": __version__,
        "rules": rules_digest(),
        "settings": {name: getattr(engine.settings, name) for name in _ANSWERING},
        "at": engine.now.isoformat(),
        "known_at": engine.known_at.isoformat(),
        "affiliates_rule": affiliates_rule,
        "extra_list": msgspec.to_builtins(engine.extra),
        "input": asked,
        "outcome": decision.outcome,
        "answer": answer.decode(),
    }


def replay(line: Line, settings: Settings) -> Replayed:
    """Ask a line again, on the store of `settings`. Raises InputError for a line that is no decision."""
    if line.kind != "decision":
        raise InputError(f"line {line.number} of the ledger is a {line.kind}; only decisions are replayed")
    said = line.said()
    recorded = msgspec.structs.replace(settings, **said["settings"])
    with Engine.open(
        recorded,
        now=dt.datetime.fromisoformat(said["at"]),
        known_at=dt.datetime.fromisoformat(said["known_at"]),
        extra=msgspec.convert(said["extra_list"], tuple[Listing, ...]),
    ) as engine:
        (decision,) = engine.decide(
            [read_transaction(said["input"])], affiliates_rule=said["affiliates_rule"]
        )
    answer = to_json(decision)
    remarks = [
        f"the {what} {was!r} of the line is now {now!r}"
        for what, was, now in (
            ("engine", said["engine"], __version__),
            ("rules", said["rules"], rules_digest()),
        )
        if was != now
    ]
    return Replayed(answer=answer, same=answer.decode() == said["answer"], remarks=tuple(remarks))


def in_ledger(
    store: str, kind: Kind, entries: Iterable[tuple[str, Any]], *, at: dt.datetime
) -> list[Line] | None:
    """Lines for these references and bodies, in the ledger of `store`; None where there is no store to keep evidence in."""
    if not is_made(store):
        return None
    with Ledger.open(store) as ledger:
        return ledger.append(kind, entries, at=at)


EVIDENCE_RUN = 1_000
"""Answers of which one digest is taken; those of a whole screening are the digest of these digests, in order."""


class ScreeningEvidence(msgspec.Struct, forbid_unknown_fields=True):
    """What the ledger keeps of a screening: what was asked and answered by digest, and what it rested on.

    Digests are taken of runs of `EVIDENCE_RUN` answers (`asked`, `answered`; `waiting` is a run not yet full), so that
    processes which answered some runs each come to the same evidence as one that answered all.
    """

    asked: list[bytes] = []
    answered: list[bytes] = []
    waiting: list[Screening] = []
    outcomes: dict[str, int] = {}
    provenance: dict[str, Any] = {}

    def add(self, answer: Screening) -> None:
        """One answer, in the order of the screening."""
        self.waiting.append(answer)
        self.outcomes[answer.outcome] = self.outcomes.get(answer.outcome, 0) + 1
        self.provenance = self.provenance or msgspec.json.decode(to_json(answer.provenance))
        if len(self.waiting) == EVIDENCE_RUN:
            self.asked, self.answered = self._digests()
            self.waiting = []

    def join(self, following: "ScreeningEvidence") -> None:
        """Take in the evidence of the answers that follow. Raises ValueError within a run."""
        if self.waiting:
            raise ValueError(f"only whole runs of {EVIDENCE_RUN:,} answers can be followed by others")
        self.asked = [*self.asked, *following.asked]
        self.answered = [*self.answered, *following.answered]
        self.waiting = [*following.waiting]
        for outcome, count in following.outcomes.items():
            self.outcomes[outcome] = self.outcomes.get(outcome, 0) + count
        self.provenance = self.provenance or following.provenance

    def said(self) -> dict[str, Any]:
        """The body of the line."""
        asked, answered = self._digests()
        return {
            "regimes": ["EAR", "OFAC"],
            "parties": sum(self.outcomes.values()),
            "outcomes": dict(self.outcomes),
            "run": EVIDENCE_RUN,
            "asked": hashlib.sha256(b"".join(asked)).hexdigest(),
            "answered": hashlib.sha256(b"".join(answered)).hexdigest(),
            "provenance": self.provenance,
        }

    def _digests(self) -> tuple[list[bytes], list[bytes]]:
        """The digests of all runs, that of the waiting one included."""
        if not self.waiting:
            return self.asked, self.answered
        asked, answered = hashlib.sha256(), hashlib.sha256()
        for answer in self.waiting:
            asked.update(to_json(answer.query))
            answered.update(to_json((answer.query, answer.outcome, answer.hits, answer.remarks)))
        return [*self.asked, asked.digest()], [*self.answered, answered.digest()]


def _regimes(decision: Decision) -> list[str]:
    """Under whose rules the record must be kept."""
    of_ofac = any((finding.listing or "").startswith("us_ofac") for finding in decision.findings)
    return ["EAR", "OFAC"] if of_ofac else ["EAR"]
