"""Suppose that somebody is listed, or taken off, on a day: what turns red, before and after, in a picture and in tables.

A supposition is kept with the files it came with, so its page can be read again and sent on; it touches no list and no ledger.
"""

import datetime as dt
import re
from typing import Any, Literal, NamedTuple

import msgspec
from litestar import Request, Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath
from markupsafe import Markup

from ringfence import Change, Engine, LinkSet, Listing, RuleStatus, Simulation
from ringfence.engine import MAX_NAME
from ringfence.errors import InputError, NotKnown, QueryError
from ringfence.graph.scenario import As, ScenarioEffect
from ringfence.interfaces.language.said import plain
from ringfence.interfaces.language.texts import Texts
from ringfence.interfaces.pictures import MOST_ROWS, Drawing, Picture, svg
from ringfence.interfaces.web.access.roles import caller_of, needs
from ringfence.interfaces.web.pages.answer import page, redirect
from ringfence.interfaces.web.pages.forms import asked, fields
from ringfence.interfaces.web.pages.uploading import brought, form_of, may_read, shelf_of
from ringfence.interfaces.web.reader import texts
from ringfence.interfaces.web.runs.books import Books, bundled
from ringfence.interfaces.web.runs.shelf import Upload
from ringfence.interfaces.web.worlds import asked as asked_of

_CITATION = re.compile(r"\d{2,3} FR \d{3,6}")
_MOST_CHANGES = 100
_TOWARDS_LISTED = ("supply_to", "supply_through", "equity_in")
When = Literal["before", "after"]


class _Supposed(msgspec.Struct, frozen=True):
    """What is supposed; each line of `listed` and `removed` is a party, or a citation that stands for its entries."""

    listed: str = ""
    removed: str = ""
    as_list: As = "entity-list"
    on: dt.date | None = None
    as_of: dt.date | None = None
    footnotes: tuple[Literal["1", "3", "4", "5"], ...] = ()
    programs: str = ""
    regime: Literal["bis", "ofac", "eu", "uk"] | None = None
    rule: RuleStatus | None = None
    sets: tuple[Literal["reference-2019", "listed-ties"], ...] = ()
    holder: str = ""

    def kept(self) -> dict[str, str]:
        """As texts, for the record."""
        plain = msgspec.to_builtins(self)
        return {
            name: ",".join(value) if isinstance(value, list | tuple) else value
            for name, value in plain.items()
            if value
        }

    @classmethod
    def of(cls, options: dict[str, str]) -> "_Supposed":
        """From the record."""
        said: dict[str, Any] = dict(options)
        for name in ("footnotes", "sets"):
            said[name] = tuple(filter(None, said.get(name, "").split(",")))
        return msgspec.convert(said, cls, strict=False)


class _Look(msgspec.Struct, frozen=True):
    show: When = "after"


class Sum(NamedTuple):
    """One figure of the totals."""

    key: str
    value: str


@get("/simulate", sync_to_thread=True, opt=needs("screen"))
def simulate(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The form, and what was supposed before."""
    return _form(request, asked(request, _Supposed))


@post("/simulate", opt=needs("screen"), status_code=200)
async def suppose(request: Request[Any, Any, Any]) -> Response[Any]:
    """Take a supposition with its files, unless it cannot be computed."""
    async with form_of(request) as form:
        said = fields(form.multi_items(), _Supposed)
        files: dict[str, tuple[str, Any]] = {}
        for field in ("links", "orders", "products", "parties"):
            files |= brought(form, field)
        return await sync_to_thread(_taken, request, said, files)


@get("/simulate/{name:str}", sync_to_thread=True, opt=needs("screen"))
def simulation(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
    """What the supposition would do."""
    upload = _mine(request, name)
    engine, answer = _answered(request, upload)
    t = texts(request)
    look = asked(request, _Look)
    picture = _drawn(t, answer, look.show)
    return page(
        request,
        "simulation.html",
        provenance=engine.provenance(),
        upload=upload,
        said=_Supposed.of(upload.options),
        answer=answer,
        look=look,
        picture=picture,
        svg=Markup(svg(picture, labelled_by="picture")),  # noqa: S704  its template escapes what is said
        sums=_sums(t, answer),
        touched=[one for one in answer.effects if one.relation != "listed"][:MOST_ROWS],
        unknown=[one.party for one in answer.simulated if not one.known],
        nothing_new=[one for one in answer.simulated if one.list in one.already_listed_on],
    )


@post("/simulate/{name:str}/delete", sync_to_thread=True, opt=needs("screen"), status_code=200)
def delete(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[Any]:
    """Delete a supposition with its files."""
    upload = _mine(request, name)
    shelf_of(request).drop(upload)
    return redirect("/simulate", "simulate.deleted")


def _taken(
    request: Request[Any, Any, Any], said: _Supposed, files: dict[str, tuple[str, Any]]
) -> Response[Any]:
    if not (said.listed.strip() or said.removed.strip() or said.rule):
        return _form(request, said, "simulate.nothing_said")
    if not (said.sets or any(part.startswith("links") for part in files)):
        return _form(request, said, "simulate.no_links")
    shelf = shelf_of(request)
    upload = shelf.put(files, use="simulation", owner=caller_of(request).name, now=request.app.state.now())
    upload = msgspec.structs.replace(upload, name=_title(said), options=said.kept())
    shelf.keep(upload)
    try:
        _answered(request, upload)
    except (InputError, QueryError, NotKnown) as error:
        shelf.drop(upload)
        return _form(request, said, fault=str(error))
    return redirect(f"/simulate/{upload.id}")


def _title(said: _Supposed) -> str:
    lines = _lines(f"{said.listed}\n{said.removed}")
    return f"{lines[0][:80]}{f' +{len(lines) - 1}' if len(lines) > 1 else ''}" if lines else str(said.rule)


def _form(
    request: Request[Any, Any, Any], typed: _Supposed, said: str | None = None, *, fault: str | None = None
) -> Response[bytes]:
    return page(
        request,
        "simulate.html",
        status=422 if said or fault else 200,
        said=said,
        fault=fault,
        typed=typed,
        uploads=[
            one for one in shelf_of(request).uploads() if one.use == "simulation" and may_read(request, one)
        ],
    )


def _mine(request: Request[Any, Any, Any], name: str) -> Upload:
    upload = shelf_of(request).upload(name)
    if upload.use != "simulation" or not may_read(request, upload):
        raise NotKnown("there is no such simulation. It may have been deleted, or kept for its 30 days.")
    return upload


def _answered(request: Request[Any, Any, Any], upload: Upload) -> tuple[Engine, Simulation]:
    """The supposition computed: on its day, the lists of the day before it unless another was named."""
    said = _Supposed.of(upload.options)
    state = request.app.state
    books: Books = state.books
    world = state.worlds.world(said.as_of or said.on)
    engine = asked_of(world, state.now())
    links = LinkSet()
    for name in said.sets:
        links.add(bundled(world, name))
    links.add(books.links(upload))
    answer = engine.simulate(
        links,
        list(_changes(engine, said)),
        book=books.book(upload),
        on=said.on,
        regime=said.regime,
        rule_status=said.rule,
    )
    return engine, msgspec.structs.replace(answer, remarks=(*links.remarks, *answer.remarks))


def _changes(engine: Engine, said: _Supposed) -> list[Change]:
    def listed(party: str, entry: Listing | None = None) -> Change:
        return Change(
            kind="list",
            party=party,
            as_list=said.as_list,
            footnotes=tuple(map(int, said.footnotes)),
            programs=tuple(filter(None, re.split(r"[\s,;]+", said.programs))),
            listing=entry,
        )

    found = [Change(kind="remove", party=party) for party in _lines(said.removed)]
    for line in _lines(said.listed):
        if _CITATION.fullmatch(line):
            found += [listed(entry.party.name, entry) for entry in engine.entries_citing(line)]
        else:
            found.append(listed(line))
    if len(found) > _MOST_CHANGES:
        raise QueryError(f"{len(found):,} changes; at most {_MOST_CHANGES} are supposed at once.", "listed")
    if any(len(one.party) > MAX_NAME for one in found):
        raise QueryError(f"a name has more than {MAX_NAME:,} characters.", "listed")
    return found


def _lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def _sums(t: Texts, answer: Simulation) -> list[Sum]:
    totals = answer.totals
    counted = (
        ("parties_listed", totals.parties_listed),
        ("reached", totals.parties_reached_by_ownership),
        ("to_look_at", totals.parties_to_look_at),
        ("licenses", totals.licenses_needed),
        ("orders", totals.orders),
        ("products", totals.products_without_source),
        ("unknown_amounts", totals.unknown_amounts),
    )
    money = (
        ("revenue", totals.revenue_at_risk),
        ("spend", totals.spend_at_risk),
        ("position", totals.position_at_risk),
        ("order_value", totals.order_value),
    )
    return [
        *(Sum(key, t.number(value)) for key, value in counted),
        *(Sum(key, f"{value:,.0f} {currency}") for key, part in money for currency, value in part.items()),
    ]


def _drawn(t: Texts, answer: Simulation, when: When) -> Picture:
    """The parties that the change touches with their ties, as they stand before or after it, in the same places."""
    drawing = Drawing()

    def party(name: str, status: str) -> None:
        drawn = drawing.party(name, status)
        drawn.status_text = t("network.status." + drawn.status)

    for one in answer.simulated:
        for name in (one.called or (one.party,)) if one.known else ():
            party(name, "listed" if one.change == "list" else "none")
    for effect in answer.effects:
        if effect.relation == "listed":
            continue
        for name in effect.path:
            party(name, "none")
        party(effect.party, (effect.status_after if effect.way == "owned_by" else None) or "none")
        for one_end, other in zip(effect.path, effect.path[1:], strict=False):
            # A path runs from what is listed; a tie is drawn the way it runs.
            ends = (other, one_end) if effect.way in _TOWARDS_LISTED else (one_end, other)
            label = t.word("network.relation", effect.relation)
            tie = drawing.tie(
                ends[0],
                effect.relation,
                ends[1],
                f"{label} {plain(str(effect.share), t.language)}" if effect.share else label,
                plain(f"{effect.text} {'; '.join(effect.sources)}", t.language),
            )
            tie.lit = when == "after" and effect.effect not in ("none", "red_flag")
    picture = drawing.picture()
    if when == "before":
        supposed = {name for one in answer.simulated for name in (one.called or (one.party,))}
        _as_before(t, picture, answer.effects, supposed)
    return picture


def _as_before(t: Texts, picture: Picture, effects: tuple[ScenarioEffect, ...], supposed: set[str]) -> None:
    """Give every party the status that it has without the change; it stays in its place."""
    known = {effect.party: effect.status_before for effect in effects if effect.status_before}
    for box in picture.boxes:
        if box.name in known or box.name in supposed:
            box.status = known.get(box.name) or "none"
            box.status_text = t("network.status." + box.status).upper()


handlers = (simulate, suppose, simulation, delete)
