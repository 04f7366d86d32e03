"""What people bring about a network: links, orders, products, parties; read within bounds, and the last few kept ready.

A network is held for one state of the lists and one day, so it is never asked about others.
"""

import threading
from collections import OrderedDict
from pathlib import Path
from typing import Any

import msgspec

from ringfence import Book, LinkSet, Query, read_bill, read_links, read_orders, reference_links
from ringfence.errors import InputError
from ringfence.graph.exposure import Exposures
from ringfence.graph.ownership import Ownership
from ringfence.interfaces.batch import find_columns, open_table, read_queries, titles_parties, within_bounds
from ringfence.interfaces.web.runs.screening import BOUNDS
from ringfence.interfaces.web.runs.shelf import Shelf, Upload
from ringfence.interfaces.web.worlds import World

KEPT = 6
"""Networks that are kept ready; the one longest unused goes first."""
MOST_LINKS = 20_000
"""Links of one network: a page is answered while somebody waits, and every end of a link is screened."""
MOST_PARTIES = 50_000
"""Parties of one book."""


class Held(msgspec.Struct):
    """A network under a regime on a day, ready to be looked at by one reader at a time."""

    ownership: Ownership
    exposures: Exposures
    remarks: tuple[str, ...]
    lock: Any


class Books:
    """Networks and books from the uploads of one service."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._held: OrderedDict[tuple[str, str, str], Held] = OrderedDict()
        self._lock = threading.Lock()

    def links(self, upload: Upload) -> LinkSet:
        """The links of an upload. Raises InputError with file, row and field at fault."""
        found = LinkSet()
        for part in sorted(upload.stored):
            if part.startswith("links"):
                found.add(read_links(self._checked(upload, part), holder=upload.options.get("holder")))
        if len(found.links) > MOST_LINKS:
            raise InputError(
                f"{upload.name}: {len(found.links):,} links, a page takes {MOST_LINKS:,}; keep those of the parties you "
                "deal with, or use `ringfence exposure`"
            )
        return found

    def book(self, upload: Upload) -> Book:
        """The orders, products and parties of an upload. Raises InputError."""
        return Book(
            parties=tuple(self._parties(upload)),
            bill=tuple(
                read_bill(self._checked(upload, "products-0")) if "products-0" in upload.stored else ()
            ),
            orders=tuple(
                read_orders(self._checked(upload, "orders-0")) if "orders-0" in upload.stored else ()
            ),
        )

    def held(self, world: World, name: str, upload: Upload | None, regime: str) -> Held:
        """The network `name`, made when it is first asked for. Raises InputError, QueryError."""
        key = (world.name, name, regime)
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key]
        links = self.links(upload) if upload else bundled(world, name)
        ownership = world.engine.ownership(links, regime=regime)
        held = Held(ownership, Exposures(ownership), tuple(links.remarks), threading.Lock())
        with self._lock:
            self._held[key] = held
            while len(self._held) > KEPT:
                self._held.popitem(last=False)
        return held

    def ready(self, world: World, name: str, regime: str) -> bool:
        """Whether the network is kept ready, so that it answers at once."""
        with self._lock:
            return (world.name, name, regime) in self._held

    def _checked(self, upload: Upload, part: str) -> Path:
        """The file of a part, seen to unpack within bounds: readers of links trust their files more than a service may."""
        path = self._shelf.place(upload) / upload.stored[part]
        within_bounds(path, BOUNDS, upload.names[part])
        return path

    def _parties(self, upload: Upload) -> list[Query]:
        if "parties-0" not in upload.stored:
            return []
        path = self._shelf.place(upload) / upload.stored["parties-0"]
        bounds = msgspec.structs.replace(BOUNDS, rows=MOST_PARTIES)
        with open_table(path, bounds=bounds, name=upload.names["parties-0"], titled=titles_parties) as table:
            return [query for query, _ in read_queries(table, find_columns(table))]


def bundled(world: World, name: str) -> LinkSet:
    """The links that nobody has to bring: the reference set, or the ties that entries of the lists state themselves."""
    return reference_links() if name == "reference-2019" else world.engine.listed_ties()
