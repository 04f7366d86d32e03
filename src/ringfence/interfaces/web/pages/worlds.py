"""The world a page is about: that of the day in `?as_of=`, else of today; and what takes long to tell, kept."""

import datetime as dt
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
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
        self._answers: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, world: World, asked_for: Hashable, make: Callable[[], T]) -> T:
        """The answer of `make`, or the one it gave before for this world. One is made at a time."""
        with self._lock:
            key = (world.name, asked_for)
            if key not in self._answers:
                self._answers[key] = make()
                while len(self._answers) > KEPT:
                    self._answers.popitem(last=False)
            self._answers.move_to_end(key)
            found: T = self._answers[key]
            return found


def on_day(request: Request[Any, Any, Any], world: World, day: dt.date | None) -> Engine:
    """The law of a day by the lists of a world: entries can be looked up in it, not searched by name."""
    if day is None or day == world.engine.on:
        return world.engine
    kept: Kept = request.app.state.kept
    return kept.get(world, day, lambda: world.engine.on_day(day))
