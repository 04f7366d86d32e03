"""Every path from a party to something listed, and what each means in law.

A path runs one way: along suppliers, along customers, along holdings, or to a partner; and from its last
party it may run on to that party's owners. A listing on the Entity List makes nobody's purchase, payment or
shareholding unlawful, and no path here says so: what a way means is read from `meanings.toml`. Shares are
multiplied only for money that flows through funds, never in a test of ownership; an amount that is not
stated stays unknown.
"""

import datetime as dt
import tomllib
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from functools import cache, cached_property
from importlib import resources
from typing import Literal

import msgspec

from ringfence.graph.money import Amount, Measure, RolledUp, Tally, as_number
from ringfence.graph.network import EQUITY, End, Identify, Listed, Network, Node, Tie
from ringfence.graph.ownership import Ownership, Standing
from ringfence.records import SCHEMA, Link, Listing, Query, Share

Way = Literal[
    "owned_by", "supply_to", "supply_through", "supply_from", "equity_in", "partner", "director", "branch"
]
PathEffect = Literal[
    "license_required",
    "blocked",
    "asset_freeze",
    "prohibited",
    "securities_prohibited",
    "indeterminate",
    "red_flag",
    "none",
]
_SEVERITY = (
    "prohibited",
    "blocked",
    "asset_freeze",
    "license_required",
    "securities_prohibited",
    "indeterminate",
    "red_flag",
    "none",
)
_WAYS = (
    "owned_by",
    "supply_to",
    "supply_from",
    "equity_in",
    "supply_through",
    "branch",
    "director",
    "partner",
)

MOST_HOPS = 8
MOST_PATHS = 200
_MOST_EXPANSIONS = 200_000


class Meaning(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a way to a party on one of `lists` means; `*` stands for every way or list."""

    way: str
    lists: tuple[str, ...]
    effect: PathEffect
    rule: str
    text: str


class PathLink(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True, rename={"since": "from"}):
    """One link of a path, as stated. `id` names its file and row."""

    id: str
    subject: str
    relation: str
    object: str
    share: tuple[float, float] | None = None
    share_text: str | None = None
    value: float | None = None
    currency: str | None = None
    item: str | None = None
    tier: int | None = None
    since: dt.date | None = None
    until: dt.date | None = None
    asserted_by: str
    source: str
    source_url: str | None = None
    stated_on: dt.date | None = None
    certainty: str | None = None


class ListedAs(msgspec.Struct, frozen=True, kw_only=True):
    """A listing of a party, and how it was found to be the party."""

    listing: str
    list: str
    name: str
    score: float
    evidence: str
    certain: bool = True
    simulated: bool = False
    license_requirement: str | None = None
    license_review_policy: str | None = None
    footnotes: tuple[int, ...] = ()
    programs: tuple[str, ...] = ()
    citations: tuple[str, ...] = ()
    valid_from: dt.date | None = None
    reservation: str | None = None
    """Why it has no certain effect on the day, in words."""


class Path(msgspec.Struct, frozen=True, kw_only=True):
    """One path to something listed. `parties` runs from the party asked about to the listed one.

    `tier` counts the hops along the way itself, without the owners at its end. `amount` is None where it is unknown.
    """

    way: Way
    parties: tuple[str, ...]
    links: tuple[PathLink, ...]
    listed: ListedAs
    effect: PathEffect
    rule: str
    text: str
    tier: int
    amount: Amount | None
    country: str | None = None


class ProofLine(msgspec.Struct, frozen=True, kw_only=True):
    """A holding counted: `owner` has `share` (fractions, low and high) of `owned`, in the round `step`."""

    owner: str
    owned: str
    share: tuple[float, float]
    share_text: str
    step: int
    counted: bool
    source: str
    sources: tuple[str, ...]


class PartyEcho(msgspec.Struct, frozen=True, kw_only=True):
    """The party asked about."""

    id: str | None
    name: str
    country: str | None


class Exposure(msgspec.Struct, frozen=True, kw_only=True):
    """What a regime says of a party on a day, and every path from it to something listed."""

    schema: str = SCHEMA
    party: PartyEcho
    regime: str
    on: dt.date
    status: str
    red_flag: bool
    effect: str
    proof: tuple[ProofLine, ...]
    paths: tuple[Path, ...]
    paths_complete: bool
    totals: RolledUp
    rule_status: str
    rule: str
    citation: str
    total_share: tuple[float, float] | None
    listings: tuple[ListedAs, ...]
    inherited_from: tuple[str, ...]
    license_requirements: tuple[str, ...]
    license_review_policy: str | None
    footnotes: tuple[int, ...]
    programs: tuple[str, ...]
    notes: tuple[str, ...]
    remarks: tuple[str, ...] = ()


_MEASURES: dict[str, Measure] = {"supply_to": "revenue", "supply_from": "spend", "equity_in": "position"}
"""What money on a way is to the party asked about. What others sell on, along `supply_through`, is theirs."""


def tallied(tally: Tally, paths: Iterable[Path]) -> Tally:
    """The money of some paths added to a tally: under the most severe path that it is on, when these come first.

    In supply, what reaches a listed party by way of another listed one is inside the nearer amount and is left out.
    Through funds each way is money of its own.
    """
    paths = list(paths)
    ends = {(path.way, path.parties[: path.tier + 1]) for path in paths}
    for path in paths:
        measure = _MEASURES.get(path.way)
        along = path.parties[: path.tier + 1]
        nearer = (along[:length] for length in range(2, len(along)))
        if measure is None or (measure != "position" and any((path.way, one) in ends for one in nearer)):
            continue
        links = tuple(link.id for link in path.links[: path.tier])
        tally.add(
            measure,
            links if measure == "position" else links[-1],
            path.amount,
            party=along[-1],
            tier=path.tier,
            country=path.country,
            rule=path.rule,
        )
    return tally


class Exposures:
    """Paths in one network under one regime on one day."""

    def __init__(self, ownership: Ownership) -> None:
        self.ownership = ownership
        self.network: Network = ownership.network
        self._standings: dict[int, Standing] = {}

    def of(self, party: int, remarks: Iterable[str] = (), *, asked: PartyEcho | None = None) -> Exposure:
        """The exposure of a party."""
        node, standing = self.network.nodes[party], self.standing(party)
        paths, complete = self.paths(party)
        regime, period = self.ownership.regime, self.ownership.period
        return Exposure(
            party=asked or PartyEcho(id=_id_of(node), name=node.name, country=node.country),
            regime=regime.id,
            on=self.ownership.on,
            status=standing.status,
            red_flag=standing.red_flag,
            effect=standing.effect,
            proof=tuple(self._proof(standing)),
            paths=tuple(paths),
            paths_complete=complete,
            totals=tallied(Tally(), paths).rolled_up(),
            rule_status=period.status,
            rule=regime.rule,
            citation=period.citation,
            total_share=_ends(standing.total),
            listings=tuple(listed_as(one) for one in node.listed),
            inherited_from=tuple(self.network.nodes[n].name for n in standing.inherited_from if n != party),
            license_requirements=standing.requirements,
            license_review_policy=standing.review_policy,
            footnotes=standing.footnotes,
            programs=standing.programs,
            notes=standing.notes,
            remarks=tuple(remarks),
        )

    def standing(self, party: int) -> Standing:
        """The standing of a party, computed once."""
        if party not in self._standings:
            self._standings[party] = self.ownership.standing(party)
        return self._standings[party]

    def paths(self, party: int) -> tuple[list[Path], bool]:
        """The paths from a party, most severe first, then shortest; and whether these are all."""
        found: list[Path] = []
        for walk in self._walks(party):
            if len(found) >= MOST_PATHS:
                return _ranked(found), False
            found += self._path(walk)
        return _ranked(found), self._exhausted

    def _walks(self, party: int) -> Iterator[list[tuple[str, Tie, int]]]:
        """Simple walks to a listed party, shortest first; a hop is its state, its tie and where it leads."""
        self._exhausted = True
        waiting: deque[tuple[int, str, tuple[tuple[str, Tie, int], ...]]] = deque([(party, "start", ())])
        expansions = 0
        while waiting:
            number, state, walk = waiting.popleft()
            for after, tie, target in self._hops(number, state):
                if target == party or any(target == visited for _, _, visited in walk):
                    continue
                expansions += 1
                if expansions > _MOST_EXPANSIONS:
                    self._exhausted = False
                    return
                longer = (*walk, (after, tie, target))
                if any(one.certain for one in self.network.nodes[target].listed):
                    yield list(longer)
                if len(longer) < MOST_HOPS:
                    waiting.append((target, after, longer))
                elif self._leads_on(target, after):
                    self._exhausted = False

    def _hops(self, number: int, state: str) -> Iterator[tuple[str, Tie, int]]:
        for after, tie, target in self._ways_out.get(number, ()):
            if (state in (after, "start") or after == "owned_by") and self._leads_to_listed(target, after):
                yield after, tie, target

    def _leads_on(self, number: int, state: str) -> bool:
        return any(True for _ in self._hops(number, state))

    def _leads_to_listed(self, number: int, state: str) -> bool:
        return (number, state) in self._hopeful

    @cached_property
    def _ways_out(self) -> dict[int, list[tuple[str, Tie, int]]]:
        """From each party: the way a tie runs, the tie, and the party at its other end."""
        found: dict[int, list[tuple[str, Tie, int]]] = defaultdict(list)
        for tie in self.network.ties_on(self.ownership.on):
            if tie.subject == tie.target:
                continue
            for subject_way, object_way in (tie_ways(tie.link.relation),):
                if subject_way:
                    found[tie.subject].append((subject_way, tie, tie.target))
                if object_way:
                    found[tie.target].append((object_way, tie, tie.subject))
        return found

    @cached_property
    def _hopeful(self) -> set[tuple[int, str]]:
        """Parties from which, arrived at along a way, something listed can be reached; itself included."""
        back: dict[tuple[int, str], list[tuple[int, str]]] = defaultdict(list)
        ways = {way for hops in self._ways_out.values() for way, _, _ in hops}
        for number, hops in self._ways_out.items():
            for after, _, target in hops:
                for before in ways if after == "owned_by" else (after,):
                    back[target, after].append((number, before))
        start = [
            (node.number, way)
            for node in self.network.nodes
            if any(o.certain for o in node.listed)
            for way in ways
        ]
        found = set(start)
        while start:
            for place in back.get(start.pop(), ()):
                if place not in found:
                    found.add(place)
                    start.append(place)
        return found

    def _path(self, walk: list[tuple[str, Tie, int]]) -> Iterator[Path]:
        """The path of a walk, once for every list its end is on."""
        along = [hop for hop in walk if hop[0] != "owned_by"]
        way = _way(along)
        first = walk[0][1].subject if walk[0][1].target == walk[0][2] else walk[0][1].target
        pivot = along[-1][2] if along else first
        names = (self.network.nodes[first].name, *(self.network.nodes[target].name for _, _, target in walk))
        through_owners = walk[-1][2] != pivot
        for one in self.network.nodes[walk[-1][2]].listed:
            if not one.certain:
                continue
            meaning = reserved(meaning_of(way, one.listing.list), one.listing)
            effect, text = meaning.effect, meaning.text
            if through_owners:
                effect, text = self._through_owners(pivot, one, meaning, way)
            elif way == "equity_in" and one.listing.list == "us_ofac_cmic":
                text = " ".join((text, "; ".join(one.listing.directives))).strip()
            yield Path(
                way=way,
                parties=names,
                links=tuple(_path_link(tie.link, self.network, tie) for _, tie, _ in walk),
                listed=listed_as(one),
                effect=effect,
                rule=self.ownership.regime.rule if through_owners else meaning.rule,
                text=text,
                tier=len(along),
                amount=_amount(way, [tie.link for _, tie, _ in along]),
                country=self.network.nodes[pivot].country,
            )

    def _through_owners(self, pivot: int, one: Listed, meaning: Meaning, way: str) -> tuple[PathEffect, str]:
        """What a path means whose last party is owned, wholly or partly, by the listed one."""
        standing, name = self.standing(pivot), self.network.nodes[pivot].name
        if not self.ownership.regime.names(one.listing, self.ownership.on):
            return "none", f"{one.listing.list} does not extend to {name} under this regime."
        if standing.status == "listed":
            return meaning.effect, f"{name} is itself listed. {meaning.text}"
        if meaning.effect == "none" and way != "owned_by":
            return "none", f"{name} is {_in_words(standing.status)} by the listed party. {meaning.text}"
        if one.listing.stayed:
            return "red_flag", meaning.text
        effect: PathEffect = standing.effect
        if effect == self.ownership.regime.effect and way == "supply_through":
            effect = "red_flag"
        return (
            effect,
            f"{name} is {_in_words(standing.status)} by listed parties. {self.ownership.period.text}",
        )

    def _proof(self, standing: Standing) -> Iterator[ProofLine]:
        for step in standing.proof:
            links = step.holding.links
            yield ProofLine(
                owner=self.network.nodes[step.owner].name,
                owned=self.network.nodes[step.owned].name,
                share=(as_number(step.share.low), as_number(step.share.high)),
                share_text=str(step.share),
                step=step.step,
                counted=step.counted,
                source="; ".join(dict.fromkeys(link.source for link in links)),
                sources=tuple(_cited(link) for link in links),
            )


def exposures(ownership: Ownership, asked: Iterable[Query], identify: Identify) -> Iterator[Exposure]:
    """The exposure of each party asked about, or of every party of the network when none is.

    A party that no tie speaks of is identified by `identify` and answered from the lists alone.
    """
    queries = list(asked)
    network = ownership.network
    places = [network.locate(query) for query in queries]
    ends = [query for query, place in zip(queries, places, strict=True) if place is None]
    added = iter(identify([End(query.name, (*query.countries, None)[0]) for query in ends]))
    numbers = [network.add(next(added)).number if place is None else place for place in places]
    found = Exposures(ownership if not ends else ownership.again())
    if not queries:
        for node in list(network.nodes):
            if not node.undisclosed:
                yield found.of(node.number)
    for query, party in zip(queries, numbers, strict=True):
        remarks = () if network.tied(party) else ("no link speaks of it: only the lists were asked",)
        yield found.of(party, remarks, asked=_echo(query, network.nodes[party]))


def _echo(query: Query, node: Node) -> PartyEcho:
    """The party as asked; one asked for by its id alone gets its name from the links."""
    name = node.name if query.name == node.id else query.name
    return PartyEcho(id=query.id or _id_of(node), name=name, country=(*query.countries, node.country)[0])


def _id_of(node: Node) -> str | None:
    """The id of a party; filings that have none call it by its name."""
    return None if node.id == node.name else node.id


def meaning_of(way: str, list_id: str) -> Meaning:
    """What a way to a party on a list means."""
    return next(
        one for one in _meanings() if one.way in (way, "*") and (list_id in one.lists or "*" in one.lists)
    )


def reserved(meaning: Meaning, listing: Listing) -> Meaning:
    """What a way means to an entry as it stands on the day: one that is stayed has no effect, one in doubt an unknown one."""
    if listing.reservation is None:
        return meaning
    left: PathEffect = "red_flag" if listing.stayed else "indeterminate"
    effect = left if severity(meaning.effect) < severity(left) else meaning.effect
    return msgspec.structs.replace(
        meaning, effect=effect, text=f"{meaning.text} But {listing.reservation.text}."
    )


def listed_as(one: Listed) -> ListedAs:
    """A listing with the evidence that it is the party."""
    listing = one.listing
    return ListedAs(
        listing=listing.id,
        list=listing.list,
        name=listing.party.name,
        score=one.score,
        evidence=one.by,
        certain=one.certain,
        simulated=one.simulated,
        license_requirement=listing.license_requirement.text if listing.license_requirement else None,
        license_review_policy=listing.license_review_policy.text if listing.license_review_policy else None,
        footnotes=listing.footnotes,
        programs=listing.programs,
        citations=tuple(map(str, listing.citations)),
        valid_from=listing.valid_from,
        reservation=listing.reservation.text if listing.reservation else None,
    )


def severity(effect: str) -> int:
    """The place of an effect from the most severe, 0, on."""
    return _SEVERITY.index(effect)


@cache
def _meanings() -> tuple[Meaning, ...]:
    text = resources.files("ringfence.graph").joinpath("meanings.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), dict[Literal["meanings"], tuple[Meaning, ...]])["meanings"]


def tie_ways(relation: str) -> tuple[str | None, str | None]:
    """The way a relation runs, seen from its subject and from its object; None where it leads nowhere."""
    if relation in EQUITY:
        return "equity_in", "owned_by"
    return {
        "controls": ("equity_in", "owned_by"),
        "supplies": ("supply_to", "supply_from"),
        "component_of": (None, "supply_from"),
        "customer_of": ("supply_from", "supply_to"),
        "partner_of": ("partner", "partner"),
        "branch_of": ("branch", "branch"),
        "director_of": ("director", "director"),
        "nominee_for": ("owned_by", "equity_in"),
    }.get(relation, (None, None))


def _way(along: list[tuple[str, Tie, int]]) -> Way:
    if not along:
        return "owned_by"
    way = along[0][0]
    if way == "supply_to" and len(along) > 1:
        return "supply_through"
    return way  # type: ignore[return-value]


def _amount(way: str, links: list[Link]) -> Amount | None:
    """The money on a path: the value of its last link, in funds the part of it that flows up to the holder."""
    if not links or links[-1].value is None:
        return None
    value = links[-1].value
    if way != "equity_in":
        return Amount(
            as_number(value),
            as_number(value),
            links[-1].currency,
            "value of the tie nearest the listed party",
        )
    low = high = value
    for link in links[:-1]:
        if link.share is None:
            return None
        low, high = low * link.share.low, high * link.share.high
    basis = "position" if len(links) == 1 else "part of the funds' position, by the shares held in them"
    return Amount(as_number(low), as_number(high), links[-1].currency, basis)


def _path_link(link: Link, network: Network, tie: Tie) -> PathLink:
    return PathLink(
        id=link.id,
        subject=network.nodes[tie.subject].name,
        relation=link.relation,
        object=network.nodes[tie.target].name,
        share=_ends(link.share),
        share_text=str(link.share) if link.share else None,
        value=as_number(link.value) if link.value is not None else None,
        currency=link.currency,
        item=link.item,
        tier=link.tier,
        since=link.since,
        until=link.until,
        asserted_by=link.asserted_by,
        source=link.source,
        source_url=link.source_url,
        stated_on=link.stated_on,
        certainty=link.certainty,
    )


def _ends(share: Share | None) -> tuple[float, float] | None:
    return None if share is None else (as_number(share.low), as_number(share.high))


def _cited(link: Link) -> str:
    parts = [link.source, f"asserted by {link.asserted_by}", f"share {link.share or 'not stated'}"]
    if link.stated_on:
        parts.append(f"stated on {link.stated_on}")
    if link.since or link.until:
        parts.append(f"from {link.since or '...'} until {link.until or '...'}")
    return ", ".join(parts)


def _ranked(paths: list[Path]) -> list[Path]:
    return sorted(
        paths,
        key=lambda path: (
            severity(path.effect),
            _WAYS.index(path.way),
            len(path.links),
            -(path.amount.high if path.amount else 0),
            path.parties,
            path.listed.listing,
        ),
    )


def _in_words(status: str) -> str:
    return {
        "listed": "listed",
        "owned": "owned",
        "possibly_owned": "possibly owned",
        "minority": "owned in a smaller part",
        "none": "not owned",
    }[status]
