"""What requests ask with, as one matrix: the form in which a whole batch is scored by one product."""

import numpy as np
import scipy.sparse as sp

from shopkeeper.model.taste import Taste, tastes
from shopkeeper.pipeline.batch import QueryBatch
from shopkeeper.pipeline.lists import Float32


def asked_with(batch: QueryBatch, decay_days: float, items: int, most: int | None = None) -> sp.csr_matrix:
    """(B, items) what each request asks with: 1 for its context items, else its history weighed by taste.

    Of a history, the `most` items of the strongest taste. Items from `items` on came after the fit, and ask nothing.
    """
    return asked_by(batch, tastes(batch, decay_days), items, most)


def asked_by(batch: QueryBatch, taste: Taste, items: int, most: int | None = None) -> sp.csr_matrix:
    """(B, items) as `asked_with`, of histories weighed by any taste."""
    row = np.repeat(np.arange(len(batch)), np.diff(taste.offset))
    asks = (np.diff(batch.item_offset) == 0)[row]
    if most is not None:
        asks &= _place(row, taste.value) < most
    context_row = np.repeat(np.arange(len(batch)), np.diff(batch.item_offset))
    row = np.concatenate([context_row, row[asks]])
    item = np.concatenate([batch.item, taste.item[asks]])
    weight = np.concatenate([np.ones(len(context_row), np.float32), taste.value[asks]])
    known = item < items
    shape = (len(batch), items)
    return sp.csr_matrix((weight[known], (row[known], item[known])), shape=shape, dtype=np.float32)


def widened(score: Float32, items: int) -> Float32:
    """(B, items) scores of a catalogue that has grown since the fit: 0 for what is new."""
    if score.shape[1] == items:
        return score
    wide = np.zeros((len(score), items), np.float32)
    wide[:, : score.shape[1]] = score
    return wide


def _place(row: np.ndarray, value: Float32) -> np.ndarray:
    """Each entry's place by value within its row, 0 being the largest; rows come in order, equal values by item."""
    order = np.lexsort((-value, row))
    place = np.empty(len(row), np.int64)
    place[order] = np.arange(len(row)) - np.searchsorted(row, row)
    return place
