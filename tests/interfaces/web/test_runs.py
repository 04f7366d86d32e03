"""Uploads and their runs: kept whole or not at all, worked off in the background, read back page by page."""

import datetime as dt
import io
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("litestar", reason="needs the web extra: pip install 'ringfence[web]'")

import msgspec

from ringfence import Engine, Ledger, Settings
from ringfence.errors import NotKnown, RingfenceError, StoreError, TooManyRequests
from ringfence.interfaces.web.runs import shelf as shelves
from ringfence.interfaces.web.runs.screening import TABLE, Runs
from ringfence.interfaces.web.runs.shelf import Choice, Shelf, Upload, shown_name
from tests.interfaces.web.conftest import NOW

SUPPLIERS = "name,country\nHangzhou Hikvision Digital Technology Co.,CN\nPlain Bakery,FR\n=1+1,DE\n,US\n"
NAMED = Choice(columns=((0, "name"), (1, "country")))


@pytest.fixture(scope="module")
def engine(settings: Settings) -> Iterator[Engine]:
    with Engine.open(settings, now=NOW) as engine:
        engine.index()
        yield engine


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "uploads")


@pytest.fixture
def runs(shelf: Shelf, engine: Engine) -> Iterator[Runs]:
    runs = Runs(shelf, lambda _choice: engine, lambda: NOW)
    yield runs
    runs.close()


def brought(
    shelf: Shelf, text: str | bytes = SUPPLIERS, name: str = "suppliers.csv", owner: str = "ann"
) -> Upload:
    content = io.BytesIO(text.encode() if isinstance(text, str) else text)
    return shelf.put({TABLE: (name, content)}, use="screening", owner=owner, now=NOW)


def ended(runs: Runs, upload: Upload) -> Upload:
    for _ in range(2_000):
        found = runs.upload(upload.id)
        if not found.working:
            return found
        threading.Event().wait(0.01)
    raise AssertionError("the run did not end")


def test_a_run_answers_every_row_and_says_what_was_odd(runs: Runs, shelf: Shelf) -> None:
    run = ended(runs, runs.start(brought(shelf), NAMED))
    assert (run.state, run.problem) == ("done", None)
    assert run.outcomes == {"hit": 1, "no_match": 3}
    answers = runs.answers(run)
    assert answers is not None
    assert [one.query.row for one in answers.every()] == [1, 2, 3, 4]
    assert [one.query.name for one in answers.some("hit", order="row", begin=0, most=10)] == [
        "Hangzhou Hikvision Digital Technology Co."
    ]
    assert answers.one(1).provenance == run.provenance
    assert any("formula" in remark for remark in run.spoiled)
    assert [one.query.row for one in answers.some("remarks", order="row", begin=0, most=10)] == [3, 4]
    with pytest.raises(NotKnown):
        answers.one(5)


def test_pages_of_answers_hold_each_once_and_the_surest_come_first(runs: Runs, shelf: Shelf) -> None:
    names = [f"Bakery {n}" for n in range(30)] + ["Hikvision", "Dahua Technology Co., Ltd.", "Megvii"]
    run = ended(runs, runs.start(brought(shelf, "name\n" + "\n".join(names)), Choice(columns=((0, "name"),))))
    answers = runs.answers(run)
    assert answers is not None
    for order in ("row", "score"):
        paged = [
            one.query.row
            for begin in range(0, 40, 7)
            for one in answers.some("all", order=order, begin=begin, most=7)  # type: ignore[arg-type]
        ]
        assert sorted(filter(None, paged)) == list(range(1, 34))
    scores = [
        (one.outcome != "hit", -(one.hits[0].score if one.hits else 0))
        for one in answers.some("all", order="score", begin=0, most=3)
    ]
    assert scores == sorted(scores)


@pytest.mark.parametrize("form", ["csv", "xlsx", "jsonl", "html"])
def test_results_are_written_in_every_form_with_formulas_defused(runs: Runs, shelf: Shelf, form: str) -> None:
    run = ended(runs, runs.start(brought(shelf), NAMED))
    path = runs.written(run, form, {}, "en")
    content = path.read_bytes()
    assert content
    if form == "csv":
        assert b",'=1+1," in content
    assert runs.written(run, form, {}, "en") == path


def test_a_run_is_kept_in_the_ledger_of_the_store(shelf: Shelf, engine: Engine, location: str) -> None:
    kept = Settings(store=location, cache=engine.settings.cache)
    with Engine.open(kept, now=NOW) as stored:
        runs = Runs(shelf, lambda _choice: stored, lambda: NOW)
        run = ended(runs, runs.start(brought(shelf), NAMED))
        runs.close()
    with Ledger.open(location) as ledger:
        line = ledger.line(str(run.line))
        assert (line.kind, line.ref) == ("screen", "suppliers.csv")
        assert (line.said()["parties"], line.said()["by"]) == (4, "ann")
        assert not ledger.verify().faults


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("name,country\nA,CN\nB,CN,extra,cells\n", "suppliers.csv, row 3: 4 cells where the header has 2"),
        ("name,country\nA,CN\n" + "x" * 100_001 + ",DE\n", "suppliers.csv, row 3: the cell in column 'name'"),
    ],
)
def test_a_file_damaged_further_down_leaves_the_reason_and_nothing_else(
    runs: Runs, shelf: Shelf, text: str, fault: str
) -> None:
    run = ended(runs, runs.start(brought(shelf, text), NAMED))
    assert run.state == "failed"
    assert fault in (run.problem or "")
    assert runs.answers(run) is None
    assert sorted(one.name for one in shelf.place(run).iterdir()) == ["record.json", TABLE]
    assert str(shelf.folder) not in (run.problem or "")


def test_a_canceled_run_keeps_nothing_and_can_be_started_anew(shelf: Shelf, engine: Engine) -> None:
    begun, go = threading.Event(), threading.Event()

    def held(_choice: Choice) -> Engine:
        begun.set()
        go.wait(10)
        return engine

    runs = Runs(shelf, held, lambda: NOW)
    upload = runs.start(brought(shelf), NAMED)
    assert begun.wait(10)
    assert runs.upload(upload.id).state == "running"
    shelf.cancel(upload)
    go.set()
    run = ended(runs, upload)
    assert run.state == "canceled"
    assert runs.answers(run) is None
    assert sorted(one.name for one in shelf.place(run).iterdir()) == ["record.json", TABLE]
    assert ended(runs, runs.start(run, NAMED)).state == "done"
    runs.close()


def test_two_run_at_once_and_the_queue_is_bounded(
    shelf: Shelf, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ringfence.interfaces.web.runs.screening.MOST_QUEUED", 3)
    meeting, go = threading.Barrier(3), threading.Event()

    def held(_choice: Choice) -> Engine:
        if not go.is_set():
            meeting.wait(10)
            go.wait(10)
        return engine

    runs = Runs(shelf, held, lambda: NOW)
    uploads = [runs.start(brought(shelf), NAMED) for _ in range(3)]
    meeting.wait(10)
    assert sorted(runs.upload(one.id).state for one in uploads) == ["queued", "running", "running"]
    with pytest.raises(TooManyRequests):
        runs.start(brought(shelf), NAMED)
    go.set()
    assert {ended(runs, one).state for one in uploads} == {"done"}
    runs.close()


def test_a_run_whose_service_stopped_is_told_so(shelf: Shelf, engine: Engine) -> None:
    upload = brought(shelf)
    shelf.keep(
        msgspec.structs.replace(upload, state="running", seen_at=NOW - dt.timedelta(minutes=5), choice=NAMED)
    )
    runs = Runs(shelf, lambda _choice: engine, lambda: NOW)
    assert runs.upload(upload.id).state == "interrupted"
    assert ended(runs, runs.start(runs.upload(upload.id), NAMED)).state == "done"
    runs.close()


def test_a_deleted_upload_is_gone_and_its_run_brings_nothing_back(shelf: Shelf, engine: Engine) -> None:
    begun, go = threading.Event(), threading.Event()

    def held(_choice: Choice) -> Engine:
        begun.set()
        go.wait(10)
        return engine

    runs = Runs(shelf, held, lambda: NOW)
    upload = runs.start(brought(shelf), NAMED)
    begun.wait(10)
    shelf.drop(upload)
    go.set()
    runs.close()
    runs._pool.shutdown(wait=True)
    with pytest.raises(NotKnown):
        shelf.upload(upload.id)
    assert not shelf.place(upload).exists()


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "..", "a/b\\c.csv", "\x00\x1f", "x" * 4_000 + ".csv", "", "公" * 300 + ".xlsx"],
)
def test_a_file_name_leads_nowhere(runs: Runs, shelf: Shelf, name: str) -> None:
    upload = brought(shelf, name=name)
    path = shelf.file(upload, TABLE)
    assert path is not None
    assert path.resolve().parent == (shelf.place(upload) / TABLE).resolve()
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert runs.sample(upload).header == ("name", "country")
    assert shown_name(name) == shown_name(shown_name(name))


@pytest.mark.parametrize(
    "upload_id", ["", "..", "../x", "a" * 26 + "/", "A" * 26, "x" * 4_000, "record.json"]
)
def test_an_odd_id_is_not_known(shelf: Shelf, upload_id: str) -> None:
    brought(shelf)
    with pytest.raises(NotKnown):
        shelf.upload(upload_id)


def test_what_was_kept_for_its_time_is_swept_away(shelf: Shelf) -> None:
    old = brought(shelf)
    later = NOW + dt.timedelta(days=31)
    new = shelf.put({TABLE: ("b.csv", io.BytesIO(b"name\na"))}, use="screening", owner="ann", now=later)
    assert [one.id for one in shelf.uploads()] == [new.id]
    assert not shelf.place(old).exists()


def test_a_caller_keeps_a_bounded_number(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelves, "MOST_OF_ONE", 2)
    for _ in range(2):
        brought(shelf)
    with pytest.raises(TooManyRequests):
        brought(shelf)
    brought(shelf, owner="bob")


def test_nothing_is_left_of_an_upload_that_cannot_be_kept(shelf: Shelf) -> None:
    class Broken(io.BytesIO):
        def read(self, _size: int | None = -1) -> bytes:
            raise OSError(28, "No space left on device")

    with pytest.raises(StoreError, match="No space"):
        shelf.put({TABLE: ("a.csv", Broken())}, use="screening", owner="ann", now=NOW)
    assert list(shelf.folder.iterdir()) == []


HOSTILE: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "a picture": lambda: b"\x89PNG\r\n\x1a\n" + b"\0" * 100,
    "only a header": lambda: b"name,country\n",
    "a cut workbook": lambda: b"PK\x03\x04" + b"\0" * 40,
    "ten thousand columns": lambda: b",".join(b"c%d" % n for n in range(10_000)) + b"\na\n",
    "cut gzip": lambda: b"\x1f\x8b\x08\0\0\0",
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_no_table_is_refused_by_its_own_name(
    runs: Runs, shelf: Shelf, content: Callable[[], bytes]
) -> None:
    upload = brought(shelf, content(), name="vendors.xlsx")
    with pytest.raises(RingfenceError) as refused:
        runs.sample(upload)
    assert "vendors.xlsx" in str(refused.value)
    assert str(shelf.folder) not in str(refused.value)
