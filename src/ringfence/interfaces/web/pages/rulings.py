"""What people ruled about entries: that two are of one party, or of two, whatever the evidence says; and every ruling before.

A ruling goes before any evidence. It is added to the record and never erased: the latest one on a pair holds.
"""

from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, get, post
from litestar.concurrency import sync_to_thread

from ringfence import Engine, JoinedParty, Listing, Ruling
from ringfence.errors import InputError, NotKnown, QueryError, RingfenceError, StoreError
from ringfence.interfaces.web.access.roles import caller_of, needs
from ringfence.interfaces.web.pages.answer import page, redirect
from ringfence.interfaces.web.pages.forms import asked, sent
from ringfence.interfaces.web.worlds import asked as asked_of

ON_A_PAGE = 50

Id = Annotated[str, msgspec.Meta(max_length=300)]
Action = Literal["join", "split"]


class _Asked(msgspec.Struct, frozen=True):
    """The pair that is looked at, and the page of the record, from 1."""

    one: Id = ""
    other: Id = ""
    page: Annotated[int, msgspec.Meta(ge=1)] = 1


class _Ruling(msgspec.Struct, frozen=True):
    """What the form holds."""

    one: Id = ""
    other: Id = ""
    action: Action | None = None
    why: Annotated[str, msgspec.Meta(max_length=5_000)] = ""


class Pair(msgspec.Struct, frozen=True):
    """Two entries side by side: whether they are of one party as it stands, and on what evidence."""

    sides: tuple[Listing, Listing]
    joined: bool
    said: tuple[str, ...]


@get("/rulings", sync_to_thread=True, opt=needs("read"))
def rulings(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The record, newest first, and the form about a pair."""
    wanted = asked(request, _Asked)
    return _shown(request, _Ruling(one=wanted.one.strip(), other=wanted.other.strip()), begin=wanted.page)


@post("/rulings", opt=needs("approve"), status_code=200)
async def rule(request: Request[Any, Any, Any]) -> Response[Any]:
    """Add a ruling."""
    return await sync_to_thread(_ruled, request, await sent(request, _Ruling))


def _ruled(request: Request[Any, Any, Any], form: _Ruling) -> Response[Any]:
    engine = asked_of(request.app.state.worlds.world(), request.app.state.now())
    if not form.action or not form.why.strip():
        fault = QueryError("say which it is, and why: a ruling needs a reason.")
        return _shown(request, form, fault=fault)
    try:
        engine.rule(
            Ruling(
                action=form.action,
                one=form.one.strip(),
                other=form.other.strip(),
                why=form.why.strip(),
                by=caller_of(request).name,
                at=engine.now,
            ),
            request.app.state.learned,
        )
    except (InputError, NotKnown, StoreError) as error:
        return _shown(request, form, fault=error)
    return redirect("/rulings", "rulings.done.join" if form.action == "join" else "rulings.done.split")


def _shown(
    request: Request[Any, Any, Any], form: _Ruling, *, begin: int = 1, fault: RingfenceError | None = None
) -> Response[bytes]:
    engine: Engine = request.app.state.worlds.world().engine
    every = request.app.state.worlds.rulings()[::-1]
    sides = [engine.in_force(one) if one else None for one in (form.one, form.other)]
    pair = _pair(engine, sides[0], sides[1]) if sides[0] and sides[1] and sides[0] is not sides[1] else None
    missing = [one for one, side in zip((form.one, form.other), sides, strict=True) if one and not side]
    ruled_on: set[frozenset[str]] = set()
    told: list[tuple[Ruling, bool]] = []
    for one in every:
        pair_of = frozenset((one.one, one.other))
        told.append((one, pair_of not in ruled_on))
        ruled_on.add(pair_of)
    found = told[(begin - 1) * ON_A_PAGE : begin * ON_A_PAGE]
    return page(
        request,
        "rulings.html",
        status=fault.status if fault else 200,
        provenance=engine.provenance(),
        form=form,
        pair=pair,
        missing=missing,
        fault=fault,
        found=found,
        names={
            one: text.party.name
            for ruling, _ in found
            for one in (ruling.one, ruling.other)
            if (text := engine.in_force(one))
        },
        total=len(every),
        begin=begin,
        pages=max(-(-len(every) // ON_A_PAGE), 1),
    )


def _pair(engine: Engine, one: Listing, other: Listing) -> Pair:
    party: JoinedParty = engine.party(one.id)
    about = [
        join.text
        for join in (*party.evidence, *party.possible)
        if {one.id, other.id} == {join.one, join.other}
    ]
    return Pair((one, other), other.id in party.listings, tuple(dict.fromkeys(about)))


handlers = (rulings, rule)
