"""The shop's memory: narrow protocols on one connection."""

from shopkeeper.store.exposure import Exposure
from shopkeeper.store.protocol import (
    Catalogue,
    Changes,
    Erased,
    EventLog,
    ExposureLog,
    Held,
    Office,
    People,
    Publication,
    Receipt,
    Refusal,
    Snapshot,
    Store,
    StoredItem,
)
from shopkeeper.store.sql_store import open_store

__all__ = [
    "Catalogue",
    "Changes",
    "Erased",
    "EventLog",
    "Exposure",
    "ExposureLog",
    "Held",
    "Office",
    "People",
    "Publication",
    "Receipt",
    "Refusal",
    "Snapshot",
    "Store",
    "StoredItem",
    "open_store",
]
