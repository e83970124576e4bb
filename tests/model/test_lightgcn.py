"""LightGCN: the contract, a graph small enough to walk by hand, and who knows whom by a third."""

import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from shopkeeper.data import Dataset
from shopkeeper.data.sequence import Sequences
from shopkeeper.error import InputError, MissingPart
from shopkeeper.model import Learner
from shopkeeper.model.lightgcn import LightGCN, LightGCNConfig
from shopkeeper.model.lightgcn_task import Graph, LightGCNTask
from shopkeeper.model.taken import matrix_of
from shopkeeper.pipeline.batch import batch_of_users
from shopkeeper.pipeline.vectors import TextVectors
from shopkeeper.testing.component import SourceContract, run_on
from shopkeeper.testing.log import Act, asking_with, batch_of_rows, dataset_of
from shopkeeper.training.network_trainer import NetworkTrainer
from shopkeeper.training.trainer_config import TrainerConfig

SMALL = LightGCNConfig(width=8, negatives=2, dropout=0, pairs=20, first=0.3)
# Items 0 and 1 share a user, 1 and 2 another; item 3 has none.
CHAIN = Sequences.of([[0, 1], [1, 2]])


def fitted(dataset: Dataset, epochs: int, seed: int = 3) -> LightGCN:
    """A LightGCN that learned so long."""
    trainer = NetworkTrainer(TrainerConfig(epochs=epochs, warm_up=1, learning_rate=0.02, mean=0.5))
    return LightGCN(SMALL).fit(dataset, replace(run_on(dataset, seed), trainer=trainer))


class TestLightGCN(SourceContract):
    """The contract."""

    def unfitted(self, vectors: TextVectors) -> Learner:
        return LightGCN(SMALL)

    def fitted(self, dataset: Dataset, seed: int = 3) -> Learner:
        return fitted(dataset, 3, seed)


@pytest.mark.parametrize(
    ("layers", "passed", "answer"),
    [
        # Degrees are 2 of both users, 1, 2, 1, 0 of items. From item 0, the first user hears 1 / sqrt(2 x 1); back
        # come 1/2 to item 0 and 1 / sqrt 8 to item 1.
        (1, [1, 0, 0, 0], [1, 0, 0, 0]),
        (2, [1, 0, 0, 0], [1.5, 8**-0.5, 0, 0]),
        (3, [1.5, 8**-0.5 / 2**0.5, 0, 0], [1.5, 8**-0.5, 0, 0]),
        # Once more: of (1/2, 1 / sqrt 8), item 0 hears 1/4 + 1/8, item 1 1/(2 sqrt 8) + 2/(4 sqrt 8), item 2 1/8.
        (4, [1.5, 0.25, 0, 0], [1.875, 2 * 8**-0.5, 0.125, 0]),
    ],
)
def test_layers_are_what_walking_the_graph_gives(layers: int, passed: list[float], answer: list[float]) -> None:
    graph = Graph(torch.tensor([[1.0], [0.0], [0.0], [0.0]]), matrix_of(CHAIN, 4), layers)
    found = [each.detach().ravel().tolist() for each in graph()]
    assert found[0] == pytest.approx(passed)
    assert found[1] == pytest.approx(answer)


def test_gradients_go_back_along_the_graph() -> None:
    graph = Graph(torch.ones(4, 1), matrix_of(CHAIN, 4), 2)
    graph()[1][2].sum().backward()
    assert graph.own.grad is not None
    assert graph.own.grad.ravel().tolist() == pytest.approx([0, 8**-0.5, 1.5, 0])


def test_what_is_served_is_what_was_trained() -> None:
    dataset = CHAIN.dataset(dataset_of([], 4).items)
    task = LightGCNTask.of(LightGCN(SMALL), CHAIN, 4, np.random.default_rng(0))
    learned = task.learned({"own": task.network.own.detach().numpy()})
    query, answer = (each.detach() for each in task.network())
    batch = asking_with(batch_of_rows(batch_of_users(dataset), [-1]), [[0, 2]])
    expected = (query[0] + query[2]) @ answer.T
    assert learned.score_all(batch)[0, 1] == pytest.approx(max(float(expected[1]), 0), abs=1e-6)


def test_what_the_same_people_take_comes_first() -> None:
    dataset = dataset_of([Act(user, item + 3 * (user % 2), 1) for user in range(20) for item in range(3)], 7)
    score = fitted(dataset, 60).score_all(asking_with(batch_of_rows(batch_of_users(dataset), [-1, -1]), [[0], [3]]))
    assert set(np.argsort(-score[0])[:2]) == {1, 2}
    assert set(np.argsort(-score[1])[:2]) == {4, 5}
    assert score[0, 1:3].min() > 2 * score[0, 3:].max()


def test_without_a_trainer_or_pytorch_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = dataset_of([Act(0, 0), Act(0, 1)], 3)
    with pytest.raises(InputError, match="trainer"):
        LightGCN(SMALL).fit(dataset, run_on(dataset))
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingPart, match=r"shopkeeper\[torch\]"):
        LightGCN(SMALL).fit(dataset, run_on(dataset))
