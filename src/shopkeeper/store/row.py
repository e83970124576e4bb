"""Records as rows of frames: how what is sent one by one takes the same way as what is sent in bulk."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import polars as pl

from shopkeeper.record import Event, Item, ItemKind, Offer
from shopkeeper.store.frame import CATEGORY_SEPARATOR, EVENT_COLUMN, ITEM_COLUMN, OFFER_COLUMN
from shopkeeper.store.protocol import Refusal

Record = TypeVar("Record")
Row = tuple[object, ...]
Schema = Mapping[str, pl.DataType]

ROW = "row"  # the column with a row's position in what was sent


def item_frame(items: Sequence[Item]) -> tuple[pl.DataFrame, list[Refusal]]:
    """ITEM_COLUMN and ROW of items; those that cannot be written down at all are refused."""
    return _frame(items, _item_row, ITEM_COLUMN)


def offer_frame(offers: Sequence[Offer]) -> tuple[pl.DataFrame, list[Refusal]]:
    """OFFER_COLUMN and ROW of offers."""
    return _frame(offers, _offer_row, OFFER_COLUMN)


def event_frame(events: Sequence[Event]) -> tuple[pl.DataFrame, list[Refusal]]:
    """EVENT_COLUMN and ROW of events."""
    return _frame(events, _event_row, EVENT_COLUMN)


def item_of(row: Mapping[str, Any]) -> Item:
    """The item in a row of ITEM_COLUMN."""
    return Item(
        item_id=row["item_id"],
        kind=ItemKind(row["kind"]),
        title=row["title"],
        description=row["description"],
        category=tuple(row["category"].split(CATEGORY_SEPARATOR)) if row["category"] else (),
        brand=row["brand"],
        group_id=row["group_id"],
        url=row["url"],
        image_url=row["image_url"],
        attributes=json.loads(row["attributes"]),
        available_from=row["available_from"],
        expires_at=row["expires_at"],
        enabled=row["enabled"],
    )


def json_text(value: Mapping[str, object]) -> str:
    """JSON that is the same for the same value. Raises TypeError or ValueError where it is no JSON."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))


def _item_row(item: Item) -> Row:
    return (
        item.item_id,
        str(item.kind),
        item.title,
        item.description,
        CATEGORY_SEPARATOR.join(item.category),
        item.brand,
        item.group_id,
        item.url,
        item.image_url,
        json_text(item.attributes),
        item.available_from,
        item.expires_at,
        item.enabled,
    )


def _offer_row(offer: Offer) -> Row:
    return (
        offer.item_id,
        offer.market,
        offer.price,
        offer.currency,
        offer.stock,
        offer.valid_from,
        offer.valid_to,
    )


def _event_row(event: Event) -> Row:
    return (
        event.event_id,
        str(event.type),
        event.time,
        event.user_id,
        event.visitor_id,
        event.item_id,
        event.session_id,
        event.quantity,
        event.value,
        event.currency,
        event.rating,
        event.text,
        event.query,
        event.surface,
        event.recommendation_id,
        event.position,
        event.experiment,
        json_text(event.context) if event.context else None,
        event.mark,
    )


def _frame(
    records: Sequence[Record], row_of: Callable[[Record], Row], schema: Schema
) -> tuple[pl.DataFrame, list[Refusal]]:
    """All records as one frame; only where that fails is each tried by itself."""
    try:
        return _columns([row_of(record) for record in records], range(len(records)), schema), []
    except _UNWRITABLE:
        return _frame_of_good(records, row_of, schema)


def _frame_of_good(
    records: Sequence[Record], row_of: Callable[[Record], Row], schema: Schema
) -> tuple[pl.DataFrame, list[Refusal]]:
    good: list[pl.DataFrame] = [pl.DataFrame(schema={**schema, ROW: pl.UInt32})]
    refused = []
    for position, record in enumerate(records):
        try:
            good.append(_columns([row_of(record)], [position], schema))
        except _UNWRITABLE as problem:
            refused.append(Refusal(position, f"a value cannot be stored: {problem}"))
    return pl.concat(good), refused


# A lone surrogate, a number beyond 64 bits, a value of the wrong type, a mapping that is no JSON.
_UNWRITABLE = (UnicodeEncodeError, OverflowError, TypeError, ValueError, pl.exceptions.PolarsError)


def _columns(rows: Sequence[Row], positions: Iterable[int], schema: Schema) -> pl.DataFrame:
    values = zip(*rows, strict=True) if rows else [()] * len(schema)
    columns = [pl.Series(name, column, kind) for (name, kind), column in zip(schema.items(), values, strict=True)]
    return pl.DataFrame([*columns, pl.Series(ROW, positions, pl.UInt32)])
