"""What OFAC calls things, looked up in the reviewed table `terms.toml`: lists, programs, and labels of facts.

The files of OFAC and the Consolidated Screening List print the same labels, so one table serves both.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources

import msgspec


class Labels(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Labels as printed."""

    labels: tuple[str, ...]


class Phrases(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Words that may stand anywhere in an entry."""

    phrases: tuple[str, ...]


class Terms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The table; the comments in it say what each part holds."""

    lists: dict[str, str]
    programs: dict[str, str]
    directives: dict[str, str]
    blocked: Phrases
    eo13599: Phrases
    types: Labels
    schemes: dict[str, str]
    facts: dict[str, str]
    measures: Labels
    listed_on: dict[str, str]
    notes: Labels


@cache
def terms() -> Terms:
    """The reviewed table."""
    text = resources.files(__package__).joinpath("terms.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), Terms)


@cache
def labels() -> frozenset[str]:
    """Every label in the table."""
    table = terms()
    return frozenset((*table.schemes, *table.facts, *table.measures.labels, *table.notes.labels))


@cache
def known_labels() -> Mapping[str, tuple[str, ...]]:
    """Every label by its first word, longest first: the first that a text begins with is the right one."""
    found: dict[str, list[str]] = {}
    for label in sorted(labels(), key=lambda label: (-len(label), label)):
        found.setdefault(label.split(" ", 1)[0], []).append(label)
    return {word: tuple(same) for word, same in found.items()}


def is_identifier(label: str) -> bool:
    """Whether a label is that of an identifier, which may print a country and dates after its number."""
    return label in terms().schemes


def list_named(name: str) -> str | None:
    """The id of a list by the name OFAC gives it; empty for one that says nothing; None for an unknown name."""
    return terms().lists.get(name)
