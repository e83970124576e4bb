"""The reader `ubi`: queries and events of OpenSearch User Behavior Insights."""

from typing import Final

from shopkeeper.data.reader.event_name import EVENT_NAME, plain
from shopkeeper.data.reader.protocol import RowKind
from shopkeeper.data.reader.shape import Flat, Json, Row, Shape, identified, part, rest, text
from shopkeeper.record import EventType

# Implementers name actions as they like; these are common beside our own names.
_ACTION: Final = {
    "item_click": EventType.CLICK.value,
    "product_click": EventType.CLICK.value,
    "result_click": EventType.CLICK.value,
    "click_through": EventType.CLICK.value,
    "item_view": EventType.VIEW.value,
    "product_view": EventType.VIEW.value,
    "add_to_cart_click": EventType.CART.value,
    "item_impression": EventType.IMPRESSION.value,
    "product_purchase": EventType.PURCHASE.value,
}
_PERSON: Final = ("client_id", "user_id", "session_id", "timestamp")
_SEARCH_NOTE: Final = "Searches are taken from ubi_queries; search actions among ubi_events are left out."


def _fits(record: Json) -> bool:
    query = "user_query" in record and "query_id" in record
    return query or ("action_name" in record and ("client_id" in record or "event_attributes" in record))


def _flat(record: Json) -> Flat:
    return _event(record) if "action_name" in record else _query(record)


def _person(record: Json) -> dict[str, object]:
    """Who it was and when, and the query that it belongs to."""
    return {
        "time": record.get("timestamp"),
        "user_id": text(record.get("user_id")),
        "visitor_id": text(record.get("client_id")),
        "session_id": text(record.get("session_id")),
        "recommendation_id": text(record.get("query_id")),
    }


def _query(record: Json) -> Flat:
    query = text(record.get("user_query"))
    if query is None:
        return Flat(left_out="query without user_query")
    values = {"type": EventType.SEARCH.value, **_person(record), "query": query}
    query_id = text(record.get("query_id"))
    row = Row(RowKind.EVENTS, values, rest(record, *_PERSON, "query_id", "user_query"))
    return Flat(identified([row], record, f"query/{query_id}" if query_id else None))


def _event(record: Json) -> Flat:
    action = text(record.get("action_name")) or "without action_name"
    kind = _ACTION.get(plain(action)) or EVENT_NAME.get(plain(action))
    if kind == EventType.SEARCH.value:
        return Flat(left_out=action, notes=(_SEARCH_NOTE,))
    attributes = part(record, "event_attributes")
    seen = part(attributes, "object")
    item_id = text(seen.get("object_id"))
    if kind is None or item_id is None:
        return Flat(left_out=action if kind is None else f"{action} without object_id")
    position = part(attributes, "position")
    values = {
        "type": kind,
        **_person(record),
        "item_id": item_id,
        "query": text(record.get("user_query")),
        "position": text(position.get("ordinal")),
    }
    inner = {
        **rest(attributes, "object", "position"),
        "object": rest(seen, "object_id"),
        "position": rest(position, "ordinal"),
    }
    extra = {**rest(record, *_PERSON, "query_id", "user_query", "event_attributes"), "event_attributes": rest(inner)}
    return Flat(identified([Row(RowKind.EVENTS, values, rest(extra))], record, None))


UBI: Final = Shape("ubi", _fits, _flat)
