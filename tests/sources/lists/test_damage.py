"""Damaged releases of the international lists: each is refused whole, in one line that says what to do."""

from pathlib import Path

import pytest
from tests.sources.lists.reading import fit_to_load, read_bytes

from ringfence.errors import HeldBack, LayoutChanged, SourceError
from ringfence.sources.document import document_of

SAMPLES = Path(__file__).parents[2] / "lists"
XML = ["un_sc/sample.xml", "uk_sanctions/sample_xml.xml", "eu_fsf/sample_xml_1_1.xml", "eu_fsf/sample_xml_1_0.xml",
       "ca_sema/sample.xml", "ch_seco/sample.xml"]  # fmt: skip
CSV = ["uk_sanctions/sample.csv", "uk_ofsi/sample.csv", "uk_ofsi/sample_later.csv", "eu_fsf/sample_csv_old.csv",
       "eu_fsf/sample_csv_1_1.csv", "jp_meti/sample.csv"]  # fmt: skip
STRICT = [
    name
    for name in CSV
    if name not in ("uk_sanctions/sample.csv", "jp_meti/sample.csv", "eu_fsf/sample_csv_1_1.csv")
]
EVERY = [*XML, *CSV, "au_dfat/sample.xlsx"]
"""Of the others columns are known by name, in any order."""

LAUGHS = b"""<!DOCTYPE root [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">
<!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;"><!ENTITY e SYSTEM "file:///etc/passwd">]>"""


def sample(name: str) -> tuple[str, bytes]:
    return name.partition("/")[0], (SAMPLES / name).read_bytes()


def refused(source_id: str, data: bytes) -> str:
    """The reason for which a release is refused, by its parser or by the checks that follow."""
    with pytest.raises(SourceError) as caught:  # noqa: PT012 - either step may be the one that refuses
        _, account = read_bytes(source_id, data)
        fit_to_load(source_id, account)
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 700
    return message


@pytest.mark.parametrize("name", EVERY)
def test_an_error_page_with_status_200_is_no_list(name: str) -> None:
    source_id, _ = sample(name)
    page = b"<!DOCTYPE html>\n<html><body><h1>503 Service Unavailable</h1></body></html>"
    assert "html" in refused(source_id, page)
    refused(source_id, b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body/></html>')


@pytest.mark.parametrize("name", EVERY)
def test_a_sample_is_not_a_release(name: str) -> None:
    source_id, data = sample(name)
    assert "expected. Nothing was loaded" in refused(source_id, data).replace(";", ".")


@pytest.mark.parametrize("name", EVERY)
def test_an_empty_file_and_one_of_ten_times_the_size_are_not_read(name: str) -> None:
    source_id, data = sample(name)
    assert "the file is empty" in refused(source_id, b"")
    with pytest.raises(HeldBack, match="larger than"):
        document_of(name, data, len(data) // 10)


@pytest.mark.parametrize("name", XML)
@pytest.mark.parametrize("part", [0.3, 0.6, 0.99])
def test_xml_that_is_cut_off_is_held_back(name: str, part: float) -> None:
    source_id, data = sample(name)
    assert "Get it again" in refused(source_id, data[: int(len(data) * part)]).replace("; get", ". Get")


@pytest.mark.parametrize("name", XML)
def test_xml_with_a_document_type_is_not_read_further(name: str) -> None:
    source_id, data = sample(name)
    declaration, rest = data.split(b"?>", 1)
    assert "declares a document type" in refused(source_id, declaration + b"?>" + LAUGHS + rest)


@pytest.mark.parametrize("name", XML)
def test_another_root_is_another_file(name: str) -> None:
    source_id, data = sample(name)
    root = next(
        tag
        for tag in (
            b"CONSOLIDATED_LIST",
            b"Designations",
            b"export",
            b"WHOLE",
            b"data-set",
            b"swiss-sanctions-list",
        )
        if b"</" + tag + b">" in data
    )
    with pytest.raises(LayoutChanged, match="root element is 'other'"):
        read_bytes(source_id, data.replace(b"<" + root, b"<other").replace(b"</" + root, b"</other"))


@pytest.mark.parametrize("name", CSV)
def test_a_table_cut_within_a_row_is_held_back(name: str) -> None:
    source_id, data = sample(name)
    rows = data.rstrip().rsplit(b"\n", 1)
    assert refused(source_id, rows[0] + b'\n"' + rows[1][:20])


@pytest.mark.parametrize("name", STRICT)
def test_a_header_that_stands_in_the_file_twice_is_held_back(name: str) -> None:
    source_id, data = sample(name)
    lines = data.splitlines(keepends=True)
    header = 0 if source_id == "eu_fsf" else 1
    assert "header stands again" in refused(source_id, b"".join([*lines, lines[header]]))


@pytest.mark.parametrize("name", STRICT)
def test_columns_in_another_order_are_a_new_layout(name: str) -> None:
    source_id, data = sample(name)
    lines = data.splitlines(keepends=True)
    header = 0 if source_id == "eu_fsf" else 1
    mark = b";" if source_id == "eu_fsf" else b","
    cells = lines[header].split(mark)
    lines[header] = mark.join([*cells[:2], cells[3], cells[2], *cells[4:]])
    with pytest.raises(LayoutChanged, match="another order"):
        read_bytes(source_id, b"".join(lines))


@pytest.mark.parametrize("name", CSV)
def test_another_encoding_is_refused(name: str) -> None:
    source_id, data = sample(name)
    text = data.decode(
        "cp1252"
        if source_id in ("uk_ofsi", "eu_fsf") and "later" not in name and "1_1" not in name
        else "utf-8"
    )
    refused(source_id, text.encode("utf-16"))


@pytest.mark.parametrize("name", EVERY)
def test_bytes_of_nothing_in_particular_are_refused(name: str) -> None:
    source_id, _ = sample(name)
    refused(source_id, bytes(range(256)) * 20)
    refused(source_id, b"\x00" * 5_000)
