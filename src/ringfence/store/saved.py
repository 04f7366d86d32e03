"""What takes time to make and can always be made again, kept in a file of the cache."""

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec

from ringfence.records.codec import pack, unpack

T = TypeVar("T")

_KEPT = 12
"""Files of one folder that are kept: those written last."""


def saved(path: Path, kind: type[T], make: Callable[[], T]) -> T:
    """What a file keeps, or what `make` gives, which is then kept there. A file that cannot be used costs time, not answers."""
    with contextlib.suppress(OSError, msgspec.MsgspecError):
        return unpack(path.read_bytes(), kind)
    made = make()
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}")
        part.write_bytes(pack(made))
        part.replace(path)
        for old in sorted(path.parent.iterdir(), key=lambda kept: kept.stat().st_mtime)[:-_KEPT]:
            old.unlink(missing_ok=True)
    return made
