"""Two words compared: how alike they are, from 0 to 1, and by what relation.

Words are compared by their sound as written (`fold`: spellings on which romanisation schemes disagree are
made one) and by the edits that remain. What counts as alike is defined here once; the index finds every
word that is alike, and this module is its oracle.
"""

import functools
import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from rapidfuzz.distance import OSA

FEWEST_BONES = 3
"""Consonants that two words must have for these alone to make them alike."""

SAME, SOUND, SPELLING, VOWELS, PREFIX = "same", "sound", "spelling", "vowels", "abbreviation"

FOLDS = {
    "shch": "s", "sch": "s", "tch": "s", "sh": "s", "ch": "s", "zh": "j", "dzh": "j", "dj": "j",
    "ksh": "ks", "kh": "h", "gh": "g", "dh": "d", "th": "t", "ph": "f", "ck": "k", "ks": "x", "q": "k",
    "c": "k", "w": "v", "z": "s", "ou": "u", "oo": "u", "ee": "i", "y": "i", "ay": "ai", "ey": "ai", "ei": "ai",
}  # fmt: skip
_FOLD = re.compile("|".join(sorted(FOLDS, key=len, reverse=True)))
_GLIDE = re.compile("ie(?=.)")
_DOUBLE = re.compile(r"(.)\1+")
_VOWEL = re.compile("[aeiou]")
_NO_VOWELS = str.maketrans("", "", "aeiou")
_BLURRED = str.maketrans("jgdboex", "sktpuis")
SOUNDS, SHORT_SOUNDS = 0.9, 0.3
BONES = (0.35, 0.55, 0.75)
"""What a pair earns whose consonants agree: three of them, four, or more."""
WRITTEN_BONES = (0.5, 0.75, 0.85)
"""The same where the consonants agree as they are written."""
PREFIX_BASE, PREFIX_PART = 0.2, 0.3
EARNED = ((0.0, 0.95), (0.07, 0.82), (0.12, 0.74), (0.17, 0.64), (0.27, 0.32), (0.38, 0.12))
"""Edits a letter, and what a pair earns whose words are so far apart: fitted points, with straight lines between."""
MOST_HALVES = (0, 0, 0, 1, 2, 3, 4, 4, 5, 6)
"""How many half edits words may be apart, by the letters of the longer; last, where both have more than `SHORT`."""
SHORT = 8
SHORTEST_SLIPPED, LONGEST_SLIPPED = 4, 32
"""Letters of the longer of two words that one edit may tell apart as they are written."""
_LEET = str.maketrans("01345789", "oleastbg")
_LEET_WORD = re.compile(
    r"(?=.*[a-z])(?=.*\d)(?!\d+[a-z]{1,2}$)(?![a-z]{1,2}\d+$)[a-z0-9]{4,}|[a-z]+[0135][a-z]+|[0135][a-z]{2}"
)
_ARTICLE = re.compile(r"[ae]l(?=[bcdfghjkmnpqrstvwxz].{4})(?=.*[aeiouy])")


class Likeness(NamedTuple):
    """How alike two words are: `degree` from 0 (unlike) to 1 (the same), and the relation.

    The degree is the part of the word's weight that the pair earns: half for a pair that is right about
    half as often as one of the same word.
    """

    degree: float
    relation: str


UNLIKE = Likeness(0.0, "")


@functools.lru_cache(maxsize=200_000)
def fold(word: str) -> str:
    """The word by its sound: variants of romanisation, doubled letters and digits used as letters made one."""
    if not word.isalpha() and _LEET_WORD.fullmatch(word):
        word = word.translate(_LEET)
    # The Arabic article is written apart, with a hyphen, or as part of the word.
    word = _ARTICLE.sub("", word) if _ARTICLE.match(word) else word
    folded = _DOUBLE.sub(r"\1", _FOLD.sub(lambda m: FOLDS[m[0]], word))
    folded = _GLIDE.sub("e", folded) if "ie" in folded else folded
    return folded[:-1] if len(folded) > 3 and folded[-1] == "h" and folded[-2] in "aeiou" else folded


def mended(word: str) -> str:
    """The word with its digits read as the letters they look like."""
    return word.translate(_LEET) if not word.isalpha() and _LEET_WORD.fullmatch(word) else word


def as_letter(digit: str) -> str:
    """The letter that a digit looks like, or the character itself."""
    return digit.translate(_LEET)


def skeleton(folded: str) -> str:
    """The consonants of a folded word, blurred, after its first letter: doubled ones once, and without an `h` at the end.

    So it is the same whether or not the vowels were left out before the word was folded.
    """
    bones = _DOUBLE.sub(r"\1", consonants(blur(folded)))
    return bones[:-1] if len(bones) > 1 and bones[-1] == "h" else bones


def consonants(folded: str) -> str:
    """The consonants of a folded word, after its first letter."""
    return folded[:1] + folded[1:].translate(_NO_VOWELS)


@functools.lru_cache(maxsize=200_000)
def vowel_poor(folded: str) -> bool:
    """Whether a word has no vowel inside: written in an abjad, or with its vowels left out."""
    return len(folded) > 2 and not _VOWEL.search(folded[1:-1])


def blur(folded: str) -> str:
    """A folded word with the sounds that are often taken for one another made one, letter by letter."""
    return folded.translate(_BLURRED)


def most_halves(length: int, other: int) -> int:
    """How many half edits two words may be apart that have so many folded letters.

    As many as the longer allows, but no more than a word of `SHORT` letters allows when the other has no more. An edit
    between sounds that are often taken for one another (`g` and `k`, `o` and `u`) is half an edit.
    """
    longer = max(length, other)
    return MOST_HALVES[longer if longer <= SHORT else SHORT + (min(length, other) > SHORT)]


def likeness(a: str, b: str) -> Likeness:
    """How alike two compared words are. Symmetric."""
    if a == b:
        return Likeness(1.0, SAME)
    sound, written = folded_likeness(fold(a), fold(b)), written_likeness(a, b)
    return written if written.degree > sound.degree else sound


def written_likeness(a: str, b: str) -> Likeness:
    """How alike two different words are as they are written, whatever folding does to them.

    They are alike by their consonants, if one was written without vowels, and if one slip of the pen or of the keyboard
    tells them apart: `kahn` and `khan` are folded to `kahn` and `han`.
    """
    return max(_same_consonants(a, b), _slipped(a, b), key=lambda like: like.degree)


def _same_consonants(a: str, b: str) -> Likeness:
    bones = consonants(a)
    if (
        len(bones) < FEWEST_BONES
        or bones != consonants(b)
        or a.isdigit()
        or b.isdigit()
        or not (vowel_poor(a) or vowel_poor(b))
    ):
        return UNLIKE
    return same_bones(bones, WRITTEN_BONES)


def _slipped(a: str, b: str) -> Likeness:
    longer = max(len(a), len(b))
    if longer < SHORTEST_SLIPPED or not (may_slip(a) and may_slip(b)):
        return UNLIKE
    if OSA.distance(a, b, score_cutoff=1) > 1:
        return UNLIKE
    return Likeness(earned(1 / longer), SPELLING)


def may_slip(word: str) -> bool:
    """Whether one edit may tell a word, as it is written, from another: letters only, since another digit is another number."""
    return SHORTEST_SLIPPED - 1 <= len(word) <= LONGEST_SLIPPED and word.isascii() and word.isalpha()


def same_bones(bones: str, degrees: Sequence[float]) -> Likeness:
    """How alike two words are of which the consonants agree, by how many these are."""
    return Likeness(degrees[min(len(bones), 5) - FEWEST_BONES], VOWELS)


def one_begins(fa: str, fb: str) -> Likeness:
    """How alike two different words are of which one begins the other."""
    shorter, longer = sorted((len(fa), len(fb)))
    return Likeness(PREFIX_BASE + PREFIX_PART * shorter / longer, PREFIX)


def folded_likeness(fa: str, fb: str) -> Likeness:
    """How alike two different words are, by their folded forms."""
    if fa.isdigit() or fb.isdigit():
        return UNLIKE
    if fa == fb:
        return Likeness(SOUNDS if len(fa) > 2 else SHORT_SOUNDS, SOUND)
    length = max(len(fa), len(fb))
    halves = half_edits(fa, fb, most_halves(len(fa), len(fb)))
    spelled = earned(halves / (2 * length)) if halves >= 0 else 0.0
    if vowel_poor(fa) or vowel_poor(fb):
        bones = skeleton(fa)
        if len(bones) >= FEWEST_BONES and bones == skeleton(fb):
            like = same_bones(bones, BONES)
            if like.degree > spelled:
                return like
    if spelled > 0.0:
        return Likeness(spelled, SPELLING)
    shorter, longer = sorted((fa, fb), key=len)
    if len(shorter) >= 4 and longer.startswith(shorter):
        return one_begins(fa, fb)
    return UNLIKE


def earned(edits: float) -> float:
    """What a pair earns whose words differ by this many edits a letter: straight lines between fitted points."""
    for (x0, y0), (x1, y1) in pairwise(EARNED):
        if edits <= x1:
            return y0 + (y1 - y0) * (edits - x0) / (x1 - x0)
    return EARNED[-1][1]


def half_edits(fa: str, fb: str, most: int) -> int:
    """The half edits between two folded words: those of the words and those of their blurs, together.

    -1 when they are more than `most`.
    """
    if 2 * abs(len(fa) - len(fb)) > most:
        return -1
    blurred = OSA.distance(blur(fa), blur(fb), score_cutoff=most // 2)
    if 2 * blurred > most:
        return -1
    halves = blurred + OSA.distance(fa, fb, score_cutoff=most - blurred)
    return halves if halves <= most else -1
