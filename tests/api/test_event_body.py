"""Events as they are sent: names of other systems, needs, times, extra fields, bad rows among good ones."""

from typing import Any

import pytest

from shopkeeper.api.event_body import EventBatch, EventRule, sift_events, unread_aliases
from shopkeeper.record import DAY, Event, EventType, parse_time
from shopkeeper.store import Receipt, Refusal

NOW = parse_time("2026-03-01T12:00:00Z")
LIVE = EventRule(now=NOW, real_now=NOW, replays=False, currency="EUR")
REPLAY = EventRule(now=parse_time("2018-01-01T05:00:00Z"), real_now=NOW, replays=True, currency="USD")


def sift(rows: list[Any], rule: EventRule = LIVE) -> tuple[tuple[Event, ...], dict[int, str], int]:
    sifted, repaired = sift_events(EventBatch.model_validate({"events": rows}).events, rule)
    return sifted.rows, {refusal.row: refusal.reason for refusal in sifted.refused}, repaired


def view(**fields: Any) -> dict[str, Any]:
    return {"type": "view", "user_id": "u", "item_id": "i", **fields}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("purchase", EventType.PURCHASE),
        ("view_item", EventType.VIEW),
        ("detail-page-view", EventType.VIEW),
        ("Product Viewed", EventType.VIEW),
        ("add_to_cart", EventType.CART),
        ("add-to-cart", EventType.CART),
        ("Product Removed", EventType.UNCART),
        ("Order Completed", EventType.PURCHASE),
        ("purchase-complete", EventType.PURCHASE),
        ("refund", EventType.RETURN),
        ("select_promotion", EventType.REDEEM),
    ],
)
def test_other_systems_names_are_understood(name: str, kind: EventType) -> None:
    events, refused, _ = sift([{"type": name, "user_id": "u", "item_id": "i"}])
    assert [event.type for event in events] == [kind]
    assert refused == {}


def test_an_event_without_time_gets_the_shops_clock_and_its_currency() -> None:
    events, _, _ = sift([view(type="purchase", value=5.98, quantity=2)])
    assert (events[0].time, events[0].value, events[0].currency, events[0].quantity) == (NOW, 598, "EUR", 2.0)


def test_unknown_fields_are_kept_in_context() -> None:
    events, _, _ = sift([view(context={"a": 1}, campaign="spring", device={"os": "x"})])
    assert events[0].context == {"a": 1, "campaign": "spring", "device": {"os": "x"}}


def test_bad_rows_are_refused_by_number_and_the_others_kept() -> None:
    events, refused, _ = sift(
        [
            view(),
            {"type": "teleport", "user_id": "u", "item_id": "i"},
            {"type": "view", "item_id": "i"},
            {"type": "view", "user_id": "u"},
            {"type": "search", "user_id": "u"},
            view(quantity="many"),
            "nonsense",
            {"type": "search", "user_id": "u", "query": "tea"},
            view(value=1.001, currency="USD"),
            view(quantity=0),
            view(type="return", quantity=-1),
            view(type="rate", rating=9),
            view(rating=-3),
        ]
    )
    assert [event.type for event in events] == [EventType.VIEW, EventType.SEARCH]
    assert list(refused) == [1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12]
    assert refused[9] == refused[10] == "quantity must be above 0; a return is an event of type return"
    assert refused[11] == refused[12] == "rating is on a scale of 1 to 5; scale it, or leave it out"
    assert refused[2] == "user_id or visitor_id is needed"
    assert refused[3] == "item_id is needed for view"
    assert refused[4] == "query is needed for search"
    assert refused[5].startswith("quantity: ")


def test_a_live_shop_allows_a_day_of_clock_skew_and_no_more() -> None:
    events, refused, repaired = sift([view(time=NOW + DAY), view(time=NOW + DAY + 1), view(time=NOW - 400 * DAY)])
    assert [event.time for event in events] == [NOW + DAY, NOW - 400 * DAY]
    assert "is in the future" in refused[1]
    assert repaired == 0


def test_a_replaying_shop_takes_todays_acts_as_its_own_todays() -> None:
    today, long_ago, next_week = NOW - 5, REPLAY.now - 7, NOW + 7 * DAY
    events, refused, repaired = sift([view(time=today), view(time=long_ago), view(time=next_week)], REPLAY)
    assert [event.time for event in events] == [REPLAY.now, long_ago]
    assert repaired == 1
    assert list(refused) == [2]


def test_refusals_of_the_store_are_told_under_the_batchs_own_numbers() -> None:
    rows = EventBatch.model_validate({"events": ["bad", view(), view(item_id="unknown")]}).events
    sifted, _ = sift_events(rows, LIVE)
    told = sifted.rejected(Receipt(accepted=1, rejected=(Refusal(1, "unknown item"),)))
    assert [(row["row"], row["reason"]) for row in told][1] == (2, "unknown item")
    assert told[0]["row"] == 0


@pytest.mark.parametrize("body", [view(), [view()], {"events": [view()]}])
def test_one_event_a_bare_array_and_a_batch_are_all_taken(body: object) -> None:
    assert len(EventBatch.model_validate(body).events) == 1


def test_names_that_only_files_understand_are_told() -> None:
    sent = [view(qty=3, timestamp="2020-01-01"), view(quantity=3, qty=4), view(campaign="spring", price=2), "bad"]
    told = unread_aliases(EventBatch.model_validate({"events": sent}).events)
    assert told is not None
    assert "not read as fields: qty, timestamp." in told
    assert "quantity, time." in told
    assert unread_aliases(EventBatch.model_validate({"events": sent[1:]}).events) is None
