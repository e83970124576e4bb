"""Intervals and tests against known answers and known distributions."""

import numpy as np
import pytest

from shopkeeper.evaluation import significance
from shopkeeper.evaluation.significance import (
    Interval,
    Sample,
    bootstrap_means,
    bootstrap_p,
    holm,
    intervals,
    jackknife_interval,
    mean_and_sd,
    mean_interval,
    permutation_p,
    pooled,
    ratio_interval,
)


def test_a_constant_has_an_interval_of_no_width() -> None:
    values = np.full((50, 1), 0.25)
    [interval] = intervals(values, bootstrap_means(values, 200, np.random.default_rng(1)))
    assert (interval.mean, interval.low, interval.high) == (0.25, 0.25, 0.25)


def test_one_column_alone_has_the_interval_that_it_has_among_others() -> None:
    values = np.random.default_rng(13).random((40, 2))
    beside = intervals(values, bootstrap_means(values, 1000, np.random.default_rng(14)))
    alone = mean_interval(values[:, 1], np.random.default_rng(14))
    assert (alone.mean, alone.low, alone.high) == pytest.approx((beside[1].mean, beside[1].low, beside[1].high))


def test_the_interval_is_as_wide_as_theory_says() -> None:
    # The mean of 400 draws of a unit normal has a standard error of 1 / 20, so the interval is 2 x 1.96 / 20 wide.
    values = np.random.default_rng(2).standard_normal((400, 1))
    [interval] = intervals(values, bootstrap_means(values, 4000, np.random.default_rng(3)))
    assert interval.low < interval.mean < interval.high
    assert interval.high - interval.low == pytest.approx(2 * 1.96 / 20, rel=0.1)


def test_intervals_hold_the_true_mean_nineteen_times_in_twenty() -> None:
    # 300 samples side by side as columns; with resamples shared, each column still has its own interval.
    values = np.random.default_rng(4).normal(7, 3, (150, 300))
    found = intervals(values, bootstrap_means(values, 600, np.random.default_rng(5)))
    covered = np.mean([interval.low <= 7 <= interval.high for interval in found])
    assert 0.91 < covered < 0.98


def test_the_same_seed_draws_the_same_queries_whatever_the_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(6).random((40, 3))
    whole = bootstrap_means(values, 100, np.random.default_rng(7))
    monkeypatch.setattr(significance, "_CHUNK_CELLS", 40 * 7)
    assert bootstrap_means(values, 100, np.random.default_rng(7)) == pytest.approx(whole)


def test_columns_are_resampled_together() -> None:
    first = np.random.default_rng(8).random((60, 1))
    means = bootstrap_means(np.hstack([first, first + 0.125]), 300, np.random.default_rng(9))
    assert means[:, 1] - means[:, 0] == pytest.approx(np.full(300, 0.125))


def test_p_of_no_difference_and_of_a_plain_one() -> None:
    rng = np.random.default_rng(10)
    values = np.column_stack([rng.normal(0, 1, 300), rng.normal(0.5, 1, 300), np.zeros(300)])
    values[:, 0] -= values[:, 0].mean()
    boot = bootstrap_p(bootstrap_means(values, 999, rng))
    flips = permutation_p(values, 999, rng)
    assert boot[0] > 0.8
    assert flips[0] > 0.8
    assert boot[1] == flips[1] * 2 == 2 / 1000  # as small as 999 resamples can tell
    assert boot[2] == flips[2] == 1


def test_false_alarms_are_as_rare_as_they_claim() -> None:
    rng = np.random.default_rng(11)
    values = rng.standard_normal((120, 400))
    assert np.mean(bootstrap_p(bootstrap_means(values, 400, rng)) < 0.05) < 0.09
    assert np.mean(permutation_p(values, 400, rng) < 0.05) < 0.08


def test_holm_by_hand() -> None:
    # Sorted .01 .02 .03 .04, times 4 3 2 1: .04 .06 .06 .04, and never falling: .04 .06 .06 .06.
    assert holm(np.array([0.03, 0.01, 0.04, 0.02])) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert holm(np.array([0.5, 0.9])) == pytest.approx([1, 1])
    assert len(holm(np.empty(0))) == 0


def test_pooled_parts_say_what_all_their_queries_say() -> None:
    # The differences .1 .3 | .2 | 0 .4 .2 in three folds: mean .2; squares .01 .01 0 .04 .04 0, so a variance of .02
    # and an error of sqrt(.02 / 6) = .057735. Student's t of five degrees of freedom: .2 / .057735 = 3.4641, p = .0180;
    # 2.5706 errors on each side.
    parts = [Sample(2, 0.2, 0.02**0.5), Sample(1, 0.2, None), Sample(3, 0.2, 0.2)]
    found, p = pooled(parts)
    assert found.mean == pytest.approx(0.2)
    assert found.high - found.mean == found.mean - found.low == pytest.approx(2.5706 * 0.057735, abs=1e-4)
    assert p == pytest.approx(0.0180, abs=1e-4)


def test_parts_of_other_means_scatter_between_them_too() -> None:
    found, p = pooled([Sample(1, value, None) for value in (0.1, 0.3, 0.2, 0.0, 0.4, 0.2)])
    assert found.high - found.mean == pytest.approx(2.5706 * 0.057735, abs=1e-4)
    assert p == pytest.approx(0.0180, abs=1e-4)
    assert pooled([Sample(3, 0.0, 0.0)]) == (Interval(0.0, 0.0, 0.0), 1.0)


@pytest.mark.parametrize(("folds", "each"), [(30, 1), (20, 2), (20, 3), (10, 5)])
def test_pooled_false_alarms_are_as_rare_as_they_claim(folds: int, each: int) -> None:
    drawn = np.random.default_rng(12).standard_normal((1000, folds, each))
    alarms = [pooled([Sample(each, *mean_and_sd(fold)) for fold in every.tolist()])[1] < 0.05 for every in drawn]
    assert np.mean(alarms) < 0.07


def test_one_figure_has_no_deviation() -> None:
    assert mean_and_sd([1.0, 2.0, 3.0]) == (2.0, 1.0)
    assert mean_and_sd([4.0]) == (4.0, None)


def test_a_ratio_leaves_out_who_has_no_value() -> None:
    values = np.array([[1.0, 1.0], [0.0, 0.0], [3.0, 1.0]])
    found = ratio_interval(values, np.array([[2.0, 1.0], [0.0, 0.0], [1.0, 1.0]]))
    assert found is not None
    assert found.mean == 2
    assert (found.low, found.high) == pytest.approx((1.025, 1.975))
    assert ratio_interval(np.zeros((2, 2)), np.zeros((3, 2))) is None


def test_the_jackknife_of_a_mean_is_its_standard_error() -> None:
    values = np.array([0.1, 0.4, 0.5, 0.2])
    without = (values.sum() - values) / 3
    found = jackknife_interval(float(values.mean()), without)
    assert found.high - found.mean == pytest.approx(1.96 * values.std(ddof=1) / 2, abs=1e-4)
    assert jackknife_interval(0.01, np.array([0.0, 0.2])).low == 0
