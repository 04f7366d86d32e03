"""How the watch grows with the book: the import, the first pass, and a pass after three entries more, with links.

    .venv/bin/python bench/watch.py [--parties 10000 100000] [--links 20000]

Books of plausible parties (two of a hundred are listed) against the list of 2026-07-31 in ../shared/data, each step as
its command, in a process of its own; memory is that of its largest process. Links tie parties of the book into chains of
three, one of fifty of which begins with a listed party. Read ratios within one run, not seconds between machines.
"""

import argparse
import csv
import random
import sys
import tempfile
from pathlib import Path

from batch import SHARED, measured, parties
from lists import CSL, csl_listings, unlisted_names


def links(path: Path, book: Path, rows: int, listed: list[str]) -> None:
    """Holdings among the parties of a book."""
    draw = random.Random(rows)
    with book.open(encoding="utf-8", newline="") as file:
        names = [row["id"] for row in csv.DictReader(file)]
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["subject", "relation", "object", "share"])
        for n in range(rows):
            place = 3 * n % (len(names) - 3)
            owner = draw.choice(listed) if n % 50 == 0 else names[place]
            table.writerow(
                [owner, "owns", names[place + 1 + n % 2], draw.choice(("25%", "50%", "60%", "100%"))]
            )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--parties", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--links", type=int, default=20_000)
    options = parser.parse_args()
    listed = [one.party.name for one in csl_listings(SHARED)]
    others = unlisted_names(SHARED)
    print("| parties | step | seconds | processor seconds | MB, largest process |")
    print("|---|---|---|---|---|")
    for rows in options.parties:
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)

            def step(name: str, *arguments: str) -> None:
                wall, used, memory = measured(folder, *arguments)  # noqa: B023 - called at once
                print(f"| {rows:,} | {name} | {wall:,.1f} | {used:,.1f} | {memory:,.0f} |", flush=True)  # noqa: B023

            file, held, more = folder / "book.csv", folder / "links.csv", folder / "more.csv"
            parties(file, rows, listed, others)
            links(held, file, options.links, listed)
            more.write_text(
                "list,name,country\nus_ofac_sdn,Zephyranthes Shipping,IR\nus_ofac_sdn,Qorvath Energy,SY\n"
                "us_bis_entity,Quintessa Photonics,CN\n",
                encoding="utf-8",
            )
            measured(folder, "refresh", "us_csl", "--file", str(SHARED / CSL))
            measured(folder, "search", "Hikvision")
            watch = ("watch", "--once", "--no-refresh")
            step("import", "book", "import", str(file))
            step("first pass", *watch)
            step("nothing new", *watch)
            step(f"{options.links:,} links", "book", "links", "add", str(held))
            step("pass with links", *watch)
            measured(folder, "refresh", "private", "--file", str(more))
            step("pass after three entries", *watch)


if __name__ == "__main__":
    sys.exit(main())
