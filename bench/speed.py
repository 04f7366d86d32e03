"""How fast the matcher is on the full list, beside others in the same run, on one core.

    python bench/speed.py --shared ../shared [--million] [--logic-v2 PYTHON]

Queries are half real names that are not listed and half listed names with a letter changed, each asked alone and
in one batch; one batch more holds only names that are not listed, and one is a book of all of these, one in twenty
listed, asked from a cold start. CPU seconds are this process's own; memory is that of a process of its own, which only
loads the index and asks. The brute-force peers are asked fewer, and so is nomenklatura's matcher (`--logic-v2`, in
a Python of its own that has `nomenklatura` and `scikit-learn`).
"""

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

sys.path.insert(0, str(Path(__file__).parent))

from lists import csl_listings, unlisted_names  # noqa: E402
from ringfence.matching import Index, kernel_name  # noqa: E402
from ringfence.names import readings  # noqa: E402
from ringfence.records import Listing, Name, Party, Query  # noqa: E402


def memory() -> float:
    """Megabytes this process holds now."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize() / 2**20


def memory_of(path: Path, names: list[str]) -> float:
    """Megabytes that loading an index and asking some names add to a process that has done nothing else."""
    command = [sys.executable, __file__, "--memory", path]
    done = subprocess.run(command, input="\n".join(names), text=True, capture_output=True, check=True)
    return float(done.stdout)


def weigh(path: Path) -> None:
    """What `memory_of` starts."""
    readings("warm the tables")
    before = memory()
    index = Index.load(path)
    for name in sys.stdin.read().splitlines():
        index.search(Query(name=name), limit=5)
    print(memory() - before)


def book_of(listings: list[Listing], unlisted: list[str]) -> list[str]:
    """Names that are not listed, and one listed for every 19 of them, shuffled."""
    chance = random.Random(9)
    listed = [chance.choice(chance.choice(listings).party.names).text for _ in range(len(unlisted) // 19)]
    return chance.sample(unlisted + listed, len(unlisted) + len(listed))


def asked(listings: list[Listing], unlisted: list[str], count: int, seed: int) -> list[str]:
    """The names to ask: half unlisted, half listed with one letter changed."""
    chance = random.Random(seed)
    out = chance.sample(unlisted, count // 2)
    for listing in chance.sample(listings, count // 2):
        text = chance.choice(listing.party.names).text
        at = chance.randrange(len(text))
        out.append(text[:at] + chance.choice("aeinrst") + text[at + 1 :])
    chance.shuffle(out)
    return out


def timed(label: str, ask: Callable[[str], object], names: list[str], base: float | None = None) -> float:
    """Print one row: names a CPU second, and the time of single queries; gives names a CPU second."""
    laps: list[float] = []
    start = time.process_time()
    for name in names:
        lap = time.perf_counter()
        ask(name)
        laps.append(time.perf_counter() - lap)
    rate = len(names) / (time.process_time() - start)
    laps.sort()
    ratio = f"{rate / base:,.0f}" if base else "1"
    p50, p99 = statistics.median(laps) * 1e3, laps[int(len(laps) * 0.99)] * 1e3
    print(f"| {label} | {len(names):,} | {rate:,.0f} | {ratio} | {p50:.3f} | {p99:.3f} |", flush=True)
    return rate


def together(label: str, index: Index, names: list[str], base: float) -> None:
    """Print one row: names a CPU second when all are asked in one batch, reasons included."""
    queries = [Query(name=name) for name in names]
    start = time.process_time()
    found = sum(len(matches) for matches in index.search_many(queries, limit=5))
    rate = len(names) / (time.process_time() - start)
    print(
        f"| {label} ({found:,} found) | {len(names):,} | {rate:,.0f} | {rate / base:,.0f} | | |", flush=True
    )


def peers(listings: list[Listing], names: list[str]) -> float:
    """Brute force over every listed name; gives the rate of the slowest, the measure of all ratios."""
    from rapidfuzz import fuzz, process
    from rapidfuzz.distance import JaroWinkler

    choices = [name.text.lower() for listing in listings for name in listing.party.names]

    def best(scorer: Callable[..., float]) -> Callable[[str], object]:
        return lambda name: process.extract(name.lower(), choices, scorer=scorer, limit=5)

    slowest = timed("rapidfuzz WRatio, brute force", best(fuzz.WRatio), names[:30])
    timed("rapidfuzz Jaro-Winkler, brute force", best(JaroWinkler.similarity), names[:200], slowest)
    return slowest


def logic_v2(python: Path, shared: Path, listings: list[Listing], names: list[str], base: float) -> None:
    """Print the row of nomenklatura's matcher."""
    kinds = {"person": "person", "vessel": "vessel", "aircraft": "aircraft", "unknown": "party"}
    records = [
        {
            "id": str(n),
            "names": [name.text for name in listing.party.names],
            "kind": kinds.get(listing.party.kind, "entity"),
            "source": listing.list,
        }
        for n, listing in enumerate(listings)
    ]
    done = subprocess.run(
        [python, Path(__file__).parent / "logic_v2.py"],
        input=json.dumps({"records": records, "names": names}),
        text=True,
        stdout=subprocess.PIPE,
        check=True,
        env=os.environ | {"PYTHONPATH": str(shared / "eval")},
    )
    found = json.loads(done.stdout)
    rate = found["rate"]
    print(
        f"| nomenklatura logic-v2 on 50 candidates | {len(names):,} | {rate:,.0f} | {rate / base:,.0f} | "
        f"{found['p50']:.3f} | {found['p99']:.3f} |",
        flush=True,
    )


def million(listings: list[Listing], total: int) -> list[Listing]:
    """Listings padded to `total` names by recombining the words of listed names."""
    chance = random.Random(1)
    words = [name.text.split() for listing in listings for name in listing.party.names]
    out = list(listings)
    count = sum(len(listing.party.names) for listing in listings)
    while count < total:
        first, second = chance.choice(words), chance.choice(words)
        text = " ".join([*first[: max(1, len(first) // 2)], *second[len(second) // 2 :]])
        if chance.random() < 0.12:
            at = chance.randrange(len(text))
            text = text[:at] + chance.choice("aeiourtn") + text[at + 1 :]
        out.append(Listing(f"made:{count}", "made", "made", Party(str(count), "unknown", (Name(text),))))
        count += 1
    return out


def measure(
    listings: list[Listing],
    names: list[str],
    unlisted: list[str],
    book: list[str],
    rivals: Callable[[], float],
    label: str,
) -> None:
    """Build, save, load, ask; one row for each of both scans after those of the `rivals`, which give the rate of WRatio."""
    start = time.perf_counter()
    built = Index.build(enumerate(listings))
    building = time.perf_counter() - start
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "names.index"
        built.save(path)
        del built
        start = time.perf_counter()
        index = Index.load(path)
        loading = time.perf_counter() - start
        index.search(Query(name=names[0]))
        print(
            f"\n{label}: {len(index):,} listings, {index.names:,} readings of names; built in {building:.2f} s, "
            f"loaded in {loading:.3f} s, {path.stat().st_size / 2**20:.0f} MB on disk, "
            f"{memory_of(path, names[:500]):.0f} MB over the start; scan: {kernel_name()}\n",
            flush=True,
        )
        print("| engine | names | a CPU second | times WRatio | p50 ms | p99 ms |\n|---|---|---|---|---|---|")
        base = rivals()
        queries = {name: Query(name=name) for name in names}

        def ask(name: str) -> object:
            return index.search(queries[name], limit=5)

        timed("ringfence one by one, words new", ask, names, base)
        timed("ringfence one by one, words known", ask, names, base)
        again = Index.load(path)
        again.search(Query(name=names[0]))
        together("ringfence batch, words new", again, names, base)
        together("ringfence batch, words known", again, names, base)
        together("ringfence batch, none of them listed, words new", again, unlisted, base)
        together("ringfence batch, none of them listed, words known", again, unlisted, base)
        again = Index.load(path)
        again.search(Query(name=names[0]))
        together("ringfence batch, a book, 1 in 20 listed, words new", again, book, base)
        if kernel_name() == "compiled":
            plain = Index(index._arrays, "python")  # noqa: SLF001
            few = names[:600]
            timed("ringfence plain Python, words new", lambda n: plain.search(queries[n], limit=5), few, base)
            timed(
                "ringfence plain Python, words known", lambda n: plain.search(queries[n], limit=5), few, base
            )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path(__file__).parents[2] / "shared")
    parser.add_argument("--count", type=int, default=6000)
    parser.add_argument(
        "--logic-v2", type=Path, metavar="PYTHON", help="also nomenklatura's matcher, 200 names"
    )
    parser.add_argument("--memory", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--million", action="store_true", help="also an index of a million names")
    args = parser.parse_args()
    if args.memory:
        weigh(args.memory)
        return
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    readings("warm the tables")
    listings = csl_listings(args.shared)
    unlisted = unlisted_names(args.shared)
    names = asked(listings, unlisted, args.count, seed=7)
    book = book_of(listings, unlisted)
    unlisted = random.Random(5).sample(unlisted, args.count)

    def rivals() -> float:
        base = peers(listings, names)
        if args.logic_v2:
            logic_v2(args.logic_v2, args.shared, listings, names[:200], base)
        return base

    measure(listings, names, unlisted, book, rivals, "The list of 2026-07-31")
    if args.million:
        padded = million(listings, 1_000_000)
        measure(padded, names[:2000], unlisted[:2000], book[:4000], lambda: 1.0, "Padded to a million names")


if __name__ == "__main__":
    main()
