"""Steck's calibration by hand."""

from math import log2, nan

import numpy as np
import polars as pl
import pytest

from shopkeeper.data import ItemTable
from shopkeeper.evaluation.taste import NO_CATEGORY, broad_categories, miscalibration

FOOD, BOOKS = 0, 1
CATEGORY = np.array([FOOD, FOOD, BOOKS, NO_CATEGORY], np.int32)


def gap(shown: list[list[int]], bought: list[list[int]], amount: list[float]) -> list[float]:
    def flat(rows: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
        row = np.repeat(np.arange(len(rows)), [len(each) for each in rows])
        return row, np.array([item for each in rows for item in each], np.int32)

    found = miscalibration(*flat(shown), *flat(bought), np.array(amount), CATEGORY, len(shown))
    return list(found)


def test_the_same_mix_has_no_gap() -> None:
    assert gap([[0, 2]], [[1, 2]], [3, 3]) == pytest.approx([0])


def test_a_list_that_lacks_a_taste_by_hand() -> None:
    # Tastes: 70 % food, 30 % books; the list is all food. q = .99 * 1 + .01 * .7, and .01 * .3 for books.
    expected = 0.7 * log2(0.7 / 0.997) + 0.3 * log2(0.3 / 0.003)
    assert gap([[0, 1]], [[0, 2]], [7, 3]) == pytest.approx([expected])


def test_each_list_is_held_against_its_own_customer() -> None:
    assert gap([[0], [0]], [[1], [2]], [1, 1]) == pytest.approx([0, log2(100)])


def test_what_has_no_category_does_not_count() -> None:
    assert gap([[0, 3]], [[1, 3]], [1, 9]) == pytest.approx([0])
    assert gap([[3], [], [0], [0]], [[0], [0], [3], []], [1, 1, 1]) == pytest.approx([nan] * 4, nan_ok=True)


def test_what_was_taken_back_is_no_taste() -> None:
    assert gap([[0]], [[0, 2]], [1, 0]) == pytest.approx([0])


def test_broad_categories_are_the_first_of_a_path(items: ItemTable) -> None:
    paths = ["Food > Tea > Green", "Books", None, "", "Food", "Books > Art", None, "Food > Milk"]
    table = ItemTable(items.frame.with_columns(category=pl.Series(paths)))
    food, books = broad_categories(table)[[0, 1]]
    assert food != books
    assert broad_categories(table).tolist() == [food, books, -1, -1, food, books, -1, food]
