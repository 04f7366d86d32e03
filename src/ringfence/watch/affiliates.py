"""Who stands behind the parties of the book: listed owners found through the links, and only what a change can touch.

The arithmetic and the law are those of `graph`; nothing here decides who is owned. What is spared:

1. The ends of links are screened as the parties of the book are: after a change only those that it can touch.
2. Parties hang together by ties of any kind and day, in *components*. Who is owned in a component is decided by what
   is in it: its ties, who of its parties is listed, and the rules of the day. All this has a name, its *mark*. The
   answer for a party stands for as long as the mark of its component and its own text do; only components with another
   mark are computed again. So answers after a change equal those of computing everything.

What a mark leaves out cannot change an answer: where in a file a tie is stated, and notes beside it.
"""

import datetime as dt
import hashlib
import math
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from ringfence.engine import Engine
from ringfence.graph.network import Listed, Network, Node, Tie
from ringfence.graph.ownership import Ownership, Standing, Step
from ringfence.graph.regimes import RuleStatus, regimes
from ringfence.records import Hit, Link, Query, QueryEcho, Reason, Screening
from ringfence.records.codec import canonical, digest
from ringfence.review import Facts
from ringfence.sources.links import LinkSet
from ringfence.sources.registry import legal_lists
from ringfence.store import BookParty, Kept
from ringfence.store.passes import Answer, Behind, Capture, Finding, Met, Stake

CAPTURED = frozenset({"owned", "possibly_owned", "listed"})
"""Statuses of a party that a rule on ownership reaches, or may reach; a minority is a red flag."""

Ends = Callable[[Sequence[Kept]], Mapping[str, Answer]]
"""The present answers of ends, by the id of each."""

_GIVEN = "; its status was given by the user"
_ROW = re.compile(r", row [\d,]+$")
_RUN = 5_000
_TIES = 20_000
"""Ties that are computed with at once; a component that has more is computed whole."""
_MOST_SHOWN = 60
"""Holdings that an alert shows; more are counted."""


class Place(msgspec.Struct, frozen=True):
    """Where a party of the book is in the network, and the name of all that its answer rests on."""

    node: int
    version: str


class Affiliates:
    """The links of the book in one world. `ends` answers for their ends; `affiliates_rule` is the status of the BIS rule,
    where the user knows it better than the table.
    """

    def __init__(
        self, engine: Engine, links: LinkSet, ends: Ends, affiliates_rule: RuleStatus | None = None
    ) -> None:
        self._affiliates_rule = affiliates_rule
        self._engine = engine
        self._ends = ends
        self._order = {list_id: place for place, list_id in enumerate(legal_lists())}
        self._versions: dict[str, str] = {}
        self._provenance = engine.provenance()
        self._regimes = tuple(regimes().values())
        self.network: Network = engine.network(links, screen=self._screen)
        self._component = _components(len(self.network.nodes), self.network.ties)
        self._marks = self._marked()
        self.computed: set[int] = set()

    @property
    def components(self) -> int:
        """How many components there are."""
        return len(self._marks)

    def place(self, kept: Kept, met: Collection[Met]) -> Place | None:
        """Where the links speak of a party; None where they do not. `met` is what it meets by its own name."""
        node = self.network.locate(kept.party.query)
        if node is None or not self.network.tied(node):
            return None
        named = sorted(
            {one.listing for one in met} & {one.listing.id for one in self.network.nodes[node].listed}
        )
        parts = (self._marks[self._component[node]], self.network.nodes[node].key, kept.version, named)
        return Place(node, digest(canonical(parts)))

    def behind(self, asked: Sequence[tuple[str, Place, frozenset[str]]]) -> Iterator[Behind]:
        """Who stands behind parties, each given with its place and the listings that it meets by its own name.

        Only the components of these parties are computed, some at a time, and in that order.
        """
        here: dict[int, list[tuple[str, Place, frozenset[str]]]] = {}
        for one in asked:
            here.setdefault(self._component[one[1].node], []).append(one)
        self.computed |= here.keys()
        for part in self._parts(here.keys()):
            for party, place, named in (one for component in part.components for one in here[component]):
                found: dict[str, Capture] = {}
                for ownership in part.worlds:
                    for capture in self._captures(part, ownership, part.numbers[place.node], named):
                        before = found.get(capture.listing)
                        found[capture.listing] = _united(before, capture) if before else capture
                ordered = tuple(sorted(found.values(), key=lambda one: (-one.score, one.listing)))
                yield Behind(party=party, version=place.version, captures=ordered)

    def _parts(self, wanted: Collection[int]) -> Iterator["_Part"]:
        """The network in parts of whole components, each small enough to be computed with under every regime at once.

        Nothing reaches from one component into another, and the order of parties stays, so a part says what the whole would.
        """
        ties: dict[int, list[Tie]] = {component: [] for component in sorted(wanted)}
        for tie in self.network.ties:
            if (component := self._component[tie.subject]) in ties:
                ties[component].append(tie)
        members: dict[int, list[Node]] = {component: [] for component in ties}
        for node in self.network.nodes:
            if (component := self._component[node.number]) in members:
                members[component].append(node)
        run: list[int] = []
        size = 0
        for component, among in ties.items():
            if run and size + len(among) > _TIES:
                yield self._part(run, members, ties)
                run, size = [], 0
            run.append(component)
            size += len(among)
        if run:
            yield self._part(run, members, ties)

    def _part(
        self, components: Sequence[int], members: Mapping[int, list[Node]], ties: Mapping[int, list[Tie]]
    ) -> "_Part":
        inside = sorted((node for one in components for node in members[one]), key=lambda node: node.number)
        numbers = {node.number: place for place, node in enumerate(inside)}
        nodes = [msgspec.structs.replace(node, number=place) for place, node in enumerate(inside)]
        between = [
            Tie(numbers[tie.subject], numbers[tie.target], tie.link)
            for one in components
            for tie in ties[one]
        ]
        networks = [Network(nodes, between, {})]
        if not all(one.certain for node in nodes for one in node.listed):
            networks.append(Network(_supposed(nodes), between, {}))
        worlds = tuple(
            Ownership(network, regime, self._engine.on, rule_status=self._affiliates_rule)
            for regime in self._regimes
            for network in networks
        )
        return _Part(tuple(components), numbers, nodes, worlds)

    def _captures(
        self, part: "_Part", ownership: Ownership, node: int, named: frozenset[str]
    ) -> Iterator[Capture]:
        """The listed parties behind a party under one regime, as far as this world is the one that knows them."""
        standing = ownership.standing(node)
        sure = ownership.network.nodes is part.nodes
        if standing.status == "none":
            return
        for owner in standing.inherited_from:
            for one in part.nodes[owner].listed:
                itself = owner == node and one.listing.id in named
                if one.certain == sure and not itself and ownership.regime.counts(one.listing, ownership.on):
                    yield self._capture(ownership, standing, owner, one)

    def _capture(self, ownership: Ownership, standing: Standing, owner: int, one: Listed) -> Capture:
        regime, period = ownership.regime, ownership.period
        nodes = ownership.network.nodes
        path = tuple(_stake(nodes, step) for step in ownership.chain(owner, standing.party))
        counted = {_stake(nodes, step) for step in standing.proof} - {*path}
        effect = standing.effect
        if not one.certain and effect == regime.effect:
            effect = "indeterminate"
        finding = Finding(
            regime=regime.id,
            status=standing.status,
            effect=effect,
            total=str(standing.total) if standing.total else "",
            rule=regime.rule,
            rule_status=period.status,
            citation=period.citation + (_GIVEN if self._affiliates_rule and regime.id == "bis" else ""),
        )
        return Capture(
            listing=one.listing.id,
            list=one.listing.list,
            version=self._version(one),
            listed=one.listing.party.name,
            owner=nodes[owner].name,
            score=one.score,
            sure=one.certain,
            findings=(finding,),
            path=path,
            counted=tuple(sorted(counted, key=lambda stake: (stake.owned, stake.owner))),
        )

    def _version(self, one: Listed) -> str:
        listing = one.listing
        if listing.id not in self._versions:
            self._versions[listing.id] = digest(canonical(listing))
        return self._versions[listing.id]

    def _screen(self, queries: Sequence[Query]) -> Iterator[Screening]:
        for start in range(0, len(queries), _RUN):
            run = [end_of(query) for query in queries[start : start + _RUN]]
            answers = self._ends(run)
            for kept in run:
                yield self._screening(kept.party.query, answers[kept.party.id])

    def _screening(self, query: Query, answer: Answer) -> Screening:
        """An answer that was kept, as the engine would give it: in its order, for telling who an end is."""
        order, refs = self._order, self._engine.refs
        met = sorted(
            answer.met,
            key=lambda one: (
                -round(one.score, 2), order.get(one.list, len(order)), -one.score, refs.get(one.listing, 0),
            ),
        )  # fmt: skip
        best = met[0].score if met else 0.0
        outcome = "hit" if best >= self._engine.hit_at else "review" if met else "no_match"
        hits = tuple(
            Hit(
                listing=one.listing,
                list=one.list,
                list_title="",
                party="",
                listed_name=one.listed,
                matched_name=one.matched,
                score=one.score,
                reasons=(Reason("name", query.name, one.matched, 1.0, f"its name is “{one.matched}”"),),
            )
            for one in met
        )
        return Screening(
            query=_echo(query),
            outcome=outcome,  # type: ignore[arg-type]
            hits=hits,
            provenance=self._provenance,
        )

    def _marked(self) -> dict[int, str]:
        """A name of everything in each component that an answer can rest on."""
        on = self._engine.on
        law = canonical([(one.id, one.on(on, status=self._affiliates_rule)) for one in self._regimes])
        parts: dict[int, list[bytes]] = {}

        def say(component: int, what: bytes) -> None:
            parts.setdefault(component, []).append(hashlib.sha256(what).digest())

        for node in self.network.nodes:
            say(self._component[node.number], self._of_node(node, on))
        for tie in self.network.ties_on(on):
            ends = (self.network.nodes[tie.subject].key, self.network.nodes[tie.target].key)
            link = msgspec.structs.replace(tie.link, id="", source=_file(tie.link), row=None, note=None)
            say(self._component[tie.subject], canonical((ends, link)))
        return {
            component: hashlib.sha256(b"".join([law, *sorted(said)])).hexdigest()
            for component, said in parts.items()
        }

    def _of_node(self, node: Node, on: dt.date) -> bytes:
        listed = sorted(
            (
                one.listing.id,
                self._version(one),
                one.certain,
                one.score,
                [regime.id for regime in self._regimes if regime.counts(one.listing, on)],
            )
            for one in node.listed
        )
        about = (node.key, node.name, node.id, node.country, node.incorporated_in, node.undisclosed)
        return canonical((about, listed))


class _Part(NamedTuple):
    """Some components with the parties in them: their places in `nodes` by their numbers in the whole network, and what every
    regime says of them; where somebody resembles a listed party, once as if that were so.
    """

    components: tuple[int, ...]
    numbers: dict[int, int]
    nodes: list[Node]
    worlds: tuple[Ownership, ...]


def _supposed(nodes: Sequence[Node]) -> list[Node]:
    """Parties as they would be if every resemblance were a listing."""
    return [
        msgspec.structs.replace(
            node, listed=tuple(msgspec.structs.replace(one, certain=True) for one in node.listed)
        )
        for node in nodes
    ]


def _stake(nodes: Sequence[Node], step: Step) -> Stake:
    said = dict.fromkeys(_source(link) for link in step.holding.links)
    share = str(step.share) if step.holding.kind in {"equity", "voting"} else step.holding.kind
    return Stake(nodes[step.owner].name, share, nodes[step.owned].name, "; ".join(said))


def end_of(query: Query) -> Kept:
    """An end of links as it is screened: known by what is asked about it, from one pass to the next."""
    version = digest(canonical(query))
    party = BookParty(id=version.removeprefix("sha256:"), query=query)
    return Kept(party=party, version=version, at=dt.datetime.min.replace(tzinfo=dt.UTC), by="", origin="")


def lines_of(capture: Capture) -> tuple[str, ...]:
    """A capture as facts that people read and that decisions rest on: what each regime says, then the holdings."""
    known = regimes()
    found = []
    for one in capture.findings:
        total = f", {one.total}" if one.total else ""
        supposed = "" if capture.sure else f"if {capture.owner} is {capture.listed}: "
        found.append(
            f"{known[one.regime].title}: {supposed}{words(one.status)}{total}; {words(one.effect)} "
            f"(rule {words(one.rule_status)}, {one.citation})"
        )
    stakes = [*capture.path, *capture.counted]
    found += map(told, stakes[:_MOST_SHOWN])
    if len(stakes) > _MOST_SHOWN:
        mark = hashlib.sha256(canonical(stakes[_MOST_SHOWN:])).hexdigest()[:12]
        found.append(f"and {len(stakes) - _MOST_SHOWN:,} more holdings ({mark})")
    return tuple(found)


def told(stake: Stake) -> str:
    """One holding in words."""
    verb = {
        "control": f"{stake.owner} controls {stake.owned}",
        "same_person": f"{stake.owned} is a branch of {stake.owner}",
    }.get(stake.share, f"{stake.owner} has {stake.share} of {stake.owned}")
    return f"{verb} ({stake.source})"


def words(term: str) -> str:
    """A term of the tables as people read it."""
    return term.replace("_", " ")


def facts_of(query: Query, capture: Capture) -> Facts:
    """The facts of a party with who stands behind it."""
    return msgspec.structs.replace(Facts.of_query(query), owners=lines_of(capture))


def answer_of(engine: Engine, query: Query, capture: Capture) -> Screening | None:
    """A capture as alerts are raised from it; None when the entry is no longer in force.

    The score says how surely the owner in the links is the listed party; shares are arithmetic and have no score.
    """
    likely = min(max(capture.score, 1e-5), 1 - 1e-5)
    meant = f"{capture.owner}, whom the links name, is {capture.listed}"
    reasons = (
        Reason("owner", capture.owner, capture.listed, math.log(likely / (1 - likely)), meant),
        *(Reason("ownership", query.name, "", 0.0, line) for line in lines_of(capture)),
    )
    hit = engine.hit(capture.listing, capture.owner, capture.score, reasons)
    if hit is None:
        return None
    return Screening(
        query=_echo(query),
        outcome="hit" if capture.sure else "review",
        hits=(hit,),
        provenance=engine.provenance(),
    )


def _echo(query: Query) -> QueryEcho:
    return QueryEcho(id=query.id, name=query.name, as_typed=query.name, normalised="")


def _united(one: Capture, other: Capture) -> Capture:
    """What two regimes, or two parties of the links, say of one listing; the surer path is shown."""
    first, second = (other, one) if (other.sure, other.score) > (one.sure, one.score) else (one, other)
    findings = {finding.regime: finding for finding in (*second.findings, *first.findings)}
    stakes = dict.fromkeys((*first.counted, *second.path, *second.counted))
    for stake in first.path:
        stakes.pop(stake, None)
    order = [regime for regime in regimes() if regime in findings]
    return msgspec.structs.replace(
        first,
        findings=tuple(findings[regime] for regime in order),
        counted=tuple(sorted(stakes, key=lambda stake: (stake.owned, stake.owner))),
    )


def _source(link: Link) -> str:
    said = [_file(link)]
    if link.asserted_by not in {"", link.source}:
        said.append(f"said by {link.asserted_by}")
    if link.stated_on:
        said.append(f"of {link.stated_on}")
    return ", ".join(said)


def _file(link: Link) -> str:
    """Where a link is stated, without the row: a row put in above it is no other statement."""
    return _ROW.sub("", link.source)


def _components(nodes: int, ties: Iterable[Tie]) -> list[int]:
    """For each party the least number of those it hangs together with."""
    parent = list(range(nodes))

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = node = parent[parent[node]]
        return node

    for tie in ties:
        one, other = root(tie.subject), root(tie.target)
        if one != other:
            parent[max(one, other)] = min(one, other)
    return [root(node) for node in range(nodes)]


__all__ = [
    "CAPTURED", "Affiliates", "Place", "answer_of", "end_of", "facts_of", "lines_of", "told", "words",
]  # fmt: skip
