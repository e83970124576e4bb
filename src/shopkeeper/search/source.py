"""The two sources of a search pipeline: by words and by meaning. Both read the request's text."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

import numpy as np

from shopkeeper.data.item_table import ItemTable, living_texts
from shopkeeper.language import TextEncoder
from shopkeeper.language.segment import says_something, spoken
from shopkeeper.pipeline.batch import QueryBatch
from shopkeeper.pipeline.distinct import Carriers
from shopkeeper.pipeline.lists import Bool, Float32, Int32, ItemLists, Reason, lists_of, offsets
from shopkeeper.pipeline.vectors import TextVectors
from shopkeeper.search.familiarity import Familiarity
from shopkeeper.search.fuse import MEANING_FLOOR, MEANING_FULL, popularity_boost
from shopkeeper.search.lexical import LexicalSearch
from shopkeeper.search.plan import LETTER_LIMIT
from shopkeeper.search.recent import Recent

PER_TEXT: Final = 25  # candidates of one text: products of equal titles must not crowd out all others
REMEMBERED: Final = 4096  # query vectors kept, 2 kB each

Found = tuple[Int32, Float32]


class QueryEncoder:
    """A text encoder for queries, which remembers the latest. One stays in use while catalogues come and go."""

    def __init__(self, encoder: TextEncoder) -> None:
        self.encoder = encoder
        self._recent: Recent[str, Float32] = Recent(REMEMBERED)

    def vector(self, text: str) -> Float32:
        """(D,) the encoder's own vector; zero where the text has no words. Raises LanguageError."""
        # Not in a thread of its own, beside the search by words: both hold the interpreter most of their time, and
        # one search took 1 ms longer for the two of them taking turns.
        return self._recent.get(text[:LETTER_LIMIT].strip(), self._encoded)

    def _encoded(self, text: str) -> Float32:
        said: Float32 = self.encoder.encode([spoken(text) if says_something(text) else ""])[0]
        return said


@dataclass(frozen=True)
class LexicalSource:
    """Scores are those of LexicalSearch, the share of the query's words that an item answers, lifted by popularity."""

    search: LexicalSearch
    reason: Reason = Reason.MATCHES_TEXT

    def retrieve(self, batch: QueryBatch, n: int) -> ItemLists:
        return _retrieved(batch, self.boost, lambda text, allowed: self.search.search(text, allowed, n, PER_TEXT))

    def score(self, batch: QueryBatch, lists: ItemLists) -> Float32:
        return _scored(batch, lists, self.boost, self.search.score)

    def cause(self, batch: QueryBatch, lists: ItemLists) -> Int32:
        return np.full(len(lists.item), -1, np.int32)

    def with_changes(self, table: ItemTable, changed: Int32) -> "LexicalSource":
        """A newer source over `table`, whose items `changed` differ from before, are new, or are deleted."""
        search = self.search.with_changes(table, changed)
        return self if search is self.search else replace(self, search=search)

    def ready(self) -> "LexicalSource":
        """Itself, with all that the first search would have to make."""
        _ = self.search.ready(), self.boost
        return self

    @cached_property
    def boost(self) -> Float32:
        """(n_items,) what popularity multiplies a score with."""
        return popularity_boost(self.search.popularity)


@dataclass(frozen=True)
class SemanticSource:
    """Scores rise with the cosine of whitened vectors, 0 at MEANING_FLOOR and 1 at MEANING_FULL, lifted by popularity.

    Popularity also orders items of equal text. A text of which the catalogue does not speak has no neighbours; items
    that its words find are scored all the same.
    """

    vectors: TextVectors
    query: QueryEncoder
    popularity: Float32 = field(default_factory=lambda: np.empty(0, np.float32))
    familiarity: Familiarity = field(default_factory=Familiarity)
    reason: Reason = Reason.MATCHES_MEANING

    def retrieve(self, batch: QueryBatch, n: int) -> ItemLists:
        return _retrieved(batch, self.boost, lambda text, allowed: self._near(text, allowed, n))

    def score(self, batch: QueryBatch, lists: ItemLists) -> Float32:
        return _scored(
            batch, lists, self.boost, lambda text, item: _meaning(self.vectors.score(self.vector(text), item))
        )

    def cause(self, batch: QueryBatch, lists: ItemLists) -> Int32:
        return np.full(len(lists.item), -1, np.int32)

    def with_changes(self, table: ItemTable, changed: Int32) -> "SemanticSource":
        """A newer source over `table`, whose items `changed` differ from before, are new, or are deleted.

        Only texts never seen are encoded. Raises LanguageError.
        """
        texts = living_texts(table.frame[changed.tolist()])
        vectors = self.vectors.with_changes(changed, texts, self.query.encoder)
        return self if vectors is self.vectors else replace(self, vectors=vectors)

    def ready(self) -> "SemanticSource":
        """Itself, with all that the first search would have to make."""
        _ = self.carriers, self.boost, self.vectors.by_component
        return self

    def vector(self, text: str) -> Float32:
        """(d,) the whitened vector of a text, zero where it says nothing."""
        return self._recent.get(text, self._projected)

    def _projected(self, text: str) -> Float32:
        projected: Float32 = self.vectors.project(self.query.vector(text).reshape(1, -1))[0]
        return projected

    @cached_property
    def _recent(self) -> Recent[str, Float32]:
        return Recent(REMEMBERED)

    @cached_property
    def carriers(self) -> Carriers:
        """Who carries each text, the more popular first."""
        return self.vectors.text.carriers(self.popularity)

    @cached_property
    def boost(self) -> Float32:
        """(n_items,) what popularity multiplies a score with."""
        return popularity_boost(self.popularity)

    def _near(self, text: str, allowed: Bool, n: int) -> Found:
        """The nearest items that have anything in common with the text."""
        if not self.familiarity.knows(self.query.vector(text), self.vectors.whitening, len(self.vectors.vector)):
            return np.empty(0, np.int32), np.empty(0, np.float32)
        item, score = self.vectors.nearest(self.vector(text), allowed, n, self.carriers, PER_TEXT)
        near = score > MEANING_FLOOR
        return item[near], _meaning(score[near])


def _meaning(cosine: Float32) -> Float32:
    """How much two texts have in common."""
    shared: Float32 = np.maximum((cosine - MEANING_FLOOR) / (MEANING_FULL - MEANING_FLOOR), 0).astype(np.float32)
    return shared


def _retrieved(batch: QueryBatch, boost: Float32, find: Callable[[str, Bool], Found]) -> ItemLists:
    """What `find(text, allowed)` gives for each request; nothing for one without text."""
    nothing = (np.empty(0, np.int32), np.empty(0, np.float32))
    found = [find(text, batch.mask_of(row)) if text else nothing for row, text in enumerate(batch.text)]
    item = np.concatenate([item for item, _ in found])
    score = np.concatenate([score for _, score in found])
    return lists_of(item, offsets(np.array([len(item) for item, _ in found])), _boosted(item, score, boost))


def _scored(batch: QueryBatch, lists: ItemLists, boost: Float32, score: Callable[[str, Int32], Float32]) -> Float32:
    """What `score(text, items)` gives for each list; 0 for a request without text."""
    found = [
        score(text, lists.items_of(row)) if text else np.zeros(len(lists.items_of(row)), np.float32)
        for row, text in enumerate(batch.text)
    ]
    return _boosted(lists.item, np.concatenate(found), boost)


def _boosted(item: Int32, score: Float32, boost: Float32) -> Float32:
    """Scores times their items' boosts; items newer than the popularity count as never sold."""
    lifted = np.ones(len(item), np.float32)
    known = item < len(boost)
    lifted[known] = boost[item[known]]
    product: Float32 = score * lifted
    return product
