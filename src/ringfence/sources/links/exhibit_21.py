"""SEC Exhibit 21: the subsidiaries that a filer lists, from its HTML.

A list of subsidiaries shows control and, as a rule, no share. Where the list has a column of percentages of
votes, these are votes, and more than half of them control. A row set further in than the one above it is a
subsidiary of that one too, as far as layout can say so. The filer's name is taken from the text above the
list where it stands there.
"""

import datetime as dt
import re
import tomllib
from fractions import Fraction
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from lxml import html

from ringfence.errors import InputError
from ringfence.records import Link, Share
from ringfence.sources.links.linkset import LinkSet
from ringfence.sources.links.shares import parse_share
from ringfence.sources.links.table import whole
from ringfence.sources.places import country_code

_NOTES = re.compile(r"\s*(?:\(\d{1,2}\)|\[\d{1,2}\]|\*+)\s*")
_NUMBER = re.compile(r"\d{1,3}(?:\.\d+)?\s*%?")
_PADDING = re.compile(r"(?:padding-left|margin-left|text-indent)\s*:\s*(-?[\d.]+)(pt|px|em|in|%)?")
_PADDING_FOUR = re.compile(r"padding\s*:\s*[\d.]+\w*\s+[\d.]+\w*\s+[\d.]+\w*\s+([\d.]+)(pt|px|em|in|%)?")
_POINTS = {"pt": 1.0, "px": 0.75, "em": 10.0, "in": 72.0, "%": 5.0, None: 1.0, "": 1.0}
_SPACE_POINTS = 2.5
_CONSOLIDATION = "accounting_consolidation"
_SUBSIDIARIES_OF = re.compile(
    r"subsidiaries\s+of\s+(?!the\s+(?:registrant|company))([^\n(]{3,80})", re.IGNORECASE
)
_AS_OF = re.compile(r"([A-Z][a-z]+ \d{1,2}, \d{4})")
_HEADINGS = re.compile(
    r"^(name|subsidiar|company|entity|jurisdiction|state|country|organized|percentage)", re.IGNORECASE
)
_COMPANY = re.compile(
    r"(?:\binc\b|\bcorp|\bllc\b|\bltd\b|\bcompany\b|& co|\bplc\b|\bn\.?v\b|\bs\.?a\b|\bag\b|\bgroup\b|\bholdings\b)",
    re.IGNORECASE,
)


def read_exhibit_21(path: Path, holder: str | None) -> LinkSet:
    """The subsidiaries listed in an Exhibit 21. `holder` names the filer, where the text does not."""
    data = whole(path)
    try:
        page = html.fromstring(
            data, parser=html.HTMLParser(no_network=True, huge_tree=False, encoding="utf-8")
        )
    except (ValueError, html.etree.ParserError) as error:
        raise InputError(f"{path.name}: not HTML that can be read ({error}); get it again") from None
    found = LinkSet()
    lines = _lines_above(page)
    filer = holder or _filer(lines)
    if filer is None:
        raise InputError(f"{path.name}: the filer is not named in the exhibit; give it with --holder NAME")
    day = _as_of(lines)
    votes = "voting" in " ".join(lines).casefold() or "voting" in _heading(page)
    above: list[tuple[float, str]] = []
    for row, line in enumerate(page.iter("tr"), start=1):
        cells = [(cell, " ".join(cell.text_content().split())) for cell in line.iter("td", "th")]
        filled = [(cell, text) for cell, text in cells if text]
        if len(filled) < 2 or _HEADINGS.match(filled[0][1]) or _AS_OF.match(filled[0][1]):
            continue
        name = _NOTES.sub(" ", filled[0][1]).strip()
        number = next((text for _, text in filled[1:] if _NUMBER.fullmatch(text)), None)
        place = next((text for _, text in reversed(filled[1:]) if not _NUMBER.fullmatch(text)), None)
        if not name or not any(map(str.isalpha, name)) or place is None or len(name) > 200:
            continue
        depth = _depth(filled[0][0])
        while above and above[-1][0] >= depth - 1:
            above.pop()
        share = _share(found, path.name, row, number)
        ties: list[tuple[str, str, Share | None, str | None, str]] = []
        if share is not None:
            ties.append((filer, "owns", share, "voting" if votes else None, "directly or through others"))
        if share is None or (votes and share.low > Fraction(1, 2)):
            ties.append((filer, "controls", None, _CONSOLIDATION, "listed as a subsidiary"))
        if above:
            ties.append((above[-1][1], "controls", None, _CONSOLIDATION, "set in under it in the list"))
        for subject, relation, stated, base, how in ties:
            found.links.append(
                Link(
                    id=f"{path.name}:{row}",
                    subject=subject,
                    relation=relation,
                    object=name,
                    share=stated,
                    share_base=base,
                    object_country=_place(place),
                    object_incorporated_in=_place(place),
                    asserted_by=filer,
                    source=f"Exhibit 21, {path.name}, row {row:,}",
                    stated_on=day,
                    qualifier=how,
                    note=None if _place(place) else f"organized under the laws of {place}",
                    row=row,
                )
            )
        above.append((depth, name))
    if not found.links:
        found.remarks.append(f"{path.name}: no table of subsidiaries was found; nothing was read")
    return found


def _depth(cell: Any) -> float:
    """How far a cell is set in, in points: by its style, or by hard spaces before the text."""
    depth = 0.0
    for element in cell.iter():
        style = element.get("style") or ""
        if m := _PADDING.search(style) or _PADDING_FOUR.search(style):
            depth = max(depth, float(m[1]) * _POINTS[m[2]])
    raw = cell.text_content()
    return depth + _SPACE_POINTS * (len(raw) - len(raw.lstrip("\u00a0 ")) if raw.startswith("\u00a0") else 0)


def _share(found: LinkSet, file: str, row: int, number: str | None) -> Share | None:
    if number is None:
        return None
    try:
        return parse_share(number if "%" in number else f"{number}%")
    except ValueError as error:
        found.remarks.append(f"{file}, row {row:,}, percentage: {error}; taken as unknown")
        return None


def _lines_above(page: Any) -> list[str]:
    """The lines of text before the first table, and a little of what follows."""
    found = []
    for element in page.iter("div", "p", "title", "h1", "h2", "h3"):
        if element.iterancestors("table") and next(element.iterancestors("table"), None) is not None:
            continue
        line = " ".join(element.text_content().split())
        if line and line not in found:
            found.append(line)
    return found[:40]


def _heading(page: Any) -> str:
    return " ".join(" ".join(row.text_content().split()) for row in list(page.iter("tr"))[:4]).casefold()


def _filer(lines: list[str]) -> str | None:
    joined = [line for line in lines if len(line) < 200]
    for line in joined:
        if m := _SUBSIDIARIES_OF.search(line):
            return _NOTES.sub(" ", m[1]).strip(" .:;")
    for place, line in enumerate(joined):
        around = " ".join(joined[max(0, place - 1) : place + 2]).casefold()
        if "subsidiaries" in around and _COMPANY.search(line) and "subsidiaries" not in line.casefold():
            return _NOTES.sub(" ", line).strip(" .:;")
    return None


def _as_of(lines: list[str]) -> dt.date | None:
    for line in lines:
        for m in _AS_OF.finditer(line):
            try:
                return dt.datetime.strptime(m[1], "%B %d, %Y").date()  # noqa: DTZ007 - a day has no zone
            except ValueError:
                continue
    return None


def _place(text: str) -> str | None:
    """The country of a place as lists of subsidiaries print it; a state is the United States."""
    bare = (
        _NOTES.sub(" ", text)
        .strip(" .")
        .removesuffix(", U.S")
        .removesuffix(", USA")
        .removesuffix(", US")
        .strip()
    )
    if bare.casefold() in _states() or bare.casefold() in ("u.s", "u.s.a", "usa", "united states"):
        return "US"
    return country_code(bare)


@cache
def _states() -> frozenset[str]:
    text = resources.files("ringfence.sources.links").joinpath("exhibit_21.toml").read_text(encoding="utf-8")
    return frozenset(name.casefold() for name in tomllib.loads(text)["states"])
