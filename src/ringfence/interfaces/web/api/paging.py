"""Pages of long answers: a cursor is a place in one world, and says so when the lists have changed since."""

import base64
import binascii
from typing import Annotated

from litestar.params import QueryParameter

from ringfence.errors import QueryError
from ringfence.interfaces.web.api.asking import WorldAsked

Cursor = Annotated[
    str | None, QueryParameter(name="cursor", max_length=200, description="`next` of the page before.")
]


def place(cursor: str | None, world: WorldAsked) -> int:
    """Where the page begins. Raises QueryError for a cursor that is not of this world."""
    if cursor is None:
        return 0
    try:
        start, _, mark = base64.urlsafe_b64decode(cursor.encode("ascii")).decode("ascii").partition(":")
        found = int(start)
    except (ValueError, binascii.Error):
        raise QueryError("not a cursor: take it from `next` of the page before.", "cursor") from None
    if mark != world.name[:12] or found < 0:
        raise QueryError("the lists have changed since that page: begin again without a cursor.", "cursor")
    return found


def after(start: int, limit: int, total: int, world: WorldAsked) -> str | None:
    """The cursor of the page after the one at `start`; None when that is the last."""
    if start + limit >= total:
        return None
    return base64.urlsafe_b64encode(f"{start + limit}:{world.name[:12]}".encode()).decode()
