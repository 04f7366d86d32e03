"""`ringfence search`: one party, answered in full."""

import datetime as dt
import sys
from pathlib import Path

import click
import msgspec

from ringfence import Query
from ringfence.errors import InputError
from ringfence.interfaces.cli import console
from ringfence.interfaces.cli.options import (
    clocks,
    engine_of,
    extra_list,
    kind_choice,
    list_choice,
    lists_asked,
)
from ringfence.interfaces.cli.options import threshold as with_threshold


@click.command(
    epilog="""
Examples:

  ringfence search Hikvision

  ringfence search "杭州海康威视数字技术股份有限公司"

  ringfence search "Yitu Technologies" --country CN --as-of 2019-10-08
"""
)
@click.argument("name", nargs=-1, required=True)
@click.option(
    "--country", multiple=True, metavar="CC", help="A country of the party, as a code of two letters."
)
@click.option("--city", help="A city of the party.")
@kind_choice("What the party is.")
@list_choice
@extra_list
@clocks
@with_threshold
@click.option(
    "--limit", type=click.IntRange(1, 200), default=10, show_default=True, help="At most this many listings."
)
@click.option(
    "--json", "as_json", is_flag=True, help="The answer as one line of JSON (contract ringfence/1)."
)
@click.pass_context
def search(
    ctx: click.Context,
    name: tuple[str, ...],
    country: tuple[str, ...],
    city: str | None,
    kind: str,
    lists: str | None,
    single: tuple[str, ...],
    extra: tuple[Path, ...],
    as_of: dt.date | None,
    known_at: dt.datetime | None,
    threshold: float | None,
    limit: int,
    as_json: bool,
) -> None:
    """Look for one party NAME on every list, under any spelling or script."""
    if not "".join(name).strip():
        raise InputError("the name is empty, so nothing can be looked for; give a name")
    query = Query(name=" ".join(name), kind=kind, countries=tuple(c.upper() for c in country), city=city)  # type: ignore[arg-type]
    with (
        engine_of(ctx, as_of, known_at, extra, review_at=threshold, max_hits=limit) as engine,
        console.steps() as progress,
    ):
        engine.index(progress)
        answer = engine.search(query, lists=lists_asked(lists, single))
    if as_json:
        sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
        return
    console.explained(answer)
    console.told(answer.provenance)
