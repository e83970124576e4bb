"""Item-item co-occurrence seen through its strongest factors: what follows what, also where no two met."""

from dataclasses import dataclass, field, replace
from typing import Annotated, Self

import numpy as np
import scipy.sparse as sp

from shopkeeper.data import Dataset
from shopkeeper.model.asking import asked_with
from shopkeeper.model.basket import pairs
from shopkeeper.model.learner import Run
from shopkeeper.model.search_range import Range
from shopkeeper.model.truncated_svd import truncated_svd
from shopkeeper.model.whole import Whole, low_rank
from shopkeeper.pipeline.batch import QueryBatch
from shopkeeper.pipeline.lists import Float32, Reason


@dataclass(frozen=True, slots=True)
class ItemSVDConfig:
    """Pairs are counted as in ItemItemConfig, and divided by powers of both items' sums."""

    factors: Annotated[int, Range(16, 512, log=True)] = 128
    same: Annotated[float, Range(0, 2)] = 1.0
    forward: Annotated[float, Range(0, 2)] = 1.0
    backward: Annotated[float, Range(0, 1)] = 0.3
    lags: Annotated[int, Range(1, 8)] = 4
    gap_days: Annotated[float, Range(2, 120, log=True)] = 30.0
    power: Annotated[float, Range(0, 1)] = 0.5
    asking: int = 200  # at most so many items of a history ask, those of the strongest taste
    decay_days: Annotated[float, Range(7, 730, log=True)] = 60.0  # of the history that asks


@dataclass(frozen=True, slots=True)
class ItemSVD(Whole):
    """Deerwester et al., Indexing by Latent Semantic Analysis, JASIS 1990, on items instead of words.

    score = what is asked with @ `query` @ `answer`^T; both (n_items, factors).
    """

    config: ItemSVDConfig = ItemSVDConfig()
    query: Float32 = field(default_factory=lambda: np.empty((0, 0), np.float32))
    answer: Float32 = field(default_factory=lambda: np.empty((0, 0), np.float32))

    reason = Reason.PEOPLE_LIKE_YOU

    def fit(self, dataset: Dataset, run: Run) -> Self:
        """Counts pairs and factorises them."""
        config = self.config
        counted, _ = pairs(dataset, config.same, config.forward, config.backward, config.lags, config.gap_days)
        query, answer = truncated_svd(_evened(counted, config.power), config.factors, run.rng, run.threads)
        return replace(self, query=query, answer=answer)

    def _asked(self, batch: QueryBatch) -> sp.csr_matrix:
        return asked_with(batch, self.config.decay_days, len(self.query), self.config.asking)

    def _core(self, asked: sp.csr_matrix) -> Float32:
        return low_rank(asked, self.query, self.answer)


def _evened(counted: sp.csr_matrix, power: float) -> sp.csr_matrix:
    """Pairs of different items divided by powers of their row's and column's sums: a best seller goes with anything."""
    entry = counted.tocoo()
    apart = entry.row != entry.col
    row, column, value = entry.row[apart], entry.col[apart], entry.data[apart].astype(np.float64)
    rows = np.bincount(row, value, minlength=counted.shape[0])
    columns = np.bincount(column, value, minlength=counted.shape[1])
    scaled = value / (rows[row] * columns[column]) ** power
    kept = np.isfinite(scaled)
    return sp.csr_matrix((scaled[kept], (row[kept], column[kept])), shape=counted.shape)
