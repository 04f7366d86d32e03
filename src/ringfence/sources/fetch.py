"""Releases from their publishers: the one place that speaks HTTP.

Conditional requests, retries with ceilings, a bound on size, and a check that what came is what was
asked for. Nothing is kept here; the bytes go back to the caller.
"""

import contextlib
import datetime as dt
from collections.abc import Callable

import httpx2
import msgspec
import stamina

from ringfence.errors import FetchFailed, HeldBack

TIMEOUT_SECONDS = 60.0
ATTEMPTS = 4
WAIT_SECONDS = 1.0
"""The first wait between two tries; it grows, up to 20 times as long."""
_RETRYABLE = frozenset({408, 425, 429, 500, 502, 503, 504})
_CHUNK = 1 << 16
_CONDITIONS = ("If-None-Match", "If-Modified-Since")

Progress = Callable[[int, int | None], None]
"""Called with bytes received so far, and the size announced, if any."""


class Fetched(msgspec.Struct, frozen=True):
    """What a publisher sent: the bytes, where from, and what names this release at the publisher."""

    url: str
    data: bytes
    etag: str | None
    last_modified: str | None
    at: dt.datetime


class _Transient(Exception):
    """A failure worth another try; never leaves this module."""


def fetch(
    url: str,
    *,
    max_bytes: int,
    etag: str | None = None,
    last_modified: str | None = None,
    progress: Progress | None = None,
    attempts: int = ATTEMPTS,
    timeout: float = TIMEOUT_SECONDS,
) -> Fetched | None:
    """The release at `url`; None when the publisher says it has not changed since `etag` or `last_modified`.

    Raises FetchFailed when the publisher does not answer well after `attempts` tries, HeldBack when the
    body is larger than `max_bytes`.
    """
    headers = {"User-Agent": "ringfence (list refresh)", "Accept-Encoding": "gzip"}
    conditions = dict(zip(_CONDITIONS, (etag, last_modified), strict=True))
    headers |= {name: value for name, value in conditions.items() if value}
    try:
        for attempt in stamina.retry_context(
            on=_Transient,
            attempts=attempts,
            timeout=timeout * attempts,
            wait_initial=WAIT_SECONDS,
            wait_max=20 * WAIT_SECONDS,
            wait_jitter=WAIT_SECONDS,
        ):
            with attempt:
                return _once(url, headers, max_bytes, progress, timeout)
    except _Transient as error:
        raise FetchFailed(
            f"{url}: {error}, {attempts} times. The last good snapshot stays in force; try again later, or read a "
            f"local copy with --file."
        ) from None
    raise AssertionError("retry_context either returns or raises")  # pragma: no cover


def _once(
    url: str, headers: dict[str, str], max_bytes: int, progress: Progress | None, timeout: float
) -> Fetched | None:
    try:
        with (
            httpx2.Client(follow_redirects=True, timeout=timeout, max_redirects=5) as client,
            client.stream("GET", url, headers=headers) as response,
        ):
            if response.status_code == 304 and headers.keys() & _CONDITIONS:
                return None
            if response.status_code in _RETRYABLE:
                raise _Transient(f"the publisher answered {response.status_code}")
            if response.status_code != 200:
                raise FetchFailed(
                    f"{url}: the publisher answered {response.status_code}. Check the address on the list's page, or "
                    f"read a local copy with --file."
                )
            announced = None
            with contextlib.suppress(ValueError):
                announced = int(response.headers.get("content-length", ""))
            too_large = HeldBack(
                f"{url}: larger than the {max_bytes:,} bytes this list may have. Nothing was loaded."
            )
            if announced is not None and announced > max_bytes:
                raise too_large
            body = bytearray()
            for chunk in response.iter_bytes(_CHUNK):
                body += chunk
                if len(body) > max_bytes:
                    raise too_large
                if progress:
                    progress(len(body), announced)
            if (
                announced is not None
                and "content-encoding" not in response.headers
                and len(body) != announced
            ):
                raise _Transient(f"the connection ended after {len(body):,} of {announced:,} bytes")
            return Fetched(
                url=str(response.url),
                data=bytes(body),
                etag=response.headers.get("etag"),
                last_modified=response.headers.get("last-modified"),
                at=dt.datetime.now(dt.UTC).replace(microsecond=0),
            )
    except (httpx2.InvalidURL, httpx2.UnsupportedProtocol, httpx2.TooManyRedirects) as error:
        raise FetchFailed(
            f"{url}: no address that can be fetched, or it leads to none ({str(error).rstrip('.')}). Check the address on the "
            f"list's page, or read a local copy with --file."
        ) from None
    except (httpx2.TransportError, httpx2.DecodingError) as error:
        raise _Transient(f"{type(error).__name__}: {error}".strip(": ")) from None
