"""The world a page is about: that of the day in `?as_of=`, else of today; and what takes long to tell, kept."""

import datetime as dt
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Any, TypeVar

import msgspec
from litestar import Request

from ringfence import Engine
from ringfence.interfaces.web.pages.forms import asked
from ringfence.interfaces.web.worlds import World

T = TypeVar("T")

KEPT = 32
"""Answers that are kept: views of days (about 1 MB each) and histories of lists."""


class _Clock(msgspec.Struct, frozen=True):
    as_of: dt.date | None = None


def world_of_page(request: Request[Any, Any, Any]) -> World:
    """The world of a page; unlike that of the API it answers anew each time, for a page depends on its reader too."""
    world: World = request.app.state.worlds.world(asked(request, _Clock).as_of)
    return world


class Kept:
    """Answers that took a second, by what was asked of which world; the one longest unused goes first."""

    def __init__(self) -> None:
        self._answers: OrderedDict[Hashable, Future[Any]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, world: World, asked_for: Hashable, make: Callable[[], T]) -> T:
        """The answer of `make`, or the one it gave before for this world. Who asks meanwhile waits for the first."""
        key = (world.name, asked_for)
        with self._lock:
            known = self._answers.get(key)
            answer: Future[T] = known or self._answers.setdefault(key, Future())
            self._answers.move_to_end(key)
            while len(self._answers) > KEPT:
                self._answers.popitem(last=False)
        if known is None:
            try:
                answer.set_result(make())
            except BaseException as error:  # noqa: BLE001  whoever waits is told the same
                with self._lock:
                    self._answers.pop(key, None)
                answer.set_exception(error)
        return answer.result()


def on_day(request: Request[Any, Any, Any], world: World, day: dt.date | None) -> Engine:
    """The law of a day by the lists of a world: entries can be looked up in it, not searched by name."""
    if day is None or day == world.engine.on:
        return world.engine
    kept: Kept = request.app.state.kept
    return kept.get(world, day, lambda: world.engine.on_day(day))
