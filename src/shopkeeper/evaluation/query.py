"""HistoryQueries: the requests of an evaluation, with every user's history as it stood at the cut."""

from dataclasses import dataclass

import numpy as np

from shopkeeper.pipeline.batch import QueryBatch
from shopkeeper.pipeline.lists import Bool, Float32, Int64
from shopkeeper.store.history import Histories


@dataclass(frozen=True, slots=True)
class HistoryQueries:
    """Query i is a request for `n` items by user `user[i]` (a row of `history`, -1 for a user without one) at `now`.

    `eligible` (n_items,) is what may be shown; `weight` (by type code) is what each type of event counts.
    """

    history: Histories
    user: Int64
    surface: str
    n: int
    now: int
    eligible: Bool
    weight: Float32

    def __len__(self) -> int:
        return len(self.user)

    def __call__(self, rows: Int64) -> QueryBatch:
        """The requests of these rows."""
        none = np.zeros(len(rows) + 1, np.int64)
        return QueryBatch(
            surface=self.surface,
            n=self.n,
            now=np.full(len(rows), self.now, np.int64),
            history=self.history.rows(self.user[rows]),
            item=np.empty(0, np.int32),
            item_offset=none,
            text=(None,) * len(rows),
            eligible=self.eligible,
            excluded=np.empty(0, np.int32),
            excluded_offset=none,
            weight=self.weight,
        )
