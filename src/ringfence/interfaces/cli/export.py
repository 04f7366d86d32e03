"""`ringfence export`: the lists of a day, in the shapes that other programs read."""

import contextlib
import datetime as dt
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import click
from rich.markup import escape

from ringfence.interfaces.cli import console
from ringfence.interfaces.cli.options import clocks, engine_of, list_choice, lists_asked


@click.command(
    epilog="""
Examples:

  ringfence export --format ftm --out lists.ftm.json

  ringfence export --list us_bis_entity --format csl --as-of 2019-10-09 --out entity_list.csv

FollowTheMoney reads back with `ringfence refresh ftm_NAME --file`, CSL CSV
with `ringfence refresh us_csl --file` (the lists that the CSL has), Parquet
with `ringfence refresh SOURCE --file FILE --published DAY`, source by source.
"""
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["ftm", "csl", "parquet"]),
    required=True,
    help="The shape to write.",
)
@click.option("--out", required=True, metavar="FILE", help="Write here; - is standard output.")
@list_choice
@clocks
@click.pass_context
def export(
    ctx: click.Context,
    form: str,
    out: str,
    lists: str | None,
    single: tuple[str, ...],
    as_of: dt.date | None,
    known_at: dt.datetime | None,
) -> None:
    """Write the listings in force on a day: FollowTheMoney JSON, CSV in the 29 columns of the CSL, or Parquet."""
    with engine_of(ctx, as_of, known_at) as engine, _opened(out) as target:
        count = engine.export(form, target, lists=lists_asked(lists, single))  # type: ignore[arg-type]
        provenance = engine.provenance(engine.lists_asked(lists_asked(lists, single)))
    written = "entities" if form == "ftm" else "rows"
    console.people.print(f"Wrote {count:,} {written}" + ("" if out == "-" else f" to {escape(out)}") + ".")
    if form == "csl" and (left := sum(used.in_doubt for used in provenance.lists)):
        console.people.print(
            f"[yellow]Left out: {left:,} entries of which it is not known whether they were in force; these columns cannot "
            f"say it. The other forms have them.[/]"
        )
    console.told(provenance)


@contextlib.contextmanager
def _opened(out: str) -> Iterator[BinaryIO]:
    """The file to write; it takes its name only when it is whole."""
    if out == "-":
        yield sys.stdout.buffer
        return
    path, part = Path(out), Path(f"{out}.part")
    try:
        with part.open("wb") as handle:
            yield handle
        os.replace(part, path)  # noqa: PTH105 - replaces in one step on every system
    except OSError as error:
        raise click.UsageError(
            f"{out}: cannot be written ({error.strerror or error}). Check the path."
        ) from None
    finally:
        part.unlink(missing_ok=True)
