"""Fitting a learned ranker's trees on rolling cut-offs: lists as of each cut, judged by what was bought after it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from shopkeeper.data import Dataset
from shopkeeper.error import LeakError
from shopkeeper.evaluation.truth import Truth, right_places
from shopkeeper.model.fact import Facts, log_price
from shopkeeper.model.ranker import LearnedRanker, RankerSpec, Trees, need_lightgbm
from shopkeeper.pipeline.batch import QueryBatch
from shopkeeper.pipeline.lists import Bool, Float32, Int64
from shopkeeper.pipeline.pipeline import Pipeline
from shopkeeper.record import DAY, format_time

_CHUNK: Final = 256  # requests worked out at once
CUT: Final = 10  # of the NDCG that a ranker is grown and chosen by
_IDEAL: Final = np.append(0.0, np.cumsum(1 / np.log2(np.arange(CUT) + 2)))
Float64 = npt.NDArray[np.float64]

# What any LambdaMART here is grown by: one thread, and one order of sums, so that it is the same every time.
LAMBDAMART: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "objective": "lambdarank",
        "bagging_freq": 1,
        "num_threads": 1,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }
)


@dataclass(frozen=True, slots=True)
class RankerFitConfig:
    """How the trees are grown; chosen on the validation days of the demo's year."""

    depth: int = 40  # places of each list that are ranked; the others follow as the blend has them
    cuts: int = 8  # cut-offs that labels are told after
    step_days: int = 6  # from one to the next: no multiple of a week, so that they fall on all its days
    lists: int = 1000  # of each cut-off at most, chosen at random
    validated: int = 3000  # validation customers at most, chosen at random; more take memory and settle nothing
    least: int = 200  # lists with something right that there must be in all
    trees: int = 120
    rate: float = 0.1
    leaves: int = 8
    least_rows: int = 100  # in a leaf
    features: float = 0.5  # the share that each tree may look at
    rows: float = 0.8  # the share of places that each tree is grown on
    l2: float = 5.0
    bins: int = 127
    truncation: int = 20  # LambdaMART's: pairs with one place above it count


@dataclass(frozen=True, slots=True)
class Lesson:
    """Q lists of one cut-off: `feature` (N, F), `relevant` (N,), `count` (Q,) places of each list, `wanted` (Q,) what
    was right for it, found by a source or not."""

    feature: Float32
    relevant: Bool
    count: Int64
    wanted: Int64

    @property
    def recall(self) -> float:
        """The mean share of what was right that the places hold; 0 without lists."""
        row = np.repeat(np.arange(len(self.count)), self.count)
        found = np.bincount(row, self.relevant, minlength=len(self.count))
        return float((found / np.maximum(self.wanted, 1)).mean()) if len(found) else 0.0


def ideal_of(wanted: Int64) -> Float64:
    """(Q,) the DCG@10 of a list that begins with all that is `wanted` (Q,)."""
    gained: Float64 = _IDEAL[np.minimum(wanted, CUT)]
    return gained


def cut_offs(labels_to: int, window: int, first: int, config: RankerFitConfig) -> list[int]:
    """The times that labels are told after, the latest first: each has `window` microseconds of labels up to
    `labels_to`, and as much of the log before it, which begins at `first`."""
    every = (labels_to - window - step * config.step_days * DAY for step in range(config.cuts))
    return [cut for cut in every if cut >= first + window]


def check_later(learned_to: int, labels_from: int) -> None:
    """Raise LeakError where labels begin before the end (UTC microseconds) of what the sources have learned from."""
    if labels_from < learned_to:
        raise LeakError(
            f"A ranker cannot be fitted on labels from {format_time(labels_from)} on with sources that have learned "
            f"from what came up to {format_time(learned_to)}: their scores would know the answers. Fit the sources on "
            "an earlier snapshot."
        )


def lesson_of(
    pipeline: Pipeline,
    history: Dataset,
    facts: Facts,
    truth: Truth,
    batch_of: Callable[[Int64], QueryBatch],
    spec: RankerSpec,
    *,
    learned_to: int,
) -> Lesson:
    """What the best `depth` places of the pipeline's lists look like, and which were right.

    A right item that no source has proposed is not among them, and none is put there. `learned_to` is the end (UTC
    microseconds) of what the pipeline's sources have learned from: LeakError where that is after `history`, which is as
    of the time that labels begin.
    """
    check_later(learned_to, history.as_of)
    student = LearnedRanker(spec, Trees(""), facts, log_price(history.items.frame["price"].to_numpy()))
    features, relevant, counts = [np.empty((0, len(spec.feature)), np.float32)], [np.empty(0, bool)], []
    for start in range(0, len(truth), _CHUNK):
        rows = np.arange(start, min(start + _CHUNK, len(truth)), dtype=np.int64)
        batch = pipeline.prepared(batch_of(rows))
        ranked = pipeline.ranker.rank(batch, pipeline.candidates(batch))
        ranked = ranked.take(np.flatnonzero(student.head(ranked)).astype(np.int64))
        features.append(student.features(batch, ranked))
        relevant.append(right_places(ranked, truth.of_queries(rows)))
        counts.append(np.diff(ranked.offset))
    count = np.concatenate([np.empty(0, np.int64), *counts])
    return Lesson(np.concatenate(features), np.concatenate(relevant), count, truth.counts)


def grow(lessons: Sequence[Lesson], config: RankerFitConfig, seed: int) -> Trees:
    """Trees grown by LambdaMART on all lessons; the same from the same lessons, to the bit, on one machine.

    LightGBM holds a list against the best order of its own places. Where these lack most of what was right, it takes
    a list for much better than NDCG does, and learns as much from it as from one that has all: so lists are weighed
    by what their best order would reach. Raises MissingPart without LightGBM.
    """
    need_lightgbm()
    import lightgbm

    options = _options(config, seed)
    told = lightgbm.Dataset(
        [lesson.feature for lesson in lessons],
        np.concatenate([lesson.relevant for lesson in lessons]).astype(np.float32),
        group=np.concatenate([lesson.count[lesson.count > 0] for lesson in lessons]),
        weight=np.concatenate([reachable(lesson) for lesson in lessons]),
        params=options,
    )
    return Trees(lightgbm.train(options, told, config.trees).model_to_string())


def reachable(lesson: Lesson) -> Float64:
    """(N,) the NDCG@10 that the best order of each place's list would have."""
    row = np.repeat(np.arange(len(lesson.count)), lesson.count)
    found = np.bincount(row, lesson.relevant, minlength=len(lesson.count)).astype(np.int64)
    reached = ideal_of(found) / np.maximum(ideal_of(lesson.wanted), 1)
    told: Float64 = reached[row]
    return told


def _options(config: RankerFitConfig, seed: int) -> dict[str, Any]:
    """LightGBM's own names for the config."""
    return {
        **LAMBDAMART,
        "learning_rate": config.rate,
        "num_leaves": config.leaves,
        "min_data_in_leaf": config.least_rows,
        "feature_fraction": config.features,
        "bagging_fraction": config.rows,
        "lambda_l2": config.l2,
        "max_bin": config.bins,
        "lambdarank_truncation_level": config.truncation,
        "seed": seed,
    }
