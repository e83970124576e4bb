"""A small training of a network, for tests; and in a process of its own: python -m shopkeeper.testing.network_training
FOLDER.

Each step is told on a line of its own before it begins, so that the one who watches can kill it there.
"""

import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from shopkeeper.data.sequence import Sequences
from shopkeeper.evaluation.leave_one_out import LeaveOneOut
from shopkeeper.model.transformer import Transformer, TransformerConfig
from shopkeeper.record import Progress, silent
from shopkeeper.testing.component import run_on
from shopkeeper.testing.log import table_of
from shopkeeper.training.judge import USERS, NextItemJudge
from shopkeeper.training.network_trainer import NetworkTrainer
from shopkeeper.training.trainer_config import TrainerConfig

ITEMS = 40
CONFIG = TransformerConfig(width=8, hidden=16, length=8, dropout=0.3, steps=80, factors=4, word_factors=0)


def questions() -> LeaveOneOut:
    """Users who walk through the catalogue by steps of one to three."""
    rng = np.random.default_rng(1)
    walks = [np.cumsum(rng.integers(1, 4, 4 + user % 5)) % ITEMS for user in range(80)]
    return LeaveOneOut.test(table_of([{}] * ITEMS), Sequences.of([walk.tolist() for walk in walks]))


def train(
    folder: Path | None,
    progress: Progress = silent,
    *,
    seed: int = 3,
    config: TrainerConfig | None = None,
    judges: int = USERS,
    network: TransformerConfig = CONFIG,
) -> Transformer:
    """A transformer that was trained for four epochs, judged by the questions of so many users; a checkpoint is written
    after every step, given a folder."""
    asked = questions()
    training = asked.training()
    wanted = config or TrainerConfig(epochs=4, patience=9, warm_up=5, checkpoint_seconds=0)
    trainer = NetworkTrainer(wanted, NextItemJudge(asked, np.random.default_rng(0), judges), folder)
    run = replace(run_on(training, seed), trainer=trainer, progress=progress)
    return Transformer(network).fit(training, run)


def tell(stage: str, done: int, _total: int) -> None:
    sys.stdout.write(f"{stage} step {done}\n")
    sys.stdout.flush()
    time.sleep(0.02)  # or a busy machine would be done before it is killed


if __name__ == "__main__":
    train(Path(sys.argv[1]), tell)
