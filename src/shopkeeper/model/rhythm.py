"""Rhythm: how often, how long ago and how regularly a customer buys something, be it an item or a category.

Read from what a request brings: the totals of the whole history, and its recent acts, of which those of one instant
are a basket.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shopkeeper.pipeline.batch import PURCHASE, QueryBatch
from shopkeeper.pipeline.lists import Float32, Int64
from shopkeeper.record import DAY
from shopkeeper.store.history import DECAY

Float64 = npt.NDArray[np.float64]
Codes = Callable[[npt.NDArray[np.int32]], Int64]  # the category of each item

WIDTH = np.int64(1 << 33)  # of a request in a key: request x WIDTH + what was bought, be it
CATEGORY = np.int64(1 << 32)  # an item, or a category, whose numbers begin here
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
    """Purchases among the recent acts: `row` (A,) the request of each, `item` (A,), `back` (A,) how many baskets ago it
    was, 0 being the last, `age` (A,) how many days; `lines` (A,) how many are in its basket, `ahead` (A,) the days from
    the weekday of now to its own, 0 to 6, by UTC.

    Then of each request (B,): `count` baskets, `since` days since the last, `gap` mean days between two, `size` mean
    lines; NaN where there is none.
    """

    row: Int64
    item: npt.NDArray[np.int32]
    back: Int64
    age: Float64
    lines: Int64
    ahead: Int64
    count: Int64
    since: Float64
    gap: Float64
    size: Float64


def baskets_of(batch: QueryBatch) -> Baskets:
    """The baskets of each request."""
    bought = np.flatnonzero(batch.history.recent["type"] == PURCHASE)
    row = batch.recent_row[bought]
    now = batch.now[row]
    time = np.minimum(batch.history.recent["time"][bought], now)  # of a clock that was ahead
    new = np.append(True, (row[1:] != row[:-1]) | (time[1:] != time[:-1]))[: len(row)]
    number = np.cumsum(new) - 1
    count = np.bincount(row[new], minlength=len(batch))
    end = np.cumsum(count)
    some = count > 0
    age = (now - time) / DAY
    day = age[new]
    since, first = np.full(len(batch), np.nan), np.full(len(batch), np.nan)
    since[some], first[some] = day[end[some] - 1], day[(end - count)[some]]
    return Baskets(
        row=row,
        item=batch.history.recent["item"][bought],
        back=(end[row] - 1 - number).astype(np.int64),
        age=age,
        lines=np.bincount(number)[number].astype(np.int64) if len(number) else number,
        ahead=(time // DAY - now // DAY) % 7,
        count=count,
        since=since,
        gap=_gap(first - since, count),
        size=np.where(some, np.bincount(row, minlength=len(batch)) / np.maximum(count, 1), np.nan),
    )


TOTAL_COLUMN = ("count", "habit", "since", "first", "gap", "due", "rate")


def total_tally(batch: QueryBatch, row: Int64, code: Codes) -> Tally:
    """TOTAL_COLUMN of the purchases in `history.total`, `row` being their requests, by item and by category.

    `habit` counts each purchase at its age (store.history.DECAY); `gap` is the mean time from one to the next, `due`
    the time since the last in such gaps, `rate` purchases a day since the first.
    """
    total = batch.history.total
    bought = np.flatnonzero(total["type"] == PURCHASE)
    key, order, starts = _sorted(_keys(row[bought], total["item"][bought], code))
    if not len(starts):
        return Tally(key, np.empty((0, len(TOTAL_COLUMN)), np.float32))
    now = batch.now[row[bought]]
    age = np.maximum(now - total["last"][bought], 0)
    habits = total["decayed"][bought] * np.exp(-age / DECAY)
    began = np.maximum(now - total["first"][bought], 0)
    # Every purchase counts twice, for its item and for its category: `order` is of both, one after the other.
    place = order % max(len(bought), 1)
    count = np.add.reduceat(total["amount"][bought][place].astype(np.float64), starts)
    habit = np.add.reduceat(habits[place], starts)
    since = np.minimum.reduceat(age[place], starts) / DAY
    first = np.maximum.reduceat(began[place], starts) / DAY
    gap = _gap(first - since, count)
    columns = (count, habit, since, first, gap, due(since, gap), count / np.maximum(first, 7))
    return Tally(key[starts], np.stack(columns, axis=1).astype(np.float32))


RECENT_COLUMN = (
    "back", "first_back", "baskets", "in_3", "in_6", "in_12", "basket_gap", "basket_due", "lately_10", "lately_30",
    "irregular", "last_gap",
)  # fmt: skip


def recent_tally(baskets: Baskets, code: Codes) -> Tally:
    """RECENT_COLUMN of recent purchases, by item and by category.

    `back` and `first_back` are the last and the first basket with it, counted from now; `in_n` counts among the last n;
    `lately_n` counts by a half-life of n days; `irregular` is the spread of its gaps in their mean.
    """
    # Recent acts come oldest first, and a stable order leaves them so.
    key, order, starts = _sorted(_keys(baskets.row, baskets.item, code))
    if not len(starts):
        return Tally(key, np.empty((0, len(RECENT_COLUMN)), np.float32))
    place = order % max(len(baskets.row), 1)
    back, age = baskets.back[place], baskets.age[place]

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
    return Tally(key[starts], np.stack(columns, axis=1).astype(np.float32))


def due(since: npt.NDArray[np.generic], gap: Float64) -> Float64:
    """The time since the last in usual gaps: 1 is when the next one is due."""
    told: Float64 = since / np.maximum(gap, _LEAST_GAP)
    return told


def _keys(row: Int64, item: npt.NDArray[np.int32], code: Codes) -> Int64:
    """(2 x len(row),) keys of the items, then of their categories."""
    start = row * WIDTH
    return np.concatenate([start + item, start + (CATEGORY + code(item))])


def _sorted(key: Int64) -> tuple[Int64, Int64, Int64]:
    """(keys in order, that order, where each run of equal keys starts)."""
    order = np.argsort(key, kind="stable")
    key = key[order]
    return key, order, np.flatnonzero(np.append(True, key[1:] != key[:-1])[: len(key)]).astype(np.int64)


def _gap(span: npt.NDArray[np.number], count: npt.NDArray[np.number]) -> Float64:
    """The mean from one of `count` to the next, NaN where there is one only."""
    told: Float64 = np.where(count > 1, span / np.maximum(count - 1, 1), np.nan)
    return told
