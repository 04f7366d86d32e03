"""The ledger: what was decided, when, on which evidence, and whether the chain of lines is whole."""

from contextlib import closing
from itertools import islice
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Router, get
from litestar.params import FromPath, QueryParameter

from ringfence import Ledger, Line, Settings
from ringfence.decisions.ledger import Verified
from ringfence.errors import NotKnown
from ringfence.interfaces.web.access.roles import needs
from ringfence.interfaces.web.api.asking import Limit
from ringfence.records import SCHEMA
from ringfence.store import is_made


class Lines(msgspec.Struct, frozen=True, kw_only=True):
    """A page of lines in order. `next` is the `after` of the following page; None on the last one."""

    schema: str = SCHEMA
    lines: tuple[Line, ...]
    next: int | None


@get("/ledger", sync_to_thread=True, opt=needs("review"), operation_id="ledger")
def lines(
    request: Request[Any, Any, Any],
    kind: Annotated[
        Literal["screen", "decision", "review", "hold", "release", "purge"] | None, QueryParameter()
    ] = None,
    ref: Annotated[str | None, QueryParameter(max_length=300, description="About this reference.")] = None,
    after: Annotated[int, QueryParameter(ge=0, description="Begin after the line of this number.")] = 0,
    limit: Limit = 50,
) -> Lines:
    """Lines of the ledger, oldest first."""
    # Closed with the answer: a line that nobody reads must not keep a connection.
    with opened(request) as ledger, closing(ledger.lines(kind=kind, ref=ref)) as every:
        later = (line for line in every if line.number > after)
        found = tuple(islice(later, limit + 1))
    return Lines(lines=found[:limit], next=found[limit - 1].number if len(found) > limit else None)


@get("/ledger/verify", sync_to_thread=True, opt=needs("review"), operation_id="ledger_verify")
def verify(
    request: Request[Any, Any, Any],
    expect: Annotated[
        str | None,
        QueryParameter(max_length=100, description="A head noted earlier, to be found in the chain."),
    ] = None,
) -> Verified:
    """Check every line and the chain."""
    with opened(request) as ledger:
        return ledger.verify(expect=expect)


@get("/ledger/{name:str}", sync_to_thread=True, opt=needs("review"), operation_id="ledger_line")
def line(request: Request[Any, Any, Any], name: FromPath[str]) -> Line:
    """The line of a number, or the last decision about a reference."""
    with opened(request) as ledger:
        return ledger.line(name)


def opened(request: Request[Any, Any, Any]) -> Ledger:
    """The ledger of the service. Raises NotKnown where there is no store."""
    settings: Settings = request.app.state.settings
    if not is_made(settings.store):
        raise NotKnown("there is no ledger yet: there is no store. Make one with: ringfence refresh")
    return Ledger.open(settings.store)


ledger = Router("/", route_handlers=[lines, verify, line], tags=["decisions"])
