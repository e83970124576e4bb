"""State: what one worker serves from, immutable. A change makes a new one; requests under way keep theirs."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Self

import numpy as np
import polars as pl

from shopkeeper.bundle import Bundle
from shopkeeper.data import ItemTable
from shopkeeper.error import InputError
from shopkeeper.language import TextEncoder
from shopkeeper.pipeline.expression import filter_mask
from shopkeeper.pipeline.lists import Bool, Int32
from shopkeeper.pipeline.pipeline import Pipeline
from shopkeeper.pipeline.role import Live, Source
from shopkeeper.serving.restore import restore_items, restore_sources
from shopkeeper.surface import find_surface

_MASKS_KEPT = 256


class Masks:
    """Eligibility masks of one item table, each made once: by filter expression, until an item's window turns."""

    def __init__(self, items: ItemTable) -> None:
        self._items = items
        self._of_filter = lru_cache(_MASKS_KEPT)(lambda expression: filter_mask(items, expression))
        self._turns = _window_edges(items)
        self._of_window = lru_cache(4)(lambda _window, now: items.eligible(now))
        self._combined = lru_cache(_MASKS_KEPT)(self._combine)

    def eligible(self, now: int, expression: str | None) -> Bool:
        """(n_items,) what may be shown now and passes the filter. Raises FilterError."""
        window = int(np.searchsorted(self._turns, now, side="right"))
        return self._combined(window, expression, int(self._turns[window - 1]) if window else 0)

    def _combine(self, window: int, expression: str | None, edge: int) -> Bool:
        shown = self._of_window(window, edge)
        return shown if expression is None else np.logical_and(shown, self._of_filter(expression))


@dataclass(frozen=True)
class State:
    """A bundle with all changes up to `change` laid over it."""

    bundle: Bundle
    items: ItemTable
    sources: Mapping[str, Source]
    pipelines: Mapping[str, Pipeline]
    masks: Masks
    change: int

    def pipeline(self, surface: str) -> Pipeline:
        """The pipeline of a surface. Raises UnknownSurface, or InputError where this bundle has none for it."""
        find_surface(surface)
        if surface not in self.pipelines:
            raise InputError(f"Bundle {self.bundle.bundle_id} has no pipeline for {surface!r}. Train again.")
        return self.pipelines[surface]

    def changed(self, frame: pl.DataFrame, change: int) -> Self:
        """The state after these rows (CATALOGUE_COLUMN) replaced the old ones, up to a change number."""
        if frame.is_empty():
            return replace(self, change=change)
        items = self.items.replaced(frame)
        changed = np.sort(frame["item_index"].to_numpy()).astype(np.int32)
        sources = {name: _follow(source, items, changed) for name, source in self.sources.items()}
        return replace(self, **_served(self.bundle, items, sources), change=change)


def open_state(bundle: Bundle, encoder: TextEncoder) -> State:
    """The state of a bundle as it was trained, before any change since."""
    items = restore_items(bundle)
    sources = restore_sources(bundle, items, encoder)
    return State(bundle=bundle, **_served(bundle, items, sources), change=bundle.manifest.change)
