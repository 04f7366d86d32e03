"""The compiled scan as Python sees it: what it is given (tables, weights, words for reasons), and what it gives back.

The same listings with the same scores and reasons as `reference`, its oracle.
"""

import functools
import importlib
import itertools
from array import array
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ringfence.matching import weights as w
from ringfence.matching.arrays import Views
from ringfence.matching.evidence import KIND_DIFFERS, Facts, kind_reason, kinds_agree
from ringfence.matching.form import KINDS, PARTS, Measure
from ringfence.matching.match import (
    BASE_REASON,
    BESIDE,
    LEFT_OF_LISTED,
    LEFT_OF_QUERY,
    RELATIONS,
    WEAK_REASON,
    Found,
    as_role,
    left_relation,
    part_reason,
)
from ringfence.matching.score import EXTRA_LISTED, EXTRA_QUERY, NOTHING, SPACED
from ringfence.names import Role, readings
from ringfence.names import compare as c
from ringfence.names.words import LOOKS, lexicon, long_terms, role_of, spoken_terms, units
from ringfence.records import Match, Query, Reason, score_of

KERNEL: Any
try:
    KERNEL = importlib.import_module("ringfence.matching._kernel")
except ImportError:
    KERNEL = None

LONGEST = 2_048


class Compiled:
    """The compiled scan."""

    def __init__(self, arrays: Views, measure: Measure | None = None) -> None:
        total = measure.total if measure else len(arrays["entry_kind"])
        given = dict(arrays) | {
            "constants": _constants(),
            "degrees": _degrees(),
            "halves": bytes(c.MOST_HALVES),
            "name_odds": array(
                "d", [w.listed_odds(part, weak=weak) for part in PARTS for weak in (False, True)]
            ),
            "absent": array(
                "d", [w.word_weight(role, 0, total, length) for role in Role for length in range(5)]
            ),
            "kinds_alike": bytes([kinds_agree(a, b) for a in KINDS for b in KINDS]),
        }
        self._scan = KERNEL.Scan(
            given,
            *_tables(),
            _said(),
            len(c.MOST_HALVES),
            len(KINDS),
            KINDS.index("person"),
            _elsewhere(measure),
        )
        self._text = arrays["name_text"]
        self.number = self._scan.number
        self.parse = self._scan.parse
        self.fold = self._scan.fold

    def search(
        self, queries: Sequence[Query], least: float, threshold: float, limit: int | None
    ) -> list[list[tuple[int, int, int, float, tuple[Reason, ...]]]]:
        """What is found of each of some queries that ask for one name and a kind only, best first, at most `limit`.

        Each as the number it was indexed by, its place, the place of its name among its names, score and reasons.
        """
        kinds = bytes([_KIND[query.kind] for query in queries])
        names = [query.name for query in queries]
        most = -1 if limit is None else limit
        return self._scan.search(names, kinds, _read, least, threshold, most)  # type: ignore[no-any-return]

    def found(self, query: Query, least: float) -> list[Found]:
        """As `reference.Scan.found`."""
        texts = (query.name, *query.aliases)
        return [Found(*one) for one in self._scan.found(texts, _KIND[query.kind], _read, least)]

    def match(self, query: Query, facts: Facts, found: Found, beside: Sequence[Reason]) -> Match:
        """As `reference.Scan.match`."""
        texts = (query.name, *query.aliases)
        reasons = self._scan.reasons(texts, _KIND[query.kind], _read, found.name, found.reading)
        reasons = (*reasons, *beside)
        return Match(facts.ref, facts.names[self._text[found.name]], score_of(reasons), reasons)

    def alike(self, key: str) -> dict[int, c.Likeness]:
        """As `vocabulary.Vocabulary.alike`."""
        return {n: c.Likeness(*like) for n, like in self._scan.alike(key).items()}


def _elsewhere(measure: Measure | None) -> Callable[[str], float] | None:
    """What a word weighs that listings carry which are not indexed; below zero where none does."""
    if measure is None:
        return None

    def weight(key: str) -> float:
        count = measure.count(key)
        return w.word_weight(role_of(key), count, measure.total, len(key)) if count else -1.0

    return weight


_KIND = {kind: n for n, kind in enumerate(KINDS)}


def _read(text: str) -> list[tuple[float, str, str, tuple[str, ...], list[tuple[str, str]]]]:
    """The readings of a name that takes more than the compiled scan can, in the form it takes them."""
    return [
        (
            w.PART[reading.part],
            reading.joined,
            reading.core,
            reading.acronyms,
            [(word.key, word.surface) for word in reading.words],
        )
        for reading in readings(text)
    ]


@functools.cache
def _degrees() -> "array[float]":
    """`compare.earned` of every length of the longer word and every number of half edits, to the last digit."""
    width = len(c.MOST_HALVES)
    degrees = array("d", bytes(8 * LONGEST * width))
    for length, halves in itertools.product(range(1, LONGEST), range(max(c.MOST_HALVES) + 1)):
        degrees[length * width + halves] = c.earned(halves / (2 * length))
    return degrees


@functools.cache
def _tables() -> tuple[tuple[str, ...], bytes]:
    """The word tables as text, and what letters become: blurred, and digits read as letters in three ways."""
    lex = lexicon()

    def rows(pairs: Iterable[tuple[str, Iterable[str]]]) -> str:
        return "\n".join(term + "\t" + "\x1f".join(means) for term, means in pairs)

    tables = (
        rows(lex.single.items()),
        rows((" ".join(phrase), means) for found in lex.phrases.values() for phrase, means in found),
        rows((word, str(int(role))) for word, role in lex.roles.items()),
        "\n".join(sorted(units())),
        rows((term, (means,)) for term, means in long_terms().items()),
        rows((term, (means,)) for term, means in spoken_terms().items()),
        rows((old, (c.FOLDS[old],)) for old in sorted(c.FOLDS, key=len, reverse=True)),
    )
    changes = (
        c.blur,
        c.as_letter,
        *((lambda letter, looks=looks: letter.translate(looks)) for looks in LOOKS),
    )
    changed = [bytes([*(ord(change(chr(n))) for n in range(128)), *range(128, 256)]) for change in changes]
    return tables, b"".join(changed)


@functools.cache
def _said() -> tuple[object, ...]:
    """What reasons are told with, in the order of `Said` of the compiled scan."""
    kinds = tuple(kind_reason(asked, listed) for asked, listed in itertools.product(KINDS, KINDS))
    left = ("word", LEFT_OF_QUERY, LEFT_OF_LISTED, "name")
    return (
        Reason,
        BASE_REASON,
        WEAK_REASON,
        tuple(part_reason(part) for part in PARTS),
        kinds,
        tuple((name, RELATIONS[name]) for name in _RELATIONS),
        tuple((name, BESIDE[name]) for name in _BESIDE),
        left,
        tuple((left_relation(role), as_role(role)) for role in Role),
    )


# In the order of `Relation` and of `Beside` of the compiled scan.
_RELATIONS = (
    *("same", "equivalent", "sound", "spelling", "vowels", "abbreviation", "initial", "spacing", "acronym"),
    *("cut", "first_letters"),
)
_BESIDE = ("person", "part", "letters", "one_word", "places", "numbers", "unit", "begins", "nothing")


def _constants() -> "array[float]":
    """The numbers of the score in the order of `Constants` of the compiled scan."""
    return array(
        "d",
        [
            *(w.BASE, w.FIRST_CONTENT, w.FIRST_CONTENT_CAP, w.CONTENT, w.CONTENT_CAP, w.RAREST, w.RAREST_CAP),
            *(w.WHOLE, w.CONFLICT, w.CONFLICT_SHARE, w.QUERY_SHARE, w.LISTED_SHARE),
            *(w.NUMBERS_DIFFER, w.PLACES_DIFFER, EXTRA_QUERY[Role.PLACE], EXTRA_LISTED[Role.PLACE]),
            *(
                EXTRA_QUERY[Role.NUMBER],
                EXTRA_LISTED[Role.NUMBER],
                w.QUERY_BODY,
                w.LISTED_BODY,
                w.LISTED_UNIT,
                w.ONE_WORD,
                w.INITIAL_AGREES,
            ),
            *(
                w.PERSON,
                w.PERSON_CONTENT,
                w.SAME_LETTERS,
                NOTHING,
                SPACED,
                c.SOUNDS,
                c.SHORT_SOUNDS,
                w.HEAVIEST,
                w.ROLE_WEIGHT[Role.INITIAL],
            ),
            *(c.PREFIX_BASE, c.PREFIX_PART, *c.BONES, *c.WRITTEN_BONES, KIND_DIFFERS),
            *(w.BEGINS, w.CUT, w.CUT_WORD),
            *(w.FIRST_LETTERS.get(n, 0.0) for n in range(7)),
            *(w.ACRONYM_OF_QUERY.get(n, 0.0) for n in range(6)),
            *(w.ACRONYM_OF_LISTED.get(n, 0.0) for n in range(6)),
        ],
    )
