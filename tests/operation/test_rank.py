"""Trying learned rankers: what is refused as a leak, and what is said where nothing can be tried."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from shopkeeper.error import LeakError
from shopkeeper.operation import rank
from shopkeeper.operation.rank import rankers_of, try_rankers
from shopkeeper.operation.shop import open_shop
from shopkeeper.operation.workshop import Workshop, open_workshop
from shopkeeper.record import silent
from shopkeeper.testing.component import small_dataset
from shopkeeper.training import ChoiceConfig, Fitted, FittedBlend, RankerFitConfig, fit_blends


@pytest.fixture
def workshop(trained: Path, tmp_path: Path) -> Iterator[Workshop]:
    with open_shop(shutil.copytree(trained, tmp_path / "shop")) as shop:
        yield open_workshop(shop, silent)


def test_without_lightgbm_nothing_is_fitted_and_the_trial_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lightgbm", None)
    blends, dataset = {"home": FittedBlend({"buy_again": 1.0}, {}, 0.2, 500)}, small_dataset()
    nobody = cast(Workshop, None)  # is not asked for anything
    trial = try_rankers(nobody, blends, Fitted({}, 0), dataset, dataset)["home"]
    assert (trial.ranker, trial.record.chosen) == (None, False)
    assert "pip install lightgbm" in trial.record.why
    assert rankers_of({}, dataset) == {}


def test_sources_that_have_learned_from_the_labels_are_refused(workshop: Workshop) -> None:
    """The very steps of a training, but for sources that were fitted on the validation days too."""
    split = workshop.split
    validation, test = workshop.snapshot(split.validation_from), workshop.snapshot(split.test_from)
    late = workshop.fit(workshop.unfitted, test, "fitting too late")
    blends = fit_blends(late, validation, test, silent)
    many = {"home": FittedBlend(blends["home"].weight, blends["home"].score_map, 0.2, queries=500)}
    with pytest.raises(LeakError, match=r"labels from 2024-02-26.* up to 2024-03-11"):
        try_rankers(workshop, many, late, validation, test)


def test_its_lessons_are_one_stage_that_ends_once(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each lesson fits its own sources: that is a detail, and no end of the stage."""
    told: list[tuple[str, int, int]] = []
    monkeypatch.setattr(rank, "FIT", RankerFitConfig(trees=5, least=1, least_rows=2))
    monkeypatch.setattr(rank, "CHOICE", ChoiceConfig(queries=1))
    watched = open_workshop(workshop.shop, lambda *stage: told.append(stage))
    split = watched.split
    validation, test = watched.snapshot(split.validation_from), watched.snapshot(split.test_from)
    sources = watched.fit(watched.unfitted, validation, "fitting")
    blends = fit_blends(sources, validation, test, silent)
    told.clear()
    try_rankers(watched, blends, sources, validation, test)
    assert {stage.partition(": ")[0] for stage, _, _ in told} == {"learning to rank"}
    assert [done == total for _, done, total in told].index(True) == len(told) - 1
    assert any("again" in stage for stage, _, _ in told)


def test_with_too_few_customers_no_list_is_made(workshop: Workshop) -> None:
    """Of a toy shop's twelve; sources that know the answers are not even asked."""
    split = workshop.split
    validation, test = workshop.snapshot(split.validation_from), workshop.snapshot(split.test_from)
    few = {"home": FittedBlend({"again": 1.0}, {}, 0.2, queries=12)}
    trial = try_rankers(workshop, few, Fitted({}, test.as_of), validation, test)["home"]
    assert trial.record.why == "there are 12 customers to validate on (100 are needed)"
    assert (trial.ranker, trial.record.queries) == (None, 12)
