"""Gorse's routes that take feedback."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from shopkeeper.api.event_body import EventRule
from shopkeeper.api.field import MAX_ROWS, KeepGoing
from shopkeeper.api.gorse_feedback import FeedbackIn, FeedbackNames, sift_feedback
from shopkeeper.api.gorse_field import RowAffected, affected
from shopkeeper.operation.new_item import append_with_items
from shopkeeper.serving import Engine
from shopkeeper.setting import GorseSection
from shopkeeper.store import Receipt, Store

Feedbacks = Annotated[list[Annotated[FeedbackIn, KeepGoing]], Field(max_length=MAX_ROWS)]


def gorse_feedback_routes(
    engine: Engine, store: Store, setting: GorseSection, rule_now: Callable[[], EventRule]
) -> APIRouter:
    """Feedback is events; each act is one of its own, where Gorse keeps the last of each user, item and type."""
    routes = APIRouter()
    names = FeedbackNames(setting.feedback)

    @routes.put("/api/feedback", response_model=RowAffected, summary="Append feedback (as POST does)")
    @routes.post("/api/feedback", response_model=RowAffected, summary="Append feedback")
    def insert_feedback(body: Feedbacks) -> Response:
        """Committed when answered; it counts in the next list. Rows are refused one by one."""
        sifted = sift_feedback(body, names, rule_now())
        receipt = Receipt(0)
        if sifted.rows and setting.auto_insert_item:
            receipt = append_with_items(engine, store, sifted.rows)
        elif sifted.rows:
            receipt = engine.append_events(sifted.rows)
        return affected(receipt.accepted + receipt.duplicate, sifted.rejected(receipt))

    return routes
