"""The world a page is about: that of the day in `?as_of=`, else of today."""

import datetime as dt
from typing import Any

import msgspec
from litestar import Request

from ringfence import Engine
from ringfence.interfaces.web.kept import Kept
from ringfence.interfaces.web.pages.forms import asked
from ringfence.interfaces.web.worlds import World


class _Clock(msgspec.Struct, frozen=True):
    as_of: dt.date | None = None


def world_of_page(request: Request[Any, Any, Any]) -> World:
    """The world of a page; unlike that of the API it answers anew each time, for a page depends on its reader too."""
    world: World = request.app.state.worlds.world(asked(request, _Clock).as_of)
    return world


def on_day(request: Request[Any, Any, Any], world: World, day: dt.date | None) -> Engine:
    """The law of a day by the lists of a world: entries can be looked up in it, not searched by name."""
    if day is None or day == world.engine.on:
        return world.engine
    kept: Kept = request.app.state.kept
    return kept.get(world, day, lambda: world.engine.on_day(day))
