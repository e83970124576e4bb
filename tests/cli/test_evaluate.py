"""`evaluate` as a person uses it: metrics by name, several rounds, and what cannot be asked."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


def test_every_figure_of_what_is_served_is_told(run: Run, toy: Path) -> None:
    out = run("evaluate", toy).out
    for name in ("NDCG@10", "MAP@10", "AUC@50", "coverage", "popularity lift", "miscalibration"):
        assert name in out
    assert "Log loss and calibration error stay empty" in out


def test_chosen_metrics_are_shown_of_every_system(run: Run, toy: Path) -> None:
    out = run("evaluate", toy, "--metric", "map@10", "--metric", "coverage").out
    assert "MAP@10" in out
    assert "personal frequency" in out
    assert "NDCG@10" not in out


def test_folds_are_told_and_counted(run: Run, toy: Path) -> None:
    ran = run("evaluate", toy, "--protocol", "folds", "--folds", 2)
    assert ran.code == 0
    assert "2 folds, models fitted anew for each: about" in ran.err
    assert "mean over 2 rounds, 12 questions" in ran.out
    assert "/report/folds of a server" in " ".join(ran.out.split())
    assert (toy / "runs" / "rounds-folds.html").is_file()
    told = run("evaluate", toy, "--protocol", "folds", "--folds", 2, "--json").json
    assert [round_["learned_from"] for round_ in told["rounds"]] == [6, 6]


def test_origins_are_told_with_their_days(run: Run, toy: Path) -> None:
    out = run("evaluate", toy, "--protocol", "rolling", "--origins", 2, "--metric", "coverage").out
    assert "from 2024-02-19" in out
    assert "sd" in out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--folds", 3], "--folds goes with --protocol folds, and this is temporal"),
        (["--protocol", "folds", "--origins", 3], "--origins goes with --protocol rolling"),
        (["--protocol", "folds", "--folds", 1], "1 fold leaves nobody to learn from"),
        (["--protocol", "folds", "--folds", 0], "There cannot be 0 folds"),
        (["--protocol", "folds", "--folds", 99], "99 folds of 12 customers"),
        (["--protocol", "rolling", "--origins", 50], "Ask for 2 at most"),
        (["--metric", "NDGC@10"], "Did you mean NDCG@10?"),
        (["--protocol", "leave-one-out"], "temporal"),
    ],
)
def test_what_cannot_be_asked_is_refused(run: Run, toy: Path, options: list[object], words: str) -> None:
    ran = run("evaluate", toy, *options)
    assert (ran.code, ran.out) == (2, "")
    assert words in ran.err
    assert "models fitted anew" not in ran.err, "how long it takes is said of what will be done only"
