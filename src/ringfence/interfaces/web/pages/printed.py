"""The memo of a decision in the language of the reader; in English it says what the engine's own says."""

import datetime as dt
from typing import Any

from markupsafe import Markup

from ringfence.decisions.memo import Wording
from ringfence.interfaces.language.said import list_called, marked, original
from ringfence.interfaces.language.texts import TAGS, Texts


class Printed(Wording):
    """What a memo says in a language that has a message file for it."""

    def __init__(self, t: Texts) -> None:
        self._t = t
        self.tag = TAGS[t.language]

    def text(self, key: str, /, **values: Any) -> str:
        """A text of the message file."""
        return self._t(f"memo.{key}", **values)

    def outcome(self, outcome: str) -> str:
        """An outcome as the pages call it."""
        return self._t.word("memo.outcome", outcome)

    def word(self, value: Any) -> str:
        """A stated value; the words of the contract as the form calls them."""
        if isinstance(value, str):
            word = "another" if value == "other" else value
            known = (f"{subject}.{word}" for subject in ("decide.word", "decide.policy", "memo.word"))
            return next((self._t(key) for key in known if self._t.has(key)), super().word(value))
        return super().word(value)

    def role(self, role: str) -> str:
        """The part that a party takes."""
        return self.word(role)

    def fact(self, fact: str) -> str:
        """What a fact about an item means, as the form says it."""
        return self.word(fact)

    def country(self, code: str | None) -> str:
        """The name of a country."""
        return self._t.country(code) if code else self.word(code)

    def of_list(self, name: str) -> str:
        """A list as the pages call it."""
        return list_called(name, self._t)

    def day(self, day: Any) -> str:
        """A day as the language writes it; what is none stays as it is printed."""
        try:
            return self._t.day(dt.date.fromisoformat(str(day)))
        except ValueError:
            return self.word(day)

    def said(self, text: str) -> Markup:
        """A sentence of the engine; what it quotes is marked with its language."""
        return marked(text, self._t.language)

    def several(self, texts: Any) -> Markup:
        """Several sentences or words."""
        return Markup(", ").join(map(self.said, texts))

    def original(self, text: str) -> Markup:
        """Law as it was printed, marked with its language."""
        return original(text, self._t.language)
