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
    earlier = sp.csr_matrix(_faded(user[first], time[first], lags, gap_days) @ matrix)
    earlier.sort_indices()
    return matrix, earlier


def _faded(user: np.ndarray, time: Int64, lags: int, gap_days: float) -> sp.csr_matrix:
    """(baskets, baskets) how much of each of its user's `lags` baskets before it counts for a basket."""
    later, before = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for lag in range(1, min(lags, len(user) - 1) + 1):
        follows = np.flatnonzero(user[lag:] == user[:-lag])
        later.append(follows + lag)
        before.append(follows)
    row, column = np.concatenate(later), np.concatenate(before)
    weight = np.exp(-np.maximum(time[row] - time[column], 0) / DAY / gap_days).astype(np.float32)
    return sp.csr_matrix((weight, (row, column)), shape=(len(user), len(user)))


def pairs(
    dataset: Dataset, same: float, forward: float, backward: float, lags: int, gap_days: float
) -> tuple[sp.csr_matrix, np.ndarray]:
    """(n_items, n_items), in order, how often j goes with i: `same` for each shared basket, `forward` where j came
    after i, `backward` where before, as far apart as `baskets` reaches; and (n_items,) how many baskets have each item.
    """
    apart = bool(forward or backward)
    matrix, earlier = baskets(dataset, lags if apart else 0, gap_days)
    counted = same * (matrix.T @ matrix)
    if apart:
        follows = (earlier.T @ matrix).tocsr()
        counted = counted + forward * follows + backward * follows.T
    counted = sp.csr_matrix(counted)
    counted.sort_indices()
    return counted, np.asarray(matrix.sum(axis=0)).ravel()


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
