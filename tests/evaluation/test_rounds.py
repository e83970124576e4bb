"""What several rounds found together, by hand."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from shopkeeper.evaluation.figure import find_figure
from shopkeeper.evaluation.report import DataCounts, EvaluationReport
from shopkeeper.evaluation.result import Comparison, SystemResult, TaskResult
from shopkeeper.evaluation.rounds import SERVED, round_values, rounds_table, together
from shopkeeper.evaluation.shelf import ShelfFigures
from shopkeeper.evaluation.significance import Interval, Sample
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


def compared(name: str, leads: Mapping[str, Sample]) -> EvaluationReport:
    """The round by this name, with the chief's lead over other systems, customer by customer."""
    (task,) = REPORTS[name].tasks
    found = tuple(
        Comparison(task.chief, other, "NDCG@10", told(lead), 0.5, 0.5, 0.5, 1, 1, 1, 0.002, lead.sd)
        for other, lead in leads.items()
    )
    sizes = {lead.size for lead in leads.values()}
    return replace(REPORTS[name], tasks=(replace(task, comparisons=found, queries=sizes.pop()),))


def told(lead: Sample) -> Interval:
    return Interval(lead.mean, lead.mean, lead.mean)


def test_leads_over_disjoint_customers_are_taken_together() -> None:
    reports = {
        "a": compared("fold 1 of 2", {"blend": Sample(100, 0.01, 0.04), "popular": Sample(100, 0.01, 0.04)}),
        "b": compared("fold 2 of 2", {"popular": Sample(300, 0.02, 0.05)}),
    }
    (task,) = together("folds", reports, (), disjoint=True).tasks
    served, blend, popular, ranker = task.systems
    assert (served.pooled, ranker.pooled) == (None, None)
    assert popular.pooled is not None
    # Mean (100 x .01 + 300 x .02) / 400 = .0175; squares 99 x .04^2 + 299 x .05^2 within the folds, 100 x .0075^2 +
    # 300 x .0025^2 between them: .9134; error sqrt(.9134 / 399 / 400) = .002392; t of 399 degrees 1.9659 errors wide.
    assert popular.pooled.customers == 400
    assert popular.pooled.difference.mean == pytest.approx(0.0175)
    assert popular.pooled.difference.high - popular.pooled.difference.mean == pytest.approx(1.9659 * 0.002392, abs=2e-6)
    assert popular.pooled.p_holm < 1e-8
    assert popular.pooled.verdict == "better"
    # Of the second fold, whose chief it is, the blend's difference is nothing: mean .0025, squares 99 x .04^2 +
    # 100 x .0075^2 + 300 x .0025^2 = .1659; error .0010195; t = 2.452.
    assert blend.pooled is not None
    assert blend.pooled.difference.mean == pytest.approx(0.0025)
    assert blend.pooled.p_holm == pytest.approx(0.0146, abs=2e-4)
    heads, rows = rounds_table(task, [find_figure("NDCG@10")])
    assert heads[-3:] == ["95 % interval", "ahead in", "verdict"]
    assert rows[2][3:] == ["+0.0175", "+0.0128 to +0.0222", "1 of 2", "better (p < 0.001)"]


def test_too_few_customers_in_all_have_no_interval_and_no_verdict() -> None:
    few = {
        "a": compared("fold 1 of 2", {"popular": Sample(1, 0.15, None)}),
        "b": compared("fold 2 of 2", {"popular": Sample(28, 0.15, 0.0)}),
    }
    report = together("folds", few, (), disjoint=True)
    assert [system.pooled for system in report.tasks[0].systems] == [None] * 4
    assert report.notes[-1] == (
        "Next basket asked 29 customers in all rounds, fewer than the 30 from which a lead over all of them gets an "
        "interval and a verdict: there is none."
    )
    assert rounds_table(report.tasks[0], [find_figure("NDCG@10")])[0][-3:] == ["lead", "sd", "ahead in"]


def test_a_system_of_too_few_customers_has_no_deviation_in_the_column_of_intervals() -> None:
    part = {
        "a": compared("fold 1 of 2", {"blend": Sample(12, 0.07, 0.01), "popular": Sample(12, 0.15, 0.01)}),
        "b": compared("fold 2 of 2", {"popular": Sample(18, 0.15, 0.01), "new": Sample(18, 0.1, 0.01)}),
    }
    (second,) = part["b"].tasks
    part["b"] = replace(part["b"], tasks=(replace(second, systems=(*second.systems, system("new", 0.2))),))
    report = together("folds", part, (), disjoint=True)
    heads, rows = rounds_table(report.tasks[0], [find_figure("NDCG@10")])
    assert heads[-4:] == ["lead", "95 % interval", "ahead in", "verdict"]
    told = {row[0]: row[-4:] for row in rows}
    assert told["popular"][1] == "+0.1463 to +0.1537"
    assert told["new (1 of 2)"] == ["+0.1000", "–", "1 of 1", "too few customers"]
    assert told["what is served"] == ["", "", "", ""]
    assert not any("in all rounds" in note for note in report.notes)


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
