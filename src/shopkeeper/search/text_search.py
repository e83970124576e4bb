"""TextSearch: a catalogue that answers texts, by words and by meaning; what a bundle holds and a worker keeps fresh."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np

from shopkeeper.data.item_table import ItemTable
from shopkeeper.language import TextEncoder
from shopkeeper.pipeline.batch import QueryBatch
from shopkeeper.pipeline.lists import Bool, Float32, Int32, ItemLists
from shopkeeper.pipeline.pipeline import Pipeline
from shopkeeper.pipeline.role import Source
from shopkeeper.pipeline.tensor import load_arrays, save_arrays
from shopkeeper.pipeline.vectors import TextVectors
from shopkeeper.search.familiarity import Familiarity
from shopkeeper.search.fuse import LEXICAL, MEANING, search_ranker
from shopkeeper.search.lexical import LexicalSearch
from shopkeeper.search.source import LexicalSource, QueryEncoder, SemanticSource
from shopkeeper.store.history import RECENT, TOTAL, Histories

INDEX_FOLDER: Final = "lexical"
ARRAY_FILE: Final = "search.safetensors"
FAMILIARITY: Final = "familiarity"
SURFACE: Final = "search"
SEED: Final = 0  # one catalogue, one floor


@dataclass(frozen=True)
class TextSearch:
    """Immutable; `with_changes` makes a newer one. Vectors are shared with the models: who shares them saves them."""

    lexical: LexicalSource
    meaning: SemanticSource

    @classmethod
    def build(
        cls, folder: Path, table: ItemTable, vectors: TextVectors, encoder: TextEncoder, popularity: Float32
    ) -> "TextSearch":
        """Index a catalogue into `folder`, which is made and must be empty; `popularity` (n_items,) breaks ties.

        Raises LanguageError.
        """
        search = LexicalSearch.build(table, folder / INDEX_FOLDER, popularity)
        titles = table.frame.filter(~table.frame["deleted"])["title"].drop_nulls().to_list()
        rng = np.random.default_rng(SEED)
        known = Familiarity.fit(vectors.whitening, encoder, titles, len(vectors.vector), rng)
        save_arrays(folder / ARRAY_FILE, {**search.arrays(), FAMILIARITY: known.array()})
        return cls(LexicalSource(search), SemanticSource(vectors, QueryEncoder(encoder), popularity, known))

    @classmethod
    def open(cls, folder: Path, table: ItemTable, vectors: TextVectors, encoder: TextEncoder) -> "TextSearch":
        """What `build` wrote, with the table and vectors it was built from. Raises BundleError."""
        arrays = load_arrays(folder / ARRAY_FILE)
        search = LexicalSearch.open(folder / INDEX_FOLDER, arrays, table)
        known = Familiarity.restore(arrays[FAMILIARITY]) if FAMILIARITY in arrays else Familiarity()
        return cls(LexicalSource(search), SemanticSource(vectors, QueryEncoder(encoder), search.popularity, known))

    def with_changes(self, table: ItemTable, changed: Int32) -> "TextSearch":
        """A newer search over `table`, whose items `changed` differ from before, are new, or are deleted.

        Only texts never seen are indexed and encoded. Where no text differs, as after a change of price, this very one.
        """
        lexical, meaning = self.lexical.with_changes(table, changed), self.meaning.with_changes(table, changed)
        if lexical is self.lexical and meaning is self.meaning:
            return self
        return TextSearch(lexical.ready(), meaning.ready())

    def warm_up(self) -> None:
        """Make now what the first search would have to make, and read the language model: about 2 s."""
        self.lexical.ready()
        self.meaning.ready().vector("warm up")

    @cached_property
    def sources(self) -> Mapping[str, Source]:
        """What a search pipeline draws on, by name."""
        return {LEXICAL: self.lexical, MEANING: self.meaning}

    @cached_property
    def pipeline(self) -> Pipeline:
        """The search surface without a fallback: a search that finds nothing says so."""
        return Pipeline(SURFACE, self.sources, search_ranker())

    def search(self, text: str, eligible: Bool, n: int) -> ItemLists:
        """One list of at most n eligible items, best first. `eligible` (n_items,)."""
        return self.pipeline.run(text_batch(text, eligible, n))


def text_batch(text: str, eligible: Bool, n: int) -> QueryBatch:
    """A request that is nothing but a text: no user, no history, no context."""
    none = np.zeros(2, np.int64)
    return QueryBatch(
        surface=SURFACE,
        n=n,
        now=np.zeros(1, np.int64),
        history=Histories(np.empty(0, TOTAL), none, np.empty(0, RECENT), none),
        item=np.empty(0, np.int32),
        item_offset=none,
        text=(text,),
        eligible=eligible,
        excluded=np.empty(0, np.int32),
        excluded_offset=none,
        weight=np.empty(0, np.float32),
    )
