"""Entries are paired across releases on evidence, whatever their keys."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.records import Listing
from ringfence.store.pairing import pair
from tests.store.entries import entry

ADDRESS = ("121 Des Voeux Road Central, Hong Kong",)


def ids(before: list[Listing], after: list[Listing]) -> list[tuple[str | None, str | None]]:
    return [(was and was.id, now and now.id) for was, now in pair(before, after)]


def test_an_entry_whose_destination_moved_is_one_entry() -> None:
    before = entry("Biznest Ltd", key="biznest-hk", countries=("HK",), cites="76 FR 44259")
    after = entry("Biznest Ltd", key="biznest-cn", countries=("CN",), cites="76 FR 44259; 85 FR 83765")
    assert ids([before], [after]) == [("us_bis_entity:biznest-hk", "us_bis_entity:biznest-cn")]


def test_a_name_spelled_otherwise_goes_on_when_its_citations_do() -> None:
    before = entry("Dmitry Moroz", key="dmitry-ru", countries=("RU",), cites="77 FR 61249")
    goes_on = entry("Dmitriy Moroz", key="dmitriy-ru", countries=("RU",), cites="77 FR 61249")
    another = entry("Dmitriy Moroz", key="dmitriy-ru", countries=("RU",), cites="89 FR 14388")
    assert ids([before], [goes_on]) == [(before.id, goes_on.id)]
    assert ids([before], [another]) == [(None, another.id), (before.id, None)]


def test_a_place_packed_in_the_name_is_no_part_of_it_and_an_institute_is() -> None:
    packed = entry("Suzhou Huawei Investment Co., Ltd., Suzhou, Jiangsu", key="a", cites="84 FR 22961")
    plain = entry("Suzhou Huawei Investment Co., Ltd.", key="b", cites="84 FR 22961")
    institute = entry(
        "Suzhou Huawei Investment Co., Ltd., Beijing Research Institute", key="c", cites="84 FR 22961"
    )
    assert ids([packed], [plain]) == [(packed.id, plain.id)]
    assert len(ids([institute], [plain])) == 2


@pytest.mark.parametrize(
    ("packed", "plain"),
    [
        ("Hua Ying Management Co. Limited, Tsim Sha Tsui", "Hua Ying Management Co. Limited"),
        ("HiSilicon Technologies Co., Ltd (HiSilicon), Bantian Longgang District", "HiSilicon Technologies Co., Ltd (HiSilicon)"),
        ("Odyssey General Trading FZC and , Sharjah, U.A.E.", "Odyssey General Trading FZC"),
        ("Huawei Technologies Bahrain, Building 647 2811 Road 2811, Block 428", "Huawei Technologies Bahrain"),
        ("Guiyan New District Huawei Investment Co., Ltd., Guiyang, Guizhou", "Gui'an New District Huawei Investment Co., Ltd."),
    ],
)  # fmt: skip
def test_an_address_behind_a_comma_is_no_part_of_the_name(packed: str, plain: str) -> None:
    before, after = entry(packed, key="a", cites="84 FR 22961"), entry(plain, key="b", cites="84 FR 22961")
    other = entry(f"Northern {plain}", key="c", cites="84 FR 22961")
    assert (before.id, after.id) in ids([before], [after, other])


def test_a_place_does_not_make_one_company_another() -> None:
    before = entry("Huawei Technologies Co., Ltd., Tsim Sha Tsui", key="a", cites="84 FR 22961")
    after = entry("Huawei Technologies Service Co., Ltd.", key="b", cites="84 FR 22961")
    assert len(ids([before], [after])) == 2


def test_two_companies_of_one_rule_are_two() -> None:
    before = entry("Huawei Technologies Malaysia", key="my", countries=("MY",), cites="84 FR 22961")
    after = entry("Huawei Technologies Morocco", key="ma", countries=("MA",), cites="84 FR 22961")
    assert len(ids([before], [after])) == 2


def test_a_publisher_that_numbers_its_entries_is_believed() -> None:
    before = entry("ROSNEFT TRADING S.A.", key="111", list_id="us_ofac_sdn", addresses=ADDRESS)
    after = entry("ROSNEFT TRADING S.A.", key="222", list_id="us_ofac_sdn", addresses=ADDRESS)
    assert len(ids([before], [after])) == 2


def test_rows_of_one_name_are_matched_by_what_they_say_not_by_their_number() -> None:
    rows = [
        entry("Ann Teck Tong", key=key, addresses=(f"{key[-1]} Jalan Road, Kuala Lumpur",))
        for key in ("t", "t~2", "t~3")
    ]
    shifted = [
        entry("Ann Teck Tong", key="t", addresses=rows[1].party.addresses and ("2 Jalan Road, Kuala Lumpur",))
    ]
    found = ids(rows, shifted)
    assert found == [("us_bis_entity:t", None), ("us_bis_entity:t~3", None)]


names = st.sampled_from(
    ["Alpha Works", "Alpha Work", "Beta Trading Co", "Gamma Institute of Optics", "Delta"]
)
listings = st.lists(
    st.builds(
        lambda name, key, cites: entry(name, key=key, cites=cites),
        names, st.sampled_from(["a", "b", "b~2", "c", "d"]), st.sampled_from(["", "84 FR 1000", "85 FR 2000"]),
    ),
    unique_by=lambda one: one.id, max_size=5,
)  # fmt: skip


@given(listings, listings)
def test_every_entry_is_told_once_and_nothing_is_made_up(before: list[Listing], after: list[Listing]) -> None:
    found = pair(before, after)
    was, now = [one.id for one, _ in found if one], [one.id for _, one in found if one]
    assert len(was) == len(set(was))
    assert len(now) == len(set(now))
    assert set(was) <= {one.id for one in before}
    assert set(now) <= {one.id for one in after}
    # What is left out stands unchanged on both sides.
    assert len(before) - len(was) == len(after) - len(now)


@given(listings)
def test_a_release_against_itself_is_nothing(release: list[Listing]) -> None:
    assert pair(release, list(reversed(release))) == []
