"""What holds for every page: headers, languages, appearance, refusals as pages, static files that stay."""

import re

import httpx2
import pytest

from ringfence.interfaces.web.pages.static_files import address_of
from tests.interfaces.web.pages.conftest import Read
from tests.interfaces.web.pages.reading import Reader


def test_a_page_is_guarded_by_its_headers(reader: Reader) -> None:
    reader.open("/")
    headers = reader.answer.headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert not re.search(r"<script(?![^>]* src=)|<style| style=| on[a-z]+=", reader.answer.text)


def test_static_files_stay_and_carry_their_content_in_their_address(client: httpx2.Client) -> None:
    address = address_of("pages.css")
    assert re.fullmatch(r"/static/[0-9a-f]{16}/pages\.css", address)
    found = client.get(address)
    assert found.status_code == 200
    assert found.headers["content-type"] == "text/css; charset=utf-8"
    assert "immutable" in found.headers["cache-control"]
    for other in ("/static/0000000000000000/pages.css", address.replace("pages.css", "..%2fanswer.py")):
        assert client.get(other).status_code == 404


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans"),
        ("en-GB,en", "en"),
        ("de;q=0.9,zh;q=0.5,en;q=0.3", "zh-Hans"),
        ("zh;q=0,en;q=0.1", "en"),
        ("fr", "en"),
        ("zh;q=x," * 500, "en"),
        ("", "en"),
    ],
)
def test_the_browser_says_the_language(
    client: httpx2.Client, read: Read, accepted: str, language: str
) -> None:
    assert read(client, **{"Accept-Language": accepted}).open("/").get("lang") == language


def test_language_and_appearance_are_asked_by_the_address_and_remembered(reader: Reader) -> None:
    assert reader.open("/", lang="zh", theme="dark").get("lang") == "zh-Hans"
    page = reader.open("/")
    assert page.get("lang") == "zh-Hans"
    assert page.get("data-theme") == "dark"
    page = reader.open("/", lang="xx", theme='"><script>')
    assert page.get("lang") == "zh-Hans"
    assert page.get("data-theme") == "auto"
    assert reader.open("/", lang="en").get("lang") == "en"


def test_a_refusal_is_a_page_for_a_browser_and_a_problem_for_a_program(
    client: httpx2.Client, read: Read
) -> None:
    for path, status in (
        ("/nowhere", 404),
        ("/search?as_of=never", 400),
        ("/api/v1/search?name=x&nme=y", 400),
    ):
        told = client.get(path)
        assert told.status_code == status
        assert told.headers["content-type"] == "application/problem+json"
        reader = read(client)
        page = reader.open(path)
        assert reader.answer.status_code == status
        assert reader.answer.headers["content-type"].startswith("text/html")
        assert len(page.xpath("//h1")) == 1


def test_pages_are_not_in_the_document_of_the_api(client: httpx2.Client) -> None:
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    assert not {"/", "/sign-in", "/static/{edition}/{name}"} & set(paths)
