"""What happens to a store when its writer dies, and when two write at once."""

import datetime as dt
import multiprocessing
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ringfence.errors import InputError, StoreError
from ringfence.records.codec import canonical
from ringfence.store import Attempt, Store, open_store
from tests.killed import kill_at
from tests.store.entries import day, entry, instant, release
from tests.stores import Stores

ROOT = Path(__file__).resolve().parents[2]
FIRST = [entry(f"Party {number}") for number in range(5)]
SECOND = [entry(f"Party {number}", "Other name") for number in range(2_100)]

RIVAL = """
import sys
from ringfence.store import open_store
from tests.store.entries import entry, release
path, mark = sys.argv[1], sys.argv[2]
with open_store(path) as store:
    for number in range(8):
        listings = [entry(f"Party {party}", mark if number % 2 else "both") for party in range(200)]
        store.record(release(f"{number}" if number < 4 else f"{mark} {number}"), listings)
"""


def write_second(store: Store) -> None:
    """What a refresh writes: the release, then that it ended well."""
    store.record(release("second", published=day(1), recorded=instant(1)), SECOND)
    store.note(Attempt("us_csl", instant(1), "file", "loaded", "2,100 entries"))


def write_until(location: str, fatal: int) -> None:
    """A writer that kills itself, without any chance to tidy up, before or after its `fatal`-th statement or commit."""
    with open_store(location) as store:
        moments = ("before_cursor_execute", "after_cursor_execute", "commit")
        kill_at(store._database.engine, fatal, moments=moments)
        write_second(store)


def state(store: Store) -> list[tuple[str, int, int]]:
    return [
        (held.origin, held.entries, len({canonical(one) for _, one in store.listings(store.manifest(held))}))
        for held in store.snapshots()
    ]


@pytest.mark.slow
def test_a_writer_killed_at_any_write_leaves_the_last_good_state(stores: Stores) -> None:
    good, whole = ("first", 5, 5), ("second", 2_100, 2_100)
    outcomes = []
    # Processes forked from one that has imported everything already: a new interpreter for each takes a second.
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload([__name__])
    for fatal in range(1, 60):
        with stores.lent() as path:
            with open_store(path) as store:
                store.record(release("first"), FIRST)
            writer = processes.Process(target=write_until, args=(path, fatal))
            writer.start()
            writer.join(60)
            with open_store(path) as store:
                outcomes.append((writer.exitcode, state(store)))
                write_second(store)
                assert state(store) == [good, whole]
        if writer.exitcode == 0:
            break
        assert writer.exitcode == -signal.SIGKILL
    assert outcomes[-1] == (0, [good, whole])
    before = [found for code, found in outcomes if code]
    assert len(before) > 6
    assert all(found in ([good], [good, whole]) for found in before)
    assert before == sorted(before, key=len)


def test_two_writers_at_once_take_turns(location: str) -> None:
    rivals = [
        subprocess.Popen([sys.executable, "-c", RIVAL, location, mark], cwd=ROOT, stderr=subprocess.PIPE)
        for mark in ("one", "other")
    ]
    for rival in rivals:
        _, told = rival.communicate(timeout=120)
        assert rival.returncode == 0, told.decode()
    with open_store(location) as store:
        held = store.snapshots()
        assert sorted(one.origin for one in held) == sorted(
            [*"0123", *(f"{mark} {number}" for mark in ("one", "other") for number in range(4, 8))]
        )
        for one in held:
            listings = dict(store.listings(store.manifest(one)))
            assert len({listing.id for listing in listings.values()}) == one.entries == 200


def test_recording_a_release_twice_adds_nothing(location: str) -> None:
    with open_store(location) as store:
        once = store.record(release("first"), FIRST)
        again = store.record(release("first", recorded=instant(5)), FIRST)
        assert (once.new, again.new) == (True, False)
        assert again.snapshot == once.snapshot
        assert len(store.snapshots()) == 1


def test_a_writer_that_fails_midway_leaves_nothing(location: str) -> None:
    def broken() -> object:
        yield from FIRST
        raise OSError("the disk went away")

    with open_store(location) as store:
        with pytest.raises(OSError, match="went away"):
            store.record(release("first"), broken())  # type: ignore[arg-type]
        assert store.snapshots() == []
        assert store.numbers_of(FIRST[0].id) == []


def test_a_store_that_is_not_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database, but long enough to be taken for a broken one " * 20, encoding="utf-8")
    with pytest.raises(StoreError, match="cannot be opened"), open_store(str(path)):
        pass


@pytest.mark.parametrize("stores", ["postgresql"], indirect=True)  # SQLite compares with every text
def test_a_text_that_a_database_cannot_hold_is_refused_as_a_question(location: str) -> None:
    with open_store(location) as store, pytest.raises(InputError, match="correct it"):
        store.numbers_of("us_bis_entity:\0")


def test_instants_come_back_in_utc(location: str) -> None:
    east = dt.timezone(dt.timedelta(hours=8))
    recorded = dt.datetime(2026, 5, 1, 12, 0, tzinfo=east)
    with open_store(location) as store:
        store.record(release("first", recorded=recorded), FIRST)
        held = store.snapshots()[0].recorded_at
        assert held == recorded
        assert held.tzinfo is dt.UTC
