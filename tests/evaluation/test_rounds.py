"""What several rounds found together, by hand."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from shopkeeper.evaluation.figure import find_figure
from shopkeeper.evaluation.report import DataCounts, EvaluationReport
from shopkeeper.evaluation.result import Comparison, SystemResult, TaskResult
from shopkeeper.evaluation.rounds import SERVED, round_values, rounds_table, together
from shopkeeper.evaluation.shelf import ShelfFigures
from shopkeeper.evaluation.significance import Interval
from shopkeeper.evaluation.split import TimeSplit
from shopkeeper.record import DAY

SPLIT = TimeSplit(60 * DAY, 70 * DAY, 90 * DAY)


def system(name: str, value: float) -> SystemResult:
    figures = ShelfFigures(10, value / 10, 3.0, None, None, 0.0, 0.0)
    return SystemResult(name, {"NDCG@10": Interval(value, value, value)}, figures, 1.0)


def report(chief: str, figures: Mapping[str, float], queries: int = 10) -> EvaluationReport:
    systems = tuple(system(name, value) for name, value in figures.items())
    task = TaskResult(
        task="next_basket",
        surface="home",
        title="Next basket",
        meaning="what they bought",
        n=50,
        queries=queries,
        right_items=20,
        cold=0,
        without_truth=0,
        other_kind=0,
        unavailable=0,
        primary="NDCG@10",
        chief=chief,
        resamples=100,
        systems=systems,
        comparisons=(),
        candidates=None,
    )
    counts = DataCounts(5, 5, 100 + queries, 1000, 50)
    return EvaluationReport("S", "2026-01-02", "0.1.0", 1, SPLIT, counts, (task,), seconds={"a": 1.5, "b": 2.0})


REPORTS = {
    "fold 1 of 2": report("ranker", {"ranker": 0.25, "blend": 0.18, "popular": 0.1}),
    "fold 2 of 2": report("blend", {"blend": 0.3, "popular": 0.32}, queries=12),
}


def test_mean_and_deviation_over_rounds() -> None:
    found = together("folds", REPORTS, ("note",))
    assert [(one.name, one.learned_from, one.seconds) for one in found.rounds] == [
        ("fold 1 of 2", 110, 3.5),
        ("fold 2 of 2", 112, 3.5),
    ]
    assert found.notes == (
        "Next basket asked 12 customers a round at most: take its figures as a first impression, its intervals too.",
        "note",
    )
    (task,) = found.tasks
    assert task.queries == (10, 12)
    assert [one.name for one in task.systems] == [SERVED, "blend", "popular", "ranker"]
    served, blend, popular, ranker = task.systems
    assert served.figures["NDCG@10"].values == (0.25, 0.3)
    assert served.figures["NDCG@10"].mean == pytest.approx(0.275)
    assert served.figures["NDCG@10"].sd == pytest.approx(0.05 / 2**0.5)
    assert served.figures["coverage"].mean == pytest.approx(0.0275)
    assert "gini" not in served.figures
    assert ranker.figures["NDCG@10"].values == (0.25, None)
    assert ranker.figures["NDCG@10"].sd is None
    assert (served.lead, ranker.lead) == (None, None)  # where the ranker ran, it was what is served
    assert popular.lead is not None
    assert popular.lead.mean == pytest.approx((0.15 - 0.02) / 2)
    assert (popular.ahead, popular.rounds) == (1, 2)
    assert (blend.ahead, blend.rounds) == (1, 2)


def test_tables_fit_what_is_asked() -> None:
    (task,) = together("folds", REPORTS, ()).tasks
    heads, rows = rounds_table(task, [find_figure("NDCG@10")])
    assert heads == ["system", "NDCG@10", "sd", "lead", "sd", "ahead in"]
    assert rows[0] == ["what is served", "0.275", "0.035", "", "", ""]
    assert rows[2] == ["popular", "0.210", "0.156", "+0.0650", "0.1202", "1 of 2"]
    heads, rows = rounds_table(task, [find_figure("coverage"), find_figure("gini")])
    assert heads == ["system", "coverage", "sd", "exposure Gini", "sd"]
    assert rows[0] == ["what is served", "2.75 %", "0.35 %", "–", "–"]
    assert round_values(task, find_figure("NDCG@10"))[3] == ["ranker (1 of 2)", "0.250", "–"]


def compared(task: TaskResult, leads: Mapping[str, Interval]) -> TaskResult:
    found = tuple(
        Comparison(task.chief, other, "NDCG@10", lead, 0.5, 0.5, 0.5, 1, 1, 1, 0.002) for other, lead in leads.items()
    )
    return replace(task, comparisons=found)


def test_leads_over_disjoint_customers_are_taken_together() -> None:
    first, second = REPORTS["fold 1 of 2"].tasks[0], REPORTS["fold 2 of 2"].tasks[0]
    wide = Interval(0.01, 0.01 - 1.96 * 0.004, 0.01 + 1.96 * 0.004)  # standard errors .004 and .003
    narrow = Interval(0.02, 0.02 - 1.96 * 0.003, 0.02 + 1.96 * 0.003)
    reports = {
        "a": replace(REPORTS["fold 1 of 2"], tasks=(compared(first, {"blend": wide, "popular": wide}),)),
        "b": replace(REPORTS["fold 2 of 2"], tasks=(compared(second, {"popular": narrow}),)),
    }
    (task,) = together("folds", reports, (), disjoint=True).tasks
    served, blend, popular, ranker = task.systems
    assert (served.pooled, ranker.pooled) == (None, None)
    assert popular.pooled is not None
    # 10 and 12 customers: (10 x .01 + 12 x .02) / 22, error sqrt((10/22 x .004)^2 + (12/22 x .003)^2) = .002446.
    assert popular.pooled.difference.mean == pytest.approx(0.34 / 22)
    assert popular.pooled.difference.high - popular.pooled.difference.mean == pytest.approx(1.96 * 0.002446, abs=1e-6)
    assert popular.pooled.p_holm < 1e-8
    assert popular.pooled.verdict == "better"
    # Of the second fold, whose chief it is, the blend's difference is nothing: .1 / 22, error 10/22 x .004; p = .0124.
    assert blend.pooled is not None
    assert blend.pooled.difference.mean == pytest.approx(0.1 / 22)
    assert blend.pooled.p_holm == pytest.approx(0.0124, abs=2e-4)
    heads, rows = rounds_table(task, [find_figure("NDCG@10")])
    assert heads[-3:] == ["95 % interval", "ahead in", "verdict"]
    assert rows[2][3:] == ["+0.0155", "+0.0107 to +0.0202", "1 of 2", "better (p < 0.001)"]


def test_a_round_in_which_nobody_could_be_asked_counts_for_nothing() -> None:
    whole = REPORTS["fold 1 of 2"]
    nobody = replace(whole, tasks=(replace(whole.tasks[0], systems=(), queries=0),))
    (task,) = together("folds", {"a": whole, "b": nobody}, ()).tasks
    assert task.queries == (10, 0)
    assert task.systems[0].figures["NDCG@10"].values == (0.25, None)
    assert round_values(task, find_figure("NDCG@10"))[0] == ["ranker", "0.250", "–"]
    (task,) = together("folds", {"a": nobody, "b": nobody}, ()).tasks
    assert task.systems == ()


def test_what_is_served_needs_no_row_of_its_own_where_it_is_one_system() -> None:
    same = report("blend", {"blend": 0.3, "popular": 0.1})
    (task,) = together("folds", {"a": same, "b": same}, ()).tasks
    assert task.served == "blend"
    assert [one.name for one in task.systems] == ["blend", "popular"]
    assert task.systems[0].lead is None
    assert rounds_table(task, [find_figure("NDCG@10")])[0][3] == "lead"
