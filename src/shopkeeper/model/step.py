"""What sequence models read of a request: what its user took, in order, and what that history speaks against."""

from dataclasses import dataclass

import numpy as np

from shopkeeper.data.sequence import Sequences
from shopkeeper.pipeline.batch import QueryBatch
from shopkeeper.pipeline.lists import Int32, Int64, offsets


@dataclass(frozen=True, slots=True)
class Steps:
    """`taken` holds B sequences, oldest first; (`against_row`, `against`) (A,) are the items that a request's history
    speaks against: what was returned or dismissed outweighs what was bought."""

    taken: Sequences
    against_row: Int64
    against: Int32


def steps(batch: QueryBatch, items: int, most: int) -> Steps:
    """The last `most` steps of each request: its context items where there are any, else the recent acts that speak for
    an item, without items that the whole history speaks against. Items from `items` on came after the fit."""
    found: Steps = batch.once(("steps", items, most), lambda: _steps(batch, items, most))
    return found


def _steps(batch: QueryBatch, items: int, most: int) -> Steps:
    recent = batch.history.recent
    liked, against_row, against = _opinions(batch)
    row, item = batch.recent_row, recent["item"]
    looking = np.diff(batch.item_offset) > 0
    kept = (batch.weight[recent["type"]] * recent["amount"] > 0) & ~looking[row] & np.isin(_key(row, item), liked)
    context_row = np.repeat(np.arange(len(batch)), np.diff(batch.item_offset))
    row, item = np.concatenate([row[kept], context_row]), np.concatenate([item[kept], batch.item])
    order = np.argsort(row, kind="stable")
    order = order[item[order] < items]
    taken = Sequences(item[order].astype(np.int32), offsets(np.bincount(row[order], minlength=len(batch))))
    return Steps(taken.tail(most), against_row, against)


def _opinions(batch: QueryBatch) -> tuple[Int64, Int64, Int32]:
    """(keys of request and item that a history speaks for, requests and items that one speaks against)."""
    total, row = batch.history.total, batch.total_row
    if not len(total):
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.int32)
    value = batch.weight[total["type"]] * total["amount"]
    key = _key(row, total["item"])  # rows come sorted by request and item: the types of one item are neighbours
    starts = np.flatnonzero(np.r_[True, np.diff(key) != 0])
    summed, least = np.add.reduceat(value, starts), np.minimum.reduceat(value, starts)
    against = starts[(summed <= 0) & (least < 0)]
    return key[starts[summed > 0]], row[against], total["item"][against].astype(np.int32)


def _key(row: Int64, item: np.ndarray) -> Int64:
    """One number for a request and an item."""
    key: Int64 = row * np.int64(1 << 31) + item
    return key
