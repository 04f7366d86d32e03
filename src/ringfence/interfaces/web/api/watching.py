"""What the watch found: the reports of its passes, each alone or as a feed of those that changed an alert."""

import contextlib
from collections.abc import Iterator
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, Router, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import PathParameter, QueryParameter

from ringfence import Settings
from ringfence.errors import NotKnown
from ringfence.interfaces.feeds import alerts_atom
from ringfence.interfaces.language.texts import Language
from ringfence.interfaces.reports.rescreening import page
from ringfence.interfaces.web.access.roles import needs
from ringfence.interfaces.web.api.asking import MOST_NUMBER
from ringfence.interfaces.web.document import forms
from ringfence.interfaces.web.reader import in_language, texts
from ringfence.records import SCHEMA
from ringfence.store import is_made
from ringfence.store.passes import Passes
from ringfence.watch.report import Rescreening


class Reports(msgspec.Struct, frozen=True, kw_only=True):
    """The last reports, the newest first."""

    schema: str = SCHEMA
    reports: tuple[Rescreening, ...]


@get(
    "/watch/reports",
    sync_to_thread=True,
    opt=needs("review") | forms("application/atom+xml"),
    operation_id="watch_reports",
    responses={200: ResponseSpec(Reports, description="The last reports; or a feed, by `format`.")},
)
def reports(
    request: Request[Any, Any, Any],
    shape: Annotated[Literal["json", "atom"], QueryParameter(name="format")] = "json",
    limit: Annotated[int, QueryParameter(ge=1, le=50)] = 10,
) -> Response[Any]:
    """The last passes over the book, newest first; as Atom, those that changed an alert."""
    with _opened(request) as passes:
        found = tuple(msgspec.json.decode(body, type=Rescreening) for body in passes.reports(limit))
    if shape == "json":
        return Response(Reports(reports=found))
    return Response(alerts_atom(found).encode(), media_type="application/atom+xml; charset=utf-8")


@get(
    "/watch/reports/{number:int}",
    sync_to_thread=True,
    opt=needs("review") | forms("text/html"),
    operation_id="watch_report",
    responses={200: ResponseSpec(Rescreening, description="The report; or a page to print, by `format`.")},
)
def report(
    request: Request[Any, Any, Any],
    number: Annotated[int, PathParameter(ge=1, le=MOST_NUMBER, description="The number of the pass.")],
    shape: Annotated[Literal["json", "html"], QueryParameter(name="format")] = "json",
    lang: Annotated[
        Language | None,
        QueryParameter(description="The language of the page; else as the browser asks. JSON has none."),
    ] = None,
) -> Response[Any]:
    """The re-screening report of one pass."""
    with _opened(request) as passes:
        body = passes.report(number)
    if body is None:
        raise NotKnown(f"there is no report {number}. See the last ones at /api/v1/watch/reports")
    found = msgspec.json.decode(body, type=Rescreening)
    if shape == "json":
        return Response(found)
    # The page carries its style with it, to be kept or printed; it has no script, and loads nothing.
    language = lang or texts(request).language
    headers = {
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
        **in_language(language),
    }
    return Response(page(found, language).encode(), media_type="text/html; charset=utf-8", headers=headers)


@contextlib.contextmanager
def _opened(request: Request[Any, Any, Any]) -> Iterator[Passes]:
    settings: Settings = request.app.state.settings
    if not is_made(settings.store):
        raise NotKnown("there is no report yet: there is no store. Make one with: ringfence refresh")
    with Passes.open(settings.store) as passes:
        yield passes


watching = Router("/", route_handlers=[reports, report], tags=["watch"])
