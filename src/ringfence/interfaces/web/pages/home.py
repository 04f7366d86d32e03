"""The first page: what can be asked here, and how fresh the lists are."""

from typing import Any

from litestar import Request, Response, get

from ringfence.interfaces.web.access.roles import needs
from ringfence.interfaces.web.api.asking import WorldAsked
from ringfence.interfaces.web.pages.answer import page
from ringfence.interfaces.web.worlds import asked


@get("/", sync_to_thread=True, opt=needs("read"))
def home(request: Request[Any, Any, Any], world: WorldAsked) -> Response[bytes]:
    """What there is to do."""
    engine = asked(world, request.app.state.now())
    return page(request, "home.html", provenance=engine.provenance())
