"""Pipeline: eligibility -> retrieve -> union -> score by every source -> rank -> rerank -> fallback.

Evaluation and serving run this very object.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from shopkeeper.pipeline.batch import PURCHASE, QueryBatch
from shopkeeper.pipeline.lists import (
    CAUSED,
    Bool,
    Int32,
    Int64,
    ItemLists,
    Reason,
    among,
    lists_of,
    offsets,
    offsets_of,
    rows_of,
    top,
)
from shopkeeper.pipeline.role import Ranker, Reranker, Retriever, Source

FALLBACK_REASON = Reason.POPULAR
ENOUGH = 50  # candidates from which on the sources of next to no weight need not propose any


@dataclass(frozen=True, slots=True)
class Pipeline:
    """How one surface's lists are made.

    The `leading` sources (all, where it is empty) propose `per_source` candidates each; for a list that stays below
    ENOUGH the others propose too. Every source scores all candidates. `new_only` leaves out what the user has bought,
    `bought_only` what the history holds without a purchase; context items are always left out. A `personal` pipeline
    has nothing to say to a user without history. Such a list, and any that stays empty, is filled by `fallback`, and
    marked.
    """

    name: str
    sources: Mapping[str, Source]
    ranker: Ranker
    rerankers: Sequence[Reranker] = ()
    fallback: Retriever | None = None
    fallback_name: str = "popular"
    per_source: int = 200
    new_only: bool = False
    bought_only: bool = False
    personal: bool = False
    leading: tuple[str, ...] = ()

    def run(self, batch: QueryBatch) -> ItemLists:
        """B lists of at most `batch.n` items, best first, with reasons and causes."""
        batch = self.prepared(batch)
        ranked = self.ranker.rank(batch, self.candidates(batch))
        for reranker in self.rerankers:
            ranked = reranker.rerank(batch, ranked)
        shown = _true_of(batch, self._with_causes(batch, top(ranked, batch.n)))
        return self._filled(batch, shown)

    def without(self, name: str) -> "Pipeline":
        """The pipeline with one source less."""
        return replace(self, sources={kept: source for kept, source in self.sources.items() if kept != name})

    def prepared(self, batch: QueryBatch) -> QueryBatch:
        """The batch with what this pipeline never shows added to `excluded`."""
        by_history = self.new_only or self.bought_only
        if not by_history and not len(batch.item):
            return batch
        row, item = rows_of(batch.item_offset), batch.item
        if by_history:
            total_row, total = batch.total_row, np.ascontiguousarray(batch.history.total["item"])
            bought = _bought(batch, total_row, total)
            gone = bought if self.new_only else ~bought
            row, item = np.concatenate([row, total_row[gone]]), np.concatenate([item, total[gone]])
        row = np.concatenate([row, rows_of(batch.excluded_offset)])
        item = np.concatenate([item, batch.excluded])
        order = np.argsort(row, kind="stable")
        return replace(batch, excluded=item[order].astype(np.int32), excluded_offset=offsets_of(row, len(batch)))

    def candidates(self, batch: QueryBatch) -> ItemLists:
        """The union of all sources' proposals, in item order, every place scored by every source."""
        size = np.int64(max(len(batch.eligible), 1))
        key = self._keys(batch, size)
        item = (key % size).astype(np.int32)
        union = lists_of(item, offsets_of(key // size, len(batch)))
        part = [source.score(batch, union) for source in self.sources.values()]
        names = tuple(self.sources)
        return replace(union, source=names, part=np.stack(part, axis=1))

    def proposed(self, batch: QueryBatch, row: int) -> Int32:
        """The candidates of one request, in item order; known already where its list was made of this very batch."""
        size = np.int64(max(len(batch.eligible), 1))
        key = self._keys(self.prepared(batch), size)
        candidates: Int32 = (key[key // size == row] % size).astype(np.int32)
        return candidates

    def _keys(self, batch: QueryBatch, size: np.int64) -> Int64:
        """Sorted row x size + item of all candidates."""
        leading = self.leading or tuple(self.sources)
        key = _union([self._proposed(batch, self.sources[name]) for name in leading], size)
        short = np.diff(offsets_of(key // size, len(batch))) < max(ENOUGH, batch.n)
        others = [source for name, source in self.sources.items() if name not in leading]
        if not others or not short.any():
            return key
        more = _union([self._proposed(batch, source) for source in others], size)
        return np.unique(np.concatenate([key, more[short[more // size]]]))

    def _proposed(self, batch: QueryBatch, source: Source) -> ItemLists:
        """One source's proposals; pipelines that are asked the same batch under the same rules share them."""
        n = max(self.per_source, batch.n)
        key = ("proposed", id(source), n, self.new_only, self.bought_only)
        kept: tuple[Source, ItemLists] = batch.once(key, lambda: (source, source.retrieve(batch, n)))
        return kept[1]

    def _with_causes(self, batch: QueryBatch, lists: ItemLists) -> ItemLists:
        """The lists with the item that each place answers to, as its chief source tells it."""
        cause = np.full(len(lists.item), -1, np.int32)
        for column, name in enumerate(lists.source):
            led = np.flatnonzero(lists.chief == column).astype(np.int64)
            if len(led) and self.sources[name].reason in CAUSED:
                cause[led] = self.sources[name].cause(batch, lists.take(led))
        return replace(lists, cause=cause)

    def _filled(self, batch: QueryBatch, lists: ItemLists) -> ItemLists:
        """Empty lists filled by the fallback, and marked where it had something."""
        if self.personal:
            known = np.diff(batch.history.total_offset) > 0
            lists = lists.take(np.flatnonzero(known[lists.row]).astype(np.int64))
        empty = np.diff(lists.offset) == 0
        if self.fallback is None or not empty.any():
            return lists
        stand_in = self.fallback.retrieve(batch, batch.n)
        kept = stand_in.take(np.flatnonzero(empty[stand_in.row]).astype(np.int64))
        return _merged(lists, kept)


def _true_of(batch: QueryBatch, lists: ItemLists) -> ItemLists:
    """The lists with reasons that are true of who asks.

    Only what was bought is "bought before"; whatever else a person did, they looked at it. And an item of the history
    that a source finds most like itself is there because it was bought or looked at: nothing is its own cause.
    """
    itself = lists.cause == lists.item
    known = itself | (lists.reason == Reason.BOUGHT_BEFORE)
    if not known.any():
        return lists
    reason = lists.reason.copy()
    bought = _bought(batch, lists.row[known], lists.item[known])
    reason[known] = np.where(bought, Reason.BOUGHT_BEFORE, Reason.LOOKED_AT)
    return replace(lists, reason=reason, cause=np.where(itself, -1, lists.cause).astype(np.int32))


def _bought(batch: QueryBatch, row: Int64, item: Int32) -> Bool:
    """(len(row),) whether the request of each row comes from somebody who has bought the item."""
    size = np.int64(1 << 31)
    purchase = np.flatnonzero(batch.history.total["type"] == PURCHASE)
    return among(row * size + item, batch.total_row[purchase] * size + batch.history.total["item"][purchase])


def _union(proposals: Sequence[ItemLists], size: np.int64) -> Int64:
    """Sorted row x size + item of all places, each once."""
    key = np.concatenate([lists.row * size + lists.item for lists in proposals])
    key.sort()
    if len(proposals) == 1:  # a source proposes nothing twice
        return key
    new = np.empty(len(key), bool)
    new[:1], new[1:] = True, key[1:] != key[:-1]
    return key[new]


def _merged(lists: ItemLists, stand_in: ItemLists) -> ItemLists:
    """Lists of which each row comes from one of the two; stand-in rows are marked as fallback."""
    size = len(stand_in.item)
    row = np.concatenate([lists.row, stand_in.row])
    order = np.argsort(row, kind="stable")
    counts = np.bincount(row, minlength=len(lists))
    no_parts = np.zeros((size, lists.part.shape[1]), np.float32)

    def both(left: Int32, right: Int32) -> Int32:
        return np.concatenate([left, right])[order]

    return ItemLists(
        item=both(lists.item, stand_in.item),
        offset=offsets(counts),
        source=lists.source,
        part=np.concatenate([lists.part, no_parts])[order],
        score=np.concatenate([lists.score, stand_in.score])[order],
        chief=both(lists.chief, np.full(size, -1, np.int32)),
        cause=both(lists.cause, np.full(size, -1, np.int32)),
        reason=both(lists.reason, np.full(size, int(FALLBACK_REASON), np.int32)),
        fallback=np.diff(stand_in.offset) > 0,
    )
