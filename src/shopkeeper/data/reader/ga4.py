"""The reader `ga4`: events of Google Analytics 4, as its BigQuery export or its Measurement Protocol has them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from shopkeeper.data.reader.event_name import GA4_NAME
from shopkeeper.data.reader.protocol import RowKind
from shopkeeper.data.reader.shape import (
    Flat,
    Json,
    Row,
    Shape,
    check_count,
    identified,
    line_value,
    part,
    parts,
    rest,
    text,
)
from shopkeeper.record import EventType

_ORDER: Final = (EventType.PURCHASE, EventType.RETURN)
_VALUE: Final = ("string_value", "int_value", "float_value", "double_value")
_ENVELOPE: Final = ("client_id", "app_instance_id", "user_id", "timestamp_micros", "events")
_EXPORTED: Final = ("event_name", "event_timestamp", "user_id", "user_pseudo_id", "event_params", "items", "ecommerce")
_ITEM: Final = ("item_id", "price", "quantity", "index", "item_list_index", "item_list_id", "item_list_name")
_NO_CATALOGUE: Final = "The items of GA4's events are no catalogue: import one, or events of unknown items are refused."


@dataclass(frozen=True, slots=True)
class _Seen:
    """One event, whichever way it came."""

    name: str
    who: dict[str, Any]  # time, user_id, visitor_id
    params: dict[str, Any]
    items: Sequence[Json]
    extra: dict[str, Any]


def _fits(record: Json) -> bool:
    exported = "event_name" in record and ("event_params" in record or isinstance(record.get("items"), list))
    return exported or _is_call(record)


def _is_call(record: Json) -> bool:
    """Whether it is a call of the Measurement Protocol."""
    events = record.get("events")
    named = isinstance(events, list) and all(isinstance(event, dict) and "name" in event for event in events)
    return named and ("client_id" in record or "app_instance_id" in record)


def _parts(record: Json) -> Sequence[object]:
    """A call with several events is a batch of calls with one."""
    events = record.get("events")
    if "event_name" in record or not isinstance(events, list):
        return (record,)
    check_count(events, "events")
    return [{**record, "events": [event]} for event in events]


def _flat(record: Json) -> Flat:
    seen = _of_call(record) if "events" in record else _of_export(record)
    kind = GA4_NAME.get(seen.name)
    if kind is None:
        return Flat(left_out=seen.name or "without event_name")
    shared = _shared(seen, kind)
    if kind is EventType.SEARCH:
        query = text(seen.params.get("search_term"))
        return _found(record, [shared.row({}, query=query)]) if query else _without(seen, "search_term")
    promotion = text(seen.params.get("promotion_id"))
    if kind is EventType.REDEEM and promotion:
        return _found(record, [shared.row({}, item_id=promotion)])
    if not seen.items:
        return _without(seen, "items")
    return _found(record, [shared.row(item, **_line(item)) for item in seen.items])


def _found(record: Json, rows: Sequence[Row]) -> Flat:
    return Flat(identified(rows, record, None), notes=(_NO_CATALOGUE,))


def _without(seen: _Seen, what: str) -> Flat:
    return Flat(left_out=f"{seen.name} without {what}")


def _of_export(record: Json) -> _Seen:
    params = {str(each.get("key")): _value(part(each, "value")) for each in parts(record, "event_params")}
    return _Seen(
        text(record.get("event_name")) or "",
        {
            "time": _micro(record.get("event_timestamp")),
            "user_id": text(record.get("user_id")),
            "visitor_id": text(record.get("user_pseudo_id")),
        },
        {**part(record, "ecommerce"), **params},
        parts(record, "items"),
        rest(record, *_EXPORTED),
    )


def _of_call(record: Json) -> _Seen:
    event = next(iter(parts(record, "events")), None)
    if event is None:
        raise ValueError("events is empty")
    params = part(event, "params")
    time = event.get("timestamp_micros") or record.get("timestamp_micros")
    return _Seen(
        text(event.get("name")) or "",
        {
            "time": _micro(time),
            "user_id": text(record.get("user_id")),
            "visitor_id": text(record.get("client_id")) or text(record.get("app_instance_id")),
        },
        rest(params, "items"),
        parts(params, "items"),
        {**rest(record, *_ENVELOPE), **rest(event, "name", "params", "timestamp_micros")},
    )


def _micro(value: object) -> object:
    """Microseconds, which the export writes as text."""
    said = text(value)
    return int(said) if said and said.isascii() and said.isdigit() and len(said) < 20 else said


def _value(value: Json) -> object:
    """The one member of a parameter's value that is set."""
    return next((value[name] for name in _VALUE if value.get(name) is not None), None)


def _line(item: Json) -> dict[str, Any]:
    """What an item of an event tells of the line."""
    value = line_value(item.get("price"), item.get("quantity"))
    index = text(item.get("index"))
    return {
        "item_id": text(item.get("item_id")),
        "quantity": text(item.get("quantity")),
        "value": value if value is not None else line_value(item.get("item_revenue"), None),
        "position": index if index is not None else text(item.get("item_list_index")),
        "surface": text(item.get("item_list_id")) or text(item.get("item_list_name")),
    }


@dataclass(frozen=True, slots=True)
class _Shared:
    """What all rows of an event have in common: an order's id is their session, so that its lines are one basket."""

    values: dict[str, Any]
    extra: dict[str, Any]

    def row(self, item: Json, **line: Any) -> Row:
        """The row of one item."""
        told = {name: value for name, value in line.items() if value is not None}
        own = rest(item, *_ITEM)
        return Row(RowKind.EVENTS, {**self.values, **told}, {**self.extra, "item": own} if own else self.extra)


def _shared(seen: _Seen, kind: EventType) -> _Shared:
    params = dict(seen.params)
    session = text(params.pop("ga_session_id", None)) or text(params.pop("session_id", None))
    order = text(params.get("transaction_id")) if kind in _ORDER else None
    values = {
        "type": kind.value,
        **seen.who,
        "session_id": order or session,
        "currency": text(params.get("currency")),
        "surface": text(params.get("item_list_id")) or text(params.get("item_list_name")),
    }
    told = {"ga_session_id": session if order else None, "params": rest(params, "currency", "search_term")}
    return _Shared(values, rest({**seen.extra, **told}))


GA4: Final = Shape("ga4", _fits, _flat, _parts)
