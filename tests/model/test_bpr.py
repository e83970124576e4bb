"""BPR: the contract, one step's loss worked out by hand, and two circles of friends."""

import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from shopkeeper.data import Dataset
from shopkeeper.data.sequence import Sequences
from shopkeeper.error import InputError, MissingPart
from shopkeeper.model import Learner
from shopkeeper.model.bpr import BPR, BPRConfig
from shopkeeper.model.bpr_task import negatives, others, pairwise
from shopkeeper.pipeline.batch import batch_of_users
from shopkeeper.pipeline.vectors import TextVectors
from shopkeeper.testing.component import SourceContract, run_on
from shopkeeper.testing.log import Act, asking_with, batch_of_rows, dataset_of
from shopkeeper.training.network_trainer import NetworkTrainer
from shopkeeper.training.trainer_config import TrainerConfig

SMALL = BPRConfig(width=8, negatives=2, dropout=0, pairs=20, first=0.3)


def fitted(dataset: Dataset, epochs: int, seed: int = 3) -> BPR:
    """A BPR that learned so long."""
    trainer = NetworkTrainer(TrainerConfig(epochs=epochs, warm_up=1, learning_rate=0.02, mean=0.5))
    return BPR(SMALL).fit(dataset, replace(run_on(dataset, seed), trainer=trainer))


class TestBPR(SourceContract):
    """The contract."""

    def unfitted(self, vectors: TextVectors) -> Learner:
        return BPR(SMALL)

    def fitted(self, dataset: Dataset, seed: int = 3) -> Learner:
        return fitted(dataset, 3, seed)


def test_who_asks_is_the_sum_of_the_others() -> None:
    # A user of items 0, 1 and 2, another of 1 and 3. Asked for 0, the first is (1 + 2) / sqrt 2.
    query = torch.tensor([[0.0], [1.0], [2.0], [3.0]])
    state = others(Sequences.of([[0, 1, 2], [1, 3]]), query)
    assert state.ravel().tolist() == pytest.approx([3 / 2**0.5, 2 / 2**0.5, 1 / 2**0.5, 3, 1])


def test_the_loss_counts_how_far_the_untaken_stay_behind() -> None:
    # Scores: taken 2 x 3 = 6 against 2 x 3 - log 3 and one that was taken too, which does not count.
    answer = torch.tensor([[3.0], [3 - np.log(3) / 2], [9.0]])
    loss = pairwise(torch.tensor([[2.0]]), answer, Sequences.of([[0]]), np.array([[1, -1]]))
    assert float(loss) == pytest.approx(np.log(1 + 1 / 3))


def test_what_a_user_took_is_never_an_untaken_item() -> None:
    taken = Sequences.of([[0, 2], [1, 2, 3]])
    drawn = negatives(taken, 4, 200, np.random.default_rng(0))
    assert set(drawn[:2].ravel().tolist()) == {-1, 1, 3}
    assert set(drawn[2:].ravel().tolist()) == {-1, 0}


def test_what_the_same_people_take_comes_first() -> None:
    dataset = dataset_of([Act(user, item + 3 * (user % 2), 1) for user in range(20) for item in range(3)], 7)
    score = fitted(dataset, 60).score_all(asking_with(batch_of_rows(batch_of_users(dataset), [-1, -1]), [[0], [3]]))
    assert (score[0, 1:3] > 0.5).all()
    assert (score[1, 4:6] > 0.5).all()
    assert not score[0, 3:].any()
    assert not score[1, [0, 1, 2, 6]].any()


def test_without_a_trainer_or_pytorch_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = dataset_of([Act(0, 0), Act(0, 1)], 3)
    with pytest.raises(InputError, match="trainer"):
        BPR(SMALL).fit(dataset, run_on(dataset))
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingPart, match=r"shopkeeper\[torch\]"):
        BPR(SMALL).fit(dataset, run_on(dataset))
