"""How an epoch grows with users and with items: a process that trains one epoch of one size, and tells its time.

`python -m shopkeeper.operation.benchmark.training_growth DATA THREADS USERS ITEMS`: so many times the folder's users,
drawn from them with repetition, and so many items, each of the folder's standing for several.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np

from shopkeeper.data.sequence import Sequences
from shopkeeper.evaluation.leave_one_out import MAX_LENGTH
from shopkeeper.model import Run
from shopkeeper.model.candidate_sampler import sampler_of
from shopkeeper.model.transformer import Transformer, TransformerConfig
from shopkeeper.model.transformer_task import Network, NextItemTask, first_weights
from shopkeeper.operation.benchmark.sequential_text import NO_TEXTS
from shopkeeper.operation.benchmark.training_job import SEED, Job
from shopkeeper.training.network_trainer import NetworkTrainer
from shopkeeper.training.trainer_config import TrainerConfig


def enlarged(sequences: Sequences, users: int, items: int, known: int, rng: np.random.Generator) -> Sequences:
    """`users` times as many sequences, of `items` instead of `known` items: each becomes one of several by chance."""
    drawn = sequences.users(rng.integers(0, len(sequences), users * len(sequences)))
    twins = max(items // known, 1)
    item = drawn.item.astype(np.int64) * twins + rng.integers(0, twins, len(drawn.item))
    return Sequences(item.astype(np.int32), drawn.offset)


def task_of(sequences: Sequences, items: int, rng: np.random.Generator) -> NextItemTask:
    """One that knows items by their own vectors alone."""
    config = TransformerConfig(factors=0, word_factors=0)
    feature = np.zeros((items, 1), np.float32)
    network = Network(config, first_weights(config, items, 1, rng), feature)
    sampler = sampler_of(sequences, items, config.sampled_beyond, config.samples)
    return NextItemTask(Transformer(config), network, sequences, "growth", sampler)


def main(folder: str, threads: str, users: str, items: str) -> None:
    job, rng = Job.of(Path(folder)), np.random.default_rng(SEED)
    known = job.questions.known.tail(MAX_LENGTH + 1)
    size = int(items) or len(job.items)
    sequences = enlarged(known, int(users), size, len(job.items), rng)
    task = task_of(sequences, size, rng)
    began, began_cpu = time.perf_counter(), time.process_time()
    run = Run(rng, NO_TEXTS.vectors, int(threads))
    NetworkTrainer(TrainerConfig(epochs=1)).train(task, run, SEED)
    told = {
        "interactions": int(len(sequences.item) - len(sequences)),
        "items": size,
        "softmax": "full" if task.sampler is None else "sampled",
        "seconds": time.perf_counter() - began,
        "cpu_seconds": time.process_time() - began_cpu,
    }
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
