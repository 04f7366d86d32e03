"""The ledger as a person reads it: newest first, what was screened, decided and reviewed, and whether the chain holds."""

from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, get

from ringfence import Line
from ringfence.interfaces.web.access.roles import needs
from ringfence.interfaces.web.api.ledger import opened
from ringfence.interfaces.web.pages.answer import page
from ringfence.interfaces.web.pages.forms import asked
from ringfence.store import is_made

ON_A_PAGE = 50

Kind = Literal["decision", "screen", "review", "hold", "release", "purge"]
KINDS: tuple[Kind, ...] = ("decision", "screen", "review", "hold", "release", "purge")


class _Asked(msgspec.Struct, frozen=True):
    """Which lines: of a kind, about a reference, before the line of a number. `verify` asks whether the chain holds."""

    kind: Kind | None = None
    ref: Annotated[str, msgspec.Meta(max_length=300)] = ""
    before: Annotated[int, msgspec.Meta(ge=1, le=1 << 53)] | None = None
    verify: bool = False


_SAID = {"decision": {"outcome"}, "screen": {"parties", "outcomes"}, "review": {"alert", "action", "by"}}
"""What the body of a line must say to be shown in a row."""


class Told(msgspec.Struct, frozen=True):
    """A line with its body; that is empty for a line that was purged, or that nobody can read (any more)."""

    line: Line
    body: dict[str, Any]

    @property
    def parties(self) -> list[str]:
        """The names of the parties of a decision."""
        parties = self.body.get("input", {}).get("parties", ()) if self.line.kind == "decision" else ()
        return [str(one["name"]) for one in parties if isinstance(one, dict) and one.get("name")]


@get("/ledger", sync_to_thread=True, opt=needs("review"))
def ledger(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The latest lines."""
    wanted = asked(request, _Asked)
    lines: list[Line] = []
    verified = None
    if is_made(request.app.state.settings.store):
        with opened(request) as found:
            lines = found.latest(
                kind=wanted.kind, ref=wanted.ref.strip() or None, before=wanted.before, limit=ON_A_PAGE + 1
            )
            verified = found.verify() if wanted.verify else None
    return page(
        request,
        "ledger.html",
        wanted=wanted,
        kinds=KINDS,
        lines=[Told(one, _body(one)) for one in lines[:ON_A_PAGE]],
        older=lines[ON_A_PAGE - 1].number if len(lines) > ON_A_PAGE else None,
        verified=verified,
    )


def _body(line: Line) -> dict[str, Any]:
    try:
        body = line.said() if line.body else {}
    except msgspec.DecodeError:  # changed behind the ledger's back: the check of the chain tells of it
        return {}
    return body if isinstance(body, dict) and body.keys() >= _SAID.get(line.kind, set()) else {}


handlers = (ledger,)
