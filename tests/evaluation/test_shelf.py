"""List-level figures by hand."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import log2, nan

import numpy as np
import pytest

from shopkeeper.data import Dataset
from shopkeeper.evaluation.exposure import gini
from shopkeeper.evaluation.shelf import MEANS, Shelf, ShelfTally, list_diversity, popularity, self_information
from shopkeeper.evaluation.significance import bootstrap_means
from shopkeeper.pipeline.lists import ItemLists, lists_of, offsets
from shopkeeper.record import EVENT_CODE, EventType
from shopkeeper.store.history import Histories, acts, summarise


def lists_in(rows: Sequence[Sequence[int]]) -> ItemLists:
    item = np.array([item for row in rows for item in row], np.int32)
    return lists_of(item, offsets(np.array([len(row) for row in rows], np.int64)))


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
    assert list_diversity(vectors, row, 3) == pytest.approx([1 - 2 * 0.5**0.5 / 3, 0, nan], nan_ok=True)


def test_items_without_a_vector_are_left_out_of_diversity() -> None:
    vectors = np.array([[1, 0], [0, 0], [0, 1], [0, 0], [1, 0]], np.float32)
    assert list_diversity(vectors, np.array([0, 0, 0, 1, 1]), 2) == pytest.approx([1, nan], nan_ok=True)


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


def histories_of(rows: Sequence[Sequence[int]]) -> Histories:
    """Customers who had bought these items, once for each time that they are named."""
    person = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
    item = np.array([item for row in rows for item in row], np.int32)
    bought = np.full(len(item), EVENT_CODE[EventType.PURCHASE], np.uint8)
    act = acts(item, bought, np.arange(len(item), dtype=np.int64), np.ones(len(item), np.float32))
    return summarise(person, act, len(rows))


def test_popularity_lift_is_of_sums_over_the_same_customers() -> None:
    # Shown on average .35, .2; bought on average .1 (item 2, twice the same one), .4. The third bought nothing, the
    # fourth is shown nothing: neither counts. (.55 - .5) / .5.
    shelf = Shelf(np.ones(4, bool), np.zeros(4), popularity=np.array([0.5, 0.2, 0.1, 0.4]))
    tally = ShelfTally(shelf)
    tally.add(lists_in([[0, 1], [1], [0], []]), histories_of([[2, 2], [3], [], [0]]))
    assert tally.figures().popularity_lift == pytest.approx(0.1)


def test_the_miscalibration_is_a_mean_over_lists_that_have_one() -> None:
    shelf = Shelf(np.ones(3, bool), np.zeros(3), category=np.array([0, 1, -1], np.int32))
    tally = ShelfTally(shelf)
    tally.add(lists_in([[0], [1], [0], [2]]), histories_of([[0], [0], [2], [0]]))
    assert tally.figures().miscalibration == pytest.approx((0 + log2(100)) / 2)


def test_what_is_not_measured_has_no_figure() -> None:
    tally = ShelfTally(Shelf(np.ones(3, bool), np.zeros(3)))
    tally.add(lists_in([[0, 1]]), histories_of([[2]]))
    figures = tally.figures()
    assert (figures.diversity, figures.popularity_lift, figures.miscalibration) == (None, None, None)


def test_figures_have_intervals_over_customers() -> None:
    tally = ShelfTally(Shelf(np.ones(4, bool), np.array([1.0, 2.0, 3.0, 4.0]), k=2))
    tally.add(lists_in([[0], [1], [2], [3]] * 25))
    columns = tally.columns()
    assert columns.shape == (100, 2 * len(MEANS))
    interval = tally.figures(bootstrap_means(columns, 500, np.random.default_rng(0))).interval
    assert sorted(interval) == ["coverage", "empty", "fallback", "gini", "novelty"]
    # The standard error of a mean of 100 draws from 1, 2, 3, 4 is sqrt(1.25 / 100) = .112.
    assert interval["novelty"].mean == 2.5
    assert interval["novelty"].low == pytest.approx(2.5 - 1.96 * 0.112, abs=0.05)
    assert interval["novelty"].high == pytest.approx(2.5 + 1.96 * 0.112, abs=0.05)
    assert (interval["coverage"].low, interval["coverage"].high) == (1, 1)  # no customer's list is the only one


def test_popularity_is_the_share_of_users_who_bought(make_dataset: Callable[..., Dataset]) -> None:
    buy, view = EventType.PURCHASE, EventType.VIEW
    log = [(1, 0, buy, 1, None), (1, 0, buy, 2, None), (2, 0, buy, 1, None), (3, 1, view, 1, None)]
    assert popularity(make_dataset(log, 10))[:2].tolist() == [2 / 3, 0]


def test_self_information_counts_buyers_once(make_dataset: Callable[..., Dataset]) -> None:
    buy, view = EventType.PURCHASE, EventType.VIEW
    acts = [(1, 0, buy, 1, None), (1, 0, buy, 2, None), (2, 0, buy, 1, None), (3, 1, view, 1, None)]
    information = self_information(make_dataset(acts, 10))
    assert information[0] == pytest.approx(-log2(3 / 4))  # two of three users, one buyer more taken
    assert information[1] == pytest.approx(-log2(1 / 4))
