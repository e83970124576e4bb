"""The reader `segment`: calls of Segment, whose e-commerce tracks are events and whose identifies are users."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from shopkeeper.data.reader.event_name import SEGMENT_NAME, plain
from shopkeeper.data.reader.protocol import RowKind
from shopkeeper.data.reader.shape import Flat, Json, Row, Shape, identified, line_value, part, parts, rest, text
from shopkeeper.record import EventType

_CALLS: Final = ("track", "identify", "page", "screen", "group", "alias")
_TIMES: Final = ("timestamp", "originalTimestamp", "sentAt", "receivedAt")
_CALL: Final = ("type", "event", "messageId", "userId", "anonymousId", "properties", *_TIMES)
_CANCELLED: Final = "order_cancelled"  # a return of what was never sent
_PRODUCT: Final = ("product_id", "sku", "price", "quantity", "position")
_SHARED: Final = ("currency", "query", "rating", "review_body", "products", "list_id", "order_id")


def _fits(record: Json) -> bool:
    return any(isinstance(each, Mapping) and _is_call(each) for each in _parts(record))


def _is_call(record: Json) -> bool:
    person = any(name in record for name in ("userId", "anonymousId", "messageId"))
    return person and record.get("type") in _CALLS


def _parts(record: Json) -> Sequence[object]:
    batch = record.get("batch")
    return batch if isinstance(batch, list) else (record,)


def _flat(record: Json) -> Flat:
    call = text(record.get("type")) or ("track" if "event" in record else "")
    if call == "identify":
        return _user(record)
    if call != "track":
        return Flat(left_out=call or "without type")
    name = text(record.get("event")) or ""
    kind = SEGMENT_NAME.get(plain(name))
    if kind is None:
        return Flat(left_out=name or "track without event")
    properties = part(record, "properties")
    rows = _rows(record, kind, properties)
    if not rows:
        return Flat(left_out=f"{name} without {'query' if kind is EventType.SEARCH else 'products'}")
    return Flat(identified(rows, record, text(record.get("messageId"))))


def _user(record: Json) -> Flat:
    user_id = text(record.get("userId"))
    if user_id is None:
        return Flat(left_out="identify without userId")
    return Flat((Row(RowKind.USERS, {"user_id": user_id}, dict(part(record, "traits"))),))


def _rows(record: Json, kind: EventType, properties: Json) -> list[Row]:
    """A row for each product; the properties themselves are the product where no list is given."""
    act = _act(record, kind, properties)
    if kind is EventType.SEARCH:
        query = text(properties.get("query"))
        return [Row(RowKind.EVENTS, {**act, "query": query}, _extra(record, properties, {}))] if query else []
    promotion = text(properties.get("promotion_id"))
    if kind is EventType.REDEEM and promotion:
        return [Row(RowKind.EVENTS, {**act, "item_id": promotion}, _extra(record, properties, {}))]
    products = parts(properties, "products")
    if products:
        return [Row(RowKind.EVENTS, {**act, **_line(each)}, _extra(record, properties, each)) for each in products]
    if text(properties.get("product_id")) is None and text(properties.get("sku")) is None:
        return []
    return [Row(RowKind.EVENTS, {**act, **_line(properties)}, _extra(record, rest(properties, *_PRODUCT), {}))]


def _act(record: Json, kind: EventType, properties: Json) -> dict[str, Any]:
    """What all products of a call share."""
    ids = (text(properties.get(name)) for name in ("order_id", "checkout_id", "cart_id"))
    return {
        "type": kind.value,
        "time": next((record[name] for name in _TIMES if text(record.get(name)) is not None), None),
        "user_id": text(record.get("userId")),
        "visitor_id": text(record.get("anonymousId")),
        "session_id": next((each for each in ids if each), None),
        "currency": text(properties.get("currency")),
        "rating": text(properties.get("rating")),
        "text": text(properties.get("review_body")),
        "surface": text(properties.get("list_id")),
    }


def _line(product: Json) -> dict[str, Any]:
    return {
        "item_id": text(product.get("product_id")) or text(product.get("sku")),
        "quantity": text(product.get("quantity")),
        "value": line_value(product.get("price"), product.get("quantity")),
        "position": text(product.get("position")),
    }


def _extra(record: Json, properties: Json, product: Json) -> dict[str, Any]:
    """What is left of the call, its properties and the product. A product named by its id keeps its SKU."""
    kept = rest(product, *_PRODUCT) | ({"sku": product["sku"]} if "product_id" in product and "sku" in product else {})
    told = {**rest(record, *_CALL), "properties": rest(properties, *_SHARED), "product": kept}
    context = record.get("context")
    told["user_agent"] = context.get("userAgent") if isinstance(context, Mapping) else None
    return rest(told | ({"cancelled": True} if plain(text(record.get("event")) or "") == _CANCELLED else {}))


SEGMENT: Final = Shape("segment", _fits, _flat, _parts)
