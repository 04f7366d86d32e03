"""The first page: what can be asked here, and how fresh the lists are."""

from typing import Any

from litestar import Request, Response, get

from ringfence.interfaces.web.access.roles import needs
from ringfence.interfaces.web.pages.answer import page
from ringfence.interfaces.web.pages.lists import standing


@get("/", sync_to_thread=True, opt=needs("read"))
def home(request: Request[Any, Any, Any]) -> Response[bytes]:
    """A field to search in, what else there is to do, and the state of the lists."""
    engine = request.app.state.worlds.world().engine
    loaded = [one for one in engine.statuses() if one.used]
    return page(
        request,
        "home.html",
        provenance=engine.provenance(),
        loaded=len(loaded),
        entries=sum(one.used.entries for one in loaded if one.used),
        latest=max((one.used.as_of for one in loaded if one.used), default=None),
        bad=[one for one in loaded if standing(one) in {"held_back", "failed"}],
        old=[one for one in loaded if standing(one) in {"stale", "bundled"}],
    )
