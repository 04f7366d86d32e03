"""Where the boxes of a network stand: columns by their distance from what is listed, few crossings between them.

The same network always gives the same picture. A column that grows too tall is broken into several, so that
three hundred boxes stay readable; nothing is ever drawn over something else.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

BOX_WIDTH = 190
BOX_HEIGHT = 36
_COLUMN_GAP = 120
_SUBCOLUMN_GAP = 26
_ROW_GAP = 18
_TALLEST = 26
_SWEEPS = 6


class Place(NamedTuple):
    """The upper left corner of a box."""

    x: float
    y: float


class Layout(NamedTuple):
    """Where every box stands, and the size of the whole."""

    places: dict[str, Place]
    width: float
    height: float


def laid_out(names: Sequence[str], edges: Iterable[tuple[str, str]], listed: Iterable[str]) -> Layout:
    """Places for the boxes `names`, in columns to the right of the listed ones."""
    near: dict[str, set[str]] = {name: set() for name in names}
    for one, other in edges:
        if one in near and other in near and one != other:
            near[one].add(other)
            near[other].add(one)
    columns = _columns(names, near, [name for name in listed if name in near])
    _order(columns, near)
    return _placed(columns)


def _columns(names: Sequence[str], near: Mapping[str, set[str]], listed: Sequence[str]) -> list[list[str]]:
    """Boxes by their distance from the nearest listed one; what nothing listed is tied to comes last."""
    distance = dict.fromkeys(listed or names[:1], 0)
    waiting = deque(distance)
    while waiting:
        name = waiting.popleft()
        for other in sorted(near[name]):
            if other not in distance:
                distance[other] = distance[name] + 1
                waiting.append(other)
    last = max(distance.values(), default=0) + 1
    columns: list[list[str]] = [[] for _ in range(last + 1)]
    for name in names:
        columns[distance.get(name, last)].append(name)
    return [column for column in columns if column]


def _order(columns: list[list[str]], near: Mapping[str, set[str]]) -> None:
    """Put each box near the middle of the boxes it is tied to, sweeping forth and back."""
    for sweep in range(_SWEEPS):
        places = {name: i / max(len(column) - 1, 1) for column in columns for i, name in enumerate(column)}
        for column in columns if sweep % 2 == 0 else reversed(columns):
            inside = set(column)
            middle = {}
            for name in column:
                others = [places[other] for other in near[name] if other not in inside]
                middle[name] = sum(others) / len(others) if others else places[name]
            column.sort(key=lambda name: (middle[name], places[name], name))
            places.update({name: i / max(len(column) - 1, 1) for i, name in enumerate(column)})


def _placed(columns: list[list[str]]) -> Layout:
    """Columns from left to right, tall ones broken into several side by side."""
    broken = [
        [column[start : start + _TALLEST] for start in range(0, len(column), _TALLEST)] for column in columns
    ]
    tallest = max((len(part) for parts in broken for part in parts), default=1)
    height = tallest * (BOX_HEIGHT + _ROW_GAP) + 2 * _ROW_GAP
    places: dict[str, Place] = {}
    x = float(_ROW_GAP)
    for parts in broken:
        for part in parts:
            step = (height - _ROW_GAP) / len(part)
            for row, name in enumerate(part):
                places[name] = Place(x, _ROW_GAP + row * step + (step - BOX_HEIGHT) / 2)
            x += BOX_WIDTH + _SUBCOLUMN_GAP
        x += _COLUMN_GAP - _SUBCOLUMN_GAP
    return Layout(places, x - _COLUMN_GAP + _ROW_GAP, height)
