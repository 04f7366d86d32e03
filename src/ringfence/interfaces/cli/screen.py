"""`ringfence screen`: a file of parties, answered row by row."""

import contextlib
import datetime as dt
from collections import Counter
from pathlib import Path

import click
from rich.markup import escape

from ringfence import Screening, ScreeningEvidence, in_ledger
from ringfence.interfaces.batch import find_columns, not_a_name, open_table, screened, writer_for
from ringfence.interfaces.cli import console
from ringfence.interfaces.cli.options import (
    clocks,
    engine_of,
    extra_list,
    list_choice,
    lists_asked,
    now,
    settings_of,
)
from ringfence.interfaces.cli.options import threshold as with_threshold

_SPOILED_SHOWN = 5
_SHOWN = 60
"""Rows of the table printed in a terminal; files hold them all."""


@click.command(
    epilog="""
Examples:

  ringfence screen suppliers.csv

  ringfence screen suppliers.xlsx --map name=Vendor --out hits.html --out hits.csv

  cat parties.jsonl | ringfence screen - --out - > answers.jsonl

Columns are found by their common names (name, company, supplier name, 国家, ...) and shown before the run.
"""
)
@click.argument("file", metavar="FILE")
@click.option(
    "--map",
    "maps",
    multiple=True,
    metavar="name=COLUMN",
    help="Read a field from this column; may be repeated.",
)
@click.option(
    "--out",
    "outs",
    multiple=True,
    metavar="FILE",
    help="Write all answers here (.csv, .jsonl, .parquet, .xlsx, .html; - is JSON Lines on standard output). May be repeated.",
)
@list_choice
@extra_list
@clocks
@with_threshold
@click.option(
    "--fail-on", type=click.Choice(["review", "hit"]), help="End with exit code 1 when this outcome is met."
)
@click.option(
    "--max-age",
    type=click.IntRange(0),
    metavar="DAYS",
    help="Refuse (exit code 3) when a list is older than this.",
)
@click.option(
    "--encoding", metavar="NAME", help="The encoding of a text file, when it is not found by itself."
)
@click.option("--sheet", metavar="NAME", help="The sheet of a workbook; the first is the default.")
@click.pass_context
def screen(
    ctx: click.Context,
    file: str,
    maps: tuple[str, ...],
    outs: tuple[str, ...],
    lists: str | None,
    single: tuple[str, ...],
    extra: tuple[Path, ...],
    as_of: dt.date | None,
    known_at: dt.datetime | None,
    threshold: float | None,
    fail_on: str | None,
    max_age: int | None,
    encoding: str | None,
    sheet: str | None,
) -> None:
    """Screen the parties of FILE (CSV, TSV, XLSX, Parquet, JSON Lines; - is standard input) against the lists.

    Prints a table of hits and reviews, and writes every answer, with its reasons and the law behind it, to the files
    given with --out. A party without a match is an answer too, and says what was searched. A name that is a formula or a
    spreadsheet error is named with its row; the others are answered all the same, and the exit code is 2.
    """
    outcomes: Counter[str] = Counter()
    with contextlib.ExitStack() as stack:
        engine = stack.enter_context(engine_of(ctx, as_of, known_at, extra, review_at=threshold))
        table = stack.enter_context(open_table(file, encoding=encoding, sheet=sheet))
        titles = {status.legal.id: status.legal.title for status in engine.statuses()}
        writers = [stack.enter_context(writer_for(out, input_path=file, list_titles=titles)) for out in outs]
        mapping = find_columns(table, list(maps))
        for line in mapping.lines():
            console.people.print(escape(line))
        wanted = lists_asked(lists, single)
        provenance = engine.provenance()
        old = [
            one for one in provenance.lists if max_age is not None and (engine.on - one.as_of).days > max_age
        ]
        if old:
            console.people.print(
                f"ringfence: {old[0].id} is of {old[0].as_of}, older than --max-age {max_age} days. Bring it up to date with: "
                f"ringfence refresh {old[0].source}"
            )
            ctx.exit(3)
        progress = stack.enter_context(console.steps())
        engine.index(progress)
        shown: list[Screening] = []
        spoiled: list[str] = []
        evidence = ScreeningEvidence()
        answers = screened(table, mapping, lambda queries: engine.screen(queries, lists=wanted))
        for done, full in enumerate(answers, start=1):
            outcomes[full.outcome] += 1
            if not_a_name(full.query.name):
                spoiled += [remark for remark in full.remarks if ": the name " in remark][:1]
            evidence.add(full)
            for writer in writers:
                writer.write(full)
            if (full.outcome != "no_match" or full.remarks) and len(shown) <= _SHOWN:
                shown.append(full)
            progress("screening", done)
            provenance = full.provenance
    _record(ctx, file, evidence)
    if "-" not in outs:
        _print(shown)
    _summary(outcomes, outs)
    console.told(provenance)
    for problem in spoiled[:_SPOILED_SHOWN]:
        console.people.print(f"ringfence: {escape(problem)}")
    if spoiled:
        more = f" ({len(spoiled):,} such rows)" if len(spoiled) > 1 else ""
        console.people.print(f"Every other row was answered; the exit code is 2{more}.")
        ctx.exit(2)
    if fail_on and (outcomes["hit"] or (fail_on == "review" and outcomes["review"])):
        ctx.exit(1)


def _record(ctx: click.Context, file: str, evidence: ScreeningEvidence) -> None:
    """One line in the ledger of the store. Without a store there is nothing to keep evidence in, and it is said."""
    if in_ledger(settings_of(ctx).store, "screen", [(Path(file).name, evidence.said())], at=now()) is None:
        console.people.print(
            "Not recorded in the ledger: there is no store yet. Make one with: ringfence refresh"
        )


def _print(answers: list[Screening]) -> None:
    table = console.table_of(
        "row", "outcome", "party", "listed as", "list", "score", "in force from", "what follows"
    )
    for answer in answers[:_SHOWN]:
        query, style = answer.query, console.STYLES[answer.outcome]
        hit = answer.hits[0] if answer.hits else None
        more = f" (+{len(answer.hits) - 1} more)" if len(answer.hits) > 1 else ""
        cells = (
            str(query.row or ""),
            f"[{style}]{console.WORDS[answer.outcome]}[/]",
            escape(query.name or "(no name)"),
            escape(hit.listed_name) + more if hit else "",
            hit.list_title if hit else "",
            f"{hit.score:.2f}" if hit else "",
            console.since(hit) if hit else "",
            escape((hit.consequence or "") if hit else "; ".join(answer.remarks)),
        )
        table.add_row(*cells)
    console.data.print(table)
    if len(answers) > _SHOWN:
        console.data.print("... and more. All of them are in the file given with --out.")


def _summary(outcomes: Counter[str], outs: tuple[str, ...]) -> None:
    console.people.print(
        f"{outcomes.total():,} parties: {outcomes['hit']:,} hit, {outcomes['review']:,} for review, "
        f"{outcomes['no_match']:,} without a match."
    )
    for out in outs:
        if out != "-":
            console.people.print(f"Wrote {escape(out)}")
