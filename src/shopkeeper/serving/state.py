"""State: what one worker serves from, immutable. A change makes a new one; requests under way keep theirs."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Self, cast

import numpy as np
import polars as pl
from polars.exceptions import PolarsError

from shopkeeper.bundle import Bundle
from shopkeeper.bundle.layout import CATALOGUE_FILE, SEARCH_FOLDER, VECTOR_FILE, source_file
from shopkeeper.bundle.member import load_learner
from shopkeeper.data import ItemTable
from shopkeeper.error import BundleError, InputError, LanguageError
from shopkeeper.language import TextEncoder
from shopkeeper.pipeline.lists import Int32
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
    unread: Int32  # items whose changed texts the language model could not be asked about

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
        return self._over(self.items.replaced(frame), frame["item_index"].to_numpy(), change)

    def caught_up(self) -> Self:
        """The state with the texts that the language model could not read before, where it can now."""
        return self._over(self.items, self.unread, self.change) if len(self.unread) else self

    def _over(self, items: ItemTable, changed: Int32, change: int) -> Self:
        """The state over another catalogue, in which these items differ."""
        changed = np.union1d(changed, self.unread).astype(np.int32)
        search, unread = _search_over(self.search, items, changed)
        learners = {name: _sharing(learner, search.meaning.vectors) for name, learner in self.learners.items()}
        return cast(Self, _assembled(self.bundle, items, learners, search, change, unread))


def open_state(bundle: Bundle, encoder: TextEncoder) -> State:
    """The state of a bundle as it was trained, before any change since. Raises BundleError."""
    manifest, folder = bundle.manifest, bundle.folder
    if manifest.encoder != encoder.name:
        raise BundleError(
            f"Bundle {bundle.bundle_id} was made with encoder {manifest.encoder!r}; settings name {encoder.name!r}. "
            "Set language.encoder back, or train again."
        )
    items = ItemTable(_catalogue(folder / CATALOGUE_FILE))
    vectors = TextVectors.restore(load_arrays(folder / VECTOR_FILE), manifest.encoder)
    learners = {
        name: load_learner(spec, folder / source_file(name), vectors) for name, spec in manifest.sources.items()
    }
    search = TextSearch.open(folder / SEARCH_FOLDER, items, vectors, encoder)
    return _assembled(bundle, items, learners, search, manifest.change, np.empty(0, np.int32))


def _catalogue(path: Path) -> pl.DataFrame:
    """The catalogue of a bundle. Raises BundleError."""
    try:
        return pl.read_parquet(path)
    except (OSError, PolarsError) as problem:
        reason = (str(problem).splitlines() or ["unreadable"])[0]
        raise BundleError(f"{path} cannot be read ({reason}). Run: shopkeeper bundle verify") from None


def _search_over(search: TextSearch, items: ItemTable, changed: Int32) -> tuple[TextSearch, Int32]:
    """A search over another catalogue, and the items whose texts must still be read.

    Where the language model cannot be asked, what changed is found by its words alone: its silence must hold up neither
    a deletion nor a price.
    """
    try:
        return search.with_changes(items, changed), np.empty(0, np.int32)
    except LanguageError:
        return TextSearch(search.lexical.with_changes(items, changed).ready(), search.meaning), changed


def _assembled(
    bundle: Bundle,
    items: ItemTable,
    learners: Mapping[str, Source],
    search: TextSearch,
    change: int,
    unread: Int32,
) -> State:
    """A state whose pipelines draw on these parts."""
    _ = items.vocabulary  # made now, before a shopper waits for it
    sources = {**learners, **search.sources}
    look_alike = search.meaning.vectors.text.rows(np.arange(len(items), dtype=np.int32))
    pipelines = {name: spec.build(sources, look_alike, items.group) for name, spec in bundle.manifest.pipelines.items()}
    return State(bundle, items, learners, search, pipelines, Masks(items), change, unread)


def _sharing(learner: Source, vectors: TextVectors) -> Source:
    """The learner with newer text vectors, where it has any."""
    holder = cast(Any, learner)
    if "vectors" not in {field.name for field in fields(holder)}:
        return learner
    return cast(Source, replace(holder, vectors=vectors))
