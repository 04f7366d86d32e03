"""A day at the desk in a browser: two people, four eyes, the keyboard."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Page, expect

from ringfence import Settings
from tests.interfaces.web.browser.conftest import Shoot, Visit, sound
from tests.interfaces.web.conftest import HIKVISION
from tests.interfaces.web.desks import PASSWORD, desk_service
from tests.stores import Stores


@pytest.fixture(scope="module")
def desk(
    settings: Settings, stores: Stores, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx2.Client]:
    """On SQLite, then on PostgreSQL."""
    home: Path = tmp_path_factory.mktemp("desk")
    with stores.lent() as store, desk_service(store, settings.cache, home) as client:
        yield client


def at_desk(visit: Visit, desk: httpx2.Client, name: str, path: str = "/alerts", **how: object) -> Page:
    home = str(desk.base_url).rstrip("/")
    page = visit(f"{home}/sign-in?lang=en", **how)
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_text("Signed in as").wait_for()
    language = "zh" if str(how.get("language", "en")).startswith("zh") else "en"
    page.goto(f"{home}/?lang={language}")
    page.goto(f"{home}{path}")
    return page


def test_two_people_review_an_alert_with_four_eyes(desk: httpx2.Client, visit: Visit, shoot: Shoot) -> None:
    page = at_desk(visit, desk, "ana", "/alerts?list=us_bis_entity&q=hikvision")
    sound(page)
    shoot(page, "alerts-queue")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Both sides")).to_be_visible()
    sound(page)
    shoot(page, "alert-both-sides")
    address = page.url
    page.keyboard.press("a")
    expect(page.get_by_text("is assigned")).to_be_visible()
    page.keyboard.press("e")
    expect(page.get_by_label("Why it goes up")).to_be_focused()
    page.keyboard.press("Escape")
    page.locator("h1").click()
    page.keyboard.press("c")
    expect(page.locator("#c-reason")).to_be_focused()
    page.locator("#c-reason").select_option("different_country")
    page.locator("#c-text").fill("The register of Chile shows another company.")
    page.locator("#clear button").click()
    expect(page.get_by_text("waits for a second reviewer").first).to_be_visible()

    second = at_desk(visit, desk, "ben", "/alerts?view=inbox")
    expect(second.get_by_text("ana proposes")).to_be_visible()
    sound(second)
    shoot(second, "alerts-inbox")
    second.goto(address)
    shoot(second, "alert-second-reviewer")
    second.get_by_role("button", name="Approve").click()
    expect(second.get_by_text("Approved by ben")).to_be_visible()
    sound(second)
    shoot(second, "alert-approved")


def test_many_are_chosen_with_the_keyboard_seen_cleared_and_taken_back(
    desk: httpx2.Client, visit: Visit, shoot: Shoot
) -> None:
    page = at_desk(visit, desk, "ana", "/alerts?list=us_ofac")
    for key in "jxjx":
        page.keyboard.press(key)
    page.locator("#b-reason").select_option("other")
    page.locator("#b-text").fill("An older list.")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("button", name="Clear 2 alerts")).to_be_visible()
    sound(page)
    shoot(page, "alerts-bulk-preview")
    page.get_by_role("button", name="Clear 2 alerts").click()
    expect(page.get_by_text("2 decided, 0 left alone")).to_be_visible()
    page.get_by_role("button", name="Undo 2 decisions").click()
    expect(page.get_by_text("2 taken back")).to_be_visible()
    sound(page)


LINKS = """subject,relation,object,share,source,asserted_by
Holder Group,owns,Hangzhou Hikvision Digital Technology Co.,42%,annual report,Hikvision
Hangzhou Hikvision Digital Technology Co.,owns,Dahua Technologie,60%,register,the register
"""


def test_a_file_becomes_alerts_that_show_who_stands_behind(
    desk: httpx2.Client, visit: Visit, shoot: Shoot, tmp_path: Path
) -> None:
    (tmp_path / "vendors.csv").write_text("id,name,country\nV-7,Beijing Sensetime,CN\n", "utf-8")
    (tmp_path / "links.csv").write_text(LINKS, "utf-8")
    page = at_desk(visit, desk, "ana", "/screenings")
    page.set_input_files("input[name=file]", tmp_path / "vendors.csv")
    page.click("form[enctype] button")
    page.click("form[action$='/start'] button:not(.quiet)")
    page.click("form[action$='/alerts'] button")
    expect(page.get_by_role("status")).to_contain_text("Alerts: 1 new")
    sound(page)
    page.goto(f"{str(desk.base_url).rstrip('/')}/alerts?source=vendors.csv")
    expect(page.locator("tr[data-row]")).to_have_count(1)
    page.get_by_role("link", name="Score").click()
    sound(page)

    page.goto(f"{str(desk.base_url).rstrip('/')}/network")
    page.set_input_files("input[name=links]", tmp_path / "links.csv")
    page.click("form[enctype] button")
    page.wait_for_selector(".picture svg")
    page.goto(f"{str(desk.base_url).rstrip('/')}/alerts?q=Dahua")
    page.locator("tr[data-row] th a").first.click()
    behind = page.locator("[aria-labelledby=ownership]")
    expect(behind).to_contain_text("60%")
    expect(behind).to_contain_text("Your party: Dahua Technologie")
    sound(page)
    shoot(page, "alert-ownership")
    behind.get_by_role("link", name="Dahua Technologie").first.click()
    expect(page.locator("h1")).to_have_text("Dahua Technologie")


def test_an_approver_rules_and_the_ledger_tells_it_all(
    desk: httpx2.Client, visit: Visit, shoot: Shoot
) -> None:
    page = at_desk(visit, desk, "ben", f"/rulings?one={HIKVISION}&other=us_bis_entity:dahua-technology-cn")
    sound(page)
    page.get_by_label("Why").fill("One register.")
    page.get_by_role("button", name="Record the ruling").click()
    expect(page.get_by_text("Ruled: one party")).to_be_visible()
    expect(page.get_by_role("table").last).to_contain_text("One register.")
    sound(page)
    shoot(page, "rulings")
    page.get_by_role("link", name="Ledger").click()
    page.get_by_role("link", name="Check the chain").click()
    expect(page.get_by_text("lines hold")).to_be_visible()
    sound(page)
    shoot(page, "ledger")
    for look in ({"theme": "dark", "phone": True}, {"language": "zh-CN"}):
        other = at_desk(visit, desk, "ben", "/ledger", **look)
        sound(other)
        other.goto(page.url.replace("ledger", "rulings").partition("?")[0])
        sound(other)


def test_the_keys_are_told(desk: httpx2.Client, visit: Visit, shoot: Shoot) -> None:
    page = at_desk(visit, desk, "ana")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    sound(page)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.get_by_role("button", name="Keyboard").click()
    expect(page.get_by_role("dialog")).to_be_visible()


@pytest.mark.parametrize("language", ["en-US", "zh-CN"])
@pytest.mark.parametrize(("theme", "phone"), [("dark", False), ("light", True)])
def test_the_desk_is_sound_in_both_languages_dark_and_on_a_phone(
    desk: httpx2.Client, visit: Visit, shoot: Shoot, language: str, theme: str, phone: bool
) -> None:
    page = at_desk(visit, desk, "ana", "/alerts?view=all", theme=theme, language=language, phone=phone)
    sound(page)
    shoot(page, f"alerts-{language[:2]}-{theme}-{'phone' if phone else 'desktop'}")
    page.locator("tr[data-row] th a").first.click()
    page.locator("#sides").wait_for()
    sound(page)
    shoot(page, f"alert-{language[:2]}-{theme}-{'phone' if phone else 'desktop'}")
