"""The reader `google_retail`, on a small clothes shop."""

import json
from collections.abc import Callable
from typing import Any

from shopkeeper.data.reader import Entity

LATER = 1_767_225_600_000_000  # 2026-01-01T00:00:00Z
START = 1_763_712_000_000_000  # 2025-11-21T08:00:00Z
SECOND = 1_000_000


def test_products_are_items_and_offers(read_fixture: Callable[[str], Any]) -> None:
    reading = read_fixture("google_retail_products.jsonl")
    items = reading.frame(Entity.ITEM)
    assert items.select("item_id", "title", "category", "brand", "group_id").rows() == [
        ("shirt", "Linen shirt", "Clothing > Shirts", "Weft", "shirt"),
        ("shirt-s", "Linen shirt, S", "Clothing > Shirts", "Weft", "shirt"),
        ("shirt-m", "Linen shirt, M", "Clothing > Shirts", None, "shirt"),
        ("belt", "Leather belt", "Clothing > Belts", None, None),
        ("card", "Gift card", "Gifts", None, None),
    ]
    assert items.select("url", "image_url").row(0) == ("https://shop.example/shirt", "https://shop.example/shirt.jpg")
    assert items.select("available_from", "expires_at").row(3) == (1761955200000000, 1769904000000000)
    assert json.loads(items["attributes"][0]) == {
        "type": "PRIMARY",
        "originalPrice": 59.0,
        "material": "linen",
        "sizes": ["S", "M"],
        "categories": ["Clothing > Shirts", "Sale"],
    }
    assert reading.frame(Entity.OFFER).select("item_id", "price", "currency", "stock").rows() == [
        ("shirt", 4900, "EUR", None),
        ("shirt-s", 4900, "EUR", 7),
        ("shirt-m", 4410, "EUR", 0),
        ("belt", 3900, "JPY", None),
    ]
    assert reading.rejects == [(6, "", "priceInfo is no JSON object")]
    assert "Of a product's several categories the first is its category" in reading.notes


def test_each_product_of_a_user_event_is_an_event(read_fixture: Callable[[str], Any]) -> None:
    reading = read_fixture("google_retail_events.jsonl")
    events = reading.frame(Entity.EVENT)
    assert events.select("type", "time", "item_id", "quantity", "value", "currency", "session_id").rows() == [
        ("impression", START + 10 * SECOND, "shirt", None, None, None, None),
        ("impression", START + 10 * SECOND, "belt", None, None, None, None),
        ("view", START + 60_250_000, "shirt", None, None, None, None),
        ("search", START + 120 * SECOND, None, None, None, None, None),
        ("cart", START + 180 * SECOND, "shirt-s", 2.0, None, None, "c5"),
        ("uncart", START + 240 * SECOND, "shirt-s", 1.0, None, None, "c5"),
        ("purchase", START + 300 * SECOND, "shirt-s", 1.0, 5400, "EUR", "R-7"),  # the only line: the revenue
        ("purchase", START + 360 * SECOND, "shirt-s", 2.0, 9800, "EUR", "R-8"),  # its own price
        ("purchase", START + 360 * SECOND, "shirt-m", 1.0, None, None, "R-8"),  # what it cost is not told
    ]
    assert events["query"].drop_nulls().to_list() == ["leather belt"]
    assert events["user_id"].drop_nulls().to_list() == ["carl"]
    assert events.select("recommendation_id", "experiment").row(2) == ("abc-token", "exp-7")
    assert json.loads(events["context"][8])["purchaseTransaction"]["revenue"] == 142.1


def test_what_cannot_be_read_is_rejected_and_what_is_not_ours_left_out(read_fixture: Callable[[str], Any]) -> None:
    reading = read_fixture("google_retail_events.jsonl")
    ((line, column, reason),) = reading.rejects
    assert (line, column) == (10, "time")
    assert reason.startswith("soon is no time")
    assert "home-page-view 1, detail-page-view without productDetails 1." in reading.notes


def test_an_inline_source_on_one_line_is_read_and_rejects_tell_the_record(read: Any) -> None:
    event = {"eventType": "detail-page-view", "visitorId": "v", "eventTime": "2025-11-21T08:00:00Z"}
    good = {**event, "productDetails": [{"product": {"name": "catalogs/default/products/p1"}}]}
    body = {"inputConfig": {"userEventInlineSource": {"userEvents": [good, {**good, "productDetails": "p1"}]}}}
    reading = read("inline.json", json.dumps(body), now=LATER)
    assert reading.frame(Entity.EVENT)["item_id"].to_list() == ["p1"]
    assert reading.rejects == [(1, "", "record 1 of the batch: productDetails is no list of JSON objects")]
