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
    from ringfence.engine import Engine, Entry, ListStatus
    from ringfence.errors import RingfenceError
    from ringfence.graph.exposure import Exposure
    from ringfence.graph.regimes import RuleStatus
    from ringfence.graph.scenario import Book, Change, Simulation
    from ringfence.records import Hit, Identifier, Listing, Provenance, Query, Reason, Screening
    from ringfence.settings import Settings, read_settings
    from ringfence.sources.extra_list import read_extra_list
    from ringfence.sources.links import LinkSet, read_bill, read_links, read_orders, reference_links
    from ringfence.sources.private_list import read_private_list
    from ringfence.store import Event, JoinedParty, Reconciliation, Ruling, Store, open_store
    from ringfence.version import __version__

_HOMES = {
    "Book": "graph.scenario",
    "Change": "graph.scenario",
    "Engine": "engine",
    "Entry": "engine",
    "Event": "store",
    "Exposure": "graph.exposure",
    "Hit": "records",
    "Identifier": "records",
    "LinkSet": "sources.links",
    "JoinedParty": "store",
    "ListStatus": "engine",
    "Listing": "records",
    "Provenance": "records",
    "Query": "records",
    "Reason": "records",
    "Reconciliation": "store",
    "RingfenceError": "errors",
    "Ruling": "store",
    "RuleStatus": "graph.regimes",
    "Screening": "records",
    "Settings": "settings",
    "Simulation": "graph.scenario",
    "Store": "store",
    "__version__": "version",
    "open_store": "store",
    "read_bill": "sources.links",
    "read_extra_list": "sources.extra_list",
    "read_links": "sources.links",
    "read_orders": "sources.links",
    "read_private_list": "sources.private_list",
    "read_settings": "settings",
    "reference_links": "sources.links",
}

__all__ = [
    "Book",
    "Change",
    "Engine",
    "Entry",
    "Event",
    "Exposure",
    "Hit",
    "Identifier",
    "JoinedParty",
    "LinkSet",
    "ListStatus",
    "Listing",
    "Provenance",
    "Query",
    "Reason",
    "Reconciliation",
    "RingfenceError",
    "RuleStatus",
    "Ruling",
    "Screening",
    "Settings",
    "Simulation",
    "Store",
    "__version__",
    "open_store",
    "read_bill",
    "read_extra_list",
    "read_links",
    "read_orders",
    "read_private_list",
    "read_settings",
    "reference_links",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'ringfence' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"ringfence.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
