"""A list over time: what came and what went by year and month, by rule and by country. Every number is a link that narrows."""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get

from ringfence.errors import QueryError
from ringfence.interfaces.web.access.roles import needs
from ringfence.interfaces.web.pages import chart as drawing
from ringfence.interfaces.web.pages.answer import page
from ringfence.interfaces.web.pages.forms import asked
from ringfence.interfaces.web.pages.moves import FIRST_DAY, Line, Move, by, moves_of, over_time, rule_of
from ringfence.interfaces.web.worlds import World

MOST_LINES = 25
MOST_ENTRIES = 40


class Asked(msgspec.Struct, frozen=True):
    """What to count: a list, and of it what filters let through. `all` shows every rule and country."""

    list: str | None = None
    year: Annotated[int, msgspec.Meta(ge=1940, le=2200)] | None = None
    month: Annotated[int, msgspec.Meta(ge=1, le=12)] | None = None
    rule: str | None = None
    country: str | None = None
    all: bool = False


@get("/over-time", sync_to_thread=True, opt=needs("read"))
def list_over_time(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The picture, the tables that say the same, and the entries behind the numbers."""
    form = asked(request, Asked)
    world: World = request.app.state.worlds.world()
    engine = world.engine
    lists = [one.legal.id for one in engine.statuses() if one.used]
    if not lists:
        raise QueryError("no list is loaded. Bring one with: ringfence refresh", "list")
    list_id = form.list or lists[0]
    if list_id not in lists:
        raise QueryError(f"{list_id[:80]!r} is not a list that is loaded. Lists: {', '.join(lists)}.", "list")
    moves: Sequence[Move] = request.app.state.kept.get(
        world, ("moves", list_id), lambda: moves_of(engine.diff(FIRST_DAY, engine.on, lists=[list_id]))
    )
    of_these = [move for move in moves if _passes(move, form, without=("year", "month"))]
    narrowed = [move for move in moves if _passes(move, form)]
    bars = over_time(of_these, form.year)
    rules = _most(by((m for m in moves if _passes(m, form, without=("rule",))), rule_of))
    countries = _most(by((m for m in moves if _passes(m, form, without=("country",))), lambda m: m.country))
    return page(
        request,
        "over_time.html",
        provenance=engine.provenance([list_id]),
        form=form,
        list_id=list_id,
        lists=lists,
        bars=bars,
        picture=drawing.chart(bars),
        rules=rules if form.all else rules[:MOST_LINES],
        countries=countries if form.all else countries[:MOST_LINES],
        more=max(len(rules), len(countries)) > MOST_LINES,
        rule=next((move for move in narrowed if form.rule), None),
        added=sum(move.coming for move in narrowed),
        removed=sum(not move.coming for move in narrowed),
        moved=sorted(narrowed, key=lambda move: move.day or FIRST_DAY, reverse=True)[:MOST_ENTRIES],
        entries_shown=MOST_ENTRIES,
        total=len(narrowed),
        undated=sum(move.day is None for move in of_these),
        size=(drawing.WIDTH, drawing.HEIGHT),
    )


def _passes(move: Move, form: Asked, without: tuple[str, ...] = ()) -> bool:
    return (
        (form.year is None or "year" in without or (move.day is not None and move.day.year == form.year))
        and (
            form.month is None
            or "month" in without
            or (move.day is not None and move.day.month == form.month)
        )
        and (form.rule is None or "rule" in without or rule_of(move) == form.rule)
        and (form.country is None or "country" in without or move.country == form.country)
    )


def _most(lines: list[Line]) -> list[Line]:
    return sorted(lines, key=lambda line: -line.both)
