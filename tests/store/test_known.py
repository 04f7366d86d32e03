"""As known at an instant: whoever asks again is given the same, also when somebody was writing just then."""

import datetime as dt
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ringfence.records.rule import FederalRegisterDocument
from ringfence.store import Ruling, Store, open_store
from tests.store.entries import day, entry, instant, release

LISTED = [entry(f"Party {number}") for number in range(3)]


def clock() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def held(store: Store, known_at: dt.datetime) -> set[str]:
    """All that is known at an instant."""
    return {
        *(one.origin for one in store.snapshots(known_at=known_at)),
        *(one.why for one in store.rulings(known_at=known_at)),
        *(one.document for one in store.documents(known_at=known_at)),
    }


@contextmanager
def writing(store: Store, name: str) -> Iterator[dt.datetime]:
    """A release that has its instant, which is given, and is not yet to be read; it is at the end."""
    read, go_on, instants = threading.Event(), threading.Event(), []

    def slowly() -> dt.datetime:
        instants.append(clock())
        read.set()
        assert go_on.wait(60)
        return instants[0]

    writer = threading.Thread(target=lambda: store.record(release(name), LISTED, learned=slowly))
    writer.start()
    assert read.wait(60)
    try:
        yield instants[0]
    finally:
        go_on.set()
        writer.join()


def test_what_is_being_written_is_known_neither_before_nor_after_it_is_there(location: str) -> None:
    with open_store(location) as store, open_store(location) as other:
        store.record(release("first", published=day(1)), LISTED, learned=clock)
        with writing(other, "second") as began:
            known_at = store.known(clock())
            assert known_at < began
            before = held(store, known_at)
        assert before == held(store, known_at) == {"first"}
        assert held(store, store.known(clock())) == {"first", "second"}


def test_who_names_an_instant_waits_for_what_will_have_been_recorded_by_then(location: str) -> None:
    with open_store(location) as store, open_store(location) as other:
        earlier = store.record(release("first"), LISTED, learned=clock).snapshot.recorded_at
        found: list[set[str]] = []
        with writing(other, "second") as began:

            def ask() -> None:
                store.settle(began)
                found.append(held(store, began))

            store.settle(earlier)  # nothing to wait for
            asking = threading.Thread(target=ask)
            asking.start()
            asking.join(0.2)
            assert not found
        asking.join(60)
        assert found == [held(store, began)] == [{"first", "second"}]


def test_an_empty_store_that_is_being_filled_is_waited_for(location: str) -> None:
    with open_store(location) as store, open_store(location) as other:
        found: list[set[str]] = []
        with writing(other, "first"):
            asking = threading.Thread(target=lambda: found.append(held(store, store.known(clock()))))
            asking.start()
            asking.join(0.2)
            assert not found
        asking.join(60)
        assert found == [{"first"}]


def test_instants_at_which_things_are_recorded_only_ever_rise(location: str) -> None:
    with open_store(location) as store:
        stopped = instant(5)
        first = store.record(release("first"), LISTED, learned=lambda: stopped).snapshot
        ruled = store.rule(Ruling("join", LISTED[0].id, LISTED[1].id, "one", "ann", stopped), lambda: stopped)
        store.keep_documents(
            [FederalRegisterDocument(document="2019-1", title="A rule")], learned=lambda: instant(1)
        )
        last = store.record(release("last"), LISTED, learned=lambda: instant(3)).snapshot
        assert first.recorded_at == stopped
        assert first.recorded_at < ruled.at < last.recorded_at
        assert store.rulings() == [ruled]
        known = [held(store, at) for at in (first.recorded_at, ruled.at, last.recorded_at)]
        assert known == [{"first"}, {"first", "one"}, {"first", "one", "2019-1", "last"}]
        assert store.known(instant(0)) == last.recorded_at  # a clock that was set back hides nothing


@pytest.mark.parametrize("whole_seconds", [True, False])
def test_while_others_write_every_answer_can_be_had_again(location: str, whole_seconds: bool) -> None:
    asked: list[tuple[dt.datetime, set[str]]] = []
    with open_store(location) as store, open_store(location) as other:
        stop = threading.Event()

        def write() -> None:
            number = 0
            while not stop.is_set():
                number += 1
                other.record(release(f"{number}"), LISTED, learned=clock)

        writer = threading.Thread(target=write)
        writer.start()
        try:
            for _ in range(150):
                now = clock()
                known_at = store.known(now.replace(microsecond=0) if whole_seconds else now)
                asked.append((known_at, held(store, known_at)))
        finally:
            stop.set()
            writer.join()
        assert len({len(found) for _, found in asked}) > 3
        for known_at, found in asked:
            assert found == held(store, known_at)
