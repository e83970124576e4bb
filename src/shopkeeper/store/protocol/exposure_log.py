"""ExposureLog: the responses that were given."""

from collections.abc import Sequence
from typing import Protocol

import polars as pl

from shopkeeper.store.exposure import Exposure


class ExposureLog(Protocol):
    """The responses that were given; exposed is not seen."""

    def append(self, exposures: Sequence[Exposure]) -> int:
        """Commit responses, those of a known recommendation_id once; returns how many, of erased people none."""
        ...

    def get(self, recommendation_id: str) -> Exposure | None:
        """One response, or None."""
        ...

    def frame(self, since: int, before: int) -> pl.DataFrame:
        """The responses of a span of time (EXPOSURE_COLUMN, sorted by time)."""
        ...

    def count(self, before: int | None = None) -> int:
        """How many responses the log holds, or holds of before a time."""
        ...

    def forget(self, before: int, limit: int) -> int:
        """Delete at most `limit` responses of before a time, the oldest first; returns how many that were."""
        ...
