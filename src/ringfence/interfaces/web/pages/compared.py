"""Two texts of an entry word by word: what went, what came, and whether it is law or wording.

Names and addresses are sets: an order that changes is no change, and the nearest of those that went and came are compared
with each other. Cells of the law are compared as running text.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import takewhile
from typing import Literal, NamedTuple

from ringfence.interfaces.language.texts import Texts
from ringfence.records import Listing
from ringfence.store.wording import changed_fields, reworded

Kind = Literal["same", "gone", "come"]

_TOKEN = re.compile(r"\s+|[㐀-鿿豈-﫿]|[^\W㐀-鿿豈-﫿]+|[^\w\s]")
_NEAR = 0.55
"""Two lines at least this alike are one line with a changed word."""
_MOST_TOKENS = 4_000
"""Longer texts are shown whole beside each other: comparing takes the square of their length."""


class Piece(NamedTuple):
    """A stretch of text that both sides have, or one of them."""

    kind: Kind
    text: str


class Field(NamedTuple):
    """One field of an entry: each line in pieces. `law` is False where only the wording differs."""

    key: str
    lines: list[list[Piece]]
    changed: bool
    law: bool


def compared(before: Listing | None, after: Listing | None, t: Texts) -> list[Field]:
    """Every field that either text has, in the order of print; what is no print, such as a country, in the words of `t`."""
    legal: frozenset[str] = frozenset()
    if before and after:
        fields = changed_fields(before, after)
        legal = frozenset() if reworded(before, after, fields) else frozenset(fields)
    found = []
    for key, read in FIELDS.items():
        was, now = (tuple(read(side, t)) if side else () for side in (before, after))
        if not was and not now:
            continue
        lines = list(_lines(was, now)) if key in _SETS else [words(" ".join(was), " ".join(now))]
        changed = any(piece.kind != "same" for line in lines for piece in line)
        law = changed and (
            before is None or after is None or key in legal or (key == "name" and "aliases" in legal)
        )
        found.append(Field(key, lines, changed, law))
    return found


def words(was: str, now: str) -> list[Piece]:
    """Two running texts as one, with what went before what came."""
    if was == now:
        return [Piece("same", was)] if was else []
    ours, theirs = _TOKEN.findall(was), _TOKEN.findall(now)
    if len(ours) + len(theirs) > _MOST_TOKENS:
        return [piece for piece in (Piece("gone", was), Piece("come", now)) if piece.text]
    pieces: list[Piece] = []
    for what, a, b, c, d in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        if what == "equal":
            pieces.append(Piece("same", "".join(ours[a:b])))
            continue
        gone, come = "".join(ours[a:b]), "".join(theirs[c:d])
        pieces += [piece for piece in (Piece("gone", gone), Piece("come", come)) if piece.text]
    return _joined(pieces)


def _joined(pieces: Sequence[Piece]) -> list[Piece]:
    """Changes that only a space keeps apart as one change, what went before what came."""
    found: list[Piece] = []
    gone = come = ""
    for place, piece in enumerate(pieces):
        last = place == len(pieces) - 1
        if piece.kind == "gone":
            gone += piece.text
        elif piece.kind == "come":
            come += piece.text
        elif (gone or come) and not piece.text.strip() and not last:
            gone, come = gone + piece.text, come + piece.text
        else:
            found += _change(gone, come)
            gone = come = ""
            found.append(piece)
    return [*found, *_change(gone, come)]


def _change(gone: str, come: str) -> list[Piece]:
    """A change, the space at the end that both sides have left to both."""
    ends = zip(reversed(gone), reversed(come), strict=False)
    space = "".join(one for one, _ in takewhile(lambda end: end[0] == end[1] and end[0].isspace(), ends))[
        ::-1
    ]
    pieces = (
        Piece("gone", gone.removesuffix(space)),
        Piece("come", come.removesuffix(space)),
        Piece("same", space),
    )
    return [piece for piece in pieces if piece.text]


def _lines(was: Sequence[str], now: Sequence[str]) -> Iterator[list[Piece]]:
    gone = [line for line in was if line not in set(now)]
    for line in now:
        if line in set(was):
            yield [Piece("same", line)]
            continue
        near = max(gone, key=lambda other: _likeness(other, line), default=None)
        if near is not None and _likeness(near, line) >= _NEAR:
            gone.remove(near)
            yield words(near, line)
        else:
            yield [Piece("come", line)]
    for line in gone:
        yield [Piece("gone", line)]


def _likeness(one: str, other: str) -> float:
    return (
        SequenceMatcher(None, one, other, autojunk=False).ratio() if max(len(one), len(other)) < 500 else 0.0
    )


FIELDS: dict[str, Callable[[Listing, Texts], Sequence[str]]] = {
    "name": lambda one, _: [one.party.name],
    "aliases": lambda one, _: [name.text for name in one.party.names[1:] if name.origin != "editorial"],
    "destination": lambda one, _: [one.destination] if one.destination else [],
    "addresses": lambda one, _: [address.text for address in one.party.addresses],
    "license_requirement": lambda one, _: [one.license_requirement.text] if one.license_requirement else [],
    "license_review_policy": lambda one, _: (
        [one.license_review_policy.text] if one.license_review_policy else []
    ),
    "footnotes": lambda one, _: [str(number) for number in one.footnotes],
    "citations": lambda one, _: [str(citation) for citation in one.citations],
    "programs": lambda one, _: list(one.programs),
    "directives": lambda one, _: list(one.directives),
    "identifiers": lambda one, _: [f"{i.label or i.scheme} {i.value}" for i in one.party.identifiers],
    "birth_dates": lambda one, _: [date.published for date in one.party.birth_dates],
    "birth_places": lambda one, _: list(one.party.birth_places),
    "nationalities": lambda one, t: [t.country(code) for code in one.party.nationalities],
    "positions": lambda one, _: list(one.party.positions),
    "ties": lambda one, t: [f"{t.word('tie', tie.relation)} {tie.name}" for tie in one.ties],
    "valid_until": lambda one, t: [t.day(one.valid_until)] if one.valid_until else [],
    "notes": lambda one, _: list(one.notes),
}
"""Each field of an entry as the lines that print it, in the order of print."""

_SETS = frozenset(FIELDS) - {
    "name",
    "destination",
    "license_requirement",
    "license_review_policy",
    "valid_until",
}
