"""State: what one worker serves from, immutable. A change makes a new one; requests under way keep theirs."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Final, Self, cast

import numpy as np
import polars as pl
from polars.exceptions import PolarsError

from shopkeeper.bundle import Bundle
from shopkeeper.bundle.layout import CATALOGUE_FILE, SEARCH_FOLDER, VECTOR_FILE, source_file
from shopkeeper.bundle.member import load_learner
from shopkeeper.bundle.ranker import load_rankers
from shopkeeper.data import ItemTable
from shopkeeper.error import BundleError, InputError, LanguageError
from shopkeeper.language import TextEncoder
from shopkeeper.model.fact import log_price
from shopkeeper.model.ranker import LearnedRanker
from shopkeeper.pipeline.lists import Int32
from shopkeeper.pipeline.pipeline import Pipeline
from shopkeeper.pipeline.role import Source
from shopkeeper.pipeline.tensor import load_arrays
from shopkeeper.pipeline.vectors import TextVectors
from shopkeeper.search import TextSearch
from shopkeeper.serving.market import Markets, View
from shopkeeper.serving.mask import Masks
from shopkeeper.store import Prices
from shopkeeper.store.frame import CATALOGUE_COLUMN
from shopkeeper.surface import find_surface

_TOLD: Final = [name for name in CATALOGUE_COLUMN if name != "change"]


@dataclass(frozen=True)
class State:
    """A bundle with all changes up to `change` laid over it, prices as of `as_of` (UTC microseconds)."""

    bundle: Bundle
    items: ItemTable
    learners: Mapping[str, Source]
    rankers: Mapping[str, LearnedRanker]
    search: TextSearch
    pipelines: Mapping[str, Pipeline]
    masks: Masks
    markets: Markets
    change: int
    as_of: int
    unread: Int32  # items whose changed texts the language model could not be asked about

    def pipeline(self, surface: str) -> Pipeline:
        """The pipeline of a surface. Raises UnknownSurface, or InputError where this bundle has none for it."""
        find_surface(surface)
        if surface not in self.pipelines:
            raise InputError(f"Bundle {self.bundle.bundle_id} has no pipeline for {surface!r}. Train again.")
        return self.pipelines[surface]

    def view(self, market: str) -> View:
        """The goods as a market or store has them; as the default market has them, where it has no offers."""
        found = self.markets.view(market, self.as_of) if market else None
        return found or View("", self.items, self.masks)

    def changed(self, frame: pl.DataFrame, change: int, as_of: int) -> Self:
        """The state after these rows (CATALOGUE_COLUMN) replaced the old ones, up to a change number and a time.

        The rows are of all items that changed, be it only in what they cost in some other market.
        """
        if frame.is_empty():
            return replace(self, change=change, as_of=as_of)
        new = _new(frame, self.items.frame)
        items = self.items if new.is_empty() else self.items.replaced(new)
        markets = self.markets.after(items, frame["item_index"].to_list(), as_of)
        later = replace(self, markets=markets, change=change, as_of=as_of)
        return later if items is self.items else later._over(items, new["item_index"].to_numpy())

    def caught_up(self) -> Self:
        """The state with the texts that the language model could not read before, where it can now."""
        return self._over(self.items, self.unread) if len(self.unread) else self

    def _over(self, items: ItemTable, changed: Int32) -> Self:
        """The state over another catalogue, in which these items differ."""
        changed = np.union1d(changed, self.unread).astype(np.int32)
        search, unread = _search_over(self.search, items, changed)
        learners = {name: _sharing(learner, search.meaning.vectors) for name, learner in self.learners.items()}
        pipelines = _pipelines(self.bundle, items, learners, self.rankers, search)
        masks = self.masks if items is self.items else Masks(items)
        return replace(
            self,
            items=items,
            learners=learners,
            search=search,
            pipelines=pipelines,
            masks=masks,
            unread=unread,
        )


def open_state(bundle: Bundle, encoder: TextEncoder, prices: Prices) -> State:
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
    rankers = load_rankers(manifest.rankers, folder)
    search = TextSearch.open(folder / SEARCH_FOLDER, items, vectors, encoder)
    return State(
        bundle=bundle,
        items=items,
        learners=learners,
        rankers=rankers,
        search=search,
        pipelines=_pipelines(bundle, items, learners, rankers, search),
        masks=Masks(items),
        markets=Markets(prices, items),
        change=manifest.change,
        as_of=manifest.as_of,
        unread=np.empty(0, np.int32),
    )


def _new(frame: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """The rows that say anything of an item that is not known; `known` has item_index i in row i."""
    index = frame["item_index"]
    before = known[index.filter(index < known.height)]
    return frame.join(before, on=_TOLD, how="anti", nulls_equal=True, maintain_order="left")


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


def _pipelines(
    bundle: Bundle,
    items: ItemTable,
    learners: Mapping[str, Source],
    rankers: Mapping[str, LearnedRanker],
    search: TextSearch,
) -> Mapping[str, Pipeline]:
    """The pipelines of all surfaces, drawing on these parts; rankers know the prices of this very table."""
    _ = items.vocabulary  # made now, before a shopper waits for it
    price = log_price(items.frame["price"].to_numpy())
    priced = {name: ranker.priced(price) for name, ranker in rankers.items()}
    sources = {**learners, **search.sources}
    look_alike = search.meaning.vectors.text.rows(np.arange(len(items), dtype=np.int32))
    return {
        name: spec.build(sources, look_alike, items.group, priced) for name, spec in bundle.manifest.pipelines.items()
    }


def _sharing(learner: Source, vectors: TextVectors) -> Source:
    """The learner with newer text vectors, where it has any."""
    holder = cast(Any, learner)
    if "vectors" not in {field.name for field in fields(holder)}:
        return learner
    return cast(Source, replace(holder, vectors=vectors))
