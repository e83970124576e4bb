"""TIFU-kNN: the contract, a neighbourhood worked out by hand, and what is kept of users."""

from dataclasses import replace

import numpy as np
import pytest

from shopkeeper.model import Learner
from shopkeeper.model.grouping import alike
from shopkeeper.model.tifu_knn import TIFUKNN, TIFUKNNConfig
from shopkeeper.pipeline.batch import batch_of_users
from shopkeeper.pipeline.vectors import TextVectors
from shopkeeper.testing.component import SourceContract, run_on
from shopkeeper.testing.log import Act, asking_with, batch_of_rows, dataset_of

CONFIG = TIFUKNNConfig(own=0.6, neighbours=1, group_users=6, least_users=5)
# Six users who bought items 0 and 1 on one day, six who bought 2 and 3; item 4 was bought by one user alone.
TWO_KINDS = [Act(user, item + 2 * (user % 2)) for user in range(12) for item in range(2)]


class TestTIFUKNN(SourceContract):
    """The contract."""

    def unfitted(self, vectors: TextVectors) -> Learner:
        return TIFUKNN(replace(CONFIG, least_users=2, group_users=3, neighbours=2))


def test_scores_are_ones_own_habits_and_those_of_the_nearest_group() -> None:
    # A group's vector is (1, 1) of unit length. Who bought 0 scores .6 there and .4 / sqrt 2 more by the group.
    dataset = dataset_of([*TWO_KINDS, Act(12, 0)], 5)
    learner = TIFUKNN(CONFIG).fit(dataset_of(TWO_KINDS, 5), run_on(dataset))
    score = learner.score_all(batch_of_rows(batch_of_users(dataset), [12]))
    half = 0.4 / 2**0.5
    assert score[0] == pytest.approx([0.6 + half, half, 0, 0, 0], abs=1e-5)


def test_habits_fade_and_repeat() -> None:
    # Item 0 was bought today and 120 days ago: 1 + 1/e; item 1 once, 120 days ago: 1/e. Then unit length.
    acts = [Act(0, 0, 0), Act(0, 0, 120), Act(0, 1, 120)]
    dataset = dataset_of(acts, 2)
    learner = TIFUKNN(CONFIG).fit(dataset, run_on(dataset))  # one user makes no group: own habits are all there is
    habit = np.array([1 + np.exp(-1), np.exp(-1)])
    score = learner.score_all(batch_of_users(dataset))
    assert score[0] == pytest.approx(0.6 * habit / np.linalg.norm(habit), abs=1e-5)


def test_nothing_is_kept_of_fewer_users_than_a_group_needs() -> None:
    dataset = dataset_of([*TWO_KINDS, Act(12, 4), Act(12, 4, 9)], 5)
    learner = TIFUKNN(replace(CONFIG, group_users=4)).fit(dataset, run_on(dataset))
    assert sorted(set(learner.item.tolist())) == [0, 1, 2, 3]
    assert len(learner.place) == 2


def test_a_group_keeps_its_commonest_items() -> None:
    dataset = dataset_of([*TWO_KINDS, *(Act(user, 0, 2) for user in range(0, 12, 2))], 5)
    learner = TIFUKNN(replace(CONFIG, kept=1)).fit(dataset, run_on(dataset))
    assert learner.start.tolist() == [0, 1, 2]
    assert 0 in learner.item.tolist()
    assert 1 not in learner.item.tolist()


def test_who_is_near_to_no_group_is_answered_by_own_habits() -> None:
    dataset = dataset_of(TWO_KINDS, 5)
    learner = TIFUKNN(CONFIG).fit(dataset, run_on(dataset))
    batch = asking_with(batch_of_rows(batch_of_users(dataset), [-1]), [[4]])
    assert learner.score_all(batch)[0] == pytest.approx([0, 0, 0, 0, 0.6])


def test_users_of_a_kind_are_grouped_wherever_they_stand() -> None:
    rng = np.random.default_rng(0)
    kind = rng.permutation(np.repeat(np.arange(4), 25))
    place = (np.eye(4)[kind] + 0.1 * rng.standard_normal((100, 4))).astype(np.float32)
    group = alike(place, 4)
    assert len(set(zip(group.tolist(), kind.tolist(), strict=True))) == 4
