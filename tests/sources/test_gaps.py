"""Days on which a release prints more than was in force: said, not hidden, and only of entries that rest on nothing else."""

import datetime as dt
from pathlib import Path

import pytest
from tests.store.entries import entry

from ringfence.engine import Engine
from ringfence.settings import read_settings
from ringfence.sources.registry import sources

D = dt.date


@pytest.mark.parametrize(("source_id", "program"), [("un_sc", "Iran"), ("au_dfat", "1737 (Iran)")])
@pytest.mark.parametrize(
    ("day", "doubtful"),
    [(D(2016, 1, 15), False), (D(2016, 1, 16), True), (D(2025, 9, 27), True), (D(2025, 9, 28), False)],
)
def test_the_measures_on_iran_were_interrupted(
    tmp_path: Path, source_id: str, program: str, day: dt.date, doubtful: bool
) -> None:
    settings = read_settings(store=str(tmp_path / "none.db"), cache=str(tmp_path))
    with Engine.open(settings, now=dt.datetime(2026, 11, 23, tzinfo=dt.UTC), on=day) as engine:
        listed = entry(list_id=source_id, source=source_id, programs=(program,))
        found = list(engine.doubts(listed))
        other = list(engine.doubts(entry(list_id=source_id, source=source_id, programs=(program, "Taliban"))))
    assert bool(found) is doubtful
    assert all(f"whether it was in force on {day} is not known" in doubt for doubt in found)
    assert not other


def test_gaps_are_of_days_in_order() -> None:
    for source in sources().values():
        for gap in source.gaps:
            assert gap.since <= gap.until
            assert gap.programs
