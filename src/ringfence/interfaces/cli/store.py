"""`ringfence store`: check, back up and move the store itself."""

from pathlib import Path

import click
from rich.markup import escape

from ringfence import Ledger
from ringfence.errors import InputError
from ringfence.interfaces.cli import console
from ringfence.interfaces.cli.options import settings_of
from ringfence.review import Desk
from ringfence.store.address import address_of, is_made
from ringfence.store.backup import back_up
from ringfence.store.inspection import inspect
from ringfence.store.journal import network_of
from ringfence.store.transfer import copy_store


@click.group()
def store() -> None:
    """Check, back up and move the store: everything that is kept, in an SQLite file or a PostgreSQL database.

    The store is the one that --store or RINGFENCE_STORE names. How to run it on PostgreSQL, restore and upgrade it is
    in docs/store.md.
    """


@store.command()
@click.pass_context
def check(ctx: click.Context) -> None:
    """Check every release, every text, the chain of the ledger and the alerts. Ends with 1 when there is a fault."""
    location = settings_of(ctx).store
    shown = escape(address_of(location).shown)
    if not is_made(location):
        raise InputError(f"{address_of(location).shown}: there is no store. Make one with: ringfence refresh")
    with console.steps() as progress:
        found = inspect(location, progress)
    with Ledger.open(location) as ledger:
        chain = ledger.verify()
    with Desk.open(location) as desk:
        alerts = desk.verify()
    faults = [
        *found.faults,
        *(f"ledger: {one}" for one in chain.faults),
        *(f"alerts: {one}" for one in alerts),
    ]
    for fault in faults:
        console.line(f"[bold red]FAULT[/]  {escape(fault)}")
    console.line(
        f"{shown}: schema {found.schema}, {found.snapshots:,} releases, {found.versions:,} texts, {found.documents:,} "
        f"documents, {chain.lines:,} lines of the ledger: {f'{len(faults):,} faults' if faults else 'all of it holds'}"
    )
    if found.older:
        console.line(
            f"{found.older:,} texts were written by an earlier version, and are read as it wrote them."
        )
    if (path := address_of(location).path) and (network := network_of(path)):
        console.line(
            f"It lies on a network file system ({network}) and keeps a rollback journal: who reads and who writes wait for "
            f"each other. A disk of this machine, or PostgreSQL, serves several at once."
        )
    if faults:
        ctx.exit(1)


@store.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.pass_context
def backup(ctx: click.Context, file: Path) -> None:
    """Write the store as it is now to FILE, while others go on using it.

    FILE is a store itself: look into it with --store FILE. Keys and people go to a file beside it. Nothing is overwritten.
    """
    with console.steps() as progress:
        written = back_up(settings_of(ctx).store, file, progress)
    for one in written:
        console.people.print(f"Wrote {escape(str(one))}, {one.stat().st_size:,} bytes.")
    console.people.print(f"Check it with: ringfence --store {escape(str(file))} store check")


@store.command()
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
def copy(source: str, target: str) -> None:
    """Copy the store FROM, with keys and people, TO where none is yet: a file path, or postgresql://USER@HOST/DATABASE.

    One transaction, compared by count and digest before it is committed. FROM is left as it is, but for its schema,
    which is brought up to date first. Stop services on it, or what they write afterwards is not in the copy.
    """
    with console.steps() as progress:
        copied = copy_store(source, target, progress)
    table = console.table_of("table", "rows", "SHA-256 of all rows, alike on both sides")
    for one in copied:
        table.add_row(one.table, f"{one.rows:,}", one.digest)
    console.data.print(table)
    console.people.print(f"Copied {escape(address_of(source).shown)} to {escape(address_of(target).shown)}.")
