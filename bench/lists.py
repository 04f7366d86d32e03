"""Real lists and names for the benches, read straight from the files beside the repository."""

import csv
import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ringfence.records import Listing, Name, Party

CSL = "data/us/csl/consolidated_2026-07-31_projection.json.gz"
_KINDS = {"Individual": "person", "Entity": "organization", "Vessel": "vessel", "Aircraft": "aircraft"}
_SPACES = re.compile(r"\s+")


def csl_listings(shared: Path) -> list[Listing]:
    """The Consolidated Screening List of 2026-07-31, one listing a row (names, kind and countries only)."""
    with gzip.open(shared / CSL, "rt", encoding="utf-8") as file:
        rows = json.load(file)["results"]
    return [_listing(n, row) for n, row in enumerate(rows)]


def _listing(n: int, row: dict[str, Any]) -> Listing:
    texts = [row["name"], *(row.get("alt_names") or [])]
    names = tuple(Name(_SPACES.sub(" ", text).strip()) for text in texts if text)
    countries = tuple(
        dict.fromkeys(a["country"] for a in row.get("addresses") or [] if a and a.get("country"))
    )
    party = Party(f"row-{n}", _KINDS.get(row.get("type") or "", "unknown"), names, countries)
    return Listing(f"us_csl:{n}", "us_csl", "us_csl", party)


def unlisted_names(shared: Path) -> list[str]:
    """Real names of people, companies and universities, nearly none of them listed."""
    folder = shared / "eval" / "negatives"
    return [row["name"] for path in sorted(folder.glob("*.csv")) for row in _rows(path)]


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
