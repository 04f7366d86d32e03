"""Writes that may be sent again: under the same `Idempotency-Key` the first answer is given, and nothing done twice."""

import datetime as dt
import hashlib
from collections.abc import Callable
from typing import Annotated, Any

import msgspec
from litestar import MediaType, Request, Response
from litestar.params import HeaderParameter

from ringfence.errors import Conflict, QueryError
from ringfence.interfaces.web.access.registry import KeptAnswer, Registry
from ringfence.interfaces.web.access.roles import caller_of

HEADER = "Idempotency-Key"

IdempotencyKey = Annotated[
    str | None,
    HeaderParameter(
        name=HEADER,
        min_length=8,
        max_length=200,
        description="A name that the caller makes up for this write; sent again within 24 hours it does nothing twice.",
    ),
]


def once(
    request: Request[Any, Any, Any], key: str | None, act: Callable[[], Any], status: int
) -> Response[Any]:
    """The answer of `act`, or the one it gave before under the same key.

    Raises QueryError when the key was used for another request, and Conflict while the first is under way, in whatever
    process that is.
    """
    if key is None:
        return Response(act(), status_code=status, media_type=MediaType.JSON)
    registry: Registry = request.app.state.registry
    caller = caller_of(request)
    now: dt.datetime = request.app.state.now()
    material = f"{request.method} {request.scope['path']}\n".encode() + request.state.body
    asked = hashlib.sha256(material).digest()
    kept = registry.begin_answer(caller.name, key, asked, now=now)
    replayed = kept is not None
    if kept is None:
        try:
            body = msgspec.json.encode(act())
        except BaseException:
            registry.drop_answer(caller.name, key)
            raise
        kept = KeptAnswer(asked, status, MediaType.JSON.value, body)
        registry.keep_answer(caller.name, key, kept, now=now)
    if kept.request != asked:
        raise QueryError("this key was used for another request; make up a new one.", HEADER)
    if not kept.status:
        raise Conflict("the first request with this key is still under way; ask again in a moment.")
    headers = {"Idempotency-Replayed": "true"} if replayed else {}
    return Response(kept.body, status_code=kept.status, media_type=kept.media_type, headers=headers)
