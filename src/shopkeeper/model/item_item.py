"""Directed, time-decayed item-item co-occurrence: what goes into one basket, and what follows what."""

from dataclasses import dataclass, field, replace
from typing import Annotated, Self

import numpy as np
import scipy.sparse as sp

from shopkeeper.data import Dataset
from shopkeeper.model.asking import asked_with, widened
from shopkeeper.model.basket import pairs
from shopkeeper.model.learner import Run, retrieve_dense
from shopkeeper.model.search_range import Range
from shopkeeper.model.taste import strongest, tastes
from shopkeeper.pipeline.batch import QueryBatch
from shopkeeper.pipeline.lists import Float32, Int32, Int64, ItemLists, Reason, among


@dataclass(frozen=True, slots=True)
class ItemItemConfig:
    """Pairs (i, j) count `same` in one basket, `forward` where j came after i, `backward` where before."""

    same: Annotated[float, Range(0, 2)] = 1.0
    forward: Annotated[float, Range(0, 2)] = 0.0
    backward: Annotated[float, Range(0, 1)] = 0.0
    lags: Annotated[int, Range(1, 8)] = 4  # how many baskets back a pair may reach
    gap_days: Annotated[float, Range(2, 120, log=True)] = 30.0  # a pair across baskets counts exp(-gap / gap_days)
    row_power: Annotated[float, Range(0, 1)] = 0.5  # cosine has both at 0.5
    column_power: Annotated[float, Range(0, 1)] = 0.5
    min_count: Annotated[float, Range(0.5, 5)] = 2.0  # weaker pairs are dropped before normalising
    neighbours: Annotated[int, Range(20, 200, log=True)] = 50  # kept for each item
    asking: int = 200  # at most so many items of a history ask, those of the strongest taste
    decay_days: Annotated[float, Range(7, 730, log=True)] = 60.0  # of the history that asks


@dataclass(frozen=True, slots=True)
class ItemItem:
    """Item-based collaborative filtering (Sarwar et al., WWW 2001) on baskets and their order.

    `neighbour[start[i]:start[i + 1]]` are item i's neighbours, `strength` alongside.
    """

    config: ItemItemConfig = ItemItemConfig()
    start: Int64 = field(default_factory=lambda: np.zeros(1, np.int64))
    neighbour: Int32 = field(default_factory=lambda: np.empty(0, np.int32))
    strength: Float32 = field(default_factory=lambda: np.empty(0, np.float32))

    reason = Reason.BOUGHT_TOGETHER

    def fit(self, dataset: Dataset, run: Run) -> Self:
        """Counts pairs by two sparse products, then keeps each item's strongest neighbours."""
        config = self.config
        counted, count = pairs(dataset, config.same, config.forward, config.backward, config.lags, config.gap_days)
        kept = self._normalised(sp.coo_matrix(counted), count)
        start, neighbour, strength = _strongest(kept, self.config.neighbours)
        return replace(self, start=start, neighbour=neighbour, strength=strength)

    def retrieve(self, batch: QueryBatch, n: int) -> ItemLists:
        asking = self._asking(batch)
        return retrieve_dense(batch, n, lambda row: self._row_scores(batch, asking, row))

    def score(self, batch: QueryBatch, lists: ItemLists) -> Float32:
        asking = self._asking(batch)
        score = np.zeros(len(lists.item), np.float32)
        for row in range(len(batch)):
            dense = self._row_scores(batch, asking, row)
            if dense is not None:
                span = slice(lists.offset[row], lists.offset[row + 1])
                score[span] = dense[lists.item[span]]
        return score

    def score_all(self, batch: QueryBatch) -> Float32:
        size = len(self.start) - 1
        strength = sp.csr_matrix((self.strength, self.neighbour, self.start), shape=(size, size))
        asked = asked_with(batch, self.config.decay_days, size, self.config.asking)
        return widened((asked @ strength).toarray(), len(batch.eligible))

    def cause(self, batch: QueryBatch, lists: ItemLists) -> Int32:
        """The asking item that speaks loudest for each place."""
        asking = self._asking(batch)
        cause = np.full(len(lists.item), -1, np.int32)
        for row in range(len(batch)):
            span = slice(lists.offset[row], lists.offset[row + 1])
            cause[span] = self._loudest(asking[row], lists.item[span])
        return cause

    def _normalised(self, counted: sp.coo_matrix, count: np.ndarray) -> sp.coo_matrix:
        """Pairs of different items that are frequent enough, divided by powers of both items' counts."""
        chosen = (counted.row != counted.col) & (counted.data >= self.config.min_count)
        row, column = counted.row[chosen], counted.col[chosen]
        scale = count[row] ** self.config.row_power * count[column] ** self.config.column_power
        return sp.coo_matrix((counted.data[chosen] / scale, (row, column)), shape=counted.shape)

    def _asking(self, batch: QueryBatch) -> list[tuple[Int32, Float32]]:
        """What each request asks with: its context items, else its history weighed by taste."""
        taste = tastes(batch, self.config.decay_days)
        asking = []
        for row in range(len(batch)):
            item = batch.item[batch.item_offset[row] : batch.item_offset[row + 1]]
            weight = np.ones(len(item), np.float32)
            if not len(item):
                item, weight = strongest(*taste.of(row), self.config.asking)
            known = item < len(self.start) - 1
            asking.append((item[known], weight[known]))
        return asking

    def _entries(self, item: Int32) -> tuple[Int64, Int64]:
        """(which asking item, which neighbour entry) of all neighbours of these items."""
        begin, count = self.start[item], self.start[item + 1] - self.start[item]
        asker = np.repeat(np.arange(len(item)), count)
        within = np.arange(len(asker)) - np.repeat(np.cumsum(count) - count, count)
        return asker, begin[asker] + within

    def _row_scores(self, batch: QueryBatch, asking: list[tuple[Int32, Float32]], row: int) -> Float32 | None:
        """One request's scores, worked out once where the batch is that one request: many would fill the memory."""
        size = len(batch.eligible)
        if len(batch) > 1:
            return self._scores(asking[row], size)
        # Kept with `self`: the id of a learner that is gone may come back as another's.
        key = ("item_item", id(self))
        kept: tuple[Self, Float32 | None] = batch.once(key, lambda: (self, self._scores(asking[row], size)))
        return kept[1]

    def _scores(self, asking: tuple[Int32, Float32], size: int) -> Float32 | None:
        """(size,) the sum over asking items of weight x strength."""
        item, weight = asking
        asker, entry = self._entries(item)
        if not len(entry):
            return None
        summed = np.bincount(self.neighbour[entry], weight[asker] * self.strength[entry], minlength=size)
        return summed.astype(np.float32)

    def _loudest(self, asking: tuple[Int32, Float32], shown: Int32) -> Int32:
        """(len(shown),) the asking item with the largest part in each shown item's score, or -1."""
        item, weight = asking
        asker, entry = self._entries(item)
        spoken = among(self.neighbour[entry], shown)
        asker, entry = asker[spoken], entry[spoken]
        order = np.argsort(weight[asker] * self.strength[entry], kind="stable")
        voice = np.full(int(shown.max(initial=-1)) + 1, -1, np.int32)
        voice[self.neighbour[entry[order]]] = item[asker[order]]  # the last one written, the loudest, stays
        return voice[shown]


def _strongest(counted: sp.coo_matrix, k: int) -> tuple[Int64, Int32, Float32]:
    """Each row's k largest entries as (start, neighbour, strength), strongest first; entries come by row and column."""
    row, strength = counted.row, counted.data.astype(np.float32)
    # One sort of one key instead of two: the bits of floats from 0 on are in the order of their values.
    weakness = np.uint32(0xFFFFFFFF) - strength.view(np.uint32)
    order = np.argsort((row.astype(np.int64) << 32) | weakness, kind="stable")
    start = np.searchsorted(row, np.arange(counted.shape[0] + 1))
    kept = order[np.arange(len(row)) - start[row] < k]
    counts = np.minimum(np.diff(start), k)
    start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return start, counted.col[kept].astype(np.int32), strength[kept]
