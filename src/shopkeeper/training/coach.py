"""Who trains the networks of a run: first the epochs are chosen on validation, later fits repeat as many."""

import json
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from shopkeeper.model import Run
from shopkeeper.model.neural import Trained, Trainer, TrainingTask
from shopkeeper.training.judge import Judge
from shopkeeper.training.plan import Plan

_CURVES: Final = "curves"  # the folders and files of a run's folder
_EPOCHS: Final = "epochs-{}.json"


class Coach:
    """Hands out a trainer for each fit of a network. `folder` is the run's: it gets the learning curves, where
    TensorBoard is installed, and the chosen epochs, which a run that goes on after a kill reads back."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self._plan, self._folder = plan, folder

    def choosing(self, source: str, judge: Judge, checkpoints: Path) -> Trainer:
        """Ends each training by what the judge says, and notes which epoch was best."""
        # PyTorch takes two seconds to import, and most shops train no network.
        from shopkeeper.training.network_trainer import NetworkTrainer

        curves = self._folder / _CURVES / source if find_spec("tensorboard") else None
        trainer = NetworkTrainer(self._plan.trainer(source), judge, _own(checkpoints, source), curves)
        return _Choosing(trainer, self._path(source))

    def repeating(self, source: str, checkpoints: Path) -> Trainer:
        """Trains for as many epochs as were chosen; for TrainerConfig.unjudged where nobody could choose."""
        from shopkeeper.training.network_trainer import NetworkTrainer

        config, chosen = self._plan.trainer(source), read_epochs(self._path(source))

        class Repeating:
            def train(self, task: TrainingTask, run: Run, seed: int) -> Trained:
                epochs = chosen.get(task.name, config.unjudged)
                same = replace(config, epochs=epochs, minutes=0.0)
                return NetworkTrainer(same, None, _own(checkpoints, source)).train(task, run, seed)

        return Repeating()

    def epochs(self, source: str) -> int:
        """Of the last task of a source's training; 0 where none was chosen."""
        return ([0, *read_epochs(self._path(source)).values()])[-1]

    def _path(self, source: str) -> Path:
        return self._folder / _EPOCHS.format(source)


class _Choosing:
    """A trainer that keeps how many epochs were best for each task."""

    def __init__(self, trainer: Trainer, path: Path) -> None:
        self._trainer, self._path = trainer, path

    def train(self, task: TrainingTask, run: Run, seed: int) -> Trained:
        trained = self._trainer.train(task, run, seed)
        told = {**read_epochs(self._path), task.name: trained.best + 1}
        draft = self._path.with_suffix(".part")
        draft.write_text(json.dumps(told), "utf-8")
        draft.replace(self._path)
        return trained


def read_epochs(path: Path) -> dict[str, int]:
    """The chosen epochs by task, none where nobody has chosen."""
    if not path.is_file():
        return {}
    told: dict[str, int] = json.loads(path.read_text("utf-8"))
    return told


def _own(checkpoints: Path, source: str) -> Path:
    return checkpoints / f"checkpoint-{source}"
