"""Rhythm: how often, how long ago and how regularly a customer buys something, be it an item or a category.

Read from what a request brings: the totals of the whole history, and its recent acts, of which those of one instant
are a basket.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shopkeeper.pipeline.batch import PURCHASE, QueryBatch
from shopkeeper.pipeline.lists import Float32, Int64
from shopkeeper.record import DAY
from shopkeeper.store.history import DECAY

Float64 = npt.NDArray[np.float64]

WIDTH = np.int64(1 << 31)  # of a request in a key: request x WIDTH + what was bought
_LEAST_GAP = 0.5  # days or baskets: what was bought twice at once has no rhythm


@dataclass(frozen=True, slots=True)
class Tally:
    """Figures of what requests have bought: row i of each column of `value` (K, columns) is of the sorted `key[i]`."""

    key: Int64
    value: Float32

    def of(self, key: Int64) -> Float32:
        """(len(key), columns) the figures of these keys, NaN where there are none."""
        told = np.full((len(key), self.value.shape[1]), np.nan, np.float32)
        if len(self.key):
            place = np.minimum(np.searchsorted(self.key, key), len(self.key) - 1)
            known = self.key[place] == key
            told[known] = self.value[place[known]]
        return told


@dataclass(frozen=True, slots=True)
class Baskets:
    """Purchases among the recent acts: `key` (A,) the request and item of each, `row` (A,) its request, `back` (A,) how
    many baskets ago it was, 0 being the last, `age` (A,) how many days.

    `count` (B,) baskets, `since` (B,) days since the last, `gap` (B,) mean days between two, `size` (B,) mean lines;
    NaN where there is none.
    """

    row: Int64
    item: npt.NDArray[np.int32]
    back: Int64
    age: Float64
    count: Int64
    since: Float64
    gap: Float64
    size: Float64


def baskets_of(batch: QueryBatch) -> Baskets:
    """The baskets of each request."""
    bought = batch.history.recent["type"] == PURCHASE
    recent, row = batch.history.recent[bought], batch.recent_row[bought]
    time = np.minimum(recent["time"], batch.now[row])  # of a clock that was ahead
    new = np.append(True, (row[1:] != row[:-1]) | (time[1:] != time[:-1]))[: len(row)]
    number = np.cumsum(new) - 1
    count = np.bincount(row[new], minlength=len(batch))
    end = np.cumsum(count)
    some = count > 0
    day = (batch.now[row] - time)[new] / DAY
    since, first = np.full(len(batch), np.nan), np.full(len(batch), np.nan)
    since[some], first[some] = day[end[some] - 1], day[(end - count)[some]]
    return Baskets(
        row=row,
        item=recent["item"],
        back=(end[row] - 1 - number).astype(np.int64),
        age=(batch.now[row] - time) / DAY,
        count=count,
        since=since,
        gap=_gap(first - since, count),
        size=np.where(some, np.bincount(row, minlength=len(batch)) / np.maximum(count, 1), np.nan),
    )


TOTAL_COLUMN = ("count", "habit", "since", "first", "gap", "due", "rate")


def total_tally(batch: QueryBatch, key: Int64) -> Tally:
    """TOTAL_COLUMN of the purchases in `history.total`, `key` (len(total),) saying what each row is counted under.

    `habit` counts each purchase at its age (store.history.DECAY); `gap` is the mean time from one to the next, `due`
    the time since the last in such gaps, `rate` purchases a day since the first.
    """
    bought = np.flatnonzero(batch.history.total["type"] == PURCHASE)
    order = bought[np.argsort(key[bought], kind="stable")]
    total, now, sorted_key = batch.history.total[order], batch.now[batch.total_row[order]], key[order]
    starts = run_starts(sorted_key)
    if not len(starts):
        return Tally(sorted_key, np.empty((0, len(TOTAL_COLUMN)), np.float32))
    age = np.maximum(now - total["last"], 0)
    count = np.add.reduceat(total["amount"].astype(np.float64), starts)
    habit = np.add.reduceat(total["decayed"] * np.exp(-age / DECAY), starts)
    since = np.minimum.reduceat(age, starts) / DAY
    first = np.maximum.reduceat(np.maximum(now - total["first"], 0), starts) / DAY
    gap = _gap(first - since, count)
    columns = (count, habit, since, first, gap, due(since, gap), count / np.maximum(first, 7))
    return Tally(sorted_key[starts], np.stack(columns, axis=1).astype(np.float32))


RECENT_COLUMN = (
    "back", "first_back", "baskets", "in_3", "in_6", "in_12", "basket_gap", "basket_due", "lately_10", "lately_30",
    "irregular", "last_gap",
)  # fmt: skip


def recent_tally(baskets: Baskets, key: Int64) -> Tally:
    """RECENT_COLUMN of recent purchases, `key` (A,) saying what each is counted under.

    `back` and `first_back` are the last and the first basket with it, counted from now; `in_n` counts among the last n;
    `lately_n` counts by a half-life of n days; `irregular` is the spread of its gaps in their mean.
    """
    order = np.lexsort((-baskets.age, key))
    sorted_key, back, age = key[order], baskets.back[order], baskets.age[order]
    starts = run_starts(sorted_key)
    if not len(starts):
        return Tally(sorted_key, np.empty((0, len(RECENT_COLUMN)), np.float32))

    def summed(value: npt.NDArray[np.generic]) -> Float64:
        total: Float64 = np.add.reduceat(value.astype(np.float64), starts)
        return total

    last, first = np.minimum.reduceat(back, starts), np.maximum.reduceat(back, starts) + 1
    count = summed(np.ones(len(back)))
    basket_gap = _gap(first - 1 - last, count)
    step = np.append(0.0, age[:-1] - age[1:])[: len(age)]
    step[starts] = 0
    mean = summed(step) / np.maximum(count - 1, 1)
    spread = np.sqrt(np.maximum(summed(step * step) / np.maximum(count - 1, 1) - mean * mean, 0))
    columns = (
        last,
        first,
        count,
        *(summed(back < most) for most in (3, 6, 12)),
        basket_gap,
        due(last, basket_gap),
        *(summed(np.exp2(-age / half)) for half in (10, 30)),
        np.where(count > 2, spread / np.maximum(mean, _LEAST_GAP), np.nan),
        np.where(count > 1, step[np.append(starts[1:], len(step)) - 1], np.nan),
    )
    return Tally(sorted_key[starts], np.stack(columns, axis=1).astype(np.float32))


def due(since: npt.NDArray[np.generic], gap: Float64) -> Float64:
    """The time since the last in usual gaps: 1 is when the next one is due."""
    told: Float64 = since / np.maximum(gap, _LEAST_GAP)
    return told


def run_starts(key: Int64) -> Int64:
    """Where each run of equal keys starts."""
    return np.flatnonzero(np.append(True, key[1:] != key[:-1])[: len(key)]).astype(np.int64)


def _gap(span: npt.NDArray[np.number], count: npt.NDArray[np.number]) -> Float64:
    """The mean from one of `count` to the next, NaN where there is one only."""
    told: Float64 = np.where(count > 1, span / np.maximum(count - 1, 1), np.nan)
    return told
