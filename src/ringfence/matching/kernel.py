"""Which scan runs: the compiled one where it was built, the plain Python one everywhere.

Both give the same names with the same log-odds; the tests hold them to it. Who makes an index may choose.
"""

import importlib
from collections.abc import Sequence
from typing import Any, Literal, Protocol

import numpy as np

from ringfence.errors import SettingsError
from ringfence.matching import reference
from ringfence.matching import weights as w
from ringfence.matching.arrays import Arrays
from ringfence.matching.score import EXTRA_LISTED, EXTRA_QUERY, NOTHING, SPACED, Weighed, cut_short
from ringfence.names import Role
from ringfence.names import compare as c
from ringfence.names.words import units

_compiled: Any
try:
    _compiled = importlib.import_module("ringfence.matching._kernel")
except ImportError:
    _compiled = None

Kernel = Literal["compiled", "python"]

LONGEST = 2_048
KINDS = {"letters": 0, "acronyms": 1, "soles": 2, "starts": 3}


class Scan(Protocol):
    """The words and names of an index, to be scored against the words of a query."""

    def scan(
        self,
        query: Sequence[Weighed],
        least: float,
        *,
        person: bool,
        part: str,
        begins: float,
        spaced: list[int],
        acronyms: dict[int, float],
        shortened: list[int],
    ) -> list[tuple[int, float]]:
        """Each indexed name whose log-odds with the words of a query reach `least`, with them."""

    def keyed(self, kind: str, text: str) -> list[int]:
        """The names kept under a text of a kind: `letters`, `acronyms`, `soles`."""

    def number(self, key: str) -> int:
        """The place of a compared word in the vocabulary, or -1."""


class Compiled:
    """The compiled scan."""

    def __init__(self, arrays: Arrays) -> None:
        degrees = np.zeros((LONGEST, len(c.MOST_HALVES)), np.float64)
        for length in range(1, LONGEST):
            degrees[length, : max(c.MOST_HALVES) + 1] = [
                c.earned(halves / (2 * length)) for halves in range(max(c.MOST_HALVES) + 1)
            ]
        blurred = bytes(ord(c.blur(chr(n))) if n < 128 else n for n in range(256))
        given = arrays | {
            "constants": _constants(),
            "degrees": degrees.ravel(),
            "halves": np.array(c.MOST_HALVES, np.uint8),
        }
        self._scan = _compiled.Scan(given, blurred, len(c.MOST_HALVES))
        self.number = self._scan.number

    def scan(
        self,
        query: Sequence[Weighed],
        least: float,
        *,
        person: bool,
        part: str,
        begins: float,
        spaced: list[int],
        acronyms: dict[int, float],
        shortened: list[int],
    ) -> list[tuple[int, float]]:
        """As `reference.Scan.scan`."""
        words = [
            (key, c.fold(key), item.weight, role, role is Role.BODY or key in units())
            for item in query
            for key, role in ((item.word.key, item.word.role),)
        ]
        cut = bool(query) and cut_short(query)
        return self._scan.scan(words, least, person, w.PART[part], begins, cut, spaced, acronyms, shortened)  # type: ignore[no-any-return]

    def keyed(self, kind: str, text: str) -> list[int]:
        """As `reference.Scan.keyed`."""
        return self._scan.keyed(KINDS[kind], text)  # type: ignore[no-any-return]


def _constants() -> "np.typing.NDArray[np.float64]":
    """The numbers of the score in the order of `Constants` of the compiled scan."""
    return np.array(
        [
            *(w.BASE, w.FIRST_CONTENT, w.FIRST_CONTENT_CAP, w.CONTENT, w.CONTENT_CAP, w.RAREST, w.RAREST_CAP),
            *(w.WHOLE, w.CONFLICT, w.CONFLICT_SHARE, w.QUERY_SHARE, w.LISTED_SHARE),
            *(w.NUMBERS_DIFFER, w.PLACES_DIFFER, EXTRA_QUERY[Role.PLACE], EXTRA_LISTED[Role.PLACE]),
            *(
                EXTRA_QUERY[Role.NUMBER],
                EXTRA_LISTED[Role.NUMBER],
                w.QUERY_BODY,
                w.LISTED_BODY,
                w.LISTED_UNIT,
                w.ONE_WORD,
                w.INITIAL_AGREES,
            ),
            *(
                w.PERSON,
                w.PERSON_CONTENT,
                w.SAME_LETTERS,
                NOTHING,
                SPACED,
                c.SOUNDS,
                c.SHORT_SOUNDS,
                w.HEAVIEST,
                w.ROLE_WEIGHT[Role.INITIAL],
            ),
            *(c.PREFIX_BASE, c.PREFIX_PART, *c.BONES, *w.FIRST_LETTERS.values()),
        ],
        np.float64,
    )


def kernel_name() -> Kernel:
    """What scans run on here unless another is chosen: `compiled` where that was built, else `python`."""
    return "python" if _compiled is None else "compiled"


def scan_of(arrays: Arrays, kernel: Kernel | None = None) -> Scan:
    """The scan of an index; None takes the faster that is there. Raises SettingsError for one that is not."""
    kernel = kernel or kernel_name()
    if kernel == "python":
        return reference.Scan(arrays)
    if _compiled is None:
        raise SettingsError("the compiled scan was not built here: choose the kernel `python`, or none")
    return Compiled(arrays)


__all__ = ["Compiled", "Kernel", "Scan", "kernel_name", "scan_of"]
