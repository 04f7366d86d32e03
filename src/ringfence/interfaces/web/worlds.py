"""Which engine answers: one for the present, kept while a newer one is made ready, and some for days asked.

An engine sees one state of the store and is never changed, so no answer mixes two snapshots. A recorded
release, or a new day, makes a new engine beside the one that serves; when it is ready it takes its place in
one assignment. What an answer rests on stands in its provenance.

What takes seconds to make is made once, in another process, and waited for without holding anybody else up.
"""

import asyncio
import contextlib
import datetime as dt
import hashlib
import logging
import os
import subprocess
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import msgspec
from litestar.concurrency import sync_to_thread

from ringfence import Engine, Ruling, Settings, Store, __version__, open_store
from ringfence.errors import QueryError, StoreError
from ringfence.interfaces.memory import give_back
from ringfence.interfaces.web.catalogue import Catalogue
from ringfence.store import is_made

LISTS = logging.getLogger("ringfence.lists")

LOOK_EVERY = dt.timedelta(seconds=1)
"""How often the store is asked whether it holds a new release."""
KEPT_DAYS = 6
"""Engines of other days that are kept; the one longest unused goes first."""
MANY = 2_000
"""So many entries are made ready in another process; fewer take less time than a process takes to start."""
_GIVES_WAY = 5
"""By how much the process that makes ready is nicer than the one that answers."""
FIRST_WAIT = 120.0
"""Seconds that the first callers wait for the first engine."""

LAST_WAIT = 5.0
"""Seconds that the end of the service waits for an engine in the making."""

State = tuple[tuple[str, str], ...]
"""The releases a store holds, by source and digest, and the rulings on parties."""


class World(msgspec.Struct, frozen=True):
    """One engine with what is derived from it once. `name` is the same only for the same listings on the same day."""

    engine: Engine
    catalogue: Catalogue
    state: State
    name: str


class Worlds:
    """The engines of one store. `now` reads the clock."""

    def __init__(self, settings: Settings, now: Callable[[], dt.datetime]) -> None:
        self._settings = settings
        self._now = now
        self._present: World | None = None
        self._first = threading.Event()
        self._looked_at = dt.datetime.min.replace(tzinfo=dt.UTC)
        self._looking = threading.Lock()
        self._days: OrderedDict[tuple[State, dt.date, dt.datetime | None], Future[World]] = OrderedDict()
        self._keeping = threading.Lock()
        self._builder = ThreadPoolExecutor(1, "day")
        self._running: set[subprocess.Popen[bytes]] = set()
        self._resources = contextlib.ExitStack()
        self._store: Store | None = None
        self._opening = threading.Lock()
        self._failure: Exception | None = None

    @property
    def ready(self) -> bool:
        """Whether questions about the present are answered without waiting."""
        return self._present is not None

    def begin(self) -> None:
        """Make the first engine, beside whatever else starts up."""
        self._looking.acquire()
        threading.Thread(target=self._renew_first, name="first engine", daemon=True).start()

    def close(self) -> None:
        """Give back every connection, once the engine that is being made has let go of its own."""
        self._builder.shutdown(wait=False, cancel_futures=True)
        for process in tuple(self._running):
            process.terminate()
        self._builder.shutdown()
        self._looking.acquire(timeout=LAST_WAIT)
        self._resources.close()

    def world(self, on: dt.date | None = None, known_at: dt.datetime | None = None) -> World:
        """The world of a day as known at an instant; of the present when neither is given. Waits for it.

        Raises StoreError while no engine can be had.
        """
        self._look()
        if not self._first.wait(FIRST_WAIT) or self._present is None:
            raise StoreError(f"no list can be searched yet ({self._failure or 'they are being made ready'}).")
        present = self._present
        if known_at is None and on in (None, present.engine.on):
            return present
        return self._of_day(on or self._now().date(), known_at, present.state).result()

    async def awaited(self, on: dt.date | None = None, known_at: dt.datetime | None = None) -> World:
        """The same for a coroutine: it holds no thread while it waits for a day that nobody asked for before."""
        self._look()
        present = self._present
        if present is None:
            return await sync_to_thread(self.world, on, known_at)
        if known_at is None and on in (None, present.engine.on):
            return present
        future = self._of_day(on or self._now().date(), known_at, present.state)
        return future.result() if future.done() else await asyncio.shield(asyncio.wrap_future(future))

    def _look(self) -> None:
        """Once a second: see, beside the question that came, whether a new engine is due, and make it."""
        now = self._now()
        if now - self._looked_at >= LOOK_EVERY and self._looking.acquire(blocking=False):
            self._looked_at = now
            threading.Thread(target=self._renew_if_due, name="next engine", daemon=True).start()

    def _renew_first(self) -> None:
        try:
            self._renew()
        finally:
            self._looking.release()

    def _renew_if_due(self) -> None:
        try:
            present = self._present
            if present is None and self._failure is None:
                return
            if present is None or present.engine.on != self._now().date() or present.state != self._state():
                self._renew()
        except StoreError as error:
            self._failure = error
        finally:
            self._looking.release()

    def _renew(self) -> None:
        began = time.monotonic()
        try:
            world = self._build(None, None)
            world.catalogue.rows  # noqa: B018  read now, so that nobody waits for it
            self._present = world
            self._failure = None
            give_back()  # what the engine before held, once nobody asks it any more
            _told("lists in force", self._present, began)
        except Exception as error:  # noqa: BLE001  whatever it is, the engine that serves goes on serving
            self._failure = error
            _told("lists not renewed", self._present, began, error)
        finally:
            self._first.set()

    def _of_day(self, on: dt.date, known_at: dt.datetime | None, state: State) -> Future[World]:
        """The world of a day, made by one thread, one day after the other; who asks meanwhile shares it."""
        key = (state, on, known_at)
        with self._keeping:
            future = self._days.get(key)
            if future is None or (future.done() and future.exception()):
                future = self._days[key] = self._builder.submit(self._build, on, known_at)
                while len(self._days) > KEPT_DAYS:
                    self._days.popitem(last=False)
            self._days.move_to_end(key)
        return future

    def _build(self, on: dt.date | None, known_at: dt.datetime | None) -> World:
        now = self._now()
        state = self._state()
        engine = Engine(self._store, self._settings, now=now, on=on, known_at=known_at)
        if self._present is not None and len(engine.view.refs) >= MANY and not engine.saved:
            _make_ready(self._settings, now, on, engine.known_at, self._running)
        engine.asked(
            now=now
        )  # reads the index, the parties and the history, which every question then shares
        name = hashlib.sha256(f"{state}{engine.view.digest}{engine.on}".encode()).hexdigest()
        return World(engine, _catalogue(engine), state, name)

    def rulings(self, known_at: dt.datetime | None = None) -> list[Ruling]:
        """Every ruling up to this moment, or to an instant, oldest first: a world takes a new one in some seconds later."""
        store = self._opened()
        return store.rulings(known_at=known_at) if store else []

    def _opened(self) -> Store | None:
        """The store, opened once; None while there is none."""
        with self._opening:
            if self._store is None and is_made(self._settings.store):
                self._store = self._resources.enter_context(open_store(self._settings.store))
        return self._store

    def _state(self) -> State:
        store = self._opened()
        if store is None:
            return ()
        releases = ((release.source, release.id) for release in store.snapshots())
        return (*releases, *((one.action, f"{one.at} {one.one} {one.other}") for one in store.rulings()))


def _catalogue(engine: Engine) -> Catalogue:
    mark = hashlib.sha256(f"{engine.view.digest} {__version__}".encode()).hexdigest()[:40]
    return Catalogue(engine.view, Path(engine.settings.cache).expanduser() / "catalogue" / mark)


def asked(
    world: World, now: dt.datetime, *, threshold: float | None = None, max_hits: int | None = None
) -> Engine:
    """The engine of `world` for one question at `now`, with the thresholds of that question."""
    try:
        return world.engine.asked(now=now, review_at=threshold, max_hits=max_hits)
    except ValueError as error:
        raise QueryError(f"{error}.", "threshold") from None


def _told(event: str, present: World | None, began: float, error: Exception | None = None) -> None:
    """One line of the log: from when on which releases answer, or why they do not."""
    line: dict[str, object] = {"event": event, "seconds": round(time.monotonic() - began, 1)}
    if present is not None:
        line["on"] = str(present.engine.on)
        line["releases"] = {one.source: str(one.as_of) for one in present.engine.view.lists}
    if error is not None:
        line["error"] = str(error)
    (LISTS.error if error else LISTS.info)(line)


class _Ready(msgspec.Struct):
    """What another process is asked to make ready: it reads this from its standard input."""

    settings: Settings
    now: dt.datetime
    on: dt.date | None
    known_at: dt.datetime | None


def _make_ready(
    settings: Settings,
    now: dt.datetime,
    on: dt.date | None,
    known_at: dt.datetime | None,
    running: "set[subprocess.Popen[bytes]]",
) -> None:
    """Build what the next engine needs in another process, into the cache: this one goes on answering at full speed.

    When that fails the engine is built here all the same, only more slowly. The process is in `running` until it ends.
    """
    code = "from ringfence.interfaces.web.worlds import fill_cache; fill_cache()"
    asked = msgspec.json.encode(_Ready(settings, now, on, known_at))
    with contextlib.suppress(OSError):
        process = subprocess.Popen(  # noqa: S603  our own code, by our own interpreter
            [sys.executable, "-P", "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        running.add(process)
        try:
            process.communicate(asked)
        finally:
            running.discard(process)


def fill_cache() -> None:
    """Make ready what standard input asks for. Whoever answers meanwhile goes before."""
    os.nice(_GIVES_WAY)
    asked = msgspec.json.decode(sys.stdin.buffer.read(), type=_Ready)
    with Engine.open(asked.settings, now=asked.now, on=asked.on, known_at=asked.known_at) as engine:
        engine.asked(now=asked.now)
        _catalogue(engine).rows  # noqa: B018
