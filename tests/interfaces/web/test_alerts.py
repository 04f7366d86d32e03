"""Alerts over HTTP: raised, looked at, decided by two, never acted on blindly, never done twice."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from ringfence import Ledger, Settings
from ringfence.interfaces.web.access.registry import Registry
from ringfence.interfaces.web.application import create_app
from ringfence.interfaces.web.service import Service
from ringfence.store.address import registry_beside
from tests.interfaces.web.serving import serving
from tests.stores import Stores

NOW = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
"""Later than the clock of the other tests: the investment list came in 2021."""
POLICY = """
[[four_eyes]]
lists = ["us_bis_entity"]
verdict = "cleared"
why = "Entries of the Entity List are cleared by two."
"""
PARTIES = {
    "source": "erp",
    "parties": [
        {"id": "S-1", "name": "Hikvision", "country": "CN", "amount": 125000, "currency": "USD"},
        {"id": "S-2", "name": "Dahua Technology", "country": "CN"},
        {"id": "S-3", "name": "Quiet Garden Bakery", "country": "FR"},
    ],
}
ANA, BEN = {"X-Email": "ana@example.org"}, {"X-Email": "ben@example.org"}
WHY = {"reason": "different_country", "text": "Another register."}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("desk")


@pytest.fixture(scope="module")
def where(stores: Stores) -> Iterator[str]:
    with stores.lent() as location:
        yield location


@pytest.fixture(scope="module")
def made(home: Path, settings: Settings, where: str) -> Iterator[httpx2.Client]:
    (home / "review.toml").write_text(POLICY, "utf-8")
    own = Settings(store=where, cache=settings.cache, review_policy=str(home / "review.toml"))
    with Registry(registry_beside(where)) as registry:
        registry.put_person("ana@example.org", "analyst", now=NOW)
        registry.put_person("ben@example.org", "approver", now=NOW)
        service = Service(
            anonymous="never",
            access=registry.location,
            proxy_header="X-Email",
            trusted_proxies=("127.0.0.1/32",),
        )
        with serving(create_app(own, now=lambda: NOW, service=service)) as client:
            yield client


def raised(client: httpx2.Client, source: str) -> dict[tuple[str, str], int]:
    """The parties as a run of their own: the numbers of their alerts by party and list."""
    found = client.post("/api/v1/alerts", json={**PARTIES, "source": source}, headers=ANA)
    assert found.status_code == 200, found.text
    alerts = client.get(f"/api/v1/alerts?source={source}", headers=ANA).json()["alerts"]
    return {(one["subject"], one["list"]): one["alert"] for one in alerts}


HIKVISION_OF, DAHUA_OF, FUND_OF = ("S-1", "us_bis_entity"), ("S-2", "us_bis_entity"), ("S-1", "us_ofac_cmic")


def act(
    client: httpx2.Client, number: int, name: str, body: object = None, **headers: str
) -> httpx2.Response:
    who = BEN if headers.pop("who", "ana") == "ben" else ANA
    return client.post(f"/api/v1/alerts/{number}/{name}", json=body, headers={**who, **headers})


def test_screening_raises_alerts_with_what_the_party_was_asked_with(made: httpx2.Client) -> None:
    number = raised(made, "raising")[HIKVISION_OF]
    again = made.post("/api/v1/alerts", json={**PARTIES, "source": "raising"}, headers=ANA).json()["alerts"]
    assert (again["raised"], again["known"]) == ([], 3)
    told = made.get(f"/api/v1/alerts/{number}", headers=ANA)
    assert told.headers["etag"] == '"1"'
    case = told.json()["case"]
    assert (case["facts"]["amount"], case["facts"]["currency"]) == (125000, "USD")
    assert case["listed"]["countries"] == ["CN"]
    assert case["basis"]["as_of"] == "2019-10-09"
    assert {one["list"] for one in told.json()["others"]} == {"us_ofac_cmic"}


def test_the_queue_is_sorted_filtered_and_paged(made: httpx2.Client) -> None:
    raised(made, "queueing")
    by_amount = made.get("/api/v1/alerts?source=queueing&sort=amount&limit=1", headers=ANA).json()
    assert by_amount["alerts"][0]["subject"] == "S-1"
    assert (by_amount["size"], by_amount["total"]) == (1, 3)
    assert made.get("/api/v1/alerts?source=queueing&text=dahua", headers=ANA).json()["total"] == 1
    assert made.get("/api/v1/alerts?list=un", headers=ANA).json()["total"] == 0
    assert made.get("/api/v1/alerts?state=asleep", headers=ANA).status_code == 400
    assert made.get("/api/v1/alerts?text=%00", headers=ANA).json()["total"] == 0


def test_two_people_clear_an_alert_and_one_does_not_approve_themselves(made: httpx2.Client) -> None:
    number = raised(made, "clearing")[HIKVISION_OF]
    assert act(made, number, "start").json()["assigned_to"] == "ana@example.org"
    waiting = act(made, number, "clear", WHY).json()
    assert (waiting["state"], waiting["settled"]) == ("proposed", False)
    assert act(made, number, "approve", {}).status_code == 403
    inbox = made.get(
        "/api/v1/alerts?source=clearing&state=proposed&not_decided_by=ben@example.org", headers=BEN
    ).json()
    assert [one["alert"] for one in inbox["alerts"]] == [number]
    back = act(made, number, "return", {"text": "Which register?"}, who="ben").json()
    assert (back["state"], back["assigned_to"]) == ("in_review", "ana@example.org")
    act(made, number, "clear", {**WHY, "text": "The register of Chile, extract attached."})
    settled = act(made, number, "approve", {"text": "Agreed."}, who="ben").json()
    assert (settled["state"], settled["settled"]) == ("cleared", True)
    refused = act(made, number, "undo", {})
    assert (refused.status_code, refused.headers["content-type"]) == (409, "application/problem+json")
    told = made.get(f"/api/v1/alerts/{number}", headers=BEN).json()
    assert (told["disposition"]["by"], told["disposition"]["approved_by"]) == (
        "ana@example.org",
        "ben@example.org",
    )
    assert [one["status"] for one in told["earlier"]] == ["returned"]


def test_a_key_is_no_second_pair_of_eyes(made: httpx2.Client, where: str) -> None:
    with Registry(registry_beside(where)) as registry:
        _, text = registry.add_key("robot", "approver", now=NOW)
    key = {"Authorization": f"Bearer {text}"}
    number = raised(made, "robot")[DAHUA_OF]
    act(made, number, "clear", WHY)
    refused = made.post(f"/api/v1/alerts/{number}/approve", json={}, headers=key)
    assert refused.status_code == 403
    assert act(made, number, "undo", {}).json()["state"] == "new"


def test_who_acts_on_what_has_moved_on_is_told_so(made: httpx2.Client) -> None:
    number = raised(made, "moving")[DAHUA_OF]
    tag = made.get(f"/api/v1/alerts/{number}", headers=ANA).headers["etag"]
    noted = act(made, number, "note", {"text": "Asked."}, who="ben", **{"If-Match": tag})
    assert noted.status_code == 200
    assert noted.headers["etag"] != tag
    late = act(made, number, "note", {"text": "Asked too."}, **{"If-Match": tag})
    assert late.status_code == 412
    assert "ben@example.org noted it" in late.json()["detail"]
    assert act(made, number, "note", {"text": "x"}, **{"If-Match": "nonsense"}).json()["path"] == "If-Match"
    assert act(made, number, "note", {"text": "x"}, **{"If-Match": "*"}).status_code == 200


def test_the_same_write_sent_again_does_nothing_twice(made: httpx2.Client) -> None:
    number = raised(made, "writing")[DAHUA_OF]
    key = {"Idempotency-Key": "note-number-17"}
    first = act(made, number, "note", {"text": "Once."}, **key)
    again = act(made, number, "note", {"text": "Once."}, **key)
    assert again.headers["idempotency-replayed"] == "true"
    assert again.json() == first.json()


@pytest.mark.parametrize(
    ("name", "body", "path"),
    [
        ("clear", {"reason": "because", "text": "x"}, "reason"),
        ("clear", {"reason": "other", "text": " "}, "text"),
        ("clear", {"reason": "other", "text": "x", "expires_on": "2018-01-01"}, "expires_on"),
        ("clear", {"reason": "other", "text": "x", "until": "2020-01-01"}, "until"),
        ("assign", {"to": "\x00"}, "to"),
        ("note", {}, "text"),
    ],
)
def test_what_is_missing_or_wrong_is_refused_with_its_path(
    made: httpx2.Client, name: str, body: object, path: str
) -> None:
    number = raised(made, "mistaken")[DAHUA_OF]
    refused = act(made, number, name, body)
    assert (refused.status_code, refused.json()["path"]) == (400, path)


def test_many_at_once_are_previewed_decided_and_undone(made: httpx2.Client) -> None:
    assert FUND_OF in raised(made, "many")
    raised(made, "more")
    found = made.get("/api/v1/alerts?list=us_ofac&limit=200", headers=ANA).json()["alerts"]
    seen = [{"alert": one["alert"], "seen": one["number"]} for one in found]
    body = {"alerts": seen, "verdict": "cleared", **WHY}
    foreseen = made.post("/api/v1/alerts/bulk/preview", json=body, headers=ANA).json()["alerts"]
    assert {one["state"] for one in foreseen} == {"cleared"}
    assert made.get("/api/v1/alerts?list=us_ofac", headers=ANA).json()["total"] == len(found)
    done = made.post("/api/v1/alerts/bulk", json=body, headers=ANA).json()
    assert (len(done["done"]), done["left"]) == (len(found), {})
    assert made.get("/api/v1/alerts?list=us_ofac", headers=ANA).json()["total"] == 0
    late = made.post("/api/v1/alerts/bulk", json=body, headers=ANA).json()
    assert len(late["left"]) == len(found)
    undone = made.post(f"/api/v1/alerts/bulk/{done['id']}/undo", json={}, headers=ANA).json()
    assert len(undone["done"]) == len(found)
    assert made.post("/api/v1/alerts/bulk/bulk-999999/undo", json={}, headers=ANA).status_code == 400


def test_counts_stand_in_the_figures_too(made: httpx2.Client) -> None:
    act(made, raised(made, "counting")[FUND_OF], "clear", WHY)
    told = made.get("/api/v1/alerts/counts", headers=ANA).json()["states"]
    cleared = next(one["alerts"] for one in told if one["state"] == "cleared")
    assert f'ringfence_alerts{{state="cleared"}} {cleared}' in made.get("/metrics", headers=ANA).text


def test_everything_is_in_the_ledger(made: httpx2.Client, where: str) -> None:
    raised(made, "evidence")
    with Ledger.open(where) as ledger:
        assert ledger.verify().faults == ()
        assert "review" in {line.kind for line in ledger.lines()}
    assert made.get("/api/v1/ledger?kind=review&limit=1", headers=ANA).json()["lines"][0]["kind"] == "review"


def test_without_a_store_the_queue_is_empty_and_says_how_to_begin(client: httpx2.Client) -> None:
    assert client.get("/api/v1/alerts").json()["total"] == 0
    assert client.get("/api/v1/alerts/counts").json()["states"] == []
    assert client.get("/api/v1/alerts/1").status_code == 404
    assert "ringfence refresh" in client.post("/api/v1/alerts", json=PARTIES).json()["detail"]
    assert len(client.get("/api/v1/alerts/reasons").json()["reasons"]) > 10
