"""Lexical search: products by the words of their title, brand, category and description, and by their very id."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from shopkeeper.data.item_table import ItemTable
from shopkeeper.data.vocabulary import Vocabulary
from shopkeeper.pipeline.distinct import NO_TEXT, Carriers, DistinctTexts
from shopkeeper.pipeline.lists import Bool, Float32, Int32, Int64
from shopkeeper.search.document import Document, document_texts
from shopkeeper.search.lexical_index import LexicalIndex, Plan
from shopkeeper.search.plan import Planner
from shopkeeper.search.recent import Recent
from shopkeeper.search.spelling import Spelling

EXACT_ID: Final = 2.0  # the score of an item whose id was typed: above what any words can reach
BREVITY: Final = 0.2  # of what BM25 adds above a full answer, that is kept
FIRST_FETCH: Final = 300  # documents asked for at first; more only where a mask leaves too few
REMEMBERED: Final = 256  # queries whose matches are kept


@dataclass(frozen=True, slots=True)
class Matches:
    """Documents that match one text, best first.

    `complete`: there are no others. `sole` is the item whose id the text is, or -1.
    """

    plan: Plan
    ideal: float
    row: Int64
    score: Float32
    complete: bool
    sole: int


@dataclass(frozen=True)
class LexicalSearch:
    """Immutable. `text` tells which document each item carries; `overlay` indexes documents newer than `base`.

    A document that no item carries any more stays in its index, and is never shown. A score is the share of the query
    that a document answers: about 1 where a title of ordinary length holds every word, EXACT_ID for an item's id.
    """

    base: LexicalIndex
    text: DistinctTexts
    vocabulary: Vocabulary
    popularity: Float32
    documents: Mapping[int, Document]
    overlay: LexicalIndex | None = None

    @classmethod
    def build(cls, table: ItemTable, folder: Path, popularity: Float32) -> "LexicalSearch":
        """Index a catalogue into `folder`, which is made; `popularity` (n_items,) orders items of equal text."""
        texts = document_texts(table.frame)
        text = DistinctTexts.of(texts)
        folder.mkdir(parents=True, exist_ok=True)
        distinct = (each for each in dict.fromkeys(texts) if each)
        documents = {row: Document.of(each) for row, each in enumerate(distinct)}
        return cls(LexicalIndex.build(documents, folder), text, table.vocabulary, popularity, {})

    @classmethod
    def open(cls, folder: Path, arrays: Mapping[str, npt.NDArray[np.generic]], table: ItemTable) -> "LexicalSearch":
        """The index in `folder`, with its `arrays()` and the table it was built from. Raises BundleError."""
        return cls(
            base=LexicalIndex.open(folder),
            text=DistinctTexts(
                arrays["key"].astype(np.int64, copy=False), arrays["row_of"].astype(np.int32, copy=False)
            ),
            vocabulary=table.vocabulary,
            popularity=arrays["popularity"].astype(np.float32, copy=False),
            documents={},
        )

    def with_changes(self, table: ItemTable, changed: Int32) -> "LexicalSearch":
        """A newer search over `table`, in which the items `changed` differ from before, are new, or are deleted."""
        texts = document_texts(table.frame[changed.tolist()])
        text, new = self.text.with_changes(changed, texts)
        vocabulary = table.vocabulary if len(table) != len(self.vocabulary) else self.vocabulary
        if text is self.text and vocabulary is self.vocabulary:
            return self
        if not new:
            return replace(self, text=text, vocabulary=vocabulary)
        documents = {**self.documents, **{len(self.text) + at: Document.of(each) for at, each in enumerate(new)}}
        return replace(
            self, text=text, vocabulary=vocabulary, documents=documents, overlay=LexicalIndex.build(documents)
        )

    def search(self, text: str, allowed: Bool, n: int, per_text: int = 2**31) -> tuple[Int32, Float32]:
        """At most n allowed items that match `text`, best first, and their scores; exact whatever the mask leaves.

        `allowed` (n_items,). Items of one document come in order of popularity, at most `per_text` of them unless
        the others cannot fill the list.
        """
        matches = self.matches(text)
        limit = FIRST_FETCH
        item, score = self._items(matches, allowed, n, per_text)
        while len(item) < n and not matches.complete:
            limit *= 8
            matches = self._found(matches.plan, matches.ideal, matches.sole, limit)
            item, score = self._items(matches, allowed, n, per_text)
        return item, score

    def score(self, text: str, item: Int32) -> Float32:
        """(m,) the scores of given items, 0 for one that does not match."""
        matches = self.matches(text)
        row = self.text.rows(item)
        found, seen = _looked_up(matches.row, matches.score, row)
        unseen = [] if matches.complete else np.unique(row[~seen & (row != NO_TEXT)]).tolist()
        if unseen:
            rest, score = self._fetch(matches.plan, len(unseen), unseen)
            found += _looked_up(rest, _share(score, matches.ideal), row)[0]  # 0 where it was seen
        found[item == matches.sole] = EXACT_ID
        return found

    def holding(self, text: str, allowed: Bool, beside: Int32) -> Int32:
        """The allowed items that hold every word of `text` that the catalogue knows, and the items `beside`; unsorted.

        `beside` are items that are allowed, each once; so are those that come back.
        """
        row = self._holding.get(text, self._hold)
        held = np.zeros(len(self.text) + 1, bool)  # the last one is for items without a document
        held[row] = True
        return np.concatenate([self.carriers.allowed(row, allowed)[1], beside[~held[self.text.rows(beside)]]])

    def matches(self, text: str) -> Matches:
        """The best documents for a text, remembered: a request asks for candidates and then for their scores."""
        return self._recent.get(text, self._match)

    def ready(self) -> "LexicalSearch":
        """Itself, with all that the first search would have to make: 40 ms at 92,000 items."""
        _ = self.carriers, self.planner
        return self

    @cached_property
    def carriers(self) -> Carriers:
        """Who carries each document, the more popular first."""
        return self.text.carriers(self.popularity)

    @cached_property
    def planner(self) -> Planner:
        """Plans over both indexes."""
        frequency = self.base.words()
        for word, count in self.overlay.words().items() if self.overlay else ():
            frequency[word] = frequency.get(word, 0) + count
        return Planner([index for index in (self.base, self.overlay) if index], Spelling.of(frequency))

    @cached_property
    def _recent(self) -> Recent[str, Matches]:
        return Recent(REMEMBERED)

    @cached_property
    def _holding(self) -> Recent[str, Int64]:
        return Recent(REMEMBERED)

    def _hold(self, text: str) -> Int64:
        """The documents of both indexes that hold every word."""
        plan = self.matches(text).plan
        return np.concatenate([index.holding(plan) for index in self.planner.indexes])

    def _match(self, text: str) -> Matches:
        plan, ideal = self.planner.plan(text)
        return self._found(plan, ideal, self.vocabulary.index(text.strip()), FIRST_FETCH)

    def _found(self, plan: Plan, ideal: float, sole: int, limit: int) -> Matches:
        row, score = self._fetch(plan, limit)
        return Matches(plan, ideal, row, _share(score, ideal), len(row) < limit, sole)

    def _fetch(self, plan: Plan, limit: int, rows: list[int] | None = None) -> tuple[Int64, Float32]:
        """The best `limit` documents of both indexes, best first."""
        row, score = self.base.search(plan, limit, rows)
        if self.overlay is None:
            return row, score
        newer, newer_score = self.overlay.search(plan, limit, rows)
        row, score = np.concatenate([row, newer]), np.concatenate([score, newer_score])
        order = np.lexsort((row, -score))[:limit]
        return row[order], score[order]

    def _items(self, matches: Matches, allowed: Bool, n: int, per_text: int) -> tuple[Int32, Float32]:
        """Allowed items of the matching documents, the one whose id was typed first."""
        item, score = self.carriers.best(matches.row, matches.score, allowed, n, per_text)
        if 0 <= matches.sole < len(allowed) and allowed[matches.sole]:
            others = item != matches.sole
            item = np.concatenate([np.array([matches.sole], np.int32), item[others]])[:n]
            score = np.concatenate([np.array([EXACT_ID], np.float32), score[others]])[:n]
        return item, score

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """What is saved beside the index's folder, by name."""
        return {"key": self.text.key, "row_of": self.text.row_of, "popularity": self.popularity}


def _looked_up(row: Int64, score: Float32, wanted: Int32) -> tuple[Float32, Bool]:
    """(m,) the scores of documents `wanted` (m,) by `row` and `score`, 0 for one that is not there, and which are."""
    if not len(row):
        return np.zeros(len(wanted), np.float32), np.zeros(len(wanted), bool)
    order = np.argsort(row)
    place = order[np.minimum(np.searchsorted(row, wanted, sorter=order), len(row) - 1)]
    known: Bool = row[place] == wanted
    return np.where(known, score[place], np.float32(0)), known


def _share(score: Float32, ideal: float) -> Float32:
    """How much of the query documents answer. All of it is 1; a title that says nothing else adds a little.

    BM25 prefers short titles, by half at the most; a product is no better for having no size in its title.
    """
    share = score / np.float32(ideal)
    answered: Float32 = np.where(share > 1, 1 + (share - 1) * np.float32(BREVITY), share).astype(np.float32)
    return answered
