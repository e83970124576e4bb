"""Whatever the OpenAPI description allows, and what it forbids: no request makes the server fail."""

from contextlib import suppress
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.core.result import Ok
from starlette.testclient import TestClient

EXAMPLES = 10  # requests of each kind for each route; all of them together take well under a minute
ROUTES = 10


def test_no_request_makes_the_server_fail(client: TestClient) -> None:
    description = schemathesis.openapi.from_asgi("/openapi.json", client.app)
    operations = [found.ok() for found in description.get_all_operations() if isinstance(found, Ok)]
    for operation in operations:
        for mode in schemathesis.GenerationMode:

            @given(case=operation.as_strategy(generation_mode=mode))
            @settings(
                max_examples=EXAMPLES,
                deadline=None,
                database=None,
                derandomize=True,
                phases=[Phase.generate],  # looking for a smaller example would take minutes
                suppress_health_check=list(HealthCheck),
            )
            def survives(case: "schemathesis.Case[Any]") -> None:
                answer = case.call()
                assert answer.status_code < 500, f"{case.as_curl_command()}: {answer.text}"
                if answer.status_code >= 400:
                    assert answer.headers["content-type"] == ["application/problem+json"], case.as_curl_command()

            with suppress(Unsatisfiable):  # a route without parameters cannot be asked wrongly
                survives()
    assert len(operations) == ROUTES
