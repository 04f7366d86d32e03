"""How well the matcher finds listed parties and leaves others alone, beside other engines, in one run.

    python bench/accuracy.py --shared ../shared [--with-country] [--peers 10] [--logic-v2 PYTHON] [--picture FILE]

Runs the harness of `shared/eval` on the development half of the real list of 2022-04-21: the matcher on every
query; with `--peers N`, brute-force Jaro-Winkler and WRatio on every Nth; with `--logic-v2`, nomenklatura's
matcher (in a Python of its own that has `nomenklatura` and `scikit-learn`) on the same. Then prints the tables,
the calibration of the scores, and what each threshold costs; `--picture FILE` draws the calibration as SVG.
"""

import argparse
import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from calibration import picture, rows_of, tables

HERE = Path(__file__).resolve().parent
CSL = "data/us/csl/consolidated_2022-04-21.csv.gz"


def run(python: Path, engine: str, shared: Path, folder: Path, *options: str) -> Path:
    """Run one engine in a process of its own; the file with its figures."""
    out = folder / f"{engine.partition(':')[0]}.json"
    sets = [f"{path.stem}={path}" for path in sorted((shared / "eval" / "negatives").glob("*.csv"))]
    command = [
        *(python, "-m", "screeneval", "run", "--csl", folder / "csl.csv", "--engine", engine, "--out", out),
        *(part for text in sets for part in ("--negatives", text)),
        *options,
    ]
    paths = os.pathsep.join([str(shared / "eval"), str(HERE), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = os.environ | {"PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
    return out


def main() -> None:
    """Run the engines and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=HERE.parents[1] / "shared")
    parser.add_argument("--with-country", action="store_true", help="ask with the party's own country")
    parser.add_argument(
        "--peers", type=int, metavar="N", help="also Jaro-Winkler and WRatio, every Nth query"
    )
    parser.add_argument("--logic-v2", type=Path, metavar="PYTHON", help="also nomenklatura, every Nth query")
    parser.add_argument(
        "--picture", type=Path, metavar="FILE", help="draw the calibration of the scores as SVG"
    )
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
        rows = rows_of(dump)
        print("\n## Calibration\n\n" + tables(rows))
        if args.picture:
            args.picture.write_text(picture(rows), "utf-8")


if __name__ == "__main__":
    main()
