"""How a screening grows with the number of parties: one core, all cores, and Spark.

    .venv/bin/python bench/batch.py [--parties 10000 100000 1000000] [--names 25000 250000 1000000] [--spark]

Screens files of plausible parties (two of a hundred are listed) against the list of 2026-07-31 in ../shared/data, padded
to as many names as --names says by recombining its words, as the command does, from Parquet into Parquet: reading, matching,
the law of each hit and writing are all in the time. Every line is a process of its own; memory is that of its largest process.
Read ratios within one run, not seconds between machines.
"""

import argparse
import csv
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

import pyarrow as pa
from pyarrow import csv as csv_of
from pyarrow import parquet

from lists import CSL, csl_listings, unlisted_names
from load import MEASURE
from session import in_session
from speed import million

SHARED = Path(__file__).resolve().parents[2] / "shared"
RINGFENCE = Path(sys.executable).with_name("ringfence")
COLUMNS = {title: pa.string() for title in ("id", "name", "country")}
MASTER = "local-cluster[2,1,1024]"
"""Two workers with a core each, every one a process of its own."""


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


def environment(folder: Path) -> dict[str, str]:
    """Where a run finds its store."""
    return os.environ | {
        "RINGFENCE_STORE": str(folder / "store.db"),
        "RINGFENCE_CACHE": str(folder / "cache"),
    }


def on_spark(folder: Path, *arguments: str) -> tuple[float, float, float]:
    """Wall seconds, processor seconds and megabytes of the largest process of a run that leaves processes to themselves."""
    code, wall, used, memory = in_session([str(RINGFENCE), *arguments], environment(folder))
    if code:
        sys.exit(f"{' '.join(arguments)}: exit code {code}")
    return wall, used, memory


def measured(folder: Path, *arguments: str) -> tuple[float, float, float]:
    """Wall seconds, processor seconds and megabytes of the largest process of one run."""
    command = [sys.executable, "-c", MEASURE, str(RINGFENCE), *arguments]
    told = subprocess.run(
        command, capture_output=True, text=True, check=True, env=environment(folder)
    ).stdout.split()
    if told[0] != "0":
        sys.exit(f"{' '.join(arguments)}: exit code {told[0]}")
    return float(told[1]), float(told[2]), float(told[3]) / 1e6


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--parties", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument(
        "--names",
        type=int,
        nargs="+",
        default=[0],
        help="names on the list; 0, the default, is the list as it is",
    )
    parser.add_argument("--ways", nargs="*", choices=["one", "all"], default=["one", "all"])
    parser.add_argument("--spark", action="store_true", help="also as a job of two local workers")
    options = parser.parse_args()
    listed = [one.party.name for one in csl_listings(SHARED)]
    others = unlisted_names(SHARED)
    cores = len(os.sched_getaffinity(0))
    print(
        "| listed names | parties | by | seconds | parties a second | processor seconds | MB, largest process |"
    )
    print("|--:|--:|---|--:|--:|--:|--:|")
    for names in options.names:
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            held = prepared(folder, names)
            for rows in options.parties:
                made = folder / f"{rows}.csv"
                parties(made, rows, listed, others)
                file = made.with_suffix(".parquet")
                everything = csv_of.ConvertOptions(strings_can_be_null=False, column_types=COLUMNS)
                parquet.write_table(
                    csv_of.read_csv(made, convert_options=everything), file, row_group_size=10_000
                )
                choices = {
                    "one": ("one core", ["--jobs", "1"]),
                    "all": (f"{cores} cores", ["--jobs", str(cores)]),
                }
                ways = dict(how for choice, how in choices.items() if choice in options.ways)
                if options.spark:
                    ways["Spark, two workers"] = ["--engine", "spark", "--master", MASTER]
                for way, arguments in ways.items():
                    out = folder / f"{rows}-{len(arguments)}-{arguments[-1][:5]}.parquet"
                    command = ("screen", str(file), "--out", str(out), *arguments)
                    wall, used, memory = (on_spark if "spark" in arguments else measured)(folder, *command)
                    print(
                        f"| {held:,} | {rows:,} | {way} | {wall:,.1f} | {rows / wall:,.0f} | {used:,.1f} | {memory:,.0f} |",
                        flush=True,
                    )


def prepared(folder: Path, names: int) -> int:
    """A store with the list of 2026-07-31, and made-up entries up to `names` names; how many there are. The index is made."""
    measured(folder, "refresh", "us_csl", "--file", str(SHARED / CSL))
    listings = csl_listings(SHARED)
    held = sum(len(one.party.names) for one in listings)
    if names > held:
        made = folder / "made.csv"
        with made.open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file)
            table.writerow(["list", "name"])
            for one in million(listings, names)[len(listings) :]:
                table.writerow(["us_ofac_sdn", one.party.name])
                held += 1
        measured(folder, "refresh", "private", "--file", str(made))
    measured(folder, "search", "Hikvision")
    return held


if __name__ == "__main__":
    main()
