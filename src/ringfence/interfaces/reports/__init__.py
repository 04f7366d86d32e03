"""Reports that stand alone: one page each, to be read, filed and printed, in the reader's language.

No script, no picture, no address is loaded; the style is written into the page (`templates/report.css`). What a template
says comes from the message files of `interfaces/language`; what the engine says goes through `said`, and law as printed
stays in its language, marked.
"""

from functools import cache
from typing import Any

import jinja2
from markupsafe import Markup, escape

from ringfence.interfaces import citing
from ringfence.interfaces.language.reasons import told
from ringfence.interfaces.language.said import marked, original
from ringfence.interfaces.language.texts import TAGS, Language, texts_in
from ringfence.interfaces.templating import environment
from ringfence.records import Reason


@cache
def template(name: str, language: Language) -> jinja2.Template:
    """The template of a report in a language, with what every report may use."""
    t = texts_in(language)

    def said(text: str) -> Markup:
        return marked(text, language)

    def sentence(text: str) -> Markup:
        """With a capital at its beginning, where the language has capitals."""
        return said(text) if language != "en" else escape(text[:1].upper() + text[1:])

    def reason(one: Reason) -> Markup:
        return escape(told(one, t)) or said(one.text)

    def cited(text: str) -> Markup:
        """A citation, with the page that prints it where it names one."""
        found = citing.cited(text)
        if found.link is None:
            return original(text, language)
        return Markup('<a href="{}" rel="noreferrer">{}</a>').format(found.link, text)

    templates = environment("ringfence.interfaces.reports")
    templates.globals.update(t=t, lang=TAGS[language], said=said, sentence=sentence, reason=reason)
    templates.filters.update(
        day=t.day,
        instant=lambda instant: t.instant(instant, seconds=True),
        number=t.number,
        original=lambda text: original(text, language),
        cited=cited,
        brief=_brief,
    )
    return templates.get_template(name)


def _brief(digest: Any) -> str:
    """The beginning of a digest, for the eye; the whole stands beside it for the record."""
    scheme, _, hexadecimal = str(digest).rpartition(":")
    return f"{scheme}:{hexadecimal[:12]}…" if scheme else str(digest)
