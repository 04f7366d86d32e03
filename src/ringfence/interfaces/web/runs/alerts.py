"""The alerts of a run: every hit of its answers becomes one on the review desk, with the party as the file states it."""

from collections.abc import Iterator

from ringfence import Engine, Screening
from ringfence.interfaces.batch import PartyStakes, columns_as, read_staked
from ringfence.interfaces.web.runs.screening import Runs
from ringfence.interfaces.web.runs.shelf import Upload
from ringfence.review import Desk, Raised, Subject


def raise_alerts(runs: Runs, run: Upload, desk: Desk, engine: Engine, *, by: str) -> Raised:
    """Raise an alert for each hit of a finished run; a pair that is known raises none. Raises InputError, StoreError.

    The file is read again for what its answers do not echo: other names, addresses, identifiers, the amount at stake. `engine`
    is that of the run's day.
    """
    return desk.raise_(_found(runs, run), cause="screening", at=engine.now, by=by, listing_of=engine.in_force)


def _found(runs: Runs, run: Upload) -> Iterator[tuple[Subject, Screening]]:
    answers, choice = runs.answers(run), run.choice
    if answers is None or choice is None:
        return
    at_stake = PartyStakes(run.name)
    for adding in (True, False):  # first what all rows of a party come to
        with runs.opened(run, choice.sheet) as table:
            rows = read_staked(table, columns_as(table, dict(choice.columns)))
            for (query, _, stake), answer in zip(rows, answers.every(), strict=True):
                if adding:
                    at_stake.note(query, stake, met=bool(answer.hits))
                elif answer.hits:
                    yield at_stake.subject(query), answer
