"""Taste: how much each item of a user's history counts now."""

from dataclasses import dataclass

import numpy as np

from shopkeeper.pipeline.batch import QueryBatch
from shopkeeper.pipeline.lists import Float32, Int32, Int64
from shopkeeper.record import DAY


@dataclass(frozen=True, slots=True)
class Taste:
    """Jagged over B requests, one place for each distinct item of the history with a positive value, by item."""

    item: Int32
    value: Float32
    offset: Int64

    def of(self, row: int) -> tuple[Int32, Float32]:
        """(items, values) of one request."""
        span = slice(self.offset[row], self.offset[row + 1])
        return self.item[span], self.value[span]


def tastes(batch: QueryBatch, decay_days: float) -> Taste:
    """The sum over event types of weight x amount, times exp(-age / decay_days), age being that of the latest event.

    Events a little in the future (a clock that was set back) count as now.
    """
    total = batch.history.total
    row = batch.total_row
    age = np.maximum(batch.now[row] - total["last"], 0) / DAY
    value = batch.weight[total["type"]] * total["amount"] * np.exp(-age / decay_days)
    # Rows come sorted by user and item, so the types of one item are neighbours.
    key = row * np.int64(1 << 31) + total["item"]
    starts = np.flatnonzero(np.r_[True, np.diff(key) != 0]) if len(key) else np.empty(0, np.int64)
    summed = np.add.reduceat(value, starts) if len(starts) else value
    liked = summed > 0
    starts, summed = starts[liked], summed[liked]
    offset = np.searchsorted(row[starts], np.arange(len(batch) + 1))
    return Taste(total["item"][starts], summed.astype(np.float32), offset.astype(np.int64))
