"""Ends are screened together, and an end that is one listing of a party is all of them."""

import datetime as dt
from collections.abc import Iterable, Sequence

from ringfence.graph.network import network_of
from ringfence.graph.recognition import Find, recognizer
from ringfence.records import (
    Hit,
    Identifier,
    Listing,
    Name,
    Outcome,
    Party,
    Provenance,
    Query,
    QueryEcho,
    Reason,
    Screening,
)
from ringfence.store import JoinedParty
from ringfence.store.parties import Join
from tests.graph.worlds import listing, owns

NOW = dt.datetime(2025, 10, 15, tzinfo=dt.UTC)
PROVENANCE = Provenance(
    engine="test",
    settings="",
    tables="",
    lists=(),
    not_searched=(),
    at=NOW,
    valid_on=NOW.date(),
    known_at=NOW,
)
ENTITY = listing("Alpha Group")
INDUSTRIAL = listing("Alpha Holding", "us_ofac_cmic")
TEXTS = {one.id: one for one in (ENTITY, INDUSTRIAL)}


class Lists:
    """Lists that know every party by its exact name, and count how often they were asked."""

    def __init__(self, outcome: Outcome = "hit") -> None:
        self.asked: list[list[str]] = []
        self.outcome = outcome

    def __call__(self, queries: Sequence[Query]) -> Iterable[Screening]:
        self.asked.append([query.name for query in queries])
        return [self._answer(query) for query in queries]

    def _answer(self, query: Query) -> Screening:
        hits = tuple(
            Hit(
                listing=one.id,
                list=one.list,
                list_title=one.list,
                party=one.party.id,
                listed_name=one.party.name,
                matched_name=query.name,
                score=0.95,
                reasons=(Reason("name", query.name, one.party.name, 1.0, "same name"),),
            )
            for one in TEXTS.values()
            if one.party.name == query.name
        )
        echo = QueryEcho(id=None, name=query.name, as_typed=query.name, normalised=query.name)
        return Screening(
            query=echo, outcome=self.outcome if hits else "no_match", hits=hits, provenance=PROVENANCE
        )


def one_party(one: Listing, _find: Find) -> JoinedParty:
    why = Join(ENTITY.id, INDUSTRIAL.id, "identifier", "same LEI")
    return JoinedParty("alpha", one.party.name, (ENTITY.id, INDUSTRIAL.id), (why,))


def test_all_ends_are_screened_in_one_batch_each_once() -> None:
    lists = Lists()
    links = [owns("A", "50%", "B"), owns("B", "50%", "C"), owns("a", "1%", "C"), owns("C", "1%", "A")]
    network_of(links, identify=recognizer(lists, TEXTS.get))
    assert lists.asked == [["A", "B", "C"]]


def test_two_names_of_one_party_are_one_owner_with_every_listing() -> None:
    links = [owns("Alpha Group", "30%", "Sub"), owns("Alpha Holding", "30%", "Other")]
    apart = network_of(links, identify=recognizer(Lists(), TEXTS.get))
    joined = network_of(links, identify=recognizer(Lists(), TEXTS.get, join=one_party))
    assert (len(apart.nodes), len(joined.nodes)) == (4, 3)
    owner = joined.nodes[joined.find("Alpha Holding") or 0]
    assert {one.listing.id: one.by for one in owner.listed}.keys() == {ENTITY.id, INDUSTRIAL.id}


def test_the_evidence_of_the_join_is_kept() -> None:
    found = network_of(
        [owns("Alpha Group", "30%", "Sub")], identify=recognizer(Lists(), TEXTS.get, join=one_party)
    )
    assert [(one.listing.id, one.by, one.certain) for one in found.nodes[0].listed] == [
        (ENTITY.id, "same name", True),
        (INDUSTRIAL.id, f"one party with {ENTITY.id}: same LEI", True),
    ]


def test_a_resemblance_brings_no_other_listings() -> None:
    identify = recognizer(Lists("review"), TEXTS.get, join=one_party)
    found = network_of([owns("Alpha Group", "30%", "Sub")], identify=identify)
    assert [(one.listing.id, one.certain) for one in found.nodes[0].listed] == [(ENTITY.id, False)]


def test_two_leis_are_two_parties_though_both_resemble_one_entry() -> None:
    parties = {
        lei: Party(lei, "company", (Name("Alpha Group"),), identifiers=(Identifier("lei", lei),))
        for lei in ("LEI-1", "LEI-2")
    }
    links = [owns("LEI-1", "30%", "LEI-2"), owns("Alpha Group", "30%", "Sub")]
    found = network_of(links, parties, recognizer(Lists(), TEXTS.get, join=one_party))
    assert found.find("LEI-1") != found.find("LEI-2")
    assert len(found.nodes) == 4
