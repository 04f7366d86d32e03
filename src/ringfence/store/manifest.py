"""A manifest: the numbers of the versions that one snapshot holds, packed.

Numbers of one release lie close together, so ascending differences compress to about a byte each.
"""

import sys
import zlib
from array import array
from collections.abc import Iterable
from itertools import accumulate


def pack_manifest(numbers: Iterable[int]) -> bytes:
    """The packed form of a set of version numbers, whatever their order."""
    ordered = sorted(set(numbers))
    steps = array("I", (b - a for a, b in zip([0, *ordered], ordered, strict=False)))
    if sys.byteorder == "big":  # pragma: no cover
        steps.byteswap()
    return zlib.compress(steps.tobytes(), 6)


def unpack_manifest(data: bytes) -> list[int]:
    """The version numbers, ascending."""
    steps = array("I")
    steps.frombytes(zlib.decompress(data))
    if sys.byteorder == "big":  # pragma: no cover
        steps.byteswap()
    return list(accumulate(steps))
