"""What cannot be known of an entry is said wherever something would follow from it; what is stayed has no effect."""

import contextlib
import datetime as dt
import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from ringfence.engine import Engine
from ringfence.records import Link, Listing, Outcome, Query
from ringfence.records.rule import Amendment, EffectiveDate, FederalRegisterDocument
from ringfence.records.transaction import read_transaction
from ringfence.settings import read_settings
from ringfence.sources.links import LinkSet
from ringfence.sources.links.shares import parse_share
from ringfence.store import Store, open_store
from tests.store.entries import entry, instant, release

D = dt.date
NAME = "Alpha Optical Works"
ORDER = {"cites": "84 FR 1000, 1/10/19", "valid_from": D(2019, 1, 10), "dated_by": "citation"}
CODE = "us_ecfr_744"


def listed(name: str = NAME, **more: object) -> Listing:
    return entry(name, **(ORDER | more))  # type: ignore[arg-type]


OTHERS = [entry(f"{one} Steel and Iron", **ORDER) for one in ("Beta", "Gamma", "Delta")]  # type: ignore[arg-type]


@contextlib.contextmanager
def engine(path: Path, on: dt.date) -> Iterator[Engine]:
    settings = read_settings(store=str(path / "store.db"), cache=str(path / "cache"))
    with Engine.open(settings, now=instant(99), on=on) as opened:
        yield opened


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(str(tmp_path / "store.db")) as opened:
        yield opened


def contradicted(store: Store, order: tuple[int, int, int] = (0, 1, 2)) -> None:
    """Releases of 2019, which prints the entry, of 2022, which does not, and of 2026, which dates it back to 2019."""
    days = (D(2019, 3, 1), D(2022, 4, 21), D(2026, 7, 31))
    printed = ([listed(), *OTHERS], OTHERS, [listed(), *OTHERS])
    for hour, place in enumerate(order):
        named = release(f"of {days[place]}", published=days[place], recorded=instant(hour))
        store.record(named, printed[place])


def outcomes(opened: Engine) -> tuple[Outcome, str | None, int, int]:
    answer = opened.search(Query(name=NAME, countries=("CN",)))
    used = next(one for one in opened.view.lists if one.id == "us_bis_entity")
    return answer.outcome, answer.hits[0].reservation if answer.hits else None, used.entries, used.in_doubt


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_an_entry_that_a_release_did_not_print_though_it_should_have_is_in_doubt_until_one_prints_it(
    store: Store, tmp_path: Path, order: tuple[int, int, int]
) -> None:
    contradicted(store, order)
    expected: dict[dt.date, object] = {
        D(2019, 1, 9): ("no_match", None, 0, 0),
        D(2019, 1, 10): ("hit", None, 4, 0),
        D(2020, 1, 1): ("hit", None, 4, 0),
        D(2022, 4, 21): ("review", "in_doubt", 3, 1),
        D(2024, 1, 1): ("review", "in_doubt", 3, 1),
        D(2026, 7, 31): ("hit", None, 4, 0),
    }
    found = {}
    for day in expected:
        with engine(tmp_path, day) as opened:
            found[day] = outcomes(opened)
    assert found == expected


def test_both_dates_are_told_wherever_the_entry_is(store: Store, tmp_path: Path) -> None:
    contradicted(store)
    with engine(tmp_path, D(2024, 1, 1)) as opened:
        (hit,) = opened.search(Query(name=NAME, countries=("CN",))).hits
        text = opened.in_force(hit.listing)
        warnings = opened.provenance().warnings
    assert text is not None
    for told in (hit.remarks[0], next(opened.doubts(text))):
        assert (
            "of 2026-07-31 prints it, and the page of the Federal Register that it cites is of 2019-01-10"
            in told
        )
        assert "the release of 2022-04-21 did not print it" in told
    assert hit.consequence == "not known whether it was in force on this day"
    assert any(
        "of 1 more entries it is not known whether they were in force on 2024-01-01" in one
        for one in warnings
    )


@pytest.mark.parametrize(
    ("cites", "expected"),
    [
        (
            "",
            {
                D(2022, 4, 21): "no_match",
                D(2022, 4, 22): "review",
                D(2026, 7, 30): "review",
                D(2026, 7, 31): "hit",
            },
        ),
        (
            "88 FR 9389",
            {
                D(2022, 12, 31): "no_match",
                D(2023, 1, 1): "review",
                D(2023, 12, 31): "review",
                D(2024, 1, 1): "hit",
            },
        ),
        ("84 FR 1000", {D(2019, 12, 31): "no_match", D(2022, 4, 22): "review", D(2024, 1, 1): "review"}),
    ],
    ids=["nothing dates it", "its volume dates it", "its volume is older than the release that lacks it"],
)
def test_an_entry_without_a_day_is_placed_by_its_volume_and_else_in_doubt_between_two_releases(
    store: Store, tmp_path: Path, cites: str, expected: dict[dt.date, Outcome]
) -> None:
    bare = entry(NAME, cites=cites)
    for hour, (day, entries) in enumerate([(D(2022, 4, 21), OTHERS), (D(2026, 7, 31), [bare, *OTHERS])]):
        store.record(release(f"of {day}", published=day, recorded=instant(hour)), entries)
    found = {}
    for day in expected:
        with engine(tmp_path, day) as opened:
            found[day] = outcomes(opened)[0]
    assert found == expected


def test_before_the_only_release_no_entry_is_in_force_that_cites_later_volumes(
    store: Store, tmp_path: Path
) -> None:
    store.record(release("one", published=D(2026, 7, 31)), [entry(NAME, cites="88 FR 9389"), *OTHERS])
    with engine(tmp_path, D(2020, 1, 1)) as opened:
        assert outcomes(opened) == ("no_match", None, 3, 0)
    with engine(tmp_path, D(2024, 1, 1)) as opened:
        assert outcomes(opened) == ("hit", None, 4, 0)


def test_a_release_of_the_first_sixty_days_proves_nothing(store: Store, tmp_path: Path) -> None:
    """A copy follows the law with some delay."""
    for hour, (day, entries) in enumerate([(D(2019, 1, 20), OTHERS), (D(2019, 2, 20), [listed(), *OTHERS])]):
        store.record(release(f"of {day}", published=day, recorded=instant(hour)), entries)
    with engine(tmp_path, D(2019, 1, 20)) as opened:
        assert outcomes(opened) == ("hit", None, 4, 0)


def test_a_row_of_the_same_name_under_another_number_was_printed(store: Store, tmp_path: Path) -> None:
    twice = [listed(), listed(key="alpha-optical-works~2", addresses=("1 Long Street, Harbin",))]
    for hour, (day, entries) in enumerate([(D(2022, 4, 21), twice[:1]), (D(2026, 7, 31), twice)]):
        store.record(release(f"of {day}", published=day, recorded=instant(hour)), [*entries, *OTHERS])
    with engine(tmp_path, D(2024, 1, 1)) as opened:
        assert sum(used.in_doubt for used in opened.view.lists) == 0


SHIPMENT = {
    "id": "T-1",
    "activity": "export",
    "actor": {"country": "US", "us_person": True},
    "items": [{"kind": "commodity", "jurisdiction": "EAR", "classification": "EAR99", "origin": "US"}],
    "destination": "CN",
    "end_use": [],
}  # fmt: skip
PARTY = {"role": "ultimate_consignee", "name": NAME, "country": "CN"}
SUBSIDIARY = {
    "role": "ultimate_consignee",
    "name": "Omega Trading House",
    "country": "CN",
    "owners": [{"name": NAME, "country": "CN", "share": [0.6, 0.6]}],
}


def decided(opened: Engine, party: dict[str, object]) -> tuple[str, str]:
    shipment = {**SHIPMENT, "on": str(opened.on), "parties": [party]}
    (answer,) = opened.decide([read_transaction(shipment)])
    return answer.outcome, answer.summary


def owned(share: str = "60%") -> LinkSet:
    tie = Link(
        id="links.csv:1", subject=NAME, relation="owns", object="Omega Trading House", share=parse_share(share),
        asserted_by="registry", source="links.csv",
    )  # fmt: skip
    sale = Link(
        id="links.csv:2",
        subject="Sigma Chips",
        relation="supplies",
        object=NAME,
        asserted_by="us",
        source="links.csv",
    )
    return LinkSet(links=[tie, sale])


def exposed(opened: Engine) -> dict[str, tuple[str, str, bool]]:
    return {one.party.name: (one.status, one.effect, one.red_flag) for one in opened.exposure(owned())}


def test_what_follows_from_an_entry_in_doubt_is_not_known(store: Store, tmp_path: Path) -> None:
    contradicted(store)
    with engine(tmp_path, D(2026, 8, 1)) as opened:
        assert decided(opened, PARTY)[0] == "license_required"
        assert exposed(opened)[NAME][:2] == ("listed", "license_required")
    with engine(tmp_path, D(2025, 10, 15)) as opened:  # the Affiliates rule is in force
        outcome, summary = decided(opened, PARTY)
        assert outcome == "indeterminate"
        assert "whether us_bis_entity:alpha-optical-works was in force on 2025-10-15" in summary
        assert decided(opened, SUBSIDIARY)[0] == "indeterminate"
        found = exposed(opened)
        assert found[NAME][:2] == ("listed", "indeterminate")
        assert found["Omega Trading House"] == ("possibly_owned", "indeterminate", True)
        (path,) = next(one for one in opened.exposure(owned()) if one.party.name == "Sigma Chips").paths[:1]
        assert path.effect == "indeterminate"
        assert "did not print it" in path.text


def stay(**more: object) -> FederalRegisterDocument:
    given = {
        "document": "2025-100", "title": "Stay of an Entry", "volume": 90, "first_page": 500,
        "published_on": D(2025, 10, 3), "effective": (EffectiveDate(D(2025, 10, 1), D(2026, 3, 1)),),
        "amendments": (Amendment("stay", "Supplement No. 4 to Part 744", "by staying", None, NAME),),
    }  # fmt: skip
    return FederalRegisterDocument(**(given | more))  # type: ignore[arg-type]


LIFTED = stay(
    document="2025-200", title="Lifting of a Stay", first_page=900, published_on=D(2025, 12, 1),
    effective=(EffectiveDate(D(2025, 12, 1)),),
    amendments=(Amendment("reinstate", "Supplement No. 4 to Part 744", "by reinstating", None, NAME),),
)  # fmt: skip
PROLONGED = stay(
    document="2026-50", title="Stay prolonged", volume=91, first_page=20, published_on=D(2026, 2, 20),
    effective=(EffectiveDate(D(2026, 3, 1), D(2026, 9, 1)),),
)  # fmt: skip


def code(store: Store, day: dt.date, hour: int = 0) -> None:
    entries = [
        listed(source=CODE),
        *(entry(one.party.name, source=CODE, **ORDER) for one in OTHERS),  # type: ignore[arg-type]
    ]
    store.record(release(f"code of {day}", published=day, recorded=instant(hour), source=CODE), entries)


def kinds(path: Path, *days: dt.date) -> list[str | None]:
    found = []
    for day in days:
        with engine(path, day) as opened:
            found.append(outcomes(opened)[1])
    return found


BEFORE, FIRST, LAST, AFTER = D(2025, 9, 30), D(2025, 10, 1), D(2026, 3, 1), D(2026, 3, 2)


@pytest.mark.parametrize(
    ("documents", "editions", "expected"),
    [
        ([stay()], [], [None, "stayed", "in_doubt", "in_doubt"]),
        ([stay()], [D(2026, 4, 1)], [None, "stayed", "in_doubt", None]),
        ([stay(), PROLONGED], [D(2026, 4, 1)], [None, "stayed", "stayed", "stayed"]),
        ([stay(), LIFTED], [], [None, "stayed", None, None]),
        ([stay(effective=(EffectiveDate(FIRST),))], [], [None, "stayed", "stayed", "stayed"]),
        (
            [stay(amendments=(Amendment("stay", "Supplement No. 7 to Part 744", "by staying", None, NAME),))],
            [],
            [None] * 4,
        ),
    ],
    ids=["its end not read", "an edition after its end", "prolonged", "lifted", "no end", "another list"],
)
def test_a_stay_holds_on_its_days_and_its_end_is_told_by_what_was_read(
    store: Store,
    tmp_path: Path,
    documents: list[FederalRegisterDocument],
    editions: list[dt.date],
    expected: list[str | None],
) -> None:
    code(store, D(2025, 9, 1))
    store.keep_documents(documents, at=instant(1))
    for hour, day in enumerate(editions, start=2):
        code(store, day, hour)
    assert kinds(tmp_path, BEFORE, FIRST, LAST, AFTER) == expected
    with engine(tmp_path, D(2026, 4, 2)) as opened:
        told = [(event.kind, event.effective_on) for event in opened.history(listed().id)]
    assert (
        ("reinstate", AFTER) in told
        if expected[2:] == ["in_doubt", None]
        else ("reinstate", AFTER) not in told
    )


def test_a_stayed_entry_has_no_effect_and_says_by_which_document_until_when(
    store: Store, tmp_path: Path
) -> None:
    code(store, D(2025, 9, 1))
    with engine(tmp_path, D(2025, 10, 15)) as opened:
        assert outcomes(opened)[0] == "hit"
        assert decided(opened, PARTY)[0] == "license_required"
        assert decided(opened, SUBSIDIARY)[0] == "license_required"
        before, view = exposed(opened), opened.view.digest
    store.keep_documents([stay()], at=instant(1))
    by = "stayed by 90 FR 500 (Stay of an Entry) from 2025-10-01 until 2026-03-01: no effect while it is stayed"
    with engine(tmp_path, D(2025, 10, 15)) as opened:
        answer = opened.search(Query(name=NAME, countries=("CN",)))
        assert (answer.outcome, answer.hits[0].remarks[0]) == ("review", by)
        assert answer.hits[0].consequence == "stayed: no effect on this day"
        for party in (PARTY, SUBSIDIARY):
            outcome, summary = decided(opened, party)
            assert outcome == "red_flag"
            assert by in summary
        after = exposed(opened)
        assert opened.view.digest != view
        exposures = {one.party.name: one for one in opened.exposure(owned())}
    assert before[NAME] == ("listed", "license_required", False)
    assert before["Omega Trading House"][:2] == ("owned", "license_required")
    assert after[NAME] == ("listed", "red_flag", True)
    assert after["Omega Trading House"] == ("none", "red_flag", True)
    assert any(by in note for note in exposures["Omega Trading House"].notes)
    assert exposures["Sigma Chips"].paths[0].effect == "red_flag"
    assert by in exposures["Sigma Chips"].paths[0].text
    assert exposures[NAME].listings[0].reservation == by


def test_of_a_list_that_a_later_release_does_not_date_a_nearer_older_release_of_another_source_speaks(
    store: Store, tmp_path: Path
) -> None:
    blocked = {"list_id": "us_ofac_sdn", "countries": ("RU",)}
    on = D(2019, 6, 1)
    older = release("sdn", published=D(2019, 1, 15), recorded=instant(0), source="us_ofac_sdn")
    store.record(older, [entry("Long Blocked Shipping", source="us_ofac_sdn", **blocked)])  # type: ignore[arg-type]
    later = release("csl", published=D(2022, 4, 21), recorded=instant(1), source="us_csl")
    store.record(
        later,
        [
            entry("Long Blocked Shipping", source="us_csl", **blocked),  # type: ignore[arg-type]
            entry("Later Blocked Bank", source="us_csl", **blocked),  # type: ignore[arg-type]
            listed(source="us_csl"),
        ],
    )
    with engine(tmp_path, on) as opened:
        speaking = {one.id: one.source for one in opened.view.lists}
        found = [
            opened.search(Query(name=name)).outcome
            for name in ("Long Blocked Shipping", "Later Blocked Bank")
        ]
    assert (speaking["us_ofac_sdn"], speaking["us_bis_entity"]) == ("us_ofac_sdn", "us_csl")
    assert found == ["hit", "no_match"]


def test_a_text_that_a_later_rule_revised_is_told_as_such_on_a_day_before(
    store: Store, tmp_path: Path
) -> None:
    # What the rule of July 2020 made milder must not be read as the law of October 2019.
    cites = {"cites": "84 FR 54002, 85 FR 44159", "valid_from": D(2019, 10, 9), "dated_by": "rule"}
    later = release("csl", published=D(2022, 4, 21), recorded=instant(0), source="us_csl")
    store.record(later, [listed(source="us_csl", **cites)])
    told = {}
    for on in (D(2019, 10, 9), D(2020, 7, 21), D(2020, 7, 22), D(2022, 5, 1)):
        with engine(tmp_path, on) as opened:
            [hit] = opened.search(Query(name=NAME)).hits
            told[on] = hit.remarks
    assert told[D(2020, 7, 22)] == told[D(2022, 5, 1)] == ()
    for on in (D(2019, 10, 9), D(2020, 7, 21)):
        [remark] = told[on]
        assert remark.startswith(
            "its text is that of a later release: 85 FR 44159 revised the entry on 2020-07-22;"
        )
        assert f"what it said on {on} is not told" in remark
