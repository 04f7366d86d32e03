"""The command line as a person uses it: a real process, a store and a cache of its own."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """`run("search", "Hikvision")`: the command where no store is yet, with its output and exit code."""
    return _on(str(tmp_path / "store.db"), tmp_path)


@pytest.fixture
def run_stored(location: str, tmp_path: Path) -> Run:
    """The same on an empty store: a file, then a database of a PostgreSQL server."""
    return _on(location, tmp_path)


def _on(store: str, tmp_path: Path) -> Run:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("RINGFENCE_")}
    environment |= {
        "RINGFENCE_STORE": store,
        "RINGFENCE_CACHE": str(tmp_path / "cache"),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "PYTHONWARNINGS": "default",
    }

    def call(
        *arguments: str | Path,
        stdin: str | None = None,
        stdout: IO[str] | int = subprocess.PIPE,
        **variables: str,
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(Path(sys.executable).with_name("ringfence")), *map(str, arguments)],
            input=stdin,
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            env=environment | variables,
            check=False,
            timeout=600,
        )

    return call
