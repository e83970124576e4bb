"""The reader `ga4`, on a day of a kitchen shop: 2025-11-21T08:00:00Z is 1763712000000000."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from shopkeeper.data.reader import Entity

LATER = 1_767_225_600_000_000  # 2026-01-01T00:00:00Z
START = 1_763_712_000_000_000
SECOND = 1_000_000


def test_each_item_of_an_event_is_an_event(read_fixture: Callable[[str], Any]) -> None:
    events = read_fixture("ga4.jsonl").frame(Entity.EVENT)
    told = events.select("type", "time", "item_id", "quantity", "value", "currency", "session_id").rows()
    visit = "1763711990"
    assert told == [
        ("impression", START + 1 * SECOND, "mug-blue", None, 1250, "USD", visit),
        ("impression", START + 1 * SECOND, "pan-28", None, 3990, "USD", visit),
        ("click", START + 2 * SECOND, "mug-blue", None, 1250, "USD", visit),
        ("view", START + 3 * SECOND, "mug-blue", None, 1250, "EUR", visit),
        ("cart", START + 4 * SECOND, "mug-blue", 2.0, 2500, "EUR", visit),
        ("search", START + 5 * SECOND, None, None, None, None, visit),
        ("uncart", START + 6 * SECOND, "mug-blue", 1.0, 1250, "EUR", visit),
        ("purchase", START + 7 * SECOND, "mug-blue", 1.0, 1250, "EUR", "T-1001"),
        ("purchase", START + 7 * SECOND, "pan-28", 3.0, 11970, "EUR", "T-1001"),
        ("return", START + 9 * SECOND, "pan-28", 1.0, 3990, "EUR", "T-1001"),
        ("redeem", START + 10 * SECOND, "autumn", None, None, None, visit),
    ]


def test_who_where_and_what_for(read_fixture: Callable[[str], Any]) -> None:
    events = read_fixture("ga4.jsonl").frame(Entity.EVENT)
    assert events["visitor_id"].to_list() == ["1203477.1763711"] * 10 + ["88.99"]
    assert events["user_id"].to_list() == [None] * 7 + ["anna"] * 3 + [None]
    assert events["surface"].to_list()[:3] == ["kitchen", "kitchen", "Kitchen"]
    assert events["position"].to_list()[:4] == [1, 2, 1, None]
    assert events["query"].drop_nulls().to_list() == ["iron pan"]
    context = json.loads(events["context"][8])
    assert context["ga_session_id"] == "1763711990"
    assert context["params"]["tax_value"] == 22.03
    assert context["item"] == {"item_name": "Iron pan 28 cm", "item_category": "Kitchen", "item_revenue": 119.7}


def test_lines_have_ids_that_stay_the_same(read_fixture: Callable[[str], Any]) -> None:
    first, again = (read_fixture("ga4.jsonl").frame(Entity.EVENT)["event_id"].to_list() for _ in range(2))
    assert first == again
    assert len(set(first)) == 11


def test_what_is_left_out_is_said(read_fixture: Callable[[str], Any]) -> None:
    notes = read_fixture("ga4.jsonl").notes
    assert "left out, for they tell nothing that is ours: session_start 1." in notes
    assert "The items of GA4's events are no catalogue" in notes


def test_a_call_of_the_measurement_protocol(read_fixture: Callable[[str], Any]) -> None:
    events = read_fixture("ga4_call.json").frame(Entity.EVENT)
    assert events.select(
        "type", "time", "user_id", "visitor_id", "item_id", "session_id", "value", "position"
    ).rows() == [
        ("view", START, "bea", "77.88", "pan-28", "s9", 3990, 4),
        ("wish", START, "bea", "77.88", "pan-28", None, 3990, None),
    ]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"items": "mug"}, "items is no list of JSON objects"),
        ({"event_params": {"currency": "EUR"}}, "event_params is no list of JSON objects"),
        ({"items": [{"item_id": "mug", "price": "a lot"}]}, "price a lot is no number"),
        ({"items": [{"item_id": "mug", "price": 1e300}]}, "price 1e+300 is no amount"),
        ({"items": [{"item_id": ["mug"]}]}, '["mug"] is no text'),
        ({"items": [{"item_name": "Mug"}]}, "no item_id"),
        ({"event_timestamp": None}, "no time"),
        ({"user_pseudo_id": None}, "neither user_id nor visitor_id"),
    ],
)
def test_a_record_that_cannot_be_read_is_rejected(read: Any, change: dict[str, Any], reason: str) -> None:
    good = {
        "event_name": "view_item",
        "event_timestamp": str(START),
        "user_pseudo_id": "1.2",
        "event_params": [],
        "items": [{"item_id": "mug"}],
    }
    reading = read("day.jsonl", f"{json.dumps(good)}\n{json.dumps(good | change)}\n", now=LATER)
    assert reading.frame(Entity.EVENT).height == 1
    ((line, _, said),) = reading.rejects
    assert (line, said) == (2, reason)


def test_a_call_without_events_is_rejected(read: Any) -> None:
    call = {"client_id": "1.2", "events": [{"name": "view_item", "params": {"items": [{"item_id": "mug"}]}}]}
    lines = [json.dumps({**call, "timestamp_micros": START}), json.dumps({**call, "events": None})]
    assert read("day.jsonl", "\n".join(lines), now=LATER).rejects == [(2, "", "events is empty")]
