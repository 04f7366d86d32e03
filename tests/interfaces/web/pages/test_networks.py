"""Networks and simulations on the pages: the table says what the picture shows, and what is damaged is refused."""

import gzip
import io
import zipfile

import pytest

from tests.interfaces.web.pages.reading import Reader

LINKS = """subject,relation,object,share,source,asserted_by
Chipmaker Inc,supplies,Hangzhou Hikvision Digital Technology Co.,,invoice 7,our own books
Hangzhou Hikvision Digital Technology Co.,owns,Ezviz Inc,60%,annual report,Hikvision
Ezviz Inc,owns,<b>Retail</b> GmbH,100%,register,Handelsregister
Plain Bakery,supplies,Chipmaker Inc,,invoice 8,our own books
"""
ORDERS = """id,party,party_country,direction,item,value,currency,on,origin,eccn,subject_to_ear
O-1,Chipmaker Inc,US,buy,imaging chips,5000,USD,2019-10-12,US,3A991,yes
"""
BILL = """item,component,supplier,supplier_country,tier,value,currency,origin,eccn,source
Camera,Sensor,Chipmaker Inc,US,1,12,USD,US,3A991,our books
"""


def drawn(reader: Reader) -> tuple[int, int]:
    """Boxes and lines of the picture."""
    return len(reader.page.xpath("//*[contains(@class, 'box ')]")), len(
        reader.page.xpath("//*[starts-with(@class, 'tie ')]")
    )


def told(reader: Reader) -> tuple[int, int]:
    """Rows of the tables of parties and ties."""
    parties, ties = (
        reader.page.xpath(f"//h2[@id='{one}']/following-sibling::div[1]//tbody/tr")
        for one in ("parties", "ties")
    )
    return len(parties), len(ties)


def bring(reader: Reader, content: str | bytes = LINKS, name: str = "links.csv") -> str:
    reader.open("/network")
    reader.send("/network", files={"links": (name, content)})
    return str(reader.answer.url.path)


def test_the_table_says_what_the_picture_shows(writer: Reader) -> None:
    path = bring(writer)
    assert drawn(writer) == told(writer) == (5, 4)
    assert "<b>Retail" not in writer.answer.text
    writer.open(path, find="Ezviz Inc")
    assert drawn(writer) == told(writer) == (3, 2)
    assert "60%" in writer.text
    assert "owned · red flag" in writer.text
    assert writer.page.xpath("//tr[@data-path='p1']")
    writer.open(path, relation="supplies")
    assert drawn(writer) == told(writer) == (3, 2)
    writer.open(path, status="listed")
    assert told(writer)[0] == 1
    writer.open(path, find="nobody of this name")
    assert "No party" in writer.text
    writer.send(f"{path}/delete")
    assert writer.get(path).status_code == 404


def test_a_party_is_opened_and_a_path_is_lit_by_address_alone(writer: Reader) -> None:
    path = bring(writer)
    writer.open(path, find="Plain Bakery")
    assert told(writer) == (2, 1)
    opening = next(one for one in writer.page.xpath("//table//a/@href") if "open=" in one)
    writer.open(opening)
    assert told(writer) == (3, 2)
    writer.open(path, find="Chipmaker Inc")
    writer.open(writer.page.xpath("//a[@class='light']/@href")[0])
    assert writer.page.xpath("//*[starts-with(@class, 'tie ') and contains(@class, ' lit')]")


def test_a_party_is_found_by_another_name_of_it(writer: Reader) -> None:
    writer.open("/network/reference-2019", find="Hangzhou Hikvision Digital Technology Co., Ltd.")
    assert "Hikvision" in writer.page.xpath("//h1")[0].text_content()


@pytest.mark.parametrize("name", ["reference-2019", "listed-ties"])
def test_networks_that_nobody_has_to_bring(writer: Reader, name: str) -> None:
    writer.open(f"/network/{name}")
    assert writer.answer.status_code == 200
    assert drawn(writer)[0] == told(writer)[0]


@pytest.mark.parametrize(
    "query",
    [
        {"party": "../../x", "open": ["x" * 3_000, "0"], "relation": "'; --", "status": "<b>", "path": "7"},
        {"hops": "99"},
        {"regime": "mars"},
        {"path": "-1"},
        {"as_of": "never"},
        {"find": "x" * 5_000},
        {"find": "<script>alert(1)</script>\u202e"},
    ],
)
def test_odd_addresses_are_answered_or_refused(writer: Reader, query: dict[str, str]) -> None:
    writer.open("/network/reference-2019", **query)
    assert writer.answer.status_code in (200, 400)
    assert "<script>alert" not in writer.answer.text


def _far_cell() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr(
            "xl/worksheets/sheet1.xml", "<sheetData><row r='1048576'><c r='XFD1048576'/></row></sheetData>"
        )
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"subject,relation\nA,owns\n", "object"),
        (b"subject,relation,object,share\nA,owns,B,lots\n", "row 2"),
        (b"\x89PNG\r\n\x1a\n", "picture"),
        (b"subject,relation,object\n" + b"".join(b"A%d,owns,B\n" % n for n in range(20_001)), "20,001 links"),
        (_far_cell(), "span"),
        (gzip.compress(b"subject,relation,object\n" + b"A,owns,B\n" * 10_000_000), "bomb"),
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>", ""),
    ],
    ids=["empty", "no column", "bad share", "picture", "many links", "far cell", "gzip bomb", "entities"],
)
def test_damaged_links_are_refused_and_not_kept(writer: Reader, content: bytes, says: str) -> None:
    writer.open("/network")
    before = len(writer.page.xpath("//section//li"))
    writer.send("/network", files={"links": ("bad.csv", content)})
    assert writer.answer.status_code in (400, 422)
    assert says in writer.text
    assert "/uploads/" not in writer.answer.text
    writer.open("/network")
    assert len(writer.page.xpath("//section//li")) == before


def test_a_simulation_says_what_turns_red(writer: Reader) -> None:
    writer.open("/simulate")
    files = [
        ("links", ("links.csv", LINKS)),
        ("orders", ("orders.csv", ORDERS)),
        ("products", ("bill.csv", BILL)),
    ]
    writer.send("/simulate", files=files, listed="Chipmaker Inc", as_list="sdn", on="2019-10-12")
    path = str(writer.answer.url.path)
    assert path.startswith("/simulate/"), writer.text[:500]
    assert "no source left" in writer.text
    assert "O-1" in writer.text
    after = drawn(writer)
    assert "listed" in {one.split()[1] for one in writer.page.xpath("//*[contains(@class, 'box ')]/@class")}
    writer.open(path, show="before")
    assert drawn(writer) == after
    chipmaker = writer.page.xpath("//*[contains(@class, 'box ')][.//*[text()='Chipmaker Inc']]/@class")[0]
    assert "none" in chipmaker.split()
    writer.open("/simulate")
    assert "Chipmaker Inc" in writer.text


def test_a_citation_stands_for_the_entries_of_its_rule(writer: Reader) -> None:
    writer.open("/simulate")
    writer.send(
        "/simulate",
        listed="84 FR 54002",
        on="2019-10-09",
        as_of="2019-10-08",
        sets="reference-2019",
        files={"links": ("", b"")},
    )
    assert "28" in writer.text
    assert "license required" in writer.text


@pytest.mark.parametrize(
    ("fields", "status", "says"),
    [
        ({"sets": "reference-2019"}, 422, "Say what to suppose"),
        ({"listed": "X"}, 422, "Choose a network"),
        ({"listed": "99 FR 99999", "sets": "reference-2019"}, 422, "no entry"),
        ({"listed": "\n".join(f"P{n}" for n in range(101)), "sets": "reference-2019"}, 422, "at most 100"),
        ({"listed": "X", "as_list": "moon", "sets": "reference-2019"}, 400, ""),
        ({"listed": "X", "on": "soon", "sets": "reference-2019"}, 400, ""),
        ({"listed": "x" * 10_001, "sets": "reference-2019"}, 422, "10,000"),
        ({"listed": "<script>alert(1)</script>", "sets": "reference-2019"}, 200, ""),
    ],
)
def test_what_cannot_be_supposed_is_told(
    writer: Reader, fields: dict[str, str], status: int, says: str
) -> None:
    writer.open("/simulate")
    writer.send("/simulate", files={"links": ("", b"")}, **fields)
    assert writer.answer.status_code == status, writer.text[:400]
    assert says in writer.text
    assert "<script>alert" not in writer.answer.text
