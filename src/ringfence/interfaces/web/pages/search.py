"""Search: one party by name, alias or identifier in any script, with why it matched; or the entries that pass filters.

Country and kind are what is known of the party: with a name they are evidence and hide nothing, without one they
filter. List and day say where to look.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get

from ringfence import Engine, Hit, Listing, Query, Screening
from ringfence.errors import QueryError
from ringfence.interfaces.web import worlds
from ringfence.interfaces.web.access.roles import needs
from ringfence.interfaces.web.api.asking import MAX_TEXT, WorldAsked, codes
from ringfence.interfaces.web.catalogue import Row, Wanted
from ringfence.interfaces.web.pages.answer import fragment, page, wants_fragment
from ringfence.interfaces.web.pages.forms import asked
from ringfence.interfaces.web.worlds import World
from ringfence.records import PartyKind

MOST_HITS = 20
ON_A_PAGE = 25
MOST_BEGUN = 8


class Asked(msgspec.Struct, frozen=True):
    """The fields of the form."""

    q: Annotated[str, msgspec.Meta(max_length=MAX_TEXT)] = ""
    country: tuple[str, ...] = ()
    kind: PartyKind | None = None
    list: tuple[str, ...] = ()
    as_of: dt.date | None = None
    page: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 1

    @property
    def filtered(self) -> bool:
        """Whether anything but a name was given."""
        return bool(self.country or self.kind or self.list)


class Found(msgspec.Struct, frozen=True):
    """What a page of results shows.

    `answer` is the screening of the name, `numbered` the entries that have what was typed as an identifier, `begun`
    further entries with a name that begins so, `browsed` a page of the `total` entries that pass the filters.
    """

    answer: Screening | None = None
    numbered: tuple[Listing, ...] = ()
    begun: tuple[Listing, ...] = ()
    browsed: tuple[Listing, ...] = ()
    total: int = 0

    @property
    def hits(self) -> Sequence[Hit]:
        """The hits of the name."""
        return self.answer.hits if self.answer else ()


@get("/search", sync_to_thread=True, opt=needs("read"))
def search(request: Request[Any, Any, Any], world: WorldAsked) -> Response[bytes]:
    """The form and what it finds; for a script, what it finds alone."""
    form = asked(request, Asked)
    engine = worlds.asked(world, request.app.state.now(), max_hits=MOST_HITS)
    lists = engine.lists_asked(form.list)
    found = _found(world, engine, form)
    if found.answer:
        request.app.state.observer.answered(found.answer)
    shown: dict[str, Any] = {
        "form": form,
        "found": found,
        "hit_at": engine.hit_at,
        "pages": -(-found.total // ON_A_PAGE),
    }
    if wants_fragment(request):
        return fragment(request, "search_results.html", **shown)
    used = {one.id for one in engine.view.lists}
    return page(
        request,
        "search.html",
        provenance=engine.provenance(lists),
        lists=[one.legal.id for one in engine.statuses() if one.legal.id in used],
        **shown,
    )


def _found(world: World, engine: Engine, form: Asked) -> Found:
    countries = codes(form.country, "country")
    wanted = Wanted(
        lists=engine.lists_asked(form.list), countries=countries, kinds=(form.kind,) if form.kind else ()
    )
    if not form.q:
        if not form.filtered:
            return Found()
        rows = world.catalogue.find(wanted)
        first = (form.page - 1) * ON_A_PAGE
        if first and first >= len(rows):
            raise QueryError(
                f"there is no page {form.page:,}: {len(rows):,} entries pass the filters.", "page"
            )
        return Found(browsed=_listings(world, rows[first : first + ON_A_PAGE]), total=len(rows))
    query = Query(name=form.q, countries=countries, kind=form.kind or "unknown")
    answer = engine.search(query, lists=form.list or None)
    known = {hit.listing for hit in answer.hits}
    numbered = [row for row in world.catalogue.with_number(form.q) if _within(row, wanted)]
    begun: list[Row] = []
    if len(known) < MOST_BEGUN:
        rows = world.catalogue.find(msgspec.structs.replace(wanted, begins=form.q))
        begun = [row for row in rows if row.listing not in known][:MOST_BEGUN]
    return Found(
        answer=answer, numbered=_listings(world, numbered[:MOST_HITS]), begun=_listings(world, begun)
    )


def _within(row: Row, wanted: Wanted) -> bool:
    return wanted.lists is None or row.list in wanted.lists


def _listings(world: World, rows: Sequence[Row]) -> tuple[Listing, ...]:
    return tuple(world.catalogue.listings(rows))
