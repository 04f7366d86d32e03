"""Every publication and every legal list that ringfence knows.

A publication is a folder under `sources/lists` with `source.toml` and `parse.py`, and with `legal.toml` when it
brings a list that the reviewed table does not have; nothing else has to be told of a new one. A folder may stand
for a family of publications that are only known by name when they are loaded: `ftm` reads any FollowTheMoney
data set, as publication and list `ftm_<data set>`.
"""

import importlib
import re
import tomllib
from collections.abc import Callable, Iterator
from functools import cache, partial
from importlib import resources
from importlib.resources.abc import Traversable
from types import ModuleType
from typing import Any, TypeVar

import msgspec

from ringfence.errors import InputError
from ringfence.records import LegalList, Listing, Source
from ringfence.sources.document import Document
from ringfence.sources.row import Account

Parser = Callable[[Document, Account], Iterator[Listing]]
Get = Callable[[str], bytes]
"""Downloads a small file that says where others are. Raises SourceError."""

_LISTS = "ringfence.sources.lists"
_MEMBER = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_Member = TypeVar("_Member")


class _LegalLists(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    lists: tuple[LegalList, ...]


class _WithFamilies(dict[str, _Member]):
    """A table by id that also answers for members of a family, which are not in it until they are asked for."""

    def __init__(self, made: Callable[[str], _Member | None]) -> None:
        super().__init__()
        self._made = made

    def __missing__(self, key: str) -> _Member:
        found = self._made(key)
        if found is None:
            raise KeyError(key)
        return found

    def __contains__(self, key: object) -> bool:
        return super().__contains__(key) or (isinstance(key, str) and self._made(key) is not None)

    def get(self, key: str, default: Any = None) -> Any:
        """As of a dictionary, members of families included."""
        try:
            return self[key]
        except KeyError:
            return default


@cache
def sources() -> dict[str, Source]:
    """Every publication by id, in the order of their ids; members of families answer to their ids."""
    found = _WithFamilies(_member_source)
    for folder in sorted(resources.files(_LISTS).iterdir(), key=lambda entry: entry.name):
        description = folder.joinpath("source.toml")
        if description.is_file():
            source = msgspec.convert(tomllib.loads(description.read_text(encoding="utf-8")), Source)
            found[source.id] = source
    return found


def source(source_id: str) -> Source:
    """One publication. Raises InputError, naming those there are, for an unknown id or a family as a whole."""
    try:
        found = sources()[source_id]
    except KeyError:
        raise InputError(
            f"unknown list {source_id!r}. Lists that can be refreshed: {', '.join(sorted(refreshable()))}."
        ) from None
    if found.family and found.id in dict(sources()):
        raise InputError(
            f"{source_id} stands for many data sets. Name one: ringfence refresh {source_id}_NAME (its page: "
            f"{found.page.replace('{member}', 'NAME')})"
        )
    return found


@cache
def _member_source(source_id: str) -> Source | None:
    """The description of one member of a family, made from that of the family; None when it is of no family."""
    family_id, _, member = source_id.partition("_")
    family = dict.get(sources(), family_id)
    if family is None or not family.family or not _MEMBER.fullmatch(member):
        return None

    def named(text: str) -> str:
        return text.replace("{member}", member)

    return msgspec.structs.replace(
        family,
        id=source_id,
        title=named(family.title),
        page=named(family.page),
        urls=tuple(map(named, family.urls)),
        feeds=tuple(msgspec.structs.replace(feed, list=named(feed.list)) for feed in family.feeds),
    )


def _member_list(list_id: str) -> LegalList | None:
    """A list of a family as a legal object: what its data set says of its own entries, and no more."""
    source = _member_source(list_id)
    if source is None:
        return None
    return LegalList(
        id=list_id,
        title=source.title,
        short=list_id.partition("_")[2],
        jurisdiction="other",
        authority=source.publisher,
        legal_basis=source.legal_basis,
        consequence="as the entry says",
        effect="What the entry's own sanctions and topics say; the data set gathers many lists and is none of them.",
        who_must_act="Whoever the list that the entry was taken from binds",
        way_out="As the list that the entry was taken from says",
        topic="sanction",
    )


def refreshable() -> dict[str, Source]:
    """The publications that are downloaded or read from files, not bundled."""
    return {source_id: source for source_id, source in sources().items() if not source.bundled}


def parser(source_id: str) -> Parser:
    """The parser of a publication: `parse(document, account)` yields its listings."""
    publication = sources()[source_id] if source_id in sources() else source(source_id)
    module = _module(publication)
    if publication.family and publication.id != _folder(publication):
        return partial(module.parse_member, source_id)
    found: Parser = module.parse
    return found


def addresses(publication: Source, get: Get) -> tuple[str, ...]:
    """Where the release of today is.

    Mostly the addresses of its description; a publication whose addresses change with the day has a function
    `addresses(urls, get)` beside its parser, which makes them of those. Raises SourceError when it cannot.
    """
    found: Callable[[tuple[str, ...], Get], tuple[str, ...]] | None = getattr(
        _module(publication), "addresses", None
    )
    return found(publication.urls, get) if found else publication.urls


def _module(publication: Source) -> ModuleType:
    return importlib.import_module(f"{_LISTS}.{_folder(publication)}.parse")


def _folder(publication: Source) -> str:
    return publication.id.partition("_")[0] if publication.family else publication.id


@cache
def legal_lists() -> dict[str, LegalList]:
    """Every list as a legal object, by id, in the reviewed order; lists of families answer to their ids.

    The reviewed table is read first, then the `legal.toml` of each publication that brings lists of its own.
    """
    found = _WithFamilies(_member_list)
    for table in (resources.files("ringfence.sources").joinpath("legal_lists.toml"), *_own_lists()):
        lists = msgspec.convert(tomllib.loads(table.read_text(encoding="utf-8")), _LegalLists).lists
        found.update((legal.id, legal) for legal in lists)
    return found


def _own_lists() -> Iterator[Traversable]:
    for folder in sorted(resources.files(_LISTS).iterdir(), key=lambda entry: entry.name):
        table = folder.joinpath("legal.toml")
        if table.is_file():
            yield table
