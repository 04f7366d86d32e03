"""Dates of the UK lists, whose unknown parts are printed as zeros or as letters."""

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from ringfence.sources.document import document_of
from ringfence.sources.row import Account
from ringfence.sources.uk_tables import below_first_line, uk_date, uk_day

DAYS = st.dates(dt.date(1900, 1, 1), dt.date(2030, 12, 31))


@given(DAYS)
def test_a_whole_date_is_that_day_with_the_day_first(day: dt.date) -> None:
    assert uk_day(f"{day:%d/%m/%Y}") == day


@given(DAYS, st.sampled_from(["00", "dd"]), st.sampled_from(["00", "mm"]))
def test_a_date_with_unknown_parts_spans_every_day_it_may_mean(
    day: dt.date, no_day: str, no_month: str
) -> None:
    year = uk_date(f"{no_day}/{no_month}/{day.year}")
    month = uk_date(f"{no_day}/{day:%m/%Y}")
    assert year is not None
    assert month is not None
    assert (year.first, year.last) == (dt.date(day.year, 1, 1), dt.date(day.year, 12, 31))
    assert (month.first.month, month.last.month) == (day.month, day.month)
    assert month.first <= day <= month.last
    assert uk_day(f"{no_day}/{no_month}/{day.year}") is None


def test_the_line_above_the_header_dates_the_release() -> None:
    for line in ("Last Updated,13/04/2018", "Report Date: 13-Apr-2018", "2018-04-13,,"):
        account = Account()
        text = f"{line}\nA,B\n1,2\n"
        header, records = below_first_line(document_of("x.csv", text.encode(), 1_000), text, account)
        assert account.published_on == dt.date(2018, 4, 13)
        assert header == ["A", "B"]
        assert list(records) == [["A", "B"], ["1", "2"]]
