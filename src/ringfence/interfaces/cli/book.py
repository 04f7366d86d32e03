"""`ringfence book`: the customers and suppliers that are screened, with every version of each."""

import datetime as dt
import functools
import sys
from pathlib import Path

import click
import msgspec
from rich.markup import escape

from ringfence import BookParty, PartyBook, Query
from ringfence.errors import InputError, RingfenceError
from ringfence.interfaces.batch import PartyFile, read_parties
from ringfence.interfaces.cli import console
from ringfence.interfaces.cli.book_links import links
from ringfence.interfaces.cli.options import Instant, by_option, now, settings_of
from ringfence.store.book import BookChange, Imported, Kept, Role

_SHOWN = 20
_REFUSED_SHOWN = 5


def opened(ctx: click.Context) -> PartyBook:
    """The book of the chosen store."""
    return PartyBook.open(settings_of(ctx).store)


@click.group()
def book() -> None:
    """Keep the parties that are screened: import, compare, show, remove.

    A party is known by its id. Every text it had is kept, with who brought it, when and from where; `ringfence watch`
    screens the book whenever it or a list has changed.
    """


book.add_command(links)


@book.command(
    "import",
    epilog="""
Examples:

  ringfence book import customers.csv --role customer --dry-run

  ringfence book import customers.csv --role customer

  ringfence book import vendors.xlsx --role supplier --map id="Vendor No" --map name=Vendor
""",
)
@click.argument("file", metavar="FILE")
@click.option(
    "--map",
    "maps",
    multiple=True,
    metavar="id=COLUMN",
    help="Read a field from this column; may be repeated.",
)
@click.option(
    "--role",
    type=click.Choice(["customer", "supplier", "other"]),
    help="What the parties are to you; without it, what they were, or other.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be added, changed and missing; change nothing.")
@click.option(
    "--whole", is_flag=True, help="The file is the whole book: parties that are not in it are removed."
)
@click.option(
    "--skip-bad",
    is_flag=True,
    help="Leave out rows that cannot be kept, and import the others; else nothing is.",
)
@click.option("--yes", is_flag=True, help="Remove missing parties (with --whole) without asking.")
@click.option(
    "--encoding", metavar="NAME", help="The encoding of a text file, when it is not found by itself."
)
@click.option("--sheet", metavar="NAME", help="The sheet of a workbook; the first is the default.")
@by_option
@click.pass_context
def import_file(
    ctx: click.Context,
    file: str,
    maps: tuple[str, ...],
    role: Role | None,
    dry_run: bool,
    whole: bool,
    skip_bad: bool,
    yes: bool,
    encoding: str | None,
    sheet: str | None,
    by: str,
) -> None:
    """Add the parties of FILE to the book and change those that differ, by their ids; all of it or nothing.

    FILE is CSV, TSV, XLSX, ODS, Parquet or JSON Lines (- is standard input). Parties of the book that are not in it stay,
    and are counted.
    """
    with console.steps() as progress:
        parties = read_parties(
            file, maps, encoding=encoding, sheet=sheet, progress=functools.partial(progress, "reading")
        )
    with parties as read, opened(ctx) as kept:
        for line in read.mapping.lines():
            console.people.print(escape(line))
        for told in (read.refused, read.remarks):
            for text in told.first[:_REFUSED_SHOWN]:
                console.people.print(f"[yellow]{escape(text)}[/]")
            if told.count > _REFUSED_SHOWN:
                console.people.print(f"[yellow]... and {told.count - _REFUSED_SHOWN:,} more such rows.[/]")
        _refuse(read, file, whole=whole, skip_bad=skip_bad)
        shown: list[BookChange] = []

        def put(*, dry: bool) -> Imported:
            shown.clear()
            with console.steps() as progress:
                return kept.put(
                    (BookParty.of_query(query, role or "other") for query in read),
                    at=now(),
                    by=by,
                    origin=Path(file).name,
                    whole=whole,
                    keep_roles=role is None,
                    dry=dry,
                    tell=lambda change: shown.append(change) if len(shown) < _SHOWN else None,
                    progress=lambda count: progress("comparing" if dry else "importing", count, len(read)),
                )

        if dry_run:
            _tell(put(dry=True), shown, "would be ", whole=whole)
            return
        if whole and not yes and (missing := put(dry=True).missing):
            _ask_first(ctx, f"{missing:,} parties are not in {file}. Remove them?")
        _tell(put(dry=False), shown, "", whole=whole)


def _ask_first(ctx: click.Context, question: str) -> None:
    """End here, with the exit code of what was not done, unless the answer is yes."""
    if not click.confirm(question, err=True):
        click.echo("Nothing was changed.", err=True)
        ctx.exit(RingfenceError.exit_code)


def _refuse(read: PartyFile, file: str, *, whole: bool, skip_bad: bool) -> None:
    """Refuse a file with rows that cannot be kept, unless it was said what becomes of them; and one that empties the book."""
    if read.refused.count:
        console.people.print(f"{read.refused.count:,} rows cannot be kept.")
        if not skip_bad:
            raise InputError(
                f"{file}: nothing was imported. Correct the rows, or leave them out with --skip-bad."
            )
        if whole:
            raise InputError(
                f"{file}: with rows that cannot be kept it is not the whole book. Correct them, or import without --whole."
            )
    if whole and not read:
        raise InputError(f"{file}: no party in it; --whole would empty the book. Nothing was changed.")


def _tell(done: Imported, shown: list[BookChange], would: str, *, whole: bool) -> None:
    changes = done.added + done.changed + (done.missing if whole else 0)
    _print_changes(shown, changes)
    missing = f"{done.missing:,} {would}removed" if whole else f"{done.missing:,} not in the file, kept"
    console.people.print(
        f"{done.added:,} {would}added, {done.changed:,} {would}changed, {done.same:,} as they were, {missing}."
    )


def _print_changes(changes: list[BookChange], count: int | None = None) -> None:
    """The first changes, of `count`."""
    if not changes:
        return
    table = console.table_of("what", "id", "party", "what is new")
    for change in changes[:_SHOWN]:
        table.add_row(change.action, escape(change.id), escape(change.name), escape(_news(change)))
    console.data.print(table)
    more = (len(changes) if count is None else count) - _SHOWN
    if more > 0:
        console.data.print(f"... and {more:,} more.")


def _news(change: BookChange) -> str:
    was = _fields(change.before) if change.before else {}
    now_ = _fields(change.after) if change.after else {}
    return "; ".join(
        f"{field}: {was.get(field) or '(none)'} → {now_.get(field) or '(none)'}" for field in change.fields
    )


def _fields(party: BookParty) -> dict[str, str]:
    """What is known of a party, as text."""
    query: Query = party.query
    return {
        "role": party.role,
        "name": query.name,
        "kind": query.kind if query.kind != "unknown" else "",
        "aliases": "; ".join(query.aliases),
        "countries": ", ".join(query.countries),
        "address": query.address or "",
        "city": query.city or "",
        "postal_code": query.postal_code or "",
        "birth_date": query.birth_date.published if query.birth_date else "",
        "identifiers": "; ".join(f"{one.scheme} {one.value}" for one in query.identifiers),
    }


@book.command(epilog="Example:  ringfence book diff --since 2026-10-01 --until 2026-10-31")
@click.option(
    "--since", type=Instant(), required=True, metavar="INSTANT", help="The book as it stood then ..."
)
@click.option("--until", type=Instant(), metavar="INSTANT", help="... against the book of then, or of now.")
@click.option("--json", "as_json", is_flag=True, help="As JSON Lines, one change a line.")
@click.pass_context
def diff(ctx: click.Context, since: dt.datetime, until: dt.datetime | None, as_json: bool) -> None:
    """Show what differs between the book at two instants: each party once, with what is new about it."""
    with opened(ctx) as kept:
        changes = kept.diff(since, until)
    if as_json:
        _json_lines(changes)
        return
    _print_changes(changes)
    console.people.print(f"{len(changes):,} parties differ.")


@book.command(epilog="Example:  ringfence book show C-1042")
@click.argument("party", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="As JSON Lines, one version a line.")
@click.pass_context
def show(ctx: click.Context, party: str, as_json: bool) -> None:
    """Show the party of ID with every version it had, the last first."""
    with opened(ctx) as kept:
        versions = kept.versions(party)
    if as_json:
        _json_lines(versions)
        return
    last = versions[-1]
    console.data.print(f"[bold]{escape(last.name)}[/]  {escape(party)}{'' if last.after else '  (removed)'}")
    for field, value in _fields(
        last.after or last.before or BookParty(id=party, query=Query(name=""))
    ).items():
        if value and field != "name":
            console.data.print(f"  {field.replace('_', ' ')}: {escape(value)}")
    table = console.table_of("at", "by", "from", "what", "what is new", title="Versions")
    for change in reversed(versions):
        table.add_row(
            f"{change.at:%Y-%m-%d %H:%M}Z",
            *map(escape, (change.by, change.origin, change.action, _news(change))),
        )
    console.data.print(table)


@book.command("list")
@click.option("--role", type=click.Choice(["customer", "supplier", "other"]), help="Only these.")
@click.option("--known-at", type=Instant(), metavar="INSTANT", help="The book as it stood then.")
@click.option("--json", "as_json", is_flag=True, help="As JSON Lines, one party a line.")
@click.pass_context
def list_parties(ctx: click.Context, role: Role | None, known_at: dt.datetime | None, as_json: bool) -> None:
    """Show the parties of the book, by id."""
    with opened(ctx) as kept:
        parties = [one for one in kept.parties(known_at=known_at) if role in (None, one.party.role)]
    if as_json:
        _json_lines(parties)
        return
    table = console.table_of("id", "role", "party", "countries", "since", "by")
    for one in parties:
        table.add_row(*_row(one))
    console.data.print(table)
    console.people.print(f"{len(parties):,} parties.")


def _row(kept: Kept) -> tuple[str, ...]:
    query = kept.party.query
    return (
        escape(kept.party.id),
        kept.party.role,
        escape(query.name),
        ", ".join(query.countries),
        f"{kept.at:%Y-%m-%d}",
        escape(kept.by),
    )


@book.command(epilog='Example:  ringfence book remove C-1042 C-1043 --why "account closed"')
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@click.option("--why", required=True, help="The reason, kept with the removal.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@by_option
@click.pass_context
def remove(ctx: click.Context, ids: tuple[str, ...], why: str, yes: bool, by: str) -> None:
    """Take parties out of the book: they are screened no more. What they were stays in the record."""
    if not why.strip():
        raise click.UsageError("--why is empty. A removal needs a reason.")
    if not yes:
        _ask_first(ctx, f"Remove {', '.join(ids[:5])}{' ...' if len(ids) > 5 else ''}?")
    with opened(ctx) as kept:
        gone = kept.remove(ids, at=now(), by=by, origin=why.strip())
    console.people.print(f"{len(gone):,} removed. See what they were with: ringfence book show {ids[0]}")


def _json_lines(records: list[Kept] | list[BookChange]) -> None:
    sys.stdout.buffer.writelines(msgspec.json.encode(record) + b"\n" for record in records)
