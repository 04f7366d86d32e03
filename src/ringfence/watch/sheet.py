"""The answers of a pass that is not recorded yet: kept in a file, so that memory does not grow with the book."""

import tempfile
from collections.abc import Iterator
from typing import Self

from ringfence.records.codec import pack, unpack
from ringfence.store.passes import Line

_IN_MEMORY = 16 << 20
"""Bytes that are held before a file is used."""


class Sheet:
    """Lines that are written once and read once, in order. Nothing is left behind, also after a death."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed on exit

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, *lines: Line) -> None:
        """Write lines behind those there are."""
        for line in lines:
            packed = pack(line)
            self._file.write(len(packed).to_bytes(4, "big") + packed)

    def lines(self) -> Iterator[Line]:
        """Everything that was written."""
        self._file.seek(0)
        while size := self._file.read(4):
            yield unpack(self._file.read(int.from_bytes(size, "big")), Line)
