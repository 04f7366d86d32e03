"""How matching grows with the number of listed names: 25,000, 250,000 and a million, on one core.

    python bench/growth.py [--shared ../shared] [--names 25000 250000 1000000]

A part of the list of 2026-07-31, or the list padded by recombining the words of its names. Seconds are of the processor,
so that other work on the machine shows less; read ratios within one run. Asked is one batch, half of it names that are not
listed and half listed names with a letter changed.
"""

import argparse
import random
import tempfile
import time
from pathlib import Path

from lists import csl_listings, unlisted_names
from ringfence.matching import Index
from ringfence.names import readings
from ringfence.records import Listing, Query
from speed import asked, memory, million


def part_of(listings: list[Listing], names: int) -> list[Listing]:
    """So many listings that they have `names` names: some of the list, or the whole of it and made-up ones."""
    chosen, count = [], 0
    for listing in random.Random(3).sample(listings, len(listings)):
        chosen.append(listing)
        count += len(listing.party.names)
        if count >= names:
            return chosen
    return million(listings, names)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shared", type=Path, default=Path(__file__).parents[2] / "shared")
    parser.add_argument("--names", type=int, nargs="+", default=[25_000, 250_000, 1_000_000])
    parser.add_argument("--count", type=int, default=2_000)
    options = parser.parse_args()
    readings("warm the tables")
    listings, unlisted = csl_listings(options.shared), unlisted_names(options.shared)
    print(
        "| listed names | built in, s | on disk, MB | loaded in, ms | in memory, MB | names a second | ms a name |"
    )
    print("|--:|--:|--:|--:|--:|--:|--:|", flush=True)
    for names in options.names:
        some = part_of(listings, names)
        queries = [Query(name=name) for name in asked(some, unlisted, options.count, seed=7)]
        start = time.process_time()
        built = Index.build(enumerate(some))
        building = time.process_time() - start
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "names.index"
            built.save(path)
            del built
            before, start = memory(), time.perf_counter()
            index = Index.load(path)
            loading = time.perf_counter() - start
            index.search(queries[0])
            start = time.process_time()
            for _ in index.search_many(queries, limit=5):
                pass
            took = (time.process_time() - start) / len(queries)
            print(
                f"| {sum(len(one.party.names) for one in some):,} | {building:.1f} | {path.stat().st_size / 1e6:.0f} | "
                f"{loading * 1e3:.0f} | {memory() - before:.0f} | {1 / took:,.0f} | {took * 1e3:.2f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
