"""Lists over HTTP: their shape, their limits, and that what is posted counts in the next one."""

import pytest
from starlette.testclient import TestClient

from shopkeeper.surface import SURFACES

PLACE = {"item_id", "title", "price", "currency", "score", "source", "reason", "reason_code", "cause_item_id"}


def test_a_server_says_that_it_lives_and_that_it_is_ready(client: TestClient) -> None:
    assert client.get("/healthz").json()["status"] == "ok"
    ready = client.get("/readyz").json()
    assert ready["ready"] is True
    assert ready["items"] >= 10


def test_surfaces_are_those_of_the_house(client: TestClient) -> None:
    assert [surface["name"] for surface in client.get("/v1/surfaces").json()] == list(SURFACES)


def test_a_list_has_all_that_the_documentation_says(client: TestClient) -> None:
    answer = client.get("/v1/recommend/trending", params={"n": 3}).json()
    assert set(answer) == {"recommendation_id", "surface", "bundle_id", "items", "fallback", "note"}
    assert answer["surface"] == "trending"
    assert answer["bundle_id"] == client.get("/readyz").json()["bundle_id"]
    assert len(answer["items"]) == 3
    assert all(set(place) == PLACE and place["title"] and place["reason"] for place in answer["items"])


def test_lists_have_ids_of_their_own(client: TestClient) -> None:
    ids = {client.get("/v1/recommend/trending").json()["recommendation_id"] for _ in range(3)}
    assert len(ids) == 3


def test_get_and_post_give_the_same_list(client: TestClient) -> None:
    got = client.get("/v1/recommend/home", params={"user_id": "somebody", "n": 5}).json()
    posted = client.post("/v1/recommend", json={"surface": "home", "user_id": "somebody", "n": 5}).json()
    assert got["items"] == posted["items"]
    assert got["fallback"] == posted["fallback"]


def test_several_queries_are_answered_in_their_order(client: TestClient) -> None:
    queries = [{"surface": "trending", "n": 2}, {"surface": "home", "n": 1}, {"surface": "search", "text": "a"}]
    answers = client.post("/v1/recommend", json={"queries": queries}).json()["answers"]
    assert [answer["surface"] for answer in answers] == ["trending", "home", "search"]
    assert [len(answer["items"]) for answer in answers[:2]] == [2, 1]


def test_somebody_unknown_gets_a_named_stand_in(client: TestClient) -> None:
    answer = client.get("/v1/recommend/home", params={"user_id": "never seen"}).json()
    assert answer["fallback"] == "popular"
    assert len(answer["items"]) > 0


def test_a_purchase_counts_in_the_next_list(client: TestClient) -> None:
    item_id = client.get("/v1/recommend/trending", params={"n": 1}).json()["items"][0]["item_id"]
    event = {"type": "purchase", "user_id": "new here", "item_id": item_id, "quantity": 1, "value": 2.5}
    assert client.post("/v1/events", json=event).status_code == 202
    answer = client.get("/v1/recommend/buy-again", params={"user_id": "new here"}).json()
    assert [place["item_id"] for place in answer["items"]] == [item_id]
    assert answer["items"][0]["reason_code"] == "bought_before"
    assert answer["fallback"] is None


def test_similar_items_name_their_cause(client: TestClient) -> None:
    item_id = client.get("/v1/recommend/trending", params={"n": 1}).json()["items"][0]["item_id"]
    places = client.get("/v1/recommend/similar", params={"item_id": item_id}).json()["items"]
    assert item_id not in {place["item_id"] for place in places}
    assert {place["cause_item_id"] for place in places if place["reason_code"] == "similar"} <= {item_id}


def test_a_filter_narrows_a_list(client: TestClient) -> None:
    everything = client.get("/v1/recommend/trending", params={"n": 50}).json()["items"]
    one = everything[0]["item_id"]
    left = client.get("/v1/recommend/trending", params={"filter": f"item_id = '{one}'"}).json()["items"]
    assert [place["item_id"] for place in left] == [one]


@pytest.mark.parametrize("unknown", ["no such item", "item\u00e9", "'; DROP TABLE item; --"])
def test_an_unknown_item_is_an_ordinary_input(client: TestClient, unknown: str) -> None:
    answer = client.get("/v1/recommend/similar", params={"item_id": unknown})
    assert answer.status_code == 200
    assert answer.json()["fallback"] == "popular"
    assert answer.json()["note"] == f"Item '{unknown}' is not known; this is the stand-in popular."


@pytest.mark.parametrize("surface", ["similar", "bought-together"])
def test_a_list_that_answers_to_items_needs_some(client: TestClient, surface: str) -> None:
    for answer, named in (
        (client.get(f"/v1/recommend/{surface}"), "item_id"),
        (client.post("/v1/recommend", json={"surface": surface, "user_id": "u1"}), "item_ids"),
    ):
        assert answer.status_code == 422
        assert f"needs {named}: " in answer.json()["detail"]


def test_a_search_for_nothing_is_an_empty_list_and_says_so(client: TestClient) -> None:
    answer = client.get("/v1/search", params={"q": "zzzzqqq"}).json()
    assert (answer["items"], answer["fallback"]) == ([], None)
    assert answer["note"] == "Nothing in the catalogue answers these words."


def test_a_list_is_of_the_market_that_is_named(client: TestClient) -> None:
    offer = {"item_id": "milk", "market": "zurich", "price": 1.5, "currency": "CHF"}
    assert client.put("/v1/offers", json=[offer]).status_code == 200
    query = {"surface": "search", "text": "milk", "n": 1}

    def price(answer: dict[str, list[dict[str, object]]]) -> tuple[object, object]:
        return answer["items"][0]["price"], answer["items"][0]["currency"]

    swiss, plain = {**query, "market": "zurich", "filter": "price > 1.4"}, {**query, "filter": "price < 1.4"}
    answers = client.post("/v1/recommend", json={"queries": [swiss, plain]}).json()["answers"]
    assert [price(answer) for answer in answers] == [(1.5, "CHF"), (1.19, "EUR")]
    found = client.get("/v1/search", params={"q": "milk", "n": 1, "market": "zurich"}).json()
    assert price(found) == (1.5, "CHF")
    shown = client.get("/v1/recommend/home", params={"user_id": "u1", "market": "zurich", "filter": "currency = 'CHF'"})
    assert [place["item_id"] for place in shown.json()["items"]] == ["milk"]
    lost = client.get("/v1/recommend/home", params={"market": "oslo"}).json()
    assert lost["note"] == "Market 'oslo' has no offers; prices and stock are those of the default market."


def test_a_market_is_a_short_plain_name(client: TestClient) -> None:
    for name in ("x" * 65, "a\nb", "a\0"):
        assert client.post("/v1/recommend", json={"surface": "home", "market": name}).status_code == 422
        assert client.get("/v1/recommend/home", params={"market": name}).status_code == 422


def test_a_search_counts_its_products_by_facets(client: TestClient) -> None:
    rows: list[dict[str, object]] = [
        {"item_id": f"bolt-{size}", "title": f"Hexbolt {size}", "group_id": "bolt", "brand": "Anvil", "price": size}
        for size in (6, 8)
    ]
    rows.append(
        {
            "item_id": "bolt-x",
            "title": "Hexbolt x",
            "brand": "Zephyr",
            "category": ["Iron", "Bolts"],
            "steel": ["A2", "A4"],
        }
    )
    assert client.put("/v1/items", json=rows).json()["accepted"] == 3
    ours = {"q": "hexbolt", "filter": "brand IN ('Anvil', 'Zephyr')", "facets": "category, price"}
    answer = client.get("/v1/search", params={**ours, "n": 1}).json()
    assert (len(answer["items"]), answer["found"]) == (1, 2)
    assert answer["facets"] == {
        "category": {
            "values": [
                {"value": "Iron", "count": 1, "level": 1},
                {"value": "Iron > Bolts", "count": 1, "level": 2},
            ],
            "distinct": 2,
            "ranges": [],
        },
        "price": {
            "values": [],
            "distinct": 0,
            "ranges": [{"currency": "USD", "min": 6.0, "max": 8.0, "count": 1}],
        },
    }
    few = client.get("/v1/search", params={**ours, "max_facet_values": 1}).json()["facets"]["category"]
    assert (len(few["values"]), few["distinct"]) == (1, 2)
    query = {"surface": "search", "text": "hexbolt", "filter": ours["filter"], "n": 1}
    posted = client.post("/v1/recommend", json={**query, "facets": ["category", "price"]}).json()
    assert (posted["found"], posted["facets"]) == (answer["found"], answer["facets"])
    filter = "brand IN ('Anvil', 'Zephyr')"
    repeated = client.get(f"/v1/search?q=hexbolt&filter={filter}&facets=category&facets=price").json()
    assert repeated["facets"] == answer["facets"]
    steel = client.get("/v1/search", params={**ours, "facets": "attribute.steel"}).json()["facets"]
    assert [each["value"] for each in steel["attribute.steel"]["values"]] == ["A2", "A4"]
    a4 = client.get("/v1/search", params={"q": "hexbolt", "filter": "attribute.steel = 'A4'"}).json()
    assert [place["item_id"] for place in a4["items"]] == ["bolt-x"]
    assert not {"found", "facets"} & client.get("/v1/search", params={"q": "hexbolt", "facets": ""}).json().keys()


@pytest.mark.parametrize("wrong", [{"facets": "brand,colour"}, {"facets": "brand", "max_facet_values": 201}])
def test_a_facet_that_there_is_not_is_refused_with_those_that_there_are(
    client: TestClient, wrong: dict[str, str | int]
) -> None:
    answer = client.get("/v1/search", params={"q": "tea", **wrong})
    assert answer.status_code == 422
    if "colour" in str(wrong):
        assert (
            "no facet 'colour'. There are: brand, category, department, price; attribute.NAME with NAME of: "
            in answer.json()["detail"]
        )
    home = client.post("/v1/recommend", json={"surface": "home", "facets": ["brand"]})
    assert (home.status_code, "is no search" in home.json()["detail"]) == (422, True)
