"""Fitting a Blend on validation lists: score maps first, then weights by coordinate search on NDCG@10."""

from dataclasses import dataclass

import numpy as np

from shopkeeper.pipeline.blend import ScoreMap
from shopkeeper.pipeline.lists import Bool, Float32, Int64, ItemLists

CUT = 10
LEADING_SHARE = 0.001  # of the largest weight
Float64 = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class BlendFitConfig:
    """How weights are searched, starting from the best source alone.

    A change is taken only where its mean gain over the queries is `least_z` standard errors above 0: a weight that
    validation data cannot tell from 0 stays at `floor`, just enough to fill lists that the others leave short.
    """

    steps: tuple[float, ...] = (0.5, 0.8, 1.25, 2.0)  # factors tried on a weight
    starts: tuple[float, ...] = (0.05, 0.2, 0.6)  # tried beside them for a weight at the floor
    floor: float = 0.0001
    rounds: int = 5
    least_z: float = 0.5


@dataclass(frozen=True, slots=True)
class FittedBlend:
    """Weights and maps by source, and the mean NDCG@10 that they reached on the lists they were fitted on.

    `queries` counts these lists; 0 means that nothing was fitted.
    """

    weight: dict[str, float]
    score_map: dict[str, ScoreMap]
    validation: float
    queries: int

    @property
    def leading(self) -> tuple[str, ...]:
        """The sources whose weight is not next to nothing."""
        least = LEADING_SHARE * max(self.weight.values())
        return tuple(name for name, weight in self.weight.items() if weight >= least)


def fit_blend(lists: ItemLists, relevant: Bool, wanted: Int64, config: BlendFitConfig) -> FittedBlend:
    """The blend of the lists' sources that ranks relevant places highest; the rest as in `measured_blend`."""
    return measured_blend(lists, relevant, wanted, config)[0]


def measured_blend(
    lists: ItemLists, relevant: Bool, wanted: Int64, config: BlendFitConfig
) -> tuple[FittedBlend, Float64]:
    """The blend, and the NDCG@10 that it reaches for each query that wants something, in order.

    `relevant` (N,) marks them; `wanted` (B,) counts all relevant items of each query, found by a source or not:
    what nobody found counts against the blend, and is never added to the lists. Queries that want nothing are left out.
    """
    maps = {name: fit_map(lists.part[:, column]) for column, name in enumerate(lists.source)}
    mapped = np.stack([maps[name](lists.part[:, column]) for column, name in enumerate(lists.source)], axis=1)
    measure = _Measure(lists, mapped, relevant, wanted)
    weight, reached = _search(measure, len(lists.source), config)
    named = dict(zip(lists.source, (weight / weight.sum()).tolist(), strict=True))
    return FittedBlend(named, maps, float(reached.mean()), len(reached)), reached


def fit_map(score: Float32) -> ScoreMap:
    """The map whose centre is the median positive score and whose result has unit spread over all places."""
    positive = score[score > 0]
    if not len(positive):
        return ScoreMap(1.0, 1.0)
    centre = float(np.median(positive))
    spread = float(np.log1p(np.maximum(score, 0) / centre).std())
    return ScoreMap(centre, max(spread, 1e-6))


def _search(measure: "_Measure", sources: int, config: BlendFitConfig) -> tuple[Float64, Float64]:
    """Coordinate search: (weights, NDCG@10 of each query)."""
    alone = [measure(_only(column, sources, config.floor)) for column in range(sources)]
    weight = _only(int(np.argmax([each.mean() for each in alone])), sources, config.floor)
    best = measure(weight)
    for _ in range(config.rounds):
        before = best.mean()
        for column in range(sources):
            weight, best = _improved(measure, weight, best, column, config)
        if best.mean() <= before:
            break
    return weight, best


def _improved(
    measure: "_Measure", weight: Float64, best: Float64, column: int, config: BlendFitConfig
) -> tuple[Float64, Float64]:
    """The best of the tried values for one weight, where it is surely better."""
    tried = [weight[column] * step for step in config.steps]
    tried += list(config.starts) if weight[column] <= config.floor else [config.floor]
    for value in tried:
        candidate = weight.copy()
        candidate[column] = max(value, config.floor)
        reached = measure(candidate)
        gain = reached - best
        if gain.mean() > config.least_z * gain.std() / np.sqrt(len(gain)) + 1e-12:
            weight, best = candidate, reached
    return weight, best


def _only(column: int, sources: int, floor: float) -> Float64:
    """Weight 1 on one source, the floor on all others."""
    weight = np.full(sources, floor)
    weight[column] = 1
    return weight


class _Measure:
    """NDCG@10 of each query for any weights, over lists padded once to (queries, longest, sources)."""

    def __init__(self, lists: ItemLists, mapped: Float32, relevant: Bool, wanted: Int64) -> None:
        asked = np.flatnonzero(wanted > 0)
        self._asked, self._found = len(asked), np.flatnonzero(np.diff(lists.offset)[asked] > 0)
        query = asked[self._found]
        place = np.arange(len(lists.item)) - np.repeat(lists.offset[:-1], np.diff(lists.offset))
        row_of = np.full(len(lists), -1)
        row_of[query] = np.arange(len(query))
        row = row_of[lists.row]
        kept = row >= 0
        width = max(int(np.diff(lists.offset).max(initial=0)), CUT)
        self._mapped = np.zeros((len(query), width, mapped.shape[1]), np.float32)
        self._mapped[row[kept], place[kept]] = mapped[kept]
        self._relevant = np.zeros((len(query), width), bool)
        self._relevant[row[kept], place[kept]] = relevant[kept]
        discount = 1 / np.log2(np.arange(CUT) + 2)
        self._discount = discount
        self._ideal = np.concatenate([[0], np.cumsum(discount)])[np.minimum(wanted[query], CUT)]

    def __call__(self, weight: Float64) -> Float64:
        """(Q,) NDCG@10 of the queries that want something, in order; one for which nobody found anything scores 0."""
        score = self._mapped @ weight.astype(np.float32)
        best = np.argpartition(-score, CUT - 1, axis=1)[:, :CUT]
        order = np.take_along_axis(best, np.argsort(-np.take_along_axis(score, best, 1), axis=1, kind="stable"), 1)
        gain = np.take_along_axis(self._relevant, order, 1) @ self._discount
        told = np.zeros(self._asked)
        told[self._found] = gain / self._ideal
        return told
