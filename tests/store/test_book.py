"""The book: upsert by id, every version kept, the book as it stood at any instant."""

import datetime as dt
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.errors import NotKnown
from ringfence.records import Query
from ringfence.store import BookParty, Imported, PartyBook
from ringfence.store import book as book_module
from ringfence.store.book import BookChange
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
    assert done == Imported(added=1, changed=1, same=1, missing=1)
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
    foreseen, told = list[BookChange](), list[BookChange]()
    said = book.put(wanted, at=instant(1), by="ann", origin="two.csv", dry=True, tell=foreseen.append)
    assert [kept.party.query.name for kept in book.parties()] == ["Alpha"]
    assert book.put(wanted, at=instant(1), by="ann", origin="two.csv", tell=told.append) == said
    assert [(one.id, one.action) for one in told] == [("a", "changed"), ("b", "added")]
    assert told == foreseen


def test_an_import_that_breaks_off_in_a_later_run_changes_nothing(
    book: PartyBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(book_module, "CHUNK", 2)
    book.put(parties({"a": "Alpha"}), at=instant(0), by="ann", origin="one.csv")

    def breaking() -> Iterator[BookParty]:
        yield from parties({"a": "Alfa", "b": "Beta", "c": "Gamma"})
        raise OSError("the file ends here")

    with pytest.raises(OSError, match="ends here"):
        book.put(breaking(), at=instant(1), by="ann", origin="two.csv", whole=True)
    assert [kept.party.query.name for kept in book.parties()] == ["Alpha"]
    assert len(book.versions("a")) == 1


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
    @given(st.lists(st.tuples(BOOKS, st.booleans()), min_size=1, max_size=5), st.integers(1, 4))
    def holds(imports: list[tuple[dict[str, str], bool]], run: int) -> None:
        with (
            pytest.MonkeyPatch.context() as patched,
            stores.lent() as location,
            PartyBook.open(location) as book,
        ):
            patched.setattr(book_module, "CHUNK", run)
            twin: dict[str, str] = {}
            stood: list[dict[str, str]] = []
            for hour, (wanted, whole) in enumerate(imports):
                done = book.put(parties(wanted), at=instant(hour), by="ann", origin="file", whole=whole)
                same = sum(twin.get(key) == name for key, name in wanted.items())
                assert done == Imported(
                    added=len(wanted.keys() - twin.keys()),
                    changed=len(wanted.keys() & twin.keys()) - same,
                    same=same,
                    missing=len(twin.keys() - wanted.keys()),
                )
                twin = dict(wanted) if whole else twin | wanted
                stood.append(dict(twin))
            for hour, expected in enumerate(stood):
                held = {kept.party.id: kept.party.query.name for kept in book.parties(known_at=instant(hour))}
                assert held == expected
                since = instant(hour) + dt.timedelta(minutes=1)
                differs = {key for key in expected.keys() | twin.keys() if expected.get(key) != twin.get(key)}
                assert {change.id for change in book.diff(since)} == differs

    holds()
