"""nomenklatura's logic-v2 over the same listings and names, in a Python of its own: what `speed.py --logic-v2` starts.

Standard input holds one JSON object with `records` (`id`, `kind`, `names`) and the `names` to ask; standard output
gets one with `rate` (names a CPU second) and the milliseconds `p50` and `p99` of one question. Candidates come from
character n-grams as in `screeneval` (which has to be on the path), the best 50 are scored.
"""

import json
import sys
import time

from screeneval.adapters.nk import LogicV2Tfidf
from screeneval.data import Record


def main() -> None:
    """Index, ask, tell."""
    told = json.load(sys.stdin)
    engine = LogicV2Tfidf()
    engine.index([Record(**record) for record in told["records"]])
    laps = []
    start = time.process_time()
    for name in told["names"]:
        lap = time.perf_counter()
        engine.search(name, k=5)
        laps.append((time.perf_counter() - lap) * 1e3)
    spent = time.process_time() - start
    laps.sort()
    json.dump(
        {"rate": len(laps) / spent, "p50": laps[len(laps) // 2], "p99": laps[int(len(laps) * 0.99)]},
        sys.stdout,
    )


if __name__ == "__main__":
    main()
