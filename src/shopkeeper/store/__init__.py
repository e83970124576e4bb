"""The shop's memory: four narrow protocols on one connection."""

from shopkeeper.store.protocol import (
    Catalogue,
    Changes,
    EventLog,
    Office,
    Publication,
    Receipt,
    Refusal,
    Store,
    StoredItem,
)
from shopkeeper.store.sql_store import open_store

__all__ = [
    "Catalogue",
    "Changes",
    "EventLog",
    "Office",
    "Publication",
    "Receipt",
    "Refusal",
    "Store",
    "StoredItem",
    "open_store",
]
