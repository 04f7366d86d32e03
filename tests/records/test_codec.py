import datetime as dt
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.records import Address, Citation, Listing, Name, Party, parse_partial
from ringfence.records.codec import canonical, from_json, pack, slug, unpack

TEXT = st.text(max_size=40)
DAYS = st.none() | st.dates(dt.date(1950, 1, 1), dt.date(2100, 1, 1))
NAMES = st.builds(
    Name,
    TEXT,
    st.sampled_from(["primary", "alias", "former"]),
    st.booleans(),
    st.just("published"),
    st.none() | TEXT,
)
PARTIES = st.builds(
    Party,
    id=TEXT,
    kind=st.sampled_from(["company", "person", "unknown"]),
    names=st.lists(NAMES, min_size=1, max_size=4).map(tuple),
    addresses=st.lists(st.builds(Address, TEXT, TEXT, country=st.none() | TEXT), max_size=3).map(tuple),
    birth_dates=st.lists(st.integers(1900, 2020).map(lambda year: parse_partial(str(year))), max_size=2).map(
        tuple
    ),
)
LISTINGS = st.builds(
    Listing,
    id=TEXT,
    list=TEXT,
    source=TEXT,
    party=PARTIES,
    footnotes=st.lists(st.integers(1, 5), max_size=3).map(tuple),
    citations=st.lists(st.builds(Citation, st.integers(50, 99), st.integers(1, 99_999)), max_size=3).map(
        tuple
    ),
    valid_from=DAYS,
    valid_until=DAYS,
)


@given(LISTINGS)
def test_a_record_is_read_back_as_it_was_written(listing: Listing) -> None:
    assert unpack(pack(listing), Listing) == listing


@given(LISTINGS, LISTINGS)
def test_canonical_bytes_are_equal_for_equal_records_only(one: Listing, other: Listing) -> None:
    assert (canonical(one) == canonical(other)) == (one == other)
    assert canonical(unpack(pack(one), Listing)) == canonical(one)


@pytest.mark.parametrize("data", [b"", b"{", b'"\xff"', b"[" * 100_000, b'{"a":' * 100_000, b'"\\ud800"'])
def test_what_is_no_json_is_one_kind_of_error(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        from_json(data)


def test_json_keeps_every_digit_where_it_is_asked_to() -> None:
    assert from_json(b"[0.10, 1]", fraction=str) == ["0.10", 1]


@given(st.text(min_size=1))
def test_a_slug_is_short_plain_and_stable(text: str) -> None:
    key = slug(text)
    assert 0 < len(key) <= 72
    assert key.isascii()
    assert key == slug(text)
    assert not set(key) - set("abcdefghijklmnopqrstuvwxyz0123456789-")


@given(st.text(alphabet="abc ", min_size=80, max_size=120), st.text(alphabet="abc", min_size=1, max_size=5))
def test_two_long_names_do_not_share_a_slug_by_being_cut(start: str, end: str) -> None:
    assert slug(start + "x" + end) != slug(start + "y" + end)


_AT_ONCE = """
import datetime as dt, sys, threading
import msgspec
from ringfence import Engine, Settings
from ringfence.records.transaction import Transaction

asked = {"id": "T-1", "on": "2026-11-02", "activity": "export", "destination": "CN"}
asked["parties"] = [{"role": "end_user", "name": "Alpha Works", "country": "CN"}]
ready = threading.Barrier(8)

def read():
    ready.wait()
    msgspec.convert(asked, Transaction)

with Engine.open(Settings(store=sys.argv[1]), now=dt.datetime(2026, 11, 27, tzinfo=dt.UTC)):
    sys.setswitchinterval(1e-6)
    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""


def test_threads_that_read_a_record_for_the_first_time_do_not_end_the_process(tmp_path: Path) -> None:
    """Without `look_at_records` about every second process dies."""
    for _ in range(6):
        command = [sys.executable, "-c", _AT_ONCE, str(tmp_path / "none.db")]
        assert subprocess.run(command, check=False, timeout=120).returncode == 0
