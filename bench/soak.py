"""A service that is asked all the time while lists are refreshed under it: does it stay as it was?

    python bench/soak.py --list consolidated_2026-07-31_projection.json.gz --minutes 10

Starts the service on a store of its own on 127.0.0.1, asks it from a few clients, and every so often loads a private
list with one more entry, so that a new engine takes the place of the old one. Reads memory, open files and threads
from /metrics all along, and at the end asks a fresh process the same questions. Ends with 1 when there was an error,
when memory or handles of the last third are above those of the second, or when one answer differs.
"""

import argparse
import contextlib
import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx2

from service import NAMES, RINGFENCE, key_for, mixed, questions

FIGURES = {"rss": "process_resident_memory_bytes", "fds": "process_open_fds", "threads": "process_threads"}
ALLOWED = {"rss": 1.05, "fds": 1.10, "threads": 1.10}
"""By how much the median of the last third may be above that of the second: a leak grows with every question."""


@contextlib.contextmanager
def service(environment: dict[str, str], port: int, key: str) -> Iterator[httpx2.Client]:
    command = [RINGFENCE, "serve", "--port", str(port), "--per-minute", "1000000"]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    headers = {"Authorization": f"Bearer {key}"}
    try:
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=120, headers=headers) as client:
            for _ in range(600):
                with contextlib.suppress(httpx2.TransportError):
                    if client.get("/readyz").status_code == 200:
                        break
                time.sleep(0.2)
            yield client
    finally:
        process.terminate()
        process.wait(30)


def figures(client: httpx2.Client) -> dict[str, float]:
    text = client.get("/metrics").text
    return {
        name: float(re.search(rf"^{metric} (\S+)$", text, re.MULTILINE)[1])
        for name, metric in FIGURES.items()
    }


def answers(client: httpx2.Client) -> list[object]:
    """What is answered, without when it was asked."""
    found = []
    for name in NAMES:
        answer = client.get("/api/v1/search", params={"name": name}).json()
        for changing in ("at", "known_at"):
            answer["provenance"].pop(changing)
        found.append(answer)
    return found


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument(
        "--list", type=Path, required=True, help="a release of the Consolidated Screening List"
    )
    asked.add_argument("--minutes", type=float, default=10)
    asked.add_argument("--clients", type=int, default=3)
    asked.add_argument("--refresh-every", type=float, default=30, help="seconds between two refreshes")
    asked.add_argument("--port", type=int, default=8793)
    asked.add_argument("--store", help="an empty store; the default is a file of its own")
    told = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = told.store or f"{folder}/soak.db"
        environment = os.environ | {"RINGFENCE_STORE": store, "RINGFENCE_CACHE": folder}
        subprocess.run(
            [RINGFENCE, "refresh", "us_csl", "--file", told.list],
            env=environment,
            check=True,
            capture_output=True,
        )
        key = key_for(environment)
        with service(environment, told.port, key) as client:
            found = run(told, client, environment, Path(folder))
            time.sleep(5)
            before = answers(client)
        with service(environment, told.port + 1, key) as fresh:
            found["answers_differ"] = sum(a != b for a, b in zip(before, answers(fresh), strict=True))
    print(json.dumps(found, indent=1))
    return int(bool(found["errors"] or found["grown"] or found["answers_differ"]))


def run(
    told: argparse.Namespace, client: httpx2.Client, environment: dict[str, str], folder: Path
) -> dict[str, object]:
    until = time.monotonic() + told.minutes * 60
    faults: Counter[str] = Counter()
    asked: Counter[str] = Counter()

    def ask(seed: int) -> None:
        dice = random.Random(seed)
        with httpx2.Client(base_url=client.base_url, timeout=120, headers=client.headers) as own:
            while time.monotonic() < until:
                try:
                    kind, answer = questions(own, dice)
                    asked[kind] += 1
                    if answer.status_code != 200:
                        faults[f"{kind}: {answer.status_code}"] += 1
                    elif mixed(answer.json()):
                        faults["mixed"] += 1
                except Exception as error:  # noqa: BLE001
                    faults[type(error).__name__] += 1
                time.sleep(0.02)

    def refresh() -> None:
        file, number = folder / "private.csv", 0
        while time.monotonic() < until - told.refresh_every:
            number += 1
            rows = "".join(f"us_bis_entity,Soak Trading {one} of Nowhere\n" for one in range(number))
            file.write_text(f"list,name\n{rows}", encoding="utf-8")
            done = subprocess.run(
                [RINGFENCE, "refresh", "private", "--file", file],
                env=environment,
                capture_output=True,
                check=False,
            )
            asked["refresh"] += 1
            if done.returncode:
                faults[f"refresh: {done.stderr.decode()[-200:]}"] += 1
            time.sleep(told.refresh_every)

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(told.clients)]
    threads.append(threading.Thread(target=refresh))
    for thread in threads:
        thread.start()
    samples = []
    while time.monotonic() < until:
        samples.append(figures(client))
        time.sleep(min(5.0, told.minutes * 2))
    for thread in threads:
        thread.join()
    third = len(samples) // 3
    middle, last = samples[third : 2 * third], samples[2 * third :]
    spans = {
        name: [statistics.median(one[name] for one in part) for part in (samples[:third], middle, last)]
        for name in FIGURES
    }
    return {
        "minutes": told.minutes,
        "asked": dict(asked),
        "errors": sum(faults.values()),
        "faults": dict(faults),
        "rss_mb_by_third": [round(one / 2**20, 1) for one in spans["rss"]],
        "open_files_by_third": spans["fds"],
        "threads_by_third": spans["threads"],
        "grown": [name for name, (_, was, now) in spans.items() if now > was * ALLOWED[name]],
    }


if __name__ == "__main__":
    sys.exit(main())
