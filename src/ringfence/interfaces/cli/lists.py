"""`ringfence lists`: every list, what it means in law, and how fresh it is."""

import datetime as dt
import sys

import click
import msgspec
from rich.markup import escape

from ringfence.interfaces.cli import console
from ringfence.interfaces.cli.options import clocks, engine_of


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
    if which:
        legal = found[0].legal
        for label, value in (
            ("list", legal.id),
            ("title", legal.title),
            ("authority", legal.authority),
            ("legal basis", legal.legal_basis),
            ("effect", legal.effect),
            ("who must act", legal.who_must_act),
            ("way out", legal.way_out),
        ):
            console.line(f"[bold]{label}[/]: {escape(value)}")
    table = console.table_of("list", "title", "entries", "release", "age", "source")
    for status in found:
        used = status.used
        age = "" if status.age_days is None else f"{status.age_days:,} days"
        row = (
            status.legal.id,
            status.legal.title,
            f"{used.entries:,}" if used else "-",
            str(used.as_of) if used else "not loaded",
            age,
            used.source if used else f"ringfence refresh {status.source.id}" if status.source else "",
        )
        table.add_row(
            *map(escape, row), style="red" if status.attempt or status.stale else "" if used else "dim"
        )
    console.data.print(table)
    for attempt in {status.attempt.source: status.attempt for status in found if status.attempt}.values():
        console.people.print(
            f"[red]{attempt.source}: the last refresh ({attempt.at:%Y-%m-%d %H:%M}Z) was refused: {escape(attempt.message)}[/]"
        )
    for warning in {w for s in found if s.source and s.used and (w := s.source.warning)}:
        console.people.print(f"[yellow]Note: {escape(warning)}.[/]")
