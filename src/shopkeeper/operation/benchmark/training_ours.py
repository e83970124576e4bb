"""Our transformer, trained in a process of its own, which tells of each epoch as the peers of `benchmark training` do.

`python -m shopkeeper.operation.benchmark.training_ours FOLDER THREADS EPOCHS ids|text`: in the folder a Job is kept.
"""

import json
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from shopkeeper.evaluation.leave_one_out import LeaveOneOut
from shopkeeper.language.usem3 import Usem3Encoder
from shopkeeper.model import Run
from shopkeeper.model.transformer import Transformer, TransformerConfig
from shopkeeper.operation.benchmark.sequential_system import unfitted
from shopkeeper.operation.benchmark.sequential_text import NO_TEXTS, read_texts
from shopkeeper.operation.benchmark.training_course import END
from shopkeeper.operation.benchmark.training_job import SEED, Job, Shape
from shopkeeper.pipeline.role import CatalogueScorer
from shopkeeper.pipeline.vectors import TextVectors
from shopkeeper.record import silent
from shopkeeper.training.judge import NextItemJudge
from shopkeeper.training.network_trainer import NetworkTrainer
from shopkeeper.training.spare_memory import let_go
from shopkeeper.training.trainer_config import TrainerConfig

IDS: Final = "ids"
TEXT: Final = "text"


class Ended(Exception):
    """Whoever reads has seen enough."""


class TellingJudge:
    """Tells of each epoch; the time that it takes itself does not count."""

    def __init__(self, asked: LeaveOneOut) -> None:
        self._judge = NextItemJudge(asked, np.random.default_rng(SEED), len(asked))
        self.fingerprint = self._judge.fingerprint
        self._epochs = 0
        self._began = self._now()

    def __call__(self, scorer: CatalogueScorer) -> float:
        before = self._now()
        reached = self._judge(scorer)
        seconds, cpu = before - self._began
        self._epochs += 1
        tell(epochs=self._epochs, seconds=seconds, cpu_seconds=cpu, validation=reached)
        if sys.stdin.readline().strip() == END:
            raise Ended
        self._began += self._now() - before
        return reached

    def tell_prepared(self) -> None:
        """Say that training begins now."""
        tell(prepared=float((self._now() - self._began)[1]))

    @staticmethod
    def _now() -> np.ndarray:
        return np.array([time.perf_counter(), time.process_time()])


def tell(**values: float) -> None:
    sys.stdout.write(json.dumps(values) + "\n")
    sys.stdout.flush()


def network(kind: str, vectors: TextVectors) -> TransformerConfig:
    """As `benchmark sequential` has it; or one that knows items by their vectors alone."""
    told: Any = unfitted(vectors)["transformer"]
    config: TransformerConfig = told.config
    shape = Shape()
    config = replace(config, width=shape.width, layers=shape.layers, heads=shape.heads, length=shape.length)
    return config if kind == TEXT else replace(config, factors=0, word_factors=0)


def main(folder: str, threads: str, epochs: str, kind: str) -> None:
    job = Job.kept(Path(folder))
    judge = TellingJudge(job.asked)
    vectors = (read_texts(job.items, Usem3Encoder(), 1, silent) if kind == TEXT else NO_TEXTS).vectors
    let_go()
    trainer = NetworkTrainer(TrainerConfig(epochs=int(epochs), patience=int(epochs)), judge)
    begun = False

    def progress(stage: str, _done: int, _total: int) -> None:
        nonlocal begun
        if not begun and stage.startswith("training"):
            begun = True
            judge.tell_prepared()

    run = Run(np.random.default_rng(SEED), vectors, int(threads), progress, trainer)
    try:
        Transformer(network(kind, vectors)).fit(job.questions.training(), run)
    except Ended:
        return


if __name__ == "__main__":
    main(*sys.argv[1:])
