"""What shoppers did, as a store's log tells it to its followers: for tests that compare whole logs."""

from typing import Final

import polars as pl

from shopkeeper.store import Store
from shopkeeper.store.frame import LOG_COLUMN

_ALL: Final = 10_000_000  # events


def logged(store: Store) -> pl.DataFrame:
    """LOG_COLUMN of shoppers' events (none of bots and staff), by person, time and change number."""
    told = store.events.changes(0, limit=_ALL).frame
    return told.filter(pl.col("mark") == 0).sort("person", "time", "change").select(*LOG_COLUMN)
