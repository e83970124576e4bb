"""Leave-one-out: the item that each sequence ends with is asked for, given what came before it.

The protocol of Zhou et al., S3-Rec, CIKM 2020, and of the tables that followed: the last item is the test, the one
before it validation. Validation is part of the input at test time, and of training never.
"""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from shopkeeper.data import Dataset, ItemTable
from shopkeeper.data.sequence import Sequences
from shopkeeper.pipeline.batch import QueryBatch, batch_of_users
from shopkeeper.pipeline.lists import Int32, Int64

Made = TypeVar("Made")

MAX_LENGTH = 50  # items of a sequence that a model sees
# Users asked about at once; some five matrices of their scores are in memory at a time. One of 128 x 20,000 is 10 MB,
# which the allocator keeps for the next; from 32 MB on it gives them back, and the system clears them over and over.
CHUNK = 128


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some users' questions. `seen_row` and `seen_item` (S,) are what each has, which is never ranked."""

    batch: QueryBatch
    target: Int32
    seen_row: Int64
    seen_item: Int32


@dataclass(frozen=True, slots=True)
class LeaveOneOut:
    """U questions: what comes after `known[i]`? `target` (U,) is the answer."""

    items: ItemTable
    known: Sequences
    target: Int32

    @classmethod
    def test(cls, items: ItemTable, sequences: Sequences) -> "LeaveOneOut":
        """The last items."""
        return cls(items, sequences.without_last(1), sequences.last())

    @classmethod
    def validation(cls, items: ItemTable, sequences: Sequences) -> "LeaveOneOut":
        """The items before the last, without the last ones."""
        return cls.test(items, sequences.without_last(1))

    def __len__(self) -> int:
        return len(self.target)

    def training(self) -> Dataset:
        """All that a model may learn from to answer these: what is known, and the targets of no other question."""
        return self.known.tail(MAX_LENGTH).dataset(self.items)

    def users(self, rows: Int64) -> "LeaveOneOut":
        """The questions of some users."""
        return LeaveOneOut(self.items, self.known.users(rows), self.target[rows])

    def chunks(self) -> Iterator[Chunk]:
        """All questions in order, CHUNK at a time."""
        for start in range(0, len(self), CHUNK):
            rows = np.arange(start, min(start + CHUNK, len(self)))
            known = self.known.users(rows)
            batch = batch_of_users(known.tail(MAX_LENGTH).dataset(self.items))
            yield Chunk(batch, self.target[rows], known.row, known.item)

    def each(self, work: Callable[[Chunk], Made], threads: int = 1) -> Iterator[Made]:
        """What `work` makes of each chunk, in order, by so many threads; no more chunks are under way than these."""
        waiting: deque[Future[Made]] = deque()
        with ThreadPoolExecutor(threads) as pool:
            for chunk in self.chunks():
                waiting.append(pool.submit(work, chunk))
                if len(waiting) > threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
