"""What pages and reports say, in English and Chinese: texts from `messages/LANGUAGE/SUBJECT.toml`, numbers, days, countries.

A text is named `subject.key`. Its `{values}` are filled in as the language writes them. One that depends on a
number is a table of forms, `one` and `other`, chosen by the value named `count`.
"""

import datetime as dt
import gettext
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal, get_args

from markupsafe import Markup, escape

Language = Literal["en", "zh"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
NAMES: Final[dict[Language, str]] = {"en": "English", "zh": "中文"}
"""Each language in its own words, for the switch."""
TAGS: Final[dict[Language, str]] = {"en": "en", "zh": "zh-Hans"}
"""What stands in the `lang` of a page."""

OF_DATA: Final = frozenset(
    {
        "evidence",
        "list",
        "memo",
        "reason",
        "said",
        "said_lists",
        "said_refusals",
        "said_remarks",
        "said_rules",
        "said_watch",
    }
)
"""Subjects that say in another language what data says in English: of them there is no English file."""

Message = str | dict[str, str]


@cache
def messages(language: Language) -> Mapping[str, Message]:
    """Every text of a language by `subject.key`."""
    found: dict[str, Message] = {}
    for file in sorted(files(__package__).joinpath("messages", language).iterdir(), key=lambda one: one.name):
        subject, dot, kind = file.name.partition(".")
        if dot and kind == "toml":
            found |= _named(subject, tomllib.loads(file.read_text("utf-8")))
    return found


def _named(path: str, table: Mapping[str, Any]) -> dict[str, Message]:
    found: dict[str, Message] = {}
    for key, value in table.items():
        if isinstance(value, str) or "other" in value:
            found[f"{path}.{key}"] = value
        else:
            found |= _named(f"{path}.{key}", value)
    return found


class Texts:
    """One language: `texts("search.title")` is a text, and the methods write values as the language does."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._messages = messages(language)

    def __call__(self, key: str, **values: Any) -> str:
        """The text `key` with its values filled in. Raises KeyError for one that is in no file."""
        return self._form(key, values).format_map(
            {name: self.written(value) for name, value in values.items()}
        )

    def html(self, key: str, **values: Any) -> Markup:
        """The same as HTML, for a value with a markup of its own (`Markup`); every other value is escaped."""
        written = {
            name: value if isinstance(value, Markup) else self.written(value)
            for name, value in values.items()
        }
        return escape(self._form(key, values)).format_map(written)

    def _form(self, key: str, values: Mapping[str, Any]) -> str:
        message = self._messages[key]
        if isinstance(message, str):
            return message
        return message["one"] if values["count"] == 1 and "one" in message else message["other"]

    def has(self, key: str) -> bool:
        """Whether there is such a text: for words that come from data, such as the kind of a party."""
        return key in self._messages

    def word(self, subject: str, value: str) -> str:
        """The text `subject.value`; where there is none, the value itself with its underscores as spaces."""
        key = f"{subject}.{value}"
        return self(key) if self.has(key) else value.replace("_", " ")

    def of_list(self, list_id: str, title: str) -> str:
        """What a list is called; `title`, its own name, where this language has none for it."""
        return self(key) if self.has(key := f"list.{list_id}") else title

    def written(self, value: Any) -> str:
        """A value as this language writes it: numbers in groups, days in words, anything else as it is."""
        if isinstance(value, bool) or value is None:
            return str(value)
        if isinstance(value, int):
            return self.number(value)
        if isinstance(value, dt.datetime):
            return self.instant(value)
        if isinstance(value, dt.date):
            return self.day(value)
        return str(value)

    @staticmethod
    def number(value: float) -> str:
        """`25,921`."""
        return f"{value:,}"

    def money(self, amount: float) -> str:
        """`25,921`, `25,921.50`: cents where there are any."""
        return self.number(int(amount)) if amount == int(amount) else f"{amount:,.2f}"

    def day(self, day: dt.date | None) -> str:
        """`9 October 2019`, `2019年10月9日`; a day that is not stated is said so."""
        if day is None:
            return self("layout.not_stated")
        return self("layout.day", d=str(day.day), month=self.month(day.month), y=str(day.year))

    def month(self, number: int) -> str:
        """The name of a month, from 1 to 12."""
        return self("layout.months").split()[number - 1]

    def instant(self, instant: dt.datetime, *, seconds: bool = False) -> str:
        """`9 October 2019, 12:00 UTC`; with seconds for the record."""
        at = instant.astimezone(dt.UTC)
        return self(
            "layout.instant", day=self.day(at.date()), time=f"{at:%H:%M:%S}" if seconds else f"{at:%H:%M}"
        )

    def instant_of(self, text: str) -> str:
        """An instant that is kept as ISO text; one that is none stays as it is."""
        try:
            return self.instant(dt.datetime.fromisoformat(text))
        except ValueError:
            return text

    def country(self, code: str) -> str:
        """The name of a country by its code of two letters; a code that ISO 3166 does not know stays a code."""
        return _countries(self.language).get(code, code)

    def countries(self) -> list[tuple[str, str]]:
        """Every country as (code, name), by name."""
        return sorted(_countries(self.language).items(), key=lambda one: one[1])


@cache
def texts_in(language: Language) -> Texts:
    """The texts of a language."""
    return Texts(language)


@cache
def _countries(language: Language) -> dict[str, str]:
    import pycountry  # noqa: PLC0415 - the command line names no country

    known = {one.alpha_2: one for one in pycountry.countries}
    if language == "en":
        return {code: getattr(one, "common_name", one.name) for code, one in known.items()}
    catalog = gettext.translation("iso3166-1", pycountry.LOCALES_DIR, languages=["zh_CN"])
    return {code: catalog.gettext(one.name) for code, one in known.items()}


def language_of(asked: str | None, remembered: str | None, accepted: str) -> Language:
    """The language of a reader: as asked by `?lang=`, as remembered, as the browser says, English."""
    wishes = [asked, remembered]
    ranked = []
    for place, part in enumerate(accepted[:500].split(",")):
        tag, _, quality = part.partition(";q=")
        try:
            ranked.append((-float(quality or 1), place, tag.strip().partition("-")[0].lower()))
        except ValueError:
            continue
    wishes += [tag for quality, _, tag in sorted(ranked) if quality < 0]
    return next((known for wish in wishes for known in LANGUAGES if known == wish), "en")
