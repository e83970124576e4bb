"""RecBole's SASRec, trained and asked: a script for a Python that has recbole, and nothing of ours.

`python training_peer_recbole.py JOB.npz FOLDER`: after each quarter of an epoch what it knows is written to FOLDER, a
line of JSON to stdout, and a line is read from stdin before it goes on; "end" ends it.
"""

# mypy: disable-error-code="import-untyped, import-not-found"

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from recbole.config import Config
from recbole.data import create_dataset, data_preparation
from recbole.utils import get_model, get_trainer, init_seed

ASKED_AT_ONCE = 256
NAME = "job"


def tell(**values: float) -> None:
    """One line of JSON."""
    sys.stdout.write(json.dumps(values) + "\n")
    sys.stdout.flush()


def write(job: Any, folder: Path) -> None:
    """RecBole's file of events. It keeps the last two of each user for itself: a copy of the last one stands there."""
    item, offset = job["item"], job["offset"]
    count = np.diff(offset)
    padded = np.insert(item, np.repeat(offset[1:], 2), np.repeat(item[offset[1:] - 1], 2))
    user = np.repeat(np.arange(len(count)), count + 2)
    table = {"user_id:token": user, "item_id:token": padded, "timestamp:float": np.arange(len(user))}
    (folder / NAME).mkdir()
    pd.DataFrame(table).to_csv(folder / NAME / f"{NAME}.inter", sep="\t", index=False)


def settings(job: Any, folder: Path) -> dict[str, Any]:
    """What differs from RecBole's own SASRec.yaml and overall.yaml."""
    return {
        "data_path": str(folder),
        "checkpoint_dir": str(folder / "saved"),
        "load_col": {"inter": ["user_id", "item_id", "timestamp"]},
        "MAX_ITEM_LIST_LENGTH": int(job["length"]),
        "hidden_size": int(job["width"]),
        "n_layers": int(job["layers"]),
        "n_heads": int(job["heads"]),
        "loss_type": "CE",
        "train_neg_sample_args": None,
        "eval_args": {"split": {"LS": "valid_and_test"}, "order": "TO", "group_by": "user", "mode": "full"},
        "epochs": int(job["epochs"]),
        "use_gpu": False,
        "show_progress": False,
        "reproducibility": False,
    }


class Watch:
    """Seconds of a clock and of processors that were spent on training, from epoch to epoch; `judged` stops it."""

    def __init__(self, judged: Callable[[float, float, float], None]) -> None:
        self.judged, self.spent = judged, np.zeros(2)
        self.began = self.now()

    @staticmethod
    def now() -> Any:
        return np.array([time.perf_counter(), time.process_time()])

    def cpu_seconds(self) -> float:
        return float((self.spent + self.now() - self.began)[1])

    def stop(self, epochs: float) -> None:
        self.spent += self.now() - self.began
        self.judged(epochs, *self.spent.tolist())
        self.began = self.now()


class Counted:
    """A loader that tells of each batch that has been worked on, and has each quarter of an epoch judged; `before` are
    the epochs until now."""

    def __init__(self, loader: Any, watch: Watch, before: int) -> None:
        self.loader, self.watch, self.before = loader, watch, before

    def __getattr__(self, name: str) -> Any:
        return getattr(self.loader, name)

    def __len__(self) -> int:
        return len(self.loader)

    def __iter__(self) -> Iterator[Any]:
        for done, batch in enumerate(self.loader):
            if done:
                tell(steps=done, of=len(self), cpu_seconds=self.watch.cpu_seconds())
            if done * 4 // len(self) > (done - 1) * 4 // len(self) >= 0:
                self.watch.stop(self.before + done / len(self))
            yield batch


def known(model: Any, dataset: Any, job: Any) -> tuple[Any, Any]:
    """(U, d) users' states and (n, d) items, NaN if never seen."""
    items = int(job["items"])
    inward = np.zeros(items, np.int64)
    for inside, token in enumerate(dataset.field2id_token["item_id"][1:], start=1):
        inward[int(token)] = inside
    model.eval()
    with torch.no_grad():
        vector = model.item_embedding.weight.numpy()[inward].copy()
        vector[inward == 0] = np.nan
        asked, offset, length = job["asked_item"], job["asked_offset"], int(job["length"])
        rows, steps = np.zeros((len(offset) - 1, length), np.int64), np.zeros(len(offset) - 1, np.int64)
        for row in range(len(rows)):
            each = inward[asked[offset[row] : offset[row + 1]]]
            each = each[each > 0][-length:]
            rows[row, : len(each)], steps[row] = each, len(each)
        parts = np.array_split(np.arange(len(rows)), max(len(rows) // ASKED_AT_ONCE, 1))
        states = [
            model.forward(torch.from_numpy(rows[part]), torch.from_numpy(np.maximum(steps[part], 1))) for part in parts
        ]
    return torch.cat(states).numpy(), vector


def main(path: str, folder: str) -> None:
    job, place = np.load(path), Path(folder)
    write(job, place)
    os.chdir(place)  # it writes logs where it stands
    torch.set_num_threads(int(job["threads"]))
    sys.argv = sys.argv[:1]  # it reads the command line itself
    config = Config(model="SASRec", dataset=NAME, config_dict=settings(job, place))
    init_seed(config["seed"], config["reproducibility"])
    dataset = create_dataset(config)
    train, _, _ = data_preparation(config, dataset)
    model = get_model(config["model"])(config, train.dataset)
    trainer = get_trainer(config["MODEL_TYPE"], config["model"])(config, model)

    def judged(epochs: float, seconds: float, cpu_seconds: float) -> None:
        state, item = known(model, dataset, job)
        np.savez(place / "epoch.npz", state=state, item=item)
        tell(epochs=epochs, seconds=seconds, cpu_seconds=cpu_seconds)
        if sys.stdin.readline().strip() == "end":
            sys.exit(0)
        model.train()

    watch = Watch(judged)
    for epoch in range(config["epochs"]):
        trainer._train_epoch(Counted(train, watch, epoch), epoch)
        watch.stop(epoch + 1)


if __name__ == "__main__":
    main(*sys.argv[1:])
