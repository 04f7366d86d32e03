"""May a transaction go ahead? Each is answered by the law and the lists of its own day."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Router, post
from litestar.params import JSONBody

from ringfence import RuleStatus
from ringfence.decisions.decision import Decision
from ringfence.errors import QueryError
from ringfence.interfaces.web.access.roles import needs
from ringfence.interfaces.web.api.asking import WorldAsked
from ringfence.interfaces.web.api.network import Rows, private_of
from ringfence.interfaces.web.worlds import asked
from ringfence.records import SCHEMA
from ringfence.records.transaction import Transaction, read_transaction


class Deciding(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Up to 100 transactions of contract `ringfence/1`, section 2. `extra_list` holds rows of a private list."""

    transactions: Annotated[tuple[dict[str, Any], ...], msgspec.Meta(min_length=1, max_length=100)]
    affiliates_rule: RuleStatus | None = None
    extra_list: Rows = ()


class DecisionAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The decision on one transaction; or why it could not be read, with the `path` of the field at fault."""

    id: str | None
    decision: Decision | None = None
    error: str | None = None
    path: str | None = None


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """One answer a transaction, in the order asked. A refused one does not keep the others from being answered."""

    schema: str = SCHEMA
    answers: tuple[DecisionAnswer, ...]


@post("/decide", sync_to_thread=True, status_code=200, opt=needs("decide"), operation_id="decide")
def decide(request: Request[Any, Any, Any], world: WorldAsked, data: JSONBody[Deciding]) -> Decided:
    """Decide transactions: the most severe finding, every finding with its rule and citation, and what is missing."""
    engine = asked(world, request.app.state.now())
    engine.extra = private_of(data.extra_list)
    read = [_read(one) for one in data.transactions]
    decisions = engine.decide(
        (one for one in read if isinstance(one, Transaction)), affiliates_rule=data.affiliates_rule
    )
    return Decided(
        answers=tuple(
            one if isinstance(one, DecisionAnswer) else DecisionAnswer(id=one.id, decision=next(decisions))
            for one in read
        )
    )


def _read(value: dict[str, Any]) -> Transaction | DecisionAnswer:
    try:
        return read_transaction(value)
    except QueryError as error:
        named = value.get("id")
        return DecisionAnswer(id=named if isinstance(named, str) else None, error=str(error), path=error.path)


deciding = Router("/", route_handlers=[decide], tags=["decisions"])
