"""Flat arrays in one file: written whole or not at all, mapped back without copying them.

The file begins with a line that names the format, the length and checksum of a JSON header, and the header
(who made it, where each array lies, and the checksum of them all). Never interprets an array.
"""

import mmap
import os
import struct
import sys
import tempfile
import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from ringfence.errors import StoreError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Arrays: TypeAlias = "dict[str, NDArray[Any]]"
"""Arrays to compute with."""
Views = Mapping[str, Any]
"""Arrays to read, as numpy has them or as memory views: those of a file need no numpy, which takes long to load."""

_MAGIC = f"ringfence index 3 {sys.byteorder}\n".encode()
_TYPES: dict[str, Any] = {"u1": "B", "u2": "H", "i4": "i", "i8": "q", "u8": "Q", "f8": "d"}
_HEAD = struct.Struct("<QI")
_ALIGNED = 64
BUILD_AGAIN = "build it again from the store"


class _Header(msgspec.Struct, frozen=True):
    """Who made the file; the length and CRC-32 of what follows; of each array its type, length and place."""

    engine: str
    size: int
    check: int
    arrays: dict[str, tuple[str, int, int]]


def hash_of(text: str) -> int:
    """A 64-bit number for a text, the same everywhere: its Adler-32 above its CRC-32."""
    data = text.encode()
    return zlib.adler32(data) << 32 | zlib.crc32(data)


def type_of(array: Any) -> str:
    """The type of an array's numbers: `u`nsigned, `i`nteger or `f`loat, and their bytes."""
    view = memoryview(array)
    kind = "f" if view.format in {"f", "d"} else "u" if view.format.isupper() else "i"
    return f"{kind}{view.itemsize}"


def write_arrays(path: Path, arrays: Views, engine: str) -> None:
    """Write arrays to `path`; the file appears whole or not at all. Raises StoreError."""
    described: dict[str, tuple[str, int, int]] = {}
    size = 0
    for name, array in arrays.items():
        size += -size % _ALIGNED
        described[name] = (type_of(array), len(array), size)
        size += array.nbytes
    check, at = 0, 0
    for name, array in arrays.items():
        check = zlib.crc32(array, zlib.crc32(bytes(described[name][2] - at), check))
        at = described[name][2] + array.nbytes
    header = msgspec.json.encode(_Header(engine, size, check, described))
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(_MAGIC + _HEAD.pack(len(header), zlib.crc32(header)) + header)
                body = file.tell() + -file.tell() % _ALIGNED
                for name, array in arrays.items():
                    file.seek(body + described[name][2])
                    file.write(array)
                file.truncate(body + size)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise StoreError(f"the index cannot be written to {path}: {error.strerror}") from error


def read_arrays(path: Path, engine: str) -> Views:
    """Map the arrays of `path`. Raises StoreError when it is missing, damaged, or made by another engine."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            if file.read(len(_MAGIC)) != _MAGIC:
                raise StoreError(f"{path} is not an index of this version of ringfence; {BUILD_AGAIN}")
            length, check = _HEAD.unpack(file.read(_HEAD.size))
            raw = file.read(min(length, size))
            body = file.tell() + -file.tell() % _ALIGNED
            mapped = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))[body:]
    except (OSError, ValueError, struct.error) as error:
        raise StoreError(f"the index {path} cannot be read ({error}); {BUILD_AGAIN}") from error
    if len(raw) != length or zlib.crc32(raw) != check:
        raise StoreError(f"the index {path} is damaged; {BUILD_AGAIN}")
    try:
        header = msgspec.json.decode(raw, type=_Header)
        if header.engine != engine:
            raise StoreError(
                f"the index {path} was built by other word tables or another matcher; {BUILD_AGAIN}"
            )
        if size != body + header.size:
            raise StoreError(f"the index {path} is cut short; {BUILD_AGAIN}")
        if zlib.crc32(mapped) != header.check:
            raise StoreError(f"the index {path} is damaged; {BUILD_AGAIN}")
        return {
            name: mapped[at : at + int(kind[1]) * count].cast(_TYPES[kind])
            for name, (kind, count, at) in header.arrays.items()
        }
    except (LookupError, ValueError, TypeError, msgspec.DecodeError) as error:
        raise StoreError(f"the index {path} cannot be used ({error}); {BUILD_AGAIN}") from error


def as_arrays(views: Views) -> Arrays:
    """The same numbers, to compute with; nothing is copied."""
    import numpy as np  # noqa: PLC0415 - as `Views` says

    return {name: np.asarray(view) for name, view in views.items()}


def text_array(texts: list[str]) -> "NDArray[np.uint8]":
    """Texts without line breaks as one array of bytes."""
    import numpy as np  # noqa: PLC0415 - as `Views` says

    return np.frombuffer("\n".join(texts).encode(), np.uint8)


def array_texts(array: Any) -> list[str]:
    """The texts that `text_array` was given; an empty array holds none."""
    return array.tobytes().decode().split("\n") if len(array) else []


def find_keyed(arrays: Views, kind: str, text: str) -> list[int]:
    """What is kept under a text in the sorted arrays of a kind."""
    hashes, at = arrays[f"{kind}_hash"], arrays[f"{kind}_at"]
    key = hash_of(text)
    start = bisect_left(hashes, key)
    end = bisect_right(hashes, key, start)
    return at[start:end].tolist() if end > start else []
