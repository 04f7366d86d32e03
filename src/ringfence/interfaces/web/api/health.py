"""Whether the service is up and ready, and its figures for Prometheus."""

from typing import Any, Literal

import msgspec
from litestar import MediaType, Request, Response, Router, get

from ringfence.errors import StoreError
from ringfence.interfaces.web.access.roles import needs
from ringfence.interfaces.web.watched import figures


class Health(msgspec.Struct, frozen=True):
    """`ok`, or there is no answer of this shape."""

    status: Literal["ok"] = "ok"


@get("/healthz", sync_to_thread=False, opt=needs("open"), operation_id="healthz")
def healthz() -> Health:
    """The process is up."""
    return Health()


@get("/readyz", sync_to_thread=False, opt=needs("open"), operation_id="readyz")
def readyz(request: Request[Any, Any, Any]) -> Health:
    """Questions are answered without waiting; 503 until then."""
    if not request.app.state.worlds.ready:
        raise StoreError("the lists are being made ready. Try again in a few seconds.")
    return Health()


@get("/metrics", sync_to_thread=True, opt=needs("read"), media_type=MediaType.TEXT, operation_id="metrics")
def metrics(request: Request[Any, Any, Any]) -> Response[str]:
    """Lists and refreshes, alerts, the watch and its outbox, screenings, latency by route, the process, for Prometheus."""
    state = request.app.state
    engine = state.worlds.world().engine
    desk = state.desks.desk()
    now = state.now()
    waiting = desk.counts(now) if desk else ()
    text = state.observer.exposition(engine.statuses(), engine.attempts(), waiting, now)
    text += "\n".join([*figures(state.settings.store, now), ""])
    return Response(text, media_type="text/plain; version=0.0.4")


health = Router("/", route_handlers=[healthz, readyz, metrics], tags=["health"])
