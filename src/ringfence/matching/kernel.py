"""Which scan runs: the compiled one where it was built, the plain Python one everywhere.

Both give the same listings with the same scores and reasons; the tests hold them to it. Who makes an index may choose.
"""

from collections.abc import Sequence
from typing import Literal, Protocol

from ringfence.errors import SettingsError
from ringfence.matching.arrays import Views, as_arrays
from ringfence.matching.compiled import KERNEL, Compiled
from ringfence.matching.evidence import Facts
from ringfence.matching.form import Measure
from ringfence.matching.match import Found
from ringfence.records import Match, Query, Reason

Kernel = Literal["compiled", "python"]


class Scan(Protocol):
    """The names of an index, to be scored against a name asked for."""

    def found(self, query: Query, least: float) -> list[Found]:
        """Each listing of which a name's log-odds reach `least`, by its best name and reading; the best first."""

    def match(self, query: Query, facts: Facts, found: Found, beside: Sequence[Reason]) -> Match:
        """What is found, with the reasons of its name and `beside`, those of the evidence beside it."""

    def number(self, key: str) -> int:
        """The place of a compared word in the vocabulary, or -1."""


def kernel_name() -> Kernel:
    """What scans run on here unless another is chosen: `compiled` where that was built, else `python`."""
    return "python" if KERNEL is None else "compiled"


def scan_of(arrays: Views, kernel: Kernel | None = None, measure: Measure | None = None) -> Scan:
    """The scan of an index; None takes the faster that is there. Raises SettingsError for one that is not.

    `measure` counts words where the listings are a part of more.
    """
    kernel = kernel or kernel_name()
    if kernel == "python":
        from ringfence.matching import reference  # noqa: PLC0415 - it computes with numpy

        return reference.Scan(as_arrays(arrays), measure)
    if KERNEL is None:
        raise SettingsError("the compiled scan was not built here: choose the kernel `python`, or none")
    return Compiled(arrays, measure)


__all__ = ["Compiled", "Kernel", "Scan", "kernel_name", "scan_of"]
