"""Does a trade restriction touch this party, today or on any past day; through which path; under which rule?

    from ringfence import Engine, Query, read_settings
    with Engine.open(read_settings(), now=now) as engine:
        print(engine.search(Query(name="Hikvision")).outcome)

The public names are those in `__all__`; each is loaded when it is first used, so importing ringfence
costs little. `ringfence.refresh` is the door in, these are the door out.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ringfence.decisions.decision import Decision
    from ringfence.decisions.interview import first_questions, opening, placed, questions
    from ringfence.decisions.ledger import Ledger, Line
    from ringfence.decisions.memo import Signed, memo
    from ringfence.decisions.reference import rule_pages
    from ringfence.decisions.rule import decision_rules
    from ringfence.decisions.tables import retention_years
    from ringfence.engine import Engine, Entry, ListStatus
    from ringfence.errors import RingfenceError
    from ringfence.evidence import Replayed, ScreeningEvidence, recorded, replay
    from ringfence.graph.exposure import Exposure, tallied
    from ringfence.graph.money import AtRisk, Tally
    from ringfence.graph.regimes import RuleStatus
    from ringfence.graph.scenario import Book, Change, Simulation
    from ringfence.records import Hit, Identifier, Listing, Provenance, Query, Reason, Screening
    from ringfence.records.transaction import Transaction, read_transaction
    from ringfence.settings import Settings, read_settings
    from ringfence.sources.links import LinkSet, read_bill, read_links, read_orders, reference_links
    from ringfence.sources.private_list import read_private_list
    from ringfence.store import (
        BookParty,
        Event,
        JoinedParty,
        PartyBook,
        Reconciliation,
        Ruling,
        Store,
        open_store,
    )
    from ringfence.version import __version__

_HOMES = {
    "AtRisk": "graph.money",
    "Book": "graph.scenario",
    "BookParty": "store",
    "Change": "graph.scenario",
    "Decision": "decisions.decision",
    "Engine": "engine",
    "Entry": "engine",
    "Event": "store",
    "Exposure": "graph.exposure",
    "Hit": "records",
    "Identifier": "records",
    "JoinedParty": "store",
    "Ledger": "decisions.ledger",
    "Line": "decisions.ledger",
    "LinkSet": "sources.links",
    "ListStatus": "engine",
    "Listing": "records",
    "PartyBook": "store",
    "Provenance": "records",
    "Query": "records",
    "Reason": "records",
    "Reconciliation": "store",
    "Replayed": "evidence",
    "RingfenceError": "errors",
    "RuleStatus": "graph.regimes",
    "Ruling": "store",
    "Screening": "records",
    "ScreeningEvidence": "evidence",
    "Settings": "settings",
    "Signed": "decisions.memo",
    "Simulation": "graph.scenario",
    "Store": "store",
    "Tally": "graph.money",
    "Transaction": "records.transaction",
    "__version__": "version",
    "decision_rules": "decisions.rule",
    "first_questions": "decisions.interview",
    "in_ledger": "evidence",
    "memo": "decisions.memo",
    "open_store": "store",
    "opening": "decisions.interview",
    "placed": "decisions.interview",
    "questions": "decisions.interview",
    "read_bill": "sources.links",
    "read_links": "sources.links",
    "read_orders": "sources.links",
    "read_private_list": "sources.private_list",
    "read_settings": "settings",
    "read_transaction": "records.transaction",
    "recorded": "evidence",
    "reference_links": "sources.links",
    "replay": "evidence",
    "retention_years": "decisions.tables",
    "rule_pages": "decisions.reference",
    "tallied": "graph.exposure",
}

__all__ = [
    "AtRisk",
    "Book",
    "BookParty",
    "Change",
    "Decision",
    "Engine",
    "Entry",
    "Event",
    "Exposure",
    "Hit",
    "Identifier",
    "JoinedParty",
    "Ledger",
    "Line",
    "LinkSet",
    "ListStatus",
    "Listing",
    "PartyBook",
    "Provenance",
    "Query",
    "Reason",
    "Reconciliation",
    "Replayed",
    "RingfenceError",
    "RuleStatus",
    "Ruling",
    "Screening",
    "ScreeningEvidence",
    "Settings",
    "Signed",
    "Simulation",
    "Store",
    "Tally",
    "Transaction",
    "__version__",
    "decision_rules",
    "first_questions",
    "in_ledger",
    "memo",
    "open_store",
    "opening",
    "placed",
    "questions",
    "read_bill",
    "read_links",
    "read_orders",
    "read_private_list",
    "read_settings",
    "read_transaction",
    "recorded",
    "reference_links",
    "replay",
    "retention_years",
    "rule_pages",
    "tallied",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'ringfence' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"ringfence.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
