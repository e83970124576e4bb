"""Sequences without times: who took what after what. The Dataset of them counts a day for a step."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from shopkeeper.data.dataset import NO_SESSION, Dataset, weight_column
from shopkeeper.data.item_table import ItemTable
from shopkeeper.record import DAY, EVENT_CODE, EventType

Int32 = np.ndarray[tuple[int], np.dtype[np.int32]]
Int64 = np.ndarray[tuple[int], np.dtype[np.int64]]

AS_OF: Final = 20_000 * DAY  # any day will do: what a model learns from is how long before it something was


@dataclass(frozen=True, slots=True)
class Sequences:
    """U sequences: user i took `item[offset[i]:offset[i + 1]]`, oldest first."""

    item: Int32
    offset: Int64

    @classmethod
    def of(cls, rows: Sequence[Sequence[int]]) -> "Sequences":
        """From lists of items."""
        counts = [len(row) for row in rows]
        flat = np.array([item for row in rows for item in row], np.int32)
        return cls(flat, np.concatenate([[0], np.cumsum(counts)]).astype(np.int64))

    def __len__(self) -> int:
        return len(self.offset) - 1

    @property
    def row(self) -> Int64:
        """Which sequence each item belongs to."""
        return np.repeat(np.arange(len(self)), np.diff(self.offset))

    @property
    def age(self) -> Int64:
        """How many steps before its sequence's end each item stands; 0 is the last."""
        return np.repeat(self.offset[1:], np.diff(self.offset)) - 1 - np.arange(len(self.item))

    def without_last(self, count: int) -> "Sequences":
        """Each sequence without its last `count` items, empty where it has no more."""
        return self._kept(self.age >= count)

    def tail(self, length: int) -> "Sequences":
        """At most the last `length` items of each sequence."""
        return self._kept(self.age < length)

    def without_items(self, left_out: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> "Sequences":
        """The sequences without some of the items; `left_out` (n_items,)."""
        return self._kept(~left_out[self.item])

    def users(self, rows: Int64) -> "Sequences":
        """Some of the sequences, in that order."""
        counts = np.diff(self.offset)[rows]
        offset = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        place = np.repeat(self.offset[rows] - offset[:-1], counts) + np.arange(offset[-1])
        return Sequences(self.item[place], offset)

    def last(self, back: int = 0) -> Int32:
        """(U,) the item `back` steps before each sequence's end, -1 where there is none."""
        place = self.offset[1:] - 1 - back
        found = np.where(place >= self.offset[:-1], self.item[np.maximum(place, 0)], -1)
        return found.astype(np.int32)

    def dataset(self, items: ItemTable) -> Dataset:
        """Purchases, the last of each user a day before the dataset's time, and each step a day earlier."""
        size = len(self.item)
        return Dataset(
            items=items,
            person=np.arange(len(self), dtype=np.int32),
            user=self.row.astype(np.int32),
            item=self.item,
            type=np.full(size, EVENT_CODE[EventType.PURCHASE], np.uint8),
            time=AS_OF - (self.age + 1) * DAY,
            session=np.full(size, NO_SESSION, np.int32),
            amount=np.ones(size, np.float32),
            weight=weight_column({EventType.PURCHASE: 1.0}),
            as_of=AS_OF,
            change=0,
        )

    def _kept(self, kept: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> "Sequences":
        counts = np.bincount(self.row[kept], minlength=len(self))
        return replace(self, item=self.item[kept], offset=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64))


def days(kept: float) -> float:
    """The time constant with which a step of a day keeps this share: exp(-1 / days) = kept."""
    return float(-1 / np.log(kept))
