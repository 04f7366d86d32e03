"""How the fixpoint of ownership grows on Spark: links in chains and crosses, one party in a hundred listed.

    .venv/bin/python bench/ownership_spark.py [--links 100000 1000000]

Two local workers with a core and a gigabyte each. Every party but the last of each chain of six owns part of the next, one in
four part of a party elsewhere as well. Read ratios within one run, not seconds between machines.
"""

import argparse
import os
import random
import sys
import tempfile
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from session import in_session

SHARES = ("10%", "25-50%", "40%", "50%", ">50%", "60%", "100%", "")


def graph(folder: Path, count: int) -> int:
    """`count` links as Parquet, and the listed parties; how many parties there are."""
    draw = random.Random(count)
    parties = count * 4 // 5
    rows: dict[str, list[str]] = {"owner": [], "owned": [], "share": []}

    def add(owner: int, owned: int) -> None:
        rows["owner"].append(f"P{owner}")
        rows["owned"].append(f"P{owned}")
        rows["share"].append(draw.choice(SHARES))

    for number in range(parties):
        if number % 6 != 5:
            add(number, number + 1)
    while len(rows["owner"]) < count:
        one, other = draw.randrange(parties), draw.randrange(parties)
        if one != other:
            add(one, other)
    parquet.write_table(pa.table(rows), folder / "links.parquet", row_group_size=100_000)
    listed = [f"P{number}" for number in sorted(draw.sample(range(parties), parties // 100))]
    parquet.write_table(pa.table({"node": listed}), folder / "listed.parquet")
    return parties


COMPUTE = """
import datetime as dt, sys
from pyspark.sql import SparkSession
import ringfence.spark
spark = (SparkSession.builder.master("local-cluster[2,1,1024]").config("spark.ui.enabled", "false")
         .config("spark.sql.shuffle.partitions", "8").getOrCreate())
spark.sparkContext.pythonExec = sys.executable
links, listed = (spark.read.parquet(f"{sys.argv[1]}/{name}.parquet") for name in ("links", "listed"))
found = ringfence.spark.owned(links, listed, regime="bis", on=dt.date(2025, 10, 15))
found.write.parquet(f"{sys.argv[1]}/owned")
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--links", type=int, nargs="+", default=[100_000, 1_000_000])
    options = parser.parse_args()
    print(
        "| links | parties | reached | seconds | processor seconds | links a processor second | MB, largest process |"
    )
    print("|--:|--:|--:|--:|--:|--:|--:|")
    for count in options.links:
        with tempfile.TemporaryDirectory() as temporary:
            parties = graph(Path(temporary), count)
            code, wall, used, memory = in_session([sys.executable, "-c", COMPUTE, temporary], os.environ)
            if code:
                sys.exit(f"{count} links: exit code {code}")
            reached = parquet.read_table(Path(temporary) / "owned").num_rows
            print(
                f"| {count:,} | {parties:,} | {reached:,} | {wall:,.1f} | {used:,.1f} | {count / used:,.0f} | {memory:,.0f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
