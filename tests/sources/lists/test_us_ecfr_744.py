"""Part 744: what the real versions hold, the facts of the law in them, and what is refused."""

import datetime as dt
import gzip
import random
import re
from collections import Counter
from pathlib import Path

import pytest
from tests.sources.lists.reading import fit_to_load, read, read_bytes

from ringfence.errors import HeldBack, LayoutChanged
from ringfence.records import Listing
from ringfence.sources.document import document_of
from ringfence.sources.lists.us_ecfr_744.parse import parse
from ringfence.sources.registry import source
from ringfence.sources.row import Account

SAMPLE = Path(__file__).parents[2] / "lists" / "us_ecfr_744" / "sample.xml"
JULY = "title-15_part-744_2026-07-23.xml.gz"
MARCH = "title-15_part-744_2026-03-25.xml.gz"


@pytest.fixture(scope="module")
def july(shared: Path) -> tuple[dict[str, Listing], Account]:
    return read("us_ecfr_744", shared / "data" / "us" / "ecfr" / JULY)


@pytest.mark.shared
@pytest.mark.parametrize("version", [MARCH, JULY])
def test_every_row_of_a_real_version_is_accounted_for(shared: Path, version: str) -> None:
    listings, account = read("us_ecfr_744", shared / "data" / "us" / "ecfr" / version)
    # 3,415 rows of supplement no. 4 (4 continue another), 186 of no. 6, 90 of no. 7, 11 paragraphs of 744.22(f)(2).
    assert account.rows == 3_415 + 186 + 90 + 11
    assert account.remarks["continuation_row"] == 4
    assert account.ignored["[Reserved]"] == 4
    assert account.lists == {
        "us_bis_entity": 3_466,
        "us_bis_unverified": 186,
        "us_bis_meu": 70,
        "us_bis_mieu": 13,
    }
    assert not account.not_understood
    assert not account.refused
    assert not account.unclassified
    assert len({listing.destination for listing in listings.values()}) > 90
    told = {tally.what.removeprefix("Supplement No. 4 to Part 744: "): tally for tally in account.tallies}
    # Counts of 96 destinations are counts of filled first cells: the footnotes under the table fill five.
    cells = told["first cells filled below the headings"]
    assert (cells.total, cells.parts) == (96, {"destinations": 91, "footnotes below it": 5})
    rows = told["rows of the table"]
    assert (rows.total, rows.parts) == (3_415, {"entries": 3_411, "that continue the entry above": 4})
    assert told["listings"].total == account.lists["us_bis_entity"]
    fit_to_load("us_ecfr_744", account)


@pytest.mark.shared
def test_the_entries_of_october_2019_carry_their_citation_and_their_footnotes(
    july: tuple[dict[str, Listing], Account],
) -> None:
    listings, _ = july
    xinjiang = [
        listing
        for listing in listings.values()
        if any(str(c) == "84 FR 54004" and c.published == dt.date(2019, 10, 9) for c in listing.citations)
    ]
    assert len(xinjiang) == 28
    assert {listing.valid_from for listing in xinjiang} == {dt.date(2019, 10, 9)}
    advanced = {listing.party.name for listing in xinjiang if 4 in listing.footnotes}
    assert advanced == {
        "Dahua Technology", "IFLYTEK", "Megvii Technology", "Beijing Sensetime Technology Development Co., Ltd.",
        "Yitu Technologies",
    }  # fmt: skip
    assert listings["us_bis_entity:hangzhou-hikvision-digital-technology-co-ltd-cn"].footnotes == ()


@pytest.mark.shared
@pytest.mark.parametrize(
    ("key", "day"),
    [
        ("netposa-cn", dt.date(2020, 6, 5)),
        ("sensenets-cn", dt.date(2020, 6, 5)),
        ("nanjing-fiberhome-starrysky-communication-development-co-cn", dt.date(2020, 6, 5)),
        ("huawei-technologies-co-ltd-huawei-cn", dt.date(2019, 5, 16)),
    ],
)
def test_an_entry_begins_on_the_effective_day_of_its_first_rule(
    july: tuple[dict[str, Listing], Account], key: str, day: dt.date
) -> None:
    listing = july[0][f"us_bis_entity:{key}"]
    assert (listing.valid_from, listing.dated_by) == (day, "rule")


@pytest.mark.shared
def test_footnotes_come_from_raised_figures_in_requirement_cells_alone(
    july: tuple[dict[str, Listing], Account],
) -> None:
    listings, _ = july
    figures = Counter(figure for listing in listings.values() for figure in listing.footnotes)
    assert set(figures) == {1, 2, 3, 4, 5}
    for listing in listings.values():
        if listing.party.name in ("Bike Center", "Zorsecurity Center", "Ramor Group"):
            assert listing.footnotes in ((), (3,))
            assert not re.search(r"\d$", listing.party.name)
    assert any("⁄" in address.text for listing in listings.values() for address in listing.party.addresses)


@pytest.mark.shared
def test_address_entries_are_of_a_kind_of_their_own(july: tuple[dict[str, Listing], Account]) -> None:
    addresses = [listing for listing in july[0].values() if listing.party.kind == "address"]
    assert Counter(listing.destination for listing in addresses) == {"CN": 18, "TR": 1}
    assert all(len(listing.party.addresses) == 1 for listing in addresses)
    assert {listing.license_requirement.scope for listing in addresses if listing.license_requirement} == {
        "listed_items"
    }


@pytest.mark.shared
def test_nearly_every_entry_has_an_address_and_a_dated_citation(
    july: tuple[dict[str, Listing], Account],
) -> None:
    entity = [listing for listing in july[0].values() if listing.list == "us_bis_entity"]
    assert sum(not listing.party.addresses for listing in entity) < 30
    assert all(
        listing.citations and all(c.published and c.page for c in listing.citations) for listing in entity
    )
    assert all(listing.valid_from for listing in july[0].values())


@pytest.mark.shared
def test_two_versions_four_months_apart_have_the_same_entries(
    shared: Path, july: tuple[dict[str, Listing], Account]
) -> None:
    march, _ = read("us_ecfr_744", shared / "data" / "us" / "ecfr" / MARCH)
    assert march.keys() == july[0].keys()


@pytest.mark.shared
def test_most_entries_meet_their_copies_in_the_screening_list_under_one_id(
    shared: Path, july: tuple[dict[str, Listing], Account]
) -> None:
    copies, _ = read("us_csl", shared / "data" / "us" / "csl" / "consolidated_2026-07-31_projection.json.gz")
    for listed, least in (("us_bis_entity", 0.9), ("us_bis_meu", 0.99), ("us_bis_unverified", 0.9)):
        own = {key for key in july[0] if key.startswith(f"{listed}:")}
        assert len(own & copies.keys()) >= least * len(own)


@pytest.mark.shared
def test_stayed_texts_are_named_with_their_rule_and_end(july: tuple[dict[str, Listing], Account]) -> None:
    found = july[1].statuses
    assert [status.section for status in found] == [
        "744.8", "744.11", "744.16", "744.21", "Supplement No. 4 to Part 744", "Supplement No. 7 to Part 744",
        "Supplement No. 8 to Part 744",
    ]  # fmt: skip
    assert {(s.status, str(s.citation), s.since, s.until) for s in found} == {
        ("stayed", "90 FR 50857", dt.date(2025, 11, 12), dt.date(2026, 11, 9))
    }
    assert found[1].part == "paragraph (a)(1)"
    assert len(found[-1].text) == 3
    assert found[-1].lists == ("us_bis_entity", "us_bis_meu", "us_ofac_sdn")
    assert all(status.lists for status in found)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda data: data[: len(data) // 2], "not complete XML"),
        (
            lambda data: data.replace(b'<?xml version="1.0"?>', b'<!DOCTYPE x [<!ENTITY y "z">]>', 1),
            "document type",
        ),
        (lambda data: b"<!DOCTYPE html><html><body>503</body></html>", "this is html"),
        (lambda data: data + b" " * 25_000_000, "larger than"),
    ],
)
def test_a_damaged_or_foreign_file_is_refused(shared: Path, damage, reason: str) -> None:  # type: ignore[no-untyped-def]
    data = damage(gzip.decompress((shared / "data" / "us" / "ecfr" / JULY).read_bytes()))
    with pytest.raises(HeldBack, match=reason):
        list(_parse(data))


@pytest.mark.shared
def test_a_version_without_a_supplement_is_held_back(shared: Path) -> None:
    data = gzip.decompress((shared / "data" / "us" / "ecfr" / JULY).read_bytes())
    cut = re.sub(rb'<DIV9 N="Supplement No. 6 .*?</DIV9>', b"", data, flags=re.DOTALL)
    _, account = read_bytes("us_ecfr_744", cut)
    with pytest.raises(HeldBack, match="us_bis_unverified has 0 entries"):
        fit_to_load("us_ecfr_744", account)


def _parse(data: bytes) -> list[Listing]:
    return list(parse(document_of("release", data, source("us_ecfr_744").max_bytes), Account()))


def _sample() -> bytes:
    return SAMPLE.read_bytes()


def test_another_part_of_the_code_is_refused() -> None:
    with pytest.raises(LayoutChanged, match="not part 744"):
        _parse(_sample().replace(b'DIV5 N="744"', b'DIV5 N="746"', 1))


def test_renamed_columns_are_refused() -> None:
    with pytest.raises(LayoutChanged, match="columns"):
        _parse(_sample().replace(b">License requirement<", b">Requirement<", 1))


def test_a_new_element_in_a_cell_is_reported() -> None:
    _, account = read_bytes(
        "us_ecfr_744", _sample().replace(b"Kelvo Inc 6600", b"<NEW>Kelvo</NEW> Inc 6600", 1)
    )
    assert account.not_understood == {"TD/NEW": 1}
    with pytest.raises(HeldBack, match="TD/NEW"):
        fit_to_load("us_ecfr_744", account)


def test_an_unknown_destination_is_refused_by_row() -> None:
    _, account = read_bytes("us_ecfr_744", _sample().replace(b">CANADA<", b">ATLANTIS<", 1))
    assert [refusal.reason for refusal in account.refused] == ["unknown destination 'ATLANTIS'"]


def test_a_copy_from_public_inspection_is_held_back() -> None:
    text = b"88 FR [INSERT FR PAGE NUMBER AND 2/27/2023]"
    _, account = read_bytes("us_ecfr_744", _sample().replace(b"88 FR 12155, 2/27/23.", text, 1))
    assert account.remarks["placeholder_citation"] == 1
    with pytest.raises(HeldBack, match="public-inspection"):
        fit_to_load("us_ecfr_744", account)


def test_a_requirement_that_is_not_understood_stays_in_force() -> None:
    text = b"For items on the CCL and listed in supplement no. 7 to part 746 of the EAR"
    listings, account = read_bytes("us_ecfr_744", _sample().replace(text, b"For some items", 1))
    requirement = listings["us_bis_entity:address-01-cn"].license_requirement
    assert requirement
    assert (requirement.scope, requirement.text) == ("unclassified", "For some items")
    assert account.unclassified == {"license_requirement: For some items": 1}


def test_the_day_of_the_version_is_taken_from_the_file_where_it_states_it() -> None:
    _, account = read_bytes("us_ecfr_744", _sample().replace(b"_SUBSTITUTE_DATE_", b"2026-07-23"))
    assert account.published_on == dt.date(2026, 7, 23)


def test_the_order_of_rows_that_share_a_name_does_not_change_the_ids() -> None:
    row = re.search(rb"<TR>\n<TD[^>]*> </TD>\n<TD[^>]*>NetPosa.*?</TR>\n", _sample(), re.DOTALL)
    assert row
    rows = [row[0].replace(b"10th Floor", f"{n}th Floor".encode()) for n in (4, 5, 6)]
    found = set()
    for seed in range(4):
        random.Random(seed).shuffle(rows)
        listings = _parse(_sample().replace(row[0], b"".join(rows)))
        found.add(tuple(sorted((x.id, x.party.addresses[0].text) for x in listings if "netposa" in x.id)))
    assert len(found) == 1
    assert [key for key, _ in found.pop()] == [
        "us_bis_entity:netposa-cn", "us_bis_entity:netposa-cn~2", "us_bis_entity:netposa-cn~3",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("printed", "remarks"),
    [
        ("the entry for \u201cDahua Technology\u201d was stayed, effective until Nov. 9, 2026.", 1),
        ("the entries for Dahua Technology and Kelvo Inc were stayed.", 2),
        ("the introductory text was stayed, effective until Nov. 9, 2026.", 0),
    ],
)
def test_a_note_that_names_an_entry_marks_it_stayed(printed: str, remarks: int) -> None:
    note = f"At 90 FR 50857, Nov. 12, 2025, in supplement no. 4 to part 744, {printed}"
    data = SAMPLE.read_bytes()
    place = data.index(b"</DIV9>", data.index(b"Supplement No. 4 to Part 744"))
    added = f"<EFFDNOT><HED>Effective Date Note:</HED><PSPACE>{note}</PSPACE></EFFDNOT>".encode()
    listings, account = read_bytes("us_ecfr_744", data[:place] + added + data[place:])
    marked = [
        one for one in listings.values() if any(r.code == "stayed" and r.text == note for r in one.remarks)
    ]
    assert len(marked) == remarks
    assert note in [status.note for status in account.statuses if status.lists == ("us_bis_entity",)]
