"""The history of lists from the releases of a store."""

import datetime as dt
from collections.abc import Iterator

import msgspec
import pytest

from ringfence.errors import NotKnown
from ringfence.records import Citation
from ringfence.records.rule import Amendment, EffectiveDate, FederalRegisterDocument
from ringfence.store import Chronicle, Store
from tests.store.entries import entry, instant, release
from tests.stores import Stores, lent_store

D = dt.date
ALPHA = entry("Alpha Works", cites="84 FR 1000, 1/10/19", valid_from=D(2019, 1, 10), dated_by="citation")
ALPHA_REVISED = entry(
    "Alpha Works",
    "Alpha Labs",
    cites="84 FR 1000, 1/10/19; 86 FR 2000, 3/1/21",
    valid_from=D(2019, 1, 10),
    dated_by="citation",
)
BETA = entry("Beta Trading", cites="85 FR 500, 2/2/20", valid_from=D(2020, 2, 2), dated_by="citation")
GAMMA = entry("Gamma Optics", cites="86 FR 2000, 3/1/21", valid_from=D(2021, 3, 1), dated_by="citation")
RELEASES = {
    "2020": (D(2020, 6, 1), [ALPHA, BETA]),
    "2021": (D(2021, 6, 1), [ALPHA_REVISED, GAMMA]),
    "2022": (D(2022, 6, 1), [ALPHA_REVISED, BETA, GAMMA]),
}


@pytest.fixture
def store(stores: Stores) -> Iterator[Store]:
    with lent_store(stores) as opened:
        yield opened


def load(store: Store, *marks: str, source: str = "us_csl") -> None:
    for place, mark in enumerate(marks or RELEASES):
        day, listings = RELEASES[mark]
        listings = [msgspec.structs.replace(listing, source=source) for listing in listings]
        store.record(release(mark + source, published=day, recorded=instant(place), source=source), listings)


def chronicle(store: Store | None, **given: object) -> Chronicle:
    defaults: dict[str, object] = {
        "known_at": instant(99),
        "rule_of": lambda _: None,
        "ranks": {"us_csl": 2, "us_ecfr_744": 1},
    }
    return Chronicle(store, **(defaults | given))  # type: ignore[arg-type]


def brief(events: list) -> list[tuple[str, str, dt.date]]:
    return [(event.name, event.kind, event.on) for event in events]


def test_two_days_are_compared_by_the_releases_that_speak_for_them(store: Store) -> None:
    load(store)
    assert brief(chronicle(store).over(D(2020, 7, 1), D(2021, 7, 1))) == [
        ("Alpha Works", "revise", D(2021, 3, 1)),
        ("Gamma Optics", "add", D(2021, 3, 1)),
        ("Beta Trading", "remove", D(2021, 6, 1)),
    ]


def test_days_before_every_release_are_told_by_citations(store: Store) -> None:
    load(store, "2020")
    assert brief(chronicle(store).over(D(2018, 12, 31), D(2019, 12, 31))) == [
        ("Alpha Works", "add", D(2019, 1, 10))
    ]
    assert brief(chronicle(store).over(D(2019, 12, 31), D(2020, 12, 31))) == [
        ("Beta Trading", "add", D(2020, 2, 2))
    ]


def test_days_between_two_releases_are_told_by_the_later_one(store: Store) -> None:
    load(store, "2020", "2021")
    told = chronicle(store)
    assert brief(told.over(D(2021, 2, 1), D(2021, 3, 31))) == [
        ("Alpha Works", "revise", D(2021, 3, 1)),
        ("Gamma Optics", "add", D(2021, 3, 1)),
    ]
    assert told.over(D(2020, 7, 1), D(2021, 2, 1)) == []


def test_nothing_is_known_before_it_was_recorded(store: Store) -> None:
    load(store)
    assert chronicle(store, known_at=instant(0)).over(D(2020, 7, 1), D(2022, 7, 1)) == []


def test_an_entry_that_left_and_came_back_is_told_whole(store: Store) -> None:
    load(store)
    events = chronicle(store).of_listing(BETA.id)
    assert [(event.kind, event.between) for event in events] == [
        ("add", None),
        ("reinstate", (D(2021, 6, 1), D(2022, 6, 1))),
        ("remove", (D(2020, 6, 1), D(2021, 6, 1))),
    ]


def test_the_order_of_loading_does_not_change_the_history(stores: Stores) -> None:
    told = []
    for order in (["2020", "2021", "2022"], ["2022", "2020", "2021"], ["2021", "2022", "2020"]):
        with lent_store(stores) as store:
            load(store, *order)
            events = chronicle(store).over(D(2020, 7, 1), D(2022, 7, 1)) + chronicle(store).of_listing(
                ALPHA.id
            )
            told.append([(e.listing, e.kind, e.on, e.citations, e.between, e.fields) for e in events])
    assert told[0] == told[1] == told[2]


def test_a_feed_tells_each_step_and_the_instant_form_what_was_learned(store: Store) -> None:
    load(store)
    told = chronicle(store)
    assert [(e.name, e.kind) for e in told.since(D(2021, 6, 1), D(2026, 1, 1))] == [
        ("Beta Trading", "reinstate")
    ]
    assert len(told.since(D(2020, 7, 1), D(2026, 1, 1))) == 4
    assert [e.kind for e in told.learned_since(instant(1))] == ["reinstate"]
    assert len(told.learned_since(instant(0))) == 4


def test_the_source_that_knows_both_days_tells_and_the_law_goes_before_its_copy(store: Store) -> None:
    load(store, "2020", "2021")
    load(store, "2021", "2022", source="us_ecfr_744")
    told = chronicle(store, codes={"us_ecfr_744"})
    assert {e.codified_on for e in told.over(D(2020, 7, 1), D(2021, 7, 1))} == {None}
    assert {e.codified_on for e in told.over(D(2021, 7, 1), D(2022, 7, 1))} == {D(2022, 6, 1)}


def test_a_citation_without_a_day_is_dated_by_the_code(store: Store) -> None:
    undated = entry("Gamma Optics", cites="86 FR 2000")
    store.record(release("a", published=D(2020, 6, 1)), [ALPHA])
    store.record(release("b", published=D(2021, 6, 1)), [ALPHA, undated])
    assert chronicle(store).over(D(2020, 6, 1), D(2021, 6, 1))[0].published_on is None
    load(store, "2022", source="us_ecfr_744")
    (event,) = chronicle(store, codes={"us_ecfr_744"}).over(D(2020, 6, 1), D(2021, 6, 1))
    assert (event.published_on, event.dated_by) == (D(2021, 3, 1), "published")


def test_an_entry_that_moved_is_followed_and_not_called_removed(store: Store) -> None:
    moved = entry("Beta Trading", key="beta-cn", cites="85 FR 500, 2/2/20; 85 FR 83765, 12/23/20")
    store.record(release("a", published=D(2020, 6, 1)), [BETA])
    after = store.record(release("b", published=D(2021, 6, 1)), [moved]).snapshot
    told = chronicle(store)
    assert told.removed(BETA, after) is None
    assert [e.kind for e in told.of_listing(BETA.id)][-1] == "revise"
    assert told.of_listing(moved.id)[-1].previously == BETA.id


def test_without_a_store_the_bundled_releases_tell() -> None:
    bundled = [(release("bundled", published=D(2020, 6, 1)), [ALPHA, BETA])]
    told = chronicle(None, bundled=bundled)
    assert brief(told.over(D(2020, 1, 1), D(2020, 3, 1))) == [("Beta Trading", "add", D(2020, 2, 2))]
    assert brief(told.of_listing(ALPHA.id)) == [("Alpha Works", "add", D(2019, 1, 10))]
    with pytest.raises(NotKnown, match="ringfence search"):
        told.of_listing("us_bis_entity:nobody")


def test_a_document_that_removes_an_entry_explains_its_leaving(store: Store) -> None:
    load(store, "2020", "2021")
    removal = FederalRegisterDocument(
        document="2021-1", title="Removal of Beta", volume=86, first_page=100, published_on=D(2021, 1, 15),
        effective=(EffectiveDate(D(2021, 1, 12)),),
        amendments=(Amendment("remove", "Supplement No. 4 to Part 744", "removing the entry", name="Beta Trading"),),
    )  # fmt: skip
    (event,) = [e for e in chronicle(store, documents=[removal]).of_listing(BETA.id) if e.kind == "remove"]
    assert (event.document, event.effective_on, event.published_on) == (
        "2021-1",
        D(2021, 1, 12),
        D(2021, 1, 15),
    )
    assert (event.citations, event.note) == (("86 FR 100",), None)
    earlier = msgspec.structs.replace(removal, effective=(), published_on=D(2019, 1, 1))
    (event,) = [e for e in chronicle(store, documents=[earlier]).of_listing(BETA.id) if e.kind == "remove"]
    assert event.document is None


def test_documents_are_kept_once_and_known_from_when_they_were_loaded(store: Store) -> None:
    first = FederalRegisterDocument(document="2021-1", title="Rule", published_on=D(2021, 1, 15))
    fuller = msgspec.structs.replace(first, volume=86, first_page=100)
    assert store.keep_documents([first, first], at=instant(0)) == 1
    assert store.keep_documents([first, fuller], at=instant(1)) == 1
    assert store.documents() == [fuller]
    assert store.documents(known_at=instant(0)) == [first]


def test_a_rule_known_goes_before_the_day_printed(store: Store) -> None:
    class Known:
        document, title, announced_on = "2019-1", "Rule", D(2019, 1, 8)
        published_on, effective_on = D(2019, 1, 10), D(2019, 1, 9)

    def rule_of(citation: Citation) -> Known | None:
        return Known() if str(citation) == "84 FR 1000" else None

    store.record(release("a", published=D(2020, 6, 1)), [ALPHA])
    (event,) = chronicle(store, rule_of=rule_of).of_listing(ALPHA.id)
    assert (event.announced_on, event.effective_on, event.published_on, event.document) == (
        D(2019, 1, 8), D(2019, 1, 9), D(2019, 1, 10), "2019-1",
    )  # fmt: skip
