"""The service put together: routes, gate, problems, and one document that says what may be asked."""

import asyncio
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar, Request, Router, get
from litestar.config.cors import CORSConfig
from litestar.di import Provide
from litestar.enums import RequestEncodingType
from litestar.exceptions import ClientException, HTTPException
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, License, SecurityScheme
from litestar.routes import HTTPRoute

from ringfence import Settings, __version__
from ringfence.interfaces.web import problems
from ringfence.interfaces.web.access.gate import COOKIE, Gate
from ringfence.interfaces.web.access.limits import Limit
from ringfence.interfaces.web.access.registry import Registry
from ringfence.interfaces.web.access.roles import needs, permitted
from ringfence.interfaces.web.api.alerts import alerts
from ringfence.interfaces.web.api.asking import world_asked
from ringfence.interfaces.web.api.book import book
from ringfence.interfaces.web.api.book_links import book_links
from ringfence.interfaces.web.api.deciding import deciding
from ringfence.interfaces.web.api.health import health
from ringfence.interfaces.web.api.history import history
from ringfence.interfaces.web.api.ledger import ledger
from ringfence.interfaces.web.api.lists import lists
from ringfence.interfaces.web.api.network import network
from ringfence.interfaces.web.api.screening import screening
from ringfence.interfaces.web.api.session import sessions
from ringfence.interfaces.web.api.watching import watching
from ringfence.interfaces.web.dialects.reconcile import reconcile
from ringfence.interfaces.web.dialects.tradegov import tradegov
from ringfence.interfaces.web.dialects.yente import yente
from ringfence.interfaces.web.document import StructSchemas, document
from ringfence.interfaces.web.kept import Kept
from ringfence.interfaces.web.observer import Observer
from ringfence.interfaces.web.pages.answer import refusal
from ringfence.interfaces.web.pages.routes import pages
from ringfence.interfaces.web.reviewing import Desks
from ringfence.interfaces.web.runs.books import Books
from ringfence.interfaces.web.runs.screening import Runs
from ringfence.interfaces.web.runs.shelf import Shelf, uploads_beside
from ringfence.interfaces.web.service import Service
from ringfence.interfaces.web.worlds import Worlds, asked
from ringfence.records.codec import look_at_records
from ringfence.store import Clock
from ringfence.store.address import registry_beside
from ringfence.store.database import CONNECTIONS


def create_app(
    settings: Settings, *, now: Clock, learned: Clock | None = None, service: Service | None = None
) -> Litestar:
    """The ASGI application on the store of `settings`, run as `service` says.

    `now` reads the clock, in UTC; `learned` does when something is recorded, to the microsecond (`now` when absent).
    """
    service = service or Service()
    look_at_records()
    worlds = Worlds(settings, now)
    desks = Desks(settings)
    registry = Registry(service.access or registry_beside(settings.store))
    observer = Observer(log_names=service.log_names)
    failures = Limit(service.sign_ins_per_minute, time.monotonic)
    runs = Runs(
        Shelf(uploads_beside(service, settings)),
        lambda choice: asked(worlds.world(choice.as_of), now(), threshold=choice.threshold),
        now,
    )
    gate = Gate(service, registry, now=now, calls=Limit(service.per_minute, time.monotonic))

    @asynccontextmanager
    async def lifespan(_app: Litestar) -> AsyncIterator[None]:
        # As many threads as a store has connections: a few that wait for the disk or a turn hold nobody up.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(CONNECTIONS, "answer"))
        worlds.begin()
        yield
        runs.close()
        worlds.close()
        registry.close()
        desks.close()

    app = Litestar(
        route_handlers=[
            Router(
                "/api/v1",
                route_handlers=[
                    screening,
                    lists,
                    history,
                    network,
                    deciding,
                    ledger,
                    alerts,
                    book,
                    book_links,
                    watching,
                    sessions,
                    openapi,
                ],
            ),
            health,
            yente,
            reconcile,
            tradegov,
            pages,
        ],
        guards=[permitted],
        middleware=[gate],
        dependencies={"world": Provide(world_asked)},
        before_request=_declared_only,
        exception_handlers=problems.handlers(refusal),
        cors_config=_cors(service),
        request_max_body_size=service.max_body,
        openapi_config=_described(),
        plugins=[StructSchemas()],
        lifespan=[lifespan],
        logging_config=None,
        debug=False,
    )
    app.state.worlds = worlds
    app.state.desks = desks
    app.state.runs = runs
    app.state.books = Books(runs.shelf)
    app.state.registry = registry
    app.state.observer = observer
    app.state.failures = failures
    app.state.service = service
    app.state.settings = settings
    app.state.kept = Kept()
    app.state.now = now
    app.state.learned = learned or now
    app.state.declared = _declared(app)
    app.asgi_handler = observer.around(app.asgi_handler)
    return app


@get("/openapi.json", sync_to_thread=False, opt=needs("open"), include_in_schema=False)
def openapi(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """The OpenAPI document of this service."""
    return document(request.app)


class _Unserved(Router):
    """Takes in the framework's own pages about the API, which load scripts from elsewhere, and serves none."""

    def register(self, value: Any) -> list[Any]:  # noqa: ARG002
        """Leave it out."""
        return []


def _described() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="ringfence",
        version=__version__,
        summary="Does a trade restriction touch this party, on this day, under which rule?",
        description="Every answer says what it rests on (`provenance`). Refusals are problem+json with the path at fault.",
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        components=Components(
            security_schemes={
                "key": SecurityScheme(type="http", scheme="bearer", description="An API key."),
                "session": SecurityScheme(type="apiKey", name=COOKIE, security_scheme_in="cookie"),
            }
        ),
        use_handler_docstrings=True,
        openapi_router=_Unserved("/", route_handlers=[]),
        security=[{"key": []}, {"session": []}, {}],
    )


def _cors(service: Service) -> CORSConfig | None:
    if not service.allow_origins:
        return None
    return CORSConfig(allow_origins=list(service.allow_origins), allow_methods=["GET", "POST"])


def _declared(app: Litestar) -> dict[tuple[str, str], dict[str, bool]]:
    """The query parameters that the OpenAPI document declares, by route and method, and whether each takes several values."""
    paths = app.openapi_schema.paths or {}
    found = {}
    for route in app.routes:
        item = paths.get(route.path_format) if isinstance(route, HTTPRoute) else None
        for method in ("get", "post", "put", "patch", "delete"):
            operation = getattr(item, method, None)
            if operation is not None:
                given: list[Any] = operation.parameters or []
                asked = {one.name: _takes_several(one.schema) for one in given if one.param_in == "query"}
                found[route.path, method.upper()] = asked
    return found


def _takes_several(schema: Any) -> bool:
    """Whether a parameter of this schema may be an array."""
    kinds = [schema, *(getattr(schema, "one_of", None) or ()), *(getattr(schema, "any_of", None) or ())]
    return any(getattr(one, "items", None) is not None for one in kinds)


async def _declared_only(request: Request[Any, Any, Any]) -> None:
    """Refuse a query parameter that is not declared, or stands twice and is no list; read the body within its bound."""
    if request.method != "GET" and not request.route_handler.opt.get("page"):  # a form was read at the gate
        request.state.body = await request.body()
        _of_declared_kind(request)
    declared = request.app.state.declared.get((request.scope["path_template"], request.method))
    if declared is None:
        return
    for name in request.query_params:
        said = ""
        if name not in declared:
            known = ", ".join(sorted(declared)) or "none"
            said = f"there is no parameter {name[:80]!r}. Parameters: {known}."
        elif not declared[name] and len(request.query_params.getall(name)) > 1:
            said = f"the parameter {name!r} stands more than once; give it one value."
        if said:
            raise ClientException(said, extra=[{"message": said, "key": name[:80]}])


def _of_declared_kind(request: Request[Any, Any, Any]) -> None:
    """Refuse a body of another media type than the route takes: a web page cannot send JSON to a foreign service."""
    field = request.route_handler.parsed_data_field
    taken = getattr(field.kwarg_definition, "media_type", None) or RequestEncodingType.JSON if field else None
    if taken is not None and request.content_type[0] != taken:
        raise HTTPException(
            status_code=415, detail=f"send the body as {taken.value}, and say so in Content-Type."
        )
