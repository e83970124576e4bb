"""IRGAN: the contract, both players' losses worked out by hand, and draws by their chances."""

import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from shopkeeper.data import Dataset
from shopkeeper.data.sequence import Sequences
from shopkeeper.error import InputError, MissingPart
from shopkeeper.model import Learner
from shopkeeper.model.bpr import BPR
from shopkeeper.model.irgan import GENERATOR, IRGAN, IRGANConfig
from shopkeeper.model.irgan_task import IRGANTask, chances, discerned, drawn, rewarded, untaken
from shopkeeper.pipeline.batch import batch_of_users
from shopkeeper.pipeline.vectors import TextVectors
from shopkeeper.testing.component import SourceContract, run_on
from shopkeeper.testing.log import Act, asking_with, batch_of_rows, dataset_of
from shopkeeper.training.network_trainer import NetworkTrainer
from shopkeeper.training.trainer_config import TrainerConfig

SMALL = IRGANConfig(width=8, negatives=2, dropout=0, pairs=20, first=0.3, pool=6, drawn=3)
ALL = torch.ones(1, dtype=torch.bool)


def fitted(dataset: Dataset, epochs: int, seed: int = 3, config: IRGANConfig = SMALL) -> IRGAN:
    """An IRGAN that played so long, after as long a training as BPR."""
    trainer = NetworkTrainer(TrainerConfig(epochs=epochs, warm_up=1, learning_rate=0.02, mean=0.5))
    return IRGAN(config).fit(dataset, replace(run_on(dataset, seed), trainer=trainer))


class TestIRGAN(SourceContract):
    """The contract."""

    def unfitted(self, vectors: TextVectors) -> Learner:
        return IRGAN(SMALL)

    def fitted(self, dataset: Dataset, seed: int = 3) -> Learner:
        return fitted(dataset, 3, seed)


def test_the_discriminator_is_told_which_of_a_pair_was_taken() -> None:
    # What was drawn scores as high, and log 3 lower: chances of 1/2 and 3/4 that the taken one is real.
    loss = discerned(torch.tensor([[0.0, -np.log(3.0)]]), ALL)
    assert float(loss) == pytest.approx(-(np.log(1 / 2) + np.log(3 / 4)) / 2)


def test_the_generator_is_pushed_to_what_was_taken_for_real() -> None:
    # Rewards log 4 and log 2, of mean log(8) / 2: half of log 2 to either side. Two draws halve it again.
    chance = torch.tensor([[-1.0, -2.0]], requires_grad=True)
    loss = rewarded(chance, torch.tensor([[np.log(3.0), 0.0]]), ALL)
    assert float(loss.detach()) == pytest.approx(np.log(2) / 4 * (1 - 2))
    loss.backward()  # type: ignore[no-untyped-call]
    assert chance.grad is not None
    assert chance.grad[0].tolist() == pytest.approx([-np.log(2) / 4, np.log(2) / 4])


def test_draws_follow_the_chances() -> None:
    chance = np.tile(np.array([[0.5, 0, 0.25, 0.25], [0, 0, 0, 1]], np.float32), (1, 1))
    place = drawn(chance, 4_000, np.random.default_rng(0))
    share = np.bincount(place[0], minlength=4) / 4_000
    assert share == pytest.approx([0.5, 0, 0.25, 0.25], abs=0.03)
    assert set(place[1].tolist()) == {3}


def test_what_a_user_took_is_never_drawn() -> None:
    told = untaken(Sequences.of([[1, 4], [2, 5, 9]]), np.array([1, 2, 3, 9]))
    assert told[0].tolist() == told[1].tolist() == [False, True, True, True]
    assert told[2].tolist() == told[4].tolist() == [True, False, True, False]
    chance = chances(torch.zeros(1, 4), told[2:3]).exp()[0].tolist()
    assert chance == pytest.approx([0.5, 0, 0.5, 0])


def test_both_players_begin_as_what_bpr_learned_and_either_is_served() -> None:
    dataset = dataset_of([Act(user, item + 3 * (user % 2), 1) for user in range(20) for item in range(3)], 7)
    run = replace(run_on(dataset), trainer=NetworkTrainer(TrainerConfig(epochs=2)))
    before = BPR(SMALL.before).fit(dataset, run)
    task = IRGANTask.of(IRGAN(replace(SMALL, served=GENERATOR)), before, Sequences.of([[0, 1]]))
    weights = {name: each.detach().numpy() for name, each in task.network.named_parameters()}
    np.testing.assert_array_equal(weights["discriminator.query"], weights["generator.query"])
    weights["discriminator.answer"] = weights["discriminator.answer"] * 0
    np.testing.assert_array_equal(task.learned(weights).answer, before.answer)


def test_what_the_same_people_take_comes_first() -> None:
    dataset = dataset_of([Act(user, item + 3 * (user % 2), 1) for user in range(20) for item in range(3)], 7)
    for config in (SMALL, replace(SMALL, served=GENERATOR)):
        learner = fitted(dataset, 40, config=config)
        score = learner.score_all(asking_with(batch_of_rows(batch_of_users(dataset), [-1, -1]), [[0], [3]]))
        assert set(np.argsort(-score[0])[:2]) == {1, 2}
        assert set(np.argsort(-score[1])[:2]) == {4, 5}


def test_what_cannot_be_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = dataset_of([Act(0, 0), Act(0, 1)], 3)
    with pytest.raises(InputError, match="no player 'umpire'"):
        IRGAN(replace(SMALL, served="umpire")).fit(dataset, run_on(dataset))  # type: ignore[arg-type]
    with pytest.raises(InputError, match="trainer"):
        IRGAN(SMALL).fit(dataset, run_on(dataset))
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingPart, match=r"shopkeeper\[torch\]"):
        IRGAN(SMALL).fit(dataset, run_on(dataset))
