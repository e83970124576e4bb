"""Tuning as a person sees it: a table that grows, a line for each trial in a log, and what to do with the best."""

from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from shopkeeper.cli.trials import TrialTable, watched_trials
from shopkeeper.cli.tune_command import doubt
from shopkeeper.evaluation.significance import Interval
from shopkeeper.operation.tune import TuneResult, TuneTrial

Run = Callable[..., Any]


def test_trials_are_told_as_they_end_and_the_best_at_the_end(run: Run, toy: Path) -> None:
    ran = run("tune", toy, "--model", "item_item", "--trials", 3)
    assert ran.code == 0
    lines = [line for line in ran.err.splitlines() if line.startswith("trial ")]
    assert [line.split(":")[0] for line in lines] == ["trial 0", "trial 1", "trial 2"]
    assert "best so far" in lines[0]
    assert "together: 3 trials" in ran.out
    assert "95 % interval" in ran.out
    found = run("tune", toy, "--model", "item_item", "--trials", 3, "--json").json
    assert (found["source"], found["trials"], found["applied"]) == ("together", 3, False)


@pytest.mark.parametrize(
    ("customers", "low", "high", "lags", "words"),
    [
        (99, 0.1, 0.2, 2, "99 customers are too few to be sure of a gain: at least 100 are needed."),
        (100, -0.1, 0.2, 2, "The interval holds zero."),
        (100, 0.0, 0.2, 2, "The interval holds zero."),
        (100, -0.2, -0.1, 2, "The interval lies below zero: what is best by those who chose is worse by the others."),
        (100, 0.0, 0.0, 4, "No values were found that reach more than the present ones."),
    ],
)
def test_why_nothing_is_to_be_changed_is_told(customers: int, low: float, high: float, lags: int, words: str) -> None:
    gain = Interval((low + high) / 2, low, high)
    result = TuneResult(
        "together", 9, 1.0, {"lags": 4}, {"lags": lags}, 0.1, 0.2, gain, customers, "", Path("best.toml"), applied=False
    )
    assert doubt(result) == words
    assert not result.better
    assert replace(result, customers=100, gain=Interval(0.1, 0.01, 0.2)).better


def test_mistakes_are_told_in_a_sentence(run: Run, toy: Path) -> None:
    assert "Did you mean item_item" in run("tune", toy, "--model", "item_itm").err
    ran = run("tune", toy, "--minutes", 0)
    assert (ran.code, "--minutes above 0" in ran.err) == (2, True)
    ran = run("train", toy, "--model", "item_item")
    assert (ran.code, "every training has it, as 'together'" in ran.err) == (4, True)


def test_the_table_shows_the_latest_trials_the_best_and_the_time_that_is_left() -> None:
    now = [0.0]
    table = TrialTable(10, 20, lambda: now[0])
    for number in range(9):
        table.told(
            TuneTrial(number, {"lags": 2.0, "gap_days": 3.5}, None if number == 8 else 0.1 + number / 100, 0.17, 1)
        )
    table.progress("training two_tower: epoch 2", 30, 100)
    now[0] = 570.0
    console = Console(width=100, record=True, file=StringIO())
    console.print(table)
    told = console.export_text()
    assert "lags 2, gap_days 3.5" in told
    assert "given up" in told
    assert "0.1000" not in told, "the first of nine is out of sight"
    assert "best so far 0.1700; 30 s or 11 trials left; training two_tower: epoch 2 30 %" in told


def test_nothing_is_drawn_before_there_is_work(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # a terminal, as far as rich can tell
    monkeypatch.setenv("TERM", "xterm")
    with pytest.raises(ValueError, match="refused"), watched_trials(10, None):
        raise ValueError("refused")
    assert capsys.readouterr().err == ""
    with watched_trials(10, None) as (progress, _):
        progress("reading", 1, 2)
    assert "reading 50 %" in capsys.readouterr().err
