"""The book: upsert by id, every version kept, the book as it stood at any instant."""

import datetime as dt
import multiprocessing
import signal
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.errors import Conflict, NotKnown
from ringfence.records import Query
from ringfence.store import BookParty, Imported, PartyBook
from ringfence.store import book as book_module
from ringfence.store.book import BookChange, Role
from tests.killed import kill_at
from tests.store.entries import instant
from tests.stores import Stores, tried

NAMES = st.sampled_from(["Alpha Works", "Beta Trading", "Gamma Ltd"])
BOOKS = st.dictionaries(st.sampled_from("abcde"), NAMES, max_size=5)
MEANWHILE = st.lists(st.tuples(st.integers(0, 5), st.sampled_from("abcdef"), NAMES | st.none()), max_size=4)
"""What others write before the n-th party of a file is read: the name of a party, or that it leaves."""


def parties(book: dict[str, str], role: Role = "other") -> list[BookParty]:
    return [BookParty.of_query(Query(name=name, id=key, row=3), role) for key, name in book.items()]


def names(book: PartyBook) -> dict[str, str]:
    return {kept.party.id: kept.party.query.name for kept in book.parties()}


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
            patched.setattr(book_module, "_STRETCH", run - 1)
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


def test_an_import_comes_after_what_others_wrote_while_its_file_was_read(stores: Stores) -> None:
    @tried(stores, 60)
    @given(BOOKS, BOOKS, MEANWHILE, st.booleans(), st.booleans(), st.integers(1, 4))
    def holds(
        held: dict[str, str],
        wanted: dict[str, str],
        meanwhile: list[tuple[int, str, str | None]],
        whole: bool,
        keep_roles: bool,
        run: int,
    ) -> None:
        with (
            pytest.MonkeyPatch.context() as patched,
            stores.lent() as location,
            PartyBook.open(location) as book,
            PartyBook.open(location) as other,
        ):
            patched.setattr(book_module, "CHUNK", run)
            patched.setattr(book_module, "_STRETCH", run - 1)
            if len({key for _, key, _ in meanwhile} & wanted.keys()) > run:
                return  # then it is refused: see below
            book.put(parties(held, "customer"), at=instant(0), by="ann", origin="first.csv")
            twin = dict(held)

            def read() -> Iterator[BookParty]:
                given = parties(wanted, "supplier")
                for place in range(6):
                    for when, key, name in meanwhile:
                        if when == place and name is not None:
                            other.put(parties({key: name}), at=instant(2), by="bob", origin="api")
                            twin[key] = name
                        elif when == place and key in twin:
                            other.remove([key], at=instant(2), by="bob", origin="closed")
                            del twin[key]
                    yield from given[place : place + 1]

            done = book.put(
                read(), at=instant(1), by="ann", origin="two.csv", whole=whole, keep_roles=keep_roles
            )
            # The import as one step after all that, but for who is not in the file and was written meanwhile.
            missing = held.keys() - wanted.keys()
            if whole:
                missing -= {key for _, key, name in meanwhile if name is not None or key in held}
            same = sum(
                twin.get(key) == name and keep_roles for key, name in wanted.items()
            )  # else the role differs
            assert done == Imported(
                added=len(wanted.keys() - twin.keys()),
                changed=len(wanted.keys() & twin.keys()) - same,
                same=same,
                missing=len(missing),
            )
            expected = twin | wanted
            assert names(book) == {
                key: name for key, name in expected.items() if not (whole and key in missing)
            }
            for kept in book.parties():
                history = [change.at for change in book.versions(kept.party.id)]
                assert history == sorted(history)
                if kept.party.id in wanted and not keep_roles:
                    assert kept.party.role == "supplier"

    holds()


def test_an_import_is_refused_whole_when_others_changed_many_of_its_parties_meanwhile(
    book: PartyBook, location: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(book_module, "CHUNK", 2)
    wanted = dict.fromkeys("abcdefg", "Alpha")

    def read() -> Iterator[BookParty]:
        yield from parties(wanted)
        with PartyBook.open(location) as other:
            other.put(parties(dict.fromkeys("abc", "Beta")), at=instant(0), by="bob", origin="other.csv")

    with pytest.raises(Conflict, match="3 of these parties meanwhile; nothing was imported"):
        book.put(read(), at=instant(1), by="ann", origin="one.csv")
    assert names(book) == dict.fromkeys("abc", "Beta")
    assert book.put(parties(wanted), at=instant(1), by="ann", origin="one.csv").added == 4


def import_until(location: str, fatal: int) -> None:
    """An import that kills itself, without any chance to tidy up, before its `fatal`-th write or commit."""
    book_module.CHUNK = 2
    with PartyBook.open(location) as book:
        kill_at(book._database.engine, fatal)
        book.put(parties(SECOND), at=instant(1), by="ann", origin="two.csv", whole=True)


FIRST = {"a": "Alpha", "b": "Beta", "x": "Left", "y": "Left as well", "z": "Left too"}
SECOND = {"a": "Alpha", "b": "Beta Ltd", "c": "Gamma", "d": "Delta", "e": "Epsilon"}


@pytest.mark.slow
def test_an_import_killed_at_any_write_is_whole_or_not_there(stores: Stores) -> None:
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload([__name__])
    found = []
    for fatal in range(1, 40):
        with stores.lent() as location, PartyBook.open(location) as book:
            book.put(parties(FIRST), at=instant(0), by="ann", origin="one.csv")
            writer = processes.Process(target=import_until, args=(location, fatal))
            writer.start()
            writer.join(60)
            found.append(names(book))
            book.put(parties(SECOND), at=instant(2), by="ann", origin="two.csv", whole=True)
            assert names(book) == SECOND
            assert len(book.versions("c")) == 1
        if writer.exitcode == 0:
            break
        assert writer.exitcode == -signal.SIGKILL
    assert (writer.exitcode, found[-1]) == (0, SECOND)
    assert len(found) > 8
    assert all(one == FIRST for one in found[:-1])
