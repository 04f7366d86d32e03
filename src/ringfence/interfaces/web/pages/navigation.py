"""The menu: where there is something to do, and what permission it asks for. A page joins it by one line here."""

from collections.abc import Collection
from typing import NamedTuple

from ringfence.interfaces.web.access.roles import Permission


class Door(NamedTuple):
    """One entry of the menu; `key` names its text (`layout.menu.KEY`), `path` is where it leads.

    Pages under `path` belong to it, and those under the paths of `also`.
    """

    key: str
    path: str
    permission: Permission
    also: tuple[str, ...] = ()


MENU = (
    Door("search", "/search", "read"),
    Door("alerts", "/alerts", "review"),
    Door("screenings", "/screenings", "screen"),
    Door("decide", "/decide", "decide"),
    Door("network", "/network", "screen"),
    Door("simulate", "/simulate", "screen"),
    Door("lists", "/lists", "read", ("/listings", "/over-time", "/changes", "/rulings")),
    Door("ledger", "/ledger", "review", ("/decisions",)),
)


def menu(may: Collection[Permission]) -> list[Door]:
    """What somebody with these permissions is shown."""
    return [door for door in MENU if door.permission in may]


def current(door: Door, path: str) -> bool:
    """Whether the page at `path` belongs to this entry."""
    return any(path == home or path.startswith(f"{home}/") for home in (door.path, *door.also))
