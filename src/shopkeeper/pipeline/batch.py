"""QueryBatch: B requests as columns. One request is a batch of one."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from shopkeeper.data import Dataset
from shopkeeper.pipeline.lists import Bool, Float32, Int32, Int64, among, rows_of
from shopkeeper.record import EVENT_CODE, EventType, ItemKind
from shopkeeper.store.history import Histories

PURCHASE = EVENT_CODE[EventType.PURCHASE]


@dataclass(frozen=True, slots=True)
class QueryBatch:
    """B requests for one surface.

    `history` holds B histories; `item[item_offset[i]:item_offset[i + 1]]` are the context items of request i (the one
    looked at, the cart); `eligible` (n_items,) is shared by all; `excluded` is jagged: what request i must not be shown
    although it is eligible; `weight` (by type code) says what each type of event counts; `now` (B,) UTC microseconds.
    """

    surface: str
    n: int
    now: Int64
    history: Histories
    item: Int32
    item_offset: Int64
    text: tuple[str | None, ...]
    eligible: Bool
    excluded: Int32
    excluded_offset: Int64
    weight: Float32
    memo: dict[Hashable, Any] = field(default_factory=dict, compare=False, repr=False)

    def once(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """What `make()` gives, worked out once for this batch and the batches that pipelines make of it.

        The key must name everything beside history, context, text, time and eligibility that it follows from.
        """
        if key not in self.memo:
            self.memo[key] = make()
        return self.memo[key]

    def __len__(self) -> int:
        return len(self.now)

    @property
    def total_row(self) -> Int64:
        """Which request each row of `history.total` belongs to."""
        return rows_of(self.history.total_offset)

    @property
    def recent_row(self) -> Int64:
        """Which request each row of `history.recent` belongs to."""
        return rows_of(self.history.recent_offset)

    def allowed(self, row: npt.NDArray[np.integer], item: npt.NDArray[np.integer]) -> Bool:
        """Whether each item may be shown to the request of its row: eligible and not excluded."""
        size = np.int64(len(self.eligible))
        mask: Bool = self.eligible[item]
        if len(self.excluded):
            mask = mask & ~among(row * size + item, rows_of(self.excluded_offset) * size + self.excluded)
        return mask

    def alone(self, row: int) -> "QueryBatch":
        """One request as a batch of its own."""
        item = slice(self.item_offset[row], self.item_offset[row + 1])
        excluded = slice(self.excluded_offset[row], self.excluded_offset[row + 1])
        return replace(
            self,
            now=self.now[row : row + 1],
            history=self.history.rows(np.array([row], np.int64)),
            item=self.item[item],
            item_offset=np.array([0, item.stop - item.start], np.int64),
            text=self.text[row : row + 1],
            excluded=self.excluded[excluded],
            excluded_offset=np.array([0, excluded.stop - excluded.start], np.int64),
            memo={},
        )

    def mask_of(self, row: int) -> Bool:
        """(n_items,) what may be shown to one request."""
        excluded = self.excluded[self.excluded_offset[row] : self.excluded_offset[row + 1]]
        if not len(excluded):
            return self.eligible
        mask = self.eligible.copy()
        mask[excluded] = False
        return mask


def batch_of_users(dataset: Dataset, surface: str = "", n: int = 10, kind: ItemKind = ItemKind.PRODUCT) -> QueryBatch:
    """A request of every user of a dataset, at its time and with their histories: what fits and evaluations ask."""
    users = dataset.users
    return QueryBatch(
        surface=surface,
        n=n,
        now=np.full(users, dataset.as_of, np.int64),
        history=dataset.histories(),
        item=np.empty(0, np.int32),
        item_offset=np.zeros(users + 1, np.int64),
        text=(None,) * users,
        eligible=dataset.items.eligible(dataset.as_of, kind),
        excluded=np.empty(0, np.int32),
        excluded_offset=np.zeros(users + 1, np.int64),
        weight=dataset.weight,
    )
