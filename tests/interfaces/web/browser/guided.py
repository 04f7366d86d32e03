"""A transaction answered as a person does: each fact that the page asks for, until it asks for none."""

from playwright.sync_api import Page

TYPED = {
    "items[0].classification": "EAR99",
    "destination": "CN",
    "items[0].located_in": "US",
    "items[0].made_in": "US",
}
CHOSEN = {
    "items[0].origin": "US",
    "items[0].jurisdiction": "EAR",
    "items[0].kind": "commodity",
    "actor.us_person": "yes",
}
NONE = ("end_use", "items[0].facts", "items[0].direct_product_of")


def settled(page: Page) -> None:
    """Go on until no fact is wanted any more, at most six times."""
    for _ in range(6):
        for field, value in TYPED.items():
            if page.locator(f"input:not([type=hidden])[name='{field}']").count():
                page.fill(f"[name='{field}']", value)
        for field, value in CHOSEN.items():
            if page.locator(f"select[name='{field}']").count():
                page.select_option(f"[name='{field}']", value)
        for field in NONE:
            if page.locator(f"input[type=radio][name='{field}?']").count():
                page.check(f"[name='{field}?'][value=none]")
        if not page.locator(".wanted").count():
            return
        page.click(".row button[value=ask]")
