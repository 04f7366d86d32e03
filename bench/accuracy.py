"""How well the matcher finds listed parties and leaves others alone, beside other engines, in one run.

    python bench/accuracy.py --shared ../shared [--with-country] [--peers 10] [--logic-v2 PYTHON]

Runs the harness of `shared/eval` on the development half of the real list of 2022-04-21: the matcher on every
query; with `--peers N`, brute-force Jaro-Winkler and WRatio on every Nth; with `--logic-v2`, nomenklatura's
matcher (in a Python of its own that has `nomenklatura` and `scikit-learn`) on the same. Then prints the tables,
the calibration of the scores, and what each threshold costs.
"""

import argparse
import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
CSL = "data/us/csl/consolidated_2022-04-21.csv.gz"
EDGES = (0.0, 0.1, 0.3, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 1.01)
THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95)


def run(python: Path, engine: str, shared: Path, folder: Path, *options: str) -> Path:
    """Run one engine in a process of its own; the file with its figures."""
    out = folder / f"{engine.partition(':')[0]}.json"
    sets = [f"{path.stem}={path}" for path in sorted((shared / "eval" / "negatives").glob("*.csv"))]
    command = [
        *(python, "-m", "screeneval", "run", "--csl", folder / "csl.csv", "--engine", engine, "--out", out),
        *(part for text in sets for part in ("--negatives", text)),
        *options,
    ]
    paths = os.pathsep.join([str(shared / "eval"), str(HERE)])
    environment = os.environ | {"PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
    return out


def calibration(dump: Path) -> str:
    """Two tables from the answers to every query: how often a best answer of a score is right; alarms and recall."""
    rows = [json.loads(line) for line in dump.read_text("utf-8").splitlines()]
    lines = ["| best score | all: answers, right | persons | bodies | not told |", "|---|---|---|---|---|"]
    for low, high in pairwise(EDGES):
        cells = []
        for kind in (None, "person", "entity", "party"):
            best = [
                row["r"][0][0] in row["q"]["gold"]
                for row in rows
                if row["r"] and low <= row["r"][0][1] < high and kind in (None, row["q"]["kind"])
            ]
            cells.append(f"{len(best):,}, {sum(best) / len(best):.2f}" if best else "-")
        lines.append(f"| {low:.2f} to {min(high, 1.0):.2f} | {' | '.join(cells)} |")
    lines += ["", "| threshold | alarms per 10,000 unlisted names | aliases found | changed names found |"]
    lines += ["|---|---|---|---|"]
    unlisted = [row for row in rows if row["q"]["set"] == "negative"]
    for threshold in THRESHOLDS:
        alarms = sum(bool(row["r"]) and row["r"][0][1] >= threshold for row in unlisted)
        found = " | ".join(f"{_found(rows, kind, threshold):.3f}" for kind in ("loao", "perturb"))
        lines.append(f"| {threshold:.2f} | {1e4 * alarms / len(unlisted):.0f} | {found} |")
    return "\n".join(lines)


def _found(rows: list[dict[str, Any]], kind: str, threshold: float) -> float:
    part = [row for row in rows if row["q"]["set"] == kind]
    return sum(any(i in row["q"]["gold"] and s >= threshold for i, s in row["r"]) for row in part) / len(part)


def main() -> None:
    """Run the engines and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=HERE.parents[1] / "shared")
    parser.add_argument("--with-country", action="store_true", help="ask with the party's own country")
    parser.add_argument(
        "--peers", type=int, metavar="N", help="also Jaro-Winkler and WRatio, every Nth query"
    )
    parser.add_argument("--logic-v2", type=Path, metavar="PYTHON", help="also nomenklatura, every Nth query")
    args = parser.parse_args()
    if not (args.shared / CSL).exists():
        sys.exit(
            f"{args.shared / CSL} is not there: the bench needs the real lists; give their place by --shared"
        )
    country = ["--with-country"] if args.with_country else []
    some = ["--every", str(args.peers or 10), *country]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with gzip.open(args.shared / CSL) as packed, (folder / "csl.csv").open("wb") as plain:
            shutil.copyfileobj(packed, plain)
        dump = folder / "ours.jsonl"
        ours = Path(sys.executable)
        files = [run(ours, "screeneval_adapter:Ours", args.shared, folder, "--dump", str(dump), *country)]
        if args.peers:
            files += [run(ours, engine, args.shared, folder, *some) for engine in ("jw", "wratio")]
        if args.logic_v2:
            files.append(run(args.logic_v2, "logic_v2", args.shared, folder, *some))
        sys.path.insert(0, str(args.shared / "eval"))
        from screeneval import report

        runs = [json.loads(path.read_text("utf-8")) for path in files]
        print(report.full(runs))
        print("\n## Calibration\n\n" + calibration(dump))


if __name__ == "__main__":
    main()
