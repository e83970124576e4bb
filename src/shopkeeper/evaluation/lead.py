"""How sure a lead is where every customer was asked in one fold: the folds' paired differences, taken together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from shopkeeper.evaluation.result import TaskResult, verdict_of
from shopkeeper.evaluation.significance import Interval, holm, pooled

_ITSELF: Final = Interval(0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class PooledLead:
    """What is served minus another system on the primary metric, over all folds' customers, and its verdict.

    `p_holm` is corrected over the systems compared. It takes the folds' models as they came out: how much these would
    vary with other customers to learn from, the deviation over folds tells.
    """

    difference: Interval
    p_holm: float
    verdict: str


def pooled_leads(folds: Sequence[TaskResult]) -> Mapping[str, PooledLead]:
    """By system, of those that are not what is served in every fold. The folds' customers are disjoint."""
    asked = [task for task in folds if task.systems]
    names = dict.fromkeys(found.other for task in asked for found in task.comparisons)
    together = {name: pooled(*_parts(asked, name)) for name in names}
    if not together:
        return {}
    corrected = holm(np.array([p for _, p in together.values()]))
    sizes = [task.queries for task in asked if task.comparisons]
    relevant = float(np.average([task.comparisons[0].relevant for task in asked if task.comparisons], weights=sizes))
    return {
        name: PooledLead(difference, float(p), verdict_of(difference, float(p), relevant))
        for (name, (difference, _)), p in zip(together.items(), corrected, strict=True)
    }


def _parts(asked: Sequence[TaskResult], name: str) -> tuple[list[Interval], list[int]]:
    """One system's differences, and the customers of each, in the folds that ran it; against itself there is none."""
    told = [(_difference(task, name), task.queries) for task in asked]
    known = [(difference, queries) for difference, queries in told if difference is not None]
    return [difference for difference, _ in known], [queries for _, queries in known]


def _difference(task: TaskResult, name: str) -> Interval | None:
    if task.chief == name:
        return _ITSELF
    return next((found.difference for found in task.comparisons if found.other == name), None)
