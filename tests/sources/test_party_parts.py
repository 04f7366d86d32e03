"""Parts that several publishers print alike: brackets in names, labels of documents, keys given once."""

import pytest

from ringfence.errors import LayoutChanged
from ringfence.records import Listing, Name, Party
from ringfence.sources.party_parts import (
    Entries,
    distinct_names,
    entity_kind,
    scheme_of,
    un_reference,
    unbracketed,
)
from ringfence.sources.row import Account


def bracketed(text: str) -> list[str]:
    return [name.text for name in unbracketed([Name(text)])][1:]


@pytest.mark.parametrize(
    ("printed", "found"),
    [
        ("National Iranian Oil Company (NIOC)", ["NIOC"]),
        ("Jin Tiesan (金铁三)", ["Jin Tiesan", "金铁三"]),
        ("حاجى مالك (Hajji Malik; Haji Malek)", ["حاجى مالك", "Hajji Malik", "Haji Malek"]),
        ("Abubakar (original script: Абубакар)", ["Abubakar", "Абубакар"]),
        ("AL-HARAMAIN FOUNDATION (PAKISTAN)", []),
        ("Hilarion Santos, III (third)", []),
    ],
)
def test_brackets_hold_acronyms_and_other_scripts(printed: str, found: list[str]) -> None:
    assert bracketed(printed) == found


def test_a_name_printed_as_weak_and_as_strong_is_strong() -> None:
    assert distinct_names([Name("A"), Name("B", "alias", weak=True), Name("b", "alias")]) == (
        Name("A"),
        Name("B", "alias"),
    )


@pytest.mark.parametrize(
    ("label", "scheme"),
    [
        ("diplomatic passport", "passport"),
        ("National Identification Number", "national_id"),
        ("Italian Fiscal Code:", "tax"),
        ("Vessel IMO number", "imo"),
        ("FARDC ID", "other"),
        ("Simon's paper", "other"),
    ],
)
def test_the_words_of_a_label_settle_the_scheme(label: str, scheme: str) -> None:
    assert scheme_of(label) == scheme


def test_a_body_that_no_word_settles_is_an_organization() -> None:
    assert entity_kind("AL-QAIDA", "The Base") == "organization"
    assert entity_kind("Tanchon", "Tanchon Commercial Bank") == "company"


def test_the_reference_of_the_united_nations_is_found_in_prose() -> None:
    assert un_reference("UN Ref QDe.004. Emir for the eastern zone.") == "QDe.004"
    assert un_reference("(UK Ref):AFG1 (UN Ref):TAe.010") == "TAe.010"
    assert un_reference("IRe.076. Designation: none") == "IRe.076"
    assert un_reference("Associated with Hafiz Muhammad Saeed (QDi.263)") is None
    assert un_reference("QE.A.4.01 is the old form") is None


def test_a_key_given_twice_is_a_new_layout() -> None:
    entries = Entries("file.xml", Account())
    listing = Listing("x:1", "x", "x", Party("x-1", "company", (Name("A"),)))
    entries.add(listing)
    with pytest.raises(LayoutChanged, match="x:1 stands in the file twice"):
        entries.add(listing)
