"""Personal frequency with recency: what this user buys again and again."""

from dataclasses import dataclass, field, replace
from typing import Annotated, Self

import numpy as np

from shopkeeper.data import Dataset
from shopkeeper.model.learner import Run, gather
from shopkeeper.model.popularity import Popularity, PopularityConfig
from shopkeeper.model.search_range import Range
from shopkeeper.model.taste import habits
from shopkeeper.pipeline.batch import QueryBatch
from shopkeeper.pipeline.lists import Float32, Int32, ItemLists, Reason, lists_of, top


@dataclass(frozen=True, slots=True)
class PersonalFrequencyConfig:
    """Both powers at 0 give the plain baseline: a count in which each event fades with its own age."""

    repeat_power: Annotated[float, Range(0, 1)] = 0.0
    # repeat_prior: buyers with the shop's mean repeat rate that each item starts with
    repeat_prior: Annotated[float, Range(1, 50, log=True)] = 10.0
    trend_power: Annotated[float, Range(0, 1)] = 0.0
    trend_days: tuple[float, float] = (14.0, 90.0)  # half-lives of "now" and "usually"
    trend_prior: Annotated[float, Range(0.5, 20, log=True)] = 3.0  # events that both start with


@dataclass(frozen=True, slots=True)
class PersonalFrequency:
    """score = habit x repeat[item]^repeat_power x trend[item]^trend_power.

    `habit` is the user's decayed count (model.taste.habits). `repeat` is how often an item's buyers come back for it
    (Anderson et al., The Dynamics of Repeat Consumption, WWW 2014), smoothed towards the shop's mean; `trend` how
    much the item sells now against usually, so that what is out of season steps back. `pull` (n_items,) is the product.
    """

    config: PersonalFrequencyConfig = PersonalFrequencyConfig()
    pull: Float32 = field(default_factory=lambda: np.empty(0, np.float32))

    reason = Reason.BOUGHT_BEFORE

    def fit(self, dataset: Dataset, run: Run) -> Self:
        """Learns each item's pull; users' habits come with every query."""
        pull = self._repeat(dataset) ** self.config.repeat_power * self._trend(dataset, run) ** self.config.trend_power
        return replace(self, pull=pull.astype(np.float32))

    def retrieve(self, batch: QueryBatch, n: int) -> ItemLists:
        habit = habits(batch)
        every = lists_of(habit.item, habit.offset, habit.value * gather(self.pull, habit.item, 1))
        allowed = np.flatnonzero(batch.allowed(every.row, every.item)).astype(np.int64)
        return top(every.take(allowed), n)

    def score(self, batch: QueryBatch, lists: ItemLists) -> Float32:
        habit = habits(batch)
        if not len(habit.item):
            return np.zeros(len(lists.item), np.float32)
        size = np.int64(len(batch.eligible))
        known = np.repeat(np.arange(len(batch)), np.diff(habit.offset)) * size + habit.item
        wanted = lists.row * size + lists.item
        place = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
        score = habit.value[place] * gather(self.pull, lists.item, 1)
        return np.where(known[place] == wanted, score, 0).astype(np.float32)

    def cause(self, batch: QueryBatch, lists: ItemLists) -> Int32:
        return np.full(len(lists.item), -1, np.int32)

    def _repeat(self, dataset: Dataset) -> Float32:
        """(n_items,) purchases beyond the first for each buyer."""
        size = np.int64(len(dataset.items))
        liked = dataset.value > 0
        key, count = np.unique(dataset.user[liked] * size + dataset.item[liked], return_counts=True)
        item = key % max(size, 1)
        buyers = np.bincount(item, minlength=size)
        again = np.bincount(item, count - 1, minlength=size)
        prior = self.config.repeat_prior
        mean = max(again.sum() / max(buyers.sum(), 1), 1e-3)
        rate: Float32 = ((again + prior * mean) / (buyers + prior)).astype(np.float32)
        return rate

    def _trend(self, dataset: Dataset, run: Run) -> Float32:
        """(n_items,) what sells now against what usually sells in as long a time, 1 for no change."""
        now, usual = self.config.trend_days
        lately = Popularity(PopularityConfig(now)).fit(dataset, run).scores * dataset.users
        usually = Popularity(PopularityConfig(usual)).fit(dataset, run).scores * dataset.users * (now / usual)
        trend: Float32 = (lately + self.config.trend_prior) / (usually + self.config.trend_prior)
        return trend
