"""Implicit ALS: the contract, and the half-step by plain least squares."""

import numpy as np

from shopkeeper.model import Learner
from shopkeeper.model.implicit_als import ImplicitALS, ImplicitALSConfig
from shopkeeper.pipeline.batch import batch_of_users
from shopkeeper.pipeline.vectors import TextVectors
from shopkeeper.testing.component import SourceContract, run_on
from shopkeeper.testing.log import Act, batch_of_rows, dataset_of, every_item

CONFIG = ImplicitALSConfig(factors=4, regularization=0.5)


class TestImplicitALS(SourceContract):
    """The contract."""

    def unfitted(self, vectors: TextVectors) -> Learner:
        return ImplicitALS(CONFIG)


def two_circles() -> list[Act]:
    """Ten users of items 0 to 2, ten of items 3 to 5; one more who has bought item 0 only."""
    bought = [Act(user, item + 3 * (user % 2), 1) for user in range(20) for item in range(3) if (user + item) % 5]
    return [*bought, Act(20, 0, 1), Act(20, 0, 1)]


def test_a_user_is_what_least_squares_makes_of_the_history() -> None:
    dataset = dataset_of([*two_circles(), Act(20, 3, 90)], 7)
    learner = ImplicitALS(CONFIG).fit(dataset, run_on(dataset))
    batch = batch_of_rows(batch_of_users(dataset), [20])
    assert learner.item.tolist() == [0, 1, 2, 3, 4, 5]  # nobody bought item 6
    # (Y' C Y + l I) x = Y' C p, with a confidence of 1 in what was never bought.
    confidence, wanted = np.ones(6), np.zeros(6)
    confidence[0] = np.log(3) * np.exp(-1 / 180)
    confidence[3] = np.log(2) * np.exp(-90 / 180)
    wanted[[0, 3]] = 1
    factors = learner.item_factors.astype(np.float64)
    system = factors.T @ np.diag(confidence) @ factors + 0.5 * np.eye(4)
    user = np.linalg.solve(system, factors.T @ (confidence * wanted))
    score = learner.score(batch, every_item(batch))
    np.testing.assert_allclose(score[:6], factors @ user, rtol=1e-4, atol=1e-5)
    assert score[6] == 0


def test_what_the_same_people_buy_comes_first() -> None:
    dataset = dataset_of(two_circles(), 6)
    learner = ImplicitALS(CONFIG).fit(dataset, run_on(dataset))
    batch = batch_of_rows(batch_of_users(dataset), [20])
    score = learner.score(batch, every_item(batch))
    assert score[1:3].min() > 2 * np.abs(score[3:]).max()


def test_items_of_too_few_buyers_get_no_factors() -> None:
    dataset = dataset_of([Act(user, item, 1) for item in range(4) for user in range(item + 1)], 4)
    learner = ImplicitALS(ImplicitALSConfig(min_users=3)).fit(dataset, run_on(dataset))
    assert learner.item.tolist() == [2, 3]
    assert learner.row_of.tolist() == [-1, -1, 0, 1]


def test_learners_of_one_batch_do_not_share_their_users() -> None:
    dataset = dataset_of(two_circles(), 6)
    batch = batch_of_users(dataset)
    for seed in range(8):  # each gone before the next is made: its address is free again
        learner = ImplicitALS(CONFIG).fit(dataset, run_on(dataset, seed))
        shared = learner.score(batch, every_item(batch))
        own = learner.score(batch_of_users(dataset), every_item(batch))
        np.testing.assert_array_equal(shared, own)
        del learner
