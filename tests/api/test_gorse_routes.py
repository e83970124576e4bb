"""Gorse's door as clients other than the Python SDK use it, and what it refuses."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.testclient import TestClient

from shopkeeper.api.gorse_field import attributes_of, labels_of
from shopkeeper.store import user_act

STAR: Mapping[str, Any] = {"FeedbackType": "star", "UserId": "ann", "ItemId": "milk", "Timestamp": "2024-03-01"}


def ids(answer: Any) -> list[str]:
    return [place["Id"] for place in answer.json()]


@pytest.mark.parametrize(
    "labels", [None, {"a": 1, "b": {"c": [2]}}, ["x", "y"], "text", {"Labels": 1}, {"Comment": "mine"}]
)
def test_labels_of_any_kind_come_back(labels: object) -> None:
    kept = attributes_of(labels, Comment="a note", Subscribe=[])
    assert labels_of(kept, "Comment", "Subscribe") == labels
    assert kept["Comment"] == "a note"
    assert "Subscribe" not in kept


def test_rows_are_refused_one_by_one(client: TestClient) -> None:
    rows = [{**STAR}, {**STAR, "FeedbackType": "gaze"}, {**STAR, "UserId": ""}, {**STAR, "Timestamp": "soon"}]
    answer = client.post("/api/feedback", json=rows)
    assert answer.status_code == 200
    assert answer.json()["RowAffected"] == 1
    reasons = {row["row"]: row["reason"] for row in answer.json()["Rejected"]}
    assert list(reasons) == [1, 2, 3]
    assert "'gaze' is no event that this shop knows" in reasons[1]
    assert "UserId" in reasons[2]
    assert client.put("/api/feedback", json=rows[1:]).status_code == 422
    assert client.get("/api/feedback/gaze").status_code == 422
    assert client.post("/api/feedback", json=[]).json() == {"RowAffected": 0}


def test_what_go_sends_for_nothing_is_nothing(client: TestClient) -> None:
    zero = "0001-01-01T00:00:00Z"
    item = {"ItemId": "go", "IsHidden": False, "Labels": None, "Categories": None, "Timestamp": zero, "Comment": ""}
    assert client.post("/api/item", json=item).json() == {"RowAffected": 1}
    assert client.get("/api/item/go").json() == {**item, "Categories": []}
    client.post("/api/feedback", json=[{**STAR, "UserId": "go", "Timestamp": zero}])
    assert client.get("/api/feedback/star/go/milk").json()["Timestamp"].startswith("2024-04-01T00:0")  # the shop's now


def test_patched_labels_are_replaced_whole(client: TestClient) -> None:
    client.post("/api/items", json=[{"ItemId": "jam", "Labels": {"a": {"x": 1, "y": 2}, "b": 3}, "Comment": "Jam"}])
    client.patch("/api/item/jam", json={"Labels": {"a": {"y": 4}, "c": 5}, "Comment": None})
    told = client.get("/api/item/jam").json()
    assert (told["Labels"], told["Comment"]) == ({"a": {"y": 4}, "c": 5}, "Jam")
    assert client.patch("/api/item/jam", json={}).json() == {"RowAffected": 1}
    assert client.patch("/api/item/nobody", json={"IsHidden": True}).status_code == 404


def test_a_patched_user_keeps_what_is_not_named(client: TestClient) -> None:
    client.post("/api/user", json={"UserId": "pat", "Labels": {"city": "Ulm"}, "Comment": "Pat"})
    assert client.patch("/api/user/pat", json={"Subscribe": ["tea"]}).json() == {"RowAffected": 1}
    told = {"UserId": "pat", "Labels": {"city": "Ulm"}, "Comment": "Pat", "Subscribe": ["tea"]}
    assert client.get("/api/user/pat").json() == told
    assert client.patch("/api/user/nobody", json={}).status_code == 404


def test_feedback_on_an_unknown_item_makes_it_and_on_a_deleted_one_does_not_bring_it_back(client: TestClient) -> None:
    client.post("/api/feedback", json=[{**STAR, "ItemId": "unheard"}, {**STAR, "ItemId": "of"}])
    assert client.get("/api/item/unheard").json()["ItemId"] == "unheard"
    assert client.delete("/api/item/of").json() == {"RowAffected": 1}
    assert client.post("/api/feedback", json=[{**STAR, "ItemId": "of", "UserId": "bob"}]).json() == {"RowAffected": 1}
    assert client.get("/api/item/of").status_code == 404
    assert client.delete("/api/item/of").json() == {"RowAffected": 0}


def test_categories_of_an_item_come_and_go_one_by_one(client: TestClient) -> None:
    client.post("/api/item", json={"ItemId": "cup", "Categories": ["Kitchen", "Cups"], "Timestamp": "2024-03-31"})
    path = "/api/item/cup/category"
    assert client.put(f"{path}/Sale").json() == {"RowAffected": 1}
    assert client.put(f"{path}/Sale").json() == {"RowAffected": 1}
    assert client.get("/api/item/cup").json()["Categories"] == ["Kitchen", "Cups", "Sale"]
    assert ids(client.get("/api/latest/Sale")) == ["cup"]
    assert client.delete(f"{path}/Cups").json() == {"RowAffected": 1}
    assert client.delete(f"{path}/Cups").json() == {"RowAffected": 0}
    assert client.get("/api/item/cup").json()["Categories"] == ["Kitchen", "Sale"]
    assert client.put("/api/item/nobody/category/Sale").status_code == 404
    assert client.put(f"{path}/a%3Eb").status_code == 422


def test_an_item_has_no_more_categories_than_there_can_be(client: TestClient) -> None:
    client.post("/api/item", json={"ItemId": "full", "Categories": [f"c{number}" for number in range(20)]})
    refused = client.put("/api/item/full/category/more")
    assert refused.status_code == 422
    assert "has 20 categories" in refused.json()["detail"]


def test_of_categories_that_are_added_at_once_none_is_lost(client: TestClient) -> None:
    client.post("/api/item", json={"ItemId": "pan", "Categories": ["Kitchen"]})
    added = [f"c{number}" for number in range(12)]
    with ThreadPoolExecutor(len(added)) as pool:
        answers = list(pool.map(lambda name: client.put(f"/api/item/pan/category/{name}"), added))
    assert [answer.json() for answer in answers] == [{"RowAffected": 1}] * 12
    assert sorted(client.get("/api/item/pan").json()["Categories"]) == sorted(["Kitchen", *added])


def test_of_patches_of_one_user_at_once_none_is_lost(client: TestClient) -> None:
    parts: list[dict[str, Any]] = [{"Labels": {"city": "Ulm"}}, {"Comment": "Pia"}, {"Subscribe": ["tea"]}]
    for number in range(6):
        user = f"pia{number}"
        client.post("/api/user", json={"UserId": user})
        with ThreadPoolExecutor(len(parts)) as pool:
            list(pool.map(lambda part, user=user: client.patch(f"/api/user/{user}", json=part), parts))
        told = {"UserId": user, "Labels": {"city": "Ulm"}, "Comment": "Pia", "Subscribe": ["tea"]}
        assert client.get(f"/api/user/{user}").json() == told


def test_an_address_that_ends_in_a_slash_is_led_to_the_one_that_does_not(client: TestClient) -> None:
    """As the PHP SDK asks; 307 keeps the verb and the body."""
    assert client.post("/api/user/", json={"UserId": "php"}).json() == {"RowAffected": 1}
    assert client.post("/api/item/", json={"ItemId": "php"}).json() == {"RowAffected": 1}
    assert client.post("/api/feedback/", json=[{**STAR, "UserId": "php"}]).json() == {"RowAffected": 1}


def test_categories_are_exact(client: TestClient) -> None:
    for item, categories in (("a", ["x_y", "deep"]), ("b", ["xzy"]), ("c", ["x_y's"])):
        client.post("/api/item", json={"ItemId": item, "Categories": categories, "Timestamp": "2024-03-31"})
    assert ids(client.get("/api/latest/x_y")) == ["a"]
    assert ids(client.get("/api/latest", params={"category": ["x_y", "deep"]})) == ["a"]
    assert ids(client.get("/api/latest/x_y's")) == ["c"]
    assert ids(client.get("/api/latest/%25")) == []
    assert set(ids(client.get("/api/popular/Tea"))) == {"tea-black", "tea-green"}


def test_the_newest_come_first_and_what_was_read_is_left_out(client: TestClient) -> None:
    for item, day in (("new", "2024-03-30T12:00:00Z"), ("newer", "2024-03-31T12:00:00Z"), ("later", "2024-05-01")):
        client.post("/api/item", json={"ItemId": item, "Categories": ["dated"], "Timestamp": day})
    latest = client.get("/api/non-personalized/latest/dated").json()
    assert latest == [{"Id": "newer", "Score": 1711886400}, {"Id": "new", "Score": 1711800000}]
    client.post("/api/feedback", json=[{**STAR, "UserId": "reader", "ItemId": "newer"}])
    assert ids(client.get("/api/latest/dated", params={"user-id": "reader", "n": 1})) == ["new"]


def test_lists_by_name(client: TestClient) -> None:
    assert ids(client.get("/api/item-to-item/similar/tea-black", params={"n": 1})) == ["tea-green"]
    assert ids(client.get("/api/item/tea-black/neighbors/", params={"n": 1})) == ["tea-green"]
    assert ids(client.get("/api/item/tea-black/neighbors/Coffee", params={"n": 9}))
    assert client.get("/api/non-personalized/trending").status_code == 200
    refused = client.get("/api/item-to-item/mine/milk")
    assert refused.status_code == 404
    assert "There are: neighbors, similar, bought-together" in refused.json()["detail"]
    assert client.post("/api/session/recommend", json=[]).json() == []


def test_ids_alone_are_told_without_the_second_version(client: TestClient) -> None:
    plain = client.get("/api/recommend/u1/", params={"n": 2}).json()
    scored = client.get("/api/recommend/u1", params={"n": 2}, headers={"X-API-Version": "2"}).json()
    assert plain == [place["Id"] for place in scored]
    assert client.get("/api/recommend/u1", params={"n": 5, "offset": 500}).json() == []


def test_feedback_of_an_item_is_told_whole_however_long_the_log_is(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(user_act, "LOOKED_THROUGH", 7)  # changes of the log at a time
    rows = [{**STAR, "UserId": f"by-item-{number}", "ItemId": "looked-for"} for number in range(5)]
    client.post("/api/feedback", json=[*rows, {**rows[0], "FeedbackType": "rate", "Value": 4}])
    told = client.get("/api/item/looked-for/feedback").json()
    assert [(row["FeedbackType"], row["UserId"]) for row in told] == [
        *(("star", row["UserId"]) for row in rows),
        ("rate", "by-item-0"),
    ]
    assert client.get("/api/item/looked-for/feedback/rate").json() == told[5:]
    assert client.get("/api/item/never-heard-of/feedback").json() == []
    assert client.get("/api/item/looked-for/feedback/gaze").status_code == 422


def test_what_is_not_there_says_why(client: TestClient) -> None:
    for path in ("user-to-user/neighbors/u1", "user/u1/neighbors", "measurements/x"):
        answer = client.get(f"/api/{path}")
        assert answer.status_code == 404
        assert "This door has no" in answer.json()["detail"]


def test_a_made_up_cursor_is_refused(client: TestClient) -> None:
    for path in ("users?cursor=%C3%A9", "users?cursor=a", "users?cursor=AA", "items?cursor=x", "feedback?cursor=-1"):
        assert client.get(f"/api/{path}").status_code == 422


def test_an_id_that_no_store_can_hold_is_refused(client: TestClient) -> None:
    for path in ("popular", "latest", "non-personalized/latest"):
        assert client.get(f"/api/{path}?user-id=a%00").status_code == 422
        assert client.get(f"/api/{path}?user-id=").status_code == 200


def test_the_probes(client: TestClient) -> None:
    told = client.get("/api/health/ready").json()
    assert told == client.get("/api/health/live").json()
    assert (told["Ready"], told["DataStoreError"], told["DataStoreConnected"]) == (True, None, True)
