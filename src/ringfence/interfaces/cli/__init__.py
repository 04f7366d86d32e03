"""The command line: translates arguments into calls on the engine and the refresh, and answers into text.

Text for people goes to standard error, data to standard output. Every command is a module of its own,
loaded when it is called, so that a search does not pay for the others.
"""

import atexit
import gc
import importlib
import logging
import os
import sys
from typing import Any

import click

import ringfence
from ringfence import RingfenceError

_COMMANDS = (
    "book",
    "changes",
    "decide",
    "diff",
    "documents",
    "export",
    "explain",
    "exposure",
    "history",
    "keys",
    "ledger",
    "lists",
    "parties",
    "people",
    "reconcile",
    "refresh",
    "replay",
    "review",
    "rules",
    "screen",
    "search",
    "serve",
    "show",
    "simulate",
    "store",
    "watch",
)

EXIT_CODES = """
Exit codes: 0 it ran; 1 it ran, and --fail-on was met; 2 the request is wrong; 3 a list is missing, damaged or too
old; 4 anything else, such as an interruption.
"""


class _Commands(click.Group):
    """The commands, each imported on first use; the errors we raise on purpose as one line."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run as the program of this process.

        What is imported lives as long as the process. A collector that walks it while it is imported, with what comes later
        and once more at the end takes a fifth of the time of a search; so it begins when the command is there, with what is new.
        """
        gc.disable()
        atexit.register(gc.freeze)
        return super().__call__(*args, **kwargs)

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        command: click.Command = getattr(importlib.import_module(f"ringfence.interfaces.cli.{name}"), name)
        if not gc.isenabled():  # as `__call__` says
            gc.freeze()
            gc.enable()
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            answer = super().invoke(ctx)
            sys.stdout.flush()
        except RingfenceError as error:
            click.echo(f"ringfence: {error}", err=True)
            ctx.exit(error.exit_code)
        except BrokenPipeError:
            # The reader of our output went away (`| head`): nothing is wrong.
            _write_no_more()
            ctx.exit(0)
        except OSError as error:
            _write_no_more()
            where = f"{error.filename}: " if error.filename else ""
            click.echo(
                f"ringfence: {where}could not be read or written ({error.strerror or error}); what was written so far is not "
                "whole. See to the disk and the permissions, and run it again.",
                err=True,
            )
            ctx.exit(RingfenceError.exit_code)
        except (KeyboardInterrupt, EOFError, click.Abort):
            click.echo("\nringfence: interrupted before it was done.", err=True)
            ctx.exit(RingfenceError.exit_code)
        return answer


def _write_no_more() -> None:
    """Let what still waits to be written go nowhere: at the end Python would write it once more, and fail again."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


def _show_version(ctx: click.Context) -> None:
    identity = ringfence.Engine.identity()
    click.echo(identity.pop("engine"))
    for what, value in identity.items():
        click.echo(f"{what}: {value}")
    ctx.exit(0)


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog=EXIT_CODES,
)
@click.option(
    "--store", metavar="PATH", help="The store to use: a file, or a database address. [RINGFENCE_STORE]"
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=lambda ctx, _, asked: _show_version(ctx) if asked else None,
    help="Show the version, which scan of the index runs, and the digests of tables and rules.",
)
@click.pass_context
def main(ctx: click.Context, store: str | None) -> None:
    """Does a trade restriction touch this party, on this day, under which rule?

    Without a downloaded list, ringfence answers from a small reference set of October 2019 that comes with it.
    Start with:  ringfence refresh   then:  ringfence screen suppliers.csv --out hits.html

    Screening results are not legal advice.
    """
    ctx.obj = {"store": store}
    # That a download is tried again is told by its end; without a handler each try would print a bare line.
    logging.getLogger("stamina").addHandler(logging.NullHandler())
