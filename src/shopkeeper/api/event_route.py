"""POST /v1/events."""

from typing import Annotated

from fastapi import APIRouter, Body
from starlette.responses import Response

from shopkeeper.api.event_body import EventBatch, EventRule, sift_events
from shopkeeper.api.receipt import ReceiptOut, receipt_response
from shopkeeper.record import SystemClock
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
}


def event_routes(engine: Engine, setting: Setting) -> APIRouter:
    """The routes that take in what shoppers do."""
    routes = APIRouter(tags=["events"])
    real = SystemClock()
    replays = setting.replay_start is not None

    @routes.post("/v1/events", status_code=202, response_model=ReceiptOut, summary="Append events")
    def append_events(body: Annotated[EventBatch, Body(openapi_examples=EXAMPLES)]) -> Response:
        """202 once what was accepted is committed; it counts in the next list. Rows are refused one by one."""
        rule = EventRule(engine.now(), real.now(), replays, setting.shop.currency)
        sifted, repaired = sift_events(body.events, rule)
        receipt = engine.append_events(sifted.rows) if sifted.rows else Receipt(0)
        note = REPAIR_NOTE if repaired else None
        return receipt_response(receipt, sifted.rejected(receipt), 202, repaired, note)

    return routes
