"""The reader `ubi`, on a bookshop."""

import json
from collections.abc import Callable
from typing import Any

from shopkeeper.data.reader import Entity

TEN = 1_763_719_200_000_000  # 2025-11-21T10:00:00Z
MINUTE = 60_000_000


def test_queries_are_searches(read_fixture: Callable[[str], Any]) -> None:
    reading = read_fixture("ubi_queries.jsonl")
    events = reading.frame(Entity.EVENT)
    assert events.select("event_id", "type", "time", "visitor_id", "query", "recommendation_id").rows() == [
        ("query/q-1/1", "search", TEN, "cl-1", "history of tea", "q-1"),
        ("query/q-2/1", "search", TEN + MINUTE, "cl-2", "地图", "q-2"),
    ]
    assert json.loads(events["context"][0])["query_response_hit_ids"] == ["b1", "b2"]
    assert "query without user_query 1." in reading.notes


def test_events_are_acts_on_objects_that_answer_to_a_query(read_fixture: Callable[[str], Any]) -> None:
    reading = read_fixture("ubi_events.jsonl")
    events = reading.frame(Entity.EVENT)
    assert events.select("type", "time", "item_id", "position", "user_id").rows() == [
        ("impression", TEN + 1 * MINUTE, "b1", 0, None),
        ("click", TEN + 2 * MINUTE, "b1", 0, None),
        ("view", TEN + 3 * MINUTE, "b1", None, None),
        ("cart", TEN + 4 * MINUTE, "b1", None, None),
        ("purchase", TEN + 5 * MINUTE, "b1", None, "emil"),
    ]
    assert events.select("recommendation_id", "visitor_id", "session_id").unique().rows() == [("q-1", "cl-1", "se-1")]
    assert json.loads(events["context"][1]) == {
        "application": "books",
        "action_name": "item_click",
        "message_type": "INFO",
        "event_attributes": {"object": {"object_id_field": "isbn"}, "position": {"x": 12}},
    }
    assert "on_search 1, type_filter 1." in reading.notes
