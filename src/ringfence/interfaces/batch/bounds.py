"""How much of a stranger's file is read before it is refused.

A file of parties is small; a file that is not small is a mistake or an attack. Every bound is a plain
number, checked while reading and before memory is spent, and can be raised by the caller.
"""

import msgspec

MIB = 1 << 20


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """The limits of one file. Sizes are in bytes unless they say otherwise.

    A packed file (gzip, or a workbook, which is a zip archive) may grow to `unpacked` bytes, and once it
    has given more than `ratio_free` bytes to no more than `ratio` times its packed size (tables pack to a
    fifth or a thirtieth). `line` bounds one
    line of text and one record, `cell` the characters of one cell, `cells` the rectangle that a sheet
    spans: a workbook is the one format whose reader holds the whole sheet in memory, at some 30 bytes a
    cell, so that 20 million cells take about 600 MB.
    """

    file: int = 1024 * MIB
    unpacked: int = 1024 * MIB
    workbook: int = 1024 * MIB
    ratio: int = 100
    ratio_free: int = 32 * MIB
    members: int = 10_000
    line: int = MIB
    cell: int = 100_000
    columns: int = 1_000
    cells: int = 20_000_000
    rows: int = 10_000_000


def size(count: int) -> str:
    """A number of bytes for people.

    >>> size(3 << 20)
    '3 MB'
    """
    for unit, bytes_each in (("GB", 1 << 30), ("MB", MIB), ("kB", 1 << 10)):
        if count >= bytes_each:
            return f"{count / bytes_each:.3g} {unit}"
    return f"{count} bytes"
