"""A storefront that names no customer: whoever comes is a guest, whatever the address or a form says."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from shopkeeper.app import create_server
from shopkeeper.setting import SHOP_FILE


@pytest.fixture
def guests(trained: Path, tmp_path: Path) -> Iterator[TestClient]:
    folder = shutil.copytree(trained, tmp_path / "shop")
    path = folder / SHOP_FILE
    path.write_text(path.read_text("utf-8").replace("\n[storefront]\n", "\n[storefront]\ncustomers = false\n"), "utf-8")
    with TestClient(create_server(folder), raise_server_exceptions=False) as client:
        yield client


def test_nobody_is_named_or_chosen(guests: TestClient) -> None:
    page = guests.get("/").text
    assert "Stand-in: popular" in page
    assert "customer" not in page.lower()
    assert "Who is shopping?" not in page
    assert guests.get("/customers", params={"customer": "u"}).status_code == 404


def test_an_address_that_names_a_customer_is_a_guests(guests: TestClient) -> None:
    for path in ("/", "/search", "/item/milk", "/basket", "/item/none"):
        page = guests.get(path, params={"customer": "u1", "q": "milk"}, headers={"accept": "text/html"}).text
        assert "u1" not in page
        assert "<h1" in page


def test_what_a_form_says_of_a_customer_is_noted_of_the_guest(guests: TestClient) -> None:
    guests.get("/")
    sent = {"customer": "u99", "back": "home"}
    answer = guests.post("/event", data={**sent, "type": "cart", "item_id": "milk"}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/?done=cart")
    assert "Fresh whole milk" in guests.get("/basket").text
    answer = guests.post("/basket", data=sent, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/?done=purchase")
    assert "buy-again" in guests.get("/").text
    listed = guests.get("/v1/recommend/buy-again", params={"user_id": "u99"}).json()
    assert listed["fallback"], "u99 did nothing"


def test_a_cookie_that_was_not_made_here_is_a_new_guest_s(guests: TestClient) -> None:
    event = {"type": "purchase", "item_id": "milk", "user_id": "ann", "visitor_id": "257597"}
    assert guests.post("/v1/events", json=event).status_code == 202
    guests.cookies.set("shopkeeper_visitor", "257597")
    page = guests.get("/")
    assert "buy-again" not in page.text
    assert len(page.cookies["shopkeeper_visitor"]) == 32
