"""Items and events over HTTP: committed when answered, refused by row, and in the next list."""

from typing import Any

from starlette.testclient import TestClient


def found(client: TestClient, q: str) -> list[str]:
    return [place["item_id"] for place in client.get("/v1/search", params={"q": q, "n": 50}).json()["items"]]


def view(**fields: Any) -> dict[str, Any]:
    return {"type": "view", "user_id": "w", "item_id": "w-1", **fields}


def test_an_item_is_put_read_found_changed_and_deleted(client: TestClient) -> None:
    item = {"item_id": "z-1", "title": "Zanzibar clove tea", "price": "4.50", "stock": 3, "category": "Drinks > Tea"}
    assert client.put("/v1/items", json=item).json()["accepted"] == 1
    told = client.get("/v1/items/z-1").json()
    assert (told["title"], told["category"]) == ("Zanzibar clove tea", ["Drinks", "Tea"])
    assert (told["offers"][0]["price"], told["offers"][0]["stock"]) == (4.5, 3)
    assert found(client, "zanzibar clove")[0] == "z-1"
    client.put("/v1/items", json={"items": [{"item_id": "z-1", "title": "Madagascar vanilla"}]})
    assert client.get("/v1/items/z-1").json()["title"] == "Madagascar vanilla"
    assert found(client, "madagascar vanilla")[0] == "z-1"
    assert client.delete("/v1/items/z-1").status_code == 204
    assert client.get("/v1/items/z-1").status_code == 404
    assert "z-1" not in found(client, "madagascar vanilla")


def test_an_id_may_hold_slashes_and_spaces(client: TestClient) -> None:
    client.put("/v1/items", json=[{"item_id": "a/b c?d", "title": "Odd id"}])
    assert client.get("/v1/items/a%2Fb%20c%3Fd").json()["item_id"] == "a/b c?d"


def test_control_characters_in_a_text_do_no_harm(client: TestClient) -> None:
    client.put("/v1/items", json={"item_id": "c-1", "title": "Cardamom\x1fpods\x1f\x1f\x1f\x1e", "brand": "\x1f"})
    assert found(client, "cardamom pods")[0] == "c-1"
    client.put("/v1/items", json={"item_id": "c-2", "title": "Saffron threads"})
    assert found(client, "saffron")[0] == "c-2"


def test_good_rows_of_a_batch_are_kept_and_bad_ones_told(client: TestClient) -> None:
    rows = [{"item_id": "w-1", "title": "One"}, {"title": "no id"}, {"item_id": "w-1"}, {"item_id": "w-2", "stock": -1}]
    answer = client.put("/v1/items", json=rows)
    assert answer.status_code == 200
    assert answer.json()["accepted"] == 1
    assert [row["row"] for row in answer.json()["rejected"]] == [1, 2, 3]


def test_events_are_taken_once(client: TestClient) -> None:
    client.put("/v1/items", json={"item_id": "w-1", "title": "One"})
    batch = {"events": [view(event_id="e-1"), view(event_id="e-2", type="Product Added")]}
    assert client.post("/v1/events", json=batch).json()["accepted"] == 2
    again = client.post("/v1/events", json=batch)
    assert again.status_code == 202
    assert (again.json()["accepted"], again.json()["duplicate"]) == (0, 2)


def test_refused_events_are_told_by_row_and_the_others_committed(client: TestClient) -> None:
    client.put("/v1/items", json={"item_id": "w-1", "title": "One"})
    before = client.get("/readyz").json()["events"]
    rows = [
        view(),
        view(item_id="unknown"),
        view(time="2999-01-01"),
        view(user_id=None),
        view(quantity="x"),
        view(type="cart"),
    ]
    answer = client.post("/v1/events", json=rows)
    assert answer.status_code == 202
    assert answer.json()["accepted"] == 2
    assert [row["row"] for row in answer.json()["rejected"]] == [1, 2, 3, 4]
    assert "future" in answer.json()["rejected"][1]["reason"]
    assert client.get("/readyz").json()["events"] == before + 2


def test_the_documentation_needs_no_internet_and_covers_every_route(client: TestClient) -> None:
    page = client.get("/docs").text
    assert "http://" not in page
    assert "https://" not in page
    assert client.get("/docs/static/swagger-ui-bundle.js").status_code == 200
    paths = client.get("/openapi.json").json()["paths"]
    assert {path for path in paths if not path.startswith("/api/")} == {
        "/v1/items",
        "/v1/items/{item_id}",
        "/v1/offers",
        "/v1/offers/{item_id}",
        "/v1/events",
        "/v1/recommend",
        "/v1/recommend/{surface}",
        "/v1/search",
        "/v1/surfaces",
        "/healthz",
        "/readyz",
    }


def test_a_field_under_a_name_of_files_is_told_with_the_receipt(client: TestClient) -> None:
    client.put("/v1/items", json={"item_id": "w-1", "title": "One"})
    assert "not read as fields: qty." in client.post("/v1/events", json=view(qty=3, session_id="q")).json()["note"]
    assert client.post("/v1/events", json=view(quantity=3, session_id="q")).json()["note"] is None
