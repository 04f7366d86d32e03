"""A service that is asked all the time while lists are refreshed and a book is watched: does it stay as it was?

    python bench/soak.py --list consolidated_2026-07-31_projection.json.gz --minutes 10

Starts `serve --watch` on a store of its own on 127.0.0.1, with a book, links and a webhook, asks it from a few clients, and
every so often loads a private list with one more entry, so that a new engine takes the place of the old one and the watch
has something to tell. Reads memory, open files and threads of the service from /metrics all along, memory and open files of
the watch from the system, and at the end asks a fresh process the same questions and screens the whole book again. Ends with
1 when there was an error, when memory or handles of the last third are above those of the second, when an answer or an
alert differs, or when a message did not arrive.
"""

import argparse
import contextlib
import http.server
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
from typing import ClassVar

import httpx2

from service import NAMES, RINGFENCE, key_for, mixed, questions

FIGURES = {"rss": "process_resident_memory_bytes", "fds": "process_open_fds", "threads": "process_threads"}
ALLOWED = {"rss": 1.05, "fds": 1.10, "threads": 1.10, "watch_rss": 1.05, "watch_fds": 1.10}
"""By how much the median of the last third may be above that of the second: a leak grows with every question."""
COME_AND_GO = 2
"""So many threads or files more are no growth: threads that answer are made as needed, and end when idle."""
SETTLED = 120
"""Seconds that the service has to take up the last release before an answer counts as another."""


class Receiver(http.server.BaseHTTPRequestHandler):
    """A webhook that keeps what it is sent, each message once."""

    messages: ClassVar[dict[str, dict]] = {}

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        Receiver.messages[self.headers["Ringfence-Message"]] = json.loads(body)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def service(
    environment: dict[str, str], port: int, key: str, log: Path, *watching: str
) -> Iterator[tuple[httpx2.Client, int]]:
    """The service, which logs to a file, and the number of its process."""
    command = [RINGFENCE, "serve", "--port", str(port), "--per-minute", "1000000", *watching]
    with log.open("wb") as lines:
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=lines)
    headers = {"Authorization": f"Bearer {key}"}
    try:
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=120, headers=headers) as client:
            for _ in range(600):
                with contextlib.suppress(httpx2.TransportError):
                    if client.get("/readyz").status_code == 200:
                        break
                time.sleep(0.2)
            yield client, process.pid
    finally:
        process.terminate()
        process.wait(30)


def figures(client: httpx2.Client, service: int) -> dict[str, float] | None:
    """What the service and its watch hold now; None when it did not say."""
    text = client.get("/metrics").text
    found = {name: re.search(rf"^{metric} (\S+)$", text, re.MULTILINE) for name, metric in FIGURES.items()}
    watch = watch_of(service)
    if watch is None or not all(found.values()):
        return None
    pages = int(Path(f"/proc/{watch}/statm").read_text("ascii").split()[1])
    held = {
        "watch_rss": pages * os.sysconf("SC_PAGE_SIZE"),
        "watch_fds": len([*Path(f"/proc/{watch}/fd").iterdir()]),
    }
    return {name: float(one[1]) for name, one in found.items()} | held


def watch_of(service: int) -> int | None:
    """The process of the watch beside a service."""
    for child in Path(f"/proc/{service}/task/{service}/children").read_text("ascii").split():
        with contextlib.suppress(OSError):
            if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
                return int(child)
    return None


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
    asked.add_argument("--parties", type=int, default=1_000, help="parties in the book")
    asked.add_argument("--store", help="an empty store; the default is a file of its own")
    told = asked.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = os.environ | {
            "RINGFENCE_STORE": told.store or str(folder / "soak.db"),
            "RINGFENCE_CACHE": name,
            "SOAK_SECRET": "a secret that only this soak has",
        }

        def ringfence(*arguments: str | Path) -> str:
            done = subprocess.run(
                [RINGFENCE, *arguments], env=environment, check=True, capture_output=True, text=True
            )
            return done.stdout

        ringfence("refresh", "us_csl", "--file", told.list)
        book(folder, told.parties)
        ringfence("book", "import", folder / "book.csv")
        ringfence("book", "links", "add", folder / "links.csv")
        key = key_for(environment)
        hook = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
        threading.Thread(target=hook.serve_forever, daemon=True).start()
        receivers, log = folder / "receivers.toml", folder / "service.log"
        receivers.write_text(
            f'[[webhook]]\nname = "soak"\nurl = "http://127.0.0.1:{hook.server_port}/"\nsecret_env = "SOAK_SECRET"\n'
        )
        with service(environment, told.port, key, log, "--watch", "--receivers", str(receivers)) as (
            client,
            process,
        ):
            found = run(told, client, process, environment, folder)
            with service(environment, told.port + 1, key, folder / "fresh.log") as (fresh, _):
                until = time.monotonic() + SETTLED
                while (
                    differ := [a == b for a, b in zip(answers(client), answers(fresh), strict=True)].count(
                        False
                    )
                ) and (time.monotonic() < until):
                    time.sleep(2)
        # The service is gone, and with it the watch: one round brings to its end what it had begun.
        ringfence("watch", "--once", "--no-refresh", "--receivers", receivers)
        ringfence("watch", "--once", "--no-refresh", "--full", "--receivers", receivers)
        last = json.loads(ringfence("watch", "report", "--format", "json"))
        passes = [
            json.loads(ringfence("watch", "report", "--number", str(n), "--format", "json"))
            for n in range(1, last["number"] + 1)
        ]
        sent = {
            (one["what"], one["alert"], m["rescreening"])
            for m in Receiver.messages.values()
            for one in m["alerts"]
        }
        told_of = {
            (one["what"], one["alert"], report["number"]) for report in passes for one in report["news"]
        }
        found |= {
            "log_of_errors": [
                line
                for line in log.read_text("utf-8").splitlines()
                if '"fault"' in line and "/readyz" not in line
            ],
            "answers_differ": differ,
            "passes": len(passes),
            "alerts_of_a_full_screening_that_the_watch_had_not": len(last["news"]),
            "messages": len(Receiver.messages),
            "news_not_received": len(told_of ^ sent),
        }
    print(json.dumps(found, indent=1))
    bad = (
        "errors",
        "grown",
        "answers_differ",
        "alerts_of_a_full_screening_that_the_watch_had_not",
        "news_not_received",
    )
    return int(any(found[name] for name in bad))


def book(folder: Path, parties: int) -> None:
    """A book, and links among its parties; the entries that are listed one by one are in it, and own others."""
    rows = [f"P{n},{random.Random(n).choice(NAMES)} {n}\n" for n in range(parties)]
    rows += [f"S{n},Soak Trading {n} of Nowhere\n" for n in range(100)]
    (folder / "book.csv").write_text("id,name\n" + "".join(rows), encoding="utf-8")
    ties = [f"S{n},owns,P{n},60%\nP{n},owns,P{n + 100},50%\n" for n in range(100)]
    (folder / "links.csv").write_text("subject,relation,object,share\n" + "".join(ties), encoding="utf-8")


def run(
    told: argparse.Namespace, client: httpx2.Client, process: int, environment: dict[str, str], folder: Path
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
        if sample := figures(client, process):
            samples.append(sample)
        time.sleep(min(5.0, told.minutes * 2))
    for thread in threads:
        thread.join()
    third = len(samples) // 3
    parts = (samples[:third], samples[third : 2 * third], samples[2 * third :])
    spans = {name: [statistics.median(one[name] for one in part) for part in parts] for name in ALLOWED}
    return {
        "minutes": told.minutes,
        "asked": dict(asked),
        "errors": sum(faults.values()),
        "faults": dict(faults),
        **{
            f"{name}_by_third": [round(one / 2**20, 1) if name.endswith("rss") else one for one in span]
            for name, span in spans.items()
        },
        "grown": [
            name for name, (_, was, now) in spans.items() if now > max(was * ALLOWED[name], was + COME_AND_GO)
        ],
    }


if __name__ == "__main__":
    sys.exit(main())
