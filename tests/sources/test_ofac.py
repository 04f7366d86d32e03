"""OFAC's four formats: one entry, whatever format it is printed in; damaged releases refused."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.errors import HeldBack, LayoutChanged
from ringfence.records import Listing
from ringfence.sources.checks import check
from ringfence.sources.document import document_of, joined, read_document
from ringfence.sources.ofac.csv_files import read_remarks
from ringfence.sources.registry import parser, source
from ringfence.sources.row import Account

SAMPLES = Path(__file__).parents[1] / "lists"
SDN = SAMPLES / "us_ofac_sdn"


def listings_of(source_id: str, *paths: Path) -> tuple[dict[str, Listing], Account]:
    account = Account()
    document = read_document(list(paths), 500_000_000)
    return {one.id: one for one in parser(source_id)(document, account)}, account


def read(source_id: str, name: str, data: bytes) -> tuple[dict[str, Listing], Account]:
    account = Account()
    return {one.id: one for one in parser(source_id)(document_of(name, data, 10_000_000), account)}, account


def samples() -> dict[str, dict[str, Listing]]:
    found = {path.stem: listings_of("us_ofac_sdn", path)[0] for path in SDN.glob("sample_*.xml")}
    found["sample_csv"] = listings_of("us_ofac_sdn", *(SDN / "sample_csv").iterdir())[0]
    return found


def test_the_four_formats_of_one_release_give_the_same_parties() -> None:
    found = samples()
    assert len(found) == 4
    parties = [{key: one.party for key, one in listings.items()} for listings in found.values()]
    assert all(one == parties[0] for one in parties)
    programs = [{key: one.programs for key, one in listings.items()} for listings in found.values()]
    assert all(one == programs[0] for one in programs)


def test_ids_are_those_of_the_consolidated_screening_list() -> None:
    listing = samples()["sample_csv"]["us_ofac_sdn:4106"]
    assert listing.party.id == "ofac-4106"


def test_a_comment_goes_on_where_the_remarks_were_cut_in_mid_word() -> None:
    aircraft = samples()["sample_csv"]["us_ofac_sdn:15431"]
    assert ("aircraft_serial", "1023409321") in {(i.scheme, i.value) for i in aircraft.party.identifiers}
    assert [tie.name for tie in aircraft.ties] == ["POUYA AIR"]


def test_the_renamed_files_of_a_set_are_told_apart_by_shape() -> None:
    files = [
        document_of(f"{place}.txt", path.read_bytes(), 10_000_000)
        for place, path in enumerate(sorted((SDN / "sample_csv").iterdir()))
    ]
    account = Account()
    assert len(list(parser("us_ofac_sdn")(joined(files[::-1]), account))) == 8


def test_a_set_without_its_aliases_is_refused() -> None:
    with pytest.raises(HeldBack, match="alternate names is missing"):
        listings_of("us_ofac_sdn", SDN / "sample_csv" / "sdn.csv", SDN / "sample_csv" / "add.csv")


def test_an_address_of_an_entry_that_is_not_there_is_refused_and_told() -> None:
    entries = (SDN / "sample_csv" / "sdn.csv").read_bytes().split(b"\r\n", 1)[1]
    parts = [document_of("sdn.csv", entries, 10_000_000)]
    parts += [
        document_of(n, (SDN / "sample_csv" / n).read_bytes(), 10_000_000) for n in ("add.csv", "alt.csv")
    ]
    account = Account()
    list(parser("us_ofac_sdn")(joined(parts), account))
    assert any("entry 36" in refusal.reason for refusal in account.refused)


def test_a_tie_that_is_stored_the_wrong_way_round_is_turned_and_marked() -> None:
    found = samples()["sample_advanced"]
    leader, body = found["us_ofac_sdn:2674"], found["us_ofac_sdn:4708"]
    assert [(tie.relation, tie.party) for tie in leader.ties] == [("leader_or_official_of", "ofac-4708")]
    assert [remark.code for remark in leader.remarks] == ["tie_turned"]
    assert not body.ties


def test_a_span_of_a_whole_year_is_a_year() -> None:
    assert "Aircraft Manufacture Date 1992" in samples()["sample_advanced"]["us_ofac_sdn:15431"].notes


def test_the_namespace_of_the_legacy_file_may_move() -> None:
    moved = re.sub(
        rb' xmlns="[^"]+"',
        b' xmlns="http://tempuri.org/sdnList.xsd"',
        (SDN / "sample_legacy.xml").read_bytes(),
    )
    assert len(read("us_ofac_sdn", "sdn.xml", moved)[0]) == 8


def test_an_element_that_is_new_is_reported() -> None:
    data = (SDN / "sample_enhanced.xml").read_bytes()
    changed = data.replace(b"<identityId>", b"<shoeSize>9</shoeSize><identityId>", 1)
    _, account = read("us_ofac_sdn", "sdn.xml", changed)
    assert account.not_understood == {"generalInfo/shoeSize": 1}


@pytest.mark.parametrize("name", ["sample_legacy.xml", "sample_enhanced.xml", "sample_advanced.xml"])
def test_xml_that_is_cut_off_is_refused(name: str) -> None:
    data = (SDN / name).read_bytes()
    with pytest.raises(HeldBack, match="not complete XML"):
        read("us_ofac_sdn", name, data[: len(data) * 2 // 3])


@pytest.mark.parametrize("name", ["sample_legacy.xml", "sample_enhanced.xml", "sample_advanced.xml"])
def test_xml_with_a_document_type_is_refused(name: str) -> None:
    declared = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
    head, _, rest = (SDN / name).read_bytes().partition(b"?>")
    with pytest.raises(HeldBack, match="declares a document type"):
        read("us_ofac_sdn", name, head + b"?>" + declared + rest)


def test_a_legacy_file_that_counts_more_entries_than_it_holds_is_refused() -> None:
    data = (SDN / "sample_legacy.xml").read_bytes().replace(b"<Record_Count>8<", b"<Record_Count>9<")
    with pytest.raises(HeldBack, match="says 9 entries and holds 8"):
        read("us_ofac_sdn", "sdn.xml", data)


@pytest.mark.parametrize(
    ("name", "data", "error"),
    [
        ("page.html", b"<!DOCTYPE html><html><body>Service unavailable</body></html>", HeldBack),
        ("other.xml", b"<?xml version='1.0'?><feed><entry/></feed>", LayoutChanged),
        ("other.csv", b"id,name\n1,x\n", HeldBack),
        ("answer.json", b'{"error": "try later"}', HeldBack),
    ],
)
def test_another_file_is_refused(name: str, data: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        read("us_ofac_sdn", name, data)


def test_a_non_sdn_file_is_no_sdn_list() -> None:
    _, account = listings_of("us_ofac_sdn", *(SAMPLES / "us_ofac_consolidated" / "sample_csv").iterdir())
    assert all("not on the SDN List" in refusal.reason for refusal in account.refused)
    assert len(account.refused) == 3
    with pytest.raises(HeldBack):
        check(source("us_ofac_sdn"), "cons.csv", account, None)


def test_a_blocked_party_is_not_put_on_the_menu_based_list_for_a_directive_that_was_overtaken() -> None:
    found, _ = listings_of(
        "us_ofac_consolidated", *(SAMPLES / "us_ofac_consolidated" / "sample_csv").iterdir()
    )
    assert "us_ofac_mbs:17250" in found
    assert "us_ofac_mbs:17018" not in found


@given(
    st.lists(
        st.sampled_from(["DOB 1960", "POB Shati", "Gender Male", "all offices worldwide", "Linked To: HAMAS"])
    )
)
def test_every_segment_of_the_remarks_becomes_a_feature_or_a_note(segments: list[str]) -> None:
    features, notes = read_remarks("; ".join(segments) + "." if segments else "")
    assert len(features) + len(notes) == len(segments)


def test_an_identifier_may_be_of_letters_alone() -> None:
    (feature,), _ = read_remarks("SWIFT/BIC CKLBCNBJ.")
    assert (feature.label, feature.value) == ("SWIFT/BIC", "CKLBCNBJ")


def test_prose_that_begins_like_an_identifier_stays_a_note() -> None:
    features, notes = read_remarks("DOB 1970; Passport and National ID were issued in Ulm, Germany.")
    assert [one.label for one in features] == ["DOB"]
    assert notes == ("Passport and National ID were issued in Ulm, Germany",)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("source_id", "names", "rows", "entries"),
    [
        (
            "us_ofac_sdn",
            ["sdn_2019-01-15.csv.gz", "add_2019-01-15.csv.gz", "alt_2019-01-15.csv.gz"],
            7_379,
            7_379,
        ),
        ("us_ofac_sdn", ["sdn_2021-07.csv.gz", "add_2021-07.csv.gz", "alt_2021-07.csv.gz"], 8_976, 8_976),
        (
            "us_ofac_consolidated",
            [f"cons_{kind}_2025-12.csv.gz" for kind in ("prim", "add", "alt", "comments")],
            442,
            445,
        ),
        ("us_ofac_consolidated", ["CONS_ENHANCED_2025-01.zip"], 443, 446),
        ("us_ofac_consolidated", ["consolidated_2017-06-20.xml.gz"], 627, 627),
    ],
)
def test_a_real_release_loads_whole(
    shared: Path, source_id: str, names: list[str], rows: int, entries: int
) -> None:
    found, account = listings_of(source_id, *(shared / "data/us/ofac" / name for name in names))
    assert (account.rows, len(found), account.entries) == (rows, entries, entries)
    assert not account.refused
    assert not account.not_understood
    check(source(source_id), names[0], account, None)


@pytest.mark.shared
def test_the_lists_that_programs_tell_are_those_that_the_enhanced_file_names(shared: Path) -> None:
    folder = shared / "data/us/ofac"
    told, _ = listings_of(
        "us_ofac_consolidated",
        *(folder / f"cons_{kind}_2025-12.csv.gz" for kind in ("prim", "add", "alt", "comments")),
    )
    named, _ = listings_of("us_ofac_consolidated", folder / "CONS_ENHANCED_2025-01.zip")
    # One entry of January 2025 was gone by December.
    assert named.keys() - told.keys() == {"us_ofac_fse:26182"}
    assert not told.keys() - named.keys()


@given(st.integers(min_value=0, max_value=10_000))
def test_the_rest_of_the_remarks_may_begin_anywhere(place: int) -> None:
    """Wherever OFAC cuts a cell, the comments file gives back the whole."""
    folder = SDN / "sample_csv"
    entries, comments = ((folder / name).read_bytes().decode() for name in ("sdn.csv", "sdn_comments.csv"))
    cut = entries.split("15431,")[1].split("\r\n")[0]
    printed = cut.rsplit(',"', 1)[1].removesuffix('"')
    whole = printed + comments.split(',"', 1)[1].split('"')[0]
    at = place % len(whole)
    parts = {
        "sdn.csv": entries.replace(f'"{printed}"', f'"{whole[:at]}"' if at else "-0- "),
        "sdn_comments.csv": f'15431,"{whole[at:]}"\r\n\x1a',
        **{name: (folder / name).read_bytes().decode() for name in ("add.csv", "alt.csv")},
    }
    documents = [document_of(name, text.encode(), 1_000_000) for name, text in parts.items()]
    found = {one.id: one for one in parser("us_ofac_sdn")(joined(documents), Account())}
    assert found["us_ofac_sdn:15431"] == samples()["sample_csv"]["us_ofac_sdn:15431"]


@given(st.integers(min_value=1, max_value=100_000), st.sampled_from(["legacy", "enhanced", "advanced"]))
def test_xml_that_is_cut_off_anywhere_is_refused(place: int, name: str) -> None:
    data = (SDN / f"sample_{name}.xml").read_bytes().rstrip()
    with pytest.raises((HeldBack, LayoutChanged)):
        read("us_ofac_sdn", "sdn.xml", data[: place % (len(data) - 1) or 1])
