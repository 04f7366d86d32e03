"""From any script to Latin words: compatibility forms, invisible and look-alike letters, romanisation.

Promises: the same text always gives the same words; plain ASCII takes a short way without any library.
Chinese characters are left as they are (simplified) for `parse`, which knows their terms.
"""

import functools
import re
import unicodedata

from anyascii import anyascii

from ringfence.names.tables import table_rows

HAN = re.compile("[\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003134f]+")
_WORD = re.compile(r"[^\W_]+")
_ASCII_WORD = re.compile(r"[a-z0-9]+")
_QUOTES = re.compile("['’‘`´ʻʼʾʿ′\"“”]+")
_ODD_QUOTES = re.compile("[’‘´ʻʼʾʿ′]")
# A letter lost in publication stands as a question mark between letters; most often it was an apostrophe.
_LOST = re.compile(r"(?<=[^\W_])\?+(?=[^\W_])")
# One word written letter by letter: `H.u.a.w.e.i`, `R e p a i r`, and with its rest `D-E-V-ELOP`.
_SPELLED = re.compile(
    r"(?<![^\W_])[^\W_](?:([.\- ])[^\W_](?![^\W_]))(?:\1[^\W_](?![^\W_]))+(?:(?<=\w[.\-]\w[.\-]\w[.\-]\w)\1[^\W_]+)?"
)
# A small L where a word of capitals begins is a capital I (`lRAN`).
_SMALL_L = re.compile("(?<![A-Za-z])l(?=[A-Z](?![a-z]))")
# English words that Cyrillic spells by their sound: no word of these languages ends so itself (`вижн`, `солюшнс`).
_LOANED = re.compile("(?:(?P<a>[еэ]й)ш[еэ]?|(?P<sound>[шж]))н(?P<plural>с?)$")
_SEPARATORS = re.compile(r"[.\- ]")
_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)")


def _strip_invisible(text: str) -> str:
    return "".join(c for c in text if unicodedata.category(c) not in {"Cf", "Cc", "Co", "Cs"} or c in "\t\n")


def _plain(text: str) -> str:
    if "?" in text:
        text = _LOST.sub("", text)
    if "'" in text or '"' in text or not text.isascii():
        text = _QUOTES.sub("", text)
    if "&" in text:
        text = text.replace("&", " and ")
    return _SPELLED.sub(lambda m: _SEPARATORS.sub("", m[0]) + " ", text)


def latin_words(text: str) -> list[str]:
    """The words of a text in lower-case ASCII; runs of Chinese characters stay as one word each.

    >>> latin_words("Ｈ.u.a.w.e.i  Technologies Co., Ltd.")
    ['huawei', 'technologies', 'co', 'ltd']
    """
    if text.isascii() and text.isalpha() and text.islower():
        return [text]
    if "l" in text:
        text = _SMALL_L.sub("I", text)
    found = _ASCII_WORD.findall(_plain(text.lower())) if text.isascii() else _foreign_words(text)
    return [word if word[0] > "9" else _ordinal(word) for word in found]


def _ordinal(word: str) -> str:
    if word[0].isdigit() and (m := _ORDINAL.fullmatch(word)):
        return m[1].lstrip("0") or "0"
    return word


def _foreign_words(text: str) -> list[str]:
    text = _strip_invisible(unicodedata.normalize("NFKC", text)).casefold()
    if text.isascii():
        return _ASCII_WORD.findall(_plain(text))
    text = _plain(unicodedata.normalize("NFC", text).replace("·", " "))
    out: list[str] = []
    words = _WORD.findall("".join(c if not unicodedata.combining(c) else "" for c in text))
    has_latin = any(_latin_letters(word) for word in words)
    for word in words:
        if word.isascii():
            out.append(word)
        elif HAN.search(word):
            out.extend(_han_apart(word))
        else:
            out.extend(_ASCII_WORD.findall(_romanise(word, beside_latin=has_latin)))
    return out


def _latin_letters(word: str) -> bool:
    return any("a" <= c <= "z" for c in word)


@functools.cache
def _lookalikes() -> dict[int, str]:
    return {ord(letter): looks for letter, looks in table_rows("lookalikes")}


@functools.lru_cache(maxsize=50_000)
def _romanise(word: str, *, beside_latin: bool) -> str:
    """ASCII for one word without Chinese characters.

    A word of mixed script, or one made only of look-alikes beside Latin words, is read by the look of its
    letters; any other by its sound.
    """
    if beside_latin:
        looks = word.translate(_lookalikes())
        if looks.isascii() or _latin_letters(word):
            word = looks
    if not word.isascii():
        word = _LOANED.sub(_as_english, word)
    return anyascii(word).lower().replace("'", "").replace('"', "")


def _as_english(ending: re.Match[str]) -> str:
    written = "ation" if ending["a"] else "tion" if ending["sound"] == "ш" else "sion"
    return written + ending["plural"]


def _han_apart(word: str) -> list[str]:
    """A word that holds Chinese characters, as runs of them (simplified) and of everything else."""
    out: list[str] = []
    at = 0
    for m in HAN.finditer(word):
        out.extend(_ASCII_WORD.findall(anyascii(word[at : m.start()]).lower()))
        out.append(simplified(m[0]))
        at = m.end()
    out.extend(_ASCII_WORD.findall(anyascii(word[at:]).lower()))
    return out


@functools.lru_cache(maxsize=20_000)
def simplified(text: str) -> str:
    """Chinese characters in their simplified form."""
    return _converter().convert(text)  # type: ignore[no-any-return]


@functools.cache
def _converter():  # type: ignore[no-untyped-def]
    from opencc import OpenCC  # noqa: PLC0415 - heavy, and needed for Chinese only

    return OpenCC("t2s")


@functools.lru_cache(maxsize=20_000)
def syllables(text: str) -> tuple[str, ...]:
    """The readings of Chinese characters, one syllable each, without tones."""
    from pypinyin import lazy_pinyin  # noqa: PLC0415 - heavy, and needed for Chinese only

    return tuple("".join(_ASCII_WORD.findall(anyascii(s).lower())) for s in lazy_pinyin(text, v_to_u=False))
