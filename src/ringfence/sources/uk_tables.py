"""What the two lists of the United Kingdom share: a line above the header, and dates with unknown parts.

Both print one row for each combination of a party's names, addresses and dates of birth; a party is all
rows under one key, wherever they stand.
"""

import csv
import datetime as dt
import io
import re
from collections.abc import Iterator

from ringfence.errors import HeldBack
from ringfence.records import PartialDate, parse_day, parse_partial
from ringfence.sources.document import Document, peeked
from ringfence.sources.row import Account

_DATE = re.compile(r"\d{1,2}/\d{1,2}/\d{4}|\d{4}-\d{2}-\d{2}|\d{1,2}[- ][A-Za-z]{3,9}[- ]\d{4}")
_PARTS = re.compile(r"(?P<day>\d{1,2}|dd)/(?P<month>\d{1,2}|mm)/(?P<year>\d{4})", re.IGNORECASE)


def below_first_line(
    document: Document, text: str, account: Account
) -> tuple[list[str], Iterator[list[str]]]:
    """The header, and the records from the header on: the line of metadata above them dates the release.

    Raises HeldBack when the file is no CSV.
    """
    if document.parts or document.format != "csv":
        kind = "a set of files" if document.parts else document.format
        raise HeldBack(
            f"{document.name}: this is {kind}, not the CSV of this list. Download it again from the publisher."
        )
    first, records = peeked(document.name, csv.reader(io.StringIO(text, newline=""), strict=True))
    if found := _DATE.search(",".join(first)):
        printed = found[0] if "/" in found[0] or found[0][:4].isdigit() else found[0].replace("-", " ")
        account.published_on = parse_day(printed, day_first=True)
    next(records, None)
    return peeked(document.name, records)


def uk_date(text: str) -> PartialDate | None:
    """A date whose day or month may be unknown, printed as `00` or as the letters themselves.

    >>> uk_date("dd/mm/1970").last, uk_date("00/08/1961").first
    (datetime.date(1970, 12, 31), datetime.date(1961, 8, 1))
    """
    published = text.strip()
    match = _PARTS.fullmatch(published)
    if not match:
        return parse_partial(published, day_first=True)
    day, month = (part if part.isdigit() else "00" for part in (match["day"], match["month"]))
    found = parse_partial(f"{match['year']}-{month}-{day}")
    return PartialDate(found.first, found.last, published) if found else None


def uk_day(text: str) -> dt.date | None:
    """A date that must be one single day; None for anything else."""
    found = uk_date(text)
    return found.first if found and found.exact else None
