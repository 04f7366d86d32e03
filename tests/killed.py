"""Processes that kill themselves in the middle of their work: what they left must be good."""

import os
import signal
from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy import event


def kill_at(
    engine: sa.Engine,
    fatal: int,
    *,
    moments: Iterable[str] = ("before_cursor_execute", "commit"),
    passing: tuple[str, ...] = ("SELECT", "PRAGMA"),
) -> None:
    """Kill this process, without any chance to tidy up, at its `fatal`-th write or commit; 0 is never.

    Statements that begin with one of `passing` are not counted.
    """
    steps = 0

    def step(_connection: object, *about: object) -> None:
        nonlocal steps
        if len(about) > 1 and str(about[1]).lstrip().startswith(passing):
            return
        steps += 1
        if steps == fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    for moment in moments:
        event.listen(engine, moment, step)
