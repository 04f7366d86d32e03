"""`ringfence lists`: every list, what it means in law, and how fresh it is."""

import datetime as dt
import sys
from collections.abc import Sequence

import click
import msgspec
from rich.markup import escape

from ringfence import ListStatus
from ringfence.interfaces.cli import console
from ringfence.interfaces.cli.options import clocks, engine_of

_COLUMNS = ("list", "title", "entries", "release", "age", "source")
_TITLE, _RELEASE, _AGE = 1, 3, 4
_LEAST_TITLE = 12
_WIDE = 10_000
"""Columns for a table that is piped: no title is cut."""


@click.command()
@click.argument("which", required=False, metavar="[LIST]")
@clocks
@click.option("--json", "as_json", is_flag=True, help="As JSON Lines, one list a line.")
@click.pass_context
def lists(
    ctx: click.Context, which: str | None, as_of: dt.date | None, known_at: dt.datetime | None, as_json: bool
) -> None:
    """Show every list: its meaning in law, the snapshot in force, its age and counts. With LIST, one in full."""
    with engine_of(ctx, as_of, known_at) as engine:
        found = [status for status in engine.statuses() if which in (None, status.legal.id)]
    if not found:
        raise click.UsageError(f"unknown list {which!r}. See them all with: ringfence lists")
    if as_json:
        for status in found:
            sys.stdout.buffer.write(msgspec.json.encode(status) + b"\n")
        return
    for status in found:
        _law(status)
    _show(found)
    if any(status.source and not status.used for status in found):
        console.people.print("Load a list with: ringfence refresh SOURCE")
    for attempt in {status.attempt.source: status.attempt for status in found if status.attempt}.values():
        console.people.print(
            f"[red]{attempt.source}: the last refresh ({attempt.at:%Y-%m-%d %H:%M}Z) was refused: {escape(attempt.message)}[/]"
        )
    for warning in {w for s in found if s.source and s.used and (w := s.source.warning)}:
        console.people.print(f"[yellow]Note: {escape(warning)}.[/]")


def _law(status: ListStatus) -> None:
    """What being on a list means, who must act, and the way out."""
    legal = status.legal
    console.line(f"[bold]{escape(legal.title)}[/] ({legal.id})")
    for label, value in (
        ("by", f"{legal.authority}; {legal.legal_basis}"),
        ("effect", legal.effect),
        ("who must act", legal.who_must_act),
        ("way out", legal.way_out),
    ):
        console.line(f"  {label}: {escape(value)}")
    console.line()


def _row(status: ListStatus) -> tuple[str, ...]:
    used, source = status.used, status.source
    return (
        status.legal.id,
        status.legal.title,
        f"{used.entries:,}" if used else "-",
        str(used.as_of) if used else "not loaded",
        "" if status.age_days is None else f"{status.age_days:,} days",
        used.source if used else source.id if source else "",
    )


def _show(found: Sequence[ListStatus]) -> None:
    """One line a list. In a terminal titles alone are cut, and left out where nothing would stay of them."""
    rows = [_COLUMNS, *map(_row, found)]
    widths = [max(map(len, cells)) + 2 for cells in zip(*rows, strict=True)]
    room = console.data.width - sum(widths) + widths[_TITLE] if console.data.is_terminal else _WIDE
    shown = [place for place in range(len(_COLUMNS)) if place != _TITLE or room >= _LEAST_TITLE]
    table = console.table_of(*(_COLUMNS[place] for place in shown))
    for column in table.columns:
        column.no_wrap, column.overflow = True, "ellipsis"
        column.justify = "right" if column.header in ("entries", "age") else "left"
        column.max_width = room if column.header == _COLUMNS[_TITLE] else None
    for status, row in zip(found, rows[1:], strict=True):
        cells = [escape(cell) for cell in row]
        if status.attempt or status.stale:
            cells[_AGE] = f"[red]{cells[_AGE]}[/]"
        if status.attempt:
            cells[_RELEASE] = f"[red]{cells[_RELEASE]}[/]"
        table.add_row(
            *(cells[place] for place in shown), style="" if status.used or status.attempt else "dim"
        )
    console.data.print(table, crop=False, width=None if console.data.is_terminal else _WIDE)
