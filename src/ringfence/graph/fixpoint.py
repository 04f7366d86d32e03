"""The least fixpoint of ownership on plain numbers: fast, exact, and kept up to date change by change.

Nodes are numbers. A *pool* is a set of shares of one node that may be added together; a node is reached when
the shares that its reached owners hold in one of its pools come to the threshold. Two such sets are kept:
the definite one counts lower bounds, the possible one upper bounds.

Promises: no rounding (integers only); the result depends on the edges and seeds alone, never on their order
or on the history of changes; a cycle without a seed is never reached. Knows nothing of parties, lists, days.

Strictness is carried inside the integers. One unit is split into as many grains as there can be owners; a
lower bound that is "more than" its number is one grain above it, an upper bound that is "less than" one
grain below. Sums and comparisons are then exact for both kinds of bounds at once.
"""

from collections import deque
from collections.abc import Iterable
from decimal import Decimal

GRAINS = 1 << 26
"""Grains in one unit: more than the owners one node can have."""


class Scale:
    """Fractions to integers without loss: one is `10**digits` units of GRAINS grains."""

    def __init__(self, digits: int) -> None:
        self.one: int = 10**digits * GRAINS

    def low(self, share: Decimal, *, is_open: bool) -> int:
        """A lower bound in grains; `is_open` for "more than"."""
        return self.exact(share) + is_open

    def high(self, share: Decimal, *, is_open: bool) -> int:
        """An upper bound in grains; `is_open` for "less than"."""
        return self.exact(share) - is_open

    def exact(self, share: Decimal) -> int:
        """The fraction in grains. Raises ValueError when it has more digits than the scale."""
        top, bottom = share.as_integer_ratio()
        units, rest = divmod(top * self.one, bottom)
        if rest:
            raise ValueError(f"{share} has more digits than the scale holds")
        return units


def digits_of(shares: Iterable[Decimal]) -> int:
    """The decimal places that hold every one of `shares`."""
    # as_tuple().exponent is an int for every finite Decimal, and a share is always finite
    return max((-int(share.as_tuple().exponent) for share in shares), default=0)


class Fixpoint:
    """Owners, pools and seeds, with the nodes that ownership reaches.

    `edges` are (owner, pool, low, high) in grains of one `scale`; pool `n` below `nodes` belongs to node `n`,
    further ones to the node that `extra_pools` names, in order. `need` is the least sum that reaches a node:
    the threshold in grains, plus one grain where it must be exceeded. A node in `exempt` is never reached
    (it may still be a seed). Pools hold shares of one whole, of which no owner can have more than the others
    leave; those in `uncapped` do not.
    """

    def __init__(
        self,
        nodes: int,
        edges: Iterable[tuple[int, int, int, int]],
        *,
        one: int,
        need: int,
        extra_pools: Iterable[int] = (),
        uncapped: Iterable[int] = (),
        exempt: Iterable[int] = (),
    ) -> None:
        self.owner: list[int] = []
        self.pool: list[int] = []
        self.low: list[int] = []
        self.stated_high: list[int] = []
        for owner, pool, low, high in edges:
            self.owner.append(owner)
            self.pool.append(pool)
            self.low.append(low)
            self.stated_high.append(high)
        self.nodes = nodes
        self.one = one
        self.target = [*range(nodes), *extra_pools]
        self._pools_of: dict[int, list[int]] = {}
        for pool in range(nodes, len(self.target)):
            self._pools_of.setdefault(self.target[pool], []).append(pool)
        self._uncapped = set(uncapped)
        self._out: list[list[int] | None] = [None] * nodes
        self._into: list[list[int] | None] = [None] * len(self.target)
        for edge, (owner, pool) in enumerate(zip(self.owner, self.pool, strict=True)):
            _put(self._out, owner, edge)
            _put(self._into, pool, edge)
        self._exempt = set(exempt)
        self.definite = _Side(self, need, self.low)
        self.possible = _Side(self, need, self._highs())

    def start(self, seeds: Iterable[int], possible_seeds: Iterable[int] = ()) -> None:
        """Compute both sets from nothing. `possible_seeds` are seeds of the possible set alone."""
        seeds = list(seeds)
        self.definite.start(seeds)
        self.possible.start([*seeds, *possible_seeds])

    def add_seed(self, node: int) -> None:
        """Make a node a seed of both sets."""
        self.definite.change({}, added=[node])
        self.possible.change({}, added=[node])

    def remove_seed(self, node: int) -> None:
        """Make a node a seed of neither set."""
        self.definite.change({}, removed=[node])
        self.possible.change({}, removed=[node])

    def set_edge(self, edge: int, low: int, high: int) -> None:
        """Give an edge other bounds; (0, 0) takes it away."""
        pool = self.pool[edge]
        self.definite.change({edge: low})
        self.stated_high[edge] = high
        self.possible.change(dict(self._capped(pool)))

    def add_edge(self, owner: int, pool: int, low: int, high: int) -> int:
        """A new edge between known nodes, and its number."""
        edge = len(self.owner)
        self.owner.append(owner)
        self.pool.append(pool)
        self.low.append(0)
        self.stated_high.append(0)
        self.possible.weight.append(0)
        _put(self._out, owner, edge)
        _put(self._into, pool, edge)
        self.set_edge(edge, low, high)
        return edge

    def edges_from(self, node: int) -> list[int]:
        """The edges by which a node owns others."""
        return self._out[node] or []

    def edges_of_pool(self, pool: int) -> list[int]:
        """The edges whose shares may be added together in a pool."""
        return self._into[pool] or []

    def pools_of(self, node: int) -> list[int]:
        """The pools of a node."""
        return [node, *self._pools_of.get(node, ())]

    def exempt(self, node: int) -> bool:
        """Whether ownership never reaches a node."""
        return node in self._exempt

    def overfull(self) -> list[int]:
        """The pools whose lower bounds come to more than the whole: their statements contradict each other."""
        return [
            pool
            for pool, edges in enumerate(self._into)
            if edges and pool not in self._uncapped and sum(self.low[edge] for edge in edges) > self.one
        ]

    def _highs(self) -> list[int]:
        """The upper bound of every edge: what is stated, and at most what the other owners leave."""
        totals = [0] * len(self.target)
        for pool, low in zip(self.pool, self.low, strict=True):
            totals[pool] += low
        one, uncapped = self.one, self._uncapped
        return [
            high
            if totals[pool] > one or pool in uncapped or high <= (left := one - totals[pool] + low)
            else left
            for pool, low, high in zip(self.pool, self.low, self.stated_high, strict=True)
        ]

    def _capped(self, pool: int) -> Iterable[tuple[int, int]]:
        edges = self.edges_of_pool(pool)
        total = sum(self.low[edge] for edge in edges)
        free = pool in self._uncapped or total > self.one
        for edge in edges:
            high = self.stated_high[edge]
            yield edge, high if free else min(high, self.one - total + self.low[edge])


class _Side:
    """One of the two sets: members in the order in which they joined, and for each pool what its members hold."""

    def __init__(self, graph: Fixpoint, need: int, weight: list[int]) -> None:
        self._graph = graph
        self.need = need
        self.weight = weight
        self.member = bytearray(graph.nodes)
        self.seeds: set[int] = set()
        self.held: list[int] = []
        self._rank: list[int] = []
        self._joined = 0

    def start(self, seeds: Iterable[int]) -> None:
        self.seeds = set(seeds)
        self.member = bytearray(self._graph.nodes)
        self.held = [0] * len(self._graph.target)
        self._rank = [0] * self._graph.nodes
        self._spread(sorted(self.seeds))

    def change(
        self, weights: dict[int, int], *, added: Iterable[int] = (), removed: Iterable[int] = ()
    ) -> None:
        """Bring the set up to date after new weights and seeds.

        A member stays when the members that came before it still hold enough of it: such support leads back to
        the seeds, never in a circle. One that has lost it is taken out with its holdings, which may shake those
        it owns; whoever was taken out and is still reached is then put back, as a newcomer.
        """
        graph, member, held = self._graph, self.member, self.held
        shaken: list[int] = []
        lifted: list[int] = list(added)
        for edge, weight in weights.items():
            difference = weight - self.weight[edge]
            self.weight[edge] = weight
            if difference and member[graph.owner[edge]]:
                held[graph.pool[edge]] += difference
                (lifted if difference > 0 else shaken).append(graph.target[graph.pool[edge]])
        for node in removed:
            self.seeds.discard(node)
            shaken.append(node)
        self.seeds.update(added)
        gone: list[int] = []
        while shaken:
            node = shaken.pop()
            if not member[node] or node in self.seeds or self._supported(node):
                continue
            member[node] = 0
            gone.append(node)
            for edge in graph.edges_from(node):
                if self.weight[edge]:
                    held[graph.pool[edge]] -= self.weight[edge]
                    shaken.append(graph.target[graph.pool[edge]])
        self._spread(
            [
                node
                for node in {*gone, *lifted}
                if not member[node] and (node in self.seeds or self._reached(node))
            ]
        )

    def _reached(self, node: int) -> bool:
        if self._graph.exempt(node):
            return False
        return any(self.held[pool] >= self.need for pool in self._graph.pools_of(node))

    def _supported(self, node: int) -> bool:
        """Whether members older than `node` hold enough of it."""
        graph, rank = self._graph, self._rank
        for pool in graph.pools_of(node):
            if self.held[pool] < self.need:
                continue
            older = 0
            for edge in graph.edges_of_pool(pool):
                owner = graph.owner[edge]
                if self.member[owner] and rank[owner] < rank[node]:
                    older += self.weight[edge]
            if older >= self.need:
                return True
        return False

    def _spread(self, fresh: list[int]) -> None:
        """Add `fresh` to the set, and everything that is reached through them, nearest first."""
        graph, member, held, weight, need = self._graph, self.member, self.held, self.weight, self.need
        pools, targets, out, exempt = graph.pool, graph.target, graph._out, graph._exempt  # noqa: SLF001
        rank, joined = self._rank, self._joined
        for node in fresh:
            member[node] = 1
            rank[node] = joined = joined + 1
        waiting = deque(fresh)
        while waiting:
            for edge in out[waiting.popleft()] or ():
                pool = pools[edge]
                held[pool] = total = held[pool] + weight[edge]
                if total >= need and not member[node := targets[pool]] and node not in exempt:
                    member[node] = 1
                    rank[node] = joined = joined + 1
                    waiting.append(node)
        self._joined = joined


def _put(lists: list[list[int] | None], place: int, edge: int) -> None:
    found = lists[place]
    if found is None:
        lists[place] = [edge]
    else:
        found.append(edge)
