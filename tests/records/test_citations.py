import pytest

from ringfence.records import parse_citations


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("84 FR 54002", ["84 FR 54002"]),
        ("79 FR  55608", ["79 FR 55608"]),
        ("80FR 69852", ["80 FR 69852"]),
        ("81 FR 14953; 84 fr 40241", ["81 FR 14953", "84 FR 40241"]),
        ("77 FR 61249 No. 195", ["77 FR 61249"]),
        ("76 FR No. 197 (10/12/2011)", ["76 FR No. 197"]),
        ("76 FR no. 242 pg. 78146, 77 FR 58006 (no. 182)", ["76 FR 78146", "77 FR 58006"]),
        ("79 FR 24566, 5/1/14; 83 FR 3580, 1/26/18", ["79 FR 24566", "83 FR 3580"]),
        ("73 FR 54503 (9/22/08), 76 FR 50407 (08/15/2011)", ["73 FR 54503", "76 FR 50407"]),
        ("81 FR 64696 and 84 FR 40241", ["81 FR 64696", "84 FR 40241"]),
        ("83 FR 44824;", ["83 FR 44824"]),
        ("76 FR 78146 (12/16/11) 77 FR ", ["76 FR 78146", "77 FR"]),
        ("68 F.R. 38290 6/27/03 71 F.R. 38843 7/10/06", ["68 FR 38290", "71 FR 38843"]),
        ("81.F.R. 22576 4/18/2016", ["81 FR 22576"]),
        ("68 F.R. 38,290", ["68 FR 38290"]),
        ("Vol. 86, No. 71, 04/15/2021", ["86 FR No. 71"]),
        ("", []),
    ],
)
def test_every_printed_form_is_read(cell: str, expected: list[str]) -> None:
    assert [str(citation) for citation in parse_citations(cell).found] == expected


def test_the_date_printed_beside_a_citation_belongs_to_it() -> None:
    found = parse_citations("73 FR 54503 (9/22/08), 76 FR 50407 (08/15/2011)").found
    assert [str(citation.published) for citation in found] == ["2008-09-22", "2011-08-15"]


def test_what_is_not_a_citation_is_reported() -> None:
    assert parse_citations("84 FR 54002 see notice").unread == "see notice"


def test_a_public_inspection_copy_is_recognized() -> None:
    assert parse_citations("88 FR [INSERT FR PAGE NUMBER AND 2/27/2023]").placeholder


def test_the_volume_tells_the_year() -> None:
    assert parse_citations("84 FR 54002").found[0].year == 2019
