"""Two words compared: how alike they are, from 0 to 1, and by what relation.

Words are compared by their sound as written (`fold`: spellings on which romanisation schemes disagree are
made one) and by the edits that remain. What counts as alike is defined here once; the index finds every
word that is alike, and this module is its oracle.
"""

import functools
import re
from typing import NamedTuple

from rapidfuzz.distance import OSA

SAME, SOUND, SPELLING, VOWELS, PREFIX = "same", "sound", "spelling", "vowels", "abbreviation"

_FOLDS = {
    "shch": "s", "sch": "s", "tch": "s", "sh": "s", "ch": "s", "zh": "j", "dzh": "j", "dj": "j",
    "kh": "h", "gh": "g", "dh": "d", "th": "t", "ph": "f", "ck": "k", "ks": "ks", "x": "ks", "q": "k",
    "c": "k", "w": "v", "z": "s", "ou": "u", "oo": "u", "ee": "i", "iy": "i", "yy": "i", "ye": "e",
    "ie": "e", "ei": "ai", "ey": "ai", "ay": "ai", "y": "i",
}  # fmt: skip
_FOLD = re.compile("|".join(sorted(_FOLDS, key=len, reverse=True)))
_DOUBLE = re.compile(r"(.)\1+")
_VOWEL = re.compile("[aeiou]")
_LEET = str.maketrans("01345789", "oleastbg")
_LEET_WORD = re.compile(r"(?=.*[a-z])(?=.*\d)(?!\d+[a-z]{1,2}$)(?![a-z]{1,2}\d+$)[a-z0-9]{4,}")


class Likeness(NamedTuple):
    """How alike two words are: `degree` from 0 (unlike) to 1 (the same), and the relation."""

    degree: float
    relation: str


UNLIKE = Likeness(0.0, "")


@functools.lru_cache(maxsize=200_000)
def fold(word: str) -> str:
    """The word by its sound: variants of romanisation, doubled letters and digits used as letters made one."""
    if not word.isalpha() and _LEET_WORD.fullmatch(word):
        word = word.translate(_LEET)
    folded = _DOUBLE.sub(r"\1", _FOLD.sub(lambda m: _FOLDS[m[0]], word))
    return folded[:-1] if len(folded) > 3 and folded[-1] == "h" and folded[-2] in "aeiou" else folded


def skeleton(folded: str) -> str:
    """The consonants of a folded word, after its first letter."""
    return folded[:1] + _VOWEL.sub("", folded[1:])


def vowel_poor(folded: str) -> bool:
    """Whether a word has no vowel inside: written in an abjad, or with its vowels left out."""
    return len(folded) > 2 and not _VOWEL.search(folded[1:-1])


def most_edits(length: int) -> int:
    """How many edits two words may be apart, the longer having `length` folded letters."""
    return 0 if length < 4 else 1 if length < 6 else 2 if length < 9 else 3


def likeness(a: str, b: str) -> Likeness:
    """How alike two compared words are. Symmetric."""
    if a == b:
        return Likeness(1.0, SAME)
    fa, fb = fold(a), fold(b)
    return folded_likeness(fa, fb)


def folded_likeness(fa: str, fb: str) -> Likeness:
    """How alike two different words are, by their folded forms."""
    if fa.isdigit() or fb.isdigit():
        return UNLIKE
    if fa == fb:
        return Likeness(0.94, SOUND)
    length = max(len(fa), len(fb))
    allowed = most_edits(length)
    edits = OSA.distance(fa, fb, score_cutoff=allowed)
    if edits <= allowed:
        return Likeness(0.97 - edits / length, SPELLING)
    if vowel_poor(fa) or vowel_poor(fb):
        sa = skeleton(fa)
        if len(sa) >= 3 and _same_bones(sa, fa, fb):
            return Likeness(0.7, VOWELS)
    shorter, longer = sorted((fa, fb), key=len)
    if len(shorter) >= 4 and longer.startswith(shorter):
        return Likeness(0.4 + 0.4 * len(shorter) / len(longer), PREFIX)
    return UNLIKE


def _same_bones(sa: str, fa: str, fb: str) -> bool:
    return skeleton(fb) == sa
