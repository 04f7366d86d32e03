"""A reader of pages without a browser: cookies are kept, forms are found in the page and sent as they stand."""

from typing import Any

import httpx2
from lxml import html

BROWSER = {"Accept": "text/html,application/xhtml+xml", "Accept-Language": "en"}


class Reader:
    """Opens pages of a running service, and sends their forms."""

    def __init__(self, client: httpx2.Client, **headers: str) -> None:
        self._client = httpx2.Client(
            base_url=client.base_url, headers=BROWSER | headers, follow_redirects=True, timeout=60
        )
        self.answer: httpx2.Response

    def open(self, path: str, /, **query: Any) -> html.HtmlElement:
        """The page at an address."""
        self.answer = self._client.get(path, params=query or None)
        return self.page

    @property
    def page(self) -> html.HtmlElement:
        """The page as it stands."""
        return html.document_fromstring(self.answer.content.decode("utf-8"))

    @property
    def text(self) -> str:
        """What stands between head and foot, in one line."""
        return " ".join(self.page.xpath("//main")[0].text_content().split())

    def send(self, action: str, *, files: Any = None, **fields: Any) -> html.HtmlElement:
        """Fill in the form of this page that goes to `action`, and send it, with the files of its fields."""
        form = next(one for one in self.page.forms if (one.action or "").startswith(action))
        values: dict[str, Any] = {}
        for name, value in form.form_values():
            values.setdefault(name, []).append(value)
        values |= fields
        self.answer = self._client.request(form.method, form.action, data=values, files=files)
        return self.page

    def get(self, path: str) -> httpx2.Response:
        """Whatever is at an address, page or not."""
        self.answer = self._client.get(path)
        return self.answer

    def token(self) -> str:
        """The token of the first form of the page at hand."""
        return str(self.page.xpath("//input[@name='csrf']/@value")[0])

    def post(self, path: str, **fields: Any) -> httpx2.Response:
        """Send fields without any form."""
        self.answer = self._client.post(path, data=fields)
        return self.answer

    def cookies(self) -> dict[str, str]:
        """What this reader holds."""
        return dict(self._client.cookies)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()
