"""Federal Register citations, as the lists print them.

A citation points at the *page where an entry was printed*, which is often not the first page of its
rule: `84 FR 54002` and `84 FR 54004` are the same rule. Citations are therefore kept as printed and
resolved to rules elsewhere.
"""

import datetime as dt
import re
from itertools import zip_longest

import msgspec

from ringfence.records.dates import parse_day

FIRST_VOLUME_YEAR = 1935
"""Volume n of the Federal Register appeared in the year 1935 + n: volume 84 in 2019."""

# The forms met in real cells: `84 FR 54002`, `80FR 69852`, `84 fr 40241`, `76 FR No. 197 (10/12/2011)`,
# `76 FR no. 242 pg. 78146`, `68 F.R. 38290 6/27/03`, `81.F.R. 22576`, `88 FR FR 12158`, `Vol. 86, No. 71, 04/15/2021`.
_FEDERAL_REGISTER = re.compile(
    r"(?P<volume>\d{2,3})\s*\.?\s*(?:F\.?\s*R\.?\s*){1,2}(?:no\.?\s*(?P<issue>\d+)\s*)?(?:pg\.?\s*)?(?P<page>\d[\d,]{2,6})?",
    re.IGNORECASE,
)
_BY_ISSUE = re.compile(r"Vol\.?\s*(?P<volume>\d{2,3}),?\s*No\.?\s*(?P<issue>\d+)", re.IGNORECASE)
_ISSUE_AFTER = re.compile(r"\(?\s*no\.?\s*(\d+)\s*\)?", re.IGNORECASE)
_DATE_AFTER = re.compile(
    r"(?<![\d/])(\d{1,2}/\d{1,2}/(?:\d{4}|\d{2})(?![\d/])|[A-Z][a-z]{2,8}\.? \d{1,2}, \d{4}(?!\d))"
)
_PLACEHOLDER = re.compile(r"\[?INSERT\b", re.IGNORECASE)


class Citation(msgspec.Struct, frozen=True):
    """One Federal Register citation: volume, page, and what else the cell says of it.

    `page` is missing where only an issue number, or a cell cut off in print, is given. `published` is
    the date printed beside the citation, if any. `text` is the citation as printed.
    """

    volume: int
    page: int | None = None
    issue: int | None = None
    published: dt.date | None = None
    text: str = ""

    def __str__(self) -> str:
        """The standard form, `84 FR 54002`; by issue where no page is known."""
        if self.page is not None:
            return f"{self.volume} FR {self.page}"
        return f"{self.volume} FR No. {self.issue}" if self.issue is not None else f"{self.volume} FR"

    @property
    def year(self) -> int:
        """The year in which this volume appeared."""
        return FIRST_VOLUME_YEAR + self.volume


class Citations(msgspec.Struct, frozen=True):
    """The citations of one cell, in printed order, and the rest of the cell that is not a citation."""

    found: tuple[Citation, ...] = ()
    unread: str = ""
    placeholder: bool = False
    """The cell comes from a public-inspection copy (`[INSERT FR PAGE NUMBER]`): never to be trusted."""


def parse_citations(cell: str) -> Citations:
    """Read every citation in a cell.

    >>> [str(c) for c in parse_citations("79 FR  55608; 84 fr 40241").found]
    ['79 FR 55608', '84 FR 40241']
    """
    matches = sorted(
        [*_FEDERAL_REGISTER.finditer(cell), *_BY_ISSUE.finditer(cell)], key=lambda match: match.start()
    )
    found: list[Citation] = []
    unread = cell[: matches[0].start()] if matches else cell
    for match, following in zip_longest(matches, matches[1:]):
        tail = cell[match.end() : following.start() if following else len(cell)]
        groups = match.groupdict()
        page = groups.get("page")
        issue = groups.get("issue")
        rest = tail
        if issue is None and (after := _ISSUE_AFTER.search(tail)):
            issue = after[1]
            rest = rest.replace(after[0], " ", 1)
        printed = _DATE_AFTER.search(tail)
        if printed:
            rest = rest.replace(printed[0], " ", 1)
        found.append(
            Citation(
                volume=int(match["volume"]),
                page=int(page.replace(",", "")) if page else None,
                issue=int(issue) if issue else None,
                published=parse_day(printed[1]) if printed else None,
                text=(match[0] + tail).strip(" ,;"),
            )
        )
        unread += rest
    leftover = re.sub(r"[\s,;.()]+|\band\b", " ", unread).strip()
    return Citations(tuple(found), leftover, bool(_PLACEHOLDER.search(cell)))
