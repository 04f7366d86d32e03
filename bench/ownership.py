"""How long the fixpoint of ownership takes as graphs grow, and what one change costs.

    python bench/ownership.py            # 10k, 100k and 1M companies
    python bench/ownership.py 10000      # one size
    python bench/ownership.py --ends 20000 --shared ../shared   # the whole command, on real names and a real list

Graphs are made up: every company has two owners on average, shares from a register's bands and exact percentages, and one
company in two thousand is listed. Each incremental figure is checked against computing anew.

With `--ends`, a table of holdings between so many differently named parties, one in twenty of them listed, goes
through `ringfence exposure` with the Consolidated Screening List of April 2022: reading, screening, paths, JSON.
"""

import argparse
import csv
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from lists import csl_listings, unlisted_names
from ringfence.graph.fixpoint import Fixpoint, Scale, digits_of

SIZES = (10_000, 100_000, 1_000_000)
SHARES = (
    (Decimal("0.10"), Decimal("0.10"), False),
    (Decimal("0.25"), Decimal("0.50"), True),
    (Decimal("0.333"), Decimal("0.333"), False),
    (Decimal("0.50"), Decimal("0.50"), False),
    (Decimal("0.50"), Decimal("0.75"), True),
    (Decimal("0.75"), Decimal(1), False),
    (Decimal(1), Decimal(1), False),
    (Decimal(0), Decimal(1), False),
)
CHANGES = 200
CSL = "data/us/csl/consolidated_2022-04-21.csv.gz"
LISTED_IN = 20


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def made_up(
    companies: int, chance: random.Random
) -> tuple[list[tuple[int, int, int, int]], list[int], Scale]:
    scale = Scale(digits_of(end for low, high, _ in SHARES for end in (low, high)))
    grains = [
        (scale.low(low, is_open=is_open), scale.high(high, is_open=False)) for low, high, is_open in SHARES
    ]
    edges = []
    for _ in range(2 * companies):
        low, high = grains[chance.randrange(len(grains))]
        edges.append((chance.randrange(companies), chance.randrange(companies), low, high))
    return edges, chance.sample(range(companies), max(companies // 2_000, 1)), scale


def measure(companies: int) -> None:
    chance = random.Random(companies)
    edges, seeds, scale = made_up(companies, chance)
    start = time.perf_counter()
    graph = Fixpoint(companies, edges, one=scale.one, need=scale.one // 2)
    built = time.perf_counter() - start
    computed = timed(lambda: graph.start(seeds))
    reached = sum(graph.definite.member), sum(graph.possible.member)
    costs: dict[str, list[float]] = {"seed": [], "edge": []}
    for number in range(CHANGES):
        if number % 2:
            edge = chance.randrange(len(edges))
            low, high = scale.one // 2 * (number % 4 == 1), scale.one // 2
            costs["edge"].append(timed(lambda e=edge, a=low, b=high: graph.set_edge(e, a, b)))
            edges[edge] = (*edges[edge][:2], low, high)
        else:
            node = chance.randrange(companies)
            if node in graph.definite.seeds:
                continue
            costs["seed"].append(timed(lambda n=node: graph.add_seed(n)))
            costs["seed"].append(timed(lambda n=node: graph.remove_seed(n)))
    anew = Fixpoint(companies, edges, one=scale.one, need=scale.one // 2)
    anew.start(seeds)
    same = anew.definite.member == graph.definite.member and anew.possible.member == graph.possible.member
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{companies:>9,} {2 * companies:>9,} {built:>8.2f} {computed:>10.3f} {reached[0]:>9,} {reached[1]:>9,} "
        f"{_middle(costs['seed']):>9.3f} {max(costs['seed']) * 1e3:>9.1f} {_middle(costs['edge']):>9.3f} "
        f"{max(costs['edge']) * 1e3:>9.1f} {'yes' if same else 'NO':>5} {memory:>7,.0f}"
    )


def _middle(costs: list[float]) -> float:
    return sorted(costs)[len(costs) // 2] * 1e3


def whole_command(ends: int, shared: Path) -> None:
    """Time `ringfence exposure` on made-up holdings between `ends` real or made-up names, first and again."""
    chance = random.Random(ends)
    plain = list(dict.fromkeys(unlisted_names(shared)))
    listed = [listing.party.name for listing in chance.sample(csl_listings(shared), ends // LISTED_IN)]
    numbered = (f"{name} {number}" if number else name for number in range(ends) for name in plain)
    names = dict.fromkeys(listed)
    while len(names) < ends:
        names[next(numbered)] = None
    called = list(names)
    chance.shuffle(called)
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "links.csv"
        with table.open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(("subject", "relation", "object", "share"))
            rows.writerows(
                (one, "owns", other, "50%") for one, other in zip(called[::2], called[1::2], strict=False)
            )
        environment = {**os.environ, "RINGFENCE_CACHE": folder, "RINGFENCE_STORE": f"{folder}/lists.db"}
        command = str(Path(sys.executable).with_name("ringfence"))

        def run(*arguments: str) -> bytes:
            return subprocess.run(
                [command, *arguments], env=environment, capture_output=True, check=True
            ).stdout

        run("refresh", "us_csl", "--file", str(shared / CSL))
        for turn in ("first, with index and parties", "again"):
            start = time.perf_counter()
            answers = run("exposure", "--links", str(table), "--json", "--as-of", "2026-01-01").count(b"\n")
            seconds = time.perf_counter() - start
            print(
                f"{turn}: {ends:,} ends, {answers:,} answers, {seconds:.1f} s, {ends / seconds:,.0f} ends a second"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES)
    parser.add_argument("--ends", type=int)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    asked = parser.parse_args()
    if asked.ends:
        whole_command(asked.ends, asked.shared)
        return
    print(
        f"{'companies':>9} {'holdings':>9} {'build s':>8} {'compute s':>10} {'owned':>9} {'possible':>9} "
        f"{'seed ms':>9} {'worst':>9} {'edge ms':>9} {'worst':>9} {'same':>5} {'MB':>7}"
    )
    for companies in asked.sizes or SIZES:
        measure(companies)


if __name__ == "__main__":
    main()
