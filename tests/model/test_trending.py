"""Trending: the contract, and surprise by hand."""

import numpy as np
import pytest

from shopkeeper.model import Learner
from shopkeeper.model.trending import Trending, TrendingConfig
from shopkeeper.pipeline.vectors import TextVectors
from shopkeeper.record import EventType
from shopkeeper.testing.component import SourceContract, run_on
from shopkeeper.testing.log import Act, dataset_of


class TestTrending(SourceContract):
    """The contract."""

    def unfitted(self, vectors: TextVectors) -> Learner:
        return Trending()


def test_surprise_is_how_far_sales_are_from_their_past_in_standard_deviations() -> None:
    acts = [
        *(Act(user, 0, 4.5) for user in range(3)),  # three buyers now, none before
        *(Act(user, 1, 40) for user in range(4)),  # four before
        Act(0, 1, 5),  # and one now
        Act(1, 0, 4.4),  # the same user and day once more: no second sale
        Act(2, 1, 5, EventType.RETURN),
        *(Act(user, 2, 199) for user in range(4)),  # before both windows
    ]
    dataset = dataset_of(acts, 4)
    scores = Trending(TrendingConfig(recent_days=14, past_days=84, prior=3)).fit(dataset, run_on(dataset)).scores
    # Four sales in each window, so the shop as a whole did not move: item 1 expects the four that it had.
    np.testing.assert_allclose(scores, [3 / np.sqrt(3), (1 - 4) / np.sqrt(7), 0, 0], rtol=1e-6)


def test_expectation_moves_with_the_whole_shop() -> None:
    acts = [Act(user, item, ago) for user in range(2) for item in range(2) for ago in (3, 5, 50)]
    dataset = dataset_of(acts, 2)
    scores = Trending().fit(dataset, run_on(dataset)).scores
    assert scores.tolist() == pytest.approx([0, 0])
