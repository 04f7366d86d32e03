"""The pages in a real browser: Debian's Chromium, driven by Playwright; skipped visibly where either is absent.

`visit` opens a page as a person would have it (width, appearance, language) and watches it: at the end of the test, what
the browser complained about on its console, but for what the test provokes and names in `complains`, fails it; so does what
axe finds serious (`sound`). With RINGFENCE_SCREENSHOTS set to a folder, `shoot` saves pictures there.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import pytest

pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install playwright")

from playwright.sync_api import Browser, Error, Page, sync_playwright

CHROMIUM = (
    os.environ.get("RINGFENCE_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
)
SCREENSHOTS = os.environ.get("RINGFENCE_SCREENSHOTS")
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
]

Visit = Callable[..., Page]
Shoot = Callable[[Page, str], None]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of a process."""
    if not CHROMIUM:
        pytest.skip("needs Chromium: apt-get install chromium, or name one in RINGFENCE_CHROMIUM")
    with sync_playwright() as playwright:
        try:
            running = playwright.chromium.launch(executable_path=CHROMIUM, args=_FLAGS)
        except Error as error:
            pytest.skip(f"Chromium does not start here: {error.message.splitlines()[0]}")
        yield running
        running.close()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """Opens pages; everything the browser complains about until the end of the test fails it."""
    contexts: list[Any] = []
    complaints: list[str] = []

    def open_page(
        address: str,
        *,
        phone: bool = False,
        theme: Literal["light", "dark"] = "light",
        language: str = "en-US",
        script: bool = True,
        expected: int = 200,
        complains: str | None = None,
        **more: Any,
    ) -> Page:
        context = browser.new_context(
            viewport=PHONE if phone else DESKTOP,
            color_scheme=theme,
            locale=language,
            java_script_enabled=script,
            has_touch=phone,
            reduced_motion="reduce",
            **more,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on(
            "console",
            lambda said: (
                complaints.append(said.text)
                if said.type in {"error", "warning"} and not (complains and complains in said.text)
                else None
            ),
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        answer = page.goto(address)
        assert answer and answer.status == expected, (address, answer and answer.status)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints, complaints


@pytest.fixture
def shoot() -> Shoot:
    """Saves a picture of the whole page as NAME.png where a folder is named for it."""

    def save(page: Page, name: str) -> None:
        if SCREENSHOTS:
            page.screenshot(path=str(Path(SCREENSHOTS) / f"{name}.png"), full_page=True)

    return save


def sound(page: Page) -> None:
    """Whether axe finds nothing serious on a page, and nothing sticks out of it sideways."""
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="needs axe-playwright-python"
    ).Axe
    found = axe().run(page).response["violations"]
    serious = [
        f"{one['id']}: {one['help']}: {node['html'][:200]}"
        for one in found
        if one["impact"] in {"serious", "critical"}
        for node in one["nodes"]
    ]
    assert not serious, "\n".join(serious)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"the page is {wide} px wider than the window"
