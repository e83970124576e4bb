"""Small datasets, batches and vectors written by hand, for tests that know every number in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import polars as pl

from shopkeeper.data import Dataset, ItemTable, weight_column
from shopkeeper.data.dataset import NO_SESSION
from shopkeeper.language.whiten import Whitening
from shopkeeper.pipeline.batch import QueryBatch
from shopkeeper.pipeline.distinct import DistinctTexts
from shopkeeper.pipeline.lists import Bool, Float32, ItemLists, lists_of, offsets
from shopkeeper.pipeline.vectors import TextVectors
from shopkeeper.record import DAY, DEFAULT_WEIGHT, EVENT_CODE, EventType
from shopkeeper.store.frame import CATALOGUE_COLUMN
from shopkeeper.store.history import RECENT, TOTAL, Histories, runs

AS_OF: Final = 200 * DAY


@dataclass(frozen=True, slots=True)
class Act:
    """What a user did with an item, `ago` days before AS_OF; acts of one session are one basket."""

    user: int
    item: int
    ago: float = 1.0
    type: EventType = EventType.PURCHASE
    session: int = NO_SESSION


def table_of(rows: Sequence[Mapping[str, Any]]) -> ItemTable:
    """A catalogue of products "i0", "i1", ...; a row says what differs from an item without words or price."""
    plain = dict.fromkeys(CATALOGUE_COLUMN) | {
        "kind": "product",
        "title": "",
        "description": "",
        "category": "",
        "attributes": "{}",
        "enabled": True,
        "deleted": False,
        "change": 1,
    }
    full = [
        plain | {"item_index": index, "group_index": index, "item_id": f"i{index}"} | dict(row)
        for index, row in enumerate(rows)
    ]
    return ItemTable(pl.DataFrame(full, schema=dict(CATALOGUE_COLUMN)))


def dataset_of(
    acts: Sequence[Act], items: int | ItemTable, weights: Mapping[EventType, float] = DEFAULT_WEIGHT
) -> Dataset:
    """The snapshot as of AS_OF of users 0 .. the largest one named."""
    table = items if isinstance(items, ItemTable) else table_of([{}] * items)
    ordered = sorted(acts, key=lambda act: (act.user, -act.ago))
    users = max((act.user for act in acts), default=-1) + 1
    return Dataset(
        items=table,
        person=np.arange(users, dtype=np.int32),
        user=np.array([act.user for act in ordered], np.int32),
        item=np.array([act.item for act in ordered], np.int32),
        type=np.array([EVENT_CODE[act.type] for act in ordered], np.uint8),
        time=np.array([AS_OF - round(act.ago * DAY) for act in ordered], np.int64),
        session=np.array([act.session for act in ordered], np.int32),
        amount=np.ones(len(ordered), np.float32),
        weight=weight_column(weights),
        as_of=AS_OF,
        change=0,
    )


def vectors_of(vector: Float32, row_of: Sequence[int]) -> TextVectors:
    """(v, d) unit vectors as they are; item i carries text `row_of[i]`, -1 for none."""
    size = vector.shape[1]
    texts = DistinctTexts(np.arange(len(vector), dtype=np.int64), np.array(row_of, np.int32))
    plain = Whitening(np.zeros(size, np.float32), np.eye(size, dtype=np.float32))
    return TextVectors(vector.astype(np.float32), texts, plain, "hand")


def batch_of_rows(batch: QueryBatch, rows: Sequence[int], eligible: Bool | None = None) -> QueryBatch:
    """Some requests of a batch as a batch of their own, -1 standing for one without history, context or exclusions."""
    row = np.array(rows, np.int64)
    item, item_offset = runs(batch.item_offset, row)
    excluded, excluded_offset = runs(batch.excluded_offset, row)
    return replace(
        batch,
        now=batch.now[row],
        history=batch.history.rows(row),
        item=batch.item[item],
        item_offset=item_offset,
        text=tuple(batch.text[place] if place >= 0 else None for place in rows),
        eligible=batch.eligible if eligible is None else eligible,
        excluded=batch.excluded[excluded],
        excluded_offset=excluded_offset,
        memo={},
    )


def strangers(count: int, eligible: Bool) -> QueryBatch:
    """Requests of people without a history, ten places each."""
    nothing = np.zeros(count + 1, np.int64)
    return QueryBatch(
        surface="",
        n=10,
        now=np.full(count, AS_OF, np.int64),
        history=Histories(np.empty(0, TOTAL), nothing, np.empty(0, RECENT), nothing),
        item=np.empty(0, np.int32),
        item_offset=nothing,
        text=(None,) * count,
        eligible=eligible,
        excluded=np.empty(0, np.int32),
        excluded_offset=nothing,
        weight=weight_column(DEFAULT_WEIGHT),
    )


def asking_with(batch: QueryBatch, items: Sequence[Sequence[int]]) -> QueryBatch:
    """The batch with these context items for each request."""
    flat = np.array([item for each in items for item in each], np.int32)
    return replace(batch, item=flat, item_offset=offsets(np.array([len(each) for each in items])), memo={})


def excluding(batch: QueryBatch, items: Sequence[Sequence[int]]) -> QueryBatch:
    """The batch with these items excluded for each request."""
    flat = np.array([item for each in items for item in each], np.int32)
    return replace(batch, excluded=flat, excluded_offset=offsets(np.array([len(each) for each in items])), memo={})


def every_item(batch: QueryBatch) -> ItemLists:
    """Lists that hold the whole catalogue for each request."""
    size = len(batch.eligible)
    return lists_of(np.tile(np.arange(size, dtype=np.int32), len(batch)), offsets(np.full(len(batch), size)))
