"""Going through more records than memory holds: a file that they wait in, and where each of many keys was met first."""

import hashlib
import tempfile
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from ringfence.records.codec import pack, unpack

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

T = TypeVar("T")

_IN_MEMORY = 16 << 20
"""Bytes that a spool holds before it uses a file."""
_RECENT = 100_000
"""Keys that wait in a dictionary until they are sorted in."""


class Spool(Generic[T]):
    """Records of one kind that are written once and then read in order, as often as one likes. They wait in a file without a
    name, of which nothing is left behind, also after a death.
    """

    def __init__(self, kind: type[T]) -> None:
        self._kind: Any = kind
        self._file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed on exit
        self._count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __len__(self) -> int:
        return self._count

    def add(self, *records: T) -> None:
        """Write records behind those there are; none after the first reading."""
        for record in records:
            packed = pack(record)
            self._file.write(len(packed).to_bytes(4, "big") + packed)
        self._count += len(records)

    def __iter__(self) -> Iterator[T]:
        """All of them, from the first; one reading at a time."""
        self._file.seek(0)
        while size := self._file.read(4):
            yield unpack(self._file.read(int.from_bytes(size, "big")), self._kind)


class Firsts:
    """What was kept first under every key; keys and what is kept are whole numbers of 64 bits, in sixteen bytes together."""

    def __init__(self) -> None:
        self._recent: dict[int, int] = {}
        self._sorted: tuple[NDArray[np.int64], NDArray[np.int64]] | None = None

    def find(self, key: int) -> int | None:
        """What was kept under a key; None where nothing was."""
        if (found := self._recent.get(key)) is not None:
            return found
        if self._sorted:
            keys, kept = self._sorted
            at = int(keys.searchsorted(key))
            if at < len(keys) and keys[at] == key:
                return int(kept[at])
        return None

    def first(self, key: int, value: int) -> int | None:
        """What was kept under a key before; None when nothing was, and `value` is kept from now on."""
        if (found := self.find(key)) is not None:
            return found
        self._recent[key] = value
        if len(self._recent) >= _RECENT:
            self._sort_in()
        return None

    def _sort_in(self) -> None:
        import numpy as np  # noqa: PLC0415 - few runs hold as many keys

        keys = np.fromiter(self._recent.keys(), np.int64, len(self._recent))
        kept = np.fromiter(self._recent.values(), np.int64, len(self._recent))
        self._recent.clear()
        order = keys.argsort()
        keys, kept = keys[order], kept[order]
        if self._sorted:
            at = self._sorted[0].searchsorted(keys)
            keys, kept = (
                np.insert(old, at, new) for old, new in zip(self._sorted, (keys, kept), strict=True)
            )
        self._sorted = keys, kept


def mark(data: str | bytes) -> int:
    """A text or bytes as a whole number of 64 bits with a sign: equal for equal ones, and else equal one time in 2^64."""
    if isinstance(data, str):
        data = data.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "big", signed=True)
