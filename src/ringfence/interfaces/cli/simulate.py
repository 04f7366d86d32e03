"""`ringfence simulate`: what if it were listed tomorrow?"""

import datetime as dt
import re
from pathlib import Path
from typing import Literal

import click
import msgspec
from rich.markup import escape

from ringfence import (
    Book,
    Change,
    Listing,
    RuleStatus,
    Simulation,
    read_bill,
    read_orders,
)
from ringfence.interfaces.cli import console, networks
from ringfence.interfaces.cli.console import counted
from ringfence.interfaces.cli.options import Day, clocks, engine_of

_CITATION = re.compile(r"\d{2,3} FR \d{3,6}")


@click.command(
    epilog="""
Examples:

  ringfence simulate --list "Alpha Trading" --links links.csv --orders orders.csv

  ringfence simulate --list Alpha --list Beta --as sdn --on 2026-12-01 --links links.csv --parties book.csv

  ringfence simulate --list "84 FR 54002" --as-of 2019-10-08 --on 2019-10-09 --links reference-2019

  ringfence simulate --rank watch.csv --links links.csv

A Federal Register citation stands for every entry that the rule added. Orders have the columns id, party, party_country,
direction (sell, buy), item, value, currency, on, origin, eccn, subject_to_ear; bills of material item, component, supplier,
supplier_country, tier, value, currency, origin, eccn, source. Nothing is stored.
"""
)
@click.option(
    "--list", "listed", multiple=True, metavar="PARTY", help="Suppose this party listed; may be repeated."
)
@click.option(
    "--remove", "removed", multiple=True, metavar="PARTY", help="Suppose it taken off; may be repeated."
)
@click.option(
    "--as",
    "as_list",
    type=click.Choice(["entity-list", "sdn", "meu"]),
    default="entity-list",
    show_default=True,
    help="The list to suppose.",
)
@click.option(
    "--on",
    type=Day(),
    metavar="DAY",
    help="The day of the listing: its law, lists and links. [the day of --as-of]",
)
@click.option(
    "--footnote",
    "footnotes",
    type=click.IntRange(1, 9),
    multiple=True,
    metavar="N",
    help="With this footnote.",
)
@click.option(
    "--program",
    "programs",
    multiple=True,
    metavar="TAG",
    help="Under this program, for example RUSSIA-EO14024.",
)
@click.option(
    "--rule",
    type=click.Choice(["affiliates=in_force", "affiliates=stayed"]),
    help="Suppose the BIS 50 percent rule in this status.",
)
@click.option("--parties", metavar="FILE", help="Your book: totals then count its parties alone.")
@click.option("--orders", type=click.Path(path_type=Path), metavar="FILE", help="Your open orders.")
@click.option("--products", type=click.Path(path_type=Path), metavar="FILE", help="Your bills of material.")
@click.option(
    "--rank",
    metavar="FILE",
    help="A watch-list: which single listing would hurt most? JSON Lines, worst first.",
)
@networks.network_options
@clocks
@click.option("--json", "_json", is_flag=True, help="JSON on standard output; it always is.")
@click.option(
    "--html",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the answer as a page that stands alone.",
)
@click.pass_context
def simulate(
    ctx: click.Context,
    listed: tuple[str, ...],
    removed: tuple[str, ...],
    as_list: Literal["entity-list", "sdn", "meu"],
    on: dt.date | None,
    footnotes: tuple[int, ...],
    programs: tuple[str, ...],
    rule: str | None,
    parties: str | None,
    orders: Path | None,
    products: Path | None,
    rank: str | None,
    link_files: tuple[Path, ...],
    holder: str | None,
    list_ties: bool,
    extra: tuple[Path, ...],
    regime: str | None,
    affiliates_rule: RuleStatus | None,
    as_of: dt.date | None,
    known_at: dt.datetime | None,
    _json: bool,
    html: Path | None,
) -> None:
    """What listing a party would do: parties blocked by name and by ownership, orders, products, holdings, money.

    Answers in JSON on standard output and in a few lines on standard error. Touches no store.
    """
    if not (listed or removed or rule or rank):
        raise click.UsageError(
            "Say what to suppose: --list PARTY, --remove PARTY, --rule affiliates=in_force, or --rank FILE."
        )
    status: RuleStatus | None = (
        "in_force" if rule == "affiliates=in_force" else "stayed" if rule else affiliates_rule
    )
    links = networks.links_from(link_files, holder)
    book = Book(
        parties=tuple(networks.parties_from(parties)) if parties else (),
        bill=tuple(read_bill(products)) if products else (),
        orders=tuple(read_orders(orders)) if orders else (),
    )
    with engine_of(ctx, as_of or on, known_at, extra=extra) as engine:
        if list_ties:
            links.add(engine.listed_ties())
        chosen = None if ctx.get_parameter_source("regime") is click.core.ParameterSource.DEFAULT else regime

        def change(kind: Literal["list", "remove"], party: str, listing: Listing | None = None) -> Change:
            return Change(
                kind=kind,
                party=party,
                as_list=as_list,
                footnotes=footnotes,
                programs=programs,
                listing=listing,
            )

        asked = {"book": book, "on": on, "regime": chosen, "rule_status": status}
        if rank:
            candidates = [change("list", query.name) for query in networks.parties_from(rank)]
            ranked = engine.rank(links, candidates, **asked)  # type: ignore[arg-type]
            for one in ranked:
                click.echo(msgspec.json.encode(one))
            if ranked:
                figures = ", then ".join(ranked[0].ranked_by).replace("_", " ")
                console.people.print(f"Ranked by {figures}. Money in different currencies is never added.")
            console.told(engine.provenance())
            return
        changes = [change("remove", party) for party in removed]
        for party in listed:
            changes += (
                [change("list", entry.party.name, entry) for entry in engine.entries_citing(party)]
                if _CITATION.fullmatch(" ".join(party.split()))
                else [change("list", party)]
            )
        answer = engine.simulate(links, changes, **asked)  # type: ignore[arg-type]
        click.echo(msgspec.json.encode(answer))
        _summary(answer)
        networks.told(answer.remarks)
        if html:
            from ringfence.interfaces.pictures import simulation_page  # noqa: PLC0415 - only for pictures

            html.write_text(simulation_page(answer, provenance=engine.provenance()), encoding="utf-8")
            console.people.print(f"Wrote {escape(str(html))}")
        console.told(engine.provenance())


def _summary(answer: Simulation) -> None:
    totals, people = answer.totals, console.people
    unknown = [one.party for one in answer.simulated if not one.known]
    if unknown:
        more = f" and {len(unknown) - 5} more" if len(unknown) > 5 else ""
        people.print(f"[yellow]Note: no link speaks of {escape(', '.join(unknown[:5]))}{more}[/]")
    for one in answer.simulated:
        if one.list in one.already_listed_on:
            people.print(f"[yellow]Note: {escape(one.party)} is already on {one.list}: nothing changes[/]")
    people.print(
        f"{counted(len(answer.simulated), 'change')} on {answer.on} ({answer.regime}, rule {answer.rule_status}): "
        f"{counted(totals.parties_listed, 'party', 'parties')} touched by name, "
        f"{totals.parties_reached_by_ownership:,} by ownership, {totals.parties_to_look_at:,} to look at."
    )
    orders = ", ".join(f"{value:,.0f} {currency}" for currency, value in totals.order_value.items())
    people.print(
        f"{counted(totals.licenses_needed, 'supply tie')} and {counted(totals.orders, 'order')} would need a license; "
        f"{counted(totals.products_without_source, 'product has', 'products have')} a part without an unlisted source; "
        f"{totals.in_words()}; orders {orders or 'without a stated value'}, {totals.orders_unknown:,} of unknown value."
    )
