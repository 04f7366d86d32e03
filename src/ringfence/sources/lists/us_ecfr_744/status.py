"""Which texts of part 744 are stayed, delayed or expiring: its effective date notes and supplement no. 8, verbatim.

A note says that a text stands in the code and is not in force, or not for ever. What a note does not say in the words
known here is kept as `unclassified`, never dropped.
"""

import re
from collections.abc import Iterator

from ringfence.records import parse_citations, parse_day
from ringfence.records.rule import RuleStatus, StatusKind
from ringfence.sources.document import Document
from ringfence.sources.row import Account
from ringfence.sources.xml_records import Element, Vocabulary, read_records

AFFILIATES = "Supplement No. 8 to Part 744"
"""The guidelines for applying the 50 percent rule, whose status is reported with or without a note."""

_ALL = Vocabulary("*")
_DATE = r"[A-Z][a-z]{2,8}\.? \d{1,2}, \d{4}"
_CITED = re.compile(rf"At \d+ FR \d+, {_DATE}")
_UNTIL = re.compile(rf"(?:until|through) (?P<day>{_DATE})")
_PART = re.compile(r", (?:in [^,]+, )?(?P<part>.+?) (?:was|were) (?:stayed|delayed)")
_KINDS: tuple[tuple[StatusKind, str], ...] = (
    ("stayed", r"\bstayed\b"),
    ("delayed", r"\bdelayed\b"),
    ("expiring", r"\beffective (?:until|through)\b|\bexpires?\b"),
)


def rule_status(document: Document) -> tuple[RuleStatus, ...]:
    """The status of every section with an effective date note, and of supplement no. 8.

    Raises HeldBack or LayoutChanged when the file is not a whole part 744.
    """
    records = dict.fromkeys(("DIV8", "DIV9", "HEAD", "AUTH", "SOURCE"), _ALL)
    found: list[RuleStatus] = []
    for section in read_records(document, "DIV5", "", records, Account()):
        name = section.get("N") or ""
        notes = list(_notes(section, name))
        text = tuple(_text(p) for p in section.iterchildren("P")) if name == AFFILIATES else ()
        if text and not notes:
            notes = [RuleStatus(name, "in_force", text=text)]
        found += notes
    return tuple(found)


def _notes(section: Element, name: str) -> Iterator[RuleStatus]:
    text = tuple(_text(p) for p in section.iterchildren("P")) if name == AFFILIATES else ()
    for element in section.iter("EFFDNOT"):
        note = " ".join(_text(part) for part in element if part.tag != "HED")
        cited = _CITED.search(note)
        citations = parse_citations(cited[0]).found if cited else ()
        until = _UNTIL.search(note)
        part = _PART.search(note, cited.end() if cited else 0)
        known = (kind for kind, words in _KINDS if re.search(words, note))
        status: StatusKind = next(known, "unclassified")
        yield RuleStatus(
            section=name,
            status=status,
            part=part["part"] if part else None,
            citation=citations[0] if citations else None,
            since=citations[0].published if citations else None,
            until=parse_day(until["day"].replace(".", "")) if until else None,
            note=note,
            text=text,
        )


def _text(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())
