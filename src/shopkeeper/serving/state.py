"""State: what one worker serves from, immutable. A change makes a new one; requests under way keep theirs."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Self, cast

import numpy as np
import polars as pl

from shopkeeper.bundle import Bundle
from shopkeeper.bundle.layout import CATALOGUE_FILE, SEARCH_FOLDER, VECTOR_FILE, source_file
from shopkeeper.bundle.member import load_learner
from shopkeeper.data import ItemTable
from shopkeeper.error import BundleError, InputError
from shopkeeper.language import TextEncoder
from shopkeeper.pipeline.pipeline import Pipeline
from shopkeeper.pipeline.role import Source
from shopkeeper.pipeline.tensor import load_arrays
from shopkeeper.pipeline.vectors import TextVectors
from shopkeeper.search import TextSearch
from shopkeeper.serving.mask import Masks
from shopkeeper.surface import find_surface


@dataclass(frozen=True)
class State:
    """A bundle with all changes up to `change` laid over it."""

    bundle: Bundle
    items: ItemTable
    learners: Mapping[str, Source]
    search: TextSearch
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
        search = self.search.with_changes(items, changed)
        learners = {name: _sharing(learner, search.meaning.vectors) for name, learner in self.learners.items()}
        return cast(Self, _assembled(self.bundle, items, learners, search, change))


def open_state(bundle: Bundle, encoder: TextEncoder) -> State:
    """The state of a bundle as it was trained, before any change since. Raises BundleError."""
    manifest, folder = bundle.manifest, bundle.folder
    if manifest.encoder != encoder.name:
        raise BundleError(
            f"Bundle {bundle.bundle_id} was made with encoder {manifest.encoder!r}; settings name {encoder.name!r}. "
            "Set language.encoder back, or train again."
        )
    items = ItemTable(pl.read_parquet(folder / CATALOGUE_FILE))
    vectors = TextVectors.restore(load_arrays(folder / VECTOR_FILE), manifest.encoder)
    learners = {
        name: load_learner(spec, folder / source_file(name), vectors) for name, spec in manifest.sources.items()
    }
    search = TextSearch.open(folder / SEARCH_FOLDER, items, vectors, encoder)
    return _assembled(bundle, items, learners, search, manifest.change)


def _assembled(
    bundle: Bundle, items: ItemTable, learners: Mapping[str, Source], search: TextSearch, change: int
) -> State:
    """A state whose pipelines draw on these parts."""
    sources = {**learners, **search.sources}
    look_alike = search.meaning.vectors.text.rows(np.arange(len(items), dtype=np.int32))
    pipelines = {name: spec.build(sources, look_alike) for name, spec in bundle.manifest.pipelines.items()}
    return State(bundle, items, learners, search, pipelines, Masks(items), change)


def _sharing(learner: Source, vectors: TextVectors) -> Source:
    """The learner with newer text vectors, where it has any."""
    holder = cast(Any, learner)
    if "vectors" not in {field.name for field in fields(holder)}:
        return learner
    return cast(Source, replace(holder, vectors=vectors))
