"""The shape that all benchmarks speak, and the sums behind it."""

import json

import pytest

from shopkeeper.operation.benchmark.machine import describe_machine
from shopkeeper.operation.benchmark.shape import BenchmarkResult, Row, latency, missing_row, ratio


def test_a_result_is_one_json_object_of_four_members() -> None:
    rows: tuple[Row, ...] = ({"system": "ours", "median_ms": 2.5}, missing_row("COPY", "psycopg is not installed"))
    told = BenchmarkResult("serve", {"cores": 2}, rows, {"recommend median": 2.5}).as_dict()
    assert json.loads(json.dumps(told)) == {
        "benchmark": "serve",
        "machine": {"cores": 2},
        "rows": [
            {"system": "ours", "median_ms": 2.5},
            {"system": "COPY", "note": "not measured: psycopg is not installed"},
        ],
        "ratios": {"recommend median": 2.5},
    }


def test_latency_is_median_and_95th_percentile_in_milliseconds() -> None:
    seconds = [number / 1000 for number in range(1, 102)]  # 1 to 101 ms
    assert latency(seconds) == {"median_ms": 51.0, "p95_ms": 96.0, "requests": 101}


def test_a_ratio_is_ours_over_the_peer() -> None:
    assert ratio(5.0, 2.0) == 2.5
    assert ratio(1.0, 3.0) == pytest.approx(0.333)


def test_the_machine_says_what_it_is() -> None:
    machine = describe_machine()
    assert {"processor", "cores", "memory_gb", "system", "python", "shopkeeper", "load_at_start"} == set(machine)
    assert isinstance(machine["cores"], int)
    assert machine["cores"] >= 1
