"""`ringfence history`: the timeline of an entry, or of every entry of a party, with the rule behind each event."""

import datetime as dt
import sys
from collections.abc import Iterable

import click
from rich.markup import escape

from ringfence import Event
from ringfence.interfaces.cli import console
from ringfence.interfaces.cli.options import clocks, engine_of
from ringfence.interfaces.feeds import WORDS, json_line


@click.command(
    epilog="Example:  ringfence history us_bis_entity:hangzhou-hikvision-digital-technology-co-ltd-cn"
)
@click.argument("subject", metavar="LISTING|PARTY")
@clocks
@click.option("--json", "as_json", is_flag=True, help="As JSON Lines, one event a line.")
@click.pass_context
def history(
    ctx: click.Context, subject: str, as_of: dt.date | None, known_at: dt.datetime | None, as_json: bool
) -> None:
    """Show when LISTING, or each listing of PARTY, was added, revised and removed, by which rule.

    What one release tells by its citations are beginnings and revisions. Removals, and the texts in between, take
    several releases; where a day or a rule cannot be told, the note says so.
    """
    with engine_of(ctx, as_of, known_at) as engine:
        events = engine.history(subject)
    if as_json:
        sys.stdout.buffer.writelines(map(json_line, events))
        return
    timeline(events)


def timeline(events: Iterable[Event]) -> None:
    """Events one below the other, each with its rule, its days and what it changed."""
    listing = None
    for event in events:
        if event.listing != listing:
            listing = event.listing
            console.data.print(f"[bold]{escape(event.name)}[/]  {escape(listing)}")
        day = str(event.effective_on) if event.effective_on else f"by {event.on}"
        wording = " (wording only)" if event.editorial else ""
        rule = f"  {', '.join(event.citations)}" if event.citations else ""
        console.data.print(f"  [bold]{day:<14}[/] {WORDS[event.kind]}{wording}{rule}")
        days = [
            ("announced", event.announced_on),
            ("published", event.published_on),
            ("codified", event.codified_on),
            ("observed", event.observed_at.date()),
        ]
        for label, value in (
            ("rule", " ".join(filter(None, (event.document, event.title)))),
            ("days", ", ".join(f"{label} {day}" for label, day in days if day)),
            ("changed", ", ".join(field.replace("_", " ") for field in event.fields)),
            ("before as", event.previously),
            ("note", event.note),
        ):
            if value:
                console.data.print(f"      {label}: {escape(value)}")
