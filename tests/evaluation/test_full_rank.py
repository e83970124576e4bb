"""Places among the whole catalogue, by hand."""

import numpy as np
import pytest

from shopkeeper.evaluation.full_rank import rank_metrics, target_ranks

NOTHING = np.empty(0, np.int64)


def test_a_target_stands_below_every_better_item() -> None:
    score = np.array([[0.9, 0.5, 0.7, 0.1], [0.1, 0.2, 0.3, 0.4]], np.float32)
    rank = target_ranks(score, np.array([1, 3], np.int32), NOTHING, NOTHING.astype(np.int32))
    assert rank.tolist() == [3, 1]


def test_what_was_seen_is_no_rival() -> None:
    score = np.array([[0.9, 0.5, 0.7, 0.5]], np.float32)
    seen = np.array([0, 3], np.int32)
    assert target_ranks(score, np.array([1], np.int32), np.zeros(2, np.int64), seen).tolist() == [2]


def test_equal_scores_share_the_mean_of_their_places() -> None:
    flat = np.zeros((1, 5), np.float32)
    for target in range(5):
        rank = target_ranks(flat, np.array([target], np.int32), NOTHING, NOTHING.astype(np.int32))
        assert rank.tolist() == [3]  # places 1 to 5


def test_what_is_no_number_speaks_against_the_model() -> None:
    nan = float("nan")
    score = np.array([[nan, 1, 2], [3, nan, 1], [nan, nan, nan]], np.float32)
    target, none = np.zeros(3, np.int32), np.empty(0, np.int64)
    assert target_ranks(score, target, none, none.astype(np.int32)).tolist() == [3, 2, 3]


def test_metrics_of_three_ranks() -> None:
    told = rank_metrics(np.array([1.0, 3.0, 10.5]))
    assert told["HR@5"] == told["HR@10"] == pytest.approx(2 / 3)
    assert told["HR@20"] == 1
    assert told["NDCG@10"] == pytest.approx((1 + 1 / 2) / 3)  # log2(1 + 1) = 1, log2(3 + 1) = 2
    assert told["NDCG@20"] == pytest.approx((1.5 + 1 / np.log2(11.5)) / 3)


def test_no_ranks_have_no_hits() -> None:
    assert set(rank_metrics(np.empty(0)).values()) == {0.0}
