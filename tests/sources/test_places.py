"""Places: enumerations, adjectives, and provinces in the wrong field."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.sources.places import address, country_codes, enumerated, joined, last_country


@pytest.mark.parametrize(
    ("printed", "codes"),
    [
        ("Iran (Islamic Republic of)", ("IR",)),
        ("Democratic People’s Republic of Korea", ("KP",)),
        ("(1) Tunisian (2) Afghan", ("TN", "AF")),
        ("(1)-(2) Tunisia (3) Libya", ("TN", "LY")),
        ("a) Syrian Arab Republic b) State of Palestine", ("SY", "PS")),
        ("Russia;Ukraine", ("RU", "UA")),
        ("DRC and Belgian nationalities", ("CD",)),
        ("Kuwaiti citizenship withdrawn in 2002", ()),
        ("Afghanistan (since 2009)", ("AF",)),
        ("Bosnia and Herzegovina", ("BA",)),
        ("Trinidad and Tobago;United States of America", ("TT", "US")),
        ("Congo, Democratic Republic of the;Rwanda", ("CD", "RW")),
        ("UNKNOWN", ()),
        ("CA", ()),
        ("", ()),
    ],
)
def test_countries_are_read_from_names_and_adjectives(printed: str, codes: tuple[str, ...]) -> None:
    assert country_codes(printed) == codes


def test_a_place_is_not_said_twice() -> None:
    assert joined("Kabul, Afghanistan", "Afghanistan", None, " ") == "Kabul, Afghanistan"


def test_an_address_without_parts_is_none() -> None:
    assert address("", city=" ", country=None) is None


def test_a_free_address_ends_with_its_country_or_with_none() -> None:
    assert last_country("Damavand Tehran Highway, Tehran, Iran") == "IR"
    assert last_country("ul. Lenina 1, Moscow 123100 Russia") == "RU"
    assert last_country("25 Street, Minsk, Republic of Belarus, 220114") == "BY"
    assert last_country("Libya (Believed status: Zintan, Libya)") == "LY"
    assert last_country("20 Branford Place, Newark, New Jersey") is None
    assert last_country("Port Moresby, Papua New Guinea") == "PG"
    assert last_country("1 Main Street, Springfield, IL") is None


@given(
    st.lists(
        st.text(alphabet="abcdefghij ", min_size=2).map(str.strip).filter(lambda t: len(t) > 1),
        min_size=1,
        max_size=9,
    )
)
def test_numbered_items_come_back_in_their_order(items: list[str]) -> None:
    text = " ".join(f"({place}) {item}" for place, item in enumerate(items, start=1))
    assert enumerated(text) == tuple(" ".join(item.split()) for item in items)
