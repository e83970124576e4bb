"""Log loss and calibration error by hand."""

from collections.abc import Sequence
from dataclasses import replace
from math import log

import numpy as np
import pytest

from shopkeeper.error import InputError
from shopkeeper.evaluation.probability import Bin, probability_columns, probability_figures
from shopkeeper.evaluation.truth import Truth, truth_of
from shopkeeper.pipeline.lists import ItemLists, lists_of, offsets


def scored(rows: Sequence[Sequence[tuple[int, float]]]) -> ItemLists:
    item = np.array([item for row in rows for item, _ in row], np.int32)
    score = np.array([score for row in rows for _, score in row], np.float32)
    return lists_of(item, offsets(np.array([len(row) for row in rows])), score)


def truth(rows: Sequence[Sequence[int]]) -> Truth:
    row = np.repeat(np.arange(len(rows)), [len(right) for right in rows])
    return truth_of(row, np.array([item for right in rows for item in right], np.int32), len(rows))


def figures(lists: ItemLists, right: Truth) -> tuple[float, float, tuple[Bin, ...]] | None:
    columns = probability_columns(lists, right)
    found = probability_figures(columns, columns.mean(axis=0, keepdims=True))
    return None if found is None else (found.log_loss.mean, found.calibration_error.mean, found.bins)


def test_loss_and_error_over_all_places_by_hand() -> None:
    found = figures(scored([[(1, 0.75), (2, 0.25)], [(1, 0.75)], []]), truth([[1], [5], [5]]))
    assert found is not None
    loss, error, bins = found
    assert loss == pytest.approx(-(log(0.75) + log(0.75) + log(0.25)) / 3)
    # Two places say .75 and one of them is right: 2 x .25 too much; one says .25 and is wrong: .25 too much.
    assert error == pytest.approx((2 * 0.25 + 0.25) / 3)
    assert bins == (Bin(1, 0.25, 0.0), Bin(2, 0.75, 0.5))


def test_what_was_held_impossible_costs_much_and_not_infinitely_much() -> None:
    found = figures(scored([[(1, 0.0), (2, 1.0)]]), truth([[1]]))
    assert found is not None
    assert found[0] == pytest.approx(-log(1e-15))
    assert found[1] == 1


def test_true_probabilities_have_a_small_error_and_a_narrow_interval() -> None:
    rng = np.random.default_rng(2)
    chance = rng.random((400, 5))
    happened = rng.random(chance.shape) < chance
    lists = scored([[(item, float(row[item])) for item in range(5)] for row in chance])
    columns = probability_columns(lists, truth([np.flatnonzero(row).tolist() for row in happened]))
    draws = rng.multinomial(400, np.full(400, 1 / 400), 300) @ columns / 400
    found = probability_figures(columns, draws)
    assert found is not None
    assert found.calibration_error.mean < 0.04
    assert found.calibration_error.high < 0.06


def test_without_a_place_there_is_no_figure() -> None:
    assert figures(scored([[], []]), truth([[1], [1]])) is None


def test_scores_that_are_no_probabilities_are_refused() -> None:
    lists = scored([[(1, 0.5), (2, 0.2)]])
    with pytest.raises(InputError, match=r"Scores from 0\.2 to 1\.5 are no probabilities"):
        probability_columns(replace(lists, score=np.array([1.5, 0.2], np.float32)), truth([[1]]))
