"""What people send: the fields of an address or a form into a struct, and the token that shows a form to be ours.

A browser sends a field that was left empty as an empty text; here it is absent. Every form that changes something
holds the hidden field `csrf` (the macro `token()` writes it); the gate refuses a post without it.
"""

import secrets
from collections.abc import Iterable
from typing import Any, TypeVar, get_origin

import msgspec
from litestar import Request
from litestar.datastructures import Cookie, UploadFile

from ringfence.errors import QueryError
from ringfence.interfaces.web.access.gate import FORM_COOKIE, form_token
from ringfence.interfaces.web.problems import told_plainly

T = TypeVar("T", bound=msgspec.Struct)


def asked(request: Request[Any, Any, Any], shape: type[T]) -> T:
    """The fields of the address as a `shape`; fields it does not know are left alone. Raises QueryError."""
    return fields(request.query_params.multi_items(), shape)


async def sent(request: Request[Any, Any, Any], shape: type[T]) -> T:
    """The fields of a form that was posted, as a `shape`. Uploads are left out. Raises QueryError."""
    form = await request.form()
    return fields(((name, value) for name, value in form.multi_items()), shape)


def fields(given: Iterable[tuple[str, Any]], shape: type[T]) -> T:
    """Named texts as a struct: a field that is a tuple takes every text of its name, any other the last.

    Raises QueryError with the path of the field that is not of its kind.
    """
    kinds = {one.encode_name: one.type for one in msgspec.structs.fields(shape)}
    found: dict[str, Any] = {}
    for name, value in given:
        if name not in kinds or isinstance(value, UploadFile) or not str(value).strip():
            continue
        if get_origin(kinds[name]) is tuple:
            found.setdefault(name, []).append(str(value))
        else:
            found[name] = str(value)
    try:
        return msgspec.convert(found, shape, strict=False)
    except msgspec.ValidationError as error:
        what, _, path = str(error).partition(" - at `$")
        raise QueryError(f"{told_plainly(what)}.", path.strip(".`") or None) from None


def token_of(request: Request[Any, Any, Any]) -> tuple[str, Cookie | None]:
    """The token for the forms of a page, and the cookie that it rests on when this browser has none yet."""
    secret = request.cookies.get(FORM_COOKIE)
    if secret:
        return form_token(request, secret), None
    secret = secrets.token_urlsafe(24)
    cookie = Cookie(
        FORM_COOKIE,
        value=secret,
        httponly=True,
        secure=request.app.state.service.secure_cookies,
        samesite="strict",
        path="/",
    )
    return form_token(request, secret), cookie
