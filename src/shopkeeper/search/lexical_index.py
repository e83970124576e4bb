"""One tantivy index of documents, on disk for a bundle or in memory for what changed since."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import log
from pathlib import Path
from typing import Any, Final

import numpy as np

from shopkeeper.error import BundleError
from shopkeeper.pipeline.lists import Float32, Int64
from shopkeeper.search.document import Document

TITLE: Final = "title"
BODY: Final = "body"
WORD: Final = "word"
_ROW: Final = "row"
_FREQUENCY: Final = "freq"  # what postings hold: positions would double them, and no query asks for phrases
_DISK_HEAP: Final = 128_000_000  # bytes before a segment is written; one thread and one segment keep rows in order
_MEMORY_HEAP: Final = 15_000_000  # the least that tantivy takes
_TIE: Final = 0.1  # how much a word's lesser fields add to its best one


@dataclass(frozen=True, slots=True)
class Term:
    """One way of matching a word: a term of a field, and what a document of mean length that holds it once scores."""

    field: str
    text: str
    weight: float


# A query: the words, each with its ways of being matched. A document scores the sum over words of its best way.
Plan = tuple[tuple[Term, ...], ...]


class LexicalIndex:
    """Documents by row number; BM25 (Robertson and Zaragoza, 2009; k1 1.2, b 0.75). Read-only once built."""

    def __init__(self, index: Any) -> None:
        self._schema = index.schema
        self._searcher = index.searcher()
        self._frequency: dict[tuple[str, str], int] = {}

    @classmethod
    def build(cls, documents: Mapping[int, Document], folder: Path | None = None) -> "LexicalIndex":
        """Index documents by their row numbers, in `folder` (which must exist and be empty) or in memory."""
        from tantivy import Document as Row
        from tantivy import Index

        index = Index(_schema(), str(folder)) if folder else Index(_schema())
        writer = index.writer(_DISK_HEAP if folder else _MEMORY_HEAP, 1)
        for row, document in documents.items():
            fields = {TITLE: " ".join(document.title), BODY: " ".join(document.body), WORD: " ".join(document.word)}
            writer.add_document(Row.from_dict({_ROW: row, **fields}, _schema()))
        writer.commit()
        writer.wait_merging_threads()
        index.reload()
        return cls(index)

    @classmethod
    def open(cls, folder: Path) -> "LexicalIndex":
        """The index in `folder`, which must be writable: tantivy locks it with a file. Raises BundleError."""
        from tantivy import Index

        try:
            index = Index.open(str(folder))
            index.config_reader("manual")
            return cls(index)
        except (ValueError, OSError) as problem:
            raise BundleError(f"the search index in {folder} cannot be opened: {problem}. Train again") from problem

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    def frequency(self, field: str, text: str) -> int:
        """How many documents hold the term."""
        # Asked several times of each word.
        known = self._frequency.get((field, text))
        if known is None:
            known = int(self._searcher.doc_freq(field, text))
            if known:  # what nobody wrote is without end
                self._frequency[field, text] = known
        return known

    def words(self, prefix: str = "", most: int | None = None) -> dict[str, int]:
        """Words as people type them that begin so, with how many documents hold each, the most frequent first."""
        return dict(self._searcher.terms_with_prefix(WORD, prefix, limit=most))

    def search(self, plan: Plan, limit: int, rows: Sequence[int] | None = None) -> tuple[Int64, Float32]:
        """(rows, scores) of at most `limit` matching documents, best first; of `rows` only, where these are given."""
        from tantivy import Occur, Query

        query = self._query(plan)
        if query is None or limit <= 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        if rows is not None:
            only = Query.const_score_query(Query.term_set_query(self._schema, _ROW, list(rows)), 0.0)
            query = Query.boolean_query([(Occur.Must, query), (Occur.Must, only)])
        hits = self._searcher.search(query, limit=limit, count=False).hits
        found = self._searcher.fast_field_values(_ROW, [address for _, address in hits])
        return np.array(found, np.int64), np.array([score for score, _ in hits], np.float32)

    def holding(self, plan: Plan) -> Int64:
        """Rows of all documents that hold every word of a plan in one of its ways."""
        from tantivy import Occur, Query

        words = self._words(plan)
        if not words or not all(words):
            return np.empty(0, np.int64)
        query = Query.boolean_query([(Occur.Must, Query.disjunction_max_query(ways, _TIE)) for ways in words])
        hits = self._searcher.search(query, limit=len(self), count=False).hits
        return np.array(self._searcher.fast_field_values(_ROW, [address for _, address in hits]), np.int64)

    def _query(self, plan: Plan) -> Any:
        """The plan as this index's query; None where it holds none of the terms."""
        from tantivy import Occur, Query

        each = [(Occur.Should, Query.disjunction_max_query(ways, _TIE)) for ways in self._words(plan) if ways]
        return Query.boolean_query(each) if each else None

    def _words(self, plan: Plan) -> list[list[Any]]:
        """For each word the queries of its ways that this index knows."""
        return [[self._term(term) for term in ways if self.frequency(term.field, term.text)] for ways in plan]

    def _term(self, term: Term) -> Any:
        """A term's query, boosted so that it scores its weight whatever the rarity of the term in this very index."""
        from tantivy import Query

        own = rarity(self.frequency(term.field, term.text), len(self))
        query = Query.term_query(self._schema, term.field, term.text, index_option=_FREQUENCY)
        return Query.boost_query(query, term.weight / own)


def rarity(frequency: int, documents: int) -> float:
    """BM25's inverse document frequency, as tantivy computes it."""
    return log(1 + (documents - frequency + 0.5) / (frequency + 0.5))


@cache
def _schema() -> Any:
    from tantivy import SchemaBuilder

    builder = SchemaBuilder()
    for field in (TITLE, BODY, WORD):
        # Words come split and stemmed, joined by spaces: Chinese and English take the same way.
        builder.add_text_field(field, tokenizer_name="whitespace", index_option=_FREQUENCY)
    builder.add_unsigned_field(_ROW, indexed=True, fast=True)
    return builder.build()
