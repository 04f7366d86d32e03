"""Ask a transaction: step by step or in one long form, the answer with every finding, what would settle it, the memo.

A form holds all that was said; nothing is kept until an answer is recorded, which is a line in the ledger with an address of
its own.
"""

from collections.abc import Iterator
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath

from ringfence import (
    Decision,
    Ledger,
    Line,
    Transaction,
    in_ledger,
    memo,
    questions,
    read_transaction,
    recorded,
    replay,
)
from ringfence.errors import NotKnown, QueryError
from ringfence.interfaces.web.access.roles import needs
from ringfence.interfaces.web.api.ledger import opened
from ringfence.interfaces.web.pages.answer import page, redirect
from ringfence.interfaces.web.pages.forms import asked
from ringfence.interfaces.web.pages.printed import Printed
from ringfence.interfaces.web.pages.transaction_form import (
    Field,
    Flat,
    faults_in,
    field_at,
    fields_of,
    flat,
    key_of,
    parts_at,
    said_in,
    state,
    tidied,
    with_part,
    without_part,
)
from ringfence.interfaces.web.pages.uploading import PRINTED_POLICY
from ringfence.interfaces.web.reader import texts
from ringfence.interfaces.web.worlds import asked as asked_of

FIRST = ("id", "on", "activity", "parties[0].name", "parties[0].role", "parties[0].country")
"""What is asked first, step by step; the rest follows from the answer."""
SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("act", ("id", "on", "activity", "destination")),
    ("actor", ("actor.country", "actor.us_person")),
    ("parties", ("parties",)),
    ("items", ("items",)),
    ("use", ("end_use", "knowledge")),
    (
        "held",
        ("other_license_required", "credit_days", "authorizations", "en_route.since", "en_route.order_dated"),
    ),
)
"""The long form, in its groups."""
RARE = {
    "parties": ("addresses", "identifiers", "incorporated_in", "nationality", "owners"),
    "items": (
        "kind",
        "made_in",
        "us_controlled_share",
        "direct_product_of",
        "plant_direct_product_of",
        "value_usd",
    ),
    "owners": ("incorporated_in", "owners"),
}
"""Fields of a part that stand folded away until they hold something."""
_MOST_FIELDS = 4_000


class Shown:
    """A form for its template."""

    def __init__(self, form: Flat, faults: dict[str, str] | None = None) -> None:
        self.form = form
        self.faults = faults or {}

    def value(self, path: str) -> str:
        """The text of a field."""
        return self.form.get(path, ("",))[-1]

    def values(self, path: str) -> tuple[str, ...]:
        """The words ticked."""
        return self.form.get(path, ())

    def state(self, path: str) -> str:
        """Whether a list is unknown, none or some."""
        return state(self.form, path)

    def parts(self, path: str) -> list[str]:
        """The paths of the parts of a list."""
        return [f"{path}[{place}]" for place in parts_at(self.form, path)]

    def fields(self, path: str, *, rare: bool) -> list[str]:
        """The paths of the fields of a part, the usual or the rare ones."""
        field = field_at(path)
        names = fields_of(field.of) if field.of else {}
        hidden = RARE.get(field.name, ())
        return [f"{path}.{name}" for name in names if (name in hidden) == rare]

    def opened(self, path: str) -> bool:
        """Whether the rare fields of a part hold anything, or are at fault."""
        rare = self.fields(path, rare=True)
        return any(
            self.state(one) != "unknown" if field_at(one).several else self.value(one) for one in rare
        ) or any(fault.startswith(one) for fault in self.faults for one in rare)

    def kept(self, shown: list[str]) -> Iterator[tuple[str, str]]:
        """Every field that is not among those shown, to be sent along unseen."""
        for name, values in self.form.items():
            if name.removesuffix("?") not in shown:
                yield from ((name, value) for value in values if value)

    def said(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Every field that says something, in the order of the contract; known to be none is an empty one."""
        for name, values in self.form.items():
            path = name.removesuffix("?")
            if name.endswith("?") and values[-1:] == ("none",):
                yield path, ()
            elif path == name and any(value.strip() for value in values):
                yield path, values

    field = staticmethod(field_at)
    key = staticmethod(key_of)


class _Way(msgspec.Struct, frozen=True):
    whole: bool = False
    line: int | None = None


@get("/decide", sync_to_thread=True, opt=needs("decide"))
def form(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The first questions; with `?whole=1` every field, with `?line=` those of a decision that was recorded."""
    way = asked(request, _Way)
    if way.line is not None:
        return _form(request, flat(_line(request, str(way.line))[1]), whole=True)
    now = request.app.state.now()
    begun = flat({"id": f"T-{now:%Y%m%d-%H%M%S}", "on": now.date().isoformat(), "parties": [{}]})
    return _form(request, begun, whole=way.whole)


@post("/decide", opt=needs("decide"), status_code=200)
async def decide(request: Request[Any, Any, Any]) -> Response[Any]:
    """Add or take away a part, show every field, answer, answer and record, or write the memo."""
    sent = await request.form()
    given: dict[str, tuple[str, ...]] = {}
    pairs = list(sent.multi_items())
    if len(pairs) > _MOST_FIELDS:
        raise QueryError(f"more than {_MOST_FIELDS:,} fields; give a file to `ringfence decide` instead.")
    for name, value in pairs:
        if isinstance(value, str):
            given[name] = (*given.get(name, ()), value)
    return await sync_to_thread(_acted, request, given)


@get("/decisions/{line:str}", sync_to_thread=True, opt=needs("review"))
def decision(request: Request[Any, Any, Any], line: FromPath[str]) -> Response[bytes]:
    """A decision that was recorded, as it was recorded."""
    number, said, found = _line(request, line)
    return _answer(request, flat(said), found, line=number)


@get("/decisions/{line:str}/memo", sync_to_thread=True, opt=needs("review"))
def decision_memo(request: Request[Any, Any, Any], line: FromPath[str]) -> Response[bytes]:
    """Its memo, to be printed."""
    _, said, found = _line(request, line)
    return _memo(request, read_transaction(said), found)


@post("/decisions/{line:str}/replay", sync_to_thread=True, opt=needs("review"), status_code=200)
def replayed(request: Request[Any, Any, Any], line: FromPath[str]) -> Response[Any]:
    """Ask it once more as known then, and say whether the answer has the same bytes."""
    with opened(request) as ledger:
        recorded_line = _decision_in(ledger, line)
    again = replay(recorded_line, request.app.state.settings)
    return redirect(
        f"/decisions/{recorded_line.number}", "decide.replay.same" if again.same else "decide.replay.differs"
    )


def _acted(request: Request[Any, Any, Any], given: dict[str, tuple[str, ...]]) -> Response[Any]:
    do, _, path = given.get("do", ("ask",))[-1].partition(":")
    sent = tidied(given)
    whole = "whole" in given
    if do in ("add", "remove", "whole"):
        changed = _changed(sent, do, path)
        return _form(request, changed, whole=True)
    faults = faults_in(sent)
    if faults:
        return _form(request, sent, whole=whole or not set(faults) <= set(FIRST), faults=faults)
    said = said_in(sent)
    transaction = read_transaction(said)
    world = request.app.state.worlds.world()
    engine = asked_of(world, request.app.state.now())
    (found,) = engine.decide([transaction])
    if do == "memo":
        return _memo(request, transaction, found)
    if do == "record":
        entry = (found.id, recorded(said, msgspec.json.encode(found), found, engine))
        lines = in_ledger(engine.settings.store, "decision", [entry], at=engine.now)
        if lines:
            return redirect(f"/decisions/{lines[0].number}", "decide.kept_as", line=str(lines[0].number))
        return _answer(request, sent, found, unkept=True)
    return _answer(request, sent, found)


def _changed(sent: Flat, do: str, path: str) -> Flat:
    if do == "whole":
        return sent
    try:
        several = field_at(path).kind == "parts"
    except KeyError:
        several = False
    if not several or len(path) > 200 or path.endswith("]") != (do == "remove"):
        raise QueryError("there is no such part of a transaction.", "do")
    return with_part(sent, path) if do == "add" else without_part(sent, path)


def _form(
    request: Request[Any, Any, Any], sent: Flat, *, whole: bool, faults: dict[str, str] | None = None
) -> Response[bytes]:
    return page(
        request,
        "decide_whole.html" if whole else "decide.html",
        status=422 if faults else 200,
        form=Shown(sent, faults),
        sections=SECTIONS,
        first=FIRST,
    )


def _answer(
    request: Request[Any, Any, Any],
    sent: Flat,
    found: Decision,
    *,
    line: int | None = None,
    unkept: bool = False,
) -> Response[bytes]:
    open_form, wanted, others = _wanted(sent, found)
    return page(
        request,
        "decision.html",
        form=Shown(open_form),
        decision=found,
        line=line,
        unkept=unkept,
        wanted=wanted,
        others=others,
        notable=[one for one in found.findings if one.outcome != "no_requirement_found"],
        notes=[one for one in found.findings if one.outcome == "no_requirement_found"],
    )


def _wanted(sent: Flat, found: Decision) -> tuple[Flat, list[str], list[str]]:
    """The fields that would settle it, in a form that has room for them, and what no field can say."""
    grown, wanted = sent, [question.path for question in questions(found, set())]
    others = []
    for fact in found.missing:
        path, colon, _ = fact.partition(":")
        try:
            field: Field | None = field_at(path)
        except KeyError:
            field = None
        if field is not None and field.kind == "parts" and (not colon or path.endswith(".owners")):
            if not parts_at(grown, path):
                grown = with_part(grown, path)
            usual = (
                ("name", "country", "share")
                if field.name == "owners"
                else ("classification", "origin", "located_in")
            )
            wanted += [f"{path}[{place}].{name}" for place in parts_at(grown, path) for name in usual]
        elif field is not None and not colon and field.kind != "part":
            wanted.append(path)
        elif fact != "actor":
            others.append(fact)
    return grown, list(dict.fromkeys(wanted)), others


def _memo(request: Request[Any, Any, Any], transaction: Transaction, found: Decision) -> Response[bytes]:
    t = texts(request)
    wording = None if t.language == "en" else Printed(t)
    return Response(
        memo([(transaction, found)], wording=wording).encode("utf-8", "replace"),
        media_type="text/html; charset=utf-8",
        headers={"Content-Security-Policy": PRINTED_POLICY, "Cache-Control": "no-store"},
    )


def _line(request: Request[Any, Any, Any], name: str) -> tuple[int, dict[str, Any], Decision]:
    """The number, the input and the answer of a recorded decision. Raises NotKnown."""
    with opened(request) as ledger:
        line = _decision_in(ledger, name)
    said = line.said()
    return line.number, said["input"], msgspec.json.decode(said["answer"], type=Decision)


def _decision_in(ledger: Ledger, name: str) -> Line:
    """The decision on the line of this number; a reference that reads like one is not meant. Raises NotKnown."""
    line = ledger.numbered(int(name)) if name.isascii() and name.isdigit() and len(name) < 20 else None
    if line is None or line.kind != "decision" or line.body is None:
        raise NotKnown(f"line {name[:20]} of the ledger holds no decision (any more).")
    return line


handlers = (form, decide, decision, decision_memo, replayed)
