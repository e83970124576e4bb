"""Semantic neighbours: items whose texts mean much the same, by a language model. Works for new items at once."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Annotated, Self

import numpy as np

from shopkeeper.data import Dataset
from shopkeeper.model.learner import Run, gather
from shopkeeper.model.popularity import Popularity, PopularityConfig
from shopkeeper.model.search_range import Range
from shopkeeper.model.taste import tastes
from shopkeeper.pipeline.batch import QueryBatch
from shopkeeper.pipeline.distinct import Carriers
from shopkeeper.pipeline.lists import Float32, Int32, ItemLists, Reason, lists_of, offsets, top
from shopkeeper.pipeline.vectors import TextVectors, cosines

_HAIR = np.float32(1e-4)  # what popularity adds to a likeness: enough to order items of one text


@dataclass(frozen=True, slots=True)
class SemanticConfig:
    """`per_text` items at most of one and the same text are proposed, the most popular ones."""

    decay_days: Annotated[float, Range(7, 730, log=True)] = 60.0  # of the history that asks
    power: Annotated[float, Range(0.5, 6)] = 2.0  # above 1 keeps faint likenesses from adding up
    per_text: Annotated[int, Range(1, 20)] = 5
    half_life_days: Annotated[float, Range(3, 180, log=True)] = 30.0  # of the popularity that breaks ties


@dataclass(frozen=True)
class Semantic:
    """score = max(cosine(what is asked with, item), 0)^power, plus a hair for popularity, which breaks ties.

    A request asks with the mean vector of its context items, else of its history weighed by taste. `popularity`
    (n_items,) is 1 at the best seller.
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

    @cached_property
    def carriers(self) -> Carriers:
        """Who carries each text, the more popular first."""
        return self.vectors.text.carriers(self.popularity)

    def retrieve(self, batch: QueryBatch, n: int) -> ItemLists:
        near = [
            self.vectors.nearest(asked, batch.mask_of(row), n, self.carriers, self.config.per_text)
            for row, asked in enumerate(self._asking(batch))
        ]
        item = np.concatenate([np.empty(0, np.int32), *(item for item, _ in near)])
        cosine = np.concatenate([np.empty(0, np.float32), *(cosine for _, cosine in near)])
        found = lists_of(item, offsets(np.array([len(item) for item, _ in near])), self._scored(cosine, item))
        return top(found.take(np.flatnonzero(cosine > 0).astype(np.int64)), n)

    def score(self, batch: QueryBatch, lists: ItemLists) -> Float32:
        asking = self._asking(batch)
        score = np.zeros(len(lists.item), np.float32)
        for row in range(len(batch)):
            span = slice(lists.offset[row], lists.offset[row + 1])
            item = lists.item[span]
            score[span] = self._scored(self.vectors.score(asking[row], item), item)
        return score

    def score_all(self, batch: QueryBatch) -> Float32:
        every = np.arange(len(batch.eligible), dtype=np.int32)
        asked = np.array(self._asking(batch), np.float32).reshape(len(batch), self.vectors.dimension)
        return self._scored(cosines(self.vectors, asked, every), every)

    def cause(self, batch: QueryBatch, lists: ItemLists) -> Int32:
        """The most alike of the context items or, without any, of the history."""
        cause = np.full(len(lists.item), -1, np.int32)
        for row, (item, _) in enumerate(self._asked_with(batch)):
            span = slice(lists.offset[row], lists.offset[row + 1])
            if len(item) and span.stop > span.start:
                likeness = self.vectors.of(lists.item[span]) @ self.vectors.of(item).T
                cause[span] = np.where(likeness.max(axis=1) > 0, item[likeness.argmax(axis=1)], -1)
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
        # Kept with `self`: the id of a learner that is gone may come back as another's.
        kept: tuple[Self, list[Float32]] = batch.once(
            ("semantic", id(self)),
            lambda: (self, [self.vectors.mean(item, weight) for item, weight in self._asked_with(batch)]),
        )
        return kept[1]

    def _scored(self, cosine: Float32, item: Int32) -> Float32:
        """(m,) scores of items with these cosines."""
        likeness: Float32 = np.maximum(cosine, 0)
        if self.config.power != 1:
            likeness **= np.float32(self.config.power)
        likeness *= 1 + _HAIR * gather(self.popularity, item)
        return likeness
