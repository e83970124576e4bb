"""Does a list keep to the mix of a customer's taste? Calibrated recommendations, over categories.

Steck, Calibrated Recommendations, RecSys 2018: of a list for somebody who buys 70 % groceries and 30 % books, 30 %
should be books. Accuracy alone fills such lists with groceries.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from shopkeeper.data import ItemTable
from shopkeeper.pipeline.lists import Int32, Int64
from shopkeeper.store.frame import CATEGORY_SEPARATOR

Float64 = npt.NDArray[np.float64]

NO_CATEGORY: Final = -1
SMOOTHING: Final = 0.01  # of the taste mixed into the list's shares, so that a category which it lacks is no infinity


def broad_categories(items: ItemTable) -> Int32:
    """(n_items,) a number for the broadest category of each item, NO_CATEGORY where it has none."""
    broad = pl.col("category").str.split(CATEGORY_SEPARATOR).list.first()
    ranked = pl.when(broad.str.len_chars() > 0).then(broad.rank("dense") - 1).fill_null(NO_CATEGORY)
    return items.frame.select(ranked.cast(pl.Int32)).to_series().to_numpy()


def miscalibration(
    shown_row: Int64, shown: Int32, bought_row: Int64, bought: Int32, amount: Float64, category: Int32, lists: int
) -> Float64:
    """(lists,) bits of Kullback and Leibler's divergence of a list's categories from those that its customer buys.

    `shown` stands in the lists `shown_row`, all places alike; the customers of the lists `bought_row` bought `bought`,
    `amount` times. 0 is the very mix, log2(1 / SMOOTHING) = 6.6 a list that has nothing of it. NaN where the list or
    the history holds no item with a category.
    """
    size = np.int64(category.max(initial=0)) + 1
    key, taste = _shares(bought_row, category[bought], amount, size, lists)
    shown_key, share = _shares(shown_row, category[shown], np.ones(len(shown)), size, lists)
    place = np.minimum(np.searchsorted(shown_key, key), max(len(shown_key) - 1, 0))
    found = shown_key[place] == key if len(shown_key) else np.zeros(len(key), bool)
    listed = np.where(found, share[place] if len(share) else 0.0, 0.0)
    row = key // size
    part = taste * np.log2(taste / ((1 - SMOOTHING) * listed + SMOOTHING * taste))
    gap = np.bincount(row, part, minlength=lists)
    known = (np.bincount(row, minlength=lists) > 0) & (np.bincount(shown_key // size, minlength=lists) > 0)
    return np.where(known, np.maximum(gap, 0.0), np.nan)


def _shares(row: Int64, category: Int32, amount: Float64, size: np.int64, lists: int) -> tuple[Int64, Float64]:
    """(sorted row x size + category, its share of the row's amount) of what has a category and an amount above 0."""
    counted = (category != NO_CATEGORY) & (amount > 0)
    key, place = np.unique(row[counted] * size + category[counted], return_inverse=True)
    total = np.bincount(place, amount[counted], minlength=len(key))
    return key, total / np.bincount(key // size, total, minlength=lists)[key // size]
