"""Category affinity: what sells best in the categories that this user buys from."""

from dataclasses import dataclass, field, replace
from typing import Annotated, Self

import numpy as np

from shopkeeper.data import Dataset
from shopkeeper.model.learner import Run, gather, retrieve_dense
from shopkeeper.model.popularity import Popularity, PopularityConfig
from shopkeeper.model.search_range import Range
from shopkeeper.model.taste import tastes
from shopkeeper.pipeline.batch import QueryBatch, batch_of_users
from shopkeeper.pipeline.lists import Float32, Int32, ItemLists, Reason


@dataclass(frozen=True, slots=True)
class AffinityConfig:
    """`power` below 1 keeps one favourite category from taking the whole list."""

    decay_days: Annotated[float, Range(14, 730, log=True)] = 365.0
    power: Annotated[float, Range(0.1, 1)] = 0.5
    # prior: purchases of the shop's average taste that each user starts with
    prior: Annotated[float, Range(0.5, 50, log=True)] = 5.0
    half_life_days: Annotated[float, Range(3, 180, log=True)] = 30.0  # of the popularity within a category
    pool: int = 20_000  # how many of the most popular items are proposed from


@dataclass(frozen=True, slots=True)
class Affinity:
    """score = lift^power x the item's first-time popularity.

    `lift` is the share of the item's category in the user's taste, smoothed towards the shop's, over its share in the
    shop. `category` (n_items,) is each item's narrowest category as a small integer, -1 without one; `share`
    (categories,) what the shop's users spend their taste on.
    """

    config: AffinityConfig = AffinityConfig()
    category: Int32 = field(default_factory=lambda: np.empty(0, np.int32))
    share: Float32 = field(default_factory=lambda: np.empty(0, np.float32))
    popularity: Float32 = field(default_factory=lambda: np.empty(0, np.float32))
    pool: Int32 = field(default_factory=lambda: np.empty(0, np.int32))

    reason = Reason.SAME_CATEGORY

    def fit(self, dataset: Dataset, run: Run) -> Self:
        """Codes the categories, and counts first purchases."""
        path = dataset.items.frame["category"]
        known = (path.fill_null("") != "").to_numpy()
        category = np.where(known, path.rank("dense").fill_null(0).to_numpy(), -1).astype(np.int32)
        popular = Popularity(PopularityConfig(self.config.half_life_days, first_only=True)).fit(dataset, run)
        taste = tastes(batch_of_users(dataset), self.config.decay_days)
        code = gather(category, taste.item, -1)
        share = np.bincount(code[code >= 0], taste.value[code >= 0], minlength=int(category.max(initial=-1)) + 1)
        share = (share + 1e-3) / (share + 1e-3).sum()
        pool = popular.order[: self.config.pool]
        share = share.astype(np.float32)
        return replace(self, category=category, share=share, popularity=popular.scores, pool=pool)

    def retrieve(self, batch: QueryBatch, n: int) -> ItemLists:
        category, popularity = self.category[self.pool], self.popularity[self.pool]
        lifts = self._lifts(batch)

        def row_scores(row: int) -> Float32 | None:
            lift = lifts[row]
            return None if lift is None else lift[category] * popularity

        return retrieve_dense(batch, n, row_scores, index=self.pool)

    def score(self, batch: QueryBatch, lists: ItemLists) -> Float32:
        score = np.zeros(len(lists.item), np.float32)
        for row, lift in enumerate(self._lifts(batch)):
            if lift is not None:
                span = slice(lists.offset[row], lists.offset[row + 1])
                item = lists.item[span]
                score[span] = lift[gather(self.category, item, -1)] * gather(self.popularity, item)
        return score

    def cause(self, batch: QueryBatch, lists: ItemLists) -> Int32:
        return np.full(len(lists.item), -1, np.int32)

    def _lifts(self, batch: QueryBatch) -> list[Float32 | None]:
        """Each request's lift; None without taste: the shop's average is no reason, but popularity over again."""
        taste = tastes(batch, self.config.decay_days)
        # Kept with `self`: the id of a learner that is gone may come back as another's.
        kept: tuple[Self, list[Float32 | None]] = batch.once(
            ("affinity", id(self)),
            lambda: (
                self,
                [self._lift(*taste.of(row)) if len(taste.of(row)[0]) else None for row in range(len(batch))],
            ),
        )
        return kept[1]

    def _lift(self, item: Int32, value: Float32) -> Float32:
        """(categories + 1,) one user's lift for each category to the power; the last place, for -1, is 0."""
        code = gather(self.category, item, -1)
        spent = np.bincount(code[code >= 0], value[code >= 0], minlength=len(self.share))
        prior = self.config.prior
        lift = (spent + prior * self.share) / ((spent.sum() + prior) * self.share)
        return np.append(lift**self.config.power, 0).astype(np.float32)
