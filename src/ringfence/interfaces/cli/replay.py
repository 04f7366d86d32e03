"""`ringfence replay`: a decision of the ledger, asked again."""

import sys

import click
from rich.markup import escape

from ringfence import Ledger
from ringfence import replay as again
from ringfence.interfaces.cli import console
from ringfence.interfaces.cli.options import settings_of


@click.command(epilog="Example:  ringfence replay T-1")
@click.argument("line")
@click.pass_context
def replay(ctx: click.Context, line: str) -> None:
    """Ask a decision again: LINE is its number in the ledger, or its id (the last one counts).

    The answer has the same bytes on the same store, also after newer lists were loaded. Ends with 1 when it differs.
    """
    settings = settings_of(ctx)
    with Ledger.open(settings.store) as opened:
        found = opened.line(line)
    answer = again(found, settings)
    sys.stdout.buffer.write(answer.answer + b"\n")
    for remark in answer.remarks:
        console.people.print(f"[yellow]Note: {escape(remark)}.[/]")
    verdict = "the same bytes as recorded" if answer.same else "[bold red]not the bytes that were recorded[/]"
    console.people.print(f"Line {found.number} of {found.at}: {verdict}.")
    if not answer.same:
        ctx.exit(1)
