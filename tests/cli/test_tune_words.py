"""Tuning as a person sees it: a table that grows, a line now and then in a log, and what to do with the best."""

import re
from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from shopkeeper.cli.trials import TrialLines, TrialTable, watched_trials
from shopkeeper.cli.tune_command import doubt
from shopkeeper.evaluation.significance import Interval
from shopkeeper.operation.tune import TuneResult, TuneTrial

Run = Callable[..., Any]


def test_trials_are_told_as_they_end_and_the_best_at_the_end(run: Run, toy: Path) -> None:
    ran = run("tune", toy, "--model", "item_item", "--trials", 3)
    assert ran.code == 0
    lines = [line for line in ran.err.splitlines() if line.startswith("trial ")]
    assert lines[0].startswith("trial 0: ")
    assert "best so far" in lines[0]
    assert ran.out.lstrip().startswith("item_item: 3 trials")
    assert "of this source alone (the blend calls it 'together'), not of the blend" in ran.out
    assert re.search(
        r"By \d+ other customers, who had no part in the choice, the best values change NDCG@10 by [+-]0\.\d{4} "
        r"\(95 % interval [+-]0\.\d{4} to [+-]0\.\d{4}\)",
        ran.out,
    )
    assert f"Next: to search on: shopkeeper tune {toy} --model item_item\n" in ran.out
    again = run("tune", toy, "--model", "together", "--trials", 3).out
    assert again.lstrip().startswith("together: 3 trials")
    assert "calls it" not in again
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


def test_a_log_hears_of_the_first_trial_and_then_every_ten_seconds() -> None:
    now, log = [0.0], StringIO()
    lines = TrialLines(log, 1, lambda: now[0])
    for number in range(200):  # ten a second, of twenty fields each
        now[0] = number / 10
        values = {f"field_{each}": 0.25 for each in range(20)}
        lines.told(TuneTrial(number, values, None if number == 100 else 0.1, 0.2, 0.1))
    assert log.getvalue().splitlines() == [
        "trial 0: 0.1000, best so far 0.2000, 60 s left",
        "trial 100: given up, best so far 0.2000, 50 s left",
    ]


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
