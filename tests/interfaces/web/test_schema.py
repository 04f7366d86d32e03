"""Everything that the OpenAPI document allows, and much that it does not, sent to the running service."""

import json
from typing import Any

import httpx2
import pytest

schemathesis = pytest.importorskip("schemathesis", reason="needs schemathesis: pip install -e '.[dev]'")

from hypothesis import HealthCheck, Phase, given, settings  # noqa: E402
from hypothesis.errors import Unsatisfiable  # noqa: E402
from schemathesis import GenerationMode  # noqa: E402
from schemathesis.specs.openapi.checks import positive_data_acceptance  # noqa: E402

pytestmark = pytest.mark.slow

EACH = 12
"""Questions for each operation, in each mode."""


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_no_question_breaks_the_service_and_every_answer_is_as_described(
    client: httpx2.Client, mode: GenerationMode
) -> None:
    schema = schemathesis.openapi.from_dict(json.loads(client.get("/api/v1/openapi.json").text))
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) > 35
    faults = []
    for operation in operations:
        try:
            _ask(operation, mode, str(client.base_url))
        except Unsatisfiable:
            continue  # nothing can be wrong about a question without parameters
        except BaseExceptionGroup as group:
            faults.append(f"{operation.label}: {group.exceptions[0]}\n{group}")
        except AssertionError as error:
            faults.append(f"{operation.label}: {error}")
    assert not faults, "\n\n".join(faults)


def _ask(operation: Any, mode: GenerationMode, address: str) -> None:
    @settings(
        max_examples=EACH,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def asked(case: Any) -> None:
        response = case.call(base_url=address)
        # A question of the right shape may still have no answer (a list, a day or a place that is not there): it is
        # refused with its reason, which is held to below.
        case.validate_response(response, excluded_checks=[positive_data_acceptance])
        if response.status_code >= 400:
            assert response.headers["content-type"][0].startswith("application/problem+json")
            assert response.json()["detail"]

    asked()
