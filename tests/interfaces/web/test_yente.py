"""The unmodified client of OpenSanctions' yente, from its package, against our service."""

import datetime as dt
from collections.abc import Iterator

import httpx2
import pytest

from tests.interfaces.web.conftest import HIKVISION

yente_client = pytest.importorskip(
    "yente_client", reason="needs the yente-client package: pip install -e '.[dev]'"
)

from yente_client import Client, Company, MatchFilters, Person  # noqa: E402
from yente_client import schemas as ftm  # noqa: E402


@pytest.fixture(scope="module")
def yente(client: httpx2.Client) -> Iterator[Client]:
    with Client(base_url=str(client.base_url)) as found:
        yield found


def test_it_matches_an_example_and_says_why(yente: Client) -> None:
    found = yente.match(Company(name="Hangzhou Hikvision Digital Technology", country="cn"))
    best = found.results[0]
    assert best.id == HIKVISION
    assert best.match
    assert best.schema_ == "Company"
    assert best.properties["topics"] == ["export.control"]
    assert best.contributing_explanations


def test_scores_fall_from_best_to_worst_and_above_the_cutoff(yente: Client) -> None:
    for cutoff in (0.05, 0.5, 0.9):
        found = yente.match(Company(name="Huawei Technologies"), cutoff=cutoff, limit=100)
        scores = [one.score for one in found.results]
        assert scores == sorted(scores, reverse=True)
        assert all(score >= cutoff for score in scores)
        assert found.total.value >= len(scores)


def test_the_threshold_marks_matches_and_removes_nothing(yente: Client) -> None:
    low, high = (
        yente.match(Company(name="Huawei Technologies"), threshold=at, limit=100) for at in (0.1, 1.0)
    )
    assert [one.id for one in low.results] == [one.id for one in high.results]
    assert all(one.match for one in low.results)
    assert not any(one.match for one in high.results if one.score < 1)


def test_datasets_topics_and_exclusions_are_honored(yente: Client) -> None:
    example = Company(name="Hikvision")

    def ids(**filters: object) -> list[str]:
        return [one.id for one in yente.match(example, **filters).results]  # type: ignore[arg-type]

    assert ids(datasets=["us_bis_entity"]) == [HIKVISION]
    assert ids(datasets=["us_bis_meu", "us_bis_entity"]) == [HIKVISION]
    assert ids(exclude_datasets=["us_bis_entity"]) == []
    assert ids(topics=["sanction"]) == []
    assert ids(topics=["export.control"]) == [HIKVISION]
    assert ids(exclude_entities=[HIKVISION]) == []
    assert ids(exclude_schemata=["Company"]) == []
    assert ids(changed_since=dt.datetime(2019, 10, 9, tzinfo=dt.UTC)) == [HIKVISION]
    assert ids(changed_since="2019-10-10") == []
    assert ids(filters=MatchFilters(datasets=["us"])) == [HIKVISION]


def test_an_algorithm_that_is_not_there_is_refused(yente: Client) -> None:
    assert yente.match(Company(name="Hikvision"), algorithm=yente_client.BEST_ALGORITHM).results
    with pytest.raises(yente_client.BadRequestError, match="logic-v2"):
        yente.match(Company(name="Hikvision"), algorithm="logic-v2")
    with pytest.raises(yente_client.BadRequestError, match="weights"):
        yente.match(Company(name="Hikvision"), weights={"name": 0.5})


def test_what_is_no_evidence_here_is_named(client: httpx2.Client) -> None:
    body = {"queries": {"q": {"schema": "Company", "properties": {"name": "Hikvision", "sector": ["video"]}}}}
    assert client.post("/match/default", json=body).json()["responses"]["q"]["ignored"] == ["sector"]


def test_a_stream_of_examples_keeps_its_keys(yente: Client) -> None:
    asked = [("a", Company(name="Hikvision")), ("b", Person(name="Nobody Atall"))]
    found = dict(yente.match_iter(asked, workers=2))
    assert found["a"].results
    assert not found["b"].results


def test_it_searches_with_facets_pages_and_filters(yente: Client) -> None:
    found = yente.search("public security bureau", datasets=["us_bis_entity"], limit=1)
    assert found.total.value > 1
    assert len(found.results) == 1
    assert {"countries", "topics", "datasets"} <= found.facets.keys()
    second = yente.search("public security bureau", datasets=["us_bis_entity"], limit=1, offset=1)
    assert second.results[0].id != found.results[0].id
    countries = yente.search("", countries=["CN"], limit=100)
    assert countries.results
    assert all("cn" in one.properties["country"] for one in countries.results)
    dates = [one.first_seen for one in yente.search("", sort=["first_seen:desc"], limit=100).results]
    known = [date for date in dates if date]
    assert known == sorted(known, reverse=True)
    assert dates[: len(known)] == known


def test_it_fetches_an_entity_with_the_law_inside(yente: Client) -> None:
    found = yente.fetch(HIKVISION)
    [sanction] = found.properties["sanctions"]
    assert sanction.schema_ == "Sanction"
    assert sanction.properties["startDate"] == ["2019-10-09"]
    assert sanction.properties["reason"][0].startswith("For all items subject to the EAR")
    assert yente.fetch(sanction.id).caption == "Entity List"
    assert "sanctions" not in yente.fetch(HIKVISION, nested=False).properties
    with pytest.raises(yente_client.NotFoundError):
        yente.fetch("us_bis_entity:nobody")


def test_it_follows_what_is_tied_to_an_entity(yente: Client) -> None:
    tied = yente.adjacent(HIKVISION)
    assert tied.entity.id == HIKVISION
    assert tied.adjacent["sanctions"].total.value == 1
    assert yente.adjacent(HIKVISION, prop="addressEntity").results
    assert yente.adjacent(HIKVISION, prop="ownershipOwner").total.value == 0


def test_it_reads_statements_catalog_and_algorithms(yente: Client) -> None:
    said = yente.statements(canonical_id=HIKVISION, prop="name")
    assert [one.value for one in said.results] == ["Hangzhou Hikvision Digital Technology Co., Ltd."]
    datasets = {one.name: one for one in yente.datasets().datasets}
    assert datasets["default"].entity_count == sum(
        one.entity_count or 0 for one in datasets.values() if not one.children
    )
    assert "us_bis_entity" in datasets["us"].children
    assert yente.algorithms().best == "ringfence"
    assert yente.healthz().status == yente.readyz().status == "ok"


def test_every_property_we_write_is_one_of_its_schema(client: httpx2.Client) -> None:
    found = client.get("/search/default", params={"limit": 500}).json()["results"]
    assert len(found) > 20
    for one in found:
        nested = client.get(f"/entities/{one['id']}").json()
        values = [v for many in nested["properties"].values() for v in many if isinstance(v, dict)]
        for each in [nested, *values]:
            assert set(each["properties"]) <= set(ftm.iter_properties(each["schema"])), each["id"]
            topics = each["properties"].get("topics", [])
            assert set(topics) <= set(ftm.model["types"]["topic"]["values"])
