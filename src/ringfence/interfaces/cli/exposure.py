"""`ringfence exposure`: who stands behind a party, and every path from it to something listed."""

import datetime as dt
from pathlib import Path

import click
import msgspec
from rich.markup import escape

from ringfence import Exposure, Query, RuleStatus, Tally, tallied
from ringfence.interfaces.cli import console, networks
from ringfence.interfaces.cli.options import clocks, engine_of

_STYLES = {"none": "green", "red_flag": "yellow", "indeterminate": "yellow"}
_PATHS_SHOWN = 8


@click.command(
    epilog="""
Examples:

  ringfence exposure "Alpha Trading" --links links.csv

  ringfence exposure --file suppliers.csv --links owners.csv --links bom.csv --json > exposure.jsonl

  ringfence exposure "Alpha Trading" --links links.csv --as-of 2025-10-15 --regime ofac

Without a party, every party of the links is answered. Columns of a table of links: subject, relation, object, share,
share_low, share_high, from, until, value, currency, item, tier, source, source_url, asserted_by, certainty,
subject_country, object_country, share_base, object_incorporated_in.
"""
)
@click.argument("parties", metavar="[PARTY]...", nargs=-1)
@click.option("--file", metavar="FILE", help="A table of the parties to ask about.")
@networks.network_options
@clocks
@click.option("--json", "as_json", is_flag=True, help="JSON Lines on standard output, one object per party.")
@click.option(
    "--html",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the network as a page that stands alone.",
)
@click.pass_context
def exposure(
    ctx: click.Context,
    parties: tuple[str, ...],
    file: str | None,
    link_files: tuple[Path, ...],
    holder: str | None,
    list_ties: bool,
    extra: tuple[Path, ...],
    regime: str,
    affiliates_rule: RuleStatus | None,
    as_of: dt.date | None,
    known_at: dt.datetime | None,
    as_json: bool,
    html: Path | None,
) -> None:
    """Who stands behind each PARTY, under which rule of ownership, and every path from it to something listed.

    `status` is the arithmetic of the regime (listed, owned, possibly_owned, minority, none), `effect` the law on the day.
    """
    links = networks.links_from(link_files, holder)
    asked = [Query(name=name) for name in parties]
    if file:
        asked += networks.parties_from(file)
    if not (asked or links.links or list_ties):
        raise click.UsageError("Name a party, give a table with --file, or give links with --links.")
    with engine_of(ctx, as_of, known_at, extra=extra) as engine:
        if list_ties:
            links.add(engine.listed_ties())
        found, doubts, tally = [], list[str](), Tally()
        reaching, cut, asked_about = 0, 0, 0
        for one in engine.exposure(
            links, asked, regime=regime, rule_status=affiliates_rule, tell=doubts.append
        ):
            if as_json:
                click.echo(msgspec.json.encode(one))
            else:
                _print(one)
            tallied(tally, one.paths)
            asked_about += 1
            reaching += bool(one.paths)
            cut += not one.paths_complete
            if html:
                found.append(one)
        if html:
            from ringfence.interfaces.pictures import network_page  # noqa: PLC0415 - only for pictures

            html.write_text(
                network_page(found, title="Exposure", provenance=engine.provenance()), encoding="utf-8"
            )
            console.people.print(f"Wrote {escape(str(html))}")
        networks.told(doubts)
        console.people.print(
            f"{console.counted(asked_about, 'party', 'parties')}, {reaching:,} with a path to something listed: "
            f"{tally.rolled_up().in_words()}."
        )
        if cut:
            console.people.print(
                f"[yellow]Note: the sums of {cut:,} parties are of the paths given; there are more[/]"
            )
        console.told(engine.provenance())


def _print(one: Exposure) -> None:
    style = _STYLES.get(one.effect, "bold red")
    data = console.data
    data.print(
        f"[{style}]{one.status}[/]  {escape(one.party.name)}  {one.party.country or ''}  "
        f"effect on {one.on}: [{style}]{one.effect}[/]  ({one.regime}, rule {one.rule_status})"
    )
    for line in one.proof:
        share = line.share_text
        when = f"round {line.step}" if line.counted else "known, not enough"
        data.print(
            f"    {escape(line.owner)} owns {share} of {escape(line.owned)}  [{when}]  {escape(line.source)}"
        )
    for text in (*one.notes, *one.remarks):
        data.print(f"    note: {escape(text)}")
    if one.license_review_policy:
        data.print(f"    review policy of the strictest: {one.license_review_policy.replace('_', ' ')}")
    if one.totals.counted:
        data.print(f"    {one.totals.in_words()}")
    for path in one.paths[:_PATHS_SHOWN]:
        amount = f"  {path.amount.low:,} {path.amount.currency or ''}" if path.amount else ""
        data.print(
            f"    {path.effect:<17} {path.way:<14} {escape(' > '.join(path.parties))} ({path.listed.list}){amount}"
        )
        data.print(f"        {escape(path.text)}")
    if len(one.paths) > _PATHS_SHOWN or not one.paths_complete:
        more = "" if one.paths_complete else ", and more than were looked for"
        data.print(f"    {len(one.paths):,} paths in all{more}; --json shows them")
