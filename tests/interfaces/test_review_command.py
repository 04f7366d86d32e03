"""`ringfence review`: a day at the desk from the terminal."""

import csv
import json
from pathlib import Path

import pytest

from tests.interfaces.conftest import Run

SUPPLIERS = (
    "id,name,country,city\nS-1,Hikvision,CN,Hangzhou\nS-2,Dahua Technology,CN,\nS-3,Quiet Garden Bakery,FR,\n"
)
POLICY = '[[four_eyes]]\nwhy = "two"\nreasons = ["other"]\n'


@pytest.fixture
def suppliers(tmp_path: Path) -> Path:
    path = tmp_path / "suppliers.csv"
    path.write_text(SUPPLIERS, "utf-8")
    return path


def test_without_a_store_the_desk_says_how_to_begin(run: Run) -> None:
    found = run("review", "queue")
    assert (found.returncode, found.stdout) == (2, "")
    assert "ringfence screen FILE --alerts" in found.stderr


def test_a_day_at_the_desk(run_stored: Run, suppliers: Path, tmp_path: Path) -> None:
    policy = tmp_path / "review.toml"
    policy.write_text(POLICY, "utf-8")
    rules = {"RINGFENCE_REVIEW_POLICY": str(policy)}
    raised = run_stored("screen", suppliers, "--alerts")
    assert raised.returncode == 0, raised.stderr
    assert "Alerts: 3 new" in raised.stderr
    assert "3 waiting already" in run_stored("screen", suppliers, "--alerts").stderr
    lines = [json.loads(line) for line in run_stored("review", "queue", "--json").stdout.splitlines()]
    assert {one["subject"] for one in lines} == {"S-1", "S-2"}
    first, second, third = sorted(one["alert"] for one in lines)
    cleared = run_stored(
        "review", "clear", str(first), "--reason", "other", "--text", "Not them.", "--by", "ana", **rules
    )
    assert "approve" in cleared.stderr
    assert run_stored("review", "approve", str(first), "--by", "ben", **rules).returncode == 4
    run_stored("people", "add", "ben", "--role", "approver", "--by-proxy")
    approved = run_stored("review", "approve", str(first), "--by", "ben", **rules)
    assert (approved.returncode, "cleared" in approved.stdout) == (0, True)
    bulk = run_stored("review", "clear", str(second), str(third), "--reason", "different_country",
               "--text", "=1+1", "--by", "ana", **rules)  # fmt: skip
    name = bulk.stderr.split("undo ")[1].strip()
    assert "2 done" in run_stored("review", "undo", name, "--by", "ana").stderr
    told = json.loads(run_stored("review", "show", str(first), "--json").stdout)
    assert told["disposition"]["approved_by"] == "ben"
    assert "ben" in run_stored("review", "show", str(first)).stdout
    assert run_stored("review", "verify").returncode == 0
    out = tmp_path / "dispositions.csv"
    assert run_stored("review", "export", "--out", out).returncode == 0
    with out.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["verdict"], row["second_reviewer"], row["status"]) for row in rows] == [
        ("cleared", "ben", "in_force"),
        ("cleared", "", "undone"),
        ("cleared", "", "undone"),
    ]
    assert rows[1]["text"] == "'=1+1"
    assert len(run_stored("review", "export", "--out", "-").stdout.splitlines()) == 3


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("show", "99"), "no alert 99"),
        (("export", "--out", "alerts.pdf"), ".jsonl or .csv"),
        (("undo", "bulk-1"), "names no bulk decision"),
    ],
)
def test_mistakes_are_told_in_one_line(
    run_stored: Run, suppliers: Path, arguments: tuple[str, ...], told: str
) -> None:
    run_stored("screen", suppliers, "--alerts")
    found = run_stored("review", *arguments)
    assert found.returncode == 2
    assert told in found.stderr
    assert len(found.stderr.splitlines()) == 1


def test_the_amounts_of_a_file_order_its_alerts(run_stored: Run, tmp_path: Path) -> None:
    path = tmp_path / "suppliers.csv"
    table = 'id,name,country,annual spend usd\nS-1,Hikvision,CN,"9,000.50"\nS-2,Dahua Technology,CN,{}\n'
    path.write_text(table.format("20000"), "utf-8")
    told = run_stored("screen", path, "--alerts")
    assert "amount   from column 'annual spend usd'" in told.stderr

    def queue() -> dict[str, tuple[float | None, str | None]]:
        lines = run_stored("review", "queue", "--sort", "amount", "--json").stdout.splitlines()
        found = [json.loads(line) for line in lines]
        return {one["subject"]: (one.get("amount"), one.get("currency")) for one in found}

    assert list(queue().items()) == [("S-2", (20000, "USD")), ("S-1", (9000.5, "USD"))]
    path.write_text(table.format("300"), "utf-8")
    assert "0 new, 0 opened again" in run_stored("screen", path, "--alerts").stderr
    assert list(queue().items()) == [("S-1", (9000.5, "USD")), ("S-2", (300, "USD"))]
    path.write_text(table.format("lots"), "utf-8")
    told = run_stored("screen", path, "--alerts")
    assert f"{path}, row 3: the amount 'lots' is not a number" in " ".join(told.stderr.split())
    assert queue()["S-2"] == (None, None)
