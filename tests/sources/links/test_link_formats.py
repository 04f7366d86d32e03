"""Registers and filings as links: each format by a small file of our own, and the real ones where they are at hand."""

import gzip
import json
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from tests.graph.worlds import listing

from ringfence.errors import InputError
from ringfence.records import ListedTie, Share
from ringfence.records.codec import to_json
from ringfence.sources.links import LinkSet, read_links
from ringfence.sources.links.listed_ties import ties_of


def read(folder: Path, name: str, content: str) -> LinkSet:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return read_links(path, holder="Filer Inc.")


def test_follow_the_money_joins_entities(tmp_path: Path) -> None:
    rows = [
        {
            "id": "a",
            "schema": "Company",
            "properties": {"name": ["Alpha"], "country": ["cn"], "leiCode": ["X" * 20]},
        },
        {"id": "b", "schema": "Person", "properties": {"name": ["Bo Li"]}},
        {
            "id": "o",
            "schema": "Ownership",
            "properties": {"owner": ["b"], "asset": ["a"], "percentage": ["25-50"], "startDate": ["2019"]},
        },
        {"id": "d", "schema": "Directorship", "properties": {"director": ["b"], "organization": ["a"]}},
        {"id": "u", "schema": "UnknownLink", "properties": {"subject": ["a"], "object": ["b"]}},
        {
            "id": "x",
            "schema": "Ownership",
            "properties": {"owner": ["b"], "asset": ["a"], "percentage": ["most"]},
        },
        {"id": "y", "schema": "Sanction", "properties": {}},
    ]
    found = read(tmp_path, "ftm.jsonl", "\n".join(map(json.dumps, rows)))
    assert [link.relation for link in found.links] == ["owns", "director_of", "partner_of", "owns"]
    assert found.links[0].share == Share(Decimal("0.25"), Decimal("0.5"), open_low=True)
    assert str(found.links[0].since) == "2019-01-01"
    assert found.links[3].share is None
    assert found.parties["a"].countries == ("CN",)
    assert [("percentage" in r, "Sanction" in r) for r in found.remarks] == [(True, False), (False, True)]


def statement(record: str, kind: str, details: dict[str, object], **more: object) -> dict[str, object]:
    return {
        "statementId": f"s-{record}",
        "recordId": record,
        "recordType": kind,
        "recordDetails": details,
        **more,
    }


def relationship(subject: str, party: object, **interest: object) -> dict[str, object]:
    return {"subject": subject, "interestedParty": party, "interests": [{"type": "shareholding", **interest}]}


@pytest.mark.parametrize(
    ("stated", "share"),
    [
        ({"exact": 50}, Share(Decimal("0.5"), Decimal("0.5"))),
        ({"minimum": 25, "maximum": 50}, Share(Decimal("0.25"), Decimal("0.5"))),
        ({"exclusiveMinimum": 25, "maximum": 50}, Share(Decimal("0.25"), Decimal("0.5"), open_low=True)),
        ({"minimum": 50, "exclusiveMaximum": 75}, Share(Decimal("0.5"), Decimal("0.75"), open_high=True)),
        ({"minimum": 25, "exclusiveMinimum": True}, Share(Decimal("0.25"), Decimal(1), open_low=True)),
        ({"exact": 150}, None),
        ({"exact": Decimal("1e-999999")}, None),
        ({"about": 50}, None),
        (None, None),
    ],
)
def test_the_shares_of_bods_are_intervals(tmp_path: Path, stated: object, share: Share | None) -> None:
    rows = [statement("r", "relationship", relationship("a", "b", share=stated))]
    found = read(tmp_path, "bods.json", to_json(rows).decode().replace('"1E-999999"', "1E-999999"))
    assert found.links[0].share == share


def test_bods_counts_components_and_not_the_whole(tmp_path: Path) -> None:
    rows = [
        statement("a", "entity", {"name": "Alpha", "jurisdiction": {"code": "GB"}}),
        statement("p", "person", {"names": [{"fullName": "Jo Roe"}]}),
        statement(
            "r",
            "relationship",
            {**relationship("a", "p", share={"exact": 60}), "componentRecords": ["r1", "r2"]},
        ),
        statement("r1", "relationship", relationship("a", "m", share={"exact": 60}), isComponent=True),
        statement("r2", "relationship", relationship("m", "p", share={"exact": 100}), isComponent=True),
    ]
    found = read(tmp_path, "bods.json", json.dumps(rows))
    assert [(link.subject, link.object) for link in found.links] == [("m", "a"), ("p", "m")]
    assert found.parties["p"].name == "Jo Roe"


def test_a_closed_or_replaced_statement_of_bods_no_longer_speaks(tmp_path: Path) -> None:
    rows = [
        statement(
            "r", "relationship", relationship("a", "b", share={"exact": 60}), statementDate="2020-01-01"
        ),
        statement(
            "r",
            "relationship",
            relationship("a", "b", share={"exact": 40}),
            statementDate="2021-01-01",
            recordStatus="updated",
        ),
        statement("q", "relationship", relationship("a", "c"), recordStatus="closed"),
        statement(
            "v",
            "relationship",
            {"subject": "a", "interestedParty": "d", "interests": [{"type": "votingRights"}]},
        ),
        statement(
            "w",
            "relationship",
            {"subject": "a", "interestedParty": "e", "interests": [{"type": "appointmentOfBoard"}]},
        ),
        statement("x", "relationship", relationship("a", {"reason": "noBeneficialOwners"})),
    ]
    found = read(tmp_path, "bods.json", json.dumps(rows))
    assert [(link.subject, link.relation, link.share_base) for link in found.links] == [
        ("b", "owns", None),
        ("d", "owns", "voting"),
        ("e", "controls", None),
    ]
    assert found.links[0].share == Share(Decimal("0.4"), Decimal("0.4"))
    assert any("noBeneficialOwners" in remark for remark in found.remarks)


RELATION = """<rr:RelationshipData xmlns:rr="http://www.gleif.org/data/schema/rr/2016"><rr:RelationshipRecords>
<rr:RelationshipRecord><rr:Relationship><rr:StartNode><rr:NodeID>CHILD</rr:NodeID></rr:StartNode>
<rr:EndNode><rr:NodeID>PARENT</rr:NodeID></rr:EndNode><rr:RelationshipType>{kind}</rr:RelationshipType>
<rr:RelationshipPeriods><rr:RelationshipPeriod><rr:StartDate>2012-11-29T00:00:00Z</rr:StartDate>
<rr:PeriodType>RELATIONSHIP_PERIOD</rr:PeriodType></rr:RelationshipPeriod></rr:RelationshipPeriods>
<rr:RelationshipStatus>ACTIVE</rr:RelationshipStatus></rr:Relationship></rr:RelationshipRecord>
</rr:RelationshipRecords></rr:RelationshipData>"""


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("IS_DIRECTLY_CONSOLIDATED_BY", ("PARENT", "controls", "CHILD", "accounting_consolidation")),
        ("IS_INTERNATIONAL_BRANCH_OF", ("CHILD", "branch_of", "PARENT", None)),
        ("IS_FUND-MANAGED_BY", ("PARENT", "controls", "CHILD", None)),
        ("IS_FEEDER_TO", ("CHILD", "invested_in", "PARENT", None)),
    ],
)
def test_relationships_of_gleif(tmp_path: Path, kind: str, expected: tuple[str | None, ...]) -> None:
    (link,) = read(tmp_path, "rr.xml", RELATION.format(kind=kind)).links
    assert (link.subject, link.relation, link.object, link.share_base) == expected
    assert link.share is None
    assert str(link.since) == "2012-11-29"


@pytest.mark.parametrize(
    "content",
    [
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><informationTable><infoTable><nameOfIssuer>&e;</nameOfIssuer></infoTable></informationTable>',
        '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><informationTable><infoTable><nameOfIssuer>&b;</nameOfIssuer></infoTable></informationTable>',  # noqa: E501 - as filed
        "<informationTable><infoTable><nameOfIssuer>A",
        "<unheard/>",
    ],
)
def test_xml_with_entities_or_damage_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(InputError, match=r"13f\.xml"):
        read(tmp_path, "13f.xml", content)


@pytest.mark.parametrize(
    "content",
    [
        '{"data": [{"type": "relationship-records", "attributes": ["none"]}], "meta": {}}',
        '{"data": [{"type": "lei-records", "attributes": {"entity": "none"}}], "meta": {}}',
        '[{"recordId": "a", "recordType": "person", "recordDetails": {"names": 7}}]',
        '[{"recordId": "a", "recordType": "entity", "recordDetails": {"nationalities": ["cn"]}}]',
    ],
)
def test_a_register_of_another_shape_is_refused_in_one_line(tmp_path: Path, content: str) -> None:
    with pytest.raises(InputError, match=r"register\.json: .* shape"):
        read(tmp_path, "register.json", content)


def test_an_answer_that_is_not_text_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "answer.json").write_bytes(b'{"data": ["\xff"], "meta": {}}')
    with pytest.raises(InputError, match=r"answer\.json: .* not UTF-8"):
        read_links(tmp_path / "answer.json")


def test_a_13f_table_holds_for_its_filer(tmp_path: Path) -> None:
    row = "<infoTable><nameOfIssuer>ALPHA CO</nameOfIssuer><titleOfClass>COM</titleOfClass><cusip>123456789</cusip><value>5000</value><putCall>Put</putCall></infoTable>"  # noqa: E501 - as filed
    found = read(tmp_path, "13f.xml", f"\n<?xml version='1.0'?><informationTable>{row}</informationTable>")
    (link,) = found.links
    assert (link.subject, link.relation, link.object, link.value) == (
        "Filer Inc.",
        "holds_securities_of",
        "ALPHA CO",
        5000,
    )
    assert link.qualifier == "COM, Put option"
    assert found.parties["ALPHA CO"].identifiers[0].value == "123456789"


def test_positions_make_funds_of_funds(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "p.csv",
        "holder,issuer,isin,share,value,currency\nPension,Fund,,10%,100,USD\nFund,Alpha,CNE100000PM8,1%,900,USD\n",
    )
    assert [(link.subject, link.object, link.value) for link in found.links] == [
        ("Pension", "Fund", 100),
        ("Fund", "Alpha", 900),
    ]


EXHIBIT = """<html><body><div>Exhibit 21</div><div>Subsidiaries of Filer Holdings, Inc.</div>
<div>as of December 31, 2025</div><table>
<tr><td>Name</td><td>Jurisdiction</td></tr><tr><td>Alpha LLC (1)</td><td>Delaware</td></tr>
<tr><td style="padding-left:20pt">Beta Ltd</td><td>Hong Kong</td></tr>
<tr><td>Gamma GmbH</td><td>Germany</td></tr></table></body></html>"""


def test_exhibit_21_shows_control_and_where_a_row_is_set_in(tmp_path: Path) -> None:
    path = tmp_path / "ex21.html"
    path.write_text(EXHIBIT, encoding="utf-8")
    found = read_links(path).links
    assert [(link.subject, link.object, link.object_incorporated_in) for link in found] == [
        ("Filer Holdings, Inc", "Alpha LLC", "US"),
        ("Filer Holdings, Inc", "Beta Ltd", "HK"),
        ("Alpha LLC", "Beta Ltd", "HK"),
        ("Filer Holdings, Inc", "Gamma GmbH", "DE"),
    ]
    assert {(link.relation, link.share, link.share_base) for link in found} == {
        ("controls", None, "accounting_consolidation")
    }
    assert str(found[0].stated_on) == "2025-12-31"


def test_what_an_entry_says_of_others_becomes_ties_without_a_share() -> None:
    entry = listing("Alpha")
    tied = type(entry)(**{
        **{name: getattr(entry, name) for name in entry.__struct_fields__},
        "ties": (ListedTie("linked_to", "Beta"), ListedTie("subordinate_of", "Gamma"), ListedTie("see_also", "Delta")),
    })  # fmt: skip
    assert [(link.subject, link.relation, link.object, link.share) for link in ties_of([tied])] == [
        ("Alpha", "partner_of", "Beta", None),
        ("Gamma", "controls", "Alpha", None),
    ]


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "links", "parties"),
    [
        ("holdings/13f_infotable.xml", 255, 163),
        ("holdings/nport.xml", 55, 32),
        ("holdings/13f_positions_2026-03-31_sample.csv.gz", 60_000, 9_168),
        ("ownership/gleif/cdf/lei-data.xml", 0, 13),
        ("ownership/gleif/cdf/lei-updates-data2.xml", 0, 12),
        ("ownership/gleif/cdf/rr-data.xml", 10, 0),
        ("ownership/gleif/cdf/rr-updates-data2.xml", 11, 0),
        ("ownership/gleif/cdf/repex-data.xml", 0, 0),
        ("ownership/gleif/lei2_2024-05-05.json.gz", 0, 577),
        ("ownership/sec_exhibit_21/ex21_aapl.html", 19, 0),
        ("ownership/sec_exhibit_21/ex21_xom.html", 204, 0),
    ],
)
def test_the_real_files_are_read_whole(shared: Path, name: str, links: int, parties: int) -> None:
    found = read_links(shared / "data" / name, holder="Filer Inc.")
    assert (len(found.links), len(found.parties)) == (links, parties)


CONSOLIDATED = "IS_DIRECTLY_CONSOLIDATED_BY"
ULTIMATELY = "IS_ULTIMATELY_CONSOLIDATED_BY"


@pytest.mark.shared
@pytest.mark.parametrize(
    ("kind", "files", "relations", "parties", "first_pages"),
    [
        ("single_lei_record", 12, {}, 12, 0),
        ("direct-parent", 3, {}, 3, 0),
        ("direct-children", 12, {}, 56, 2),
        ("ultimate-parent", 4, {}, 4, 0),
        ("ultimate-children", 12, {}, 58, 2),
        ("direct-parent-relationship", 3, {CONSOLIDATED: 3}, 0, 0),
        ("direct-child-relationships", 12, {CONSOLIDATED: 56}, 0, 2),
        ("ultimate-parent-relationship", 4, {ULTIMATELY: 4}, 0, 0),
        ("ultimate-child-relationships", 12, {ULTIMATELY: 58}, 0, 2),
    ],
)
def test_every_answer_of_the_gleif_api_is_read(
    shared: Path, kind: str, files: int, relations: dict[str, int], parties: int, first_pages: int
) -> None:
    found = [
        read_links(path) for path in sorted((shared / "data/ownership/gleif/api").glob(f"{kind}_*.json"))
    ]
    links = [link for one in found for link in one.links]
    assert len(found) == files
    assert Counter(link.qualifier for link in links) == relations
    assert all((link.relation, link.share) == ("controls", None) for link in links)
    assert sum(len(one.parties) for one in found) == parties
    remarks = [remark for one in found for remark in one.remarks]
    assert len(remarks) == first_pages
    assert all("give the files of the other pages" in remark for remark in remarks)


@pytest.mark.shared
def test_a_child_and_its_parent_say_the_same_of_each_other(shared: Path) -> None:
    folder = shared / "data/ownership/gleif/api"
    for path in sorted(folder.glob("direct-parent-relationship_*.json")):
        (link,) = read_links(path).links
        assert link.object == path.stem.partition("_")[2]
        (parent,) = read_links(folder / path.name.replace("-relationship", "")).parties
        assert link.subject == parent
    for path in sorted(folder.glob("direct-child-relationships_*.json")):
        children = {link.object for link in read_links(path).links}
        named = set(read_links(folder / path.name.replace("child-relationships", "children")).parties)
        assert {link.subject for link in read_links(path).links} <= {path.stem.partition("_")[2]}
        assert len(children) == len(named)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "kinds", "lapsed"),
    [
        (
            "rr-data.xml",
            {"IS_FUND-MANAGED_BY": 5, "IS_SUBFUND_OF": 3, CONSOLIDATED: 1, ULTIMATELY: 1},
            2,
        ),
        ("rr-updates-data2.xml", {"IS_FUND-MANAGED_BY": 4, CONSOLIDATED: 4, ULTIMATELY: 3}, 0),
    ],
)
def test_relationships_of_the_concatenated_files(
    shared: Path, name: str, kinds: dict[str, int], lapsed: int
) -> None:
    links = read_links(shared / "data/ownership/gleif/cdf" / name).links
    assert Counter(link.qualifier for link in links) == kinds
    assert sum(link.certainty == "lapsed" for link in links) == lapsed
    assert all(
        (link.share_base == "accounting_consolidation") == ("CONSOLIDATED" in str(link.qualifier))
        for link in links
    )


@pytest.mark.shared
def test_companies_that_report_no_parent_are_counted_by_reason(shared: Path) -> None:
    found = read_links(shared / "data/ownership/gleif/cdf/repex-data.xml")
    assert [(int(r.split()[1]), r.split(": ")[2].split(";")[0]) for r in found.remarks] == [
        (6, "NON_CONSOLIDATING"),
        (3, "NO_KNOWN_PERSON"),
        (1, "NON_PUBLIC"),
    ]


@pytest.mark.shared
def test_the_golden_copy_describes_every_company_of_its_records(shared: Path) -> None:
    path = shared / "data/ownership/gleif/lei2_2024-05-05.json.gz"
    with gzip.open(path, "rt", encoding="utf-8") as file:
        records = json.load(file)["records"]
    found = read_links(path)
    assert not found.remarks
    assert found.parties.keys() == {record["LEI"]["$"] for record in records}
    for record in records:
        party = found.parties[record["LEI"]["$"]]
        assert party.name == record["Entity"]["LegalName"]["$"].strip()
        assert party.countries == (record["Entity"]["LegalJurisdiction"]["$"][:2],)


def test_a_page_of_an_answer_says_that_it_is_one(tmp_path: Path) -> None:
    page = {"from": 16, "to": 20, "total": 40}
    found = read(tmp_path, "p.json", json.dumps({"meta": {"pagination": page}, "data": []}))
    assert found.remarks == ["p.json: holds records 16 to 20 of 40; give the files of the other pages too"]
