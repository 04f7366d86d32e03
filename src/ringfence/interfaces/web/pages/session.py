"""Signing in and out, on the same sessions as the API."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.concurrency import sync_to_thread

from ringfence.errors import NotAuthenticated, TooManyRequests
from ringfence.interfaces.web.access.roles import needs
from ringfence.interfaces.web.api.session import begun, ended, session_cookie
from ringfence.interfaces.web.pages.answer import local, page, redirect
from ringfence.interfaces.web.pages.forms import asked, sent


class _Wish(msgspec.Struct, frozen=True):
    next: str = "/"


class _SignIn(msgspec.Struct, frozen=True):
    name: str = ""
    password: str = ""
    next: str = "/"


@get("/sign-in", sync_to_thread=True, opt=needs("open"))
def sign_in_page(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The form."""
    return page(request, "sign_in.html", name="", next=local(asked(request, _Wish).next), fault=None)


@post("/sign-in", opt=needs("open"), status_code=200)
async def sign_in(request: Request[Any, Any, Any]) -> Response[Any]:
    """Begin a session and go on to where the reader wanted to be."""
    form = await sent(request, _SignIn)
    try:
        _, secret = await sync_to_thread(begun, request, form.name, form.password)
    except (NotAuthenticated, TooManyRequests) as error:
        fault = "session.too_many" if isinstance(error, TooManyRequests) else "session.wrong"
        return page(
            request, "sign_in.html", status=error.status, name=form.name, next=local(form.next), fault=fault
        )
    return redirect(form.next, "session.welcome", name=form.name, cookies=[session_cookie(request, secret)])


@post("/sign-out", sync_to_thread=True, opt=needs("open"), status_code=200)
def sign_out(request: Request[Any, Any, Any]) -> Response[Any]:
    """End the session."""
    return redirect("/sign-in", "session.goodbye", cookies=[ended(request)])
