"""Country names as publishers print them, to ISO 3166 codes of two letters.

The names of ISO 3166 come from `pycountry`; what publishers print otherwise stands in the table beside. A
name that is in neither gives None, never a guess; the text as printed stays with the caller.
"""

import tomllib
from functools import cache
from importlib import resources


def country_code(name: str) -> str | None:
    """The code of a country by its printed name, or by its code; None when it names none.

    >>> country_code("Korea, North"), country_code("Region: Gaza"), country_code("undetermined")
    ('KP', 'PS', None)
    """
    return _codes().get(_key(name))


@cache
def _codes() -> dict[str, str]:
    import pycountry  # noqa: PLC0415 - heavy, and not needed to search

    found: dict[str, str] = {}
    for country in pycountry.countries:
        for field in ("alpha_2", "alpha_3", "name", "common_name", "official_name"):
            if printed := getattr(country, field, None):
                found[_key(printed)] = country.alpha_2
    text = resources.files("ringfence.sources.places").joinpath("countries.toml").read_text(encoding="utf-8")
    for code, names in tomllib.loads(text)["names"].items():
        found.update({_key(name): code for name in (code, *names)})
    return found


def _key(name: str) -> str:
    return " ".join(name.casefold().replace(".", " ").replace("’", "'").split())
