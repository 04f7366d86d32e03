"""The world a page is about: that of the day in `?as_of=`, else of today; and the law of single days beside it."""

import datetime as dt
import threading
from collections import OrderedDict
from typing import Any

import msgspec
from litestar import Request

from ringfence import Engine
from ringfence.interfaces.web.pages.forms import asked
from ringfence.interfaces.web.worlds import World

KEPT = 24
"""Days that are kept; the one longest unused goes first. A day is a view without an index, about 1 MB."""


class _Clock(msgspec.Struct, frozen=True):
    as_of: dt.date | None = None


def world_of_page(request: Request[Any, Any, Any]) -> World:
    """The world of a page; unlike that of the API it answers anew each time, for a page depends on its reader too."""
    world: World = request.app.state.worlds.world(asked(request, _Clock).as_of)
    return world


class Days:
    """The law of days by the lists of a world: entries can be looked up in it, not searched by name."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, dt.date], Engine] = OrderedDict()
        self._lock = threading.Lock()

    def engine(self, world: World, day: dt.date | None) -> Engine:
        """The engine of a day; about a second for one that nobody asked for yet."""
        if day in (None, world.engine.on):
            return world.engine
        assert day is not None  # noqa: S101 - said to the type checker
        with self._lock:
            key = (world.name, day)
            if key not in self._kept:
                self._kept[key] = world.engine.on_day(day)
                while len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(key)
            return self._kept[key]
