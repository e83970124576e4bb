"""Masks: which items may be shown now and pass a filter, each worked out once for one catalogue."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import polars as pl

from shopkeeper.data import ItemTable
from shopkeeper.pipeline.expression import filter_mask
from shopkeeper.pipeline.lists import Bool, Int32, Int64

_MASKS_KEPT: Final = 64  # 0.5 MB each at 92k items


@dataclass(frozen=True, slots=True)
class Mask:
    """`shown` (n_items,) are the items that pass; `eligible` (n_items,) the leaders of groups with such a variant;
    `face` (n_items,) the variant shown for each leader, or -1."""

    shown: Bool
    eligible: Bool
    face: Int32


class Masks:
    """Masks of one item table; a time matters only by which item windows it falls into."""

    def __init__(self, items: ItemTable, kept: int = _MASKS_KEPT) -> None:
        self._items = items
        self._edges = _window_edges(items)
        self._shown = lru_cache(4)(self._shown_in)
        self._mask = lru_cache(kept)(self._mask_of)

    def of(self, now: int, expression: str | None) -> Mask:
        """What may be shown at a time (UTC microseconds) and passes the filter. Raises FilterError."""
        return self._mask(int(np.searchsorted(self._edges, now, side="right")), expression)

    def _shown_in(self, window: int) -> Bool:
        """(n_items,) what may be shown between two edges: the same at all times of it as at its start."""
        return self._items.shown(int(self._edges[window - 1]) if window else -(2**62))

    def _mask_of(self, window: int, expression: str | None) -> Mask:
        shown = self._shown(window)
        if expression is not None:
            shown = np.logical_and(shown, filter_mask(self._items, expression))
        face = self._items.face(shown)
        return Mask(shown, face >= 0, face)


def _window_edges(items: ItemTable) -> Int64:
    """Sorted times at which some item appears or goes."""
    times = items.frame.select(pl.concat([pl.col("available_from"), pl.col("expires_at")])).to_series()
    return np.unique(times.drop_nulls().to_numpy()).astype(np.int64)
