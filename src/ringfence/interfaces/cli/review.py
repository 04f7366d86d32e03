"""`ringfence review`: the desk from a terminal. Who acts is said with `--by`; the second pair of eyes must be known."""

import datetime as dt
import functools
import getpass
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypedDict, Unpack, get_args

import click
from rich.markup import escape

from ringfence.errors import NotKnown
from ringfence.interfaces.batch.dispositions import write_alerts
from ringfence.interfaces.cli import console
from ringfence.interfaces.cli.options import Command, Day, now, settings_of
from ringfence.interfaces.cli.people import second_eyes
from ringfence.records.codec import to_json
from ringfence.review import (
    CAUSES,
    FACTS,
    STATES,
    Alert,
    Bulk,
    Cause,
    Desk,
    Filter,
    Reviewer,
    Sort,
    Stake,
    Standing,
    State,
    Verdict,
    read_policy,
    reason_codes,
)
from ringfence.store import is_made

_STYLES = {
    "new": "bold",
    "escalated": "bold yellow",
    "proposed": "cyan",
    "cleared": "green",
    "confirmed": "bold red",
}


@click.group(
    epilog="""
Examples:

  ringfence screen suppliers.csv --alerts

  ringfence review queue --sort age

  ringfence review clear 17 18 --reason different_country --text "Registered in Chile, no tie found."

  ringfence review export --out dispositions.csv
"""
)
def review() -> None:
    """Work through alerts: look, assign, clear, confirm, approve, and hand over what was decided."""


def desk_of(ctx: click.Context, *, make: bool = False) -> Desk:
    """The desk of the chosen store, under the chosen policy. Raises NotKnown where there is no store."""
    settings = settings_of(ctx)
    policy = read_policy(settings.review_policy)
    if not make and not is_made(settings.store):
        raise NotKnown(
            "there are no alerts yet: there is no store. Raise some with: ringfence screen FILE --alerts"
        )
    return Desk.open(settings.store, policy)


class Act(TypedDict):
    """Who acts, and when."""

    by: Reviewer
    at: dt.datetime


def acting(command: Callable[..., Iterable[Standing]]) -> Callable[..., None]:
    """A command that does something with alerts, given the desk, who acts and when, and prints where they stand then."""

    @by_option
    @click.pass_context
    @functools.wraps(command)
    def act(ctx: click.Context, /, *, by: str | None, **given: Any) -> None:
        who = reviewer(ctx, by)
        with desk_of(ctx) as desk:
            _table(command(desk, by=who, at=now(), **given))

    return act


def by_option(command: Command) -> Command:
    """`--by NAME`."""
    return click.option(
        "--by", metavar="NAME", help="Who acts; the default is who is signed in on this machine."
    )(command)


def text_option(*, required: bool, says: str) -> Callable[[Command], Command]:
    """`--text TEXT`."""
    return click.option("--text", required=required, default="", metavar="TEXT", help=says)


def seen_option(command: Command) -> Command:
    """`--seen N`."""
    return click.option(
        "--seen",
        type=click.IntRange(1),
        metavar="N",
        help="Act only when event N is still the last one of the alert.",
    )(command)


def reviewer(ctx: click.Context, by: str | None) -> Reviewer:
    """Who acts; a second pair of eyes when the service knows them as one who approves."""
    name = by or getpass.getuser()
    return Reviewer(name, approves=second_eyes(ctx, name))


numbers_argument = click.argument(
    "numbers", nargs=-1, required=True, type=click.IntRange(1), metavar="ALERT..."
)
number_argument = click.argument("number", type=click.IntRange(1), metavar="ALERT")


@review.command()
@click.option(
    "--state", "states", multiple=True, type=click.Choice(STATES), help="Only these; open ones by default."
)
@click.option("--all", "every", is_flag=True, help="Decided ones too.")
@click.option("--assigned-to", metavar="NAME", help="Only what NAME has; `nobody` for what nobody has.")
@click.option("--list", "lists", multiple=True, metavar="LIST", help="Only of this list or jurisdiction.")
@click.option("--cause", "causes", multiple=True, type=click.Choice(CAUSES), help="Only raised for this.")
@click.option("--source", metavar="NAME", help="Only of this book or file.")
@click.option("--find", "text", metavar="TEXT", help="Only with this in either name.")
@click.option(
    "--score-from", type=click.FloatRange(0, 1), metavar="0.NN", help="Only with at least this score."
)
@click.option("--sort", type=click.Choice(get_args(Sort)), default="score", show_default=True,
              help="Highest score or amount, oldest, or latest first.")  # fmt: skip
@click.option("--page", type=click.IntRange(1), default=1, show_default=True)
@click.option("--size", type=click.IntRange(1, 1000), default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_context
def queue(
    ctx: click.Context,
    states: tuple[State, ...],
    every: bool,
    assigned_to: str | None,
    lists: tuple[str, ...],
    causes: tuple[Cause, ...],
    source: str | None,
    text: str | None,
    score_from: float | None,
    sort: Sort,
    page: int,
    size: int,
    as_json: bool,
) -> None:
    """Show the queue, and how many alerts wait in which state."""
    asked = Filter(
        states=STATES if every else states,
        assigned_to=assigned_to,
        lists=lists,
        causes=causes,
        source=source,
        text=text,
        score_from=score_from,
    )
    with desk_of(ctx) as desk:
        found = desk.queue(asked, sort=sort, page=page, size=size)
        counts, rates = desk.counts(now()), desk.policy.worth
    if as_json:
        for one in found.alerts:
            click.echo(to_json(one))
        return
    _table(found.alerts)
    told = (
        ", ".join(f"{one.alerts:,} {one.state.replace('_', ' ')}" for one in counts if one.alerts) or "none"
    )
    oldest = min((one.oldest for one in counts if one.oldest), default=None)
    since = f"; the oldest is open since {oldest:%Y-%m-%d}" if oldest else ""
    console.people.print(f"{len(found.alerts):,} of {found.total:,} shown. All alerts: {told}{since}.")
    if sort == "amount":
        by_worth = ", ".join(f"1 {code} = {unit:g}" for code, unit in rates.items())
        console.people.print(
            f"Amounts by their worth in the policy ({by_worth}); other currencies follow one by one."
            if rates
            else "Amounts of different currencies are not compared: sorted within each currency."
        )


@review.command()
@number_argument
@click.option("--json", "as_json", is_flag=True, help="Everything, as one JSON object.")
@click.pass_context
def show(ctx: click.Context, number: int, as_json: bool) -> None:
    """Show an alert: both sides, the evidence, the decision, and everything that happened."""
    with desk_of(ctx) as desk:
        alert = desk.alert(number)
    if as_json:
        click.echo(to_json(alert))
        return
    _told(alert)


@review.command()
@numbers_argument
@click.option("--to", metavar="NAME", help="To whom; without it, to who acts.")
@click.option("--nobody", is_flag=True, help="To nobody.")
@acting
def assign(
    desk: Desk, numbers: tuple[int, ...], to: str | None, *, nobody: bool, **act: Unpack[Act]
) -> Iterable[Standing]:
    """Give open alerts to somebody."""
    return [desk.assign(one, None if nobody else to or act["by"].name, **act) for one in numbers]


@review.command()
@numbers_argument
@acting
def start(desk: Desk, numbers: tuple[int, ...], **act: Unpack[Act]) -> Iterable[Standing]:
    """Begin to review alerts; they are then yours."""
    return [desk.start(one, **act) for one in numbers]


@review.command()
@number_argument
@text_option(required=True, says="What was found.")
@acting
def note(desk: Desk, number: int, text: str, **act: Unpack[Act]) -> Iterable[Standing]:
    """Write down what was found."""
    return [desk.note(number, text, **act)]


@review.command()
@number_argument
@text_option(required=True, says="Why.")
@click.option("--to", metavar="NAME", help="To whom; without it, to whoever takes it.")
@seen_option
@acting
def escalate(
    desk: Desk, number: int, text: str, to: str | None, seen: int | None, **act: Unpack[Act]
) -> Iterable[Standing]:
    """Hand an alert up."""
    return [desk.escalate(number, text, to=to, seen=seen, **act)]


def _deciding(verdict: Verdict) -> Callable[[Command], Command]:
    codes = [code for code, one in reason_codes().items() if verdict in one.verdicts]

    def dressed(command: Command) -> Command:
        options: tuple[Callable[[Any], Any], ...] = (
            click.pass_context,
            click.option("--preview", is_flag=True, help="Only say what would be done."),
            seen_option,
            by_option,
            text_option(required=True, says="Why, in words; kept with the decision."),
            click.option(
                "--reason", required=True, type=click.Choice(codes), help="See: ringfence review reasons"
            ),
            numbers_argument,
        )
        for option in options:
            command = option(command)
        return command

    return dressed


@review.command()
@click.option(
    "--until", type=Day(), metavar="DAY", help="The last day it holds; the policy's, when not given."
)
@_deciding("cleared")
def clear(ctx: click.Context, until: dt.date | None, **given: Any) -> None:
    """Clear alerts: the party is not the listed one.

    Where the policy asks for four eyes, the decision waits for `approve`. Several at once are one bulk decision, which
    `undo` takes back by its name.
    """
    _decide(ctx, "cleared", until=until, **given)


@review.command()
@_deciding("confirmed")
def confirm(ctx: click.Context, **given: Any) -> None:
    """Confirm alerts: the party is the listed one."""
    _decide(ctx, "confirmed", **given)


def _decide(
    ctx: click.Context,
    verdict: Verdict,
    *,
    numbers: tuple[int, ...],
    reason: str,
    text: str,
    by: str | None,
    seen: int | None,
    preview: bool,
    until: dt.date | None = None,
) -> None:
    who = reviewer(ctx, by)
    with desk_of(ctx) as desk:
        if preview:
            table = console.table_of("alert", "party", "listed as", "score", "would be", "why")
            for one in desk.preview(numbers, verdict, reason=reason, text=text):
                row = one.standing
                table.add_row(str(row.alert), escape(row.name), escape(row.listed_name), f"{row.score:.2f}",
                              one.state or "left alone", escape(one.why))  # fmt: skip
            console.data.print(table)
            console.people.print("Nothing was written.")
        elif len(numbers) == 1:
            after = desk.decide(numbers[0], verdict, reason=reason, text=text, by=who, at=now(),
                                expires_on=until, seen=seen)  # fmt: skip
            _table([after])
            if after.state == "proposed":
                console.people.print(
                    f"It waits for a second reviewer: ringfence review approve {after.alert} --by NAME"
                )
        else:
            if seen is not None:
                raise click.UsageError("--seen is about one alert.")
            done = desk.decide_many(dict.fromkeys(numbers), verdict, reason=reason, text=text, by=who, at=now(),
                                    expires_on=until)  # fmt: skip
            _bulk(ctx, done, f"Take it back with: ringfence review undo {done.id}")


@review.command()
@number_argument
@text_option(required=False, says="What there is to say.")
@seen_option
@acting
def approve(desk: Desk, number: int, text: str, seen: int | None, **act: Unpack[Act]) -> Iterable[Standing]:
    """Put a proposal in force, as another person who may approve (ringfence people add NAME --role approver)."""
    return [desk.approve(number, text=text, seen=seen, **act)]


@review.command("return")
@number_argument
@text_option(required=True, says="Why.")
@seen_option
@acting
def return_(desk: Desk, number: int, text: str, seen: int | None, **act: Unpack[Act]) -> Iterable[Standing]:
    """Send a proposal back to who made it, as another person who may approve."""
    return [desk.return_(number, text, seen=seen, **act)]


@review.command()
@click.argument("what", metavar="ALERT|BULK")
@text_option(required=False, says="Why.")
@by_option
@click.pass_context
def undo(ctx: click.Context, what: str, text: str, by: str | None) -> None:
    """Take back a decision, or a bulk decision by its name, until a second reviewer has acted on it."""
    who = reviewer(ctx, by)
    with desk_of(ctx) as desk:
        if what.isdigit():
            _table([desk.undo(int(what), text=text, by=who, at=now())])
        else:
            _bulk(ctx, desk.undo_many(what, text=text, by=who, at=now()), "")


@review.command()
@number_argument
@text_option(required=True, says="Why.")
@acting
def reopen(desk: Desk, number: int, text: str, **act: Unpack[Act]) -> Iterable[Standing]:
    """Open a decided alert again."""
    return [desk.reopen(number, text, **act)]


@review.command()
@click.pass_context
def reasons(ctx: click.Context) -> None:
    """The reasons for which alerts are decided, and the facts that each rests on."""
    ctx.ensure_object(dict)
    table = console.table_of("reason", "for", "in words", "rests on, beside name, kind and identifiers")
    for code, one in reason_codes().items():
        facts = ", ".join(fact.replace("_", " ") for fact in FACTS if fact in one.rests_on)
        table.add_row(code, ", ".join(one.verdicts), f"{one.en} · {one.zh}", facts)
    console.data.print(table)


@review.command()
@click.pass_context
def verify(ctx: click.Context) -> None:
    """Hold the queue against the ledger: every state must be what its events say. Ends with 1 when one is not."""
    with desk_of(ctx) as desk:
        faults = desk.verify()
    for fault in faults:
        console.line(f"[bold red]FAULT[/]  {escape(fault)}")
    console.line(f"{len(faults)} faults" if faults else "every alert stands where its events say")
    console.people.print("Whether the ledger itself is whole says: ringfence ledger verify")
    if faults:
        ctx.exit(1)


@review.command()
@click.option("--out", required=True, metavar="FILE",
              help="A .jsonl file (each alert in full) or a .csv file (one row a decision); - is JSON Lines.")  # fmt: skip
@click.option("--open", "only_open", is_flag=True, help="Only open alerts.")
@click.pass_context
def export(ctx: click.Context, out: str, only_open: bool) -> None:
    """Write every alert with its decisions, for an audit: evidence compared, who decided, with whom, resting on what."""
    with desk_of(ctx) as desk:
        found = desk.alerts(Filter() if only_open else None)
        if out == "-":
            for one in found:
                click.echo(to_json(one))
            return
        count = write_alerts(Path(out), found)
    console.people.print(f"Wrote {escape(out)}: {count:,} alerts.")


def _table(found: Iterable[Standing]) -> None:
    table = console.table_of(
        "alert",
        "state",
        "party",
        "id",
        "listed as",
        "listing",
        "score",
        "amount",
        "cause",
        "open since",
        "assigned to",
    )
    for one in found:
        style = _STYLES.get(one.state, "")
        state = one.state.replace("_", " ")
        table.add_row(
            str(one.alert),
            f"[{style}]{state}[/]" if style else state,
            escape(one.name),
            escape(one.subject),
            escape(one.listed_name),
            one.listing,
            f"{one.score:.2f}",
            "" if one.amount is None else str(Stake(one.amount, one.currency)),
            one.cause.replace("_", " "),
            f"{one.opened_at:%Y-%m-%d}",
            escape(one.assigned_to or ""),
        )
    console.data.print(table)


def _bulk(ctx: click.Context, done: Bulk, hint: str) -> None:
    _table(done.done)
    for number, why in done.left.items():
        console.people.print(f"Left alone: {number}: {escape(why)}")
    console.people.print(
        f"{done.id}: {len(done.done):,} done, {len(done.left):,} left alone. {hint}".rstrip()
    )
    if done.left and not done.done:
        ctx.exit(2)


def _told(alert: Alert) -> None:
    one, case = alert.standing, alert.case
    console.line(
        f"[bold]Alert {one.alert}[/]  {one.state.replace('_', ' ')}, {one.score:.2f}, raised {alert.events[0].at:%Y-%m-%d %H:%M} "
        f"UTC ({case.cause.replace('_', ' ')}){f', with {escape(one.assigned_to)}' if one.assigned_to else ''}"
    )
    table = console.table_of("", f"{one.source} · {one.subject}", one.listing)
    for fact in FACTS:
        mine, theirs = case.facts.values(fact), case.listed.values(fact)
        if mine or theirs:
            table.add_row(fact.replace("_", " "), escape("; ".join(mine)), escape("; ".join(theirs)))
    if case.facts.at_stake:
        table.add_row("amount", escape("; ".join(map(str, case.facts.at_stake))), "")
    console.data.print(table)
    console.reasons(case.reasons)
    basis = case.basis
    console.line(
        f"  on {basis.source or 'a private list'} of {basis.as_of or basis.valid_on}, {basis.engine}"
    )
    for decision in (*alert.earlier, *([alert.disposition] if alert.disposition else [])):
        until = f" until {decision.expires_on}" if decision.expires_on else ""
        second = f", approved by {escape(decision.approved_by)}" if decision.approved_by else ""
        console.line(
            f"{decision.verdict} ({decision.status.replace('_', ' ')}){until}: {decision.reason} · {escape(decision.text)} "
            f"[{decision.by}, {decision.at:%Y-%m-%d}{second}]".replace("[", "\\[")
        )
    for event in alert.events:
        parts = [f"  {event.number:>3}  {event.at:%Y-%m-%d %H:%M}  {event.action:<9}  {event.by}"]
        parts += [event.text] if event.text else []
        parts += [str(change) for change in event.changes]
        console.line(escape("  ·  ".join(parts)))
    for other in alert.others:
        console.line(
            f"  also alert {other.alert}: {escape(other.listed_name)} ({other.listing}), {other.state}"
        )
