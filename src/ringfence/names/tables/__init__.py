"""The reviewed word tables, as rows. Each file begins with what belongs in it and where it comes from.

One fact a line. Nothing here interprets a table: `script` and `words` do.
"""

import csv
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).parent


def table_rows(name: str) -> Iterator[list[str]]:
    """The rows of one table, without its comment lines and its header."""
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = csv.reader(line for line in file if not line.startswith("#"))
        next(rows)
        yield from rows
