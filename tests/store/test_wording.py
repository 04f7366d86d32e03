"""A change of wording is told from a change of law."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.records import LicenseRequirement, Listing
from ringfence.store.wording import changed_fields, folded, reworded
from tests.store.entries import entry

PLAIN = entry(
    "Alpha Works Co., Ltd.", "Alpha; Works", "Beta Trading",
    addresses=("No. 12 Xi'an Road, Dubai, U.A.E.", "13, Hay Riad, Rabat, Morocco"), cites="84 FR 54002",
)  # fmt: skip


def same_but(**changes: object) -> Listing:
    given: dict[str, object] = {
        "addresses": ("No. 12 Xi'an Road, Dubai, U.A.E.", "13, Hay Riad, Rabat, Morocco"),
        "cites": "84 FR 54002",
    }
    names = changes.pop("names", ("Alpha Works Co., Ltd.", "Alpha; Works", "Beta Trading"))
    return entry(*names, key="alpha-works-co-ltd", **(given | changes))  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    "later",
    [
        same_but(addresses=("No 12  Xi’an Road, Dubai, UAE.", "13, Hay Riad, Rabat, Morocco.")),
        same_but(addresses=("13, Hay Riad, Rabat, Morocco", "No. 12 Xi'an Road, Dubai, U.A.E.")),
        same_but(names=("Alpha Works Co. Ltd", "Beta Trading", "Alpha; Works")),
        same_but(names=("Alpha Works Co., Ltd.", "Alpha, Works", "Béta Trading")),
        same_but(cites="84FR 54002"),
    ],
    ids=["punctuation", "order of addresses", "order of aliases", "accents", "citation spaces"],
)
def test_wording_is_no_field_of_law(later: Listing) -> None:
    assert changed_fields(PLAIN, later) == ()


@pytest.mark.parametrize(
    ("later", "fields"),
    [
        (same_but(cites="84 FR 54002; 85 FR 44159"), ("citations",)),
        (same_but(footnotes=(4,)), ("footnotes",)),
        (same_but(names=("Alpha Works Co., Ltd.", "Alpha; Works")), ("aliases",)),
        (same_but(addresses=("13, Hay Riad, Rabat, Morocco",)), ("addresses",)),
        (same_but(destination="CHINA"), ("destination",)),
        (
            same_but(
                license_requirement=LicenseRequirement("For items on the CCL", "listed_items", items=("ccl",))
            ),
            ("license_requirement",),
        ),
    ],
    ids=["citation", "footnote", "alias", "address", "destination", "requirement"],
)
def test_law_is(later: Listing, fields: tuple[str, ...]) -> None:
    assert changed_fields(PLAIN, later) == fields
    assert not reworded(PLAIN, later, fields)


def test_a_moved_line_break_is_wording() -> None:
    before = entry("Remdizel Plant 40 Menzelinsky Road", addresses=("Naberezhnye Chelny, Russia",))
    after = entry("Remdizel Plant", addresses=("40 Menzelinsky Road, Naberezhnye Chelny, Russia",))
    fields = changed_fields(before, after)
    assert fields == ("name", "addresses")
    assert reworded(before, after, fields)


def test_a_corrected_misprint_is_wording_and_another_house_is_not() -> None:
    misprinted = entry(addresses=("5 Kexueyan Road, Beijing",))
    assert reworded(misprinted, entry(addresses=("5 Kexueyuan Road, Beijing",)), ("addresses",))
    assert not reworded(misprinted, entry(addresses=("6 Kexueyan Road, Beijing",)), ("addresses",))
    assert not reworded(misprinted, entry(addresses=("5 Kexueyan Road, Shanghai",)), ("addresses",))


@given(st.text(max_size=40), st.text(alphabet=" .,;-–—'’\"()\t\n", max_size=5), st.integers(0, 40))
def test_punctuation_and_space_fold_away(text: str, added: str, place: int) -> None:
    assert folded(text[:place] + " " + added + text[place:]) == folded(text[:place] + " " + text[place:])


@given(st.text(max_size=40))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert folded(folded(text)) == folded(text)
