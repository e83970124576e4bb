"""Baskets: events grouped into what was done at once, in each user's order."""

import numpy as np
import scipy.sparse as sp

from shopkeeper.data import Dataset
from shopkeeper.data.dataset import NO_SESSION
from shopkeeper.pipeline.lists import Int64
from shopkeeper.record import DAY


def baskets(dataset: Dataset, lags: int, gap_days: float) -> tuple[sp.csr_matrix, sp.csr_matrix]:
    """(matrix, earlier), each (baskets, n_items), a row for each basket in order of user and time.

    `matrix` holds 1 for what the basket has; `earlier` the sum of the user's `lags` baskets before it, each times
    exp(-gap / gap_days). A basket is a session; a user's day where events have none. Only events that speak for an
    item count.
    """
    liked = dataset.value > 0
    user, item, time = dataset.user[liked], dataset.item[liked], dataset.time[liked]
    basket, first = _number(user, dataset.session[liked], time)
    shape = (len(first), len(dataset.items))
    matrix = sp.csr_matrix((np.ones(len(item), np.float32), (basket, item)), shape=shape)
    matrix.data[:] = 1
    earlier = sp.csr_matrix(matrix * np.float32(0))
    for lag in range(1, lags + 1):
        number = np.arange(len(first)) - lag
        before = np.maximum(number, 0)
        valid = (number >= 0) & (user[first[before]] == user[first])
        gap = (time[first] - time[first[before]]) / DAY
        weight = np.where(valid, np.exp(-np.maximum(gap, 0) / gap_days), 0).astype(np.float32)
        earlier = earlier + sp.diags_array(weight) @ matrix[before]
    return matrix, sp.csr_matrix(earlier)


def pairs(
    dataset: Dataset, same: float, forward: float, backward: float, lags: int, gap_days: float
) -> tuple[sp.csr_matrix, np.ndarray]:
    """(n_items, n_items) how often j goes with i: `same` for each shared basket, `forward` where j came after i,
    `backward` where before, as far apart as `baskets` reaches; and (n_items,) how many baskets have each item.
    """
    matrix, earlier = baskets(dataset, lags, gap_days)
    counted = same * (matrix.T @ matrix)
    if forward or backward:
        follows = (earlier.T @ matrix).tocsr()
        counted = counted + forward * follows + backward * follows.T
    return sp.csr_matrix(counted), np.asarray(matrix.sum(axis=0)).ravel()


def _number(user: np.ndarray, session: np.ndarray, time: Int64) -> tuple[Int64, Int64]:
    """(E,) the basket of each event, numbered by user and first time; and (baskets,) an event that is its first."""
    name = np.where(session == NO_SESSION, -2 - time // DAY, session)
    lowest, highest = name.min(initial=0), name.max(initial=0)
    # One number for user and name: sorting pairs takes ten times as long.
    key = user * np.int64(highest - lowest + 1) + (name - lowest)
    _, first, basket = np.unique(key, return_index=True, return_inverse=True)
    order = np.lexsort((time[first], user[first]))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return rank[basket], first[order]
