"""EASE: a linear model of items from items in closed form; for catalogues whose square fits into memory."""

from dataclasses import dataclass, field, replace
from typing import Annotated, Final, Self

import numpy as np
import scipy.sparse as sp

from shopkeeper.data import Dataset
from shopkeeper.error import InputError
from shopkeeper.model.asking import asked_with
from shopkeeper.model.learner import Run
from shopkeeper.model.search_range import Range
from shopkeeper.model.taste import tastes
from shopkeeper.model.whole import LEAST, Whole
from shopkeeper.pipeline.batch import QueryBatch, batch_of_users
from shopkeeper.pipeline.lists import Float32, Int32, Int64, Reason

ROWS: Final = 256  # of the matrix, looked at together
GIGABYTE: Final = 10**9


@dataclass(frozen=True, slots=True)
class EASEConfig:
    """n items that anybody took need 4 n^2 bytes while fitting: 20,000 of them 1.6 GB."""

    penalty: Annotated[float, Range(1, 2000, log=True)] = 100.0  # L2, in users
    max_items: int = 20_000  # more are refused
    neighbours: Annotated[int, Range(100, 2000, log=True)] = 500  # weights kept for each item, those furthest from 0
    asking: int = 200  # at most so many items of a history ask, those of the strongest taste
    decay_days: Annotated[float, Range(7, 730, log=True)] = 60.0  # of the history that asks


@dataclass(frozen=True, slots=True)
class EASE(Whole):
    """Steck, Embarrassingly Shallow Autoencoders for Sparse Data, WWW 2019: min |X - X B|^2 + penalty |B|^2 where no
    item explains itself, X (users, items) saying who took what. B = I - P / diag(P), P = (X^T X + penalty I)^-1.

    score = what is asked with @ B, 0 for what is less. Row i of B is `weight[start[i]:start[i + 1]]` at the items
    `other`. Fitting takes time in the cube of items: 53 s for 12,000 on one core.
    """

    config: EASEConfig = EASEConfig()
    start: Int64 = field(default_factory=lambda: np.zeros(1, np.int64))
    other: Int32 = field(default_factory=lambda: np.empty(0, np.int32))
    weight: Float32 = field(default_factory=lambda: np.empty(0, np.float32))

    reason = Reason.PEOPLE_LIKE_YOU

    def fit(self, dataset: Dataset, run: Run) -> Self:
        """Inverts the matrix of pairs. Raises InputError where more than `max_items` items were taken."""
        from threadpoolctl import threadpool_limits

        taste = tastes(batch_of_users(dataset), np.inf, np.sign)
        item = np.unique(taste.item)
        self._check(len(item))
        shape = (dataset.users, len(item))
        taken = sp.csr_matrix((taste.value, np.searchsorted(item, taste.item), taste.offset), shape=shape)
        with threadpool_limits(run.threads, "blas"):
            inverse = _inverse((taken.T @ taken).toarray(), self.config.penalty)
        count, column, weight = _strongest(inverse, self.config.neighbours)
        counts = np.zeros(len(dataset.items), np.int64)
        counts[item] = count
        start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        return replace(self, start=start, other=item[column], weight=weight)

    def _asked(self, batch: QueryBatch) -> sp.csr_matrix:
        return asked_with(batch, self.config.decay_days, len(self.start) - 1, self.config.asking)

    def _core(self, asked: sp.csr_matrix) -> Float32:
        size = len(self.start) - 1
        matrix = sp.csr_matrix((self.weight, self.other, self.start), shape=(size, size))
        score: Float32 = (asked @ matrix).toarray()
        score[score < LEAST] = 0
        return score

    def _check(self, items: int) -> None:
        limit = self.config.max_items
        if items > limit:
            raise InputError(
                f"EASE inverts a matrix of all pairs of items: {items:,} items need {4 * items**2 / GIGABYTE:.1f} GB. "
                f"More than {limit:,} items ({4 * limit**2 / GIGABYTE:.1f} GB) are refused. Use item_item or item_svd, "
                "which hold only pairs that were met, or raise EASEConfig.max_items."
            )


def _inverse(gram: Float32, penalty: float) -> Float32:
    """(n, n) the inverse of gram + penalty I, in the memory of `gram`, which is symmetric."""
    from scipy.linalg.lapack import spotrf, spotri

    gram[np.diag_indices_from(gram)] += penalty
    # LAPACK has columns where NumPy has rows: its lower half is the upper one here.
    factor, failed = spotrf(gram.T, lower=True, overwrite_a=True)
    if failed:
        raise InputError(f"EASE cannot invert its matrix with a penalty of {penalty}. Raise EASEConfig.penalty.")
    whole: Float32 = spotri(factor, lower=True, overwrite_c=True)[0].T
    for begin in range(0, len(whole), ROWS):
        rows = slice(begin, begin + ROWS)
        whole[rows, :begin] = whole[:begin, rows].T
        own = np.triu(whole[rows, rows])
        whole[rows, rows] = own + np.triu(own, 1).T
    return whole


def _strongest(inverse: Float32, most: int) -> tuple[Int64, Int64, Float32]:
    """Of B: (how many weights of each row, their columns, and themselves), the `most` furthest from 0."""
    size, diagonal = len(inverse), inverse.diagonal().copy()
    counts, columns, weights = [np.empty(0, np.int64)], [np.empty(0, np.int64)], [np.empty(0, np.float32)]
    for begin in range(0, size, ROWS):
        row = -inverse[begin : begin + ROWS] / diagonal
        row[np.arange(len(row)), begin + np.arange(len(row))] = 0
        column = np.sort(np.argpartition(-np.abs(row), min(most, size) - 1, axis=1)[:, :most], axis=1)
        weight = np.take_along_axis(row, column, axis=1)
        kept = weight != 0
        counts.append(kept.sum(axis=1))
        columns.append(column[kept])
        weights.append(weight[kept])
    return np.concatenate(counts), np.concatenate(columns), np.concatenate(weights)
