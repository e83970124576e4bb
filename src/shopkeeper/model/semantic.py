"""Semantic neighbours: items whose texts mean much the same, by a language model. Works for new items at once."""

from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np

from shopkeeper.data import Dataset
from shopkeeper.model.learner import Run, gather, retrieve_dense
from shopkeeper.model.popularity import Popularity, PopularityConfig
from shopkeeper.model.taste import tastes
from shopkeeper.pipeline.batch import QueryBatch
from shopkeeper.pipeline.lists import Float32, Int32, ItemLists, Reason
from shopkeeper.pipeline.vectors import TextVectors


@dataclass(frozen=True, slots=True)
class SemanticConfig:
    """`popularity_power` 0 ranks by likeness alone, popularity breaking ties among items of one text."""

    decay_days: float = 60.0
    likeness_power: float = 2.0
    popularity_power: float = 0.0
    half_life_days: float = 30.0  # of that popularity


@dataclass(frozen=True, slots=True)
class Semantic:
    """score = max(cosine(what is asked with, item), 0)^likeness_power x (popularity + floor)^popularity_power.

    A request asks with the mean vector of its context items, else of its history weighed by taste. `popularity`
    (n_items,) is 1 at the best seller; `floor` keeps items that never sold above 0, so that new ones can be found.
    """

    vectors: TextVectors
    config: SemanticConfig = SemanticConfig()
    popularity: Float32 = field(default_factory=lambda: np.empty(0, np.float32))

    reason = Reason.SIMILAR

    def fit(self, dataset: Dataset, run: Run) -> Self:
        """Takes the run's vectors; counts popularity."""
        counted = Popularity(PopularityConfig(self.config.half_life_days, first_only=True)).fit(dataset, run).scores
        scaled = counted / max(float(counted.max(initial=0)), 1e-9)
        return replace(self, vectors=run.vectors, popularity=scaled.astype(np.float32))

    def retrieve(self, batch: QueryBatch, n: int) -> ItemLists:
        asking = self._asking(batch)
        boost = self._boost(np.arange(len(batch.eligible), dtype=np.int32))
        carried = self.vectors.text.rows(np.arange(len(batch.eligible), dtype=np.int32))

        def row_scores(row: int) -> Float32 | None:
            if not asking[row].any():
                return None
            likeness = np.append(self._sharpened(self.vectors.vector @ asking[row]), np.float32(0))
            return likeness[carried] * boost

        return retrieve_dense(batch, n, row_scores)

    def score(self, batch: QueryBatch, lists: ItemLists) -> Float32:
        asking = self._asking(batch)
        score = np.zeros(len(lists.item), np.float32)
        for row in range(len(batch)):
            span = slice(lists.offset[row], lists.offset[row + 1])
            item = lists.item[span]
            score[span] = self._sharpened(self.vectors.score(asking[row], item)) * self._boost(item)
        return score

    def cause(self, batch: QueryBatch, lists: ItemLists) -> Int32:
        """The most alike of the context items or, without any, of the history."""
        cause = np.full(len(lists.item), -1, np.int32)
        for row, (item, _) in enumerate(self._asked_with(batch)):
            span = slice(lists.offset[row], lists.offset[row + 1])
            if len(item) and span.stop > span.start:
                likeness = self.vectors.of(lists.item[span]) @ self.vectors.of(item).T
                cause[span] = item[likeness.argmax(axis=1)]
        return cause

    def _asked_with(self, batch: QueryBatch) -> list[tuple[Int32, Float32]]:
        """(items, weights) that each request asks with."""
        taste = tastes(batch, self.config.decay_days)
        asked: list[tuple[Int32, Float32]] = []
        for row in range(len(batch)):
            context = batch.item[batch.item_offset[row] : batch.item_offset[row + 1]]
            asked.append((context, np.ones(len(context), np.float32)) if len(context) else taste.of(row))
        return asked

    def _asking(self, batch: QueryBatch) -> list[Float32]:
        """The (d,) vector of each request; zero where nothing has a text."""
        return [self.vectors.mean(item, weight) for item, weight in self._asked_with(batch)]

    def _sharpened(self, cosine: Float32) -> Float32:
        return np.maximum(cosine, 0).astype(np.float32) ** np.float32(self.config.likeness_power)

    def _boost(self, item: Int32) -> Float32:
        """What popularity multiplies a likeness with; a hair's breadth where it only breaks ties."""
        popularity = gather(self.popularity, item)
        if self.config.popularity_power == 0:
            return 1 + np.float32(1e-4) * popularity
        return (popularity + np.float32(1e-4)) ** np.float32(self.config.popularity_power)
