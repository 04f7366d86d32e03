"""Clients of trade.gov's search and of OpenRefine."""

import json

import httpx2
import pytest

from tests.interfaces.web.conftest import HIKVISION

CSL = "/consolidated_screening_list/v1/search"
FIELDS = {
    "id", "source", "entity_number", "type", "programs", "name", "title", "addresses", "federal_register_notice",
    "start_date", "end_date", "standard_order", "license_requirement", "license_policy", "call_sign", "vessel_type",
    "gross_tonnage", "gross_registered_tonnage", "vessel_flag", "vessel_owner", "remarks", "source_list_url",
    "source_information_url", "alt_names", "citizenships", "dates_of_birth", "nationalities", "places_of_birth",
    "ids", "country",
}  # fmt: skip


def test_the_answer_has_the_shape_of_the_publication(client: httpx2.Client) -> None:
    found = client.get(CSL, params={"name": "hikvision"}).json()
    assert found.keys() == {"total", "sources", "sources_used", "results"}
    assert found["sources"] == [{"value": "Entity List (EL) - Bureau of Industry and Security", "count": 1}]
    [result] = found["results"]
    assert result.keys() == FIELDS
    assert result["id"] == HIKVISION
    assert result["start_date"] == "2019-10-09"
    assert result["federal_register_notice"].startswith("84 FR 54002")
    assert result["license_requirement"].startswith("For all items subject to the EAR")
    assert set(result["addresses"][0]) == {"address", "city", "state", "postal_code", "country"}


def test_only_a_fuzzy_search_forgives_spelling_and_scores(client: httpx2.Client) -> None:
    exact = client.get(CSL, params={"name": "Hangzou Hikvison Digital Technolgy"}).json()
    fuzzy = client.get(
        CSL, params={"name": "Hangzou Hikvison Digital Technolgy", "fuzzy_name": "true"}
    ).json()
    assert exact["total"] == 0
    assert fuzzy["results"][0]["id"] == HIKVISION
    assert 0 < fuzzy["results"][0]["score"] <= 100


def test_every_filter_narrows(client: httpx2.Client) -> None:
    def total(**params: object) -> int:
        found = client.get(CSL, params=params)
        assert found.status_code == 200, found.text
        return int(found.json()["total"])

    everything = total()
    assert 0 < total(sources="EL") <= everything
    assert total(sources="SDN") == 0
    assert 0 < total(countries="CN,HK") <= everything
    assert total(countries="AQ") == 0
    assert 0 < total(types="Entity") <= everything
    assert total(types="Vessel") == 0
    assert 0 < total(city="Hangzhou") < everything
    assert 0 < total(state="Zhejiang") < everything
    assert 0 < total(full_address="Hangzhou China") < everything
    assert total(city="Hangzhou", state="Xinjiang") == 0
    assert total(postal_code="00000") == 0


def test_pages_do_not_overlap(client: httpx2.Client) -> None:
    pages = [client.get(CSL, params={"size": 10, "offset": at}).json()["results"] for at in (0, 10)]
    assert not {one["id"] for one in pages[0]} & {one["id"] for one in pages[1]}


@pytest.mark.parametrize(
    ("params", "at"),
    [
        ({"sources": "XX"}, "sources"),
        ({"types": "Ghost"}, "types"),
        ({"countries": "China"}, "countries"),
        ({"offset": 1_001}, "offset"),
        ({"size": 101}, "size"),
        ({"fuzzy_name": "true"}, "name"),
        ({"q": "x"}, "q"),
    ],
)
def test_what_the_publication_would_not_take_is_refused(
    client: httpx2.Client, params: dict[str, object], at: str
) -> None:
    found = client.get(CSL, params=params)
    assert found.status_code == 400
    assert found.json()["path"] == at


def test_the_older_address_answers_alike(client: httpx2.Client) -> None:
    older = client.get("/gateway/v1/consolidated_screening_list/search", params={"name": "dahua"}).json()
    assert older["results"] == client.get(CSL, params={"name": "dahua"}).json()["results"]
    sources = client.get("/consolidated_screening_list/v1/sources").json()
    assert sources["total"] == len(sources["results"]) > 0


def test_the_reconciliation_manifest_has_what_its_schema_demands(client: httpx2.Client) -> None:
    manifest = client.get("/reconcile/default").json()
    assert manifest["versions"] == ["0.2"]
    for field in ("name", "identifierSpace", "schemaSpace"):
        assert isinstance(manifest[field], str)
        assert manifest[field]
    assert "{{id}}" in manifest["view"]["url"]
    assert "{{id}}" in manifest["preview"]["url"]
    assert manifest["preview"].keys() == {"url", "width", "height"}
    for kind, service in manifest["suggest"].items():
        address = service["service_url"] + service["service_path"]
        assert kind in {"entity", "type", "property"}
        assert "result" in client.get(address, params={"prefix": "c"}).json()
    assert all(one.keys() == {"id", "name"} for one in manifest["defaultTypes"])


def test_a_batch_is_reconciled_by_form_and_by_address(client: httpx2.Client) -> None:
    queries = {
        "q0": {
            "query": "Hikvision",
            "type": "Company",
            "limit": 3,
            "properties": [{"pid": "country", "v": "CN"}],
        },
        "q1": {"query": "Quiet Garden Bakery Oslo", "type": ["Company"], "type_strict": "should"},
    }
    by_form = client.post("/reconcile/default", data={"queries": json.dumps(queries)}).json()
    by_address = client.get("/reconcile/default", params={"queries": json.dumps(queries)}).json()
    assert by_form == by_address
    best = by_form["q0"]["result"][0]
    assert best.keys() == {"id", "name", "description", "score", "match", "type"}
    assert (best["id"], best["match"]) == (HIKVISION, True)
    assert by_form["q1"] == {"result": []}


@pytest.mark.parametrize(
    "queries",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"q0": {}}',
        '{"q0": {"query": "x", "limit": 0}}',
        '{"q0": {"query": "x", "a": 1}}',
    ],
)
def test_questions_that_cannot_be_read_are_refused(client: httpx2.Client, queries: str) -> None:
    found = client.post("/reconcile/default", data={"queries": queries})
    assert found.status_code == 400
    assert found.headers["content-type"] == "application/problem+json"


def test_a_name_is_suggested_from_its_beginning(client: httpx2.Client) -> None:
    found = client.get("/reconcile/us/suggest/entity", params={"prefix": "Hangzhou Hikv"}).json()["result"]
    assert [one["id"] for one in found] == [HIKVISION]
    assert (
        client.get("/reconcile/us/suggest/type", params={"prefix": "com"}).json()["result"][0]["id"]
        == "Company"
    )


def test_a_preview_is_a_page_without_scripts(client: httpx2.Client) -> None:
    found = client.get("/reconcile/us/preview", params={"id": HIKVISION})
    assert found.headers["content-type"].startswith("text/html")
    assert "Hangzhou Hikvision" in found.text
    assert "<script" not in found.text
    assert client.get("/reconcile/us/preview", params={"id": "<script>"}).status_code == 404
