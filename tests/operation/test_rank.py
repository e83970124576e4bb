"""Trying learned rankers where LightGBM is missing: a shop is served by its blend, and its report says why."""

import sys
from typing import cast

import pytest

from shopkeeper.operation.rank import rankers_of, try_rankers
from shopkeeper.operation.workshop import Workshop
from shopkeeper.testing.component import small_dataset
from shopkeeper.training import FittedBlend


def test_without_lightgbm_nothing_is_fitted_and_the_trial_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lightgbm", None)
    blends, dataset = {"home": FittedBlend({"buy_again": 1.0}, {}, 0.2, 500)}, small_dataset()
    nobody = cast(Workshop, None)  # is not asked for anything
    trial = try_rankers(nobody, blends, {}, dataset, dataset)["home"]
    assert (trial.ranker, trial.record.chosen) == (None, False)
    assert "pip install lightgbm" in trial.record.why
    assert rankers_of({}, dataset) == {}
