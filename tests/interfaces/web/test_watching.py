"""The reports of the watch over HTTP: for those who review, as JSON, as a feed, as a page to print."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import httpx2
import pytest

from ringfence import BookParty, Query, Settings, open_store
from ringfence.interfaces.web.access.registry import Registry
from ringfence.interfaces.web.application import create_app
from ringfence.interfaces.web.service import Service
from ringfence.watch.rescreening import Rescreener
from tests.graph.worlds import owns
from tests.interfaces.web.serving import serving
from tests.store.entries import entry, release

NOW = dt.datetime(2026, 3, 3, 12, tzinfo=dt.UTC)
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(scope="module")
def asked(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[httpx2.Client, dict[str, dict[str, str]]]]:
    folder: Path = tmp_path_factory.mktemp("watch")
    settings = Settings(store=str(folder / "store.db"), cache=str(folder / "cache"))
    with open_store(settings.store) as store:
        store.record(release("first"), [entry("Kappa Works", key="k")])
        watch = Rescreener(store, settings)
        party = BookParty.of_query(Query(name="Alba Trading", id="a"), "customer")
        watch.book.put([party], at=NOW, by="ann", origin="test")
        watch.run(now=NOW)
        watch.links.put("links.csv", [owns("Kappa Works", "60%", "Alba Trading")], {}, at=NOW, by="ann")
        watch.run(now=NOW + dt.timedelta(hours=1))
    access = str(folder / "access.db")
    with Registry(access) as registry:
        keys = {
            role: {"Authorization": f"Bearer {registry.add_key(role, role, now=NOW)[1]}"}
            for role in ("viewer", "analyst")
        }
    app = create_app(settings, now=lambda: NOW, service=Service(anonymous="never", access=access))
    with serving(app) as client:
        yield client, keys


def test_alerts_come_as_a_feed_to_those_who_review_and_to_nobody_else(
    asked: tuple[httpx2.Client, dict[str, dict[str, str]]],
) -> None:
    client, keys = asked
    path, feed = "/api/v1/watch/reports", {"format": "atom"}
    assert client.get(path, params=feed).status_code == 401
    assert client.get(path, params=feed, headers=keys["viewer"]).status_code == 403
    answer = client.get(path, params=feed, headers=keys["analyst"])
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    (item,) = ET.fromstring(answer.content).findall(f"{ATOM}entry")
    assert "1 new" in item.findtext(f"{ATOM}title", "")
    assert "Kappa Works → 60% → Alba Trading" in item.findtext(f"{ATOM}summary", "")


def test_a_report_is_had_by_its_number_as_json_and_as_a_page(
    asked: tuple[httpx2.Client, dict[str, dict[str, str]]],
) -> None:
    client, keys = asked
    listed = client.get("/api/v1/watch/reports", headers=keys["analyst"]).json()["reports"]
    assert [one["number"] for one in listed] == [2, 1]
    one = client.get("/api/v1/watch/reports/2", headers=keys["analyst"]).json()
    assert one == listed[0]
    (affiliate,) = one["ownership"]["affiliates"]
    assert (affiliate["what"], affiliate["party"], affiliate["path"][0][:3]) == (
        "gained", "a", ["Kappa Works", "60%", "Alba Trading"],
    )  # fmt: skip
    page = client.get("/api/v1/watch/reports/2", params={"format": "html"}, headers=keys["analyst"])
    assert "Affiliates of listed owners gained: 1" in page.text
    assert "unsafe-inline" in page.headers["content-security-policy"]
    chinese = client.get(
        "/api/v1/watch/reports/2", params={"format": "html", "lang": "zh"}, headers=keys["analyst"]
    )
    browser = {"Accept-Language": "zh-CN"}
    asked_by = client.get(
        "/api/v1/watch/reports/2", params={"format": "html"}, headers=keys["analyst"] | browser
    )
    assert chinese.text == asked_by.text
    assert chinese.headers["content-language"] == "zh-Hans"
    assert "新增的列名所有者关联方：1" in chinese.text
    assert (
        client.get("/api/v1/watch/reports/2", params={"lang": "xx"}, headers=keys["analyst"]).status_code
        == 400
    )
    assert client.get("/api/v1/watch/reports/9", headers=keys["analyst"]).status_code == 404
