"""How many transactions are decided in an hour: made-up orders over real names, spread over days.

    python bench/decide.py STORE [COUNT] [DAYS]

STORE is a store that holds real lists; nothing is written to it. Names are those of universities and listed
companies beside the repository, and a tenth of the parties are listed ones.
"""

import csv
import datetime as dt
import gzip
import io
import json
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from ringfence import Engine, read_settings, read_transaction

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
GOAL = 100_000
"""Transactions in an hour that must be reached."""


def names() -> list[str]:
    """Real names, almost none of them listed."""
    schools = json.loads(
        gzip.decompress((SHARED / "names/world_universities_2026-06-20.json.gz").read_bytes())
    )
    text = gzip.decompress((SHARED / "names/nasdaq_listed_2026-08-01.csv.gz").read_bytes()).decode()
    rows = list(csv.reader(io.StringIO(text)))[1:]
    return [school["name"] for school in schools] + [
        row[1] for row in rows if len(row) > 1 and row[1].strip()
    ]


def made(
    number: int, pool: list[str], listed: list[str], days: list[dt.date], dice: random.Random
) -> dict[str, Any]:
    """One transaction of a plain kind."""
    name = dice.choice(listed if dice.random() < 0.1 else pool)
    return {
        "id": f"T-{number}",
        "on": dice.choice(days).isoformat(),
        "activity": dice.choice(["export", "reexport"]),
        "actor": {"country": "US", "us_person": True},
        "parties": [
            {"role": "ultimate_consignee", "name": name, "country": dice.choice(["CN", "DE", "AE", "IN"])},
            {"role": "forwarder", "name": dice.choice(pool), "country": "US"},
        ],
        "items": [
            {
                "kind": "commodity",
                "jurisdiction": "EAR",
                "classification": dice.choice(["EAR99", "3A991", "5A992.c", "2A983.a"]),
                "origin": "US",
                "facts": [],
            }
        ],
        "destination": dice.choice(["CN", "DE", "AE", "IN"]),
        "end_use": [],
    }


def main() -> None:
    """Time the whole way from JSON to JSON."""
    store, count, spread = sys.argv[1], int((sys.argv[2:] or ["10000"])[0]), int((sys.argv[3:] or ["5"])[0])
    dice = random.Random(7)
    days = [dt.date(2022, 4, 22) + dt.timedelta(days=7 * n) for n in range(spread)]
    with tempfile.TemporaryDirectory() as cache:
        settings = read_settings({}, store=store, cache=cache)
        with Engine.open(settings, now=dt.datetime(2026, 11, 23, tzinfo=dt.UTC), on=days[0]) as engine:
            listed = [listing.party.name for _, listing in engine.view.entries()][::7]
            orders = [
                made(number, names_, listed, days, dice) for names_ in [names()] for number in range(count)
            ]
            begun = time.perf_counter()
            outcomes: dict[str, int] = {}
            for decision in engine.decide(read_transaction(order) for order in orders):
                outcomes[decision.outcome] = outcomes.get(decision.outcome, 0) + 1
            seconds = time.perf_counter() - begun
    print(
        f"{count:,} transactions over {spread} days in {seconds:.1f} s: {count / seconds * 3600:,.0f} an hour (goal {GOAL:,})"
    )
    print(outcomes)


if __name__ == "__main__":
    main()
