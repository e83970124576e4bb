"""Metrics against figures worked out by hand."""

from collections.abc import Collection, Sequence
from math import log2

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopkeeper.error import InputError
from shopkeeper.evaluation.metric import METRICS, hit_rate, mrr, ndcg, precision, recall
from shopkeeper.evaluation.truth import Truth, truth_of
from shopkeeper.pipeline.lists import ItemLists, lists_of, offsets

SHOWN = [[3, 1, 2], [0, 4], [], [5, 6, 7]]
RIGHT = [[1, 2, 9, 8], [4], [1], [0]]


def lists_in(rows: Sequence[Sequence[int]]) -> ItemLists:
    item = np.array([item for row in rows for item in row], np.int32)
    return lists_of(item, offsets(np.array([len(row) for row in rows], np.int64)))


def right_in(rows: Sequence[Collection[int]]) -> Truth:
    row = np.repeat(np.arange(len(rows)), [len(right) for right in rows])
    return truth_of(row, np.array([item for right in rows for item in sorted(right)], np.int32), len(rows))


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
        assert (values >= 0).all()
        assert (values <= 1 + 1e-12).all()


@settings(deadline=None)  # a busy machine is no failure
@given(st.lists(st.sets(st.integers(0, 30), min_size=1, max_size=25), min_size=1, max_size=8))
def test_a_perfect_list_has_ndcg_one(right: list[set[int]]) -> None:
    perfect = lists_in([[*sorted(items), *range(40, 50)] for items in right])
    assert ndcg(perfect, right_in(right), 10) == pytest.approx(np.ones(len(right)))
    assert mrr(perfect, right_in(right)).tolist() == [1] * len(right)


@settings(deadline=None)  # a busy machine is no failure
@given(st.lists(query, min_size=2, max_size=8))
def test_the_order_of_queries_changes_no_value(queries: list[tuple[list[int], set[int]]]) -> None:
    order = np.random.default_rng(len(queries)).permutation(len(queries))
    lists, truth = lists_in([shown for shown, _ in queries]), right_in([right for _, right in queries])
    moved = lists_in([queries[row][0] for row in order]), truth.of_queries(order)
    for metric in METRICS.values():
        assert metric(*moved).tolist() == metric(lists, truth)[order].tolist()
