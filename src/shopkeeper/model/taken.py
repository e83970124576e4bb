"""What each user took, as a set: the data of models that know no order; and their training by the run's trainer."""

from collections.abc import Callable
from typing import TypeVar

import numpy as np
import scipy.sparse as sp

from shopkeeper.data import Dataset
from shopkeeper.data.sequence import Sequences
from shopkeeper.error import InputError
from shopkeeper.model.learner import Run
from shopkeeper.model.neural import Trained, TrainingTask, need_torch
from shopkeeper.model.taste import tastes
from shopkeeper.pipeline.batch import batch_of_users


def taken_by_several(dataset: Dataset) -> Sequences:
    """The distinct items that each user took, of users who took two or more: one item tells nothing of another."""
    taste = tastes(batch_of_users(dataset), np.inf, np.sign)
    return Sequences(taste.item, taste.offset).users(np.flatnonzero(np.diff(taste.offset) > 1))


def matrix_of(taken: Sequences, items: int) -> sp.csr_matrix:
    """(U, items) 1 for what each user took."""
    ones = np.ones(len(taken.item), np.float32)
    return sp.csr_matrix((ones, taken.item, taken.offset), shape=(len(taken), items))


Task = TypeVar("Task", bound=TrainingTask)


def trained(name: str, run: Run, make: Callable[[], Task]) -> tuple[Task, Trained]:
    """The task that `make` gives, and what training it came to. Raises MissingPart without PyTorch, InputError without
    a trainer."""
    need_torch(name)
    if run.trainer is None:
        raise InputError(f"The {name} is fitted by a trainer. Hand one in: Run(..., trainer=NetworkTrainer(...))")
    task = make()
    return task, run.trainer.train(task, run, int(run.rng.integers(2**31)))
