"""The texts of the pages: every language says the same things, and says nothing that no page asks for."""

import datetime as dt
import re
import string
from pathlib import Path
from typing import Any

import pytest

from ringfence import interfaces
from ringfence.decisions.memo import memo_texts
from ringfence.interfaces.language.texts import LANGUAGES, OF_DATA, messages, texts_in
from ringfence.matching.match import BESIDE, RELATIONS
from ringfence.sources.registry import legal_lists

HOME = Path(interfaces.__file__).parent
SOURCES = "\n".join(
    path.read_text("utf-8") for path in sorted([*HOME.glob("**/*.html"), *HOME.glob("**/*.py")])
)
SAID = set(re.findall(r"""["']([a-z_0-9]+(?:\.[a-z_0-9]+)+)["']""", SOURCES))
BEGUN = {
    begun
    for pattern in (
        r"""["'(]([a-z_0-9.]+)\.["'] ~""",
        r"""\.word\(["']([a-z_0-9.]+)["']""",
        r"""\bf["']([a-z_0-9]+)\.\{""",
    )
    for begun in re.findall(pattern, SOURCES)
}
"""Beginnings of keys whose end comes from data: `t("outcome." ~ kind)`, `t.word("role", caller.role)`."""


def test_the_languages_have_the_same_texts() -> None:
    english = set(messages("en"))
    for language in LANGUAGES:
        theirs = {key for key in messages(language) if key.partition(".")[0] not in OF_DATA}
        assert theirs == english, language


def test_what_data_says_in_english_is_said_in_chinese() -> None:
    chinese = messages("zh")
    for relation in RELATIONS:
        assert f"reason.word.{relation}" in chinese
    for relation in BESIDE:
        assert f"reason.name.{relation}" in chinese
    known = {key.partition(".")[2] for key in chinese if key.startswith("list.")}
    assert known <= set(legal_lists())
    assert {list_id for list_id in legal_lists() if list_id.startswith("us_")} <= known


def test_a_memo_has_the_same_texts_in_chinese() -> None:
    english = _flat(memo_texts())
    chinese = {
        key.removeprefix("memo."): text for key, text in messages("zh").items() if key.startswith("memo.")
    }
    assert {key for key in chinese if not key.startswith("word.")} == set(english)
    for key, text in english.items():
        named = [name for _, name, _, _ in string.Formatter().parse(text)]
        assert sorted(filter(None, named)) == sorted(
            filter(None, (name for _, name, _, _ in string.Formatter().parse(str(chinese[key]))))
        ), key


def _flat(texts: dict[str, Any], before: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for key, text in texts.items():
        found |= {before + key: text} if isinstance(text, str) else _flat(text, f"{before}{key}.")
    return found


def test_every_text_is_used() -> None:
    for key in messages("en"):
        assert key in SAID or any(key.startswith(f"{begun}.") for begun in BEGUN), f"no page says {key!r}"


def test_every_text_that_pages_say_is_there() -> None:
    known = messages("en")
    said = set(re.findall(r"""\bt\(\s*["']([a-z_0-9.]+)["']\s*[,)]""", SOURCES))
    assert said <= set(known), said - set(known)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_values_are_filled_in(language: str) -> None:
    def values(message: str | dict[str, str]) -> set[str]:
        forms = [message] if isinstance(message, str) else list(message.values())
        return {name for form in forms for _, name, _, _ in string.Formatter().parse(form) if name}

    for key, message in messages("en").items():
        theirs = messages(language)[key]  # type: ignore[index]
        assert values(theirs) == values(message), key
        assert isinstance(theirs, str) or "other" in theirs


def test_each_language_writes_numbers_days_and_countries_as_it_does() -> None:
    english, chinese = texts_in("en"), texts_in("zh")
    day = dt.date(2019, 10, 9)
    assert english.day(day) == "9 October 2019"
    assert chinese.day(day) == "2019年10月9日"
    assert english.number(25_921) == chinese.number(25_921) == "25,921"
    assert english.country("CN") == "China"
    assert chinese.country("CN") == "中国"
    assert english.country("XK") == "XK"
    assert english.instant(dt.datetime(2026, 3, 3, 12, 5, tzinfo=dt.UTC)) == "3 March 2026, 12:05 UTC"
