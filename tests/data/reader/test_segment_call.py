"""The reader `segment`, on a tea shop: 2025-11-21T09:00:00Z is 1763715600000000."""

import json
from collections.abc import Callable
from typing import Any

from shopkeeper.data.reader import Entity, RowKind

LATER = 1_767_225_600_000_000  # 2026-01-01T00:00:00Z
START = 1_763_715_600_500_000


def test_tracks_are_events_of_their_products(read_fixture: Callable[[str], Any]) -> None:
    events = read_fixture("segment.jsonl").frame(Entity.EVENT)
    told = events.select("event_id", "type", "time", "item_id", "quantity", "value", "currency", "session_id").rows()
    assert [(*row[:2], (row[2] - START) // 1_000_000, *row[3:]) for row in told] == [
        ("ajs-2/1", "impression", 2, "oolong", None, 900, "USD", None),
        ("ajs-2/2", "impression", 2, "assam", None, 750, "USD", None),
        ("ajs-3/1", "click", 3, "oolong", None, 900, "USD", None),
        ("ajs-4/1", "search", 4, None, None, None, None, None),
        ("ajs-5/1", "cart", 5, "oolong", 2.0, 1800, "GBP", "k-3"),
        ("ajs-6/1", "purchase", 6, "oolong", 2.0, 1800, "GBP", "O-50"),
        ("ajs-6/2", "purchase", 6, "assam", 1.0, 750, "GBP", "O-50"),
        ("ajs-7/1", "return", 7, "assam", 1.0, 750, "GBP", "O-50"),
        ("ajs-8/1", "review", 8, "oolong", None, None, None, None),
    ]
    assert events.select("rating", "text").row(8) == (5.0, "Fragrant, second infusion best.")
    assert events.select("surface", "position").row(1) == ("tea", 2)
    assert events["query"].drop_nulls().to_list() == ["green tea"]
    assert events["visitor_id"].unique().to_list() == ["an-1"]
    assert events["user_id"].to_list() == [None] * 5 + ["dora"] * 4
    assert json.loads(events["context"][0]) == {
        "context": {"ip": "192.0.2.9"},
        "properties": {"category": "Tea"},
        "product": {"sku": "OO-1"},
    }


def test_an_identify_is_a_user(read_fixture: Callable[[str], Any]) -> None:
    reading = read_fixture("segment.jsonl")
    assert reading.frame(Entity.USER).rows() == [("dora", '{"plan":"gold","age":41}')]
    assert "left out, for they tell nothing that is ours: page 1, Checkout Started 1." in reading.notes


def test_kind_takes_rows_of_one_kind_only(read: Any, fixture_bytes: Callable[[str], bytes]) -> None:
    reading = read("day.jsonl", fixture_bytes("segment.jsonl"), kind=RowKind.USERS, now=LATER)
    assert {chunk.entity for chunk in reading.chunks if chunk.frame.height} == {Entity.USER}
    assert "events (--kind) 9" in reading.notes


def test_an_order_cancelled_is_a_return_and_a_promotion_is_redeemed(read: Any) -> None:
    call = {"type": "track", "messageId": "m", "userId": "u", "timestamp": "2025-11-21T09:00:00Z"}
    cancelled = {"event": "Order Cancelled", "properties": {"order_id": "o", "products": [{"product_id": "p"}]}}
    promotion = {"event": "Promotion Clicked", "properties": {"promotion_id": "autumn"}}
    reading = read("day.jsonl", "\n".join(json.dumps(call | part) for part in (cancelled, promotion)), now=LATER)
    assert reading.frame(Entity.EVENT).select("type", "item_id").rows() == [("return", "p"), ("redeem", "autumn")]
    assert reading.frame(Entity.EVENT)["context"].to_list() == [
        '{"cancelled":true}',
        '{"properties":{"promotion_id":"autumn"}}',
    ]
