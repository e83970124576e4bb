"""Gorse's door in a market: what is sold out there is in no list, whichever route is asked."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from shopkeeper.app import create_server
from shopkeeper.setting import SHOP_FILE

LISTS = (
    "/api/recommend/somebody",
    "/api/item-to-item/similar/biscuit-ginger",
    "/api/item/biscuit-ginger/neighbors",
    "/api/non-personalized/popular",
    "/api/non-personalized/trending",
    "/api/latest",
)


@pytest.fixture(scope="module")
def client(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The toy shop, whose Gorse door is in bern, where there are no oat biscuits."""
    folder = tmp_path_factory.mktemp("gorse") / "shop"
    shutil.copytree(trained, folder)
    text = (folder / SHOP_FILE).read_text("utf-8")
    (folder / SHOP_FILE).write_text(text.replace("[gorse]\n", '[gorse]\nmarket = "bern"\n'), "utf-8")
    with TestClient(create_server(folder), raise_server_exceptions=False) as client:
        offer = {"item_id": "biscuit-oat", "market": "bern", "stock": 0}
        assert client.put("/v1/offers", json=[offer]).json()["accepted"] == 1
        yield client


def test_lists_are_of_the_market(client: TestClient) -> None:
    told = {}
    for path in LISTS:
        places = client.get(path, params={"n": 100}, headers={"X-API-Version": "2"}).json()
        told[path] = {place["Id"] for place in places}
    assert all(told.values())
    assert "biscuit-oat" not in set.union(*told.values())
    assert "biscuit-oat" in {place["item_id"] for place in client.get("/v1/recommend/home?n=100").json()["items"]}


def test_sessions_and_searches_are_of_the_market(client: TestClient) -> None:
    session = client.post("/api/session/recommend?n=100", json=[{"ItemId": "biscuit-ginger"}]).json()
    assert session
    assert "biscuit-oat" not in {place["Id"] for place in session}
    found = client.get("/api/items", params={"q": "oat biscuits", "n": 100}).json()["Items"]
    assert "biscuit-oat" not in {item["ItemId"] for item in found}


def test_the_catalogue_is_told_whole(client: TestClient) -> None:
    assert client.get("/api/item/biscuit-oat").json()["ItemId"] == "biscuit-oat"
    assert "biscuit-oat" in {item["ItemId"] for item in client.get("/api/items?n=100").json()["Items"]}
