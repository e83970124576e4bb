"""Choosing between a blend and a learned ranker, on validation alone; and what the ranker owes to its features."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from shopkeeper.evaluation.result import RankerTrial
from shopkeeper.evaluation.significance import LEVEL, RESAMPLES, Interval, bootstrap_means, bootstrap_p, intervals
from shopkeeper.model.ranker import RankerSpec, Trees, places_of, settled
from shopkeeper.model.ranker_feature import GROUP, SCORES, columns_of
from shopkeeper.pipeline.lists import Float32, Int64
from shopkeeper.training.ranker_fit import CUT, Lesson, RankerFitConfig, grow, ideal_of

Float64 = npt.NDArray[np.float64]
_SCORING = 2  # threads: a hundred thousand places are scored eight times over


@dataclass(frozen=True, slots=True)
class ChoiceConfig:
    """When a ranker takes the blend's place."""

    gain: float = 0.01  # of the blend's NDCG@10, at least: below it nobody would run a second model
    queries: int = 100  # validation customers that there must be at least
    surfaces: int = 1  # whose rankers are chosen together: each may be chosen by luck in its share of the cases alone


@dataclass(frozen=True, slots=True)
class FittedRanker:
    """The trees of one surface and what they read."""

    spec: RankerSpec
    trees: Trees


@dataclass(frozen=True, slots=True)
class Trial:
    """What was tried on a surface: the record for the report, and the ranker where it was chosen."""

    record: RankerTrial
    ranker: FittedRanker | None


def tried(
    task: str,
    spec: RankerSpec,
    lessons: Mapping[str, Lesson],
    validation: Lesson,
    fit: RankerFitConfig,
    choice: ChoiceConfig,
    seed: int,
) -> Trial:
    """The ranker grown on `lessons` (by their cut-off, ISO 8601) against the blend's own order, on `validation`."""
    lists = sum(int(np.count_nonzero(found_of(lesson) > 0)) for lesson in lessons.values())
    if lists < fit.least or len(validation.wanted) < choice.queries:
        why = too_few(lists, len(validation.wanted), fit, choice)
        return untried(task, spec, why, lists, len(validation.wanted))
    trees = grow(list(lessons.values()), fit, seed)
    rng = np.random.default_rng(seed)
    blend, ranker = ndcg_of(validation, _in_order(validation)), _ranked(trees, validation)
    gain, luck = _compared(ranker - blend, choice.surfaces, rng)
    chosen = gain.low > 0 and luck <= 1 - LEVEL and gain.mean >= choice.gain * float(blend.mean())
    record = RankerTrial(
        task=task,
        chosen=chosen,
        why=_why(gain, luck, float(blend.mean()), choice),
        blend=float(blend.mean()),
        ranker=float(ranker.mean()),
        gain=gain,
        queries=len(validation.wanted),
        lists=lists,
        places=sum(len(lesson.relevant) for lesson in lessons.values()),
        cut_offs=tuple(lessons),
        depth=spec.depth,
        recall=validation.recall,
        without=_ablated(trees, validation, spec, rng),
    )
    return Trial(record, FittedRanker(spec, trees) if chosen else None)


def ndcg_of(lesson: Lesson, score: Float32) -> Float64:
    """(Q,) NDCG@10 of a lesson's lists by these scores; what no source proposed counts against them."""
    row = np.repeat(np.arange(len(lesson.count)), lesson.count)
    order = np.lexsort((-score, row))
    place = np.arange(len(row)) - np.repeat(np.cumsum(lesson.count) - lesson.count, lesson.count)
    discount = 1 / np.log2(np.arange(CUT) + 2)
    top = place < CUT
    gained = np.bincount(row[top], lesson.relevant[order][top] * discount[place[top]], minlength=len(lesson.count))
    ideal = ideal_of(lesson.wanted)
    told: Float64 = np.divide(gained, ideal, out=np.zeros(len(gained)), where=ideal > 0)
    return told


def _ranked(trees: Trees, lesson: Lesson) -> Float64:
    """(Q,) NDCG@10 of the lists as the trees order them, equal scores by the blend's order as when they are served."""
    place = places_of(np.concatenate([np.zeros(1, np.int64), np.cumsum(lesson.count)]))
    return ndcg_of(lesson, settled(trees.score(lesson.feature, _SCORING), place))


def found_of(lesson: Lesson) -> Float64:
    """(Q,) how many of its places were right."""
    row = np.repeat(np.arange(len(lesson.count)), lesson.count)
    found: Float64 = np.bincount(row, lesson.relevant, minlength=len(lesson.count)).astype(np.float64)
    return found


def _in_order(lesson: Lesson) -> Float32:
    """(N,) scores that leave every list as it is: best first, as the blend made it."""
    return -np.arange(len(lesson.relevant), dtype=np.float32)


def _ablated(trees: Trees, lesson: Lesson, spec: RankerSpec, rng: np.random.Generator) -> dict[str, float]:
    """The mean NDCG@10 with each group of features shuffled over all places, so that it says nothing of any."""
    told = {}
    for group in (*GROUP, SCORES):
        columns = columns_of(group, spec.sources)
        shuffled = lesson.feature.copy()
        shuffled[:, columns] = shuffled[rng.permutation(len(shuffled))][:, columns]
        told[group] = float(_ranked(trees, replace(lesson, feature=shuffled)).mean())
    return told


def _compared(difference: Float64, surfaces: int, rng: np.random.Generator) -> tuple[Interval, float]:
    """The mean of differences (Q,) with its interval, and its p-value times the surfaces (Bonferroni's correction)."""
    column = difference.reshape(-1, 1)
    means = bootstrap_means(column, RESAMPLES, rng)
    return intervals(column, means)[0], min(1.0, surfaces * float(bootstrap_p(means)[0]))


def _why(gain: Interval, luck: float, blend: float, choice: ChoiceConfig) -> str:
    """The reason of the choice, in words."""
    share = gain.mean / blend if blend else 0.0
    found = f"on validation it is {100 * share:+.1f} % to the blend"
    if gain.low <= 0:
        return f"{found}, and the interval of the difference holds zero"
    if luck > 1 - LEVEL:
        return f"{found}, which may be luck where {choice.surfaces} surfaces are tried (p = {luck:.3f}, corrected)"
    if gain.mean < choice.gain * blend:
        return f"{found}, less than the {100 * choice.gain:.0f} % that matter"
    return found


def untried(task: str, spec: RankerSpec, why: str, lists: int = 0, queries: int = 0) -> Trial:
    """The trial of a surface that could have none, and why."""
    nothing = Interval(0.0, 0.0, 0.0)
    return Trial(RankerTrial(task, False, why, 0.0, 0.0, nothing, queries, lists, 0, (), spec.depth, 0.0, {}), None)


def too_few(lists: int | None, customers: int, fit: RankerFitConfig, choice: ChoiceConfig) -> str:
    """Why nothing could be tried; `lists` is None where none were made, for there are too few customers."""
    made = "" if lists is None else f"{lists} lists to learn from ({fit.least} are needed) and "
    return f"there are {made}{customers} customers to validate on ({choice.queries} are needed)"


def sampled(questions: int, most: int, rng: np.random.Generator) -> Int64:
    """At most so many of the questions, by chance, in order."""
    return np.sort(rng.permutation(questions)[:most]).astype(np.int64)
