"""Runs of screening, worked off in the background: two at once, a bounded queue, canceled between two answers.

A run asks one engine, so its answers rest on one state of the lists. What is damaged ends the run with the reason, and
nothing half-made is kept; a run that ends well leaves its line in the ledger, as on the command line.
"""

import contextlib
import datetime as dt
import itertools
import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from ringfence import Engine, RingfenceError, Screening, ScreeningEvidence, in_ledger
from ringfence.errors import InputError, NotKnown, TooManyRequests
from ringfence.interfaces.batch import (
    Bounds,
    Mapping,
    Table,
    columns_as,
    find_columns,
    not_a_name,
    open_table,
    screened,
    titles_parties,
    writer_for,
)
from ringfence.interfaces.language.texts import Language
from ringfence.interfaces.web.runs.answers import Reading, Writing
from ringfence.interfaces.web.runs.shelf import Choice, Shelf, Upload

AT_ONCE = 2
"""Runs that are worked on at the same time."""
MOST_QUEUED = 20
"""Runs that wait; beyond that nobody can add one."""
BOUNDS = Bounds(
    file=64 << 20, unpacked=256 << 20, workbook=256 << 20, cells=4_000_000, rows=1_000_000, columns=500
)
"""How much of an upload is read: a service that many use holds itself to less than the command line."""
TABLE = "table"
"""The part that the table of parties takes in an upload."""
SAMPLE = 5
_SPOILED_KEPT = 20
_TELL_EVERY = 0.5
"""Seconds between two signs of progress, and of looking whether to stop."""
ABANDONED = {"running": dt.timedelta(minutes=2), "queued": dt.timedelta(hours=2)}
"""A run that gave no sign for so long has no worker any more: its service was stopped."""

EngineFor = Callable[[Choice], Engine]
"""The engine that answers a run."""


class Sampled(msgspec.Struct, frozen=True, kw_only=True):
    """A table before its run: how it was read, its headings, and its first rows."""

    about: str
    sheets: tuple[str, ...]
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    expected_rows: int
    found: dict[int, str]


class Runs:
    """The runs of one service. `now` reads the clock; `engine_for` hands out engines."""

    def __init__(self, shelf: Shelf, engine_for: EngineFor, now: Callable[[], dt.datetime]) -> None:
        self.shelf = shelf
        self._engine_for = engine_for
        self._now = now
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="run")
        self._waiting: set[str] = set()
        self._lock = threading.Lock()
        self._closing = threading.Event()

    def close(self) -> None:
        """Let the runs at hand end where they are; they count as interrupted."""
        self._closing.set()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def start(self, upload: Upload, choice: Choice) -> Upload:
        """Queue a run. Raises InputError for a choice that cannot be, TooManyRequests when too many wait."""
        with self.opened(upload, choice.sheet) as table:
            mapping = columns_as(table, dict(choice.columns))
            expected = table.expected_rows
        with self._lock:
            if upload.id in self._waiting:
                return self.shelf.upload(upload.id)
            if len(self._waiting) >= MOST_QUEUED:
                raise TooManyRequests(f"{MOST_QUEUED} runs are waiting already; try again in a minute.", 60)
            self._waiting.add(upload.id)
        self.shelf.uncancel(upload)
        self._clear(upload)
        queued = msgspec.structs.replace(
            upload,
            state="queued",
            choice=choice,
            expected=expected,
            done=0,
            outcomes={},
            problem=None,
            seen_at=self._now(),
            started_at=None,
            ended_at=None,
            mapping=mapping.lines()[1:],
        )
        self.shelf.keep(queued)
        self._pool.submit(self._work, queued)
        return queued

    def cancel(self, upload: Upload) -> None:
        """Have a run stop, wherever it is worked on. One that waits is canceled at once."""
        self.shelf.cancel(upload)
        if upload.state == "queued":
            self.shelf.keep(msgspec.structs.replace(upload, state="canceled", ended_at=self._now()))

    @contextlib.contextmanager
    def opened(self, upload: Upload, sheet: str | None) -> Iterator[Table]:
        """The table of an upload."""
        path = self.shelf.file(upload, TABLE)
        with open_table(
            path or "", sheet=sheet, bounds=BOUNDS, name=upload.name, titled=titles_parties
        ) as table:
            yield table

    def sample(self, upload: Upload, sheet: str | None = None) -> Sampled:
        """The first rows of the table of an upload, and what its columns were found to be."""
        with self.opened(upload, sheet) as table:
            try:
                columns = find_columns(table, stakes=True).columns
            except InputError:  # no column of names, or one twice: the person says which
                columns = ()
            rows = tuple(
                tuple("; ".join(cell) if isinstance(cell, tuple) else cell for cell in row.cells)
                for row in itertools.islice(table, SAMPLE)
            )
            return Sampled(
                about=table.about,
                sheets=table.sheets,
                header=table.header,
                rows=rows,
                expected_rows=table.expected_rows,
                found={column.index: column.target for column in columns},
            )

    def upload(self, upload_id: str) -> Upload:
        """An upload as it stands now. A run whose worker gives no sign was interrupted. Raises NotKnown."""
        return self._standing(self.shelf.upload(upload_id))

    def uploads(self) -> list[Upload]:
        """Every upload as it stands now, the newest first."""
        return [self._standing(one) for one in self.shelf.uploads()]

    def _standing(self, upload: Upload) -> Upload:
        limit = ABANDONED.get(upload.state)
        if (
            limit is None
            or upload.id in self._waiting
            or self._now() - (upload.seen_at or upload.made_at) <= limit
        ):
            return upload
        return msgspec.structs.replace(upload, state="interrupted")

    def engine_of(self, upload: Upload) -> Engine:
        """The engine of the day of a run, with its threshold; that of its answers unless lists were loaded since."""
        if upload.choice is None:
            raise NotKnown("this run was not started yet.")
        return self._engine_for(upload.choice)

    def answers(self, upload: Upload) -> Reading | None:
        """The answers of a run; None while there are none."""
        if upload.state != "done" or upload.provenance is None:
            return None
        return Reading(self.shelf.place(upload), upload.provenance)

    def written(self, upload: Upload, form: str, titles: dict[str, str], language: Language) -> Path:
        """The answers as a file (`csv`, `xlsx`, `jsonl`, `html`, `parquet`), made when it is first asked for.

        The report (`html`) is in `language`; the other forms are data, and have none.
        """
        stem = f"results-{language}" if form == "html" else "results"
        path = self.shelf.place(upload) / f"{stem}.{form}"
        reading = self.answers(upload)
        if reading is not None and not path.exists():
            with writer_for(path, title=upload.name, list_titles=titles, language=language) as writer:
                for answer in reading.every():
                    writer.write(answer)
        return path

    def _work(self, upload: Upload) -> None:
        try:
            ended = self._run(upload)
        except RingfenceError as error:
            ended = msgspec.structs.replace(upload, state="failed", problem=str(error))
        except Exception as error:  # noqa: BLE001  the run says so; the service goes on
            ended = msgspec.structs.replace(
                upload,
                state="failed",
                problem=f"an error that nobody foresaw ({type(error).__name__}). Please report it.",
            )
        finally:
            with self._lock:
                self._waiting.discard(upload.id)
        if ended.state != "done":
            self._clear(upload)
        self.shelf.keep(msgspec.structs.replace(ended, ended_at=self._now(), seen_at=self._now()))

    def _run(self, upload: Upload) -> Upload:
        choice = upload.choice
        if choice is None or self._stopped(upload):
            return msgspec.structs.replace(upload, state="canceled")
        running = msgspec.structs.replace(
            upload, state="running", started_at=self._now(), seen_at=self._now()
        )
        self.shelf.keep(running)
        engine = self._engine_for(choice)
        evidence, spoiled, outcomes = ScreeningEvidence(), list[str](), Counter[str]()
        told, done = time.monotonic(), 0
        with self.opened(upload, choice.sheet) as table, Writing(self.shelf.place(upload)) as writing:
            mapping = columns_as(table, dict(choice.columns))
            for done, answer in enumerate(self._answers(table, mapping, engine, choice), start=1):
                outcomes[answer.outcome] += 1
                evidence.add(answer)
                writing.write(answer)
                if not_a_name(answer.query.name) and len(spoiled) < _SPOILED_KEPT:
                    spoiled += [remark for remark in answer.remarks if ": the name " in remark][:1]
                if time.monotonic() - told >= _TELL_EVERY:
                    told = time.monotonic()
                    running = msgspec.structs.replace(
                        running, done=done, outcomes=dict(outcomes), seen_at=self._now()
                    )
                    if self._stopped(upload):
                        return msgspec.structs.replace(running, state="canceled")
                    self.shelf.keep(running)
        if self._stopped(upload):
            return msgspec.structs.replace(running, state="canceled")
        said = evidence.said() | {"by": upload.owner}
        lines = in_ledger(engine.settings.store, "screen", [(upload.name, said)], at=self._now())
        return msgspec.structs.replace(
            running,
            state="done",
            done=done,
            expected=done,
            outcomes=dict(outcomes),
            spoiled=tuple(spoiled),
            provenance=engine.provenance(None if choice.lists is None else engine.lists_asked(choice.lists)),
            line=lines[0].number if lines else None,
        )

    @staticmethod
    def _answers(table: Table, mapping: Mapping, engine: Engine, choice: Choice) -> Iterator[Screening]:
        return screened(table, mapping, lambda queries: engine.screen(queries, lists=choice.lists))

    def _stopped(self, upload: Upload) -> bool:
        return self._closing.is_set() or self.shelf.is_canceled(upload)

    def _clear(self, upload: Upload) -> None:
        """Take away what a run has made, but not what was brought."""
        place = self.shelf.place(upload)
        kept = {Path(one).parts[0] for one in upload.stored.values()}
        for one in place.iterdir() if place.is_dir() else ():
            if one.name not in kept and one.name != "record.json":
                one.unlink() if one.is_file() else shutil.rmtree(one, ignore_errors=True)
