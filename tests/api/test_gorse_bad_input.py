"""What Gorse's door refuses: the same as our own, row by row, and in the same shape."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from shopkeeper.app import create_server
from shopkeeper.error import UnknownSurface

STAR: Mapping[str, Any] = {"FeedbackType": "star", "UserId": "ann", "ItemId": "milk", "Timestamp": "2024-03-02"}


@pytest.fixture
def shop(trained: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(trained, tmp_path / "shop"))


def test_rows_of_feedback_are_refused_with_their_reasons(client: TestClient) -> None:
    rows = [
        {**STAR, "Timestamp": "2999-01-01T00:00:00Z"},
        {**STAR, "Value": "many"},
        {**STAR, "FeedbackType": "rate", "Value": 9},
        {**STAR, "ItemId": 7},
        STAR,
        "no row",
    ]
    answer = client.post("/api/feedback", json=rows).json()
    assert answer["RowAffected"] == 1
    reasons = {row["row"]: row["reason"] for row in answer["Rejected"]}
    assert list(reasons) == [0, 1, 2, 3, 5]
    for row, words in {0: "is in the future", 1: "Value: ", 2: "scale of 1 to 5", 3: "ItemId: "}.items():
        assert words in reasons[row]


def test_rows_of_items_are_refused_one_by_one(client: TestClient) -> None:
    rows = [{"ItemId": "sound"}, {"Comment": "no id"}, {"ItemId": "odd", "IsHidden": "perhaps"}]
    answer = client.post("/api/items", json=rows).json()
    assert (answer["RowAffected"], [row["row"] for row in answer["Rejected"]]) == (1, [1, 2])
    assert client.get("/api/item/odd").status_code == 404


def test_of_an_item_that_is_sent_twice_the_last_counts(client: TestClient) -> None:
    rows = [{"ItemId": "twin", "Comment": "First"}, {"ItemId": "twin", "Comment": "Second"}]
    assert client.post("/api/items", json=rows).json() == {"RowAffected": 2}
    assert client.get("/api/item/twin").json()["Comment"] == "Second"


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("recommend/u1?n=-1", "n"),
        ("recommend/u1?n=0", "n"),
        ("recommend/u1?offset=-1", "offset"),
        ("popular?n=-1", "n"),
        ("item-to-item/similar/milk?n=-1", "n"),
        ("items?n=-1", "n"),
        ("users?n=0", "n"),
        ("feedback?n=-1", "n"),
    ],
)
def test_a_number_below_its_least_is_refused(client: TestClient, path: str, field: str) -> None:
    answer = client.get(f"/api/{path}")
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert f" {field}: Input should be greater than or equal to" in answer.json()["detail"]


def test_a_list_that_there_is_not_is_told_which_there_are(client: TestClient) -> None:
    answer = client.get("/api/non-personalized/nowhere")
    assert answer.status_code == 404
    assert "There are: latest, popular" in answer.json()["detail"]


@pytest.mark.parametrize(("sent", "status"), [(b"{broken", 400), (b'{"FeedbackType": "star"}', 422), (b"", 422)])
def test_a_body_that_is_no_list_is_refused(client: TestClient, sent: bytes, status: int) -> None:
    answer = client.post("/api/feedback", content=sent, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_feedback_on_an_unknown_item_is_refused_where_none_are_made(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOPKEEPER_GORSE__AUTO_INSERT_ITEM", "false")
    with TestClient(create_server(shop)) as client:
        answer = client.post("/api/feedback", json=[STAR, {**STAR, "ItemId": "unheard"}]).json()
        assert answer["RowAffected"] == 1
        assert "no item 'unheard' is known" in answer["Rejected"][0]["reason"]
        assert client.get("/api/item/unheard").status_code == 404


def test_a_door_onto_an_unknown_surface_does_not_open(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOPKEEPER_GORSE__RECOMMEND", "nowhere")
    with pytest.raises(UnknownSurface, match="There are: home"), TestClient(create_server(shop)):
        pass
