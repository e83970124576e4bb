"""POST /v1/events."""

from enum import StrEnum
from typing import Annotated, Final

from fastapi import APIRouter, Body, Query
from fastapi.exceptions import RequestValidationError
from pydantic import WrapValidator
from starlette.responses import Response

from shopkeeper.api.event_body import EventBatch, EventRule
from shopkeeper.api.event_format import sift_sent
from shopkeeper.api.event_many import sift_body
from shopkeeper.api.event_request import EventRoute
from shopkeeper.api.problem import SEND_JSON
from shopkeeper.api.receipt import ReceiptOut, Sifted, SiftedEvents, receipt_response
from shopkeeper.data.mark_rule import MarkRule
from shopkeeper.data.reader import EVENT_SHAPES
from shopkeeper.record import Event, SystemClock
from shopkeeper.serving import Engine
from shopkeeper.setting import Setting
from shopkeeper.store import Receipt

REPAIR_NOTE = "Times after this replaying shop's clock were set to its now."
EXAMPLES = {
    "one": {"value": {"type": "view", "user_id": "27", "item_id": "1082185"}},
    "batch": {
        "value": {
            "events": [
                {"type": "add_to_cart", "visitor_id": "v-81", "item_id": "1082185"},
                {"type": "purchase", "user_id": "27", "item_id": "1082185", "quantity": 2, "value": 5.98},
            ]
        }
    },
    "format=ga4": {
        "value": {
            "client_id": "1203477.1763711",
            "events": [{"name": "view_item", "params": {"items": [{"item_id": "1082185", "price": 2.99}]}}],
        }
    },
    "format=google_retail": {
        "value": {
            "eventType": "detail-page-view",
            "visitorId": "v-81",
            "eventTime": "2017-12-30T08:00:00Z",
            "productDetails": [{"product": {"id": "1082185"}}],
        }
    },
    "format=segment": {
        "value": {
            "batch": [
                {
                    "type": "track",
                    "event": "Product Added",
                    "messageId": "ajs-1",
                    "anonymousId": "v-81",
                    "timestamp": "2017-12-30T08:00:00Z",
                    "properties": {"product_id": "1082185", "price": 2.99, "quantity": 2, "currency": "USD"},
                }
            ]
        }
    },
}
FORMAT: Final = (
    "whose words the body is in: one record, an array of them, or that system's own batch (`events` of GA4's "
    "Measurement Protocol, `userEvents` of Google Retail, `batch` of Segment). Absent: ours. A record with several "
    "products is as many events; what is refused is told by the record's position in what was sent."
)
# Its format tells how it is read. Described is our own: a union with "any object" would describe nothing, and made
# schemathesis recurse without end.
AS_SENT: Final = WrapValidator(lambda sent, _read: sent)


class EventFormat(StrEnum):
    """Another system's words: the names of EVENT_SHAPES."""

    GA4 = "ga4"
    GOOGLE_RETAIL = "google_retail"
    SEGMENT = "segment"


def event_routes(engine: Engine, setting: Setting) -> APIRouter:
    """The routes that take in what shoppers do."""
    routes = APIRouter(tags=["events"], route_class=EventRoute)
    real = SystemClock()
    replays = setting.replay_start is not None
    mark = MarkRule.of(setting.mark.staff_users, setting.mark.bot_agents)

    @routes.post("/v1/events", status_code=202, response_model=ReceiptOut, summary="Append events")
    def append_events(
        body: Annotated[EventBatch, AS_SENT, Body(openapi_examples=EXAMPLES)],
        format: Annotated[EventFormat | None, Query(description=FORMAT)] = None,
    ) -> Response:
        """202 once what was accepted is committed; it counts in the next list. Rows are refused one by one."""
        if isinstance(body, bytes):
            raise RequestValidationError([{"type": "json_type", "loc": ("body",), "msg": SEND_JSON, "input": body}])
        rule = EventRule(engine.now(), real.now(), replays, setting.shop.currency, mark)
        if format is None:
            sifted, repaired, unread = sift_body(body, rule)
        else:
            sent = sift_sent(body, EVENT_SHAPES[format.value], rule)
            sifted, repaired, unread = sent.sifted, sent.repaired, sent.note
        receipt = _committed(engine, sifted)
        note = " ".join(filter(None, (REPAIR_NOTE if repaired else None, unread))) or None
        return receipt_response(receipt, sifted.rejected(receipt), 202, repaired, note)

    return routes


def _committed(engine: Engine, sifted: Sifted[Event] | SiftedEvents) -> Receipt:
    if not len(sifted.rows):
        return Receipt(0)
    if isinstance(sifted, SiftedEvents):
        return engine.ingest_events(sifted.rows)
    return engine.append_events(sifted.rows)
