"""Bodies over the limit are refused while they arrive."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI, Request
from starlette.testclient import TestClient

from shopkeeper.api.body_limit import BodyLimit
from shopkeeper.api.problem import install_problems


@pytest.fixture
def client() -> TestClient:
    app = FastAPI()

    @app.post("/size")
    async def size(request: Request) -> int:
        return len(await request.body())

    install_problems(app, None)
    app.add_middleware(BodyLimit, megabytes=1)
    return TestClient(app)


def test_a_body_at_the_limit_passes(client: TestClient) -> None:
    assert client.post("/size", content=b"x" * 1_000_000).json() == 1_000_000


def test_an_announced_body_over_the_limit_is_a_413_problem(client: TestClient) -> None:
    answer = client.post("/size", content=b"x" * 1_000_001)
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"
    assert "1 MB" in answer.json()["detail"]


def test_a_body_that_turns_out_too_large_is_a_413_problem(client: TestClient) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(11):
            yield b"x" * 100_000

    answer = client.post("/size", content=chunks())
    assert (answer.status_code, answer.json()["status"]) == (413, 413)
