"""What a listing would do: the same network before and after, and everything that differs.

Never touches a store: the world after is a copy. What each tie to a newly listed party means is read from
the same table as in `exposure`, so that a simulated listing on the Entity List makes supply to the party need
a license and nothing else; its owners, its customers and what it sells are named with the effect `none`.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Literal

import msgspec

from ringfence.graph.exposure import Exposures, meaning_of, reserved, severity, tie_ways
from ringfence.graph.money import NO_CURRENCY, Amount, Measure, RolledUp, Tally, as_number
from ringfence.graph.network import EQUITY, Listed, Network, Node, Tie
from ringfence.graph.ownership import Ownership
from ringfence.graph.product import Part, parts_touched, sources_of
from ringfence.graph.regimes import Regime, RuleStatus
from ringfence.records import (
    SCHEMA,
    LicenseRequirement,
    LicenseReviewPolicy,
    Listing,
    Name,
    Party,
    PolicyTest,
    Query,
)
from ringfence.records.codec import slug
from ringfence.sources.links.trade import BillLine, Order

As = Literal["entity-list", "sdn", "meu"]
LISTS: dict[str, str] = {"entity-list": "us_bis_entity", "sdn": "us_ofac_sdn", "meu": "us_bis_meu"}

_CHAIN_HOPS = 3


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is supposed: a party is listed, or taken off every list."""

    kind: Literal["list", "remove"]
    party: str
    as_list: As = "entity-list"
    footnotes: tuple[int, ...] = ()
    programs: tuple[str, ...] = ()
    listing: Listing | None = None
    """A real entry to suppose in force, with its own text; None for an entry made up from the other fields."""


Resolve = Callable[[Change], Collection[int]]
"""The parties of the network that a change speaks of; several where they are spellings of one."""


class Simulated(msgspec.Struct, frozen=True, kw_only=True):
    """A supposed change as it was understood. `known` is false when no tie speaks of the party; `called` are the names
    that ties use for it.
    """

    change: str
    party: str
    list: str | None
    on: dt.date
    footnotes: tuple[int, ...] = ()
    programs: tuple[str, ...] = ()
    already_listed_on: tuple[str, ...] = ()
    known: bool = True
    called: tuple[str, ...] = ()


class ScenarioEffect(msgspec.Struct, frozen=True, kw_only=True):
    """What the change means for one party, by one tie or by ownership.

    `relation` is that of the tie, `owns` for what ownership reaches, or `listed`. `way` is seen from the party. `path`
    runs from the simulated party to this one. `amount` is None where it is unknown. `direct` is false for ties further
    up or down the chain.
    """

    party: str
    country: str | None
    relation: str
    way: str
    effect: str
    rule: str
    text: str
    path: tuple[str, ...]
    amount: Amount | None
    direct: bool
    in_book: bool
    status_before: str | None = None
    status_after: str | None = None
    item: str | None = None
    tier: int | None = None
    share: str | None = None
    sources: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    """The ids of the links it rests on: file and row."""


class OrderEffect(msgspec.Struct, frozen=True, kw_only=True):
    """An order that the change touches."""

    id: str
    party: str
    direction: str
    item: str | None
    effect: str
    rule: str
    text: str
    amount: Amount | None


class HoldingEffect(msgspec.Struct, frozen=True, kw_only=True):
    """A holding of something that the change touches, directly or through funds."""

    holder: str
    issuer: str
    path: tuple[str, ...]
    effect: str
    rule: str
    text: str
    share: tuple[float, float] | None
    amount: Amount | None
    links: tuple[str, ...] = ()
    """The ids of the links it rests on, the nearest to the issuer first."""


class Totals(RolledUp, frozen=True, kw_only=True):
    """Sums over what the change touches; money by currency. `unknown_amounts` counts ties whose value nobody states.

    `revenue_at_risk` is what suppliers sell to the touched parties, `spend_at_risk` what customers buy of them,
    `position_at_risk` what holders have in them. `orders_unknown` counts the orders whose value nobody states.
    """

    parties_listed: int
    parties_reached_by_ownership: int
    parties_to_look_at: int
    licenses_needed: int
    orders: int
    order_value: dict[str, float]
    orders_unknown: int
    parts_without_source: int
    products_without_source: int


class Simulation(msgspec.Struct, frozen=True, kw_only=True):
    """The answer: what was supposed, and what differs because of it."""

    schema: str = SCHEMA
    simulated: tuple[Simulated, ...]
    on: dt.date
    regime: str
    rule_status: str
    effects: tuple[ScenarioEffect, ...]
    products: tuple[Part, ...]
    orders: tuple[OrderEffect, ...]
    holdings: tuple[HoldingEffect, ...]
    totals: Totals
    remarks: tuple[str, ...] = ()


class Ranked(msgspec.Struct, frozen=True, kw_only=True):
    """One candidate of a watch-list, and what its listing alone would touch.

    `ranked_by` are the figures that decided, in order: currencies are compared one after another, never added.
    """

    schema: str = SCHEMA
    rank: int
    candidate: str
    totals: Totals
    ranked_by: tuple[str, ...] = ()


class Book(msgspec.Struct, frozen=True, kw_only=True):
    """What the user has: parties, bills of material, orders. An empty `parties` means everybody."""

    parties: tuple[Query, ...] = ()
    bill: tuple[BillLine, ...] = ()
    orders: tuple[Order, ...] = ()


class Scenario:
    """One network with a book, in which changes are tried."""

    def __init__(
        self,
        network: Network,
        regime: Regime,
        on: dt.date,
        *,
        book: Book | None = None,
        rule_before: RuleStatus | None = None,
        rule_after: RuleStatus | None = None,
        resolve: Resolve | None = None,
    ) -> None:
        self._resolve = resolve
        self.network = network
        self.regime = regime
        self.on = on
        self.book = book or Book()
        self._rule_after = rule_after if rule_after is not None else rule_before
        self.before = Ownership(network, regime, on, rule_status=rule_before)
        self._ours = {number for query in self.book.parties if (number := network.locate(query)) is not None}
        self._ties: dict[int, list[Tie]] = defaultdict(list)
        for tie in network.ties_on(on):
            if tie.subject != tie.target:
                self._ties[tie.subject].append(tie)
                self._ties[tie.target].append(tie)
        self._bill = [*self.book.bill, *sources_of(tie.link for tie in network.ties_on(on))]

    def run(self, changes: Sequence[Change]) -> Simulation:
        """What differs when all of `changes` hold together."""
        after_network, simulated, changed = self._apply(changes)
        after = Ownership(after_network, self.regime, self.on, rule_status=self._rule_after)
        compared = _Compared(self, after, changed)
        effects = sorted(compared.effects(), key=_order)
        holdings = tuple(compared.holdings())
        orders = tuple(compared.orders())
        products = tuple(parts_touched(self._bill, compared.touches))
        return Simulation(
            simulated=tuple(simulated),
            on=self.on,
            regime=self.regime.id,
            rule_status=after.period.status,
            effects=tuple(effects),
            products=products,
            orders=orders,
            holdings=holdings,
            totals=_totals(effects, products, orders, holdings, narrowed=bool(self.book.parties)),
            remarks=tuple(dict.fromkeys(after.remarks)),
        )

    def rank(self, candidates: Iterable[Change], *, most: int | None = None) -> list[Ranked]:
        """Candidates by what their listing alone would touch: products stopped, then money, then licenses needed.

        Money is compared in one currency after another: first in that in which most candidates have any.
        """
        found = [(change, self.run([change]).totals) for change in candidates]
        having = Counter(currency for _, totals in found for currency in _money_in(totals))
        currencies = sorted(
            having, key=lambda currency: (currency == NO_CURRENCY, -having[currency], currency)
        )
        found.sort(key=lambda pair: (_hurt(pair[1], currencies), pair[0].party))
        ranked_by = (
            "products_without_source",
            *(f"money in {currency}" for currency in currencies),
            "licenses_needed",
            "unknown_amounts",
            "parties_reached_by_ownership",
        )
        return [
            Ranked(rank=place, candidate=change.party, totals=totals, ranked_by=ranked_by)
            for place, (change, totals) in enumerate(found[:most], start=1)
        ]

    def _places(self, change: Change) -> Collection[int]:
        number = self.network.find(change.party)
        if number is None:
            number = _listed_as(self.network, change.party)
        found = set(self._resolve(change)) if self._resolve else set()
        return sorted(found if number is None else {number, *found})

    def _apply(self, changes: Sequence[Change]) -> tuple[Network, list[Simulated], dict[int, list[str]]]:
        """The network after the changes, how each was understood, and the parties changed with their new lists."""
        nodes = list(self.network.nodes)
        after = Network(nodes, self.network.ties, self.network.ends)
        simulated, changed = [], defaultdict[int, list[str]](list)
        for change in changes:
            places = list(self._places(change))
            known = bool(places)
            if not known:
                nodes.append(Node(number=len(nodes), key=f"simulated:{change.party}", name=change.party))
                places = [len(nodes) - 1]
            lists: list[str] = []
            for number in places:
                node = nodes[number]
                listing = (
                    (change.listing or _listing(node, change, self.on)) if change.kind == "list" else None
                )
                # A stayed entry, or one in doubt, does not do what the supposed one would.
                held = [
                    one.listing.list for one in node.listed if one.certain and not one.listing.reservation
                ]
                lists += held
                if listing is not None and listing.list in held:
                    continue
                kept = () if listing is None else node.listed
                new = () if listing is None else (Listed(listing=listing, by="supposed", simulated=True),)
                nodes[number] = msgspec.structs.replace(node, listed=(*kept, *new))
                changed[number].append(listing.list if listing else "")
            simulated.append(
                Simulated(
                    change=change.kind,
                    party=change.listing.party.name if change.listing else nodes[places[0]].name,
                    list=listing.list if listing else None,
                    on=self.on,
                    footnotes=change.listing.footnotes if change.listing else change.footnotes,
                    programs=change.listing.programs if change.listing else change.programs,
                    already_listed_on=tuple(dict.fromkeys(lists)),
                    known=known,
                    called=tuple(nodes[number].name for number in places) if known else (),
                )
            )
        return after, simulated, changed


class _Compared:
    """The world before and after, and what differs."""

    def __init__(self, scenario: Scenario, after: Ownership, changed: Mapping[int, list[str]]) -> None:
        self._scenario = scenario
        self._after = after
        self._nodes = after.network.nodes
        self._changed = changed
        self._exposures = Exposures(after)
        size = len(scenario.network.nodes)
        before = scenario.before.statuses()
        self._before = before
        same_rule = scenario.before.period.status == after.period.status
        self._differs = [
            number
            for number, status in enumerate(after.statuses())
            if number in changed
            or number >= size
            or before[number] != status
            or (not same_rule and status in ("owned", "possibly_owned"))
        ]
        self._lists = self._lists_of_touched()

    def _lists_of_touched(self) -> dict[int, list[str]]:
        """Parties whose ties mean something else now, with the lists that act on them."""
        found: dict[int, list[str]] = {}
        for number in self._differs:
            lists = [list_id for list_id in self._changed.get(number, ()) if list_id]
            if (
                not lists
                and self._exposures.standing(number).status != "none"
                and number not in self._changed
            ):
                lists = list(self._exposures.standing(number).lists[:1])
            if lists:
                found[number] = lists
        return found

    def touches(self, name: str, country: str | None) -> bool:
        """Whether a supplier is listed, or is owned with effect in law, after the change."""
        number = self._after.network.find(name, country)
        if number is None:
            return False
        return number in self._lists and self._strong(number)

    def _strong(self, number: int) -> bool:
        """Listed, or reached by ownership so that the same follows in law."""
        return (
            bool(self._changed.get(number))
            or self._exposures.standing(number).effect == self._after.regime.effect
        )

    def effects(self) -> Iterator[ScenarioEffect]:
        reported: set[tuple[int, int]] = set()
        for number in self._differs:
            yield self._own(number)
        for number in self._changed:
            if not any(self._changed[number]):
                yield from self._relief(number)
        for number, lists in self._lists.items():
            for tie, other, way in self._ties(number):
                # A listed owner is the reason here, and a tie between two touched parties is told once.
                reason = way == "equity_in" and (other in self._lists or other in self._after.seeds)
                if reason or (other in self._lists and (number, other) in reported):
                    continue
                reported |= {(number, other), (other, number)}
                for list_id in lists:
                    yield self._by_tie(number, tie, other, way, list_id)
        yield from self._further()

    def holdings(self) -> Iterator[HoldingEffect]:
        for issuer, lists in self._lists.items():
            for path, ties in self._holders(issuer):
                for list_id in lists:
                    meaning = meaning_of("equity_in", list_id)
                    strong = self._strong(issuer)
                    share = ties[0].link.share
                    yield HoldingEffect(
                        holder=self._nodes[path[-1]].name,
                        issuer=self._nodes[issuer].name,
                        path=tuple(self._nodes[n].name for n in path),
                        effect=meaning.effect if strong else "none",
                        rule=meaning.rule,
                        text=meaning.text,
                        share=(as_number(share.low), as_number(share.high)) if share else None,
                        amount=_flow(ties),
                        links=tuple(tie.link.id for tie in ties),
                    )

    def orders(self) -> Iterator[OrderEffect]:
        for order in self._scenario.book.orders:
            number = self._after.network.find(order.party, order.party_country)
            if number is None or number not in self._lists:
                continue
            list_id = self._lists[number][0]
            way = "supply_to" if order.direction == "sell" else "supply_from"
            effect, rule, text = self._meaning(number, way, list_id)
            if order.subject_to_ear == "no" and list_id in ("us_bis_entity", "us_bis_meu"):
                effect, text = (
                    "none",
                    "The item is not subject to the EAR, so the listing does not reach the order.",
                )
            elif order.subject_to_ear == "unknown" and effect == "license_required":
                text = f"If the item is subject to the EAR: {text}"
            if effect == "none" and order.direction == "buy":
                continue
            amount = _money(order.value, order.currency, "order")
            yield OrderEffect(
                id=order.id,
                party=order.party,
                direction=order.direction,
                item=order.item,
                effect=effect,
                rule=rule,
                text=text,
                amount=amount,
            )

    def _own(self, number: int) -> ScenarioEffect:
        """The effect on a party itself: listed, no longer listed, or reached by ownership."""
        standing, node = self._exposures.standing(number), self._nodes[number]
        before = self._before[number] if number < len(self._before) else "none"
        lists = [list_id for list_id in self._changed.get(number, ()) if list_id]
        path: tuple[str, ...] = (node.name,)
        effect: str = standing.effect
        rule, text = self._after.regime.rule, self._after.period.text
        relation = "owns"
        if lists:
            meaning = meaning_of("supply_to", lists[0])
            relation, effect, rule, text = "listed", meaning.effect, meaning.rule, meaning.text
        elif number in self._changed:
            relation, text = "listed", "Taken off the lists; what ownership says of it remains."
        else:
            path = self._from_listed(number)
        return ScenarioEffect(
            party=node.name,
            country=node.country,
            relation=relation,
            way="itself" if relation == "listed" else "owned_by",
            effect=effect,
            rule=rule,
            text=text,
            path=path,
            amount=None,
            direct=True,
            in_book=number in self._scenario._ours,  # noqa: SLF001
            status_before=before,
            status_after=standing.status,
            sources=tuple(
                dict.fromkeys(link.source for step in standing.proof for link in step.holding.links)
            ),
        )

    def _from_listed(self, number: int) -> tuple[str, ...]:
        """The way of ownership from a listed party down to this one, as in its proof."""
        above: dict[int, int] = {}
        for step in self._exposures.standing(number).proof:
            above.setdefault(step.owned, step.owner)
        way, seen = [number], {number}
        while (owner := above.get(way[-1])) is not None and owner not in seen:
            way.append(owner)
            seen.add(owner)
        return tuple(self._nodes[n].name for n in reversed(way))

    def _ties(self, number: int) -> Iterator[tuple[Tie, int, str]]:
        """The ties of a party: each with its other end and the way it runs, seen from there."""
        for tie in self._scenario._ties.get(number, ()):  # noqa: SLF001
            other = tie.target if tie.subject == number else tie.subject
            from_subject, from_object = tie_ways(tie.link.relation)
            way = from_subject if other == tie.subject else from_object
            if way and way != "owned_by":
                yield tie, other, way

    def _meaning(self, number: int, way: str, list_id: str) -> tuple[str, str, str]:
        """What a way to a touched party means: as to a listed one, or less where ownership is not law."""
        meaning = meaning_of(way, list_id)
        if self._strong(number) or meaning.effect == "none":
            return meaning.effect, meaning.rule, meaning.text
        standing = self._exposures.standing(number)
        name = self._nodes[number].name
        return (
            standing.effect,
            self._after.regime.rule,
            f"{name} is {standing.status.replace('_', ' ')}. {self._after.period.text}",
        )

    def _by_tie(self, number: int, tie: Tie, other: int, way: str, list_id: str) -> ScenarioEffect:
        effect, rule, text = self._meaning(number, way, list_id)
        if way == "supply_from" and effect == "none":
            text += " What it re-exports as a customer's supplier is not newly restricted by its own listing."
        node = self._nodes[other]
        return ScenarioEffect(
            party=node.name,
            country=node.country,
            relation=tie.link.relation,
            way=way,
            effect=effect,
            rule=rule,
            text=text,
            path=(self._nodes[number].name, node.name),
            amount=_money(tie.link.value, tie.link.currency, tie.link.relation.replace("_", " ")),
            direct=True,
            in_book=other in self._scenario._ours,  # noqa: SLF001
            item=tie.link.item,
            tier=tie.link.tier,
            share=str(tie.link.share) if tie.link.share else None,
            sources=(f"{tie.link.source} (asserted by {tie.link.asserted_by})",),
            links=(tie.link.id,),
        )

    def _relief(self, number: int) -> Iterator[ScenarioEffect]:
        """The ties of a party taken off the lists, where a list said something about them before."""
        nodes = self._scenario.network.nodes
        if number >= len(nodes):
            return  # no link speaks of it: there was nothing to take away
        before = nodes[number]
        for tie, other, way in self._ties(number):
            held = [one.listing for one in before.listed if one.certain]
            held.sort(key=lambda one: one.reservation is None)  # of one list, the entry that acts speaks
            for list_id, listing in {one.list: one for one in held}.items():
                was = reserved(meaning_of(way, list_id), listing)
                if was.effect != "none":
                    effect = self._by_tie(number, tie, other, way, list_id)
                    text = f"Was {was.effect.replace('_', ' ')} under {was.rule}; no longer by {list_id}."
                    yield msgspec.structs.replace(
                        effect, effect=self._exposures.standing(number).effect, text=text
                    )

    def _further(self) -> Iterator[ScenarioEffect]:
        """Who supplies the suppliers and who buys from the customers: touched in business, not by the list."""
        for start in self._lists:
            for chain in ("supply_to", "supply_from"):
                seen = {start, *self._lists}
                layer: list[tuple[int, tuple[int, ...]]] = [(start, (start,))]
                for hop in range(1, _CHAIN_HOPS + 1):
                    following: list[tuple[int, tuple[int, ...]]] = []
                    for number, path in layer:
                        for tie, other, way in self._ties(number):
                            if way != chain or other in seen:
                                continue
                            seen.add(other)
                            following.append((other, (*path, other)))
                            if hop > 1:
                                yield self._distant(other, (*path, other), tie, chain)
                    layer = following

    def _distant(self, number: int, path: tuple[int, ...], tie: Tie, chain: str) -> ScenarioEffect:
        node = self._nodes[number]
        up = chain == "supply_to"
        meaning = meaning_of("supply_through" if up else "supply_from", self._lists[path[0]][0])
        return ScenarioEffect(
            party=node.name,
            country=node.country,
            relation=tie.link.relation,
            way="supply_through" if up else "supply_from",
            effect=meaning.effect if up else "none",
            rule=meaning.rule,
            text=meaning.text if up else "Further down the chain: touched in business, not by the list.",
            path=tuple(self._nodes[n].name for n in path),
            amount=_money(
                tie.link.value, tie.link.currency, "value of the tie farthest from the listed party"
            ),
            direct=False,
            in_book=number in self._scenario._ours,  # noqa: SLF001
            item=tie.link.item,
            tier=tie.link.tier,
            share=str(tie.link.share) if tie.link.share else None,
            sources=(f"{tie.link.source} (asserted by {tie.link.asserted_by})",),
            links=(tie.link.id,),
        )

    def _holders(self, number: int) -> Iterator[tuple[tuple[int, ...], list[Tie]]]:
        """Everybody who holds a part of a party, through funds too: the way up, and its ties from the nearest on."""
        waiting: list[tuple[tuple[int, ...], list[Tie]]] = [((number,), [])]
        while waiting:
            path, ties = waiting.pop(0)
            if len(path) > _CHAIN_HOPS + 1:
                continue
            for tie in self._scenario._ties.get(path[-1], ()):  # noqa: SLF001
                if tie.link.relation in EQUITY and tie.target == path[-1] and tie.subject not in path:
                    longer = ((*path, tie.subject), [*ties, tie])
                    yield longer
                    waiting.append(longer)


def regime_for(as_list: As) -> str:
    """The regime whose law a simulated list belongs to."""
    return "ofac" if as_list == "sdn" else "bis"


def as_party(node: Node) -> Party:
    """A party of the network as a record that a matcher can index."""
    return Party(node.key, "unknown", (Name(node.name),), (node.country,) if node.country else ())


def query_of_change(change: Change) -> Query:
    """What a change calls its party, as a question to a matcher."""
    if change.listing is None:
        return Query(name=change.party)
    party = change.listing.party
    return Query(
        name=party.name,
        aliases=tuple(name.text for name in party.names[1:]),
        countries=party.countries,
        identifiers=party.identifiers,
    )


def _listed_as(network: Network, text: str) -> int | None:
    """The party that carries a listing of that id, or is the party of it."""
    for node in network.nodes:
        if any(text in (one.listing.id, one.listing.party.id) for one in node.listed if one.certain):
            return node.number
    return None


def _listing(node: Node, change: Change, on: dt.date) -> Listing:
    """A supposed entry: every item, presumption of denial, as most entries of its list have it."""
    list_id = LISTS[change.as_list]
    blocked = change.as_list == "sdn"
    return Listing(
        id=f"{list_id}:simulated-{slug(node.name)}",
        list=list_id,
        source="simulated",
        party=as_party(node),
        programs=change.programs,
        license_requirement=None
        if blocked
        else LicenseRequirement("For all items subject to the EAR (supposed)", "all_items"),
        license_review_policy=None
        if blocked
        else LicenseReviewPolicy("Presumption of denial (supposed)", (PolicyTest("presumption_of_denial"),)),
        footnotes=change.footnotes,
        valid_from=on,
        dated_by="simulated",
    )


def _money(value: Decimal | None, currency: str | None, basis: str) -> Amount | None:
    return None if value is None else Amount(as_number(value), as_number(value), currency, basis)


def _flow(ties: list[Tie]) -> Amount | None:
    """The money of the holding nearest the issuer, as far as it belongs to the holder at the end of the way."""
    value = ties[0].link.value
    if value is None:
        return None
    low = high = value
    for tie in ties[1:]:
        if tie.link.share is None:
            return None
        low, high = low * tie.link.share.low, high * tie.link.share.high
    basis = "position" if len(ties) == 1 else "part of the funds' position, by the shares held in them"
    return Amount(as_number(low), as_number(high), ties[0].link.currency, basis)


def _order(effect: ScenarioEffect) -> tuple[object, ...]:
    return (
        not effect.direct,
        effect.relation != "listed",
        severity(effect.effect),
        effect.way,
        -(effect.amount.high if effect.amount else 0),
        effect.party,
        effect.path,
    )


_MEASURES: dict[str, Measure] = {"supply_to": "revenue", "supply_from": "spend"}


def _totals(
    effects: Collection[ScenarioEffect],
    products: Collection[Part],
    orders: Collection[OrderEffect],
    holdings: Collection[HoldingEffect],
    *,
    narrowed: bool,
) -> Totals:
    tally = Tally()
    for effect in effects:
        measure = _MEASURES.get(effect.way)
        if measure is None or not effect.direct or (narrowed and not effect.in_book):
            continue
        tally.add(
            measure,
            (effect.party, *effect.links),
            effect.amount,
            party=effect.party,
            tier=effect.tier or 1,
            country=effect.country,
            rule=effect.rule,
        )
    for holding in holdings:
        if len(holding.path) == _DIRECT:
            tally.add(
                "position",
                holding.links,
                holding.amount,
                party=holding.holder,
                tier=1,
                country=None,
                rule=holding.rule,
            )
    order_sums: dict[str, Decimal] = defaultdict(Decimal)
    needing = [order for order in orders if order.effect not in ("none", "red_flag")]
    for order in needing:
        if order.amount:
            order_sums[order.amount.currency or NO_CURRENCY] += Decimal(str(order.amount.high))
    own = [e for e in effects if e.way in ("itself", "owned_by")]
    strong = ("license_required", "blocked", "asset_freeze", "prohibited")
    return Totals(
        **msgspec.structs.asdict(tally.rolled_up()),
        parties_listed=sum(1 for e in own if e.way == "itself" and e.effect in strong),
        parties_reached_by_ownership=sum(1 for e in own if e.way == "owned_by" and e.effect in strong),
        parties_to_look_at=sum(1 for e in own if e.effect in ("red_flag", "indeterminate")),
        licenses_needed=sum(1 for e in effects if e.way == "supply_to" and e.effect == "license_required"),
        orders=len(needing),
        order_value={currency: as_number(value) for currency, value in sorted(order_sums.items())},
        orders_unknown=sum(1 for order in needing if order.amount is None),
        parts_without_source=sum(1 for part in products if part.without_source),
        products_without_source=len({part.product for part in products if part.without_source}),
    )


_DIRECT = 2
"""Parties on the path of a holding without a fund between."""


def _money_in(totals: Totals) -> dict[str, float]:
    """All money of a candidate, by currency."""
    found: dict[str, float] = defaultdict(float)
    kinds = (totals.revenue_at_risk, totals.spend_at_risk, totals.position_at_risk, totals.order_value)
    for sums in kinds:
        for currency, value in sums.items():
            found[currency] += value
    return found


def _hurt(totals: Totals, currencies: Sequence[str]) -> tuple[float, ...]:
    """How much a listing hurts, most first when sorted."""
    money = _money_in(totals)
    return (
        -totals.products_without_source,
        *(-money.get(currency, 0) for currency in currencies),
        -totals.licenses_needed,
        -totals.unknown_amounts,
        -totals.parties_reached_by_ownership,
    )
