"""Everything that the OpenAPI document allows, and much that it does not, sent to the running service."""

import json
from typing import Any

import httpx2
import pytest

schemathesis = pytest.importorskip("schemathesis", reason="needs schemathesis: pip install -e '.[dev]'")

from hypothesis import HealthCheck, Phase, given  # noqa: E402
from hypothesis import settings as asking  # noqa: E402
from hypothesis.errors import Unsatisfiable  # noqa: E402
from schemathesis import GenerationMode  # noqa: E402
from schemathesis.specs.openapi.checks import positive_data_acceptance  # noqa: E402

from ringfence import Settings, open_store  # noqa: E402
from ringfence.interfaces.web.access.registry import Registry  # noqa: E402
from ringfence.interfaces.web.application import create_app  # noqa: E402
from ringfence.review import Desk  # noqa: E402
from ringfence.store.address import registry_beside  # noqa: E402
from ringfence.store.inspection import inspect  # noqa: E402
from ringfence.watch.rescreening import Rescreener  # noqa: E402
from tests.interfaces.web.conftest import NOW  # noqa: E402
from tests.interfaces.web.serving import serving  # noqa: E402

pytestmark = pytest.mark.slow

EACH = 12
"""Questions for each operation, in each mode."""


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_no_question_breaks_the_service_and_every_answer_is_as_described(
    client: httpx2.Client, mode: GenerationMode
) -> None:
    operations = operations_of(client)
    assert len(operations) > 35
    assert not (faults := faults_of(operations, mode, client)), "\n\n".join(faults)


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_neither_does_one_where_there_are_alerts_a_book_and_reports_of_its_watch(
    mode: GenerationMode, location: str, settings: Settings
) -> None:
    own = Settings(store=location, cache=settings.cache)
    with Registry(registry_beside(location)) as registry:
        _, key = registry.add_key("everything", "administrator", now=NOW)
    with serving(create_app(own, now=lambda: NOW)) as client:
        parties = [{"id": f"S-{n}", "name": "Dahua Technology", "country": "CN"} for n in range(40)]
        raised = client.post("/api/v1/alerts", json={"source": "erp", "parties": parties})
        assert len(raised.json()["alerts"]["raised"]) == 40
        assert len(client.post("/api/v1/book", json={"parties": parties}).json()["changes"]) == 40
        with open_store(location) as store:
            assert Rescreener(store, own).run(now=NOW) is not None
        of_these = ("/alerts", "/book", "/watch", "/changes", "/rulings", "/ledger")
        operations = [one for one in operations_of(client) if any(part in one.path for part in of_these)]
        assert len(operations) > 25
        assert not (faults := faults_of(operations, mode, client, key)), "\n\n".join(faults)
        with Desk.open(own.store) as desk:
            assert desk.verify() == ()
        assert inspect(location).faults == ()


def operations_of(client: httpx2.Client) -> list[Any]:
    """Everything that the document of the service describes."""
    schema = schemathesis.openapi.from_dict(json.loads(client.get("/api/v1/openapi.json").text))
    return [found.ok() for found in schema.get_all_operations()]


def faults_of(
    operations: list[Any], mode: GenerationMode, client: httpx2.Client, key: str | None = None
) -> list[str]:
    """What is wrong with the answers to questions about these operations, asked with a key or without."""
    faults = []
    for operation in operations:
        try:
            _ask(operation, mode, str(client.base_url), {"Authorization": f"Bearer {key}"} if key else {})
        except Unsatisfiable:
            continue  # nothing can be wrong about a question without parameters
        except BaseExceptionGroup as group:
            faults.append(f"{operation.label}: {group.exceptions[0]}\n{group}")
        except AssertionError as error:
            faults.append(f"{operation.label}: {error}")
    return faults


def _ask(operation: Any, mode: GenerationMode, address: str, headers: dict[str, str]) -> None:
    @asking(
        max_examples=EACH,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def asked(case: Any) -> None:
        response = case.call(base_url=address, headers=headers, timeout=120)
        # A question of the right shape may still have no answer (a list, a day or a place that is not there): it is
        # refused with its reason, which is held to below.
        case.validate_response(response, excluded_checks=[positive_data_acceptance])
        if response.status_code >= 400:
            assert response.headers["content-type"][0].startswith("application/problem+json")
            assert response.json()["detail"]

    asked()
