"""`ringfence ledger`: the evidence of screens and decisions, its check, its export, and how long it is kept."""

import datetime as dt
from pathlib import Path

import click
from rich.markup import escape

from ringfence import Ledger, retention_years
from ringfence.interfaces.cli import console
from ringfence.interfaces.cli.options import now, settings_of


@click.group()
@click.pass_context
def ledger(ctx: click.Context) -> None:
    """Keep, check and hand over the evidence of what was asked and answered."""
    ctx.ensure_object(dict)


def _open(ctx: click.Context) -> Ledger:
    return Ledger.open(settings_of(ctx).store)


@ledger.command()
@click.option("--expect", metavar="HASH", help="A head noted earlier; it must still be in the chain.")
@click.pass_context
def verify(ctx: click.Context, expect: str | None) -> None:
    """Check every line and the chain: finds any change, deletion or move. Ends with 1 when there is one."""
    with _open(ctx) as opened:
        found = opened.verify(expect=expect)
    for fault in found.faults:
        console.line(f"[bold red]FAULT[/]  {escape(fault)}")
    verdict = f"{len(found.faults)} faults" if found.faults else "every line holds"
    console.line(f"{found.lines:,} lines, head {found.head}: {verdict}")
    if found.faults:
        ctx.exit(1)


@ledger.command(name="list")
@click.option(
    "--last", type=click.IntRange(1), default=50, show_default=True, help="Show so many lines from the end."
)
@click.pass_context
def list_lines(ctx: click.Context, last: int) -> None:
    """Show the lines: number, instant, kind, reference and outcome."""
    table = console.table_of("line", "at", "kind", "reference", "kept for", "outcome", "hash")
    with _open(ctx) as opened:
        lines = list(opened.lines())[-last:]
    for line in lines:
        outcome = str(line.said().get("outcome", "")) if line.body else "purged"
        table.add_row(
            str(line.number),
            line.at,
            line.kind,
            escape(line.ref),
            line.regimes,
            outcome.replace("_", " "),
            line.hash[:12],
        )
    console.data.print(table)


@ledger.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_context
def export(ctx: click.Context, file: Path) -> None:
    """Write a package that anybody checks offline with one command: python FILE."""
    with _open(ctx) as opened:
        found = opened.export(file)
    console.people.print(
        f"Wrote {escape(str(file))}: {found.lines:,} lines, head {found.head}. Check it with: python {escape(str(file))}"
    )
    if found.faults:
        ctx.exit(1)


@ledger.command()
@click.argument("refs", nargs=-1, required=True)
@click.option("--reason", required=True, metavar="TEXT", help="Why.")
@click.option("--by", required=True, metavar="NAME", help="Who says so.")
@click.pass_context
def hold(ctx: click.Context, refs: tuple[str, ...], reason: str, by: str) -> None:
    """Put a legal hold on references (* is everything): nothing of them is purged."""
    with _open(ctx) as opened:
        opened.hold(refs, reason=reason, by=by, at=now())
    console.people.print(f"On hold: {escape(', '.join(refs))}.")


@ledger.command()
@click.argument("refs", nargs=-1, required=True)
@click.option("--reason", required=True, metavar="TEXT", help="Why.")
@click.option("--by", required=True, metavar="NAME", help="Who says so.")
@click.pass_context
def release(ctx: click.Context, refs: tuple[str, ...], reason: str, by: str) -> None:
    """Lift a legal hold."""
    with _open(ctx) as opened:
        opened.release(refs, reason=reason, by=by, at=now())
    console.people.print(f"No longer on hold: {escape(', '.join(refs))}.")


@ledger.command()
@click.argument("refs", nargs=-1)
@click.option("--by", required=True, metavar="NAME", help="Who purges.")
@click.option(
    "--keep", multiple=True, metavar="REGIME=YEARS", help="Keep longer than the law asks, for example EAR=7."
)
@click.pass_context
def purge(ctx: click.Context, refs: tuple[str, ...], by: str, keep: tuple[str, ...]) -> None:
    """Empty lines whose time is over (5 years EAR, 10 years OFAC); the chain stays whole, and holds are kept."""
    years = {}
    for said in keep:
        regime, _, count = said.partition("=")
        if regime not in retention_years() or not count.isdigit():
            raise click.BadParameter(f"{said!r} is not REGIME=YEARS. Regimes: {', '.join(retention_years())}")
        years[regime] = int(count)
    with _open(ctx) as opened:
        purged = opened.purge(now=now().astimezone(dt.UTC), by=by, refs=refs, years=years)
    console.people.print(f"Purged {len(purged):,} lines.")
