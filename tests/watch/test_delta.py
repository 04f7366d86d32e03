"""Screening again after a change equals screening in full, whatever came, left or changed."""

from collections.abc import Iterable, Sequence

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from ringfence.engine import Engine
from ringfence.records.rule import Amendment, EffectiveDate, FederalRegisterDocument
from ringfence.store import Kept
from ringfence.store.passes import Answer
from ringfence.watch.delta import Comparison, Found
from tests.store.entries import FIRST_DAY, entry, instant
from tests.stores import Stores, lent_store, tried
from tests.watch.worlds import engine, kept, load

WORDS = (
    "alpha", "kappa", "huawei", "hikvision", "rosneft", "technology", "trading", "shanghai", "institute", "39", "co ltd",
    "university", "xinjiang", "shipping",
)  # fmt: skip
NAMES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join)
SPOILED = st.tuples(NAMES, st.integers(0, 60), st.sampled_from("aeknz ")).map(
    lambda got: got[0][: got[1] % len(got[0])] + got[2] + got[0][got[1] % len(got[0]) + 1 :]
)
ASKED = st.one_of(NAMES, SPOILED, st.sampled_from(["Technolgy", "Compayn huawei", "s o shipping", "co", "X"]))
LISTS = st.lists(st.tuples(NAMES, st.lists(NAMES, max_size=2)), min_size=1, max_size=40)
BOOK = st.dictionaries(
    st.integers(0, 14),
    st.tuples(ASKED, st.lists(ASKED, max_size=1), st.sampled_from(["", "CN", "RU"])),
    max_size=12,
)


def listings(made: Iterable[tuple[str, list[str]]], first: int = 0) -> list:  # type: ignore[type-arg]
    return [entry(name, *aliases, key=str(n)) for n, (name, aliases) in enumerate(made, start=first)]


def book(made: dict[int, tuple[str, list[str], str]]) -> list[Kept]:
    return [
        kept(str(key), name, *aliases, countries=(country,) if country else ())
        for key, (name, aliases, country) in sorted(made.items())
    ]


def answers(found: Iterable[Found], old: dict[str, Answer] | None = None) -> dict[str, Answer]:
    return (old or {}) | {one.answer.party: one.answer for one in found}


def both(
    before: Engine, after: Engine, was: Sequence[Kept], now: Sequence[Kept], run: int = 100
) -> tuple[str, dict, dict]:  # type: ignore[type-arg]
    """What kind of screening it was, what it answers after the change, and what a full screening answers."""
    old = in_full(before, was)
    comparison = Comparison.between(before, after)
    found: list[Found] = []
    for start in range(0, len(now), run):
        found += comparison.look(now[start : start + run], old)
    ids = {one.party.id for one in now}
    carried = {party: answer for party, answer in answers(found, old).items() if party in ids}
    return comparison.kind, carried, in_full(after, now)


def in_full(engine: Engine, book: Sequence[Kept]) -> dict[str, Answer]:
    """What screening every party against every listing answers."""
    return answers(Comparison.in_full(engine, "asked").look(book, {}))


def test_the_answers_after_any_change_equal_those_of_a_full_screening(
    stores: Stores, tmp_path_factory: pytest.TempPathFactory
) -> None:
    @tried(stores, 30)
    @given(
        first=LISTS,
        gone=st.sets(st.integers(0, 39), max_size=6),
        revised=st.dictionaries(st.integers(0, 39), NAMES, max_size=4),
        come=st.lists(st.tuples(NAMES, st.lists(NAMES, max_size=1)), max_size=6),
        was=BOOK,
        moved=BOOK,
        left=st.sets(st.integers(0, 14), max_size=3),
        bound=st.sampled_from([3, 50]),
        balanced=st.booleans(),
        run=st.sampled_from([2, 100]),
    )
    def equal(
        first: list,  # type: ignore[type-arg]
        gone: set[int],
        revised: dict[int, str],
        come: list,  # type: ignore[type-arg]
        was: dict,  # type: ignore[type-arg]
        moved: dict,  # type: ignore[type-arg]
        left: set[int],
        bound: int,
        balanced: bool,
        run: int,
    ) -> None:
        before = listings(first)
        after = [
            entry(revised[n], key=str(n)) if n in revised else one
            for n, one in enumerate(before)
            if n not in gone
        ]
        if balanced:  # of the same size, or nearly: the total must stay on its step for anything to be spared
            come = (come * 9)[: len(before) - len(after)] if come else []
        after += listings(come, first=len(before))
        if not after:
            after = before
        cache = str(tmp_path_factory.mktemp("cache"))
        asks = {
            "max_hits": bound,
            "review_at": 0.01,
        }  # what is met with any reason at all: the more pairs, the sharper
        now = {key: party for key, party in (was | moved).items() if key not in left}
        with lent_store(stores) as store:
            load(store, before, 0)
            load(store, after, 1)
            kind, found, full = both(
                engine(store, cache, 0, **asks),
                engine(store, cache, 1, **asks),
                book(was),
                book(now),
                run,
            )
        event(kind)
        assert found == full

    equal()


FILLER = [entry(f"Filler {n} Gamma", key=f"f{n}") for n in range(60)]
LISTED = [entry("Kappa Works", key="k"), entry("Rosneft Bank", key="r")]


@pytest.mark.parametrize(
    ("asked", "settings"),
    [
        ("Kappa Works", {}),  # the word whose count moves is in the query and in the entry
        ("Works", {"review_at": 0.001}),  # ... in the entry alone
        ("Kappa Rosneft", {"review_at": 0.001}),  # ... in the query alone, which meets an entry without it
    ],
)
def test_a_change_reaches_pairs_of_which_neither_side_changed(
    asked: str, settings: dict[str, object], stores: Stores, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Each case fails when one of the three ways to be touched is forgotten."""
    first = [*LISTED, *FILLER]
    second = [*LISTED, *(one if n % 10 else entry(f"Kappa {n}", key=f"f{n}") for n, one in enumerate(FILLER))]
    with lent_store(stores) as store:
        cache = str(tmp_path_factory.mktemp("cache"))
        load(store, first, 0)
        load(store, second, 1)
        before, after = engine(store, cache, 0, **settings), engine(store, cache, 1, **settings)
        parties = [kept("p", asked), kept("r", "Unrelated")]
        kind, found, full = both(before, after, parties, parties)
        was = in_full(before, parties)
    assert kind == "delta"
    assert found == full
    stood = {one.listing: one for one in was["p"].met}
    moved = [
        one for one in full["p"].met if one.listing in stood and one.version == stood[one.listing].version
    ]
    assert any(one.score != stood[one.listing].score for one in moved)


def test_a_slip_that_means_a_known_term_weighs_as_the_term_does(
    stores: Stores, tmp_path_factory: pytest.TempPathFactory
) -> None:
    first = [entry("Kappa Technology", key="k"), *FILLER]
    second = [
        first[0],
        *(one if n % 10 else entry(f"Technology {n}", key=f"f{n}") for n, one in enumerate(FILLER)),
    ]
    with lent_store(stores) as store:
        cache = str(tmp_path_factory.mktemp("cache"))
        load(store, first, 0)
        load(store, second, 1)
        before, after = (engine(store, cache, n, review_at=0.001) for n in (0, 1))
        parties = [kept("p", "Technolgy Gamma")]
        kind, found, full = both(before, after, parties, parties)
    assert kind == "delta"
    assert found == full


def test_a_small_change_spares_nearly_all_pairs(
    stores: Stores, tmp_path_factory: pytest.TempPathFactory
) -> None:
    first = [entry(f"{WORDS[n % 14]} {WORDS[n % 7]} number{n}", key=str(n)) for n in range(500)]
    second = [*first[1:], entry("Brandnew Shipyard", key="new")]
    parties = [kept(str(n), f"Party number{n} {WORDS[n % 5]}") for n in range(50)]
    parties.append(kept("met", "Brandnew Shipyard Co"))
    with lent_store(stores) as store:
        cache = str(tmp_path_factory.mktemp("cache"))
        load(store, first, 0)
        load(store, second, 1)
        before, after = engine(store, cache, 0), engine(store, cache, 1)
        comparison = Comparison.between(before, after)
        changed = [one.answer for one in comparison.look(parties, in_full(before, parties))]
    work = comparison.work
    assert (work.kind, work.entries) == ("delta", 500)
    assert work.spared > 0.95
    assert [(answer.party, [met.listing for met in answer.met]) for answer in changed if answer.met] == [
        ("met", ["us_bis_entity:new"])
    ]


def test_what_the_bound_of_an_answer_hid_comes_up_when_what_hid_it_is_gone(
    stores: Stores, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with lent_store(stores) as store:
        cache = str(tmp_path_factory.mktemp("cache"))
        load(store, FILLER, 0)
        load(store, [entry("Unseen Bank", key="u"), *FILLER[1:]], 1)
        before, after = (engine(store, cache, n, review_at=0.001, max_hits=1) for n in (0, 1))
        parties = [kept("p", "Filler Gamma")]
        kind, found, full = both(before, after, parties, parties)
    assert kind == "delta"
    assert found == full
    assert len(full["p"].met) == 1


def test_a_stay_that_is_learned_touches_its_entry_alone(
    stores: Stores, tmp_path_factory: pytest.TempPathFactory
) -> None:
    stay = FederalRegisterDocument(
        document="2020-1", title="Stay of an Entry", volume=85, first_page=10, published_on=FIRST_DAY,
        effective=(EffectiveDate(FIRST_DAY),),
        amendments=(Amendment("stay", "Supplement No. 4 to Part 744", "by staying", None, "Brandnew Shipyard"),),
    )  # fmt: skip
    listed = [entry("Brandnew Shipyard", key="new"), *FILLER]
    parties = [kept("met", "Brandnew Shipyard"), kept("other", FILLER[0].party.name)]
    with lent_store(stores) as store:
        cache = str(tmp_path_factory.mktemp("cache"))
        load(store, listed, 0)
        store.keep_documents([stay], at=instant(1))
        before, after = engine(store, cache, 0), engine(store, cache, 1)
        assert before.view.refs == after.view.refs
        assert before.view.digest != after.view.digest
        kind, found, full = both(before, after, parties, parties)
        comparison = Comparison.between(before, after)
        in_full_before = in_full(before, parties)
        changed = list(comparison.look(parties, in_full_before))
    assert (kind, found, comparison.work.entries_touched) == ("delta", full, 1)
    assert [one.answer.party for one in changed] == ["met"]
    assert changed[0].answer.met[0].version != in_full_before["met"].met[0].version
