"""Places as publishers print them: enumerated, qualified, in adjectives; and addresses kept in parts.

Countries become ISO 3166 codes only where the text leaves no doubt; the text itself always stays with the
caller. Nothing here guesses a country from a city.
"""

import re
import tomllib
from collections.abc import Iterable
from functools import cache
from importlib import resources

from ringfence.records import Address
from ringfence.sources.places.countries import country_code

_MARK = r"\(?(?:\d{1,2}|[a-z]|[ivx]{1,4})\)"
_ENUMERATED = re.compile(rf"^\s*{_MARK}")
_MARKS = re.compile(rf"(?:^|(?<=[\s,;.])){_MARK}(?:\s*(?:-|–|to|and|,)?\s*{_MARK})*[\s.:]*")
_BRACKETS = re.compile(r"\([^()]*\)?")
_LISTED = re.compile(r"\s*[;\n]\s*")
_SEVERAL = re.compile(r"\s*(?:/|,? and )\s*")
_BLANKS = re.compile(r"\s+")


def enumerated(text: str) -> tuple[str, ...]:
    """The items of `a) ... b) ...`, `(1) ... (2) ...` or `(1)-(3) ...`; a text without marks is one item.

    >>> enumerated("(1)-(2) Tunisia (3) Libya"), enumerated("Kabul (since 2009)")
    (('Tunisia', 'Libya'), ('Kabul (since 2009)',))
    """
    parts = _MARKS.split(text) if _ENUMERATED.match(text) else [text]
    return tuple(tidied for part in parts if (tidied := tidy(part)))


def tidy(text: str) -> str:
    """One line, single blanks, no dangling separators."""
    return _BLANKS.sub(" ", text).strip(" ,;").strip()


def country_codes(text: str) -> tuple[str, ...]:
    """Every country that a text names, in its order: by name or adjective, enumerated or qualified.

    >>> country_codes("a) Syrian Arab Republic b) State of Palestine"), country_codes("Iraqi citizenship")
    (('SY', 'PS'), ('IQ',))
    """
    found: list[str] = []
    for item in enumerated(text):
        for named in _LISTED.split(item):
            # `Trinidad and Tobago` is one country, `DRC and Rwanda` are two.
            found += _codes(named) or [code for part in _SEVERAL.split(named) for code in _codes(part)]
    return tuple(dict.fromkeys(found))


def joined(*parts: str | None) -> str:
    """Parts of a place in one line; a part already said by the one before it is not said again."""
    said: list[str] = []
    for part in parts:
        text = tidy(part or "")
        if text and not any(text.casefold() in earlier.casefold() for earlier in said[-1:]):
            said.append(text)
    return ", ".join(said)


def address(
    *lines: str | None,
    city: str | None = None,
    region: str | None = None,
    postal_code: str | None = None,
    country: str | None = None,
) -> Address | None:
    """An address from the parts that a publisher keeps apart; None when they are all empty.

    `country` is the printed name; where there is none, the country that the last line ends with. A postal code without any
    digit is a province in the wrong field.
    """
    if postal_code and not any(character.isdigit() for character in postal_code):
        region, postal_code = joined(region, postal_code), None
    text = joined(*lines, city, region, postal_code, country)
    if not text:
        return None
    codes = country_codes(country or "") or (last_country(joined(*lines, city, region)),)
    return Address(
        text=text,
        city=tidy(city or "") or None,
        region=tidy(region or "") or None,
        postal_code=tidy(postal_code or "") or None,
        country=codes[0],
    )


def last_country(text: str) -> str | None:
    """The country that a free address or place ends with, before or after its postal code; None without one.

    >>> last_country("ul. Lenina 1, Moscow 123100 Russia"), last_country("Minsk, Republic of Belarus, 220114")
    ('RU', 'BY')
    """
    bare = _BRACKETS.sub("", text)
    parts = re.split(r"[,\n]", bare if any(map(str.isalpha, bare)) else text.strip("() "))
    words: list[str] = []
    while parts and not words:
        words = [word for word in parts.pop().split() if not any(map(str.isdigit, word))]
    endings = (
        " ".join(words[start:]).strip(" .")
        for start in range(len(words))
        # `New Mexico` and `New Jersey` end with the names of other places.
        if not start or words[start - 1].casefold() != "new"
    )
    return next((codes[0] for ending in endings if len(codes := _codes(ending)) == 1), None)


def distinct_codes(*groups: Iterable[str | None]) -> tuple[str, ...]:
    """The codes of several groups, each once, in the order met."""
    return tuple(dict.fromkeys(code for group in groups for code in group if code))


def _codes(item: str) -> tuple[str, ...]:
    bare = tidy(_BRACKETS.sub("", item)).strip(" .")
    kept = " ".join(word for word in bare.split() if word.casefold() not in _fillers())
    return next(((code,) for text in (tidy(item), bare, kept) if (code := _code(text))), ())


def _code(text: str) -> str | None:
    """The code of one name or adjective. Two or three letters are as often a state or a street as a
    country: only those of the table count.
    """
    return _words().get(text.casefold().replace("’", "'")) or (country_code(text) if len(text) > 3 else None)


@cache
def _words() -> dict[str, str]:
    return {word.casefold(): code for code, words in _table()["countries"].items() for word in words}


@cache
def _fillers() -> frozenset[str]:
    return frozenset(_table()["fillers"]["words"])


@cache
def _table() -> dict[str, dict[str, list[str]]]:
    text = (
        resources.files("ringfence.sources.places").joinpath("country_words.toml").read_text(encoding="utf-8")
    )
    found: dict[str, dict[str, list[str]]] = tomllib.loads(text)
    return found
