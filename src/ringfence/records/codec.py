"""Records to bytes and back, and the digests that name them.

One codec for store, files and API. `canonical` is the form that digests are taken of: the same record
always gives the same bytes, whatever order its fields were filled in.
"""

import contextlib
import hashlib
import re
import threading
import unicodedata
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from anyascii import anyascii

T = TypeVar("T")

_PACK = msgspec.msgpack.Encoder()
_JSON = msgspec.json.Encoder()
_CANONICAL = msgspec.json.Encoder(order="deterministic")
_LOOKED_AT: set[type] = set()
_ONE_AT_A_TIME = threading.Lock()
_NOT_SLUG = re.compile(r"[^a-z0-9]+")
_SLUG_LENGTH = 72


def look_at_records() -> None:
    """Have msgspec take every record class apart now; call it before several threads read records.

    It does so when a class is first read, and two threads that do at once crash the process (seen with msgspec 0.22.0:
    the second takes what the first has half made).
    """
    with _ONE_AT_A_TIME:
        waiting: list[type[msgspec.Struct]] = [msgspec.Struct]
        while waiting:
            for kind in waiting.pop().__subclasses__():
                waiting.append(kind)
                if kind in _LOOKED_AT or not kind.__module__.startswith("ringfence."):
                    continue
                _LOOKED_AT.add(kind)
                # What msgspec cannot read (a class that is only ever written) nobody reads.
                with contextlib.suppress(TypeError, NameError):
                    msgspec.json.Decoder(kind)


def pack(record: Any) -> bytes:
    """The compact bytes of a record, for the store and the index."""
    return _PACK.encode(record)


def unpack(data: bytes, kind: type[T]) -> T:
    """The record of `kind` in `data`. Raises msgspec.DecodeError on bytes of another kind."""
    return msgspec.msgpack.decode(data, type=kind)


def to_json(record: Any) -> bytes:
    """One line of JSON."""
    return _JSON.encode(record)


def from_json(data: bytes | str, *, fraction: Callable[[str], Any] | None = None) -> Any:
    """What JSON from outside says; `fraction` makes a value of a number as it is written, where a float would lose digits.

    Raises ValueError, and nothing else, for what is no JSON, not UTF-8, or nested too deep.
    """
    try:
        return msgspec.json.Decoder(float_hook=fraction).decode(data)
    except UnicodeDecodeError as error:
        raise ValueError(f"a text in it is not UTF-8: {error.reason}") from None
    except RecursionError:
        raise ValueError("nested too deep") from None


def canonical(record: Any) -> bytes:
    """JSON with its keys in order: equal records give equal bytes."""
    return _CANONICAL.encode(record)


def digest(data: bytes) -> str:
    """The SHA-256 of bytes, as `sha256:<hex>`."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def slug(text: str) -> str:
    """A readable key of a name: ASCII letters and digits joined by hyphens, at most 72 characters.

    Longer names are cut and end with ten hexadecimal digits of the whole, so that two long names
    never share a key by having been cut.

    >>> slug("Hangzhou Hikvision Digital Technology Co., Ltd.")
    'hangzhou-hikvision-digital-technology-co-ltd'
    """
    folded = anyascii(unicodedata.normalize("NFKC", text)).lower()
    key = _NOT_SLUG.sub("-", folded).strip("-")
    if not key or len(key) > _SLUG_LENGTH:
        mark = hashlib.sha256(text.encode()).hexdigest()[:10]
        key = f"{key[: _SLUG_LENGTH - 11].strip('-')}-{mark}".strip("-")
    return key
