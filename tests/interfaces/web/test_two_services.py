"""Two services and a refresh on one store at once: no error, no line lost or doubled, the chain whole."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest

from ringfence import Ledger, open_store
from ringfence.store.inspection import inspect
from tests.refresh.test_refresh import LISTS, release

RINGFENCE = str(Path(sys.executable).with_name("ringfence"))
ROUNDS, CLIENTS = 5, 2


@contextlib.contextmanager
def service(environment: dict[str, str]) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [RINGFENCE, "serve", "--port", str(port), "--per-minute", "100000"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:
        try:
            for _ in range(600):
                with contextlib.suppress(httpx2.TransportError):
                    if httpx2.get(f"http://127.0.0.1:{port}/readyz", timeout=30).status_code == 200:
                        break
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(30)


@pytest.mark.slow
@pytest.mark.parametrize("stores", ["postgresql"], indirect=True)
def test_two_services_and_a_refresh_write_to_one_store_at_once(location: str, tmp_path: Path) -> None:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("RINGFENCE_")}
    environment |= {"RINGFENCE_STORE": location, "RINGFENCE_CACHE": str(tmp_path / "cache")}
    files = []
    for day, name in (("2026-11-01", "Alpha Works"), ("2026-11-02", "Beta Works")):
        files.append(tmp_path / f"release_{day}.csv")
        files[-1].write_bytes(release(first_name=name))

    def load(file: Path) -> None:
        done = subprocess.run(
            [RINGFENCE, "refresh", "us_csl", "--file", file],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    def write(address: str, who: str) -> list[int]:
        lines = []
        with httpx2.Client(base_url=address, timeout=120) as client:
            for number in range(ROUNDS):
                parties = [{"role": "end_user", "name": "Alpha Works", "country": "CN"}]
                asked = {"on": "2026-11-02", "activity": "export", "destination": "CN", "parties": parties}
                body = {"transactions": [{"id": f"{who}-{number}-{part}", **asked} for part in range(2)]}
                found = client.post("/api/v1/decide", json=body)
                assert found.status_code == 200, found.text
                lines += [one["line"] for one in found.json()["answers"]]
                assert client.get("/api/v1/ledger/verify").json()["faults"] == []
        return lines

    load(files[0])
    with service(environment) as one, service(environment) as other, ThreadPoolExecutor(8) as pool:
        refreshing = pool.submit(load, files[1])
        writing = [
            pool.submit(write, address, f"{place}{client}")
            for place, address in (("a", one), ("b", other))
            for client in range(CLIENTS)
        ]
        told = [line for each in writing for line in each.result()]
        refreshing.result()
    wanted = 2 * ROUNDS * CLIENTS * 2
    assert sorted(told) == list(range(1, wanted + 1))
    with Ledger.open(location) as ledger:
        lines = list(ledger.lines(kind="decision"))
        assert ledger.verify().faults == ()
    assert len(lines) == len({line.ref for line in lines}) == wanted
    with open_store(location) as store:
        held = store.snapshots("us_csl")
        assert [one.entries for one in held] == [sum(LISTS.values())] * 2
    assert inspect(location).faults == ()
