"""The trainer of every network: repeatable, resumable after a kill, and ended when validation no longer gains."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from time import perf_counter
from typing import Final

import torch

from shopkeeper.model import Run
from shopkeeper.model.neural import Epoch, Trained, TrainingTask
from shopkeeper.record import AtMost
from shopkeeper.training.checkpoint import read_checkpoint, write_checkpoint
from shopkeeper.training.curve import Curves
from shopkeeper.training.early_stop import best_epoch, is_over
from shopkeeper.training.judge import Judge
from shopkeeper.training.session import Session, arrays_of
from shopkeeper.training.spare_memory import give_back, let_go
from shopkeeper.training.trainer_config import TrainerConfig

TIDY: Final = 16  # steps, after which holes in the heap are given back: they grew to 100 MB in an epoch of 64
Watcher = Callable[[Sequence[Epoch]], None]


class NetworkTrainer:
    """The same data, config, seed and threads give the same bits on one machine, killed in between or not.

    `judge` tells what a model is worth on validation: without one, all epochs are trained and the last is kept.
    `folder` keeps checkpoints, `curves` what TensorBoard shows; `watcher` is told all epochs after each, and may end
    the training by an error of its own.
    """

    def __init__(
        self,
        config: TrainerConfig,
        judge: Judge | None = None,
        folder: Path | None = None,
        curves: Path | None = None,
        watcher: Watcher | None = None,
    ) -> None:
        self._config, self._judge, self._folder, self._curves = config, judge, folder, curves
        self._watcher = watcher

    def train(self, task: TrainingTask, run: Run, seed: int) -> Trained:
        """The network at its best epoch. Goes on from a checkpoint of the very same task."""
        let_go()
        with on_machine(run.threads, self._config.bf16):
            return self._trained(Session(self._config, task, seed), run)

    def _trained(self, session: Session, run: Run) -> Trained:
        path = self._path(session)
        found = read_checkpoint(path, self._fingerprint(session)) if path else None
        stage = f"training {session.task.name}"
        if found:
            session.unpack(found)
            stage += f" (went on from a checkpoint in epoch {len(session.epochs) + 1})"
        curves = Curves(self._curves, len(session.epochs)) if self._curves else None
        while self._goes_on(session):
            self._epoch(session, run, path, stage)
            if curves:
                curves.add(len(session.epochs) - 1, session.epochs[-1])
            if self._watcher:
                self._watcher(session.epochs)
        if curves:
            curves.close()
        run.progress(stage, 1, 1)
        return Trained(arrays_of(session.best), best_epoch(session.epochs), tuple(session.epochs))

    def _goes_on(self, session: Session) -> bool:
        """Whether there is another epoch."""
        config, epochs = self._config, session.epochs
        spent = sum(epoch.seconds for epoch in epochs) / 60
        late = 0 < config.minutes <= spent
        return len(epochs) < config.epochs and not late and not is_over(epochs, config.patience)

    def _epoch(self, session: Session, run: Run, path: Path | None, stage: str) -> None:
        """One epoch, or what is left of it."""
        batches = session.batches()
        began, told, before = perf_counter(), perf_counter(), session.seconds
        total = self._config.epochs * len(batches)
        if self._judge or self._config.minutes:
            total = AtMost(total)
        while session.within < len(batches):
            done = len(session.epochs) * len(batches) + session.within
            run.progress(f"{stage}: {_words(session)}", done, total)
            session.step(batches[session.within])
            session.seconds = before + perf_counter() - began
            if session.within % TIDY == 0:
                give_back()
            if path and perf_counter() - told > self._config.checkpoint_seconds:
                write_checkpoint(path, session.pack(self._fingerprint(session)))
                told = perf_counter()
        give_back()
        session.end_epoch(self._judge(session.task.learned(arrays_of(session.mean))) if self._judge else None)
        if path:
            write_checkpoint(path, session.pack(self._fingerprint(session)))

    def _fingerprint(self, session: Session) -> str:
        asked = self._judge.fingerprint if self._judge else "no judge"
        return f"{session.task.fingerprint} {session.seed} {asdict(self._config)} {asked}"

    def _path(self, session: Session) -> Path | None:
        if self._folder is None:
            return None
        self._folder.mkdir(parents=True, exist_ok=True)
        return self._folder / f"{session.task.name}.safetensors"


def _words(session: Session) -> str:
    """What the bar says of how far it is."""
    last = session.epochs[-1] if session.epochs else None
    told = f", NDCG@10 {last.validation:.4f}" if last and last.validation is not None else ""
    return f"epoch {len(session.epochs) + 1}{told}"


@contextmanager
def on_machine(threads: int, bf16: bool | None) -> Iterator[None]:
    """So many threads and the precision that TrainerConfig.bf16 asks for, while it lasts; PyTorch knows both for the
    whole process only."""
    before, precision = torch.get_num_threads(), torch.get_float32_matmul_precision()
    torch.set_num_threads(threads)
    torch.set_float32_matmul_precision("medium" if (_has_bf16() if bf16 is None else bf16) else "highest")
    try:
        yield
    finally:
        torch.set_num_threads(before)
        torch.set_float32_matmul_precision(precision)


def _has_bf16() -> bool:
    """Whether the processor multiplies matrices of 16-bit numbers in hardware, which is then several times as quick."""
    return bool(torch.cpu._is_amx_tile_supported())
