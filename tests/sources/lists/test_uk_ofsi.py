"""The closed OFSI list: one party from many rows, dates with unknown parts, numbers out of prose."""

import datetime as dt
from collections import Counter
from pathlib import Path

import pytest
from tests.sources.lists.reading import fit_to_load, read, read_bytes

from ringfence.errors import LayoutChanged

SAMPLES = Path(__file__).parents[2] / "lists" / "uk_ofsi"


@pytest.mark.shared
def test_the_real_release_of_2018_is_read_whole(shared: Path) -> None:
    listings, account = read("uk_ofsi", shared / "data" / "uk" / "ofsi_conlist_2018-04-13.csv.gz")
    assert (account.rows, len(listings)) == (9_487, 2_106)
    assert account.published_on == dt.date(2018, 4, 13)
    assert not account.not_understood
    assert not account.refused
    assert all(listing.valid_from for listing in listings.values())
    assert Counter(listing.party.kind for listing in listings.values())["person"] == 1_426
    fit_to_load("uk_ofsi", account)


@pytest.mark.shared
def test_a_party_of_252_rows_is_one_entry_with_each_fact_once(shared: Path) -> None:
    listings, _ = read("uk_ofsi", shared / "data" / "uk" / "ofsi_conlist_2018-04-13.csv.gz")
    party = listings["uk_ofsi:7877"].party
    assert len(party.names) == len({name.text for name in party.names}) == 18
    assert len(party.birth_dates) == 14
    assert len(party.addresses) == 1
    assert ("passport", "G827238", "TN") in {(i.scheme, i.value, i.country) for i in party.identifiers}


@pytest.mark.shared
def test_a_release_without_its_last_column_is_refused(shared: Path) -> None:
    import gzip

    data = gzip.decompress((shared / "data" / "uk" / "ofsi_conlist_2018-04-13.csv.gz").read_bytes())
    with pytest.raises(LayoutChanged, match="missing Group ID"):
        read_bytes("uk_ofsi", data.replace(b",Group ID", b",Number", 1))


def test_the_prime_alias_leads_wherever_its_row_stands() -> None:
    listings, _ = read("uk_ofsi", SAMPLES / "sample.csv")
    names = listings["uk_ofsi:13349"].party.names
    assert [(name.text, name.role) for name in names] == [
        ("Nayif Salih AL-QAHTANI", "primary"),
        ("Sheikh Farooq AL-QAHTANI", "alias"),
    ]
    assert {name.role for name in listings["uk_ofsi:8443"].party.names} == {"primary", "former"}


def test_zeros_in_a_date_of_birth_are_unknown_parts() -> None:
    listings, _ = read("uk_ofsi", SAMPLES / "sample.csv")
    year, month = listings["uk_ofsi:13349"].party.birth_dates
    assert (year.first, year.last) == (dt.date(1980, 1, 1), dt.date(1980, 12, 31))
    assert (month.first, month.last) == (dt.date(1981, 8, 1), dt.date(1981, 8, 31))


def test_both_layouts_give_a_party_the_same_key() -> None:
    old, _ = read("uk_ofsi", SAMPLES / "sample.csv")
    later, _ = read("uk_ofsi", SAMPLES / "sample_later.csv")
    assert "uk_ofsi:12927" in old.keys() & later.keys()
    names = {name.text: name for name in later["uk_ofsi:12927"].party.names}
    assert names["Pyotr Anatoliyovych ZIMA"].weak
    assert "Петро Анатолійович ЗИМА" in names
