"""shopkeeper benchmark: what it refuses, and the JSON that it leaves."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shopkeeper.cli.benchmark_command import NAMES, say_result
from shopkeeper.operation.benchmark.registry import BENCHMARKS, Subject, measurable
from shopkeeper.operation.benchmark.shape import BenchmarkResult, Row, missing_row

Run = Callable[..., Any]


def test_its_help_names_every_benchmark(run: Run) -> None:
    ran = run("benchmark", "--help")
    assert ran.code == 0
    assert set(NAMES.replace(" or ", ", ").split(", ")) == set(BENCHMARKS)
    assert "--json" in ran.out
    assert "shopkeeper benchmark " in ran.out.split("Examples:")[1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["sums"], "There are: serve, grocer"),
        (["serve"], "--shop SHOP"),
        (["ingest", "--shop", "x"], "Leave --shop away"),
    ],
)
def test_what_it_cannot_measure_is_told(run: Run, arguments: list[str], words: str) -> None:
    ran = run("benchmark", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert words in ran.err


def test_without_a_name_all_that_can_be_measured_are(tmp_path: Path) -> None:
    assert measurable(Subject()) == ["demo", "ingest", "scale"]
    assert measurable(Subject(shop=tmp_path)) == ["serve", "grocer", "demo", "ingest", "scale"]
    assert measurable(Subject(shop=tmp_path, data=tmp_path)) == list(BENCHMARKS)


def test_json_goes_to_a_file_beside_the_table_or_alone_to_stdout(run: Run, toy: Path, tmp_path: Path) -> None:
    ran = run("benchmark", "grocer", "--shop", toy, "--json", tmp_path / "grocer.json")
    assert ran.code == 0
    assert "personal frequency" in ran.out
    assert "benchmark grocer: takes" in ran.err
    kept = json.loads((tmp_path / "grocer.json").read_text("utf-8"))
    assert set(kept) == {"benchmark", "machine", "rows", "ratios"}
    told = run("benchmark", "grocer", "--shop", toy, "--json", "-").json
    assert (told["benchmark"], told["rows"]) == ("grocer", kept["rows"])


def test_why_a_row_has_no_figures_is_told_as_a_sentence_below_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    rows: tuple[Row, ...] = ({"system": "ours", "seconds": 2}, missing_row("a peer", "it is not installed"))
    say_result(BenchmarkResult("training", {}, rows, {}))
    table, told, below = capsys.readouterr().out.partition("a peer: not measured: it is not installed")
    assert ("seconds" in table, "note" in table, bool(told), below.strip()) == (True, False, True, "")
