"""Memory that the C library keeps: a process that lives long gives back what an engine held when another takes its place.

glibc gives every thread a heap of its own, up to eight for each core, and keeps what was freed in each. Engines are made in
one thread after the other, so each heap grows to the size of an engine once: a service went from 220 to 480 MB in twelve
refreshes, with no object left over. With two heaps, trimmed when an engine goes, it stays where it was.
"""

import contextlib
import ctypes
import gc
import sys

_ARENA_MAX = -8
_ARENAS = 2


def few_heaps() -> None:
    """Let threads share heaps. Call it before there are threads; does nothing where there is no glibc."""
    _glibc("mallopt", _ARENA_MAX, _ARENAS)


def give_back() -> None:
    """Give what is free back to the system.

    What is left lives as long as the engine that answers: until the next one takes its place, the collector does not
    look through it, for which every thread would stand still.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    _glibc("malloc_trim", 0)


def _glibc(function: str, *arguments: int) -> None:
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            getattr(ctypes.CDLL("libc.so.6"), function)(*arguments)
