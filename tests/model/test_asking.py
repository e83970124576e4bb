"""What requests ask with, as a matrix."""

import numpy as np
import pytest

from shopkeeper.model.asking import asked_with, widened
from shopkeeper.pipeline.batch import batch_of_users
from shopkeeper.testing.log import Act, asking_with, dataset_of

LOG = [Act(0, 3, 1), Act(0, 1, 2), Act(0, 4, 3), Act(1, 0, 1)]


def test_a_history_asks_by_taste_and_context_instead_of_it() -> None:
    batch = batch_of_users(dataset_of(LOG, 5))
    asked = asked_with(batch, decay_days=1.0, items=5).toarray()
    assert asked[0] == pytest.approx([0, np.exp(-2), 0, np.exp(-1), np.exp(-3)])
    looking = asking_with(batch, [[2, 0], []])
    assert asked_with(looking, 1.0, 5).toarray()[0].tolist() == [1, 0, 1, 0, 0]
    assert asked_with(looking, 1.0, 5).toarray()[1] == pytest.approx([np.exp(-1), 0, 0, 0, 0])


def test_the_strongest_ask_and_nothing_newer_than_the_fit() -> None:
    batch = batch_of_users(dataset_of(LOG, 5))
    assert asked_with(batch, 1.0, 5, most=2).toarray()[0] == pytest.approx([0, np.exp(-2), 0, np.exp(-1), 0])
    assert asked_with(batch, 1.0, items=3).shape == (2, 3)
    assert asked_with(batch, 1.0, items=3).toarray()[0] == pytest.approx([0, np.exp(-2), 0])


def test_a_grown_catalogue_has_no_score_yet() -> None:
    score = np.ones((2, 2), np.float32)
    assert widened(score, 2) is score
    assert widened(score, 3).tolist() == [[1, 1, 0], [1, 1, 0]]
