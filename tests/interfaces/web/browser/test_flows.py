"""The journeys of a compliance team, in a real browser: screen a file, decide step by step, explore a network, simulate."""

from pathlib import Path

import httpx2
import pytest

from tests.interfaces.web.browser.conftest import Shoot, Visit, sound
from tests.interfaces.web.browser.guided import settled

ROOT = Path(__file__).resolve().parents[4]
SUPPLIERS = ROOT / "examples" / "suppliers.csv"
LINKS = """subject,relation,object,share,value,currency,item,source,asserted_by
Chipmaker Inc,supplies,Hangzhou Hikvision Digital Technology Co.,,120000,USD,imaging chips,invoice 7,our own books
Hangzhou Hikvision Digital Technology Co.,owns,Ezviz Inc,60%,,,,annual report,Hikvision
Ezviz Inc,owns,Ezviz Retail GmbH,100%,,,,register,Handelsregister
Plain Bakery,supplies,Chipmaker Inc,,100,EUR,bread,invoice 8,our own books
"""
ORDERS = """id,party,party_country,direction,item,value,currency,on,origin,eccn,subject_to_ear
O-1,Hangzhou Hikvision Digital Technology Co.,CN,sell,imaging chips,5000,USD,2019-10-12,US,3A991,yes
"""
LOOKS = [
    pytest.param({}, id="desktop"),
    pytest.param({"phone": True, "theme": "dark"}, id="phone-dark", marks=pytest.mark.slow),
    pytest.param({"language": "zh-CN"}, id="chinese", marks=pytest.mark.slow),
]


@pytest.mark.parametrize("look", LOOKS)
def test_a_file_is_screened_with_its_columns_mapped(
    client: httpx2.Client, visit: Visit, shoot: Shoot, look: dict[str, object], request: pytest.FixtureRequest
) -> None:
    name = request.node.callspec.id
    page = visit(f"{client.base_url}/screenings", **look)
    page.set_input_files("input[name=file]", SUPPLIERS)
    page.click("form[enctype] button")
    page.wait_for_selector("table.mapping")
    sound(page)
    shoot(page, f"screen-columns-{name}")
    assert page.input_value("select[name='column.1']") == "name"
    page.select_option("select[name='column.4']", "aliases")
    page.select_option("select[name='column.4']", "")
    page.click("form[action$='/start'] button:not(.quiet)")
    page.wait_for_selector("ul.counts.filters")
    assert page.locator("ul.counts.filters li").first.inner_text().startswith("78")
    sound(page)
    shoot(page, f"screen-results-{name}")
    page.click("a[href*='show=hit']")
    page.wait_for_selector("main tbody tr")
    assert (
        page.locator("main table.stack > tbody > tr .badge.hit").count()
        == page.locator("main table.stack > tbody > tr").count()
        > 0
    )
    page.locator("tbody details summary").first.click()
    shoot(page, f"screen-why-{name}")
    sound(page)
    page.reload()
    assert page.locator("tbody > tr .badge.hit").count() > 0, "a run survives a reload"


def test_a_file_is_screened_without_a_script(client: httpx2.Client, visit: Visit) -> None:
    page = visit(f"{client.base_url}/screenings", script=False)
    page.set_input_files("input[name=file]", SUPPLIERS)
    page.click("form[enctype] button")
    page.wait_for_selector("table.mapping")
    page.click("form[action$='/start'] button:not(.quiet)")
    page.wait_for_selector("ul.counts.filters", timeout=30_000)
    with page.expect_download() as waiting:
        page.click("a[href$='/results/csv']")
    content = Path(waiting.value.path()).read_text("utf-8-sig")
    assert content.startswith("row,id,name,") and "Hikvision" in content
    page.goto(f"{page.url.partition('?')[0]}/results/html")
    assert "Hikvision" in page.content()


def test_a_damaged_file_is_refused_on_the_page(client: httpx2.Client, visit: Visit, tmp_path: Path) -> None:
    damaged = tmp_path / "vendors.xlsx"
    damaged.write_bytes(b"PK\x03\x04" + b"\0" * 100)
    page = visit(f"{client.base_url}/screenings", complains="422")
    page.set_input_files("input[name=file]", damaged)
    page.click("form[enctype] button")
    said = page.locator("[role=alert]").inner_text()
    assert "vendors.xlsx" in said and "workbook" in said
    sound(page)


@pytest.mark.parametrize("look", LOOKS)
def test_a_transaction_is_decided_step_by_step(
    client: httpx2.Client, visit: Visit, shoot: Shoot, look: dict[str, object], request: pytest.FixtureRequest
) -> None:
    name = request.node.callspec.id
    page = visit(f"{client.base_url}/decide", **look)
    sound(page)
    page.fill("[name='id']", "T-7")
    page.fill("[name='on']", "2019-10-09")
    page.select_option("[name='activity']", "export")
    page.fill("[name='parties[0].name']", "Hangzhou Hikvision Digital Technology Co., Ltd.")
    page.select_option("[name='parties[0].role']", "ultimate_consignee")
    page.fill("[name='parties[0].country']", "China")
    shoot(page, f"decide-first-{name}")
    page.click(".row button[value=ask]")
    page.wait_for_selector(".verdict.license_required, .verdict.indeterminate")
    sound(page)
    shoot(page, f"decide-more-{name}")
    settled(page)
    assert page.locator(".verdict.license_required").count()
    assert not page.locator(".wanted").count(), page.locator(".wanted").all_inner_texts()
    sound(page)
    shoot(page, f"decide-answer-{name}")


def test_the_long_form_takes_parts_without_a_script(
    client: httpx2.Client, visit: Visit, shoot: Shoot
) -> None:
    page = visit(f"{client.base_url}/decide?whole=1", script=False, complains="422")
    page.click("[value='add:items']")
    page.fill("[name='items[0].classification']", "3Z999")
    page.click("[value='add:parties']")
    page.fill("[name='parties[1].name']", "Second")
    page.fill("[name='parties[0].name']", "<b>First</b> =1+1")
    page.click("[value='remove:parties[0]']")
    assert page.input_value("[name='parties[0].name']") == "Second"
    assert page.locator("[name='parties[1].name']").count() == 0
    page.click(".row button[value=ask]")
    faults = page.locator("#faults").inner_text()
    assert "items[0].classification" in faults and "activity" in faults
    assert page.locator("#at-items\\[0\\]\\.classification .fault").count() == 1


def test_a_memo_is_made_to_be_printed(client: httpx2.Client, visit: Visit, shoot: Shoot) -> None:
    page = visit(f"{client.base_url}/decide")
    page.select_option("[name='activity']", "export")
    page.fill("[name='parties[0].name']", "Hangzhou Hikvision Digital Technology Co., Ltd.")
    page.select_option("[name='parties[0].role']", "end_user")
    page.click(".row button[value=ask]")
    with page.context.expect_page() as opened:
        page.click("button[value=memo]")
    memo = opened.value
    memo.wait_for_load_state()
    assert "Determination memo" in memo.content()
    memo.emulate_media(media="print")
    shoot(memo, "decide-memo")


@pytest.mark.parametrize("look", LOOKS)
def test_a_network_is_explored_by_picture_and_table(
    client: httpx2.Client,
    visit: Visit,
    shoot: Shoot,
    look: dict[str, object],
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> None:
    name = request.node.callspec.id
    links = tmp_path / "links.csv"
    links.write_text(LINKS, "utf-8")
    page = visit(f"{client.base_url}/network", **look)
    sound(page)
    page.set_input_files("input[name=links]", links)
    page.click("form[enctype] button")
    page.wait_for_selector(".picture svg")
    boxes = page.locator(".picture .box").count()
    assert boxes == page.locator("#parties ~ .panel >> nth=0 >> tbody tr").count() == 5
    sound(page)
    shoot(page, f"network-whole-{name}")
    page.locator(".picture a", has_text="Ezviz Retail").first.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_selector(".verdict")
    page.locator("#paths ~ .panel button").first.click()
    assert page.locator(".picture .tie.lit").count() >= 1
    sound(page)
    shoot(page, f"network-party-{name}")


def test_a_network_is_filtered_and_opened_without_a_script(client: httpx2.Client, visit: Visit) -> None:
    page = visit(f"{client.base_url}/network/reference-2019", script=False)
    whole = page.locator("#ties ~ .panel tbody tr").count()
    page.locator("form.filters details summary").click()
    page.check("[name=relation][value=supplies]")
    page.click("form.filters button")
    fewer = page.locator("#ties ~ .panel tbody tr").count()
    assert 0 < fewer < whole
    page.fill("[name=find]", "Ambarella")
    page.click("form.filters button")
    assert "Ambarella" in page.locator("h1").inner_text()
    page.locator("#parties ~ .panel a", has_text="Open its ties").first.click()
    assert page.locator("#ties ~ .panel tbody tr").count() > 0
    page.locator("a.light").first.click()
    assert page.locator(".picture .tie.lit").count() >= 1


@pytest.mark.parametrize("look", LOOKS)
def test_a_listing_is_simulated(
    client: httpx2.Client,
    visit: Visit,
    shoot: Shoot,
    look: dict[str, object],
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> None:
    name = request.node.callspec.id
    (tmp_path / "links.csv").write_text(LINKS, "utf-8")
    (tmp_path / "orders.csv").write_text(ORDERS, "utf-8")
    page = visit(f"{client.base_url}/simulate", **look)
    sound(page)
    page.fill("[name=listed]", "84 FR 54002")
    page.fill("[name=on]", "2019-10-09")
    page.fill("[name=as_of]", "2019-10-08")
    page.set_input_files("[name=links]", tmp_path / "links.csv")
    page.set_input_files("[name=orders]", tmp_path / "orders.csv")
    page.check("[value=reference-2019]")
    shoot(page, f"simulate-form-{name}")
    page.click("form[enctype] .row > button")
    page.wait_for_selector(".picture svg")
    assert page.locator(".picture .box.listed").count() > 0
    assert page.locator("td", has_text="O-1").count() or page.locator("th", has_text="O-1").count()
    sound(page)
    shoot(page, f"simulate-after-{name}")
    page.click("a[href*='show=before']")
    page.wait_for_selector(".picture svg")
    assert page.locator(".picture .box.listed").count() == 0
    shoot(page, f"simulate-before-{name}")
