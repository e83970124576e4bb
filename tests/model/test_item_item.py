"""Item-item: the contract, and pairs counted by hand."""

from dataclasses import replace

import numpy as np
import pytest

from shopkeeper.data import Dataset
from shopkeeper.model import Learner
from shopkeeper.model.basket import baskets
from shopkeeper.model.item_item import ItemItem, ItemItemConfig
from shopkeeper.pipeline.batch import batch_of_users
from shopkeeper.pipeline.vectors import TextVectors
from shopkeeper.record import EventType
from shopkeeper.testing.component import SourceContract, run_on
from shopkeeper.testing.log import Act, asking_with, batch_of_rows, dataset_of, every_item

RAW = ItemItemConfig(row_power=0, column_power=0, min_count=0.01)
LOG = [Act(0, 0, 40), Act(0, 1, 40), Act(0, 2, 10), Act(1, 0, 5), Act(1, 1, 5), Act(1, 3, 5, EventType.DISMISS)]


class TestItemItem(SourceContract):
    """The contract."""

    def unfitted(self, vectors: TextVectors) -> Learner:
        return ItemItem()


class TestDirectedItemItem(SourceContract):
    """The contract."""

    def unfitted(self, vectors: TextVectors) -> Learner:
        return ItemItem(ItemItemConfig(forward=0.5, backward=0.15, lags=2, gap_days=14, min_count=0.1))


def strengths(learner: ItemItem, item: int) -> dict[int, float]:
    """One item's neighbours."""
    span = slice(learner.start[item], learner.start[item + 1])
    return dict(zip(learner.neighbour[span].tolist(), learner.strength[span].tolist(), strict=True))


def fitted(config: ItemItemConfig, log: list[Act] = LOG) -> tuple[ItemItem, Dataset]:
    """A fitted one and what it was fitted on."""
    dataset = dataset_of(log, 4)
    return ItemItem(config).fit(dataset, run_on(dataset)), dataset


def test_pairs_count_by_where_they_meet() -> None:
    learner, _ = fitted(replace(RAW, same=1, forward=0.5, backward=0.25, lags=1, gap_days=30))
    apart = np.exp(-1)  # thirty days between the baskets of user 0
    assert strengths(learner, 0) == pytest.approx({1: 2, 2: 0.5 * apart})
    assert strengths(learner, 1) == pytest.approx({0: 2, 2: 0.5 * apart})
    assert strengths(learner, 2) == pytest.approx({0: 0.25 * apart, 1: 0.25 * apart})
    assert strengths(learner, 3) == {}


def test_pairs_reach_back_over_as_many_baskets_as_asked() -> None:
    log = [Act(0, 0, 30), Act(0, 1, 20), Act(0, 2, 10), Act(1, 3, 5)]
    near, _ = fitted(replace(RAW, same=0, forward=1, lags=1, gap_days=10), log)
    far, _ = fitted(replace(RAW, same=0, forward=1, lags=5, gap_days=10), log)
    assert strengths(near, 0) == pytest.approx({1: np.exp(-1)})
    assert strengths(far, 0) == pytest.approx({1: np.exp(-1), 2: np.exp(-2)})
    assert strengths(far, 2) == {}  # user 1's basket follows nobody's


def test_cosine_divides_by_how_often_both_are_bought() -> None:
    learner, _ = fitted(ItemItemConfig())
    assert strengths(learner, 0) == pytest.approx({1: 2 / (2**0.5 * 2**0.5)})
    assert strengths(learner, 2) == {}


def test_only_the_strongest_neighbours_are_kept() -> None:
    learner, _ = fitted(replace(RAW, forward=0.5, lags=1, neighbours=1))
    assert list(strengths(learner, 0)) == [1]


def test_context_asks_before_history_and_the_loudest_is_the_cause() -> None:
    learner, dataset = fitted(replace(RAW, forward=0.5, backward=0.25, lags=1, gap_days=30))
    batch = asking_with(batch_of_rows(batch_of_users(dataset), [0, 0]), [[2, 0], []])
    score = learner.score(batch, every_item(batch)).reshape(2, 4)
    apart = np.exp(-1)
    assert score[0].tolist() == pytest.approx([0.25 * apart, 2 + 0.25 * apart, 0.5 * apart, 0])
    assert learner.cause(batch, every_item(batch)).reshape(2, 4)[0].tolist() == [2, 0, 0, -1]
    old, new = np.exp(-40 / 60), np.exp(-10 / 60)  # user 0's taste, faded
    assert score[1].tolist() == pytest.approx(
        [2 * old + 0.25 * apart * new, 2 * old + 0.25 * apart * new, 2 * 0.5 * apart * old, 0], rel=1e-5
    )


def test_a_basket_is_a_session_or_else_a_day() -> None:
    log = [
        Act(0, 0, 10, session=7),
        Act(0, 1, 9, session=7),  # the same session the day after
        Act(0, 2, 9, session=8),
        Act(0, 3, 1.2),
        Act(0, 2, 1.2),
        Act(0, 2, 1.1),  # twice in one basket is once
        Act(1, 0, 10, session=7),  # another user's session of the same name
    ]
    matrix, _ = baskets(dataset_of(log, 4), lags=1, gap_days=30)
    assert matrix.toarray().tolist() == [[1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 1, 1], [1, 0, 0, 0]]
