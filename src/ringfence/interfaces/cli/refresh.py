"""`ringfence refresh`: lists from their publishers, or from local copies."""

import datetime as dt
from collections import Counter
from pathlib import Path

import click
from rich.markup import escape

from ringfence import RingfenceError, open_store
from ringfence.interfaces.cli import console
from ringfence.interfaces.cli.options import Day, now, precisely, settings_of
from ringfence.refresh import Report, publications
from ringfence.refresh import refresh as bring_up_to_date


@click.command(
    epilog="""
Examples:

  ringfence refresh

  ringfence refresh us_csl un_sc

  ringfence refresh us_csl --file consolidated.csv.gz

  ringfence refresh us_ofac_sdn --file SDN.CSV --file ADD.CSV --file ALT.CSV
"""
)
@click.argument("names", nargs=-1, metavar="[SOURCE]...")
@click.option("--all", "everything", is_flag=True, help="Every publication that ringfence knows.")
@click.option(
    "--file",
    "paths",
    type=click.Path(path_type=Path, allow_dash=False),
    metavar="PATH",
    multiple=True,
    help="Read a local copy (plain, .gz or .zip) instead of downloading; repeat it for a release of several files.",
)
@click.option(
    "--published", type=Day(), metavar="DAY", help="The day of the release, where the file does not say."
)
@click.option("--url", metavar="ADDRESS", help="Download from this address instead of the publisher's.")
@click.option(
    "--new-layout",
    is_flag=True,
    help="Take a release whose columns were moved or left out since the one before; without, it is held back.",
)
@click.pass_context
def refresh(
    ctx: click.Context,
    names: tuple[str, ...],
    everything: bool,
    paths: tuple[Path, ...],
    published: dt.date | None,
    url: str | None,
    new_layout: bool,
) -> None:
    """Bring lists up to date. A damaged release is refused, and the last good one stays in force.

    Each SOURCE is a publication; without one it is us_csl, the Consolidated Screening List with thirteen US lists.
    Where one of several fails, the others are still brought up to date, and the exit code is 3.
    """
    asked = tuple(publications()) if everything else names or ("us_csl",)
    if len(asked) > 1 and (paths or url or published or new_layout):
        raise click.UsageError("--file, --url, --published and --new-layout go with one SOURCE.")
    failed: RingfenceError | None = None
    with open_store(settings_of(ctx).store) as store:
        for source in asked:
            try:
                with console.steps() as progress:
                    report = bring_up_to_date(
                        store,
                        source,
                        paths=paths,
                        published_on=published,
                        url=url,
                        new_layout=new_layout,
                        now=now(),
                        learned=precisely,
                        progress=progress,
                    )
            except RingfenceError as error:
                if len(asked) == 1:
                    raise
                failed = error
                console.people.print(f"[red]{escape(str(error))}[/]")
                continue
            _tell(report, guessed=bool(paths))
    if failed:
        ctx.exit(failed.exit_code)


def _tell(report: Report, *, guessed: bool) -> None:
    """What was loaded. `guessed` is set for a local copy: the day it was read says nothing of its age."""
    release = report.snapshot
    if report.outcome == "unchanged":
        console.people.print(
            f"{report.source}: nothing new. The release of {release.published_on} ({release.entries:,} entries) is in the store."
        )
        return
    account = report.account
    console.people.print(
        f"{report.source}: loaded the release of {release.published_on} (dated by {release.published_by.replace('_', ' ')}): "
        f"{account.rows:,} rows read, {release.entries:,} entries, {len(account.refused):,} rows refused."
    )
    if guessed and release.published_by == "fetched":
        console.people.print(
            "[yellow]Nothing in the file or its name says which day it is of: it is taken to be of today. An older "
            "copy needs --published DAY; load it so into a new store, since a release keeps its day.[/]"
        )
    against = f"against {report.previous.published_on}" if report.previous else "first release"
    table = console.table_of("list", "entries", "added", "changed", "removed", title=f"Changes ({against})")
    for list_id in sorted(set(report.changes) | set(account.lists)):
        counts = report.changes.get(list_id, Counter())
        table.add_row(
            list_id,
            f"{account.lists[list_id]:,}",
            *(f"{counts.get(k, 0):,}" for k in ("added", "changed", "removed")),
        )
    console.data.print(table)
    if report.previous and report.changes:
        days = f"--from {report.previous.published_on} --to {release.published_on}"
        console.people.print(
            f"Texts are counted, also where only the wording differs. What changed in law: ringfence diff {days}"
        )
    _account(report)


def _account(report: Report) -> None:
    """Whatever was not taken as it stood: nothing is left out silently."""
    account = report.account
    for tally in account.tallies:
        parts = " + ".join(f"{count:,} {part}" for part, count in tally.parts.items())
        whole = f"{tally.total:,} = " if len(tally.parts) > 1 else ""
        console.people.print(f"{escape(tally.what)}: {whole}{escape(parts)}.")
    if account.ignored:
        console.people.print(f"Fields ignored by name: {', '.join(sorted(account.ignored))}.")
    stayed: dict[tuple[object, ...], list[str]] = {}
    for text in account.statuses:
        if text.status != "in_force":
            stayed.setdefault((text.status, text.citation, text.until), []).append(text.section)
    for (status, citation, until), sections in stayed.items():
        rule = f" by {citation}" if citation else ""
        end = f" until {until}" if until else ""
        console.people.print(f"Printed, but {status}{rule}{end}: {', '.join(sections)}.")
    for refusal in account.refused[:10]:
        console.people.print(
            f"[yellow]Row {refusal.row:,} refused: {escape(refusal.reason)} {escape(refusal.text[:80])}[/]"
        )
    if account.unclassified:
        texts = ", ".join(
            f"{escape(text[:60])} ({count:,})" for text, count in account.unclassified.most_common(5)
        )
        more = len(account.unclassified) - 5
        rest = f" and {more:,} more" if more > 0 else ""
        console.people.print(
            f"Kept verbatim, not classified: {len(account.unclassified):,} texts: {texts}{rest}."
        )
    if account.remarks:
        marks = ", ".join(
            f"{code.replace('_', ' ')} {count:,}" for code, count in account.remarks.most_common()
        )
        console.people.print(f"Remarks on entries: {marks}.")
