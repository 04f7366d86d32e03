"""The log of what runs on its own."""

import json
import logging
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from ringfence.interfaces.cli import main
from ringfence.interfaces.logs import JsonLines


def test_a_record_is_one_line_whatever_is_logged() -> None:
    form = JsonLines()
    logger = logging.getLogger("ringfence.access")
    told = logger.makeRecord("ringfence.access", logging.INFO, "", 0, {"event": "x", "day": "a\nb"}, (), None)
    line = json.loads(form.format(told))
    assert (line["level"], line["log"], line["day"]) == ("info", "ringfence.access", "a\nb")
    assert line["at"].endswith("Z")
    try:
        int("broken\nin two")
    except ValueError:
        other = logger.makeRecord("uvicorn", logging.ERROR, "", 0, "failed: %s", ("why",), sys.exc_info())
    other.wait_for = 2.5
    text = form.format(other)
    assert "\n" not in text
    assert json.loads(text)["message"] == "failed: why"
    assert json.loads(text)["wait_for"] == 2.5
    assert "ValueError" in json.loads(text)["trace"]


@pytest.fixture
def logged(
    location: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], list[dict[str, object]]]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RINGFENCE_CACHE", str(tmp_path / "cache"))
    Path("book.csv").write_text("id,name\nC1,Zephyr Shipyard\n", encoding="utf-8")
    Path("list.csv").write_text("list,name\nus_ofac_sdn,Zephyr Shipyard\n", encoding="utf-8")
    for line in ("book import book.csv", "refresh private --file list.csv"):
        assert CliRunner().invoke(main, ["--store", location, *line.split()]).exit_code == 0

    def run(line: str) -> list[dict[str, object]]:
        root = logging.getLogger()
        before = root.handlers[:]
        root.handlers.clear()
        try:
            found = CliRunner().invoke(main, ["--store", location, *line.split()])
        finally:
            root.handlers[:] = before
        assert found.exit_code == 0, found.output
        assert found.stdout == ""
        return [json.loads(text) for text in found.stderr.splitlines()]

    return run


def test_a_round_logs_its_pass_and_how_things_stand(logged: Callable[[str], list[dict[str, object]]]) -> None:
    done, state = logged("watch --once --no-refresh --log-json")
    assert {
        "event": "pass",
        "number": 1,
        "parties": 1,
        "raised": 1,
        "screened_ratio": 1.0,
    }.items() <= done.items()
    assert (state["event"], state["alerts_open"], state["outbox_messages"]) == ("state", 1, 0)
    assert list(state["list_age_days"]) == ["private"]  # type: ignore[call-overload]
    (again,) = logged("watch --once --no-refresh --log-json")
    assert again["event"] == "state"
