"""Checkpoints: what is written is read, and nothing else is."""

from pathlib import Path

import numpy as np

from shopkeeper.training.checkpoint import Checkpoint, read_checkpoint, write_checkpoint


def test_arrays_and_values_come_back_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "one.safetensors"
    arrays = {"weight": np.arange(6, dtype=np.float32).reshape(2, 3).T, "step": np.array(7.0, np.float32)}
    write_checkpoint(path, Checkpoint(arrays, {"fingerprint": "f", "loss": 0.1}))
    write_checkpoint(path, Checkpoint(arrays, {"fingerprint": "f", "loss": 0.2}))
    found = read_checkpoint(path, "f")
    assert found is not None
    assert found.values["loss"] == 0.2
    assert {name: array.tolist() for name, array in found.arrays.items()} == {
        "weight": [[0, 3], [1, 4], [2, 5]],
        "step": 7.0,
    }
    assert [each.name for each in tmp_path.iterdir()] == ["one.safetensors"]


def test_there_is_none_of_another_fingerprint_of_nothing_or_of_rubbish(tmp_path: Path) -> None:
    path = tmp_path / "one.safetensors"
    assert read_checkpoint(path, "f") is None
    write_checkpoint(path, Checkpoint({}, {"fingerprint": "other"}))
    assert read_checkpoint(path, "f") is None
    path.write_bytes(b"\x10\0\0\0\0\0\0\0{}")
    assert read_checkpoint(path, "f") is None
