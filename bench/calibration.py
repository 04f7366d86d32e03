"""What scores mean, from the answers to every query of a run: tables, and a picture of the share of right answers.

A best answer is right when it is the party asked for. Half of the queries of the harness are listed.
"""

import json
import math
from itertools import pairwise
from pathlib import Path
from typing import Any

Row = dict[str, Any]

EDGES = (0.0, 0.1, 0.3, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 1.01)
THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95)
KINDS = {"all": None, "persons": "person", "bodies": "entity", "kind not told": "party"}
COLOURS = {"all": "#555", "persons": "#0072b2", "bodies": "#d55e00", "kind not told": "#009e73"}
FEWEST = 10
"""Answers in a bin from which a share is drawn."""
SIDE, LEFT, TOP = 400, 60, 20
Z95 = 1.96


def rows_of(dump: Path) -> list[Row]:
    """The queries of a run with their answers."""
    return [json.loads(line) for line in dump.read_text("utf-8").splitlines()]


def best_answers(rows: list[Row], kind: str | None) -> list[tuple[float, bool]]:
    """The score of each query's best answer, and whether it is right."""
    return [
        (row["r"][0][1], row["r"][0][0] in row["q"]["gold"])
        for row in rows
        if row["r"] and kind in (None, row["q"]["kind"])
    ]


def tables(rows: list[Row]) -> str:
    """How often a best answer of a score is right, by kind; what each threshold alarms and finds. Markdown."""
    lines = ["| best score | all: answers, right | persons | bodies | not told |", "|---|---|---|---|---|"]
    best = {name: best_answers(rows, kind) for name, kind in KINDS.items()}
    for low, high in pairwise(EDGES):
        cells = []
        for answers in best.values():
            part = [right for score, right in answers if low <= score < high]
            cells.append(f"{len(part):,}, {sum(part) / len(part):.2f}" if part else "-")
        lines.append(f"| {low:.2f} to {min(high, 1.0):.2f} | {' | '.join(cells)} |")
    lines += ["", "| threshold | alarms per 10,000 unlisted names | aliases found | changed names found |"]
    lines += ["|---|---|---|---|"]
    unlisted = [row for row in rows if row["q"]["set"] == "negative"]
    for threshold in THRESHOLDS:
        alarms = sum(bool(row["r"]) and row["r"][0][1] >= threshold for row in unlisted)
        found = " | ".join(f"{_found(rows, kind, threshold):.3f}" for kind in ("loao", "perturb"))
        lines.append(f"| {threshold:.2f} | {1e4 * alarms / len(unlisted):.0f} | {found} |")
    return "\n".join(lines)


def _found(rows: list[Row], kind: str, threshold: float) -> float:
    part = [row for row in rows if row["q"]["set"] == kind]
    return sum(any(i in row["q"]["gold"] and s >= threshold for i, s in row["r"]) for row in part) / len(part)


def picture(rows: list[Row]) -> str:
    """The share of right answers by score, one line a kind of party, as SVG; bars are 95% intervals of all."""
    size = f"0 0 {SIDE + LEFT + 160} {SIDE + TOP + 50}"
    style = 'font-family="sans-serif" font-size="12" role="img" aria-labelledby="title"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{size}" {style}>',
        '<title id="title">Share of right answers by score</title>',
        '<rect width="100%" height="100%" fill="#fff"/>',
        _line([(0.0, 0.0), (1.0, 1.0)], "#bbb", "4 4"),
    ]
    for tick in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        x, y = _place(tick, tick)
        parts.append(f'<path d="M{LEFT} {y:.1f}h{SIDE}M{x:.1f} {TOP}v{SIDE}" stroke="#eee"/>')
        parts.append(f'<text x="{x:.1f}" y="{TOP + SIDE + 18}" text-anchor="middle">{tick:.1f}</text>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{tick:.1f}</text>')
    middle = TOP + SIDE / 2
    parts.append(f'<text x="{LEFT + SIDE / 2}" y="{TOP + SIDE + 40}" text-anchor="middle">best score</text>')
    parts.append(
        f'<text transform="translate(16 {middle}) rotate(-90)" text-anchor="middle">share that is right</text>'
    )
    for n, (name, kind) in enumerate(KINDS.items()):
        points = _points(best_answers(rows, kind))
        colour = COLOURS[name]
        if kind is None:
            parts += [_bar(score, share, count, colour) for score, share, count in points]
        parts.append(_line([(score, share) for score, share, _ in points], colour))
        parts += [_dot(score, share, colour) for score, share, _ in points]
        at = TOP + 16 + 20 * n
        parts.append(f'<path d="M{LEFT + SIDE + 14} {at}h24" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<text x="{LEFT + SIDE + 44}" y="{at + 4}">{name}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _points(answers: list[tuple[float, bool]]) -> list[tuple[float, float, int]]:
    """Of each bin: the mean score, the share that is right, and how many answers it holds."""
    out = []
    for low, high in pairwise(EDGES):
        part = [(score, right) for score, right in answers if low <= score < high]
        if len(part) >= FEWEST:
            count = len(part)
            out.append((sum(s for s, _ in part) / count, sum(right for _, right in part) / count, count))
    return out


def _place(score: float, share: float) -> tuple[float, float]:
    return LEFT + SIDE * score, TOP + SIDE * (1 - share)


def _line(points: list[tuple[float, float]], colour: str, dashes: str = "") -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (_place(*point) for point in points))
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"{dashed}/>'


def _dot(score: float, share: float, colour: str) -> str:
    x, y = _place(score, share)
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>'


def _bar(score: float, share: float, count: int, colour: str) -> str:
    """The 95% interval of a share (Wilson 1927)."""
    middle = (share + Z95**2 / (2 * count)) / (1 + Z95**2 / count)
    half = Z95 * math.sqrt(share * (1 - share) / count + Z95**2 / (4 * count**2)) / (1 + Z95**2 / count)
    x, low = _place(score, max(0.0, middle - half))
    _, high = _place(score, min(1.0, middle + half))
    return f'<path d="M{x:.1f} {low:.1f}V{high:.1f}" stroke="{colour}" stroke-width="4" opacity="0.35"/>'
