"""Odds: what logistic regression makes of counts that can be counted by hand."""

import numpy as np
import pytest

from shopkeeper.operation.benchmark.cold_odds import Odds


def test_the_chance_of_each_group_is_its_share_of_rights() -> None:
    # 3,000 of each kind: of the first kind one in ten is right, of the second one in two.
    evidence = np.repeat([[0.0], [1.0]], 3_000, axis=0)
    right = np.concatenate([np.arange(3_000) % 10 == 0, np.arange(3_000) % 2 == 0]).astype(np.float64)
    odds = Odds.fit(evidence, right)
    assert odds.chance(np.array([[0.0], [1.0]])) == pytest.approx([0.1, 0.5], abs=0.001)


def test_what_is_half_right_counts_half() -> None:
    evidence = np.repeat([[0.0], [1.0]], 2_000, axis=0)
    odds = Odds.fit(evidence, np.repeat([0.25, 0.75], 2_000))
    assert odds.chance(np.array([[0.0], [1.0]])) == pytest.approx([0.25, 0.75], abs=0.001)


def test_evidence_that_never_varies_and_nothing_right_are_ordinary() -> None:
    odds = Odds.fit(np.ones((1_000, 2)), np.zeros(1_000))
    assert odds.chance(np.ones((1, 2)))[0] == pytest.approx(0, abs=0.01)
