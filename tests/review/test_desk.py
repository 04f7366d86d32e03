"""The desk: what raises an alert, who may do what with it, and what opens it again."""

import datetime as dt
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.decisions.ledger import Ledger
from ringfence.errors import AccessDenied, Conflict, MovedOn, NotKnown, QueryError
from ringfence.records import Identifier, parse_partial
from ringfence.review import Desk, Filter, FourEyes, Policy, Raised, Reviewer, Subject
from ringfence.review.alert import STATES, State, case_of
from tests.review.cases import (
    ANA,
    AT,
    BEN,
    CHO,
    LISTING,
    changed,
    entry,
    found,
    later,
    party,
    query,
    screening,
)
from tests.stores import Stores, tamper

WHY = {"reason": "different_country", "text": "Registered in another province; no tie found."}
TWO = Policy(four_eyes=(FourEyes(why="two read close matches", score_from=0.85),))


def raised(desk: Desk, *pairs: object, **given: object) -> Raised:
    listings = {LISTING: entry()} | {one.id: one for one in given.pop("listings", [])}
    asked = {"cause": "screening", "at": AT, "by": "run", "listing_of": listings.get} | given
    return desk.raise_(pairs or [found(party(), entry())], **asked)


@pytest.fixture
def alert(desk: Desk) -> int:
    return raised(desk).raised[0]


def actions(desk: Desk, number: int) -> list[str]:
    return [event.action for event in desk.alert(number).events]


def test_a_hit_raises_one_alert_with_the_facts_of_both_sides_as_they_were(desk: Desk, alert: int) -> None:
    told = desk.alert(alert)
    assert told.standing.state == "new"
    assert told.case.facts == party().facts
    assert told.case.listed.addresses == ("1 Long Street, Hefei",)
    assert (told.case.score, told.case.cause, told.case.party) == (0.9, "screening", "name-alpha-works")
    assert (told.case.basis.snapshot, told.case.basis.as_of) == ("sha256:1", dt.date(2026, 3, 1))


def test_a_pair_that_is_known_as_it_is_raises_nothing_more(desk: Desk, alert: int) -> None:
    again = raised(desk, at=later(1))
    assert again == Raised(known=1)
    assert actions(desk, alert) == ["raised"]


def test_another_entry_or_another_party_is_another_alert(desk: Desk, alert: int) -> None:
    other = entry("us_ofac_sdn:7", "Alpha Works")
    more = raised(
        desk,
        (party(), screening(party(), (entry(), 0.9), (other, 0.8))),
        found(party("C-2"), entry()),
        listings=[other],
    )
    assert (len(more.raised), more.known) == (2, 1)
    assert [one.listing for one in desk.alert(alert).others] == [other.id]


def test_a_row_without_an_id_is_known_again_wherever_it_stands(desk: Desk) -> None:
    first = Subject.of_query(query(row=3, city="Hefei"), "suppliers.csv")
    moved = Subject.of_query(query(row=9, city="Hefei"), "suppliers.csv")
    assert first.id == moved.id
    assert first.id != Subject.of_query(query(row=3, city="Ningbo"), "suppliers.csv").id
    raised(desk, found(first, entry()))
    assert raised(desk, found(moved, entry())).known == 1


def test_the_way_of_an_alert_that_one_person_clears(desk: Desk, alert: int) -> None:
    desk.assign(alert, "ana", by=BEN, at=later(1))
    desk.start(alert, by=ANA, at=later(2))
    desk.note(alert, "Asked the party for its registration.", by=ANA, at=later(3))
    cleared = desk.clear(alert, **WHY, by=ANA, at=later(4))
    assert (cleared.state, cleared.assigned_to, cleared.expires_on) == ("cleared", "ana", dt.date(2027, 3, 2))
    told = desk.alert(alert)
    assert told.disposition is not None
    assert (told.disposition.reason, told.disposition.by, told.disposition.status) == (
        "different_country",
        "ana",
        "in_force",
    )
    assert {"name", "kind", "identifiers", "owners", "countries", "addresses"} == set(
        told.disposition.rests_on
    )
    assert actions(desk, alert) == ["raised", "assigned", "started", "noted", "cleared"]


def test_an_escalated_alert_goes_to_who_was_named(desk: Desk, alert: int) -> None:
    after = desk.escalate(alert, "Same director.", to="ben", by=ANA, at=later(1))
    assert (after.state, after.assigned_to) == ("escalated", "ben")
    assert desk.confirm(alert, reason="other", text="Board papers.", by=BEN, at=later(2)).state == "confirmed"


def test_with_four_eyes_a_decision_waits_for_another_person_who_may(location: str) -> None:
    with Desk.open(location, TWO) as desk:
        (alert,) = raised(desk).raised
        waiting = desk.clear(alert, **WHY, by=BEN, at=later(1))
        assert waiting.state == "proposed"
        assert desk.alert(alert).disposition.four_eyes == "two read close matches"  # type: ignore[union-attr]
        for who in (BEN, ANA, Reviewer("a program")):
            with pytest.raises(AccessDenied):
                desk.approve(alert, by=who, at=later(2))
        settled = desk.approve(alert, by=CHO, at=later(2), text="Agreed.")
        assert (settled.state, settled.settled, settled.decided_by) == ("cleared", True, "ben")
        decision = desk.alert(alert).disposition
        assert decision
        assert (decision.by, decision.approved_by, decision.approval) == ("ben", "cho", "Agreed.")
        with pytest.raises(Conflict, match="second reviewer"):
            desk.undo(alert, by=BEN, at=later(3))
        with pytest.raises(AccessDenied):
            desk.reopen(alert, "New paper.", by=ANA, at=later(3))
        assert desk.reopen(alert, "New paper.", by=BEN, at=later(3)).state == "new"


def test_a_returned_proposal_is_with_its_author_again(location: str) -> None:
    with Desk.open(location, TWO) as desk:
        (alert,) = raised(desk).raised
        desk.clear(alert, **WHY, by=ANA, at=later(1))
        back = desk.return_(alert, "Which register?", by=CHO, at=later(2))
        assert (back.state, back.assigned_to, back.decided) == ("in_review", "ana", None)
        told = desk.alert(alert)
        assert told.disposition is None
        assert [(one.status, one.ended_by, one.ended_why) for one in told.earlier] == [
            ("returned", "cho", "Which register?")
        ]


def test_policy_asks_by_list_score_reason_amount_and_number() -> None:
    subject, answer = found(party(amount=500.0), entry())
    one = case_of(subject, answer.hits[0], entry(), answer.provenance, "screening")

    def asks(**rule: object) -> bool:
        return bool(
            Policy(four_eyes=(FourEyes(why="x", **rule),)).second(one, "cleared", "different_country", 3)
        )

    assert asks()
    assert asks(lists=("us",)) and asks(lists=("us_bis_entity",)) and not asks(lists=("un", "us_ofac_sdn"))
    assert asks(verdict="cleared") and not asks(verdict="confirmed")
    assert asks(reasons=("different_country",)) and not asks(reasons=("other",))
    assert asks(score_from=0.9) and not asks(score_from=0.91)
    assert asks(bulk_from=3) and not asks(bulk_from=4)
    assert not asks(lists=("us",), score_from=0.99)


@pytest.mark.parametrize(
    ("facts", "what"),
    [
        ({"countries": ("CN", "RU")}, ("party", "countries", "", "RU")),
        ({"name": "Alpha Works Group"}, ("party", "name", "Alpha Works", "Alpha Works Group")),
        (
            {"identifiers": ()},
            ("party", "identifiers", "uscc 91330200MA2AXXXX17", ""),
        ),
    ],
)
def test_a_cleared_pair_opens_again_when_a_fact_of_the_party_differs(
    desk: Desk, alert: int, facts: dict[str, object], what: tuple[str, ...]
) -> None:
    desk.clear(alert, **WHY, by=ANA, at=later(1))
    again = raised(desk, found(changed(party(), **facts), entry()), at=later(2), cause="party_change")
    assert again.reopened == (alert,)
    told = desk.alert(alert)
    assert told.standing.state == "new"
    (change,) = told.events[-1].changes
    assert (change.side, change.fact, change.before, change.after) == what
    (earlier,) = told.earlier
    assert (earlier.status, earlier.changes) == ("reopened", (change,))


@pytest.mark.parametrize(
    "facts", [{"birth_dates": (parse_partial("1970"),)}, {"aliases": ("AW",)}, {"amount": 5e6}, {}]
)
def test_what_a_decision_does_not_rest_on_leaves_it_in_force(
    desk: Desk, alert: int, facts: dict[str, object]
) -> None:
    desk.clear(alert, **WHY, by=ANA, at=later(1))
    again = raised(desk, found(changed(party(), **facts), entry()), at=later(2))
    assert again == Raised(kept=1)
    assert desk.alert(alert).standing.state == "cleared"


def test_a_cleared_pair_opens_again_when_the_entry_says_something_else(desk: Desk, alert: int) -> None:
    desk.clear(alert, **WHY, by=ANA, at=later(1))
    revised = entry(identifiers=(Identifier(scheme="uscc", value="91330200MA2AXXXX17"),))
    (again,) = desk.reopen_changed(at=later(2), by="watch", listing_of={LISTING: revised}.get)
    assert str(again.changes[0]) == "listing identifiers: (none) → uscc 91330200MA2AXXXX17"
    assert desk.alert(alert).case.listed.identifiers == revised.party.identifiers
    assert desk.reopen_changed(at=later(3), by="watch", listing_of={LISTING: revised}.get) == []


def test_a_cleared_pair_opens_again_when_the_match_is_closer(desk: Desk, alert: int) -> None:
    desk.clear(alert, **WHY, by=ANA, at=later(1))
    assert raised(desk, found(party(), entry(), 0.94), at=later(2), cause="rule_change").kept == 1
    assert raised(desk, found(party(), entry(), 0.95), at=later(3), cause="rule_change").reopened == (alert,)
    assert [str(one) for one in desk.alert(alert).events[-1].changes] == ["match score: 0.90 → 0.95"]


def test_a_cleared_pair_opens_again_when_its_time_is_over(desk: Desk, alert: int) -> None:
    desk.clear(alert, **WHY, by=ANA, at=later(1), expires_on=dt.date(2026, 3, 10))
    assert desk.reopen_changed(at=dt.datetime(2026, 3, 10, 23, tzinfo=dt.UTC), by="watch") == []
    (again,) = desk.reopen_changed(at=dt.datetime(2026, 3, 11, 0, tzinfo=dt.UTC), by="watch")
    assert (again.alert, again.changes[0].side) == (alert, "clock")


def test_a_confirmed_pair_takes_changes_in_and_stays_confirmed(desk: Desk, alert: int) -> None:
    desk.confirm(alert, reason="same_name_and_place", text="Same door.", by=ANA, at=later(1))
    again = raised(desk, found(changed(party(), countries=("RU",)), entry()), at=later(2))
    assert again.changed == (alert,)
    told = desk.alert(alert)
    assert (told.standing.state, told.case.facts.countries) == ("confirmed", ("RU",))
    assert told.disposition is not None


def test_new_facts_send_a_waiting_proposal_back_to_review(location: str) -> None:
    with Desk.open(location, TWO) as desk:
        (alert,) = raised(desk).raised
        desk.clear(alert, **WHY, by=ANA, at=later(1))
        raised(desk, found(changed(party(), addresses=("1 Long Street, Hefei",)), entry()), at=later(2))
        told = desk.alert(alert)
        assert (told.standing.state, told.disposition) == ("in_review", None)
        with pytest.raises(Conflict):
            desk.approve(alert, by=CHO, at=later(3))


def test_undo_is_an_event_and_gives_back_what_was_before(desk: Desk, alert: int) -> None:
    desk.escalate(alert, "Look.", to="ben", by=ANA, at=later(1))
    desk.clear(alert, **WHY, by=ANA, at=later(2))
    with pytest.raises(AccessDenied):
        desk.undo(alert, by=Reviewer("eve"), at=later(3))
    back = desk.undo(alert, by=ANA, at=later(3), text="Wrong alert.")
    assert (back.state, back.assigned_to, back.reason) == ("escalated", "ben", None)
    assert actions(desk, alert)[-2:] == ["cleared", "undone"]
    assert desk.alert(alert).earlier[0].status == "undone"


def test_acting_on_an_alert_that_has_moved_on_is_a_conflict_and_writes_nothing(
    desk: Desk, alert: int
) -> None:
    looked = desk.alert(alert).standing.number
    desk.start(alert, by=BEN, at=later(1), seen=looked)
    acts: list[Callable[[], object]] = [
        lambda: desk.clear(alert, **WHY, by=ANA, at=later(2), seen=looked),
        lambda: desk.assign(alert, "ana", by=ANA, at=later(2), seen=looked),
        lambda: desk.escalate(alert, "x", by=ANA, at=later(2), seen=looked),
    ]
    for act in acts:
        with pytest.raises(MovedOn, match="ben started it"):
            act()
    assert actions(desk, alert) == ["raised", "started"]


def test_what_is_not_possible_in_a_state_is_refused_with_what_is(desk: Desk, alert: int) -> None:
    with pytest.raises(Conflict, match="is new: it cannot be approved"):
        desk.approve(alert, by=CHO, at=later(1))
    desk.clear(alert, **WHY, by=ANA, at=later(1))
    with pytest.raises(Conflict, match="is cleared: it cannot be cleared"):
        desk.clear(alert, **WHY, by=ANA, at=later(2))
    with pytest.raises(NotKnown):
        desk.alert(99)


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"reason": "because", "text": "x"}, "reason"),
        ({"reason": "same_identifier", "text": "x"}, "reason"),
        ({"reason": "other", "text": "  "}, "text"),
        ({"reason": "other", "text": "x" * 20_000}, "text"),
        ({"reason": "other", "text": "x", "expires_on": dt.date(2026, 1, 1)}, "expires_on"),
        ({"reason": "other", "text": "x", "expires_on": dt.date(2036, 1, 1)}, "expires_on"),
    ],
)
def test_a_decision_needs_a_reason_of_the_list_a_text_and_a_day_that_can_be(
    desk: Desk, alert: int, given: dict[str, object], path: str
) -> None:
    with pytest.raises(QueryError) as refused:
        desk.clear(alert, **given, by=ANA, at=later(1))
    assert refused.value.path == path


def test_many_are_cleared_after_a_preview_and_undone_where_nobody_has_acted_since(location: str) -> None:
    policy = Policy(worth={"EUR": 1.0}, four_eyes=(FourEyes(why="much money", amount_from=1e6),))
    with Desk.open(location, policy) as desk:
        pairs = [
            found(party(f"C-{n}", amount=2e6 if n == 3 else 10.0, currency="EUR"), entry()) for n in range(6)
        ]
        numbers = raised(desk, *pairs).raised
        seen = dict.fromkeys(numbers, 1)
        desk.confirm(numbers[5], reason="other", text="It is them.", by=BEN, at=later(1))
        foreseen = desk.preview(numbers, "cleared", **WHY)
        assert [one.state for one in foreseen] == ["cleared"] * 3 + ["proposed", "cleared", None]
        assert foreseen[3].why == "much money"
        desk.start(numbers[4], by=BEN, at=later(2))
        done = desk.decide_many(seen, "cleared", **WHY, by=ANA, at=later(3))
        assert [one.state for one in done.done] == ["cleared"] * 3 + ["proposed"]
        assert done.left.keys() == {numbers[4], numbers[5]}
        desk.approve(numbers[3], by=CHO, at=later(4))
        desk.note(numbers[0], "Looked again.", by=BEN, at=later(4))
        undone = desk.undo_many(done.id, by=ANA, at=later(5))
        assert [one.alert for one in undone.done] == [numbers[1], numbers[2]]
        assert undone.left.keys() == {numbers[0], numbers[3]}
        assert desk.undo_many(done.id, by=ANA, at=later(6)).done == ()
        assert desk.verify() == ()


def test_the_queue_filters_sorts_and_pages(desk: Desk) -> None:
    other = entry("us_ofac_sdn:7", "Beta Trade")
    for hours, (own, listing, score, amount) in enumerate(
        [("A", entry(), 0.7, None), ("B", other, 0.95, 20.0), ("C", entry(), 0.8, 3000.0)]
    ):
        raised(desk, found(party(own, amount=amount), listing, score), listings=[other], at=later(hours))
    desk.start(3, by=ANA, at=later(9))

    def order(sort: str = "score", **asked: object) -> list[str]:
        reverse = bool(asked.pop("reverse", False))
        return [one.subject for one in desk.queue(Filter(**asked), sort=sort, reverse=reverse).alerts]

    assert order() == ["B", "C", "A"]
    assert order("age") == ["A", "B", "C"]
    assert order("amount") == ["C", "B", "A"]
    assert order("amount", reverse=True) == ["B", "C", "A"]
    assert order(lists=("us_ofac",)) == ["B"]
    assert order(lists=("us",)) == ["B", "C", "A"]
    assert order(states=("in_review",)) == order(assigned_to="ana") == ["C"]
    assert order(assigned_to="nobody") == ["B", "A"]
    assert order(text="beta TR") == ["B"]
    assert order(text="%") == []
    assert order(score_from=0.8) == ["B", "C"]
    page = desk.queue(sort="score", page=2, size=2)
    assert ([one.subject for one in page.alerts], page.total) == (["A"], 3)
    with pytest.raises(QueryError):
        desk.queue(page=0)


def test_counts_and_ages(desk: Desk, alert: int) -> None:
    raised(desk, found(party("C-2"), entry()), at=later(24))
    desk.clear(alert, **WHY, by=ANA, at=later(25))
    told = {one.state: one for one in desk.counts(later(48))}
    assert tuple(told) == STATES
    assert (told["new"].alerts, told["new"].unassigned, told["new"].oldest) == (1, 1, later(24))
    assert told["new"].mean_age_days == 1.0
    assert (told["cleared"].alerts, told["cleared"].oldest) == (1, None)


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        (
            "UPDATE alert_event SET state = 'cleared' WHERE number = 1",
            "does not say what the ledger says (state)",
        ),
        ("UPDATE alert_event SET score = 0.1 WHERE number = 2", "(score)"),
        ("DELETE FROM alert_event WHERE number = 2", "has no row"),
        ("DELETE FROM alert_event", "has no row"),
    ],
)
def test_rows_that_were_tampered_with_are_found(
    desk: Desk, alert: int, location: str, statement: str, told: str
) -> None:
    desk.start(alert, by=ANA, at=later(1))
    assert desk.verify() == ()
    tamper(location, statement)
    assert any(told in fault for fault in desk.verify()), desk.verify()


def test_an_event_that_was_changed_or_removed_breaks_the_chain(desk: Desk, alert: int, location: str) -> None:
    desk.start(alert, by=ANA, at=later(1))
    with Ledger.open(location) as ledger:
        assert [line.kind for line in ledger.lines()] == ["review", "review"]
        assert ledger.verify().faults == ()
        tamper(location, "DELETE FROM ledger WHERE number = 1")
        assert ledger.verify().faults


@st.composite
def _acts(draw: st.DrawFn) -> list[tuple[str, int]]:
    names = [
        "start",
        "assign",
        "escalate",
        "note",
        "clear",
        "confirm",
        "approve",
        "return_",
        "undo",
        "reopen",
    ]
    names += ["again", "changed", "later"]
    return draw(st.lists(st.tuples(st.sampled_from(names), st.integers(0, 2)), max_size=14))


NEXT: dict[tuple[State, str], State] = {
    **{(state, "start"): "in_review" for state in ("new", "escalated")},
    **{(state, "escalate"): "escalated" for state in ("new", "in_review")},
    **{(state, "clear"): "proposed" for state in ("new", "in_review", "escalated")},
    **{(state, "confirm"): "confirmed" for state in ("new", "in_review", "escalated")},
    ("proposed", "approve"): "cleared",
    ("proposed", "return_"): "in_review",
    ("proposed", "changed"): "in_review",
    ("cleared", "reopen"): "new",
    ("confirmed", "reopen"): "new",
    ("cleared", "changed"): "new",
    ("cleared", "later"): "new",
}
"""The slow, obvious twin: where an act leads, written out. What is not here leaves the state as it is."""


@pytest.mark.parametrize("stores", ["sqlite"], indirect=True)
@settings(max_examples=15)
@given(_acts())
def test_whatever_people_do_the_state_is_what_the_events_say(
    stores: Stores, acts: list[tuple[str, int]]
) -> None:
    policy = Policy(four_eyes=(FourEyes(why="two", verdict="cleared"),))
    with stores.lent() as location, Desk.open(location, policy) as desk:
        (alert,) = raised(desk).raised
        state: State = "new"
        before: list[State] = []
        turn, at = 1, AT
        for name, who in acts:
            by, at = (ANA, BEN, CHO)[who], at + dt.timedelta(hours=1)
            one = desk.alert(alert).standing
            try:
                if name in {"again", "changed", "later"}:
                    turn += name == "changed"
                    at += dt.timedelta(days=400 if name == "later" else 0)
                    subject = party(countries=("RU", "CN")[turn % 2 :])
                    raised(desk, found(subject, entry()), at=at)
                elif name in {"clear", "confirm"}:
                    desk.decide(
                        alert,
                        "cleared" if name == "clear" else "confirmed",
                        reason="other",
                        text="x",
                        by=by,
                        at=at,
                    )
                elif name in {"start", "approve", "undo"}:
                    getattr(desk, name)(alert, by=by, at=at)
                else:
                    getattr(desk, name)(alert, "x", by=by, at=at)
            except (Conflict, AccessDenied):
                assert desk.alert(alert).standing == one
                continue
            if name in {"clear", "confirm"}:
                before.append(state)
            state = before[-1] if name == "undo" else NEXT.get((state, name), state)
            assert desk.alert(alert).standing.state == state, (name, acts)
        assert desk.verify() == ()
        dispositions = desk.alert(alert)
        assert (dispositions.disposition is not None) == (state in {"proposed", "cleared", "confirmed"})


def test_an_alert_whose_sides_no_longer_meet_is_withdrawn_and_opened_when_they_meet_again(desk: Desk) -> None:
    number = raised(desk).raised[0]
    one = desk.alert(number).standing
    pair = (one.source, one.subject, one.listing)
    assert desk.withdraw(
        [pair, ("book", "nobody", "nothing")], "the entry was removed", at=later(1), by="watch"
    ) == (number,)
    assert desk.withdraw([pair], "the entry was removed", at=later(2), by="watch") == ()
    assert desk.alert(number).standing.state == "cleared"
    again = raised(desk, at=later(3))
    assert again.reopened == (number,)
    assert [str(why) for why in desk.alert(number).events[-1].changes] == [
        "match pair: no longer met → met again"
    ]
    assert desk.verify() == ()


def test_what_a_person_decided_is_not_withdrawn(desk: Desk) -> None:
    number = raised(desk).raised[0]
    desk.clear(number, **WHY, by=ANA, at=later(1))
    one = desk.alert(number).standing
    assert desk.withdraw([(one.source, one.subject, one.listing)], "gone", at=later(2), by="watch") == ()
