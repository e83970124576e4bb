"""EASE: the contract, weights worked out by hand, and a catalogue that is too large."""

from dataclasses import replace

import numpy as np
import pytest

from shopkeeper.error import InputError
from shopkeeper.model import Learner
from shopkeeper.model.ease import EASE, EASEConfig
from shopkeeper.pipeline.batch import batch_of_users
from shopkeeper.pipeline.vectors import TextVectors
from shopkeeper.testing.component import SourceContract, run_on
from shopkeeper.testing.log import Act, asking_with, batch_of_rows, dataset_of

CONFIG = EASEConfig(penalty=1.0, decay_days=1e9)
# Two users took items 0 and 1, one took 1 and 2. Nobody took item 3.
LOG = [*(Act(user, item) for user in (0, 1) for item in (0, 1)), Act(2, 1), Act(2, 2)]


class TestEASE(SourceContract):
    """The contract."""

    def unfitted(self, vectors: TextVectors) -> Learner:
        return EASE(EASEConfig(penalty=1.0))


def weights(config: EASEConfig) -> np.ndarray:
    """(4, 4) what each item says of each other one."""
    dataset = dataset_of(LOG, 4)
    learner = EASE(config).fit(dataset, run_on(dataset))
    batch = asking_with(batch_of_rows(batch_of_users(dataset), [-1] * 4), [[item] for item in range(4)])
    return learner.score_all(batch)


def test_weights_are_those_of_the_inverse() -> None:
    # X^T X + I = (3 2 0; 2 4 1; 0 1 2), of determinant 13, and 13 times its inverse is (7 -4 2; -4 6 -3; 2 -3 8).
    # Weight ij = -inverse ij / inverse jj; what is below 0 proposes nothing.
    expected = [[0, 4 / 6, 0, 0], [4 / 7, 0, 3 / 8, 0], [0, 3 / 6, 0, 0], [0, 0, 0, 0]]
    assert weights(CONFIG) == pytest.approx(np.array(expected), abs=1e-6)


def test_what_speaks_against_an_item_is_told_too() -> None:
    dataset = dataset_of(LOG, 4)
    learner = EASE(CONFIG).fit(dataset, run_on(dataset))
    batch = asking_with(batch_of_rows(batch_of_users(dataset), [-1]), [[0, 1]])
    assert learner.score_all(batch)[0, 2] == pytest.approx(3 / 8 - 2 / 8, abs=1e-6)  # item 0 lowers what item 1 says


def test_the_weights_furthest_from_0_are_kept() -> None:
    kept = weights(replace(CONFIG, neighbours=1))
    assert kept == pytest.approx(np.array([[0, 4 / 6, 0, 0], [4 / 7, 0, 0, 0], [0, 3 / 6, 0, 0], [0] * 4]), abs=1e-6)


def test_a_matrix_of_several_blocks_is_inverted_like_any_other() -> None:
    rng = np.random.default_rng(0)
    acts = [Act(user, int(item)) for user in range(300) for item in rng.integers(0, 600, 12)]
    dataset = dataset_of(acts, 600)
    learner = EASE(replace(CONFIG, neighbours=600)).fit(dataset, run_on(dataset))
    taken = np.zeros((300, 600))
    taken[[act.user for act in acts], [act.item for act in acts]] = 1
    inverse = np.linalg.inv(taken.T @ taken + np.eye(600))
    expected = -inverse / np.diag(inverse)
    np.fill_diagonal(expected, 0)
    batch = asking_with(batch_of_rows(batch_of_users(dataset), [-1] * 600), [[item] for item in range(600)])
    np.testing.assert_allclose(learner.score_all(batch), np.maximum(expected, 0), atol=2e-5)


def test_a_catalogue_too_large_is_refused_with_the_memory_that_it_needs() -> None:
    dataset = dataset_of(LOG, 4)
    assert len(EASE(replace(CONFIG, max_items=3)).fit(dataset, run_on(dataset)).start) == 5  # nobody took the fourth
    with pytest.raises(InputError, match=r"3 items need 0\.0 GB.*item_item or item_svd.*max_items"):
        EASE(replace(CONFIG, max_items=2)).fit(dataset, run_on(dataset))


def test_a_matrix_without_an_inverse_is_said_to_be_one() -> None:
    dataset = dataset_of(LOG[:2], 4)  # pairs (1 1; 1 1)
    with pytest.raises(InputError, match=r"Raise EASEConfig\.penalty"):
        EASE(replace(CONFIG, penalty=0.0)).fit(dataset, run_on(dataset))
