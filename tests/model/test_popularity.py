"""Popularity: the contract, and scores by hand."""

import numpy as np
import pytest

from shopkeeper.model import Learner
from shopkeeper.model.popularity import Popularity, PopularityConfig
from shopkeeper.pipeline.vectors import TextVectors
from shopkeeper.record import EventType
from shopkeeper.testing.component import SourceContract, run_on
from shopkeeper.testing.log import Act, dataset_of, strangers


class TestPopularity(SourceContract):
    """The contract."""

    def unfitted(self, vectors: TextVectors) -> Learner:
        return Popularity()


class TestFirstTimePopularity(SourceContract):
    """The contract."""

    def unfitted(self, vectors: TextVectors) -> Learner:
        return Popularity(PopularityConfig(first_only=True))


def scores(acts: list[Act], config: PopularityConfig) -> list[float]:
    """Fitted scores of three items."""
    dataset = dataset_of(acts, 3)
    return [float(score) for score in Popularity(config).fit(dataset, run_on(dataset)).scores]


def test_an_event_counts_half_after_each_half_life() -> None:
    acts = [Act(0, 0, 10), Act(1, 0, 20), Act(1, 1, 30), Act(0, 2, 10, EventType.VIEW)]
    # Two users; a purchase weighs 1 and a view a fifth of it.
    assert scores(acts, PopularityConfig(half_life_days=10)) == pytest.approx(
        [(0.5 + 0.25) / 2, 0.125 / 2, 0.2 * 0.5 / 2]
    )


def test_only_the_first_purchase_of_each_user_counts_where_asked() -> None:
    acts = [Act(0, 0, 20), Act(0, 0, 10), Act(0, 0, 10), Act(1, 0, 10)]
    assert scores(acts, PopularityConfig(10, first_only=True))[0] == pytest.approx((0.25 + 0.5) / 2)


def test_having_seen_it_before_does_not_make_a_purchase_the_second() -> None:
    acts = [Act(0, 0, 20, EventType.IMPRESSION), Act(0, 0, 10)]
    assert scores(acts, PopularityConfig(10, first_only=True))[0] == pytest.approx(0.5)


def test_a_return_takes_back_what_a_purchase_gave() -> None:
    acts = [Act(0, 0, 10), Act(0, 0, 10, EventType.RETURN), Act(1, 1, 10), Act(1, 2, 10, EventType.DISMISS)]
    for first_only in (False, True):
        assert scores(acts, PopularityConfig(10, first_only)) == pytest.approx([0, 0.25, 0])


def test_the_best_allowed_are_found_far_down_the_order() -> None:
    size = 400
    dataset = dataset_of([Act(user, item) for item in range(size) for user in range(1 + item % 7)], size)
    learner = Popularity().fit(dataset, run_on(dataset))
    eligible = np.zeros(size, bool)
    eligible[[7, 14, 21]] = True  # bought by one user each: at the very end
    lists = learner.retrieve(strangers(2, eligible), 2)
    assert lists.item.tolist() == [7, 14, 7, 14]
