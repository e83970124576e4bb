"""List-level figures by hand."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import log2

import numpy as np
import pytest

from shopkeeper.data import Dataset
from shopkeeper.evaluation.shelf import Shelf, ShelfTally, gini, list_diversity, self_information
from shopkeeper.pipeline.lists import ItemLists, lists_of, offsets
from shopkeeper.record import EventType


def lists_in(rows: Sequence[Sequence[int]]) -> ItemLists:
    item = np.array([item for row in rows for item in row], np.int32)
    return lists_of(item, offsets(np.array([len(row) for row in rows], np.int64)))


def test_gini_of_equal_and_of_one_sided_exposure() -> None:
    assert gini(np.array([3, 3, 3, 3])) == 0
    assert gini(np.array([0, 0, 0, 8])) == pytest.approx(3 / 4)  # 1 - 1 / n
    assert gini(np.array([1, 3])) == pytest.approx(1 / 4)  # mean difference 1 over twice the mean 2, over all pairs
    assert gini(np.array([0, 0])) is None


def test_figures_over_two_chunks() -> None:
    eligible = np.array([True, True, True, True, False])
    shelf = Shelf(eligible=eligible, information=np.array([1.0, 2.0, 3.0, 4.0, 9.0]), k=2)
    tally = ShelfTally(shelf)
    tally.add(lists_in([[0, 1, 3], []]))  # place 3 is beyond the cut-off
    tally.add(replace(lists_in([[0], [2, 1]]), fallback=np.array([True, False])))
    figures = tally.figures()
    assert figures.coverage == 3 / 4
    assert figures.novelty == pytest.approx((1.5 + 1 + 2.5) / 3)  # the empty list has none
    assert figures.gini == gini(np.array([2, 2, 1, 0]))
    assert (figures.fallback, figures.empty) == (1 / 4, 1 / 4)
    assert figures.diversity is None


def test_diversity_is_one_minus_the_mean_cosine() -> None:
    # East, north, north-east: cosines 0, r, r with r = sqrt(1/2). Then a pair of equals, and a list without a pair.
    vectors = np.array([[2, 0], [0, 3], [1, 1], [5, 5], [1, 1], [1, 0]], np.float32)
    row = np.array([0, 0, 0, 1, 1, 2])
    assert list_diversity(vectors, row, 3) == pytest.approx([1 - 2 * 0.5**0.5 / 3, 0])


def test_items_without_a_vector_are_left_out_of_diversity() -> None:
    vectors = np.array([[1, 0], [0, 0], [0, 1], [0, 0], [1, 0]], np.float32)
    assert list_diversity(vectors, np.array([0, 0, 0, 1, 1]), 2) == pytest.approx([1])


def test_vectors_come_from_a_table_or_a_function() -> None:
    table = np.array([[1, 0], [0, 1], [1, 0]], np.float32)
    for vectors in (table, lambda item: table[item]):
        tally = ShelfTally(Shelf(np.ones(3, bool), np.zeros(3), vectors))
        tally.add(lists_in([[0, 1], [0, 2], []]))
        assert tally.figures().diversity == pytest.approx(1 / 2)


def test_nothing_shown_has_no_figures() -> None:
    tally = ShelfTally(Shelf(np.ones(3, bool), np.zeros(3), np.ones((3, 2), np.float32)))
    tally.add(lists_in([[], []]))
    figures = tally.figures()
    assert (figures.coverage, figures.empty) == (0, 1)
    assert (figures.novelty, figures.gini, figures.diversity) == (None, None, None)


def test_self_information_counts_buyers_once(make_dataset: Callable[..., Dataset]) -> None:
    buy, view = EventType.PURCHASE, EventType.VIEW
    acts = [(1, 0, buy, 1, None), (1, 0, buy, 2, None), (2, 0, buy, 1, None), (3, 1, view, 1, None)]
    information = self_information(make_dataset(acts, 10))
    assert information[0] == pytest.approx(-log2(3 / 4))  # two of three users, one buyer more taken
    assert information[1] == pytest.approx(-log2(1 / 4))
