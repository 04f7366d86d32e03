"""`ringfence decide`: may this transaction go ahead, under the law of its day?"""

import contextlib
import datetime as dt
import sys
from collections import Counter, deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.markup import escape

from ringfence import (
    Decision,
    Engine,
    Ledger,
    Listing,
    RuleStatus,
    Signed,
    Transaction,
    first_questions,
    memo,
    opening,
    placed,
    questions,
    read_private_list,
    read_transaction,
    recorded,
)
from ringfence.errors import InputError, QueryError
from ringfence.interfaces.batch import find_order_columns, open_table, read_orders_table
from ringfence.interfaces.cli import console
from ringfence.interfaces.cli.options import Instant, now, settings_of
from ringfence.records.codec import from_json

_RUN = 1_000
"""Decisions written to the ledger in one transaction."""
_MOST_MEMOS = 500
_MOST_BYTES = 512_000_000
_TABLES = (".csv", ".tsv", ".xlsx", ".xlsm", ".ods", ".xls", ".parquet")


class _Refused(msgspec.Struct, frozen=True):
    """An input that is no transaction: what is echoed, what is wrong, and where."""

    id: str | None
    error: str
    path: str


@click.command(
    epilog="""
Examples:

  ringfence decide transaction.json --out memo.html

  ringfence decide orders.csv --map party.name=Customer > decisions.jsonl

  ringfence decide --ask

Answers are JSON Lines on standard output, one per input and in its order. A transaction that is refused gives
{"id", "error", "path"}; the others are still answered, and the exit code is 2.
"""
)
@click.argument("file", metavar="FILE", required=False)
@click.option(
    "--ask",
    "asking",
    is_flag=True,
    help="Ask for the facts that matter, one by one, instead of reading FILE.",
)
@click.option(
    "--known-at",
    type=Instant(),
    metavar="INSTANT",
    help="Answer as known at this instant: later downloads do not count.",
)
@click.option(
    "--affiliates-rule",
    type=click.Choice(["in_force", "stayed"]),
    help="The status of the Affiliates rule on days for which nobody has told ringfence.",
)
@click.option(
    "--extra-list",
    "extra",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="FILE",
    help="Add a private list for this call: a table of list, name, country, since, until, ... May be repeated.",
)
@click.option(
    "--map",
    "maps",
    multiple=True,
    metavar="FIELD=COLUMN",
    help="Read a field of an order table from this column; may be repeated.",
)
@click.option(
    "--out",
    "outs",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="FILE",
    help="Write the memo here (.html), or the answers (.json, .jsonl). May be repeated.",
)
@click.option("--prepared-by", metavar="NAME", help="Who prepared the memo.")
@click.option("--approved-by", metavar="NAME", help="Who approved it.")
@click.option("--no-ledger", is_flag=True, help="Do not record this in the ledger: for trials.")
@click.pass_context
def decide(
    ctx: click.Context,
    file: str | None,
    asking: bool,
    known_at: dt.datetime | None,
    affiliates_rule: RuleStatus | None,
    extra: tuple[Path, ...],
    maps: tuple[str, ...],
    outs: tuple[Path, ...],
    prepared_by: str | None,
    approved_by: str | None,
    no_ledger: bool,
) -> None:
    """Decide the transactions of FILE (JSON, a list, JSON Lines, or a table of orders; - is standard input).

    Each is decided by the law and the lists of its own day (`on`), with every finding, its rule and its citation.
    """
    for out in outs:
        if out.suffix not in (".html", ".json", ".jsonl"):
            raise InputError(f"{out}: memos are written as .html, answers as .json or .jsonl")
    if bool(file) == asking:
        raise InputError("name a FILE (- is standard input), or give --ask")
    listings: tuple[Listing, ...] = tuple(one for path in extra for one in read_private_list(path))
    settings = settings_of(ctx)
    outcomes: Counter[str] = Counter()
    kept: list[tuple[Transaction, Decision]] = []
    with contextlib.ExitStack() as stack:
        ledger = None if no_ledger else stack.enter_context(Ledger.open(settings.store))
        engine = stack.enter_context(Engine.open(settings, now=now(), known_at=known_at, extra=listings))
        if asking:
            inputs: Iterator[Any] = iter([_asked(engine, affiliates_rule)])
        else:
            inputs = stack.enter_context(_inputs(file or "-", maps))
        answers = [stack.enter_context(out.open("wb")) for out in outs if out.suffix != ".html"]
        pending: list[tuple[str, dict[str, Any]]] = []
        for raw, transaction, answer in _answered(engine, inputs, affiliates_rule):
            line = msgspec.json.encode(answer)
            for stream in (sys.stdout.buffer, *answers):
                stream.write(line + b"\n")
            if isinstance(answer, _Refused) or transaction is None:
                outcomes["refused"] += 1
                continue
            outcomes[answer.outcome] += 1
            if any(out.suffix == ".html" for out in outs) and len(kept) < _MOST_MEMOS:
                kept.append((transaction, answer))
            pending.append((answer.id, recorded(raw, line, answer, engine, affiliates_rule=affiliates_rule)))
            if ledger and len(pending) >= _RUN:
                ledger.append("decision", pending, at=engine.now)
                pending = []
        if ledger and pending:
            lines = ledger.append("decision", pending, at=engine.now)
            console.people.print(
                f"Recorded in the ledger up to line {lines[-1].number}, {lines[-1].hash[:16]}."
            )
        sys.stdout.buffer.flush()
    _write_memos(outs, kept, Signed(prepared_by=prepared_by, approved_by=approved_by), outcomes.total())
    told = ", ".join(f"{count:,} {outcome.replace('_', ' ')}" for outcome, count in outcomes.most_common())
    console.people.print(f"{console.counted(outcomes.total(), 'transaction')}: {told or 'none'}.")
    for _, answer in kept[:1] if outcomes.total() == 1 else ():
        console.people.print(escape(answer.summary))
    if outcomes["refused"]:
        ctx.exit(2)


def _answered(
    engine: Engine, inputs: Iterator[Any], affiliates_rule: RuleStatus | None
) -> Iterator[tuple[Any, Transaction | None, Decision | _Refused]]:
    """Each input with its answer, in order; refusals stand where they came."""
    waiting: deque[tuple[Any, Transaction | _Refused]] = deque()

    def accepted() -> Iterator[Transaction]:
        for raw in inputs:
            read = _read(raw)
            waiting.append((raw, read))
            if isinstance(read, Transaction):
                yield read

    for decision in engine.decide(accepted(), affiliates_rule=affiliates_rule):
        while True:
            raw, read = waiting.popleft()
            if isinstance(read, Transaction):
                yield raw, read, decision
                break
            yield raw, None, read
    for raw, read in waiting:
        if isinstance(read, _Refused):
            yield raw, None, read


def _read(raw: Any) -> Transaction | _Refused:
    if isinstance(raw, _Refused):
        return raw
    try:
        return read_transaction(raw)
    except QueryError as error:
        stated = raw.get("id") if isinstance(raw, dict) else None
        return _Refused(stated if isinstance(stated, str) else None, str(error), error.path or "")


@contextlib.contextmanager
def _inputs(file: str, maps: tuple[str, ...]) -> Iterator[Iterator[Any]]:
    """What a file holds, one value per transaction. Raises InputError for a file that cannot be read."""
    if file.lower().endswith(_TABLES):
        with open_table(file) as table:
            columns = find_order_columns(table, maps)
            for place, field in sorted(columns.items()):
                console.people.print(f"  {field:<26} from column {escape(str(table.header[place]))!r}")
            yield read_orders_table(table, columns)
        return
    yield _values(_bytes(file), file)


def _bytes(file: str) -> bytes:
    try:
        data = sys.stdin.buffer.read(_MOST_BYTES + 1) if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise InputError(f"{file}: cannot be read ({error.strerror}); check the path") from None
    if len(data) > _MOST_BYTES:
        raise InputError(f"{file}: more than {_MOST_BYTES:,} bytes; split it")
    return data


def _values(data: bytes, file: str) -> Iterator[Any]:
    """One object, a list, or JSON Lines; a line that is no JSON is refused by itself."""
    whole = data.removeprefix(b"\xef\xbb\xbf").strip()
    if not whole:
        raise InputError(f"{file}: the file is empty; give a transaction as JSON")
    try:
        value = from_json(whole)
    except ValueError:
        value = None
    if isinstance(value, list):
        yield from value
        return
    if value is not None:
        yield value
        return
    for number, line in enumerate(whole.split(b"\n"), start=1):
        if line.strip():
            try:
                yield from_json(line)
            except ValueError as error:
                yield _Refused(None, f"line {number:,} is not JSON ({error}).", "")


def _asked(engine: Engine, affiliates_rule: RuleStatus | None) -> Any:
    """A transaction from a person, who is asked only what still matters."""
    said = opening()
    asked: set[str] = set()
    for question in first_questions:
        _put(said, question)
    while True:
        read = _read(said)
        if isinstance(read, _Refused):
            raise QueryError(read.error, read.path)
        (decision,) = engine.decide([read], affiliates_rule=affiliates_rule)
        console.people.print(f"[dim]So far: {decision.outcome.replace('_', ' ')}.[/]")
        following = next(questions(decision, asked), None)
        if following is None:
            return said
        asked.add(following.path)
        _put(said, following)


def _put(said: dict[str, Any], question: Any) -> None:
    """Ask until the answer can be read; the reason stands under the question."""
    while True:
        console.people.print(f"\n[bold]{escape(question.ask)}[/]  [dim]{escape(question.why)}[/]")
        if question.words:
            console.people.print(
                f"[dim]{', '.join(question.words)}{'; several, or none' if question.several else ''}[/]"
            )
        answer = click.prompt(">", default="", show_default=False, prompt_suffix=" ", err=True)
        trial = msgspec.json.decode(msgspec.json.encode(said))
        try:
            placed(trial, question.path, question.read(answer))
        except ValueError as error:
            console.people.print(f"[red]{escape(str(error))}[/]")
            continue
        fault = _read({"id": "x", "on": "2020-01-01", "activity": "export", **trial})
        if isinstance(fault, _Refused) and fault.path.startswith(question.path):
            console.people.print(f"[red]{escape(fault.error)}[/]")
            continue
        placed(said, question.path, question.read(answer))
        return


def _write_memos(
    outs: tuple[Path, ...], kept: list[tuple[Transaction, Decision]], signed: Signed, total: int
) -> None:
    for out in outs:
        if out.suffix == ".html":
            out.write_text(memo(kept, signed), encoding="utf-8")
        console.people.print(f"Wrote {escape(str(out))}")
    if total > _MOST_MEMOS and any(out.suffix == ".html" for out in outs):
        console.people.print(
            f"[yellow]Note: memos are written for the first {_MOST_MEMOS} decisions only.[/]"
        )
