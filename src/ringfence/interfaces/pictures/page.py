"""The page: what of an answer is drawn, what stands in the table, and the days on which parties were listed."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec
from markupsafe import Markup

from ringfence import AtRisk, Exposure, Provenance, Simulation, Tally, tallied
from ringfence.interfaces.pictures.drawing import Drawing, asset, svg
from ringfence.interfaces.templating import environment

MOST_ROWS = 3_000
_TOWARDS_LISTED = ("supply_to", "supply_through", "equity_in")


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


class _Sheet:
    """What stands on a page: the drawing, the rows of its table, the listings of its timeline."""

    def __init__(self) -> None:
        self.drawing = Drawing()
        self.rows: list[Row] = []
        self.listings: set[Listed] = set()


def network_page(found: Sequence[Exposure], *, title: str, provenance: Provenance) -> str:
    """Exposures as a page: the network of their paths and proofs."""
    sheet = _Sheet()
    drawing = sheet.drawing
    for one in found:
        drawing.party(one.party.name, one.status)
        for line in one.proof:
            drawing.party(line.owner)
            drawing.party(line.owned)
            drawing.tie(line.owner, "owns", line.owned, line.share_text, "; ".join(line.sources))
        for listed in one.listings:
            if listed.certain and listed.valid_from:
                sheet.listings.add(Listed(listed.valid_from, listed.name, listed.list, listed.simulated))
        for path in one.paths:
            if len(sheet.rows) >= MOST_ROWS:
                break
            number = len(sheet.rows) + 1
            for name in path.parties:
                drawing.party(name, path=number)
            drawing.party(path.parties[-1], "listed")
            if path.listed.valid_from:
                sheet.listings.add(
                    Listed(path.listed.valid_from, path.listed.name, path.listed.list, path.listed.simulated)
                )
            for link in path.links:
                label = link.share_text or link.relation.replace("_", " ")
                relation = link.relation.replace("_", " ")
                said = (
                    f"{link.subject} {relation} {link.object}; {link.source}; asserted by {link.asserted_by}"
                )
                drawing.tie(link.subject, link.relation, link.object, label, said, number)
            sheet.rows.append(
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
    return _written(sheet, title, provenance, parties, totals=_money_at_risk(money) if money.counted else ())


def simulation_page(answer: Simulation, *, provenance: Provenance) -> str:
    """A simulation as a page: what was supposed, and every tie it touches."""
    sheet = _Sheet()
    drawing = sheet.drawing
    for one in answer.simulated:
        names = one.called or (one.party,)
        for name in names:
            if one.known:
                drawing.party(name, "listed" if one.change == "list" else "none")
        if one.list:
            sheet.listings.add(Listed(one.on, one.party, one.list, simulated=True))
    # Ties first: that the supposed parties are touched themselves, the reader knows.
    for effect in sorted(answer.effects, key=lambda effect: effect.relation == "listed"):
        if (
            effect.relation == "listed"
            and len(sheet.rows) < MOST_ROWS
            and effect.status_before == effect.status_after
        ):
            continue
        number = len(sheet.rows) + 1
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
        sheet.rows.append(
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
        sheet, heading + (f" and {more} more" if more > 0 else ""), provenance, [], totals=figures
    )


def _money_at_risk(sums: AtRisk) -> list[tuple[str, str]]:
    return [
        ("revenue at risk", _sums(sums.revenue_at_risk)),
        ("spend at risk", _sums(sums.spend_at_risk)),
        ("positions at risk", _sums(sums.position_at_risk)),
        ("amounts unknown", f"{sums.unknown_amounts:,}"),
    ]


def _written(
    sheet: _Sheet,
    title: str,
    provenance: Provenance,
    parties: Iterable[tuple[str, ...]],
    *,
    totals: Iterable[tuple[str, str]],
) -> str:
    picture = sheet.drawing.picture()
    first = min(
        (edge.paths.split(" ")[0] for edge in picture.edges if edge.paths),
        key=lambda name: int(name[1:]),
        default="",
    )
    marks, years, tall = _timeline(sheet.listings)
    template = environment("ringfence.interfaces.pictures").get_template("network.html")
    return template.render(
        title=title,
        provenance=provenance,
        picture=picture,
        svg=Markup(svg(picture, labelled_by="network", first=first)),  # noqa: S704  its template escapes what is said
        picture_style=Markup(asset("picture.css")),  # noqa: S704  files of ours
        picture_script=Markup(asset("picture.js")),  # noqa: S704
        rows=sheet.rows,
        parties=list(parties),
        totals=list(totals),
        marks=marks,
        years=years,
        timeline_height=tall,
        listings=sorted(sheet.listings),
    )


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


def _money(amount: object) -> str:
    low, high = getattr(amount, "low", None), getattr(amount, "high", None)
    if low is None or high is None:
        return "unknown"
    currency = getattr(amount, "currency", None) or ""
    return f"{low:,.0f} {currency}" if low == high else f"{low:,.0f} to {high:,.0f} {currency}"


def _sums(part: dict[str, float]) -> str:
    return ", ".join(f"{value:,.0f} {currency}" for currency, value in part.items()) or "none stated"
