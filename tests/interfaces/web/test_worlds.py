"""Which engine answers, and what can be browsed in it."""

import asyncio
import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence import Engine, Settings
from ringfence.errors import QueryError, StoreError
from ringfence.interfaces.web.application import create_app
from ringfence.interfaces.web.catalogue import Catalogue, Wanted, words_of
from ringfence.interfaces.web.kept import KEPT, KEPT_ITEMS, Kept
from ringfence.interfaces.web.worlds import Worlds, _make_ready, asked
from ringfence.store.database import CONNECTIONS
from tests.interfaces.web.conftest import NOW
from tests.interfaces.web.serving import serving


@pytest.fixture(scope="module")
def worlds(settings: Settings) -> Worlds:
    found = Worlds(settings, lambda: NOW)
    found.begin()
    return found


def test_the_same_question_finds_the_same_engine(worlds: Worlds) -> None:
    day = dt.date(2019, 10, 8)
    assert worlds.world() is worlds.world(NOW.date())
    assert worlds.world(day) is worlds.world(day)
    assert worlds.world(day).engine.on == day
    assert worlds.world().name != worlds.world(day).name


def test_many_callers_at_once_wait_for_one_engine(settings: Settings) -> None:
    worlds = Worlds(settings, lambda: NOW)
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(worlds.world(dt.date(2019, 10, 9)))) for _ in range(8)
    ]
    worlds.begin()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(world) for world in found}) == 1


def test_a_day_that_takes_long_to_make_is_made_once_and_holds_nobody_up(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, may_end = [], threading.Event()

    def slowly(*asked: object) -> None:
        made.append(asked[2])
        assert may_end.wait(60)

    own = Settings(store=settings.store, cache=str(tmp_path))
    day, other = "2019-06-30", "2019-09-30"
    with serving(create_app(own, now=lambda: NOW)) as client, ThreadPoolExecutor(CONNECTIONS * 3) as pool:
        client.get("/api/v1/search", params={"name": "Hikvision"})
        monkeypatch.setattr("ringfence.interfaces.web.worlds._make_ready", slowly)
        monkeypatch.setattr("ringfence.interfaces.web.worlds.MANY", 1)

        def on(day: str | None) -> httpx2.Response:
            asked = {"name": "Hikvision"} | ({"as_of": day} if day else {})
            return httpx2.get(f"{client.base_url}/api/v1/search", params=asked, timeout=60)

        waiting = [pool.submit(on, day) for _ in range(CONNECTIONS + 10)]  # more than there are threads
        last = pool.submit(on, other)
        assert [on(None).json()["outcome"] for _ in range(5)] == ["hit"] * 5
        assert not any(one.done() for one in waiting)
        may_end.set()
        assert {one.result().json()["provenance"]["valid_on"] for one in waiting} == {day}
        assert last.result().json()["provenance"]["valid_on"] == other
    assert sorted(made) == [dt.date.fromisoformat(one) for one in (day, other)]


def test_another_process_makes_ready_what_the_next_engine_needs(settings: Settings, tmp_path: Path) -> None:
    own = Settings(store=settings.store, cache=str(tmp_path))
    asked: dict[str, Any] = {"on": dt.date(2019, 9, 30), "known_at": None}
    with Engine.open(own, now=NOW, **asked) as engine:
        assert not engine.saved
        running: set[Any] = set()
        _make_ready(own, NOW, asked["on"], None, running)
        assert engine.saved
        assert not running


def test_a_history_is_told_once_to_all_who_ask_and_kept_within_bounds(worlds: Worlds) -> None:
    world, kept, told = worlds.world(), Kept(), []

    def tell(number: int, length: int = 1) -> list[int]:
        told.append(number)
        return [number] * length

    async def ask(number: int) -> list[list[int]]:
        asked = [kept.awaited(world, number, lambda: tell(number)) for _ in range(20)]
        return await asyncio.gather(*asked)

    for number in range(KEPT + 1):
        with ThreadPoolExecutor(1) as aside:  # the loop of a browser may be running in this thread
            assert aside.submit(lambda: asyncio.run(ask(number))).result() == [[number]] * 20  # noqa: B023
    assert told == [*range(KEPT + 1)]
    kept.get(world, KEPT, lambda: tell(KEPT))
    assert told == [*range(KEPT + 1)]
    kept.get(world, 0, lambda: tell(0))
    assert told[-1] == 0, "the one longest unused went first"
    for number in (100, 101, 102, 100, 101):
        kept.get(world, number, lambda number=number: tell(number, KEPT_ITEMS // 2))
    assert told[-4:] == [100, 101, 102, 101], "two of half the bound are kept"


def test_an_answer_that_cannot_be_given_is_asked_for_again(worlds: Worlds) -> None:
    kept = Kept()
    with pytest.raises(QueryError):
        kept.get(worlds.world(), "x", lambda: (_ for _ in ()).throw(QueryError("no", "x")))
    assert kept.get(worlds.world(), "x", lambda: 7) == 7


def test_a_new_day_makes_a_new_engine_beside_the_one_that_serves(settings: Settings) -> None:
    clock = [NOW]
    worlds = Worlds(settings, lambda: clock[0])
    worlds.begin()
    first = worlds.world()
    clock[0] += dt.timedelta(days=1)
    for _ in range(600):
        if worlds.world() is not first:
            break
        threading.Event().wait(0.05)
    assert worlds.world().engine.on == first.engine.on + dt.timedelta(days=1)


def test_a_store_that_cannot_be_read_is_said_and_not_fatal(tmp_path: Path) -> None:
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"this is no database" * 100)
    worlds = Worlds(Settings(store=str(broken), cache=str(tmp_path)), lambda: NOW)
    worlds.begin()
    with pytest.raises(StoreError, match=r"broken\.db"):
        worlds.world()


def test_thresholds_of_one_question_do_not_touch_another(worlds: Worlds) -> None:
    world = worlds.world()
    assert asked(world, NOW, threshold=0.2).review_at == 0.2
    assert asked(world, NOW).review_at == world.engine.review_at != 0.2
    assert asked(world, NOW, threshold=0.99).hit_at >= 0.99
    with pytest.raises(QueryError):
        asked(world, NOW, threshold=1.5)


def test_a_catalogue_from_a_file_is_the_one_read_from_the_view(worlds: Worlds, tmp_path: Path) -> None:
    view, file = worlds.world().engine.view, tmp_path / "catalogue" / "rows"
    rows = Catalogue(view).rows
    assert rows
    assert Catalogue(view, file).rows == rows  # makes it
    assert Catalogue(Unread(), file).rows == rows
    for damaged in (file.read_bytes()[:-9], b"", msgspec.msgpack.encode([[1, 2]])):
        file.write_bytes(damaged)
        assert Catalogue(view, file).rows == rows


class Unread:
    """A view that nobody may read."""

    def entries(self) -> Any:
        raise AssertionError

    def listings(self, _refs: Any, /) -> Any:
        raise AssertionError


@given(
    city=st.sampled_from(["", "Hangzhou", "hangzhou", "Urumqi", "Nowhere"]),
    country=st.sampled_from([(), ("CN",), ("CN", "HK"), ("AQ",)]),
    name=st.sampled_from(["", "technology", "public security bureau", "Technology Xinjiang"]),
)
def test_browsing_finds_what_reading_every_entry_finds(
    worlds: Worlds, city: str, country: tuple[str, ...], name: str
) -> None:
    view = worlds.world().engine.view
    found = {row.listing for row in Catalogue(view).find(Wanted(city=city, countries=country, name=name))}
    expected = {
        listing.id
        for _, listing in view.entries()
        if (not city or any(words_of(city) <= words_of(one.city or "") for one in listing.party.addresses))
        and (not country or {*listing.party.countries, listing.destination} & set(country))
        and (not name or any(words_of(name) <= words_of(one.text) for one in listing.party.names))
    }
    assert found == expected
