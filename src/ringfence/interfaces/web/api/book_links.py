"""The links of the book: who owns, controls or supplies whom, kept under the name of a file each."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, Router, delete, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody, QueryParameter

from ringfence import read_links
from ringfence.errors import QueryError
from ringfence.interfaces.web.access.roles import caller_of, needs
from ringfence.interfaces.web.api.book import opened
from ringfence.interfaces.web.api.network import Rows, from_rows
from ringfence.interfaces.web.api.writing import IdempotencyKey, once
from ringfence.interfaces.web.reviewing import now_of
from ringfence.records import SCHEMA
from ringfence.store import BookLinks
from ringfence.store.linked import LinkFile

_NAME = r"^\w[\w .()+-]*$"
FileName = Annotated[
    str, QueryParameter(min_length=1, max_length=80, pattern=_NAME, description="The name of the file.")
]


class LinksPut(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a file of links says, in place of what a file of that name said before.

    `links` are rows as in `/api/v1/exposure`: of a table of links, FollowTheMoney entities, BODS statements or GLEIF answers.
    """

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=80, pattern=_NAME)]
    links: Rows
    dry_run: bool = False


class LinksKept(msgspec.Struct, frozen=True, kw_only=True):
    """How many links the file has; whether they differ from what it said, and were kept; `doubts` are about single rows."""

    schema: str = SCHEMA
    name: str
    links: int
    changed: bool
    doubts: tuple[str, ...]


class LinkFiles(msgspec.Struct, frozen=True, kw_only=True):
    """The files of links in use, by name."""

    schema: str = SCHEMA
    files: tuple[LinkFile, ...]


@get("/book/links", sync_to_thread=True, opt=needs("review"), operation_id="book_links")
def files(request: Request[Any, Any, Any]) -> LinkFiles:
    """The files of links in use, with how many links each has, since when, and who kept it."""
    with opened(request, BookLinks) as kept:
        return LinkFiles(files=tuple(kept.files()))


@post(
    "/book/links",
    sync_to_thread=True,
    status_code=200,
    opt=needs("review"),
    operation_id="book_links_put",
    responses={200: ResponseSpec(LinksKept, description="What was kept.")},
)
def put(
    request: Request[Any, Any, Any], data: JSONBody[LinksPut], idempotency_key: IdempotencyKey = None
) -> Response[Any]:
    """Keep what a file of links says; the watch looks behind the parties of the book with its next round."""
    read = from_rows(data.links, data.name, read_links)
    if read is None or not read.links:
        raise QueryError("no link in it; to take a file out of use, DELETE it.", "links")

    def act() -> LinksKept:
        with opened(request, BookLinks) as kept:
            done = kept.put(
                data.name,
                read.links,
                read.parties,
                at=now_of(request),
                by=caller_of(request).name,
                dry=data.dry_run,
            )
        return LinksKept(
            name=data.name, links=len(read.links), changed=done is not None, doubts=tuple(read.remarks)
        )

    return once(request, idempotency_key, act, 200)


@delete(
    "/book/links", sync_to_thread=True, status_code=200, opt=needs("review"), operation_id="book_links_remove"
)
def remove(request: Request[Any, Any, Any], name: FileName) -> LinkFiles:
    """Take a file of links out of use; what is left. What it said stays in the record."""
    with opened(request, BookLinks) as kept:
        kept.remove(name, at=now_of(request), by=caller_of(request).name)
        return LinkFiles(files=tuple(kept.files()))


book_links = Router("/", route_handlers=[files, put, remove], tags=["book"])
