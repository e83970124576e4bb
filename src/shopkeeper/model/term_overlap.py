"""Term overlap: items that share rare words, or brand and categories, with what the user took lately."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Annotated, Final, Literal, Self

import numpy as np
import polars as pl
import scipy.sparse as sp

from shopkeeper.data import Dataset, ItemTable
from shopkeeper.language.segment import words
from shopkeeper.model.asking import asked_with, widened
from shopkeeper.model.learner import Run
from shopkeeper.model.search_range import Range
from shopkeeper.model.whole import known, retrieve_whole, score_whole
from shopkeeper.pipeline.batch import QueryBatch
from shopkeeper.pipeline.lists import Float32, Int32, Int64, ItemLists, Reason
from shopkeeper.store.frame import CATEGORY_SEPARATOR

WORDS: Final = "word"
ATTRIBUTES: Final = "attribute"


@dataclass(frozen=True, slots=True)
class TermOverlapConfig:
    """Which terms are compared, and what of a history asks."""

    # terms: "word" (of title, brand and category) or "attribute" (the brand, and each category of the path)
    terms: Literal["word", "attribute"] = WORDS
    asking: int = 200  # at most so many items of a history ask, those of the strongest taste
    decay_days: Annotated[float, Range(7, 730, log=True)] = 60.0  # of the history that asks


@dataclass(frozen=True)
class TermOverlap:
    """Cosine of terms weighed by rarity: Salton and Buckley, Term-weighting Approaches in Automatic Text Retrieval,
    IP&M 1988, with the items of a history for a query.

    `term[start[i]:start[i + 1]]` are item i's terms as small integers, `weight` alongside, of unit length together.
    """

    config: TermOverlapConfig = TermOverlapConfig()
    start: Int64 = field(default_factory=lambda: np.zeros(1, np.int64))
    term: Int32 = field(default_factory=lambda: np.empty(0, np.int32))
    weight: Float32 = field(default_factory=lambda: np.empty(0, np.float32))

    reason = Reason.SIMILAR

    def fit(self, dataset: Dataset, run: Run) -> Self:
        """Reads the catalogue; what people did is not looked at."""
        of_item = term_matrix(_terms(dataset.items, self.config.terms))
        start, term = of_item.indptr.astype(np.int64), of_item.indices.astype(np.int32)
        return replace(self, start=start, term=term, weight=of_item.data)

    @cached_property
    def matrix(self) -> sp.csr_matrix:
        """(n_items, terms)."""
        shape = (len(self.start) - 1, int(self.term.max(initial=-1)) + 1)
        return sp.csr_matrix((self.weight, self.term, self.start), shape=shape)

    @cached_property
    def by_term(self) -> sp.csr_matrix:
        """(terms, n_items)."""
        return self.matrix.T.tocsr()

    def retrieve(self, batch: QueryBatch, n: int) -> ItemLists:
        return retrieve_whole(batch, n, self._asked(batch), self._core)

    def score(self, batch: QueryBatch, lists: ItemLists) -> Float32:
        return score_whole(batch, lists, self._asked(batch), self._core)

    def score_all(self, batch: QueryBatch) -> Float32:
        return widened(self._core(self._asked(batch)), len(batch.eligible))

    def cause(self, batch: QueryBatch, lists: ItemLists) -> Int32:
        """The most alike of what each request asks with."""
        cause = np.full(len(lists.item), -1, np.int32)
        asked = self._asked(batch)
        for row in range(len(batch)):
            span = np.arange(lists.offset[row], lists.offset[row + 1])
            span = span[lists.item[span] < self.matrix.shape[0]]
            asking = asked.indices[asked.indptr[row] : asked.indptr[row + 1]]
            if len(asking) and len(span):
                likeness = (self.matrix[lists.item[span]] @ self.matrix[asking].T).toarray()
                cause[span] = np.where(likeness.max(axis=1) > 0, asking[likeness.argmax(axis=1)], -1)
        return cause

    def _asked(self, batch: QueryBatch) -> sp.csr_matrix:
        return asked_with(batch, self.config.decay_days, len(self.start) - 1, self.config.asking)

    def _core(self, asked: sp.csr_matrix) -> Float32:
        return known(((asked @ self.matrix) @ self.by_term).toarray())


def term_matrix(terms: Sequence[Sequence[str]]) -> sp.csr_matrix:
    """(items, terms) of unit rows: each item's distinct terms by log(items / items that have it).

    A term of one item alone tells no two of them alike, and is left out.
    """
    item = np.repeat(np.arange(len(terms), dtype=np.int32), [len(each) for each in terms])
    flat = pl.DataFrame({"item": item, "term": pl.Series([term for each in terms for term in each], dtype=pl.String)})
    flat = flat.unique().with_columns(pl.len().over("term").alias("carriers")).filter(pl.col("carriers") > 1)
    flat = flat.with_columns(pl.col("term").rank("dense").cast(pl.Int64).alias("code")).sort("item", "code")
    item, code = flat["item"].to_numpy(), flat["code"].to_numpy() - 1
    rarity = np.log(max(len(terms), 1) / flat["carriers"].to_numpy())
    length = np.sqrt(np.bincount(item, rarity**2, minlength=len(terms)))[item]
    value = np.divide(rarity, length, out=np.zeros(len(item)), where=length > 0)
    shape = (len(terms), int(code.max(initial=-1)) + 1)
    return sp.csr_matrix((value.astype(np.float32), (item, code)), shape=shape)


def words_of(items: ItemTable) -> list[list[str]]:
    """The words of each item's title, brand and category path."""
    parts = [pl.col(name).fill_null("") for name in ("title", "brand", "category")]
    return [words(text) for text in items.frame.select(pl.concat_str(parts, separator=" ")).to_series().to_list()]


def _attributes_of(items: ItemTable) -> list[list[str]]:
    """The brand and all categories of each item's path; a category is known by its name alone."""
    brand, category = items.frame["brand"].fill_null(""), items.frame["category"].fill_null("")
    return [
        [f"brand {maker}"] * bool(maker) + [f"category {name}" for name in path.split(CATEGORY_SEPARATOR) if name]
        for maker, path in zip(brand.to_list(), category.to_list(), strict=True)
    ]


def _terms(items: ItemTable, terms: str) -> list[list[str]]:
    return words_of(items) if terms == WORDS else _attributes_of(items)
