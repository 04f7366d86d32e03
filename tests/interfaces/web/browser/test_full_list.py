"""The main journeys once more on the whole Screening List of 2026: what is small on the bundled set must hold there too."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import expect

from ringfence import Engine, Settings, open_store
from ringfence.refresh import refresh
from tests.interfaces.web.browser.conftest import Shoot, Visit, sound
from tests.interfaces.web.browser.guided import settled
from tests.interfaces.web.browser.test_alerts import at_desk
from tests.interfaces.web.conftest import HIKVISION
from tests.interfaces.web.desks import desk_service
from tests.stores import Files

NOW = dt.datetime(2026, 8, 3, 9, tzinfo=dt.UTC)
pytestmark = [pytest.mark.shared, pytest.mark.slow]


@pytest.fixture(scope="module")
def desk(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    """The desk on the releases of 2022 and 2026."""
    home = tmp_path_factory.mktemp("full")
    with Files(home).lent() as location:
        with open_store(location) as store:
            for name, days in (("2022-04-21.csv", 2), ("2026-07-31_projection.json", 1)):
                path = shared / f"data/us/csl/consolidated_{name}.gz"
                refresh(store, "us_csl", paths=[path], now=NOW - dt.timedelta(days=days))
        cache = str(home / "cache")
        with Engine.open(Settings(store=location, cache=cache), now=NOW) as engine:
            engine.asked(now=NOW)  # index and parties are saved: nobody waits for them at the first request
        with desk_service(location, cache, home, NOW) as client:
            yield client


def test_a_transaction_is_decided_from_the_first_question_to_the_memo(
    desk: httpx2.Client, visit: Visit, shoot: Shoot
) -> None:
    page = at_desk(visit, desk, "ana", "/decide")
    page.fill("[name='on']", str(NOW.date()))
    page.select_option("[name='activity']", "export")
    page.fill("[name='parties[0].name']", "Hangzhou Hikvision Digital Technology Co., Ltd.")
    page.select_option("[name='parties[0].role']", "ultimate_consignee")
    page.fill("[name='parties[0].country']", "China")
    page.click(".row button[value=ask]")
    page.wait_for_selector(".verdict")
    settled(page)
    assert page.locator(".verdict.license_required").count()
    assert not page.locator(".wanted").count(), page.locator(".wanted").all_inner_texts()
    page.locator("button[value=record]").first.click()
    page.wait_for_url("**/decisions/*")
    sound(page)
    shoot(page, "full-decision")
    page.goto(f"{page.url}/memo")
    expect(page.get_by_text("Determination memo")).to_be_visible()


def test_a_hit_is_reviewed_and_the_next_one_comes_by_a_key(
    desk: httpx2.Client, visit: Visit, shoot: Shoot
) -> None:
    page = at_desk(visit, desk, "ana", "/alerts?list=us_ofac")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.locator("#sides").wait_for()
    first = page.url
    sound(page)
    shoot(page, "full-alert")
    page.keyboard.press("j")
    page.wait_for_url(lambda url: url != first)
    page.keyboard.press("c")
    page.locator("#c-reason").select_option("different_country")
    page.locator("#c-text").fill("Another register.")
    page.locator("#clear button").click()
    expect(page.get_by_role("status")).to_contain_text("is cleared")


def test_two_days_are_compared_and_a_list_is_read_over_time(
    desk: httpx2.Client, visit: Visit, shoot: Shoot
) -> None:
    page = at_desk(visit, desk, "ana", f"/listings/{HIKVISION}?from=2020-07-21&to=2026-03-01")
    expect(page.locator("#compare ~ p[role=status], [aria-labelledby=compare] [role=status]")).to_be_visible()
    sound(page)
    page.goto(f"{str(desk.base_url).rstrip('/')}/over-time?list=us_bis_entity")
    page.locator("svg a").last.click()
    sound(page)
    shoot(page, "full-over-time")
