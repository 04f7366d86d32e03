"""What the engine says, in the reader's language: its sentences are built from a finite set of templates.

Message files of the subjects `said…` hold an English template and its translation, both with the same `{values}`. What fits
no template stays as it is: law as printed, names, words that somebody typed; whoever shows it marks it with its language.
"""

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from itertools import islice
from typing import Final, NamedTuple

from markupsafe import Markup, escape

from ringfence.interfaces.language.texts import Language, Message, Texts, messages, texts_in
from ringfence.sources.registry import legal_lists

SUBJECTS: Final = ("said", "said_lists", "said_refusals", "said_remarks", "said_rules", "said_watch")
_VALUE = re.compile(r"\{(\w+)\}")
_BETWEEN_SENTENCES: Final = "；"
_BETWEEN: Final = (
    ("; but ", "；但"),
    ("; ", _BETWEEN_SENTENCES),
    (" or ", "或"),
    (" and ", "与"),
    (", ", "、"),
)
"""What stands between things that are said one after another, and how it is written."""
_OPEN: Final = frozenset({"; but ", "; "})
"""Between these a part may stay in its language; else all parts are known, or it is no list of them."""
_QUOTED: Final = frozenset({"entry", "why", "text", "said", "problem"})
"""Values that quote somebody."""
_QUOTE = r"""(?:'[^']*'|"[^"]*")"""
_NUMBER, _DAY = r"[\d.,]+", r"\d{4}-\d\d-\d\d|[\w ]{4,30}"
_SHAPES: Final = {
    **dict.fromkeys(("percent", "percent2"), r"[\d.,–<>-]+%"),
    "file": r"(?:(?!; |\. ).)+?",
    "field": r"[\w/ ]{1,40}",
    "cite": r"[^;]{2,100}",
    "regime": r"[^:]{2,60}",
    "stated": r"\d{4}-\d\d-\d\d",
    "side": r"(?:party|listing|match|clock)",
    "fact": r"[a-z ]{4,12}",
    "remark": r"(?=\S+ ).+?",
    **dict.fromkeys(("word", "word2"), r"[\w.-]+"),
    "role": r"[a-z][a-z /-]{2,40}",
    "idno": r"[\w./\- ]{2,60}",
    "codes": r"[A-Z]{2}(?:, [A-Z]{2})*",
    **dict.fromkeys(("quoted", "quoted2"), _QUOTE),
    "quotes": rf"{_QUOTE}(?:, {_QUOTE})*",
    **dict.fromkeys(("credit", "term", "age", "score", "count", "most", "row", "n"), _NUMBER),
    **dict.fromkeys(("day", "on", "effective", "end", "published", "effective_cmic", "divest_by"), _DAY),
}
"""What a value looks like, where a template would fit too much without."""
_WORDS: Final = frozenset(
    {
        "meaning",
        "grounds",
        "facts",
        "finding",
        "status",
        "effect",
        "list",
        "role",
        "share",
        "held",
        "destination",
        "problem",
        "remark",
        "what",
        "state",
        "states",
        "action",
        "item",
        "target",
        "ruled",
        "regime",
        "side",
        "fact",
        "was",
        "now",
    }
)
"""Values that the engine itself says; all others are names and words of somebody else, and stay as they are."""
_MUST: Final = frozenset({"remark", "finding"})
"""Values that must be known: what stands beside them (`suppliers.csv, row 3: …`) could be a part of anything."""
_LONGEST: Final = 2_000
_MOST_SENTENCES: Final = 6
_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_SENTENCE = re.compile(r"\. (?=\S)")
_PART = re.compile("; ")
_CHANGE = re.compile(r"(?:party|listing|match|clock) [a-z ]{4,12}: .* → ", re.DOTALL)
"""A fact that is no longer what it was: both sides of the arrow may have parts."""
_EVIDENCE = re.compile(r"(?<=\)); ")
"""Between lines of evidence that have parts themselves: each ends with its source."""
_FACT = re.compile(r"(\w+)\[(\d{1,6})\](?:\.(\w+))?")
_DEEPEST: Final = 6


class Piece(NamedTuple):
    """A stretch of what is said; `original` where it is in the language of who said it."""

    text: str
    original: bool = False


def said(text: str, language: Language) -> tuple[Piece, ...]:
    """A sentence of the engine in a language. English is what it says itself, but for the paths of a transaction."""
    if language == "en":
        return (Piece(_fact(text, language) or text),)
    return _said(text, language, 0) or (Piece(text, original=True),)


def plain(text: str, language: Language) -> str:
    """The same as one text, for a place that holds nothing else: the title of something drawn."""
    return "".join(one.text for one in said(text, language))


def marked(text: str, language: Language) -> Markup:
    """The same as HTML: what is only quoted is marked with its language."""
    pieces = (
        original(one.text, language) if one.original else escape(one.text) for one in said(text, language)
    )
    return Markup().join(pieces)


def original(text: str, language: Language) -> Markup:
    """Law or words as they were printed, as HTML; marked as English where the rest is not."""
    return escape(text) if language == "en" else Markup('<span lang="en">{}</span>').format(text)


@lru_cache(20_000)
def _said(text: str, language: Language, depth: int) -> tuple[Piece, ...]:
    """The pieces of a text; none for one that fits no template."""
    exact, templates = _known(language)
    if text in exact:
        return (Piece(exact[text]),)
    if fact := _fact(text, language):
        return (Piece(fact),)
    if depth == _DEEPEST or len(text) > _LONGEST:
        return ()
    for ends in () if _CHANGE.match(text) else (_EVIDENCE, _PART):
        if not ends.search(text):
            continue
        told = [_said(part, language, depth + 1) for part in ends.split(text)]
        if all(one and not any(piece.original for piece in one) for one in told):
            return _joined(told, _BETWEEN_SENTENCES)
    if end := _SENTENCE.search(
        text
    ):  # a sentence of its own, which the name that begins the next must not take in
        first, rest = _said(text[: end.start() + 1], language, depth + 1), text[end.end() :]
        if first and (second := _said(rest, language, depth + 1)):
            return (*first, *second)
    for begins, literals, template, translated in templates:
        if text.startswith(begins) and _holds(text, literals) and (found := template.fullmatch(text)):
            values = {
                name: _value(name, value, language, depth + 1) for name, value in found.groupdict().items()
            }
            must = [value for name, value in values.items() if name in _MUST]
            if not any(value[0].original or value[-1].original for value in must):
                return tuple(_filled(translated, values))
    for end in islice(_SENTENCE.finditer(text), _MOST_SENTENCES):
        first, rest = _said(text[: end.start() + 1], language, depth + 1), text[end.end() :]
        if first:
            return (*first, *(_said(rest, language, depth + 1) or (Piece(rest, original=True),)))
    for between, written in _BETWEEN:
        if between not in text:
            continue
        parts = [_said(part, language, depth + 1) for part in text.split(between)]
        if all(parts) or (between in _OPEN and any(parts)):
            whole = zip(text.split(between), parts, strict=True)
            return _joined([one or (Piece(part, original=True),) for part, one in whole], written)
    return ()


def _joined(told: Iterable[tuple[Piece, ...]], written: str) -> tuple[Piece, ...]:
    """What is said one after another, with what is written between."""
    joined: list[Piece] = []
    for one in told:
        joined += [*([Piece(written)] if joined else []), *one]
    return tuple(joined)


def _filled(translated: str, values: Mapping[str, tuple[Piece, ...]]) -> Iterator[Piece]:
    for place, part in enumerate(_VALUE.split(translated)):
        if place % 2:
            yield from values[part]
        elif part:
            yield Piece(part)


def _value(name: str, value: str, language: Language, depth: int) -> tuple[Piece, ...]:
    if name in _QUOTED - _WORDS:
        return (Piece(value, original=True),)
    if name not in _WORDS:
        return (Piece(_day(value, language)),)
    if known := _said(value, language, depth):
        return known
    word = _word(value, language, name)
    return (Piece(word, name in _QUOTED | _MUST and word == value),)


def _holds(text: str, literals: tuple[str, ...]) -> bool:
    """Whether a text has the fixed parts of a template in their order: a cheap look before the pattern is tried."""
    place = 0
    for literal in literals:
        place = text.find(literal, place) + len(literal)
        if place < len(literal):
            return False
    return True


def _day(value: str, language: Language) -> str:
    """A day as the language writes it; any other value as it is."""
    try:
        return texts_in(language).day(dt.date.fromisoformat(value)) if _ISO_DAY.fullmatch(value) else value
    except ValueError:
        return value


def _word(value: str, language: Language, name: str) -> str:
    """A value that is a word of the contract, a list or a country, as the pages call it; else the value."""
    t = texts_in(language)
    if name == "destination" and len(value) == 2:
        return t.country(value)
    if name == "states":
        return "、".join(_word(one, language, "state") for one in value.split(" or "))
    word = value.strip().replace(" ", "_")
    for key in (
        f"alerts.{name}.{word}",
        f"network.{name}.{word}",
        f"decide.word.{word}",
        f"role.{word}",
        f"screenings.{name}.{word}",
        f"kind.{word}",
    ):
        if t.has(key):
            return t(key)
    return list_called(value, t)


def list_called(name: str, t: Texts) -> str:
    """A list by the name that the engine gives it, as the pages call it; another name stays as it is."""
    key = f"list.{_lists().get(name, name)}"
    return t(key) if t.has(key) else name


def _fact(text: str, language: Language) -> str:
    """A part of a transaction by its path (`items[0]`, `items[0].origin`), as the form calls it; empty for another text."""
    found = _FACT.fullmatch(text)
    if not found:
        return ""
    part, place, field = found.groups()
    t = texts_in(language)
    keys = [f"decide.part.{part}", *([f"decide.field.{part}_{field}"] if field else ())]
    return ": ".join([t(keys[0], n=int(place) + 1), *map(t, keys[1:])]) if all(map(t.has, keys)) else ""


@cache
def _lists() -> dict[str, str]:
    """The ids of lists by what the engine calls them."""
    return {name: one.id for one in legal_lists().values() for name in (one.short, one.title)}


@cache
def _known(
    language: Language,
) -> tuple[dict[str, str], list[tuple[str, tuple[str, ...], re.Pattern[str], str]]]:
    """The sentences without values, and the others as (beginning, fixed parts, pattern, translation), longest first."""
    found: dict[str, Message] = {
        key.partition(".")[2].partition(".")[2]: message
        for key, message in messages(language).items()
        if key.partition(".")[0] in SUBJECTS
    }
    exact = {text: str(message) for text, message in found.items() if not _VALUE.search(text)}
    templates = [
        (text[: text.index("{")], tuple(filter(None, _VALUE.split(text)[::2])), _pattern(text), str(message))
        for text, message in found.items()
        if text not in exact
    ]
    # A sentence that carries another on is taken apart first: the end of that other one could take it in.
    carries = ("(?P<finding>", "(?P<side>")
    templates.sort(key=lambda one: (not one[2].pattern.startswith(carries), -len("".join(one[1]))))
    return exact, templates


def _pattern(template: str) -> re.Pattern[str]:
    """A template as a pattern; a value takes as little as it can."""
    parts = _VALUE.split(template)
    return re.compile(
        "".join(
            f"(?P<{part}>{_SHAPES.get(part, '.+?')})" if place % 2 else re.escape(part)
            for place, part in enumerate(parts)
        ),
        re.DOTALL,
    )
