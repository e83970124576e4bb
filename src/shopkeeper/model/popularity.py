"""Popularity with time decay: what sells, lately. The yardstick, and the stand-in when nothing else can answer."""

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
class PopularityConfig:
    """`first_only`: count only a user's first event for an item and the first against it, so that weekly staples do
    not drown the rest."""

    half_life_days: Annotated[float, Range(2, 180, log=True)] = 14.0
    first_only: bool = False


@dataclass(frozen=True, slots=True)
class Popularity:
    """score[item] = sum over its events of value x 2^(-age / half-life), per user of the shop."""

    config: PopularityConfig = PopularityConfig()
    scores: Float32 = field(default_factory=lambda: np.empty(0, np.float32))
    order: Int32 = field(default_factory=lambda: np.empty(0, np.int32))  # items with a score, best first

    reason = Reason.POPULAR

    def fit(self, dataset: Dataset, run: Run) -> Self:
        """Counts all events, returns and dismissals against an item included."""
        age = (dataset.as_of - dataset.time) / DAY
        value = dataset.value * np.exp2(-age / self.config.half_life_days)
        if self.config.first_only:
            value = value * first_events(dataset)
        counted = np.bincount(dataset.item, value, minlength=len(dataset.items))
        scores = (np.maximum(counted, 0) / max(dataset.users, 1)).astype(np.float32)
        return replace(self, scores=scores, order=ranking(scores))

    def retrieve(self, batch: QueryBatch, n: int) -> ItemLists:
        return retrieve_ranked(batch, n, self.order, self.scores)

    def score(self, batch: QueryBatch, lists: ItemLists) -> Float32:
        return gather(self.scores, lists.item)

    def score_all(self, batch: QueryBatch) -> Float32:
        every = gather(self.scores, np.arange(len(batch.eligible), dtype=np.int32))
        return np.tile(every, (len(batch), 1))

    def cause(self, batch: QueryBatch, lists: ItemLists) -> Int32:
        return np.full(len(lists.item), -1, np.int32)


def first_events(dataset: Dataset) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """(E,) which events are the first of their user for their item, or against it, or without weight."""
    side = np.sign(dataset.value).astype(np.int64) + 1
    key = (dataset.user * np.int64(len(dataset.items)) + dataset.item) * 3 + side
    first = np.zeros(len(key), bool)
    first[np.unique(key, return_index=True)[1]] = True  # events are sorted by time within a user
    return first
