"""`ringfence show`: one entry as the Federal Register would print it, with its versions."""

import datetime as dt
import sys

import click
import msgspec
from rich.markup import escape

from ringfence import Listing
from ringfence.interfaces.cli import console
from ringfence.interfaces.cli.options import clocks, engine_of


@click.command(
    epilog="Example:  ringfence show us_bis_entity:hangzhou-hikvision-digital-technology-co-ltd-cn"
)
@click.argument("listing")
@clocks
@click.option("--json", "as_json", is_flag=True, help="As one line of JSON.")
@click.pass_context
def show(
    ctx: click.Context, listing: str, as_of: dt.date | None, known_at: dt.datetime | None, as_json: bool
) -> None:
    """Print the entry LISTING as the law has it on the day, then each text it had."""
    with engine_of(ctx, as_of, known_at) as engine:
        entry = engine.entry(listing)
        text = engine.in_force(listing)
        doubts = list(engine.doubts(text)) if text else []
        day = engine.on
        warnings = engine.provenance([entry.legal.id]).warnings
    if as_json:
        answer = {
            "schema": "ringfence/1",
            "listing": listing,
            "on": day,
            "in_force": text,
            "doubts": doubts,
            "versions": entry.texts,
        }
        sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
        return
    legal = entry.legal
    console.line(f"[bold]{legal.title}[/]  ({escape(legal.legal_basis)})")
    if text is None:
        console.line(f"[green]Not in force on {day}.[/]")
        if entry.missing_since and day >= entry.missing_since:
            console.line(f"The release of {entry.missing_since} no longer holds it.")
    else:
        console.line(_HEADS[text.reservation.kind if text.reservation else None].format(day=day))
        _print(text)
        for doubt in doubts:
            console.line(f"  [yellow]Note: {escape(doubt)}.[/]")
    console.line()
    console.line("[bold]Versions[/]")
    table = console.table_of(
        "text in force", "printed in releases", "review policy", "footnotes", "citations"
    )
    for version, days in entry.texts:
        begin = version.version_from or version.valid_from
        end = version.version_until or version.valid_until
        policy = version.license_review_policy
        table.add_row(
            f"{begin or 'not stated'} to {end or 'open'}",
            f"{days[0]}" if len(days) == 1 else f"{days[0]} to {days[-1]} ({len(days)})",
            policy.strictest.replace("_", " ") if policy else "",
            ", ".join(map(str, version.footnotes)),
            ", ".join(str(citation) for citation in version.citations),
        )
    console.data.print(table)
    for warning in warnings:
        console.people.print(f"[yellow]Note: {escape(warning)}.[/]")


_HEADS = {
    None: "In force on {day}:",
    "stayed": "[yellow]On the list on {day}, and stayed: without effect.[/]",
    "in_doubt": "[yellow]Whether it was in force on {day} is not known.[/]",
}


def _print(text: Listing) -> None:
    party = text.party
    console.line()
    console.line(
        f"  [bold]{escape(party.name)}[/]"
        + (f"  (destination {text.destination})" if text.destination else "")
    )
    aliases = [name for name in party.names[1:] if name.origin != "editorial"]
    if aliases:
        console.line(f"  a.k.a., the following {len(aliases)} alias{'es' if len(aliases) > 1 else ''}:")
        for name in aliases:
            former = " (former name)" if name.role == "former" else ""
            console.line(f"    — {escape(name.text)}{former}{' (weak)' if name.weak else ''}")
    for address in party.addresses:
        console.line(f"    {escape(address.text)}")
    editorial = [name.text for name in party.names if name.origin == "editorial"]
    if editorial:
        console.line(f"  Not in the rule, supplied by ringfence: {escape('; '.join(editorial))}")
    for label, value in (
        ("License requirement", text.license_requirement.text.strip() if text.license_requirement else ""),
        (
            "License review policy",
            text.license_review_policy.text.strip() if text.license_review_policy else "",
        ),
        ("Footnotes", ", ".join(map(str, text.footnotes))),
        ("Programs", ", ".join(text.programs)),
        ("Directives", "; ".join(text.directives)),
        ("Identifiers", "; ".join(f"{i.label or i.scheme} {i.value}" for i in party.identifiers)),
        ("Born", "; ".join(date.published for date in party.birth_dates)),
        ("Ties", "; ".join(f"{tie.relation.replace('_', ' ')} {tie.name}" for tie in text.ties)),
        (
            "Federal Register",
            "; ".join(f"{c}{f', {c.published}' if c.published else ''}" for c in text.citations),
        ),
        (
            "In force from",
            f"{text.valid_from} ({(text.dated_by or '').replace('_', ' ')})"
            if text.valid_from
            else "not stated",
        ),
        ("In force until", str(text.valid_until) if text.valid_until else ""),
        ("Notes", " | ".join(text.notes)),
        ("Remarks", " | ".join(remark.text for remark in text.remarks)),
    ):
        if value:
            console.line(f"  {label}: {escape(value)}")
