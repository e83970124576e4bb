"""Gorse's routes of feedback."""

from collections.abc import Callable, Collection, Mapping
from typing import Annotated, Any, Final

import polars as pl
from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from shopkeeper.api.event_body import EventRule
from shopkeeper.api.field import MAX_ROWS, KeepGoing
from shopkeeper.api.gorse_feedback import (
    FeedbackIn,
    FeedbackNames,
    FeedbackOut,
    FeedbackPage,
    sift_feedback,
    tell_feedback,
)
from shopkeeper.api.gorse_field import PAGE, Length, Name, NumberCursor, RowAffected, affected, json_response
from shopkeeper.error import InputError, NotFound
from shopkeeper.operation.new_item import append_with_items
from shopkeeper.record import EventType
from shopkeeper.serving import Engine
from shopkeeper.setting import GorseSection
from shopkeeper.store import Receipt, Store

ALL: Final = 2**31 - 1  # Gorse tells a user's feedback whole
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

    @routes.get("/api/feedback", response_model=FeedbackPage, summary="Feedback, page by page")
    def get_feedback(n: Length = PAGE, cursor: NumberCursor = "") -> Response:
        return _page(store.people.acts(int(cursor or 0), n), n)

    @routes.get("/api/feedback/{feedback_type}", response_model=FeedbackPage, summary="Feedback of a type")
    def get_typed_feedback(feedback_type: Name, n: Length = PAGE, cursor: NumberCursor = "") -> Response:
        """A page can have fewer than n, and the cursor of a next one."""
        kinds = _kinds(names, feedback_type)
        return _page(store.people.acts(int(cursor or 0), n, kinds=kinds), n, feedback_type)

    @routes.get("/api/user/{user_id}/feedback", response_model=list[FeedbackOut], summary="A user's feedback")
    def get_user_feedback(user_id: Name) -> Response:
        return json_response(list(_acts(store, user_id=user_id).values()))

    @routes.get(
        "/api/user/{user_id}/feedback/{feedback_type}",
        response_model=list[FeedbackOut],
        summary="A user's feedback of a type",
    )
    def get_user_typed_feedback(user_id: Name, feedback_type: Name) -> Response:
        kinds = _kinds(names, feedback_type)
        return json_response(list(_acts(store, feedback_type, kinds=kinds, user_id=user_id).values()))

    for each in (_pair_routes(store), _triple_routes(store, names)):
        routes.include_router(each)
    return routes


def _pair_routes(store: Store) -> APIRouter:
    """What a user did to an item."""
    routes = APIRouter()
    path = "/api/feedback/{user_id}/{item_id}"

    @routes.get(path, response_model=list[FeedbackOut], summary="A user's feedback on an item")
    def get_pair(user_id: Name, item_id: Name) -> Response:
        return json_response(list(_acts(store, user_id=user_id, item_id=item_id).values()))

    @routes.delete(path, response_model=RowAffected, summary="Take back a user's feedback on an item")
    def delete_pair(user_id: Name, item_id: Name) -> Response:
        return affected(store.people.take_back(list(_acts(store, user_id=user_id, item_id=item_id))))

    return routes


def _triple_routes(store: Store, names: FeedbackNames) -> APIRouter:
    """What a user did to an item in one way."""
    routes = APIRouter()
    path = "/api/feedback/{feedback_type}/{user_id}/{item_id}"

    @routes.get(path, response_model=FeedbackOut, summary="A user's last feedback of a type on an item")
    def get_triple(feedback_type: Name, user_id: Name, item_id: Name) -> Response:
        kinds = _kinds(names, feedback_type)
        found = _acts(store, feedback_type, kinds=kinds, user_id=user_id, item_id=item_id)
        if not found:
            raise NotFound(f"User {user_id!r} gave item {item_id!r} no feedback {feedback_type!r}. Check the ids.")
        return json_response(found[max(found)])

    @routes.delete(path, response_model=RowAffected, summary="Take back a user's feedback of a type on an item")
    def delete_triple(feedback_type: Name, user_id: Name, item_id: Name) -> Response:
        kinds = _kinds(names, feedback_type)
        found = _acts(store, feedback_type, kinds=kinds, user_id=user_id, item_id=item_id)
        return affected(store.people.take_back(list(found)))

    return routes


def _kinds(names: FeedbackNames, feedback_type: str) -> set[EventType]:
    """The event types that may be a feedback type: its own, and impressions, which lists are written back as.

    Raises InputError.
    """
    try:
        return {names.event_type(feedback_type), EventType.IMPRESSION}
    except ValueError as problem:
        raise InputError(str(problem)) from None


def _acts(
    store: Store,
    name: str | None = None,
    *,
    user_id: str,
    item_id: str | None = None,
    kinds: Collection[EventType] = (),
) -> Mapping[int, dict[str, Any]]:
    """A user's feedback by its change number."""
    return dict(tell_feedback(store.people.acts(0, ALL, kinds=kinds, user_id=user_id, item_id=item_id), name))


def _page(acts: pl.DataFrame, n: int, name: str | None = None) -> Response:
    """A page of feedback, and the cursor of the next where there may be one."""
    cursor = str(acts["change"][-1]) if acts.height == n else ""
    return json_response({"Cursor": cursor, "Feedback": [told for _, told in tell_feedback(acts, name)]})
