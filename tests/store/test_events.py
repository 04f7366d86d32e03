"""Events: what happened, by which rule, on which of several days."""

import datetime as dt
from collections.abc import Iterable

import msgspec

from ringfence.records import Citation, Listing, PartialDate, Remark
from ringfence.store.events import Event, causes, changes_between, legal_history
from tests.store.entries import entry, instant, release

BEFORE = release("before", published=dt.date(2020, 1, 1), recorded=instant(0))
AFTER = release("after", published=dt.date(2021, 1, 1), recorded=instant(1))


class Rule(msgspec.Struct, frozen=True):
    """A rule as tests know it."""

    document: str | None
    title: str
    announced_on: dt.date | None
    published_on: dt.date | None
    effective_on: dt.date | None


XINJIANG = Rule("2019-22210", "Xinjiang", dt.date(2019, 10, 7), dt.date(2019, 10, 9), dt.date(2019, 10, 9))
HUAWEI = Rule("2020-18213", "Huawei", None, dt.date(2020, 8, 20), dt.date(2020, 8, 17))


def rule_of(citation: Citation) -> Rule | None:
    if citation.volume == 84 and citation.page in (54002, 54004):
        return XINJIANG
    return HUAWEI if str(citation) == "85 FR 51603" else None


def between(
    before: list[Listing],
    after: list[Listing],
    *,
    whole: tuple[list[Listing], list[Listing]] | None = None,
    **given: object,
) -> list[Event]:
    sides = whole or (before, after)

    def entries(_list: str, side: int) -> Iterable[Listing]:
        return sides[side]

    return changes_between(
        before, after, earlier=BEFORE, later=AFTER, rule_of=rule_of, whole=entries, **given
    )  # type: ignore[arg-type]


def test_dates_of_a_rule_are_kept_apart() -> None:
    before, after = entry(cites="84 FR 54002"), entry(cites="84 FR 54002; 85 FR 51603")
    (event,) = between([before], [after], codified=True)
    assert (event.kind, event.editorial, event.fields) == ("revise", False, ("citations",))
    assert (event.effective_on, event.published_on) == (dt.date(2020, 8, 17), dt.date(2020, 8, 20))
    assert (event.codified_on, event.observed_at) == (dt.date(2021, 1, 1), instant(1))
    assert (event.citations, event.document, event.dated_by) == (("85 FR 51603",), "2020-18213", "rule")
    assert (event.before, event.after) == (before, after)


def test_two_pages_of_one_rule_are_one_cause() -> None:
    listing = entry(cites="84 FR 54002; 84 FR 54004; 85 FR 44159, 7/22/20")
    found = causes(listing.citations, rule_of)
    assert [cause.citations for cause in found] == [("84 FR 54002", "84 FR 54004"), ("85 FR 44159",)]
    assert [cause.dated_by for cause in found] == ["rule", "published"]


def test_two_rules_between_two_releases_are_two_events() -> None:
    events = between(
        [entry(cites="84 FR 54002")], [entry(cites="84 FR 54002; 85 FR 34505, 6/5/20; 85 FR 51603")]
    )
    assert [(event.kind, event.effective_on) for event in events] == [
        ("revise", dt.date(2020, 6, 5)),
        ("revise", dt.date(2020, 8, 17)),
    ]


def test_an_entry_that_comes_was_added_by_its_first_rule_and_revised_by_the_others() -> None:
    events = between([], [entry(cites="85 FR 34505, 6/5/20; 85 FR 51603")])
    assert [(event.kind, event.effective_on) for event in events] == [
        ("add", dt.date(2020, 6, 5)),
        ("revise", dt.date(2020, 8, 17)),
    ]
    assert events[0].note is not None
    assert "what the rule itself changed is not told" in events[0].note


def test_an_entry_that_goes_says_that_the_rule_is_not_told() -> None:
    (event,) = between([entry()], [])
    assert (event.kind, event.effective_on, event.between) == (
        "remove",
        None,
        (dt.date(2020, 1, 1), dt.date(2021, 1, 1)),
    )
    assert "does not say by which rule" in (event.note or "")


def test_an_order_that_ran_out_is_removed_on_the_day_after() -> None:
    (event,) = between([entry(valid_until=dt.date(2020, 5, 1))], [])
    assert (event.kind, event.effective_on) == ("remove", dt.date(2020, 5, 2))


def test_an_entry_that_comes_back_is_reinstated() -> None:
    listing = entry(cites="85 FR 51603")
    assert between([], [listing], returning={listing.id})[0].kind == "reinstate"


def test_a_suspended_entry_is_stayed_and_then_reinstated() -> None:
    plain = entry(cites="84 FR 54002")
    stayed = entry(
        cites="84 FR 54002; 85 FR 51603", remarks=(Remark("stayed", "suspended until further notice"),)
    )
    assert between([plain], [stayed])[0].kind == "stay"
    lifted = entry(cites="84 FR 54002; 85 FR 51603; 85 FR 60000")
    assert between([stayed], [lifted])[0].kind == "reinstate"


def test_a_destination_that_moves_is_redesignated_not_removed_and_added() -> None:
    before = entry(
        "Biznest Ltd", key="biznest-hk", countries=("HK",), destination="HONG KONG", cites="76 FR 44259"
    )
    after = entry(
        "Biznest Ltd",
        key="biznest-cn",
        countries=("CN",),
        destination="CHINA",
        cites="76 FR 44259; 85 FR 83765, 12/23/20",
    )
    (event,) = between([before], [after])
    assert (event.kind, event.previously, event.effective_on) == (
        "redesignate",
        before.id,
        dt.date(2020, 12, 23),
    )
    assert event.citations == ("85 FR 83765",)


def test_wording_is_editorial_and_not_law() -> None:
    (event,) = between(
        [entry(addresses=("1 Main St, Dubai, UAE",))], [entry(addresses=("1 Main St., Dubai, U.A.E.",))]
    )
    assert (event.kind, event.editorial, event.fields) == ("correct", True, ())


def test_an_alias_that_no_rule_explains_is_a_correction_of_law() -> None:
    (event,) = between(
        [entry(cites="84 FR 54002")], [entry("Alpha Works Co., Ltd.", "Omega Group", cites="84 FR 54002")]
    )
    assert (event.kind, event.editorial, event.fields) == ("correct", False, ("aliases",))
    assert event.note == "no new citation explains the change"


def test_what_ringfence_derives_is_no_event() -> None:
    derived = entry(remarks=(Remark("lost_letter", "a letter was lost"),), kind="organization")
    assert between([entry()], [derived]) == []


def test_a_rule_older_than_the_earlier_release_is_cited_late_and_revises_nothing() -> None:
    (event,) = between([entry(cites="85 FR 51603")], [entry(cites="84 FR 54002; 85 FR 51603")])
    assert (event.kind, event.citations) == ("correct", ())


def test_fields_that_a_copy_does_not_carry_are_not_compared() -> None:
    born = (PartialDate(dt.date(1970, 1, 1), dt.date(1970, 1, 1), "1970-01-01"),)
    full = [
        entry(f"Person {n} Somebody", key=str(n), list_id="us_ofac_sdn", birth_dates=born) for n in range(30)
    ]
    bare = [entry(f"Person {n} Somebody", key=str(n), list_id="us_ofac_sdn") for n in range(30)]
    assert between(full, bare) == []
    kept = entry("Person 99", key="99", list_id="us_ofac_sdn", birth_dates=born)
    assert len(between(full, bare, whole=([*full, kept], [*bare, kept]))) == 30


def test_one_release_tells_beginnings_and_revisions() -> None:
    listing = entry(cites="84 FR 54002; 85 FR 51603", valid_from=dt.date(2019, 10, 9), dated_by="rule")
    events = legal_history(listing, AFTER, rule_of)
    assert [(event.kind, event.effective_on, event.announced_on) for event in events] == [
        ("add", dt.date(2019, 10, 9), dt.date(2019, 10, 7)),
        ("revise", dt.date(2020, 8, 17), None),
    ]


def test_a_reviewed_correction_goes_before_a_citation_printed_by_mistake() -> None:
    cites = "84 FR 54004; 85 FR 34505, 6/5/20; 85 FR 44159, 7/22/20"
    listing = entry("NetPosa", cites=cites, valid_from=dt.date(2020, 6, 5), dated_by="correction")
    events = legal_history(listing, AFTER, rule_of)
    assert [(event.kind, event.citations) for event in events] == [
        ("add", ("85 FR 34505",)),
        ("revise", ("85 FR 44159",)),
    ]
    assert "cites 84 FR 54004 too" in (events[0].note or "")


def test_an_undated_citation_is_placed_in_the_year_of_its_volume() -> None:
    (event,) = legal_history(entry(cites="80 FR 69852"), AFTER, rule_of)
    assert (event.effective_on, event.on) == (None, dt.date(2015, 12, 31))
