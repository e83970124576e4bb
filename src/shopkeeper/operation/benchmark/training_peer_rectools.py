"""RecTools' SASRecModel, trained and asked: a script for a Python that has rectools, and nothing of ours.

`python training_peer_rectools.py JOB.npz FOLDER`: after each quarter of an epoch what it knows is written to FOLDER, a
line of JSON to stdout, and a line is read from stdin before it goes on; "end" ends it.
"""

# mypy: disable-error-code="import-untyped, import-not-found"

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from pytorch_lightning import Callback, Trainer
from rectools import Columns
from rectools.dataset import Dataset
from rectools.models import SASRecModel

ASKED_AT_ONCE = 256


def tell(**values: float) -> None:
    """One line of JSON."""
    sys.stdout.write(json.dumps(values) + "\n")
    sys.stdout.flush()


class Told(Callback):  # type: ignore[misc]
    """Tells of each quarter of an epoch: seconds of training alone, and (U, d) users' states and (n, d) items, NaN if
    never seen."""

    def __init__(self, model: list[Any], job: Any, folder: Path) -> None:
        self.model, self.job, self.folder = model, job, folder
        self.spent = self.spent_cpu = 0.0

    def __deepcopy__(self, _memo: object) -> "Told":
        return self  # RecTools copies its trainer, but there is one model to tell of

    def on_train_epoch_start(self, trainer: Trainer, pl_module: Any) -> None:
        self.began, self.began_cpu = time.perf_counter(), time.process_time()

    def on_train_batch_end(self, trainer: Trainer, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        cpu = self.spent_cpu + time.process_time() - self.began_cpu
        steps, of = batch_idx + 1, trainer.num_training_batches
        tell(steps=steps, of=of, cpu_seconds=cpu)
        if steps < of and steps * 4 // of > batch_idx * 4 // of:
            self._judged(pl_module, trainer.current_epoch + steps / of)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: Any) -> None:
        self._judged(pl_module, trainer.current_epoch + 1)

    def _judged(self, pl_module: Any, epochs: float) -> None:
        """The time until it goes on counts nowhere."""
        self.spent += time.perf_counter() - self.began
        self.spent_cpu += time.process_time() - self.began_cpu
        state, item = self._known(pl_module.torch_model)
        np.savez(self.folder / "epoch.npz", state=state, item=item)
        tell(epochs=epochs, seconds=self.spent, cpu_seconds=self.spent_cpu)
        if sys.stdin.readline().strip() == "end":
            sys.exit(0)
        pl_module.train()
        self.began, self.began_cpu = time.perf_counter(), time.process_time()

    def _known(self, network: Any) -> tuple[Any, Any]:
        network.eval()
        place = self.model[0].data_preparator.item_id_map
        inside = place.convert_to_internal(np.arange(int(self.job["items"])), strict=False, return_missing=True)[0]
        known = np.isin(np.arange(int(self.job["items"])), place.external_ids)
        with torch.no_grad():
            vector = network.item_model.get_all_embeddings()
            whole = np.full((int(self.job["items"]), vector.shape[1]), np.nan, np.float32)
            whole[known] = vector.numpy()[inside]
            inward = np.zeros(len(known), np.int64)
            inward[known] = inside
            asked, offset = self.job["asked_item"], self.job["asked_offset"]
            rows = np.zeros((len(offset) - 1, self.model[0].session_max_len), np.int64)
            for row in range(len(rows)):
                steps = asked[offset[row] : offset[row + 1]]
                steps = inward[steps[known[steps]]][-rows.shape[1] :]
                rows[row, rows.shape[1] - len(steps) :] = steps
            states = [
                network.encode_sessions({"x": torch.from_numpy(part)}, vector)[:, -1]
                for part in np.array_split(rows, max(len(rows) // ASKED_AT_ONCE, 1))
            ]
        return torch.cat(states).numpy(), whole


def main(path: str, folder: str) -> None:
    job = np.load(path)
    torch.set_num_threads(int(job["threads"]))
    torch.manual_seed(0)
    count = np.diff(job["offset"])
    seen = pd.DataFrame(
        {
            Columns.User: np.repeat(np.arange(len(count)), count),
            Columns.Item: job["item"],
            Columns.Weight: 1.0,
            Columns.Datetime: pd.Timestamp("2020-01-01") + pd.to_timedelta(np.arange(count.sum()), unit="s"),
        }
    )
    model: list[Any] = []
    told = Told(model, job, Path(folder))

    def trainer() -> Trainer:
        return Trainer(
            max_epochs=int(job["epochs"]),
            accelerator="cpu",
            devices=1,
            enable_progress_bar=False,
            enable_model_summary=False,
            logger=False,
            enable_checkpointing=False,
            callbacks=[told],
        )

    model.append(
        SASRecModel(
            n_blocks=int(job["layers"]),
            n_heads=int(job["heads"]),
            n_factors=int(job["width"]),
            session_max_len=int(job["length"]),
            loss="softmax",
            get_trainer_func=trainer,
        )
    )
    model[0].fit(Dataset.construct(seen))


if __name__ == "__main__":
    main(*sys.argv[1:])
