"""`benchmark grocer`: how good a shop's lists are by its own evaluation, what is served against all else."""

from pathlib import Path
from typing import Final

from shopkeeper.evaluation.result import Comparison, SystemResult, TaskResult
from shopkeeper.operation.benchmark.machine import describe_machine
from shopkeeper.operation.benchmark.shape import BenchmarkResult, Row, ratio
from shopkeeper.operation.evaluate import evaluate_shop
from shopkeeper.operation.shop import open_shop
from shopkeeper.record import Progress, silent

METRIC: Final = "NDCG@10"
DECIMALS: Final = 4


def benchmark_grocer(folder: Path, *, progress: Progress = silent) -> BenchmarkResult:
    """The evaluation of a shop as rows; it is read back where the shop has not changed since it was made.

    Raises NotFound, LeakError, SettingError.
    """
    machine = describe_machine()
    with open_shop(folder) as shop:
        report = evaluate_shop(shop, progress=progress)
    rows = [row for task in report.tasks for row in _rows(task)]
    ratios = {f"{task.task} {task.chief} / best other": _over_best(task) for task in report.tasks if task.comparisons}
    return BenchmarkResult("grocer", machine, tuple(rows), ratios)


def _rows(task: TaskResult) -> list[Row]:
    """Best first."""
    against = {comparison.other: comparison for comparison in task.comparisons if comparison.metric == METRIC}
    return [_row(task, system, against.get(system.name)) for system in task.ranking]


def _row(task: TaskResult, system: SystemResult, against: Comparison | None) -> Row:
    """A system's mean with its 95 % interval, and by how much the chief beats it, paired by query."""
    found = system.metrics[METRIC]
    row: dict[str, str | int | float | None] = {
        "system": system.name,
        "task": task.task,
        METRIC: round(found.mean, DECIMALS),
        "low": round(found.low, DECIMALS),
        "high": round(found.high, DECIMALS),
        "queries": task.queries,
        f"{task.chief} minus it": None,
        "difference_low": None,
        "difference_high": None,
        "verdict": None,
    }
    if against is not None:
        difference = against.difference
        row[f"{task.chief} minus it"] = round(difference.mean, DECIMALS)
        row["difference_low"] = round(difference.low, DECIMALS)
        row["difference_high"] = round(difference.high, DECIMALS)
        row["verdict"] = against.verdict
    return row


def _over_best(task: TaskResult) -> float:
    """The chief's mean divided by that of the best of the others; 0 where nobody found anything."""
    best = max(system.metrics[METRIC].mean for system in task.systems if system.name != task.chief)
    return ratio(task.system(task.chief).metrics[METRIC].mean, best) if best else 0.0
