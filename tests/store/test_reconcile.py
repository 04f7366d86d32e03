"""Two publications of one list: what differs, and the likely cause."""

import datetime as dt
from pathlib import Path

import msgspec
import pytest

from ringfence.engine import Engine
from ringfence.records import ListedTie, Listing, Remark
from ringfence.refresh import refresh
from ringfence.settings import read_settings
from ringfence.store import Reconciliation, open_store, reconcile
from tests.store.entries import entry, release

COPY = release("copy", source="us_csl", published=dt.date(2024, 1, 1))
LAW = release("law", source="us_ecfr_744", published=dt.date(2024, 6, 1))


def against(copy: list[Listing], law: list[Listing], *, nearer: str | None = None) -> Reconciliation:
    of_law = [msgspec.structs.replace(one, source="us_ecfr_744") for one in law]
    return reconcile(copy, of_law, releases=(COPY, LAW), law=nearer)


def causes(copy: list[Listing], law: list[Listing], what: str) -> dict[str, str]:
    """The cause of each difference of a kind, where the second publication is the law."""
    found = against(copy, law, nearer="us_ecfr_744").differences
    return {one.value: one.cause for one in found if one.what == what}


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


def test_one_row_for_several_destinations_covers_the_entries_of_the_law() -> None:
    row = entry("Alpha Works", key="alpha-works-pk", countries=("PK", "AF"))
    law = [
        entry("Alpha Works", key="alpha-works-pk", countries=("PK",), destination="PK"),
        entry("Alpha Works", key="alpha-works-af", countries=("AF",), destination="AF"),
    ]
    found = against([row], law, nearer="us_ecfr_744")
    assert [(one.listing, one.cause) for one in found.differences if one.what == "entry"] == [
        ("us_bis_entity:alpha-works-af", "one row for several destinations")
    ]
    assert (found.paired, found.joined) == (1, (0, 1))


def test_what_a_copy_lacks_it_left_out_and_what_it_has_too_much_it_left_standing() -> None:
    kept = entry(cites="84 FR 1000, 1/10/19")
    revised = entry("Alpha Works Co., Ltd.", "Omega Labs", cites="84 FR 1000, 1/10/19; 85 FR 2000, 3/1/20")
    assert causes([kept], [revised], "alias") == {"Omega Labs": "left out by the copy"}
    assert causes([kept], [revised], "citation") == {"85 FR 2000": "left out by the copy"}
    other = entry("Beta Trading", "Omega Labs", key="beta")
    assert causes([kept, other], [kept, entry("Beta Trading", key="beta")], "alias") == {
        "Omega Labs": "left standing in the copy"
    }


def test_citations_that_a_copy_prints_wrongly_are_told_apart() -> None:
    law = [entry(cites="83 FR 37423, 8/1/18"), entry("Beta Trading", key="beta", cites="79 FR 44680, 8/1/14")]
    for printed, cause in {
        "86 FR 37423": "volume misprinted",
        "83 FR 73423": "misprinted",
        "83 FR": "no page",
        "83 FR 37423; 79 FR 44680": "rule of other entries",
        "83 FR 37423; 71 FR 999": "cited nowhere there",
    }.items():
        found = causes([entry(cites=printed), law[1]], law, "citation")
        assert list(found.values()) == [cause], printed


def test_a_list_that_a_copy_prints_without_citations_says_so_once_for_all() -> None:
    law = [entry(f"Works {n}", key=f"w{n}", cites="89 FR 100, 1/2/24") for n in range(30)]
    found = causes([entry(f"Works {n}", key=f"w{n}") for n in range(30)], law, "citation")
    assert set(found.values()) == {"not printed there at all"}


def test_names_that_were_joined_cut_short_or_read_as_something_else() -> None:
    law = entry("Alpha Works Co., Ltd.", "CETC 24", "Sichuan Institute", "NPP Svyaz")
    joined = entry("Alpha Works Co., Ltd.", "CETC 24 and Sichuan Institute", "NPP Svyaz")
    assert set(causes([joined], [law], "alias").values()) == {"names joined or cut apart"}
    read = entry("Alpha Works Co., Ltd.", notes=("Alpha Works, a.k.a. Omega Laboratories, Beijing",))
    named = entry("Alpha Works Co., Ltd.", "Omega Laboratories")
    assert causes([named], [read], "alias") == {"Omega Laboratories": "stands in the text of the entry"}
    short, long = entry("Severnaya Verf", key="s"), entry("Severnaya Verf Shipbuilding Factory", key="l")
    assert causes([short], [long], "entry") == {
        "Severnaya Verf": "shortened name",
        "Severnaya Verf Shipbuilding Factory": "shortened name",
    }


def test_dates_that_differ_because_the_first_citation_does() -> None:
    copy = entry(cites="84 FR 22963; 85 FR 1", valid_from=dt.date(2019, 5, 16), dated_by="rule")
    law = entry(cites="84 FR 43495; 85 FR 1", valid_from=dt.date(2019, 8, 19), dated_by="rule")
    assert list(causes([copy], [law], "date").values()) == ["another first citation"]


@pytest.mark.shared
@pytest.mark.slow
def test_every_difference_between_the_real_copy_and_the_code_has_a_cause(
    shared: Path, location: str, tmp_path: Path
) -> None:
    data = shared / "data" / "us"
    now = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
    with open_store(location) as store:
        refresh(store, "us_csl", paths=[data / "csl" / "consolidated_2026-07-31_projection.json.gz"], now=now)
        refresh(store, "us_ecfr_744", paths=[data / "ecfr" / "title-15_part-744_2026-07-23.xml.gz"], now=now)
    settings = read_settings(store=location, cache=str(tmp_path / "cache"))
    with Engine.open(settings, now=now) as engine:
        found = engine.reconcile("us_csl", "us_ecfr_744", lists=["us_bis_entity"])
    assert not [one for one in found.differences if one.cause == "not known"]
    # 3,420 rows for 3,466 entries: a copy prints one row where the law has an entry for each destination.
    assert found.entries == (3_420, 3_466)
    assert found.paired + found.joined[1] > 3_450
    assert found.paired + found.joined[0] > 3_400
