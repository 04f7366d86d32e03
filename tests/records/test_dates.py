import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.records import parse_day, parse_partial

DAYS = st.dates(dt.date(1900, 1, 1), dt.date(2099, 12, 31))


@pytest.mark.parametrize(
    ("text", "first", "last", "circa"),
    [
        ("1967", "1967-01-01", "1967-12-31", False),
        ("1967-04", "1967-04-01", "1967-04-30", False),
        ("10 Oct 1957", "1957-10-10", "1957-10-10", False),
        ("Oct 1957", "1957-10-01", "1957-10-31", False),
        ("circa 1965", "1965-01-01", "1965-12-31", True),
        ("1965 to 1967", "1965-01-01", "1967-12-31", False),
        ("1965-1967", "1965-01-01", "1967-12-31", False),
        ("6/27/03", "2003-06-27", "2003-06-27", False),
        ("1956-00-00", "1956-01-01", "1956-12-31", False),
        ("between 1960 and 1965", "1960-01-01", "1965-12-31", False),
        ("circa between 1960 and 1965", "1960-01-01", "1965-12-31", True),
        ("c. 1960 to c. 1965", "1960-01-01", "1965-12-31", True),
        ("1960 and 1962 and 1961", "1960-01-01", "1962-12-31", False),
    ],
)
def test_a_printed_date_is_the_span_it_may_mean(text: str, first: str, last: str, circa: bool) -> None:
    found = parse_partial(text)
    assert found is not None
    assert (str(found.first), str(found.last), found.circa, found.published) == (first, last, circa, text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "unknown",
        "2019-13-01",
        "2019-02-30",
        "31 Feb 2001",
        "abc 2001",
        "1 to 5 May 1960",
        "1960-1965 perhaps",
        "Between Aug and Sep 1977",
    ],
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert parse_partial(text) is None


@given(DAYS)
def test_a_day_is_read_back_from_every_way_of_printing_it(day: dt.date) -> None:
    for form in ("%Y-%m-%d", "%d %b %Y", "%B %d, %Y", "%m/%d/%Y"):
        assert parse_day(day.strftime(form)) == day
    assert parse_day(day.strftime("%d/%m/%Y"), day_first=True) == day


@given(DAYS, DAYS)
def test_overlap_is_symmetric_and_holds_for_a_date_and_its_year(one: dt.date, other: dt.date) -> None:
    a, b, year = parse_partial(str(one)), parse_partial(str(other)), parse_partial(str(one.year))
    assert a and b and year
    assert a.overlaps(b) == b.overlaps(a) == (one == other)
    assert a.overlaps(year)


def test_a_date_at_the_end_of_the_calendar_is_compared_as_any_other() -> None:
    last, about = parse_partial("9999"), parse_partial("circa 1960")
    assert last and about
    assert not last.overlaps(about)
    assert not about.overlaps(last)
