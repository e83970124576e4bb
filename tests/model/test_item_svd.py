"""Item SVD: the contract, and a matrix small enough to know its factors."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp

from shopkeeper.model import Learner
from shopkeeper.model.item_svd import ItemSVD, ItemSVDConfig
from shopkeeper.model.truncated_svd import truncated_svd
from shopkeeper.pipeline.batch import batch_of_users
from shopkeeper.pipeline.vectors import TextVectors
from shopkeeper.testing.component import SourceContract, run_on
from shopkeeper.testing.log import Act, asking_with, batch_of_rows, dataset_of, every_item

RAW = ItemSVDConfig(factors=4, same=0, backward=0, lags=1, gap_days=1e9, power=0)
# Twice 1 came after 0, once 2 after 0, once 3 after 1.
LOG = [
    *(Act(0, 0, 9), Act(0, 1, 8), Act(1, 0, 9), Act(1, 1, 8)),
    *(Act(2, 0, 9), Act(2, 2, 8), Act(3, 1, 9), Act(3, 3, 8)),
]


class TestItemSVD(SourceContract):
    """The contract."""

    def unfitted(self, vectors: TextVectors) -> Learner:
        return ItemSVD()


def scores_after(config: ItemSVDConfig, item: int) -> list[float]:
    """Every item's score for who looks at one."""
    dataset = dataset_of(LOG, 4)
    learner = ItemSVD(config).fit(dataset, run_on(dataset))
    batch = asking_with(batch_of_rows(batch_of_users(dataset), [0]), [[item]])
    found: list[float] = learner.score(batch, every_item(batch)).tolist()
    return found


def test_all_factors_give_the_counts_back() -> None:
    assert scores_after(RAW, 0) == pytest.approx([0, 2, 1, 0], abs=1e-5)
    assert scores_after(RAW, 1) == pytest.approx([0, 0, 0, 1], abs=1e-5)


def test_one_factor_keeps_the_strongest_direction() -> None:
    # Rows (0, 2, 1, 0) and (0, 0, 0, 1) are orthogonal: of singular values 5^0.5 and 1, the first is kept.
    strongest = replace(RAW, factors=1)
    assert scores_after(strongest, 0) == pytest.approx([0, 2, 1, 0], abs=1e-5)
    assert scores_after(strongest, 1) == [0, 0, 0, 0]


def test_best_sellers_are_divided_by_how_often_they_are_met() -> None:
    # From 0 went 3, from 1 went 1; to 1 came 2, to 2 one, to 3 one.
    assert scores_after(replace(RAW, power=0.5), 0) == pytest.approx([0, 2 / 6**0.5, 1 / 3**0.5, 0], abs=1e-5)


def test_an_item_says_nothing_of_itself() -> None:
    dataset = dataset_of([Act(user, item, 9 - item) for user in range(3) for item in (0, 1)], 2)
    learner = ItemSVD(replace(RAW, factors=1, backward=1)).fit(dataset, run_on(dataset))
    score = learner.score_all(batch_of_rows(batch_of_users(dataset), [0]))
    assert score.shape == (1, 2)
    assert (score >= 0).all()
    seen = asking_with(batch_of_rows(batch_of_users(dataset), [0]), [[0]])
    assert learner.score_all(seen)[0, 0] == 0


def test_factors_are_those_of_an_exact_decomposition() -> None:
    rng = np.random.default_rng(0)
    dense = rng.random((30, 20)).astype(np.float32)
    left, right = truncated_svd(sp.csr_matrix(dense), 5, rng)
    u, s, v = np.linalg.svd(dense, full_matrices=False)
    np.testing.assert_allclose(left @ right.T, (u[:, :5] * s[:5]) @ v[:5], atol=0.05)
    assert (left.shape, right.shape) == ((30, 5), (20, 5))


@pytest.mark.parametrize("rows", [1, 2, 30])
def test_factors_are_the_same_bits_by_any_number_of_threads(rows: int) -> None:
    matrix = sp.csr_matrix(sp.random(rows, 20, density=0.4, dtype=np.float32, random_state=0))
    one, three = (truncated_svd(matrix, 5, np.random.default_rng(0), threads) for threads in (1, 3))
    for alone, together in zip(one, three, strict=True):
        np.testing.assert_array_equal(alone, together)


def test_a_matrix_of_stored_zeros_has_no_factors() -> None:
    """Words that every item has are worth nothing, and are stored."""
    matrix = sp.csr_matrix((np.zeros(3, np.float32), ([0, 1, 2], [0, 0, 1])), shape=(3, 2))
    left, right = truncated_svd(matrix, 2, np.random.default_rng(0))
    assert (left.shape, right.shape) == ((3, 0), (2, 0))
