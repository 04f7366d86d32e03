"""The gate before every route: finds out who calls, counts the call, and refuses what was not declared.

It believes a key, a session cookie, or the header of an identity-aware proxy at a trusted address, in this
order; one that is presented and wrong is refused, never ignored. A call without any of them is anonymous,
and let in only from this machine: not when a proxy forwarded it, and not under a foreign host name, so that a
page on the web cannot ask through the reader's own browser.
"""

import datetime as dt
import hashlib
import hmac
import ipaddress
from collections.abc import Callable, Mapping
from typing import Any

from litestar.concurrency import sync_to_thread
from litestar.connection import Request
from litestar.enums import ScopeType
from litestar.exceptions import HTTPException
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from ringfence.errors import AccessDenied, NotAuthenticated
from ringfence.interfaces.web.access.limits import Limit
from ringfence.interfaces.web.access.registry import Registry
from ringfence.interfaces.web.access.roles import Caller
from ringfence.interfaces.web.service import Service

COOKIE = "ringfence_session"
CSRF_HEADER = "x-csrf-token"
FORM_COOKIE = "ringfence_form"
FORM_FIELD = "csrf"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


def csrf_token(session: str) -> str:
    """The token that a page of this session sends back with every change."""
    return hmac.new(session.encode(), b"ringfence csrf", hashlib.sha256).hexdigest()


def form_token(request: Request[Any, Any, Any], secret: str) -> str:
    """The token in the forms of a page: bound to the browser by `secret`, the form cookie, and to the session."""
    material = f"ringfence form {request.cookies.get(COOKIE, '')}"
    return hmac.new(secret.encode(), material.encode(), hashlib.sha256).hexdigest()


class Gate(ASGIMiddleware):
    """Sets `scope["user"]` to the `Caller`, or raises."""

    scopes = (ScopeType.HTTP,)

    def __init__(
        self,
        service: Service,
        registry: Registry,
        *,
        now: Callable[[], dt.datetime],
        calls: Limit,
    ) -> None:
        self._service = service
        self._registry = registry
        self._now = now
        self._calls = calls

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Let the request through with its caller."""
        request: Request[Any, Any, Any] = Request(scope, receive)
        if scope["route_handler"].opt.get("permission") != "open":
            shown = await sync_to_thread(self._shown, request) if self._shows(request) else None
            caller = shown or self._anonymous(request)
            if caller.kind != "anonymous" or not _from_here(request):
                self._calls.take(caller.name)
            scope["user"] = caller
        if request.method not in _SAFE and scope["route_handler"].opt.get("page"):
            await _from_our_form(scope, _Arriving(receive, self._service.max_body))
        await next_app(scope, receive, send)

    def _shows(self, request: Request[Any, Any, Any]) -> bool:
        """Whether anything is presented that has to be looked up."""
        names = ("authorization", "subscription-key", self._service.proxy_header)
        return COOKIE in request.cookies or any(name and name in request.headers for name in names)

    def _shown(self, request: Request[Any, Any, Any]) -> Caller | None:
        return self._by_key(request) or self._by_session(request) or self._by_proxy(request)

    def _by_key(self, request: Request[Any, Any, Any]) -> Caller | None:
        text = _key_in(request.headers)
        if text is None:
            return None
        caller = self._registry.caller_by_key(text, now=self._now())
        if caller is None:
            raise NotAuthenticated(
                "this key is unknown or has expired. Make one with: ringfence keys add NAME"
            )
        return caller

    def _by_session(self, request: Request[Any, Any, Any]) -> Caller | None:
        session = request.cookies.get(COOKIE)
        if not session:
            return None
        service = self._service
        caller = self._registry.caller_by_session(
            session, now=self._now(), idle=service.session_idle, life=service.session_life
        )
        if caller is None:
            raise NotAuthenticated("this session has ended. Sign in again.")
        if request.method not in _SAFE and not request.route_handler.opt.get("page"):
            sent = request.headers.get(CSRF_HEADER, "")
            if not hmac.compare_digest(sent.encode("utf-8", "replace"), csrf_token(session).encode()):
                raise AccessDenied(
                    f"a change by a signed-in person needs the header {CSRF_HEADER} of their session."
                )
        return caller

    def _by_proxy(self, request: Request[Any, Any, Any]) -> Caller | None:
        header = self._service.proxy_header
        name = request.headers.get(header) if header else None
        if not name or not _within(_address(request), self._service):
            return None
        caller = self._registry.caller_by_name(name)
        if caller is None:
            raise NotAuthenticated(f"{name!r} is not known here. Add them with: ringfence people add NAME")
        return caller

    def _anonymous(self, request: Request[Any, Any, Any]) -> Caller:
        service, address = self._service, _address(request)
        if service.anonymous == "anywhere" or (service.anonymous == "loopback" and _from_here(request)):
            return Caller.of(f"anonymous at {address or 'no address'}", "anonymous", service.anonymous_role)
        raise NotAuthenticated(
            "a key is needed, as `Authorization: Bearer KEY` or `subscription-key: KEY`. Make one with: ringfence keys add NAME"
        )


def _address(request: Request[Any, Any, Any]) -> str:
    return request.client.host if request.client else ""


class _Arriving:
    """A body as it comes. One that breaks off or grows longer than `most` bytes ends there: what was already written of
    its files is then let go.
    """

    def __init__(self, receive: Receive, most: int) -> None:
        self._receive = receive
        self._left = most

    @property
    def too_long(self) -> bool:
        return self._left < 0

    async def __call__(self) -> Any:
        message = await self._receive()
        if message["type"] == "http.request":
            self._left -= len(message["body"])
        if message["type"] == "http.disconnect" or self.too_long:
            return {"type": "http.request", "body": b"", "more_body": False}
        return message


async def _from_our_form(scope: Scope, body: _Arriving) -> None:
    """Refuse a change that does not come from a form of ours, opened in this browser and this session."""
    request: Request[Any, Any, Any] = Request(scope, body)
    # Its files go to disk as they come; whoever reads the form afterwards has it from here.
    try:
        form = await request.form()
    except HTTPException:
        if body.too_long:
            raise RequestEntityTooLarge from None
        raise
    sent = str(form.get(FORM_FIELD) or request.headers.get(CSRF_HEADER, ""))
    secret = request.cookies.get(FORM_COOKIE, "")
    known = form_token(request, secret)
    if not secret or not hmac.compare_digest(sent.encode("utf-8", "replace"), known.encode()):
        await form.close()
        raise AccessDenied(
            "this form was not opened in this browser, or you have signed in or out since. Open the page again."
        )


def _key_in(headers: Mapping[str, str]) -> str | None:
    scheme, _, text = headers.get("authorization", "").partition(" ")
    if scheme.lower() in {"apikey", "bearer"}:
        return text.strip()
    if scheme:
        raise NotAuthenticated(f"{scheme[:20]!r} is no way in here. Send: Authorization: Bearer KEY")
    return headers.get("subscription-key")


def _within(address: str, service: Service) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in service.proxies)


def _from_here(request: Request[Any, Any, Any]) -> bool:
    """Whether a program on this machine calls, by itself, under this machine's own name."""
    if any(header in request.headers for header in _FORWARDED):
        return False
    if request.headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}:
        return False
    return _is_loopback(_address(request)) and _is_loopback(_host_name(request.headers.get("host", "")))


def _host_name(host: str) -> str:
    name = host.rpartition(":")[0] if host.count(":") == 1 or "]" in host.rpartition(":")[0] else host
    return name.strip("[]").lower()


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
