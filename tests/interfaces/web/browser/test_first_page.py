"""The first page and signing in, as a person meets them."""

import httpx2
import pytest

from ringfence.interfaces.web.access.registry import Registry
from tests.interfaces.web.browser.conftest import Shoot, Visit, sound
from tests.interfaces.web.conftest import NOW


@pytest.mark.parametrize("language", ["en-US", "zh-CN"])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_the_first_page(
    client: httpx2.Client, visit: Visit, shoot: Shoot, language: str, theme: str, phone: bool
) -> None:
    page = visit(str(client.base_url), phone=phone, theme=theme, language=language)
    sound(page)
    shoot(page, f"home-{language[:2]}-{theme}-{'phone' if phone else 'desktop'}")


@pytest.mark.parametrize("language", ["en-US", "zh-CN"])
def test_the_whole_menu_is_in_sight_on_a_phone(client: httpx2.Client, visit: Visit, language: str) -> None:
    page = visit(f"{client.base_url}/ledger", phone=True, language=language)
    doors = page.locator(".menu a")
    assert doors.count() > 6
    for place in range(doors.count()):
        box = doors.nth(place).bounding_box()
        assert box and box["x"] >= 0 and box["x"] + box["width"] <= 390, doors.nth(place).inner_text()


@pytest.mark.parametrize("path", ["/search", "/decide", "/over-time?list=us_bis_entity", "/simulate"])
def test_whoever_goes_by_the_tab_key_sees_where_they_are(
    client: httpx2.Client, visit: Visit, path: str
) -> None:
    page = visit(f"{client.base_url}{path}")
    for _ in range(30):
        page.keyboard.press("Tab")
        where, ring = page.evaluate(
            "() => { const at = document.activeElement, shown = getComputedStyle(at);"
            " return [at.outerHTML.slice(0, 120), shown.outlineStyle !== 'none' && parseFloat(shown.outlineWidth) > 1] }"
        )
        assert ring or where.startswith("<body"), where


def test_the_appearance_is_switched_at_once_and_kept(client: httpx2.Client, visit: Visit) -> None:
    page = visit(str(client.base_url))
    with page.expect_response(lambda answer: "theme=dark" in answer.url):
        page.get_by_role("link", name="Dark").click()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    page.reload()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    sound(page)


@pytest.mark.parametrize("script", [True, False])
def test_somebody_signs_in_with_the_keyboard(
    guarded: httpx2.Client, registry: Registry, visit: Visit, shoot: Shoot, script: bool
) -> None:
    registry.put_person("ann", "analyst", now=NOW, password="correct horse battery")
    page = visit(str(guarded.base_url), script=script)
    page.get_by_label("Name").fill("ann")
    page.get_by_label("Password").fill("correct horse battery")
    page.keyboard.press("Enter")
    page.get_by_text("Signed in as ann.").wait_for()
    if script:
        sound(page)
        shoot(page, "signed-in")
    page.get_by_role("button", name="Sign out").click()
    page.get_by_text("You are signed out.").wait_for()
