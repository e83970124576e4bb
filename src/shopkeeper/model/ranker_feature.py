"""What a learned ranker reads of each candidate: one function, for training and serving alike.

Everything follows from what a request brings (its history, its time), from Facts that a bundle holds, and from prices
as of the request. Nothing follows from an item's number in the catalogue.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from shopkeeper.model.basket_habit import BASKET_COLUMN, basket_tally, soon
from shopkeeper.model.fact import FACT, Facts
from shopkeeper.model.rhythm import (
    CATEGORY,
    RECENT_COLUMN,
    TOTAL_COLUMN,
    WIDTH,
    Baskets,
    Tally,
    baskets_of,
    due,
    recent_tally,
    runs_of,
    side_by_side,
    total_tally,
)
from shopkeeper.pipeline.batch import PURCHASE, QueryBatch
from shopkeeper.pipeline.lists import Float32, Int64, ItemLists
from shopkeeper.record import DAY

Items = npt.NDArray[np.integer]

SCORES: Final = "scores of the sources"
_LEAST_HABIT: Final = np.float32(1e-6)

# Names by group; the groups are what ablations leave out. The scores of the sources come last, as many as there are.
GROUP: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "rhythm of the item": (*TOTAL_COLUMN, *RECENT_COLUMN, "due_in_shop", "basket_share", "looked_since"),
        "the baskets it comes in": BASKET_COLUMN,
        "rhythm of its category": (
            *(f"category_{name}" for name in TOTAL_COLUMN),
            *(f"category_{name}" for name in RECENT_COLUMN),
            "loyalty",
        ),
        "the household": (
            "home_since",
            "home_gap",
            "home_due",
            "home_size",
            "home_baskets",
            "home_kinds",
            "home_count",
            "home_soon",
        ),
        "the item in the shop": tuple(f"shop_{name}" for name in FACT),
        "price": ("price", "price_level", "price_affinity"),
    }
)
FEATURE: Final = tuple(name for names in GROUP.values() for name in names)


def names_of(sources: Sequence[str]) -> tuple[str, ...]:
    """The names of `features_of`'s columns."""
    return (*FEATURE, *(f"score_{source}" for source in sources))


def columns_of(group: str, sources: Sequence[str]) -> list[int]:
    """Where the features of a group stand, SCORES being one."""
    wanted = {f"score_{source}" for source in sources} if group == SCORES else set(GROUP[group])
    return [place for place, name in enumerate(names_of(sources)) if name in wanted]


def features_of(batch: QueryBatch, lists: ItemLists, facts: Facts, price: Float32, sources: Sequence[str]) -> Float32:
    """(N, len(names_of(sources))) features of each place, NaN where there is nothing to tell.

    `price` (n_items,) are logarithms as of the request; `sources` names columns of `lists.part`.
    """
    row, total_row, baskets = lists.row, batch.total_row, baskets_of(batch)
    runs = runs_of(baskets.row, baskets.item, facts.categories_of)
    key = row * WIDTH + lists.item
    both = np.concatenate([key, row * WIDTH + (CATEGORY + facts.categories_of(lists.item))])
    total = total_tally(batch, total_row, facts.categories_of)
    whole, shelf = np.split(total.of(both), 2)
    lately, shelf_lately = np.split(recent_tally(baskets, runs).of(both), 2)
    shop = facts.of_items(lists.item)
    count, habit = RECENT_COLUMN.index("baskets"), TOTAL_COLUMN.index("habit")
    told: list[npt.NDArray[Any]] = [
        whole,
        lately,
        due(whole[:, [TOTAL_COLUMN.index("since")]], shop[:, [FACT.index("gap")]].astype(np.float64)),
        lately[:, [count]] / np.maximum(baskets.count[row], 1).reshape(-1, 1),
        _looked_since(batch, total_row).of(key),
        basket_tally(baskets, runs, len(batch)).of(key),
        shelf,
        shelf_lately,
        whole[:, [habit]] / np.maximum(shelf[:, [habit]], _LEAST_HABIT),
        _household(baskets, batch, total_row)[row],
        shop,
        _price(price, facts, total, lists, row),
        *(lists.part[:, [lists.source.index(source)]] for source in sources),
    ]
    return np.concatenate(told, axis=1, dtype=np.float32)


def _household(baskets: Baskets, batch: QueryBatch, total_row: Int64) -> Float32:
    """(B, 8) how often a household shops, how much at once, how much in all, and whether about this weekday."""
    kinds = np.diff(batch.history.total_offset)
    count = np.bincount(total_row, batch.history.total["amount"], minlength=len(batch))
    columns = (
        baskets.since, baskets.gap, due(baskets.since, baskets.gap), baskets.size, baskets.count, kinds, count,
        soon(baskets, 1, len(batch)),
    )  # fmt: skip
    return side_by_side(*columns)


def _looked_since(batch: QueryBatch, total_row: Int64) -> Tally:
    """Days since an item was last looked at or put into the basket: anything that speaks for it but a purchase."""
    total = batch.history.total
    kept = np.flatnonzero((total["type"] != PURCHASE) & (batch.weight[total["type"]] * total["amount"] > 0))
    row = total_row[kept]
    key = row * WIDTH + total["item"][kept]  # sorted
    since = np.maximum(batch.now[row] - total["last"][kept], 0) / DAY
    first = np.flatnonzero(np.append(True, key[1:] != key[:-1])[: len(key)])
    if len(key):
        since = np.minimum.reduceat(since, first)
    return Tally(key[first], since.astype(np.float32).reshape(-1, 1))


def _price(price: Float32, facts: Facts, total: Tally, lists: ItemLists, row: Int64) -> Float32:
    """(N, 3) the price, how dear it is for its category, and how much dearer than what this household buys."""
    level = _level(price, facts, lists.item)
    bought = total.key % WIDTH
    items = np.flatnonzero(bought < CATEGORY)
    theirs = _level(price, facts, bought[items]).astype(np.float64)
    known = np.isfinite(theirs)
    items, theirs = items[known], theirs[known]
    habit = total.value[items, TOTAL_COLUMN.index("habit")].astype(np.float64)
    buyer = total.key[items] // WIDTH
    weight = np.bincount(buyer, habit, minlength=len(lists))
    usual = np.bincount(buyer, habit * theirs, minlength=len(lists)) / np.where(weight > 0, weight, np.nan)
    return side_by_side(_at(price, lists.item), level, level - usual[row])


def _level(price: Float32, facts: Facts, item: Items) -> Float32:
    """(len(item),) how much dearer each item is than the mean of its category, in logarithms."""
    level: Float32 = _at(price, item) - facts.level[facts.categories_of(item)]
    return level


def _at(price: Float32, item: Items) -> Float32:
    """(len(item),) prices, NaN for items beyond them."""
    known = item < len(price)
    if known.all():
        return price[item]
    told = np.full(len(item), np.nan, np.float32)
    told[known] = price[item[known]]
    return told
