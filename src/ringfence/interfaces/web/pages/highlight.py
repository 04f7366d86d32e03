"""Which words of a name met, so that a reader sees at a glance why it matched."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Literal, NamedTuple

from ringfence.records import Reason

_TOKEN = re.compile(r"[\w.'’´`&-]*\w[\w.'’´`&-]*|.", re.DOTALL)

Met = Literal["same", "alike"] | None


class Piece(NamedTuple):
    """A stretch of a name: `met` the same way on the other side, met alike, or not at all."""

    text: str
    met: Met


def marked(name: str, reasons: Iterable[Reason], side: Literal["query", "listed"]) -> list[Piece]:
    """`name` in pieces, those marked that a reason of positive weight is about. `side` says whose name it is."""
    same: set[str] = set()
    alike: set[str] = set()
    for reason in reasons:
        if reason.feature == "word" and reason.weight > 0:
            words = reason.query if side == "query" else reason.listed
            (same if reason.relation == "same" else alike).update(map(_plain, words.split()))
    pieces: list[Piece] = []
    for token in _TOKEN.findall(name):
        for piece in _pieces(token, same - {""}, alike - {""}):
            if pieces and pieces[-1].met == piece.met:
                pieces[-1] = Piece(pieces[-1].text + piece.text, piece.met)
            else:
                pieces.append(piece)
    return pieces


def _pieces(token: str, same: set[str], alike: set[str]) -> Iterable[Piece]:
    plain = _plain(token)
    if plain in same or plain in alike:
        return [Piece(token, "same" if plain in same else "alike")]
    # Scripts without spaces: a word is a part of the token.
    for word in sorted((w for w in same | alike if not w.isascii()), key=len, reverse=True):
        before, found, after = token.partition(word)
        if found:
            here = Piece(found, "same" if word in same else "alike")
            return [*_pieces(before, same, alike), here, *_pieces(after, same, alike)]
    return [Piece(token, None)] if token else []


def _plain(word: str) -> str:
    folded = unicodedata.normalize("NFKD", word.casefold())
    return unicodedata.normalize("NFC", "".join(c for c in folded if c.isalnum()))
