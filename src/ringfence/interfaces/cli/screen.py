"""`ringfence screen`: a file of parties, answered row by row."""

import contextlib
import datetime as dt
import getpass
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec
from rich.markup import escape

from ringfence import Engine, Provenance, Screening, ScreeningEvidence, in_ledger
from ringfence.interfaces.batch import (
    Begun,
    Mapping,
    Pairs,
    PieceFormat,
    Table,
    Unfinished,
    World,
    asks_of,
    find_columns,
    in_chunks,
    jobs_for,
    open_table,
    piece_format,
    read_queries,
    read_staked,
    titles_parties,
    writer_for,
)
from ringfence.interfaces.batch.chunks import ROWS, WORTH_CORES
from ringfence.interfaces.cli import console
from ringfence.interfaces.cli.options import (
    NO_REPORT,
    clocks,
    extra_list,
    list_choice,
    lists_asked,
    now,
    private_listings,
    report_language,
    settings_of,
)
from ringfence.interfaces.cli.options import threshold as with_threshold
from ringfence.interfaces.cli.review import desk_of
from ringfence.interfaces.language.texts import Language
from ringfence.review import Raised

_WORTH_KEEPING = 20_000
"""Rows from which what is finished is kept beside the output, should the screening be interrupted."""
_GONE_ON = dt.timedelta(days=1)
"""How old an interrupted screening may be to be gone on with: its answers are as of its beginning."""
_NO_STORE = "Not recorded in the ledger: there is no store yet. Make one with: ringfence refresh"
_REMARKS_SHOWN = 5
_SHOWN = 60
"""Rows of the table printed in a terminal; files hold them all."""


@click.command(
    epilog="""
Examples:

  ringfence screen suppliers.csv

  ringfence screen suppliers.xlsx --map name=Vendor --out hits.html --out hits.csv

  cat parties.jsonl | ringfence screen - --out - > answers.jsonl

  ringfence screen --engine spark parties.parquet answers.parquet

Columns are found by their common names (name, company, supplier name, 国家, ...) and shown before the run.
"""
)
@click.argument("file", metavar="FILE")
@click.argument("out", metavar="[OUT]", required=False)
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
@report_language
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
@click.option(
    "--jobs",
    type=click.IntRange(1, 256),
    metavar="N",
    help=f"Answer in N processes; the default is one, and one for each core from {WORTH_CORES:,} rows on.",
)
@click.option("--anew", is_flag=True, help="Do not go on with a screening that was interrupted; begin again.")
@click.option(
    "--engine",
    "runs_on",
    type=click.Choice(["local", "spark"]),
    default="local",
    show_default=True,
    help="Answer on this machine, or as a Spark job that reads and writes folders of Parquet.",
)
@click.option("--master", metavar="URL", help="The Spark cluster; the default is Spark's own.")
@click.option(
    "--alerts",
    is_flag=True,
    help="Raise an alert for every hit, with the amount of its row, to be worked on with: ringfence review",
)
@click.pass_context
def screen(
    ctx: click.Context,
    file: str,
    out: str | None,
    maps: tuple[str, ...],
    outs: tuple[str, ...],
    lists: str | None,
    single: tuple[str, ...],
    extra: tuple[Path, ...],
    as_of: dt.date | None,
    known_at: dt.datetime | None,
    threshold: float | None,
    language: Language | None,
    fail_on: str | None,
    max_age: int | None,
    encoding: str | None,
    sheet: str | None,
    jobs: int | None,
    anew: bool,
    runs_on: str,
    master: str | None,
    alerts: bool,
) -> None:
    """Screen the parties of FILE (CSV, TSV, XLSX, Parquet, JSON Lines; - is standard input) against the lists.

    Prints a table of hits and reviews, and writes every answer, with its reasons and the law behind it, to the files
    given with --out. A party without a match is an answer too, and says what was searched. A name that is a formula or a
    spreadsheet error is named with its row; the others are answered all the same, and the exit code is 2.

    A long screening that writes a file may be interrupted: the same command goes on where it stopped, as of the moment it
    was begun.
    """
    outs = (*outs, *([out] if out else []))
    if language and not any(Path(out).suffix.lower() == ".html" for out in outs):
        raise click.UsageError(f"{NO_REPORT} Add one with: --out FILE.html")
    world = World(
        settings=settings_of(ctx, review_at=threshold),
        now=now(),
        on=as_of,
        known_at=known_at,
        extra=private_listings(extra),
        lists=lists_asked(lists, single),
    )
    if runs_on == "spark":
        if alerts:
            raise click.UsageError(
                "--alerts goes with --engine local: a Spark job writes answers, not alerts."
            )
        _on_spark(ctx, file, outs, maps, world, master, max_age, fail_on)
        return
    evidence, shown, spoiled = ScreeningEvidence(), list[Screening](), list[str]()
    with contextlib.ExitStack() as stack:
        table = stack.enter_context(open_table(file, encoding=encoding, sheet=sheet, titled=titles_parties))
        mapping = find_columns(table, list(maps), stakes=alerts)
        for line in mapping.lines():
            console.people.print(escape(line))
        forms = {piece_format(out) for out in outs}
        if alerts:
            forms.add("jsonl")
        if kept := _kept(file, outs, forms, table, mapping, world):
            begun = _begun(kept, world, anew=anew)
            world = msgspec.structs.replace(world, now=begun.at, known_at=begun.known_at)
            stack.enter_context(_telling(kept))
            stack.enter_context(kept.going_on(begun))
        engine = stack.enter_context(world.open())
        world = msgspec.structs.replace(world, known_at=engine.known_at)
        titles = {status.legal.id: status.legal.title for status in engine.statuses()}
        writers = {
            out: stack.enter_context(
                writer_for(out, input_path=file, list_titles=titles, language=language or "en")
            )
            for out in outs
        }
        provenance = engine.provenance(engine.lists_asked(world.lists))
        _refuse_old(ctx, engine, provenance, max_age)
        progress = stack.enter_context(console.steps())
        engine.index(progress)
        progress("screening", 0, table.expected_rows)
        pairs = Pairs(Path(file).name) if alerts else None
        for chunk in in_chunks(
            engine,
            world,
            pairs.noted(read_staked(table, mapping)) if pairs else read_queries(table, mapping),
            forms,
            jobs=jobs or jobs_for(table.expected_rows),
            kept=kept,
        ):
            evidence.join(chunk.evidence)
            for target, writer in writers.items():
                writer.append(chunk.pieces[piece_format(target)])
            shown += chunk.shown[: _SHOWN + 1 - len(shown)]
            spoiled += chunk.spoiled
            if pairs:
                pairs.met(chunk)
            progress("screening", sum(evidence.outcomes.values()), table.expected_rows)
        raised = _raise(ctx, pairs, engine) if pairs else None
    _record(ctx, file, evidence)
    if "-" not in outs:
        _print(shown)
    _summary(evidence.outcomes, outs)
    if pairs and raised:
        _told(raised, pairs.unused)
    console.told(provenance)
    for problem in spoiled[:_REMARKS_SHOWN]:
        console.people.print(f"ringfence: {escape(problem)}")
    _end(ctx, evidence.outcomes, len(spoiled), fail_on)


def _end(ctx: click.Context, outcomes: dict[str, int], spoiled: int, fail_on: str | None) -> None:
    """The exit code: 2 where names were formulas, 1 where an outcome to fail on was met."""
    if spoiled:
        more = f" ({spoiled:,} such rows)" if spoiled > 1 else ""
        console.people.print(f"Every other row was answered; the exit code is 2{more}.")
        ctx.exit(2)
    if fail_on and (outcomes.get("hit") or (fail_on == "review" and outcomes.get("review"))):
        ctx.exit(1)


def _on_spark(
    ctx: click.Context,
    file: str,
    outs: tuple[str, ...],
    maps: tuple[str, ...],
    world: World,
    master: str | None,
    max_age: int | None,
    fail_on: str | None,
) -> None:
    from ringfence.interfaces.cli.screen_spark import record_on_spark, screen_on_spark  # noqa: PLC0415

    with world.open() as engine:
        provenance = engine.provenance(engine.lists_asked(world.lists))
        _refuse_old(ctx, engine, provenance, max_age)
        outcomes, spoiled = screen_on_spark(file, outs, maps, world, engine, master)
        if not record_on_spark(file, world, engine, outcomes):
            console.people.print(_NO_STORE)
    _summary(outcomes, outs)
    console.told(provenance)
    _end(ctx, outcomes, spoiled, fail_on)


def _kept(
    file: str, outs: tuple[str, ...], forms: set[PieceFormat], table: Table, mapping: Mapping, world: World
) -> Unfinished | None:
    """Where a long screening keeps what is finished: beside the first file it writes. None for a short one."""
    target = next((Path(out) for out in outs if out != "-"), None)
    if target is None or file == "-" or table.expected_rows < _WORTH_KEEPING:
        return None
    return Unfinished(target, asks_of(world, mapping, sorted(forms), file=Path(file)))


def _begun(kept: Unfinished, world: World, *, anew: bool) -> Begun:
    """When the screening was begun: now, or at the instant of the one that is gone on with."""
    found = kept.found() if kept.chunks and not anew else None
    if found and world.now - found.at > _GONE_ON:
        console.people.print(
            f"The screening begun at {found.at:%Y-%m-%dT%H:%M:%SZ} is too old to be gone on with."
        )
        found = None
    if found:
        console.people.print(
            f"Going on with the screening begun at {found.at:%Y-%m-%dT%H:%M:%SZ}: {kept.chunks * ROWS:,} rows are "
            f"answered (--anew begins again)."
        )
        return found
    with world.open() as engine:
        return Begun(at=world.now, known_at=engine.known_at, asks=kept.asks)


@contextlib.contextmanager
def _telling(kept: Unfinished) -> Iterator[None]:
    """Say, when the screening ends early, how to go on with it."""
    try:
        yield
    except BaseException:
        if kept.chunks:
            console.people.print(
                f"Ended early: {kept.chunks * ROWS:,} rows are kept in {escape(str(kept.folder))}; the same command goes on "
                f"from there."
            )
        raise


def _refuse_old(ctx: click.Context, engine: Engine, provenance: Provenance, max_age: int | None) -> None:
    for one in provenance.lists:
        if max_age is not None and (engine.on - one.as_of).days > max_age:
            console.people.print(
                f"ringfence: {one.id} is of {one.as_of}, older than --max-age {max_age} days. Bring it up to date with: "
                f"ringfence refresh {one.source}"
            )
            ctx.exit(3)


def _raise(ctx: click.Context, pairs: Pairs, engine: Engine) -> Raised:
    with desk_of(ctx, make=True) as desk:
        return desk.raise_(
            pairs.found, cause="screening", at=engine.now, by=getpass.getuser(), listing_of=engine.in_force
        )


def _told(raised: Raised, unused: list[str]) -> None:
    console.people.print(
        f"Alerts: {len(raised.raised):,} new, {len(raised.reopened):,} opened again, {len(raised.changed):,} with new facts, "
        f"{raised.known:,} waiting already, {raised.kept:,} decided and kept so. See them with: ringfence review queue"
    )
    for remark in unused[:_REMARKS_SHOWN]:
        console.people.print(f"ringfence: {escape(remark)}")
    if len(unused) > _REMARKS_SHOWN:
        console.people.print(
            f"({len(unused):,} such remarks on rows with alerts; --out FILE holds them all.)"
        )


def _record(ctx: click.Context, file: str, evidence: ScreeningEvidence) -> None:
    """One line in the ledger of the store. Without a store there is nothing to keep evidence in, and it is said."""
    entries = [(Path(file).name, evidence.said())]
    if in_ledger(settings_of(ctx).store, "screen", entries, at=now()) is None:
        console.people.print(_NO_STORE)


def _cut(name: str) -> str:
    """A name as far as a table has room for it; the files hold it whole."""
    return name if len(name) <= _ROOM else f"{name[:_ROOM]}…"


_ROOM = 150
"""Letters of a name that a table shows, some three lines of a cell."""


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
            escape(_cut(query.name) or "(no name)"),
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


def _summary(outcomes: dict[str, int], outs: tuple[str, ...]) -> None:
    console.people.print(
        f"{console.counted(sum(outcomes.values()), 'party', 'parties')}: {outcomes.get('hit', 0):,} hit, "
        f"{outcomes.get('review', 0):,} for review, {outcomes.get('no_match', 0):,} without a match."
    )
    for out in outs:
        if out != "-":
            console.people.print(f"Wrote {escape(out)}")
