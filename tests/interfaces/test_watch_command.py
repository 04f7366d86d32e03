"""`ringfence watch`, as it is typed; and the figures that the service shows of it."""

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from ringfence.interfaces.cli import main

Run = Callable[..., str]
LIST = "list,name,country,since\nus_ofac_sdn,Zephyr Shipyard,IR,2020-01-01\n"


@pytest.fixture
def typed(location: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RINGFENCE_CACHE", str(tmp_path / "cache"))
    Path("book.csv").write_text("id,name\nC1,Zephyr Shipyard\nC2,Unrelated Bakery\n", encoding="utf-8")
    Path("list.csv").write_text(LIST, encoding="utf-8")

    def run(line: str, code: int = 0) -> str:
        found = CliRunner().invoke(main, ["--store", location, *line.split()])
        assert found.exit_code == code, found.output
        return found.output or found.stdout

    return run


def test_a_round_screens_reports_and_rests(typed: Run) -> None:
    typed("book import book.csv")
    typed("refresh private --file list.csv")
    assert "0 of 2 parties screened (0.0%); there was no pass yet" in typed("watch coverage")
    said = typed("watch --once --no-refresh")
    assert "1 new; 2 of 2 parties screened" in said
    assert "Zephyr Shipyard (C1)" in said
    assert "Nothing has changed" in typed("watch --once --no-refresh")
    assert "2 of 2 parties screened (100.0%)" in typed("watch coverage")
    assert json.loads(typed("watch report --format json"))["news"][0]["party"] == "C1"
    typed("watch report --out report.html")
    page = Path("report.html").read_text("utf-8")
    assert "<h2>New alerts: 1</h2>" in page
    assert "Zephyr Shipyard (C1)" in page
    assert "<script" not in page
    typed("watch report --out report.html --language zh")
    assert "<h2>新预警：1</h2>" in Path("report.html").read_text("utf-8")
    assert "--format html" in typed("watch report --language zh", code=2)
    feed = typed("watch report --format atom")
    assert "1 new; 2 of 2 parties screened" in feed
    assert "0 messages wait" in typed("watch outbox")


def test_hostile_names_are_shown_harmlessly(typed: Run) -> None:
    name = "Zephyr Shipyard <script>alert(1)</script>"
    Path("book.csv").write_text(f'id,name\n"<b>C1",{name}\n', encoding="utf-8")
    typed("book import book.csv")
    typed("refresh private --file list.csv")
    typed("watch --once --no-refresh")
    typed("watch report --out report.html")
    assert "<script>" not in Path("report.html").read_text("utf-8")
    assert "<b>C1" not in Path("report.html").read_text("utf-8")


def test_a_report_that_is_not_there_and_receivers_that_cannot_be_told_are_one_line(typed: Run) -> None:
    assert "ringfence watch --once" in typed("watch report", code=2)
    Path("bad.toml").write_text(
        '[[webhook]]\nname = "a"\nurl = "http://example.org"\nsecret_env = "S"\n', encoding="utf-8"
    )
    assert "in the clear" in typed("watch --once --no-refresh --receivers bad.toml", code=2)


def test_the_figures_of_the_watch_are_served(typed: Run, location: str) -> None:
    watched = pytest.importorskip("ringfence.interfaces.web.watched", reason="needs the web extra")
    typed("book import book.csv")
    typed("refresh private --file list.csv")
    typed("watch --once --no-refresh")
    told = "\n".join(watched.figures(location, dt.datetime.now(dt.UTC)))
    assert "ringfence_watch_parties 2" in told
    assert "ringfence_watch_screened_ratio 1.0" in told
    assert watched.figures("none.db", dt.datetime.now(dt.UTC)) == []
