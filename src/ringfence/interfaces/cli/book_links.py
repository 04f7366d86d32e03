"""`ringfence book links`: who owns, controls or supplies whom, kept with the book, so that it is asked who stands behind it."""

from pathlib import Path

import click
from rich.markup import escape

from ringfence import read_links
from ringfence.errors import InputError
from ringfence.interfaces.cli import console
from ringfence.interfaces.cli.options import by_option, now, settings_of
from ringfence.store import BookLinks

_SHOWN = 5


def _opened(ctx: click.Context) -> BookLinks:
    return BookLinks.open(settings_of(ctx).store)


@click.group()
def links() -> None:
    """Keep files of links with the book: a listed party behind a party of the book raises an alert as well.

    A file is known by its name; adding it again replaces what it said. Every version is kept. A link speaks of a party of
    the book by its id, or by its name.
    """


@links.command(
    "add",
    epilog="""
Examples:

  ringfence book links add shareholders.csv

  ringfence book links add gleif-golden-copy.json.gz --as gleif --dry-run
""",
)
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option(
    "--as", "name", metavar="NAME", help="Keep it under this name; the default is that of the file."
)
@click.option("--holder", metavar="NAME", help="Who files it, for forms that do not say so themselves.")
@click.option("--dry-run", is_flag=True, help="Read it and say what is doubtful; keep nothing.")
@by_option
@click.pass_context
def add(ctx: click.Context, file: Path, name: str | None, holder: str | None, dry_run: bool, by: str) -> None:
    """Keep the links of FILE, in place of what a file of that name said before.

    FILE is whatever `ringfence exposure --links` reads.
    """
    read = read_links(file, holder=holder)
    for remark in read.remarks[:_SHOWN]:
        console.people.print(f"[yellow]{escape(remark)}[/]")
    if len(read.remarks) > _SHOWN:
        console.people.print(f"... and {len(read.remarks) - _SHOWN:,} remarks more.")
    known = (name or file.name).strip()
    if not known or len(known) > 200 or not known.isprintable():
        raise InputError(
            f"{known[:60]!r} is no name of a file of links: give one of 1 to 200 letters with --as."
        )
    if not read.links:
        raise InputError(
            f"{file}: no link in it; nothing was kept. To take a file out: ringfence book links remove"
        )
    if dry_run:
        console.people.print(f"{len(read.links):,} links would be kept as {escape(known)}.")
        return
    with _opened(ctx) as kept:
        done = kept.put(known, read.links, read.parties, at=now(), by=by)
    if done is None:
        console.people.print(f"{escape(known)} says what it said: {len(read.links):,} links.")
        return
    console.people.print(
        f"{done.links:,} links are kept as {escape(known)}. See who stands behind the book with: ringfence watch --once"
    )


@links.command("list")
@click.pass_context
def list_files(ctx: click.Context) -> None:
    """Show the files of links in use."""
    with _opened(ctx) as kept:
        files = kept.files()
    table = console.table_of("name", "links", "since", "by")
    for one in files:
        table.add_row(escape(one.name), f"{one.links:,}", f"{one.at:%Y-%m-%d %H:%M}Z", escape(one.by))
    console.data.print(table)
    console.people.print(f"{len(files):,} files, {sum(one.links for one in files):,} links.")


@links.command("remove")
@click.argument("name", metavar="NAME")
@by_option
@click.pass_context
def remove(ctx: click.Context, name: str, by: str) -> None:
    """Take a file of links out of use: alerts that rest on it alone are closed by the next round."""
    with _opened(ctx) as kept:
        kept.remove(name, at=now(), by=by)
    console.people.print(f"{escape(name)} is out of use. What it said stays in the record.")
