"""Who reads: the language in which a page, a report or a refusal is wanted."""

from typing import Any

from litestar import Request

from ringfence.interfaces.language.texts import TAGS, Language, Texts, language_of, texts_in

LANGUAGE_COOKIE = "ringfence_language"


def in_language(language: Language) -> dict[str, str]:
    """The headers of an answer in a language that another reader may have in another."""
    return {"Content-Language": TAGS[language], "Vary": "Cookie, Accept-Language"}


def texts(request: Request[Any, Any, Any]) -> Texts:
    """The texts in the reader's language: by `?lang=`, as the cookie remembers, as the browser asks."""
    return texts_in(
        language_of(
            request.query_params.get("lang"),
            request.cookies.get(LANGUAGE_COOKIE),
            request.headers.get("accept-language", ""),
        )
    )
