"""Columns are recognised, shown and overruled; every row asks one question and nothing is lost."""

import csv
import datetime as dt
import io
from pathlib import Path

import msgspec
import pytest

from ringfence.errors import InputError
from ringfence.interfaces.batch import Mapping, find_columns, open_table, read_queries, targets
from ringfence.interfaces.batch import columns as columns_module
from ringfence.records import Identifier, Query


def table_of(folder: Path, header: list[str], *rows: list[str]) -> Path:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([header, *(rows or [["x"] * len(header)])])
    path = folder / "p.csv"
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


def mapped(folder: Path, header: list[str], *given: str) -> Mapping:
    with open_table(table_of(folder, header)) as table:
        return find_columns(table, given)


def asked(
    folder: Path, header: list[str], *rows: list[str], given: tuple[str, ...] = ()
) -> list[tuple[Query, tuple[str, ...]]]:
    with open_table(table_of(folder, header, *rows)) as table:
        return list(read_queries(table, find_columns(table, given)))


def refusal(folder: Path, header: list[str], *given: str) -> str:
    with pytest.raises(InputError) as refused:
        mapped(folder, header, *given)
    assert "\n" not in str(refused.value)
    return str(refused.value)


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (["Vendor No.", "Vendor_Name", "Country/Region", "ZIP"], "id name country postal_code"),
        (["编号", "供应商", "国家", "统一社会信用代码"], "id name country uscc"),
        (["公司名称", "英文名称", "所在国家", "地址"], "name aliases country address"),
        (["Lieferantennummer", "Lieferant", "Land", "PLZ", "Ort"], "id name country postal_code city"),
        (["Raison sociale", "Pays", "Adresse", "Ville"], "name country address city"),
        (["Razón social", "País", "Dirección", "Ciudad"], "name country address city"),
        (["会社名", "国", "住所"], "name country address"),
        (["Full name*", "Date of birth", "Nationality", "Passport No"], "name birth_date country passport"),
        (["NAME (legal)", "Type", "IMO number", "D-U-N-S"], "name kind imo duns"),
        (["English Name", "Country"], "name country"),
    ],
)
def test_common_headings_are_recognised(tmp_path: Path, header: list[str], found: str) -> None:
    mapping = mapped(tmp_path, header)
    by_place = sorted(mapping.columns, key=lambda column: column.index)
    assert [column.target for column in by_place] == found.split()
    assert not mapping.unused


def test_the_mapping_says_what_is_used_and_what_is_not(tmp_path: Path) -> None:
    shown = "\n".join(mapped(tmp_path, ["Name", "Company", "Spend", "Land"]).lines())
    assert "name     from column 'Name'" in shown
    assert "country  from column 'Land'" in shown
    assert "'Company', which could be name too; say --map name=Company" in shown
    assert "not used: 'Spend'" in shown


def test_what_the_user_says_wins(tmp_path: Path) -> None:
    mapping = mapped(tmp_path, ["Name", "Vendor", "Code"], "name=Vendor", "duns=#3", "aliases=name")
    assert [(c.target, c.title) for c in mapping.columns] == [
        ("name", "Vendor"),
        ("aliases", "Name"),
        ("duns", "Code"),
    ]


@pytest.mark.parametrize(
    ("header", "given", "told"),
    [
        (
            ["Spend", "Buyer"],
            (),
            "no column of names; the columns are 'Spend', 'Buyer'; say which one it is with --map",
        ),
        (["name"], ("nmae=name",), "nothing is called 'nmae'; the targets are id, name, kind"),
        (["name"], ("name=Vendor",), "no column 'Vendor'; the columns are 'name'"),
        (["name"], ("name",), "write target=column"),
        (["name", "b"], ("name=name", "name=b"), "name has a column already"),
        (["Name", "Name"], (), "2 columns are called 'Name' (#1, #2); choose one, for example --map name=#1"),
        (["x", "x"], ("name=x",), "2 columns are called 'x'; choose one by its place (#1, #2)"),
    ],
)
def test_a_mapping_that_cannot_be_is_refused(
    tmp_path: Path, header: list[str], given: tuple[str, ...], told: str
) -> None:
    assert told in refusal(tmp_path, header, *given)


def test_a_title_that_stands_twice_matters_only_where_it_is_used(tmp_path: Path) -> None:
    assert mapped(tmp_path, ["Name", "Note", "", "Note"]).unused == ("Note", "#3", "Note")


def test_a_row_becomes_a_question_with_all_its_evidence(tmp_path: Path) -> None:
    header = [
        "id",
        "name",
        "kind",
        "country",
        "address",
        "city",
        "postal code",
        "dob",
        "aka",
        "lei",
        "Tax ID",
    ]
    row = [
        "7",
        " Foo ",
        "Individual",
        "VR China; HK",
        "1 Road",
        "Ürümqi",
        "830000",
        "1980-04",
        "Fu; Fou|Foe",
        "L1",
        "T1;T2",
    ]
    ((query, remarks),) = asked(tmp_path, header, row)
    assert remarks == ()
    assert msgspec.structs.replace(query, birth_date=None) == Query(
        name=" Foo ",
        id="7",
        kind="person",
        aliases=("Fu", "Fou", "Foe"),
        countries=("CN", "HK"),
        address="1 Road",
        city="Ürümqi",
        postal_code="830000",
        identifiers=(
            Identifier("lei", "L1", label="lei"),
            Identifier("tax", "T1", label="Tax ID"),
            Identifier("tax", "T2", label="Tax ID"),
        ),
        row=1,
    )
    assert query.birth_date is not None
    assert (query.birth_date.first, query.birth_date.last) == (dt.date(1980, 4, 1), dt.date(1980, 4, 30))


def test_every_row_asks_in_order_and_an_empty_one_says_so(tmp_path: Path) -> None:
    found = asked(tmp_path, ["id", "name"], ["1", "Foo"], ["2", " \u200b"], ["", ""], ["4", "Bar"])
    assert [(query.row, query.id, query.name) for query, _ in found] == [
        (1, "1", "Foo"),
        (2, "2", ""),
        (3, None, ""),
        (4, "4", "Bar"),
    ]
    assert "p.csv, row 3: the name is empty" in found[1][1][0]
    assert "p.csv, row 4: the row is blank" in found[2][1][0]


def test_a_duplicate_names_the_row_that_it_repeats(tmp_path: Path) -> None:
    rows = [["Acme, Inc.", "US"], ["ACME INC", "USA"], ["Acme Inc", "CN"], ["ＡＣＭＥ inc.", "us"]]
    remarks = [remarks for _, remarks in asked(tmp_path, ["name", "country"], *rows)]
    assert [len(found) for found in remarks] == [0, 1, 0, 1]
    assert "row 3: the same name and country as in row 2" in remarks[1][0]
    assert "row 5: the same name and country as in row 2" in remarks[3][0]


def test_what_is_not_understood_stands_in_the_remarks_verbatim(tmp_path: Path) -> None:
    header = ["name", "country", "dob", "kind"]
    found = asked(
        tmp_path, header, ["Foo", "Atlantis", "soon", "distributor"], ["Bar", "US", "1980", "distributor"]
    )
    said = " ".join(found[0][1])
    assert "'Atlantis'" in said
    assert "'soon'" in said
    assert "'distributor'" in said
    assert found[1][1] == ()


def test_a_birth_date_that_reads_two_ways_allows_both(tmp_path: Path) -> None:
    found = asked(tmp_path, ["name", "dob"], ["A", "03/04/1980"], ["B", "25/04/1980"], ["C", "04/04/1980"])
    spans = [(query.birth_date.first, query.birth_date.last) for query, _ in found if query.birth_date]
    assert spans == [
        (dt.date(1980, 3, 4), dt.date(1980, 4, 3)),
        (dt.date(1980, 4, 25), dt.date(1980, 4, 25)),
        (dt.date(1980, 4, 4), dt.date(1980, 4, 4)),
    ]
    assert [len(remarks) for _, remarks in found] == [1, 0, 0]


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "@SUM(A1)", "#REF!"])
def test_a_name_that_a_spreadsheet_made_is_remarked_on_and_searched(tmp_path: Path, name: str) -> None:
    ((query, remarks),) = asked(tmp_path, ["name"], [name])
    assert query.name == name
    assert "row 2: the name" in remarks[0]


def test_identifiers_of_any_scheme_come_from_json(tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text('{"name": "Foo", "identifiers": {"USCC": "91", "ogrn": "5"}, "aliases": ["A; B"]}\n')
    with open_table(path) as table:
        ((query, _),) = read_queries(table, find_columns(table))
    assert [(i.scheme, i.value) for i in query.identifiers] == [("uscc", "91"), ("ogrn", "5")]
    assert query.aliases == ("A; B",)


def test_no_heading_of_the_table_stands_for_two_targets() -> None:
    table = columns_module._table()
    met: dict[str, str] = {}
    for target, words in (*table.headings.items(), *table.schemes.items()):
        for word in words:
            key = columns_module._heading_key(word)
            assert met.setdefault(key, target) == target, word
    assert set(met.values()) == set(targets())


@pytest.mark.shared
def test_a_published_list_reads_as_a_table_of_parties(shared: Path) -> None:
    with open_table(shared / "data/au/dfat_2026-08-02.xlsx") as table:
        mapping = find_columns(table)
        count = sum(1 for _ in read_queries(table, mapping))
    assert mapping.of("name")
    assert count > 1_000


def test_each_of_several_names_in_a_cell_is_looked_for(tmp_path: Path) -> None:
    rows = ["Huawei Technologies Co Ltd; ZTE", "Futurewei"], ["M&amp;M; Co", ""], ["Acme;", ""]
    found = asked(tmp_path, ["name", "aliases"], *rows)
    (two, said), (entity, quiet), (one, silent) = found
    assert two.name == "Huawei Technologies Co Ltd; ZTE"
    assert two.aliases == ("Huawei Technologies Co Ltd", "ZTE", "Futurewei")
    assert said[0].endswith(
        "the cell holds 2 names, and each was looked for; give each party a row of its own"
    )
    assert (entity.aliases, quiet, one.aliases, silent) == ((), (), (), ())
    [(many, told)] = asked(tmp_path, ["name"], ["; ".join(f"Name {number}" for number in range(30))])
    assert len(many.aliases) == 20
    assert "the cell holds 30 names, and the first 20 were looked for" in told[0]
