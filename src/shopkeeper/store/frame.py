"""The column names and types of rows that go into and come out of a store, said once."""

from collections.abc import Mapping
from types import MappingProxyType

import polars as pl

CATEGORY_SEPARATOR = " > "  # a category path, broad to narrow, is one text in a frame

ITEM_COLUMN: Mapping[str, pl.DataType] = MappingProxyType(
    {
        "item_id": pl.String(),
        "kind": pl.String(),
        "title": pl.String(),
        "description": pl.String(),
        "category": pl.String(),  # a path joined by CATEGORY_SEPARATOR
        "brand": pl.String(),
        "group_id": pl.String(),
        "url": pl.String(),
        "image_url": pl.String(),
        "attributes": pl.String(),  # a JSON object
        "available_from": pl.Int64(),  # UTC microseconds
        "expires_at": pl.Int64(),
        "enabled": pl.Boolean(),
    }
)

OFFER_COLUMN: Mapping[str, pl.DataType] = MappingProxyType(
    {
        "item_id": pl.String(),
        "market": pl.String(),
        "price": pl.Int64(),  # minor units
        "currency": pl.String(),
        "stock": pl.Int64(),
        "valid_from": pl.Int64(),
        "valid_to": pl.Int64(),
    }
)

USER_COLUMN: Mapping[str, pl.DataType] = MappingProxyType({"user_id": pl.String(), "attributes": pl.String()})

# Which visitor is which user: what a login says.
LINK_COLUMN: Mapping[str, pl.DataType] = MappingProxyType({"visitor_id": pl.String(), "user_id": pl.String()})

EVENT_COLUMN: Mapping[str, pl.DataType] = MappingProxyType(
    {
        "event_id": pl.String(),  # null: made from the content
        "type": pl.String(),
        "time": pl.Int64(),
        "user_id": pl.String(),
        "visitor_id": pl.String(),
        "item_id": pl.String(),
        "session_id": pl.String(),
        "quantity": pl.Float64(),
        "value": pl.Int64(),  # minor units, for the whole line
        "currency": pl.String(),
        "rating": pl.Float64(),
        "text": pl.String(),
        "query": pl.String(),
        "surface": pl.String(),
        "recommendation_id": pl.String(),
        "position": pl.Int64(),
        "experiment": pl.String(),
        "context": pl.String(),  # a JSON object
        "mark": pl.String(),  # record.Mark; null: a shopper
    }
)

# What `Catalogue.frame` returns: a row for each item, sorted by item_index, deleted ones included and marked.
CATALOGUE_COLUMN: Mapping[str, pl.DataType] = MappingProxyType(
    {
        "item_index": pl.Int32(),
        "group_index": pl.Int32(),  # the smallest item_index of the item's group
        **ITEM_COLUMN,
        "deleted": pl.Boolean(),
        "price": pl.Int64(),  # of the default market, as of the asked time
        "currency": pl.String(),
        "stock": pl.Int64(),
        "change": pl.Int64(),
    }
)

# What `Catalogue.offers` returns: at most a row for each item and market.
MARKET_COLUMN: Mapping[str, pl.DataType] = MappingProxyType(
    {
        "item_index": pl.Int32(),
        "market": pl.String(),
        "price": pl.Int64(),
        "currency": pl.String(),
        "stock": pl.Int64(),
    }
)

# What an event says, as its followers hear it.
LOG_COLUMN: Mapping[str, pl.DataType] = MappingProxyType(
    {
        "person": pl.Int32(),
        "item_index": pl.Int32(),  # null for an event without an item
        "type": pl.UInt8(),  # record.EVENT_CODE
        "time": pl.Int64(),
        "session_id": pl.String(),
        "quantity": pl.Float64(),
        "value": pl.Int64(),
        "rating": pl.Float64(),
        "share": pl.Float64(),  # of a purchase, that a return takes back; null: all of it, or no return
    }
)

# What `EventLog.learned` returns: acts on items, sorted by person, time and change.
LEARNED_COLUMN: Mapping[str, pl.DataType] = MappingProxyType(
    {
        "person": pl.Int32(),
        "item_index": pl.Int32(),
        "type": pl.UInt8(),  # record.EVENT_CODE
        "time": pl.Int64(),
        "session": pl.UInt64(),  # a hash of session_id; 0: none
        "told": pl.Float64(),  # the share that a return takes back, else the rating; NaN: neither
    }
)

# What `EventLog.changes` returns, sorted by change.
EVENT_CHANGE_COLUMN: Mapping[str, pl.DataType] = MappingProxyType(
    {
        "change": pl.Int64(),
        "event_key": pl.Binary(),  # 16 bytes, see event_key.py
        **LOG_COLUMN,
        "mark": pl.UInt8(),  # record.MARK_CODE; 0: a shopper
    }
)

# What `People.acts` returns, sorted by change.
USER_ACT_COLUMN: Mapping[str, pl.DataType] = MappingProxyType(
    {
        "change": pl.Int64(),
        "type": pl.UInt8(),  # record.EVENT_CODE
        "user_id": pl.String(),
        "item_id": pl.String(),
        "time": pl.Int64(),
        "rating": pl.Float64(),
        "text": pl.String(),
        "context": pl.String(),  # a JSON object, or null
    }
)
