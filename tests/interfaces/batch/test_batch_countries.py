"""Countries are known by their codes and names in many languages, and never guessed."""

import pycountry
import pytest

from ringfence.interfaces.batch import countries
from ringfence.interfaces.batch.countries import countries_in, country_code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("CN", "CN"),
        ("chn", "CN"),
        ("PRC", "CN"),
        ("P.R. China", "CN"),
        ("中国", "CN"),
        ("中國", "CN"),
        ("China (CN)", "CN"),
        ("CN - China", "CN"),
        ("UK", "GB"),
        ("U.S.A.", "US"),
        ("Russia", "RU"),
        ("Российская Федерация", "RU"),
        ("South Korea", "KR"),
        ("Korea, Republic of", "KR"),
        ("Hong Kong", "HK"),
        ("中国香港", "HK"),
        ("Deutschland", "DE"),
        ("Allemagne", "DE"),
        ("Alemania", "DE"),
        ("ドイツ", "DE"),
        ("Türkiye", "TR"),
        ("Côte d'Ivoire", "CI"),
        ("Atlantis", None),
        ("China (US)", None),
        ("", None),
    ],
)
def test_a_country_is_known_or_not(text: str, code: str | None) -> None:
    assert country_code(text) == code


@pytest.mark.parametrize("separator", [";", "|", " / ", "\n"])
def test_several_countries_and_what_is_none(separator: str) -> None:
    assert countries_in(separator.join(["China", "Atlantis", "US", "PRC"])) == (("CN", "US"), ("Atlantis",))


def test_every_country_is_known_by_its_codes_and_english_names() -> None:
    for country in pycountry.countries:
        for attribute in ("alpha_2", "alpha_3", "name", "common_name", "official_name"):
            if text := getattr(country, attribute, None):
                assert country_code(text) == country.alpha_2, text


def test_the_reviewed_variants_name_countries_and_contradict_nothing() -> None:
    codes = {country.alpha_2 for country in pycountry.countries} | {"XK"}
    official = countries._names()
    for name, code in countries._variants().items():
        assert code in codes
        assert official.get(name, code) == code, name
