"""How sure a lead is where every customer was asked in one fold: the folds' paired differences, taken together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from shopkeeper.evaluation.result import TaskResult, verdict_of
from shopkeeper.evaluation.significance import Interval, Sample, holm, pooled

LEAST: Final = 30  # customers in all: how far fewer differences scatter is too uncertain to judge a lead by


@dataclass(frozen=True, slots=True)
class PooledLead:
    """What is served minus another system on the primary metric, over all folds' customers, and its verdict.

    `p_holm` is corrected over the systems compared. It takes the folds' models as they came out: how much these would
    vary with other customers to learn from, the deviation over folds tells.
    """

    difference: Interval
    customers: int
    p_holm: float
    verdict: str


def pooled_leads(folds: Sequence[TaskResult]) -> Mapping[str, PooledLead]:
    """By system, of those that are not what is served in every fold, and that LEAST customers or more were shown.

    The folds' customers are disjoint.
    """
    asked = [task for task in folds if task.comparisons]
    names = dict.fromkeys(found.other for task in asked for found in task.comparisons)
    parts = {name: _parts(asked, name) for name in names}
    sizes = {name: sum(part.size for part in told) for name, told in parts.items()}
    together = {name: pooled(told) for name, told in parts.items() if sizes[name] >= LEAST}
    if not together:
        return {}
    corrected = holm(np.array([p for _, p in together.values()]))
    relevant = np.average([task.comparisons[0].relevant for task in asked], weights=[task.queries for task in asked])
    return {
        name: PooledLead(difference, sizes[name], float(p), verdict_of(difference, float(p), float(relevant)))
        for (name, (difference, _)), p in zip(together.items(), corrected, strict=True)
    }


def _parts(asked: Sequence[TaskResult], name: str) -> list[Sample]:
    """One system's differences in the folds that ran it; what is served has none from itself."""
    told = (_difference(task, name) for task in asked)
    return [part for part in told if part is not None]


def _difference(task: TaskResult, name: str) -> Sample | None:
    if task.chief == name:
        return Sample(task.queries, 0.0, 0.0)
    found = next((found for found in task.comparisons if found.other == name), None)
    return None if found is None else Sample(task.queries, found.difference.mean, found.sd)
