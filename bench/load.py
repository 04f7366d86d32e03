"""How long the real lists take to load, how much memory, and what history costs afterwards.

    .venv/bin/python bench/load.py [--repeat 3]

Reads the real lists in ../shared/data, as the tests do; each step is a process of its own, so that its peak of memory
is its own. Prints a table in Markdown: the best of the repetitions, which is the least disturbed one.
"""

import argparse
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
RINGFENCE = Path(sys.executable).with_name("ringfence")
LOADS = {
    "CSL of 2026, 25,921 rows, JSON": ("us_csl", ["us/csl/consolidated_2026-07-31_projection.json.gz"]),
    "CSL of 2022, 14,160 rows, CSV, all fields": ("us_csl", ["us/csl/consolidated_2022-04-21.csv.gz"]),
    "15 CFR 744 of 2026, XML": ("us_ecfr_744", ["us/ecfr/title-15_part-744_2026-07-23.xml.gz"]),
    "15 CFR 744 of 2026-03, second edition": ("us_ecfr_744", ["us/ecfr/title-15_part-744_2026-03-25.xml.gz"]),
    "the same file again": ("us_ecfr_744", ["us/ecfr/title-15_part-744_2026-03-25.xml.gz"]),
}
ASKED = {
    "diff 2022-04-21 to 2026-07-31, Entity List": "diff --from 2022-04-21 --to 2026-07-31 --list us_bis_entity",
    "diff 2022-04-21 to 2026-07-31, 13 lists": "diff --from 2022-04-21 --to 2026-07-31",
    "diff of two editions of the code": "diff --from 2026-03-25 --to 2026-07-23 --list us_bis_entity",
    "reconcile CSL with the code": "reconcile us_csl us_ecfr_744",
    "parties of all lists, first time": "parties show us_bis_entity:sugon-cn",
    "parties of all lists, saved": "parties show us_bis_entity:sugon-cn",
    "history of one entry": "history us_bis_entity:hangzhou-hikvision-digital-technology-co-ltd-cn",
}

# A process of its own that runs the command and tells the time and the memory that the command took.
MEASURE = """
import resource, subprocess, sys, time
begin = time.perf_counter()
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
elapsed = time.perf_counter() - begin
used = resource.getrusage(resource.RUSAGE_CHILDREN)
peak = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
print(code, elapsed, used.ru_utime + used.ru_stime, peak)
"""


def measured(folder: Path, *arguments: str) -> tuple[float, float, float]:
    """Seconds, seconds of processor and peak megabytes of one run of the command."""
    command = [str(RINGFENCE), "--store", str(folder / "store.db"), *arguments]
    environment = {"PATH": "/usr/bin:/bin", "RINGFENCE_CACHE": str(folder / "cache"), "HOME": str(folder)}
    told = subprocess.run(
        [sys.executable, "-c", MEASURE, *command], capture_output=True, text=True, check=True, env=environment
    ).stdout.split()
    if told[0] != "0":
        sys.exit(f"{' '.join(command)}: exit code {told[0]}")
    return float(told[1]), float(told[2]), float(told[3]) / 1e6


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--repeat", type=int, default=3)
    repeat = options.parse_args().repeat
    best: dict[str, tuple[float, float, float]] = {}
    size = 0
    for _ in range(repeat):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            runs = {
                label: ("refresh", source, *(part for path in paths for part in ("--file", str(DATA / path))))
                for label, (source, paths) in LOADS.items()
            }
            runs |= {label: tuple(command.split()) for label, command in ASKED.items()}
            for label, arguments in runs.items():
                found = measured(folder, *arguments)
                best[label] = min(best.get(label, found), found)
            size = (folder / "store.db").stat().st_size
    print(
        f"Python {platform.python_version()}, {platform.machine()}, best of {repeat}; store {size / 1e6:.1f} MB\n"
    )
    print("| step | seconds | of processor | peak memory, MB |")
    print("|---|--:|--:|--:|")
    for label, (seconds, processor, peak) in best.items():
        print(f"| {label} | {seconds:.1f} | {processor:.1f} | {peak:.0f} |")


if __name__ == "__main__":
    main()
