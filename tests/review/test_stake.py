"""What is at stake: sums by currency, and a rule on amounts that asks whenever it may be more than is known."""

from decimal import Decimal
from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.errors import QueryError
from ringfence.review import Desk, Filter, FourEyes, Policy, Stake, Stakes, Subject
from ringfence.review.alert import case_of
from tests.review.cases import entry, found, party
from tests.review.test_desk import raised

RATES = {"EUR": 1.0, "USD": 0.5, "CNY": 0.125}
amounts = st.decimals(0, 10**9, places=2)
stakes = st.one_of(
    st.builds(
        lambda amount, code: Stake(float(amount), code), amounts, st.sampled_from([*RATES, "JPY", None])
    ),
    st.builds(lambda text: Stake(unread=text), st.sampled_from(["1,234", "lots"])),
    st.just(Stake()),
)


def added(rows: list[Stake]) -> tuple[Stake, ...]:
    """The rows of one party together."""
    sums = Stakes()
    for row in rows:
        sums.add("one", row)
    return sums.of("one")


def asked(rows: list[Stake], least: float, **rule: bool) -> str | None:
    """Why two people are asked for, where the rows of a party say this."""
    subject, answer = found(party(amount=None), entry())
    case = case_of(subject, answer.hits[0], entry(), answer.provenance, "screening")
    policy = Policy(worth=RATES, four_eyes=(FourEyes(why="Much money.", amount_from=least, **rule),))
    facts = policy.leading(case.facts.with_stakes(added(rows)))
    return policy.second(msgspec.structs.replace(case, facts=facts), "cleared", "other")


@given(st.lists(stakes, max_size=8))
def test_the_rows_of_a_party_add_up_by_currency_and_lose_nothing(rows: list[Stake]) -> None:
    sums = {one.currency: one.amount for one in added(rows) if one.amount is not None}
    for code in {one.currency for one in rows if one.amount is not None} | set(sums):
        exact = sum(
            Fraction(Decimal(str(one.amount)))
            for one in rows
            if one.amount is not None and one.currency == code
        )
        assert Fraction(Decimal(str(sums[code]))) == pytest.approx(exact, rel=1e-12)
    assert {one.unread for one in added(rows)} - {None} == {one.unread for one in rows} - {None}
    assert set(added(rows)) == set(added(rows[::-1]))


@given(st.lists(stakes, max_size=6), stakes, amounts)
def test_more_money_never_takes_the_second_pair_of_eyes_away(
    rows: list[Stake], more: Stake, least: Decimal
) -> None:
    if asked(rows, float(least)):
        assert asked([*rows, more], float(least)) or not rows or rows == [Stake()] * len(rows)


@given(st.lists(stakes, min_size=1, max_size=6), amounts)
def test_one_person_decides_only_where_everything_is_known_and_less(
    rows: list[Stake], least: Decimal
) -> None:
    known = all(one.amount is not None and one.currency in RATES for one in rows if one != Stake())
    worth = sum(
        Fraction(Decimal(str(one.amount))) * Fraction(RATES[one.currency or ""])
        for one in rows
        if one.amount is not None and one.currency in RATES
    )
    stated = any(one != Stake() for one in rows)
    alone = asked(rows, float(least)) is None
    assert alone == (stated and known and worth < Fraction(Decimal(str(float(least))))) or worth == least


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([Stake(100.0, "EUR")], None),
        ([Stake(600.0, "EUR"), Stake(800.0, "USD")], "Much money."),
        ([Stake(unread="1,234")], "Much money. (asked because the amount '1,234' could not be read)"),
        ([Stake(5.0)], "Much money. (asked because the amount 5.00 is without a currency)"),
        ([Stake(5.0, "JPY")], "Much money. (asked because the policy does not say what JPY is worth)"),
        ([], "Much money. (asked because no amount is stated)"),
    ],
)
def test_a_rule_on_amounts_says_why_it_asks(rows: list[Stake], why: str | None) -> None:
    assert asked(rows, 1000) == why


def test_a_policy_may_let_alerts_pass_whose_amount_nobody_stated_but_none_that_was_not_read() -> None:
    assert asked([], 1000, amount_unstated=False) is None
    assert asked([Stake(unread="1,234")], 1000, amount_unstated=False)


def test_amounts_sort_by_their_worth_and_without_one_within_their_currency(location: str) -> None:
    parties = {
        "A": (Stake(900.0, "USD"),),
        "B": (Stake(500.0, "EUR"),),
        "C": (Stake(90_000.0, "JPY"),),
        "D": (Stake(70_000.0, "JPY"),),
        "E": (Stake(3_000.0, "CNY"), Stake(440.0, "EUR")),
        "F": (Stake(unread="1,234"),),
        "G": (Stake(5.0),),
    }
    with Desk.open(location, Policy(worth=RATES)) as desk:
        for own, at_stake in parties.items():
            subject = party(own)
            raised(desk, found(_staked(subject, at_stake), entry()))

        def order(desk: Desk, **more: bool) -> str:
            return "".join(one.subject for one in desk.queue(sort="amount", **more).alerts)

        assert order(desk) == "BAECDGF"
        assert order(desk, reverse=True) == "EABDCGF"
        assert {one.subject for one in desk.queue(Filter(amount_from=440)).alerts} == {"A", "B", "E"}
    with Desk.open(location) as desk:
        assert order(desk) == "BECDAGF"
        with pytest.raises(QueryError, match="not compared"):
            desk.queue(Filter(amount_from=440))
        assert [one.subject for one in desk.queue(Filter(amount_from=80_000, currency="JPY")).alerts] == ["C"]


def test_what_becomes_readable_is_a_new_fact_of_a_waiting_alert(location: str) -> None:
    with Desk.open(location) as desk:
        before = _staked(party(), (Stake(5.0, "EUR"), Stake(unread="1,234")))
        (number,) = raised(desk, found(before, entry())).raised
        assert raised(desk, found(before, entry())).changed == ()
        after = _staked(party(), (Stake(5.0, "EUR"),))
        assert raised(desk, found(after, entry())).changed == (number,)
        (change,) = desk.alert(number).events[-1].changes
        assert (change.fact, change.before, change.after) == ("amount", "5.00 EUR; '1,234'", "5.00 EUR")
        assert desk.verify() == ()


def _staked(subject: Subject, at_stake: tuple[Stake, ...]) -> Subject:
    return msgspec.structs.replace(subject, facts=subject.facts.with_stakes(at_stake))


def test_which_currency_leads_by_the_policy_is_no_new_fact(location: str) -> None:
    both = (Stake(3000.0, "CNY"), Stake(440.0, "EUR"))
    with Desk.open(location) as desk:
        (number,) = raised(desk, found(_staked(party(), both), entry())).raised
    with Desk.open(location, Policy(worth=RATES)) as desk:
        again = raised(desk, found(_staked(party(), both), entry()))
        assert (again.changed, again.known) == ((), 1)
        assert raised(desk, found(_staked(party(), (Stake(3000.0, "USD"),)), entry())).changed == (number,)
        assert raised(desk, found(_staked(party(), (Stake(3000.0, "EUR"),)), entry())).changed == (number,)
