"""The ledger: every kind of tampering is found, holds stop purges, and a package is checked without ringfence."""

import datetime as dt
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from tests.stores import tamper

from ringfence.decisions import ledger as ledger_module
from ringfence.decisions.ledger import Ledger, Line
from ringfence.decisions.verify_export import GENESIS, faults_of, line_hash
from ringfence.errors import InputError, NotKnown

AT = dt.datetime(2020, 3, 1, 12, tzinfo=dt.UTC)


@pytest.fixture
def ledger(location: str) -> Iterator[Ledger]:
    with Ledger.open(location) as opened:
        opened.append(
            "decision", [(f"T-{n}", {"outcome": "conditional", "n": n}) for n in range(1, 6)], at=AT
        )
        yield opened


def test_an_untouched_ledger_holds(ledger: Ledger) -> None:
    found = ledger.verify()
    assert (found.lines, found.faults) == (5, ())
    assert ledger.line("3").said() == {"outcome": "conditional", "n": 3}
    assert ledger.line("T-4").number == 4
    assert next(ledger.lines()).previous == GENESIS


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE ledger SET ref = 'T-9' WHERE number = 3", "line 3 was changed"),
        ("UPDATE ledger SET at = '2021-01-01T00:00:00+00:00' WHERE number = 2", "line 2 was changed"),
        ("UPDATE ledger SET regimes = '' WHERE number = 2", "line 2 was changed"),
        (
            "UPDATE ledger SET body = (SELECT body FROM ledger WHERE number = 1) WHERE number = 4",
            "body of line 4 was",
        ),
        ("UPDATE ledger SET body = {null_byte} WHERE number = 4", "body of line 4 was changed"),
        ("UPDATE ledger SET body = NULL WHERE number = 4", "no purge tells"),
        ("DELETE FROM ledger WHERE number = 3", "line 3 is missing"),
        ("DELETE FROM ledger WHERE number = 1", "line 1 is missing"),
        ("DELETE FROM ledger WHERE number = 5", "its head is line 5"),
        ("DELETE FROM ledger", "its head is line 5"),
        ("UPDATE ledger SET number = CASE number WHEN 2 THEN -3 WHEN 3 THEN -2 ELSE number END", "missing"),
        ("UPDATE ledger SET number = number + 1 WHERE number = 5", "line 5 is missing"),
        ("UPDATE ledger_head SET number = 4", "its head is line 4"),
    ],
)
def test_every_change_deletion_and_move_is_found(
    ledger: Ledger, location: str, statement: str, told: str
) -> None:
    tamper(location, statement)
    assert any(told in fault for fault in ledger.verify().faults), ledger.verify().faults


def test_two_lines_that_changed_places_are_found(ledger: Ledger, location: str) -> None:
    for statement in (
        "UPDATE ledger SET number = 99 WHERE number = 2",
        "UPDATE ledger SET number = 2 WHERE number = 3",
        "UPDATE ledger SET number = 3 WHERE number = 99",
    ):
        tamper(location, statement)
    assert ledger.verify().faults


def test_a_chain_that_was_forged_whole_misses_the_head_that_was_noted(ledger: Ledger, location: str) -> None:
    noted = ledger.verify().head
    tamper(location, "DELETE FROM ledger")
    tamper(location, "DELETE FROM ledger_head")
    ledger.append("decision", [("T-1", {"outcome": "no_requirement_found"})], at=AT)
    assert ledger.verify().faults == ()
    assert "noted" in ledger.verify(expect=noted).faults[0]


def test_a_line_on_hold_is_never_purged(ledger: Ledger) -> None:
    later = dt.datetime(2040, 1, 1, tzinfo=dt.UTC)
    ledger.hold(["T-2"], reason="subpoena", by="counsel", at=later)
    with pytest.raises(InputError, match="legal hold"):
        ledger.purge(now=later, by="clerk", refs=["T-2"])
    assert ledger.purge(now=later, by="clerk") == [1, 3, 4, 5]
    assert ledger.line("T-2").body
    with pytest.raises(NotKnown, match="purged"):
        ledger.line("T-3").said()
    assert ledger.verify().faults == ()
    ledger.release(["T-2"], reason="closed", by="counsel", at=later)
    assert ledger.purge(now=later, by="clerk") == [2]
    assert ledger.verify().faults == ()
    with pytest.raises(NotKnown, match="not on hold"):
        ledger.release(["T-2"], reason="again", by="counsel", at=later)


def test_a_hold_on_everything_stops_every_purge(ledger: Ledger) -> None:
    later = dt.datetime(2040, 1, 1, tzinfo=dt.UTC)
    ledger.hold(["*"], reason="audit", by="counsel", at=later)
    assert ledger.purge(now=later, by="clerk") == []


@pytest.mark.parametrize(("regimes", "years"), [(["EAR"], 5), (["OFAC"], 10), (["EAR", "OFAC"], 10)])
def test_each_regime_keeps_its_years(location: str, regimes: list[str], years: int) -> None:
    with Ledger.open(location) as ledger:
        ledger.append("decision", [("T", {"n": 1})], at=AT, regimes=regimes)
        eve = dt.datetime(2020 + years, 2, 28, tzinfo=dt.UTC)
        assert ledger.purge(now=eve, by="clerk") == []
        with pytest.raises(InputError, match="kept until"):
            ledger.purge(now=eve, by="clerk", refs=["T"])
        assert ledger.purge(now=eve + dt.timedelta(days=2), by="clerk", years={"EAR": 11}) == (
            [] if "EAR" in regimes else [1]
        )
        ledger.purge(now=dt.datetime(2031, 3, 2, tzinfo=dt.UTC), by="clerk")
        assert ledger.line("1").body is None


def test_years_may_not_be_shortened(ledger: Ledger) -> None:
    with pytest.raises(InputError, match="too few"):
        ledger.purge(now=AT, by="clerk", years={"OFAC": 9})


def test_a_package_is_checked_with_one_command_and_without_ringfence(ledger: Ledger, tmp_path: Path) -> None:
    package = tmp_path / "evidence.zip"
    head = ledger.export(package).head
    again = tmp_path / "again.zip"
    ledger.export(again)
    assert package.read_bytes() == again.read_bytes()
    command = [sys.executable, "-I", "-S", str(package)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0
    assert head in ran.stdout
    assert "every line holds" in ran.stdout
    forged = tmp_path / "forged.zip"
    with zipfile.ZipFile(package) as old, zipfile.ZipFile(forged, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(
                name, data.replace(b"conditional", b"prohibited!", 1) if name.endswith("jsonl") else data
            )
    ran = subprocess.run([*command[:-1], str(forged)], capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert "body of line 1 was changed" in ran.stdout


@given(st.lists(st.text(), min_size=2, max_size=7), st.integers(0, 6))
def test_moving_the_cut_between_fields_changes_the_hash(fields: list[str], place: int) -> None:
    place %= len(fields) - 1
    moved = [*fields]
    if moved[place]:
        moved[place], moved[place + 1] = moved[place][:-1], moved[place][-1] + moved[place + 1]
        assert line_hash(moved) != line_hash(fields)


def test_a_package_holds_though_a_line_is_added_while_it_is_written(
    ledger: Ledger, location: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = ledger_module.lines_on

    def and_one_more(connection: sa.Connection, **asked: Any) -> Iterator[Line]:
        yield from read(connection, **asked)
        if not asked:
            monkeypatch.setattr(ledger_module, "lines_on", read)
            with Ledger.open(location) as other:
                other.append("decision", [("T-6", {})], at=AT)

    monkeypatch.setattr(ledger_module, "lines_on", and_one_more)
    ledger.export(tmp_path / "e.zip")
    with zipfile.ZipFile(tmp_path / "e.zip") as package:
        lines = package.read("ledger.jsonl").decode().splitlines()
        assert faults_of(lines, json.loads(package.read("manifest.json"))) == []
    assert ledger.verify().lines == len(lines) + 1


def test_the_export_is_lines_of_json(ledger: Ledger, tmp_path: Path) -> None:
    ledger.append("decision", [("odd\u2028name", {"text": "a\u2028b"})], at=AT)
    ledger.export(tmp_path / "e.zip")
    with zipfile.ZipFile(tmp_path / "e.zip") as bundle:
        lines = bundle.read("ledger.jsonl").decode().rstrip("\n").split("\n")
    assert [json.loads(line)["number"] for line in lines] == [1, 2, 3, 4, 5, 6]
    ran = subprocess.run([sys.executable, str(tmp_path / "e.zip")], capture_output=True, check=False)
    assert ran.returncode == 0


@pytest.mark.parametrize("stores", ["postgresql"], indirect=True)  # SQLite keeps every text
def test_a_reference_that_a_database_cannot_keep_is_refused(ledger: Ledger) -> None:
    with pytest.raises(InputError, match="cannot keep"):
        ledger.append("decision", [("T-\0", {"n": 1})], at=AT)
    assert ledger.verify().lines == 5
