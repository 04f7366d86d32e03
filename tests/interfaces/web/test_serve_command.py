"""The service, keys and people from the command line."""

import datetime as dt
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import httpx2
import pytest

from ringfence.store import Attempt, open_store
from tests.interfaces.conftest import Run
from tests.store.entries import entry, release

T = TypeVar("T")


def test_keys_are_made_listed_rotated_and_revoked(run: Run, tmp_path: Path) -> None:
    made = run("keys", "add", "erp", "--role", "viewer", "--days", "10")
    assert made.returncode == 0
    assert re.fullmatch(r"rf_[0-9a-f]{8}_\S{43}\n", made.stdout)
    name = made.stdout.split("_")[1]
    assert made.stdout.strip() not in run("keys", "list").stdout
    assert name in run("keys", "list").stdout
    assert run("keys", "rotate", name, "--grace-hours", "0").stdout != made.stdout
    assert run("keys", "revoke", name).returncode == 0
    missing = run("keys", "revoke", "nonsense")
    assert missing.returncode == 2
    assert "ringfence keys list" in missing.stderr
    assert (tmp_path / "store-access.db").stat().st_mode & 0o077 == 0


def test_people_are_added_listed_and_ended(run: Run) -> None:
    assert (
        run("people", "add", "ann", "--password-from", "-", stdin="correct horse battery\n").returncode == 0
    )
    assert run("people", "add", "bob", "--by-proxy", "--role", "approver").returncode == 0
    assert "at least 12" in run("people", "add", "eve", "--password-from", "-", stdin="short\n").stderr
    shown = run("people", "list").stdout
    assert "ann" in shown
    assert "approver" in shown
    assert run("people", "end", "ann").returncode == 0
    assert run("people", "end", "nobody").returncode == 2


def test_nonsense_is_refused_before_anything_listens(run: Run) -> None:
    for arguments in (["--proxy-header", "X-Email"], ["--allow-origin", "*"], ["--trusted-proxy", "nowhere"]):
        found = run("serve", *arguments)
        assert found.returncode == 2, found.stderr
        assert "Traceback" not in found.stderr


def test_it_serves_and_stops(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {
        "RINGFENCE_STORE": str(tmp_path / "store.db"),
        "RINGFENCE_CACHE": str(tmp_path),
    }
    command = [str(Path(sys.executable).with_name("ringfence")), "serve", "--port", str(port)]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as service:
        try:
            for _ in range(200):
                try:
                    answer = httpx2.get(f"http://127.0.0.1:{port}/api/v1/search?name=Hikvision", timeout=60)
                    break
                except httpx2.TransportError:
                    time.sleep(0.1)
            assert answer.json()["outcome"] == "hit"
            assert "server" not in answer.headers
        finally:
            service.terminate()
            told = service.communicate(timeout=20)[1]
    assert f"http://127.0.0.1:{port}" in told
    assert '"route": "/api/v1/search"' in told
    assert "ikvision" not in told


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc which process the service started")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_the_watch_beside_a_service_ends_with_it_however_it_ends(tmp_path: Path, how: signal.Signals) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {
        "RINGFENCE_STORE": str(tmp_path / "store.db"),
        "RINGFENCE_CACHE": str(tmp_path),
    }
    command = [str(Path(sys.executable).with_name("ringfence")), "serve", "--port", str(port), "--watch"]
    with open_store(environment["RINGFENCE_STORE"]) as store:
        store.record(release("first", recorded=dt.datetime.now(dt.UTC)), [entry("Kappa Works", key="k")])
        store.note(
            Attempt("us_csl", dt.datetime.now(dt.UTC), "file", "loaded", "")
        )  # asked today: nobody is now
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as service:
        watch = _until(lambda: _spawned(service.pid))
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}") as client:
            _until(lambda: _answers(client))
        service.send_signal(how)
        service.wait(60)
    _until(
        lambda: not Path(f"/proc/{watch}/cmdline").exists() or not Path(f"/proc/{watch}/cmdline").read_bytes()
    )


def _spawned(service: int) -> int | None:
    for child in Path(f"/proc/{service}/task/{service}/children").read_text("ascii").split():
        if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
            return int(child)
    return None


def _answers(client: httpx2.Client) -> bool:
    try:
        return client.get("/readyz").status_code == 200
    except httpx2.TransportError:
        return False


def _until(told: Callable[[], T]) -> T:
    for _ in range(600):
        if found := told():
            return found
        time.sleep(0.2)
    raise AssertionError("it did not come")
