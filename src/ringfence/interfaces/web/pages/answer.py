"""Answers as pages: a template with its values inside the one layout, a redirect with a notice, a refusal.

What every template may use stands in `_environment` (what is the same for all) and `_around` (what depends on the
reader: their language, their permissions, the address of this page). Templates escape everything by themselves and refuse
a value that was not given.
"""

import base64
import binascii
import datetime as dt
import json
from collections.abc import Iterable, Mapping
from functools import cache
from http import HTTPStatus
from typing import Any, get_args
from urllib.parse import urlencode

import jinja2
from litestar import MediaType, Request, Response
from litestar.datastructures import Cookie

from ringfence import Provenance
from ringfence.interfaces import citing
from ringfence.interfaces.language.reasons import told
from ringfence.interfaces.language.said import said
from ringfence.interfaces.language.texts import LANGUAGES, NAMES, TAGS, Texts
from ringfence.interfaces.templating import environment
from ringfence.interfaces.web.access.gate import COOKIE, FORM_FIELD
from ringfence.interfaces.web.access.roles import Caller
from ringfence.interfaces.web.catalogue import plain_number
from ringfence.interfaces.web.pages.forms import token_of
from ringfence.interfaces.web.pages.highlight import marked
from ringfence.interfaces.web.pages.navigation import current, menu
from ringfence.interfaces.web.pages.static_files import address_of
from ringfence.interfaces.web.problems import Problem
from ringfence.interfaces.web.reader import LANGUAGE_COOKIE, texts
from ringfence.records import PartyKind
from ringfence.sources.registry import legal_lists

THEME_COOKIE = "ringfence_theme"
NOTICE_COOKIE = "ringfence_notice"
THEMES = ("light", "dark")
_YEAR = 31_536_000
_MOST_NOTICE = 2_000


def page(
    request: Request[Any, Any, Any],
    template: str,
    *,
    provenance: Provenance | None = None,
    status: int = 200,
    cookies: Iterable[Cookie] = (),
    **values: Any,
) -> Response[bytes]:
    """The page that `template` makes of `values`, for this reader. `provenance` goes into its foot."""
    token, token_cookie = token_of(request)
    shown = _around(request) | {"provenance": provenance, "csrf_field": FORM_FIELD, "csrf": token}
    text = _environment().get_template(template).render(shown | values)
    kept = [*cookies, *_remembered(request)]
    if token_cookie:
        kept.append(token_cookie)
    return Response(
        text.encode("utf-8", "replace"),
        status_code=status,
        media_type=MediaType.HTML,
        cookies=kept,
        headers={
            "Cache-Control": "no-store",
            "Content-Language": shown["lang"],
            "Vary": "Cookie, Accept-Language",
        },
    )


def fragment(request: Request[Any, Any, Any], template: str, **values: Any) -> Response[bytes]:
    """A part of a page, for a script that puts it in place of the former one."""
    text = _environment().get_template(template).render(_around(request) | values)
    return Response(
        text.encode("utf-8", "replace"),
        media_type=MediaType.HTML,
        headers={"Cache-Control": "no-store", "Vary": "Cookie, Accept-Language, X-Fragment"},
    )


def wants_fragment(request: Request[Any, Any, Any]) -> bool:
    """Whether a script of ours asks, which needs only the part that changes."""
    return request.headers.get("x-fragment") == "1"


def redirect(
    to: str, notice: str | None = None, *, cookies: Iterable[Cookie] = (), **values: Any
) -> Response[None]:
    """Go on to the page `to` (303), which shows the text `notice` once, with its `values` (texts and numbers)."""
    kept = list(cookies)
    if notice:
        said = json.dumps([notice, values], ensure_ascii=False, separators=(",", ":"))
        kept.append(
            Cookie(
                NOTICE_COOKIE,
                value=base64.urlsafe_b64encode(said.encode()).decode(),
                httponly=True,
                samesite="strict",
                max_age=60,
                path="/",
            )
        )
    return Response(
        None, status_code=303, headers={"Location": local(to)}, cookies=kept, media_type=MediaType.TEXT
    )


def local(address: str | None) -> str:
    """`address` where it is one of this service, else the home page: no form can send people elsewhere."""
    text = address or "/"
    plain = text.isascii() and text.isprintable() and "\\" not in text
    return text if plain and text.startswith("/") and not text.startswith("//") else "/"


def address(path: str, query: Mapping[str, Any] | Iterable[tuple[str, Any]] = (), /, **more: Any) -> str:
    """A path with a query: None and empty values are left out, several values of a name are repeated."""
    pairs = [*(query.items() if isinstance(query, Mapping) else query), *more.items()]
    flat = [
        (name, one)
        for name, value in pairs
        for one in (value if isinstance(value, list | tuple | set | frozenset) else [value])
        if one not in (None, "")
    ]
    return f"{path}?{urlencode(flat)}" if flat else path


def refusal(request: Request[Any, Any, Any], problem: Problem) -> Response[Any] | None:
    """A refusal as a page, for a browser that asked for one; a reader who must sign in is led there. None for programs."""
    if not _reads_pages(request):
        return None
    if problem.status == HTTPStatus.UNAUTHORIZED and request.method == "GET":
        here = address(request.scope["path"], request.query_params.multi_items())
        ended = (
            [Cookie(COOKIE, value="", max_age=0, path="/", httponly=True)]
            if COOKIE in request.cookies
            else []
        )
        return redirect(address("/sign-in", next=None if here == "/" else here), cookies=ended)
    return page(request, "refusal.html", status=problem.status, problem=problem)


def _reads_pages(request: Request[Any, Any, Any]) -> bool:
    return "text/html" in request.headers.get("accept", "") and request.headers.get("x-fragment") != "1"


def _remembered(request: Request[Any, Any, Any]) -> Iterable[Cookie]:
    """Cookies for what the address of this page asks to remember, and the end of a notice that is shown now."""
    for parameter, cookie, known in (
        ("lang", LANGUAGE_COOKIE, LANGUAGES),
        ("theme", THEME_COOKIE, (*THEMES, "auto")),
    ):
        if (asked := request.query_params.get(parameter)) in known:
            yield Cookie(cookie, value=asked, max_age=_YEAR, samesite="lax", path="/")
    if NOTICE_COOKIE in request.cookies:
        yield Cookie(NOTICE_COOKIE, value="", max_age=0, path="/")


def _notice(request: Request[Any, Any, Any], t: Texts) -> str | None:
    """What the redirect before this page had to say. A cookie that is not of ours says nothing."""
    try:
        said = request.cookies.get(NOTICE_COOKIE, "")[:_MOST_NOTICE]
        key, values = json.loads(base64.urlsafe_b64decode(said.encode("ascii")))
        return t(key, **{name: value for name, value in values.items() if isinstance(value, str | int)})
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, binascii.Error, RecursionError):
        return None


def _around(request: Request[Any, Any, Any]) -> dict[str, Any]:
    t = texts(request)
    caller: Caller | None = request.scope.get("user")
    path = request.scope["path"]
    kept = [
        (name, value) for name, value in request.query_params.multi_items() if name not in {"lang", "theme"}
    ]
    theme = request.query_params.get("theme") or request.cookies.get(THEME_COOKIE)

    def here(**changed: Any) -> str:
        """The address of this page with some of its query changed; None takes a value out."""
        rest = [(name, value) for name, value in kept if name not in changed]
        return address(path, rest, **changed)

    def list_name(list_id: str) -> str:
        """The short name of a list."""
        return t.of_list(list_id, legal_lists()[list_id].short)

    return {
        "t": t,
        "lang": TAGS[t.language],
        "language": t.language,
        "languages": NAMES,
        "theme": theme if theme in THEMES else "auto",
        "caller": caller,
        "may": caller.may if caller else frozenset(),
        "menu": menu(caller.may if caller else ()),
        "is_current": lambda door: current(door, path),
        "here": here,
        "list_name": list_name,
        "list_title": lambda legal: t.of_list(legal.id, legal.title),
        "list_choice": lambda lists: [(list_id, list_name(list_id)) for list_id in lists],
        "path": path,
        "untranslated": [],
        "is_get": request.method == "GET",
        "notice": _notice(request, t),
    }


@cache
def _environment() -> jinja2.Environment:
    templates = environment("ringfence.interfaces.web.pages", auto_reload=False, extensions=["jinja2.ext.do"])
    templates.globals.update(
        static=address_of,
        address=address,
        kinds=_kinds,
        marked=marked,
        told=told,
        said_in=lambda text, t: said(text, t.language),
        plain_number=plain_number,
    )
    templates.filters.update(cited=citing.cited, linked=citing.linked, document=citing.document, iso=_iso)
    return templates


def _kinds(t: Texts) -> list[tuple[str, str]]:
    """Every kind of party with its name, for a choice."""
    return [(kind, t(f"kind.{kind}")) for kind in get_args(PartyKind)]


def _iso(day: dt.date | dt.datetime | None) -> str:
    return day.isoformat() if day else ""
