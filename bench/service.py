"""Fifty clients at once, for a minute, while a refresh loads a new list.

    python bench/service.py --first consolidated_2022-04-21.csv.gz --then consolidated_2026-07-31_projection.json.gz

Starts the service on a store of its own on 127.0.0.1, mixes searches, batches, entries, the
dialects and the review desk, and loads the second release after a third of the time. `--store` runs it on another store,
such as an empty PostgreSQL database. Counts errors, and answers whose provenance names two releases of one source or
whose hits come from a release that the provenance does not name.
Prints p50 and p99 by kind of question, before, during and after.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path

import httpx2

RINGFENCE = str(Path(sys.executable).with_name("ringfence"))
NAMES = [
    "Hikvision",
    "Huawei Technologies",
    "Dahua",
    "Bank of China",
    "Mohammed Ali",
    "Quiet Garden Bakery Oslo",
    "杭州海康威视数字技术股份有限公司",
    "Rosoboronexport",
    "Semiconductor Manufacturing International",
    "Ivan Petrov",
]
ENTRY = "us_bis_entity:hangzhou-hikvision-digital-technology-co-ltd-cn"


def questions(client: httpx2.Client, dice: random.Random) -> tuple[str, httpx2.Response]:
    """One question, by lot; what kind it is, and its answer."""
    name = dice.choice(NAMES) + dice.choice(["", " Ltd", " Co"])
    lot = dice.random()
    if lot < 0.15:
        return review(client, dice, name)
    if lot < 0.6:
        return "search", client.get("/api/v1/search", params={"name": name})
    if lot < 0.75:
        batch = {"queries": [{"name": dice.choice(NAMES)} for _ in range(20)]}
        return "screen 20", client.post("/api/v1/screen", json=batch)
    if lot < 0.85:
        body = {"queries": {"q": {"schema": "Company", "properties": {"name": [name]}}}}
        return "yente match", client.post("/match/default", json=body)
    if lot < 0.95:
        return "entry", client.get(f"/api/v1/listings/{ENTRY}")
    return "csl", client.get("/consolidated_screening_list/v1/search", params={"name": name})


def review(client: httpx2.Client, dice: random.Random, name: str) -> tuple[str, httpx2.Response]:
    """One step at the review desk: a party raises alerts, a page of the queue, a remark on an alert."""
    lot = dice.random()
    if lot < 0.3:
        party = {"id": f"C-{dice.randrange(300)}", "name": name, "amount": 10.0}
        return "raise alerts", client.post("/api/v1/alerts", json={"source": "book", "parties": [party]})
    if lot < 0.7:
        return "queue", client.get("/api/v1/alerts", params={"sort": "age"})
    found = client.get("/api/v1/alerts", params={"sort": "age"})
    alerts = found.json().get("alerts", ()) if found.status_code == 200 else ()
    if not alerts:
        return "queue", found
    number = dice.choice(alerts)["alert"]
    return "note", client.post(f"/api/v1/alerts/{number}/note", json={"text": "Looked at again."})


def key_for(environment: dict[str, str]) -> str:
    """The key of an analyst: nobody works at the desk without one."""
    making = [RINGFENCE, "keys", "add", "bench", "--role", "analyst"]
    return subprocess.run(making, env=environment, check=True, capture_output=True, text=True).stdout.strip()


def mixed(answer: object) -> bool:
    """Whether an answer rests on two releases of one source, or on one that it does not name."""
    if not isinstance(answer, dict) or "provenance" not in answer:
        return False
    releases = defaultdict(set)
    for used in answer["provenance"]["lists"]:
        releases[used["source"]].add(used["snapshot"])
    if any(len(found) > 1 for found in releases.values()):
        return True
    named = {snapshot for found in releases.values() for snapshot in found}
    answers = answer.get("answers", [answer])
    return any(
        hit["snapshot"] not in named for one in answers for hit in one.get("hits", ()) if hit.get("snapshot")
    ) or any(
        one.get("provenance", answer["provenance"])["lists"] != answer["provenance"]["lists"]
        for one in answers
    )


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--first", type=Path, required=True, help="the release that is loaded before")
    asked.add_argument("--then", type=Path, required=True, help="the release that is loaded meanwhile")
    asked.add_argument("--clients", type=int, default=50)
    asked.add_argument("--seconds", type=float, default=60)
    asked.add_argument(
        "--pause", type=float, default=0.0, help="seconds that a client thinks between questions"
    )
    asked.add_argument("--port", type=int, default=8791)
    asked.add_argument("--store", help="an empty store; the default is a file of its own")
    told = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = told.store or f"{folder}/bench.db"
        environment = os.environ | {"RINGFENCE_STORE": store, "RINGFENCE_CACHE": folder}
        load = [RINGFENCE, "refresh", "us_csl", "--file"]
        subprocess.run([*load, told.first], env=environment, check=True, capture_output=True)
        serve = [RINGFENCE, "serve", "--port", str(told.port), "--per-minute", "1000000"]
        told.key = key_for(environment)
        service = subprocess.Popen(serve, env=environment, stderr=subprocess.DEVNULL)
        try:
            quiet = {"env": environment, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            found = run(told, lambda: subprocess.Popen([*load, told.then], **quiet))
            print(json.dumps(found, indent=1))
        finally:
            service.terminate()
            service.wait(20)


def run(told: argparse.Namespace, refresh: Callable[[], subprocess.Popen[bytes]]) -> dict[str, object]:
    address = f"http://127.0.0.1:{told.port}"
    with httpx2.Client(base_url=address, timeout=120) as client:
        for _ in range(600):
            try:
                if client.get("/readyz").status_code == 200:
                    break
            except httpx2.TransportError:
                pass
            time.sleep(0.2)
    times: dict[str, list[tuple[float, float]]] = defaultdict(list)
    faults: Counter[str] = Counter()
    seen: dict[str, float] = {}
    begin = time.monotonic()
    lock = threading.Lock()

    def ask(seed: int) -> None:
        dice = random.Random(seed)
        headers = {"Authorization": f"Bearer {told.key}"}
        with httpx2.Client(base_url=address, timeout=120, headers=headers) as client:
            while (now := time.monotonic()) < begin + told.seconds:
                try:
                    kind, found = questions(client, dice)
                    took = time.monotonic() - now
                    fault = None if found.status_code == 200 else f"{kind}: {found.status_code}"
                    answer = found.json() if fault is None else {}
                    fault = fault or ("mixed" if mixed(answer) else None)
                    used = [
                        one["snapshot"]
                        for one in answer.get("provenance", {}).get("lists", ())
                        if one["source"] == "us_csl"
                    ]
                except Exception as error:  # noqa: BLE001
                    kind, took, fault, used = "error", 0.0, type(error).__name__, []
                with lock:
                    times[kind].append((now - begin, took))
                    if fault:
                        faults[fault] += 1
                    for snapshot in used[:1]:
                        seen.setdefault(snapshot, round(now - begin, 1))
                time.sleep(told.pause)

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(told.clients)]
    for thread in threads:
        thread.start()
    time.sleep(told.seconds / 3)
    loading = refresh()
    loaded_from = time.monotonic() - begin
    loading.wait()
    loaded_until = time.monotonic() - begin
    for thread in threads:
        thread.join()
    every = [one for found in times.values() for one in found]
    return {
        "clients": told.clients,
        "questions": len(every),
        "per_second": round(len(every) / told.seconds),
        "errors": sum(count for fault, count in faults.items() if fault != "mixed"),
        "mixed": faults["mixed"],
        "faults": dict(faults),
        "releases_first_seen_at": list(seen.values()),
        "refresh_ran": [round(loaded_from, 1), round(loaded_until, 1)],
        "ms": {kind: spread(found) for kind, found in sorted(times.items())},
        "ms_before_refresh": spread([one for one in every if one[0] < loaded_from]),
        "ms_after_refresh_began": spread([one for one in every if one[0] >= loaded_from]),
    }


def spread(found: list[tuple[float, float]]) -> dict[str, float]:
    """The middle and the slowest hundredth, in milliseconds."""
    took = sorted(seconds * 1000 for _, seconds in found)
    if not took:
        return {}
    return {
        "count": len(took),
        "p50": round(took[len(took) // 2], 1),
        "p99": round(took[int(len(took) * 0.99)], 1),
    }


if __name__ == "__main__":
    main()
