"""Facts: what a shop's own past tells of each item, counted as of one time, for a learned ranker to read."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

from shopkeeper.data import Dataset
from shopkeeper.model.basket_habit import part_of
from shopkeeper.pipeline.lists import Float32, Int32, Int64
from shopkeeper.record import DAY, EventType

Float64 = npt.NDArray[np.float64]

HALF_LIVES: Final = (3.5, 14.0, 60.0)  # days
FACT: Final = (
    "sales_4",  # purchases a day lately, by half-life
    "sales_14",
    "sales_60",
    "trend_4",  # lately against usually
    "trend_14",
    "gap",  # days from one purchase to the same customer's next, the middle in logarithms
    "again",  # purchases beyond the first for each buyer
    "returning",  # the share of buyers who came back for it
    "buyers",
    "age",  # days since its first purchase
    "since",  # days since its last
    "spread",  # of the logarithms of these gaps
    "part",  # of its baskets: how much of them it is, see part_of
    "lines",  # the mean logarithm of the lines of its baskets
    "week",  # purchases in the last seven days
    "week_trend",  # these against the mean of eight weeks
    "week_before",  # those of the week before, likewise
    "households",  # that bought it in the last 28 days
)
_PRIOR: Final = 5.0  # buyers and gaps with the shop's mean that each item starts with
_TREND_PRIOR: Final = 3.0  # purchases that both sides of a trend start with
_USUAL_WEEKS: Final = 8  # that a week is held against
_WEEK_PRIOR: Final = 2.0  # purchases that both sides of that start with
_NEVER: Final = 999.0  # days, of an item that nobody has bought yet


@dataclass(frozen=True, slots=True)
class Facts:
    """`value` (n_items, len(FACT)); `category` (n_items,) each item's narrowest one as a small integer, the last one
    being that of items without; `level` (categories,) the mean logarithm of the prices in it."""

    value: Float32 = field(default_factory=lambda: np.empty((0, len(FACT)), np.float32))
    category: Int32 = field(default_factory=lambda: np.empty(0, np.int32))
    level: Float32 = field(default_factory=lambda: np.zeros(1, np.float32))

    @classmethod
    def of(cls, dataset: Dataset) -> Self:
        """The facts as of a dataset's time, of what is in it."""
        bought = dataset.of_type(EventType.PURCHASE)
        item, user, time = dataset.item[bought], dataset.user[bought].astype(np.int64), dataset.time[bought]
        size = len(dataset.items)
        age = (dataset.as_of - time) / DAY
        counted = {
            **_sales(item, age, size),
            **_weeks(user, item, age, size),
            **_comebacks(user, item, time, size),
            **_baskets(user, item, time, size),
        }
        value = np.stack([counted[name] for name in FACT], axis=1).astype(np.float32)
        category, categories = _categories(dataset)
        price = log_price(dataset.items.frame["price"].to_numpy())
        return cls(value, category, _levels(price, category, categories))

    def arrays(self) -> Mapping[str, npt.NDArray[Any]]:
        """What a bundle keeps; `Facts(**arrays)` is the inverse."""
        return {column.name: getattr(self, column.name) for column in fields(self)}

    def categories_of(self, item: npt.NDArray[np.integer]) -> Int64:
        """(len(item),) category numbers; items that came after the count are without one."""
        told = np.full(len(item), len(self.level) - 1, np.int64)
        known = item < len(self.category)
        told[known] = self.category[item[known]]
        return told

    def of_items(self, item: Int32) -> Float32:
        """(len(item), len(FACT)); NaN for items that came after the count."""
        known = item < len(self.value)
        if known.all():
            return self.value[item]
        told = np.full((len(item), len(FACT)), np.nan, np.float32)
        told[known] = self.value[item[known]]
        return told


def log_price(price: npt.NDArray[Any]) -> Float32:
    """(n,) natural logarithms; NaN where there is no price, or none above zero."""
    known = price.astype(np.float64)
    return np.log(np.where(known > 0, known, np.nan)).astype(np.float32)


def _sales(item: Int32, age: Float64, size: int) -> dict[str, Float64]:
    """How an item sells, and when it began and ceased to."""
    daily = [np.bincount(item, np.exp2(-age / half), minlength=size) / half for half in HALF_LIVES]
    trend = [
        (rate * half + _TREND_PRIOR) / (daily[-1] * half + _TREND_PRIOR)
        for rate, half in zip(daily[:-1], HALF_LIVES[:-1], strict=True)
    ]
    first, last = np.zeros(size), np.full(size, _NEVER)
    np.maximum.at(first, item, age)
    np.minimum.at(last, item, age)
    return {
        "sales_4": daily[0],
        "sales_14": daily[1],
        "sales_60": daily[2],
        "trend_4": trend[0],
        "trend_14": trend[1],
        "age": first,
        "since": last,
    }


def _weeks(user: Int64, item: Int32, age: Float64, size: int) -> dict[str, Float64]:
    """What was bought in the last weeks, and by how many."""
    last, before, usual = (
        np.bincount(item[(age > after) & (age <= upto)], minlength=size).astype(np.float64)
        for after, upto in ((-np.inf, 7), (7, 14), (-np.inf, _USUAL_WEEKS * 7))
    )
    usual = usual / _USUAL_WEEKS + _WEEK_PRIOR
    lately = age <= 28
    buyer = np.unique(user[lately] * max(size, 1) + item[lately])
    return {
        "week": last,
        "week_trend": (last + _WEEK_PRIOR) / usual,
        "week_before": (before + _WEEK_PRIOR) / usual,
        "households": np.bincount(buyer % max(size, 1), minlength=size).astype(np.float64),
    }


def _baskets(user: Int64, item: Int32, time: Int64, size: int) -> dict[str, Float64]:
    """How large the baskets are that an item comes in; purchases of one customer at one time are one."""
    new = np.append(True, (user[1:] != user[:-1]) | (time[1:] != time[:-1]))[: len(user)]
    number = np.cumsum(new) - 1
    lines = np.bincount(number)[number] if len(number) else number
    count = np.bincount(item, minlength=size)
    return {
        "part": _smoothed(np.bincount(item, part_of(lines), minlength=size), count),
        "lines": _smoothed(np.bincount(item, np.log(lines), minlength=size), count),
    }


def _comebacks(user: Int64, item: Int32, time: Int64, size: int) -> dict[str, Float64]:
    """Who comes back for an item, and after how long."""
    key = user * max(size, 1) + item
    order = np.argsort(key, kind="stable")  # events are sorted by time within a user
    key, time = key[order], time[order]
    first = np.append(True, key[1:] != key[:-1])[: len(key)]
    gap = np.append(0, np.diff(time))[: len(key)] / DAY
    back = ~first & (gap > 0)
    buyers = np.bincount(key[first] % max(size, 1), minlength=size)
    again = np.bincount(item, minlength=size) - buyers
    returned = np.bincount(np.unique(key[back]) % max(size, 1), minlength=size)
    came = np.bincount(key[back] % max(size, 1), minlength=size)
    log_gap = np.log(gap[back] + 0.5)
    told, squared = (np.bincount(key[back] % max(size, 1), log_gap**power, minlength=size) for power in (1, 2))
    middle = _smoothed(told, came)
    return {
        "gap": np.exp(middle),
        "spread": np.sqrt(np.maximum(_smoothed(squared, came) - middle * middle, 0)),
        "again": _smoothed(again, buyers),
        "returning": _smoothed(returned, buyers),
        "buyers": buyers,
    }


def _smoothed(total: npt.NDArray[Any], count: npt.NDArray[Any]) -> Float64:
    """(n,) total / count, drawn towards the shop's own."""
    mean = total.sum() / max(count.sum(), 1)
    smoothed: Float64 = (total + _PRIOR * mean) / (count + _PRIOR)
    return smoothed


def _categories(dataset: Dataset) -> tuple[Int32, int]:
    """(n_items,) the rank of each item's category path, the last number for those without; how many numbers."""
    path = dataset.items.frame["category"].replace("", None)
    rank = path.rank("dense").fill_null(0).to_numpy().astype(np.int32)
    without = int(rank.max(initial=0))
    return np.where(rank > 0, rank - 1, without).astype(np.int32), without + 1


def _levels(price: Float32, category: Int32, categories: int) -> Float32:
    """(categories,) the mean logarithm of the known prices; 0 where none is known."""
    known = np.isfinite(price)
    count = np.bincount(category[known], minlength=categories)
    return (np.bincount(category[known], price[known], minlength=categories) / np.maximum(count, 1)).astype(np.float32)
