"""The book: upsert by id, every version kept, the book as it stood at any instant."""

import datetime as dt
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.errors import NotKnown
from ringfence.records import Query
from ringfence.store import BookParty, PartyBook
from tests.store.entries import instant
from tests.stores import Stores, tried

NAMES = st.sampled_from(["Alpha Works", "Beta Trading", "Gamma Ltd"])
BOOKS = st.dictionaries(st.sampled_from("abcde"), NAMES, max_size=5)


def parties(book: dict[str, str]) -> list[BookParty]:
    return [BookParty.of_query(Query(name=name, id=key, row=3)) for key, name in book.items()]


@pytest.fixture
def book(location: str) -> Iterator[PartyBook]:
    with PartyBook.open(location) as book:
        yield book


def test_an_import_adds_what_is_new_changes_what_differs_and_keeps_what_is_missing(book: PartyBook) -> None:
    book.put(parties({"a": "Alpha", "b": "Beta", "c": "Gamma"}), at=instant(0), by="ann", origin="one.csv")
    done = book.put(
        parties({"a": "Alpha", "b": "Beta Ltd", "d": "Delta"}), at=instant(1), by="bob", origin="two.csv"
    )
    assert (done.count("added"), done.count("changed"), done.same) == (1, 1, 1)
    assert [kept.party.id for kept in done.missing] == ["c"]
    assert [(kept.party.id, kept.party.query.name, kept.by) for kept in book.parties()] == [
        ("a", "Alpha", "ann"),
        ("b", "Beta Ltd", "bob"),
        ("c", "Gamma", "ann"),
        ("d", "Delta", "bob"),
    ]
    changed = book.versions("b")[-1]
    assert (changed.action, changed.fields, changed.origin) == ("changed", ("name",), "two.csv")


def test_a_dry_run_says_the_same_and_writes_nothing(book: PartyBook) -> None:
    book.put(parties({"a": "Alpha"}), at=instant(0), by="ann", origin="one.csv")
    wanted = parties({"a": "Alfa", "b": "Beta"})
    foreseen = book.put(wanted, at=instant(1), by="ann", origin="two.csv", dry=True)
    assert [kept.party.query.name for kept in book.parties()] == ["Alpha"]
    assert book.put(wanted, at=instant(1), by="ann", origin="two.csv") == foreseen


def test_a_party_that_left_and_came_back_has_all_its_versions(book: PartyBook) -> None:
    book.put(parties({"a": "Alpha"}), at=instant(0), by="ann", origin="one.csv")
    book.remove(["a"], at=instant(1), by="ann", origin="account closed")
    assert book.parties() == []
    book.put(parties({"a": "Alpha"}), at=instant(2), by="ann", origin="two.csv")
    assert [change.action for change in book.versions("a")] == ["added", "removed", "added"]


def test_removing_a_party_that_is_not_there_removes_none(book: PartyBook) -> None:
    book.put(parties({"a": "Alpha"}), at=instant(0), by="ann", origin="one.csv")
    with pytest.raises(NotKnown, match="'x'"):
        book.remove(["a", "x"], at=instant(1), by="ann", origin="closed")
    assert len(book.parties()) == 1


def test_the_place_of_a_row_in_its_file_is_no_part_of_a_party(book: PartyBook) -> None:
    one, other = (BookParty.of_query(Query(name="Alpha", id="a", row=row)) for row in (1, 7))
    book.put([one], at=instant(0), by="ann", origin="one.csv")
    assert book.put([other], at=instant(1), by="ann", origin="one.csv").same == 1


def test_the_book_at_any_instant_is_what_a_dictionary_would_hold(stores: Stores) -> None:
    @tried(stores, 25)
    @given(st.lists(st.tuples(BOOKS, st.booleans()), min_size=1, max_size=5))
    def holds(imports: list[tuple[dict[str, str], bool]]) -> None:
        with stores.lent() as location, PartyBook.open(location) as book:
            twin: dict[str, str] = {}
            stood: list[dict[str, str]] = []
            for hour, (wanted, whole) in enumerate(imports):
                book.put(parties(wanted), at=instant(hour), by="ann", origin="file", whole=whole)
                twin = dict(wanted) if whole else twin | wanted
                stood.append(dict(twin))
            for hour, expected in enumerate(stood):
                held = {kept.party.id: kept.party.query.name for kept in book.parties(known_at=instant(hour))}
                assert held == expected
                since = instant(hour) + dt.timedelta(minutes=1)
                differs = {key for key in expected.keys() | twin.keys() if expected.get(key) != twin.get(key)}
                assert {change.id for change in book.diff(since)} == differs

    holds()
