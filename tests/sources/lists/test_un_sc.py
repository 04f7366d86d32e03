"""The Security Council's list: what the real releases hold, and the publisher's own quirks."""

import datetime as dt
from collections import Counter
from pathlib import Path

import pytest
from tests.sources.lists.reading import fit_to_load, read, read_bytes

from ringfence.errors import HeldBack

SAMPLE = Path(__file__).parents[2] / "lists" / "un_sc" / "sample.xml"


@pytest.mark.shared
@pytest.mark.parametrize(("day", "persons", "entities"), [("2025-11-18", 727, 273), ("2026-08-01", 736, 275)])
def test_a_real_release_is_read_whole(shared: Path, day: str, persons: int, entities: int) -> None:
    listings, account = read("un_sc", shared / "data" / "un" / f"consolidated_{day}.xml.gz")
    kinds = Counter(listing.party.kind == "person" for listing in listings.values())
    assert kinds == {True: persons, False: entities}
    assert account.published_on == dt.date.fromisoformat(day)
    assert not account.not_understood
    assert not account.refused
    assert all(listing.valid_from and listing.programs for listing in listings.values())
    fit_to_load("un_sc", account)


@pytest.mark.shared
def test_a_known_entry_carries_what_the_council_says_of_it(shared: Path) -> None:
    listings, _ = read("un_sc", shared / "data" / "un" / "consolidated_2026-08-01.xml.gz")
    party = listings["un_sc:QDe.004"].party
    assert party.name == "AL-QAIDA"
    assert "القاعدة" in {name.text for name in party.names}
    assert listings["un_sc:KPe.001"].party.countries == ("KP",)
    weak = [name for listing in listings.values() for name in listing.party.names if name.weak]
    assert len(weak) > 600


@pytest.mark.shared
def test_a_release_with_one_kind_of_entry_missing_is_held_back(shared: Path) -> None:
    import gzip

    data = gzip.decompress((shared / "data" / "un" / "consolidated_2026-08-01.xml.gz").read_bytes())
    start, end = data.index(b"<INDIVIDUALS>"), data.index(b"</INDIVIDUALS>")
    _, account = read_bytes("un_sc", data[: start + len(b"<INDIVIDUALS>")] + data[end:])
    with pytest.raises(HeldBack, match="275 entries, at least 700"):
        fit_to_load("un_sc", account)


def test_an_empty_alias_is_no_name_and_a_low_quality_one_is_weak() -> None:
    listings, _ = read("un_sc", SAMPLE)
    assert [name.text for name in listings["un_sc:CDi.001"].party.names] == ["ERIC BADEGE"]
    names = {name.text: name for name in listings["un_sc:SSi.001"].party.names}
    assert names["Jok Riak"].weak
    assert names["جوك رياك"].weak
    assert not names["Gabriel Jok"].weak
    assert names["Riak Jock"].role == "former"


def test_a_day_with_a_time_zone_is_that_day() -> None:
    listings, _ = read("un_sc", SAMPLE)
    assert listings["un_sc:SSi.001"].valid_from == dt.date(2015, 7, 1)


def test_a_province_in_the_field_of_the_postal_code_is_a_region() -> None:
    listings, _ = read("un_sc", SAMPLE)
    found = listings["un_sc:QDe.005"].party.addresses[0]
    assert found.postal_code is None
    assert found.region == "near Trench Road, Chaman, Baluchistan Province"
    assert found.country == "PK"


def test_years_of_birth_are_spans_and_a_month_in_the_note_narrows_its_year() -> None:
    listings, _ = read("un_sc", SAMPLE)
    between, about, month = listings["un_sc:TAi.002"].party.birth_dates
    assert (between.first, between.last) == (dt.date(1955, 1, 1), dt.date(1958, 12, 31))
    assert about.circa
    assert (month.first, month.last) == (dt.date(1958, 9, 1), dt.date(1958, 9, 30))


def test_a_country_in_brackets_tells_two_branches_apart_and_is_no_name() -> None:
    listings, _ = read("un_sc", SAMPLE)
    names = [name.text for name in listings["un_sc:QDe.105"].party.names]
    assert names == ["AL-HARAMAYN FOUNDATION (KENYA)", "Al-Haramain: Kenya Branch"]
