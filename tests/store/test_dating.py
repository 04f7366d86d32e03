"""A rule that is learned after an entry was recorded dates it all the same."""

import datetime as dt
from collections.abc import Iterator

import pytest

from ringfence.records import Listing
from ringfence.records.rule import EffectiveDate, FederalRegisterDocument
from ringfence.sources.ear.rules import RuleBook
from ringfence.store import Dating, Store, view_of
from tests.store.entries import entry, instant, release
from tests.stores import Stores, lent_store

D = dt.date
PRINTED = D(2021, 3, 5)


def rule(effective: dt.date) -> FederalRegisterDocument:
    return FederalRegisterDocument(
        document="2021-1", title="Additions to the Entity List", volume=86, first_page=100, last_page=120,
        published_on=PRINTED, effective=(EffectiveDate(effective),), cfr=("15 CFR 744",),
    )  # fmt: skip


def listed(**fields: object) -> Listing:
    given = {"cites": "86 FR 110, 3/5/21", "valid_from": PRINTED, "dated_by": "citation"} | fields
    return entry("Alpha Works", **given)  # type: ignore[arg-type]


@pytest.fixture
def store(stores: Stores) -> Iterator[Store]:
    with lent_store(stores) as opened:
        yield opened


def dating(effective: dt.date) -> Dating:
    return Dating(RuleBook([rule(effective)]).rule_of, ["us_bis_entity"])


@pytest.mark.parametrize("effective", [D(2021, 3, 1), D(2021, 3, 20)], ids=["before print", "after print"])
@pytest.mark.parametrize("printed", [D(2021, 2, 1), D(2021, 6, 1)], ids=["early release", "late release"])
def test_an_entry_is_in_force_from_the_day_of_its_rule(
    store: Store, effective: dt.date, printed: dt.date
) -> None:
    store.record(release("one", published=printed), [listed()])

    def found(day: dt.date, *, knowing: bool) -> list[Listing]:
        given = dating(effective) if knowing else None
        view = view_of(store, on=day, known_at=instant(9), ranks={}, dating=given)
        return [one for _, one in view.entries()]

    assert not found(effective - dt.timedelta(days=1), knowing=True)
    (one,) = found(effective, knowing=True)
    assert (one.valid_from, one.dated_by) == (effective, "rule")
    # Without the rule the day of print has to do.
    assert bool(found(effective, knowing=False)) is (effective >= PRINTED)


def test_an_entry_without_any_date_gets_that_of_its_rule(store: Store) -> None:
    store.record(release("one", published=D(2021, 6, 1)), [listed(valid_from=None, dated_by=None)])
    view = view_of(store, on=D(2021, 2, 28), known_at=instant(9), ranks={}, dating=dating(D(2021, 3, 1)))
    assert not list(view.entries())


@pytest.mark.parametrize(
    "fields",
    [
        {"valid_from": D(2021, 9, 1), "dated_by": "start_date"},
        {"valid_from": D(2021, 1, 1), "dated_by": "correction"},
        {"valid_from": D(2001, 1, 1), "dated_by": "start_date"},
        {"cites": "86 FR 900, 3/5/21"},
        {"list_id": "us_ofac_sdn"},
    ],
    ids=["added later", "corrected", "another rule", "another page", "another list"],
)
def test_a_date_that_rests_on_more_or_on_another_rule_is_left(fields: dict[str, object]) -> None:
    one = listed(**fields)
    assert dating(D(2021, 3, 1)).of(one) == one
