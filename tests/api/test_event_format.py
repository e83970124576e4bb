"""Events in the words of GA4, Google Retail and Segment at the door: the mapping of files, refused by position."""

import time
from typing import Any

import pytest
from starlette.testclient import TestClient

from shopkeeper.data.reader import EVENT_SHAPES

TIME = "2026-01-05T08:00:00Z"


@pytest.fixture(autouse=True)
def items(client: TestClient) -> None:
    client.put("/v1/items", json=[{"item_id": "f-1", "title": "One"}, {"item_id": "f-2", "title": "Two"}])


def post(client: TestClient, format: str, body: object) -> tuple[int, dict[str, Any]]:
    answer = client.post("/v1/events", params={"format": format}, json=body)
    return answer.status_code, answer.json()


def track(event: str, message: str, **properties: Any) -> dict[str, Any]:
    call = {"type": "track", "event": event, "anonymousId": "an-f", "timestamp": TIME, "properties": properties}
    return call | ({"messageId": message} if message else {})


def order(*item_ids: str, message: str = "m-order") -> dict[str, Any]:
    products = [{"product_id": item_id, "price": 1.995, "quantity": 1} for item_id in item_ids]
    return track("Order Completed", message, order_id="o-1", currency="usd", products=products)


def test_each_product_of_a_call_is_an_event_and_sending_it_again_adds_none(client: TestClient) -> None:
    status, told = post(client, "segment", order("f-1", "f-2"))
    assert (status, told["accepted"], told["duplicate"]) == (202, 2, 0)
    status, told = post(client, "segment", {"batch": [order("f-1", "f-2")]})
    assert (status, told["accepted"], told["duplicate"]) == (202, 0, 2)


def test_without_a_message_id_the_content_stands_for_it(client: TestClient) -> None:
    twice_the_same = order("f-1", "f-1", message="")
    assert post(client, "segment", twice_the_same)[1]["accepted"] == 2
    assert post(client, "segment", twice_the_same)[1]["duplicate"] == 2


def test_what_is_refused_is_told_by_its_position_in_what_was_sent(client: TestClient) -> None:
    batch = {
        "batch": [
            {"type": "page", "anonymousId": "an-f"},
            track("Product Viewed", "m-1", product_id="f-1"),
            track("Product Viewed", "m-2", product_id="f-1", price="ask"),
            "no call",
            track("Product Viewed", "m-4", product_id="unheard-of"),
            track("Product Reviewed", "m-5", product_id="f-2", rating="great"),
        ]
    }
    status, told = post(client, "segment", batch)
    assert (status, told["accepted"]) == (202, 1)
    assert told["note"].endswith("Left out, for they tell no event that is ours: page 1.")
    reasons = {row["row"]: row["reason"] for row in told["rejected"]}
    assert list(reasons) == [2, 3, 4, 5]
    assert reasons[2] == "price ask is no number"
    assert reasons[3] == "it is no JSON object"
    assert "no item 'unheard-of' is known" in reasons[4]
    assert reasons[5].startswith("rating: ")


def test_a_product_that_cannot_be_read_is_refused_under_its_record(client: TestClient) -> None:
    call = {
        "client_id": "ga-f",
        "timestamp_micros": 1767600000000000,
        "events": [
            {"name": "add_to_cart", "params": {"items": [{"item_id": "f-1"}, {"item_name": "without id"}]}},
            {"name": "view_item", "params": {"items": [{"item_id": "f-1", "price": 2}, {"item_id": "f-2"}]}},
        ],
    }
    status, told = post(client, "ga4", call)
    assert (status, told["accepted"]) == (202, 3)
    assert told["rejected"] == [{"row": 0, "reason": "item_id is needed for cart"}]


def test_an_inline_source_of_google_retail_is_a_batch(client: TestClient) -> None:
    event = {"eventType": "detail-page-view", "visitorId": "gr", "eventTime": TIME}
    product = {"productDetails": [{"product": {"id": "f-1"}}]}
    body = {"inputConfig": {"userEventInlineSource": {"userEvents": [{**event, **product}, {**event, "eventType": 7}]}}}
    status, told = post(client, "google_retail", body)
    assert (status, told["accepted"]) == (202, 1)
    assert told["note"].endswith(": 7 1.")


def test_an_event_without_a_time_happens_now(client: TestClient) -> None:
    call = {"client_id": "ga-now", "events": [{"name": "view_item", "params": {"items": [{"item_id": "f-1"}]}}]}
    assert post(client, "ga4", call)[1]["accepted"] == 1


def test_a_time_to_come_is_refused_whatever_the_words(client: TestClient) -> None:
    time = "2999-01-01T00:00:00Z"
    product = [{"product": {"id": "f-1"}}]
    retail = {"eventType": "detail-page-view", "visitorId": "v", "eventTime": time, "productDetails": product}
    ga4 = viewed([{"item_id": "f-1"}]) | {"timestamp_micros": 32_472_144_000_000_000}
    segment = track("Product Viewed", "m-late", product_id="f-1") | {"timestamp": time}
    for format, body in (("segment", segment), ("google_retail", retail), ("ga4", ga4)):
        status, told = post(client, format, body)
        assert (status, f"row 0: time: {time} is in the future" in told["detail"]) == (422, True), format


@pytest.mark.parametrize("body", [[], {"batch": []}])
def test_a_body_without_records_is_told_so(client: TestClient, body: object) -> None:
    status, told = post(client, "segment", body)
    assert status == 422
    assert "holds no segment record" in told["detail"]


def test_an_unknown_format_is_told_which_there_are(client: TestClient) -> None:
    status, told = post(client, "mixpanel", {})
    assert status == 422
    assert all(name in told["detail"] for name in ("ga4", "google_retail", "segment"))


def test_the_description_names_the_formats(client: TestClient) -> None:
    description = client.get("/openapi.json").json()
    operation = description["paths"]["/v1/events"]["post"]
    (parameter,) = operation["parameters"]
    assert parameter["name"] == "format"
    assert description["components"]["schemas"]["EventFormat"]["enum"] == list(EVENT_SHAPES)
    body = operation["requestBody"]["content"]["application/json"]
    assert body["schema"] == {"$ref": "#/components/schemas/EventBatch"}
    assert {"format=ga4", "format=google_retail", "format=segment"} <= set(body["examples"])


def test_crawlers_are_marked_whatever_the_words(client: TestClient) -> None:
    bot = "Mozilla/5.0 (compatible; Googlebot/2.1)"
    segment = track("Product Viewed", "m-bot", product_id="f-1") | {"context": {"userAgent": bot}}
    retail = {
        "eventType": "detail-page-view",
        "visitorId": "v-bot",
        "eventTime": TIME,
        "userInfo": {"userAgent": bot},
        "productDetails": [{"product": {"id": "f-1"}}],
    }
    ga4 = {"client_id": "c-bot", "user_agent": bot, "timestamp_micros": 1_767_600_000_000_000}
    ga4["events"] = [{"name": "view_item", "params": {"items": [{"item_id": "f-1"}]}}]
    for format, body in (("segment", segment), ("google_retail", retail), ("ga4", ga4)):
        status, told = post(client, format, body)
        assert (status, told["accepted"], told["marked"]) == (202, 1, 1), format
    own = {"type": "view", "visitor_id": "v-own", "item_id": "f-1", "time": TIME}
    told = client.post(
        "/v1/events", json=[own, own | {"user_agent": bot}, own | {"context": {"user_agent": bot}}]
    ).json()
    assert (told["accepted"], told["marked"]) == (2, 1)


def viewed(items: list[dict[str, Any]], **params: Any) -> dict[str, Any]:
    return {"client_id": "ga-many", "events": [{"name": "view_item", "params": {"items": items, **params}}]}


def test_no_small_body_keeps_a_server_busy(client: TestClient) -> None:
    """Lines that are refused count, and a record with too many of them is refused before they are made."""
    began = time.process_time()
    status, told = post(client, "ga4", viewed([{}] * 100_000))
    assert status == 422
    assert "items holds 100,000 entries; 10,000 are the most that one record may have" in told["detail"]
    status, told = post(client, "ga4", [viewed([{}] * 6_000)] * 20)
    assert status == 422
    assert "10,000 events at most; nothing was taken" in told["detail"]
    status, told = post(client, "ga4", {"client_id": "ga-many", "events": [{"name": "x"}] * 100_000})
    assert status == 422
    assert "Events holds 100,000 entries" in told["detail"]
    status, told = post(client, "ga4", viewed([{"item_id": "f-1"}] * 9_000, note="x" * 60_000))
    assert status == 422
    assert "its 9,000 rows would each repeat" in told["detail"]
    assert time.process_time() - began < 5
