"""`ringfence watch`: lists are refreshed, the book is screened again, the desk and the receivers are told."""

import datetime as dt
import os
import sys
import threading
import time
from collections.abc import Sequence
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import Literal, NoReturn

import click
import msgspec
from rich.markup import escape

from ringfence import RingfenceError, RuleStatus, Settings, Store, open_store
from ringfence.errors import NotKnown
from ringfence.interfaces.cli import console
from ringfence.interfaces.cli.options import (
    NO_REPORT,
    affiliates_rule,
    environment,
    precisely,
    report_language,
    settings_of,
)
from ringfence.interfaces.cli.watch_log import LOG, log_round, log_state
from ringfence.interfaces.feeds import alerts_atom
from ringfence.interfaces.language.texts import Language
from ringfence.interfaces.logs import log_to_standard_error
from ringfence.interfaces.memory import few_heaps, give_back
from ringfence.interfaces.reports.rescreening import page
from ringfence.store.outbox import Outbox
from ringfence.store.passes import Passes
from ringfence.watch.delivery import told
from ringfence.watch.receivers import Receivers, read_receivers
from ringfence.watch.report import Rescreening, lines
from ringfence.watch.watching import Round, Watch

_LOOK_EVERY = 60.0
_STATE_EVERY = 3_600.0
_SHOWN = 20


@click.group(
    invoke_without_command=True,
    epilog="""
Examples:

  ringfence watch --once                        one round; for a timer of the machine

  ringfence watch --receivers receivers.toml    round after round, until Ctrl-C

  ringfence watch report --out report.html      what the last round found
""",
)
@click.option("--once", is_flag=True, help="Do what is due, and end; for systemd or cron.")
@click.option(
    "--source", "sources", multiple=True, metavar="SOURCE", help="Watch this publication; may be repeated."
)
@click.option(
    "--every",
    type=click.FloatRange(0.01),
    metavar="HOURS",
    help="Ask publishers so often, instead of on the cadence of each.",
)
@click.option("--no-refresh", is_flag=True, help="Ask no publisher; screen what has changed in the store.")
@click.option("--full", is_flag=True, help="Screen the whole book, whatever has changed.")
@affiliates_rule
@click.option(
    "--log-json", is_flag=True, help="Log in JSON, a line for whatever is done, instead of telling people."
)
@click.option(
    "--receivers", metavar="FILE", help="Webhooks and mailboxes that are told. [RINGFENCE_RECEIVERS]"
)
@click.pass_context
def watch(
    ctx: click.Context,
    once: bool,
    sources: tuple[str, ...],
    every: float | None,
    no_refresh: bool,
    full: bool,
    affiliates_rule: RuleStatus | None,
    log_json: bool,
    receivers: str | None,
) -> None:
    """Keep the book screened: refresh lists on their cadence, screen again what a change touches, tell who asked to be told.

    Alerts are raised, changed, closed and opened again on the desk (`ringfence review`); decisions stand while the facts they
    rest on do. With a publisher that fails the exit code of --once is 3; a receiver that fails is tried again, and loses nothing.
    """
    if ctx.invoked_subcommand:
        return
    settings = settings_of(ctx, receivers=receivers)
    known = read_receivers(settings.receivers)
    if log_json:
        log_to_standard_error()
    with open_store(settings.store) as store:
        watching = _watch(
            store,
            settings,
            known,
            sources=sources,
            every=dt.timedelta(hours=every) if every else None,
            affiliates_rule=affiliates_rule,
        )
        if not once:
            go_on(watching, store, refreshing=not no_refresh, full=full, log_json=log_json)
        with console.steps() as progress:
            done = watching.round(refreshing=not no_refresh, full=full, progress=progress)
        if log_json:
            log_round(done)
            log_state(store, precisely())
        else:
            _tell(done, quiet=False)
        failed = any(tried.outcome in {"failed", "held_back"} for tried in done.refreshes)
        ctx.exit(3 if failed else 0)


def _watch(
    store: Store,
    settings: Settings,
    receivers: Receivers,
    *,
    sources: Sequence[str] = (),
    every: dt.timedelta | None = None,
    affiliates_rule: RuleStatus | None,
) -> Watch:
    """The watch by the clock and the environment of this process."""
    return Watch(
        store,
        settings,
        now=precisely,
        receivers=receivers,
        environ=environment(),
        sources=sources,
        every=every,
        affiliates_rule=affiliates_rule,
    )


def go_on(
    watching: Watch, store: Store, *, refreshing: bool = True, full: bool = False, log_json: bool = False
) -> NoReturn:
    """Round after round. A store that cannot be reached for a while is told, and asked again.

    In the log, how things stand is told after whatever was done, and every hour.
    """
    stated = 0.0
    while True:
        more = False
        try:
            done = watching.round(refreshing=refreshing, full=full)
            full, more = False, any(sent.left for sent in done.delivered)
            if not log_json:
                _tell(done, quiet=True)
            else:
                log_round(done)
                if done.refreshes or done.reports or time.monotonic() - stated > _STATE_EVERY or not stated:
                    log_state(store, precisely())
                    stated = time.monotonic()
            if done.reports:
                give_back()
        except RingfenceError as error:
            if log_json:
                LOG.error({"event": "error", "error": str(error)})
            else:
                console.people.print(f"ringfence: {escape(str(error))} The watch goes on.")
        if not more:
            time.sleep(_LOOK_EVERY)


def beside(settings: Settings, affiliates_rule: RuleStatus | None = None) -> None:
    """Watch in a process of its own, which ends with this one: the service goes on answering at full speed."""
    read_receivers(settings.receivers)  # refuse a file that cannot be used now, not in an hour
    get_context("spawn").Process(target=_beside, args=(settings, affiliates_rule), daemon=True).start()
    console.people.print("Watching, in a process beside.")


def _beside(settings: Settings, affiliates_rule: RuleStatus | None) -> None:
    few_heaps()
    log_to_standard_error()
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    with open_store(settings.store) as store:
        known = read_receivers(settings.receivers)
        go_on(_watch(store, settings, known, affiliates_rule=affiliates_rule), store, log_json=True)


def _end_with_parent() -> None:
    """End with the service, however it ended: nothing is lost, whatever the watch was at."""
    if (service := parent_process()) is not None:
        service.join()
        os._exit(0)


def _tell(done: Round, *, quiet: bool) -> None:
    for tried in done.refreshes:
        if tried.outcome != "unchanged" or not quiet:
            console.people.print(
                f"{tried.source}: {tried.outcome.replace('_', ' ')}: {escape(tried.message)}"
            )
    for report in done.reports:
        for text in lines(report, _SHOWN):
            console.line(escape(text))
    if not done.reports and not quiet:
        console.people.print("Nothing has changed since the last pass.")
    for text in told(done.delivered):
        console.people.print(escape(text))


@watch.command("report", epilog="Example:  ringfence watch report --out report.html")
@click.option("--number", type=click.IntRange(1), help="The pass; the last one is the default.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "html", "atom"]),
    help="The form; the default is by the name of the file, or text.",
)
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Write it here.")
@report_language
@click.pass_context
def show_report(
    ctx: click.Context,
    number: int | None,
    form: Literal["text", "json", "html", "atom"] | None,
    out: Path | None,
    language: Language | None,
) -> None:
    """The re-screening report: lists before and after, population, work, and every alert that changed, with why.

    As Atom it is a feed of the last fifty passes that changed an alert.
    """
    by_name: dict[str, Literal["json", "html", "atom"]] = {".json": "json", ".html": "html", ".xml": "atom"}
    chosen = form or (by_name.get(out.suffix.lower(), "text") if out else "text")
    if language and chosen != "html":
        raise click.UsageError(f"{NO_REPORT} Ask for one with: --format html")
    with Passes.open(settings_of(ctx).store) as passes:
        body = passes.report(number)
        bodies = passes.reports(50) if chosen == "atom" else []
    if body is None:
        raise NotKnown("there is no such report. Make the first with: ringfence watch --once")
    report = msgspec.json.decode(body, type=Rescreening)
    if chosen == "json":
        text = msgspec.json.format(body, indent=2).decode() + "\n"
    elif chosen == "html":
        text = page(report, language or "en")
    elif chosen == "atom":
        text = alerts_atom(msgspec.json.decode(one, type=Rescreening) for one in bodies)
    else:
        text = "\n".join(lines(report)) + "\n"
    if out:
        out.write_text(text, encoding="utf-8")
        console.people.print(f"Wrote {escape(str(out))}")
    else:
        sys.stdout.write(text)


@watch.command("coverage")
@click.option("--json", "as_json", is_flag=True, help="As one line of JSON.")
@click.pass_context
def show_coverage(ctx: click.Context, as_json: bool) -> None:
    """How much of the book is screened, of what should be, and which parties are not."""
    settings = settings_of(ctx)
    with open_store(settings.store) as store:
        watching = Watch(store, settings, now=precisely)
        found = watching.rescreener.coverage()
        missing = watching.rescreener.unscreened()
        last = watching.rescreener.passes.last()
    if as_json:
        said = {**msgspec.structs.asdict(found), "share": found.share, "last_pass": last, "missing": missing}
        sys.stdout.buffer.write(msgspec.json.encode(said) + b"\n")
        return
    when = (
        f"the last pass, {last.number}, was at {last.at:%Y-%m-%d %H:%M} UTC"
        if last
        else "there was no pass yet"
    )
    console.line(f"{found.screened:,} of {found.parties:,} parties screened ({found.share:.1%}); {when}.")
    if found.unnamed:
        console.line(f"{found.unnamed:,} of them have no name that can be compared.")
    for party in missing[:_SHOWN]:
        console.line(f"  not yet: {escape(party)}")
    if len(missing) > _SHOWN:
        console.line(f"  ... and {len(missing) - _SHOWN:,} more. Screen them with: ringfence watch --once")


@watch.command("outbox")
@click.pass_context
def show_outbox(ctx: click.Context) -> None:
    """What receivers are still owed, since when, and why it was not taken."""
    with Outbox.open(settings_of(ctx).store) as outbox:
        waiting = outbox.waiting()
    table = console.table_of("receiver", "messages", "since", "tries", "next try", "why not taken")
    for one in waiting:
        table.add_row(
            escape(one.receiver),
            f"{one.messages:,}",
            f"{one.oldest:%Y-%m-%d %H:%M}Z",
            f"{one.tries:,}",
            f"{one.due_at:%Y-%m-%d %H:%M}Z",
            escape(one.failure or ""),
        )
    console.data.print(table)
    console.people.print(f"{sum(one.messages for one in waiting):,} messages wait.")
