"""How answers look in a terminal: one console for people on standard error, tables on standard output."""

import contextlib
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from ringfence import Hit, Provenance, Reason, Screening

if TYPE_CHECKING:
    from rich.table import Table

    from ringfence.interfaces.cli.progress import Bar

PIPED_WIDTH = 190
"""Columns of a table that is not shown in a terminal: wide enough that no cell has to wrap."""


class _Console(Console):
    """A console whose reader may go away (`| head`): the command line ends quietly then, whoever writes."""

    def on_broken_pipe(self) -> None:
        """As any other output says it, where rich would end the process with exit code 1."""
        raise BrokenPipeError


people = _Console(stderr=True, highlight=False, emoji=False, soft_wrap=not sys.stderr.isatty())
"""In a terminal lines are folded between words; elsewhere a line stays one line, for programs that look for it."""
data = _Console(highlight=False, emoji=False, width=None if sys.stdout.isatty() else PIPED_WIDTH)


def line(text: str = "") -> None:
    """One line of data; folded only where a person sees it in a terminal."""
    data.print(text, soft_wrap=not data.is_terminal)


STYLES = {"hit": "bold red", "review": "yellow", "no_match": "green"}
WORDS = {"hit": "HIT", "review": "REVIEW", "no_match": "no match"}


class Steps:
    """Shows how far each step is, from the first one on: who is answered at once waits for no bar to be drawn."""

    def __init__(self, shown: contextlib.ExitStack, on: Console) -> None:
        self._shown = shown
        self._on = on
        self._bar: Bar | None = None

    def __call__(self, step: str, done: int, total: int | None = None) -> None:
        """Show how far a step is; `total` is its end, where that is known."""
        if not self._on.is_terminal:
            return
        if self._bar is None:
            from ringfence.interfaces.cli.progress import Bar  # noqa: PLC0415 - most answers come without

            self._bar = self._shown.enter_context(Bar(self._on))
        self._bar.show(step, done, total)


@contextlib.contextmanager
def steps(on: Console = people) -> Iterator[Steps]:
    """Progress on standard error; silent when that is not a terminal."""
    with contextlib.ExitStack() as shown:
        yield Steps(shown, on)


def table_of(*columns: str, title: str | None = None) -> "Table":
    """An open table that reads well when piped."""
    from rich.table import Table  # noqa: PLC0415 - a search prints none

    table = Table(box=None, pad_edge=False, title=title, title_justify="left", header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def counted(number: int, one: str, several: str | None = None) -> str:
    """A number of things: `1 party`, `2 parties`."""
    return f"{number:,} {one if number == 1 else several or f'{one}s'}"


def since(hit: Hit) -> str:
    """From when the listing is in force, in a word or a day."""
    return str(hit.valid_from) if hit.valid_from else "not stated"


def told(provenance: Provenance) -> None:
    """Say what an answer rests on, for people."""
    if not provenance.lists:
        people.print(f"[bold red]No list was searched for {provenance.valid_on}.[/]")
    releases = {(one.source, one.as_of) for one in provenance.lists}
    searched = ", ".join(f"{source} of {day}" for source, day in sorted(releases))
    people.print(
        f"Searched {counted(len(provenance.lists), 'list')} ({searched}), valid on {provenance.valid_on}, "
        f"known at {provenance.known_at.replace(tzinfo=None).isoformat()}Z."
    )
    if provenance.not_searched:
        people.print(f"Not searched: {', '.join(provenance.not_searched)}.")
    for warning in provenance.warnings:
        people.print(f"[yellow]Note: {escape(warning)}.[/]")


def reasons(found: Iterable[Reason], *, indent: int = 2) -> None:
    """Each piece of evidence with its weight in log-odds, in order."""
    for reason in found:
        line(f"{' ' * indent}{reason.weight:+6.2f}  {escape(reason.text)}")


_STANDS = {
    None: "in force",
    "stayed": "stayed; on the list",
    "in_doubt": "not known whether in force on this day",
}


def explained(answer: Screening) -> None:
    """One answer in full: each hit with its law and its reasons, on standard output."""
    query = answer.query
    line(
        f"[{STYLES[answer.outcome]}]{WORDS[answer.outcome]}[/]  {escape(query.name)}  (compared as {escape(query.normalised)})"
    )
    for remark in answer.remarks:
        line(f"  note: {escape(remark)}")
    for hit in answer.hits:
        line()
        line(
            f"  [bold]{hit.score:.2f}  {escape(hit.listed_name)}[/]  {hit.list_title}  {escape(hit.listing)}"
        )
        if hit.matched_name != hit.listed_name:
            line(f"        matched name: {escape(hit.matched_name)}")
        until = f" until {hit.valid_until}" if hit.valid_until else ""
        begins = f" from {since(hit)}" if hit.valid_from or not hit.reservation else ""
        line(f"        {_STANDS[hit.reservation]}{begins}{until}")
        for label, value in (
            ("requirement", hit.license_requirement),
            ("review policy", hit.license_review_policy),
            ("programs", ", ".join(hit.programs)),
            ("footnotes", ", ".join(map(str, hit.footnotes))),
            ("citations", ", ".join(hit.citations)),
            ("addresses", "; ".join(hit.addresses[:3])),
        ):
            if value:
                line(f"        {label}: {escape(value)}")
        if not hit.license_requirement and hit.effect:
            line(f"        effect: {escape(hit.effect)}")
        reasons(hit.reasons, indent=8)
        for remark in hit.remarks:
            line(f"        remark: {escape(remark)}")
