"""The report: JSON that comes back the same, a page that stands alone, and a table to print."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from shopkeeper.error import InputError
from shopkeeper.evaluation import wording
from shopkeeper.evaluation.chart import figure_chart, scale_of
from shopkeeper.evaluation.leak import LeakCheck
from shopkeeper.evaluation.report import DataCounts, EvaluationReport, read_report, table
from shopkeeper.evaluation.result import CandidateRecall, Comparison, SystemResult, TaskResult
from shopkeeper.evaluation.shelf import ShelfFigures
from shopkeeper.evaluation.significance import Interval
from shopkeeper.evaluation.split import default_split
from shopkeeper.evaluation.wording import summary
from shopkeeper.record import parse_time

FIGURE = {"blend": 0.203, "personal_frequency": 0.196, "item_item": 0.21}
LEAD = {
    "personal_frequency": Interval(0.0071, 0.0034, 0.0109),
    "item_item": Interval(-0.007, -0.011, 0.002),
}


def system(name: str) -> SystemResult:
    value = FIGURE[name]
    metrics = {key: Interval(value, value - 0.01, value + 0.01) for key in ("NDCG@10", "HitRate@10", "Recall@10")}
    return SystemResult(name, metrics, ShelfFigures(10, 0.031, 3.21, None, None, 0.0, 0.0), 1.5)


def comparison(other: str, p: float) -> Comparison:
    return Comparison("blend", other, "NDCG@10", LEAD[other], p / 2, p, p, 500, 400, 100)


@pytest.fixture
def task() -> TaskResult:
    return TaskResult(
        task="next_basket",
        surface="home",
        title="Next basket",
        meaning="everything in the customer's first basket after the cut",
        n=20,
        queries=1000,
        right_items=9000,
        cold=3,
        without_truth=2,
        other_kind=0,
        unavailable=17,
        primary="NDCG@10",
        chief="blend",
        resamples=1000,
        systems=tuple(system(name) for name in FIGURE),
        comparisons=(comparison("personal_frequency", 0.004), comparison("item_item", 0.2)),
        candidates=CandidateRecall(0.62, 431.5),
    )


@pytest.fixture
def report(task: TaskResult) -> EvaluationReport:
    return EvaluationReport(
        shop="Corner <shop> & Söhne",
        created="2026-01-02T03:04:05Z",
        code_version="0.1.0",
        seed=20,
        split=default_split(parse_time("2017-12-31T12:00:00")),
        data=DataCounts(92331, 92000, 2469, 1_200_000, 200_000),
        tasks=(task,),
        blend_weights={"next_basket": {"personal_frequency": 0.7, "item_item": 0.3}},
        leak_checks=(LeakCheck("2017-11-20T00:00:00Z", 1_200_000, "2017-11-19T23:59:00Z"),),
        notes=("The served bundle was refitted on everything.",),
        seconds={"train": 61.25},
    )


class Page(HTMLParser):
    """Collects what a page says and what it fetches."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.tags: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in {"src", "href", "action"}]

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_json_comes_back_the_same(report: EvaluationReport) -> None:
    assert read_report(report.to_json()) == report


def test_json_of_something_else_is_refused() -> None:
    with pytest.raises(InputError, match="no evaluation report"):
        read_report('{"shop": 3}')


def test_the_page_names_every_system_and_fetches_nothing(report: EvaluationReport) -> None:
    html = report.to_html()
    page = Page()
    page.feed(html)
    text = " ".join(page.text)
    for name in ("blend", "personal frequency", "item item"):
        assert text.count(name) >= 4
    assert "Corner <shop> & Söhne" in text
    assert "<shop>" not in html  # escaped
    assert "The served bundle was refitted on everything." in text
    assert "none of 1,200,000 events at or after it" in text
    assert page.links == []
    assert not {"script", "link", "img", "iframe"} & set(page.tags)
    assert "http" not in html
    drawn = re.findall(r"<svg[^>]*>", html)
    assert sum('aria-label="' in svg for svg in drawn) == len(drawn) - html.count('aria-hidden="true"') == 3 + 2 + 2


def test_write_leaves_two_files_and_no_others(report: EvaluationReport, tmp_path: Path) -> None:
    json_path, html_path = report.write(tmp_path / "runs" / "one")
    assert sorted(path.name for path in json_path.parent.iterdir()) == ["report.html", "report.json"]
    assert read_report(json_path.read_text(encoding="utf-8")) == report
    assert html_path.read_text(encoding="utf-8") == report.to_html()


def test_the_summary_says_what_was_found(task: TaskResult) -> None:
    found, standing, count = summary(task)
    assert found.startswith("Blend finds at least one right product in its top 10 for 20 % of 1,000 customers")
    assert "the best of the others, item item, has 0.210" in standing
    assert "−0.0070, 95 % interval −0.0110 to +0.0020: no difference can be told (p = 0.200" in standing
    assert count == (
        "Of 2 comparisons, blend is better in 1, worse in 0, apart by too little to matter in 0, and 1 cannot be told "
        "apart."
    )


@pytest.mark.parametrize(
    ("difference", "p", "verdict", "words"),
    [
        (Interval(0.0004, 0.0001, 0.0007), 0.001, "ahead", "ahead, too little to matter"),
        (Interval(-0.0019, -0.0025, -0.0003), 0.01, "behind", "behind, too little to matter"),
        (Interval(0.002, 0.0001, 0.004), 0.04, "better", "better"),
        (Interval(-0.002, -0.004, -0.001), 0.04, "worse", "worse"),
        (Interval(0.002, 0.0001, 0.004), 0.05, "unclear", "unclear"),
        (Interval(0.0301, -0.0001, 0.06), 0.04, "unclear", "unclear"),
    ],
)
def test_a_verdict_tells_the_certain_from_what_matters(
    difference: Interval, p: float, verdict: str, words: str
) -> None:
    found = Comparison("blend", "als", "NDCG@10", difference, p, p, p, 5, 4, 1, relevant=0.002)
    assert (found.verdict, wording.verdict(found)) == (verdict, words)


def test_a_sure_lead_of_next_to_nothing_is_said_to_be_so(task: TaskResult) -> None:
    found = Comparison(
        "blend", "item_item", "NDCG@10", Interval(0.0004, 0.0001, 0.0007), 0.001, 0.004, 0.004, 5, 4, 1, 0.0021
    )
    _, standing, count = summary(replace(task, comparisons=(found,)))
    assert "blend is ahead, by too little to matter; a difference matters from 0.0021 on (p = 0.004" in standing
    assert "better in 0, worse in 0, apart by too little to matter in 1, and 0 cannot" in count


def test_shares_of_one_sentence_are_written_alike() -> None:
    assert [wording.share(value) for value in (1.0, 0.203, 0.0996, 0.0514)] == ["100 %", "20 %", "10 %", "5.1 %"]


def test_the_table_has_a_row_for_each_system_best_first(report: EvaluationReport) -> None:
    rows = table(report)
    assert [row["system"] for row in rows] == ["item item", "blend", "personal frequency"]
    assert rows[2]["NDCG@10"] == "0.196"
    assert rows[2]["95 % interval"] == "0.186–0.206"
    assert (rows[2]["blend leads by"], rows[2]["verdict"]) == ("+0.0071", "better (p = 0.004)")
    assert (rows[1]["blend leads by"], rows[1]["verdict"]) == ("", "")
    assert len({tuple(row) for row in rows}) == 1  # the same columns in every row


def test_a_task_that_nobody_was_asked_is_said_to_be_so(report: EvaluationReport, task: TaskResult) -> None:
    nobody = TaskResult(**(task.as_dict() | {"systems": (), "comparisons": (), "candidates": None, "queries": 0}))
    assert summary(nobody) == ["Nobody could be asked: no known customer bought anything that counts after the cut."]
    alone = EvaluationReport("S", "2026-01-02", "0", 1, report.split, report.data, (nobody,))
    assert "Nobody could be asked" in alone.to_html()
    assert table(alone) == []


def test_scales_are_round_and_hold_zero() -> None:
    assert scale_of([0.21, 0.19]).ticks == pytest.approx([0, 0.1, 0.2, 0.3])
    assert scale_of([-0.011, 0.0109]).ticks == pytest.approx([-0.02, -0.01, 0, 0.01, 0.02])
    assert scale_of([]).at(0) == 0


def test_bars_are_in_per_cent_of_the_scale(task: TaskResult) -> None:
    chart = figure_chart(task)
    assert [mark.name for mark in chart.marks] == ["item_item", "blend", "personal_frequency"]
    assert chart.marks[1].place == pytest.approx(100 * 0.203 / 0.3, abs=0.01)
    assert [mark.strong for mark in chart.marks] == [False, True, False]
