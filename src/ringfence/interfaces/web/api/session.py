"""Signing in and out with a password. The secret lives in a cookie that no script can read."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, Router, delete, get, post
from litestar.datastructures import Cookie
from litestar.params import JSONBody

from ringfence.errors import NotAuthenticated
from ringfence.interfaces.web.access.gate import COOKIE, CSRF_HEADER, csrf_token
from ringfence.interfaces.web.access.roles import Caller, Permission, Role, caller_of, needs


class SignIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who signs in."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    password: Annotated[str, msgspec.Meta(min_length=1, max_length=1_000)]


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """Who is signed in, and the token that goes into `csrf_header` with every change (None with a key)."""

    name: str
    role: Role
    may: tuple[Permission, ...]
    csrf_header: str = CSRF_HEADER
    csrf_token: str | None


@post("/session", sync_to_thread=True, status_code=201, opt=needs("open"), operation_id="sign_in")
def sign_in(request: Request[Any, Any, Any], data: JSONBody[SignIn]) -> Response[Session]:
    """Sign in by password. Failed attempts are counted by address, and bounded."""
    caller, secret = begun(request, data.name, data.password)
    return Response(_session(caller, secret), cookies=[session_cookie(request, secret)])


@get("/session", sync_to_thread=False, opt=needs("read"), operation_id="session")
def session(request: Request[Any, Any, Any]) -> Session:
    """Who calls, and what they may do."""
    return _session(caller_of(request), request.cookies.get(COOKIE))


@delete("/session", sync_to_thread=True, status_code=200, opt=needs("read"), operation_id="sign_out")
def sign_out(request: Request[Any, Any, Any]) -> Response[dict[str, str]]:
    """End the session."""
    return Response({"status": "ok"}, cookies=[ended(request)])


def begun(request: Request[Any, Any, Any], name: str, password: str) -> tuple[Caller, str]:
    """Who this is, and the secret of their new session.

    Raises NotAuthenticated for a wrong name or password, TooManyRequests after too many of them from one address.
    """
    state = request.app.state
    address = request.client.host if request.client else ""
    state.failures.check(address)
    caller: Caller | None = state.registry.caller_by_password(name, password)
    if caller is None:
        state.failures.take(address)
        raise NotAuthenticated("the name or the password is wrong.")
    return caller, state.registry.begin_session(caller.name, now=state.now())


def ended(request: Request[Any, Any, Any]) -> Cookie:
    """End the session of this request, if it has one; the cookie takes it from the browser."""
    if secret := request.cookies.get(COOKIE):
        request.app.state.registry.end_session(secret, now=request.app.state.now())
    return session_cookie(request, "", max_age=0)


def _session(caller: Caller, secret: str | None) -> Session:
    token = csrf_token(secret) if secret and caller.kind == "person" else None
    return Session(name=caller.name, role=caller.role, may=tuple(sorted(caller.may)), csrf_token=token)


def session_cookie(request: Request[Any, Any, Any], secret: str, max_age: int | None = None) -> Cookie:
    """The cookie that holds the secret of a session, which no script can read."""
    service = request.app.state.service
    return Cookie(
        COOKIE,
        value=secret,
        httponly=True,
        secure=service.secure_cookies,
        samesite="strict",
        max_age=int(service.session_life.total_seconds()) if max_age is None else max_age,
    )


sessions = Router("/", route_handlers=[sign_in, session, sign_out], tags=["access"])
