"""Two towers: the contract, fading memory and scores worked out by hand, and items that nobody took."""

import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from shopkeeper.data import Dataset
from shopkeeper.data.sequence import Sequences
from shopkeeper.error import InputError, MissingPart
from shopkeeper.model import Learner, Run
from shopkeeper.model.two_tower import TwoTower, TwoTowerConfig, faded
from shopkeeper.model.two_tower_task import TwoTowerTask
from shopkeeper.pipeline.batch import batch_of_users
from shopkeeper.pipeline.vectors import TextVectors
from shopkeeper.testing.component import SourceContract, run_on
from shopkeeper.testing.log import batch_of_rows, table_of, vectors_of
from shopkeeper.training.network_trainer import NetworkTrainer
from shopkeeper.training.trainer_config import TrainerConfig

SMALL = TwoTowerConfig(width=8, length=6, dropout=0, steps=60)
TRAINER = TrainerConfig(epochs=3, warm_up=1, learning_rate=0.01, mean=0.5)


class TestTwoTower(SourceContract):
    """The contract."""

    def unfitted(self, vectors: TextVectors) -> Learner:
        return TwoTower(vectors, SMALL)

    def fitted(self, dataset: Dataset, seed: int = 3) -> Learner:
        run = replace(run_on(dataset, seed), trainer=NetworkTrainer(TRAINER))
        return TwoTower(run.vectors, SMALL).fit(dataset, run)


def test_a_memory_fades_step_by_step() -> None:
    taken = Sequences.of([[7, 8, 9], [5]])
    last = np.array([[0.25, 0.5, 1, 0], [0, 0, 0, 1]])
    last[0] /= np.sqrt(0.0625 + 0.25 + 1)
    np.testing.assert_allclose(faded(taken, 0.5, every_step=False).toarray(), last, rtol=1e-6)
    every = faded(taken, 0.5, every_step=True).toarray()
    np.testing.assert_allclose(every[[2, 3]], last, rtol=1e-6)
    np.testing.assert_allclose(every[0], [1, 0, 0, 0])
    np.testing.assert_allclose(every[1], np.array([0.5, 1, 0, 0]) / 1.25**0.5, rtol=1e-6)
    np.testing.assert_allclose(faded(taken, 1.0, every_step=False).toarray()[0], [3**-0.5] * 3 + [0], rtol=1e-6)


def by_hand(shift: float = 0.0) -> TwoTower:
    """Items 0 and 1 were taken; 2 was not, and 3 came after the fit. Texts are A, B, A, A; item 4 has none."""
    vectors = vectors_of(np.eye(2, dtype=np.float32), [0, 1, 0, 0, -1])
    answer = np.log(np.array([[3.0], [1.0]], np.float32))  # A answers 3 times as much as B to who took item 0
    return TwoTower(
        vectors,
        TwoTowerConfig(width=1, cold_shift=shift),
        query=np.array([[1], [0], [1]], np.float32),
        embedding=np.log(np.array([[1], [2], [3]], np.float32)),
        ask=np.ones((2, 1), np.float32),
        answer=answer,
        cold=np.array([False, False, True]),
    )


def test_cold_and_new_items_are_worth_what_their_texts_say() -> None:
    # Who took item 0: logits 0 and log 2 of the warm items, half of log 2 on average; what is cold has log 3.
    batch = batch_of_users(Sequences.of([[0]]).dataset(table_of([{}] * 5)))
    score = by_hand().score_all(batch)
    assert score[0] == pytest.approx([0, np.log(2) / 2, np.log(3 / 2**0.5), np.log(3 / 2**0.5), 0], abs=1e-6)


def test_a_shift_moves_cold_items_alone() -> None:
    batch = batch_of_users(Sequences.of([[0]]).dataset(table_of([{}] * 5)))
    score = by_hand(shift=0.5).score_all(batch)
    cold = np.log(3 / 2**0.5) - 0.5
    assert score[0] == pytest.approx([0, np.log(2) / 2, cold, cold, 0], abs=1e-6)


def test_a_new_item_asks_by_its_text() -> None:
    # Item 3 came after the fit; its text asks as 1 does for item 0.
    batch = batch_of_users(Sequences.of([[0], [3]]).dataset(table_of([{}] * 5)))
    score = by_hand().score_all(batch)
    np.testing.assert_allclose(score[1], score[0])
    retrieved = by_hand().retrieve(batch_of_rows(batch, [1]), 2)
    assert set(retrieved.item.tolist()) == {2, 3}


def test_what_followed_a_text_is_expected_after_it_of_items_that_nobody_took() -> None:
    # Items 0 to 2 carry text A, 3 to 5 text B, 6 text C; nobody took 2, 5 and 6. B follows A.
    vectors = vectors_of(np.eye(3, dtype=np.float32), [0, 0, 0, 1, 1, 1, 2])
    dataset = Sequences.of([[0, 3], [1, 4], [0, 4], [1, 3]] * 5).dataset(table_of([{}] * 7))
    trainer = NetworkTrainer(replace(TRAINER, epochs=100, learning_rate=0.1))
    run = Run(np.random.default_rng(0), vectors, trainer=trainer)
    shown = replace(SMALL, cold_shift=-5.0)  # among few items, warm ones are far ahead
    learner = TwoTower(vectors, shown).fit(dataset, run)
    assert learner.cold.tolist() == [False, False, True, False, False, True, True]
    score = learner.score_all(batch_of_users(Sequences.of([[2]]).dataset(dataset.items)))[0]
    assert score[[3, 4]].min() > score[[0, 1]].max()
    assert score[5] > score[[2, 6]].max() + 0.5


def test_what_is_served_is_what_was_trained() -> None:
    sequences = Sequences.of([[0, 3], [1, 4, 0], [4, 1]])
    vectors = vectors_of(np.eye(2, dtype=np.float32), [0, 0, 0, 1, 1])
    task = TwoTowerTask.of(TwoTower(vectors, SMALL), sequences, 5, np.random.default_rng(0))
    learned = task.learned({name: each.detach().numpy() for name, each in task.network.named_parameters()})
    with torch.no_grad():
        ask, answer = task.network()
    np.testing.assert_allclose(learned.query[[0, 1, 3, 4]], ask.numpy(), rtol=1e-6)
    np.testing.assert_allclose(learned.embedding[[0, 1, 3, 4]], answer.numpy(), rtol=1e-6)
    np.testing.assert_allclose(learned.embedding[2], learned.answer[0], rtol=1e-6)


def test_without_a_trainer_or_pytorch_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = Sequences.of([[0, 1]]).dataset(table_of([{}] * 3))
    run = run_on(dataset)
    with pytest.raises(InputError, match="trainer"):
        TwoTower(run.vectors, SMALL).fit(dataset, run)
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingPart, match=r"shopkeeper\[torch\]"):
        TwoTower(run.vectors, SMALL).fit(dataset, run)
