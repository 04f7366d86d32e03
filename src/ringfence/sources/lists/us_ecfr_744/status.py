"""Which texts of part 744 are stayed, delayed or expiring: its effective date notes and supplement no. 8, verbatim.

A note says that a text stands in the code and is not in force, or not for ever. What a note does not say in the words
known here is kept as `unclassified`, never dropped. A note may speak of single entries of a supplement: those are marked.
"""

import re
import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import resources

from ringfence.records import Remark, parse_citations, parse_day
from ringfence.records.rule import RuleStatus, StatusKind
from ringfence.sources.xml_records import Element

AFFILIATES = "Supplement No. 8 to Part 744"
"""The guidelines for applying the 50 percent rule, whose status is reported with or without a note."""

_DATE = r"[A-Z][a-z]{2,8}\.? \d{1,2}, \d{4}"
_CITED = re.compile(rf"At \d+ FR \d+, {_DATE}")
_UNTIL = re.compile(rf"(?:until|through) (?P<day>{_DATE})")
_PART = re.compile(r", (?:in [^,]+, )?(?P<part>.+?) (?:was|were) (?:stayed|delayed)")
_ENTRY = re.compile(r"\bentr(?:y|ies)\b", re.IGNORECASE)
_LETTERS = re.compile(r"[\W_]+")
_LEAST_NAME = 4
_KINDS: tuple[tuple[StatusKind, str], ...] = (
    ("stayed", r"\bstayed\b"),
    ("delayed", r"\bdelayed\b"),
    ("expiring", r"\beffective (?:until|through)\b|\bexpires?\b"),
)


def statuses(section: Element) -> Iterator[RuleStatus]:
    """The status of a section by each of its effective date notes; of supplement no. 8 also without one."""
    name = section.get("N") or ""
    text = tuple(_text(p) for p in section.iterchildren("P")) if name == AFFILIATES else ()
    notes = list(_notes(section, name, text))
    if text and not notes:
        notes = [RuleStatus(name, "in_force", lists=_lists().get(name, ()), text=text)]
    yield from notes


def stays(name: str, notes: Sequence[RuleStatus]) -> Iterator[Remark]:
    """The remark that an entry is stayed or delayed, for each note that names it."""
    key = _key(name)
    for note in notes:
        part = note.part or ""
        named = len(key) >= _LEAST_NAME and key in _key(part)
        if note.status in ("stayed", "delayed") and _ENTRY.search(part) and named:
            yield Remark("stayed", note.note or part)


def _notes(section: Element, name: str, text: tuple[str, ...]) -> Iterator[RuleStatus]:
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
            lists=_lists().get(name, ()),
            part=part["part"] if part else None,
            citation=citations[0] if citations else None,
            since=citations[0].published if citations else None,
            until=parse_day(until["day"].replace(".", "")) if until else None,
            note=note,
            text=text,
        )


def _text(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def _key(text: str) -> str:
    return _LETTERS.sub("", text).casefold()


@cache
def _lists() -> dict[str, tuple[str, ...]]:
    text = resources.files(__package__).joinpath("sections.toml").read_text(encoding="utf-8")
    return {section: tuple(lists) for section, lists in tomllib.loads(text)["lists"].items()}
