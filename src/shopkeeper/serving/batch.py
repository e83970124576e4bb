"""From queries with external ids to a QueryBatch of columns."""

from collections.abc import Callable, Sequence

import numpy as np

from shopkeeper.data import ItemTable
from shopkeeper.pipeline.batch import QueryBatch
from shopkeeper.pipeline.lists import Bool, Float32, offsets
from shopkeeper.record import Query
from shopkeeper.store.history import RECENT, TOTAL, Histories, grouped

ReadHistory = Callable[[str | None, str | None], Histories]


def batch_of(
    queries: Sequence[Query], read: ReadHistory, items: ItemTable, eligible: Bool, weight: Float32, now: int
) -> QueryBatch:
    """The batch of queries that share surface, n and filter; context items that nobody knows are left out."""
    context = [items.indices(query.item_ids) for query in queries]
    context = [items.group[index[index >= 0]] for index in context]
    histories = joined([read(query.user_id, query.visitor_id) for query in queries])
    return QueryBatch(
        surface=queries[0].surface,
        n=queries[0].n,
        now=np.array([now if query.now is None else query.now for query in queries], np.int64),
        history=grouped(histories, items.group),
        item=np.concatenate(context).astype(np.int32),
        item_offset=offsets(np.array([len(index) for index in context])),
        text=tuple(query.text for query in queries),
        eligible=eligible,
        excluded=np.empty(0, np.int32),
        excluded_offset=np.zeros(len(queries) + 1, np.int64),
        weight=weight,
    )


def unknown(_user_id: str | None, _visitor_id: str | None) -> Histories:
    """The history of somebody of whom nothing is known."""
    none = np.zeros(2, np.int64)
    return Histories(np.empty(0, TOTAL), none, np.empty(0, RECENT), none)


def joined(histories: Sequence[Histories]) -> Histories:
    """Several histories as one, in order."""
    if len(histories) == 1:
        return histories[0]
    return Histories(
        total=np.concatenate([history.total for history in histories]),
        total_offset=offsets(np.concatenate([np.diff(history.total_offset) for history in histories])),
        recent=np.concatenate([history.recent for history in histories]),
        recent_offset=offsets(np.concatenate([np.diff(history.recent_offset) for history in histories])),
    )
