"""Feature transitions: the contract, and features that follow each other."""

import numpy as np
import pytest

from shopkeeper.model import Learner, Run
from shopkeeper.model.transition import Transition, TransitionConfig
from shopkeeper.pipeline.batch import batch_of_users
from shopkeeper.pipeline.vectors import TextVectors
from shopkeeper.testing.component import SourceContract
from shopkeeper.testing.log import Act, asking_with, batch_of_rows, dataset_of, vectors_of

TEXT_ALONE = TransitionConfig(factors=0, word_factors=0, penalty=0.5, decay_days=1e9)


class TestTransition(SourceContract):
    """The contract."""

    def unfitted(self, vectors: TextVectors) -> Learner:
        return Transition()


def test_what_followed_a_text_is_expected_after_it_for_new_items_too() -> None:
    # Items 0 and 1 carry text A, 2 and 3 text B. Only 0, and only 2, were ever bought: 2 after 0, by two users.
    vectors = vectors_of(np.eye(2, dtype=np.float32), [0, 0, 1, 1])
    dataset = dataset_of([Act(user, item, 9 - item) for user in range(2) for item in (0, 2)], 4)
    learner = Transition(TEXT_ALONE).fit(dataset, Run(np.random.default_rng(0), vectors))
    # Histories: A twice. Penalty 0.5 x the mean of the variances (2, 0) = 0.5. W: A -> B is 2 / (2 + 0.5) = 0.8.
    batch = asking_with(batch_of_rows(batch_of_users(dataset), [0, 0, 0]), [[0], [1], [2]])
    score = learner.score_all(batch)
    assert score[0] == pytest.approx([0, 0, 0.8, 0.8])
    assert score[1] == pytest.approx([0, 0, 0.8, 0.8])  # item 1 was never bought, but its text was
    assert score[2] == pytest.approx([0, 0, 0, 0])


@pytest.mark.parametrize("text", [-1, 0])
def test_an_item_of_which_nothing_is_known_is_followed_by_nothing(text: int) -> None:
    # Item 0 has no text, and followed but itself, which is no pair; item 1 was never bought.
    vectors = vectors_of(np.eye(2, dtype=np.float32), [-1, text])
    dataset = dataset_of([Act(0, 0, 9), Act(0, 0, 8)], 2)
    learner = Transition().fit(dataset, Run(np.random.default_rng(0), vectors))
    assert learner.score_all(batch_of_users(dataset)).tolist() == [[0, 0]]
