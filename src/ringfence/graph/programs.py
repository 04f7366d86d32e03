"""The programs of the SDN List whose parties need an EAR license too, by day.

Read from `sdn_programs.csv`, for owners and for decisions alike; holds no program of its own.
"""

import csv
import datetime as dt
from collections.abc import Iterable
from functools import cache
from importlib import resources

import msgspec

from ringfence.errors import RuleError


class Program(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An SDN program and the section of the EAR that requires a license for its parties, days inclusive.

    `also` is another spelling of the tag.
    """

    program: str
    section: str
    since: dt.date | None = None
    until: dt.date | None = None
    also: str | None = None

    def meets(self, tag: str, on: dt.date) -> bool:
        """Whether a tag, folded as in the table, is of this program on a day."""
        within = (self.since is None or self.since <= on) and (self.until is None or on <= self.until)
        return within and tag in (self.program, self.also)


def program_of(printed: Iterable[str], on: dt.date) -> Program | None:
    """The first program of the table that one of the `printed` tags is of on a day; None for none.

    >>> program_of(["[SDGT][IRAN]"], dt.date(2025, 1, 1)).section
    '744.8'
    """
    tags = _tags(printed)
    return next((one for one in programs() if any(one.meets(tag, on) for tag in tags)), None)


@cache
def programs() -> tuple[Program, ...]:
    """The table, in order. Raises RuleError when it is malformed."""
    text = resources.files("ringfence.graph").joinpath("sdn_programs.csv").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    rows = [{key: value for key, value in row.items() if value} for row in csv.DictReader(lines)]
    try:
        return msgspec.convert(rows, tuple[Program, ...], strict=False)
    except msgspec.ValidationError as error:
        raise RuleError(f"sdn_programs.csv: {error}. Correct the table.") from None


def _tags(printed: Iterable[str]) -> set[str]:
    """Tags as the table writes them: one each, in capitals, blanks as hyphens."""
    return {
        tag.strip("[] ").upper().replace(" ", "-")
        for text in printed
        for tag in text.replace("][", ",").split(",")
    }
