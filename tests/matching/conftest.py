"""Listings and names the matcher's tests share: made ones always, real ones where the lists are at hand."""

import csv
import gzip
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from ringfence.matching import Index, kernel_name
from ringfence.records import Listing, Name, Party

REAL = "data/us/csl/consolidated_2022-04-21.csv.gz"
NO_COMPILED = pytest.mark.skipif(kernel_name() != "compiled", reason="no compiled scan")
KERNELS = ["python", pytest.param("compiled", marks=NO_COMPILED)]
_KINDS = {"Individual": "person", "Entity": "organization", "Vessel": "vessel", "Aircraft": "aircraft"}


def listing(name: str, *aliases: str, kind: str = "unknown", countries: tuple[str, ...] = ()) -> Listing:
    """A listing of a party with these names."""
    names = tuple(Name(text) for text in (name, *aliases))
    return Listing("test:x", "test", "test", Party("x", kind, names, countries))  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def real_listings(shared: Path) -> list[Listing]:
    """The parties of the real list of 2022, names and kinds only."""
    with gzip.open(shared / REAL, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    out = []
    for row in rows:
        aliases = [alias.strip() for alias in row["alt_names"].split(";") if alias.strip()]
        out.append(listing(row["name"].strip(), *aliases, kind=_KINDS.get(row["type"], "unknown")))
    return out


@pytest.fixture(scope="session")
def real_index(real_listings: list[Listing]) -> Index:
    """An index of the real list."""
    return Index.build(enumerate(real_listings))


@pytest.fixture(scope="session")
def unlisted(shared: Path) -> list[str]:
    """Real names, nearly none of them listed."""
    out: list[str] = []
    for path in sorted((shared / "eval" / "negatives").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            out += [row["name"] for row in csv.DictReader(file)]
    return out


@pytest.fixture(scope="session")
def spoil() -> Callable[[random.Random, str], str]:
    """A change that people and machines make to a name."""

    def change(chance: random.Random, text: str) -> str:
        words = text.split()
        at = chance.randrange(len(text))
        return chance.choice(
            [
                text[:at] + chance.choice("aeiknrstz") + text[at + 1 :],
                text[:at] + text[at + 1 :],
                text.replace(" ", "", 1),
                text.replace(" ", ""),
                " ".join(chance.sample(words, len(words))),
                " ".join(words[:-1]) or text,
                f"{text} Trading LLC",
                text[: max(4, len(text) * 2 // 3)],
                text.upper(),
            ]
        )

    return change
