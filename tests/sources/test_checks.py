"""What holds a release back is told in one line, with the first of each kind."""

import datetime as dt

import pytest

from ringfence.errors import HeldBack
from ringfence.sources.checks import check
from ringfence.sources.registry import source
from ringfence.sources.row import Account

SOURCE = source("us_csl")


def account_of(**changed: int) -> Account:
    """The account of a release with a fit number of entries in every list but those changed."""
    account = Account()
    for feed in SOURCE.feeds:
        account.lists[feed.list] = changed.get(feed.list, feed.least)
    account.entries = account.rows = sum(account.lists.values())
    account.filled.update(dict.fromkeys(SOURCE.checks.filled, account.rows))
    account.saw_day(dt.date(2026, 11, 1))
    return account


def test_a_fit_release_passes() -> None:
    check(SOURCE, "release.csv", account_of(), None)


def test_one_list_is_told_by_its_bound() -> None:
    with pytest.raises(
        HeldBack, match=r"us_csl held back: us_bis_entity has 7 entries, at least 1,500 expected\. "
    ):
        check(SOURCE, "release.csv", account_of(us_bis_entity=7), None)
    with pytest.raises(HeldBack, match=r"us_bis_meu has 9,999 entries, at most 2,000 expected\. "):
        check(SOURCE, "release.csv", account_of(us_bis_meu=9_999), None)


def test_many_lists_are_one_line() -> None:
    with pytest.raises(HeldBack, match=r"us_bis_entity has 0 entries") as caught:
        check(
            SOURCE,
            "release.csv",
            account_of(**{feed.list: 0 for feed in SOURCE.feeds}),
            {"us_bis_entity": 9_000},
        )
    message = str(caught.value)
    others = sum(1 for feed in SOURCE.feeds if feed.least) - 1
    assert f"(so have {others} other lists too many or too few)" in message
    assert "0 entries where the last good release had 9,000" in message
    assert "\n" not in message
    assert len(message) < 400


def test_fields_that_are_not_understood_are_counted() -> None:
    account = account_of()
    account.not_understood.update({"hue": 5, "mood": 2})
    with pytest.raises(HeldBack, match=r"field 'hue', filled in 5 rows, is not understood \(and 1 more\)"):
        check(SOURCE, "release.csv", account, None)
