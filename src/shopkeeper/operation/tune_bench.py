"""The bench of a tuning: one source, fitted with ever other values, and asked the same validation questions."""

import hashlib
import json
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from shopkeeper.data import Dataset
from shopkeeper.error import InputError
from shopkeeper.evaluation.leak import check_no_leak
from shopkeeper.evaluation.significance import Interval, mean_interval
from shopkeeper.model import Run
from shopkeeper.model.neural import Epoch, Trainer
from shopkeeper.operation.tune_study import Asked
from shopkeeper.operation.workshop import Workshop
from shopkeeper.pipeline.lists import Int64
from shopkeeper.surface import Surface
from shopkeeper.training import Plan, WindowJudge
from shopkeeper.training.early_stop import best_epoch
from shopkeeper.training.plan import configured, registered_of
from shopkeeper.training.ranker_choice import ChoiceConfig
from shopkeeper.training.search_space import Values
from shopkeeper.training.window_judge import CUSTOMERS, Float64

LEAST: Final = 4  # customers: two to choose by, two to say what it gained
# Judging customers, from which on a gain may be sure; as many as a learned ranker needs. A resampled interval of a few
# is too narrow: where nothing is gained it lies above zero 27 times in a hundred with 2 of them, 9 times with 6.
ENOUGH: Final = ChoiceConfig().queries
_DONE: Final = "values.npz"


class OutOfTime(Exception):
    """The time is over in the midst of a trial; its checkpoint stays. Never leaves this room."""


class Hopeless(Exception):
    """A trial is behind half of the others. Never leaves this room."""


@dataclass(frozen=True)
class TuneBench:
    """`judge` asks C customers; the rows `choosing` decide what is best, the rest say what it gained: who took part in
    the choice would flatter it. `deadline` is a time of the monotonic clock, in seconds."""

    workshop: Workshop
    source: str
    history: Dataset
    judge: WindowJudge
    choosing: Int64
    folder: Path
    deadline: float
    spent: list[float] = field(default_factory=list)  # seconds of each trial, those of earlier runs too

    @classmethod
    def of(cls, workshop: Workshop, source: str, folder: Path, deadline: float) -> "TuneBench":
        """On the validation days of a training, with what came before them; nothing after them is looked at.

        Raises InputError where too few customers can be asked.
        """
        split, setting = workshop.split, workshop.shop.setting
        history, later = workshop.snapshot(split.validation_from), workshop.snapshot(split.test_from)
        check_no_leak(history, split.validation_from)
        rng = np.random.default_rng(setting.evaluation.seed)
        judge = WindowJudge.of(blends_of(workshop.plan, source), history, later, rng, 2 * CUSTOMERS)
        if len(judge) < LEAST:
            first, last, _ = split.days
            raise InputError(
                f"Only {len(judge)} known customers bought anything that counts from {first} to the day before {last}: "
                f"at least {LEAST} are needed to tune by. Import more events, or set other days in [evaluation] of "
                "shop.toml."
            )
        choosing = np.sort(rng.permutation(len(judge))[: len(judge) // 2]).astype(np.int64)
        spent = [_read(path)[1] for path in folder.glob(f"*/{_DONE}")]
        return cls(workshop, source, history, judge, choosing, folder, deadline, spent)

    def has_time(self) -> bool:
        """Whether a trial as long as the longest would end in time. A network's stops at the deadline by itself."""
        needed = 0.0 if registered_of(self.source).network else max(self.spent, default=0.0)
        return time.monotonic() + needed < self.deadline

    def measured(self, values: Values, asked: Asked | None = None) -> Float64:
        """(C,) NDCG@10 of each customer with these values; read back where they were tried before.

        Raises OutOfTime, and Hopeless where `asked` thinks so of an epoch.
        """
        folder = self.folder / _digest(values)
        if (folder / _DONE).is_file():
            return _read(folder / _DONE)[0]
        folder.mkdir(parents=True, exist_ok=True)
        began = time.monotonic()
        try:
            told = self.judge.values(self._fitted(values, folder, asked))
        except Hopeless:
            shutil.rmtree(folder)
            raise
        self.spent.append(time.monotonic() - began)
        draft = folder / "values.part"
        with draft.open("wb") as file:
            np.savez(file, values=told, seconds=self.spent[-1])
        draft.replace(folder / _DONE)
        for checkpoint in folder.glob("*.safetensors"):  # as large as the network, five times over
            checkpoint.unlink()
        return told

    def chosen_by(self, values: Float64) -> float:
        """What the search goes by."""
        return float(values[self.choosing].mean())

    def gain(self, values: Float64, start: Float64) -> Interval:
        """Of the customers who had no part in the choice, paired."""
        others = np.setdiff1d(np.arange(len(self.judge)), self.choosing)
        rng = np.random.default_rng(self.workshop.shop.setting.evaluation.seed)
        return mean_interval((values - start)[others], rng)

    def _fitted(self, values: Values, folder: Path, asked: Asked | None) -> Any:
        workshop, own = self.workshop, self._config_fields()
        base = workshop.plan.learner(self.source, workshop.vectors)
        learner = configured(base, {name: value for name, value in values.items() if name in own})
        dials = {name: value for name, value in values.items() if name not in own}
        setting = workshop.shop.setting
        run = Run(
            np.random.default_rng(setting.evaluation.seed),
            workshop.vectors,
            setting.training.threads,
            self._progress,
            self._trainer(dials, folder, asked) if registered_of(self.source).network else None,
        )
        return learner.fit(self.history, run)

    def _trainer(self, dials: Mapping[str, Any], folder: Path, asked: Asked | None) -> Trainer:
        """Ends by the customers who choose."""
        # PyTorch takes two seconds to import.
        from shopkeeper.training.network_trainer import NetworkTrainer

        def watch(epochs: Sequence[Epoch]) -> None:
            reached = epochs[best_epoch(epochs)].validation
            if asked and reached is not None and asked.hopeless(len(epochs) - 1, reached):
                raise Hopeless

        config = replace(self.workshop.plan.trainer(self.source), **dials)
        return NetworkTrainer(config, self.judge.only(self.choosing), folder, watcher=watch)

    def _progress(self, stage: str, done: int, total: int) -> None:
        if time.monotonic() > self.deadline:
            raise OutOfTime
        self.workshop.progress(stage, done, total)

    def _config_fields(self) -> set[str]:
        return set(registered_of(self.source).config.__dataclass_fields__)


def blends_of(plan: Plan, source: str) -> list[Surface]:
    """The surfaces whose blend is fitted on a task and holds this source. Raises InputError where there is none."""
    blending = [surface for surface in plan.surfaces.values() if surface.task and source in surface.spec.sources]
    if not blending:
        raise InputError(f"{source!r} is part of no blend that is fitted on a task, so there is nothing to tune it by.")
    return blending


def _read(path: Path) -> tuple[Float64, float]:
    """(C,) what was measured, and the seconds that it took."""
    with np.load(path) as kept:
        return kept["values"], float(kept["seconds"])


def _digest(values: Values) -> str:
    return hashlib.blake2b(json.dumps(values, sort_keys=True).encode(), digest_size=8).hexdigest()
