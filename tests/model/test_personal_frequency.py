"""Personal frequency: the contract, and habits and pull by hand."""

import numpy as np
import pytest

from shopkeeper.model import Learner
from shopkeeper.model.personal_frequency import PersonalFrequency, PersonalFrequencyConfig
from shopkeeper.pipeline.batch import batch_of_users
from shopkeeper.pipeline.vectors import TextVectors
from shopkeeper.record import EventType
from shopkeeper.testing.component import SourceContract, run_on
from shopkeeper.testing.log import Act, dataset_of, every_item


class TestPersonalFrequency(SourceContract):
    """The contract."""

    def unfitted(self, vectors: TextVectors) -> Learner:
        return PersonalFrequency()


class TestBuyAgain(SourceContract):
    """The contract."""

    def unfitted(self, vectors: TextVectors) -> Learner:
        return PersonalFrequency(PersonalFrequencyConfig(repeat_power=0.35, trend_power=0.5))


def scores(acts: list[Act], config: PersonalFrequencyConfig, items: int = 3) -> list[list[float]]:
    """Every item's score for each user."""
    dataset = dataset_of(acts, items)
    batch = batch_of_users(dataset)
    learner = PersonalFrequency(config).fit(dataset, run_on(dataset))
    table: list[list[float]] = learner.score(batch, every_item(batch)).reshape(dataset.users, items).tolist()
    return table


def test_each_event_fades_with_its_own_age() -> None:
    acts = [Act(0, 0, 0.0001), Act(0, 0, 120), Act(0, 1, 120, EventType.VIEW)]
    assert scores(acts, PersonalFrequencyConfig())[0] == pytest.approx([1 + np.exp(-1), 0.2 * np.exp(-1), 0], rel=1e-5)


def test_a_return_counts_against_and_never_below_nothing() -> None:
    acts = [Act(0, 0, 60), Act(0, 0, 60), Act(0, 0, 60, EventType.RETURN), Act(0, 1, 60, EventType.DISMISS)]
    assert scores(acts, PersonalFrequencyConfig())[0] == pytest.approx([np.exp(-0.5), 0, 0], rel=1e-5)


def test_items_that_buyers_come_back_for_pull_more() -> None:
    acts = [*(Act(0, 0, 0.0001) for _ in range(3)), Act(1, 0, 0.0001), Act(1, 1, 0.0001)]
    config = PersonalFrequencyConfig(repeat_power=1, repeat_prior=3)
    # Two repeats among three (user, item) pairs: a mean of 2/3. Item 0: (2 + 3 x 2/3) / (2 + 3); item 1: 2 / (1 + 3).
    assert scores(acts, config)[1] == pytest.approx([0.8, 0.5, 0], rel=1e-5)


def test_what_sells_more_than_usual_pulls_more() -> None:
    acts = [Act(0, 0, 0.0001), Act(0, 1, 90)]
    config = PersonalFrequencyConfig(trend_power=1, trend_days=(14, 90), trend_prior=3)
    now = 4 / (14 / 90 + 3)
    old = (2 ** (-90 / 14) + 3) / (0.5 * 14 / 90 + 3)
    assert scores(acts, config)[0] == pytest.approx([now, np.exp(-0.75) * old, 0], rel=1e-4)
