"""An item's page: the other variants as links, and what the attributes say."""

import re
from html import unescape
from typing import Any

import pytest
from starlette.testclient import TestClient


def put(client: TestClient, *items: dict[str, Any]) -> None:
    assert client.put("/v1/items", json=list(items)).json()["accepted"] == len(items)


def shirt(colour: str, size: str, **fields: Any) -> dict[str, Any]:
    attributes = {"farbe": colour, "größe": size, "stoff": "Leinen"}
    item_id = f"M100-{colour}-{size}"
    return {"item_id": item_id, "title": "Hemd M100", "group_id": "M100", "attributes": attributes, **fields}


def page_of(client: TestClient, item_id: str, **asked: str) -> str:
    """As it was sent, with its escapes."""
    answer = client.get(f"/item/{item_id}", params=asked)
    assert answer.status_code == 200
    return answer.text


def links(page: str) -> list[tuple[str, str]]:
    """The text and the address of each variant, in the page's order."""
    nav = page.partition('<nav class="variants"')[2].partition("</nav>")[0]
    found = re.findall(r'<a href="([^"]*)"[^>]*>(.*?)</a>', nav, re.DOTALL)
    return [(unescape(" ".join(re.sub("<[^>]*>", " ", text).split())), unescape(address)) for address, text in found]


def facts(page: str) -> list[tuple[str, str]]:
    return re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", unescape(page))


@pytest.fixture(scope="module")
def shirts(client: TestClient) -> TestClient:
    """Two colours and two sizes, of which one is out of stock."""
    put(client, shirt("rot", "S"), shirt("rot", "M", stock=0), shirt("blau", "S"), shirt("blau", "M", stock=4))
    return client


def test_every_variant_can_be_reached_from_every_other(shirts: TestClient) -> None:
    page = page_of(shirts, "M100-rot-S")
    assert links(page) == [
        ("rot · S", "/item/M100-rot-S"),
        ("rot · M out of stock", "/item/M100-rot-M"),
        ("blau · S", "/item/M100-blau-S"),
        ("blau · M", "/item/M100-blau-M"),
    ]
    for _, address in links(page):
        assert links(shirts.get(address).text) == links(page)


def test_the_one_that_is_shown_is_marked(shirts: TestClient) -> None:
    for item_id in ("M100-rot-S", "M100-rot-M"):
        (marked,) = re.findall(r'<a href="([^"]*)"[^>]* aria-current="page"', page_of(shirts, item_id))
        assert marked == f"/item/{item_id}"


def test_links_keep_who_is_looking(shirts: TestClient) -> None:
    addresses = [address for _, address in links(page_of(shirts, "M100-rot-S", customer="u 1"))]
    assert addresses[1] == "/item/M100-rot-M?customer=u+1"


def test_links_keep_the_market_and_its_stock(market_client: TestClient) -> None:
    put(market_client, shirt("rot", "S"), shirt("rot", "M", stock=4))
    sold_out = {"item_id": "M100-rot-M", "market": "Zürich & co", "stock": 0}
    assert market_client.put("/v1/offers", json=[sold_out]).json()["accepted"] == 1
    assert [text for text, _ in links(page_of(market_client, "M100-rot-S"))] == ["S", "M"]
    assert links(page_of(market_client, "M100-rot-S", market="Zürich & co"))[1] == (
        "M out of stock",
        "/item/M100-rot-M?market=Z%C3%BCrich+%26+co",
    )


def test_the_page_tells_the_attributes(shirts: TestClient) -> None:
    assert facts(page_of(shirts, "M100-rot-S")) == [("Farbe", "rot"), ("Größe", "S"), ("Stoff", "Leinen")]


def test_attributes_that_the_shop_names_come_first(colour_client: TestClient) -> None:
    told = {"weight": 5, "colour": ["red", "blue"]}
    put(colour_client, {"item_id": "bucket", "title": "Bucket", "attributes": told})
    assert facts(page_of(colour_client, "bucket")) == [("Colour", "red, blue"), ("Weight", "5")]


def test_an_item_without_variants_or_attributes_has_no_room_for_them(client: TestClient) -> None:
    page = page_of(client, "milk")
    assert "variants" not in page
    assert "<dl" not in page


def test_a_change_is_on_the_next_page(client: TestClient) -> None:
    hats = [{"item_id": f"hat-{size}", "group_id": "hat", "attributes": {"size": size}} for size in "SML"]
    put(client, hats[0])
    assert links(page_of(client, "hat-S")) == []
    put(client, hats[1], hats[2])
    assert [text for text, _ in links(page_of(client, "hat-S"))] == ["S", "M", "L"]
    put(client, {**hats[1], "attributes": {"size": "medium"}})
    client.delete("/v1/items/hat-L")
    assert [text for text, _ in links(page_of(client, "hat-S"))] == ["S", "medium"]
    put(client, {**hats[1], "expires_at": "2020-01-01"})
    assert links(page_of(client, "hat-S")) == []


def test_of_many_variants_a_few_are_shown_and_the_others_counted(client: TestClient) -> None:
    put(client, *({"item_id": f"ring-{size}", "group_id": "ring", "attributes": {"size": size}} for size in range(50)))
    page = page_of(client, "ring-0")
    assert [text for text, _ in links(page)] == [str(size) for size in range(31)]
    assert "and 19 more" in page
    assert "ring-45" in page_of(client, "ring-30"), "the next page goes further"


def test_odd_names_are_escaped_cut_and_never_empty(client: TestClient) -> None:
    evil = '<script>alert("x")</script>'
    odd: list[dict[str, Any]] = [
        {"item_id": "o/<1>", "title": evil, "group_id": "odd", "attributes": {evil: evil, "care": "wash " * 39}},
        {"item_id": "o/<2>", "title": evil, "group_id": "odd", "attributes": {evil: "\n", "care": 7}},
        {"item_id": "o/ü&3", "title": "W" * 300, "group_id": "odd"},
    ]
    put(client, *odd)
    answer = client.get("/item/o%2F%3C1%3E").text
    assert "<script>alert" not in answer
    assert links(answer)[1:] == [("o/<2>", "/item/o%2F%3C2%3E"), ("W" * 59 + "…", "/item/o%2F%C3%BC%263")]
    assert '<a href="/item/o%2F%3C1%3E" class="chosen" aria-current="page">&lt;script&gt;alert(' in answer
    assert facts(answer)[1] == ("Care", ("wash " * 32)[:159].rstrip() + "…")
