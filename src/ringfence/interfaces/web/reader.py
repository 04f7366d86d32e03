"""Who reads: the language in which a page, a report or a refusal is wanted."""

from typing import Any

from litestar import Request

from ringfence.interfaces.language.texts import Texts, language_of, texts_in

LANGUAGE_COOKIE = "ringfence_language"


def texts(request: Request[Any, Any, Any]) -> Texts:
    """The texts in the reader's language: by `?lang=`, as the cookie remembers, as the browser asks."""
    return texts_in(
        language_of(
            request.query_params.get("lang"),
            request.cookies.get(LANGUAGE_COOKIE),
            request.headers.get("accept-language", ""),
        )
    )
