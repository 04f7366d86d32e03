"""May a transaction go ahead? Each is answered by the law and the lists of its own day, and kept in the ledger."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, Router, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody

from ringfence import Decision, Engine, RuleStatus, Transaction, in_ledger, read_transaction, recorded
from ringfence.errors import QueryError
from ringfence.interfaces.web.access.roles import needs
from ringfence.interfaces.web.api.asking import WorldAsked
from ringfence.interfaces.web.api.network import Rows, private_of
from ringfence.interfaces.web.api.writing import IdempotencyKey, once
from ringfence.interfaces.web.worlds import asked
from ringfence.records import SCHEMA


class Deciding(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Up to 100 transactions of contract `ringfence/1`, section 2. `extra_list` holds rows of a private list.

    Without `record` nothing is kept in the ledger: for trials.
    """

    transactions: Annotated[tuple[dict[str, Any], ...], msgspec.Meta(min_length=1, max_length=100)]
    affiliates_rule: RuleStatus | None = None
    extra_list: Rows = ()
    record: bool = True


class DecisionAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The decision on one transaction, and its line in the ledger (None when it was not kept, or there is no store);
    or why the transaction could not be read, with the `path` of the field at fault.
    """

    id: str | None
    decision: Decision | None = None
    line: int | None = None
    error: str | None = None
    path: str | None = None


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """One answer a transaction, in the order asked. A refused one does not keep the others from being answered."""

    schema: str = SCHEMA
    answers: tuple[DecisionAnswer, ...]


@post(
    "/decide",
    sync_to_thread=True,
    status_code=200,
    opt=needs("decide"),
    operation_id="decide",
    responses={200: ResponseSpec(Decided, description="One answer a transaction.")},
)
def decide(
    request: Request[Any, Any, Any],
    world: WorldAsked,
    data: JSONBody[Deciding],
    idempotency_key: IdempotencyKey = None,
) -> Response[Any]:
    """Decide transactions: the most severe finding, every finding with its rule and citation, and what is missing."""

    def act() -> Decided:
        engine = asked(world, request.app.state.now())
        engine.extra = private_of(data.extra_list)
        answers = _answers(engine, data)
        return Decided(answers=tuple(_kept(engine, data, answers) if data.record else answers))

    return once(request, idempotency_key, act, 200)


def _answers(engine: Engine, data: Deciding) -> list[DecisionAnswer]:
    read = [_read(one) for one in data.transactions]
    decisions = engine.decide(
        (one for one in read if isinstance(one, Transaction)), affiliates_rule=data.affiliates_rule
    )
    return [
        one if isinstance(one, DecisionAnswer) else DecisionAnswer(id=one.id, decision=next(decisions))
        for one in read
    ]


def _read(value: dict[str, Any]) -> Transaction | DecisionAnswer:
    try:
        return read_transaction(value)
    except QueryError as error:
        named = value.get("id")
        return DecisionAnswer(id=named if isinstance(named, str) else None, error=str(error), path=error.path)


def _kept(engine: Engine, data: Deciding, answers: list[DecisionAnswer]) -> list[DecisionAnswer]:
    """The answers with their lines in the ledger. Without a store there is nothing to keep evidence in."""
    entries = [
        (
            one.decision.id,
            recorded(
                raw,
                msgspec.json.encode(one.decision),
                one.decision,
                engine,
                affiliates_rule=data.affiliates_rule,
            ),
        )
        for raw, one in zip(data.transactions, answers, strict=True)
        if one.decision
    ]
    lines = in_ledger(engine.settings.store, "decision", entries, at=engine.now)
    if lines is None:
        return answers
    numbers = iter([line.number for line in lines])
    return [msgspec.structs.replace(one, line=next(numbers)) if one.decision else one for one in answers]


deciding = Router("/", route_handlers=[decide], tags=["decisions"])
