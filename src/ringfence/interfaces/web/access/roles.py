"""Roles, and what each may do. Every route names one permission; a route that names none is closed."""

from collections.abc import Collection
from typing import Any, Literal, get_args

import msgspec
from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler

from ringfence.errors import AccessDenied

Permission = Literal["open", "read", "screen", "decide", "review", "approve", "administer"]
"""What a route asks of its caller. `open` asks nothing, not even who it is; `read` looks at lists and one party;
`screen` answers batches; `decide` asks about transactions and records the answer; `review` works on alerts;
`approve` is the second pair of eyes; `administer` sees to keys and people."""

Role = Literal["viewer", "analyst", "approver", "administrator"]

GRANTS: dict[Role, frozenset[Permission]] = {
    "viewer": frozenset({"read"}),
    "analyst": frozenset({"read", "screen", "decide", "review"}),
    "approver": frozenset({"read", "screen", "decide", "review", "approve"}),
    "administrator": frozenset({"read", "screen", "decide", "review", "approve", "administer"}),
}
"""What each role may do."""

ROLES: tuple[Role, ...] = get_args(Role)
SCOPES: tuple[Permission, ...] = tuple(one for one in get_args(Permission) if one != "open")

CallerKind = Literal["anonymous", "key", "person", "proxy"]


class Caller(msgspec.Struct, frozen=True):
    """Who calls. `may` is what the role grants, cut down to the scopes of the key where it has any."""

    name: str
    kind: CallerKind
    role: Role
    may: frozenset[Permission]

    @classmethod
    def of(cls, name: str, kind: CallerKind, role: Role, scopes: Collection[Permission] = ()) -> "Caller":
        """The caller with this role, held to `scopes` when there are any."""
        granted = GRANTS[role]
        return cls(name, kind, role, granted & frozenset(scopes) if scopes else granted)


def needs(permission: Permission) -> dict[str, Any]:
    """The `opt` of a route that asks for `permission`."""
    return {"permission": permission}


def caller_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Caller:
    """Who asks."""
    caller: Caller = connection.scope["user"]
    return caller


def permitted(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Litestar guard: let the caller through, or raise AccessDenied."""
    needed: Permission | None = handler.opt.get("permission")
    if needed == "open":
        return
    caller = caller_of(connection)
    if needed is None or needed not in caller.may:
        raise AccessDenied(
            f"{caller.name} ({caller.role}) may not do this: it needs the permission {needed!r}. Ask an administrator."
        )
