"""What a server answers is in the exposure log when it has stopped: over the API, on pages, and of searches."""

import re
import shutil
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from shopkeeper.app import create_server
from shopkeeper.operation.shop import open_shop
from shopkeeper.setting import SHOP_FILE


@pytest.fixture
def folder(trained: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(trained, tmp_path / "shop"))


def test_lists_and_searches_are_logged_with_who_asked(folder: Path) -> None:
    with TestClient(create_server(folder)) as client:
        one = client.get("/v1/recommend/home", params={"user_id": "u1", "n": 3}).json()
        queries = [{"surface": "home", "visitor_id": "v1"}, {"surface": "trending"}]
        many = client.post("/v1/recommend", json={"queries": queries}).json()["answers"]
        found = client.get("/v1/search", params={"q": "tea", "user_id": "u2"}).json()
        page = client.get("/", params={"customer": "u3"}).text
    on_page = set(re.findall(r"[0-9a-f]{32}", page))

    with open_shop(folder) as shop:
        log = [shop.store.exposures.get(answer["recommendation_id"]) for answer in [one, *many, found]]
        asked = [(held.surface, held.user_id, held.visitor_id, held.query) for held in log if held]
        shown = [held for name in on_page if (held := shop.store.exposures.get(name))]
    assert asked == [
        ("home", "u1", None, None),
        ("home", None, "v1", None),
        ("trending", None, None, None),
        ("search", "u2", None, "tea"),
    ]
    assert log[0] is not None
    assert len(log[0].places) == len(one["items"]) == 3
    assert {held.user_id for held in shown} == {"u3"}


def test_the_lists_of_gorse_s_door_are_logged_as_they_are_given(folder: Path) -> None:
    """Not what was asked for to find them: neither what was passed over nor what was left out."""
    session = [{"FeedbackType": "read", "UserId": "", "ItemId": "milk", "Timestamp": "2024-03-30"}]
    with TestClient(create_server(folder)) as client:
        told = [
            client.get("/api/recommend/u1", params={"n": 2, "offset": 1}, headers={"X-API-Version": "2"}),
            client.get("/api/recommend/u1/Tea", params={"n": 9}, headers={"X-API-Version": "2"}),
            client.get("/api/popular", params={"n": 3, "user-id": "u1"}),
            client.post("/api/session/recommend", params={"n": 3}, json=session),
            client.get("/api/item-to-item/similar/nobody-knows-it"),
            client.get("/api/latest", params={"n": 2, "offset": 1}),
        ]
        given = [[place["Id"] for place in answer.json()] for answer in told]

    with open_shop(folder) as shop:
        names = shop.store.catalogue.item_ids()
        ids = dict(zip(names["item_index"], names["item_id"], strict=True))
        log = shop.store.exposures.frame(0, 2**62)
        logged = [[ids[item] for item in row["item_index"]] for row in log.iter_rows(named=True)]
        of = log["surface"].to_list()
    surfaces = ["discover", "discover", "home", "bought-together", "similar", "latest"]
    assert sorted(zip(of, logged, strict=True)) == sorted(zip(surfaces, given, strict=True))


def test_a_shop_that_wants_no_log_has_none(folder: Path) -> None:
    text = (folder / SHOP_FILE).read_text("utf-8")
    (folder / SHOP_FILE).write_text(text.replace("# exposures = true", "exposures = false"), "utf-8")
    with TestClient(create_server(folder)) as client:
        assert client.get("/v1/recommend/home", params={"user_id": "u1"}).status_code == 200
    with open_shop(folder) as shop:
        assert shop.store.exposures.count() == 0
