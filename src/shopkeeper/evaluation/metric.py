"""Metrics of one list against what was right: (ItemLists, Truth) -> a number for each query.

Lists come best first and without ties, so a metric never has to break one. An item that a list repeats counts at its
first place only. A query with nothing right has no value (NaN) and is left out of means. docs/evaluation.md has every
metric with its formula, and when it misleads.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt

from shopkeeper.error import InputError
from shopkeeper.evaluation.truth import Truth
from shopkeeper.pipeline.lists import Int64, ItemLists, among

Float64 = npt.NDArray[np.float64]


def recall(lists: ItemLists, truth: Truth, k: int | None = None) -> Float64:
    """(B,) the share of the right items that are among the first k; all places where k is None (Kent et al., 1955).

    Divided by all right items: with more than k of them the best possible value is below 1.
    """
    row, _ = _hits(lists, truth, k)
    return _per_query(np.bincount(row, minlength=len(truth)), truth.counts)


def precision(lists: ItemLists, truth: Truth, k: int) -> Float64:
    """(B,) the share of the first k places that are right; places that a list lacks are wrong (Kent et al., 1955)."""
    row, _ = _hits(lists, truth, k)
    return _per_query(np.bincount(row, minlength=len(truth)), np.where(truth.counts > 0, k, 0))


def f1(lists: ItemLists, truth: Truth, k: int) -> Float64:
    """(B,) the harmonic mean of precision and recall at k, 2 hits / (k + right items) (van Rijsbergen, 1979)."""
    row, _ = _hits(lists, truth, k)
    right = truth.counts
    return _per_query(2 * np.bincount(row, minlength=len(truth)), np.where(right > 0, k + right, 0))


def hit_rate(lists: ItemLists, truth: Truth, k: int) -> Float64:
    """(B,) 1 where at least one of the first k is right, else 0 (Deshpande & Karypis, TOIS 2004)."""
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
    """(B,) 1 / the place of the first right item among the first k, 0 where there is none (Voorhees, TREC-8 1999)."""
    row, place = _hits(lists, truth, k)
    first = np.zeros(len(truth))
    np.maximum.at(first, row, 1 / (place + 1))
    return _per_query(first, truth.counts > 0)


def average_precision(lists: ItemLists, truth: Truth, k: int) -> Float64:
    """(B,) the sum of the precisions at each hit among the first k, divided by min(k, right items).

    Its mean over queries is MAP (Buckley & Voorhees, SIGIR 2000); the divisor makes a perfect list have 1.
    """
    row, place = _hits(lists, truth, k)
    precise = np.bincount(row, (_before(row) + 1) / (place + 1), minlength=len(truth))
    return _per_query(precise, np.minimum(truth.counts, k))


def auc(lists: ItemLists, truth: Truth, k: int) -> Float64:
    """(B,) how often a right item stands above a wrong one, over all such pairs of the `truth.pool` items.

    What the first k places do not hold shares the places below them, and a tied pair counts half: the limited AUC of
    Schröder, Thiele and Lehner (UCERSTI 2011). 0.5 where nothing could be wrong. Raises InputError without a pool.
    """
    row, place = _hits(lists, truth, k)
    listed, hits, right = _listed(lists, truth, k), np.bincount(row, minlength=len(truth)), truth.counts
    wrong = truth.pool - right
    beaten = np.bincount(row, wrong[row] - (place - _before(row)), minlength=len(truth))
    tied = (right - hits) * (wrong - (listed - hits)) / 2
    value = _per_query(beaten + tied, right * wrong)
    value[(right > 0) & (wrong == 0)] = 0.5
    return value


def mean_rank(lists: ItemLists, truth: Truth, k: int) -> Float64:
    """(B,) the mean place of the right items, 1 being the best: less is better.

    Those that the first k places do not hold share the mean of all places below them, up to the last of `truth.pool`.
    Raises InputError without a pool.
    """
    row, place = _hits(lists, truth, k)
    listed, hits, right = _listed(lists, truth, k), np.bincount(row, minlength=len(truth)), truth.counts
    found = np.bincount(row, place + 1, minlength=len(truth))
    below = (listed + 1 + truth.pool) / 2
    return _per_query(found + (right - hits) * below, right)


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric at its cut-off k, under its printed name, with what it says in plain words.

    `rising`: more is better.
    """

    name: str
    k: int
    meaning: str
    function: Callable[[ItemLists, Truth, int], Float64]
    rising: bool = True

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
    Metric("F1@10", 10, "precision and recall of the top 10 in one number, near the smaller of the two", f1),
    Metric(
        "MAP@10",
        10,
        "the mean, over the hits in the top 10, of how many of the places down to it hit",
        average_precision,
    ),
    Metric("AUC@50", 50, "how often something they bought stands above something they did not; 0.5 is chance", auc),
    Metric(
        "MeanRank@50",
        50,
        "the mean place of what they bought among all products; less is better",
        mean_rank,
        rising=False,
    ),
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
    hit = first & among(key, truth.row * size + truth.item)
    if k is not None:
        hit &= place < k
    return row[hit], place[hit]


def _before(row: Int64) -> Int64:
    """How many hits of the same query each hit has before it; `row` is sorted."""
    first = np.searchsorted(row, row)
    before: Int64 = np.arange(len(row)) - first
    return before


def _listed(lists: ItemLists, truth: Truth, k: int) -> Int64:
    """(B,) how many places each list has, k at most. Raises InputError where they and what is right exceed the pool."""
    listed = np.minimum(np.diff(lists.offset), k)
    most = int(np.maximum(listed, truth.counts).max(initial=0))
    if truth.pool < most:
        raise InputError(
            f"Ranks among all items need to know how many there are: the truth says {truth.pool}, and a query has "
            f"{most}. Pass pool=, the number of items that a list could hold."
        )
    return listed


def _per_query(value: npt.NDArray[np.generic], best: npt.NDArray[np.generic]) -> Float64:
    """value / best, NaN where best is 0."""
    known = best.astype(np.float64)
    quotient: Float64 = np.divide(value.astype(np.float64), known, out=np.full(len(known), np.nan), where=known > 0)
    return quotient
