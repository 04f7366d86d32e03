"""The journeys of somebody who looks into lists: search as one types, the entry, two days, a list over time, changes."""

import re

import httpx2
import pytest
from playwright.sync_api import expect

from tests.interfaces.web.browser.conftest import Shoot, Visit, sound
from tests.interfaces.web.conftest import HIKVISION

LOOKS = [
    {"language": "en-US", "theme": "light", "phone": False},
    {"language": "zh-CN", "theme": "dark", "phone": True},
]


@pytest.mark.parametrize("script", [True, False])
def test_somebody_searches_and_sees_why(
    client: httpx2.Client, visit: Visit, shoot: Shoot, script: bool
) -> None:
    page = visit(f"{client.base_url}/search", script=script)
    field = page.get_by_label("Name, alias or identifier")
    if script:
        field.press_sequentially("Hangzou Hikvison", delay=15)
        expect(page.locator("article").first).to_be_visible()
        expect(page).to_have_url(re.compile("q=Hangzou"))
        page.locator("details.why summary").first.click()
        shoot(page, "search-en-light-desktop")
        sound(page)
    else:
        field.fill("Hangzou Hikvison")
        field.press("Enter")
    page.get_by_role("link", name="Hangzhou Hikvision").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Hangzhou Hikvision Digital Technology Co., Ltd."
    )


def test_a_fast_typist_sees_the_answer_to_what_stands_in_the_field(
    client: httpx2.Client, visit: Visit
) -> None:
    page = visit(f"{client.base_url}/search")
    field = page.get_by_label("Name, alias or identifier")
    field.press_sequentially("Dahua", delay=5)
    field.fill("Hikvision")
    expect(page.locator("article h3").first).to_contain_text("Hikvision")
    page.get_by_label("Law of the day").fill("2019-10-08")
    expect(page.locator("#results")).to_contain_text("That is no clearance")
    page.reload()
    expect(field).to_have_value("Hikvision")


@pytest.mark.parametrize("look", LOOKS, ids=["desktop", "phone"])
def test_pages_of_lists_are_sound_in_every_look(
    client: httpx2.Client, visit: Visit, shoot: Shoot, look: dict[str, object]
) -> None:
    name = f"{str(look['language'])[:2]}-{look['theme']}-{'phone' if look['phone'] else 'desktop'}"
    for path, called in (
        ("search?q=Hikvision", "found"),
        (f"listings/{HIKVISION}", "entry"),
        (f"listings/{HIKVISION}?from=2019-10-08&to=2019-10-09", "compared"),
        ("lists", "lists"),
        ("lists/us_bis_entity", "list"),
        ("over-time?list=us_bis_entity", "over-time"),
        ("changes?since=2019-01-01", "changes"),
        ("sign-in", "sign-in"),
    ):
        page = visit(f"{client.base_url}/{path}", **look)
        sound(page)
        shoot(page, f"{called}-{name}")


@pytest.mark.parametrize("script", [True, False])
def test_two_days_are_compared_by_the_keyboard(client: httpx2.Client, visit: Visit, script: bool) -> None:
    page = visit(f"{client.base_url}/listings/{HIKVISION}", script=script)
    page.get_by_label("The law of", exact=True).fill("2019-10-08")
    page.get_by_label("with the law of").fill("2019-10-09")
    page.keyboard.press("Enter")
    expect(page.locator("ins").first).to_be_visible()


def test_a_bar_narrows_the_list_to_its_year(client: httpx2.Client, visit: Visit) -> None:
    page = visit(f"{client.base_url}/over-time?list=us_bis_entity")
    bar = page.locator("svg a").last
    bar.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("year=2019"))
    sound(page)
    page.locator("a.chip").first.click()
    expect(page).not_to_have_url(re.compile("year="))
