"""A part of a network that a person can look at: the parties around some of them, by relation and by status.

What is left out is counted at the party it is tied to, so nothing disappears unsaid.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable

import msgspec

from ringfence.graph.network import Tie
from ringfence.graph.ownership import Ownership
from ringfence.graph.regimes import Status

MOST_PARTIES = 150
"""Parties of one excerpt; those nearest to where it begins, and the strongest status, come first."""

_RANK = ("listed", "owned", "possibly_owned", "minority", "none")


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A party of an excerpt. `hidden` counts its ties that lead out of it; `near` is its distance from the beginning."""

    number: int
    status: Status
    near: int
    hidden: int


class Excerpt(msgspec.Struct, frozen=True, kw_only=True):
    """Some parties with every tie between them that was asked for. `left_out` counts the parties without room."""

    parties: tuple[Seen, ...]
    ties: tuple[Tie, ...]
    left_out: int


def excerpt(
    ownership: Ownership,
    begin: Collection[int] = (),
    *,
    opened: Collection[int] = (),
    hops: int = 1,
    relations: Collection[str] = (),
    statuses: Collection[str] = (),
    most: int = MOST_PARTIES,
) -> Excerpt:
    """The parties within `hops` of where it begins, and the neighbors of every opened one.

    Without a beginning it is the whole network. `relations` are those of the ties to follow and to show, `statuses` those
    of the parties to show beside the ones it begins with and those opened; empty means all.
    """
    statuses_of = ownership.statuses()
    ties = [
        tie
        for tie in ownership.network.ties_on(ownership.on)
        if tie.subject != tie.target and (not relations or tie.link.relation in relations)
    ]
    near: dict[int, set[int]] = defaultdict(set)
    for tie in ties:
        near[tie.subject].add(tie.target)
        near[tie.target].add(tie.subject)
    distance = _distances(begin or list(near), near, hops, opened)
    kept = {*begin, *opened}
    wanted = [
        number for number in distance if not statuses or number in kept or statuses_of[number] in statuses
    ]
    wanted.sort(
        key=lambda number: (number not in kept, distance[number], _RANK.index(statuses_of[number]), number)
    )
    shown = set(wanted[:most])
    inside = tuple(tie for tie in ties if tie.subject in shown and tie.target in shown)
    return Excerpt(
        parties=tuple(
            Seen(
                number=number,
                status=statuses_of[number],
                near=distance[number],
                hidden=sum(other not in shown for other in near[number]),
            )
            for number in wanted[:most]
        ),
        ties=inside,
        left_out=len(wanted) - len(shown),
    )


def _distances(
    begin: Iterable[int], near: dict[int, set[int]], hops: int, opened: Collection[int]
) -> dict[int, int]:
    """How far each party within reach is; an opened party leads on to its neighbors at any distance."""
    distance = dict.fromkeys(begin, 0)
    waiting = list(distance)
    for number in waiting:
        if distance[number] < hops or number in opened:
            for other in sorted(near[number]):
                if other not in distance:
                    distance[other] = distance[number] + 1
                    waiting.append(other)
    return distance
