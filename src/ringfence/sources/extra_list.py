"""A private list in any form that a table of links may have: CSV, JSON Lines or a workbook.

What a row means is `private_list`'s to say; this module only brings the rows of other forms before it.
"""

import csv
import io
from pathlib import Path

from ringfence.records import Listing
from ringfence.sources.links.table import records
from ringfence.sources.private_list import COLUMNS, private_listings


def read_extra_list(path: Path) -> tuple[Listing, ...]:
    """The listings of a private list. Raises InputError for a column, a list or a cell that cannot be read."""
    text = io.StringIO(newline="")
    rows = csv.DictWriter(text, COLUMNS, restval="")
    rows.writeheader()
    rows.writerows(dict(cells) for _, cells in records(path, COLUMNS, required=("list", "name")))
    return tuple(private_listings(text.getvalue(), path.name))
