"""The narrow seam of language models: texts in, vectors out."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt


class TextEncoder(Protocol):
    """Turns texts into vectors. `name` identifies model and version: it is part of every cache key."""

    @property
    def name(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """(len(texts), dimension), rows of unit length; an empty text gives a zero row. Raises LanguageError."""
        ...
