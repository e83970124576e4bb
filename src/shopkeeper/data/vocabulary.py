"""Vocabulary: external ids against the small integers that arrays use."""

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt


class Vocabulary:
    """Ids in the order of their integers. Ids never seen have the integer -1; an empty id names nothing."""

    UNKNOWN = -1

    def __init__(self, ids: Iterable[str]) -> None:
        self._ids = tuple(ids)
        self._index = {key: index for index, key in enumerate(self._ids) if key}

    def __len__(self) -> int:
        return len(self._ids)

    def __contains__(self, key: object) -> bool:
        return key in self._index

    @property
    def ids(self) -> tuple[str, ...]:
        """All ids, position i being integer i."""
        return self._ids

    def index(self, key: str) -> int:
        """The integer of an id, or UNKNOWN."""
        return self._index.get(key, self.UNKNOWN)

    def indices(self, keys: Sequence[str]) -> npt.NDArray[np.int32]:
        """(len(keys),) integers, UNKNOWN where an id was never seen."""
        return np.array([self._index.get(key, self.UNKNOWN) for key in keys], np.int32)

    def id(self, index: int) -> str:
        """The id of an integer; IndexError where there is none."""
        if index < 0:
            raise IndexError(index)
        return self._ids[index]
