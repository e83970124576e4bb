"""Metrics of one list against what was right: (ItemLists, Truth) -> a number for each query.

Lists come best first and without ties, so a metric never has to break one. An item that a list repeats counts at its
first place only. A query with nothing right has no value (NaN) and is left out of means.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt

from shopkeeper.error import InputError
from shopkeeper.evaluation.truth import Truth
from shopkeeper.pipeline.lists import Int64, ItemLists

Float64 = npt.NDArray[np.float64]


def recall(lists: ItemLists, truth: Truth, k: int | None = None) -> Float64:
    """(B,) the share of the right items that are among the first k; all places where k is None.

    Divided by all right items: with more than k of them the best possible value is below 1.
    """
    row, _ = _hits(lists, truth, k)
    return _per_query(np.bincount(row, minlength=len(truth)), truth.counts)


def precision(lists: ItemLists, truth: Truth, k: int) -> Float64:
    """(B,) the share of the first k places that are right; places that a list lacks are wrong."""
    row, _ = _hits(lists, truth, k)
    return _per_query(np.bincount(row, minlength=len(truth)), np.where(truth.counts > 0, k, 0))


def hit_rate(lists: ItemLists, truth: Truth, k: int) -> Float64:
    """(B,) 1 where at least one of the first k is right, else 0."""
    row, _ = _hits(lists, truth, k)
    return _per_query(np.bincount(row, minlength=len(truth)) > 0, truth.counts > 0)


def ndcg(lists: ItemLists, truth: Truth, k: int) -> Float64:
    """(B,) normalised discounted cumulative gain with gain 1 for a right item and discount 1 / log2(place + 1).

    The ideal list has min(k, right items) hits, so a perfect list has 1 (Järvelin & Kekäläinen, TOIS 2002).
    """
    row, place = _hits(lists, truth, k)
    discount = 1 / np.log2(np.arange(k) + 2)
    gained = np.bincount(row, discount[place], minlength=len(truth))
    ideal = np.concatenate([[0], np.cumsum(discount)])[np.minimum(truth.counts, k)]
    return _per_query(gained, ideal)


def mrr(lists: ItemLists, truth: Truth, k: int | None = None) -> Float64:
    """(B,) 1 / the place of the first right item among the first k, 0 where there is none."""
    row, place = _hits(lists, truth, k)
    first = np.zeros(len(truth))
    np.maximum.at(first, row, 1 / (place + 1))
    return _per_query(first, truth.counts > 0)


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric at its cut-off k, under its printed name, with what it says in plain words."""

    name: str
    k: int
    meaning: str
    function: Callable[[ItemLists, Truth, int], Float64]

    def __call__(self, lists: ItemLists, truth: Truth) -> Float64:
        """(B,) one number for each query, NaN where nothing is right."""
        return self.function(lists, truth, self.k)


_ALL: Final = (
    Metric(
        "NDCG@10", 10, "how near the top 10 is to the best possible one; a hit counts more the higher it stands", ndcg
    ),
    Metric("Recall@10", 10, "the share of what they bought that the top 10 holds", recall),
    Metric("Recall@20", 20, "the share of what they bought that the top 20 holds", recall),
    Metric("HitRate@10", 10, "the share of customers who bought at least one of the top 10", hit_rate),
    Metric("MRR@20", 20, "one divided by the place of the first hit in the top 20", mrr),
    Metric("Precision@10", 10, "the share of the top 10 that they bought", precision),
)

METRICS: Final[Mapping[str, Metric]] = MappingProxyType({metric.name: metric for metric in _ALL})


def _hits(lists: ItemLists, truth: Truth, k: int | None) -> tuple[Int64, Int64]:
    """(row, place from 0) of every right item among the first k places, in order."""
    if len(lists) != len(truth):
        raise InputError(f"{len(lists)} lists cannot be judged by the truth of {len(truth)} queries: pass equal rows.")
    size = np.int64(max(lists.item.max(initial=0), truth.item.max(initial=0))) + 1
    row = lists.row
    key = row * size + lists.item
    first = np.zeros(len(key), bool)
    first[np.unique(key, return_index=True)[1]] = True
    place = np.arange(len(key)) - lists.offset[row]
    hit = first & np.isin(key, truth.row * size + truth.item)
    if k is not None:
        hit &= place < k
    return row[hit], place[hit]


def _per_query(value: npt.NDArray[np.generic], best: npt.NDArray[np.generic]) -> Float64:
    """value / best, NaN where best is 0."""
    known = best.astype(np.float64)
    quotient: Float64 = np.divide(value.astype(np.float64), known, out=np.full(len(known), np.nan), where=known > 0)
    return quotient
