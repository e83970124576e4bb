"""Spread: no more than a few look-alikes in one list."""

from dataclasses import dataclass

import numpy as np

from shopkeeper.pipeline.batch import QueryBatch
from shopkeeper.pipeline.lists import Int32, ItemLists


@dataclass(frozen=True, slots=True)
class Spread:
    """Keeps at most `most` items of one look-alike class in a list, the best ranked ones.

    `kind` (n_items,) is each item's class; -1 is a class of its own.
    """

    kind: Int32
    most: int

    def rerank(self, batch: QueryBatch, lists: ItemLists) -> ItemLists:
        """The lists, best first as they came, without the surplus."""
        kind = self.kind[lists.item].astype(np.int64)
        free = kind < 0
        classes = np.int64(self.kind.max(initial=0)) + 2
        key = lists.row * classes + np.where(free, classes - 1, kind)
        order = np.argsort(key, kind="stable")
        starts = np.flatnonzero(np.r_[True, np.diff(key[order]) != 0]) if len(order) else order
        place = np.arange(len(order)) - np.repeat(starts, np.diff(np.r_[starts, len(order)]))
        kept = np.empty(len(order), bool)
        kept[order] = place < self.most
        return lists.take(np.flatnonzero(kept | free).astype(np.int64))
