"""The page: what of an answer is drawn, what stands in the table, and the days on which parties were listed."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import jinja2
import msgspec

from ringfence import AtRisk, Exposure, Provenance, Simulation, Tally, tallied
from ringfence.interfaces.pictures.layout import BOX_HEIGHT, BOX_WIDTH, Layout, laid_out

MOST_BOXES = 600
MOST_ROWS = 3_000
_CUT = 23
_MANY = 60
_TOWARDS_LISTED = ("supply_to", "supply_through", "equity_in")
_RANK = {"listed": 0, "owned": 1, "possibly_owned": 2, "minority": 3, "none": 4}


class Box(msgspec.Struct):
    """A party in the picture. `lines` are its name in at most two lines; `paths` the rows it belongs to."""

    name: str
    status: str
    x: float
    y: float
    lines: tuple[str, ...]
    title: str
    paths: str


class Edge(msgspec.Struct):
    """A tie in the picture: its line, its label and where the label stands."""

    line: str
    label: str
    x: float
    y: float
    title: str
    paths: str
    kind: str


class Row(msgspec.Struct):
    """A line of the table: one path or effect."""

    number: int
    party: str
    effect: str
    way: str
    parties: tuple[str, ...]
    listed: str
    rule: str
    text: str
    amount: str
    sources: tuple[str, ...]


class Listed(NamedTuple):
    """A listing on the timeline."""

    day: dt.date
    name: str
    list: str
    simulated: bool


class Mark(NamedTuple):
    """Where a day of listings stands on the timeline."""

    x: float
    day: dt.date
    names: tuple[str, ...]
    level: int
    simulated: bool


class _Drawing:
    """Collects parties, ties and rows, and turns them into boxes and lines."""

    def __init__(self) -> None:
        self.status: dict[str, str] = {}
        self.ties: dict[tuple[str, str, str], tuple[str, str, set[int]]] = {}
        self.paths: dict[str, set[int]] = {}
        self.rows: list[Row] = []
        self.listings: set[Listed] = set()

    def party(self, name: str, status: str = "none", path: int | None = None) -> None:
        """A party, with the strongest status that is said of it."""
        known = self.status.get(name)
        if known is None or _RANK.get(status, 4) < _RANK.get(known, 4):
            self.status[name] = status
        if path is not None:
            self.paths.setdefault(name, set()).add(path)

    def tie(
        self, subject: str, relation: str, target: str, label: str, title: str, path: int | None = None
    ) -> None:
        """A tie, once however many paths use it."""
        kept = self.ties.setdefault((subject, relation, target), (label, title, set()))
        if path is not None:
            kept[2].add(path)

    def picture(self) -> tuple[list[Box], list[Edge], Layout, int]:
        """The boxes and lines, the sizes, and how many parties were left out for room."""
        names = sorted(self.status, key=lambda name: (_RANK.get(self.status[name], 4), name))
        shown = names[:MOST_BOXES]
        listed = [name for name in shown if self.status[name] == "listed"]
        layout = laid_out(shown, ((one, other) for one, _, other in self.ties), listed)
        boxes = [
            Box(
                name=name,
                status=self.status[name],
                x=layout.places[name].x,
                y=layout.places[name].y,
                lines=_broken(name),
                title=f"{name}: {self.status[name].replace('_', ' ')}",
                paths=_classes(self.paths.get(name, ())),
            )
            for name in shown
        ]
        edges = []
        beside: dict[frozenset[str], int] = {}
        for (subject, relation, target), (label, title, paths) in self.ties.items():
            if subject in layout.places and target in layout.places and subject != target:
                pair = frozenset((subject, target))
                beside[pair] = beside.get(pair, -1) + 1
                edges.append(_edge(layout, subject, relation, target, label, title, paths, beside[pair]))
        return boxes, edges, layout, len(names) - len(shown)


def network_page(found: Sequence[Exposure], *, title: str, provenance: Provenance) -> str:
    """Exposures as a page: the network of their paths and proofs."""
    drawing = _Drawing()
    for one in found:
        drawing.party(one.party.name, one.status)
        for line in one.proof:
            drawing.party(line.owner)
            drawing.party(line.owned)
            drawing.tie(line.owner, "owns", line.owned, line.share_text, "; ".join(line.sources))
        for listed in one.listings:
            if listed.certain and listed.valid_from:
                drawing.listings.add(Listed(listed.valid_from, listed.name, listed.list, listed.simulated))
        for path in one.paths:
            if len(drawing.rows) >= MOST_ROWS:
                break
            number = len(drawing.rows) + 1
            for name in path.parties:
                drawing.party(name, path=number)
            drawing.party(path.parties[-1], "listed")
            if path.listed.valid_from:
                drawing.listings.add(
                    Listed(path.listed.valid_from, path.listed.name, path.listed.list, path.listed.simulated)
                )
            for link in path.links:
                label = link.share_text or link.relation.replace("_", " ")
                relation = link.relation.replace("_", " ")
                said = (
                    f"{link.subject} {relation} {link.object}; {link.source}; asserted by {link.asserted_by}"
                )
                drawing.tie(link.subject, link.relation, link.object, label, said, number)
            drawing.rows.append(
                Row(
                    number=number,
                    party=one.party.name,
                    effect=path.effect,
                    way=path.way,
                    parties=path.parties,
                    listed=f"{path.listed.name} ({path.listed.list})",
                    rule=path.rule,
                    text=path.text,
                    amount=_money(path.amount),
                    sources=tuple(
                        dict.fromkeys(
                            f"{link.source} (asserted by {link.asserted_by})" for link in path.links
                        )
                    ),
                )
            )
    parties = [
        (
            one.party.name,
            one.party.country or "",
            one.status,
            one.effect,
            "; ".join((*one.notes, *one.remarks)),
        )
        for one in found
    ]
    tally = Tally()
    for one in found:
        tallied(tally, one.paths)
    money = tally.rolled_up()
    return _written(
        drawing, title, provenance, parties, totals=_money_at_risk(money) if money.counted else ()
    )


def simulation_page(answer: Simulation, *, provenance: Provenance) -> str:
    """A simulation as a page: what was supposed, and every tie it touches."""
    drawing = _Drawing()
    for one in answer.simulated:
        names = one.called or (one.party,)
        for name in names:
            if one.known:
                drawing.party(name, "listed" if one.change == "list" else "none")
        if one.list:
            drawing.listings.add(Listed(one.on, one.party, one.list, simulated=True))
    # Ties first: that the supposed parties are touched themselves, the reader knows.
    for effect in sorted(answer.effects, key=lambda effect: effect.relation == "listed"):
        if (
            effect.relation == "listed"
            and len(drawing.rows) < MOST_ROWS
            and effect.status_before == effect.status_after
        ):
            continue
        number = len(drawing.rows) + 1
        if effect.relation != "listed":
            for name in effect.path:
                drawing.party(name, path=number)
            if effect.way == "owned_by":
                drawing.party(effect.party, effect.status_after or "none")
            for one_end, other in zip(effect.path, effect.path[1:], strict=False):
                # A path runs from what is listed; a tie is drawn the way it runs.
                ends = (other, one_end) if effect.way in _TOWARDS_LISTED else (one_end, other)
                relation = effect.relation.replace("_", " ")
                label = f"{relation} {effect.share}" if effect.share else relation
                drawing.tie(ends[0], effect.relation, ends[1], label, "; ".join(effect.sources), number)
        drawing.rows.append(
            Row(
                number=number,
                party=effect.party,
                effect=effect.effect,
                way=effect.way,
                parties=effect.path,
                listed=effect.path[0],
                rule=effect.rule,
                text=effect.text,
                amount=_money(effect.amount),
                sources=effect.sources,
            )
        )
    totals = answer.totals
    figures = [
        ("parties listed", f"{totals.parties_listed:,}"),
        ("reached by ownership", f"{totals.parties_reached_by_ownership:,}"),
        ("supply ties that would need a license", f"{totals.licenses_needed:,}"),
        ("orders", f"{totals.orders:,}"),
        ("products without a source", f"{totals.products_without_source:,}"),
        *_money_at_risk(totals),
    ]
    heading = f"If listed on {answer.on}: {', '.join(one.party for one in answer.simulated[:3])}"
    more = len(answer.simulated) - 3
    return _written(
        drawing, heading + (f" and {more} more" if more > 0 else ""), provenance, [], totals=figures
    )


def _money_at_risk(sums: AtRisk) -> list[tuple[str, str]]:
    return [
        ("revenue at risk", _sums(sums.revenue_at_risk)),
        ("spend at risk", _sums(sums.spend_at_risk)),
        ("positions at risk", _sums(sums.position_at_risk)),
        ("amounts unknown", f"{sums.unknown_amounts:,}"),
    ]


def _written(
    drawing: _Drawing,
    title: str,
    provenance: Provenance,
    parties: Iterable[tuple[str, ...]],
    *,
    totals: Iterable[tuple[str, str]],
) -> str:
    boxes, edges, layout, left_out = drawing.picture()
    marks, years, tall = _timeline(drawing.listings)
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("ringfence.interfaces.pictures"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("network.html").render(
        title=title,
        provenance=provenance,
        boxes=boxes,
        edges=edges,
        width=layout.width,
        height=layout.height,
        box_width=BOX_WIDTH,
        box_height=BOX_HEIGHT,
        many=len(boxes) > _MANY,
        first=min(
            (edge.paths.split(" ")[0] for edge in edges if edge.paths),
            key=lambda name: int(name[1:]),
            default="",
        ),
        left_out=left_out,
        rows=drawing.rows,
        parties=list(parties),
        totals=list(totals),
        marks=marks,
        years=years,
        timeline_height=tall,
        listings=sorted(drawing.listings),
    )


def _edge(
    layout: Layout,
    subject: str,
    relation: str,
    target: str,
    label: str,
    title: str,
    paths: set[int],
    beside: int,
) -> Edge:
    """A line between two boxes, from side to side; several ties of one pair run beside each other."""
    one, other = layout.places[subject], layout.places[target]
    shift = 9 * beside
    y1, y2 = one.y + BOX_HEIGHT / 2 + shift, other.y + BOX_HEIGHT / 2 + shift
    if abs(one.x - other.x) < BOX_WIDTH:
        side = max(one.x, other.x) + BOX_WIDTH
        bend = side + 40 + abs(y2 - y1) / 12 + shift
        line = f"M{one.x + BOX_WIDTH:.0f},{y1:.0f} C{bend:.0f},{y1:.0f} {bend:.0f},{y2:.0f} {other.x + BOX_WIDTH:.0f},{y2:.0f}"
        return Edge(line, label, bend - 10, (y1 + y2) / 2, title, _classes(paths), relation)
    right = one.x < other.x
    x1, x2 = (one.x + BOX_WIDTH, other.x) if right else (one.x, other.x + BOX_WIDTH)
    middle = (x1 + x2) / 2
    line = f"M{x1:.0f},{y1:.0f} C{middle:.0f},{y1:.0f} {middle:.0f},{y2:.0f} {x2:.0f},{y2:.0f}"
    return Edge(line, label, middle, (y1 + y2) / 2 - 3 + 11 * beside, title, _classes(paths), relation)


def _timeline(listings: Iterable[Listed]) -> tuple[list[Mark], list[tuple[float, int]], float]:
    """Days of listings along a line of years; days that are near each other stand on different levels."""
    by_day: dict[dt.date, list[Listed]] = {}
    for one in sorted(listings):
        by_day.setdefault(one.day, []).append(one)
    if not by_day:
        return [], [], 0.0
    first, last = min(by_day).year, max(by_day).year + 1
    days = (dt.date(last, 1, 1) - dt.date(first, 1, 1)).days

    def x(day: dt.date) -> float:
        return 20 + 860 * (day - dt.date(first, 1, 1)).days / days

    marks: list[Mark] = []
    ends: list[float] = []
    for day in sorted(by_day):
        names = tuple(dict.fromkeys(one.name for one in by_day[day]))
        place = x(day)
        level = next((i for i, end in enumerate(ends) if end < place), len(ends))
        width = 7.0 * min(44, len(_short(names))) + 20
        ends[level : level + 1] = [place + width]
        marks.append(Mark(place, day, names, level, all(one.simulated for one in by_day[day])))
    step = max(1, (last - first) // 12)
    years = [(x(dt.date(year, 1, 1)), year) for year in range(first, last + 1, step)]
    return marks, years, 24.0 * len(ends) + 46


def _short(names: tuple[str, ...]) -> str:
    return f"{names[0][:30]}{f' and {len(names) - 1} more' if len(names) > 1 else ''}"


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


def _money(amount: object) -> str:
    low, high = getattr(amount, "low", None), getattr(amount, "high", None)
    if low is None or high is None:
        return "unknown"
    currency = getattr(amount, "currency", None) or ""
    return f"{low:,.0f} {currency}" if low == high else f"{low:,.0f} to {high:,.0f} {currency}"


def _sums(part: dict[str, float]) -> str:
    return ", ".join(f"{value:,.0f} {currency}" for currency, value in part.items()) or "none stated"
