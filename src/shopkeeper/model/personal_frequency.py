"""Personal frequency with recency: what this user buys again and again."""

from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np

from shopkeeper.data import Dataset
from shopkeeper.model.learner import Run, gather
from shopkeeper.model.taste import tastes
from shopkeeper.pipeline.batch import QueryBatch
from shopkeeper.pipeline.lists import Float32, Int32, ItemLists, Reason, lists_of, top


@dataclass(frozen=True, slots=True)
class PersonalFrequencyConfig:
    """`repeat_power` 0 gives the plain baseline: count x exp(-age / decay_days)."""

    decay_days: float = 120.0
    repeat_power: float = 0.0  # how much an item's own repeat rate counts
    repeat_prior: float = 10.0  # buyers with the shop's mean repeat rate that each item starts with


@dataclass(frozen=True, slots=True)
class PersonalFrequency:
    """score = count x exp(-age of the last / decay_days) x repeat_rate[item]^repeat_power.

    The repeat rate is the share of an item's buyers who bought it again (Anderson et al., The Dynamics of Repeat
    Consumption, WWW 2014), smoothed towards the shop's mean.
    """

    config: PersonalFrequencyConfig = PersonalFrequencyConfig()
    repeat_rate: Float32 = field(default_factory=lambda: np.empty(0, np.float32))

    reason = Reason.BOUGHT_BEFORE

    def fit(self, dataset: Dataset, run: Run) -> Self:
        """Learns each item's repeat rate; users' counts come with every query."""
        size = np.int64(len(dataset.items))
        liked = dataset.value > 0
        key, count = np.unique(dataset.user[liked] * size + dataset.item[liked], return_counts=True)
        item = key % max(size, 1)
        buyers = np.bincount(item, minlength=size)
        again = np.bincount(item, count > 1, minlength=size)
        mean = again.sum() / max(buyers.sum(), 1)
        rate = (again + self.config.repeat_prior * mean) / (buyers + self.config.repeat_prior)
        return replace(self, repeat_rate=rate.astype(np.float32))

    def retrieve(self, batch: QueryBatch, n: int) -> ItemLists:
        taste = tastes(batch, self.config.decay_days)
        every = lists_of(taste.item, taste.offset, self._weighted(taste.item, taste.value))
        allowed = np.flatnonzero(batch.allowed(every.row, every.item)).astype(np.int64)
        return top(every.take(allowed), n)

    def score(self, batch: QueryBatch, lists: ItemLists) -> Float32:
        taste = tastes(batch, self.config.decay_days)
        size = np.int64(len(batch.eligible))
        known = np.repeat(np.arange(len(batch)), np.diff(taste.offset)) * size + taste.item
        wanted = lists.row * size + lists.item
        place = np.minimum(np.searchsorted(known, wanted), max(len(known) - 1, 0))
        if not len(known):
            return np.zeros(len(wanted), np.float32)
        found = known[place] == wanted
        score = self._weighted(lists.item, taste.value[place])
        return np.where(found, score, 0).astype(np.float32)

    def cause(self, batch: QueryBatch, lists: ItemLists) -> Int32:
        return np.full(len(lists.item), -1, np.int32)

    def _weighted(self, item: Int32, value: Float32) -> Float32:
        """Taste values times the items' repeat rates."""
        if self.config.repeat_power == 0:
            return value
        rate: Float32 = gather(self.repeat_rate, item) ** np.float32(self.config.repeat_power)
        return value * rate
