"""evaluate: every system answers the same queries; lists are judged, the chief is compared with the others."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from shopkeeper.error import InputError
from shopkeeper.evaluation.metric import METRICS, Metric, recall
from shopkeeper.evaluation.probability import ProbabilityFigures, Probable, probability_columns, probability_figures
from shopkeeper.evaluation.result import CandidateRecall, Comparison, SystemResult, TaskResult
from shopkeeper.evaluation.shelf import Shelf, ShelfTally
from shopkeeper.evaluation.significance import (
    RESAMPLES,
    bootstrap_means,
    bootstrap_p,
    holm,
    intervals,
    mean_and_sd,
    permutation_p,
)
from shopkeeper.evaluation.task import Questions, Task
from shopkeeper.evaluation.truth import Truth
from shopkeeper.pipeline.batch import QueryBatch
from shopkeeper.pipeline.lists import Int64, ItemLists
from shopkeeper.record import Progress, silent

Float64 = npt.NDArray[np.float64]


class System(Protocol):
    """What is judged: the very Pipeline that serving runs, or anything that answers like one."""

    def run(self, batch: QueryBatch) -> ItemLists:
        """B lists of at most `batch.n` items, best first."""
        ...


@runtime_checkable
class TwoStage(Protocol):
    """A system that can show the candidates it ranks."""

    def prepared(self, batch: QueryBatch) -> QueryBatch: ...

    def candidates(self, batch: QueryBatch) -> ItemLists: ...


@dataclass(frozen=True, slots=True)
class Judge:
    """How systems are judged: `primary` is the one metric that comparisons are made on, stated before looking.

    More of it must be better.

    With thousands of customers a lead of one in five hundred is certain, and still nobody would run a second model for
    it. So a difference matters from the share `relevant` of the best other system's figure on: at 1 %, that is one more
    product found at the same place for every hundred found now.
    """

    chief: str = "blend"
    primary: str = "NDCG@10"
    metrics: tuple[Metric, ...] = tuple(METRICS.values())
    resamples: int = RESAMPLES
    relevant: float = 0.01
    chunk: int = 256  # queries run at once


def evaluate(
    systems: Mapping[str, System],
    task: Task,
    questions: Questions,
    batch_of: Callable[[Int64], QueryBatch],
    *,
    shelf: Shelf,
    rng: np.random.Generator,
    judge: Judge = Judge(),
    progress: Progress = silent,
) -> TaskResult:
    """Judge all systems on the same questions; `batch_of(rows)` makes the requests of these rows of `questions`.

    With no question there is no figure: the result has no systems. Raises InputError where the chief is not among the
    systems, where the primary metric is not among the metrics or falls, where a question has nothing right, or where
    lists are asked shorter than a metric looks.
    """
    _check_chief(judge.chief, systems)
    _check_primary(judge)
    _check_truth(questions.truth)
    trials = {name: _Trial(system, judge, shelf) for name, system in systems.items()}
    pool = _Pool()
    n = 0
    for rows in _chunks(len(questions), judge.chunk):
        batch, truth = batch_of(rows), questions.truth.of_queries(rows)
        n = batch.n
        _check_depth(n, judge.metrics)
        for trial in trials.values():
            trial.ask(batch, truth)
        pool.look(systems[judge.chief], batch, truth)
        progress(f"evaluating {task.title.lower()}", int(rows[-1]) + 1, len(questions))
    unjudged = _unjudged(task, questions, judge)
    if not len(questions):
        return unjudged
    found, compared = _judged(trials, judge, rng)
    return replace(unjudged, n=n, systems=found, comparisons=compared, candidates=pool.recall())


class _Trial:
    """One system's answers so far: a value for each query and metric, what its lists show, how true its scores are."""

    def __init__(self, system: System, judge: Judge, shelf: Shelf) -> None:
        self._system, self._metrics = system, judge.metrics
        self._probable = isinstance(system, Probable) and system.probable
        self._values: list[Float64] = []
        self._sums: list[Float64] = []
        self._tally = ShelfTally(shelf)
        self.seconds = 0.0

    def ask(self, batch: QueryBatch, truth: Truth) -> None:
        """Run the system on one chunk and judge its lists."""
        began = time.perf_counter()
        lists = self._system.run(batch)
        self.seconds += time.perf_counter() - began
        self._values.append(np.stack([metric(lists, truth) for metric in self._metrics], axis=1))
        self._sums.append(probability_columns(lists, truth) if self._probable else np.empty((len(lists), 0)))
        self._tally.add(lists, batch.history)

    def columns(self) -> tuple[Float64, Float64, Float64]:
        """(Q, metrics), the tally's columns, and those of probabilities: all that resamples are made of."""
        return np.concatenate(self._values), self._tally.columns(), np.concatenate(self._sums)

    def result(self, name: str, means: Float64) -> SystemResult:
        """The figures; `means` (R, all columns) are the bootstrap's."""
        values, shelf, sums = self.columns()
        of_metrics, of_shelf, of_sums = np.split(means, np.cumsum([values.shape[1], shelf.shape[1]]), axis=1)
        names = [metric.name for metric in self._metrics]
        return SystemResult(
            name=name,
            metrics=dict(zip(names, intervals(values, of_metrics), strict=True)),
            shelf=self._tally.figures(of_shelf),
            seconds=round(self.seconds, 3),
            probability=_probability(sums, of_sums),
        )


def _probability(sums: Float64, means: Float64) -> ProbabilityFigures | None:
    """None of a system whose scores are no probabilities."""
    return probability_figures(sums, means) if sums.shape[1] else None


class _Pool:
    """How much of what was right the chief's candidates hold."""

    def __init__(self) -> None:
        self._recall: list[Float64] = []
        self._size: list[Int64] = []

    def look(self, system: System, batch: QueryBatch, truth: Truth) -> None:
        """Count one chunk, where the system can show its candidates."""
        if isinstance(system, TwoStage):
            candidates = system.candidates(system.prepared(batch))
            self._recall.append(recall(candidates, truth))
            self._size.append(np.diff(candidates.offset))

    def recall(self) -> CandidateRecall | None:
        """The means over all queries, None where nothing was looked at."""
        if not self._recall:
            return None
        return CandidateRecall(float(np.concatenate(self._recall).mean()), float(np.concatenate(self._size).mean()))


def _judged(
    trials: Mapping[str, _Trial], judge: Judge, rng: np.random.Generator
) -> tuple[tuple[SystemResult, ...], tuple[Comparison, ...]]:
    """Every system's figures and the chief's comparisons, all from the same resamples of queries."""
    columns = {name: np.concatenate(trial.columns(), axis=1) for name, trial in trials.items()}
    means = bootstrap_means(np.concatenate(list(columns.values()), axis=1), judge.resamples, rng)
    ends = np.cumsum([values.shape[1] for values in columns.values()])
    drawn = dict(zip(trials, np.split(means, ends[:-1], axis=1), strict=True))
    found = tuple(trial.result(name, drawn[name]) for name, trial in trials.items())
    primary = [metric.name for metric in judge.metrics].index(judge.primary)
    values = np.stack([values[:, primary] for values in columns.values()], axis=1)
    return found, _compared(
        list(trials), values, np.stack([each[:, primary] for each in drawn.values()], axis=1), judge, rng
    )


def _compared(
    systems: Sequence[str], values: Float64, means: Float64, judge: Judge, rng: np.random.Generator
) -> tuple[Comparison, ...]:
    """The chief against each other system, on the primary metric: `values` (Q, systems), `means` (R, systems)."""
    chief = systems.index(judge.chief)
    others = [column for column in range(len(systems)) if column != chief]
    if not others:
        return ()
    difference = values[:, [chief]] - values[:, others]
    drawn = means[:, [chief]] - means[:, others]
    p = bootstrap_p(drawn)
    corrected = holm(p)
    second = permutation_p(difference, judge.resamples, rng)
    relevant = judge.relevant * float(values[:, others].mean(axis=0).max())
    return tuple(
        Comparison(
            chief=judge.chief,
            other=systems[other],
            metric=judge.primary,
            difference=interval,
            p=float(p[place]),
            p_holm=float(corrected[place]),
            p_permutation=float(second[place]),
            better=int((difference[:, place] > 0).sum()),
            worse=int((difference[:, place] < 0).sum()),
            equal=int((difference[:, place] == 0).sum()),
            relevant=relevant,
            sd=mean_and_sd(difference[:, place])[1],
        )
        for place, (other, interval) in enumerate(zip(others, intervals(difference, drawn), strict=True))
    )


def _unjudged(task: Task, questions: Questions, judge: Judge) -> TaskResult:
    """The record before any system has answered."""
    return TaskResult(
        task=task.name,
        surface=task.surface,
        title=task.title,
        meaning=task.meaning,
        n=0,
        queries=len(questions),
        right_items=len(questions.truth.item),
        cold=questions.cold,
        without_truth=questions.without_truth,
        other_kind=questions.other_kind,
        unavailable=questions.unavailable,
        primary=judge.primary,
        chief=judge.chief,
        resamples=judge.resamples,
        systems=(),
        comparisons=(),
        candidates=None,
    )


def _check_chief(chief: str, systems: Mapping[str, System]) -> None:
    if chief not in systems:
        raise InputError(f"No system is called {chief!r}; there are: {', '.join(systems)}. Name one of them as chief.")


def _check_primary(judge: Judge) -> None:
    """A comparison calls more of the primary metric better."""
    rising = [metric.name for metric in judge.metrics if metric.rising]
    if judge.primary not in rising:
        raise InputError(f"{judge.primary!r} cannot be the primary metric. Choose one of: {', '.join(rising)}.")


def _check_truth(truth: Truth) -> None:
    """A query with nothing right has no value on any metric, and would make every mean NaN."""
    nothing = int((truth.counts == 0).sum())
    if nothing:
        raise InputError(f"{nothing} of {len(truth)} questions have nothing right: leave them out, and count them.")


def _check_depth(n: int, metrics: Sequence[Metric]) -> None:
    """A metric at 20 of a list of 10 would be one at 10 under a wrong name."""
    deepest = max(metrics, key=lambda metric: metric.k)
    if n < deepest.k:
        raise InputError(f"{deepest.name} needs lists of {deepest.k} items, but {n} are asked: ask for n={deepest.k}.")


def _chunks(size: int, step: int) -> list[Int64]:
    return [np.arange(start, min(start + step, size), dtype=np.int64) for start in range(0, size, step)]
