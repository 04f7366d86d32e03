"""Dates as publishers print them: a day, a month, a year, about a year, a range of years.

A `PartialDate` is the span of days that the printed text allows, both ends included, with the text
kept. Comparing two birth dates is then a question about spans, never about strings.
"""

import calendar
import datetime as dt
import re
from collections.abc import Iterator

import msgspec

EARLIEST_LISTING = dt.date(1940, 1, 1)
"""No list that ringfence reads holds an entry older than this; earlier years are typing errors."""

_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name}
_ISO = re.compile(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?(?:T.*)?")
_DAY_MONTH = re.compile(r"(?:(\d{1,2})[ -])?([A-Za-z]{3,9})\.?[ -](\d{4})")
_MONTH_DAY = re.compile(r"([A-Za-z]{3,9})\.? (\d{1,2}),? (\d{4})")
_US_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})")
_DAY_FIRST = re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d{4})")
_CIRCA = re.compile(r"^(?:circa|approximately|approx\.?|about|c\.|ca\.?)\s*", re.IGNORECASE)
_BETWEEN = re.compile(r"^(?:between|from)\s+", re.IGNORECASE)
_RANGE = re.compile(r"\s*(?:\bto\b|\band\b|–|—|(?<=\d{4})-(?=\d{4}\b))\s*", re.IGNORECASE)


class PartialDate(msgspec.Struct, frozen=True):
    """The days a printed date may mean: `first` to `last`, both included.

    `circa` marks a date the publisher itself calls approximate; `published` is the text as printed.
    """

    first: dt.date
    last: dt.date
    published: str
    circa: bool = False

    @property
    def exact(self) -> bool:
        """Whether the date is one single day, not called approximate."""
        return self.first == self.last and not self.circa

    def overlaps(self, other: "PartialDate") -> bool:
        """Whether both can be the same day. An approximate date reaches one year further each way."""
        slack = 366 if self.circa or other.circa else 0
        return (self.first - other.last).days <= slack and (other.first - self.last).days <= slack


def parse_partial(text: str, *, day_first: bool = False) -> PartialDate | None:
    """Read one printed date; None when it names no day, month or year, or a range of which an end cannot be read.

    `day_first` reads `03/04/2020` as 3 April (UK, EU), otherwise as 4 March (US).

    >>> parse_partial("circa 1965").first
    datetime.date(1965, 1, 1)
    """
    published = text.strip()
    bare = _CIRCA.sub("", published)
    parts = _RANGE.split(_BETWEEN.sub("", bare))
    dated = [_CIRCA.sub("", part) for part in parts]
    ends = [span for part in dated if (span := _span(part.strip(), day_first=day_first))]
    if len(ends) < len(parts):
        return None  # half a range is another date than the one printed
    circa = bare != published or dated != parts
    return PartialDate(min(e[0] for e in ends), max(e[1] for e in ends), published, circa)


def parse_day(text: str, *, day_first: bool = False) -> dt.date | None:
    """Read a date that must be one single day; None for anything else."""
    found = parse_partial(text, day_first=day_first)
    return found.first if found and found.exact else None


def year_month_day(
    year: int, month: int | None = None, day: int | None = None
) -> tuple[dt.date, dt.date] | None:
    """The first and last day of a year, a month or a day; None when the calendar has no such date."""
    try:
        if month is None:
            return dt.date(year, 1, 1), dt.date(year, 12, 31)
        if day is None:
            return dt.date(year, month, 1), dt.date(year, month, calendar.monthrange(year, month)[1])
        return dt.date(year, month, day), dt.date(year, month, day)
    except ValueError:
        return None


def _span(text: str, *, day_first: bool) -> tuple[dt.date, dt.date] | None:
    for year, month, day in _readings(text, day_first=day_first):
        if found := year_month_day(year, month, day):
            return found
    return None


def _readings(text: str, *, day_first: bool) -> Iterator[tuple[int, int | None, int | None]]:
    """Each way to read `text`, likeliest first."""
    if m := _ISO.fullmatch(text):
        year, month, day = m.groups()
        # `00` stands for an unknown month or day in several publishers' files.
        month_number = int(month) if month and int(month) else None
        yield int(year), month_number, int(day) if month_number and day and int(day) else None
    if m := _DAY_MONTH.fullmatch(text):
        day, month, year = m.groups()
        if number := _MONTHS.get(month[:3].lower()):
            yield int(year), number, int(day) if day else None
    if m := _MONTH_DAY.fullmatch(text):
        month, day, year = m.groups()
        if number := _MONTHS.get(month[:3].lower()):
            yield int(year), number, int(day)
    if day_first and (m := _DAY_FIRST.fullmatch(text)):
        yield int(m[3]), int(m[2]), int(m[1])
    if not day_first and (m := _US_SLASHED.fullmatch(text)):
        yield _century(m[3]), int(m[1]), int(m[2])


def _century(year: str) -> int:
    """Two-digit years of Federal Register citations: 00 to 68 are this century, as in POSIX."""
    number = int(year)
    if len(year) == 4:
        return number
    return number + (2000 if number <= 68 else 1900)
