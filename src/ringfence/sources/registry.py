"""Every publication and every legal list that ringfence knows.

A publication is a folder under `sources/lists` with `source.toml` and `parse.py`; nothing else has to be
told of a new one.
"""

import importlib
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from importlib import resources

import msgspec

from ringfence.errors import InputError
from ringfence.records import LegalList, Listing, Source
from ringfence.sources.document import Document
from ringfence.sources.row import Account

Parser = Callable[[Document, Account], Iterator[Listing]]

_LISTS = "ringfence.sources.lists"


class _LegalLists(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    lists: tuple[LegalList, ...]


@cache
def sources() -> dict[str, Source]:
    """Every publication by id, in the order of their ids."""
    found = {}
    for folder in sorted(resources.files(_LISTS).iterdir(), key=lambda entry: entry.name):
        description = folder.joinpath("source.toml")
        if description.is_file():
            source = msgspec.convert(tomllib.loads(description.read_text(encoding="utf-8")), Source)
            found[source.id] = source
    return found


def source(source_id: str) -> Source:
    """One publication. Raises InputError, naming those there are, for an unknown id."""
    try:
        return sources()[source_id]
    except KeyError:
        raise InputError(
            f"unknown list {source_id!r}. Lists that can be refreshed: {', '.join(sorted(refreshable()))}."
        ) from None


def refreshable() -> dict[str, Source]:
    """The publications that are downloaded or read from files, not bundled."""
    return {source_id: source for source_id, source in sources().items() if not source.bundled}


def parser(source_id: str) -> Parser:
    """The parser of a publication: `parse(document, account)` yields its listings."""
    module = importlib.import_module(f"{_LISTS}.{source(source_id).id}.parse")
    found: Parser = module.parse
    return found


@cache
def legal_lists() -> dict[str, LegalList]:
    """Every list as a legal object, by id, in the reviewed order."""
    text = resources.files("ringfence.sources").joinpath("legal_lists.toml").read_text(encoding="utf-8")
    return {legal.id: legal for legal in msgspec.convert(tomllib.loads(text), _LegalLists).lists}
