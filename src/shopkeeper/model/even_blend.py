"""EvenBlend: a weighted sum of whole-catalogue scores, each divided by its spread over the catalogue for the request.

Scores of linear models grow with the length and the liveliness of a history. Divided by their standard deviation for
the request, they say how far an item stands out from the rest of the catalogue, which can be added. Belkin et al.,
Combining the Evidence of Multiple Query Representations for Information Retrieval, IP&M 1995, adds scores; Renda and
Straccia, Web Metasearch: Rank vs. Score Based Rank Aggregation Methods, SAC 2003, normalises them by spread.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from shopkeeper.model.learner import retrieve_dense
from shopkeeper.pipeline.batch import QueryBatch
from shopkeeper.pipeline.lists import Float32, Int32, ItemLists, Reason
from shopkeeper.pipeline.role import CatalogueScorer


@dataclass(frozen=True, slots=True)
class EvenBlend:
    """A Source made of sources: it needs every score of each of them, and so proposes exactly its own best items.

    `weight` is by source name, from 0; a source of weight 0 is not asked.
    """

    sources: Mapping[str, CatalogueScorer]
    weight: Mapping[str, float]

    reason = Reason.PEOPLE_LIKE_YOU

    def score_all(self, batch: QueryBatch) -> Float32:
        asked = [name for name, weight in self.weight.items() if weight]
        if not asked:
            return np.zeros((len(batch), len(batch.eligible)), np.float32)
        scores = {name: self.sources[name].score_all(batch) for name in asked}
        return blended(scores, self.weight)

    def retrieve(self, batch: QueryBatch, n: int) -> ItemLists:
        return retrieve_dense(batch, n, lambda row: self._row_scores(batch, row))

    def score(self, batch: QueryBatch, lists: ItemLists) -> Float32:
        score = np.zeros(len(lists.item), np.float32)
        for row in range(len(batch)):
            span = slice(lists.offset[row], lists.offset[row + 1])
            if span.stop > span.start:
                score[span] = self._row_scores(batch, row)[lists.item[span]]
        return score

    def cause(self, batch: QueryBatch, lists: ItemLists) -> Int32:
        return np.full(len(lists.item), -1, np.int32)

    def _row_scores(self, batch: QueryBatch, row: int) -> Float32:
        """(n_items,) one request's scores, worked out alone: the same bits whoever asks beside it."""
        scores: Float32 = self.score_all(batch.alone(row))[0]
        return scores


def blended(scores: Mapping[str, Float32], weight: Mapping[str, float]) -> Float32:
    """(B, n) the weighted sum of each source's (B, n) scores, evened; of one source at least."""
    return weighted({name: evened(score) for name, score in scores.items()}, weight)


def weighted(even: Mapping[str, Float32], weight: Mapping[str, float]) -> Float32:
    """`blended`, of scores that are evened."""
    summed: Float32 = np.zeros_like(next(iter(even.values())))
    for name, score in even.items():
        summed += np.float32(weight[name]) * score
    return summed


def evened(score: Float32) -> Float32:
    """(B, n) scores divided by each row's standard deviation; a row that tells no items apart becomes 0."""
    spread = score.std(axis=1, keepdims=True)
    even: Float32 = np.divide(score, spread, out=np.zeros_like(score), where=spread > 0)
    return even
