"""Bars up and down from one line, drawn here: a picture that needs no script and no style of its own."""

import math
from collections.abc import Sequence
from typing import NamedTuple

WIDTH = 960
HEIGHT = 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 8, 14, 26


class Bar(NamedTuple):
    """What came and went in one stretch of time, by its number (a year, a month)."""

    key: int
    added: int
    removed: int


class Box(NamedTuple):
    """A drawn bar: where its two halves stand, and its column, which takes the pointer."""

    bar: Bar
    x: float
    width: float
    column_x: float
    column_width: float
    up_y: float
    up_height: float
    down_y: float
    down_height: float
    label: bool


class Mark(NamedTuple):
    """A line across with its number."""

    y: float
    value: int


class Chart(NamedTuple):
    """Everything that is drawn; `zero` is the height of the line from which the bars go."""

    boxes: list[Box]
    marks: list[Mark]
    zero: float


def chart(bars: Sequence[Bar]) -> Chart:
    """The picture of some bars; one unit is as high up as it is down."""
    up, down = (max((getattr(bar, side) for bar in bars), default=0) for side in ("added", "removed"))
    step = _step(max(up, down, 1))
    top, bottom = math.ceil(max(up, 1) / step) * step, math.ceil(down / step) * step
    unit = (HEIGHT - _TOP - _BOTTOM) / (top + bottom)
    zero = _TOP + top * unit
    column = (WIDTH - _LEFT - _RIGHT) / max(len(bars), 1)
    width = min(column * 0.72, 48)
    each = max(1, math.ceil(len(bars) / 18))
    boxes = [
        Box(
            bar,
            x=_LEFT + column * place + (column - width) / 2,
            width=width,
            column_x=_LEFT + column * place,
            column_width=column,
            up_y=zero - bar.added * unit,
            up_height=bar.added * unit,
            down_y=zero,
            down_height=bar.removed * unit,
            label=place % each == 0,
        )
        for place, bar in enumerate(bars)
    ]
    marks = [Mark(zero - value * unit, abs(value)) for value in range(-bottom, top + 1, step)]
    return Chart(boxes, marks, zero)


def _step(most: int) -> int:
    """A round number of which about four fit into `most`."""
    rough = max(1.0, most / 4)
    size = 10 ** math.floor(math.log10(rough))
    return int(next(size * factor for factor in (1, 2, 5, 10) if size * factor >= rough))
