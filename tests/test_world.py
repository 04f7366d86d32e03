"""What stands on a day is kept in the cache, and is what it would be if it were told again."""

import datetime as dt
from pathlib import Path

import msgspec

from ringfence import Engine, Settings
from ringfence.records import Reservation
from ringfence.records.rule import EffectiveDate, FederalRegisterDocument
from ringfence.store import View, open_store
from tests.store.entries import day, entry, instant, release


def seen(location: str, cache: Path, on: dt.date, known_at: dt.datetime | None) -> tuple[object, ...]:
    """All that a view says, by an engine of its own."""
    settings = Settings(store=location, cache=str(cache))
    with Engine.open(settings, now=instant(99), on=on, known_at=known_at) as engine:
        view: View = engine.view
        listings = [(ref, listing) for ref, listing in view.entries()]
        return view.refs, view.lists, view.gone, view.reserved, listings, view.digest


def test_a_kept_standing_is_what_is_told_anew(location: str, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    days = [day(n) for n in (0, 5, 15, 40, 200, 500)]

    def same(*known: dt.datetime | None) -> None:
        for place, (on, known_at) in enumerate((on, one) for on in days for one in known):
            told = seen(location, tmp_path / f"{len(list(tmp_path.iterdir()))}-{place}", on, known_at)
            assert seen(location, kept, on, known_at) == told
            assert seen(location, kept, on, known_at) == told

    with open_store(location) as store:
        store.record(
            release("first", published=day(10), recorded=instant(1)),
            [entry(f"Party {n}", valid_from=day(n)) for n in range(30)],
        )
    same(None, instant(0), instant(1))
    with open_store(location) as store:
        store.record(
            release("second", published=day(30), recorded=instant(2)),
            [
                entry(f"Party {n}", valid_from=day(n) if n % 3 else None, cites="85 FR 44159")
                for n in range(20, 60)
            ],
        )
    same(None, instant(1), instant(2))
    with open_store(location) as store:
        document = FederalRegisterDocument(
            document="2020-15827",
            title="Addition",
            published_on=day(4),
            effective=(EffectiveDate(day(8)),),
            volume=85,
            first_page=44159,
            last_page=44165,
        )
        store.keep_documents([document], at=instant(3))
    same(None, instant(1), instant(2), instant(3))


def test_a_standing_that_cannot_be_kept_is_told_each_time(location: str, tmp_path: Path) -> None:
    with open_store(location) as store:
        store.record(release("first", published=day(10), recorded=instant(1)), [entry("Alpha")])
    blocked = tmp_path / "file"
    blocked.write_bytes(b"")
    assert seen(location, blocked, day(20), None) == seen(location, tmp_path / "free", day(20), None)


def test_a_damaged_file_is_told_anew(location: str, tmp_path: Path) -> None:
    with open_store(location) as store:
        store.record(release("first", published=day(10), recorded=instant(1)), [entry("Alpha")])
    told = seen(location, tmp_path, day(20), None)
    (kept,) = (tmp_path / "standing").iterdir()
    kept.write_bytes(msgspec.msgpack.encode(Reservation(kind="stayed", text="another thing")))
    assert seen(location, tmp_path, day(20), None) == told
