"""Records as rows of frames: how what is sent one by one takes the same way as what is sent in bulk."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from operator import itemgetter
from typing import Any, Final, TypeVar, cast

import polars as pl

from shopkeeper.record import Event, Item, ItemKind, ItemPatch, Offer, User
from shopkeeper.store.frame import CATEGORY_SEPARATOR, EVENT_COLUMN, ITEM_COLUMN, OFFER_COLUMN, USER_COLUMN
from shopkeeper.store.protocol.receipt import Refusal

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
    return _frame(events, event_row, EVENT_COLUMN)


def patch_frames(patches: Sequence[ItemPatch]) -> tuple[list[pl.DataFrame], list[pl.DataFrame], list[Refusal]]:
    """Frames with item_id, ROW and what patches name of ITEM_COLUMN, and of OFFER_COLUMN: one for each set of names."""
    once, repeated = _first_of_each(patches)
    items, unwritable = _named_frames([(patch.item_id, _item_values(patch.item)) for patch in once], ITEM_COLUMN)
    named = [(patch.item_id, {"market": patch.market, **patch.offer} if patch.offer else {}) for patch in once]
    offers, bad_offers = _named_frames(named, OFFER_COLUMN)
    return items, offers, [*repeated, *unwritable, *bad_offers]


def user_frame(users: Sequence[User]) -> pl.DataFrame:
    """USER_COLUMN of users. Raises TypeError or ValueError where attributes are no JSON."""
    rows = [(user.user_id, json.dumps(dict(user.attributes), ensure_ascii=False)) for user in users]
    return pl.DataFrame(rows, dict(USER_COLUMN), orient="row")


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
    return _ENCODER.encode(value)


def json_texts(values: Sequence[Mapping[str, object]]) -> list[str]:
    """`json_text` of each: by one call, which for small values takes longer than to write them. Raises as it does."""
    between: list[object] = [_BETWEEN] * (2 * len(values) - 1)
    between[::2] = values
    texts = _ENCODER.encode(between)[1:-1].split(f",{_ENCODER.encode(_BETWEEN)},") if values else []
    # An array in a value may hold the very text that stands between them.
    return texts if len(texts) == len(values) else [json_text(value) for value in values]


_BETWEEN: Final = "\x1e"
# Made once: json.dumps with options makes a new one each time.
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))


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


def event_row(event: Event) -> Row:
    """EVENT_COLUMN of an event. Raises TypeError or ValueError where its context is no JSON."""
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


def _first_of_each(patches: Sequence[ItemPatch]) -> tuple[list[ItemPatch], list[Refusal]]:
    """The patches, each further one of an item emptied and refused: frames by names know no order between them."""
    kept, refused, seen = [], [], set()
    for row, patch in enumerate(patches):
        if patch.item_id in seen and (patch.item or patch.offer):
            words = f"item {patch.item_id[:60]!r} has a patch before it: say all of an item in one"
            refused.append(Refusal(row, words))
            kept.append(ItemPatch(patch.item_id))
        else:
            seen.add(patch.item_id)
            kept.append(patch)
    return kept, refused


def _item_values(fields: Mapping[str, object]) -> dict[str, object]:
    """Fields of an Item as columns of text and numbers; attributes that are None are the JSON text null."""
    values = dict(fields)
    with suppress(TypeError, ValueError):  # what cannot be written down is refused with its row
        if values.get("category") is not None:
            values["category"] = CATEGORY_SEPARATOR.join(cast(Sequence[str], values["category"]))
        if "attributes" in values:
            values["attributes"] = json.dumps(values["attributes"], ensure_ascii=False, allow_nan=False)
    return values


def _named_frames(
    rows: Sequence[tuple[str, Mapping[str, object]]], schema: Schema
) -> tuple[list[pl.DataFrame], list[Refusal]]:
    """Rows of one id and any values, as one frame for each set of names; rows without values are in none."""
    groups: dict[tuple[str, ...], list[int]] = {}
    for position, (_, values) in enumerate(rows):
        if values:
            groups.setdefault(tuple(sorted(values)), []).append(position)
    frames, refused = [], []
    for names, positions in groups.items():
        values_of = itemgetter(*names, names[0])  # one name more, for of a single one there comes no tuple
        group = [(rows[position][0], *values_of(rows[position][1])[:-1]) for position in positions]
        frame, bad = _frame(group, tuple, {name: schema[name] for name in ("item_id", *names)})
        frames.append(frame.with_columns(pl.Series(ROW, positions, pl.UInt32)[frame[ROW]]))
        refused += [Refusal(positions[refusal.row], refusal.reason) for refusal in bad]
    return frames, refused


def _frame(
    records: Sequence[Record], row_of: Callable[[Record], Row], schema: Schema
) -> tuple[pl.DataFrame, list[Refusal]]:
    """All records as one frame; only where that fails is each tried by itself."""
    try:
        return _columns([row_of(record) for record in records], range(len(records)), schema), []
    except UNWRITABLE:
        return _frame_of_good(records, row_of, schema)


def _frame_of_good(
    records: Sequence[Record], row_of: Callable[[Record], Row], schema: Schema
) -> tuple[pl.DataFrame, list[Refusal]]:
    good: list[pl.DataFrame] = [pl.DataFrame(schema={**schema, ROW: pl.UInt32})]
    refused = []
    for position, record in enumerate(records):
        try:
            good.append(_columns([row_of(record)], [position], schema))
        except UNWRITABLE as problem:
            refused.append(Refusal(position, f"a value cannot be stored: {problem}"))
    return pl.concat(good), refused


# A lone surrogate, a number beyond 64 bits, a value of the wrong type, a mapping that is no JSON.
UNWRITABLE = (UnicodeEncodeError, OverflowError, TypeError, ValueError, pl.exceptions.PolarsError)


def _columns(rows: Sequence[Row], positions: Iterable[int], schema: Schema) -> pl.DataFrame:
    values = zip(*rows, strict=True) if rows else [()] * len(schema)
    columns = [pl.Series(name, column, kind) for (name, kind), column in zip(schema.items(), values, strict=True)]
    return pl.DataFrame([*columns, pl.Series(ROW, positions, pl.UInt32)])
