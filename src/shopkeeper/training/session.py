"""A training under way: weights, their running mean, the optimiser, and how far it is. All of it fits a checkpoint."""

from dataclasses import asdict
from math import isfinite
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from shopkeeper.error import InputError
from shopkeeper.model.frozen_feature import FrozenFeature
from shopkeeper.model.neural import Epoch, TrainingTask, Weights
from shopkeeper.pipeline.lists import Int64
from shopkeeper.training.checkpoint import Checkpoint
from shopkeeper.training.early_stop import best_epoch
from shopkeeper.training.trainer_config import TrainerConfig

LIVE: Final = "live."
MEAN: Final = "mean."
BEST: Final = "best."
MOMENT: Final = "moment."


class Session:
    """Polyak and Juditsky, Acceleration of Stochastic Approximation by Averaging, 1992, for the mean of the weights."""

    def __init__(self, config: TrainerConfig, task: TrainingTask, seed: int) -> None:
        self.config, self.task, self.seed = config, task, seed
        for part in task.network.modules():
            if isinstance(part, FrozenFeature):
                part.settle()
        self.live = dict(task.network.named_parameters())
        self.mean = {name: each.detach().clone() for name, each in self.live.items()}
        self.best = self.mean
        self.optimiser = torch.optim.AdamW(self._groups(), lr=config.learning_rate, fused=True)
        self.epochs: list[Epoch] = []
        self.steps = 0  # in all
        self.within = 0  # of the epoch that is under way
        self.loss = 0.0  # summed over these
        self.seconds = 0.0  # that they took

    def batches(self) -> list[Int64]:
        """Those of the epoch under way; the same ones whenever it is begun."""
        return list(self.task.batches(np.random.default_rng([self.seed, len(self.epochs)])))

    def step(self, batch: Int64) -> None:
        """Learn from one batch. Raises InputError where the loss is no number any more."""
        # Nothing random is carried from step to step, and so nothing is lost by a kill between two.
        rng = np.random.default_rng([self.seed, len(self.epochs), self.within + 1])
        rate = self.config.learning_rate * min((self.steps + 1) / max(self.config.warm_up, 1), 1)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.optimiser.zero_grad(set_to_none=True)
        loss = self.task.loss(batch, rng)
        loss.backward()  # type: ignore[no-untyped-call]
        if self.config.l1:
            for each in self.live.values():
                if each.grad is not None:
                    each.grad.add_(each.detach().sign(), alpha=self.config.l1)
        length = torch.nn.utils.clip_grad_norm_(self.live.values(), self.config.clip)
        self._check(float(loss.detach()), float(length))
        self.optimiser.step()
        self.steps += 1
        self.within += 1
        self.loss += float(loss.detach())
        self._average()

    def _check(self, loss: float, length: float) -> None:
        """Every comparison with NaN is false: the scores of such weights would seem to put each target first."""
        if not (isfinite(loss) and isfinite(length)):
            raise InputError(
                f"Training the {self.task.name} failed: at step {self.steps + 1} the loss is {loss}, its gradient "
                f"{length} long. Lower TrainerConfig.learning_rate, which is {self.config.learning_rate}."
            )

    def end_epoch(self, validation: float | None) -> None:
        """Note what an epoch came to."""
        self.epochs.append(Epoch(self.loss / max(self.within, 1), validation, self.seconds))
        if best_epoch(self.epochs) == len(self.epochs) - 1:
            self.best = {name: each.clone() for name, each in self.mean.items()}
        self.within, self.loss, self.seconds = 0, 0.0, 0.0

    def pack(self, fingerprint: str) -> Checkpoint:
        """Everything, as arrays and JSON values."""
        tensors: dict[str, Tensor] = {}
        for prefix, some in ((LIVE, self.live), (MEAN, self.mean), (BEST, self.best)):
            tensors |= {prefix + name: each.detach() for name, each in some.items()}
        for number, state in self.optimiser.state_dict()["state"].items():
            tensors |= {f"{MOMENT}{number}.{name}": each for name, each in state.items()}
        values = {
            "fingerprint": fingerprint,
            "epochs": [asdict(epoch) for epoch in self.epochs],
            "steps": self.steps,
            "within": self.within,
            "loss": self.loss,
            "seconds": self.seconds,
        }
        return Checkpoint({name: each.numpy() for name, each in tensors.items()}, values)

    def unpack(self, checkpoint: Checkpoint) -> None:
        """Go on where a checkpoint was written."""
        arrays, values = checkpoint.arrays, checkpoint.values
        with torch.no_grad():
            for name, each in self.live.items():
                each.copy_(torch.from_numpy(arrays[LIVE + name]))
        self.mean = {name: torch.from_numpy(arrays[MEAN + name]) for name in self.live}
        self.best = {name: torch.from_numpy(arrays[BEST + name]) for name in self.live}
        self._restore_moments(arrays)
        self.epochs = [Epoch(**epoch) for epoch in values["epochs"]]
        self.steps, self.within = values["steps"], values["within"]
        self.loss, self.seconds = values["loss"], values["seconds"]

    def _restore_moments(self, arrays: Any) -> None:
        """The optimiser's own state."""
        state: dict[int, dict[str, Tensor]] = {}
        for name, array in arrays.items():
            if name.startswith(MOMENT):
                number, _, part = name.removeprefix(MOMENT).partition(".")
                state.setdefault(int(number), {})[part] = torch.from_numpy(array)
        self.optimiser.load_state_dict({**self.optimiser.state_dict(), "state": state})

    def _average(self) -> None:
        """The mean follows the weights; at first more quickly, when there is nothing yet that is worth keeping."""
        keep = min(self.config.mean, self.steps / (self.steps + 10))
        with torch.no_grad():
            for name, each in self.live.items():
                self.mean[name].lerp_(each, 1 - keep)

    def _groups(self) -> list[dict[str, Any]]:
        """Matrices lose a little at each step; norms and shifts, which have little to overfit with, do not."""
        matrix = [each for name, each in self.live.items() if not _is_plain(name)]
        plain = [each for name, each in self.live.items() if _is_plain(name)]
        return [{"params": matrix, "weight_decay": self.config.decay}, {"params": plain, "weight_decay": 0.0}]


def arrays_of(tensors: dict[str, Tensor]) -> Weights:
    """As NumPy sees them, in the same memory."""
    return {name: each.detach().numpy() for name, each in tensors.items()}


def _is_plain(name: str) -> bool:
    return name.endswith(("scale", "shift", "lag"))
