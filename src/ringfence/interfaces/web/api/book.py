"""The book: the parties that are screened again whenever they or the lists change, with every version of each."""

import contextlib
from bisect import bisect_right
from collections.abc import Iterator
from typing import Annotated, Any, TypeVar

import msgspec
from litestar import Request, Response, Router, delete, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody, QueryParameter

from ringfence import BookParty, PartyBook, Settings
from ringfence.errors import NotKnown, QueryError
from ringfence.interfaces.web.access.roles import caller_of, needs
from ringfence.interfaces.web.api.asking import Limit, PartyAsked, instant
from ringfence.interfaces.web.api.writing import IdempotencyKey, once
from ringfence.interfaces.web.reviewing import now_of
from ringfence.interfaces.web.service import MAX_BATCH
from ringfence.records import SCHEMA
from ringfence.store import is_made
from ringfence.store.book import BookChange, Kept, Role
from ringfence.store.database import PartOfStore

Part = TypeVar("Part", bound=PartOfStore)
PartyId = Annotated[
    str, QueryParameter(name="id", min_length=1, max_length=200, description="The id of the party.")
]
Instant = Annotated[str | None, QueryParameter(max_length=40, format="date-time")]


class BookPartyAsked(PartyAsked, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A party of the book: a party to be looked for, with an id, and what it is to the user."""

    role: Role = "other"


class BookPut(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Up to 1,000 parties to add, or to change where they differ, by id. `dry_run` only says what that would do."""

    parties: Annotated[tuple[BookPartyAsked, ...], msgspec.Meta(min_length=1, max_length=MAX_BATCH)]
    dry_run: bool = False


class BookPage(msgspec.Struct, frozen=True, kw_only=True):
    """Parties by id. `next` is the `after` of the following page; None on the last one."""

    schema: str = SCHEMA
    total: int
    parties: tuple[Kept, ...]
    next: str | None


class BookVersions(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that happened to one party, oldest first."""

    schema: str = SCHEMA
    id: str
    versions: tuple[BookChange, ...]


class BookChanges(msgspec.Struct, frozen=True, kw_only=True):
    """Parties that came, changed or left; `same` counts those that were given and did not differ."""

    schema: str = SCHEMA
    changes: tuple[BookChange, ...]
    same: int = 0


@get("/book", sync_to_thread=True, opt=needs("review"), operation_id="book")
def parties(
    request: Request[Any, Any, Any],
    role: Annotated[Role | None, QueryParameter(description="Only these.")] = None,
    known_at: Instant = None,
    after: Annotated[str, QueryParameter(max_length=200, description="Begin after this id.")] = "",
    limit: Limit = 50,
) -> BookPage:
    """The parties of the book as they stand, or stood at an instant."""
    with opened(request, PartyBook) as book:
        held = book.parties(known_at=None if known_at is None else instant(known_at, "known_at"))
    held = [kept for kept in held if role in (None, kept.party.role)]
    start = bisect_right([kept.party.id for kept in held], after)
    page = held[start : start + limit]
    more = start + limit < len(held)
    return BookPage(total=len(held), parties=tuple(page), next=page[-1].party.id if more else None)


@get("/book/versions", sync_to_thread=True, opt=needs("review"), operation_id="book_versions")
def versions(request: Request[Any, Any, Any], party: PartyId) -> BookVersions:
    """Every text that one party had, with who brought it, when and from where."""
    with opened(request, PartyBook) as book:
        return BookVersions(id=party, versions=tuple(book.versions(party)))


@get("/book/diff", sync_to_thread=True, opt=needs("review"), operation_id="book_diff")
def diff(
    request: Request[Any, Any, Any],
    since: Annotated[str, QueryParameter(max_length=40, format="date-time")],
    until: Instant = None,
) -> BookChanges:
    """What differs between the book at two instants: each party once."""
    first, last = instant(since, "since"), None if until is None else instant(until, "until")
    with opened(request, PartyBook) as book:
        return BookChanges(changes=tuple(book.diff(first, last)))


@post(
    "/book",
    sync_to_thread=True,
    status_code=200,
    opt=needs("review"),
    operation_id="book_put",
    responses={200: ResponseSpec(BookChanges, description="What was added and changed.")},
)
def put(
    request: Request[Any, Any, Any], data: JSONBody[BookPut], idempotency_key: IdempotencyKey = None
) -> Response[Any]:
    """Add parties, and change those that differ, by id; all of them or none."""
    found: dict[str, BookParty] = {}
    for place, one in enumerate(data.parties):
        path = f"parties[{place}]."
        if not one.id:
            raise QueryError("a party of the book needs an id of its own.", f"{path}id")
        if not one.name.strip():
            raise QueryError("a party of the book needs a name.", f"{path}name")
        if one.id in found:
            raise QueryError(f"the id {one.id[:80]!r} stands here twice.", f"{path}id")
        found[one.id] = BookParty.of_query(one.query(path), one.role)

    def act() -> BookChanges:
        with opened(request, PartyBook) as book:
            changes: list[BookChange] = []
            done = book.put(
                found.values(),
                at=now_of(request),
                by=caller_of(request).name,
                origin="api",
                dry=data.dry_run,
                tell=changes.append,
            )
        return BookChanges(changes=tuple(changes), same=done.same)

    return once(request, idempotency_key, act, 200)


@delete("/book", sync_to_thread=True, status_code=200, opt=needs("review"), operation_id="book_remove")
def remove(
    request: Request[Any, Any, Any],
    party: PartyId,
    why: Annotated[
        str, QueryParameter(min_length=1, max_length=1_000, description="The reason, kept with the removal.")
    ],
) -> BookChanges:
    """Take a party out of the book. What it was stays in the record."""
    if not why.strip():
        raise QueryError("a removal needs a reason.", "why")
    with opened(request, PartyBook) as book:
        gone = book.remove([party], at=now_of(request), by=caller_of(request).name, origin=why.strip())
    return BookChanges(changes=gone)


@contextlib.contextmanager
def opened(request: Request[Any, Any, Any], part: type[Part]) -> Iterator[Part]:
    """The book of the store, or its links. Raises NotKnown where there is no store."""
    settings: Settings = request.app.state.settings
    if not is_made(settings.store):
        raise NotKnown("there is no book yet: there is no store. Make one with: ringfence refresh")
    with part.open(settings.store) as found:
        yield found


book = Router("/", route_handlers=[parties, versions, diff, put, remove], tags=["book"])
