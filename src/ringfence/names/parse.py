"""A name taken apart: its words, what each is compared as, and the part each plays.

`parse` gives the first reading of a name; `readings` gives each reading that is worth comparing: with and
without what stands in brackets, the former or short name inside the brackets, and other renderings of
Chinese compounds. Nothing of the name is lost: every word of the text is a word of the first reading.
"""

import functools
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from ringfence.names.script import HAN, latin_words, simplified, syllables
from ringfence.names.words import Role, lexicon, role_of

MOST_WORDS = 64
"""Words of a name that are compared; the rest of a longer text is not (its cost would have no bound)."""
MOST_LETTERS = 1_000
"""Letters of a name that are read, for the same reason."""
MOST_READINGS = 5

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z][A-Za-z])|(?<=\d[sn]t|\d[nr]d|\dth)(?=[A-Z])")

_BRACKETS = re.compile(r"[(\[（【]([^()\[\]（）【】]*)[)\]）】]?")
_ALSO = re.compile(
    r"\b(?:[afn]\.?\s?k\.?\s?a\.?|formerly known as|also known as|formerly|now)\b[.,: ]*", re.IGNORECASE
)
# What every `_ALSO` has, looked for first because it is found much faster.
_MAYBE_ALSO = re.compile(r"now|formerly|k\.?\s?a")
# A listed name may go on to the body that is meant: after such words, or in quotation marks.
_BODY_WITHIN = re.compile(
    r"[.,;]\s*(?:subordinate (?:institution|body|unit)|affiliated (?:entity|company)|subsidiary|affiliate)s?\s*[-–—:]\s*(.+)",
    re.IGNORECASE,
)
_QUOTED = re.compile("[“«„]([^“”«»„]{4,})[”»“]\\W*$")
_NUMERALS = {c: n for n, c in enumerate("〇一二三四五六七八九")} | {"零": 0, "两": 2}
_NUMBER = re.compile("第([〇零一二三四五六七八九十百]+)")
_COMPOUND_SURNAMES = frozenset(
    [
        "欧阳",
        "司马",
        "上官",
        "诸葛",
        "东方",
        "皇甫",
        "尉迟",
        "公孙",
        "慕容",
        "令狐",
        "司徒",
        "端木",
        "宇文",
        "长孙",
        "南宫",
        "夏侯",
    ]
)


_BESIDE = frozenset({Role.LEGAL, Role.TITLE, Role.PARTICLE})


class Word(msgspec.Struct, frozen=True, gc=False):
    """One word of a name: `key` is what is compared, `surface` the word of the text it stands for."""

    key: str
    surface: str
    role: Role


class Parsed(msgspec.Struct, frozen=True, gc=False):
    """One reading of a name.

    `joined` is all its words as written, without spaces; `core` the same without the legal forms.
    `acronyms` are the words that its first letters make.
    """

    words: tuple[Word, ...]
    joined: str
    core: str
    acronyms: tuple[str, ...] = ()
    part: str = ""
    """`inside` or `outside`: the reading is only what stands inside, or outside, the brackets of the name; `within`: only
    the body within another, by which it ends.
    """

    @property
    def sole(self) -> str | None:
        """The one word of the reading that is not a legal form, title or particle, when there is just one."""
        telling = [word.key for word in self.words if word.role not in _BESIDE]
        return telling[0] if len(telling) == 1 else None

    @property
    def written(self) -> "Written":
        """The words as they are written."""
        return written((word.surface, word.role) for word in self.words)

    @property
    def text(self) -> str:
        """The reading as it is compared, for people."""
        return " ".join(word.key for word in self.words)


class Written(NamedTuple):
    """Words as they are written: the legal forms with which they begin, and what follows."""

    forms: str
    text: str


def written(words: Iterable[tuple[str, int]]) -> Written:
    """Words as they are written, each given with its role."""
    forms: list[str] = []
    out: list[str] = []
    last = ""
    for surface, role in words:
        # Words of one term share its surface, which is written once.
        if surface != last:
            (out if out or role != Role.LEGAL else forms).append(surface)
        last = surface
    return Written(" ".join(forms), " ".join(out))


def parse(text: str) -> Parsed:
    """The first reading of a name: all of its words.

    >>> parse("Hangzhou Hikvision Digital Tech. Co., Ltd.").text
    'hangzhou hikvision digital technology co ltd'
    """
    return _read(latin_words(text[:MOST_LETTERS])[:MOST_WORDS], 0)


@functools.lru_cache(maxsize=4_096)
def readings(text: str) -> tuple[Parsed, ...]:
    """Every reading of a name that is worth comparing, the first as `parse` gives it; at most five."""
    text = text[:MOST_LETTERS]
    found = [parse(text)]
    if "(" in text or "（" in text or "[" in text or "【" in text:
        found.extend(
            msgspec.structs.replace(_read(latin_words(text)[:MOST_WORDS], 0), part=part)
            for text, part in _bracket_parts(text)
        )
    elif _MAYBE_ALSO.search(text.lower()) and (m := _ALSO.search(text)) and m.start() > 3:
        found.append(_read(latin_words(text[: m.start()])[:MOST_WORDS], 0))
        found.append(_read(latin_words(text[m.end() :])[:MOST_WORDS], 0))
    if within := _within(text):
        found.append(msgspec.structs.replace(_read(latin_words(within)[:MOST_WORDS], 0), part="within"))
    if not (text.istitle() or text.isupper()) and (spaced := _CAMEL.sub(" ", text)) != text:
        found.append(parse(spaced))
    if not text.isascii() and HAN.search(text):
        found.extend(_read(latin_words(text)[:MOST_WORDS], rank) for rank in (1, 2))
    if len(found) == 1:
        return tuple(found) if found[0].words else ()
    unique: dict[tuple[str, ...], Parsed] = {}
    for reading in found:
        if reading.words:
            unique.setdefault(tuple(word.key for word in reading.words), reading)
    return tuple(unique.values())[:MOST_READINGS]


def _within(text: str) -> str:
    """The body within a larger one by whose name a name ends; empty when it names none."""
    if m := _BODY_WITHIN.search(text):
        return m[1]
    if (m := _QUOTED.search(text)) and any(
        word.role not in _BESIDE for word in parse(text[: m.start()]).words
    ):
        return m[1]
    return ""


def _bracket_parts(text: str) -> Iterator[tuple[str, str]]:
    outside = _BRACKETS.sub(" ", text)
    if len(outside.strip()) > 2:
        yield outside, "outside"
    for m in _BRACKETS.finditer(text):
        inside = m[1].strip()
        also = _ALSO.match(inside)
        # A name said to be another of the party is a name of its own, and so is a short name at the end; one
        # in the middle names a part: `... Corps (XPCC) Public Security Bureau`.
        at_end = not any(c.isalpha() for c in text[m.end() :])
        if also or (at_end and inside.isupper() and inside.isalpha() and len(inside) > 2):
            yield (inside[also.end() :] if also else inside), "inside"


def _read(tokens: list[str], rank: int) -> Parsed:
    words: list[Word] = []
    lex = lexicon()
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if not token.isascii() and HAN.match(token):
            words.extend(_read_chinese(token, rank, alone=len(tokens) == 1))
            at += 1
            continue
        phrases = lex.phrases.get(token)
        if phrases is None:
            words += _words_of(token)
            at += 1
            continue
        for phrase, means in phrases:
            # `S. A.` before a name are initials, as in `R. S. A. Tikriti`; after it a legal form.
            if tokens[at : at + len(phrase)] == list(phrase) and any(
                len(word) > 1 for word in (*phrase, *tokens[:at])
            ):
                surface = " ".join(phrase)
                words.extend(Word(key, surface, role_of(key)) for key in means)
                at += len(phrase)
                break
        else:
            words.extend(_words_of(token))
            at += 1
    del words[MOST_WORDS:]
    core: list[str] = []
    last, legal = "", Role.LEGAL
    for word in words:
        # Words of one term share its surface, which is written once.
        if word.surface != last and word.role is not legal:
            core.append(word.surface)
        last = word.surface
    return Parsed(tuple(words), "".join(tokens), "".join(core).replace(" ", ""), _acronyms(tokens, words))


@functools.lru_cache(maxsize=200_000)
def _words_of(token: str) -> tuple[Word, ...]:
    means = lexicon().single.get(token, (token,))
    return tuple(Word(key, token, role_of(key)) for key in means)


def _acronyms(tokens: list[str], words: list[Word]) -> tuple[str, ...]:
    """The words of three to eight letters made by the first letters of all words, without particles, and
    without the legal forms at the end.
    """
    if not 3 <= len(tokens) <= 12:
        return ()
    roles, particle = lexicon().roles, Role.PARTICLE
    core: list[str] = []
    last = None
    for word in words:
        surface = word.surface
        if surface != last and word.role not in _BESIDE:
            core += [part[0] for part in surface.split() if roles.get(part) is not particle]
        last = surface
    every = "".join([token[0] for token in tokens])
    short = "".join([token[0] for token in tokens if roles.get(token) is not particle])
    made = dict.fromkeys((every, short, "".join(core)))
    return tuple(word for word in made if 3 <= len(word) <= 8 and word.isascii() and word.isalpha())


def _read_chinese(run: str, rank: int, *, alone: bool) -> list[Word]:
    """Longest known terms from the left; what no term covers is read by its sound.

    `rank` chooses among several renderings of a term (0 the usual one).
    """
    lex = lexicon()
    words: list[Word] = []
    unknown = ""
    at = 0
    known_any = False

    def flush() -> None:
        nonlocal unknown
        if unknown:
            words.extend(_sounds(unknown, person=alone and not known_any and len(unknown) <= 4))
            unknown = ""

    while at < len(run):
        if m := _NUMBER.match(run, at):
            flush()
            words.append(Word(str(_number(m[1])), m[0], Role.NUMBER))
            at = m.end()
            known_any = True
            continue
        for length in range(min(lex.longest_chinese, len(run) - at), 0, -1):
            term = run[at : at + length]
            # A single character is a term only after another term or at the end: 和田 is not "and field".
            if length == 1 and (unknown or not words):
                continue
            if renderings := lex.chinese.get(term):
                known_any = True
                flush()
                means = renderings[min(rank, len(renderings) - 1)]
                words.extend(Word(key, term, role_of(key)) for key in means)
                at += length
                break
        else:
            unknown += run[at]
            at += 1
    flush()
    return words


def _sounds(text: str, *, person: bool) -> list[Word]:
    parts = [text]
    if person and len(text) > 1:
        cut = 2 if text[:2] in _COMPOUND_SURNAMES and len(text) > 2 else 1
        parts = [text[:cut], text[cut:]]
    # Sounds may write a known word (`xi'an`); a role is always that of the compared word, as in the index.
    return [Word(key, part, role_of(key)) for part in parts if (key := "".join(syllables(part)))]


def _number(numerals: str) -> int:
    """The value of Chinese numerals below a thousand, positional (五四) or with tens (五十四)."""
    if not set("十百") & set(numerals):
        return int("".join(str(_NUMERALS[c]) for c in numerals))
    total, digit = 0, 0
    for c in numerals:
        if c in "十百":
            total += (digit or 1) * (10 if c == "十" else 100)
            digit = 0
        else:
            digit = _NUMERALS[c]
    return total + digit


__all__ = ["MOST_LETTERS", "MOST_WORDS", "Parsed", "Word", "Written", "parse", "readings", "simplified"]
