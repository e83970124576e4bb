"""Rebuilding aggregates from the log, where events went that they had counted."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import polars as pl

from shopkeeper.record import EVENT_CODE, EventType
from shopkeeper.store.history import acts, amounts, summarise
from shopkeeper.store.schema import PERSON
from shopkeeper.store.transaction import Transaction

_UNSEEN: Final = EVENT_CODE[EventType.IMPRESSION]
_COUNTED: Final = {
    "person": pl.Int32(),
    "item_index": pl.Int32(),
    "type": pl.UInt8(),
    "time": pl.Int64(),
    "rating": pl.Float64(),
    "share": pl.Float64(),
}
_EVENTS: Final = f"SELECT {', '.join(_COUNTED)} FROM event WHERE mark = 0 AND item_index IS NOT NULL AND"
_STORED: Final = {"person": pl.Int32(), "total": pl.Binary(), "recent": pl.Binary()}


def rebuild_aggregates(transaction: Transaction, persons: Sequence[int]) -> None:
    """Write each person's aggregates anew: what `summarise` makes of the events that the log has of them."""
    events = transaction.fetch_among(_EVENTS, _COUNTED, "person", persons)
    kind = events["type"].to_numpy()
    amount = amounts(kind, events["rating"].to_numpy(), events["share"].to_numpy())
    act = acts(events["item_index"].to_numpy(), kind, events["time"].to_numpy(), amount)
    person = np.unique(np.asarray(persons, np.int64))
    row = np.searchsorted(person, events["person"].to_numpy()[kind != _UNSEEN]).astype(np.int64)
    transaction.update(PERSON, pl.DataFrame([person, *summarise(row, act, len(person)).packed()], _STORED))
