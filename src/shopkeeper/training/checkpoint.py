"""Checkpoints: all that a training needs to go on exactly where it was, in one file without pickle."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Named arrays, and JSON values. Every step's randomness follows from seed, epoch and step, so that no state of a
    random generator is among them."""

    arrays: Mapping[str, npt.NDArray[Any]]
    values: Mapping[str, Any]


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Put a checkpoint in place of the one before. A kill at any moment leaves one of the two, whole."""
    from safetensors.numpy import save_file

    draft = path.with_suffix(".part")
    arrays = {name: np.asarray(array, order="C") for name, array in checkpoint.arrays.items()}
    save_file(arrays, draft, {"values": json.dumps(checkpoint.values)})
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    draft.replace(path)


def read_checkpoint(path: Path, fingerprint: str) -> Checkpoint | None:
    """The checkpoint of this fingerprint; None where there is none, or only another task's or a damaged one."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "np") as file:
            values = json.loads((file.metadata() or {}).get("values", "{}"))
            if values.get("fingerprint") != fingerprint:
                return None
            return Checkpoint({name: file.get_tensor(name) for name in file.keys()}, values)  # noqa: SIM118
    except (OSError, SafetensorError, ValueError):
        return None
