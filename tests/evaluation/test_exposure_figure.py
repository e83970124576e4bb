"""Coverage and Gini by hand, and their jackknife against leaving out each list in turn."""

import numpy as np
import pytest

from shopkeeper.evaluation.exposure import Exposure, gini
from shopkeeper.evaluation.significance import Interval, jackknife_interval


def exposure(rows: list[list[int]], size: int) -> Exposure:
    row = np.repeat(np.arange(len(rows)), [len(each) for each in rows])
    return Exposure(row, np.array([item for each in rows for item in each], np.int64), len(rows), size)


def assert_same(found: Interval | None, expected: Interval) -> None:
    assert found is not None
    assert (found.mean, found.low, found.high) == pytest.approx((expected.mean, expected.low, expected.high))


def test_gini_of_equal_and_of_one_sided_exposure() -> None:
    assert gini(np.array([3, 3, 3, 3])) == 0
    assert gini(np.array([0, 0, 0, 8])) == pytest.approx(3 / 4)  # 1 - 1 / n
    assert gini(np.array([1, 3])) == pytest.approx(1 / 4)  # mean difference 1 over twice the mean 2, over all pairs
    assert gini(np.array([0, 0])) is None


def test_coverage_and_its_interval_by_hand() -> None:
    # Items 0, 1, 2 of five are shown; 1 and 2 each to one customer alone. Without them: 2/5, 2/5, 3/5 remain.
    found = exposure([[0, 1], [0, 2], [0]], 5).coverage()
    assert found is not None
    error = np.sqrt(2 / 3 * (2 * (2 / 5 - 7 / 15) ** 2 + (3 / 5 - 7 / 15) ** 2))
    assert found.mean == 3 / 5
    assert (found.low, found.high) == pytest.approx((3 / 5 - 1.96 * error, 3 / 5 + 1.96 * error), abs=1e-4)


def test_the_jackknife_is_what_leaving_out_each_list_gives() -> None:
    rng = np.random.default_rng(5)
    for _ in range(30):
        size = int(rng.integers(4, 12))
        rows = [rng.permutation(size)[: rng.integers(0, 5)].tolist() for _ in range(int(rng.integers(2, 8)))]
        rows.append([0, 1])
        whole = exposure(rows, size)
        less = [exposure(rows[:place] + rows[place + 1 :], size) for place in range(len(rows))]
        shown = np.array([(one.counts > 0).mean() for one in less])
        assert_same(whole.coverage(), jackknife_interval(float((whole.counts > 0).mean()), shown))
        value = gini(whole.counts)
        assert value is not None
        even = [value if found is None else found for found in (gini(one.counts) for one in less)]
        assert_same(whole.gini(), jackknife_interval(value, np.array(even)))


def test_intervals_of_coverage_hold_what_other_customers_would_show() -> None:
    """A bootstrap would miss it nearly always: its resamples show fewer items than the customers did."""
    rng = np.random.default_rng(1)
    share = 1 / np.arange(1, 401) ** 0.8
    draws = [rng.choice(400, (60, 5), p=share / share.sum()) for _ in range(200)]
    truth = float(np.mean([len(np.unique(draw)) / 400 for draw in draws]))
    held = 0
    for draw in draws:
        found = exposure([np.unique(row).tolist() for row in draw], 400).coverage()
        assert found is not None
        held += found.low <= truth <= found.high
    assert held >= 0.9 * len(draws)


def test_nothing_shown() -> None:
    nothing = exposure([[], []], 3)
    assert nothing.gini() is None
    assert nothing.coverage() == jackknife_interval(0.0, np.zeros(2))
    assert exposure([], 3).coverage() is None
    assert exposure([[]], 0).coverage() is None
