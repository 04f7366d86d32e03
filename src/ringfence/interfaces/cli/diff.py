"""`ringfence diff`: what changed on the lists from one day to another, by rule."""

import datetime as dt
import sys
from collections import Counter
from collections.abc import Iterable

import click
from rich.markup import escape

from ringfence import Event
from ringfence.interfaces.cli import console
from ringfence.interfaces.cli.options import Day, Instant, engine_of, list_choice, lists_asked
from ringfence.interfaces.feeds import WORDS, json_line


@click.command(epilog="Example:  ringfence diff --from 2019-10-08 --to 2019-10-09 --list us_bis_entity")
@click.option("--from", "first", type=Day(), required=True, metavar="DAY", help="The earlier day.")
@click.option("--to", "last", type=Day(), required=True, metavar="DAY", help="The later day.")
@list_choice
@click.option("--known-at", type=Instant(), metavar="INSTANT", help="As known at this instant.")
@click.option(
    "--each", is_flag=True, help="Show every entry that changed, not only the rules and their counts."
)
@click.option("--json", "as_json", is_flag=True, help="As JSON Lines, one change a line.")
@click.pass_context
def diff(
    ctx: click.Context,
    first: dt.date,
    last: dt.date,
    lists: str | None,
    single: tuple[str, ...],
    known_at: dt.datetime | None,
    each: bool,
    as_json: bool,
) -> None:
    """Show what the law of DAY has that the law of an earlier DAY had not, and the rule behind each change.

    Differences of wording alone are no change of law; they are counted apart.
    """
    if last < first:
        raise click.UsageError(f"--to {last} is before --from {first}.")
    with engine_of(ctx, last, known_at) as engine:
        events = engine.diff(first, last, lists=lists_asked(lists, single))
    if as_json:
        sys.stdout.buffer.writelines(map(json_line, events))
        return
    legal = [event for event in events if not event.editorial]
    if not legal:
        console.data.print(f"No change of law is known from {first} to {last}.")
    else:
        entries = [event for event in legal if not event.subject]
        if entries:
            summary(entries)
            by_rule(entries)
        whole_lists(event for event in legal if event.subject)
        if each:
            table(legal)
    if len(events) > len(legal):
        console.people.print(
            f"{len(events) - len(legal):,} entries differ by wording only. See them with --json: `editorial` is true."
        )


def summary(events: Iterable[Event]) -> None:
    """How many entries of each list changed, and how."""
    counts: dict[str, Counter[str]] = {}
    for event in events:
        counts.setdefault(event.list, Counter())[event.kind] += 1
    shown = console.table_of("list", *WORDS.values())
    for list_id, kinds in counts.items():
        shown.add_row(list_id, *(f"{kinds[kind]:,}" if kinds[kind] else "" for kind in WORDS))
    console.data.print(shown)


def by_rule(events: Iterable[Event]) -> None:
    """The rules behind the changes of each list, with how many entries each added, revised or moved."""
    counts: dict[tuple[str, str], Counter[str]] = {}
    named: dict[tuple[str, str], Event] = {}
    cited: dict[tuple[str, str], dict[str, None]] = {}
    for event in events:
        if event.citations:
            key = event.list, event.document or event.title or ", ".join(event.citations)
            counts.setdefault(key, Counter())[event.kind] += 1
            named.setdefault(key, event)
            cited.setdefault(key, {}).update(dict.fromkeys(event.citations))
    if not counts:
        return
    console.data.print()
    console.data.print("[bold]By rule[/]")
    kinds = [kind for kind in WORDS if any(found[kind] for found in counts.values())]
    shown = console.table_of(
        "list", "cited as", "in force", "published", *(WORDS[kind] for kind in kinds), "rule"
    )
    for key, found in sorted(counts.items(), key=lambda row: (row[0][0], named[row[0]].on, row[0][1])):
        event = named[key]
        shown.add_row(
            key[0],
            ", ".join(cited[key]),
            str(event.effective_on or ""),
            str(event.published_on or ""),
            *(f"{found[kind]:,}" if found[kind] else "" for kind in kinds),
            escape(" ".join(filter(None, (event.document, event.title)))),
        )
    console.data.print(shown)


def whole_lists(events: Iterable[Event]) -> None:
    """Rules that changed the reach of whole lists, and what became of them, without an entry of their own."""
    told: dict[tuple[dt.date, str, str, tuple[str, ...]], list[Event]] = {}
    for event in events:
        told.setdefault((event.on, event.kind, event.name, event.citations), []).append(event)
    if not told:
        return
    console.data.print()
    console.data.print("[bold]Rules that reach whole lists[/]")
    shown = console.table_of("day", "change", "rule", "cited as", "lists", "note")
    for (day, kind, name, cited), same in told.items():
        lists = ", ".join(event.list for event in same)
        shown.add_row(
            str(day), WORDS[kind], escape(name), ", ".join(cited), lists, escape(same[0].note or "")
        )
    console.data.print(shown)


def table(events: Iterable[Event]) -> None:
    """Each change in a line."""
    console.data.print()
    shown = console.table_of("day", "list", "change", "entry", "rule", "what", "id")
    for event in events:
        shown.add_row(
            str(event.effective_on or f"by {event.on}"),
            event.list,
            WORDS[event.kind],
            escape(event.name),
            ", ".join(event.citations),
            escape(", ".join(field.replace("_", " ") for field in event.fields)),
            escape(event.listing),
        )
    console.data.print(shown)
