"""Tuning as a person sees it: a table that grows, a line for each trial in a log, and what to do with the best."""

from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

from rich.console import Console

from shopkeeper.cli.trials import TrialTable
from shopkeeper.operation.tune import TuneTrial

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
