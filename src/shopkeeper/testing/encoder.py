"""A text encoder that is watched: it counts the texts that it is asked for, and goes silent when told to."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from shopkeeper.error import LanguageError
from shopkeeper.language import TextEncoder


class WatchedEncoder:
    """Another encoder, under its own name. `texts` are all that it was asked for; while `silent`, it fails."""

    def __init__(self, inner: TextEncoder, name: str | None = None) -> None:
        self._inner, self._name = inner, name
        self.texts: list[str] = []
        self.silent = False

    @property
    def name(self) -> str:
        return self._name or self._inner.name

    @property
    def dimension(self) -> int:
        return self._inner.dimension

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """What the other says. Raises LanguageError while silent."""
        self.texts += texts
        if self.silent:
            raise LanguageError("The endpoint does not answer. Start it again.")
        return self._inner.encode(texts)
