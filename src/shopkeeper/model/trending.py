"""Trending: what sells more now than its own past would have us expect."""

from dataclasses import dataclass, field, replace
from typing import Annotated, Self

import numpy as np

from shopkeeper.data import Dataset
from shopkeeper.model.learner import Run, gather, ranking, retrieve_ranked
from shopkeeper.model.search_range import Range
from shopkeeper.pipeline.batch import QueryBatch
from shopkeeper.pipeline.lists import Float32, Int32, ItemLists, Reason
from shopkeeper.record import DAY


@dataclass(frozen=True, slots=True)
class TrendingConfig:
    """The last `recent_days` are held against the `past_days` before them."""

    recent_days: Annotated[float, Range(3, 30, log=True)] = 14.0
    past_days: Annotated[float, Range(28, 180, log=True)] = 84.0
    # prior: events an item is taken to expect beside its own past, so that two sales are no trend
    prior: Annotated[float, Range(0.5, 20, log=True)] = 3.0


@dataclass(frozen=True, slots=True)
class Trending:
    """score[item] = (seen - expected) / sqrt(expected + prior), the standardised surprise of a Poisson count.

    `expected` is the item's past rate, scaled by how the whole shop's sales moved. Users are counted once an item and
    day, so that one large order is no trend.
    """

    config: TrendingConfig = TrendingConfig()
    scores: Float32 = field(default_factory=lambda: np.empty(0, np.float32))
    order: Int32 = field(default_factory=lambda: np.empty(0, np.int32))  # items with a score, best first

    reason = Reason.TRENDING

    def fit(self, dataset: Dataset, run: Run) -> Self:
        """Compares the two windows that end at `dataset.as_of`."""
        recent_from = dataset.as_of - int(self.config.recent_days * DAY)
        past_from = recent_from - int(self.config.past_days * DAY)
        liked = dataset.value > 0
        seen = _user_days(dataset, liked & (dataset.time >= recent_from))
        past = _user_days(dataset, liked & (dataset.time >= past_from) & (dataset.time < recent_from))
        expected = past * (seen.sum() / max(past.sum(), 1))
        surprise = (seen - expected) / np.sqrt(expected + self.config.prior)
        scores = surprise.astype(np.float32)
        return replace(self, scores=scores, order=ranking(scores))

    def retrieve(self, batch: QueryBatch, n: int) -> ItemLists:
        return retrieve_ranked(batch, n, self.order, self.scores)

    def score(self, batch: QueryBatch, lists: ItemLists) -> Float32:
        return gather(self.scores, lists.item)

    def cause(self, batch: QueryBatch, lists: ItemLists) -> Int32:
        return np.full(len(lists.item), -1, np.int32)


def _user_days(dataset: Dataset, chosen: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Float32:
    """(n_items,) how many (user, day) pairs have a chosen event with the item."""
    days = np.int64(40_000)  # from 1970 to 2079
    key = (dataset.user[chosen] * days + dataset.time[chosen] // DAY) * np.int64(len(dataset.items))
    item = np.unique(key + dataset.item[chosen]) % max(len(dataset.items), 1)
    return np.bincount(item, minlength=len(dataset.items)).astype(np.float32)
