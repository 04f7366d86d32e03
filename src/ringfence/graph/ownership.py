"""Who is owned by listed parties under a regime on a day, and the proof.

The arithmetic is the least fixpoint of `fixpoint`; this module says which ties count in a regime and which
shares may be added, and turns the answer into a status, an effect in law and a proof that a person can
check with a pencil. Shares along a chain are never multiplied: once a party is reached, all it holds counts.
"""

import datetime as dt
from collections import defaultdict, deque
from collections.abc import Collection, Iterable
from decimal import Decimal
from functools import cached_property

import msgspec

from ringfence.graph.fixpoint import GRAINS, Fixpoint, Scale, digits_of
from ringfence.graph.network import Holding, Listed, Network, Node
from ringfence.graph.regimes import Effect, Period, Regime, RuleStatus, Status
from ringfence.records import Share

US = "US"
_POLICIES = (
    "policy_of_denial",
    "presumption_of_denial",
    "case_by_case",
    "presumption_of_approval",
    "by_reference",
    "indeterminate",
)
_MOST_PROOF = 400


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a proof: `owner` has `share` of `owned`, counted in the round `step` in which `owned` was reached.

    Round 1 follows from the listed parties alone. `counted` is false for a holding that is known but was not
    enough, or came after.
    """

    owner: int
    owned: int
    share: Share
    step: int
    holding: Holding
    counted: bool = True


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What a regime says of a party on a day.

    `inherited_from` are the listed parties behind it; what they carry is united, and the strictest review policy
    among them is the party's, whatever their shares. `notes` say what else bears on the answer.
    """

    party: int
    status: Status
    effect: Effect
    red_flag: bool
    proof: tuple[Step, ...] = ()
    total: Share | None = None
    inherited_from: tuple[int, ...] = ()
    requirements: tuple[str, ...] = ()
    review_policy: str | None = None
    footnotes: tuple[int, ...] = ()
    programs: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Ownership:
    """A network under one regime on one day."""

    def __init__(
        self, network: Network, regime: Regime, on: dt.date, *, rule_status: RuleStatus | None = None
    ) -> None:
        self._rule_status = rule_status
        self.network = network
        self.regime = regime
        self.on = on
        self.period: Period = regime.on(on, status=rule_status)
        self.holdings = network.holdings_on(on)
        self.remarks = [*network.doubts, *network.remarks]
        self.seeds = [node.number for node in network.nodes if any(map(self._acts, node.listed))]
        self._same: dict[int, list[int]] = defaultdict(list)
        self._weak: dict[int, list[Holding]] = defaultdict(list)
        self._counted: list[Holding] = []
        self._graph = self._compile()
        self._graph.start(self.seeds, self._possible_seeds())
        for pool in self._graph.overfull():
            node = network.nodes[self._graph.target[pool]]
            self.remarks.append(
                f"{node.name}: the shares stated for its owners come to more than 100 percent; each was taken as stated"
            )

    def standing(self, party: int) -> Standing:
        """The status of a party, what follows in law, and the proof."""
        node = self.network.nodes[party]
        status = self._status(party)
        proof: tuple[Step, ...] = ()
        behind: tuple[int, ...] = ()
        if status in ("owned", "possibly_owned"):
            proof = self._proof(party, definite=status == "owned")
            behind = self._listed_behind(party, definite=status == "owned")
        elif status == "minority":
            proof = self._known_holdings(party)
            behind = tuple(n for n in self._owners_above(party) if n in self._seed_set)
        elif status == "listed":
            behind = (party, *self._heads(party))
            proof = tuple(
                self._step(edge, 0) for head in self._same.get(party, ()) for edge in self._edges(head, party)
            )
        notes = tuple(self._notes(node, status))
        red_flag = (
            status in ("possibly_owned", "minority") or bool(self._other_ties(party)) or self._resembles(node)
        )
        effect = self.regime.effect_of(
            status, self.period, red_flag=red_flag, reservation=self._reservation(party)
        )
        if status == "owned" and effect != self.regime.effect:
            red_flag = True
        listings = [one.listing for n in behind for one in self.network.nodes[n].listed if self._counts(one)]
        texts = [one.license_requirement.text for one in listings if one.license_requirement]
        policies = {one.license_review_policy.strictest for one in listings if one.license_review_policy}
        return Standing(
            party=party,
            status=status,
            effect=effect,
            red_flag=(red_flag and status != "listed") or effect == "red_flag",
            proof=proof,
            total=self._total(party),
            inherited_from=behind,
            requirements=tuple(dict.fromkeys(texts)),
            review_policy=min(policies, key=_POLICIES.index, default=None),
            footnotes=tuple(sorted({number for one in listings for number in one.footnotes})),
            programs=tuple(dict.fromkeys(tag for one in listings for tag in one.programs)),
            lists=tuple(dict.fromkeys(one.list for one in listings)),
            notes=notes,
        )

    def chain(self, owner: int, party: int) -> tuple[Step, ...]:
        """The shortest chain of holdings that count, from `owner` down to `party`; empty where there is none."""
        below: dict[int, Step] = {}
        waiting = deque([party])
        while waiting and owner not in below:
            number = waiting.popleft()
            for edge in sorted(self._edges(None, number), key=self._name_of_owner):
                above = self._graph.owner[edge]
                if above != party and above not in below and self._counted[edge].share.high > 0:
                    below[above] = self._step(edge, 0)
                    waiting.append(above)
        found: list[Step] = []
        while owner in below:
            found.append(below[owner])
            owner = found[-1].owned
        return tuple(found)

    def _name_of_owner(self, edge: int) -> tuple[str, str]:
        node = self.network.nodes[self._graph.owner[edge]]
        return node.name, node.key

    def owners(self, party: int) -> list[int]:
        """Everybody who has some part of a party, directly or through others, by holdings that count."""
        return self._owners_above(party)

    def again(self) -> "Ownership":
        """The same computed anew, after parties were added to the network or their listings changed."""
        return Ownership(self.network, self.regime, self.on, rule_status=self._rule_status)

    def statuses(self) -> list[Status]:
        """The status of every party, in the order of their numbers."""
        return [self._status(node.number) for node in self.network.nodes]

    def _counts(self, listed: Listed) -> bool:
        return listed.certain and self.regime.counts(listed.listing, self.on)

    def _acts(self, listed: Listed) -> bool:
        return self._counts(listed) and not listed.listing.in_doubt

    def _possible_seeds(self) -> list[int]:
        """Parties that may be listed: somebody whom a nominee does not name, or whose entry is in doubt."""
        return [
            node.number
            for node in self.network.nodes
            if node.undisclosed or any(self._counts(one) and one.listing.in_doubt for one in node.listed)
        ]

    def _reservation(self, party: int) -> str | None:
        """Why a party that a list prints has no certain effect; None where it has, or where none prints it."""
        if party in self._seed_set or self._heads(party):
            return None
        listed = [one for one in self.network.nodes[party].listed if one.certain]
        if any(map(self._counts, listed)):
            return "in_doubt"
        stayed = any(one.listing.stayed and self.regime.names(one.listing, self.on) for one in listed)
        return "stayed" if stayed else None

    @cached_property
    def _seed_set(self) -> frozenset[int]:
        return frozenset(self.seeds)

    def _status(self, party: int) -> Status:
        if party in self._seed_set or self._heads(party):
            return "listed"
        if self._graph.definite.member[party] and not self.network.nodes[party].undisclosed:
            return "owned"
        if self._reservation(party):
            return "listed"
        if self._graph.possible.member[party] and not self.network.nodes[party].undisclosed:
            return "possibly_owned"
        return "minority" if party in self._owned_by_listed else "none"

    def _heads(self, party: int) -> list[int]:
        """The listed head offices of a branch, at any remove."""
        found, seen, waiting = [], {party}, list(self._same.get(party, ()))
        while waiting:
            head = waiting.pop()
            if head not in seen:
                seen.add(head)
                waiting += self._same.get(head, ())
                if head in self._seed_set:
                    found.append(head)
        return found

    @cached_property
    def _owned_by_listed(self) -> set[int]:
        """Everything that a listed party owns some part of, directly or through others."""
        owned: dict[int, list[int]] = defaultdict(list)
        for holding in self._counted:
            if holding.share.high > 0:
                owned[holding.owner].append(holding.owned)
        found: set[int] = set()
        waiting = list(self.seeds)
        while waiting:
            for number in owned.get(waiting.pop(), ()):
                if number not in found:
                    found.add(number)
                    waiting.append(number)
        return found

    def _compile(self) -> Fixpoint:
        """The ties that count, with those shares in one pool that may be added together."""
        holdings = [h for h in self.holdings if self._weigh(h)]
        ends = [end for h in holdings for end in (h.share.low, h.share.high)]
        scale = Scale(digits_of([*ends, self.period.threshold]))
        bases: dict[int, set[str]] = defaultdict(set)
        for h in holdings:
            if h.kind == "equity" and h.base not in (None, "accounting_consolidation"):
                bases[h.owned].add(str(h.base))
        together = _together(holdings) if not self.period.aggregates else {}
        pools: dict[tuple[int, str], int] = {}
        extra: list[int] = []
        uncapped: list[int] = []
        edges: list[tuple[int, int, int, int]] = []
        nodes = len(self.network.nodes)

        def pool_of(node: int, name: str, *, capped: bool) -> int:
            if name == "":
                return node
            if (node, name) not in pools:
                pools[node, name] = nodes + len(extra)
                extra.append(node)
                if not capped:
                    uncapped.append(pools[node, name])
            return pools[node, name]

        merged = _one_per_owner(holdings)
        taken: dict[int, int] = defaultdict(int)
        if not self.period.aggregates:
            # Each owner is a pool of its own here, yet no owner can have what another certainly has.
            for h in merged:
                if h.kind == "equity":
                    taken[h.owned] += scale.low(h.share.low, is_open=h.share.open_low)
        for h in merged:
            low = scale.low(h.share.low, is_open=h.share.open_low)
            high = scale.high(h.share.high, is_open=h.share.open_high)
            if h.kind == "equity" and taken[h.owned] <= scale.one:
                high = min(high, scale.one - taken[h.owned] + low) if not self.period.aggregates else high
            group = "" if self.period.aggregates else f"owner {together.get(h.owner, h.owner)}"
            if h.kind in ("control", "same_person"):
                places = [(f"{h.kind} {h.owner}", low, high, False)]
            elif h.kind == "voting":
                places = [(f"voting {group}".strip(), low, high, bool(self.period.aggregates))]
            elif len(bases[h.owned]) < 2:
                places = [(group, low, high, self.period.aggregates)]
            else:
                # Shares of different bases are only added for what is possible, never for what is certain.
                own = [h.base] if h.base in bases[h.owned] else sorted(bases[h.owned])
                places = [(f"{base} {group}".strip(), low, 0, True) for base in own]
                places.append((group, 0, high, False))
            for name, lowest, highest, capped in places:
                edges.append((h.owner, pool_of(h.owned, name, capped=capped), lowest, highest))
                self._counted.append(h)
        exempt: Iterable[int] = ()
        if not self.regime.reaches_companies_of_us:
            exempt = [
                n.number for n in self.network.nodes if n.incorporated_in == US and n.number not in self._same
            ]
        need = scale.exact(self.period.threshold) + (not self.period.reached_at_threshold)
        return Fixpoint(
            nodes, edges, one=scale.one, need=need, extra_pools=extra, uncapped=uncapped, exempt=exempt
        )

    def _weigh(self, holding: Holding) -> bool:
        """Whether a tie counts in this regime; one that does not is remembered as another tie."""
        if holding.kind == "same_person":
            self._same[holding.owned].append(holding.owner)
            return True
        counts = {
            "equity": True,
            "voting": self.regime.voting_counts,
            "control": self.regime.control_counts,
        }[holding.kind]
        if not counts:
            self._weak[holding.owned].append(holding)
        return counts

    def _edges(self, owner: int | None, owned: int) -> list[int]:
        return [
            edge
            for pool in self._graph.pools_of(owned)
            for edge in self._graph.edges_of_pool(pool)
            if owner is None or self._graph.owner[edge] == owner
        ]

    def _step(self, edge: int, step: int, *, counted: bool = True) -> Step:
        holding = self._counted[edge]
        return Step(
            owner=holding.owner,
            owned=holding.owned,
            share=holding.share,
            step=step,
            holding=holding,
            counted=counted,
        )

    def _ancestors(self, party: int, *, definite: bool) -> set[int]:
        """The reached parties that the answer for `party` rests on, itself included."""
        side = self._graph.definite if definite else self._graph.possible
        found, waiting = {party}, [party]
        while waiting:
            for edge in self._edges(None, waiting.pop()):
                owner = self._graph.owner[edge]
                if side.member[owner] and owner not in found:
                    found.add(owner)
                    # A listed owner speaks for itself; its own owners only where they reach it too.
                    if owner not in side.seeds or any(
                        side.held[p] >= side.need for p in self._graph.pools_of(owner)
                    ):
                        waiting.append(owner)
        return found

    def _proof(self, party: int, *, definite: bool) -> tuple[Step, ...]:
        """The holdings counted, round by round, from the listed parties to `party`."""
        side = self._graph.definite if definite else self._graph.possible
        inside = self._ancestors(party, definite=definite)
        reached = {number: 0 for number in inside if number in side.seeds}
        steps: list[Step] = []
        step = 0
        while party not in reached and step <= len(inside):
            step += 1
            fresh: dict[int, list[int]] = {}
            for number in inside - reached.keys():
                for pool in self._graph.pools_of(number):
                    counted = [e for e in self._graph.edges_of_pool(pool) if self._graph.owner[e] in reached]
                    if sum(side.weight[e] for e in counted) >= side.need:
                        fresh[number] = [e for e in counted if side.weight[e] > 0]
                        break
            for number, counted in fresh.items():
                reached[number] = step
                steps += (self._step(edge, step) for edge in counted)
        return tuple(_needed(steps, party)[:_MOST_PROOF])

    def _listed_behind(self, party: int, *, definite: bool) -> tuple[int, ...]:
        """Every listed party whose holding bears on `party`, however small: the strictest governs."""
        return tuple(
            sorted(
                n
                for n in self._ancestors(party, definite=definite)
                if n in self._seed_set or (not definite and self._reservation(n) == "in_doubt")
            )
        )

    def _owners_above(self, party: int) -> list[int]:
        found, seen, waiting = [], {party}, [party]
        while waiting:
            for edge in self._edges(None, waiting.pop()):
                owner = self._graph.owner[edge]
                if owner not in seen:
                    seen.add(owner)
                    found.append(owner)
                    waiting.append(owner)
        return found

    def _known_holdings(self, party: int) -> tuple[Step, ...]:
        """For a minority: every holding on the way from a listed party, none of them enough."""
        above = {party, *self._owners_above(party)}
        steps = [
            self._step(edge, 0, counted=False)
            for number in sorted(above)
            for edge in self._edges(None, number)
            if self._graph.owner[edge] in self._seed_set or self._graph.owner[edge] in self._owned_by_listed
        ]
        return tuple(dict.fromkeys(steps))[:_MOST_PROOF]

    def _total(self, party: int) -> Share | None:
        """The least and the most that reached owners hold, by the pool that comes nearest the threshold."""
        if party in self._seed_set:
            return None
        lows, highs = self._graph.definite, self._graph.possible
        edges = [self._graph.edges_of_pool(pool) for pool in self._graph.pools_of(party)]
        low = max(
            (sum(lows.weight[e] for e in es if lows.member[self._graph.owner[e]]) for es in edges), default=0
        )
        high = max(
            (sum(highs.weight[e] for e in es if highs.member[self._graph.owner[e]]) for es in edges),
            default=0,
        )
        if high <= 0:
            return None
        return self._share(low, high)

    def _share(self, low: int, high: int) -> Share:
        units = self._graph.one // GRAINS
        low_units, above = divmod(low, GRAINS)
        high_units, below = -(-high // GRAINS), -high % GRAINS
        one = Decimal(units)
        return Share(
            min(Decimal(low_units) / one, Decimal(1)),
            min(Decimal(high_units) / one, Decimal(1)),
            open_low=bool(above),
            open_high=bool(below) and high_units <= units,
        )

    def _other_ties(self, party: int) -> list[str]:
        """Ties to something reached that are no ownership in this regime: red flags, each in words."""
        reached = self._graph.possible.member
        found = []
        for h in self._weak.get(party, ()):
            if reached[h.owner]:
                verb = "has votes in" if h.kind == "voting" else "controls"
                found.append(f"{self.network.nodes[h.owner].name} {verb} it: not ownership in this regime")
        found += self._board_ties.get(party, ())
        above = [self.network.nodes[owner] for owner in self._owners_above(party)]
        for owner in above:
            for one in owner.listed:
                if one.certain and one.listing.reservation and self.regime.names(one.listing, self.on):
                    found.append(
                        f"{owner.name} has a part of it; {one.listing.id}: {one.listing.reservation.text}"
                    )
        if any(owner.undisclosed for owner in above):
            found.append("a nominee holds a part of it for somebody who is not named")
        if self._exempt_by_law(party):
            found.append(
                "listed owners hold enough of it, but it is a company of the United States, which the rule does not reach"
            )
        return found

    def _exempt_by_law(self, party: int) -> bool:
        if not self._graph.exempt(party) or party in self._seed_set:
            return False
        side = self._graph.possible
        return any(side.held[pool] >= side.need for pool in self._graph.pools_of(party))

    @cached_property
    def _board_ties(self) -> dict[int, list[str]]:
        """Directors who are listed, or who also sit on the board of something reached."""
        seats: dict[int, set[int]] = defaultdict(set)
        for tie in self.network.ties_on(self.on):
            if tie.link.relation == "director_of":
                seats[tie.subject].add(tie.target)
        reached = self._graph.definite.member
        found: dict[int, list[str]] = defaultdict(list)
        for director, boards in seats.items():
            name = self.network.nodes[director].name
            for board in boards:
                others = [self.network.nodes[b].name for b in boards - {board} if reached[b]]
                if reached[director]:
                    found[board].append(f"{name}, a director of it, is listed")
                elif others:
                    found[board].append(
                        f"{name}, a director of it, is also a director of {', '.join(sorted(others))}"
                    )
        return found

    def _resembles(self, node: Node) -> bool:
        return any(not one.certain and self.regime.counts(one.listing, self.on) for one in node.listed)

    def _notes(self, node: Node, status: Status) -> Iterable[str]:
        if status == "listed" and (of := self._heads(node.number)) and node.number not in self._seed_set:
            heads = ", ".join(self.network.nodes[n].name for n in of)
            yield f"a branch of {heads}: the same legal person, listed with it"
        elif status in ("owned", "possibly_owned"):
            yield self.period.text
        outside = not self.regime.reaches_companies_of_us and status in ("owned", "possibly_owned")
        if outside and node.country == US and node.incorporated_in is None:
            yield "its address is in the United States: if it was incorporated there, the rule does not reach it"
        if status != "listed":
            yield from self._other_ties(node.number)
        for one in node.listed:
            if not one.certain and self.regime.counts(one.listing, self.on):
                yield f"its name resembles {one.listing.party.name} ({one.listing.id}, score {one.score:.2f}): look at it first"
            elif one.certain and one.listing.reservation and self.regime.names(one.listing, self.on):
                yield f"{one.listing.id}: {one.listing.reservation.text}"
            elif one.certain and not self.regime.names(one.listing, self.on):
                yield f"it is on {one.listing.list}, which does not count in this regime"


def _one_per_owner(holdings: Collection[Holding]) -> list[Holding]:
    """Holdings of one owner in one party, on different bases of the capital, as one that covers them.

    Which base the law means is not settled where treasury shares make them differ.
    """
    found: dict[tuple[int, int, str], Holding] = {}
    for h in holdings:
        key = (h.owner, h.owned, h.kind)
        before = found.get(key)
        if before is None:
            found[key] = h
            continue
        if h.kind == "equity" and "accounting_consolidation" in (h.base, before.base):
            # Consolidation states no percentage: a stated share says more.
            stated = before if h.base == "accounting_consolidation" else h
            found[key] = msgspec.structs.replace(stated, links=(*before.links, *h.links))
            continue
        low = min(
            (before.share.low, not before.share.open_low), (h.share.low, not h.share.open_low), key=_low_end
        )
        high = max((before.share.high, not before.share.open_high), (h.share.high, not h.share.open_high))
        share = Share(low[0], high[0], open_low=not low[1], open_high=not high[1])
        found[key] = Holding(h.owner, h.owned, share, h.kind, None, (*before.links, *h.links))
    return list(found.values())


def _low_end(end: tuple[object, bool]) -> tuple[object, bool]:
    return end[0], not end[1]


def _needed(steps: list[Step], party: int) -> list[Step]:
    """The lines of a proof that `party` rests on, in the order of their rounds."""
    by_owned: dict[int, list[Step]] = defaultdict(list)
    for step in steps:
        by_owned[step.owned].append(step)
    seen, waiting, found = {party}, [party], []
    while waiting:
        for step in by_owned.get(waiting.pop(), ()):
            found.append(step)
            if step.owner not in seen:
                seen.add(step.owner)
                waiting.append(step.owner)
    return sorted(found, key=lambda step: (step.step, step.owned, step.owner))


def _together(holdings: Collection[Holding]) -> dict[int, int]:
    """Owners of whom one controls the other, as groups: their shares are added where others' are not."""
    leader: dict[int, int] = {}

    def find(number: int) -> int:
        while leader.get(number, number) != number:
            number = leader[number]
        return number

    owners = {h.owner for h in holdings}
    for h in holdings:
        controls = (
            h.kind in ("control", "same_person")
            or h.share.low * 2 > 1
            or (h.share.low * 2 == 1 and h.share.open_low)
        )
        if controls and h.owned in owners:
            first, second = sorted((find(h.owner), find(h.owned)))
            leader[second] = first
    return {number: find(number) for number in owners}
