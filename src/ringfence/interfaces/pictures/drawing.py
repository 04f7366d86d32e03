"""A picture of parties and the ties between them, drawn as SVG by the server: boxes, lines, labels.

Whoever draws says which parties and ties there are, and under which key; two parties of one name are two boxes. A box may
be a link, which makes the picture usable from the keyboard. Paths are classes `p1`, `p2` ... on what belongs to them, so that
a style or a script can light one up.
"""

from collections import Counter
from collections.abc import Iterable
from functools import cache
from importlib import resources

import jinja2
import msgspec

from ringfence.interfaces.pictures.layout import BOX_HEIGHT, BOX_WIDTH, Layout, laid_out
from ringfence.interfaces.templating import environment

MOST_BOXES = 600
_CUT = 23
_LETTER, _MARGIN = 7, 12
"""Room for a letter of a label, and beside it."""
_MANY = 60
RANK = {"listed": 0, "owned": 1, "possibly_owned": 2, "minority": 3, "none": 4}
"""Statuses, the strongest first."""


class Box(msgspec.Struct):
    """A party in the picture. `lines` are its name in at most two lines; `paths` the rows it belongs to; `more` counts its
    ties that are not drawn.
    """

    name: str
    status: str
    status_text: str
    x: float
    y: float
    lines: tuple[str, ...]
    title: str
    paths: str
    lit: bool
    href: str | None
    more: int
    key: str


class Edge(msgspec.Struct):
    """A tie in the picture: its line, its label and where the label stands."""

    line: str
    label: str
    x: float
    y: float
    title: str
    paths: str
    lit: bool


class Party(msgspec.Struct):
    """What is said of a party before it is drawn."""

    name: str
    status: str
    status_text: str | None = None
    href: str | None = None
    lit: bool = False
    more: int = 0


class Tie(msgspec.Struct):
    """What is said of a tie before it is drawn."""

    label: str
    title: str
    paths: set[int] = msgspec.field(default_factory=set)
    lit: bool = False


class Picture(msgspec.Struct):
    """Boxes and lines with their places, the size of the whole, and how many parties were left out for room."""

    boxes: list[Box]
    edges: list[Edge]
    width: float
    height: float
    left_out: int

    @property
    def many(self) -> bool:
        """Whether labels would only be in each other's way."""
        return len(self.boxes) > _MANY


class Drawing:
    """Collects parties and ties, and places them."""

    def __init__(self) -> None:
        self.parties: dict[str, Party] = {}
        self.ties: dict[tuple[str, str, str], Tie] = {}
        self._paths: dict[str, set[int]] = {}

    def party(
        self, key: str, status: str = "none", path: int | None = None, *, name: str | None = None
    ) -> Party:
        """A party, with the strongest status that is said of it."""
        known = self.parties.setdefault(key, Party(name=name or key, status=status))
        if RANK.get(status, 4) < RANK.get(known.status, 4):
            known.status = status
        if path is not None:
            self._paths.setdefault(key, set()).add(path)
        return known

    def tie(
        self, subject: str, relation: str, target: str, label: str, title: str, path: int | None = None
    ) -> Tie:
        """A tie, once however many paths use it."""
        kept = self.ties.setdefault((subject, relation, target), Tie(label, title))
        if path is not None:
            kept.paths.add(path)
        return kept

    def picture(self) -> Picture:
        """Everything in its place. The same parties and ties always give the same picture."""
        keys = sorted(
            self.parties, key=lambda key: (RANK.get(self.parties[key].status, 4), self.parties[key].name, key)
        )
        shown = keys[:MOST_BOXES]
        listed = [key for key in shown if self.parties[key].status == "listed"]
        layout = laid_out(shown, ((one, other) for one, _, other in self.ties), listed)
        boxes = [self._box(key, layout) for key in shown]
        edges = []
        beside: dict[frozenset[str], int] = {}
        drawn = [ends for ends in self.ties if ends[0] in layout.places and ends[2] in layout.places]
        busy = Counter(end for subject, _, target in drawn for end in (subject, target))
        for (subject, _, target), tie in self.ties.items():
            if subject in layout.places and target in layout.places and subject != target:
                pair = frozenset((subject, target))
                beside[pair] = beside.get(pair, -1) + 1
                # A label stands near the end that has fewer lines, where it is in nobody's way.
                near = (busy[subject] > busy[target]) - (busy[subject] < busy[target])
                edges.append(_edge(layout, subject, target, tie, beside[pair], 0.5 + 0.2 * near))
        # A line between boxes of one column goes around them: to the right of the last column there is room for its label.
        width = max((edge.x + _LETTER * len(edge.label) / 2 + _MARGIN for edge in edges), default=0)
        return Picture(boxes, edges, max(layout.width, width), layout.height, len(keys) - len(shown))

    def _box(self, key: str, layout: Layout) -> Box:
        party, place = self.parties[key], layout.places[key]
        said = party.status_text or party.status.replace("_", " ")
        return Box(
            name=party.name,
            status=party.status,
            status_text=said.upper(),
            x=place.x,
            y=place.y,
            lines=_broken(party.name),
            title=f"{party.name}: {said}",
            paths=_classes(self._paths.get(key, ())),
            lit=party.lit,
            href=party.href,
            more=party.more,
            key=key,
        )


def svg(picture: Picture, *, labelled_by: str, first: str = "") -> str:
    """The picture as an `svg` element, to be put into a page as it is. `labelled_by` is the id of its heading there;
    `first` is the path that is lit from the beginning (`p1`).
    """
    return _template().render(
        picture=picture, labelled_by=labelled_by, first=first, box_width=BOX_WIDTH, box_height=BOX_HEIGHT
    )


@cache
def asset(name: str) -> str:
    """`picture.css`, in the custom properties of whatever page it stands in, or `picture.js`, which does without."""
    return resources.files(__package__).joinpath("templates", name).read_text("utf-8")


@cache
def _template() -> jinja2.Template:
    return environment("ringfence.interfaces.pictures").get_template("picture.svg")


def _edge(layout: Layout, subject: str, target: str, tie: Tie, beside: int, at: float) -> Edge:
    """A line between two boxes, from side to side; several ties of one pair run beside each other.

    The label stands on the line at `at`, from 0 (the subject) to 1.
    """
    one, other = layout.places[subject], layout.places[target]
    shift = 9 * beside
    y1, y2 = one.y + BOX_HEIGHT / 2 + shift, other.y + BOX_HEIGHT / 2 + shift
    if abs(one.x - other.x) < BOX_WIDTH:
        side = max(one.x, other.x) + BOX_WIDTH
        bend = side + 40 + abs(y2 - y1) / 12 + shift
        line = f"M{one.x + BOX_WIDTH:.0f},{y1:.0f} C{bend:.0f},{y1:.0f} {bend:.0f},{y2:.0f} {other.x + BOX_WIDTH:.0f},{y2:.0f}"
        x, y = bend - 10, (y1 + y2) / 2
    else:
        right = one.x < other.x
        x1, x2 = (one.x + BOX_WIDTH, other.x) if right else (one.x, other.x + BOX_WIDTH)
        x = (x1 + x2) / 2
        line = f"M{x1:.0f},{y1:.0f} C{x:.0f},{y1:.0f} {x:.0f},{y2:.0f} {x2:.0f},{y2:.0f}"
        bent, end = 3 * (1 - at) * at, at**3
        y = y1 + (y2 - y1) * (bent * at + end) - 3 + 11 * beside
        x = x1 + (x2 - x1) * (bent / 2 + end)
    return Edge(line, tie.label, x, y, tie.title, _classes(tie.paths), tie.lit)


def _broken(name: str) -> tuple[str, ...]:
    """A name in at most two lines of the width of a box."""
    if len(name) <= _CUT:
        return (name,)
    cut = name.rfind(" ", 0, _CUT + 1)
    cut = cut if cut > 8 else _CUT
    rest = name[cut:].strip()
    return name[:cut], rest if len(rest) <= _CUT else rest[: _CUT - 1] + "…"


def _classes(paths: Iterable[int]) -> str:
    return " ".join(f"p{number}" for number in sorted(paths))
