"""The statements of the event: each once, each with whoever made it, none a fact of ours."""

import datetime as dt
from decimal import Decimal

import pytest

from ringfence.sources.lists.us_reference_2019.parse import listings
from ringfence.sources.lists.us_reference_2019.statements import links, statements

LISTED = {"Hikvision", "Dahua Technology", "Megvii", "SenseTime"}


def test_every_statement_is_present_once() -> None:
    assert [statement.id for statement in statements()] == [f"S{number:02}" for number in range(1, 24)]


def test_no_statement_and_no_link_goes_without_whoever_asserts_it() -> None:
    for statement in statements():
        assert statement.asserted_by.strip(), statement.id
        assert statement.asserted_in.strip(), statement.id
        assert statement.effect_note.strip(), statement.id
    for link in links():
        assert link.asserted_by.strip(), link.id
        assert link.source.strip(), link.id
        assert link.certainty, link.id


def test_only_statements_that_tie_two_parties_become_links() -> None:
    assert {link.id.split(".")[0] for link in links()} == {
        "S03",
        "S04",
        "S05",
        "S07",
        "S08",
        "S09",
        "S10",
        "S11",
        "S12",
    }
    ids = [link.id for link in links()]
    assert len(ids) == len(set(ids))


def test_denials_stay_denials() -> None:
    assert {statement.id for statement in statements() if statement.polarity == "denied"} == {
        "S16",
        "S17",
        "S20",
    }


def test_listed_ends_of_links_are_names_of_entries_in_the_set() -> None:
    names = {name.text for listing in listings() for name in listing.party.names}
    ends = {end for link in links() for end in (link.subject, link.object)}
    assert ends & names == LISTED


def test_equity_is_told_apart_from_supply() -> None:
    by_relation = {
        relation: {link.id for link in links() if link.relation == relation}
        for relation in {link.relation for link in links()}
    }
    assert by_relation["supplies"] == {"S03.1", "S03.2", "S04.1", "S05.1"}
    assert by_relation["owns"] == {"S12.1", "S12.2"}
    for link in links():
        if link.relation == "invested_in":
            assert link.share is None, "no percentage was stated"
            assert link.note
            assert "not restricted by the Entity List" in link.note


def test_two_wordings_of_one_share_are_kept_apart() -> None:
    first, second = (link for link in links() if link.relation == "owns")
    assert first.share
    assert first.share == second.share
    assert (first.share.low, first.share.high) == (Decimal("0.42"), Decimal("0.42"))
    assert first.subject != second.subject
    assert (first.stated_on, second.stated_on) == (dt.date(2019, 5, 22), dt.date(2019, 10, 8))


@pytest.mark.parametrize("link", links(), ids=lambda link: link.id)
def test_a_month_is_not_made_into_a_day(link) -> None:
    published = {statement.id: statement.published_on for statement in statements()}[link.id.split(".")[0]]
    if link.stated_on is None:
        assert not published.exact
    else:
        assert published.exact
