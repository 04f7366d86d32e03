"""What is seen of every request: one line in the access log, figures for Prometheus, headers on every answer.

The outermost layer. The log holds the route and not the address, so no party name gets into it, unless
the person who runs the service asks for that.
"""

import contextlib
import datetime as dt
import logging
import os
import threading
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from ringfence import ListStatus, Screening
from ringfence.interfaces.web.access.roles import Caller
from ringfence.review import Waiting
from ringfence.store import Attempt
from ringfence.version import __version__

ACCESS = logging.getLogger("ringfence.access")
ERRORS = logging.getLogger("ringfence.errors")

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the latency histogram."""

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "interest-cohort=(), geolocation=(), camera=(), microphone=()",
    "Cache-Control": "private, no-cache",
}
_DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class Observer:
    """Counts and logs; safe to call from several threads."""

    def __init__(self, *, log_names: bool) -> None:
        self._log_names = log_names
        self._lock = threading.Lock()
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._buckets: dict[str, list[int]] = {}
        self._seconds: Counter[str] = Counter()
        self._answers: Counter[str] = Counter()

    def around(self, app: ASGIApp) -> ASGIApp:
        """`app`, observed."""

        async def observed(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != ScopeType.HTTP:
                await app(scope, receive, send)
                return
            began = time.perf_counter()
            status = 500

            async def noted(message: Message) -> None:
                nonlocal status
                if message["type"] == "http.response.start":
                    status = message["status"]
                    etag = scope.get("state", {}).get("etag") if status == 200 else None
                    message["headers"] = list(_with_headers(message["headers"], etag))
                await send(message)

            try:
                await app(scope, receive, noted)
            finally:
                self._note(scope, status, time.perf_counter() - began)

        return observed

    def answered(self, answer: Screening) -> None:
        """Count one party that was screened."""
        with self._lock:
            self._answers[answer.outcome] += 1

    def failed(self, scope: Any, error: Exception) -> None:
        """Log an error that nobody foresaw, with its trace."""
        line = {"method": scope["method"], "route": scope.get("path_template", ""), "error": str(error)}
        ERRORS.error(line, exc_info=error)

    def _note(self, scope: Any, status: int, seconds: float) -> None:
        route = scope.get("path_template") or "(none)"
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        with self._lock:
            self._requests[route, method, status] += 1
            self._seconds[route] += seconds  # type: ignore[assignment]
            self._buckets.setdefault(route, [0] * (len(SECONDS) + 1))[bisect_left(SECONDS, seconds)] += 1
        caller: Caller | None = scope.get("user")
        line = {
            "caller": caller.name if caller else None,
            "address": scope["client"][0] if scope.get("client") else None,
            "method": method,
            "route": route,
            "status": status,
            "ms": round(seconds * 1000, 1),
        }
        if (fault := scope.get("state", {}).get("fault")) is not None:
            line["fault"] = fault
        if self._log_names:
            line["asked"] = scope["path"] + (
                "?" + scope["query_string"].decode("latin-1") if scope["query_string"] else ""
            )
        ACCESS.info(line)

    def exposition(
        self,
        statuses: Iterable[ListStatus],
        attempts: Iterable[Attempt],
        waiting: Iterable[Waiting],
        now: dt.datetime,
    ) -> str:
        """Everything in the text format of Prometheus."""
        with self._lock:
            lines = [*_build(), *self._service()]
        lines += [*_freshness(statuses), *_refreshes(attempts), *_alerts(tuple(waiting), now), *_process()]
        return "\n".join([*lines, ""])

    def _service(self) -> Iterator[str]:
        yield from family("ringfence_requests_total", "counter", "Requests by route, method and status.")
        for (route, method, status), count in sorted(self._requests.items()):
            yield sample("ringfence_requests_total", count, route=route, method=method, status=status)
        yield from family("ringfence_request_seconds", "histogram", "How long answers took, by route.")
        for route, buckets in sorted(self._buckets.items()):
            total = 0
            for bound, count in zip((*SECONDS, "+Inf"), buckets, strict=True):
                total += count
                yield sample("ringfence_request_seconds_bucket", total, route=route, le=bound)
            yield sample("ringfence_request_seconds_sum", round(self._seconds[route], 6), route=route)
            yield sample("ringfence_request_seconds_count", total, route=route)
        yield from family("ringfence_screened_total", "counter", "Parties screened, by outcome.")
        for outcome in ("hit", "review", "no_match"):
            yield sample("ringfence_screened_total", self._answers[outcome], outcome=outcome)


def _build() -> Iterator[str]:
    yield from family("ringfence_build_info", "gauge", "Always 1; the version that answers.")
    yield sample("ringfence_build_info", 1, version=__version__)


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def _freshness(statuses: Iterable[ListStatus]) -> Iterator[str]:
    held = [status for status in statuses if status.used]
    for name, text, value in (
        ("ringfence_list_age_seconds", "Age of the release in force.", lambda s: s.age_days * 86_400),
        ("ringfence_list_entries", "Entries in force.", lambda s: s.used.entries),
        (
            "ringfence_list_stale",
            "1 when the release is older than its source allows.",
            lambda s: int(s.stale),
        ),
        ("ringfence_list_refused", "1 when the last refresh was refused.", lambda s: int(bool(s.attempt))),
    ):
        yield from family(name, "gauge", text)
        for status in held:
            yield sample(name, value(status), list=status.legal.id)


def _refreshes(attempts: Iterable[Attempt]) -> Iterator[str]:
    yield from family("ringfence_refresh_timestamp_seconds", "gauge", "When the last refresh ended, and how.")
    for one in sorted(attempts, key=lambda one: one.source):
        at = int(one.at.timestamp())
        yield sample("ringfence_refresh_timestamp_seconds", at, source=one.source, outcome=one.outcome)


def _process() -> Iterator[str]:
    """What this process holds, where the system tells it: memory that only grows and handles that leak show here."""
    own = Path("/proc/self")
    with contextlib.suppress(OSError, ValueError):
        pages = int((own / "statm").read_text("ascii").split()[1])
        for name, value, text in (
            ("process_resident_memory_bytes", pages * os.sysconf("SC_PAGE_SIZE"), "Memory held."),
            ("process_open_fds", len([*(own / "fd").iterdir()]), "Files and connections open."),
            ("process_threads", threading.active_count(), "Threads."),
        ):
            yield from family(name, "gauge", text)
            yield f"{name} {value}"


def _alerts(waiting: Iterable[Waiting], now: dt.datetime) -> Iterator[str]:
    for name, text, value in (
        ("ringfence_alerts", "Alerts, by state.", lambda w: w.alerts),
        ("ringfence_alerts_unassigned", "Alerts that nobody has, by state.", lambda w: w.unassigned),
        (
            "ringfence_alert_oldest_seconds",
            "How long the oldest open alert waits, by state.",
            lambda w: max(int((now - w.oldest).total_seconds()), 0) if w.oldest else 0,
        ),
    ):
        yield from family(name, "gauge", text)
        for one in waiting:
            yield sample(name, value(one), state=one.state)


def family(name: str, kind: str, text: str) -> Iterator[str]:
    """What a figure is, before its samples."""
    yield f"# HELP {name} {text}"
    yield f"# TYPE {name} {kind}"


def sample(name: str, value: float, **labels: object) -> str:
    """One value of a figure."""
    inside = ",".join(f'{key}="{str(one).translate(_ESCAPED)}"' for key, one in labels.items())
    return f"{name}{{{inside}}} {value}" if inside else f"{name} {value}"


_ESCAPED = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})
"""What the text format of Prometheus escapes in a label, and nothing else."""


def _with_headers(headers: Iterable[tuple[bytes, bytes]], etag: str | None) -> Iterator[tuple[bytes, bytes]]:
    held: Mapping[str, str] = {}
    given = list(headers)
    held = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in given}
    yield from given
    page = held.get("content-type", "").startswith("text/html")
    policy = {"Content-Security-Policy": _PAGE_POLICY if page else _DATA_POLICY}
    named = {"ETag": etag} if etag else {}
    for name, value in {**_HEADERS, **policy, **named}.items():
        if name.lower() not in held:
            yield name.lower().encode(), value.encode()
