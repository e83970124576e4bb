"""Gorse's routes of feedback that was given: they tell what people did, and take it back."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from fastapi import APIRouter
from starlette.responses import Response

from shopkeeper.api.gorse_feedback import FeedbackNames, FeedbackOut, FeedbackPage, tell_feedback
from shopkeeper.api.gorse_field import PAGE, Length, Name, NumberCursor, RowAffected, affected, json_response
from shopkeeper.error import InputError, NotFound
from shopkeeper.record import EventType
from shopkeeper.setting import GorseSection
from shopkeeper.store import Acts, Store

ALL: Final = 2**31 - 1  # Gorse tells a user's feedback whole


def gorse_act_routes(store: Store, setting: GorseSection) -> APIRouter:
    """Feedback as it was given, page by page, or of one user or item."""
    routes = APIRouter()
    names = FeedbackNames(setting.feedback)

    @routes.get("/api/feedback", response_model=FeedbackPage, summary="Feedback, page by page")
    def get_feedback(n: Length = PAGE, cursor: NumberCursor = "") -> Response:
        return _page(store.people.acts(int(cursor or 0), n))

    @routes.get("/api/feedback/{feedback_type}", response_model=FeedbackPage, summary="Feedback of a type")
    def get_typed_feedback(feedback_type: Name, n: Length = PAGE, cursor: NumberCursor = "") -> Response:
        """A page can have fewer than n, or none, and the cursor of a next one: ask until the cursor is empty."""
        kinds = _kinds(names, feedback_type)
        return _page(store.people.acts(int(cursor or 0), n, kinds=kinds), feedback_type)

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

    for each in (_item_routes(store, names), _pair_routes(store), _triple_routes(store, names)):
        routes.include_router(each)
    return routes


def _item_routes(store: Store, names: FeedbackNames) -> APIRouter:
    """What was done to an item. The log is kept by person, so all of it is read for that: a second a million events."""
    routes = APIRouter()
    path = "/api/item/{item_id}/feedback"

    @routes.get(path, response_model=list[FeedbackOut], summary="An item's feedback")
    def get_item_feedback(item_id: Name) -> Response:
        return json_response(_of_item(store, item_id))

    @routes.get(path + "/{feedback_type}", response_model=list[FeedbackOut], summary="An item's feedback of a type")
    def get_item_typed_feedback(item_id: Name, feedback_type: Name) -> Response:
        return json_response(_of_item(store, item_id, feedback_type, _kinds(names, feedback_type)))

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
    return dict(tell_feedback(store.people.acts(0, ALL, kinds=kinds, user_id=user_id, item_id=item_id).frame, name))


def _of_item(
    store: Store, item_id: str, name: str | None = None, kinds: Collection[EventType] = ()
) -> list[dict[str, Any]]:
    """An item's feedback, part after part of the log."""
    told: list[dict[str, Any]] = []
    since: int | None = 0
    while since is not None:
        acts = store.people.acts(since, ALL, kinds=kinds, item_id=item_id)
        told += (each for _, each in tell_feedback(acts.frame, name))
        since = acts.following
    return told


def _page(acts: Acts, name: str | None = None) -> Response:
    """A page of feedback, and the cursor of the next where there may be one."""
    cursor = "" if acts.following is None else str(acts.following)
    return json_response({"Cursor": cursor, "Feedback": [told for _, told in tell_feedback(acts.frame, name)]})
