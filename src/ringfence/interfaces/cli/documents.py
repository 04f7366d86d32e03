"""`ringfence documents`: the Federal Register documents that name the rules behind changes."""

import sys
from pathlib import Path

import click
import msgspec
from rich.markup import escape

from ringfence import open_store
from ringfence.interfaces.cli import console
from ringfence.interfaces.cli.options import now, precisely, settings_of
from ringfence.refresh import load_documents


@click.group()
def documents() -> None:
    """Federal Register documents: they give each change its rule, title and days."""


@documents.command(
    epilog="""
Examples:

  ringfence documents load

  ringfence documents load --file documents.json --file 2019-22210.xml
"""
)
@click.option(
    "--file",
    "paths",
    type=click.Path(path_type=Path, allow_dash=False),
    metavar="PATH",
    multiple=True,
    help="Read a local copy (API answer in JSON, full text in XML; plain or .gz) instead of downloading.",
)
@click.pass_context
def load(ctx: click.Context, paths: tuple[Path, ...]) -> None:
    """Load the rules of the Bureau of Industry and Security that amend 15 CFR part 744.

    Copies from public inspection are refused: they print no pages.
    """
    with open_store(settings_of(ctx).store) as store:
        report = load_documents(store, paths=paths, now=now(), learned=precisely)
    console.data.print(f"{report.read:,} documents read, {report.new:,} of them new.")
    for refusal in report.account.refused[:5]:
        console.people.print(f"[yellow]row {refusal.row}: {escape(refusal.reason)}[/]")


@documents.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON Lines, one document a line.")
@click.pass_context
def show(ctx: click.Context, as_json: bool) -> None:
    """Show the documents that the store knows, in order of publication."""
    with open_store(settings_of(ctx).store) as store:
        known = store.documents()
    if as_json:
        sys.stdout.buffer.writelines(msgspec.json.encode(one) + b"\n" for one in known)
        return
    table = console.table_of("document", "published", "in force", "pages", "title")
    for one in known:
        pages = f"{one.volume} FR {one.first_page}" if one.first_page else ""
        table.add_row(
            one.document, str(one.published_on or ""), str(one.effective_on or ""), pages, escape(one.title)
        )
    console.data.print(table)
