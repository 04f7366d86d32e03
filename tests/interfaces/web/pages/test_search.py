"""Search pages: what is found and why, filters, identifiers, and whatever somebody may type on purpose."""

import datetime as dt
from pathlib import Path

import httpx2
import pytest

from ringfence.interfaces.web.catalogue import Catalogue, Wanted, _Sieve, plain_number
from ringfence.interfaces.web.pages.highlight import marked
from ringfence.records import Reason
from ringfence.records.rule import Amendment, EffectiveDate, FederalRegisterDocument
from ringfence.store import open_store
from tests.interfaces.web.conftest import HIKVISION, NOW
from tests.interfaces.web.pages.conftest import Read
from tests.interfaces.web.pages.reading import Reader
from tests.interfaces.web.test_hostile import NAMES
from tests.store.entries import entry


def test_a_name_is_found_with_why(reader: Reader) -> None:
    page = reader.open("/search", q="Hangzou Hikvison", country="CN")
    assert page.xpath(f"//article//a[contains(@href, '{HIKVISION.partition(':')[2]}')]")
    assert "“hikvison” and “hikvision”: spelled alike" in reader.text
    assert {mark.text_content() for mark in page.xpath("//h3//mark")} >= {"Hangzhou", "Hikvision"}
    weights = [
        float(cell.text_content())
        for cell in page.xpath("(//table[contains(@class, 'reasons')])[1]//tr[not(th)]/td[2]")
    ]
    total = page.xpath("(//table[contains(@class, 'reasons')])[1]//tr[th[@scope='row']]/td")[0].text_content()
    assert float(total.split(" → ")[0]) == pytest.approx(sum(weights), abs=0.06)


def test_a_stayed_entry_is_no_hit_and_its_page_says_by_what(
    stored: httpx2.Client, read: Read, tmp_path: Path
) -> None:
    stay = FederalRegisterDocument(
        document="2019-99999", title="Stay of an Entry", volume=84, first_page=60000, published_on=dt.date(2019, 11, 4),
        effective=(EffectiveDate(dt.date(2019, 11, 4)),),
        amendments=(Amendment("stay", "Supplement No. 4 to Part 744", "by staying", None, "Dahua Technology"),),
    )  # fmt: skip
    reader = read(stored)
    day = {"q": "Dahua Technology", "country": "CN", "as_of": "2019-12-01"}
    assert reader.open("/search", **day).xpath("//article[contains(@class, 'is-hit')]")
    with open_store(str(tmp_path / "store.db")) as store:
        store.keep_documents([stay], at=NOW - dt.timedelta(hours=1))
    page = reader.open("/search", **(day | {"as_of": "2019-12-02"}))
    assert page.xpath("//article[contains(@class, 'is-review')]")
    assert not page.xpath("//article[contains(@class, 'is-hit')]")
    reader.open("/listings/us_bis_entity:dahua-technology-cn", as_of="2019-12-02")
    assert "Stayed on 2 December 2019: without effect" in reader.text
    assert (
        "stayed by 84 FR 60000 (Stay of an Entry) from 2019-11-04; no end of the stay is printed"
        in reader.text
    )


def test_a_name_in_its_own_script_is_found(reader: Reader) -> None:
    page = reader.open("/search", q="杭州海康威视")
    assert page.xpath("//article")
    assert page.xpath("//article//mark")


def test_a_script_gets_the_results_alone(client: httpx2.Client) -> None:
    found = client.get("/search?q=Hikvision", headers={"X-Fragment": "1", "Accept": "text/html"})
    assert found.text.count("<article") == 1
    assert "<html" not in found.text
    refused = client.get("/search?q=x&as_of=never", headers={"X-Fragment": "1", "Accept": "text/html"})
    assert refused.status_code == 400
    assert refused.headers["content-type"] == "application/problem+json"


def test_filters_without_a_name_browse_and_the_beginning_of_a_name_is_completed(reader: Reader) -> None:
    page = reader.open("/search", kind="government", country="CN")
    shown = page.xpath("//div[@class='line']")
    assert shown
    assert (
        page.xpath("//*[@class='summary']")[0].text_content().startswith(str(len(shown))) or len(shown) == 25
    )
    page = reader.open("/search", q="Hangzhou Hik")
    assert "Hikvision" in reader.text


def test_nothing_found_is_no_clearance(reader: Reader) -> None:
    reader.open("/search", q="Quiet Garden Bakery")
    assert "That is no clearance" in reader.text


@pytest.mark.parametrize(
    "field", ["country=China", "kind=bakery", "list=nowhere", "as_of=2019-13-40", "page=0", "page=x"]
)
def test_a_field_that_cannot_be_is_told_with_its_name(reader: Reader, field: str) -> None:
    reader.open(f"/search?q=x&{field}")
    assert reader.answer.status_code == 400
    name = field.partition("=")[0]
    assert name in reader.text or "unknown list" in reader.text


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_whatever_is_typed_is_shown_harmlessly(reader: Reader, name: str) -> None:
    if len(name.encode()) > 20_000:
        pytest.skip("does not fit an address")
    page = reader.open("/search", q=name)
    assert reader.answer.status_code == 200
    assert not page.xpath("//main//script | //main//*[@onclick] | //main//iframe")
    assert "alert(1)</script>" not in reader.answer.text
    assert "set-cookie" not in reader.answer.headers or "a=b" not in reader.answer.headers["set-cookie"]
    if name.strip() and "\x00" not in name:
        assert page.xpath("//input[@name='q']")[0].get("value") is not None


def test_a_name_that_is_too_long_is_refused(reader: Reader) -> None:
    reader.open("/search", q="x" * 10_001)
    assert reader.answer.status_code == 400


@pytest.mark.parametrize(
    "path",
    [
        "/listings/..%2f..%2fetc%2fpasswd",
        "/listings/us_bis_entity:%00",
        "/listings/us_bis_entity:nobody",
        "/listings/%3Cscript%3Ealert(1)%3C%2Fscript%3E",
        "/lists/..%2f..%2fetc",
        "/lists/%3Cb%3E",
        "/lists/" + "x" * 3_000,
        "/static/../../etc/passwd",
    ],
)
def test_what_is_not_there_is_a_page_that_says_so(client: httpx2.Client, read: Read, path: str) -> None:
    reader = read(client)
    reader.open(path)
    assert reader.answer.status_code == 404
    assert "root:" not in reader.answer.text
    assert "<script>alert" not in reader.answer.text
    assert "<b>" not in reader.answer.text


def test_words_are_marked_by_the_reasons_that_speak_for_them() -> None:
    reasons = [
        Reason("word", "hikvison", "hikvision", 4.0, "", "spelling"),
        Reason("word", "digital", "digital", 1.0, "", "same"),
        Reason("word", "", "technology", -1.0, "", "missing"),
        Reason("word", "hikvision", "海康威视", 6.0, "", "equivalent"),
    ]
    assert [tuple(piece) for piece in marked("HIKVISION Digital Technology", reasons, "listed")] == [
        ("HIKVISION", "alike"),
        (" ", None),
        ("Digital", "same"),
        (" Technology", None),
    ]
    assert [tuple(piece) for piece in marked("杭州海康威视公司", reasons, "listed")] == [
        ("杭州", None),
        ("海康威视", "alike"),
        ("公司", None),
    ]
    for name in NAMES.values():
        assert "".join(piece.text for piece in marked(name, reasons, "listed")) == name


def test_identifiers_are_found_without_their_marks() -> None:
    assert plain_number("IMO 9187629") == plain_number("imo-9187629")
    assert plain_number("Hikvision") == plain_number("A-12") == ""


class _View:
    """A view of a few entries."""

    def __init__(self, names: list[str]) -> None:
        self._entries = [(ref, entry(name)) for ref, name in enumerate(names)]

    def entries(self):  # type: ignore[no-untyped-def]
        yield from self._entries

    def listings(self, refs):  # type: ignore[no-untyped-def]
        yield from (self._entries[ref] for ref in refs)


@pytest.mark.parametrize("begins", ["hik", "Hikvision D", "d", "tech", "ltd co", "zzz", "杭州", ""])
@pytest.mark.parametrize("name", ["", "hikvision", "technology ltd"])
def test_the_catalogue_finds_what_looking_at_every_row_finds(begins: str, name: str) -> None:
    catalogue = Catalogue(
        _View(
            [
                "Hikvision Digital Technology Co., Ltd.",
                "Dahua Technology",
                "杭州海康威视",
                "Hik Tech",
                "Ltd Co",
            ]
        )
    )
    wanted = Wanted(begins=begins, name=name)
    sieve = _Sieve(wanted)
    assert catalogue.find(wanted) == [row for row in catalogue.rows if sieve.passes(row)]
