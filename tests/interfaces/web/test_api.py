"""What our own resources answer."""

import datetime as dt
import json
import threading
from pathlib import Path

import httpx2
import pytest

from ringfence import Engine, Query, Settings, Store, open_store
from ringfence.interfaces.web.access.registry import KeptAnswer, Registry
from ringfence.interfaces.web.application import create_app
from ringfence.interfaces.web.document import document
from ringfence.records import Snapshot
from ringfence.sources.document import read_document
from ringfence.sources.registry import parser
from ringfence.sources.row import Account
from ringfence.store import Attempt
from ringfence.store.address import registry_beside
from tests.interfaces.web.conftest import HIKVISION, NOW
from tests.interfaces.web.serving import serving

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "openapi.json"


def test_a_search_gives_what_the_engine_gives(client: httpx2.Client, settings: Settings) -> None:
    answer = client.get("/api/v1/search", params={"name": "Hikvision", "country": "cn"}).json()
    with Engine.open(settings, now=NOW) as engine:
        expected = engine.search(Query(name="Hikvision", countries=("CN",)))
    assert answer["outcome"] == expected.outcome == "hit"
    assert [hit["score"] for hit in answer["hits"]] == [hit.score for hit in expected.hits]
    assert answer["hits"][0]["reasons"]
    assert answer["provenance"]["valid_on"] == "2019-10-20"


def test_a_past_day_is_answered_by_the_law_of_that_day(client: httpx2.Client) -> None:
    outcomes = {
        day: client.get("/api/v1/search", params={"name": "Hikvision", "as_of": day}).json()["outcome"]
        for day in ("2019-10-08", "2019-10-09")
    }
    assert outcomes == {"2019-10-08": "no_match", "2019-10-09": "hit"}


def test_a_batch_is_answered_in_order_with_one_provenance(client: httpx2.Client) -> None:
    names = ["Hikvision", "Quiet Garden Bakery Oslo", "Dahua Technology"]
    answer = client.post("/api/v1/screen", json={"queries": [{"name": name} for name in names]}).json()
    assert [one["query"]["name"] for one in answer["answers"]] == names
    assert [one["outcome"] for one in answer["answers"]] == ["hit", "no_match", "hit"]
    assert all(one["provenance"] == answer["provenance"] for one in answer["answers"])


def test_a_batch_streams_as_json_lines(client: httpx2.Client) -> None:
    body = {"queries": [{"id": str(number), "name": "Hikvision"} for number in range(40)]}
    found = client.post("/api/v1/screen", json=body, headers={"Accept": "application/x-ndjson"})
    assert found.headers["content-type"].startswith("application/x-ndjson")
    assert [json.loads(line)["query"]["id"] for line in found.text.splitlines()] == [
        str(n) for n in range(40)
    ]


def test_a_stream_of_an_unknown_list_is_refused_before_it_begins(client: httpx2.Client) -> None:
    body = {"queries": [{"name": "x"}], "lists": ["us_nonsense"]}
    found = client.post("/api/v1/screen", json=body, headers={"Accept": "application/x-ndjson"})
    assert found.status_code == 400
    assert "us_nonsense" in found.json()["detail"]


def test_pages_hold_every_entry_once(client: httpx2.Client) -> None:
    seen, cursor = [], None
    while True:
        params = {"list": "us_bis_entity", "limit": 20} | ({"cursor": cursor} if cursor else {})
        page = client.get("/api/v1/listings", params=params).json()
        seen += [one["id"] for one in page["listings"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == page["total"] > 20


def test_a_cursor_that_was_made_up_is_refused(client: httpx2.Client) -> None:
    for cursor in ("MTA6eHh4", "%%%", "x", "é"):
        found = client.get("/api/v1/listings", params={"cursor": cursor})
        assert found.status_code == 400
        assert found.json()["path"] == "cursor"


def test_an_entry_is_told_with_its_texts_history_and_party(client: httpx2.Client) -> None:
    entry = client.get(f"/api/v1/listings/{HIKVISION}").json()
    assert entry["in_force"]["party"]["names"][0]["text"].startswith("Hangzhou Hikvision")
    assert entry["versions"]
    event, *_ = client.get(f"/api/v1/listings/{HIKVISION}/history").json()["events"]
    assert event["kind"] == "add"
    assert event["effective_on"] == "2019-10-09"
    assert HIKVISION in client.get(f"/api/v1/listings/{HIKVISION}/party").json()["party"]["listings"]


def test_the_difference_of_two_days_is_the_rule_of_9_october_2019(client: httpx2.Client) -> None:
    found = client.get(
        "/api/v1/diff", params={"from": "2019-10-08", "to": "2019-10-09", "list": "us_bis_entity"}
    ).json()
    assert found["total"] == 28
    assert {event["citations"][0] for event in found["events"]} <= {"84 FR 54002", "84 FR 54004"}


def test_ownership_is_told_with_its_arithmetic(client: httpx2.Client) -> None:
    link = {"subject": "Hangzhou Hikvision Digital Technology Co., Ltd.", "subject_country": "CN"}
    link |= {"relation": "owns", "object": "Beta GmbH", "share": "60%", "source": "register"}
    body = {"links": [link], "parties": [{"name": "Beta GmbH"}]}
    [answer] = client.post("/api/v1/exposure", json=body).json()["answers"]
    assert answer["status"] == "owned"
    assert answer["proof"][0]["share"] == [0.6, 0.6]


def test_a_link_with_an_unknown_field_is_refused_with_its_row(client: httpx2.Client) -> None:
    found = client.post("/api/v1/exposure", json={"links": [{"subject": "A", "relatin": "owns"}]})
    assert found.status_code == 400
    assert "row 1" in found.json()["detail"]
    assert "/tmp" not in found.text


def test_an_answer_that_the_caller_holds_is_not_sent_again(client: httpx2.Client) -> None:
    first = client.get("/api/v1/search?name=Hikvision")
    again = client.get("/api/v1/search?name=Hikvision", headers={"If-None-Match": first.headers["etag"]})
    other = client.get("/api/v1/search?name=Dahua", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert other.status_code == 200


@pytest.mark.parametrize(
    ("path", "at"),
    [
        ("/api/v1/search?name=x&nonsense=1", "nonsense"),
        ("/api/v1/search?name=x&limit=0", "limit"),
        ("/api/v1/search?name=x&limit=201", "limit"),
        ("/api/v1/search?name=x&threshold=1.5", "threshold"),
        ("/api/v1/search?name=x&as_of=2019-99-99", "as_of"),
        ("/api/v1/search?name=x&kind=alien", "kind"),
        ("/api/v1/search?name=x&country=CHN", "country"),
        ("/api/v1/search?name=x&birth_date=soon", "birth_date"),
        ("/api/v1/search", "name"),
        ("/api/v1/diff?from=2019-10-09&to=2019-10-08", "to"),
        ("/api/v1/changes?since=yesterday", "since"),
    ],
)
def test_a_parameter_at_fault_is_named(client: httpx2.Client, path: str, at: str) -> None:
    found = client.get(path)
    assert found.status_code == 400
    assert found.headers["content-type"] == "application/problem+json"
    assert found.json()["path"] == at


@pytest.mark.parametrize(
    ("body", "at"),
    [
        ({"queries": [{"name": "a"}, {"name": "b", "nmae": "c"}]}, "queries[1].nmae"),
        ({"queries": [{"name": "a", "countries": ["CN", 5]}]}, "queries[0].countries[1]"),
        ({"queries": [{"name": "a", "country": "China"}]}, "queries[0].countries"),
        ({"queries": [{"nmae": "a"}]}, "queries[0].nmae"),
        ({"queries": []}, "queries"),
        ({"queries": [{"name": "a"}], "treshold": 0.5}, "treshold"),
        ({"queries": [{"name": "a"}] * 1_001}, "queries"),
        ({}, "queries"),
    ],
)
def test_a_field_at_fault_is_named_by_its_path(client: httpx2.Client, body: object, at: str) -> None:
    found = client.post("/api/v1/screen", json=body)
    assert found.status_code == 400
    assert found.json()["path"] == at


def test_what_is_wrong_is_told_with_what_would_be_right(client: httpx2.Client) -> None:
    body = client.post("/api/v1/screen", json={"parties": []}).json()
    assert body["path"] == "parties"
    assert "Fields: " in body["detail"]
    assert "queries" in body["detail"]
    day = client.get("/api/v1/search", params={"name": "Hikvision", "as_of": "2019-13-01"}).json()
    assert day["detail"] == "this is no day of the calendar. Write it as YYYY-MM-DD, for example 2019-10-09."
    transaction = {"transactions": [{"id": "a", "on": "9 Oct 2019", "activity": "export", "parties": []}]}
    [refused] = client.post("/api/v1/decide", json=transaction).json()["answers"]
    assert refused["path"] == "on"
    assert refused["error"].startswith("'9 Oct 2019' is no day of the calendar.")


def test_one_refused_transaction_does_not_keep_the_others_from_being_answered(client: httpx2.Client) -> None:
    good = {"id": "T", "on": "2019-10-09", "activity": "export", "destination": "CN"}
    good |= {"parties": [{"role": "end_user", "name": "Hikvision", "country": "CN"}]}
    found = client.post(
        "/api/v1/decide", json={"transactions": [good, {**good, "id": "U", "destinatoin": "CN"}]}
    )
    first, second = found.json()["answers"]
    assert first["decision"]["id"] == "T"
    assert second["path"] == "destinatoin"


def test_the_figures_say_how_old_each_list_is(client: httpx2.Client) -> None:
    client.get("/healthz")
    text = client.get("/metrics").text
    assert f'ringfence_list_age_seconds{{list="us_bis_entity"}} {11 * 86_400}' in text
    assert 'ringfence_screened_total{outcome="hit"}' in text
    assert "ringfence_request_seconds_bucket" in text
    assert "process_open_fds" in text or not Path("/proc/self/statm").exists()


def test_the_figures_say_when_each_source_was_refreshed_and_how(location: str, tmp_path: Path) -> None:
    tried = Attempt("us_csl", NOW, "file", "held_back", "too small")
    with open_store(location) as held:
        held.note(tried)
    with serving(create_app(Settings(store=location, cache=str(tmp_path)), now=lambda: NOW)) as client:
        text = client.get("/metrics").text
    told = 'ringfence_refresh_timestamp_seconds{source="us_csl",outcome="held_back"}'
    assert f"{told} {int(NOW.timestamp())}" in text


def test_the_committed_document_is_the_one_that_is_served(settings: Settings) -> None:
    text = json.dumps(document(create_app(settings, now=lambda: NOW)), indent=1, ensure_ascii=False) + "\n"
    assert DOCUMENT.read_text(encoding="utf-8") == text, "docs/openapi.json does not hold; run: make docs"


def test_every_route_is_in_the_document_and_every_shape_in_it_is_there(client: httpx2.Client) -> None:
    served = client.get("/api/v1/openapi.json").json()
    assert served["openapi"].startswith("3.1")
    text = json.dumps(served)
    for name in {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}:
        assert name in served["components"]["schemas"]


@pytest.fixture
def own(location: str, tmp_path: Path) -> Settings:
    """An empty store."""
    return Settings(store=location, cache=str(tmp_path / "cache"))


def test_a_new_release_takes_effect_without_a_pause_and_no_answer_mixes_two(own: Settings) -> None:
    clock = [NOW]
    sample = Path(__file__).parents[2] / "lists" / "us_csl" / "sample.csv"
    app = create_app(own, now=lambda: clock[0])
    with serving(app) as client:
        before = client.get("/api/v1/search?name=Hikvision").json()["provenance"]["lists"]
        with open_store(own.store) as held:
            _record(held, sample)
        clock[0] += dt.timedelta(seconds=5)
        for _ in range(200):
            after = client.get("/api/v1/search?name=Hikvision").json()["provenance"]["lists"]
            snapshots = {one["snapshot"] for one in after if one["source"] == "us_csl"}
            if snapshots:
                break
            assert after == before
            threading.Event().wait(0.05)
        assert len(snapshots) == 1


def test_a_decision_is_kept_once_in_a_ledger_that_verifies(own: Settings) -> None:
    transaction = {"id": "T-1", "on": "2019-10-09", "activity": "export", "destination": "CN"}
    transaction |= {"parties": [{"role": "end_user", "name": "Hikvision", "country": "CN"}]}
    with serving(create_app(own, now=lambda: NOW)) as client:
        name = {"Idempotency-Key": "decision-0001"}
        first, again = (
            client.post("/api/v1/decide", json={"transactions": [transaction]}, headers=name)
            for _ in range(2)
        )
        assert first.content == again.content
        assert first.json()["answers"][0]["line"] == 1
        trial = client.post("/api/v1/decide", json={"transactions": [transaction], "record": False})
        assert trial.json()["answers"][0]["line"] is None
        page = client.get("/api/v1/ledger", params={"kind": "decision"}).json()
        assert [one["ref"] for one in page["lines"]] == ["T-1"]
        assert page["next"] is None
        assert client.get("/api/v1/ledger/T-1").json()["number"] == 1
        checked = client.get("/api/v1/ledger/verify").json()
        assert checked["lines"] == 1
        assert not checked["faults"]


def test_a_write_sent_again_is_done_once(own: Settings) -> None:
    with open_store(own.store) as held:
        _record(held, Path(__file__).parents[2] / "lists" / "us_csl" / "sample.csv")
    with Registry(registry_beside(own.store)) as registry:
        _, key = registry.add_key("desk", "approver", now=NOW)
    clock = [NOW]
    with serving(create_app(own, now=lambda: clock[0])) as client:
        client.headers["Authorization"] = f"Bearer {key}"
        one, other = [
            x["id"] for x in client.get("/api/v1/listings?list=us_bis_entity").json()["listings"][:2]
        ]
        body = {"action": "join", "one": one, "other": other, "why": "the same registration"}
        name = {"Idempotency-Key": "ruling-0001"}
        first, again = (client.post("/api/v1/rulings", json=body, headers=name) for _ in range(2))
        assert first.status_code == again.status_code == 201
        assert first.content == again.content
        assert again.headers["idempotency-replayed"] == "true"
        assert first.json()["by"].startswith("desk")
        changed = client.post("/api/v1/rulings", json={**body, "why": "something else"}, headers=name)
        assert changed.status_code == 400
        assert changed.json()["path"] == "Idempotency-Key"
        with open_store(own.store) as held:
            assert len(held.rulings()) == 1
        told = client.get("/api/v1/rulings")
        assert [one["why"] for one in told.json()["rulings"]] == [body["why"]], "told at once"
        held_already = {"If-None-Match": told.headers["etag"]}
        assert client.get("/api/v1/rulings", headers=held_already).status_code == 304
        before = (NOW - dt.timedelta(seconds=1)).isoformat()
        assert not client.get("/api/v1/rulings", params={"known_at": before}).json()["rulings"]
        clock[0] += dt.timedelta(days=2)
        assert client.post("/api/v1/rulings", json=body, headers=name).status_code == 201
        assert client.get("/api/v1/rulings", headers=held_already).status_code == 200
        with open_store(own.store) as held:
            assert len(held.rulings()) == 2


def test_of_two_who_write_under_one_key_at_once_one_is_told_to_wait(location: str) -> None:
    with Registry(location) as one, Registry(location) as other:
        assert one.begin_answer("desk", "ruling-0001", b"a" * 32, now=NOW) is None
        waiting = other.begin_answer("desk", "ruling-0001", b"a" * 32, now=NOW)
        assert waiting is not None
        assert waiting.status == 0
        one.drop_answer("desk", "ruling-0001")  # it failed
        assert other.begin_answer("desk", "ruling-0001", b"a" * 32, now=NOW) is None
        other.keep_answer(
            "desk", "ruling-0001", KeptAnswer(b"a" * 32, 201, "application/json", b"{}"), now=NOW
        )
        one.drop_answer("desk", "ruling-0001")  # too late: it is answered
        kept = one.begin_answer("desk", "ruling-0001", b"a" * 32, now=NOW)
        assert kept is not None
        assert kept.status == 201


def test_an_answer_under_way_is_not_waited_for_forever(location: str) -> None:
    with Registry(location) as registry:
        assert registry.begin_answer("desk", "ruling-0001", b"a" * 32, now=NOW) is None
        assert registry.begin_answer("desk", "ruling-0001", b"a" * 32, now=NOW + dt.timedelta(minutes=9))
        late = NOW + dt.timedelta(minutes=11)
        assert registry.begin_answer("desk", "ruling-0001", b"a" * 32, now=late) is None


def _record(held: Store, sample: Path) -> None:
    """A sample is smaller than any release may be: it is recorded past the checks."""
    data = read_document([sample], 10_000_000)
    listings = list(parser("us_csl")(data, Account()))
    release = Snapshot(
        id=data.digest,
        source="us_csl",
        published_on=dt.date(2019, 10, 19),
        published_by="user",
        fetched_at=NOW,
        recorded_at=NOW,
        origin="sample",
        size=len(data.data),
        entries=len(listings),
    )
    held.record(release, listings)
