"""Days on which a release prints more than was in force: said, not hidden, and only of entries that rest on nothing else."""

import datetime as dt
from pathlib import Path

import pytest
from tests.store.entries import entry, release

from ringfence.engine import Engine
from ringfence.records import Query
from ringfence.settings import read_settings
from ringfence.sources.registry import sources
from ringfence.store import open_store

D = dt.date


@pytest.mark.parametrize(("source_id", "program"), [("un_sc", "Iran"), ("au_dfat", "1737 (Iran)")])
@pytest.mark.parametrize(
    ("day", "doubtful"),
    [(D(2016, 1, 15), False), (D(2016, 1, 16), True), (D(2025, 9, 27), True), (D(2025, 9, 28), False)],
)
def test_the_measures_on_iran_were_interrupted(
    tmp_path: Path, source_id: str, program: str, day: dt.date, doubtful: bool
) -> None:
    entries = [
        entry("Alpha Works", list_id=source_id, source=source_id, programs=(program,)),
        entry("Beta Works", list_id=source_id, source=source_id, programs=(program, "Taliban")),
    ]
    settings = read_settings(store=str(tmp_path / "some.db"), cache=str(tmp_path))
    with open_store(settings.store) as store:
        store.record(release("one", published=D(2026, 1, 1), source=source_id), entries)
    with Engine.open(settings, now=dt.datetime(2026, 11, 23, tzinfo=dt.UTC), on=day) as engine:
        found = engine.search(Query(name="Alpha Works"), lists=[source_id])
        other = engine.search(Query(name="Beta Works"), lists=[source_id])
        (used,) = found.provenance.lists
    assert (found.outcome, found.hits[0].reservation) == (
        ("review", "in_doubt") if doubtful else ("hit", None)
    )
    assert (used.entries, used.in_doubt) == ((1, 1) if doubtful else (2, 0))
    if doubtful:
        told = found.hits[0].remarks[0]
        assert told.startswith(f"whether it was in force on {day} is not known")
        assert "not checked against a document: the days 2016-01-16 and 2025-09-28" in told
    assert other.hits[0].reservation is None


def test_gaps_are_of_days_in_order() -> None:
    for source in sources().values():
        for gap in source.gaps:
            assert gap.since <= gap.until
            assert gap.programs
