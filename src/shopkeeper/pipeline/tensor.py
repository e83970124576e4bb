"""Arrays on disk: safetensors, read back as memory maps that all workers of a machine share."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from shopkeeper.error import BundleError

Array = npt.NDArray[Any]

_DTYPE: Final = {
    "BOOL": np.bool_,
    "U8": np.uint8,
    "I8": np.int8,
    "I32": np.int32,
    "I64": np.int64,
    "F16": np.float16,
    "F32": np.float32,
    "F64": np.float64,
}


def save_arrays(path: Path, arrays: Mapping[str, Array]) -> None:
    """Write named arrays to one safetensors file."""
    from safetensors.numpy import save_file

    save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, path)


def load_arrays(path: Path) -> dict[str, Array]:
    """Named arrays of a safetensors file, read-only memory maps. Raises BundleError where the file is damaged.

    safetensors' own reader copies, so the header is read here: 8 bytes of length, then JSON, then the data.
    """
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            header = json.loads(file.read(length))
        return {name: _map(path, 8 + length, entry) for name, entry in header.items() if name != "__metadata__"}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, MemoryError) as problem:
        raise BundleError(f"{path} cannot be read ({problem}). Run: shopkeeper bundle verify") from None


def _map(path: Path, base: int, entry: Mapping[str, Any]) -> Array:
    """One array of the file."""
    dtype, shape = _DTYPE[entry["dtype"]], tuple(entry["shape"])
    if 0 in shape:
        return np.empty(shape, dtype)
    # A plain view of the map: np.memmap itself does Python work at each slice, 2 ms of a home list.
    return np.memmap(path, dtype, "r", base + entry["data_offsets"][0], shape).view(np.ndarray)
