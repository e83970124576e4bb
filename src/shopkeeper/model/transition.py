"""Feature transitions: which features follow which, by one ridge regression from histories to what came next."""

from dataclasses import dataclass, field, replace
from typing import Annotated, Self

import numpy as np
import scipy.sparse as sp

from shopkeeper.data import Dataset
from shopkeeper.model.asking import asked_with
from shopkeeper.model.basket import baskets
from shopkeeper.model.bound import Bound
from shopkeeper.model.item_feature import item_features
from shopkeeper.model.item_svd import ItemSVDConfig
from shopkeeper.model.learner import Run
from shopkeeper.model.search_range import Range
from shopkeeper.model.sparse_row import SparseRows
from shopkeeper.model.whole import Whole, low_rank
from shopkeeper.pipeline.batch import QueryBatch
from shopkeeper.pipeline.lists import Float32, Reason


@dataclass(frozen=True, slots=True)
class TransitionConfig:
    """An item's features: its whitened text, the factors of its words, and those of what it is bought with."""

    factors: Annotated[int, Range(16, 512, log=True)] = 128  # of co-occurrence
    word_factors: Annotated[int, Range(16, 512, log=True)] = 256
    penalty: Annotated[float, Range(0.001, 10, log=True)] = 0.1  # ridge, in the mean variance of a feature
    backward: Annotated[float, Range(0, 1)] = 0.3  # of pairs, as in ItemSVDConfig
    pair_lags: Annotated[int, Range(1, 8)] = 4
    pair_gap_days: Annotated[float, Bound(above=0)] = 30.0
    lags: Annotated[int, Range(2, 16)] = 8  # baskets back that a history is read for the regression
    asking: int = 200  # at most so many items of a history ask, those of the strongest taste
    decay_days: Annotated[float, Range(7, 730, log=True)] = 60.0  # of the history that asks, in the regression too


@dataclass(frozen=True, slots=True)
class Transition(Whole):
    """min |features(history) W - features(next)|^2 + penalty |W|^2: a linear model of sequences as in Choi et al.,
    Session-aware Linear Item-Item Models, WWW 2021, between features instead of items, as in Romera-Paredes and Torr,
    An Embarrassingly Simple Approach to Zero-shot Learning, ICML 2015.

    score = what is asked with @ `query` @ `answer`^T, `query` being the features times W; both (n_items, d).
    """

    config: TransitionConfig = TransitionConfig()
    query: Float32 = field(default_factory=lambda: np.empty((0, 0), np.float32))
    answer: Float32 = field(default_factory=lambda: np.empty((0, 0), np.float32))

    reason = Reason.PEOPLE_LIKE_YOU

    def fit(self, dataset: Dataset, run: Run) -> Self:
        """Makes the features, then solves for W; a shop where nothing that is known ever was followed by anything gets
        no features."""
        matrix, earlier = baskets(dataset, self.config.lags, self.config.decay_days)
        follows = (earlier.T @ matrix).tocsr()
        nothing = np.zeros((len(dataset.items), 0), np.float32)
        feature, answer = self._features(dataset, run) if follows.nnz else (nothing, nothing)
        system = feature.T @ (SparseRows((earlier.T @ earlier).tocsr(), run.threads) @ feature)
        if not system.any():
            return replace(self, query=nothing, answer=nothing)
        wanted = feature.T @ (SparseRows(follows, run.threads) @ answer)
        system[np.diag_indices_from(system)] += self.config.penalty * np.trace(system) / len(system)
        learned = np.linalg.solve(system.astype(np.float64), wanted.astype(np.float64))
        return replace(self, query=feature @ learned.astype(np.float32), answer=answer)

    def _asked(self, batch: QueryBatch) -> sp.csr_matrix:
        return asked_with(batch, self.config.decay_days, len(self.query), self.config.asking)

    def _core(self, asked: sp.csr_matrix) -> Float32:
        return low_rank(asked, self.query, self.answer)

    def _features(self, dataset: Dataset, run: Run) -> tuple[Float32, Float32]:
        """(n_items, d) features of an item that asks, and of one that answers; each part of unit length."""
        config = self.config
        factors = ItemSVDConfig(
            factors=config.factors, backward=config.backward, lags=config.pair_lags, gap_days=config.pair_gap_days
        )
        found = item_features(dataset, run, factors, config.word_factors)
        return np.hstack([found.text, found.before, found.word]), np.hstack([found.text, found.after, found.word])
