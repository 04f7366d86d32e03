"""`ringfence reconcile`: two publications of one list, what one has and the other has not, and why probably."""

import datetime as dt
import sys
from collections import Counter

import click
import msgspec
from rich.markup import escape

from ringfence import Reconciliation
from ringfence.interfaces.cli import console
from ringfence.interfaces.cli.options import clocks, engine_of, list_choice, lists_asked

_SHOWN = 20


@click.command(epilog="Example:  ringfence reconcile us_csl us_ecfr_744 --list us_bis_entity")
@click.argument("one")
@click.argument("other")
@list_choice
@clocks
@click.option("--all", "every", is_flag=True, help="Show every difference, not only the first of each kind.")
@click.option("--json", "as_json", is_flag=True, help="As JSON Lines, one difference a line.")
@click.pass_context
def reconcile(
    ctx: click.Context,
    one: str,
    other: str,
    lists: str | None,
    single: tuple[str, ...],
    as_of: dt.date | None,
    known_at: dt.datetime | None,
    every: bool,
    as_json: bool,
) -> None:
    """Compare the last releases of the sources ONE and OTHER on the lists that both feed.

    Entries, aliases, citations and dates that only one of them has are shown with the likely cause.
    """
    with engine_of(ctx, as_of, known_at) as engine:
        found = engine.reconcile(one, other, lists=lists_asked(lists, single))
    if as_json:
        for difference in found.differences:
            sys.stdout.buffer.write(msgspec.json.encode(difference) + b"\n")
        return
    _summary(found)
    _table(found, every=every)


def _summary(found: Reconciliation) -> None:
    for release, count in zip((found.one, found.other), found.entries, strict=True):
        console.data.print(f"{release.source} of {release.published_on}: {count:,} entries")
    console.data.print(f"{found.paired:,} entries are in both, one to one.")
    for release, count in zip((found.one, found.other), found.joined, strict=True):
        if count:
            console.data.print(f"{count:,} more of {release.source} stand within another row of the other.")
    console.data.print()
    counts = Counter((d.what, d.held_by, d.cause) for d in found.differences)
    table = console.table_of("what", "only in", "likely cause", "count")
    for (what, held_by, cause), count in sorted(
        counts.items(), key=lambda row: (row[0][0], row[0][1], -row[1])
    ):
        table.add_row(what, held_by, cause, f"{count:,}")
    console.data.print(table)


def _table(found: Reconciliation, *, every: bool) -> None:
    console.data.print()
    table = console.table_of("what", "only in", "likely cause", "value", "entry", "counterpart")
    shown: Counter[tuple[str, str, str]] = Counter()
    for difference in found.differences:
        kind = difference.what, difference.held_by, difference.cause
        shown[kind] += 1
        if every or shown[kind] <= _SHOWN:
            counterpart = " ".join(filter(None, (difference.counterpart, difference.note)))
            table.add_row(*map(escape, (*kind, difference.value, difference.listing, counterpart)))
    console.data.print(table)
    left = sum(max(0, count - _SHOWN) for count in shown.values())
    if left and not every:
        console.people.print(f"{left:,} more differences are not shown: --all or --json shows them.")
