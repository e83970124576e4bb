"""Who may do what at Gorse's door: without a key of the shop's, people's data are shut."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from shopkeeper.app import create_server

FEEDBACK = {"FeedbackType": "star", "UserId": "u1", "ItemId": "milk", "Timestamp": "2024-03-01"}


@pytest.fixture(scope="module")
def keyless(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("keyless") / "shop"
    shutil.copytree(trained, folder)
    with TestClient(create_server(folder), raise_server_exceptions=False) as client:
        yield client


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "users"),
        ("GET", "user/u1"),
        ("DELETE", "user/u1"),
        ("PATCH", "user/u1"),
        ("POST", "user"),
        ("POST", "users"),
        ("GET", "feedback"),
        ("GET", "feedback/view"),
        ("GET", "user/u1/feedback"),
        ("GET", "user/u1/feedback/view"),
        ("GET", "item/milk/feedback"),
        ("GET", "item/milk/feedback/view"),
        ("GET", "feedback/u1/milk"),
        ("DELETE", "feedback/u1/milk"),
        ("GET", "feedback/view/u1/milk"),
        ("DELETE", "feedback/view/u1/milk"),
    ],
)
def test_a_shop_without_a_key_shows_and_erases_nobody(keyless: TestClient, method: str, path: str) -> None:
    answer = keyless.request(method, f"/api/{path}", headers={"X-API-Key": "guessed"})
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"
    assert "Set api_key of [gorse]" in answer.json()["detail"]


def test_items_lists_and_the_writing_of_feedback_need_no_key(keyless: TestClient) -> None:
    assert keyless.post("/api/feedback", json=[FEEDBACK]).json() == {"RowAffected": 1}
    assert keyless.get("/api/item/milk").json()["ItemId"] == "milk"
    assert keyless.get("/api/recommend/u1", params={"n": 1}).status_code == 200
    assert keyless.get("/api/popular").status_code == 200


def test_with_a_key_every_route_wants_it(client: TestClient) -> None:
    for path in ("users", "item/milk", "popular"):
        assert client.get(f"/api/{path}", headers={"X-API-Key": "another"}).status_code == 401
        assert client.get(f"/api/{path}").status_code == 200
