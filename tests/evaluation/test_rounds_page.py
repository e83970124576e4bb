"""The page of an evaluation in rounds: what it draws, that it stands alone, and that it says what it cannot tell."""

import json
import re
from dataclasses import replace
from pathlib import Path

from shopkeeper.evaluation.lead import PooledLead
from shopkeeper.evaluation.rounds import OverRounds, Round, RoundsReport, SystemRounds, TaskRounds
from shopkeeper.evaluation.rounds_page import lead_chart, rounds_chart, to_html, write_rounds
from shopkeeper.evaluation.significance import Interval
from shopkeeper.evaluation.split import TimeSplit
from shopkeeper.record import DAY

DAYS = TimeSplit(60 * DAY, 70 * DAY, 90 * DAY)
LEAD = PooledLead(Interval(0.02, 0.01, 0.03), 400, 0.0004, "better")
TASK = TaskRounds(
    task="next_basket",
    title="Next basket",
    primary="NDCG@10",
    served="blend",
    queries=(200, 200),
    systems=(
        SystemRounds("blend", {"NDCG@10": OverRounds(0.3, 0.1414, (0.2, 0.4))}, None, 0, 0),
        SystemRounds("als", {"NDCG@10": OverRounds(0.1, None, (0.1, None))}, OverRounds(0.1, None, (0.1, None)), 1, 1),
        SystemRounds(
            "popular", {"NDCG@10": OverRounds(0.2, 0.0, (0.2, 0.2))}, OverRounds(0.1, 0.1, (0.0, 0.2)), 1, 2, LEAD
        ),
    ),
)
REPORT = RoundsReport(
    shop="Tea & <Sons>",
    created="2026-01-02T03:04:05+00:00",
    code_version="0.1.0",
    protocol="folds",
    rounds=(Round("fold 1 of 2", DAYS, 200, 3.5), Round("fold 2 of 2", DAYS, 200, 4.0)),
    tasks=(TASK, replace(TASK, task="discovery", title="Discovery", queries=(0, 0), systems=())),
    notes=("A note.",),
)


def test_each_round_is_a_dot_on_the_scale_of_all() -> None:
    chart = rounds_chart(TASK)
    assert (chart.scale.low, chart.scale.high) == (0.0, 0.4)
    assert [(row.name, row.place, row.dots, row.strong) for row in chart.rows] == [
        ("blend", 75.0, (50.0, 100.0), True),
        ("ALS (1 of 2)", 25.0, (25.0,), False),
        ("popular", 50.0, (50.0, 50.0), False),
    ]
    assert chart.rows[0].words == "blend: 0.300 on average; 0.200, 0.400"


def test_leads_over_all_customers_are_drawn_with_their_intervals() -> None:
    chart = lead_chart(TASK)
    assert chart is not None
    (mark,) = chart.marks
    assert (mark.name, mark.value, mark.verdict) == ("popular", LEAD.difference, "better")
    alone = replace(TASK, systems=tuple(replace(system, pooled=None) for system in TASK.systems))
    assert lead_chart(alone) is None


def test_the_page_says_who_was_asked_and_escapes_what_others_wrote() -> None:
    page = to_html(REPORT)
    assert "Tea &amp; &lt;Sons&gt;" in page
    assert "folds over customers" in page
    assert "Nobody could be asked in any round." in page
    assert "400 questions" in page
    for words in ("fold 1 of 2", "A note.", "better (p &lt; 0.001)", "1970-03-12", "+0.0100 to +0.0300"):
        assert words in page
    rolling = to_html(replace(REPORT, protocol="rolling"))
    assert "rolling origin" in rolling
    assert "folds over customers" not in rolling


def test_the_page_needs_nothing_beside_itself() -> None:
    page = to_html(REPORT)
    assert not re.search(r"<script|<link|src=|@import|url\(|https?://", page)
    assert page.count("<h1>") == 1
    assert len(re.findall(r'id="([^"]+)"', page)) == len(set(re.findall(r'id="([^"]+)"', page)))


def test_a_page_and_its_figures_lie_side_by_side(tmp_path: Path) -> None:
    told, shown = write_rounds(REPORT, tmp_path / "runs" / "rounds-folds.html")
    assert told == tmp_path / "runs" / "rounds-folds.json"
    assert json.loads(told.read_text("utf-8"))["tasks"][0]["systems"][2]["pooled"]["customers"] == 400
    assert shown.read_text("utf-8") == to_html(REPORT)
