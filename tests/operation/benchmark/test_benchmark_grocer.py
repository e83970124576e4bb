"""`benchmark grocer` says what the evaluation found, no more and no less."""

from pathlib import Path

import pytest

from shopkeeper.operation.benchmark.grocer import METRIC, benchmark_grocer
from shopkeeper.operation.evaluate import evaluate_shop
from shopkeeper.operation.shop import open_shop


def test_rows_are_the_systems_of_each_task_with_their_intervals(measured_shop: Path) -> None:
    result = benchmark_grocer(measured_shop)
    with open_shop(measured_shop) as shop:
        report = evaluate_shop(shop)
    assert {(row["task"], row["system"]) for row in result.rows} == {
        (task.task, system.name) for task in report.tasks for system in task.systems
    }
    task = report.tasks[0]
    found = task.system("blend").metrics[METRIC]
    row = next(row for row in result.rows if (row["task"], row["system"]) == (task.task, "blend"))
    assert (row[METRIC], row["low"], row["high"]) == (round(found.mean, 4), round(found.low, 4), round(found.high, 4))
    assert row["verdict"] is None  # nothing is compared with itself


def test_the_ratio_is_the_blend_over_the_best_of_the_others(measured_shop: Path) -> None:
    result = benchmark_grocer(measured_shop)
    rows = [row for row in result.rows if row["task"] == "next_basket"]
    value = {str(row["system"]): float(str(row[METRIC])) for row in rows}
    best = max(mean for system, mean in value.items() if system != "blend")
    assert result.ratios["next_basket blend / best other"] == pytest.approx(value["blend"] / best, abs=2e-3)
