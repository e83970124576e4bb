"""Implicit ALS: latent factors of users and items; users are folded in from their history, never stored."""

from dataclasses import dataclass, field, replace
from typing import Annotated, Self

import numpy as np
import scipy.sparse as sp

from shopkeeper.data import Dataset
from shopkeeper.model.learner import Run, gather, retrieve_dense
from shopkeeper.model.search_range import Range
from shopkeeper.model.taste import strongest, tastes
from shopkeeper.pipeline.batch import QueryBatch, batch_of_users
from shopkeeper.pipeline.lists import Float32, Int32, ItemLists, Reason


@dataclass(frozen=True, slots=True)
class ImplicitALSConfig:
    """Confidence is log(1 + count) x exp(-age / decay_days)."""

    factors: Annotated[int, Range(16, 256, log=True)] = 64
    regularization: Annotated[float, Range(0.1, 100, log=True)] = 10.0
    iterations: Annotated[int, Range(4, 16)] = 8
    decay_days: Annotated[float, Range(14, 730, log=True)] = 180.0
    min_users: Annotated[int, Range(1, 10)] = 3  # items with fewer buyers get no factors
    max_items: int = 12_000  # the items of most buyers; each request is scored against them all


@dataclass(frozen=True, slots=True)
class ImplicitALS:
    """Hu, Koren and Volinsky, Collaborative Filtering for Implicit Feedback Datasets, ICDM 2008.

    `item_factors` (m, factors) for the m items of `item` (sorted); `row_of` (n_items,) their rows, -1 without.
    """

    config: ImplicitALSConfig = ImplicitALSConfig()
    item: Int32 = field(default_factory=lambda: np.empty(0, np.int32))
    row_of: Int32 = field(default_factory=lambda: np.empty(0, np.int32))
    item_factors: Float32 = field(default_factory=lambda: np.empty((0, 1), np.float32))
    gram: Float32 = field(default_factory=lambda: np.empty((0, 0), np.float32))

    reason = Reason.PEOPLE_LIKE_YOU

    def fit(self, dataset: Dataset, run: Run) -> Self:
        """Factors of the items that enough users took to; a shop without any gets an ALS that proposes nothing."""
        from implicit.cpu.als import AlternatingLeastSquares
        from threadpoolctl import threadpool_limits

        matrix = self._confidence(dataset)
        buyers = np.bincount(matrix.indices, minlength=matrix.shape[1])
        item = np.flatnonzero(buyers >= self.config.min_users).astype(np.int32)
        item = strongest(item, buyers[item].astype(np.float32), self.config.max_items)[0]
        if not len(item):
            return type(self)(self.config)
        with threadpool_limits(1, "blas"):  # its own threads and BLAS's would fight over the cores
            model = AlternatingLeastSquares(
                factors=min(self.config.factors, len(item)),
                regularization=self.config.regularization,
                iterations=self.config.iterations,
                alpha=1.0,
                random_state=int(run.rng.integers(2**31)),
                num_threads=run.threads,
            )
            model.fit(matrix[:, item].tocsr(), show_progress=False)
        factors = model.item_factors.astype(np.float32)
        row_of = np.full(len(dataset.items), -1, np.int32)
        row_of[item] = np.arange(len(item))
        return replace(self, item=item, row_of=row_of, item_factors=factors, gram=factors.T @ factors)

    def retrieve(self, batch: QueryBatch, n: int) -> ItemLists:
        users = self._fold_in(batch)

        def row_scores(row: int) -> Float32 | None:
            return self.item_factors @ users[row] if users[row].any() else None

        return retrieve_dense(batch, n, row_scores, index=self.item)

    def score(self, batch: QueryBatch, lists: ItemLists) -> Float32:
        users = self._fold_in(batch)
        score = np.zeros(len(lists.item), np.float32)
        factor_row = gather(self.row_of, lists.item, -1)
        known = np.flatnonzero(factor_row >= 0)
        score[known] = np.einsum("nk,nk->n", self.item_factors[factor_row[known]], users[lists.row[known]])
        return score

    def cause(self, batch: QueryBatch, lists: ItemLists) -> Int32:
        return np.full(len(lists.item), -1, np.int32)

    def _confidence(self, dataset: Dataset) -> sp.csr_matrix:
        """(U, n_items) confidence of each user's history as of the dataset's time."""
        taste = tastes(batch_of_users(dataset), self.config.decay_days, np.log1p)
        return sp.csr_matrix((taste.value, taste.item, taste.offset), shape=(dataset.users, len(dataset.items)))

    def _fold_in(self, batch: QueryBatch) -> Float32:
        """(B, factors) each user's factors given the items', zero without a history; the ALS half-step itself."""
        # Kept with `self`: the id of a learner that is gone may come back as another's.
        kept: tuple[Self, Float32] = batch.once(("als", id(self)), lambda: (self, self._folded_in(batch)))
        return kept[1]

    def _folded_in(self, batch: QueryBatch) -> Float32:
        taste = tastes(batch, self.config.decay_days, np.log1p)
        users = np.zeros((len(batch), self.item_factors.shape[1]), np.float32)
        for row in range(len(batch)):
            item, value = taste.of(row)
            factor_row = gather(self.row_of, item, -1)
            known = factor_row >= 0
            if known.any():
                users[row] = self._solve(factor_row[known], value[known])
        return users

    def _solve(self, factor_row: Int32, confidence: Float32) -> Float32:
        """(factors,) the user vector that least squares gives to one history."""
        seen = self.item_factors[factor_row]
        system = self.gram + (seen * (confidence - 1)[:, None]).T @ seen
        system.flat[:: len(system) + 1] += self.config.regularization
        return np.linalg.solve(system, confidence @ seen).astype(np.float32)
