"""The embedding cache: what an encoder said of a text, kept on disk by content hash. Safe to delete at any time.

A folder of immutable shards, each written to a temporary name and renamed: a killed writer leaves nothing half done,
and two writers at once only write the same vectors twice.
"""

import os
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Final
from uuid import uuid4

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

Float32 = npt.NDArray[np.float32]

KEY_BYTES: Final = 16
SUFFIX: Final = ".safetensors"


class EmbeddingCache:
    """The vectors of one encoder under `folder`, which is made where it is missing."""

    def __init__(self, folder: Path, encoder: str) -> None:
        self._encoder = encoder
        self._folder = folder / _digest(encoder).hex()

    def key(self, text: str) -> bytes:
        """What a text's vector is kept under: a hash of the encoder's name and the text."""
        return _digest(self._encoder + "\0" + text)

    def get(self, texts: Sequence[str], dimension: int) -> tuple[Float32, npt.NDArray[np.bool_]]:
        """((len(texts), dimension) vectors, zero where unknown; which are known)."""
        place = {self.key(text): row for row, text in enumerate(texts)}
        vectors = np.zeros((len(texts), dimension), np.float32)
        known = np.zeros(len(texts), bool)
        for keys, rows in self._shards():
            wanted = [(at, place[key]) for at, key in enumerate(keys) if key in place]
            if wanted and rows.shape[1] == dimension:
                at, row = np.array(wanted).T
                vectors[row], known[row] = rows[at], True
        return vectors, known

    def put(self, texts: Sequence[str], vectors: Float32) -> None:
        """Keep the vectors of these texts: on disk when this returns."""
        self._folder.mkdir(parents=True, exist_ok=True)
        keys = np.frombuffer(b"".join(self.key(text) for text in texts), np.uint8).reshape(-1, KEY_BYTES)
        name = uuid4().hex
        temporary = self._folder / f".{name}.part"
        save_file({"key": keys, "vector": np.ascontiguousarray(vectors, np.float32)}, temporary)
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.replace(self._folder / (name + SUFFIX))

    def _shards(self) -> Iterator[tuple[list[bytes], Float32]]:
        """(keys, vectors) of each shard; one that cannot be read is as good as absent: encoded anew."""
        for path in sorted(self._folder.glob("*" + SUFFIX)):
            try:
                arrays = load_file(path)
                packed, vectors = arrays["key"].tobytes(), arrays["vector"]
            except (OSError, SafetensorError, KeyError):
                continue
            yield [packed[at : at + KEY_BYTES] for at in range(0, len(packed), KEY_BYTES)], vectors


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=KEY_BYTES).digest()
