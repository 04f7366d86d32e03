"""Stays of rules and of entries, their ends, and what is not known of them."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from ringfence.engine import Engine
from ringfence.records import Remark, parse_citations
from ringfence.records.rule import Amendment, EffectiveDate, FederalRegisterDocument, RuleStatus
from ringfence.refresh import refresh
from ringfence.settings import read_settings
from ringfence.sources.ear.rules import RuleBook, rules
from ringfence.store import Chronicle, Event, Store, open_store
from tests.store.entries import entry, instant, release
from tests.stores import Stores, lent_store

D = dt.date
CODE = "us_ecfr_744"
STAYED = D(2025, 11, 10)
LAST = D(2026, 11, 9)
(CITED,) = parse_citations("90 FR 50857, Nov. 12, 2025").found
NOTE = RuleStatus(
    "744.11", "stayed", lists=("us_bis_entity",), part="paragraph (a)(1)", citation=CITED, since=D(2025, 11, 12),
    until=LAST, note="At 90 FR 50857, Nov. 12, 2025, in 744.11, paragraph (a)(1) was stayed, effective until Nov. 9, 2026.",
)  # fmt: skip
WHOLE = RuleStatus(
    "Supplement No. 8 to Part 744",
    "stayed",
    lists=("us_bis_entity", "us_bis_meu"),
    citation=CITED,
    until=LAST,
)
PLAIN = entry("Alpha Works", cites="84 FR 1000, 1/10/19", source=CODE)


@pytest.fixture
def store(stores: Stores) -> Iterator[Store]:
    with lent_store(stores) as opened:
        yield opened


def edition(store: Store, day: dt.date, *statuses: RuleStatus, hour: int = 0, **given: object) -> None:
    """Record an edition of the code with one entry and the status of its texts."""
    found = given.pop("entries", [PLAIN])
    marks = release(f"code of {day}", published=day, recorded=instant(hour), source=CODE)
    store.record(marks, found, account={"statuses": list(statuses)})  # type: ignore[arg-type]


def chronicle(store: Store | None, *documents: FederalRegisterDocument, **given: object) -> Chronicle:
    return Chronicle(
        store,
        known_at=instant(99),
        rule_of=RuleBook(documents).rule_of,
        ranks={CODE: 1},
        codes=[CODE],
        documents=documents,
        **given,  # type: ignore[arg-type]
    )


def told(events: list[Event]) -> list[tuple[str, str, dt.date | None]]:
    return [(event.listing.partition(":")[2], event.kind, event.effective_on) for event in events]


def test_a_note_of_the_code_is_a_stay_of_its_rule_on_each_list(store: Store) -> None:
    edition(store, D(2026, 3, 1), NOTE, WHOLE)
    events = chronicle(store, rules=rules()).over(D(2025, 10, 1), D(2026, 3, 1))
    assert told(events) == [("90-fr-47201", "stay", STAYED)]
    (event,) = events
    assert event.fields == ("744.11: paragraph (a)(1)", "Supplement No. 8 to Part 744")
    assert (event.published_on, event.document, event.dated_by) == (D(2025, 11, 12), "2025-19846", "rule")
    assert event.name.startswith("Affiliates rule")
    assert event.note is not None
    assert event.note.startswith("stayed until 2026-11-09; nothing that was read is of a later day")
    assert chronicle(store, rules=rules()).of_listing("us_bis_entity:90-fr-47201")[-1] == event


def test_the_table_of_rules_tells_what_no_edition_was_read_for(store: Store) -> None:
    store.record(
        release("copy", published=D(2026, 3, 1)), [entry("Alpha Works", cites="84 FR 1000, 1/10/19")]
    )
    copy = Chronicle(store, known_at=instant(99), rule_of=RuleBook().rule_of, ranks={}, rules=rules())
    assert told(copy.over(D(2025, 9, 1), D(2026, 3, 1))) == [
        ("90-fr-47201", "add", D(2025, 9, 29)),
        ("90-fr-47201", "stay", STAYED),
    ]


def test_an_edition_after_the_day_printed_tells_that_the_stay_ended(store: Store) -> None:
    edition(store, D(2026, 3, 1), NOTE)
    edition(store, D(2026, 11, 20), hour=1)
    stay, end = chronicle(store, rules=rules()).over(D(2025, 10, 1), D(2026, 12, 1))
    assert (stay.kind, stay.note) == ("stay", "stayed until 2026-11-09")
    assert (end.kind, end.effective_on, end.dated_by) == ("reinstate", D(2026, 11, 10), "note")
    assert "whether its last day, 2026-11-09, is stayed too may be read either way" in (end.note or "")


@pytest.mark.parametrize("later", [1, 2])
def test_a_stay_that_ran_out_is_ended_once_though_its_note_is_printed_on(store: Store, later: int) -> None:
    edition(store, D(2026, 3, 1), NOTE)
    for number in range(later):
        edition(store, D(2026, 11, 20 + number), NOTE, hour=1 + number)
    events = chronicle(store).over(D(2025, 10, 1), D(2026, 12, 1))
    assert [(event.kind, event.effective_on) for event in events] == [
        ("stay", STAYED),
        ("reinstate", D(2026, 11, 10)),
    ]


def test_a_note_that_goes_before_its_day_says_that_the_day_of_the_end_is_not_told(store: Store) -> None:
    edition(store, D(2026, 3, 1), NOTE)
    edition(store, D(2026, 6, 1), hour=1)
    *_, end = chronicle(store).over(D(2025, 10, 1), D(2026, 7, 1))
    assert (end.kind, end.effective_on, end.dated_by, end.on) == ("reinstate", None, None, D(2026, 6, 1))
    assert "the day on which it ended is not told" in (end.note or "")


def test_a_stay_that_is_prolonged_is_revised_and_does_not_end(store: Store) -> None:
    prolonged = RuleStatus(
        "744.11", "stayed", lists=("us_bis_entity",), part="paragraph (a)(1)",
        citation=parse_citations("91 FR 60000, Oct. 30, 2026").found[0], until=D(2027, 11, 9),
    )  # fmt: skip
    edition(store, D(2026, 3, 1), NOTE)
    edition(store, D(2026, 11, 20), prolonged, hour=1)
    events = chronicle(store).over(D(2025, 10, 1), D(2026, 12, 1))
    assert [(event.kind, event.effective_on) for event in events] == [
        ("stay", STAYED),
        ("revise", D(2026, 10, 30)),
    ]
    assert "until 2027-11-09" in (events[1].note or "")


def test_an_entry_that_a_note_suspends_is_stayed_by_the_rule_that_the_note_cites(store: Store) -> None:
    remark = Remark("stayed", "At 90 FR 50857, Nov. 12, 2025, the entry for Alpha Works was stayed.")
    suspended = entry("Alpha Works", cites="84 FR 1000, 1/10/19", source=CODE, remarks=(remark,))
    edition(store, D(2025, 10, 1))
    edition(store, D(2026, 3, 1), hour=1, entries=[suspended])
    edition(store, D(2026, 6, 1), hour=2)
    stay, end = chronicle(store).over(D(2025, 10, 1), D(2026, 3, 1)) + chronicle(store).over(
        D(2026, 3, 1), D(2026, 6, 1)
    )
    assert (stay.kind, stay.effective_on, stay.citations, stay.fields) == (
        "stay", STAYED, ("90 FR 50857",), ("stayed",),
    )  # fmt: skip
    assert (end.kind, end.effective_on) == ("reinstate", None)


def test_an_instruction_that_names_an_entry_stays_it(store: Store) -> None:
    edition(store, D(2024, 1, 1))
    order = FederalRegisterDocument(
        document="2024-1", title="Stay of an Entry", volume=89, first_page=500, published_on=D(2024, 2, 5),
        effective=(EffectiveDate(D(2024, 2, 1), D(2024, 6, 1)),),
        amendments=(Amendment("stay", "Supplement No. 4 to Part 744", "by staying", None, "Alpha Works"),),
    )  # fmt: skip
    (event,) = chronicle(store, order).over(D(2024, 1, 1), D(2024, 3, 1))
    assert (event.listing, event.kind, event.effective_on) == (PLAIN.id, "stay", D(2024, 2, 1))
    assert (event.published_on, event.citations, event.dated_by) == (D(2024, 2, 5), ("89 FR 500",), "rule")
    assert event.after == PLAIN
    assert "stayed until 2024-06-01" in (event.note or "")


@pytest.mark.parametrize("said", ["Additions of Certain Entities", "84 FR 1000"])
def test_a_rule_that_is_suspended_takes_its_entries_with_it(store: Store, said: str) -> None:
    other = entry("Beta Trading", cites="83 FR 50, 1/2/18; 84 FR 1000, 1/10/19", source=CODE)
    edition(store, D(2019, 1, 15), entries=[PLAIN, other])
    adding = FederalRegisterDocument(
        document="2019-1", title="Additions of Certain Entities", volume=84, first_page=995, last_page=1005,
        published_on=D(2019, 1, 10),
    )  # fmt: skip
    staying = FederalRegisterDocument(
        document="2019-2", title="Suspension", volume=84, published_on=D(2019, 2, 1), suspends=(said,)
    )
    events = chronicle(store, adding, staying).over(D(2019, 1, 15), D(2019, 3, 1))
    # The other entry was only revised by that rule: it stands without it.
    assert [(event.listing, event.kind, event.effective_on, event.dated_by) for event in events] == [
        (PLAIN.id, "stay", D(2019, 2, 1), "published")
    ]


@pytest.mark.shared
@pytest.mark.slow
def test_the_affiliates_rule_and_its_stay_in_the_real_code(
    shared: Path, location: str, tmp_path: Path
) -> None:
    now = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
    with open_store(location) as opened:
        refresh(
            opened,
            CODE,
            paths=[shared / "data" / "us" / "ecfr" / "title-15_part-744_2026-07-23.xml.gz"],
            now=now,
        )
    settings = read_settings(store=location, cache=str(tmp_path / "cache"))
    with Engine.open(settings, now=now) as engine:
        history = engine.history("us_bis_entity:90-fr-47201")
        revised = engine.diff(D(2025, 11, 1), D(2025, 11, 30), lists=["us_bis_entity"])
    assert [(event.kind, event.effective_on, event.published_on) for event in history] == [
        ("add", D(2025, 9, 29), D(2025, 9, 30)),
        ("stay", STAYED, D(2025, 11, 12)),
    ]
    assert "whether it was prolonged is not known" in (history[1].note or "")
    # Another rule begins on the page on which the stay ends.
    assert {cited for event in revised if event.kind == "revise" for cited in event.citations} == {
        "90 FR 50859"
    }
    assert all(event.document is None for event in revised if event.kind == "revise")
