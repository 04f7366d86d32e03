"""Two publications of one list: what differs, and the likely cause."""

import datetime as dt

import msgspec

from ringfence.records import ListedTie, Listing, Remark
from ringfence.store import Reconciliation, reconcile
from tests.store.entries import entry, release

COPY = release("copy", source="us_csl", published=dt.date(2024, 1, 1))
LAW = release("law", source="us_ecfr_744", published=dt.date(2024, 6, 1))


def against(copy: list[Listing], law: list[Listing]) -> Reconciliation:
    return reconcile(
        copy, [msgspec.structs.replace(one, source="us_ecfr_744") for one in law], releases=(COPY, LAW)
    )


def told(copy: list[Listing], law: list[Listing]) -> list[tuple[str, str, str, str]]:
    return [(d.what, d.value, d.held_by, d.cause) for d in against(copy, law).differences]


def test_two_that_agree_differ_in_nothing() -> None:
    found = against([entry(cites="84 FR 1000")], [entry("Alpha Works Co. Ltd", cites="84FR 1000")])
    assert (found.differences, found.paired, found.entries) == ((), 1, (1, 1))


def test_an_entry_newer_than_the_copy_is_not_yet_copied() -> None:
    assert told([], [entry("New Works", cites="89 FR 20000, 3/1/24")]) == [
        ("entry", "New Works", "us_ecfr_744", "not yet copied")
    ]


def test_an_entry_that_only_the_older_release_has_was_removed_since() -> None:
    assert told([entry("Old Works", cites="80 FR 1000")], []) == [
        ("entry", "Old Works", "us_csl", "removed since")
    ]


def test_a_lost_letter_and_another_spelling_are_told_apart() -> None:
    lost = entry("Xi?an Alpha Aviation Institute", key="a", cites="80 FR 1000")
    assert (
        told([lost], [entry("Xizan Alpha Aviation Institute", key="b", cites="90 FR 9, 1/2/23")])[-1][3]
        == "lost letter"
    )
    spelt = entry("Xian Alpha Aviatoin Institute", key="a", cites="80 FR 1000")
    found = told([spelt], [entry("Xian Alpha Aviation Institute", key="b", cites="85 FR 9000, 1/2/20")])
    assert {row[3] for row in found} == {"name spelled otherwise"}


def test_rows_split_by_address_and_a_packed_parent_are_recognised() -> None:
    one, two = (
        entry("Alpha Works", key="a", addresses=("1 First Street, Beijing",)),
        entry("Alpha Works", key="a~2", addresses=("2 Second Street, Beijing",)),
    )
    law = entry("Alpha Works", key="a", addresses=("1 First Street, Beijing", "2 Second Street, Beijing"))
    assert [row[3] for row in told([one, two], [law])] == ["split rows"]
    packed = entry("204th Institute", key="x", ties=(ListedTie("subordinate_of", "Second Academy"),))
    assert next(row[3] for row in told([packed], [entry("Second Academy", key="s")])) == "packed parent"


def test_aliases_citations_and_dates_are_compared_within_an_entry() -> None:
    copy = entry(
        "Alpha Works", "Beta La?s", cites="84 FR 1000; 85 FR 500",
        valid_from=dt.date(2019, 1, 12), dated_by="start_date", remarks=(Remark("drag_fill", "counted up"),),
    )  # fmt: skip
    law = entry(
        "Alpha Works", "Beta Labs", "Gamma Works", cites="84 FR 1004; 89 FR 9000, 3/1/24",
        valid_from=dt.date(2019, 1, 10), dated_by="citation",
    )  # fmt: skip
    assert told([copy], [law]) == [
        ("alias", "Beta La?s", "us_csl", "lost letter"),
        ("alias", "Beta Labs", "us_ecfr_744", "lost letter"),
        ("alias", "Gamma Works", "us_ecfr_744", "not yet copied"),
        ("citation", "84 FR 1000", "us_csl", "another page of the rule"),
        ("citation", "85 FR 500", "us_csl", "not known"),
        ("citation", "89 FR 9000", "us_ecfr_744", "not yet copied"),
        ("date", "2019-01-12 (start_date)", "us_csl", "date dragged down a column"),
    ]
