"""The laws of ownership on random graphs, with a slow twin that recomputes everything, in fractions."""

import datetime as dt
import random
from collections import defaultdict
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.graph.fixpoint import Fixpoint, Scale, digits_of
from ringfence.graph.regimes import regime_of
from ringfence.records import Link, Share
from ringfence.sources.links.shares import parse_share
from tests.graph.worlds import ownership, owns

ON = dt.date(2025, 10, 15)
SHARES = (
    "10%",
    "24.9%",
    "25%",
    "25-50%",
    "33.3%",
    "40%",
    "49.999%",
    "50%",
    ">50%",
    ">25%",
    "60%",
    "<25%",
    "<50%",
    "",
    "100%",
)
NAMES = [f"P{number}" for number in range(9)]

Edges = dict[tuple[str, str], str]

edges = st.dictionaries(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)).filter(lambda ends: ends[0] != ends[1]),
    st.sampled_from(SHARES),
    max_size=22,
)
seeds = st.sets(st.sampled_from(NAMES), max_size=3)


def links_of(held: Edges) -> list[Link]:
    return [owns(owner, share, owned) for (owner, owned), share in held.items()]


def bounds(share: str) -> tuple[tuple[Fraction, int], tuple[Fraction, int]]:
    """Both ends as (number, how many infinitesimals are added)."""
    parsed = parse_share(share) or Share(parse_share("0").low, parse_share("1").high)  # type: ignore[union-attr]
    return (Fraction(parsed.low), int(parsed.open_low)), (Fraction(parsed.high), -int(parsed.open_high))


def twin(held: Edges, listed: set[str], *, at_threshold: bool = True) -> dict[str, str]:
    """The fixpoint as the brief writes it down: look at every party again and again until nothing changes."""
    owners: dict[str, dict[str, str]] = defaultdict(dict)
    for (owner, owned), share in held.items():
        owners[owned][owner] = share
    need = (Fraction(1, 2), 0 if at_threshold else 1)

    def highest(owned: str, owner: str) -> tuple[Fraction, int]:
        lows = {one: bounds(share)[0] for one, share in owners[owned].items()}
        whole = (sum(low for low, _ in lows.values()), sum(extra for _, extra in lows.values()))
        high = bounds(owners[owned][owner])[1]
        if whole > (Fraction(1), 0):
            return high
        left = (1 - whole[0] + lows[owner][0], lows[owner][1] - whole[1])
        return min(high, left)

    def grow(weight: object) -> set[str]:
        found = set(listed)
        while True:
            new = set()
            for owned, held_by in owners.items():
                counted = [weight(owned, owner) for owner in held_by if owner in found]  # type: ignore[operator]
                total = (sum(number for number, _ in counted), sum(extra for _, extra in counted))
                if counted and total >= need:
                    new.add(owned)
            if new <= found:
                return found
            found |= new

    definite = grow(lambda owned, owner: bounds(owners[owned][owner])[0])
    possible = grow(highest)
    assert definite <= possible
    below = set(listed)
    while True:
        new = {
            owned for (owner, owned), share in held.items() if owner in below and bounds(share)[1] > (0, 0)
        }
        if new <= below:
            break
        below |= new
    names = {name for ends in held for name in ends}
    return {
        name: "listed"
        if name in listed
        else "owned"
        if name in definite
        else "possibly_owned"
        if name in possible
        else "minority"
        if name in below
        else "none"
        for name in names
    }


def computed(
    held: Edges, listed: set[str], regime: str = "bis", links: list[Link] | None = None
) -> dict[str, str]:
    found = ownership(links or links_of(held), *listed, regime=regime, on=ON)
    return {node.name: status for node, status in zip(found.network.nodes, found.statuses(), strict=True)}


ORDER = ("none", "minority", "possibly_owned", "owned", "listed")


@settings(max_examples=400, deadline=None)
@given(edges, seeds)
def test_the_fast_fixpoint_is_the_slow_one(held: Edges, listed: set[str]) -> None:
    assert computed(held, listed) == twin(held, listed)


@settings(max_examples=100, deadline=None)
@given(edges, seeds, st.randoms())
def test_the_order_of_statements_does_not_matter(
    held: Edges, listed: set[str], chance: random.Random
) -> None:
    links = links_of(held)
    chance.shuffle(links)
    assert computed(held, listed, links=links) == computed(held, listed)


@settings(max_examples=200, deadline=None)
@given(edges, seeds, st.sampled_from(NAMES))
def test_another_listing_removes_nobody(held: Edges, listed: set[str], more: str) -> None:
    before, after = computed(held, listed), computed(held, listed | {more})
    assert all(ORDER.index(after[name]) >= ORDER.index(before[name]) for name in before)


@settings(max_examples=200, deadline=None)
@given(edges, seeds, st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), st.sampled_from(SHARES))
def test_another_holding_makes_nobody_less_owned_for_certain(
    held: Edges, listed: set[str], ends: tuple[str, str], share: str
) -> None:
    if ends in held or ends[0] == ends[1]:
        return
    before, after = computed(held, listed), computed({**held, ends: share}, listed)
    assert all(after[name] == "owned" for name, status in before.items() if status == "owned")


@settings(max_examples=300, deadline=None)
@given(
    edges,
    seeds,
    st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)),
    st.sampled_from([share for share in SHARES if bounds(share)[0] == (0, 0)]),
)
def test_another_holding_that_may_be_nothing_makes_nobody_less_owned_even_possibly(
    held: Edges, listed: set[str], ends: tuple[str, str], share: str
) -> None:
    if ends in held or ends[0] == ends[1]:
        return
    before, after = computed(held, listed), computed({**held, ends: share}, listed)
    assert all(ORDER.index(after[name]) >= ORDER.index(status) for name, status in before.items())


def test_a_certain_holding_of_somebody_else_leaves_less_room_for_an_unknown_one() -> None:
    held: Edges = {("P0", "P1"): ""}
    assert computed(held, {"P0"})["P1"] == "possibly_owned"
    assert computed({**held, ("P2", "P1"): "60%"}, {"P0"})["P1"] == "minority"


@settings(max_examples=100, deadline=None)
@given(edges)
def test_without_a_listing_nobody_is_owned(held: Edges) -> None:
    assert set(computed(held, set()).values()) <= {"none"}


@settings(max_examples=150, deadline=None)
@given(edges, seeds)
def test_every_proof_adds_up(held: Edges, listed: set[str]) -> None:
    found = ownership(links_of(held), *listed, on=ON)
    for node in found.network.nodes:
        standing = found.standing(node.number)
        if standing.status != "owned":
            continue
        reached = dict.fromkeys(found.seeds, 0)
        for step in standing.proof:
            assert reached[step.owner] < step.step
            reached.setdefault(step.owned, step.step)
        for owned in reached.keys() - set(found.seeds):
            counted = [bounds(held[found.network.nodes[s.owner].name, found.network.nodes[owned].name])[0]
                       for s in standing.proof if s.owned == owned]  # fmt: skip
            assert sum(low for low, _ in counted) >= Fraction(1, 2)
        assert node.number in reached


numbers = st.integers(0, 7)
weights = st.sampled_from(SHARES)
changes = st.lists(
    st.one_of(
        st.tuples(st.just("seed"), numbers),
        st.tuples(st.just("unseed"), numbers),
        st.tuples(st.just("add"), numbers, numbers, weights),
        st.tuples(st.just("set"), st.integers(0, 30), weights),
        st.tuples(st.just("drop"), st.integers(0, 30)),
    ),
    max_size=25,
)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(numbers, numbers, weights), max_size=18), st.sets(numbers, max_size=2), changes)
def test_changes_one_by_one_give_what_computing_anew_gives(
    first: list[tuple[int, int, str]], listed: set[int], steps: list[tuple[object, ...]]
) -> None:
    shares = {text: parse_share(text) or parse_share("0-100%") for text in SHARES}
    scale = Scale(digits_of([end for share in shares.values() for end in (share.low, share.high)]))  # type: ignore[union-attr]

    def grains(text: str) -> tuple[int, int]:
        share = shares[text]
        assert share is not None
        low_open = share.open_low and text != ""
        return scale.low(share.low, is_open=low_open), scale.high(share.high, is_open=share.open_high)

    need = scale.one // 2
    live = [(owner, owned, *grains(text)) for owner, owned, text in first]
    kept = Fixpoint(8, live, one=scale.one, need=need)
    kept.start(listed)
    marked = set(listed)
    for step in steps:
        if step[0] == "seed":
            kept.add_seed(step[1])  # type: ignore[arg-type]
            marked.add(step[1])  # type: ignore[arg-type]
        elif step[0] == "unseed":
            kept.remove_seed(step[1])  # type: ignore[arg-type]
            marked.discard(step[1])  # type: ignore[arg-type]
        elif step[0] == "add":
            low, high = grains(step[3])  # type: ignore[arg-type]
            live.append((step[1], step[2], low, high))  # type: ignore[arg-type]
            kept.add_edge(step[1], step[2], low, high)  # type: ignore[arg-type]
        elif live:
            edge = step[1] % len(live)  # type: ignore[operator]
            low, high = grains(step[2]) if step[0] == "set" else (0, 0)  # type: ignore[arg-type]
            live[edge] = (*live[edge][:2], low, high)
            kept.set_edge(edge, low, high)
        anew = Fixpoint(8, live, one=scale.one, need=need)
        anew.start(marked)
        assert (kept.definite.member, kept.possible.member) == (anew.definite.member, anew.possible.member)
        assert (kept.definite.held, kept.possible.held) == (anew.definite.held, anew.possible.held)


@settings(max_examples=100, deadline=None)
@given(edges, seeds)
def test_a_threshold_that_must_be_passed_is_the_slow_one_too(held: Edges, listed: set[str]) -> None:
    before_2024 = dt.date(2024, 1, 1)
    assert not regime_of("eu").on(before_2024).reached_at_threshold
    found = ownership(links_of(held), *listed, regime="eu", on=before_2024)
    statuses = {node.name: one for node, one in zip(found.network.nodes, found.statuses(), strict=True)}
    assert statuses == twin(held, listed, at_threshold=False)
