"""Errors for people: what to do next stands in them as code, and a shop that is not ready says so."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from shopkeeper.app import create_server
from shopkeeper.operation.shop import init_shop
from shopkeeper.storefront.command import parts_of

HTML = {"accept": "text/html"}


@pytest.mark.parametrize(
    ("text", "commands"),
    [
        ("Run: shopkeeper train SHOP", ["shopkeeper train SHOP"]),
        ("Made by shopkeeper train SHOP. Serve it.", ["shopkeeper train SHOP"]),
        (
            "Import items first: shopkeeper import SHOP FILES... and then run: shopkeeper train SHOP",
            ["shopkeeper import SHOP FILES...", "shopkeeper train SHOP"],
        ),
        ("See: shopkeeper bundle list SHOP", ["shopkeeper bundle list SHOP"]),
        (
            "By shopkeeper evaluate SHOP --protocol folds or shopkeeper evaluate SHOP --protocol rolling.",
            ["shopkeeper evaluate SHOP --protocol folds", "shopkeeper evaluate SHOP --protocol rolling"],
        ),
        ("There is no item 'a' in this shop of a shopkeeper", []),
        ("", []),
    ],
)
def test_commands_are_told_apart_from_words(text: str, commands: list[str]) -> None:
    parts = parts_of(text)
    assert [part.text for part in parts if part.is_command] == commands
    assert "".join(part.text for part in parts) == text


def test_a_shop_without_anything_says_what_to_import_and_train(tmp_path: Path) -> None:
    init_shop(tmp_path, name="Corner shop")
    with TestClient(create_server(tmp_path), raise_server_exceptions=False) as client:
        page = client.get("/", headers=HTML)
        assert page.status_code == 503
        assert "<h1>Corner shop is not ready</h1>" in page.text
        assert "Import items first: <code>shopkeeper import SHOP FILES...</code> and then run: " in page.text
        assert "<code>shopkeeper train SHOP</code>" in page.text
        assert "SHOP stands for the shop’s folder." in page.text
        assert client.put("/v1/items", json={"item_id": "tea", "title": "Green tea"}).status_code == 200
        page = client.get("/", headers=HTML)
        assert "Import items" not in page.text
        assert "No bundle is published yet. Run: <code>shopkeeper train SHOP</code>" in page.text
        part = client.get("/search", params={"q": "tea"}, headers={**HTML, "hx-request": "true"})
        assert 'role="alert">No bundle is published yet. Run: <code>shopkeeper train SHOP</code></p>' in part.text


def test_what_an_address_says_is_no_markup_in_an_error(client: TestClient) -> None:
    page = client.get("/item/shopkeeper%20train%20%3Cb%3E", headers=HTML)
    assert page.status_code == 404
    assert "<b>" not in page.text
    assert "SHOP stands" not in page.text
