"""When publishers are asked: on their cadence, a little early, and after failures with growing waits."""

import datetime as dt

import pytest

from ringfence.sources.registry import source
from ringfence.store import Attempt, AttemptOutcome
from ringfence.watch.watching import LONGEST_WAIT, due_after

AT = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
CSL = source("us_csl")


def wait(outcome: AttemptOutcome, failures: int = 0, every: dt.timedelta | None = None) -> dt.timedelta:
    return due_after(CSL, Attempt("us_csl", AT, "x", outcome, "said"), failures, every) - AT


@pytest.mark.parametrize("outcome", ["loaded", "unchanged", "held_back"])
def test_a_list_is_asked_for_on_its_cadence_and_up_to_a_tenth_early(outcome: AttemptOutcome) -> None:
    assert dt.timedelta(hours=21) < wait(outcome) <= dt.timedelta(hours=24)
    assert dt.timedelta(minutes=53) < wait(outcome, every=dt.timedelta(hours=1)) <= dt.timedelta(hours=1)


def test_failures_are_tried_again_after_growing_waits() -> None:
    waits = [wait("failed", failures) for failures in range(1, 12)]
    assert waits[0] < dt.timedelta(minutes=6)
    assert waits == sorted(waits)
    assert waits[-1] <= LONGEST_WAIT * 1.1


def test_a_list_that_was_never_asked_for_is_due() -> None:
    assert due_after(CSL, None, 0) < AT
