"""The transformer: the contract, one layer worked out by hand, and PyTorch's network beside the one that serves."""

import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from shopkeeper.data import Dataset
from shopkeeper.data.sequence import Sequences
from shopkeeper.error import InputError, MissingPart
from shopkeeper.model import Learner
from shopkeeper.model.attention import attended
from shopkeeper.model.packing import Packing
from shopkeeper.model.transformer import NETWORK, Transformer, TransformerConfig, entered, lifted
from shopkeeper.model.transformer_task import NextItemTask
from shopkeeper.pipeline.batch import batch_of_users
from shopkeeper.pipeline.vectors import TextVectors
from shopkeeper.testing.component import SourceContract, run_on
from shopkeeper.testing.log import table_of
from shopkeeper.training.network_trainer import NetworkTrainer
from shopkeeper.training.trainer_config import TrainerConfig

SMALL = TransformerConfig(width=8, hidden=16, length=6, dropout=0, steps=60, factors=2, word_factors=2)


def fitted(dataset: Dataset, epochs: int, seed: int = 3, config: TransformerConfig = SMALL) -> Transformer:
    """A transformer that learned so long."""
    trainer = NetworkTrainer(TrainerConfig(epochs=epochs, warm_up=1, learning_rate=0.01, mean=0.5))
    return Transformer(config).fit(dataset, replace(run_on(dataset, seed), trainer=trainer))


class TestTransformer(SourceContract):
    """The contract."""

    def unfitted(self, vectors: TextVectors) -> Learner:
        return Transformer(SMALL)

    def fitted(self, dataset: Dataset, seed: int = 3) -> Learner:
        return fitted(dataset, 3, seed)


def test_a_layer_gives_what_was_worked_out_by_hand() -> None:
    # Two steps, A = (3, 1, 1, 3) and B = (3, 3, 1, 1): mean 2, variance 1, so normed (1, -1, -1, 1) and (1, 1, -1, -1).
    # Queries are 0, so likeness is by distance alone: log 3 one step back, 0 for itself. B sees 3/4 of A and 1/4 of
    # itself: (1, -.5, -1, .5). Added to B: (4, 2.5, 0, 1.5), of mean 2 and variance 17/8.
    weight = {
        "norm_scale": np.ones((1, 2, 4), np.float32),
        "norm_shift": np.zeros((1, 2, 4), np.float32),
        "mix": np.stack([np.zeros((4, 4)), np.eye(4), np.eye(4), np.eye(4)])[None].astype(np.float32),
        "lag": np.log(np.array([[[1, 3]]], np.float32)),
        "inner": np.ones((1, 4, 3), np.float32),
        "inner_shift": np.ones((1, 3), np.float32),
        "outer": np.zeros((1, 3, 4), np.float32),
        "outer_shift": np.zeros((1, 4), np.float32),
        "last_scale": np.ones(4, np.float32),
        "last_shift": np.zeros(4, np.float32),
    }
    steps = np.array([[3, 1, 1, 3], [3, 3, 1, 1]], np.float32)
    state = attended(weight, steps, Packing.of(Sequences.of([[0, 1]])))
    assert state[1] == pytest.approx(np.array([2, 0.5, -2, -0.5]) / (17 / 8) ** 0.5, abs=1e-4)
    # A sees itself alone: (4, 0, 0, 4).
    assert state[0] == pytest.approx([1, -1, -1, 1], abs=1e-4)


def test_scores_are_logs_of_lift_over_the_mean_item() -> None:
    # Chances 1, 2 and 3 of 6: the mean item has 2 of 6.
    assert lifted(np.log(np.array([[1, 2, 3]], np.float32)))[0] == pytest.approx([0, 0, np.log(1.5)], abs=1e-6)


def test_the_same_items_in_another_order_lead_elsewhere() -> None:
    dataset = Sequences.of([[0, 1, 2], [1, 0, 3]] * 10).dataset(table_of([{}] * 5))
    score = fitted(dataset, 60).score_all(batch_of_users(Sequences.of([[0, 1], [1, 0]]).dataset(dataset.items)))
    assert score.argmax(axis=1).tolist() == [2, 3]


def of_random_weights(sequences: Sequences) -> NextItemTask:
    """A task whose weights are all random, so that no part of the network can hide."""
    dataset = sequences.dataset(table_of([{}] * 9))
    task = NextItemTask.of(Transformer(SMALL), sequences, dataset, run_on(dataset))
    with torch.no_grad():
        for each in task.network.parameters():
            each.normal_(std=0.5, generator=torch.Generator().manual_seed(each.numel()))
    return task


SEQUENCES = Sequences.of([[0, 1, 2, 3, 4], [5], [6, 7], [8, 0, 1, 2], [3, 3, 3]])


def test_what_is_served_is_what_was_trained() -> None:
    task = of_random_weights(SEQUENCES)
    packing, learned = Packing.of(SEQUENCES), task.learned(weights_of(task))
    with torch.no_grad():
        trained = task.network(task.network.items(), SEQUENCES.item.astype(np.int64), [packing]).numpy()
        np.testing.assert_allclose(learned.embedding, task.network.items().numpy(), rtol=1e-5, atol=1e-6)
    served = attended(
        {name: getattr(learned, name) for name in NETWORK}, entered(learned.embedding[SEQUENCES.item]), packing
    )
    np.testing.assert_allclose(served, trained, rtol=1e-4, atol=1e-5)


def test_a_step_knows_its_own_past_and_nothing_else() -> None:
    learned = of_random_weights(SEQUENCES).learned(weights_of(of_random_weights(SEQUENCES)))
    weight = {name: getattr(learned, name) for name in NETWORK}

    def states(sequences: Sequences) -> np.ndarray:
        return attended(weight, entered(learned.embedding[sequences.item]), Packing.of(sequences))

    together = states(SEQUENCES)
    for row in range(len(SEQUENCES)):
        span = slice(SEQUENCES.offset[row], SEQUENCES.offset[row + 1])
        for length in range(1, span.stop - span.start + 1):
            alone = states(Sequences.of([SEQUENCES.item[span][:length].tolist()]))
            np.testing.assert_allclose(together[span][:length], alone, rtol=1e-4, atol=1e-5)


def weights_of(task: NextItemTask) -> dict[str, np.ndarray]:
    return {name: each.detach().numpy() for name, each in task.network.named_parameters()}


def test_batches_hold_every_sequence_once_and_about_as_many_steps() -> None:
    sequences = Sequences.of([[0] * (2 + row % 5) for row in range(200)])
    dataset = sequences.dataset(table_of([{}] * 2))
    task = NextItemTask.of(Transformer(SMALL), sequences, dataset, run_on(dataset))
    batches = task.batches(np.random.default_rng(0))
    assert sorted(np.concatenate(batches).tolist()) == list(range(200))
    asked = [int((np.diff(sequences.offset)[batch] - 1).sum()) for batch in batches]
    assert len(asked) == 10  # 600 steps are asked for
    assert max(asked) - min(asked) <= 10


def test_without_a_trainer_or_pytorch_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = SEQUENCES.dataset(table_of([{}] * 9))
    with pytest.raises(InputError, match="trainer"):
        Transformer(SMALL).fit(dataset, run_on(dataset))
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingPart, match=r"shopkeeper\[torch\]"):
        Transformer(SMALL).fit(dataset, run_on(dataset))
