"""`ringfence changes`: a feed of every change since a day or an instant."""

import datetime as dt
import sys
from typing import Any

import click

from ringfence.interfaces.cli import console
from ringfence.interfaces.cli.diff import table
from ringfence.interfaces.cli.options import Day, Instant, engine_of, list_choice, lists_asked
from ringfence.interfaces.feeds import atom, json_line, rss


class DayOrInstant(click.ParamType[dt.date]):
    """A day, or an instant when a time of day is given."""

    name = "day or instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dt.date:
        """The day or the instant. Fails, with an example, for anything else."""
        kind: click.ParamType[Any] = Day() if len(str(value)) <= len("YYYY-MM-DD") else Instant()
        found: dt.date = kind.convert(value, param, ctx)
        return found


@click.command(epilog="Example:  ringfence changes --since 2026-01-01 --format atom > changes.xml")
@click.option(
    "--since",
    type=DayOrInstant(),
    required=True,
    metavar="DAY|INSTANT",
    help="After this day of the law, or in what was downloaded after this instant.",
)
@list_choice
@click.option(
    "--format",
    "shape",
    type=click.Choice(["table", "json", "rss", "atom"]),
    default="table",
    show_default=True,
    help="How to write the changes.",
)
@click.option(
    "--editorial", is_flag=True, help="Show differences of wording too (JSON always has them, marked)."
)
@click.pass_context
def changes(
    ctx: click.Context,
    since: dt.date,
    lists: str | None,
    single: tuple[str, ...],
    shape: str,
    editorial: bool,
) -> None:
    """List every change of the lists since a day or an instant, with the rule behind it."""
    with engine_of(ctx, None, None) as engine:
        events = engine.changes(since, lists=lists_asked(lists, single))
        made = engine.now
    if shape == "json":
        sys.stdout.buffer.writelines(map(json_line, events))
        return
    shown = [event for event in events if editorial or not event.editorial]
    if shape == "table":
        if shown:
            table(shown)
        else:
            console.data.print(f"No change of law is known since {since}.")
    else:
        feed = (atom if shape == "atom" else rss)(shown, updated=made)
        sys.stdout.buffer.write(feed.encode())
    if len(events) > len(shown):
        console.people.print(
            f"{len(events) - len(shown):,} entries differ by wording only: --editorial shows them."
        )
