"""Blend: the weighted sum of sources' scores, each first passed through a map that was fitted on validation data."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from shopkeeper.pipeline.batch import QueryBatch
from shopkeeper.pipeline.lists import Float32, ItemLists, Reason, top


@dataclass(frozen=True, slots=True)
class ScoreMap:
    """log(1 + max(score, 0) / centre) / spread: a source's raw score on a scale that all sources share.

    In logarithms a sum of sources is a product of their scores, popularity times affinity say, which is how evidence
    adds up. Fitted once over many lists and kept in the bundle, never per list: a source that found nothing good for a
    request must not look as sure as one that did.
    """

    centre: float  # the median of positive scores
    spread: float  # the standard deviation after the logarithm

    def __call__(self, score: Float32) -> Float32:
        return (np.log1p(np.maximum(score, 0) / self.centre) / self.spread).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Blend:
    """Ranks by `sum over sources of weight x map(score)`; `chief` is the source that gave the most."""

    weight: Mapping[str, float]
    score_map: Mapping[str, ScoreMap]
    reason: Mapping[str, Reason]

    def rank(self, batch: QueryBatch, lists: ItemLists) -> ItemLists:
        """The same places, each list best first."""
        given = self.contributions(lists)
        chief = given.argmax(axis=1).astype(np.int32) if given.size else lists.chief
        reasons = np.array([int(self.reason[name]) for name in lists.source], np.int32)
        # Summed column by column: a list gets the same bits alone and among others.
        score = np.zeros(len(lists.item), np.float32)
        for column in given.T:
            score += column
        ranked = replace(lists, score=score, chief=chief, reason=reasons[chief])
        return top(ranked, len(lists.item))

    def contributions(self, lists: ItemLists) -> Float32:
        """(N, S) what each source gives to each place's score."""
        part = np.empty_like(lists.part)
        for column, name in enumerate(lists.source):
            part[:, column] = np.float32(self.weight[name]) * self.score_map[name](lists.part[:, column])
        return part


@dataclass(frozen=True, slots=True)
class Single:
    """Ranks by one source alone, raw; the others' scores are kept for the record."""

    name: str
    reason: Reason

    def rank(self, batch: QueryBatch, lists: ItemLists) -> ItemLists:
        """The same places, each list best first."""
        column = lists.source.index(self.name)
        chief = np.full(len(lists.item), column, np.int32)
        reason = np.full(len(lists.item), int(self.reason), np.int32)
        ranked = replace(lists, score=lists.part[:, column].copy(), chief=chief, reason=reason)
        return top(ranked, len(lists.item))
