"""What the pages that take files share: the files of a form, where they are kept, and who may see them."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any, BinaryIO, cast

from litestar import Request
from litestar.datastructures import FormMultiDict, UploadFile

from ringfence.errors import QueryError
from ringfence.interfaces.web.access.roles import caller_of
from ringfence.interfaces.web.runs.shelf import Shelf, Upload

MOST_FILES = 8
PRINTED_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""What reports and memos may do, which carry their own style: nothing but be read and printed."""


def brought(form: FormMultiDict, field: str) -> dict[str, tuple[str, BinaryIO]]:
    """The files of one field, by the part they take (`links-0`, `links-1`), each with its name. Raises QueryError."""
    files = [one for one in form.getall(field, []) if isinstance(one, UploadFile) and one.filename]
    if len(files) > MOST_FILES:
        raise QueryError(
            f"at most {MOST_FILES} files at once; put them together, or bring them one after another.", field
        )
    return {f"{field}-{number}": (one.filename, cast(BinaryIO, one.file)) for number, one in enumerate(files)}


@contextlib.asynccontextmanager
async def form_of(request: Request[Any, Any, Any]) -> AsyncIterator[FormMultiDict]:
    """The form that was sent; its files are closed afterwards."""
    form = await request.form()
    try:
        yield form
    finally:
        await form.close()


def shelf_of(request: Request[Any, Any, Any]) -> Shelf:
    """Where uploads are kept."""
    shelf: Shelf = request.app.state.runs.shelf
    return shelf


def may_read(request: Request[Any, Any, Any], upload: Upload) -> bool:
    """Whether the reader may see an upload: their own, or any with the permission `approve`."""
    caller = caller_of(request)
    return upload.owner == caller.name or "approve" in caller.may
