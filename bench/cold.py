"""What one answer costs from a cold shell: processor and wall seconds of whole processes, the least and the median.

    python bench/cold.py [--source SRC ...] [--times 20] [search Hikvision]

Imports the list of 2026-07-31 from ../shared/data into a store of its own, asks once so that caches and bytecode are there,
as after an installation, and then again and again. Of several sources (`src` folders of two checkouts, each with its
compiled scan) each is asked in turn: before and after on one machine, however busy.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from batch import SHARED
from lists import CSL

RUN = "from ringfence.interfaces.cli import main; main()"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    here = Path(__file__).parent.parent / "src"
    parser.add_argument("--source", type=Path, action="append")
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("question", nargs="*", default=["search", "Hikvision"])
    options = parser.parse_args()
    sources = options.source or [here]
    took: dict[Path, list[tuple[float, float]]] = {source: [] for source in sources}
    with tempfile.TemporaryDirectory() as temporary:
        for turn in range(-1, options.times):
            for number, source in enumerate(sources):
                folder = Path(temporary, str(number))
                if turn < 0:
                    asked(source, folder, "refresh", "us_csl", "--file", str(SHARED / CSL))
                    asked(source, folder, *options.question)
                else:
                    took[source].append(asked(source, folder, *options.question))
    print("| source | processor seconds, least | median | wall seconds, least | median |")
    print("|---|---|---|---|---|")
    for source, times in took.items():
        busy, wall = zip(*times, strict=True)
        told = (min(busy), statistics.median(busy), min(wall), statistics.median(wall))
        print(f"| {source} | " + " | ".join(f"{seconds:.2f}" for seconds in told) + " |")


def asked(source: Path, folder: Path, *arguments: str) -> tuple[float, float]:
    """Processor and wall seconds of one command in a process of its own. Ends the bench when it fails."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    environment |= {
        "PYTHONPATH": str(source.resolve()),
        "PYTHONPYCACHEPREFIX": str(folder / "bytecode"),
        "RINGFENCE_STORE": str(folder / "store.db"),
        "RINGFENCE_CACHE": str(folder / "cache"),
    }
    begun = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, *arguments],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"ringfence {' '.join(arguments)} ended with {process.returncode}")
    return used.ru_utime + used.ru_stime, time.perf_counter() - begun


if __name__ == "__main__":
    main()
