"""Explore a network: who owns, supplies and holds whom, as a picture and as a table that says the same.

The links come from a file that somebody brought, from the bundled reference set, or from the entries of the lists
themselves. Everything about the view stands in the address, so a view can be sent on and gone back to.
"""

import hashlib
from typing import Annotated, Any, Literal, get_args

import msgspec
from litestar import Request, Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath
from markupsafe import Markup

from ringfence import Engine, Exposure
from ringfence.errors import InputError, NotKnown
from ringfence.graph.excerpt import Excerpt, excerpt
from ringfence.graph.network import Network, Node
from ringfence.graph.regimes import Status
from ringfence.interfaces.language.said import plain
from ringfence.interfaces.language.texts import Texts
from ringfence.interfaces.pictures import Drawing, svg
from ringfence.interfaces.web.access.roles import caller_of, needs
from ringfence.interfaces.web.api.asking import WorldAsked
from ringfence.interfaces.web.pages.answer import address, page, redirect
from ringfence.interfaces.web.pages.forms import asked
from ringfence.interfaces.web.pages.uploading import brought, form_of, may_read, shelf_of
from ringfence.interfaces.web.reader import texts
from ringfence.interfaces.web.runs.books import Books, Held
from ringfence.interfaces.web.runs.shelf import Upload
from ringfence.interfaces.web.worlds import World
from ringfence.interfaces.web.worlds import asked as asked_of
from ringfence.records.link import LinkRelation

Regime = Literal["bis", "ofac", "eu", "uk"]
BUNDLED = ("reference-2019", "listed-ties")
"""Networks that nobody has to bring."""
RELATIONS: tuple[str, ...] = get_args(LinkRelation)
STATUSES: tuple[str, ...] = get_args(Status)
_MOST_SUGGESTED = 400
_MOST_OPEN = 40


class _View(msgspec.Struct, frozen=True):
    """What of a network to show. `party` and `open` are the keys of parties."""

    party: str | None = None
    find: str | None = None
    hops: Annotated[int, msgspec.Meta(ge=0, le=5)] = 1
    open: tuple[str, ...] = ()
    relation: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    regime: Regime = "bis"
    path: Annotated[int, msgspec.Meta(ge=1, le=1_000)] | None = None


@get("/network", sync_to_thread=True, opt=needs("screen"))
def networks(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The networks at hand, and the form to bring another."""
    return _overview(request)


@post("/network", opt=needs("screen"), status_code=200)
async def bring(request: Request[Any, Any, Any]) -> Response[Any]:
    """Take files of links, unless they cannot be read."""
    async with form_of(request) as form:
        files = brought(form, "links")
        holder = str(form.get("holder") or "").strip()[:300]
        if not files:
            return await sync_to_thread(_overview, request, "network.no_file")
        return await sync_to_thread(_taken, request, files, holder)


@get("/network/{name:str}", sync_to_thread=True, opt=needs("screen"))
def network(request: Request[Any, Any, Any], world: WorldAsked, name: FromPath[str]) -> Response[bytes]:
    """A network, as a picture and as tables."""
    view = asked(request, _View)
    upload = None if name in BUNDLED else _mine(request, name)
    books: Books = request.app.state.books
    held = books.held(world, name, upload, view.regime)
    with held.lock:
        return _shown(request, world, held, view, name, upload)


@post("/network/{name:str}/delete", sync_to_thread=True, opt=needs("screen"), status_code=200)
def delete(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[Any]:
    """Delete the files of a network."""
    upload = _mine(request, name)
    shelf_of(request).drop(upload)
    return redirect("/network", "network.deleted", name=upload.name)


def key_of(node: Node) -> str:
    """A short name of a party that stays the same while the links do."""
    return hashlib.sha256(node.key.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _taken(request: Request[Any, Any, Any], files: dict[str, tuple[str, Any]], holder: str) -> Response[Any]:
    shelf = shelf_of(request)
    upload = shelf.put(files, use="network", owner=caller_of(request).name, now=request.app.state.now())
    upload = msgspec.structs.replace(upload, options={"holder": holder} if holder else {})
    shelf.keep(upload)
    try:
        request.app.state.books.links(upload)
    except InputError as error:
        shelf.drop(upload)
        return _overview(request, fault=str(error))
    return redirect(f"/network/{upload.id}")


def _overview(
    request: Request[Any, Any, Any], said: str | None = None, *, fault: str | None = None
) -> Response[bytes]:
    return page(
        request,
        "networks.html",
        status=422 if said or fault else 200,
        said=said,
        fault=fault,
        bundled=BUNDLED,
        uploads=[
            one for one in shelf_of(request).uploads() if one.use == "network" and may_read(request, one)
        ],
        most=request.app.state.service.max_body,
    )


def _mine(request: Request[Any, Any, Any], name: str) -> Upload:
    upload = shelf_of(request).upload(name)
    if upload.use != "network" or not may_read(request, upload):
        raise NotKnown("there is no such network. It may have been deleted, or kept for its 30 days.")
    return upload


def _shown(
    request: Request[Any, Any, Any], world: World, held: Held, view: _View, name: str, upload: Upload | None
) -> Response[bytes]:
    t = texts(request)
    nodes = held.ownership.network.nodes
    engine = asked_of(world, request.app.state.now())
    by_key = {key_of(node): node.number for node in nodes}
    focus = by_key.get(view.party or "")
    missed = None
    if view.find:
        focus = _called(engine, held.ownership.network, view.find)
        missed = view.find if focus is None else None
    opened = [by_key[one] for one in view.open[:_MOST_OPEN] if one in by_key]
    part = excerpt(
        held.ownership,
        [focus] if focus is not None else (),
        opened=opened,
        hops=view.hops,
        relations=[one for one in view.relation if one in RELATIONS],
        statuses=[one for one in view.status if one in STATUSES],
    )
    exposure = held.exposures.of(focus) if focus is not None else None
    here = f"/network/{name}"
    query = {
        "regime": view.regime if view.regime != "bis" else None,
        "as_of": request.query_params.get("as_of"),
        "hops": view.hops if view.hops != 1 else None,
        "relation": view.relation,
        "status": view.status,
    }
    keys = {one.number: key_of(nodes[one.number]) for one in part.parties}
    hrefs = {number: address(here, {**query, "party": key}) for number, key in keys.items()}
    kept = {**query, "party": key_of(nodes[focus]) if focus is not None else None}
    picture = _drawn(t, nodes, part, exposure, hrefs, view.path, focus).picture()
    return page(
        request,
        "network.html",
        provenance=engine.provenance(),
        name=name,
        upload=upload,
        view=view,
        focus=nodes[focus] if focus is not None else None,
        missed=missed,
        exposure=exposure,
        part=part,
        nodes=nodes,
        keys=keys,
        hrefs=hrefs,
        opens={number: address(here, {**kept, "open": [*view.open, key]}) for number, key in keys.items()},
        lit=lambda number: address(here, {**kept, "open": view.open, "path": number}) + "#picture",
        svg=Markup(svg(picture, labelled_by="picture")),  # noqa: S704  its template escapes what is said
        picture=picture,
        remarks=list(dict.fromkeys((*held.remarks, *held.ownership.remarks))),
        names=sorted({node.name for node in nodes})[:_MOST_SUGGESTED],
        relations=sorted({tie.link.relation for tie in held.ownership.network.ties_on(held.ownership.on)}),
        statuses=STATUSES,
        count=len(nodes),
        day=request.query_params.get("as_of", ""),
    )


def _called(engine: Engine, network: Network, text: str) -> int | None:
    """The party that a reader means: by its name, or the only one whose name holds or resembles what was typed."""
    found = network.find(text)
    if found is not None:
        return found
    wanted = text.casefold().strip()
    holding = [node.number for node in network.nodes if wanted and wanted in node.name.casefold()]
    alike = holding or engine.called(network, text)
    return alike[0] if len(alike) == 1 else None


def _drawn(
    t: Texts,
    nodes: list[Node],
    part: Excerpt,
    exposure: Exposure | None,
    hrefs: dict[int, str],
    path: int | None,
    focus: int | None,
) -> Drawing:
    """The picture of an excerpt; the links of each path carry its number, the path chosen is lit."""
    on_path: dict[str, set[int]] = {}
    for number, one in enumerate(exposure.paths if exposure else (), start=1):
        for stated in one.links:
            on_path.setdefault(stated.id, set()).add(number)
    drawing = Drawing()
    for seen in part.parties:
        node = nodes[seen.number]
        drawn = drawing.party(str(seen.number), seen.status, name=node.name)
        drawn.status_text = t("network.status." + seen.status)
        drawn.href, drawn.more, drawn.lit = hrefs[seen.number], seen.hidden, seen.number == focus
    for tie in part.ties:
        link = tie.link
        relation = t.word("network.relation", link.relation)
        share = plain(str(link.share), t.language) if link.share is not None else ""
        said = f"{nodes[tie.subject].name} – {relation} – {nodes[tie.target].name}; {link.source}; {link.asserted_by}"
        drawn_tie = drawing.tie(str(tie.subject), link.relation, str(tie.target), share or relation, said)
        for number in sorted(on_path.get(link.id, ())):
            drawing.tie(str(tie.subject), link.relation, str(tie.target), "", "", number)
            drawing.party(str(tie.subject), "none", number)
            drawing.party(str(tie.target), "none", number)
        if path is not None and path in on_path.get(link.id, ()):
            drawn_tie.lit = drawing.parties[str(tie.subject)].lit = drawing.parties[str(tie.target)].lit = (
                True
            )
    return drawing


handlers = (networks, bring, network, delete)
