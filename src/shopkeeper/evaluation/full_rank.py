"""Ranking one target against the whole catalogue: its place, and the metrics that published tables report.

Sampled negatives would give other figures, and other orders of systems: Krichene and Rendle, On Sampled Metrics for
Item Recommendation, KDD 2020.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt

from shopkeeper.pipeline.lists import Float32, Int32, Int64

Float64 = npt.NDArray[np.float64]

CUTS: Final = (5, 10, 20)


def target_ranks(score: Float32, target: Int32, seen_row: Int64, seen_item: Int32) -> Float64:
    """(B,) the place of each row's target, 1 being the best, among all items but those that the row has seen.

    `score` is (B, n); `seen_row` and `seen_item` (S,) say what is left out. Items of equal score share the mean of
    their places: a model that cannot tell items apart gains nothing from the order of the catalogue. Where a score is
    no number, the other item counts as the better one.
    """
    row = np.arange(len(target))
    reached = score[row, target][:, None]
    equal = score == reached
    above = ~((score < reached) | equal)
    above[seen_row, seen_item] = False
    above[row, target] = False
    equal[seen_row, seen_item] = False
    equal[row, target] = False
    place: Float64 = 1.0 + above.sum(axis=1) + equal.sum(axis=1) / 2
    return place


def rank_metrics(rank: Float64) -> Mapping[str, float]:
    """HR and NDCG at CUTS, means over the ranks; with one target, HR is recall, and the ideal gain is 1."""
    told: dict[str, float] = {}
    for cut in CUTS:
        hit = rank <= cut
        told[f"HR@{cut}"] = float(hit.mean()) if len(rank) else 0.0
        gain = np.where(hit, 1 / np.log2(rank + 1), 0)
        told[f"NDCG@{cut}"] = float(gain.mean()) if len(rank) else 0.0
    return told
