"""The EU list in its four layouts: partial files are read but never loaded, and the earlier day counts."""

import datetime as dt
from pathlib import Path

import pytest
from tests.sources.lists.reading import fit_to_load, read, read_bytes

from ringfence.errors import HeldBack, LayoutChanged

SAMPLES = Path(__file__).parents[2] / "lists" / "eu_fsf"


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "rows", "parties", "persons", "day"),
    [
        ("consolidated_2016-02-11_partial.xml.gz", 595, 595, 319, dt.date(2016, 2, 11)),
        ("fsf_2018-07-04_partial.csv.gz", 999, 93, 61, dt.date(2018, 7, 4)),
    ],
)
def test_a_real_sample_is_read_whole_and_refused_as_a_release(
    shared: Path, name: str, rows: int, parties: int, persons: int, day: dt.date
) -> None:
    listings, account = read("eu_fsf", shared / "data" / "eu" / name)
    assert (account.rows, len(listings)) == (rows, parties)
    assert sum(listing.party.kind == "person" for listing in listings.values()) == persons
    assert account.published_on == day
    assert not account.not_understood
    assert not account.refused
    assert all(listing.valid_from and listing.programs for listing in listings.values())
    with pytest.raises(HeldBack, match=f"eu_fsf has {parties} entries, at least 1,500 expected"):
        fit_to_load("eu_fsf", account, name)


@pytest.mark.shared
def test_the_two_real_samples_tell_the_same_of_the_same_party(shared: Path) -> None:
    xml, _ = read("eu_fsf", shared / "data" / "eu" / "consolidated_2016-02-11_partial.xml.gz")
    table, _ = read("eu_fsf", shared / "data" / "eu" / "fsf_2018-07-04_partial.csv.gz")
    by_number = {
        identifier.value: listing
        for listing in table.values()
        for identifier in listing.party.identifiers
        if identifier.scheme == "eu_logical_id"
    }
    both = [
        (listing, by_number[key])
        for key, listing in ((k.split(":")[1], v) for k, v in xml.items())
        if key in by_number
    ]
    assert len(both) > 80
    same = [one.party.name == other.party.name and one.party.kind == other.party.kind for one, other in both]
    assert sum(same) / len(same) > 0.95
    assert by_number["20"].party.names[1].text == "Qoussaï Saddam Hussein Al-Tikriti"
    assert by_number["13"].party.birth_places == ("al-Awja, near Tikrit, Iraq",)


def test_the_earlier_of_designation_and_entry_into_force_counts() -> None:
    listings, _ = read("eu_fsf", SAMPLES / "sample_xml_1_1.xml")
    assert listings["eu_fsf:EU.27.28"].valid_from == dt.date(2003, 7, 7)
    assert listings["eu_fsf:EU.459.37"].valid_from == dt.date(2001, 10, 6)


def test_an_amending_act_does_not_make_an_entry_younger() -> None:
    listings, _ = read("eu_fsf", SAMPLES / "sample_xml_1_0.xml")
    assert listings["eu_fsf:1"].valid_from == dt.date(2002, 2, 21)


def test_an_unknown_country_is_none() -> None:
    listings, _ = read("eu_fsf", SAMPLES / "sample_xml_1_1.xml")
    assert listings["eu_fsf:EU.9001.1"].party.countries == ()
    assert [place.country for place in listings["eu_fsf:EU.459.37"].party.addresses] == ["DZ", None]


def test_quality_of_a_name_is_also_read_from_its_remark() -> None:
    listings, _ = read("eu_fsf", SAMPLES / "sample_xml_1_1.xml")
    names = {name.text: name for name in listings["eu_fsf:EU.459.37"].party.names}
    assert names["Tanzim"].weak
    assert names["Salafist Group For Call and Combat"].role == "former"
    weak = [name.text for name in listings["eu_fsf:EU.27.28"].party.names if name.weak]
    assert weak == ["Abu Ali"]


def test_a_birth_date_of_another_calendar_is_not_read_as_ours() -> None:
    listings, _ = read("eu_fsf", SAMPLES / "sample_xml_1_1.xml")
    found = listings["eu_fsf:EU.9001.1"]
    assert [born.first.year for born in found.party.birth_dates] == [1958, 1957]
    assert [remark.code for remark in found.remarks] == ["calendar"]


def test_a_field_nobody_knows_is_reported() -> None:
    text = (SAMPLES / "sample_xml_1_1.xml").read_text(encoding="utf-8")
    _, account = read_bytes("eu_fsf", text.replace('poBox="BP 12"', 'postBox="BP 12"').encode())
    assert account.not_understood == {"address/postbox": 1}
    with pytest.raises(HeldBack, match="'address/postbox', filled in 1 rows, is not understood"):
        fit_to_load("eu_fsf", account)


@pytest.mark.parametrize("name", ["sample_csv_old.csv", "sample_csv_1_1.csv"])
def test_a_renamed_key_column_is_a_new_layout(name: str) -> None:
    data = (SAMPLES / name).read_bytes()
    with pytest.raises(LayoutChanged):
        read_bytes(
            "eu_fsf", data.replace(b"Entity_logical_id", b"Key", 1).replace(b"Entity_LogicalId", b"Key", 1)
        )


def test_reordered_columns_of_the_old_layout_are_refused() -> None:
    data = (SAMPLES / "sample_csv_old.csv").read_bytes()
    with pytest.raises(LayoutChanged, match="another order"):
        read_bytes(
            "eu_fsf", data.replace(b"Naal_lastname;Naal_firstname", b"Naal_firstname;Naal_lastname", 1)
        )
