"""How long a page takes, warm, on the full list: the median and the worst of a hundred, by the wall and by the processor.

    python bench/pages.py --csl consolidated_2026-07-31_projection.json.gz

Loads the list into a store of its own and asks a service in this process on 127.0.0.1, one page after the other, names by turns.
Processor time is that of client and service together; on a machine that others use it says more than the wall.
"""

import argparse
import datetime as dt
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import httpx2
import uvicorn

from ringfence import Settings, open_store
from ringfence.interfaces.web.application import create_app
from ringfence.interfaces.web.service import Service
from ringfence.refresh import refresh

NAMES = ["Hikvision", "Huawei Technologies", "Hangzou Hikvison Digital", "Bank of China", "Mohammed Ali", "杭州海康威视",
         "Rosoboronexport", "Quiet Garden Bakery", "Ivan Petrov", "Semiconductor Manufacturing"]  # fmt: skip
PAGES = {
    "first page": ["/"],
    "search": [f"/search?q={name}" for name in NAMES],
    "search, as a script asks": [f"/search?q={name}" for name in NAMES],
    "browse a list": ["/search?list=us_bis_entity&country=CN", "/search?kind=vessel"],
    "entry": [
        "/listings/us_bis_entity:hangzhou-hikvision-digital-technology-co-ltd-cn",
        "/listings/us_ofac_sdn:6366",
    ],
    "lists": ["/lists"],
    "a list over time": ["/over-time?list=us_bis_entity", "/over-time?list=us_bis_entity&year=2019"],
    "changes": ["/changes?since=2026-01-01"],
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--csl", type=Path, required=True, help="a release of the Consolidated Screening List"
    )
    parser.add_argument("--times", type=int, default=100)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(store=f"{folder}/store.db", cache=f"{folder}/cache")
        with open_store(settings.store) as store:
            refresh(store, "us_csl", paths=[chosen.csl], now=dt.datetime.now(dt.UTC))
        print(f"{'page':<26}{'median ms':>10}{'p95 ms':>10}{'cpu ms':>10}")
        for page, times, busy in measured(settings, chosen.times):
            print(
                f"{page:<26}{statistics.median(times):>10.1f}{sorted(times)[int(len(times) * 0.95)]:>10.1f}{busy:>10.1f}"
            )


def measured(settings: Settings, times: int) -> Iterator[tuple[str, list[float], float]]:
    """Each kind of page with the milliseconds of each call, and the processor's of one call on average."""
    app = create_app(settings, now=lambda: dt.datetime.now(dt.UTC), service=Service(per_minute=0))
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", access_log=False)
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=300) as client:
        for page, paths in PAGES.items():
            headers = {"Accept": "text/html"} | ({"X-Fragment": "1"} if "script" in page else {})
            for path in paths:
                client.get(path, headers=headers).raise_for_status()
            walls: list[float] = []
            began = time.process_time()
            for path, _ in zip(cycle(paths), range(times), strict=False):
                start = time.perf_counter()
                client.get(path, headers=headers).raise_for_status()
                walls.append((time.perf_counter() - start) * 1000)
            yield page, walls, (time.process_time() - began) * 1000 / times
    server.should_exit = True
    thread.join(10)


if __name__ == "__main__":
    main()
