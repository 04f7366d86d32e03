"""Places of the Consolidated Screening List in JSON, where some countries are printed by name, and its ids."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ringfence.records import Listing
from ringfence.sources.document import read_document
from ringfence.sources.lists.us_csl.parse import parse
from ringfence.sources.row import Account

ENTITY_LIST = "Entity List (EL) - Bureau of Industry and Security"
UNVERIFIED = "Unverified List (UVL) - Bureau of Industry and Security"
SDN = "Specially Designated Nationals (SDN) - Treasury Department"


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., tuple[list[Listing], Account]]:
    def listings(*rows: tuple[str, str, str]) -> tuple[list[Listing], Account]:
        """Listings of rows of (list, name, country of the address)."""
        results = [
            {"source": source, "name": name, "addresses": [{"address": "1 Some Street", "country": country}]}
            for source, name, country in rows
        ]
        path = tmp_path / "release.json"
        path.write_text(json.dumps({"total": len(results), "results": results}))
        account = Account()
        return list(parse(read_document(path, 1_000_000), account)), account

    return listings


@pytest.mark.parametrize(
    ("printed", "code"),
    [
        ("TURKIYE", "TR"), ("MAN, ISLE OF", "IM"), ("PRC", "CN"), ("MACAU", "MO"), ("CRIMEA (OCCUPIED)", "UA"),
        ("REGION: NORTHERN GAZA", "PS"), ("REGION: KAFIA KINGI", "SD"), ("DE", "DE"),
    ],
)  # fmt: skip
def test_a_country_printed_by_name_has_its_code(
    read: Callable[..., tuple[list[Listing], Account]], printed: str, code: str
) -> None:
    (listing,), account = read((SDN, "Alpha Works", printed))
    assert listing.party.countries == (code,)
    assert listing.party.addresses[0].text.endswith(printed)
    assert not account.unclassified


@pytest.mark.parametrize(
    "printed", ["REGION: KASHMIR", "REGION: JAMMU AND KASHMIR", "REGION: COMMONWEALTH OF INDEPENDENT STATES"]
)
def test_a_region_of_no_one_country_stays_in_the_text_and_is_reported(
    read: Callable[..., tuple[list[Listing], Account]], printed: str
) -> None:
    (listing,), account = read((ENTITY_LIST, "Alpha Works", printed))
    assert (listing.id, listing.party.countries) == ("us_bis_entity:alpha-works", ())
    assert listing.party.addresses[0].text == f"1 Some Street, {printed}"
    assert dict(account.unclassified).get(f"country: {printed}") == 1


def test_the_supplements_have_hong_kong_under_china(
    read: Callable[..., tuple[list[Listing], Account]],
) -> None:
    listings, _ = read(
        (ENTITY_LIST, "Alpha Works", "HK"), (UNVERIFIED, "Beta Works", "HK"), (SDN, "Gamma Works", "HK")
    )
    assert {listing.id for listing in listings} == {
        "us_bis_entity:alpha-works-cn",
        "us_bis_unverified:beta-works-cn",
        "us_ofac_sdn:gamma-works-hk",
    }
    assert all(listing.party.countries == ("HK",) for listing in listings)


def test_one_party_under_china_and_in_hong_kong_is_two_entries_of_one_destination(
    read: Callable[..., tuple[list[Listing], Account]],
) -> None:
    listings, _ = read((ENTITY_LIST, "Alpha Works", "HK"), (ENTITY_LIST, "Alpha Works", "CN"))
    assert {listing.id for listing in listings} == {
        "us_bis_entity:alpha-works-cn",
        "us_bis_entity:alpha-works-cn~2",
    }
