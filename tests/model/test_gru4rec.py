"""GRU4Rec: the contract, two steps worked out by hand, and PyTorch's network beside the one that serves."""

import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from shopkeeper.data import Dataset
from shopkeeper.data.sequence import Sequences
from shopkeeper.error import InputError, MissingPart
from shopkeeper.model import Learner
from shopkeeper.model.gru4rec import GRU4Rec, GRU4RecConfig
from shopkeeper.model.gru4rec_task import GRU4RecTask
from shopkeeper.model.recurrence import Weave, recurred
from shopkeeper.pipeline.batch import batch_of_users
from shopkeeper.pipeline.vectors import TextVectors
from shopkeeper.testing.component import SourceContract, run_on
from shopkeeper.testing.log import table_of
from shopkeeper.training.network_trainer import NetworkTrainer
from shopkeeper.training.trainer_config import TrainerConfig

SMALL = GRU4RecConfig(width=8, layers=2, length=6, dropout=0, steps=60, factors=2, word_factors=2)
SEQUENCES = Sequences.of([[0, 1, 2, 3, 4], [5], [6, 7], [8, 0, 1, 2], [3, 3, 3]])


def fitted(dataset: Dataset, epochs: int, seed: int = 3) -> GRU4Rec:
    """A GRU4Rec that learned so long."""
    trainer = NetworkTrainer(TrainerConfig(epochs=epochs, warm_up=1, learning_rate=0.01, mean=0.5))
    return GRU4Rec(SMALL).fit(dataset, replace(run_on(dataset, seed), trainer=trainer))


class TestGRU4Rec(SourceContract):
    """The contract."""

    def unfitted(self, vectors: TextVectors) -> Learner:
        return GRU4Rec(SMALL)

    def fitted(self, dataset: Dataset, seed: int = 3) -> Learner:
        return fitted(dataset, 3, seed)


def test_two_steps_give_what_was_worked_out_by_hand() -> None:
    # One number: reset 1/2 and update 1/2, for both gates get 0. New states: tanh(log 2) = 3/5 at first, of which half
    # is taken: .3. Then tanh(log 2 + 1/2 (2 x .3)), half of it and half of .3.
    weave = Weave.of(Sequences.of([[0, 0]]))
    entered = np.full((2, 1), np.log(2), np.float32)
    inward, onward = np.array([[0, 0, 1]], np.float32), np.array([[0, 0, 2]], np.float32)
    nothing = np.zeros(3, np.float32)
    state = recurred(entered, weave, inward, onward, nothing, nothing)
    assert state[:, 0] == pytest.approx([0.3, (np.tanh(np.log(2) + 0.3) + 0.3) / 2], abs=1e-6)


def test_an_open_update_gate_keeps_the_state() -> None:
    # The update gate is open by e^20, but for the shift's sign at no step: what was there before stays, which is 0.
    weave = Weave.of(Sequences.of([[0, 0, 0]]))
    inward = np.array([[0, 0, 1]], np.float32)
    shift = np.array([0, 20, 0], np.float32)
    nothing = np.zeros(3, np.float32)
    state = recurred(np.ones((3, 1), np.float32), weave, inward, inward * 0, shift, nothing)
    assert state[:, 0] == pytest.approx([0, 0, 0], abs=1e-6)


def test_steps_are_woven_by_place_and_put_back() -> None:
    weave = Weave.of(Sequences.of([[10, 11], [20, 21, 22], [30]]))
    flat = np.array([10, 11, 20, 21, 22, 30])
    woven = flat[weave.order]
    assert woven.tolist() == [20, 10, 30, 21, 11, 22]
    assert weave.counts.tolist() == [3, 2, 1]
    assert woven[weave.back].tolist() == flat.tolist()
    assert woven[weave.last].tolist() == [11, 22, 30]


def of_random_weights() -> GRU4RecTask:
    """A task whose weights are all random, so that no part of the network can hide."""
    dataset = SEQUENCES.dataset(table_of([{}] * 9))
    task = GRU4RecTask.of(GRU4Rec(SMALL), SEQUENCES, dataset, run_on(dataset))
    with torch.no_grad():
        for each in task.network.parameters():
            each.normal_(std=0.5, generator=torch.Generator().manual_seed(each.numel()))
    return task


def test_what_is_served_is_what_was_trained() -> None:
    task = of_random_weights()
    with torch.no_grad():
        item = task.network.items()
        trained = task.network(item, SEQUENCES).numpy()
    learned = task.learned({name: each.detach().numpy() for name, each in task.network.named_parameters()})
    np.testing.assert_allclose(learned.embedding, item.numpy(), rtol=1e-5, atol=1e-6)
    last = trained[SEQUENCES.offset[1:] - 1]
    every = np.arange(len(SEQUENCES))
    np.testing.assert_allclose(learned._states(SEQUENCES.users(every)), last, rtol=1e-4, atol=1e-5)


def test_the_same_items_in_another_order_lead_elsewhere() -> None:
    dataset = Sequences.of([[0, 1, 2], [1, 0, 3]] * 10).dataset(table_of([{}] * 5))
    score = fitted(dataset, 60).score_all(batch_of_users(Sequences.of([[0, 1], [1, 0]]).dataset(dataset.items)))
    assert score.argmax(axis=1).tolist() == [2, 3]


def test_without_a_trainer_or_pytorch_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = SEQUENCES.dataset(table_of([{}] * 9))
    with pytest.raises(InputError, match="trainer"):
        GRU4Rec(SMALL).fit(dataset, run_on(dataset))
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingPart, match=r"shopkeeper\[torch\]"):
        GRU4Rec(SMALL).fit(dataset, run_on(dataset))
