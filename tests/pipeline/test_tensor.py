"""Arrays on disk: they come back bit by bit, mapped; a damaged file is a named error."""

import json
from pathlib import Path

import numpy as np
import pytest

from shopkeeper.error import BundleError
from shopkeeper.pipeline.tensor import load_arrays, save_arrays

KINDS = ["?", "u1", "i1", "i4", "i8", "f2", "f4", "f8"]


def test_arrays_come_back_mapped_and_read_only(tmp_path: Path) -> None:
    arrays = {kind: (np.arange(6) % 2).astype(kind).reshape(2, 3) for kind in KINDS}
    arrays |= {"none": np.empty((0, 3), np.float32), "turned": np.arange(6.0).reshape(2, 3).T, "one": np.array([7])}
    save_arrays(tmp_path / "file", arrays)
    loaded = load_arrays(tmp_path / "file")
    assert loaded.keys() == arrays.keys()
    for name, array in arrays.items():
        np.testing.assert_array_equal(loaded[name], array)
        assert loaded[name].dtype == array.dtype
    assert isinstance(loaded["f4"].base, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        loaded["f4"][0] = 1


def test_no_arrays_are_a_file_too(tmp_path: Path) -> None:
    save_arrays(tmp_path / "file", {})
    assert load_arrays(tmp_path / "file") == {}


def header(content: object) -> bytes:
    """A file of this header and eight bytes of data."""
    text = json.dumps(content).encode()
    return len(text).to_bytes(8, "little") + text + bytes(8)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff" * 8,
        b"\xff" * 7 + b"\x0f",
        b"\x05\0\0\0\0\0\0\0{",
        header([]),
        header({"a": 1}),
        header({"a": {"dtype": "F32", "shape": [2]}}),
        header({"a": {"dtype": "F32", "shape": [2000], "data_offsets": [0, 8000]}}),
        header({"a": {"dtype": "F99", "shape": [2], "data_offsets": [0, 8]}}),
        header({"a": {"dtype": "F32", "shape": "ab", "data_offsets": [0, 8]}}),
        header({"a": {"dtype": "F32", "shape": [2], "data_offsets": ["x", 8]}}),
        header({"a": {"dtype": "F32", "shape": [-2], "data_offsets": [0, 8]}}),
        header({"a": {"dtype": "F32", "shape": [2], "data_offsets": [-999, 8]}}),
    ],
)
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(BundleError, match=r"file cannot be read.*bundle verify"):
        load_arrays(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="gone cannot be read"):
        load_arrays(tmp_path / "gone")
