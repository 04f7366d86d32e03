"""Federal Register documents: metadata, full text, the instruction behind each row, and which page belongs to whom."""

import datetime as dt
import json
from pathlib import Path

import msgspec
import pytest

from ringfence.errors import HeldBack, LayoutChanged
from ringfence.records import Citation
from ringfence.records.rule import EffectiveDate, FederalRegisterDocument
from ringfence.sources.document import document_of, read_document
from ringfence.sources.ear.federal_register import joined, read_documents
from ringfence.sources.ear.rules import rule_of, rules
from ringfence.sources.row import Account

RULE = """<?xml version="1.0"?>
<RULE>
<PREAMB>
<PRTPAGE P="54002"/>
<AGENCY TYPE="F">DEPARTMENT OF COMMERCE</AGENCY>
<SUBAGY>Bureau of Industry and Security</SUBAGY>
<CFR>15 CFR Part 744</CFR>
<DEPDOC>[Docket No. 190925-0044]</DEPDOC>
<RIN>RIN 0694-AH68</RIN>
<SUBJECT>Addition of Certain Entities to the Entity List</SUBJECT>
<ACT><HD SOURCE="HED">ACTION:</HD><P>Final rule.</P></ACT>
<SUM><HD SOURCE="HED">SUMMARY:</HD><P>This rule adds two entities and removes one.</P></SUM>
<EFFDATE><HD SOURCE="HED">DATES:</HD><P>This rule is effective October 9, 2019, except amendatory instruction 3, which is
effective October 21, 2019.</P></EFFDATE>
</PREAMB>
<SUPLINF>
<REGTEXT TITLE="15" PART="744">
<AMDPAR>1. The authority citation for 15 CFR part 744 continues to read as follows:</AMDPAR>
<AMDPAR>2. Supplement No. 4 to part 744 is amended:</AMDPAR>
<AMDPAR>a. By adding, in alphabetical order, entries for \u201cDahua Technology\u201d and \u201cHangzhou
Hikvision Digital Technology Co., Ltd.\u201d;</AMDPAR>
<AMDPAR>b. By revising the entry for \u201cNational University of Defense Technology (NUDT)\u201d; and</AMDPAR>
<AMDPAR>3. Effective October 21, 2019, by removing, under \u201cCHINA, PEOPLE'S REPUBLIC OF,\u201d the entry for \u201cSome Former
Entity.\u201d</AMDPAR>
<PRTPAGE P="54004"/>
<GPOTABLE COLS="5"><BOXHD><CHED H="1">Country</CHED><CHED H="1">Entity</CHED></BOXHD>
<ROW><ENT I="22"> </ENT></ROW>
<ROW><ENT I="28">*    *    *    *    *</ENT></ROW>
<ROW><ENT I="01">CHINA, PEOPLE'S REPUBLIC OF</ENT><ENT>Dahua Technology, 807, Block A, Urumqi, China.</ENT><ENT>All items</ENT>
<ENT>Presumption of denial</ENT><ENT>84 FR 54004, 10/9/19.</ENT></ROW>
<ROW><ENT I="22"/><ENT>*    *    *    *    *</ENT></ROW>
<ROW><ENT I="22"/><ENT>Hangzhou Hikvision Digital Technology Co., Ltd., a.k.a., the following one alias:<LI>\u2014Hikvision.</LI>
<LI>No. 555 Qianmo Road, Hangzhou, China.</LI></ENT><ENT>All items</ENT><ENT>Presumption of denial</ENT>
<ENT>84 FR 54004, 10/9/19.</ENT></ROW>
<ROW><ENT I="22"/><ENT>National University of Defense Technology (NUDT), No. 109 Deya Road, Changsha, China.</ENT>
<ENT>All items</ENT><ENT>Presumption of denial</ENT><ENT>80 FR 8527, 2/18/15.</ENT></ROW>
</GPOTABLE>
</REGTEXT>
</SUPLINF>
<FRDOC>[FR Doc. 2019-22210 Filed 10-7-19; 4:15 pm]</FRDOC>
</RULE>
"""


def _read(text: str) -> list[FederalRegisterDocument]:
    return list(read_documents(document_of("rule", text.encode(), 1_000_000), Account()))


def _document(number: str, **fields: object) -> FederalRegisterDocument:
    return msgspec.convert(
        {"document": number, "title": "Additions to the Entity List", "volume": 84} | fields,
        FederalRegisterDocument,
    )


def test_a_full_text_gives_its_numbers_and_keeps_its_dates_apart() -> None:
    (rule,) = _read(RULE)
    assert (rule.document, rule.first_page, rule.last_page) == ("2019-22210", 54002, 54004)
    assert (rule.cfr, rule.rins, rule.dockets) == (("15 CFR 744",), ("0694-AH68",), ("190925-0044",))
    assert rule.inspected_on == dt.date(2019, 10, 7)
    assert rule.published_on is None
    assert rule.effective == (
        EffectiveDate(dt.date(2019, 10, 9)),
        EffectiveDate(dt.date(2019, 10, 21), scope="amendatory instruction 3"),
    )
    assert rule.effective_on == dt.date(2019, 10, 9)


def test_each_row_is_tied_to_the_instruction_that_names_it_and_star_rows_are_none() -> None:
    (rule,) = _read(RULE)
    assert [(a.kind, a.name, a.effective_on) for a in rule.amendments] == [
        ("add", "Dahua Technology", None),
        ("add", "Hangzhou Hikvision Digital Technology Co., Ltd.", None),
        ("revise", "National University of Defense Technology (NUDT)", None),
        ("remove", "Some Former Entity", dt.date(2019, 10, 21)),
    ]
    assert {a.destination for a in rule.amendments} == {"CHINA, PEOPLE'S REPUBLIC OF"}
    assert {a.section for a in rule.amendments} == {"Supplement No. 4 to Part 744"}


def test_a_row_that_no_instruction_names_is_unclassified_where_several_could_mean_it() -> None:
    (rule,) = _read(RULE.replace("Dahua Technology, 807", "Another Firm, 807"))
    assert rule.amendments[0].kind == "unclassified"
    (rule,) = _read(
        RULE.replace("By revising the entry", "By adding the entry").replace(
            "Dahua Technology, 807", "Another Firm, 807"
        )
    )
    assert rule.amendments[0].kind == "add"


def test_a_copy_from_public_inspection_is_refused() -> None:
    with pytest.raises(HeldBack, match="public inspection"):
        _read(RULE.replace("84 FR 54004, 10/9/19", "84 FR [INSERT FR PAGE NUMBER], 10/9/19"))


def test_a_full_text_with_a_document_type_or_cut_off_is_refused() -> None:
    with pytest.raises(HeldBack, match="document type"):
        _read(RULE.replace("<RULE>", '<!DOCTYPE RULE SYSTEM "x.dtd"><RULE>', 1))
    with pytest.raises(HeldBack, match="not complete XML"):
        _read(RULE[:2_000])


def test_an_answer_of_the_api_is_read_with_every_field_accounted_for() -> None:
    answer = {
        "results": [
            {
                "document_number": "2019-22210", "title": "Addition of Certain Entities to the Entity List", "type": "Rule",
                "action": "Final rule.", "dates": "This rule is effective October 9, 2019.", "effective_on": "2019-10-09",
                "publication_date": "2019-10-09", "citation": "84 FR 54002", "volume": 84, "start_page": 54002, "end_page": 54009,
                "cfr_references": [{"title": 15, "part": 744}], "regulation_id_numbers": ["0694-AH68"], "correction_of": None,
                "corrections": ["https://www.federalregister.gov/api/v1/documents/2019-23999"], "pdf_url": "x", "new_field": 1,
            }
        ]
    }  # fmt: skip
    account = Account()
    (rule,) = read_documents(document_of("answer", json.dumps(answer).encode(), 100_000), account)
    assert (rule.volume, rule.first_page, rule.last_page) == (84, 54002, 54009)
    assert rule.effective == (EffectiveDate(dt.date(2019, 10, 9)),)
    assert rule.corrections == ("2019-23999",)
    assert account.not_understood == {"new_field": 1}
    assert account.ignored == {"pdf_url": 1}


def test_metadata_and_full_text_of_one_document_complete_each_other() -> None:
    (text,) = _read(RULE)
    metadata = _document("2019-22210", published_on="2019-10-09", effective=[{"on": "2019-10-09"}])
    both = joined(metadata, text)
    assert both.published_on == dt.date(2019, 10, 9)
    assert both.volume == 84
    assert len(both.effective) == 2
    assert len(both.amendments) == 4
    with pytest.raises(LayoutChanged):
        joined(_document("2019-11111"), text)


def test_a_cited_page_belongs_to_the_document_that_prints_it() -> None:
    one = _document("2019-00001", first_page=100, last_page=104, cfr=["15 CFR 744"])
    other = _document(
        "2019-00002", first_page=104, last_page=110, cfr=["15 CFR 744"], title="Export Clearance"
    )
    far = _document("2019-00003", first_page=104, last_page=104, cfr=["50 CFR 17"], title="Endangered Plants")
    assert rule_of(Citation(84, 102), [one, other, far]) == one
    assert rule_of(Citation(84, 104), [other, far, one]) == one
    assert rule_of(Citation(84, 110), [one, other, far]) == other
    assert rule_of(Citation(85, 102), [one, other, far]) is None


def test_two_documents_that_fit_equally_are_not_guessed_between() -> None:
    fields = {"first_page": 100, "last_page": 104, "cfr": ["15 CFR 744"]}
    assert (
        rule_of(Citation(84, 102), [_document("2019-00001", **fields), _document("2019-00002", **fields)])
        is None
    )


def test_a_document_without_pages_is_found_by_the_day_printed_with_the_citation() -> None:
    known = _document("2019-00001", published_on="2019-10-09")
    assert rule_of(Citation(84, 60_000, published=dt.date(2019, 10, 9)), [known]) == known
    assert rule_of(Citation(84, 60_000), [known]) is None


def test_the_reviewed_table_comes_first_and_is_in_the_order_of_its_pages() -> None:
    found = rule_of(Citation(84, 54004), [_document("2019-00001", first_page=54000, last_page=54010)])
    assert found
    assert (found.document, found.effective_on) == ("2019-22210", dt.date(2019, 10, 9))
    pages = [(rule.volume, rule.first_page) for rule in rules()]
    assert pages == sorted(pages)
    assert all(
        a.volume < b.volume or a.last_page < b.first_page for a, b in zip(rules(), rules()[1:], strict=False)
    )


@pytest.mark.shared
def test_the_real_files_of_metadata_are_read_whole(shared: Path) -> None:
    folder = shared / "data" / "us" / "federal_register"
    account = Account()
    documents = list(
        read_documents(read_document(folder / "bis_documents_2020-01_2026-02.json.gz", 5_000_000), account)
    )
    assert len(documents) == 193
    assert not account.not_understood
    assert not account.refused
    few = {
        d.document: d
        for d in read_documents(read_document(folder / "affiliates_rule_abstracts.json", 100_000), account)
    }
    stay = few["2025-19846"]
    assert stay.suspends == ("Expansion of End-User Controls to Cover Affiliates of Certain Listed Entities",)
    assert (stay.volume, stay.first_page, stay.published_on) == (90, 50857, dt.date(2025, 11, 12))
