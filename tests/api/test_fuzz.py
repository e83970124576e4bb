"""Whatever the OpenAPI description allows, and what it forbids: no request makes the server fail."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
import schemathesis
from _pytest.assertion.rewrite import AssertionRewritingHook
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import SearchStrategy, dictionaries, lists, none, one_of, recursive, sampled_from, text
from schemathesis.core.result import Ok
from starlette.testclient import TestClient

from shopkeeper.data.reader import EVENT_SHAPES
from shopkeeper.data.reader.event_name import EVENT_NAME

QUICK = 1  # requests of each kind for each route, beside its examples; all of them together take some 20 seconds
THOROUGH = 15  # some minutes
PATIENCE = 60  # seconds that one request may take, on however busy a machine
Operation = Any


@contextmanager
def patience(asked: object) -> Iterator[None]:
    """Fails, instead of waiting for ever, and names what was asked."""

    def late(*_: object) -> None:
        raise TimeoutError(f"No answer within {PATIENCE} seconds to {asked}")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(PATIENCE)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture(autouse=True)
def as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """Modules that hypothesis and schemathesis import while they draw are not rewritten by pytest.

    Hypothesis moves the recursion limit meanwhile, and CPython 3.11 then fails, now and then, to make a syntax tree.
    """
    monkeypatch.setattr(sys, "meta_path", [one for one in sys.meta_path if not isinstance(one, AssertionRewritingHook)])


def test_no_request_makes_the_server_fail(client: TestClient) -> None:
    assert _survived(client, QUICK) == _routes(client)


@pytest.fixture(params=["client", "postgres_client"])
def either(request: pytest.FixtureRequest) -> TestClient:
    """A server on either database."""
    client: TestClient = request.getfixturevalue(request.param)
    return client


@pytest.mark.slow
def test_no_request_of_many_makes_the_server_fail(either: TestClient) -> None:
    assert _survived(either, THOROUGH) == _routes(either)


WORDS = "events items params name eventType productDetails product id properties type event batch timestamp".split()
LEAVES = one_of(none(), text(max_size=8), sampled_from([0, -1, 2.5, 10**20, True, *EVENT_NAME, "2017-12-30T08:00:00Z"]))
ANY_JSON = recursive(
    LEAVES, lambda inner: one_of(lists(inner, max_size=3), dictionaries(sampled_from(WORDS), inner, max_size=4))
)


@pytest.mark.parametrize("format", EVENT_SHAPES)
def test_no_body_in_another_system_s_words_makes_it_fail(either: TestClient, format: str) -> None:
    described = either.get("/openapi.json").json()["paths"]["/v1/events"]["post"]["requestBody"]
    examples = [example["value"] for example in described["content"]["application/json"]["examples"].values()]

    @given(body=one_of(sampled_from(examples), ANY_JSON))
    @settings(max_examples=60, deadline=None, database=None, derandomize=True, phases=[Phase.generate])
    def survives(body: object) -> None:
        with patience(body):
            answer = either.post("/v1/events", params={"format": format}, json=body)
        assert answer.status_code < 500, (body, answer.text)

    survives()


def _routes(client: TestClient) -> int:
    """How many operations the description has."""
    paths = client.get("/openapi.json").json()["paths"]
    return sum(len(operations) for operations in paths.values())


def _survived(client: TestClient, examples: int) -> int:
    """How many operations were asked, by the description's own examples and by others, right ones and wrong ones."""
    key = {"X-API-Key": client.headers["X-API-Key"]}
    description = schemathesis.openapi.from_asgi("/openapi.json", client.app)
    operations = [found.ok() for found in description.get_all_operations() if isinstance(found, Ok)]
    for operation in operations:
        for strategy, count in _strategies(operation, examples):
            with suppress(Unsatisfiable):  # a route without parameters cannot be asked wrongly
                _ask(strategy, count, key)
    return len(operations)


def _strategies(operation: Operation, examples: int) -> Iterator[tuple[SearchStrategy[Any], int]]:
    """What to draw requests from, and how many of each."""
    for strategy in operation.get_strategies_from_examples():
        yield strategy, 1
    for mode in schemathesis.GenerationMode:
        yield operation.as_strategy(generation_mode=mode), examples


def _ask(strategy: SearchStrategy[Any], count: int, key: dict[str, str]) -> None:
    """Send requests, and see that each is answered, and refused in one shape."""

    @given(case=strategy)
    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],  # looking for a smaller example would take minutes
        suppress_health_check=list(HealthCheck),
    )
    def survives(case: Any) -> None:
        with patience(case):
            answer = case.call(headers=key)
        assert answer.status_code < 500, f"{case.as_curl_command()}: {answer.text}"
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == ["application/problem+json"], case.as_curl_command()

    survives()
