"""Masks: which items may be shown now and pass a filter, each worked out once for one catalogue."""

from functools import lru_cache
from typing import Final

import numpy as np
import polars as pl

from shopkeeper.data import ItemTable
from shopkeeper.pipeline.expression import filter_mask
from shopkeeper.pipeline.lists import Bool, Int64

_FILTERS_KEPT: Final = 256  # 92 kB each at 92k items


class Masks:
    """Eligibility masks of one item table; a time matters only by which item windows it falls into."""

    def __init__(self, items: ItemTable) -> None:
        self._items = items
        self._edges = _window_edges(items)
        self._shown = lru_cache(4)(self._eligible)
        self._passing = lru_cache(_FILTERS_KEPT)(self._filtered)

    def eligible(self, now: int, expression: str | None) -> Bool:
        """(n_items,) what may be shown at a time (UTC microseconds) and passes the filter. Raises FilterError."""
        window = int(np.searchsorted(self._edges, now, side="right"))
        return self._shown(window) if expression is None else self._passing(window, expression)

    def _eligible(self, window: int) -> Bool:
        """What may be shown between two edges: the same at all times of it as at its start."""
        return self._items.eligible(int(self._edges[window - 1]) if window else -(2**62))

    def _filtered(self, window: int, expression: str) -> Bool:
        return np.logical_and(self._shown(window), filter_mask(self._items, expression))


def _window_edges(items: ItemTable) -> Int64:
    """Sorted times at which some item appears or goes."""
    times = items.frame.select(pl.concat([pl.col("available_from"), pl.col("expires_at")])).to_series()
    return np.unique(times.drop_nulls().to_numpy()).astype(np.int64)
