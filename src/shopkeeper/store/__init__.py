"""The shop's memory: narrow protocols on one connection."""

from shopkeeper.store.exposure import Exposure
from shopkeeper.store.protocol.catalogue import Catalogue, StoredItem
from shopkeeper.store.protocol.change import Changes
from shopkeeper.store.protocol.event_log import EventLog
from shopkeeper.store.protocol.exposure_log import ExposureLog
from shopkeeper.store.protocol.office import Office, Publication
from shopkeeper.store.protocol.people import Acts, Erased, Held, People
from shopkeeper.store.protocol.prices import Prices
from shopkeeper.store.protocol.receipt import Receipt, Refusal
from shopkeeper.store.protocol.store import Snapshot, Store
from shopkeeper.store.sql_store import open_store

__all__ = [
    "Acts",
    "Catalogue",
    "Changes",
    "Erased",
    "EventLog",
    "Exposure",
    "ExposureLog",
    "Held",
    "Office",
    "People",
    "Prices",
    "Publication",
    "Receipt",
    "Refusal",
    "Snapshot",
    "Store",
    "StoredItem",
    "open_store",
]
