"""The book over HTTP: put, page, versions, removal; refused with the path at fault."""

import datetime as dt
from collections.abc import Iterator

import httpx2
import pytest

from ringfence import Settings
from ringfence.interfaces.web.application import create_app
from tests.interfaces.web.serving import serving
from tests.stores import Stores

NOW = dt.datetime(2026, 3, 3, 12, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def asked(stores: Stores, settings: Settings) -> Iterator[httpx2.Client]:
    with stores.lent() as location:
        own = Settings(store=location, cache=settings.cache)
        with serving(create_app(own, now=lambda: NOW)) as client:
            yield client


def test_parties_are_put_once_and_paged_and_removed(asked: httpx2.Client) -> None:
    wanted = [{"id": f"C/{n}", "name": f"Party {n}", "role": "customer"} for n in range(3)]
    trial = asked.post("/api/v1/book", json={"parties": wanted, "dry_run": True}).json()
    assert len(trial["changes"]) == 3
    assert asked.get("/api/v1/book").json()["total"] == 0
    for _ in range(2):
        done = asked.post(
            "/api/v1/book", json={"parties": wanted}, headers={"Idempotency-Key": "first-import"}
        )
        assert [change["action"] for change in done.json()["changes"]] == ["added"] * 3
    page = asked.get("/api/v1/book", params={"limit": 2}).json()
    assert (page["total"], page["next"]) == (3, "C/1")
    rest = asked.get("/api/v1/book", params={"after": page["next"]}).json()
    assert [kept["party"]["id"] for kept in rest["parties"]] == ["C/2"]
    changed = asked.post("/api/v1/book", json={"parties": [wanted[0], {**wanted[1], "name": "Other"}]}).json()
    assert (len(changed["changes"]), changed["same"]) == (1, 1)
    versions = asked.get("/api/v1/book/versions", params={"id": "C/1"}).json()["versions"]
    assert [one["after"]["query"]["name"] for one in versions] == ["Party 1", "Other"]
    gone = asked.delete("/api/v1/book", params={"id": "C/2", "why": "closed"})
    assert gone.json()["changes"][0]["action"] == "removed"
    diff = asked.get("/api/v1/book/diff", params={"since": "2026-03-01"}).json()["changes"]
    assert [one["id"] for one in diff] == ["C/0", "C/1"]


@pytest.mark.parametrize(
    ("party", "path"),
    [
        ({"name": "Acme"}, "parties[1].id"),
        ({"id": "C1", "name": " "}, "parties[1].name"),
        ({"id": "A", "name": "Acme"}, "parties[1].id"),
        ({"id": "B", "name": "Acme", "countries": ["Germany"]}, "parties[1].countries"),
    ],
)
def test_a_party_that_cannot_be_kept_is_refused_with_its_path(
    asked: httpx2.Client, party: dict[str, object], path: str
) -> None:
    found = asked.post("/api/v1/book", json={"parties": [{"id": "A", "name": "Alpha"}, party]})
    assert (found.status_code, found.json()["path"]) == (400, path)


def test_links_are_kept_by_name_and_raise_alerts_by_the_next_pass(
    asked: httpx2.Client, stores: Stores, settings: Settings
) -> None:
    rows = [{"subject": "Hikvision", "relation": "owns", "object": "L-1", "share": "60%"}]
    body = {"name": "shareholders.csv", "links": rows}
    trial = asked.post("/api/v1/book/links", json={**body, "dry_run": True}).json()
    assert (trial["changed"], trial["links"]) == (True, 1)
    assert asked.get("/api/v1/book/links").json()["files"] == []
    assert asked.post("/api/v1/book/links", json=body).json()["changed"]
    assert not asked.post("/api/v1/book/links", json=body).json()["changed"]
    (file,) = asked.get("/api/v1/book/links").json()["files"]
    assert (file["name"], file["links"]) == ("shareholders.csv", 1)
    gone = asked.delete("/api/v1/book/links", params={"name": "shareholders.csv"})
    assert gone.json()["files"] == []
    again = asked.delete("/api/v1/book/links", params={"name": "shareholders.csv"})
    assert (again.status_code, "no file of links" in again.json()["detail"]) == (404, True)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"name": "a.csv", "links": []}, "no link in it"),
        ({"name": "../a.csv", "links": [{}]}, "name"),
        ({"name": "a.csv", "links": [{"subject": "A", "relation": "likes", "object": "B"}]}, "a.csv, row 1"),
        ({"name": "a.csv", "links": [{"subject": "A", "relation": "owns", "object": "B", "share": "half"}]}, "row 1"),
    ],
)  # fmt: skip
def test_links_that_cannot_be_kept_are_refused_with_the_row(
    asked: httpx2.Client, body: dict[str, object], said: str
) -> None:
    found = asked.post("/api/v1/book/links", json=body)
    assert found.status_code == 400
    assert said in found.text


def test_without_a_store_there_is_no_book(client: httpx2.Client) -> None:
    found = client.get("/api/v1/book")
    assert found.status_code == 404
    assert "ringfence refresh" in found.json()["detail"]
