"""Refusals as problem+json (RFC 9457): what happened, where, and what to do now; never a trace.

Our own errors carry their status in their class (`ringfence.errors`), the one table there is. The
`path` names the parameter or field at fault.
"""

import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap

from ringfence.errors import RingfenceError

MEDIA_TYPE = "application/problem+json"
_AT = re.compile(r"^(?P<what>.*?)(?: - at `(?P<path>[^`]*)`)?$", re.DOTALL)
_FIELD = re.compile(r"(?:unknown|required) (?:field|query parameter) [`'](?P<field>[^`']*)[`']")


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why there is no answer. `detail` is for people; `path` names the parameter or field at fault."""

    type: str
    title: str
    status: int
    detail: str
    path: str | None = None


class Unchanged(Exception):
    """The caller holds this answer already: 304, under the same `etag`."""

    def __init__(self, etag: str) -> None:
        super().__init__(etag)
        self.etag = etag


AsPage = Callable[[Request[Any, Any, Any], Problem], Response[Any] | None]
"""Writes a refusal as a page for a reader who wants one; None for everybody else."""


def handlers(as_page: AsPage) -> ExceptionHandlersMap:
    """What becomes of each kind of exception: one problem, told as a page to browsers and as JSON to programs."""
    told: dict[type[Exception], Callable[..., Response[Any]]] = {
        RingfenceError: _ringfence,
        msgspec.ValidationError: _malformed,
        HTTPException: _http,
        UnicodeDecodeError: _not_text,
        RecursionError: _too_deep,
        Unchanged: _unchanged,
        Exception: _unforeseen,
    }
    return {kind: _for_reader(handler, as_page) for kind, handler in told.items()}


def _for_reader(handler: Callable[..., Response[Any]], as_page: AsPage) -> Callable[..., Response[Any]]:
    def answer(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
        told = handler(request, error)
        shown = as_page(request, told.content) if isinstance(told.content, Problem) else None
        if shown is None:
            return told
        for name, value in told.headers.items():
            shown.headers.setdefault(name, value)
        return shown

    return answer


def _response(problem: Problem, headers: Mapping[str, str] | None = None) -> Response[Problem]:
    return Response(problem, status_code=problem.status, media_type=MEDIA_TYPE, headers=dict(headers or {}))


def _ringfence(request: Request[Any, Any, Any], error: RingfenceError) -> Response[Problem]:
    headers = {}
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:  # whoever runs the service looks for it in the log
        request.state.fault = f"{type(error).__name__}: {error}"
    if error.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="ringfence"'
    if (wait := getattr(error, "retry_after", None)) is not None:
        headers["Retry-After"] = str(wait)
    name = type(error).__name__
    return _response(
        Problem(
            type=f"urn:ringfence:problem:{name}",
            title=(type(error).__doc__ or name).splitlines()[0],
            status=error.status,
            detail=str(error),
            path=getattr(error, "path", None),
        ),
        headers,
    )


def _malformed(_request: Request[Any, Any, Any], error: msgspec.ValidationError) -> Response[Problem]:
    return _response(_bad(str(error)))


def _not_text(_request: Request[Any, Any, Any], _error: UnicodeDecodeError) -> Response[Problem]:
    return _response(_bad("the body is not UTF-8."))


def _too_deep(_request: Request[Any, Any, Any], _error: RecursionError) -> Response[Problem]:
    return _response(_bad("the body is nested too deeply."))


def told_plainly(fault: str) -> str:
    """What a decoder says of a value, without the number of the standard that it follows."""
    return _NO_TIME.sub(lambda found: _TIMES[found[0].rpartition(" ")[2]], fault)


_NO_TIME = re.compile(r"Invalid RFC3339 encoded (?:datetime|date)\b")
_TIMES = {
    "date": "this is no day of the calendar. Write it as YYYY-MM-DD, for example 2019-10-09",
    "datetime": "this is no instant. Write it as YYYY-MM-DDThh:mm:ssZ, for example 2026-03-03T12:00:00Z",
}


def _bad(text: str) -> Problem:
    found = _AT.match(text)
    what, path = (found["what"], found["path"]) if found else (text, None)
    path = path.removeprefix("$").removeprefix(".") if path else ""
    what = told_plainly(what)
    if named := _FIELD.search(what):
        path = f"{path}.{named['field']}" if path else named["field"]
    return Problem(
        type="urn:ringfence:problem:QueryError",
        title="The question itself is malformed.",
        status=400,
        detail=what if what.endswith(".") else f"{what}.",
        path=path or None,
    )


def _http(request: Request[Any, Any, Any], error: HTTPException) -> Response[Problem]:
    status = HTTPStatus(error.status_code)
    if status == HTTPStatus.BAD_REQUEST:
        extra = error.extra if isinstance(error.extra, list) else []
        first: Mapping[str, Any] = extra[0] if extra and isinstance(extra[0], Mapping) else {}
        text = _body_fault(request) or str(first.get("message") or error.detail)
        problem = _bad(text)
        if problem.path is None and first.get("key"):
            problem = msgspec.structs.replace(problem, path=str(first["key"]))
        return _response(problem)
    return _response(
        Problem(
            type=f"urn:ringfence:problem:{status.phrase.replace(' ', '')}",
            title=status.phrase,
            status=status,
            detail=error.detail if error.detail != status.phrase else _SAID.get(status, error.detail),
        ),
        {key: value for key, value in (error.headers or {}).items() if key.lower() == "allow"},
    )


_SEE = "What there is, and what it takes, says /api/v1/openapi.json."
_SAID = {
    HTTPStatus.NOT_FOUND: f"there is nothing at this address. {_SEE}",
    HTTPStatus.METHOD_NOT_ALLOWED: f"this address does not take this method. {_SEE}",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "the body is larger than this service takes. Send it in parts.",
}
"""What is told where the framework only repeats the name of a status."""


def _body_fault(request: Request[Any, Any, Any]) -> str | None:
    """What msgspec says of a JSON body that is not of the declared shape, with the whole path."""
    field = request.route_handler.parsed_data_field if "route_handler" in request.scope else None
    body = request.scope.get("state", {}).get("body")
    if field is None or not body:
        return None
    try:
        msgspec.json.decode(body, type=field.annotation)
    except msgspec.DecodeError as error:
        told = str(error)
        shape = field.annotation
        if (
            told.startswith("Object contains unknown field")
            and " - at `" not in told
            and isinstance(shape, type)
        ):
            told += f". Fields: {', '.join(one.encode_name for one in msgspec.structs.fields(shape))}"
        return told
    return None


def _unchanged(_request: Request[Any, Any, Any], answer: Unchanged) -> Response[None]:
    return Response(None, status_code=304, headers={"ETag": answer.etag}, media_type=MediaType.JSON)


def _unforeseen(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    request.app.state.observer.failed(request.scope, error)
    return _response(
        Problem(
            type="urn:ringfence:problem:Unforeseen",
            title="Something went wrong here.",
            status=500,
            detail="an error that nobody foresaw; it is in the log of the service. Please report it.",
        )
    )
