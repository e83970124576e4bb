"""Blend weights from synthetic lists whose right answer is known."""

from dataclasses import replace

import numpy as np
import pytest

from shopkeeper.pipeline.lists import Bool, Float32, Int64, ItemLists, lists_of
from shopkeeper.training import BlendFitConfig, fit_blend
from shopkeeper.training.blend_fit import fit_map

QUERIES, PLACES = 300, 40


def lists_with(part: Float32, source: tuple[str, ...], places: int = PLACES) -> ItemLists:
    """Lists of equal length with these scores (N, S)."""
    offset = np.arange(0, len(part) + 1, places).astype(np.int64)
    item = np.tile(np.arange(places, dtype=np.int32), len(offset) - 1)
    return replace(lists_of(item, offset), source=source, part=part)


def best_five(score: Float32) -> tuple[Bool, Int64]:
    """The five best places of each list are right."""
    rows = score.reshape(-1, PLACES)
    edge = np.sort(rows, axis=1)[:, [-5]]
    return (rows >= edge).ravel(), np.full(len(rows), 5, np.int64)


def exponential(seed: int) -> Float32:
    return np.random.default_rng(seed).exponential(1.0, QUERIES * PLACES).astype(np.float32)


@pytest.mark.parametrize("share", [0.25, 0.5, 0.8])
def test_known_weights_are_found(share: float) -> None:
    """Truth is ranked by `share` of one source's mapped score and the rest of the other's."""
    part = np.stack([exponential(1), exponential(2) * 50], axis=1)  # raw scales differ: maps make them alike
    mapped = np.stack([fit_map(column)(column) for column in part.T], axis=1)
    relevant, wanted = best_five(mapped @ np.array([share, 1 - share], np.float32))
    fitted = fit_blend(lists_with(part, ("one", "other")), relevant, wanted, BlendFitConfig())
    assert fitted.weight["one"] == pytest.approx(share, abs=0.08)
    assert sum(fitted.weight.values()) == pytest.approx(1)
    assert fitted.validation > 0.97


def test_noise_stays_at_the_floor() -> None:
    part = np.stack([exponential(3), exponential(4), exponential(5)], axis=1)
    relevant, wanted = best_five(part[:, 1])
    config = BlendFitConfig()
    fitted = fit_blend(lists_with(part, ("noise", "signal", "more noise")), relevant, wanted, config)
    assert fitted.weight["signal"] > 0.98
    for name in ("noise", "more noise"):
        assert fitted.weight[name] == pytest.approx(config.floor, rel=0.5)
        assert fitted.weight[name] > 0, "no source is silenced: it fills lists that the others leave short"
    assert fitted.validation == pytest.approx(1)


def test_the_fit_is_the_same_every_time() -> None:
    part = np.stack([exponential(6), exponential(7)], axis=1)
    relevant, wanted = best_five(part.sum(axis=1))
    lists = lists_with(part, ("a", "b"))
    assert fit_blend(lists, relevant, wanted, BlendFitConfig()) == fit_blend(lists, relevant, wanted, BlendFitConfig())


def test_what_nobody_found_counts_against_the_blend() -> None:
    """One list of ten with its one right item on top; a second query wants an item that is in no list."""
    part = np.arange(10, 0, -1, dtype=np.float32).reshape(10, 1)
    relevant = np.arange(10) == 0
    offset = np.array([0, 10, 10], np.int64)
    lists = replace(lists_of(np.arange(10, dtype=np.int32), offset), source=("only",), part=part)
    assert fit_blend(lists, relevant, np.array([1, 1]), BlendFitConfig()).validation == pytest.approx(0.5)
    assert fit_blend(lists, relevant, np.array([1, 0]), BlendFitConfig()).validation == pytest.approx(1)
    # Of two right items one is found, on top: 1 / (1 + 1 / log2(3)) = 0.6131.
    assert fit_blend(lists, relevant, np.array([2, 0]), BlendFitConfig()).validation == pytest.approx(0.6131, abs=1e-4)


def test_no_candidate_at_all_is_no_error() -> None:
    empty = replace(
        lists_of(np.empty(0, np.int32), np.zeros(3, np.int64)), source=("a", "b"), part=np.empty((0, 2), np.float32)
    )
    fitted = fit_blend(empty, np.empty(0, bool), np.array([1, 2]), BlendFitConfig())
    assert fitted.validation == 0
    assert sum(fitted.weight.values()) == pytest.approx(1)


def test_a_score_map_is_centred_on_the_median_of_what_is_positive() -> None:
    """Median of 1, 2, 4 is 2; log(1 + x / 2) of 0, 0, 1, 2, 4 is 0, 0, ln 1.5, ln 2, ln 3."""
    score = np.array([0, -7, 1, 2, 4], np.float32)
    told = fit_map(score)
    logs = np.log([1, 1, 1.5, 2, 3])
    assert told.centre == 2.0
    assert told.spread == pytest.approx(logs.std(), rel=1e-6)
    np.testing.assert_allclose(told(score), logs / logs.std(), rtol=1e-6)
    assert told(score).dtype == np.float32


def test_a_score_map_keeps_order_and_zero_and_ignores_the_scale() -> None:
    score = np.sort(exponential(8)[:500])
    told = fit_map(score)
    assert (np.diff(told(score)) >= 0).all()
    assert told(np.array([0, -3], np.float32)).tolist() == [0, 0]
    np.testing.assert_allclose(fit_map(score * 1000)(score * 1000), told(score), rtol=1e-4)


@pytest.mark.parametrize("score", [[], [0, 0], [-1, -2], [3, 3, 3]])
def test_a_source_that_tells_nothing_apart_has_a_map_all_the_same(score: list[float]) -> None:
    told = fit_map(np.array(score, np.float32))
    assert told.centre > 0
    assert told.spread > 0
    assert np.isfinite(told(np.array([0, 1, 1e9], np.float32))).all()
