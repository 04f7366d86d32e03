"""Two clocks against a slow twin: a dictionary that looks at every release and every entry."""

import datetime as dt
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.records import Listing, Snapshot
from ringfence.records.codec import canonical
from ringfence.store import Store, view_of
from tests.postgres import Postgres
from tests.store.entries import day, entry, instant, release
from tests.stores import Files, Stores, lent_store, tried

NAMES = {"a": "Alpha Optical Works", "b": "Beta Marine", "c": "Gamma Steel and Iron", "d": "Delta Institute"}
RANKS = {"law": 1, "copy": 2}


@dataclass(frozen=True)
class Printed:
    """A release of the twin: what it prints, when it was published and recorded."""

    source: str
    published: int
    recorded: int
    entries: tuple[Listing, ...]


def texts(source: str) -> st.SearchStrategy[tuple[Listing, ...]]:
    days = st.none() | st.integers(0, 400).map(day)
    one = st.builds(
        lambda key, text, since, until: entry(
            NAMES[key],
            f"Alias {text}", key=key, source=source, valid_from=since, valid_until=until
        ),
        st.sampled_from("abcd"), st.integers(0, 2), days, days,
    )  # fmt: skip
    return st.lists(one, unique_by=lambda listing: listing.id, max_size=4).map(tuple)


@st.composite
def histories(draw: st.DrawFn) -> list[Printed]:
    count = draw(st.integers(1, 5))
    sources = [draw(st.sampled_from(sorted(RANKS))) for _ in range(count)]
    published = draw(st.lists(st.integers(0, 400), min_size=count, max_size=count, unique=True))
    return [
        Printed(source, publication, recorded, draw(texts(source)))
        for recorded, (source, publication) in enumerate(zip(sources, published, strict=True))
    ]


def load(store: Store, history: list[Printed]) -> None:
    for one in history:
        mark = f"{one.source} {one.published} {one.recorded}"
        named = release(mark, published=day(one.published), recorded=instant(one.recorded), source=one.source)
        store.record(named, one.entries)


Said = set[tuple[str, str, str, bool]]
"""Source, id and text of each entry, and whether it is in doubt."""


def said(store: Store, on: dt.date, known_at: dt.datetime) -> Said:
    view = view_of(store, on=on, known_at=known_at, ranks=RANKS)
    told = [listing for _, listing in view.entries()]
    in_doubt = sum(listing.in_doubt for listing in told)
    assert sum(used.in_doubt for used in view.lists) == in_doubt
    assert sum(used.entries for used in view.lists) == len(told) - in_doubt
    return {(one.source, one.id, one.party.names[1].text, one.in_doubt) for one in told}


def contents(store: Store, before: Snapshot, after: Snapshot) -> list[list[bytes]]:
    return [sorted(map(canonical, side)) for side in store.difference(before, after)]


def left_to_others(
    by_source: dict[str, list[Printed]], distance: dict[str, tuple[int, int]], on: dt.date
) -> dict[str, set[str]]:
    """Lists that a later release does not date, where an older release of another source is nearer."""
    left: dict[str, set[str]] = {source: set() for source in by_source}
    for source, releases in by_source.items():
        first = next((one for one in releases if day(one.published) > on), None)
        if distance[source][0] != 1 or first is None:
            continue
        near = [abs((day(one.published) - on).days) for one in releases if one.published <= first.published]
        undated = {one.list for one in first.entries} - {one.list for one in first.entries if one.valid_from}
        for other in by_source.keys() - {source}:
            past = [one for one in by_source[other] if day(one.published) <= on][-1:]
            if past and (on - day(past[0].published)).days < min(near):
                left[source] |= undated & {one.list for one in past[0].entries}
    return left


def twin(history: list[Printed], on: dt.date) -> Said:
    """The same answer, entry by entry, from the words of `view_of`'s documentation."""
    answer: Said = set()
    fed: set[str] = set()
    by_source: dict[str, list[Printed]] = {}
    for one in sorted(history, key=lambda one: one.published):
        by_source.setdefault(one.source, []).append(one)
    distance = {}
    for source, releases in by_source.items():
        past = [one for one in releases if day(one.published) <= on]
        later = [one for one in releases if day(one.published) > on]
        if past and (on - day(past[-1].published)).days <= 60:
            distance[source] = (0, 0)
        elif later:
            distance[source] = (1, (day(later[0].published) - on).days)
        else:
            distance[source] = (2, (on - day(past[-1].published)).days)
    # There are but two: the law goes first unless its copy is nearer by more than sixty days.
    order = sorted(by_source, key=RANKS.__getitem__)
    if len(order) == 2:
        (law, days), (copy, nearer) = distance["law"], distance["copy"]
        if copy < law or (copy == law and nearer < days - 60):
            order.reverse()
    left = left_to_others(by_source, distance, on)
    for source in order:
        releases = by_source[source]
        asked = [one for one in releases if day(one.published) <= on][-1:]
        asked += [one for one in releases if day(one.published) > on]
        lists: set[str] = set()
        spoken: set[str] = set()
        for place, one in enumerate(asked):
            found = set()
            for listing in one.entries:
                if listing.list in fed | left[source]:
                    continue
                if place == 0:
                    lists.add(listing.list)
                if listing.id in spoken or (listing.valid_from and listing.valid_from > on):
                    continue
                stale = (
                    day(one.published) < on
                    and listing.valid_until
                    and listing.valid_until >= day(one.published)
                )
                if listing.valid_until and listing.valid_until < on and not stale:
                    continue
                if place and listing.valid_from is None:
                    # It began between two releases, or nothing is known of it.
                    last = asked[0]
                    if place > 1 or day(last.published) >= on or listing.id in {e.id for e in last.entries}:
                        continue
                    found.add(listing.id)
                    lists.add(listing.list)
                    answer.add((source, listing.id, listing.party.names[1].text, True))
                    continue
                found.add(listing.id)
                lists.add(listing.list)
                # Absence counts against an entry that a release sixty days after its beginning did not print.
                missed = any(
                    earlier.published > (listing.valid_from - day(0)).days + 60
                    and listing.id not in {other.id for other in earlier.entries}
                    for earlier in asked[:place]
                    if listing.valid_from
                )
                answer.add((source, listing.id, listing.party.names[1].text, missed))
            spoken |= found
        fed |= lists
    return answer


def test_any_prefix_of_releases_answers_as_asking_known_then(stores: Stores) -> None:
    @tried(stores, 60)
    @given(history=histories(), asked=st.integers(0, 460))
    def holds(history: list[Printed], asked: int) -> None:
        on = day(asked)
        with lent_store(stores) as store:
            load(store, history)
            for known in range(len(history)):
                prefix = history[: known + 1]
                assert said(store, on, instant(known)) == twin(prefix, on)
                with lent_store(stores) as fresh:
                    load(fresh, prefix)
                    assert said(fresh, on, instant(99)) == said(store, on, instant(known))

    holds()


def test_releases_loaded_in_any_order_give_the_same_history(stores: Stores) -> None:
    @tried(stores, 40)
    @given(history=histories(), data=st.data(), asked=st.integers(0, 460))
    def holds(history: list[Printed], data: st.DataObject, asked: int) -> None:
        shuffled = data.draw(st.permutations(history))
        with lent_store(stores) as one, lent_store(stores) as other:
            load(one, history)
            load(other, shuffled)
            assert said(one, day(asked), instant(99)) == said(other, day(asked), instant(99))
            for before, after in zip(one.snapshots("law"), one.snapshots("law")[1:], strict=False):
                assert contents(one, before, after) == contents(other, before, after)

    holds()


def test_texts_that_are_remembered_are_those_that_are_held(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ringfence.store.view._FEW", 4)
    monkeypatch.setattr("ringfence.store.view._REMEMBERED", 5)
    monkeypatch.setattr("ringfence.store.history._MANIFESTS", 1)
    with lent_store(stores) as store:
        old, new = ([entry(f"Alpha {n}", f"Text {text}", key=str(n)) for n in range(9)] for text in "ab")
        for number, printed in enumerate((old, [*old[:4], *new[4:]])):
            store.record(release(str(number), published=day(number), recorded=instant(number)), printed)
        view = view_of(store, on=day(1), known_at=instant(9), ranks=RANKS)
        releases = store.snapshots()
        manifests = [set(store.manifest(one)) for one in releases]

        @tried(stores, 40)
        @given(refs=st.sets(st.integers(0, 20), max_size=6), one=st.integers(0, 10))
        def holds(refs: set[int], one: int) -> None:
            assert list(view.listings(refs)) == list(store.listings(sorted(refs)))
            expected = [listing for _, listing in view.entries() if listing.id == f"us_bis_entity:{one}"]
            assert view.find(f"us_bis_entity:{one}") == (expected[0] if expected else None)
            for printed, manifest in zip(releases, manifests, strict=True):
                assert store.printed(printed, refs) == refs & manifest

        holds()


@settings(max_examples=15)
@given(history=histories(), asked=st.integers(0, 460))
def test_every_database_answers_alike(
    postgres: Postgres, tmp_path_factory: pytest.TempPathFactory, history: list[Printed], asked: int
) -> None:
    with lent_store(Files(tmp_path_factory.mktemp("alike"))) as one, lent_store(postgres) as other:
        load(one, history)
        load(other, history)
        assert one.snapshots() == other.snapshots()
        for known in range(len(history)):
            assert said(one, day(asked), instant(known)) == said(other, day(asked), instant(known))
        for before, after in zip(one.snapshots(), one.snapshots()[1:], strict=False):
            assert contents(one, before, after) == contents(other, before, after)
