"""Parts of items and offers over HTTP: absent stays, null empties, a price keeps the stock."""

from typing import Any

from starlette.testclient import TestClient

ITEM = {
    "item_id": "p-1",
    "title": "Peppermint tea",
    "brand": "Leaf",
    "category": "Drinks > Tea",
    "price": 4.5,
    "stock": 3,
    "organic": True,
}


def put(client: TestClient) -> None:
    client.delete("/v1/items/p-1")
    client.delete("/v1/offers/p-1")
    client.delete("/v1/offers/p-1", params={"market": "paris"})
    client.put("/v1/items", json=ITEM)


def told(client: TestClient) -> dict[str, Any]:
    item: dict[str, Any] = client.get("/v1/items/p-1").json()
    return item


def latest(client: TestClient) -> tuple[float, str, int]:
    offer = told(client)["offers"][-1]
    return offer["price"], offer["currency"], offer["stock"]


def test_one_item_is_changed_in_part(client: TestClient) -> None:
    put(client)
    before = told(client)
    answer = client.patch("/v1/items/p-1", json={"title": "Mint tea", "brand": None, "attributes": {"cups": 2}})
    assert (answer.status_code, answer.json()["accepted"]) == (200, 1)
    changed = {"title": "Mint tea", "brand": None, "attributes": {"organic": True, "cups": 2}}
    assert told(client) == {**before, **changed}
    assert client.patch("/v1/items/nothing", json={"title": "x"}).status_code == 404


def test_a_price_keeps_the_stock_and_a_stock_the_price(client: TestClient) -> None:
    put(client)
    client.patch("/v1/items/p-1", json={"price": "3.99", "currency": "EUR"})
    assert latest(client) == (3.99, "EUR", 3)
    client.patch("/v1/items", json=[{"item_id": "p-1", "stock": 8}])
    assert latest(client) == (3.99, "EUR", 8)
    assert told(client)["title"] == ITEM["title"]


def test_good_patches_of_a_batch_are_made_and_bad_ones_told(client: TestClient) -> None:
    put(client)
    rows = [
        {"item_id": "nobody", "title": "x"},
        {"item_id": "p-1", "enabled": False},
        {"item_id": "p-1", "title": "twice"},
        {"item_id": "p-2", "currency": "EUR"},
        {"item_id": "p-3", "price": -1},
        {"item_id": "p-4"},
        {"item_id": "p-5", "market": "paris"},
        {"title": "no id"},
    ]
    answer = client.patch("/v1/items", json={"items": rows}).json()
    assert (answer["accepted"], [row["row"] for row in answer["rejected"]]) == (1, [0, 2, 3, 4, 5, 6, 7])
    assert "put the whole item first" in answer["rejected"][0]["reason"]
    assert told(client)["enabled"] is False


def test_what_means_two_things_is_refused(client: TestClient) -> None:
    put(client)
    for body in ({"attributes": None, "colour": "red"}, {"item_id": "p-2", "title": "x"}, {}):
        assert client.patch("/v1/items/p-1", json=body).status_code == 422
    client.patch("/v1/items/p-1", json={"item_id": "p-1", "attributes": None})
    assert told(client)["attributes"] == {}


def test_offers_of_markets_are_put_and_taken_back(client: TestClient) -> None:
    put(client)
    sale = {"item_id": "p-1", "price": 3, "valid_from": "2024-03-01T00:00:00Z", "valid_to": "2024-03-05T00:00:00Z"}
    rows = [{"item_id": "p-1", "market": "paris", "stock": 2}, sale, {"item_id": "p-1"}, {"item_id": "who", "price": 1}]
    answer = client.put("/v1/offers", json=rows).json()
    assert (answer["accepted"], [row["row"] for row in answer["rejected"]]) == (2, [2, 3])
    offers = [(offer["market"], offer["price"], offer["stock"]) for offer in told(client)["offers"]]
    assert offers == [("", 4.5, 3), ("", 3, None), ("paris", None, 2)]
    assert client.delete("/v1/offers/p-1", params={"market": "paris"}).status_code == 204
    assert client.delete("/v1/offers/p-1", params={"market": "paris"}).status_code == 404
    assert client.delete("/v1/offers/p-1", params={"valid_from": "2024-03-01"}).status_code == 204
    assert [offer["price"] for offer in told(client)["offers"]] == [4.5]


def test_a_marked_event_is_kept_and_counts_for_nobody(client: TestClient) -> None:
    put(client)
    bot = {"type": "purchase", "visitor_id": "crawler", "item_id": "p-1", "mark": "bot"}
    assert client.post("/v1/events", json=bot).json()["accepted"] == 1
    assert client.post("/v1/events", json={**bot, "mark": "cat"}).status_code == 422
    query = {"surface": "buy-again", "visitor_id": "crawler"}
    assert client.post("/v1/recommend", json=query).json()["fallback"] == "popular"
