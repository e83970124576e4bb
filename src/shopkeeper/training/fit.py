"""Fitting all learners on one snapshot, each kept in the run's folder as soon as it is done."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from copy import deepcopy
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from shopkeeper.bundle.layout import source_file
from shopkeeper.bundle.member import describe, load_learner, save_learner
from shopkeeper.data import Dataset
from shopkeeper.error import BundleError
from shopkeeper.model import Learner, Run
from shopkeeper.model.neural import Trainer

Trainers = Callable[[str, Path], Trainer | None]


@dataclass(frozen=True, slots=True)
class Fitted(Mapping[str, Learner]):
    """Fitted learners by name. All that they have learned from was before `learned_to` (UTC microseconds)."""

    learners: Mapping[str, Learner]
    learned_to: int

    def __getitem__(self, name: str) -> Learner:
        return self.learners[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.learners)

    def __len__(self) -> int:
        return len(self.learners)


def no_trainer(_name: str, _folder: Path) -> None:
    """For learners of which none is a network."""


def fit_all(
    learners: Mapping[str, Learner],
    dataset: Dataset,
    run: Run,
    folder: Path,
    stage: str,
    trainers: Trainers = no_trainer,
) -> Fitted:
    """Fitted learners by name; one that an earlier, killed run had finished in `folder` is read back.

    Each draws from a copy of the run's generator: what it comes to depends neither on the others nor on a kill.
    `trainers` gives each its trainer, who may keep checkpoints in `folder`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    fitted: dict[str, Learner] = {}

    def within(what: str, done: int, total: int) -> None:
        run.progress(f"{stage}, {what}", done, total)

    for done, (name, learner) in enumerate(learners.items()):
        run.progress(f"{stage}: {name}", done, len(learners))
        own = replace(run, rng=deepcopy(run.rng), progress=within, trainer=trainers(name, folder))
        fitted[name] = _fitted(learner, name, dataset, own, folder)
    run.progress(stage, len(learners), len(learners))
    return Fitted(fitted, dataset.as_of)


def _fitted(learner: Learner, name: str, dataset: Dataset, run: Run, folder: Path) -> Learner:
    """One learner, fitted now or before."""
    path = folder / source_file(name)
    described = path.with_suffix(".json")
    wanted = json.dumps(asdict(describe(learner)), sort_keys=True)
    if path.is_file() and described.is_file() and described.read_text("utf-8") == wanted:
        with suppress(BundleError):  # a power cut can leave a damaged file behind: fitted anew
            return load_learner(describe(learner), path, run.vectors)
    fresh = learner.fit(dataset, run)
    draft = path.with_suffix(".part")
    save_learner(fresh, draft)
    draft.replace(path)
    described.write_text(wanted, "utf-8")  # last: its presence says that the arrays are whole
    return fresh
