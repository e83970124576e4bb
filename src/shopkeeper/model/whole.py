"""Sources that are one product: what requests ask with, times a fitted matrix, gives the whole catalogue's scores.

One core, (k, m) of what k requests ask with to their (k, m) scores, serves requests and scores catalogues.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
import scipy.sparse as sp

from shopkeeper.model.asking import widened
from shopkeeper.model.learner import gather, retrieve_dense
from shopkeeper.pipeline.batch import QueryBatch
from shopkeeper.pipeline.lists import Float32, Int32, ItemLists

Core = Callable[[sp.csr_matrix], Float32]

LEAST: Final = 1e-5  # a score below it is a rounding error of the product, and proposes nothing


class Whole:
    """What such sources share; a frozen dataclass inherits it, and says what is asked and what comes of it."""

    __slots__ = ()

    def retrieve(self, batch: QueryBatch, n: int) -> ItemLists:
        return retrieve_whole(batch, n, self._asked(batch), self._core)

    def score(self, batch: QueryBatch, lists: ItemLists) -> Float32:
        return score_whole(batch, lists, self._asked(batch), self._core)

    def score_all(self, batch: QueryBatch) -> Float32:
        return widened(self._core(self._asked(batch)), len(batch.eligible))

    def cause(self, batch: QueryBatch, lists: ItemLists) -> Int32:
        return np.full(len(lists.item), -1, np.int32)

    def _asked(self, batch: QueryBatch) -> sp.csr_matrix:
        """(B, m) what each request asks with."""
        raise NotImplementedError

    def _core(self, asked: sp.csr_matrix) -> Float32:
        """(k, m) scores of k requests; each row is summed by itself."""
        raise NotImplementedError


def retrieve_whole(batch: QueryBatch, n: int, asked: sp.csr_matrix, core: Core) -> ItemLists:
    """The n best allowed items of each request that asks with something."""
    return retrieve_dense(batch, n, lambda row: _row_scores(asked, core, row))


def score_whole(batch: QueryBatch, lists: ItemLists, asked: sp.csr_matrix, core: Core) -> Float32:
    """(N,) the score of each place; 0 for items newer than the fit."""
    score = np.zeros(len(lists.item), np.float32)
    for row in range(len(batch)):
        span = slice(lists.offset[row], lists.offset[row + 1])
        dense = _row_scores(asked, core, row) if span.stop > span.start else None
        if dense is not None:
            score[span] = gather(dense, lists.item[span])
    return score


def low_rank(asked: sp.csr_matrix, query: Float32, answer: Float32) -> Float32:
    """(k, m) asked @ query @ answer^T without what each item says of itself; nothing below LEAST.

    `query` and `answer` are (m, d).
    """
    score: Float32 = (asked @ query) @ answer.T
    row = np.repeat(np.arange(asked.shape[0]), np.diff(asked.indptr))
    item = asked.indices
    score[row, item] -= asked.data * np.einsum("nd,nd->n", query[item], answer[item])
    return known(score)


def known(score: Float32) -> Float32:
    """The scores, and 0 for those below LEAST; in place, by a product, which takes a third of an assignment's time."""
    np.multiply(score, score >= LEAST, out=score)
    return score


def _row_scores(asked: sp.csr_matrix, core: Core, row: int) -> Float32 | None:
    """(m,) one request's scores, worked out alone: the same bits whoever asks beside it."""
    if asked.indptr[row] == asked.indptr[row + 1]:
        return None
    scores: Float32 = core(asked[[row]])[0]
    return scores
