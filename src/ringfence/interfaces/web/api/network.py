"""Who stands behind a party, and what a listing would do: the ties come with the question, and are not kept."""

import datetime as dt
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from litestar import Request, Router, post
from litestar.params import JSONBody

from ringfence import (
    Book,
    Change,
    Exposure,
    LinkSet,
    Listing,
    Provenance,
    RuleStatus,
    Simulation,
    read_bill,
    read_links,
    read_orders,
    read_private_list,
)
from ringfence.interfaces.web.access.roles import needs
from ringfence.interfaces.web.api.asking import PartyAsked, WorldAsked
from ringfence.interfaces.web.worlds import asked
from ringfence.records import SCHEMA

Read = TypeVar("Read")
Rows = Annotated[tuple[dict[str, Any], ...], msgspec.Meta(max_length=50_000)]
Parties = Annotated[tuple[PartyAsked, ...], msgspec.Meta(max_length=1_000)]
Regime = Literal["bis", "ofac", "eu", "uk"]


class Ties(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is known of ownership, supply and holdings, in the fields of a table of links (contract `ringfence/1`, 3).

    FollowTheMoney entities, BODS statements and GLEIF answers are read too. `list_ties` adds what entries state
    themselves; `extra_list` holds rows of a private list for this call.
    """

    links: Rows = ()
    list_ties: bool = False
    extra_list: Rows = ()
    affiliates_rule: RuleStatus | None = None


class ExposureAsked(Ties, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The parties asked about; every party of the links when there are none."""

    parties: Parties = ()
    regime: Regime = "bis"


class Exposures(msgspec.Struct, frozen=True, kw_only=True):
    """One answer a party. `doubts` are about the links taken together."""

    schema: str = SCHEMA
    answers: tuple[Exposure, ...]
    doubts: tuple[str, ...]
    provenance: Provenance


class Supposed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One change that is supposed: a party listed, or taken off."""

    kind: Literal["list", "remove"] = "list"
    party: Annotated[str, msgspec.Meta(min_length=1, max_length=10_000)]
    as_list: Literal["entity-list", "sdn", "meu"] = "entity-list"
    footnotes: tuple[Annotated[int, msgspec.Meta(ge=1, le=9)], ...] = ()
    programs: tuple[str, ...] = ()


class SimulationAsked(Ties, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is supposed, on which day, and the book that it would touch."""

    changes: Annotated[tuple[Supposed, ...], msgspec.Meta(min_length=1, max_length=100)]
    on: dt.date | None = None
    regime: Regime | None = None
    parties: Parties = ()
    orders: Rows = ()
    products: Rows = ()


class SimulationAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What the changes would do together."""

    schema: str = SCHEMA
    simulation: Simulation
    provenance: Provenance


@post("/exposure", sync_to_thread=True, status_code=200, opt=needs("screen"), operation_id="exposure")
def exposure(request: Request[Any, Any, Any], world: WorldAsked, data: JSONBody[ExposureAsked]) -> Exposures:
    """Who stands behind each party, under which rule of ownership, and every path from it to something listed."""
    engine = asked(world, request.app.state.now())
    links = _links(engine.listed_ties, data)
    doubts = list(links.remarks)
    answers = engine.exposure(
        links,
        [one.query(f"parties[{number}].") for number, one in enumerate(data.parties)],
        regime=data.regime,
        rule_status=data.affiliates_rule,
        private=private_of(data.extra_list),
        tell=doubts.append,
    )
    return Exposures(
        answers=tuple(answers), doubts=tuple(dict.fromkeys(doubts)), provenance=engine.provenance()
    )


@post("/simulate", sync_to_thread=True, status_code=200, opt=needs("screen"), operation_id="simulate")
def simulate(
    request: Request[Any, Any, Any], world: WorldAsked, data: JSONBody[SimulationAsked]
) -> SimulationAnswer:
    """What listing or delisting some parties together would do. Nothing is stored."""
    engine = asked(world, request.app.state.now())
    book = Book(
        parties=tuple(one.query(f"parties[{number}].") for number, one in enumerate(data.parties)),
        bill=tuple(from_rows(data.products, "products.jsonl", read_bill) or ()),
        orders=tuple(from_rows(data.orders, "orders.jsonl", read_orders) or ()),
    )
    answer = engine.simulate(
        _links(engine.listed_ties, data),
        [
            Change(
                kind=one.kind,
                party=one.party,
                as_list=one.as_list,
                footnotes=one.footnotes,
                programs=one.programs,
            )
            for one in data.changes
        ],
        book=book,
        on=data.on,
        regime=data.regime,
        rule_status=data.affiliates_rule,
        private=private_of(data.extra_list),
    )
    return SimulationAnswer(simulation=answer, provenance=engine.provenance())


def _links(listed_ties: Callable[[], LinkSet], data: Ties) -> LinkSet:
    links = LinkSet()
    if read := from_rows(data.links, "links.jsonl", read_links):
        links.add(read)
    if data.list_ties:
        links.add(listed_ties())
    return links


def private_of(rows: Rows) -> tuple[Listing, ...]:
    """The listings of a private list. Raises InputError with the row and the column at fault."""
    return from_rows(rows, "extra_list.jsonl", read_private_list) or ()


def from_rows(rows: Rows, name: str, read: Callable[[Path], Read]) -> Read | None:
    """Rows of a request through the reader of files, which names the row and the field of a fault in the file `name`."""
    if not rows:
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(b"".join(msgspec.json.encode(row) + b"\n" for row in rows))
        return read(path)


network = Router("/", route_handlers=[exposure, simulate], tags=["network"])
