"""The reader `google_retail`: products and user events of Google's Vertex AI Search for commerce (Retail API)."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from shopkeeper.data.reader.event_name import GOOGLE_RETAIL_NAME
from shopkeeper.data.reader.protocol import RowKind
from shopkeeper.data.reader.shape import Flat, Json, Row, Shape, identified, line_value, part, parts, rest, text
from shopkeeper.record import EventType

_BATCHES: Final = ("userEvents", "products")
_INLINE: Final = ("inputConfig", "userEventInlineSource", "productInlineSource")
_PRODUCT_SIGNS: Final = ("priceInfo", "primaryProductId", "categories", "availability", "languageCode")
_EVENT: Final = (
    "eventType", "visitorId", "userInfo", "eventTime", "productDetails", "searchQuery", "attributionToken", "sessionId",
    "experimentIds",
)  # fmt: skip
_PRODUCT: Final = (
    "id", "name", "title", "description", "categories", "brands", "primaryProductId", "uri", "images", "priceInfo",
    "availability", "availableQuantity", "availableTime", "expireTime", "attributes",
)  # fmt: skip
_CATEGORY_NOTE: Final = "Of a product's several categories the first is its category; all are kept in attributes."


def _fits(record: Json) -> bool:
    return any(isinstance(each, Mapping) and _is_row(each) for each in _parts(record))


def _is_row(record: Json) -> bool:
    event = "eventType" in record and ("visitorId" in record or "productDetails" in record)
    return event or ("title" in record and any(name in record for name in _PRODUCT_SIGNS))


def _parts(record: Json) -> Sequence[object]:
    """The rows of an import's inline source, or the record itself."""
    inner = record
    for name in _INLINE:
        value = inner.get(name)
        inner = value if isinstance(value, Mapping) else inner
    return next((rows for name in _BATCHES if isinstance(rows := inner.get(name), list)), (record,))


def _flat(record: Json) -> Flat:
    return _event(record) if "eventType" in record else _product(record)


def _event(record: Json) -> Flat:
    name = text(record.get("eventType")) or ""
    kind = GOOGLE_RETAIL_NAME.get(name)
    if kind is None:
        return Flat(left_out=name or "without eventType")
    details = parts(record, "productDetails")
    if kind is EventType.SEARCH:
        query = text(record.get("searchQuery"))
        extra = rest(record, *(name for name in _EVENT if name != "productDetails")) | _agent(record)
        rows = [Row(RowKind.EVENTS, {**_act(record, kind), "query": query}, extra)]
        return Flat(identified(rows, record, None)) if query else Flat(left_out="search without searchQuery")
    if not details:
        return Flat(left_out=f"{name} without productDetails")
    return Flat(identified([_line(record, kind, each, only=len(details) == 1) for each in details], record, None))


def _act(record: Json, kind: EventType) -> dict[str, Any]:
    """What all lines of an event share; a transaction is the session of its lines."""
    transaction = part(record, "purchaseTransaction")
    session = text(transaction.get("id")) or text(record.get("cartId")) or text(record.get("sessionId"))
    experiments = record.get("experimentIds") or []
    return {
        "type": kind.value,
        "time": text(record.get("eventTime")),
        "user_id": text(part(record, "userInfo").get("userId")),
        "visitor_id": text(record.get("visitorId")),
        "session_id": session,
        "recommendation_id": text(record.get("attributionToken")),
        "experiment": text(",".join(map(str, experiments))) if isinstance(experiments, list) else text(experiments),
    }


def _line(record: Json, kind: EventType, detail: Json, *, only: bool) -> Row:
    """One product of an event. Its own price counts; a transaction's revenue where this is its only line."""
    product = part(detail, "product")
    price = part(product, "priceInfo")
    transaction = part(record, "purchaseTransaction")
    value = line_value(price.get("price"), detail.get("quantity"))
    if value is None and only:
        value = line_value(transaction.get("revenue"), None)
    values = {
        **_act(record, kind),
        "item_id": _product_id(product),
        "quantity": text(detail.get("quantity")),
        "value": value,
        "currency": text(price.get("currencyCode")) or text(transaction.get("currencyCode")),
    }
    extra = {
        **rest(record, *_EVENT),
        **_agent(record),
        "product": rest(product, "id", "priceInfo"),
        **rest(detail, "product", "quantity"),
    }
    return Row(RowKind.EVENTS, values, rest(extra))


def _agent(record: Json) -> dict[str, Any]:
    """The program that the event came from."""
    return (
        {"user_agent": part(record, "userInfo").get("userAgent")} if part(record, "userInfo").get("userAgent") else {}
    )


def _product_id(product: Json) -> str | None:
    """The id, or the last part of a resource name: projects/x/.../products/42."""
    name = text(product.get("name"))
    return text(product.get("id")) or (name.rpartition("/")[2] if name and "/" in name else None)


def _product(record: Json) -> Flat:
    price = part(record, "priceInfo")
    categories = _texts(record, "categories")
    item_id = _product_id(record)
    quantity = text(record.get("availableQuantity"))
    values = {
        "item_id": item_id,
        "title": text(record.get("title")),
        "description": text(record.get("description")),
        "category": categories[0] if categories else None,
        "brand": next(iter(_texts(record, "brands")), None),
        "group_id": text(record.get("primaryProductId")) or (item_id if record.get("type") == "PRIMARY" else None),
        "url": text(record.get("uri")),
        "image_url": next((text(image.get("uri")) for image in parts(record, "images")), None),
        "available_from": text(record.get("availableTime")),
        "expires_at": text(record.get("expireTime")),
        "price": text(price.get("price")),
        "currency": text(price.get("currencyCode")),
        "stock": "0" if record.get("availability") == "OUT_OF_STOCK" else quantity,
    }
    several = len(categories) > 1
    kept = {**rest(record, *_PRODUCT), **rest(price, "price", "currencyCode"), **_attributes(record)}
    if several:
        kept["categories"] = categories
    return Flat((Row(RowKind.ITEMS, values, kept),), notes=(_CATEGORY_NOTE,) if several else ())


def _texts(record: Json, name: str) -> list[str]:
    """A list of texts, or one text."""
    value = record.get(name)
    said = [text(each) for each in (value if isinstance(value, list) else [value])]
    return [each for each in said if each]


def _attributes(record: Json) -> dict[str, Any]:
    """{name: values} of {name: {text: [...]} or {numbers: [...]}}; one value stands alone."""
    found: dict[str, Any] = {}
    for name, value in part(record, "attributes").items():
        inner = (value.get("text") or value.get("numbers")) if isinstance(value, Mapping) else value
        found[name] = inner[0] if isinstance(inner, list) and len(inner) == 1 else inner
    return found


GOOGLE_RETAIL: Final = Shape("google_retail", _fits, _flat, _parts)
