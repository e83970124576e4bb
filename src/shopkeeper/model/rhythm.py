"""Rhythm: how often, how long ago and how regularly a customer buys something, be it an item or a category.

Read from what a request brings: the totals of the whole history, and its recent acts, of which those of one instant
are a basket.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

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
class Runs:
    """Purchases in runs of one key: purchase `place[i]` (2A,) of A comes i-th, run k begins at `starts[k]` and is of
    the sorted `key[k]`. Each counts twice, for its item and for its category; within a run they keep their order."""

    key: Int64
    place: Int64
    starts: Int64

    def __len__(self) -> int:
        return len(self.starts)

    def summed(self, *value: npt.NDArray[Any] | float) -> Float64:
        """(len(value), K) the sums by key of each of some values (A,)."""
        every = np.empty((len(value), len(self.place) // 2))
        for row, each in zip(every, value, strict=True):
            row[:] = each
        told: Float64 = np.add.reduceat(np.take(every, self.place, axis=1), self.starts, axis=1)
        return told

    def least(self, value: Int64) -> Int64:
        """(K,) the least of values (A,) by key."""
        return np.minimum.reduceat(value[self.place], self.starts)

    def most(self, value: Int64) -> Int64:
        """(K,) the greatest of values (A,) by key."""
        return np.maximum.reduceat(value[self.place], self.starts)


def runs_of(row: Int64, item: npt.NDArray[np.int32], code: Codes) -> Runs:
    """The runs of A values of requests `row` (A,), by item and by category."""
    start = row * WIDTH
    key = np.concatenate([start + item, start + (CATEGORY + code(item))])
    order = np.argsort(key, kind="stable")
    key = key[order]
    new = np.empty(len(key), bool)
    new[:1], new[1:] = True, key[1:] != key[:-1]
    starts = np.flatnonzero(new)
    order[order >= len(row)] -= len(row)
    return Runs(key[starts], order, starts)


def side_by_side(*column: npt.NDArray[Any]) -> Float32:
    """(K, len(column)) columns (K,) as one table."""
    told = np.empty((len(column[0]), len(column)), np.float32)
    for place, each in enumerate(column):
        told[:, place] = each
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
    recent, row = np.take(batch.history.recent, bought), batch.recent_row[bought]
    now = batch.now[row]
    time = np.minimum(recent["time"], now)  # of a clock that was ahead
    new = np.empty(len(row), bool)
    new[:1], new[1:] = True, (row[1:] != row[:-1]) | (time[1:] != time[:-1])
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
        item=np.ascontiguousarray(recent["item"]),
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
    bought = np.flatnonzero(batch.history.total["type"] == PURCHASE)
    total, row = np.take(batch.history.total, bought), row[bought]
    runs = runs_of(row, total["item"], code)
    if not len(runs):
        return Tally(runs.key, np.empty((0, len(TOTAL_COLUMN)), np.float32))
    now = batch.now[row]
    age = np.maximum(now - total["last"], 0)
    habits = total["decayed"] * np.exp(-age / DECAY)
    count, habit = runs.summed(total["amount"], habits)
    since = runs.least(age) / DAY
    first = runs.most(np.maximum(now - total["first"], 0)) / DAY
    gap = _gap(first - since, count)
    return Tally(runs.key, side_by_side(count, habit, since, first, gap, due(since, gap), count / np.maximum(first, 7)))


RECENT_COLUMN = (
    "back", "first_back", "baskets", "in_3", "in_6", "in_12", "basket_gap", "basket_due", "lately_10", "lately_30",
    "irregular", "last_gap",
)  # fmt: skip


def recent_tally(baskets: Baskets, runs: Runs) -> Tally:
    """RECENT_COLUMN of recent purchases, by item and by category; `runs` are those of `baskets`.

    `back` and `first_back` are the last and the first basket with it, counted from now; `in_n` counts among the last n;
    `lately_n` counts by a half-life of n days; `irregular` is the spread of its gaps in their mean.
    """
    if not len(runs):
        return Tally(runs.key, np.empty((0, len(RECENT_COLUMN)), np.float32))
    back, starts = baskets.back, runs.starts
    last, first = runs.least(back), runs.most(back) + 1
    lately = [np.exp2(-baskets.age / half) for half in (10, 30)]
    count, in_3, in_6, in_12, *faded = runs.summed(1.0, *(back < most for most in (3, 6, 12)), *lately)
    basket_gap = _gap(first - 1 - last, count)
    # Recent acts come oldest first, and runs leave them so.
    age = baskets.age[runs.place]
    step = np.zeros(len(age))
    np.subtract(age[:-1], age[1:], out=step[1:])
    step[starts] = 0
    steps = np.maximum(count - 1, 1)
    mean, squared = np.add.reduceat(np.stack([step, step * step]), starts, axis=1) / steps
    spread = np.sqrt(np.maximum(squared - mean * mean, 0))
    irregular = np.where(count > 2, spread / np.maximum(mean, _LEAST_GAP), np.nan)
    last_gap = np.where(count > 1, step[np.append(starts[1:], len(step)) - 1], np.nan)
    due_now = due(last, basket_gap)
    columns = (last, first, count, in_3, in_6, in_12, basket_gap, due_now, *faded, irregular, last_gap)
    return Tally(runs.key, side_by_side(*columns))


def due(since: npt.NDArray[np.generic], gap: Float64) -> Float64:
    """The time since the last in usual gaps: 1 is when the next one is due."""
    told: Float64 = since / np.maximum(gap, _LEAST_GAP)
    return told


def _gap(span: npt.NDArray[np.number], count: npt.NDArray[np.number]) -> Float64:
    """The mean from one of `count` to the next, NaN where there is one only."""
    told: Float64 = np.where(count > 1, span / np.maximum(count - 1, 1), np.nan)
    return told
