"""Taste: how much each item of a user's history counts now."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from shopkeeper.pipeline.batch import QueryBatch
from shopkeeper.pipeline.lists import Float32, Int32, Int64, offsets_of, rows_of
from shopkeeper.record import DAY
from shopkeeper.store.history import DECAY


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


Squash = Callable[[Any], Any]


def tastes(batch: QueryBatch, decay_days: float, squash: Squash = np.sqrt) -> Taste:
    """squash(sum over event types of weight x amount) x exp(-age / decay_days), age being that of the last event."""
    taste: Taste = batch.once(("taste", decay_days, squash), lambda: _tastes(batch, decay_days, squash))
    return taste


def habits(batch: QueryBatch) -> Taste:
    """The sum over all events of weight x amount x exp(-age / store.history.DECAY), each event at its own age."""
    habit: Taste = batch.once("habit", lambda: _habits(batch))
    return habit


def _tastes(batch: QueryBatch, decay_days: float, squash: Squash) -> Taste:
    taste, age = batch.once("taste", lambda: _whole(batch))
    faded = np.exp(-age / (decay_days * DAY))
    return Taste(taste.item, (squash(taste.value) * faded).astype(np.float32), taste.offset)


def _whole(batch: QueryBatch) -> tuple[Taste, Int64]:
    """What every taste begins with: sums that have not faded, and the age of each one's last event."""
    total = batch.history.total
    taste, last = _summed(batch, batch.weight[total["type"]] * total["amount"])
    return taste, _age(batch, rows_of(taste.offset), last)


def _habits(batch: QueryBatch) -> Taste:
    total = batch.history.total
    faded = np.exp(-_age(batch, batch.total_row, total["last"]) / DECAY)
    return _summed(batch, batch.weight[total["type"]] * total["decayed"] * faded)[0]


def _age(batch: QueryBatch, row: Int64, time: Int64) -> Int64:
    """Microseconds from each time to its request's now; an event of a clock that was ahead counts as of now."""
    age: Int64 = np.maximum(batch.now[row] - time, 0)
    return age


def _summed(batch: QueryBatch, value: np.ndarray) -> tuple[Taste, Int64]:
    """Values of the rows of `history.total` summed by request and item, positive sums only; and the last times.

    Only what speaks for an item tells its last time: a return or a glance that counts nothing must not refresh it.
    """
    total, row = batch.history.total, batch.total_row
    if not len(total):
        return Taste(np.empty(0, np.int32), np.empty(0, np.float32), np.zeros(len(batch) + 1, np.int64)), total["last"]
    # Rows come sorted by request and item: the types of one item are neighbours.
    key = row * np.int64(1 << 31) + total["item"]
    new = np.empty(len(key), bool)
    new[0], new[1:] = True, key[1:] != key[:-1]
    starts = np.flatnonzero(new)
    told = np.where(value > 0, total["last"], np.iinfo(np.int64).min)
    summed, last = np.add.reduceat(value, starts), np.maximum.reduceat(told, starts)
    liked = summed > 0
    starts = starts[liked]
    offset = offsets_of(row[starts], len(batch))
    return Taste(total["item"][starts], summed[liked].astype(np.float32), offset), last[liked]


def strongest(item: Int32, value: Float32, most: int) -> tuple[Int32, Float32]:
    """The `most` items of the largest values, in item order."""
    if len(item) <= most:
        return item, value
    kept = np.sort(np.lexsort((item, -value))[:most])
    return item[kept], value[kept]
