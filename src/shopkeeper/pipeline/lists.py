"""ItemLists: the only currency between stages. Jagged columns over B lists, held flat."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
import numpy.typing as npt

Int32 = npt.NDArray[np.int32]
Int64 = npt.NDArray[np.int64]
Float32 = npt.NDArray[np.float32]
Bool = npt.NDArray[np.bool_]


class Reason(IntEnum):
    """Why an item is in a list; words are chosen at the doors. Codes are stored: append only."""

    POPULAR = 0
    TRENDING = 1
    BOUGHT_BEFORE = 2  # cause: none; only of what was bought, see Pipeline
    BOUGHT_TOGETHER = 3  # cause: the item it goes with
    PEOPLE_LIKE_YOU = 4
    SIMILAR = 5  # cause: the item it resembles
    MATCHES_TEXT = 6
    MATCHES_MEANING = 7
    SAME_CATEGORY = 8
    LOOKED_AT = 9  # in the person's history, and never bought


CAUSED: Final = frozenset({Reason.BOUGHT_TOGETHER, Reason.SIMILAR})  # reasons that name another item


@dataclass(frozen=True, slots=True)
class ItemLists:
    """B lists of N items in all: list i is `item[offset[i]:offset[i + 1]]`.

    `part` (N, S) holds each source's score, its columns named by `source`; `score` (N,) is the final one; `chief` (N,)
    is the column of the source that contributed most; `cause` (N,) the item that the place answers to, or -1;
    `reason` (N,) a code of Reason; `fallback` (B,) marks lists that the named fallback filled.
    """

    item: Int32
    offset: Int64
    source: tuple[str, ...]
    part: Float32
    score: Float32
    chief: Int32
    cause: Int32
    reason: Int32
    fallback: Bool

    def __len__(self) -> int:
        return len(self.offset) - 1

    @property
    def row(self) -> Int64:
        """(N,) the list that each place belongs to."""
        return rows_of(self.offset)

    def items_of(self, row: int) -> Int32:
        """The items of one list."""
        return self.item[self.offset[row] : self.offset[row + 1]]

    def take(self, kept: Int64) -> "ItemLists":
        """The places at these positions, which must stay in order of their lists."""
        return ItemLists(
            item=self.item[kept],
            offset=offsets_of(self.row[kept], len(self)),
            source=self.source,
            part=self.part[kept],
            score=self.score[kept],
            chief=self.chief[kept],
            cause=self.cause[kept],
            reason=self.reason[kept],
            fallback=self.fallback,
        )


def rows_of(offset: Int64) -> Int64:
    """(N,) the run that each place of a jagged column belongs to."""
    if len(offset) == 2:  # a request by itself, which asks this a dozen times
        return np.zeros(offset[1], np.int64)
    return np.repeat(np.arange(len(offset) - 1), np.diff(offset))


def offsets(counts: npt.NDArray[np.integer]) -> Int64:
    """(B + 1,) offsets of B runs of these lengths."""
    told = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=told[1:])
    return told


def offsets_of(row: Int64, size: int) -> Int64:
    """(size + 1,) offsets of the runs that places make whose rows (N,), in order, these are."""
    if size == 1:
        return np.array([0, len(row)], np.int64)
    return offsets(np.bincount(row, minlength=size))


def among(key: npt.NDArray[np.integer], known: npt.NDArray[np.integer]) -> Bool:
    """(N,) which keys are in `known`, in any order.

    NumPy's isin hashes whole numbers one by one: it takes 8 times as long for a request, 20 times for a million.
    """
    if not len(known):
        return np.zeros(len(key), bool)
    known = np.sort(known)
    found: Bool = known[np.minimum(np.searchsorted(known, key), len(known) - 1)] == key
    return found


def lists_of(
    item: Int32,
    offset: Int64,
    score: Float32 | None = None,
    *,
    source: str = "",
    reason: Reason = Reason.POPULAR,
) -> ItemLists:
    """Lists from one source; a score for each place, 0 where none is given."""
    size = len(item)
    value = np.zeros(size, np.float32) if score is None else score
    return ItemLists(
        item=item,
        offset=offset,
        source=(source,),
        part=value.reshape(-1, 1),
        score=value,
        chief=np.zeros(size, np.int32),
        cause=np.full(size, -1, np.int32),
        reason=np.full(size, int(reason), np.int32),
        fallback=np.zeros(len(offset) - 1, bool),
    )


def top(lists: ItemLists, n: int) -> ItemLists:
    """Each list sorted by score, best first, cut to n; equal scores by item_index, so that lists repeat exactly."""
    if len(lists) == 1:
        return lists.take(np.lexsort((lists.item, -lists.score))[:n])
    order = np.lexsort((lists.item, -lists.score, lists.row))
    place = np.arange(len(order)) - np.repeat(lists.offset[:-1], np.diff(lists.offset))
    return lists.take(order[place < n].astype(np.int64))
