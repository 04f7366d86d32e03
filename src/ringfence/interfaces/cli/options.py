"""Options that several commands share, and what they become."""

import datetime as dt
import getpass
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, TypeVar

import click

from ringfence import Engine, Listing, Settings, read_private_list, read_settings
from ringfence.interfaces.language.texts import LANGUAGES

Command = TypeVar("Command", bound=Callable[..., Any])


class Day(click.ParamType[dt.date]):
    """A day as YYYY-MM-DD."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dt.date:
        """The day. Fails, with an example, for anything else."""
        if isinstance(value, dt.date):
            return value
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a day. Give it as YYYY-MM-DD, for example 2019-10-09.", param, ctx)


class Instant(click.ParamType[dt.datetime]):
    """An instant, ISO 8601; without an offset it is UTC, and a day alone is its last second."""

    name = "instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dt.datetime:
        """The instant in UTC. Fails, with an example, for anything else."""
        if isinstance(value, dt.datetime):
            return value
        try:
            found = dt.datetime.fromisoformat(value)
        except ValueError:
            self.fail(
                f"{value!r} is not an instant. Give it as 2026-03-03 or 2026-03-03T12:00:00Z.", param, ctx
            )
        if len(value) == len("YYYY-MM-DD"):
            found = dt.datetime.combine(found.date(), dt.time(23, 59, 59))
        return found.replace(tzinfo=dt.UTC) if found.tzinfo is None else found.astimezone(dt.UTC)


def clocks(command: Command) -> Command:
    """`--as-of DAY` and `--known-at INSTANT`."""
    command = click.option(
        "--known-at",
        type=Instant(),
        metavar="INSTANT",
        help="Answer as known at this instant: later downloads do not count.",
    )(command)
    return click.option(
        "--as-of",
        type=Day(),
        metavar="DAY",
        help="Answer for the law of this day (YYYY-MM-DD) instead of today.",
    )(command)


def threshold(command: Command) -> Command:
    """`--threshold 0.NN`."""
    return click.option(
        "--threshold",
        type=click.FloatRange(0, 1, min_open=True),
        metavar="0.NN",
        help="Report listings from this score (0 to 1).",
    )(command)


def kind_choice(says: str) -> Callable[[Command], Command]:
    """`--kind company`; `says` is its help."""
    return click.option(
        "--kind",
        type=click.Choice(["company", "person", "vessel", "aircraft", "organization", "unknown"]),
        default="unknown",
        show_default=True,
        help=says,
    )


def list_choice(command: Command) -> Command:
    """`--lists us,un` and `--list us_bis_entity`."""
    command = click.option(
        "--list", "single", metavar="LIST", multiple=True, help="Search only this list; may be repeated."
    )(command)
    return click.option(
        "--lists", metavar="us,un", help="Search only these lists or jurisdictions, by comma."
    )(command)


def extra_list(command: Command) -> Command:
    """`--extra-list seeds.csv`."""
    return click.option(
        "--extra-list",
        "extra",
        type=click.Path(path_type=Path),
        multiple=True,
        metavar="FILE",
        help="Add a private list for this call (a table of list, name, country, since, until, ...); may be repeated.",
    )(command)


def lists_asked(lists: str | None, single: tuple[str, ...]) -> tuple[str, ...] | None:
    """What the two list options ask for together; None is every list."""
    return tuple(part.strip() for part in (*(lists or "").split(","), *single) if part.strip()) or None


def private_listings(extra: Sequence[Path]) -> tuple[Listing, ...]:
    """The listings of the private lists that `--extra-list` names."""
    return tuple(listing for path in extra for listing in read_private_list(path))


affiliates_rule = click.option(
    "--affiliates-rule",
    type=click.Choice(["in_force", "stayed"]),
    help="The status of the BIS 50 percent rule, where you know it better than the table shipped.",
)


report_language = click.option(
    "--language",
    type=click.Choice(LANGUAGES),
    help="The language of the HTML report; English is the default. Other forms are data, and have none.",
)

NO_REPORT = "--language is that of an HTML report, and none is written here."


def now() -> dt.datetime:
    """The present instant: the one place where the command line reads the clock."""
    return dt.datetime.now(dt.UTC).replace(microsecond=0)


def precisely() -> dt.datetime:
    """The present instant to the microsecond, for what is told apart by it."""
    return dt.datetime.now(dt.UTC)


def environment() -> Mapping[str, str]:
    """The variables of this process, where receivers keep their secrets."""
    return os.environ


def settings_of(ctx: click.Context, **given: Any) -> Settings:
    """The settings of this call."""
    return read_settings(store=ctx.obj["store"], **given)


def engine_of(
    ctx: click.Context,
    as_of: dt.date | None,
    known_at: dt.datetime | None,
    extra: Sequence[Path] = (),
    **given: Any,
) -> AbstractContextManager[Engine]:
    """An engine on the chosen store, for the chosen day and instant; `extra` are private lists that join it."""
    settings = settings_of(ctx, **given)
    return Engine.open(settings, now=now(), on=as_of, known_at=known_at, extra=private_listings(extra))


def _who(ctx: click.Context, _param: click.Parameter, given: str | None) -> str:
    """Who makes the change: as stated, or the user of this machine."""
    del ctx
    return (given or "").strip() or getpass.getuser()


by_option = click.option(
    "--by",
    callback=_who,
    metavar="NAME",
    help="Who makes the change; the default is you, as this machine has it.",
)
