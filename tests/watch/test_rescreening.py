"""A pass over the book, and all that follows from it: alerts, dispositions, report, messages; also when somebody dies."""

import datetime as dt
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from ringfence import Settings
from ringfence.errors import Conflict
from ringfence.review import Filter, Reviewer
from ringfence.store import Store, open_store
from ringfence.store.passes import Passes
from ringfence.store.transfer import copy_store
from ringfence.watch.delivery import messages_of
from ringfence.watch.receivers import Receivers, Webhook
from ringfence.watch.report import Rescreening, lines
from ringfence.watch.rescreening import BY, Rescreener
from tests.graph.worlds import owns
from tests.store.entries import day, entry, release
from tests.stores import Files, Stores

ROOT = Path(__file__).resolve().parents[2]
NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
HOOKS = Receivers(webhook=(Webhook(name="case", url="http://127.0.0.1:9/", secret_env="S", per_message=2),))
FILLER = [entry(f"Filler {n} Gamma", key=f"f{n}", cites="84 FR 54002") for n in range(40)]
FIRST = [entry("Kappa Works", key="k"), entry("Rosneft Bank", key="r"), *FILLER]
SECOND = [
    entry("Kappa Works", "Kappa Trading", key="k"),
    entry("Huawei", key="h", cites="84 FR 22961"),
    *FILLER,
]
BOOK = {"a": "Kappa Works", "b": "Rosneft Bank", "c": "Huawei", "d": "Unrelated Ltd"}
ANA = Reviewer("ana")


def settings(location: str, cache: Path | str) -> Settings:
    return Settings(store=location, cache=str(cache))


def rescreener(store: Store, location: str, cache: Path | str) -> Rescreener:
    return Rescreener(store, settings(location, cache), lambda report: messages_of(report, HOOKS, "test"))


def put(watch: Rescreener, book: dict[str, str], at: dt.datetime = NOW) -> None:
    from ringfence.records import Query
    from ringfence.store import BookParty

    parties = [BookParty.of_query(Query(name=name, id=key)) for key, name in book.items()]
    watch.book.put(parties, at=at, by="ann", origin="test", whole=True)


def load(store: Store, number: int, listings: list) -> None:  # type: ignore[type-arg]
    recorded = NOW + dt.timedelta(hours=number, minutes=-30)
    store.record(release(f"release {number}", published=day(number), recorded=recorded), listings)


def hours(number: int) -> dt.datetime:
    return NOW + dt.timedelta(hours=number)


def met(watch: Rescreener) -> set[tuple[str, str]]:
    return {(party, one.listing) for party, answer in watch.passes.answers().items() for one in answer.met}


def news(report: Rescreening | None) -> set[tuple[str, str, str]]:
    assert report is not None
    return {(one.what, one.party, one.listing.partition(":")[2]) for one in report.news}


@pytest.fixture
def watch(location: str, tmp_path: Path) -> Iterator[Rescreener]:
    with open_store(location) as store:
        load(store, 0, FIRST)
        made = rescreener(store, location, tmp_path)
        put(made, BOOK)
        yield made


def test_a_list_change_raises_changes_and_withdraws_alerts_and_the_report_says_why(watch: Rescreener) -> None:
    first = watch.run(now=hours(0))
    assert news(first) == {("raised", "a", "k"), ("raised", "b", "r")}
    assert watch.run(now=hours(1)) is None
    load(watch._store, 1, SECOND)
    second = watch.run(now=hours(2))
    assert second is not None
    assert news(second) == {("changed", "a", "k"), ("withdrawn", "b", "r"), ("raised", "c", "h")}
    assert second.effort.kind == "delta"
    assert second.effort.pairs < second.effort.pairs_of_all
    (moved,) = [one for one in second.lists if one.list == "us_bis_entity"]
    assert (moved.added, moved.changed, moved.removed, moved.citations) == (1, 1, 1, ("84 FR 22961",))
    told = "\n".join(lines(second))
    assert "1 added, 1 changed, 1 removed" in told
    assert "the entry is no longer in force" in told
    assert "listing aliases: (none) → Kappa Trading" in told
    assert msgspec.json.decode(watch.passes.report() or b"", type=Rescreening) == second


def test_what_was_cleared_stays_cleared_until_a_fact_it_rests_on_changes(watch: Rescreener) -> None:
    watch.run(now=hours(0))
    number = watch.desk.queue(Filter(subject="a")).alerts[0].alert
    why = {"reason": "different_country", "text": "another country"}
    watch.desk.clear(number, **why, by=ANA, at=hours(0) + dt.timedelta(minutes=1))
    load(watch._store, 1, [*FIRST, entry("Huawei", key="h")])
    kept = watch.run(now=hours(1))
    assert news(kept) == {("raised", "c", "h")}
    assert kept is not None
    assert kept.kept == 2
    put(watch, BOOK | {"a": "Kappa Works Ltd"}, hours(2))
    opened = watch.run(now=hours(2))
    assert news(opened) == {("reopened", "a", "k")}
    assert opened is not None
    assert opened.news[0].why == ("party name: Kappa Works → Kappa Works Ltd",)
    assert opened.party_changes == {"changed": 1}


def test_a_party_that_comes_or_leaves_is_screened_or_let_go(watch: Rescreener) -> None:
    watch.run(now=hours(0))
    assert watch.coverage().share == 1.0
    put(watch, {"a": "Kappa Works", "e": "Rosneft Bank"}, hours(1))
    assert (watch.coverage().screened, watch.coverage().parties, watch.unscreened()) == (1, 2, ["e"])
    report = watch.run(now=hours(1))
    assert news(report) == {("withdrawn", "b", "r"), ("raised", "e", "r")}
    assert watch.coverage().share == 1.0


def test_a_pair_that_meets_again_is_opened_again(watch: Rescreener) -> None:
    watch.run(now=hours(0))
    load(watch._store, 1, FIRST[:1] + FILLER)
    watch.run(now=hours(1))
    load(watch._store, 2, FIRST)
    assert news(watch.run(now=hours(2))) == {("reopened", "b", "r")}


def test_two_watches_at_once_record_one_pass(watch: Rescreener, tmp_path: Path) -> None:
    last = watch.passes.last()
    assert last is None
    watch.run(now=hours(0))
    done = watch.passes.last()
    assert done is not None
    with pytest.raises(Conflict, match="another watch"):
        watch.passes.record(done, [], after=0)


def test_what_is_owed_is_written_in_parts_and_owed_once(watch: Rescreener) -> None:
    watch.run(now=hours(0))
    load(watch._store, 1, SECOND)
    watch.run(now=hours(1))
    (waiting,) = watch.outbox.waiting()
    assert (waiting.receiver, waiting.messages) == ("case", 3)  # two alerts in one, then three in two


# A watch that kills itself, without any chance to tidy up, before its n-th write.
WATCH = """
import sys
from ringfence.store import open_store
from tests.killed import kill_at
from tests.watch.test_rescreening import hours, rescreener
path, cache, fatal = sys.argv[1], sys.argv[2], int(sys.argv[3])
with open_store(path) as store:
    kill_at(store.database.engine, fatal, passing=("SELECT", "PRAGMA", "BEGIN"))
    rescreener(store, path, cache).run(now=hours(2))
"""


def outcome(watch: Rescreener) -> tuple[object, ...]:
    """Everything that a pass leaves: answers, alerts with what happened to them, what is owed, the report's news."""
    alerts = {
        (one.subject, one.listing): [event.action for event in watch.desk.alert(one.alert).events]
        for one in watch.desk.queue(Filter(states=("new", "cleared"))).alerts
    }
    (owed,) = watch.outbox.waiting()
    report = msgspec.json.decode(watch.passes.report() or b"", type=Rescreening)
    last = watch.passes.last()
    return met(watch), alerts, owed.messages, news(report), last.number if last else 0, watch.desk.verify()


@pytest.mark.slow
def test_a_watch_killed_at_any_write_loses_nothing_and_doubles_nothing(
    stores: Stores, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    expected: tuple[object, ...] | None = None
    each = 1 if stores.kind == "sqlite" else 4
    for fatal in [0, *range(1, 80, each)]:
        with stores.bare() as path:
            with open_store(path) as store:
                load(store, 0, FIRST)
                watch = rescreener(store, path, cache)
                put(watch, BOOK)
                watch.links.put("links.csv", [owns("Kappa Works", "60%", "Holding")], {}, at=NOW, by="ann")
                watch.run(now=hours(0))
                load(store, 1, SECOND)
                links = [owns("Huawei", "60%", "Holding"), owns("Holding", "50%", "Unrelated Ltd")]
                watch.links.put("links.csv", links, {}, at=NOW, by="ann")
            ran = subprocess.run(
                [sys.executable, "-c", WATCH, path, str(cache), str(fatal)],
                cwd=ROOT,
                capture_output=True,
                check=False,
            )
            with open_store(path) as store:
                watch = rescreener(store, path, cache)
                if fatal:
                    watch.unfinished()
                    watch.run(now=hours(3))
                found = outcome(watch)
        assert ("d", "us_bis_entity:h") in found[1]  # type: ignore[operator]
        expected = expected or found
        assert found == expected, f"killed before write {fatal}"
        if fatal and ran.returncode == 0:
            assert fatal > 10
            return
        assert ran.returncode == (-signal.SIGKILL if fatal else 0), ran.stderr.decode()
    raise AssertionError("the watch wrote more often than was tried")


def test_a_watch_goes_on_where_its_store_was_copied_to(
    watch: Rescreener, location: str, stores: Stores, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    watch.links.put("links.csv", [owns("Kappa Works", "60%", "Unrelated Ltd")], {}, at=NOW, by="ann")
    watch.run(now=hours(0))
    there: Stores = Files(tmp_path) if stores.kind == "postgresql" else request.getfixturevalue("postgres")
    with there.bare() as place:
        copied = {one.table: one.rows for one in copy_store(location, place)}
        new = ("book_version", "book_change", "book_links", "book_links_part", "screening_pass", "screening_answer",
               "end_answer", "ownership_answer", "screening_report", "outbox")  # fmt: skip
        assert all(copied[table] for table in new)
        with open_store(place) as store:
            other = rescreener(store, place, tmp_path)
            put(other, BOOK | {"e": "Somebody Else"}, hours(1))
            load(store, 1, SECOND)
            report = other.run(now=hours(2))
            assert news(report) == {
                ("changed", "a", "k"), ("changed", "d", "k"), ("withdrawn", "b", "r"), ("raised", "c", "h"),
            }  # fmt: skip
            assert report is not None
            # Lists are told apart by the place of their store, so all is screened once more, and nothing is raised twice.
            assert (report.number, report.effort.why) == (
                2,
                "the lists of the pass before cannot be told again",
            )
            assert other.desk.verify() == ()


def test_the_book_is_read_in_runs_and_answers_as_one(
    watch: Rescreener, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ringfence.store import book

    whole = watch.run(now=hours(0))
    answers = watch.passes.answers()
    for size in (1, 3, len(BOOK)):
        monkeypatch.setattr(book, "CHUNK", size)
        runs = list(watch.book.chunks(watch.book.last()))
        assert [one.party.id for run in runs for one in run] == sorted(BOOK)
        assert max(map(len, runs)) <= size
        again = watch.run(now=hours(size), full=True)
        assert again is not None
        assert whole is not None
        assert (again.news, again.coverage) == ((), whole.coverage)
        assert watch.passes.answers() == answers
    was = watch.book.last()
    put(watch, {"a": "Kappa Works", "z": "Late"}, hours(9))
    assert [one.party.id for run in watch.book.chunks(was) for one in run] == sorted(BOOK)
    assert (watch.book.count(was), watch.book.count(watch.book.last())) == (len(BOOK), 2)


def test_a_pass_is_by_the_watch_and_the_chain_of_the_ledger_holds(watch: Rescreener) -> None:
    report = watch.run(now=hours(0))
    assert report is not None
    assert {event.by for event, _ in watch.desk.happened(at=report.at, by=BY)} == {BY}
    assert watch.desk.verify() == ()
    assert isinstance(watch.passes, Passes)
