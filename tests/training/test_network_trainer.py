"""The trainer of networks: the same bits again, after a kill too; and it ends where validation no longer gains."""

import signal
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
import torch

from shopkeeper.error import InputError
from shopkeeper.model.transformer import Transformer
from shopkeeper.record.progress import AtMost
from shopkeeper.testing.component import run_on
from shopkeeper.testing.network_training import CONFIG, questions, train
from shopkeeper.training.network_trainer import NetworkTrainer
from shopkeeper.training.trainer_config import TrainerConfig

PROCESS = [sys.executable, "-m", "shopkeeper.testing.network_training"]


def same(one: Transformer, other: Transformer) -> bool:
    """Whether two have the very same bits."""
    names = [field.name for field in fields(one) if field.name != "config"]
    return all(getattr(one, name).tobytes() == getattr(other, name).tobytes() for name in names)


@pytest.fixture(scope="module")
def undisturbed() -> Transformer:
    return train(None)


@pytest.mark.parametrize("step", [3, 14])
def test_a_killed_training_goes_on_and_ends_at_the_same_bits(
    step: int, undisturbed: Transformer, tmp_path: Path
) -> None:
    with subprocess.Popen([*PROCESS, str(tmp_path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        for line in process.stdout:
            if line.startswith("training") and line.endswith(f" {step}\n"):
                break
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    seen: list[int] = []
    resumed = train(tmp_path, lambda stage, done, total: seen.append(done))
    assert step <= seen[0] < 16, "it did not begin anew"
    assert same(resumed, undisturbed)
    assert same(train(tmp_path), undisturbed), "what is finished is read back"


def test_a_checkpoint_of_another_task_or_a_damaged_one_is_not_gone_on_with(
    undisturbed: Transformer, tmp_path: Path
) -> None:
    train(tmp_path, seed=4)
    (path,) = tmp_path.glob("*.safetensors")
    assert same(train(tmp_path), undisturbed)
    path.write_bytes(path.read_bytes()[:1000])
    assert same(train(tmp_path), undisturbed)


def test_a_checkpoint_that_was_judged_by_other_questions_is_not_gone_on_with(tmp_path: Path) -> None:
    train(tmp_path, judges=10)
    seen: list[int] = []
    train(tmp_path, lambda stage, done, total: seen.append(done))
    assert seen[0] == 0


def test_seeds_differ_and_what_is_around_does_not_matter(undisturbed: Transformer) -> None:
    torch.manual_seed(99)
    expected = torch.rand(3)
    torch.manual_seed(99)
    np.random.default_rng().random()
    assert same(train(None), undisturbed)
    assert not same(train(None, seed=4), undisturbed)
    assert torch.equal(torch.rand(3), expected), "nobody else's randomness was touched"


def test_it_ends_when_validation_no_longer_gains() -> None:
    seen: list[tuple[int, int]] = []
    hopeless = TrainerConfig(epochs=50, patience=2, learning_rate=0.0)
    learner = train(None, lambda stage, done, total: seen.append((done, total)), config=hopeless)
    assert learner.best.tolist() == [0]
    assert seen[-1] == (1, 1)
    assert max(done for done, total in seen if total > 1) < 3 * seen[0][1] / 50, "three epochs"
    assert all(isinstance(total, AtMost) for _, total in seen[:-1]), "who watches must not wait for fifty"


def test_an_unjudged_training_knows_its_end() -> None:
    seen: list[int] = []
    dataset = questions().training()
    trainer = NetworkTrainer(TrainerConfig(epochs=1, warm_up=0))
    run = replace(run_on(dataset, 3), trainer=trainer, progress=lambda _stage, _done, total: seen.append(total))
    Transformer(CONFIG).fit(dataset, run)
    assert seen
    assert not any(isinstance(total, AtMost) for total in seen)


def test_a_training_that_fails_says_so() -> None:
    with pytest.raises(InputError, match="learning_rate"):
        train(None, config=TrainerConfig(epochs=3, warm_up=0, learning_rate=1e30))


@pytest.mark.parametrize("config", [TrainerConfig(epochs=2, bf16=True), TrainerConfig(epochs=2, l1=1e-3, decay=0.1)])
def test_other_ways_to_train_give_finite_weights(config: TrainerConfig, undisturbed: Transformer) -> None:
    learner = train(None, config=config)
    assert np.isfinite(learner.embedding).all()
    assert not same(learner, undisturbed)
