"""One party, and batches of parties, against the lists."""

import datetime as dt
from collections.abc import Iterator
from typing import Annotated, Any

import msgspec
from litestar import MediaType, Request, Response, Router, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromQuery, JSONBody, QueryParameter
from litestar.response import Stream

from ringfence import Provenance, Query, Screening
from ringfence.interfaces.web.access.roles import needs
from ringfence.interfaces.web.api.asking import (
    MAX_TEXT,
    Limit,
    Lists,
    PartyAsked,
    Threshold,
    WorldAsked,
    codes,
    day_or_less,
)
from ringfence.interfaces.web.document import forms
from ringfence.interfaces.web.service import MAX_BATCH
from ringfence.interfaces.web.worlds import asked
from ringfence.records import SCHEMA, PartyKind

NDJSON = "application/x-ndjson"


class Batch(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Up to 1,000 parties, and how to look for them."""

    queries: Annotated[tuple[PartyAsked, ...], msgspec.Meta(min_length=1, max_length=MAX_BATCH)]
    lists: Annotated[tuple[str, ...], msgspec.Meta(min_length=1, max_length=100)] | None = None
    threshold: Annotated[float, msgspec.Meta(gt=0, le=1)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 20


class Screenings(msgspec.Struct, frozen=True, kw_only=True):
    """One answer a party, in the order asked, and what all of them rest on."""

    schema: str = SCHEMA
    answers: tuple[Screening, ...]
    provenance: Provenance


@get("/search", sync_to_thread=True, opt=needs("read"), operation_id="search")
def search(
    request: Request[Any, Any, Any],
    world: WorldAsked,
    name: Annotated[
        str, QueryParameter(min_length=1, max_length=MAX_TEXT, description="The name, in any script.")
    ],
    kind: FromQuery[PartyKind] = "unknown",
    country: Annotated[
        list[str] | None, QueryParameter(description="A country of the party; may be repeated.")
    ] = None,
    city: Annotated[str | None, QueryParameter(max_length=500)] = None,
    address: Annotated[str | None, QueryParameter(max_length=MAX_TEXT)] = None,
    birth_date: Annotated[str | None, QueryParameter(max_length=100)] = None,
    lists: Lists = None,
    threshold: Threshold = None,
    limit: Limit = 20,
) -> Screening:
    """Look for one party: every listing that it may be, with the reasons, the law, and what the answer rests on."""
    engine = asked(world, request.app.state.now(), threshold=threshold, max_hits=limit)
    query = Query(
        name=name,
        kind=kind,
        countries=codes(country, "country"),
        city=city,
        address=address,
        birth_date=day_or_less(birth_date, "birth_date"),
    )
    answer = engine.search(query, lists=lists)
    request.app.state.observer.answered(answer)
    return answer


@post(
    "/screen",
    sync_to_thread=True,
    status_code=200,
    opt=needs("screen") | forms(NDJSON),
    operation_id="screen",
    responses={
        200: ResponseSpec(
            Screenings, description="One answer a party; as JSON Lines with `Accept: application/x-ndjson`."
        )
    },
)
def screen(request: Request[Any, Any, Any], world: WorldAsked, data: JSONBody[Batch]) -> Response[Any]:
    """Screen a batch of parties, all against the same state of the lists.

    With `Accept: application/x-ndjson` the answers come one a line, each as soon as it is known.
    """
    now: dt.datetime = request.app.state.now()
    engine = asked(world, now, threshold=data.threshold, max_hits=data.limit)
    queries = [one.query(f"queries[{place}].") for place, one in enumerate(data.queries)]
    answers = _counted(request, engine.screen(queries, lists=data.lists))
    if NDJSON in request.headers.get("accept", ""):
        first = next(answers)  # a list that is unknown is refused before the stream begins
        return Stream(_lines(first, answers), media_type=NDJSON)
    found = tuple(answers)
    return Response(Screenings(answers=found, provenance=found[0].provenance), media_type=MediaType.JSON)


def _counted(request: Request[Any, Any, Any], answers: Iterator[Screening]) -> Iterator[Screening]:
    for answer in answers:
        request.app.state.observer.answered(answer)
        yield answer


def _lines(first: Screening, rest: Iterator[Screening]) -> Iterator[bytes]:
    yield msgspec.json.encode(first) + b"\n"
    for answer in rest:
        yield msgspec.json.encode(answer) + b"\n"


screening = Router("/", route_handlers=[search, screen], tags=["screening"])
