"""A text encoder without a model, for tests only: texts that share letters are near."""

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from shopkeeper.language.whiten import unit


class HashingEncoder:
    """Counts character trigrams of each text in `dimension` buckets. The same everywhere, in every process."""

    def __init__(self, dimension: int = 64) -> None:
        self._dimension = dimension

    @property
    def name(self) -> str:
        return f"hashing-{self._dimension}"

    @property
    def dimension(self) -> int:
        return self._dimension

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """(len(texts), dimension) unit rows; an empty text gives a zero row."""
        counts = np.zeros((len(texts), self._dimension), np.float32)
        for row, text in enumerate(texts):
            padded = f" {text.strip().casefold()} "
            if padded.strip():
                np.add.at(counts[row], [self._bucket(padded[at : at + 3]) for at in range(len(padded) - 2)], 1)
        return unit(counts)

    def _bucket(self, gram: str) -> int:
        digest = blake2b(gram.encode("utf-8", "surrogatepass"), digest_size=4).digest()
        return int.from_bytes(digest, "little") % self._dimension
