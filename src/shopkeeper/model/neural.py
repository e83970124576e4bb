"""What a network's model and the trainer are to each other: the model has batches and a loss, the trainer has time.

The trainer is a room above; a Run hands it in. Nothing here imports PyTorch.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol

import numpy as np

from shopkeeper.error import MissingPart
from shopkeeper.pipeline.lists import Float32, Int64
from shopkeeper.pipeline.role import CatalogueScorer

if TYPE_CHECKING:  # takes two seconds to import, and an extra to install
    from torch import Tensor, nn

    from shopkeeper.model.learner import Run

Weights = Mapping[str, Float32]


class TrainingTask(Protocol):
    """A network, and what it learns from."""

    @property
    def name(self) -> str:
        """What is trained, for people and for names of files."""
        ...

    @property
    def fingerprint(self) -> str:
        """Equal for equal data, configs and first weights: a checkpoint of another task is not gone on with."""
        ...

    @property
    def network(self) -> "nn.Module":
        """What is trained; the trainer changes its parameters in place."""
        ...

    def batches(self, rng: np.random.Generator) -> Sequence[Int64]:
        """One epoch's batches in random order, each the rows that it is made of."""
        ...

    def loss(self, batch: Int64, rng: np.random.Generator) -> "Tensor":
        """The mean loss of a batch; all that is random in it comes from `rng`."""
        ...

    def learned(self, weights: Weights) -> CatalogueScorer:
        """The model with these weights in place of its network's, by the names of its parameters."""
        ...


@dataclass(frozen=True, slots=True)
class Epoch:
    """One round over the data: mean training loss, NDCG@10 on validation where there is one, and seconds."""

    loss: float
    validation: float | None
    seconds: float


@dataclass(frozen=True, slots=True)
class Trained:
    """The weights of the best epoch, which of the epochs that was (from 0), and what all of them reached."""

    weights: Weights
    best: int
    epochs: tuple[Epoch, ...]


class Trainer(Protocol):
    """Trains a network."""

    def train(self, task: TrainingTask, run: "Run", seed: int) -> Trained:
        """The task's network, trained. Raises MissingPart without PyTorch."""
        ...


def need_torch(what: str) -> None:
    """Raises MissingPart where PyTorch is not installed; `what` needs it."""
    if find_spec("torch") is None:
        raise MissingPart(
            f"The {what} is trained by PyTorch, which is not installed. "
            'Install it with: pip install "shopkeeper[torch]"'
        )
