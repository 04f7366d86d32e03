"""Ownership regimes as dated data: which owners count, from what share, and what follows on a day.

The arithmetic of a regime holds on every day; whether law follows from it is the status of its rule on that
day, which is why both are kept apart. Read from `regimes.toml`; holds no rule of its own.
"""

import datetime as dt
import itertools
import tomllib
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Literal

import msgspec

from ringfence.errors import QueryError, RuleError
from ringfence.graph.programs import program_of
from ringfence.records import Listing

RegimeId = Literal["bis", "ofac", "eu", "uk"]
RuleStatus = Literal["absent", "in_force", "stayed", "unknown", "guidance"]
Status = Literal["listed", "owned", "possibly_owned", "minority", "none"]
"""What the arithmetic says of a party, strongest first."""

Effect = Literal["license_required", "blocked", "asset_freeze", "indeterminate", "red_flag", "none"]
"""What the law says on the day."""


class Period(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A regime during some days, both ends included; a missing end is open.

    A party is reached when the counted shares are more than `threshold` (a fraction), or equal to it where
    `reached_at_threshold`. `aggregates` adds the shares of independent owners.
    """

    since: dt.date | None = None
    until: dt.date | None = None
    status: RuleStatus
    threshold: Decimal
    reached_at_threshold: bool
    aggregates: bool
    citation: str
    text: str


class Regime(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One regime. Lists in `by_program` count by the programs of `sdn_programs.csv` alone.

    `control_counts` makes control reach a party as ownership does; `voting_counts` the same for votes.
    """

    id: RegimeId
    title: str
    rule: str
    effect: Effect
    lists: tuple[str, ...]
    by_program: tuple[str, ...] = ()
    reaches_companies_of_us: bool
    control_counts: bool
    voting_counts: bool
    periods: tuple[Period, ...]

    def on(self, day: dt.date, *, status: RuleStatus | None = None) -> Period:
        """The period of `day`; `status` replaces that of the BIS rule, where the user knows better.

        Other regimes have no status to be given: there it changes nothing.
        """
        found = next(
            p
            for p in self.periods
            if (p.since is None or p.since <= day) and (p.until is None or day <= p.until)
        )
        if status is None or self.id != "bis":
            return found
        return msgspec.structs.replace(
            found,
            status=status,
            text=f"The status {status.replace('_', ' ')} was given by the user. {found.text}",
        )

    def counts(self, listing: Listing, on: dt.date) -> bool:
        """Whether a listed party counts as an owner under this regime on a day.

        An address, another list, a stayed entry, or a program that is none of the regime's does not. An entry in
        doubt may.
        """
        return self.names(listing, on) and not listing.stayed

    def names(self, listing: Listing, on: dt.date) -> bool:
        """Whether a listing is one of those that this regime looks at, stayed or not."""
        if listing.list not in self.lists or listing.party.kind == "address":
            return False
        return listing.list not in self.by_program or program_of(listing.programs, on) is not None

    def effect_of(
        self, status: Status, period: Period, *, red_flag: bool, reservation: str | None = None
    ) -> Effect:
        """What follows in law from the arithmetic, under a rule of that status.

        `reservation` is set for a party whose own entries are all stayed or in doubt.
        """
        if status == "listed" and reservation:
            return "red_flag" if reservation == "stayed" else "indeterminate"
        if status == "listed":
            return self.effect
        if status in ("owned", "possibly_owned"):
            if period.status in ("in_force", "guidance"):
                return self.effect if status == "owned" else "indeterminate"
            return "indeterminate" if period.status == "unknown" else "red_flag"
        return "red_flag" if status == "minority" or red_flag else "none"


@cache
def regimes() -> dict[str, Regime]:
    """Every regime by its id. Raises RuleError when the table is malformed or its periods leave a gap."""
    text = resources.files("ringfence.graph").joinpath("regimes.toml").read_text(encoding="utf-8")
    try:
        read = msgspec.convert(
            tomllib.loads(text), dict[Literal["regimes"], tuple[Regime, ...]], strict=False
        )
    except (msgspec.ValidationError, tomllib.TOMLDecodeError) as error:
        raise RuleError(f"regimes.toml: {error}. Correct the table.") from error
    for regime in read["regimes"]:
        ends = [(p.since, p.until) for p in regime.periods]
        joined = all(
            until is not None and since == until + dt.timedelta(days=1)
            for (_, until), (since, _) in itertools.pairwise(ends)
        )
        if ends[0][0] is not None or ends[-1][1] is not None or not joined:
            raise RuleError(
                f"regimes.toml: the periods of {regime.id} leave a gap or overlap. Correct the table."
            )
    return {regime.id: regime for regime in read["regimes"]}


def regime_of(regime_id: str) -> Regime:
    """The regime of that id. Raises QueryError for an unknown one."""
    if regime_id not in regimes():
        raise QueryError(f"unknown regime {regime_id!r}; regimes are {', '.join(regimes())}", "regime")
    return regimes()[regime_id]
