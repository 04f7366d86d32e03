"""Parties and the ties between them, as files of links state them, made ready to be computed with.

Two statements of one holding are alternatives: their shares are never added, the interval that covers both
is taken. A declared nominee stands aside for whoever it holds for. Which name means which party is decided by
the caller (`identify`); without it, names that read alike in one country are one party. Every tie keeps the
links it rests on.
"""

import datetime as dt
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Literal

import msgspec

from ringfence.records import UNKNOWN_SHARE, Link, Listing, Party, Query, Share

EQUITY = frozenset(("owns", "invested_in", "holds_securities_of"))
"""Relations by which the subject owns a part of the object."""

HoldingKind = Literal["equity", "voting", "control", "same_person"]
"""`equity` is a part of the capital, `voting` votes alone, `control` a tie without capital, `same_person` a
branch and its head office."""


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A listing that a party was found to be, and the evidence: `score` from 0 to 1, and how it was found.

    `certain` is false for a resemblance that somebody must look at first.
    """

    listing: Listing
    score: float = 1.0
    by: str = "name"
    certain: bool = True
    simulated: bool = False


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Who an end of a link is. Ends with the same `key` are one party."""

    key: str
    name: str
    id: str | None = None
    country: str | None = None
    incorporated_in: str | None = None
    listed: tuple[Listed, ...] = ()


class End(msgspec.Struct, frozen=True):
    """An end of a link as stated: its text, the country stated beside it, and the party a file describes."""

    text: str
    country: str | None = None
    party: Party | None = None
    incorporated_in: str | None = None


_LEI = re.compile(r"[0-9A-Z]{18}[0-9]{2}")

Identify = Callable[[Sequence[End]], Sequence[Identity]]
"""Who each end is, in order."""


class Node(msgspec.Struct, kw_only=True):
    """A party in the network. `number` is its place; `undisclosed` stands for somebody a nominee does not name."""

    number: int
    key: str
    name: str
    id: str | None = None
    country: str | None = None
    incorporated_in: str | None = None
    listed: tuple[Listed, ...] = ()
    undisclosed: bool = False


class Tie(msgspec.Struct, frozen=True):
    """A link with its ends as parties. `target` is None where the statement names nobody."""

    subject: int
    target: int
    link: Link


class Holding(msgspec.Struct, frozen=True):
    """What `owner` has of `owned` on a day, by all statements together."""

    owner: int
    owned: int
    share: Share
    kind: HoldingKind
    base: str | None
    links: tuple[Link, ...]


class Network:
    """Parties by number, and the ties between them. Build one with `network_of`."""

    def __init__(
        self, nodes: list[Node], ties: list[Tie], ends: Mapping[tuple[str, str | None], int]
    ) -> None:
        self.nodes = nodes
        self.ties = ties
        self.ends = ends
        self._by_key = {node.key: node.number for node in nodes}
        self.remarks: list[str] = []
        """What was doubtful in the holdings of the day last asked for."""
        self.doubts: list[str] = []
        """What was doubtful in the links taken together."""

    def find(self, text: str, country: str | None = None) -> int | None:
        """The party that a link, an id or a name calls so; None when no tie speaks of it."""
        wanted = plain(text)
        for place in ((wanted, country), (wanted, None)):
            if place in self.ends:
                return self.ends[place]
        alike = {number for where, number in self._by_name.get(wanted, ()) if not country or not where}
        return alike.pop() if len(alike) == 1 else None

    def locate(self, query: Query) -> int | None:
        """The party a query asks about: by its id first, then by its name; None when no tie speaks of it."""
        country = query.countries[0] if query.countries else None
        by_id = self.find(query.id) if query.id else None
        return by_id if by_id is not None else self.find(query.name, country)

    def tied(self, number: int) -> bool:
        """Whether any tie speaks of a party."""
        return number in self._tied

    @cached_property
    def _tied(self) -> set[int]:
        return {end for tie in self.ties for end in (tie.subject, tie.target)}

    @cached_property
    def _by_name(self) -> dict[str, set[tuple[str | None, int]]]:
        found: dict[str, set[tuple[str | None, int]]] = defaultdict(set)
        for (name, where), number in self.ends.items():
            found[name].add((where, number))
        return found

    def by_key(self, key: str) -> int | None:
        """The party under a key of `Identity`."""
        return self._by_key.get(key)

    def add(self, identity: Identity) -> Node:
        """A party without any tie, or the one already there."""
        number = self._by_key.get(identity.key)
        if number is not None:
            return self.nodes[number]
        node = _node(len(self.nodes), identity)
        self.nodes.append(node)
        self._by_key[node.key] = node.number
        return node

    def ties_on(self, day: dt.date) -> list[Tie]:
        """The ties that are stated to hold on a day. An open beginning or end is open; a denial is no tie."""
        return [
            tie
            for tie in self.ties
            if tie.link.polarity == "asserted"
            and (tie.link.since is None or tie.link.since <= day)
            and (tie.link.until is None or day <= tie.link.until)
        ]

    def holdings_on(self, day: dt.date) -> list[Holding]:
        """Who has what of whom on a day: statements reconciled, nominees replaced by whom they stand for."""
        ties = self.ties_on(day)
        stands_for: dict[int, set[int]] = defaultdict(set)
        declared: dict[int, list[Link]] = defaultdict(list)
        for tie in ties:
            if tie.link.relation == "nominee_for" and tie.subject != tie.target:
                stands_for[tie.subject].add(tie.target)
                declared[tie.subject].append(tie.link)
        stated: dict[tuple[int, int, HoldingKind, str | None], list[tuple[Link, bool]]] = defaultdict(list)
        for tie in ties:
            kind = holding_kind(tie.link)
            if kind is None:
                continue
            owner, owned = (tie.target, tie.subject) if kind == "same_person" else (tie.subject, tie.target)
            behind = _behind(owner, stands_for)
            for real in behind:
                if real != owned:
                    stated[real, owned, kind, tie.link.share_base].append((tie.link, len(behind) == 1))
        found = []
        remarks = []
        for (owner, owned, kind, base), statements in stated.items():
            share, conflict = _covering(statements, kind)
            links = tuple(link for link, _ in statements)
            if conflict:
                remarks.append(
                    f"{self.nodes[owner].name} and {self.nodes[owned].name}: sources differ on the share "
                    f"({', '.join(f'{link.share} by {link.source}' for link in links if link.share)}); taken as {share}"
                )
            found.append(Holding(owner, owned, share, kind, base, links))
        self.remarks = remarks
        return found


def network_of(
    links: Iterable[Link], parties: Mapping[str, Party] | None = None, identify: Identify | None = None
) -> Network:
    """The network of some links. `parties` describe ends by the ids that links use for them."""
    links = list(links)
    known = dict(parties or {})
    named: dict[str, list[Party]] = defaultdict(list)
    for described in known.values():
        named[plain(described.name)].append(described)
    ends: dict[tuple[str, str | None], End] = {}
    for link in links:
        for text, country, incorporated in (
            (link.subject, link.subject_country, None),
            (link.object, link.object_country, link.object_incorporated_in),
        ):
            if not text:
                continue
            place = (plain(text), country)
            before = ends.get(place)
            if before is None or (incorporated and not before.incorporated_in):
                party = known.get(text) or _only(named.get(plain(text), []), country)
                ends[place] = End(
                    party.name if party else text,
                    country or (party.countries[0] if party and party.countries else None),
                    party,
                    incorporated or (before.incorporated_in if before else None),
                )
    identities = (identify or by_name)(list(ends.values()))
    nodes: list[Node] = []
    by_key: dict[str, Node] = {}
    numbers: dict[tuple[str, str | None], int] = {}
    for (place, end), identity in zip(ends.items(), identities, strict=True):
        node = by_key.get(identity.key)
        if node is None:
            node = by_key[identity.key] = _node(len(nodes), identity)
            nodes.append(node)
        node.country = node.country or identity.country
        node.incorporated_in = node.incorporated_in or end.incorporated_in
        if identity.listed and node.listed != identity.listed:
            node.listed = _united((*node.listed, *identity.listed))
        numbers[place] = node.number
        numbers.setdefault((plain(end.text), end.country), node.number)
    ties = []
    for link in links:
        subject = numbers[plain(link.subject), link.subject_country]
        if link.object:
            target = numbers[plain(link.object), link.object_country]
        else:
            key = f"undisclosed:{nodes[subject].key}"
            hidden = by_key.get(key)
            if hidden is None:
                name = f"somebody not named, behind {nodes[subject].name}"
                hidden = by_key[key] = Node(number=len(nodes), key=key, name=name, undisclosed=True)
                nodes.append(hidden)
            target = hidden.number
        ties.append(Tie(subject, target, link))
    network = Network(nodes, ties, numbers)
    network.doubts = [
        f"{end.text} is an LEI that no file describes: it was asked for as if it were a name; give a file that names it"
        for end in ends.values()
        if end.party is None and _LEI.fullmatch(end.text)
    ]
    return network


def plain(text: str) -> str:
    """A name or id as it is compared: letters folded, spaces made one."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def by_name(ends: Sequence[End]) -> list[Identity]:
    """Ends that read alike are one party, unless their countries differ.

    A name stated without a country is the party of that name when only one country is stated for it.
    """
    countries: dict[str, set[str]] = defaultdict(set)
    for end in ends:
        if end.country:
            countries[plain(end.text)].add(end.country)
    found = []
    for end in ends:
        name = plain(end.text)
        stated = countries[name]
        where = end.country or (next(iter(stated)) if len(stated) == 1 else None)
        key = f"{name}|{where or ''}" if len(stated) > 1 else name
        if end.party and end.party.id:
            key = f"id:{end.party.id}"
        found.append(
            Identity(
                key=key,
                name=end.text,
                id=end.party.id if end.party else None,
                country=where,
                incorporated_in=end.incorporated_in,
            )
        )
    return found


def holding_kind(link: Link) -> HoldingKind | None:
    """What a link is worth in a test of ownership; None for a tie that is no holding."""
    if link.relation in EQUITY:
        return "voting" if link.share_base == "voting" else "equity"
    if link.relation == "branch_of":
        return "same_person"
    if link.relation == "controls":
        # Consolidation in accounts follows control and states no percentage: any share is possible.
        return "equity" if link.share_base == "accounting_consolidation" else "control"
    return None


def _node(number: int, identity: Identity) -> Node:
    return Node(
        number=number,
        key=identity.key,
        name=identity.name,
        id=identity.id,
        country=identity.country,
        incorporated_in=identity.incorporated_in,
        listed=identity.listed,
    )


def _united(listed: Iterable[Listed]) -> tuple[Listed, ...]:
    """Each listing once, by its best evidence."""
    best: dict[str, Listed] = {}
    for one in listed:
        before = best.get(one.listing.id)
        if before is None or (one.certain, one.score) > (before.certain, before.score):
            best[one.listing.id] = one
    return tuple(best.values())


def _only(parties: Sequence[Party], country: str | None) -> Party | None:
    """The one party of a name that may be meant; None when there are several."""
    fitting = [one for one in parties if not country or not one.countries or country in one.countries]
    return fitting[0] if len(fitting) == 1 else None


def _behind(owner: int, stands_for: Mapping[int, set[int]]) -> set[int]:
    """Who really holds what `owner` holds in name: itself, or those at the end of its declarations."""
    if owner not in stands_for:
        return {owner}
    found: set[int] = set()
    seen: set[int] = set()
    waiting = [owner]
    while waiting:
        number = waiting.pop()
        if number in seen:
            continue
        seen.add(number)
        if number in stands_for:
            waiting += stands_for[number]
        else:
            found.add(number)
    # Nominees who only declare each other name nobody: then each may be the owner.
    return found or seen


def _covering(statements: Sequence[tuple[Link, bool]], kind: HoldingKind) -> tuple[Share, bool]:
    """The interval that covers every stated share, and whether two of them cannot both be true.

    A statement without a share adds nothing to one that has it. A holding that may be somebody else's counts
    from nothing.
    """
    if kind in ("control", "same_person"):
        return Share(Decimal(1), Decimal(1)), False
    stated = [(link.share, sole) for link, sole in statements if link.share is not None]
    if not stated:
        return UNKNOWN_SHARE, False
    lows = [(share.low, not share.open_low) if sole else (Decimal(0), True) for share, sole in stated]
    highs = [(share.high, not share.open_high) for share, _ in stated]
    low, low_closed = min(lows, key=lambda end: (end[0], not end[1]))
    high, high_closed = max(highs)
    conflict = max(share.low for share, _ in stated) > min(share.high for share, _ in stated)
    return Share(low, high, open_low=not low_closed, open_high=not high_closed), conflict
