"""Truth: the items that were right for each query."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shopkeeper.pipeline.lists import Bool, Int32, Int64, ItemLists, among, offsets
from shopkeeper.store.history import runs


@dataclass(frozen=True, slots=True)
class Truth:
    """Relevant items of B queries: query i's are `item[offset[i]:offset[i + 1]]`, each once.

    `pool` is how many items a list could have held, right ones included; 0: not known.
    """

    item: Int32
    offset: Int64
    pool: int = 0

    def __len__(self) -> int:
        return len(self.offset) - 1

    @property
    def counts(self) -> Int64:
        """(B,) how many items were right."""
        return np.diff(self.offset)

    @property
    def row(self) -> Int64:
        """The query that each item belongs to."""
        return np.repeat(np.arange(len(self)), self.counts)

    def of_queries(self, rows: Int64) -> "Truth":
        """The truth of these queries, in this order."""
        positions, offset = runs(self.offset, rows)
        return Truth(self.item[positions], offset, self.pool)


def truth_of(row: npt.NDArray[np.integer], item: npt.NDArray[np.integer], queries: int, pool: int = 0) -> Truth:
    """The truth of queries 0 .. queries - 1 from pairs in any order; a pair that is given twice counts once."""
    size = np.int64(item.max(initial=0)) + 1
    key = np.unique(row.astype(np.int64) * size + item)
    return Truth((key % size).astype(np.int32), offsets(np.bincount(key // size, minlength=queries)), pool)


def right_places(lists: ItemLists, truth: Truth) -> Bool:
    """(N,) which places hold an item that was right for their list."""
    size = np.int64(max(lists.item.max(initial=0), truth.item.max(initial=0))) + 1
    return among(lists.row * size + lists.item, truth.row * size + truth.item)
