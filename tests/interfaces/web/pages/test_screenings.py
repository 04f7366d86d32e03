"""A file on the pages: brought, mapped, screened, read, taken away; refused whole when it is damaged; its owner's alone."""

import gzip
import io
import socket
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest

from ringfence import Settings
from ringfence.interfaces.web.access.registry import Registry
from ringfence.interfaces.web.application import create_app
from ringfence.interfaces.web.service import Service
from ringfence.review import Desk, Stake
from tests.interfaces.web.conftest import NOW
from tests.interfaces.web.pages.conftest import Read
from tests.interfaces.web.pages.reading import Reader
from tests.interfaces.web.serving import serving

SUPPLIERS = """name,country,note
Hangzhou Hikvision Digital Technology Co.,CN,<script>alert(1)</script>
Plain Bakery,FR,
=1+1,DE,
"""
PASSWORD = "correct horse battery"


def bring(reader: Reader, content: str | bytes = SUPPLIERS, name: str = "suppliers.csv") -> str:
    """Upload a file; the path of its page."""
    reader.open("/screenings")
    reader.send("/screenings", files={"file": (name, content)})
    return str(reader.answer.url.path)


def screened(reader: Reader, content: str | bytes = SUPPLIERS, name: str = "suppliers.csv") -> str:
    """Upload a file and screen it with the columns found; the path of its page."""
    path = bring(reader, content, name)
    reader.send(f"{path}/start")
    for _ in range(600):
        reader.open(path)
        if reader.page.xpath("//ul[contains(@class, 'filters')]") or reader.page.xpath(
            "//*[contains(@class, 'bad')]"
        ):
            return path
        time.sleep(0.05)
    raise AssertionError("the run did not end")


def test_a_file_is_mapped_screened_filtered_and_taken_away(writer: Reader) -> None:
    path = bring(writer)
    selects = {one.get("name"): one.value for one in writer.page.xpath("//table//select")}
    assert selects == {"column.0": "name", "column.1": "country", "column.2": ""}
    assert "Plain Bakery" in writer.text
    path = screened(writer)
    assert [
        one.text_content().strip() for one in writer.page.xpath("//ul[contains(@class, 'filters')]//b")
    ] == [
        "3",
        "1",
        "0",
        "2",
        "1",
    ]
    assert "what a spreadsheet computes" in writer.text
    writer.open(path, show="hit")
    assert "Hikvision" in writer.text
    assert "Plain Bakery" not in writer.text
    assert "84 FR 54002" in writer.text
    for form, mark in (
        ("csv", b",'=1+1,"),
        ("jsonl", b'"schema":"ringfence/1"'),
        ("xlsx", b"PK"),
        ("html", b"Hikvision"),
    ):
        answer = writer.get(f"{path}/results/{form}")
        assert answer.status_code == 200
        assert mark in answer.content
        assert "nosniff" in answer.headers["x-content-type-options"]
        assert "script-src" not in answer.headers["content-security-policy"]
    assert writer.get(f"{path}/results/exe").status_code == 404
    for asked, language, title in (
        ("", "en", "Findings"),
        ("?lang=zh", "zh-Hans", "结果"),
        ("?lang=en", "en", "Findings"),
    ):
        answer = writer.get(f"{path}/results/html{asked}")
        assert answer.headers["content-language"] == writer.page.get("lang") == language
        assert writer.page.xpath("string(//h2[@id='findings'])") == title
    assert writer.get(f"{path}/results/csv?lang=zh").content == writer.get(f"{path}/results/csv").content
    writer.open("/screenings")
    assert "suppliers.csv" in writer.text
    writer.open(path)
    writer.send(f"{path}/delete")
    assert "deleted" in writer.text
    assert writer.get(path).status_code == 404


def test_columns_are_corrected_and_a_wrong_choice_is_told(writer: Reader) -> None:
    path = bring(writer, "a,b\nHikvision,CN\n")
    assert writer.answer.status_code == 200
    writer.send(f"{path}/start")
    assert writer.answer.status_code == 422
    assert "no column is read as the name" in writer.text
    writer.send(f"{path}/start", **{"column.0": "name", "column.1": "name"})
    assert writer.answer.status_code == 422
    assert "both to be the name" in writer.text
    writer.send(f"{path}/start", **{"column.0": "name", "column.1": "bogus"})
    assert writer.answer.status_code == 422
    writer.send(f"{path}/start", **{"column.0": "name", "column.1": "country", "threshold": "7"})
    assert writer.answer.status_code == 422
    writer.send(
        f"{path}/start", **{"column.0": "name", "column.1": "country", "threshold": "", "lists": ["nonsense"]}
    )
    for _ in range(200):
        writer.open(path)
        if "unknown list" in writer.text:
            break
        time.sleep(0.05)
    assert "unknown list" in writer.text, "the run failed and says why"


def _bomb() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"<row>" + b"<c r='A1'/>" * 6_000_000)
    return buffer.getvalue()


def _far() -> bytes:
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
        (lambda: b"", "empty"),
        (lambda: b"%PDF-1.7", "PDF"),
        (lambda: b"name\n", "only a header"),
        (lambda: b",".join(b"c%d" % n for n in range(3_000)) + b"\nx\n", "columns"),
        (lambda: b"name\n" + b"x" * 2_000_000, ""),
        (lambda: gzip.compress(b"name\n" + b"A\n" * 60_000_000), "bomb"),
        (lambda: gzip.compress(SUPPLIERS.encode())[:-9], "gzip"),
        (_bomb, "bomb"),
        (_far, "span"),
        (lambda: b"PK\x03\x04" + b"\0" * 50, "workbook"),
        (lambda: b"PAR1" + b"\0" * 50, "Parquet"),
    ],
    ids=[
        "empty",
        "pdf",
        "header",
        "columns",
        "line",
        "gzip bomb",
        "cut gzip",
        "zip bomb",
        "far cell",
        "cut workbook",
        "cut parquet",
    ],
)
def test_what_is_no_table_is_refused_and_nothing_is_kept(
    writer: Reader, content: Callable[[], bytes], says: str
) -> None:
    writer.open("/screenings")
    before = writer.page.xpath("//tbody/tr")
    writer.send("/screenings", files={"file": ("vendors.xlsx", content())})
    assert writer.answer.status_code in (400, 422)
    assert says in writer.text
    writer.open("/screenings")
    assert len(writer.page.xpath("//tbody/tr")) == len(before)


@pytest.mark.parametrize(
    "name",
    [
        "../../../etc/passwd.csv",
        "a\r\nX: y.csv",
        "<img src=x onerror=alert(1)>.csv",
        "公司" * 200 + ".csv",
        "\u202egpj.csv",
    ],
)
def test_a_hostile_file_name_is_shown_harmlessly(writer: Reader, name: str) -> None:
    path = bring(writer, name=name)
    assert path.startswith("/screenings/")
    assert "<img src=x" not in writer.answer.text
    assert "\u202e" not in writer.text
    assert "etc/" not in writer.text


def test_nothing_chosen_and_too_much_are_refused(writer: Reader) -> None:
    writer.open("/screenings")
    writer.send("/screenings", files={"file": ("", b"")})
    assert writer.answer.status_code in (400, 422)
    writer.open("/screenings")
    writer.send("/screenings", files={"file": ("big.csv", b"name\n" + b"A\n" * 9_000_000)})
    assert writer.answer.status_code == 413
    writer.open("/screenings")
    form = {f"field{n}": "x" for n in range(3_000)}
    writer.send("/screenings", files={"file": ("a.csv", b"name\nA\n")}, **form)
    assert writer.answer.status_code in (200, 400, 413)
    writer.open("/screenings")
    writer.send("/screenings")
    assert writer.answer.status_code == 422


def test_long_names_formulas_and_markup_come_out_as_text(writer: Reader) -> None:
    names = [
        "x" * 10_000,
        "<b>bold</b>",
        '=HYPERLINK("http://evil.example")',
        "{{7*7}}",
        "'; DROP TABLE--",
        "a\u202eb",
    ]
    rows = "name\n" + "\n".join('"' + one.replace('"', '""') + '"' for one in names)
    path = screened(writer, rows)
    assert "<b>bold" not in writer.answer.text
    assert "49" not in writer.text.replace("{{7*7}}", "")
    assert writer.answer.status_code == 200
    sheet = writer.get(f"{path}/results/csv").text
    assert "'=HYPERLINK" in sheet
    assert ",=HYPERLINK" not in sheet


@pytest.fixture
def guarded_folder(settings: Settings, registry: Registry, tmp_path: Path) -> Iterator[httpx2.Client]:
    service = Service(
        anonymous="never", access=registry.location, uploads=str(tmp_path / "uploads"), secure_cookies=False
    )
    for name, role in (("ann", "analyst"), ("bob", "analyst"), ("eve", "viewer"), ("zoe", "approver")):
        registry.put_person(name, role, now=NOW, password=PASSWORD)  # type: ignore[arg-type]
    with serving(create_app(settings, now=lambda: NOW, service=service)) as client:
        yield client


def test_a_run_is_its_owners_and_the_approvers(guarded_folder: httpx2.Client, read: Read) -> None:
    def signed_in(name: str) -> Reader:
        reader = read(guarded_folder)
        reader.open("/sign-in")
        reader.send("/sign-in", name=name, password=PASSWORD)
        return reader

    ann, bob, eve, zoe = map(signed_in, ("ann", "bob", "eve", "zoe"))
    path = screened(ann)
    assert bob.get(path).status_code == 404
    assert bob.get(f"{path}/results/csv").status_code == 404
    bob.open("/screenings")
    assert "suppliers.csv" not in bob.text
    assert bob.post(f"{path}/delete", csrf=bob.token()).status_code == 404
    assert eve.get("/screenings").status_code == 403
    assert eve.get(path).status_code == 403
    zoe.open("/screenings")
    assert "suppliers.csv" in zoe.text
    assert "ann" in zoe.text
    zoe.open(path)
    assert "Hikvision" in zoe.text
    assert ann.get(path).status_code == 200
    assert bob.post(f"{path}/delete").status_code == 403, "without a token"


def test_hits_become_alerts_once(stored: httpx2.Client, read: Read, tmp_path: Path) -> None:
    reader = read(stored)
    path = screened(
        reader, "id,name,country\nS-1,Hangzhou Hikvision Digital Technology Co.,CN\nS-2,Plain Bakery,FR\n"
    )
    assert "ledger as line 1" in reader.text
    reader.send(f"{path}/alerts")
    assert "Alerts: 1 new" in reader.text
    reader.send(f"{path}/alerts")
    assert "Alerts: 0 new, 0 opened again, 1 known" in reader.text
    with Desk.open(str(tmp_path / "store.db")) as desk:
        alert = desk.alert(1)
        assert (alert.case.source, alert.case.subject) == ("suppliers.csv", "S-1")
        assert desk.verify() == ()


def test_alerts_of_an_upload_sort_by_its_amounts(stored: httpx2.Client, read: Read) -> None:
    reader = read(stored)
    path = screened(
        reader,
        "id,name,annual spend,currency\nS-1,Hikvision,900.50,EUR\nS-2,Hikvision,20000,EUR\n"
        'S-3,Hikvision,"1,234",EUR\n',
    )
    assert "amount    from column 'annual spend'" in reader.answer.text.replace("&#39;", "'")
    reader.send(f"{path}/alerts")
    assert "Alerts: 3 new" in reader.text
    found = stored.get("/api/v1/alerts?source=suppliers.csv&sort=amount").json()["alerts"]
    assert [(one["subject"], one.get("amount"), one.get("currency")) for one in found] == [
        ("S-2", 20000, "EUR"),
        ("S-1", 900.5, "EUR"),
        ("S-3", None, None),
    ]


def test_the_rows_of_a_party_are_added_up_and_what_is_not_read_is_kept(
    stored: httpx2.Client, read: Read, tmp_path: Path
) -> None:
    reader = read(stored)
    path = screened(
        reader,
        "id,name,annual spend,currency\nS-1,Hikvision,900.50,EUR\nS-1,Unlike Bakery,99.50,EUR\nS-1,Hikvision,5,USD\n"
        'S-2,Hikvision,"1,234",EUR\n,Dahua Technology,10,EUR\n,Dahua Technology,20,EUR\n',
    )
    reader.send(f"{path}/alerts")
    with Desk.open(str(tmp_path / "store.db")) as desk:
        found = {
            one.row: one.facts.at_stake for one in (desk.alert(n.alert).case for n in desk.queue().alerts)
        }
    assert found == {
        1: (Stake(1000.0, "EUR"), Stake(5.0, "USD")),
        4: (Stake(unread="1,234"),),
        5: (Stake(30.0, "EUR"),),
    }
    reader.open("/alerts", sort="amount")
    assert "currencies are not compared" in reader.text
    rows = [
        one.text_content().split("EUR")[0].split()[-1]
        for one in reader.page.xpath("//td[contains(@class, 'amount')]")
    ]
    assert rows[0] == "1,000"


def test_without_a_store_there_is_no_desk(writer: Reader) -> None:
    path = screened(writer)
    writer.send(f"{path}/alerts")
    assert "no store to keep alerts in" in writer.text


def test_an_upload_that_breaks_off_leaves_nothing(plain: httpx2.Client, writer: Reader) -> None:
    writer.open("/screenings")
    before = len(writer.page.xpath("//tbody/tr"))
    token, cookie = writer.token(), writer.cookies()["ringfence_form"]
    begun = (
        f'--x\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n{token}\r\n'
        '--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nname\nHikvision\n'
    )
    head = (
        f"POST /screenings HTTP/1.1\r\nHost: {plain.base_url.host}\r\nCookie: ringfence_form={cookie}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 100000\r\n\r\n"
    )
    with socket.create_connection((plain.base_url.host, plain.base_url.port or 80)) as slow:
        slow.sendall((head + begun).encode())
        time.sleep(0.2)
    writer.open("/screenings")
    assert len(writer.page.xpath("//tbody/tr")) == before
