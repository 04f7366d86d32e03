"""How a screening grows with the number of parties: one core, all cores, and Spark.

    .venv/bin/python bench/batch.py [--parties 10000 100000 1000000] [--spark]

Screens files of plausible parties (two of a hundred are listed) against the list of 2026-07-31 in ../shared/data, as the
command does, into Parquet: reading, matching, the law of each hit and writing are all in the time. Every line is a
process of its own; memory is that of its largest process. Read ratios within one run, not seconds between machines.
"""

import argparse
import csv
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from lists import CSL, csl_listings, unlisted_names
from load import MEASURE

SHARED = Path(__file__).resolve().parents[2] / "shared"
RINGFENCE = Path(sys.executable).with_name("ringfence")


def parties(path: Path, rows: int, listed: list[str], others: list[str]) -> None:
    """A supplier file: names of companies put together from halves of real ones, one in fifty of them listed."""
    draw = random.Random(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["id", "name", "country"])
        for n in range(rows):
            one, other = (draw.choice(others).split() for _ in range(2))
            made = " ".join([*one[: max(1, len(one) // 2)], *other[len(other) // 2 :]])
            name = draw.choice(listed) if n % 50 == 0 else made
            table.writerow([f"S-{n}", name, draw.choice(("US", "CN", "DE", "IN", ""))])


def measured(folder: Path, *arguments: str) -> tuple[float, float, float]:
    """Wall seconds, processor seconds and megabytes of the largest process of one run."""
    environment = os.environ | {
        "RINGFENCE_STORE": str(folder / "store.db"),
        "RINGFENCE_CACHE": str(folder / "cache"),
    }
    command = [sys.executable, "-c", MEASURE, str(RINGFENCE), *arguments]
    told = subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout.split()
    if told[0] != "0":
        sys.exit(f"{' '.join(arguments)}: exit code {told[0]}")
    return float(told[1]), float(told[2]), float(told[3]) / 1e6


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--parties", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--spark", action="store_true", help="also as a job of two local workers")
    options = parser.parse_args()
    listed = [one.party.name for one in csl_listings(SHARED)]
    others = unlisted_names(SHARED)
    cores = len(os.sched_getaffinity(0))
    print("| parties | by | seconds | parties a second | processor seconds | MB, largest process |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        measured(folder, "refresh", "us_csl", "--file", str(SHARED / CSL))
        measured(folder, "search", "Hikvision")
        for rows in options.parties:
            file = folder / f"{rows}.csv"
            parties(file, rows, listed, others)
            ways = {"one core": ["--jobs", "1"], f"{cores} cores": ["--jobs", str(cores)]}
            if options.spark:
                ways["Spark, two workers"] = ["--engine", "spark", "--master", "local[2]"]
            for way, arguments in ways.items():
                out = folder / f"{rows}-{len(arguments)}-{arguments[-1].strip('[]')}.parquet"
                wall, used, memory = measured(folder, "screen", str(file), "--out", str(out), *arguments)
                print(
                    f"| {rows:,} | {way} | {wall:,.1f} | {rows / wall:,.0f} | {used:,.1f} | {memory:,.0f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
