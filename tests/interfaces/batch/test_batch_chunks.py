"""Long tables: over one or several cores, interrupted and taken up again, the answers are the same."""

import csv
import datetime as dt
import itertools
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.interfaces.conftest import Run

from ringfence import Settings
from ringfence.errors import InputError
from ringfence.interfaces.batch import (
    Answered,
    Begun,
    Unfinished,
    World,
    asks_of,
    chunks,
    find_columns,
    in_chunks,
    open_table,
    read_queries,
    writer_for,
)
from ringfence.interfaces.batch.arrow import screen_rows
from ringfence.interfaces.batch.columns import Remembered
from ringfence.interfaces.batch.table import Row, arrow_rows

NOW = dt.datetime(2019, 10, 20, 12, tzinfo=dt.UTC)
NAMES = (
    "Hikvision",
    "Dahua Technology",
    "Bäckerei Schmidt",
    "Yitu Technologies",
    "Global Trading Co",
    "",
    "=1+1",
)


def parties(path: Path, rows: int) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["id", "name", "country"])
        table.writerows(
            [f"S-{n}", f"{NAMES[n % len(NAMES)]} {n if n % 3 else ''}", ("CN", "DE", "Atlantis")[n % 3]]
            for n in range(rows)
        )
    return path


@pytest.fixture
def world(tmp_path: Path) -> World:
    settings = Settings(store=str(tmp_path / "none.db"), cache=str(tmp_path / "cache"))
    return World(settings=settings, now=NOW, lists=("us",))


def test_several_processes_answer_as_one(world: World, tmp_path: Path) -> None:
    file = parties(tmp_path / "p.csv", 2_300)
    found = []
    for jobs in (1, 2):
        with open_table(file) as table, world.open() as engine:
            engine.index()
            asked = read_queries(table, find_columns(table))
            chunks = list(in_chunks(engine, world, asked, {"csv", "jsonl"}, jobs=jobs))
        first, *others = chunks
        for other in others:
            first.evidence.join(other.evidence)
        found.append(([chunk.pieces for chunk in chunks], first.evidence.said(), [c.spoiled for c in chunks]))
    assert found[0] == found[1]
    assert found[0][1]["parties"] == 2_300


def test_arrow_in_and_arrow_out_is_what_the_file_says(world: World, tmp_path: Path) -> None:
    arrow = pytest.importorskip("pyarrow", reason="needs the batch extra")
    import pyarrow.parquet as pq

    names = ["Hikvision", "Nobody at all GmbH", "HIKVISION", "x" * 12_000, "Yitu"]
    parties = arrow.table({"id": ["a", "b", "c", "d", "e"], "name": names, "country": ["CN"] * 5})
    pq.write_table(parties, tmp_path / "p.parquet")
    with open_table(tmp_path / "p.parquet") as table, world.open() as engine:
        mapping = find_columns(table)
        with writer_for(tmp_path / "o.parquet") as out:
            for chunk in in_chunks(engine, world, read_queries(table, mapping), {"parquet"}):
                out.append(chunk.pieces["parquet"])
        numbers = itertools.count(1)
        rows = [
            [Row(number, number, cells) for cells, number in zip(arrow_rows(batch), numbers, strict=False)]
            for batch in parties.to_batches(max_chunksize=2)
        ]
        batches = screen_rows(engine, rows, mapping, others=Remembered(), lists=world.lists)
        columns = arrow.Table.from_batches(batches)
    assert columns.equals(pq.read_table(tmp_path / "o.parquet"))
    remarks = columns["remarks"].to_pylist()
    assert "the first 10,000 were taken" in remarks[-2]
    assert any("the same name and country as in row 1" in (remark or "") for remark in remarks)


def test_an_unfinished_chunk_counts_only_whole_and_for_the_same_question(
    world: World, tmp_path: Path
) -> None:
    file = parties(tmp_path / "p.csv", 1_200)
    with open_table(file) as table, world.open() as engine:
        mapping = find_columns(table)
        done = next(in_chunks(engine, world, read_queries(table, mapping), {"csv"}))
    asks = asks_of(world, mapping, ["csv"], file=file)
    kept = Unfinished(tmp_path / "o.csv", asks)
    begun = Begun(at=NOW, known_at=NOW, asks=asks)
    with pytest.raises(KeyboardInterrupt):
        interrupted(kept, begun, done)
    assert kept.found() == begun
    assert kept.get(0) == done
    chunk = next(kept.folder.glob("*.chunk"))
    whole = chunk.read_bytes()
    for damaged in (whole[:-1], whole[:100] + bytes([whole[100] ^ 1]) + whole[101:], b""):
        chunk.write_bytes(damaged)
        assert kept.get(0) is None
    other = asks_of(world, mapping, ["csv", "jsonl"], file=file)
    assert Unfinished(tmp_path / "o.csv", other).found() is None
    at_work = pytest.raises(InputError, match="at work on the same output")
    with kept.going_on(begun), at_work, Unfinished(tmp_path / "o.csv", asks).going_on(begun):
        pass
    assert not kept.folder.exists()


def interrupted(kept: Unfinished, begun: Begun, done: Answered) -> None:
    with kept.going_on(begun):
        kept.put(done)
        raise KeyboardInterrupt


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="needs signals that can be held back")
def test_processes_do_not_hear_an_interruption_before_they_can_ignore_it() -> None:
    asks = "import signal; print(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, []))"
    with chunks._uninterrupted():
        born = subprocess.check_output([sys.executable, "-c", asks], text=True)
    assert born.strip() == "True"
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])


def test_a_killed_screening_goes_on_where_it_stopped(run: Run, tmp_path: Path) -> None:
    file = parties(tmp_path / "p.csv", 21_000)
    out = tmp_path / "o.csv"
    folder = tmp_path / ".o.csv.unfinished"
    environment = os.environ | {
        "RINGFENCE_STORE": str(tmp_path / "store.db"),
        "RINGFENCE_CACHE": str(tmp_path / "cache"),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
    }
    command = [str(Path(sys.executable).with_name("ringfence")), "screen", str(file), "--out", str(out)]
    first = subprocess.Popen(
        [*command, "--jobs", "2"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while first.poll() is None and len(list(folder.glob("*.chunk"))) < 3:
        time.sleep(0.02)
    assert first.poll() is None, "it ended before it could be killed"
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert not out.exists()
    second = run("screen", file, "--out", out, "--jobs", "2")
    assert "Going on with the screening begun at" in second.stderr
    whole = run("screen", file, "--out", tmp_path / "whole.csv", "--jobs", "1")
    assert second.returncode == whole.returncode == 2  # names that are formulas are named
    assert timeless(out) == timeless(tmp_path / "whole.csv")
    assert not folder.exists()


def timeless(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    return [{k: v for k, v in row.items() if k not in ("at", "known_at")} for row in rows]
