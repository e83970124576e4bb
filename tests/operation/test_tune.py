"""Tuning a shop's models: the same trials every time, after a kill too, by validation alone, and what it writes."""

import json
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from shopkeeper.error import InputError, MissingPart, SettingError, StoreError
from shopkeeper.model.search_range import Range
from shopkeeper.operation.shop import Shop, init_shop, open_shop
from shopkeeper.operation.tune import TuneTrial, best_of, chief_source, tune_shop
from shopkeeper.operation.tune_bench import TuneBench
from shopkeeper.operation.tune_study import TuneStudy
from shopkeeper.operation.workshop import open_workshop
from shopkeeper.pipeline.role import Source
from shopkeeper.record import Event, EventType, Item, parse_time, silent
from shopkeeper.setting import SHOP_FILE
from shopkeeper.training.search_space import SearchSpace
from shopkeeper.training.window_judge import WindowJudge

PROCESS = Path(__file__).parent / "tune_process.py"
TEST = parse_time("2024-03-11")


@pytest.fixture
def folder(trained: Path, tmp_path: Path) -> Path:
    return shutil.copytree(trained, tmp_path / "shop")


@pytest.fixture
def shop(folder: Path) -> Iterator[Shop]:
    with open_shop(folder) as opened:
        yield opened


@pytest.fixture(scope="module")
def undisturbed(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> list[TuneTrial]:
    """Twelve trials of item-item, in one go."""
    told: list[TuneTrial] = []
    with open_shop(shutil.copytree(trained, tmp_path_factory.mktemp("undisturbed") / "shop")) as shop:
        tune_shop(shop, "item_item", trials=12, told=told.append)
    return told


def told_of(trial: TuneTrial) -> list[object]:
    return [trial.number, trial.value, dict(trial.values)]


def test_a_killed_search_goes_on_as_if_nothing_had_been(
    folder: Path, undisturbed: list[TuneTrial], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed in the midst of the tenth trial, when chance no longer decides alone on what is tried."""
    command = [sys.executable, str(PROCESS), str(folder), "item_item", "12"]
    seen = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        for line in process.stdout:
            seen.append(json.loads(line))
            if len(seen) == 9:
                process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert 9 <= len(seen) < 12
    later: list[TuneTrial] = []
    with open_shop(folder) as shop:
        result = tune_shop(shop, "item_item", trials=12, told=later.append)
        again = tune_shop(shop, "item_item", trials=12, told=later.append)
    assert [*seen[: later[0].number], *map(told_of, later)] == [told_of(trial) for trial in undisturbed]
    assert (result.trials, result.best) == (12, again.best), "what is finished is read back"


def test_the_present_values_are_tried_first_and_the_best_is_kept(undisturbed: list[TuneTrial]) -> None:
    assert undisturbed[0].values["forward"] == 0.5, "the recipe's own"
    best = max(trial.value or 0 for trial in undisturbed)
    assert undisturbed[-1].best == best > (undisturbed[0].value or 0)
    assert all(0 <= trial.values["backward"] <= 1 and trial.values["lags"] % 1 == 0 for trial in undisturbed)


def test_the_days_of_the_test_are_never_looked_at(shop: Shop, undisturbed: list[TuneTrial]) -> None:
    late = [Event(EventType.PURCHASE, TEST + day, user_id=f"u{day}", item_id="caviar") for day in range(1, 13)]
    assert shop.store.events.append(late).accepted == 12
    told: list[TuneTrial] = []
    tune_shop(shop, "together", trials=3, told=told.append)
    assert [told_of(trial) for trial in told] == [told_of(trial) for trial in undisturbed[:3]]


def test_who_chose_has_no_say_in_what_it_gained(shop: Shop, tmp_path: Path) -> None:
    bench = TuneBench.of(open_workshop(shop, silent), "together", tmp_path, deadline=np.inf)
    assert (len(bench.judge), len(bench.choosing)) == (12, 6)
    start = np.zeros(12)
    better = np.where(np.isin(np.arange(12), bench.choosing), 1.0, 0.25)
    assert bench.chosen_by(better) == 1.0
    gain = bench.gain(better, start)
    assert (gain.mean, gain.low, gain.high) == (0.25, 0.25, 0.25)


def test_no_trial_begins_that_would_end_too_late(shop: Shop, tmp_path: Path) -> None:
    bench = TuneBench.of(open_workshop(shop, silent), "together", tmp_path, deadline=time.monotonic() + 50)
    assert bench.has_time()
    bench.spent.extend([20.0, 60.0])
    assert not bench.has_time()
    assert replace(bench, source="two_tower").has_time(), "a network's stops at the deadline by itself"


def test_a_search_that_goes_on_knows_how_long_trials_took(shop: Shop, tmp_path: Path) -> None:
    workshop = open_workshop(shop, silent)
    bench = TuneBench.of(workshop, "together", tmp_path, deadline=np.inf)
    values = bench.measured({"lags": 2})
    again = TuneBench.of(workshop, "together", tmp_path, deadline=np.inf)
    assert again.spent == bench.spent
    assert again.spent[0] > 0
    assert again.measured({"lags": 2}).tolist() == values.tolist()
    assert len(again.spent) == 1, "what is read back takes no time"


def test_a_network_s_epochs_are_chosen_by_those_who_choose(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the others too, and what they say of its gain would flatter it."""
    with (folder / SHOP_FILE).open("a") as file:
        file.write("\n[model.two_tower]\nwidth = 32\nepochs = 2\n")
    asked: list[list[int]] = []
    honest = WindowJudge.__call__

    def noted(judge: WindowJudge, source: Source) -> float:
        asked.append(judge.customers.tolist())
        return honest(judge, source)

    monkeypatch.setattr(WindowJudge, "__call__", noted)
    with open_shop(folder) as shop:
        bench = TuneBench.of(open_workshop(shop, silent, ("two_tower",)), "two_tower", folder / "runs", np.inf)
        bench.measured({"width": 32, "learning_rate": 0.01})
    assert asked == [bench.judge.customers[bench.choosing].tolist()] * 2, "once an epoch"


def test_a_network_is_tuned_by_its_epochs_and_its_trainer(folder: Path) -> None:
    """Too short a time leaves a checkpoint, from which the same command goes on."""
    with (folder / SHOP_FILE).open("a") as file:
        file.write("\n[model.two_tower]\nwidth = 32\nepochs = 3\n")
    stages: list[str] = []

    def stop(stage: str, done: int, total: int) -> None:
        stages.append(stage)
        if "epoch 2" in stage:
            raise KeyboardInterrupt

    with open_shop(folder) as shop:
        with pytest.raises(InputError, match="too short to measure 'two_tower'"):
            tune_shop(shop, "two_tower", minutes=1e-6)
        with pytest.raises(KeyboardInterrupt):
            tune_shop(shop, "two_tower", progress=stop)
        told: list[TuneTrial] = []
        result = tune_shop(shop, "two_tower", trials=3, told=told.append, progress=lambda *said: stages.append(said[0]))
    assert "training two_tower (went on from a checkpoint in epoch 2)" in stages
    assert told[0].values["width"] == 32
    assert {"keep", "dropout", "learning_rate", "decay"} <= set(result.best)
    section = tomllib.loads(result.path.read_text("utf-8"))["model"]["two_tower"]
    assert section == {"epochs": 3, **result.best}
    assert list(result.path.parent.glob("*/*.safetensors")) == [], "what is finished needs no checkpoint"


SPACE = SearchSpace({"power": Range(0, 1)}, frozenset(), {"power": 0.5})


def test_a_trial_behind_half_of_the_others_is_given_up(tmp_path: Path) -> None:
    study = TuneStudy(tmp_path, SPACE, seed=1)
    for reached in (0.2, 0.3, 0.4, 0.5):
        asked = study.ask()
        assert not any(asked.hopeless(epoch, reached) for epoch in range(5))
        asked.reached(reached)
    asked = study.ask()
    assert not asked.hopeless(1, 0.1), "too early to tell"
    assert asked.hopeless(4, 0.34)  # the median of the others is .35
    asked.given_up()
    assert study.finished == 5
    assert study.best is not None
    assert study.best[1] == 0.5


def test_the_present_values_are_best_where_no_trial_reached_more(tmp_path: Path) -> None:
    """Outside their range they are none of the trials, and yet what all of these are compared with."""
    space = replace(SPACE, start={"power": 1.5})
    study = TuneStudy(tmp_path, space, seed=1)
    assert best_of(study, space, 0.4) == ({"power": 1.5}, 0.4), "before the first trial"
    asked = study.ask()
    asked.reached(0.3)
    assert best_of(study, space, 0.4) == ({"power": 1.5}, 0.4)
    assert best_of(study, space, 0.3) == ({"power": 1.5}, 0.3), "a draw is no reason to change"
    assert best_of(study, space, 0.2) == (asked.values, 0.3)


def test_a_damaged_study_is_told(shop: Shop) -> None:
    result = tune_shop(shop, "together", trials=1)
    path = result.path.parent / "study.db"
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreError, match=r"study\.db is no study.*remove the folder"):
        tune_shop(shop, "together", trials=1)


@pytest.mark.parametrize(
    ("model", "minutes", "trials", "error", "words"),
    [
        ("item_itm", 1.0, None, SettingError, "Did you mean item_item"),
        ("popularity", 1.0, None, SettingError, "popular and fresh are made of"),
        ("trending", 1.0, None, InputError, "part of no blend"),
        ("together", 0.0, None, InputError, "--minutes above 0"),
        ("together", float("nan"), None, InputError, "--minutes above 0"),
        ("together", 1.0, 0, InputError, "--trials from 1 on"),
    ],
)
def test_what_cannot_be_tuned_is_refused(
    shop: Shop, model: str, minutes: float, trials: int | None, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        tune_shop(shop, model, minutes=minutes, trials=trials)


def test_without_events_there_is_nothing_to_tune_by(tmp_path: Path, trained: Path) -> None:
    init_shop(tmp_path / "cold")
    (tmp_path / "cold" / "cache").symlink_to(trained / "cache")
    with open_shop(tmp_path / "cold") as shop:
        shop.store.catalogue.put([Item("tea", title="Black tea")])
        with pytest.raises(InputError, match=r"Only 0 known customers.*Import more events"):
            tune_shop(shop, "together")
        assert chief_source(shop) == "together"


def test_without_a_name_it_is_what_weighs_most(shop: Shop) -> None:
    assert chief_source(shop) in ("again", "popular", "together")


def test_without_optuna_it_says_what_to_install(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(MissingPart, match=r"pip install \"shopkeeper\[tune\]\""):
        tune_shop(shop, "together")


def test_what_is_better_beyond_doubt_goes_into_shop_toml(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing else does. The gain is made sure by hand: a toy shop's twelve customers leave doubt."""
    path = shop.folder / SHOP_FILE
    before = path.read_text("utf-8")
    monkeypatch.setattr("shopkeeper.operation.tune.ENOUGH", 6)
    assert not tune_shop(shop, "together", trials=2, apply=True).applied
    assert path.read_text("utf-8") == before
    honest = TuneBench.gain
    monkeypatch.setattr(TuneBench, "gain", lambda *given: replace(honest(*given), low=0.01))
    monkeypatch.setattr("shopkeeper.operation.tune.ENOUGH", 7)
    few = tune_shop(shop, "together", trials=2, apply=True)
    assert (few.customers, few.needed, few.better, few.applied) == (6, 7, False, False)
    assert path.read_text("utf-8") == before, "six customers can all gain by chance"
    monkeypatch.setattr("shopkeeper.operation.tune.ENOUGH", 6)
    result = tune_shop(shop, "together", trials=2, apply=True)
    assert result.better
    assert result.applied
    with open_shop(shop.folder) as again:
        assert again.setting.model == {"together": dict(result.best)}
        assert open_workshop(again, silent).plan.configs["together"].lags == result.best["lags"]
