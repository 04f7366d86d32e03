"""The reviewed word tables, as rows. Each file begins with what belongs in it and where it comes from.

One fact a line. Nothing here interprets a table: `script` and `words` do.
"""

import csv
import functools
import hashlib
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).parent


def table_rows(name: str) -> Iterator[list[str]]:
    """The rows of one table, without its comment lines and its header."""
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = csv.reader(line for line in file if not line.startswith("#"))
        next(rows)
        yield from rows


@functools.cache
def tables_digest() -> str:
    """The SHA-256 over all tables, as `sha256:<hex>`: engines with the same digest read names alike."""
    total = hashlib.sha256()
    for path in sorted(FOLDER.glob("*.csv")):
        total.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return "sha256:" + total.hexdigest()
