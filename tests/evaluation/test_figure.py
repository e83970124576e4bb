"""Figures are found by name, and told with their intervals."""

from pathlib import Path

import pytest

from shopkeeper.error import InputError
from shopkeeper.evaluation.figure import FIGURES, find_figure
from shopkeeper.evaluation.metric import METRICS
from shopkeeper.evaluation.result import SystemResult
from shopkeeper.evaluation.shelf import ShelfFigures
from shopkeeper.evaluation.significance import Interval

ROOT = Path(__file__).parents[2]
INTERVAL = {"coverage": Interval(0.0568, 0.0551, 0.0585), "popularity_lift": Interval(-0.031, -0.04, 0.012)}
SYSTEM = SystemResult(
    "blend",
    {"NDCG@10": Interval(0.2034, 0.1951, 0.2117), "MeanRank@50": Interval(38123.4, 37000.2, 39000.9)},
    ShelfFigures(10, 0.0568, 3.2, None, 0.9, 0.0, 0.25, -0.031, 0.5, INTERVAL),
    1.5,
)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("NDCG@10", "0.203 (0.195–0.212)"),
        ("MeanRank@50", "38,123 (37,000–39,001)"),
        ("coverage", "5.68 % (5.51–5.85)"),
        ("novelty", "3.200"),
        ("gini", "–"),
        ("empty", "25.0 %"),
        ("popularity_lift", "−3.10 % (−4.00 to 1.20)"),
        ("log_loss", "–"),
        ("Recall@10", "–"),
    ],
)
def test_a_figure_in_words(name: str, words: str) -> None:
    assert find_figure(name).words(SYSTEM) == words


def test_names_are_read_kindly() -> None:
    assert find_figure("ndcg@10").name == "NDCG@10"
    assert find_figure("Popularity-Lift").name == "popularity_lift"


def test_an_unknown_name_is_told_its_neighbour_and_all_there_are() -> None:
    with pytest.raises(
        InputError, match=r"no metric 'NDCG@100'. Did you mean NDCG@10\? There are: NDCG@10, .*coverage"
    ):
        find_figure("NDCG@100")


def test_the_docs_have_every_figure() -> None:
    page = (ROOT / "docs" / "evaluation.md").read_text("utf-8")
    assert [name for name in FIGURES if f"`{name}`" not in page] == []


def test_every_metric_is_a_figure_with_a_meaning() -> None:
    assert set(METRICS) < set(FIGURES)
    assert all(figure.meaning and figure.head for figure in FIGURES.values())
