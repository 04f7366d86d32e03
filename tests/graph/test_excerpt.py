"""A part of a network to look at: everything in reach is there or counted, and nothing that was not asked for."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.errors import QueryError
from ringfence.graph.excerpt import excerpt
from ringfence.graph.network import network_of
from ringfence.graph.ownership import Ownership
from ringfence.graph.regimes import regime_of
from ringfence.records import Link, Share

DAY = dt.date(2020, 1, 1)
RELATIONS = ("owns", "supplies", "invested_in")
pairs = st.lists(
    st.tuples(st.integers(0, 12), st.sampled_from(RELATIONS), st.integers(0, 12)), min_size=1, max_size=25
)


def ownership(ties: list[tuple[int, str, int]]) -> Ownership:
    links = [
        Link(
            id=f"links.csv row {row}",
            subject=f"P{one}",
            relation=relation,
            object=f"P{other}",
            share=Share(Decimal("0.6"), Decimal("0.6")) if relation == "owns" else None,
            asserted_by="somebody",
            source="links.csv",
        )
        for row, (one, relation, other) in enumerate(ties, start=1)
    ]
    return Ownership(network_of(links), regime_of("bis"), DAY)


@given(pairs, st.integers(0, 3), st.data())
def test_what_is_in_reach_is_shown_or_counted(
    ties: list[tuple[int, str, int]], hops: int, data: st.DataObject
) -> None:
    world = ownership(ties)
    count = len(world.network.nodes)
    begin = data.draw(st.sets(st.integers(0, count - 1), max_size=2))
    relations = data.draw(st.sets(st.sampled_from(RELATIONS)))
    most = data.draw(st.integers(1, 20))
    found = excerpt(world, sorted(begin), hops=hops, relations=relations, most=most)
    shown = {one.number for one in found.parties}
    followed = [
        tie
        for tie in world.network.ties_on(DAY)
        if tie.subject != tie.target and (not relations or tie.link.relation in relations)
    ]
    reach = set(begin) or {end for tie in followed for end in (tie.subject, tie.target)}
    for _ in range(hops):
        reach |= {tie.target for tie in followed if tie.subject in reach} | {
            tie.subject for tie in followed if tie.target in reach
        }
    assert shown <= reach
    assert len(shown) + found.left_out == len(reach)
    assert len(shown) <= most
    assert set(found.ties) == {tie for tie in followed if {tie.subject, tie.target} <= shown}
    for one in found.parties:
        neighbors = {t.target for t in followed if t.subject == one.number} | {
            t.subject for t in followed if t.target == one.number
        }
        assert one.hidden == len(neighbors - shown)


def test_an_opened_party_leads_on() -> None:
    world = ownership([(0, "owns", 1), (1, "owns", 2), (2, "supplies", 3), (1, "supplies", 4)])
    near = excerpt(world, [0])
    assert [(one.number, one.hidden) for one in near.parties] == [(0, 0), (1, 2)]
    further = excerpt(world, [0], opened=[1])
    assert {one.number for one in further.parties} == {0, 1, 2, 4}
    assert {one.number for one in excerpt(world, [0], opened=[1, 2]).parties} == {0, 1, 2, 3, 4}


def test_parties_of_other_statuses_are_left_out_but_those_asked_about_stay() -> None:
    world = ownership([(0, "owns", 1), (1, "owns", 2)])
    assert {one.number for one in excerpt(world, [0], hops=2, statuses=["listed"]).parties} == {0}


def test_an_unknown_regime_is_refused() -> None:
    with pytest.raises(QueryError):
        regime_of("nowhere")
