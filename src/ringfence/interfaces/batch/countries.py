"""What country a cell means: an ISO 3166 code or name, in several languages, to its alpha-2 code.

A name that is not known is None, never a guess: a wrong country speaks against a true hit. Names come
from `pycountry`, read only when a cell is not a code or one of the reviewed variants.
"""

import gettext
import re
import tomllib
import unicodedata
from functools import cache, lru_cache
from importlib import resources

_LANGUAGES = ("de", "fr", "es", "it", "pt", "nl", "ru", "ja", "ko", "zh_CN", "zh_TW")
_TRIMMED = re.compile(r"[.\-_,]+")
_SPACES = re.compile(r"\s+")
_CODE_BESIDE_NAME = re.compile(r"(?:\(?\b([A-Z]{2,3})\b\)?\s*[-:–]\s*.+|.+[\s(-]+\(?([A-Z]{2,3})\)?)")
_SEPARATORS = re.compile(r"[;|\n]+")


@lru_cache(maxsize=4096)
def countries_in(cell: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The alpha-2 codes of a cell, in order and each once, and the parts that name no country.

    Several countries are separated by `;`, `|` or `/`.

    >>> countries_in("P.R. China; Atlantis")
    (('CN',), ('Atlantis',))
    """
    codes: list[str] = []
    unknown: list[str] = []
    for part in filter(None, map(str.strip, _SEPARATORS.split(cell))):
        whole = country_code(part)
        pieces = [part] if whole or "/" not in part else [p for p in map(str.strip, part.split("/")) if p]
        for piece in pieces:
            code = country_code(piece)
            (codes if code else unknown).append(code or piece)
    return tuple(dict.fromkeys(codes)), tuple(unknown)


def country_code(text: str) -> str | None:
    """The alpha-2 code of one country's code or name; None when it is not known."""
    key = _key(text)
    if found := _variants().get(key) or _names().get(key):
        return found
    # `CN - China`, `China (CN)`: a code beside a name counts only if the name agrees.
    if beside := _CODE_BESIDE_NAME.fullmatch(text.strip()):
        code = beside[1] or beside[2]
        name = text.replace(code, " ", 1) if beside[1] else text[: text.rindex(code)]
        agreed = _names().get(code.lower())
        if agreed and agreed == (_variants().get(_key(name)) or _names().get(_key(name))):
            return agreed
    return None


@cache
def _variants() -> dict[str, str]:
    table = resources.files("ringfence.interfaces.batch").joinpath("countries.toml").read_text("utf-8")
    variants = tomllib.loads(table)["variants"]
    return {_key(name): code for code, names in variants.items() for name in names}


@cache
def _names() -> dict[str, str]:
    """Codes and names of all countries; where a translated name is ambiguous it is left out."""
    import pycountry  # noqa: PLC0415  a tenth of a second that a file of codes only need not spend

    found: dict[str, str] = {}
    for country in pycountry.countries:
        code = country.alpha_2
        for attribute in ("alpha_2", "alpha_3", "name", "official_name", "common_name"):
            if value := getattr(country, attribute, None):
                found[_key(value)] = code
    translated: dict[str, set[str]] = {}
    for language in _LANGUAGES:
        try:
            catalog = gettext.translation("iso3166-1", pycountry.LOCALES_DIR, languages=[language])
        except OSError:
            continue
        for country in pycountry.countries:
            for attribute in ("name", "official_name", "common_name"):
                if value := getattr(country, attribute, None):
                    translated.setdefault(_key(catalog.gettext(value)), set()).add(country.alpha_2)
    for name, codes in translated.items():
        if len(codes) == 1:
            found.setdefault(name, next(iter(codes)))
    return found


def _key(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _SPACES.sub(" ", _TRIMMED.sub(" ", folded)).strip(" ()'\"")
