"""Who stands behind the two sides of an alert: the answer of the engine in each network that the reader may see.

A network that was asked before is kept ready, and small ones are asked at once; a large one waits until it is asked for.
"""

from collections.abc import Iterator
from typing import Any

import msgspec
from litestar import Request

from ringfence import Exposure
from ringfence.errors import RingfenceError
from ringfence.graph.network import Network, Node, Tie
from ringfence.graph.regimes import regimes
from ringfence.interfaces.web.pages.answer import address
from ringfence.interfaces.web.pages.network import key_of
from ringfence.interfaces.web.pages.uploading import may_read, shelf_of
from ringfence.interfaces.web.runs.books import Books, Held
from ringfence.interfaces.web.runs.shelf import Upload
from ringfence.interfaces.web.worlds import World
from ringfence.review import Alert

MOST_NETWORKS = 6
"""Networks that an alert is looked up in: the ties that the lists state, and the newest files."""
AT_ONCE = 500_000
"""Bytes of links that are read while somebody waits for the alert."""
MOST_TIES = 12
_OWNING = frozenset({"owns", "controls", "nominee_for", "invested_in", "holds_securities_of"})


class Behind(msgspec.Struct, frozen=True):
    """One party of an alert in one network: `side` is `mine` or `theirs`, `ties` are those of ownership next to it."""

    network: str
    upload: Upload | None
    side: str
    name: str
    href: str
    exposure: Exposure
    ties: list[tuple[str, Tie, str]]
    more: int


class Waiting(msgspec.Struct, frozen=True):
    """A network that was not asked: too large to be read meanwhile, or `fault` says why it cannot be."""

    upload: Upload
    fault: str = ""


def behind(
    request: Request[Any, Any, Any], world: World, found: Alert, wanted: str | None
) -> tuple[list[Behind], list[Waiting]]:
    """What the networks at hand say of both parties of an alert, and the networks that were not asked.

    `wanted` is the id of an upload to be asked whatever it takes.
    """
    books: Books = request.app.state.books
    regime = regime_for(found.standing.list)
    told: list[Behind] = []
    waiting: list[Waiting] = []
    uploads = [one for one in shelf_of(request).uploads() if one.use == "network" and may_read(request, one)]
    uploads.sort(key=lambda one: one.made_at, reverse=True)
    for name, upload in (("listed-ties", None), *((one.id, one) for one in uploads[: MOST_NETWORKS - 1])):
        try:
            if upload and upload.size > AT_ONCE and wanted != name and not books.ready(world, name, regime):
                waiting.append(Waiting(upload))
                continue
            held = books.held(world, name, upload, regime)
            with held.lock:
                told += _told(found, held, name, upload, regime)
        except RingfenceError as error:
            if upload is None:
                raise
            waiting.append(Waiting(upload, str(error)))
    return told, waiting


def regime_for(list_id: str) -> str:
    """The regime whose owners the entries of a list are; that of the EAR where no regime names the list."""
    return next(
        (name for name, one in regimes().items() if list_id in one.lists and list_id not in one.by_program),
        "bis",
    )


def _told(found: Alert, held: Held, name: str, upload: Upload | None, regime: str) -> Iterator[Behind]:
    network = held.ownership.network
    for side, node in _sides(found, network):
        near = [
            tie
            for tie in network.ties_on(held.ownership.on)
            if tie.link.relation in _OWNING and node.number in (tie.subject, tie.target)
        ]
        exposure = held.exposures.of(node.number)
        if near or exposure.proof or exposure.paths:
            yield Behind(
                network=name,
                upload=upload,
                side=side,
                name=node.name,
                href=address(
                    f"/network/{name}", party=key_of(node), regime=regime if regime != "bis" else None
                ),
                exposure=exposure,
                ties=[
                    (network.nodes[tie.subject].name, tie, network.nodes[tie.target].name)
                    for tie in near[:MOST_TIES]
                ],
                more=max(len(near) - MOST_TIES, 0),
            )


def _sides(found: Alert, network: Network) -> Iterator[tuple[str, Node]]:
    """The party of the alert by its name, and whoever the network knows as the entry."""
    facts = found.case.facts
    country = facts.countries[0] if facts.countries else None
    number = network.find(found.standing.name, country)
    if number is not None and network.tied(number):
        yield "mine", network.nodes[number]
    for node in network.nodes:
        entries = {one.listing.id for one in node.listed if one.certain}
        if found.standing.listing in entries and node.number != number and network.tied(node.number):
            yield "theirs", node
