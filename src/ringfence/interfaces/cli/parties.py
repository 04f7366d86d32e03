"""`ringfence parties`: which listings are of one party, on what evidence, and the rulings that overrule it."""

import datetime as dt
import sys
from typing import Literal

import click
import msgspec
from rich.markup import escape

from ringfence import JoinedParty, Ruling
from ringfence.interfaces.cli import console
from ringfence.interfaces.cli.options import clocks, engine_of, precisely


@click.group()
def parties() -> None:
    """See and overrule which listings are of one party.

    Listings are joined by identifiers and by rare whole names with evidence that agrees. A ruling goes before any
    evidence; it is added to the record and never erased.
    """


@parties.command(epilog="Example:  ringfence parties show us_bis_entity:sugon-cn")
@click.argument("listing")
@clocks
@click.option("--json", "as_json", is_flag=True, help="As one line of JSON.")
@click.pass_context
def show(
    ctx: click.Context, listing: str, as_of: dt.date | None, known_at: dt.datetime | None, as_json: bool
) -> None:
    """Show the party of LISTING: all its listings, the evidence that they are one, and what was left apart."""
    with engine_of(ctx, as_of, known_at) as engine:
        party = engine.party(listing)
        names = {one: text.party.name for one in party.listings if (text := engine.in_force(one))}
    if as_json:
        sys.stdout.buffer.write(msgspec.json.encode(party) + b"\n")
        return
    _print(party, names)


def _print(party: JoinedParty, names: dict[str, str]) -> None:
    console.data.print(f"[bold]{escape(party.name)}[/]  {escape(party.id)}")
    for listing in party.listings:
        console.data.print(f"  {escape(listing)}  {escape(names.get(listing, ''))}")
    for title, joins in (("One party, because", party.evidence), ("Possible, not joined", party.possible)):
        if joins:
            console.data.print(f"[bold]{title}[/]")
        for join in joins:
            console.data.print(f"  {escape(join.one)} = {escape(join.other)}")
            console.data.print(f"      {join.basis}: {escape(join.text)}")
    if party.parents:
        console.data.print("[bold]Tied to, and not joined with[/]")
    for parent in party.parents:
        console.data.print(
            f"  {parent.relation.replace('_', ' ')} {escape(parent.name)}  ({escape(parent.listing)})"
        )


@parties.command(epilog='Example:  ringfence parties join A B --by "J. Doe" --why "same registration"')
@click.argument("one")
@click.argument("other")
@click.option("--why", required=True, help="The reason, kept with the ruling.")
@click.option("--by", required=True, help="Who rules.")
@click.pass_context
def join(ctx: click.Context, one: str, other: str, why: str, by: str) -> None:
    """Rule that the listings ONE and OTHER are of one party."""
    _rule(ctx, "join", one, other, why, by)


@parties.command(epilog='Example:  ringfence parties split A B --by "J. Doe" --why "parent and subsidiary"')
@click.argument("one")
@click.argument("other")
@click.option("--why", required=True, help="The reason, kept with the ruling.")
@click.option("--by", required=True, help="Who rules.")
@click.pass_context
def split(ctx: click.Context, one: str, other: str, why: str, by: str) -> None:
    """Rule that the listings ONE and OTHER are of two parties, whatever joins them."""
    _rule(ctx, "split", one, other, why, by)


@parties.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON Lines, one ruling a line.")
@click.pass_context
def log(ctx: click.Context, as_json: bool) -> None:
    """Show every ruling ever made, oldest first."""
    with engine_of(ctx, None, None) as engine:
        rulings = engine.rulings()
    if as_json:
        sys.stdout.buffer.writelines(msgspec.json.encode(ruling) + b"\n" for ruling in rulings)
        return
    table = console.table_of("at", "by", "ruling", "one", "other", "why")
    for ruling in rulings:
        table.add_row(
            f"{ruling.at:%Y-%m-%d %H:%M}Z",
            *map(escape, (ruling.by, ruling.action, ruling.one, ruling.other, ruling.why)),
        )
    console.data.print(table)


def _rule(
    ctx: click.Context, action: Literal["join", "split"], one: str, other: str, why: str, by: str
) -> None:
    for label, text in (("--why", why), ("--by", by)):
        if not text.strip():
            raise click.UsageError(f"{label} is empty. A ruling needs a reason and a name.")
    with engine_of(ctx, None, None) as engine:
        engine.rule(
            Ruling(action=action, one=one, other=other, why=why.strip(), by=by.strip(), at=engine.now),
            precisely,
        )
    console.people.print(f"Recorded. See it with: ringfence parties show {one}")
