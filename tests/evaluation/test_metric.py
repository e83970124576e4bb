"""Metrics against figures worked out by hand."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from math import log2

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopkeeper.error import InputError
from shopkeeper.evaluation.metric import (
    METRICS,
    auc,
    average_precision,
    f1,
    hit_rate,
    mean_rank,
    mrr,
    ndcg,
    precision,
    recall,
)
from shopkeeper.evaluation.truth import Truth, truth_of
from shopkeeper.pipeline.lists import ItemLists, lists_of, offsets

SHOWN = [[3, 1, 2], [0, 4], [], [5, 6, 7]]
RIGHT = [[1, 2, 9, 8], [4], [1], [0]]
POOL = 100


def lists_in(rows: Sequence[Sequence[int]]) -> ItemLists:
    item = np.array([item for row in rows for item in row], np.int32)
    return lists_of(item, offsets(np.array([len(row) for row in rows], np.int64)))


def right_in(rows: Sequence[Collection[int]]) -> Truth:
    row = np.repeat(np.arange(len(rows)), [len(right) for right in rows])
    return truth_of(row, np.array([item for right in rows for item in sorted(right)], np.int32), len(rows), POOL)


def test_recall_divides_by_all_right_items() -> None:
    lists, truth = lists_in(SHOWN), right_in(RIGHT)
    assert recall(lists, truth, 2).tolist() == [1 / 4, 1, 0, 0]
    assert recall(lists, truth, 3).tolist() == [2 / 4, 1, 0, 0]
    assert recall(lists, truth).tolist() == [2 / 4, 1, 0, 0]


def test_precision_counts_missing_places_as_wrong() -> None:
    assert precision(lists_in(SHOWN), right_in(RIGHT), 4).tolist() == [2 / 4, 1 / 4, 0, 0]


def test_hit_rate_is_one_or_nothing() -> None:
    lists, truth = lists_in(SHOWN), right_in(RIGHT)
    assert hit_rate(lists, truth, 1).tolist() == [0, 0, 0, 0]
    assert hit_rate(lists, truth, 2).tolist() == [1, 1, 0, 0]


def test_mrr_takes_the_first_hit_only() -> None:
    lists, truth = lists_in(SHOWN), right_in(RIGHT)
    assert mrr(lists, truth).tolist() == [1 / 2, 1 / 2, 0, 0]
    assert mrr(lists, truth, 1).tolist() == [0, 0, 0, 0]


def test_ndcg_by_hand() -> None:
    # Query 0: hits at places 2 and 3; the ideal top 3 has three hits. Query 1: its only item at place 2.
    first = (1 / log2(3) + 1 / log2(4)) / (1 + 1 / log2(3) + 1 / log2(4))
    second = 1 / log2(3)
    assert ndcg(lists_in(SHOWN), right_in(RIGHT), 3) == pytest.approx([first, second, 0, 0])


def test_ideal_gain_is_truncated_at_k() -> None:
    assert ndcg(lists_in([[0, 1]]), right_in([[0, 1, 2, 3, 4]]), 2).tolist() == [1]


def test_a_repeated_item_counts_once() -> None:
    lists, truth = lists_in([[4, 4, 4]]), right_in([[4, 7]])
    assert recall(lists, truth, 3).tolist() == [1 / 2]
    assert ndcg(lists, truth, 3) == pytest.approx([1 / (1 + 1 / log2(3))])


def test_f1_is_the_harmonic_mean_of_precision_and_recall() -> None:
    # Query 0: precision 2/3, recall 2/4; query 1: 1/3 (the missing place is wrong) and 1.
    first, second = 2 / (3 / 2 + 2), 2 / (3 + 1)
    assert f1(lists_in(SHOWN), right_in(RIGHT), 3) == pytest.approx([first, second, 0, 0])


def test_average_precision_by_hand() -> None:
    # Hits at places 2 and 3 of 3, four right: (1/2 + 2/3) / 3. Then one at place 2 of one.
    assert average_precision(lists_in(SHOWN), right_in(RIGHT), 3) == pytest.approx([(1 / 2 + 2 / 3) / 3, 1 / 2, 0, 0])
    assert average_precision(lists_in([[1, 2, 5]]), right_in([[1, 2]]), 3).tolist() == [1]


def test_auc_counts_pairs_and_halves_ties() -> None:
    truth = replace(right_in([[1, 9], [1], [0]]), pool=6)
    # Query 0: four wrong items. 1 stands below one of them (5), above three; 9 is not listed and ties with the two
    # wrong ones that are not. Query 1: first of all. Query 2: nothing is listed.
    lists = lists_in([[5, 1, 2], [1, 3], []])
    assert auc(lists, truth, 50).tolist() == [(3 + 2 / 2) / 8, 1, 1 / 2]
    assert auc(lists, truth, 1).tolist() == [(3 / 2 + 3 / 2) / 8, 1, 1 / 2]


def test_auc_is_that_of_a_full_ranking_with_shared_last_places() -> None:
    rng = np.random.default_rng(3)
    items = 12
    for _ in range(50):
        ranked = rng.permutation(items)[: rng.integers(1, items)]
        right = rng.permutation(items)[: rng.integers(1, items)]
        place = np.full(items, items)
        place[ranked] = np.arange(len(ranked))
        wrong = np.setdiff1d(np.arange(items), right)
        pairs = [(place[r] < place[w]) + (place[r] == place[w]) / 2 for r in right for w in wrong]
        truth = replace(right_in([right.tolist()]), pool=items)
        assert auc(lists_in([ranked.tolist()]), truth, items) == pytest.approx([np.mean(pairs)])


def test_auc_has_nothing_to_tell_where_all_is_right() -> None:
    assert auc(lists_in([[1, 0]]), replace(right_in([[0, 1]]), pool=2), 50).tolist() == [0.5]


def test_mean_rank_shares_the_places_below_the_list() -> None:
    truth = replace(right_in([[1, 9], [1], [0]]), pool=6)
    # Query 0: place 2, and the mean of places 4 to 6. Query 2: the mean of all six places.
    assert mean_rank(lists_in([[5, 1, 2], [1, 3], []]), truth, 50).tolist() == [(2 + 5) / 2, 1, 3.5]


def test_ranks_among_all_items_need_to_know_how_many_there_are() -> None:
    with pytest.raises(InputError, match="the truth says 0, and a query has 2"):
        auc(lists_in([[1]]), replace(right_in([[1, 2]]), pool=0), 50)


@pytest.mark.parametrize("name", METRICS)
def test_nothing_right_has_no_value(name: str) -> None:
    values = METRICS[name](lists_in([[1, 2], [1, 2]]), right_in([[], [1]]))
    assert np.isnan(values).tolist() == [True, False]


def test_registry_cuts_at_the_k_of_its_name() -> None:
    lists, truth = lists_in([list(range(30))]), right_in([[15]])
    values = {name: float(metric(lists, truth)[0]) for name, metric in METRICS.items()}
    assert values == {
        "NDCG@10": 0,
        "Recall@10": 0,
        "Recall@20": 1,
        "HitRate@10": 0,
        "MRR@20": 1 / 16,
        "Precision@10": 0,
        "F1@10": 0,
        "MAP@10": 0,
        "AUC@50": (99 - 15) / 99,
        "MeanRank@50": 16,
    }


def test_lists_and_truth_of_different_length_are_refused() -> None:
    with pytest.raises(InputError, match="2 lists cannot be judged by the truth of 1 queries"):
        recall(lists_in([[1], [2]]), right_in([[1]]), 10)


query = st.tuples(
    st.lists(st.integers(0, 30), unique=True, max_size=25), st.sets(st.integers(0, 30), min_size=1, max_size=25)
)


@settings(deadline=None)  # a busy machine is no failure
@given(st.lists(query, min_size=1, max_size=8))
def test_every_metric_lies_between_zero_and_one(queries: list[tuple[list[int], set[int]]]) -> None:
    lists, truth = lists_in([shown for shown, _ in queries]), right_in([right for _, right in queries])
    for metric in METRICS.values():
        values = metric(lists, truth)
        assert (values >= (0 if metric.rising else 1)).all()
        assert (values <= (1 + 1e-12 if metric.rising else POOL)).all()


@settings(deadline=None)  # a busy machine is no failure
@given(st.lists(st.sets(st.integers(0, 30), min_size=1, max_size=25), min_size=1, max_size=8))
def test_a_perfect_list_has_ndcg_one(right: list[set[int]]) -> None:
    perfect = lists_in([[*sorted(items), *range(40, 50)] for items in right])
    assert ndcg(perfect, right_in(right), 10) == pytest.approx(np.ones(len(right)))
    assert mrr(perfect, right_in(right)).tolist() == [1] * len(right)
    assert average_precision(perfect, right_in(right), 10) == pytest.approx(np.ones(len(right)))
    assert auc(perfect, right_in(right), 50).tolist() == [1] * len(right)


@settings(deadline=None)  # a busy machine is no failure
@given(st.lists(query, min_size=2, max_size=8))
def test_the_order_of_queries_changes_no_value(queries: list[tuple[list[int], set[int]]]) -> None:
    order = np.random.default_rng(len(queries)).permutation(len(queries))
    lists, truth = lists_in([shown for shown, _ in queries]), right_in([right for _, right in queries])
    moved = lists_in([queries[row][0] for row in order]), truth.of_queries(order)
    for metric in METRICS.values():
        assert metric(*moved).tolist() == metric(lists, truth)[order].tolist()
