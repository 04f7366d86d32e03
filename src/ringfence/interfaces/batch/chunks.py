"""A table screened in chunks: over one or all cores, in the order of the file, within bounded memory.

Rows are read in one process, which alone can notice what compares them (the same party twice). Chunks of them are
answered here or by other processes, each with an engine of its own on the same store and the same memory-mapped index,
and come back in order. What is finished may be kept (`unfinished`) and is then not done again.
"""

import contextlib
import datetime as dt
import itertools
import os
import signal
import threading
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from typing import Any, Protocol

import msgspec

from ringfence import Engine, Listing, Query, RingfenceError, Screening, ScreeningEvidence, Settings
from ringfence.interfaces.batch.columns import not_a_name
from ringfence.interfaces.batch.pieces import PieceFormat, encoded
from ringfence.interfaces.batch.screening import answered

ROWS = 1_000
"""Rows of one chunk: as many as evidence takes one digest of."""
SHOWN = 60
"""Answers with something to say that a chunk hands back whole, for a person to see."""
WORTH_CORES = 20_000
"""Rows from which other processes are worth their start."""
_WAITING = 3
"""Chunks for each process that are read ahead."""

Asked = tuple[Query, tuple[str, ...]]


class World(msgspec.Struct, frozen=True, kw_only=True):
    """All that an answer depends on beside the question: any process that opens it answers alike."""

    settings: Settings
    now: dt.datetime
    on: dt.date | None = None
    known_at: dt.datetime | None = None
    extra: tuple[Listing, ...] = ()
    lists: tuple[str, ...] | None = None

    def open(self) -> contextlib.AbstractContextManager[Engine]:
        """An engine on this world."""
        return Engine.open(self.settings, now=self.now, on=self.on, known_at=self.known_at, extra=self.extra)


class Answered(msgspec.Struct, kw_only=True):
    """What became of one chunk, `number` counting from 0.

    `pieces` are its answers in each form asked; `shown` are the first of those that a person wants to see;
    `spoiled` are remarks on names that are formulas.
    """

    number: int
    evidence: ScreeningEvidence
    pieces: dict[PieceFormat, bytes]
    shown: list[Screening]
    spoiled: list[str]

    @property
    def rows(self) -> int:
        """How many rows were answered."""
        return sum(self.evidence.outcomes.values())


class Kept(Protocol):
    """Chunks that are finished and kept."""

    def get(self, number: int) -> Answered | None:
        """A chunk that was finished before, or None."""

    def put(self, done: Answered) -> None:
        """Keep a finished chunk."""


class NothingKept:
    """Keeps nothing: every chunk is answered anew."""

    def get(self, number: int) -> Answered | None:  # noqa: ARG002
        """None."""
        return None

    def put(self, done: Answered) -> None:
        """Forget it."""


def in_chunks(
    engine: Engine,
    world: World,
    asked: Iterable[Asked],
    forms: Collection[PieceFormat],
    *,
    jobs: int = 1,
    kept: Kept | None = None,
) -> Iterator[Answered]:
    """Every chunk of the questions, answered, in order; `forms` name the pieces to make.

    With one job `engine` answers here; with more, as many processes open `world`, whose index `engine` has made.
    Raises what the engine raises, and RingfenceError when a process was ended from outside.
    """
    kept = kept or NothingKept()
    chunks = enumerate(_chunked(asked))
    if jobs == 1:
        for number, chunk in chunks:
            done = kept.get(number)
            if done is None:
                done = _answer(engine, world.lists, number, chunk, forms)
                kept.put(done)
            yield done
        return
    waiting: deque[Answered | Future[bytes]] = deque()
    with ProcessPoolExecutor(
        jobs, mp_context=get_context("spawn"), initializer=_begin, initargs=(world,)
    ) as processes:
        try:
            for number, chunk in chunks:
                done = kept.get(number)
                if done is None:
                    with _uninterrupted():
                        waiting.append(processes.submit(_answer_there, number, _PACK.encode(chunk), forms))
                else:
                    waiting.append(done)
                while len(waiting) > jobs * _WAITING or isinstance(waiting and waiting[0], Answered):
                    yield _arrived(waiting.popleft(), kept)
            while waiting:
                yield _arrived(waiting.popleft(), kept)
        except BrokenProcessPool:
            raise RingfenceError(
                "a process that answered was ended from outside (often for want of memory). Run it again with fewer --jobs."
            ) from None
        finally:
            for one in waiting:
                if isinstance(one, Future):
                    one.cancel()


@contextlib.contextmanager
def _uninterrupted() -> Iterator[None]:
    """Processes started here are born deaf to an interruption, which else meets them at their imports.

    One that comes meanwhile is heard right after.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def jobs_for(rows: int) -> int:
    """How many processes a table of `rows` rows is worth: one, or one for each core this process may use."""
    if rows < WORTH_CORES:
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _chunked(asked: Iterable[Asked]) -> Iterator[list[Asked]]:
    rows = iter(asked)
    while chunk := list(itertools.islice(rows, ROWS)):
        yield chunk


def _arrived(one: "Answered | Future[bytes]", kept: Kept) -> Answered:
    if isinstance(one, Answered):
        return one
    done = _UNPACK.decode(one.result())
    kept.put(done)
    return done


def _answer(
    engine: Engine,
    lists: Collection[str] | None,
    number: int,
    chunk: Sequence[Asked],
    forms: Collection[PieceFormat],
) -> Answered:
    done = Answered(number=number, evidence=ScreeningEvidence(), pieces={}, shown=[], spoiled=[])
    answers: list[Screening] = []
    for full in answered(chunk, lambda queries: engine.screen(queries, lists=lists)):
        answers.append(full)
        done.evidence.add(full)
        if not_a_name(full.query.name):
            done.spoiled += [remark for remark in full.remarks if ": the name " in remark][:1]
        if (full.outcome != "no_match" or full.remarks) and len(done.shown) < SHOWN:
            done.shown.append(full)
    done.pieces = {form: encoded(form, answers) for form in forms}
    return done


# What follows runs in the other processes.

_PACK: Any = msgspec.msgpack.Encoder()
_UNPACK = msgspec.msgpack.Decoder(Answered)
_UNPACK_CHUNK = msgspec.msgpack.Decoder(list[Asked])
_here: list[tuple[Engine, Collection[str] | None]] = []
"""The engine of this process, opened once."""


def _begin(world: World) -> None:
    # An interruption is for the process that reads: it ends these, and they do not outlive it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_reader, daemon=True).start()
    engine = contextlib.ExitStack().enter_context(world.open())  # open until the process ends
    engine.index()
    _here.append((engine, world.lists))


def _end_with_reader() -> None:
    if reader := parent_process():
        reader.join()
    os._exit(1)


def _answer_there(number: int, chunk: bytes, forms: Collection[PieceFormat]) -> bytes:
    engine, lists = _here[0]
    return _PACK.encode(_answer(engine, lists, number, _UNPACK_CHUNK.decode(chunk), forms))  # type: ignore[no-any-return]
