"""SQLite: one file in WAL mode, many readers, one writer at a time."""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from sqlite3 import Connection as DriverConnection
from sqlite3 import OperationalError
from typing import Any, Final

import polars as pl
import sqlalchemy as sa
from sqlalchemy import event

from shopkeeper.error import StoreError
from shopkeeper.store.dialect import upsert_clause
from shopkeeper.store.late_index import indexes_later

WAIT_SECONDS: Final = 120  # how long a writer waits for others, bulk imports included
READERS: Final = 40  # as many as FastAPI's thread pool has threads
CHECKPOINT_PAGES: Final = 10_000  # of 4 kB: what is written again and again goes into the file once
WRITER_CACHE_KB: Final = 131_072  # an import of millions touches the key index all over

_KNOWN_KEYS: Final = """
WITH RECURSIVE place(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM place WHERE i + 1 < ?)
SELECT event_key FROM place CROSS JOIN event ON event_key = substr(?, 16 * i + 1, 16)
"""


class Sqlite:
    """The dialect of SQLite, see dialect.Dialect."""

    def engines(self, url: sa.URL) -> tuple[sa.Engine, sa.Engine]:
        _check_file(url)
        # One writing connection: threads queue for it in order, which SQLite's own busy handler does not grant.
        writer = sa.create_engine(url, pool_size=1, max_overflow=0, pool_timeout=WAIT_SECONDS)
        reader = sa.create_engine(url, pool_size=8, max_overflow=READERS - 8)
        event.listen(writer, "connect", _prepare_writer)
        event.listen(writer, "begin", _begin_immediate)
        event.listen(reader, "connect", _prepare_reader)
        return writer, reader

    def lock_schema(self, _connection: sa.Connection) -> None:
        """Nothing to do: BEGIN IMMEDIATE holds the whole file."""

    def lock_writers(self) -> str:
        return ""  # likewise

    def begin_snapshot(self) -> str:
        return "BEGIN"

    def scrub(self, _reader: sa.Engine, writer: sa.Engine) -> bool:
        """VACUUM, and the log emptied. Writers wait meanwhile; a reader of an old state keeps the log from that.

        PRAGMA secure_delete is not enough: copies of deleted rows were found in files that had it (docs/LOG.md).
        """
        raw = writer.raw_connection()
        driver: Any = raw.driver_connection
        try:
            driver.execute("PRAGMA temp_store = FILE")  # the copy is as large as the shop
            driver.execute("VACUUM")
            return _emptied(driver)
        finally:
            driver.execute("PRAGMA temp_store = MEMORY")
            raw.close()

    def among(self, column: str, parameter: str) -> str:
        return f"{column} IN (SELECT value FROM json_each(:{parameter}))"

    def many(self, values: Sequence[str] | Sequence[int]) -> object:
        return json.dumps(list(values), ensure_ascii=False)

    def by_code_point(self, column: str) -> str:
        return column

    def known_keys(self, connection: sa.Connection, keys: Sequence[bytes]) -> list[bytes]:
        if not keys:
            return []
        rows = connection.exec_driver_sql(_KNOWN_KEYS, (len(keys), b"".join(keys)))
        return [bytes(key) for (key,) in rows]

    def insert(self, connection: sa.Connection, table: sa.Table, frame: pl.DataFrame) -> None:
        filled = frame.select(column for column in frame if column.null_count() < frame.height)
        with indexes_later(connection, table, frame.height):
            _write(connection, f"INSERT INTO {table.name}", filled, "")

    def upsert(self, connection: sa.Connection, table: sa.Table, frame: pl.DataFrame) -> None:
        _write(connection, f"INSERT INTO {table.name}", frame, upsert_clause(table))

    def update(self, connection: sa.Connection, table: sa.Table, frame: pl.DataFrame) -> None:
        key, *rest = frame.columns
        changes = ", ".join(f"{name} = ?" for name in rest)
        _run(connection, f"UPDATE {table.name} SET {changes} WHERE {key} = ?", frame[[*rest, key]])


def _emptied(driver: DriverConnection) -> bool:
    """Whether the log could be copied into the file and cut to nothing."""
    busy: int = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    return not busy


def _write(connection: sa.Connection, start: str, frame: pl.DataFrame, end: str) -> None:
    """INSERT every row of a frame."""
    marks = ", ".join("?" * frame.width)
    statement = f"{start} ({', '.join(frame.columns)}) VALUES ({marks}) {end}"
    _run(connection, statement, frame)


def _run(connection: sa.Connection, statement: str, frame: pl.DataFrame) -> None:
    """Run a statement for every row of a frame."""
    # The driver's own executemany takes an iterator: no list of a million tuples is held.
    driver: Any = connection.connection.driver_connection
    if not frame.is_empty():
        driver.executemany(statement, zip(*(column.to_list() for column in frame), strict=True))


def _check_file(url: sa.URL) -> None:
    """Say at once what SQLite would say later, in its own words."""
    if not url.database or url.database == ":memory:":
        raise StoreError(
            "a store on SQLite needs a file, for several connections read and write it: sqlite:///path/shop.db"
        )
    folder = Path(url.database).parent
    if not folder.is_dir():
        raise StoreError(f"the store's folder {folder} does not exist. Make it, or mend the URL {url}")


def _prepare_writer(connection: DriverConnection, _record: object) -> None:
    _prepare(connection)
    connection.execute(f"PRAGMA cache_size = -{WRITER_CACHE_KB}")
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
    _use_wal(connection)
    connection.execute("PRAGMA synchronous = FULL")  # acknowledged means on the disk


def _prepare_reader(connection: DriverConnection, _record: object) -> None:
    _prepare(connection)
    connection.execute("PRAGMA query_only = ON")


def _prepare(connection: DriverConnection) -> None:
    connection.isolation_level = None  # the driver begins no transaction of its own
    connection.execute(f"PRAGMA busy_timeout = {WAIT_SECONDS * 1000}")


def _use_wal(connection: DriverConnection) -> None:
    """Switch to WAL. SQLite refuses at once, whatever busy_timeout says, while another process is switching too."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _begin_immediate(connection: sa.Connection) -> None:
    """Take the write lock at the start: a read lock that is raised later loses to whoever wrote in between."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")
