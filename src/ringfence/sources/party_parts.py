"""What the parsers of several publishers do alike: names in order, kinds of entities, identifiers by their label.

An identifier's scheme is read from the words of its label; a label with none of them keeps its text and the
scheme `other`. Entries are counted in one place, so that no key is given twice.
"""

import re
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from importlib import resources
from typing import Any

import msgspec

from ringfence.errors import LayoutChanged
from ringfence.records import Address, Identifier, Listing, Name, NameRole, Party, PartyKind
from ringfence.records.codec import canonical
from ringfence.sources.kinds import kind_of
from ringfence.sources.places import country_code, country_codes, distinct_codes, tidy
from ringfence.sources.row import Account

_BRACKETED = re.compile(r"\(((?:[^()]|\([^()]*\)){2,120})\)")
_FORMS = frozenset(
    {"PJS", "NGO", "LLC", "JSC", "LTD", "PLC", "OAO", "OOO", "ZAO", "PAO", "AG", "SA", "FZE", "FZC"}
)
"""What stands in brackets behind many names and is nobody's own."""
_SCRIPT_LABEL = re.compile(r"^(?:original script|in [A-Z][a-z]+(?: script)?)\s*:", re.IGNORECASE)
_ACRONYM = re.compile(r"[A-Z][A-Z0-9&\-]{1,11}")
_UN_REFERENCE = re.compile(
    r"(?:^|\bUN Ref(?:erence)?\b\W{0,3}(?:no\.?|number)?\W{0,3})"
    r"((?:CD|CF|GB|HT|IQ|IR|KP|LY|QD|SD|SO|SS|TA|YE)[ie]\.\d{3})\b"
)


class Entries:
    """The entries of one release as they are counted; a second one under the same key is a new layout."""

    def __init__(self, name: str, account: Account) -> None:
        self._name = name
        self._account = account
        self._seen: set[str] = set()

    def add(self, listing: Listing) -> Listing:
        """Count an entry. Raises LayoutChanged when its key was given before in the same release."""
        if listing.id in self._seen:
            raise LayoutChanged(
                f"{self._name}: {listing.id} stands in the file twice. Its key is no longer unique, or the file was put "
                f"together from parts; get it again from the publisher."
            )
        self._seen.add(listing.id)
        self._account.entries += 1
        self._account.lists[listing.list] += 1
        self._account.remarks.update(remark.code for remark in listing.remarks)
        if listing.valid_from:
            self._account.saw_day(listing.valid_from)
        return listing


def numbered(
    listings: Iterable[Listing],
    account: Account,
    settle: Callable[[list[Listing]], list[Listing]] = lambda group: group,
) -> Iterator[Listing]:
    """The listings, counted, with ids of their own where several rows name one party.

    Each such row is a legal object (an address, a destination). They are numbered `~2`, `~3` in an order that
    does not depend on the order of the file; `settle` may mend a group, so ordered, before.
    """
    keyed: dict[str, list[Listing]] = defaultdict(list)
    for listing in listings:
        keyed[listing.id].append(listing)
    for key, group in keyed.items():
        for place, listing in enumerate(settle(sorted(group, key=canonical)), start=1):
            account.entries += 1
            account.lists[listing.list] += 1
            yield listing if place == 1 else msgspec.structs.replace(listing, id=f"{key}~{place}")


def party_of(
    list_id: str,
    key: str,
    *,
    kind: PartyKind,
    names: tuple[Name, ...],
    addresses: tuple[Address, ...],
    said: Iterable[str] = (),
    flags: Iterable[str] = (),
    **more: Any,
) -> Party:
    """The party that a publisher keeps under `key`.

    A body is of the kind that its names, or else what is `said` of it, tell; its countries are those of its addresses, then its
    nationalities and citizenships, then the `flags` of a ship. `more` are further fields of `Party`.
    """
    if kind == "organization":
        kind = entity_kind(*(name.text for name in names), *said)
    own = more.get("nationalities", ()), more.get("citizenships", ())
    return Party(
        id=f"{list_id}-{key}",
        kind=kind,
        names=names,
        countries=distinct_codes((place.country for place in addresses), *own, flags),
        addresses=addresses,
        **more,
    )


def entity_kind(*names: str) -> PartyKind:
    """The kind of a listed body that is no person: by the words of its names, else `organization`."""
    for name in names:
        if (kind := kind_of(name)) in ("company", "government", "organization"):
            return kind
    return "organization"


def distinct_names(names: Iterable[Name]) -> tuple[Name, ...]:
    """Names in their order, each text once; a name that is printed both as weak and as strong is strong."""
    found: dict[str, Name] = {}
    for name in names:
        key = name.text.casefold()
        if not key:
            continue
        if key not in found:
            found[key] = name
        elif found[key].weak and not name.weak:
            found[key] = msgspec.structs.replace(found[key], weak=False, role=name.role)
    return tuple(found.values())


def unbracketed(names: Iterable[Name]) -> Iterator[Name]:
    """The names, and after each what its brackets hold: an acronym, or the name in another script.

    `National Iranian Oil Company (NIOC)` is also `NIOC`; `Jin Tiesan (金铁三)` is both its parts. A country in
    brackets tells two names apart and is no name.
    """
    for name in names:
        yield name
        role: NameRole = "former" if name.role == "former" else "alias"
        for match in _BRACKETED.finditer(name.text):
            text = tidy(_SCRIPT_LABEL.sub("", match[1]))
            outside = tidy(name.text.replace(match[0], " "))
            found: list[str] = []
            if _is_acronym(text):
                found = [text]
            elif outside and any(map(str.isalpha, text)) and _latin(text) != _latin(outside):
                found = [outside, *filter(None, map(tidy, text.split(";")))]
            for part in found:
                yield from unbracketed(
                    [
                        Name(
                            part,
                            role,
                            weak=name.weak,
                            origin="repaired",
                            published=name.published or name.text,
                        )
                    ]
                )


def _is_acronym(text: str) -> bool:
    """Whether capitals in brackets are a short name, neither a legal form nor a country or its code."""
    place = country_code(text) if len(text) == 2 else country_codes(text)
    return bool(_ACRONYM.fullmatch(text)) and text not in _FORMS and not place


def full_name(*parts: str | None) -> str:
    """The parts of a person's name in one line."""
    return " ".join(text for part in parts if (text := tidy(part or "")))


def identifier(label: str, value: str, country: str | None = None) -> Identifier:
    """An identifier under the scheme that the words of its label stand for."""
    return Identifier(scheme_of(label), value, country, label or None)


def scheme_of(label: str) -> str:
    """The scheme that a printed label stands for; `other` when none of its words is known.

    >>> scheme_of("Numéro de passeport"), scheme_of("Tax identification number"), scheme_of("Ration card")
    ('passport', 'tax', 'other')
    """
    folded = label.casefold()
    return next((scheme for pattern, scheme in _schemes() if pattern.search(folded)), "other")


def un_reference(text: str) -> str | None:
    """The party's own reference on the United Nations list: one that a text begins with, or calls `UN Ref`.

    References elsewhere in a text are those of others.
    """
    match = _UN_REFERENCE.search(text)
    return match[1] if match else None


@cache
def _schemes() -> tuple[tuple[re.Pattern[str], str], ...]:
    text = resources.files("ringfence.sources").joinpath("identifier_words.toml").read_text(encoding="utf-8")
    table: list[dict[str, str]] = tomllib.loads(text)["words"]
    return tuple((re.compile(rf"\b{re.escape(row['word'])}"), row["scheme"]) for row in table)


def _latin(text: str) -> bool:
    """Whether the letters of a text are Latin, by its first."""
    first = next((character for character in text if character.isalpha()), "a")
    return first < "\u0250"
