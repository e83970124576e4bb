"""What a learned ranker reads of each candidate: one function, for training and serving alike.

Everything follows from what a request brings (its history, its time), from Facts that a bundle holds, and from prices
as of the request. Nothing follows from an item's number in the catalogue.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

import numpy as np

from shopkeeper.model.fact import FACT, Facts
from shopkeeper.model.rhythm import (
    RECENT_COLUMN,
    TOTAL_COLUMN,
    WIDTH,
    Baskets,
    Tally,
    baskets_of,
    due,
    recent_tally,
    total_tally,
)
from shopkeeper.pipeline.batch import PURCHASE, QueryBatch
from shopkeeper.pipeline.lists import Float32, Int64, ItemLists
from shopkeeper.record import DAY

SCORES: Final = "scores of the sources"

# Names by group; the groups are what ablations leave out. The scores of the sources come last, as many as there are.
GROUP: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "rhythm of the item": (*TOTAL_COLUMN, *RECENT_COLUMN, "due_in_shop", "basket_share", "looked_since"),
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
    baskets = baskets_of(batch)
    key = lists.row * WIDTH + lists.item
    total = total_tally(batch, batch.total_row * WIDTH + batch.history.total["item"])
    shop = facts.of_items(lists.item)
    told = [
        _item(key, total, baskets, shop, batch, lists),
        _category(key, total, baskets, facts, batch, lists),
        _household(baskets, batch)[lists.row],
        shop,
        _price(price, facts, total, lists),
        *(lists.part[:, [lists.source.index(source)]] for source in sources),
    ]
    return np.concatenate(told, axis=1, dtype=np.float32)


def _item(key: Int64, total: Tally, baskets: Baskets, shop: Float32, batch: QueryBatch, lists: ItemLists) -> Float32:
    """The rhythm of the item."""
    whole = total.of(key)
    lately = recent_tally(baskets, baskets.row * WIDTH + baskets.item).of(key)
    in_shop = due(whole[:, TOTAL_COLUMN.index("since")], shop[:, FACT.index("gap")].astype(np.float64))
    share = lately[:, RECENT_COLUMN.index("baskets")] / np.maximum(baskets.count[lists.row], 1)
    more = np.stack([in_shop, share, _looked_since(batch).of(key)[:, 0]], axis=1)
    return np.concatenate([whole, lately, more], axis=1, dtype=np.float32)


def _category(key: Int64, total: Tally, baskets: Baskets, facts: Facts, batch: QueryBatch, lists: ItemLists) -> Float32:
    """The rhythm of the item's category, and how much of it is the item."""
    asked = lists.row * WIDTH + facts.categories_of(lists.item)
    whole = total_tally(batch, batch.total_row * WIDTH + facts.categories_of(batch.history.total["item"])).of(asked)
    lately = recent_tally(baskets, baskets.row * WIDTH + facts.categories_of(baskets.item)).of(asked)
    habit = TOTAL_COLUMN.index("habit")
    loyalty = total.of(key)[:, [habit]] / np.maximum(whole[:, [habit]], np.float32(1e-6))
    return np.concatenate([whole, lately, loyalty], axis=1, dtype=np.float32)


def _household(baskets: Baskets, batch: QueryBatch) -> Float32:
    """(B, 7) how often a household shops, how much at once, and how much it has bought in all."""
    kinds = np.diff(batch.history.total_offset)
    count = np.bincount(batch.total_row, batch.history.total["amount"], minlength=len(batch))
    columns = (
        baskets.since, baskets.gap, due(baskets.since, baskets.gap), baskets.size, baskets.count, kinds, count,
    )  # fmt: skip
    return np.stack(columns, axis=1).astype(np.float32)


def _looked_since(batch: QueryBatch) -> Tally:
    """Days since an item was last looked at or put into the basket: anything that speaks for it but a purchase."""
    total = batch.history.total
    kept = (total["type"] != PURCHASE) & (batch.weight[total["type"]] * total["amount"] > 0)
    key = batch.total_row[kept] * WIDTH + total["item"][kept]  # sorted
    first = np.append(True, key[1:] != key[:-1])[: len(key)]
    since = np.maximum(batch.now[batch.total_row[kept]] - total["last"][kept], 0) / DAY
    if len(key):
        since = np.minimum.reduceat(since, np.flatnonzero(first))
    return Tally(key[first], since.astype(np.float32).reshape(-1, 1))


def _price(price: Float32, facts: Facts, total: Tally, lists: ItemLists) -> Float32:
    """The price, how dear it is for its category, and how much dearer than what this household buys."""
    level = _level(price, facts, lists.item)
    bought = (total.key % WIDTH).astype(np.int32)
    habit = total.value[:, TOTAL_COLUMN.index("habit")].astype(np.float64)
    theirs = _level(price, facts, bought).astype(np.float64)
    known = np.isfinite(theirs)
    row = total.key[known] // WIDTH
    weight = np.bincount(row, habit[known], minlength=len(lists))
    usual = np.bincount(row, habit[known] * theirs[known], minlength=len(lists)) / np.where(weight > 0, weight, np.nan)
    return np.stack([_at(price, lists.item), level, level - usual[lists.row]], axis=1).astype(np.float32)


def _level(price: Float32, facts: Facts, item: np.ndarray) -> Float32:
    """(len(item),) how much dearer each item is than the mean of its category, in logarithms."""
    level: Float32 = _at(price, item) - facts.level[facts.categories_of(item)]
    return level


def _at(price: Float32, item: np.ndarray) -> Float32:
    """(len(item),) prices, NaN for items beyond them."""
    told = np.full(len(item), np.nan, np.float32)
    known = item < len(price)
    told[known] = price[item[known]]
    return told
