"""Every error is an RFC 9457 problem in one shape that says what to do."""

from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from shopkeeper.app import create_server
from shopkeeper.operation.shop import init_shop

SEARCH = "/v1/search"
LIST = "/v1/recommend/trending"
VIEW = {"type": "view", "user_id": "u", "item_id": "milk"}


@pytest.mark.parametrize(
    ("method", "path", "sent", "status", "words"),
    [
        ("GET", LIST, {"params": {"n": -1}}, 422, "n: "),
        ("GET", LIST, {"params": {"n": 0}}, 422, "n: "),
        ("GET", LIST, {"params": {"n": 201}}, 422, "200"),
        ("GET", LIST, {"params": {"n": "ten"}}, 422, "integer"),
        ("GET", LIST, {"params": {"user_id": "a\x00b"}}, 422, "user_id"),
        ("GET", "/v1/recommend/nowhere", {}, 404, "There are: home"),
        ("GET", LIST, {"params": {"filter": "price <"}}, 422, "filter"),
        ("GET", LIST, {"params": {"filter": "secret = 1"}}, 422, "no column"),
        ("GET", LIST, {"params": {"filter": "x" * 3000}}, 422, "filter"),
        ("GET", LIST, {"params": {"filter": "1=1; DROP TABLE item"}}, 422, "filter"),
        ("GET", SEARCH, {}, 422, "q: "),
        ("GET", SEARCH, {"params": {"q": ""}}, 422, "q: "),
        ("GET", SEARCH, {"params": {"q": "tea", "n": -1}}, 422, "n: "),
        ("GET", SEARCH, {"params": {"q": "tea", "filter": "secret = 1"}}, 422, "no column"),
        ("POST", "/v1/recommend", {"content": b"{broken"}, 400, "not valid JSON"),
        ("POST", "/v1/recommend", {"content": b"\xff\xfe"}, 400, "JSON"),
        ("POST", "/v1/recommend", {"content": b"[" * 100_000}, 400, ""),
        ("POST", "/v1/recommend", {"json": []}, 422, ""),
        ("POST", "/v1/recommend", {"json": {"surface": 7}}, 422, "surface"),
        ("POST", "/v1/recommend", {"json": {"surface": "nowhere"}}, 404, "There are: home"),
        ("POST", "/v1/recommend", {"json": {"queries": [{"surface": "home"}, {"surface": "nowhere"}]}}, 404, "nowhere"),
        ("POST", "/v1/recommend", {"json": {"surface": "home", "filter": "secret = 1"}}, 422, "no column"),
        ("POST", "/v1/recommend", {"json": {"surface": "home", "limit": 3}}, 422, "limit"),
        (
            "POST",
            "/v1/recommend",
            {"json": {"queries": [{"surface": "home"}, {"surface": "home", "n": -5}]}},
            422,
            "queries[1].n",
        ),
        ("POST", "/v1/recommend", {"json": {"queries": []}}, 422, "queries"),
        ("POST", "/v1/events", {"json": []}, 422, "events"),
        ("PUT", "/v1/items", {"json": []}, 422, "items"),
        ("PUT", "/v1/offers", {"json": []}, 422, "offers"),
        ("PUT", "/v1/offers", {"json": {"item_id": "milk"}}, 422, "row 0: price or stock is needed"),
        ("PUT", "/v1/offers", {"json": {"item_id": "nope", "price": 1}}, 422, "no item 'nope' is known"),
        ("POST", "/v1/events", {"json": "view"}, 422, ""),
        ("POST", "/v1/events", {"json": {"type": "view", "user_id": "u"}}, 422, "row 0: item_id is needed"),
        ("POST", "/v1/events", {"json": {"type": "view", "user_id": "u", "item_id": "nope"}}, 422, "nope"),
        (
            "POST",
            "/v1/events",
            {"json": {"type": "x", "user_id": "u", "item_id": "a", "time": "2999-01-01"}},
            422,
            "type",
        ),
        *(
            ("POST", "/v1/events", {"json": {**VIEW, "time": time}}, 422, "time: ")
            for time in ("yesterday", True, 1.5, 1_511_166_600, [1], {"at": 1})
        ),
        ("PUT", "/v1/items", {"json": {"items": [{"title": "no id"}]}}, 422, "item_id"),
        ("PUT", "/v1/items", {"json": {"item_id": "a", "price": 1.999}}, 422, "2 decimals"),
        ("GET", "/v1/items/unknown", {}, 404, "unknown"),
        ("DELETE", "/v1/items/unknown", {}, 404, "unknown"),
        ("GET", "/v1/nothing", {}, 404, "/docs"),
        ("POST", "/healthz", {}, 405, "GET"),
        ("DELETE", "/v1/events", {}, 405, "POST"),
    ],
)
def test_it_is_a_clear_problem(
    client: TestClient, method: str, path: str, sent: dict[str, Any], status: int, words: str
) -> None:
    headers = {"content-type": "application/json"} if "content" in sent else {}
    answer = client.request(method, path, **sent, headers=headers)
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (answer.status_code, problem["status"]) == (status, status)
    assert {"type", "title", "status", "detail"} <= set(problem)
    assert words in problem["detail"]


def test_a_method_that_is_not_allowed_says_which_are(client: TestClient) -> None:
    assert "GET" in client.post("/healthz").headers["allow"]


def test_problems_of_ours_have_a_type_of_their_own(client: TestClient) -> None:
    assert client.get("/v1/recommend/nowhere").json()["type"] == "urn:shopkeeper:unknown-surface"
    assert client.get(LIST, params={"filter": "("}).json()["type"] == "urn:shopkeeper:filter-error"


def test_a_body_over_the_limit_is_refused(client: TestClient) -> None:
    answer = client.post("/v1/events", content=b"[" + b" " * 16_000_001 + b"]")
    assert (answer.status_code, answer.json()["title"]) == (413, "Request Entity Too Large")


def test_a_shop_without_a_bundle_lives_and_says_what_to_do(tmp_path: Path) -> None:
    init_shop(tmp_path)
    with TestClient(create_server(tmp_path), raise_server_exceptions=False) as client:
        assert client.get("/healthz").status_code == 200
        for path in ("/readyz", LIST, "/v1/search?q=tea"):
            answer = client.get(path)
            assert answer.status_code == 503
            assert answer.headers["content-type"] == "application/problem+json"
            assert "shopkeeper train" in answer.json()["detail"]
        page = client.get("/", headers={"accept": "text/html"})
        assert page.status_code == 503
        assert "shopkeeper train" in page.text


def test_a_shop_without_a_bundle_still_takes_in_items_and_events(tmp_path: Path) -> None:
    init_shop(tmp_path)
    with TestClient(create_server(tmp_path), raise_server_exceptions=False) as client:
        assert client.put("/v1/items", json={"item_id": "tea", "title": "Green tea"}).status_code == 200
        assert client.post("/v1/events", json={"type": "view", "user_id": "u", "item_id": "tea"}).status_code == 202


@pytest.mark.parametrize("path", ["/v1/events", "/v1/events?format=ga4", "/v1/recommend"])
def test_json_that_does_not_say_so_is_told_to(client: TestClient, path: str) -> None:
    for headers in ({}, {"content-type": "application/x-www-form-urlencoded"}, {"content-type": "text/plain"}):
        answer = client.post(path, content=b'{"type": "view"}', headers=headers)
        assert answer.status_code == 422
        assert answer.json()["detail"].endswith("body: send JSON with content-type: application/json.")


@pytest.mark.parametrize("path", ["/v1/events", "/v1/recommend"])
@pytest.mark.parametrize("sent", [42, "view", None])
def test_json_that_is_no_object_is_told_to_be_one(client: TestClient, path: str, sent: object) -> None:
    answer = client.post(path, json=sent)
    assert answer.status_code == 422
    assert "body: send a JSON object with content-type: application/json." in answer.json()["detail"]
